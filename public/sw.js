// The service worker: keeps the signed-out shell and the static files it needs, so that a reload without network or
// server still opens the app, which then reads what the device has saved. It never stores a page rendered for a
// session, nor anything under /api or /sf: the shell is fetched without credentials, all other pages go to the network.
// Raise the number when what is stored changes its meaning; older caches are dropped.
// The demo without network keeps itself, with all that it needs, in the other one (app/src/browser/local.rs).
const [CACHE, DEMO_CACHE] = ["cfm-1", "cfm-demo"];
// Who is told by web push in this browser. It outlives releases.
const PUSH = "cfm-push";
// What a notification says where the message has no words, or may not have them.
const WORDS = {
  en: { message: "New message", wink: "A wink for you", nudge: "You were nudged", request: "Somebody wants to be your contact" },
  de: { message: "Neue Nachricht", wink: "Ein Zwinkern für dich", nudge: "Du wurdest angestupst", request: "Jemand möchte dein Kontakt sein" },
};
const [SHELL, DEMO] = ["/app", "/demo/offline"];
const SHELL_AGE_MAX_MS = 10 * 60 * 1000;
const PAGE = /^\/(app(\/.*)?|sign-in|demo(\/offline)?)?$/;
const STATIC = /^\/(pkg\/|assets\/|favicon\.svg$|manifest\.webmanifest$)/;
const HASHED = /[.-][0-9a-f]{8,}\.\w+$/;

self.addEventListener("install", (event) => event.waitUntil(refreshShell().catch(() => {})));

self.addEventListener("activate", (event) => event.waitUntil(dropOlderCaches().then(() => self.clients.claim())));

// The conversation of a notification that was pressed, until a page has it: one that still loads hears nothing yet.
let pressed;

// A page asks after its connection came back: what ended it may have been a new release. Or it says who is told by web push here,
// that it is there and hears of presses, or that it has heard of one.
self.addEventListener("message", (event) => {
  const { push, here, led } = event.data ?? {};
  if (led) pressed = undefined;
  if (here && pressed) event.source.postMessage({ room: pressed });
  const work = push ? keepPush(push) : here ? renewPush(undefined, here) : led ? undefined : refreshShell(0);
  event.waitUntil(work?.catch(() => {}));
});

// Web push (docs/spec/push.md).
self.addEventListener("push", (event) => event.waitUntil(tell(event.data)));
self.addEventListener("notificationclick", (event) => event.waitUntil(lead(event.notification)));
self.addEventListener("pushsubscriptionchange", (event) => event.waitUntil(renewPush(event.newSubscription).catch(() => {})));

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== self.location.origin) return;
  if (request.mode === "navigate" && PAGE.test(url.pathname)) event.respondWith(page(event));
  else if (STATIC.test(url.pathname)) event.respondWith(staticFile(request, url));
});

// Network first. The answer itself is not stored: it may belong to a session.
async function page(event) {
  const answer = await fetch(event.request).catch(() => undefined);
  if (!answer || answer.status >= 502) return (await stored(new URL(event.request.url).pathname.startsWith("/demo") ? DEMO : SHELL)) ?? answer ?? Response.error();
  event.waitUntil(refreshShell().catch(() => {}));
  return answer;
}

// A name with a content hash is what it was; any other name is asked for again while there is a network.
async function staticFile(request, url) {
  const kept = await stored(url.pathname);
  if (kept && HASHED.test(url.pathname)) return kept;
  try {
    const answer = await fetch(request);
    if (answer.status === 200) await (await caches.open(CACHE)).put(url.pathname, answer.clone());
    return answer;
  } catch {
    return kept ?? Response.error();
  }
}

// `/` and `/app` vary by Accept: without text/html the Worker may answer JSON. Without credentials nobody is signed in.
async function refreshShell(ageMaxMs = SHELL_AGE_MAX_MS) {
  const kept = await stored(SHELL);
  if (kept && Date.now() - Number(kept.headers.get("X-Stored-At")) < ageMaxMs) return;
  const answer = await fetch(SHELL, { headers: { Accept: "text/html" }, credentials: "omit", cache: "no-store" });
  if (!answer.ok || !answer.headers.get("Content-Type")?.startsWith("text/html")) return;
  const html = await answer.text();
  const files = [...new Set(html.match(/\/pkg\/[\w.-]+/g) ?? [])];
  const cache = await caches.open(CACHE);
  const isNewRelease = (await Promise.all(files.map((file) => cache.match(file)))).includes(undefined);
  await cache.addAll(files);
  const headers = new Headers(answer.headers);
  headers.delete("Content-Encoding");
  headers.set("X-Stored-At", String(Date.now()));
  await cache.put(SHELL, new Response(html, { headers }));
  // Parts of the page that were loaded later belong to the release that asked for them.
  for (const { url } of isNewRelease ? await cache.keys() : []) {
    const { pathname } = new URL(url);
    if (pathname.startsWith("/pkg/") && !files.includes(pathname)) await cache.delete(url);
  }
  // Each page knows whether these files are its own, and says so when they are not.
  for (const client of await self.clients.matchAll()) client.postMessage(files.join());
}

