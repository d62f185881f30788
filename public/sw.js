// The service worker: keeps the signed-out shell and the static files it needs, so that a reload without network or
// server still opens the app, which then reads what the device has saved. It never stores a page rendered for a
// session, nor anything under /api or /sf: the shell is fetched without credentials, all other pages go to the network.
// Raise the number when what is stored changes its meaning; older caches are dropped.
const CACHE = "cfm-1";
const SHELL = "/app";
const SHELL_AGE_MAX_MS = 10 * 60 * 1000;
const PAGE = /^\/(app(\/.*)?|sign-in)?$/;
const STATIC = /^\/(pkg\/|assets\/|favicon\.svg$|manifest\.webmanifest$)/;
const HASHED = /[.-][0-9a-f]{8,}\.\w+$/;

self.addEventListener("install", (event) => event.waitUntil(refreshShell().catch(() => {})));

self.addEventListener("activate", (event) => event.waitUntil(dropOlderCaches().then(() => self.clients.claim())));

// A page asks after its connection came back: what ended it may have been a new release.
self.addEventListener("message", (event) => event.waitUntil(refreshShell(0).catch(() => {})));

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
  if (!answer || answer.status >= 502) return (await stored(SHELL)) ?? answer ?? Response.error();
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
  const isNewRelease = (await Promise.all(files.map(stored))).includes(undefined);
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

const stored = async (path) => (await caches.open(CACHE)).match(path, { ignoreVary: true });

async function dropOlderCaches() {
  for (const name of await caches.keys()) if (name !== CACHE) await caches.delete(name);
}
