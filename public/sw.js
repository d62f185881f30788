// The service worker keeps the signed-out shell and the static files of the page. So a reload without network or server still opens the
// app, which then reads what the device has saved. The worker never stores a page that was rendered for a session, nor anything under /api
// or /sf. The shell is fetched without credentials, and all other pages come from the network.
// The number of the cache must rise when the meaning of its content changes; older caches are deleted.
// The demo without network stores itself and all its files in the other cache (app/src/browser/local.rs).
const [CACHE, DEMO_CACHE] = ["cfm-1", "cfm-demo"];
// Cache with the person who gets web push in this browser. The cache survives releases.
const PUSH = "cfm-push";
// Texts of notifications whose message has no text, or must not show it, by language. The build puts them here
// (xtask/src/build/words.rs), so that the worker has them without a network.
const WORDS = "{{ notification }}";
const [SHELL, DEMO] = ["/app", "/demo/offline"];
const SHELL_AGE_MAX_MS = 10 * 60 * 1000;
const PAGE = /^\/(app(\/.*)?|sign-in|demo(\/offline)?)?$/;
const STATIC = /^\/(pkg\/|assets\/|favicon\.svg$|manifest(\.\w+)?\.webmanifest$)/;
const HASHED = /[.-][0-9a-f]{8,}\.\w+$/;
// Parts of the page that its script loads.
const PART = /\/(shared|split_\w+)\./;

self.addEventListener("install", (event) => event.waitUntil(refreshShell().catch(() => {})));

self.addEventListener("activate", (event) => event.waitUntil(Promise.allSettled([dropOlderCaches(), preloadPages()]).then(() => self.clients.claim())));

// The browser requests a page while it starts the worker, and not after that. The worker then has to answer every navigation: the browser
// would request a page that is left to it a second time. Without this function, other pages are none of the worker's business.
const preloadPages = async () => self.registration.navigationPreload?.enable();

// Conversation of a pressed notification, until a page has it: a page that is still loading cannot hear the press.
let pressed;

// A page sends a message after its connection came back, because a new release may have ended it. Other messages name the person who gets
// web push here, report whose page listens for presses (an empty name: the person has signed out), or report that it has handled one.
self.addEventListener("message", (event) => {
  const { push, here, led } = event.data ?? {};
  if (led) pressed = undefined;
  if (here?.user && pressed) event.source.postMessage({ room: pressed });
  const work = push ? storePush(push) : here ? comePerson(here) : led ? undefined : refreshShell(0);
  event.waitUntil(work?.catch(() => {}));
});

// Web push (docs/spec/push.md).
self.addEventListener("push", (event) => event.waitUntil(showPush(event)));
self.addEventListener("notificationclick", (event) => event.waitUntil(lead(event.notification)));
self.addEventListener("pushsubscriptionchange", (event) => event.waitUntil(renewPush(event.newSubscription).catch(() => {})));

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== self.location.origin) return;
  const isNavigation = request.mode === "navigate";
  if (isNavigation && PAGE.test(url.pathname)) event.respondWith(page(event));
  else if (isNavigation && event.preloadResponse) event.respondWith(fromServer(event));
  else if (STATIC.test(url.pathname)) event.respondWith(staticFile(event, url));
});

const fromServer = async (event) => (await event.preloadResponse) ?? fetch(event.request);

// Network first. The answer itself is not stored, because it may belong to a session.
async function page(event) {
  const answer = await fromServer(event).catch(() => undefined);
  if (!answer || answer.status >= 502) return (await stored(new URL(event.request.url).pathname.startsWith("/demo") ? DEMO : SHELL)) ?? answer ?? Response.error();
  event.waitUntil(refreshShell().catch(() => {}));
  return answer;
}

// A name with a content hash never changes its content. Any other name is requested again while there is a network.
async function staticFile(event, url) {
  const cached = await stored(url.pathname);
  if (cached && HASHED.test(url.pathname)) return cached;
  const answer = await fetch(event.request).catch(() => undefined);
  // On a full disk nothing can be kept; the page gets the answer all the same.
  if (answer?.status === 200) event.waitUntil(store(url.pathname, answer.clone()).catch(() => {}));
  return answer ?? cached ?? Response.error();
}

const store = async (path, answer) => (await caches.open(CACHE)).put(path, answer);