const stored = (path) => caches.match(path, { ignoreVary: true });

async function dropOlderCaches() {
  for (const name of await caches.keys()) if (![CACHE, PUSH, DEMO_CACHE].includes(name)) await caches.delete(name);
}

// Shows what a push service brings. One notification stands for a conversation. Whoever has the app in view is told there: that
// nothing is shown meanwhile is what browsers allow, and what was sent while its connection was down comes with that.
async function tell(data) {
  if ((await appPages()).some(({ visibilityState }) => visibilityState === "visible")) return;
  // Something came: that much is told, whatever it is.
  const told = (await new Response(data?.text()).json().catch(() => {})) ?? {};
  const words = WORDS[told.lang === "de" ? "de" : "en"];
  const { roomId = "", type, title, body } = told;
  const options = { body: body ?? words[type] ?? words.message, tag: roomId || type || "cfm", icon: "/assets/icon.svg", data: roomId, lang: told.lang };
  await self.registration.showNotification(title ?? "CF Messenger", { ...options, renotify: type === "nudge" });
  if (told.unread > 0) await self.navigator.setAppBadge?.().catch(() => {});
}

const appPages = async () => (await self.clients.matchAll({ type: "window" })).filter(({ url }) => new URL(url).pathname.startsWith("/app"));

// A press leads to the conversation: in a page that is open, or in a new one.
async function lead(notification) {
  notification.close();
  const room = notification.data;
  const [page] = await appPages();
  if (!page) return self.clients.openWindow(room ? `/app?room=${encodeURIComponent(room)}` : "/app");
  if (room) page.postMessage({ room: (pressed = room) });
  await page.focus();
}

// One after the other: what one notes the next one reads, and a page waits for it under the same name (app/src/browser/push.rs). Whoever
// opts out does so at once: whatever was asked for before is not wanted any more.
let optOuts = 0;
async function inTurn(work) {
  const before = optOuts;
  return self.navigator.locks.request(PUSH, () => work(() => optOuts === before));
}

// Who is told here, with which key and in which language; an empty name: nobody.
function keepPush(told) {
  if (!told.user) return (optOuts += 1) && caches.delete(PUSH);
  return inTurn(async (isWanted) => {
    const subscription = await self.registration.pushManager.getSubscription();
    // The page has just handed it over, in this session: nothing is to be handed over again before the next.
    const session = (await whoIsHere().catch(() => undefined))?.session;
    if (isWanted()) await notePush({ ...told, endpoint: subscription?.endpoint, session });
  });
}

const notePush = async (told) => (await caches.open(PUSH)).put("/push", new Response(JSON.stringify(told)));

// With enough of what changes with the session to see that it did.
async function whoIsHere() {
  const answer = await fetch("/api/auth/me", { cache: "no-store" });
  const me = answer.ok ? (await answer.json()).data : undefined;
  return me && { ...me, session: me.csrfToken.slice(0, 8) };
}

// Browsers give subscriptions up, and some do so in silence, sessions end, and deployments change their keys: whoever is told here is
// asked for again whenever a page's line opens, and what has changed is handed over. Nothing is done for anybody else who signs in here.
const renewPush = (fresh, language) => inTurn((isWanted) => handOver(isWanted, fresh, language));

async function handOver(isWanted, fresh, language) {
  const before = await (await (await caches.open(PUSH)).match("/push"))?.json();
  const me = before && Notification.permission === "granted" ? await whoIsHere() : undefined;
  if (!me || me.user.id !== before.user) return;
  const { data } = await (await fetch("/api/me/push", { cache: "no-store" })).json();
  const told = { ...before, key: data?.publicKey ?? before.key, language: language ?? before.language };
  const manager = self.registration.pushManager;
  const old = fresh ?? (await manager.getSubscription());
  // One of another key is in the way, and its service takes nothing from us any more.
  const isGone = told.key !== before.key && (await old?.unsubscribe());
  if (!isWanted()) return;
  const subscription = (!isGone && old) || (await manager.subscribe({ userVisibleOnly: true, applicationServerKey: told.key }));
  const isKnown = told.endpoint === subscription.endpoint && told.session === me.session && told.language === before.language;
  if (isKnown && isWanted()) return;
  const headers = { "Content-Type": "application/json", "X-CSRF-Token": me.csrfToken };
  const body = JSON.stringify({ ...subscription.toJSON(), language: told.language });
  const answer = isWanted() ? await fetch("/api/me/push", { method: "POST", headers, body }).catch(() => undefined) : undefined;
  if (isWanted()) return answer?.ok && notePush({ ...told, endpoint: subscription.endpoint, session: me.session });
  // Whoever opted out meanwhile is out: what came of this is taken back, here and on the server.
  await subscription.unsubscribe().catch(() => {});
  const made = answer?.ok ? (await answer.json()).data : undefined;
  if (made) await fetch(`/api/me/push/${made.id}`, { method: "DELETE", headers });
}