// `/` and `/app` vary by Accept: without text/html the Worker may answer JSON. Without credentials the shell is that of a signed-out
// person.
async function refreshShell(ageMaxMs = SHELL_AGE_MAX_MS) {
  const cached = await stored(SHELL);
  if (cached && Date.now() - Number(cached.headers.get("X-Stored-At")) < ageMaxMs) return;
  const answer = await fetch(SHELL, { headers: { Accept: "text/html" }, credentials: "omit", cache: "no-store" });
  if (!answer.ok || !answer.headers.get("Content-Type")?.startsWith("text/html")) return;
  const html = await answer.text();
  const files = [...new Set(html.match(/\/pkg\/[\w.-]+/g) ?? [])];
  await storeShell(answer, html, files).catch(unlessUnreachable);
  // Each page compares these files with its own and reports a new release. A page in another language names other parts, and the script's
  // own name changes with theirs.
  const named = files.filter((file) => !PART.test(file)).join();
  for (const client of await self.clients.matchAll()) client.postMessage(named);
}

// A file that could not be fetched is a `TypeError`: pages hear nothing of a release that is not there yet. They hear of one that was only
// not kept, because the disk is full.
function unlessUnreachable(error) {
  if (error instanceof TypeError) throw error;
}

async function storeShell(answer, html, files) {
  const cache = await caches.open(CACHE);
  const isNewRelease = (await Promise.all(files.map((file) => cache.match(file)))).includes(undefined);
  await cache.addAll(files);
  const headers = new Headers(answer.headers);
  headers.delete("Content-Encoding");
  headers.set("X-Stored-At", String(Date.now()));
  await cache.put(SHELL, new Response(html, { headers }));
  // Later parts of the page belong to the release that requested them.
  for (const { url } of isNewRelease ? await cache.keys() : []) {
    const { pathname } = new URL(url);
    if (pathname.startsWith("/pkg/") && !files.includes(pathname)) await cache.delete(url);
  }
}

// A cache that fails to answer has nothing.
const stored = (path) => caches.match(path, { ignoreVary: true }).catch(() => undefined);

async function dropOlderCaches() {
  for (const name of await caches.keys()) if (![CACHE, PUSH, DEMO_CACHE].includes(name)) await caches.delete(name);
}

// Shows a notification for a push message, one per conversation. If the app is in view, the page itself shows the message. Browsers allow a
// push without a notification then, and the page gets missed messages when it reconnects. A browser that knows the declarative form shows
// its own `notification` wherever the worker shows none (docs/spec/push.md 3.4).
async function showPush({ data, notification }) {
  // An unreadable message still shows a notification, without its own text.
  const sent = await new Response(data?.text()).json().catch(() => {});
  const message = (notification ?? sent?.notification)?.data?.push ?? sent ?? {};
  // A subscription of an earlier release learns its id now.
  if (message.to && !(await notedPush())?.id) await renewPush().catch(() => {});
  const noted = await notedPush();
  // Nobody gets web push here any more.
  if (!noted) return (await self.registration.pushManager.getSubscription())?.unsubscribe();
  // An earlier person of this browser is the recipient of other messages.
  if (message.to && noted.id && message.to !== noted.id) return;
  if (!notification && (await appPages()).some(({ visibilityState }) => visibilityState === "visible")) return;
  const words = Object.hasOwn(WORDS, message.lang) ? WORDS[message.lang] : WORDS.en;
  const { roomId = "", type, seq } = message;
  const { title, body } = message.to === noted.id ? message : {};
  const options = { body: body ?? words[type] ?? words.message, tag: roomId || type || "cfm", icon: "/assets/icon.svg", data: { room: roomId, seq: body && seq }, lang: message.lang };
  // In the place of a notification of the browser, another one needs its own address.
  const navigate = notification && new URL(addressOf(roomId), self.location).href;
  await self.registration.showNotification(title ?? "CF Messenger", { ...options, ...(navigate && { navigate }), renotify: type === "nudge" });
  // A browser that never answers this must not hold up the end of the event.
  if (message.unread > 0) self.navigator.setAppBadge?.().catch(() => {});
}

const appPages = async () => (await self.clients.matchAll({ type: "window" })).filter(({ url }) => new URL(url).pathname.startsWith("/app"));

const addressOf = (room) => (room ? `/app?room=${encodeURIComponent(room)}` : "/app");

// A press opens the conversation, in an open page or in a new one.
async function lead(notification) {
  notification.close();
  // A notification of an earlier release has the room alone.
  const room = notification.data?.room ?? notification.data;
  const [page] = await appPages();
  if (!page) return self.clients.openWindow(addressOf(room));
  if (room) page.postMessage({ room: (pressed = room) });
  await page.focus();
}

// Runs tasks one after the other, because each reads what the one before has stored. A page waits for the same lock
// (app/src/browser/push.rs). An opt-out takes effect at once and makes pending tasks obsolete.
let optOuts = 0;
async function inTurn(work) {
  const before = optOuts;
  return self.navigator.locks.request(PUSH, () => work(() => optOuts === before));
}

// Stores the person, the subscription's id, the key and the language of web push in this browser. An empty name means nobody.
function storePush(wanted) {
  if (!wanted.user) {
    optOuts += 1;
    return caches.delete(PUSH);
  }
  return inTurn(async (isWanted) => {
    const subscription = await self.registration.pushManager.getSubscription();
    // The page has just sent the subscription in this session, so the worker need not send it again before the next session.
    const session = (await whoIsHere().catch(() => undefined))?.session;
    if (isWanted()) await notePush({ ...wanted, endpoint: subscription?.endpoint, session });
  });
}

const notedPush = async () => (await caches.match("/push", { cacheName: PUSH }))?.json();
const notePush = async (wanted) => (await caches.open(PUSH)).put("/push", new Response(JSON.stringify(wanted)));

// Returns the signed-in person, with a part of the CSRF token that changes with the session.
async function whoIsHere() {
  const answer = await fetch("/api/auth/me", { cache: "no-store" });
  const me = answer.ok ? (await answer.json()).data : undefined;
  return me && { ...me, session: me.csrfToken.slice(0, 8) };
}

// Browsers drop subscriptions, some of them silently; sessions end, and deployments change their keys. So the worker checks the
// subscription whenever a page connects, and sends what has changed.
const renewPush = (fresh, language) => inTurn((isWanted) => handOver(isWanted, fresh, language));

// A page says whose it is. Web push of an earlier person of this browser ends.
async function comePerson(here) {
  // A page of an earlier release gives its language only.
  if (typeof here === "string") return renewPush(undefined, here);
  const { user, language } = here;
  const noted = await notedPush();
  if (noted && noted.user !== user) return endPush();
  if (user) return renewPush(undefined, language);
}

// Ends web push of a person who is not here any more, with the notifications that are still shown.
async function endPush() {
  await storePush({});
  await (await self.registration.pushManager.getSubscription())?.unsubscribe();
  for (const notification of await self.registration.getNotifications()) notification.close();
  await self.navigator.clearAppBadge?.().catch(() => {});
}

async function handOver(isWanted, fresh, language) {
  const before = await notedPush();
  const me = before && Notification.permission === "granted" ? await whoIsHere() : undefined;
  if (me && me.user.id !== before.user) return endPush();
  if (!me) return;
  const { data } = await (await fetch("/api/me/push", { cache: "no-store" })).json();
  const wanted = { ...before, key: data?.publicKey ?? before.key, language: language ?? before.language };
  const manager = self.registration.pushManager;
  const old = fresh ?? (await manager.getSubscription());
  // The subscription of another key is in the way, and its service accepts nothing from us any more.
  const isRemoved = wanted.key !== before.key && (await old?.unsubscribe());
  if (!isWanted()) return;
  const subscription = (!isRemoved && old) || (await manager.subscribe({ userVisibleOnly: true, applicationServerKey: wanted.key }));
  const isKnown = wanted.id && wanted.endpoint === subscription.endpoint && wanted.session === me.session && wanted.language === before.language;
  if (isKnown && isWanted()) return;
  const headers = { "Content-Type": "application/json", "X-CSRF-Token": me.csrfToken };
  const body = JSON.stringify({ ...subscription.toJSON(), language: wanted.language });
  const answer = isWanted() ? await fetch("/api/me/push", { method: "POST", headers, body }).catch(() => undefined) : undefined;
  const made = answer?.ok ? (await answer.json()).data : undefined;
  if (isWanted()) return made && notePush({ ...wanted, id: made.id, endpoint: subscription.endpoint, session: me.session });
  // The person opted out meanwhile, so the new subscription is removed, here and on the server.
  await subscription.unsubscribe().catch(() => {});
  if (made) await fetch(`/api/me/push/${made.id}`, { method: "DELETE", headers });
}
