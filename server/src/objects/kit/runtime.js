// What the runtime offers and the SDK does not wrap, and the loops that must not cross into wasm once per socket.

// Runs `step` in one transaction; false from it rolls everything back.
export function transaction(storage, step) {
  try {
    storage.transactionSync(() => {
      if (!step()) throw new Error("rolled back");
    });
    return true;
  } catch {
    return false;
  }
}

// Statements and queries with bound values. A statement tells whether it wrote anything; rows come as arrays, by position.
export function exec(sql, query, values) {
  return sql.exec(query, ...values).rowsWritten > 0;
}

export function rows(sql, query, values) {
  return [...sql.exec(query, ...values).raw()];
}

// Stands for NULL where a text's length would be.
const NO_TEXT = 0xffffffff;

// Runs a statement whose values are `first` and then texts, which come as one: each would cross from wasm by itself otherwise.
export function execTexts(sql, query, first, texts, lengths) {
  let at = 0;
  const cut = (length) => (length === NO_TEXT ? null : texts.slice(at, (at += length)));
  sql.exec(query, ...first, ...Array.from(lengths, cut));
}

// The texts of all rows as one, and how long each is.
export function rowsTexts(sql, query, values) {
  const [texts, lengths] = [[], []];
  for (const row of sql.exec(query, ...values).raw()) {
    for (const text of row) {
      texts.push(text ?? "");
      lengths.push(text?.length ?? NO_TEXT);
    }
  }
  return [texts.join(""), Uint32Array.from(lengths)];
}

// Hands a request to an object, which is made where the deployment wants it to be: these variables never change in its life.
export function fetchObject(env, binding, name, request, init) {
  const { JURISDICTION: jurisdiction, LOCATION_HINT: locationHint } = env;
  const space = jurisdiction ? env[binding].jurisdiction(jurisdiction) : env[binding];
  return space.getByName(name, locationHint ? { locationHint } : undefined).fetch(request, init);
}

// Calls `verb` of an object with a body of text or bytes, or with a body that is still coming, perhaps with a question in a header.
// Gives status and text of the answer. A short answer is in a header: a body would be one more thing to wait for.
export async function callObject(env, binding, name, verb, header, question, body) {
  const response = await postObject(env, binding, name, verb, header, question, body);
  return [response.status, response.headers.get("x-cfm-answer") ?? (await response.text())];
}

// The same, with the object's own answer.
export function postObject(env, binding, name, verb, header, question, body) {
  const headers = question ? { [header]: question } : {};
  return fetchObject(env, binding, name, `https://object/${verb}`, { method: "POST", headers, body });
}

// Calls `done` when no event is pending that came before, and what was written before is safe. A zero timer would take a
// whole millisecond for it.
export function whenQuiet(storage, done) {
  storage.sync().then(done, done);
}

// Sets the object's one alarm; the write joins the running transaction and needs no waiting for.
export function setAlarm(storage, atMs) {
  storage.setAlarm(atMs).catch((error) => console.error(JSON.stringify({ event: "alarm_failed", error: String(error) })));
}

// When the runtime last answered a heartbeat of this socket by itself; 0 when it never did.
export function heardAt(state, socket) {
  return state.getWebSocketAutoResponseTimestamp(socket)?.getTime() ?? 0;
}

// The sockets of an object by key; a socket carries its key as long as the object is awake.
export function newSockets() {
  return new Map();
}

export function addSocket(sockets, key, socket) {
  socket.cfmKey = key;
  sockets.set(key, socket);
}

export function keyOf(socket) {
  return socket.cfmKey ?? 0;
}

// Forgets all of them: an event of one that comes later finds no key instead of another socket's.
export function clearSockets(sockets) {
  for (const socket of sockets.values()) socket.cfmKey = 0;
  sockets.clear();
}

// Sends one frame to many sockets; returns the keys of those that would not take it.
export function send(sockets, keys, frame) {
  const failed = [];
  for (const key of keys) {
    try {
      sockets.get(key)?.send(frame);
    } catch {
      failed.push(key);
    }
  }
  return failed;
}

// Closes a socket, whatever state it is in.
export function closeQuietly(socket, code, reason) {
  try {
    socket.close(code, reason);
  } catch {
    // It is gone already: that is what was wanted.
  }
}

// Whether `signature` is that of `signed` by a public key; undefined for a key that cannot be used. Key and algorithm are JSON.
export async function verifySigned(algorithm, jwk, signature, signed) {
  // Rust's memory may move while we wait.
  const copies = [signature.slice(), signed.slice()];
  const how = JSON.parse(algorithm);
  const key = await crypto.subtle.importKey("jwk", JSON.parse(jwk), how, false, ["verify"]).catch(() => undefined);
  return key && crypto.subtle.verify(how, key, ...copies).catch(() => false);
}

// How PKCS #8 begins for a private key on P-256 that comes without its public one: whoever reads it works that out.
const P256_KEY = bytesOf("MEECAQAwEwYHKoZIzj0CAQYIKoZIzj0DAQcEJzAlAgEBBCA");

function bytesOf(base64url) {
  return Uint8Array.from(atob(base64url.replace(/-/g, "+").replace(/_/g, "/")), (letter) => letter.charCodeAt(0));
}

// The public key of 32 bytes on P-256, and its signature of a text; undefined when they are no key.
export async function signEs256(secret, text) {
  try {
    const how = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
    const key = await crypto.subtle.importKey("pkcs8", new Uint8Array([...P256_KEY, ...secret]), how, true, ["sign"]);
    const { x, y } = await crypto.subtle.exportKey("jwk", key);
    const signature = await crypto.subtle.sign(how, key, new TextEncoder().encode(text));
    return [new Uint8Array([4, ...bytesOf(x), ...bytesOf(y)]), new Uint8Array(signature)];
  } catch {
    return undefined;
  }
}

// A fresh key on P-256 and what it shares with `theirs`; undefined when that is no key.
export async function shareSecret(theirs) {
  try {
    const how = { name: "ECDH", namedCurve: "P-256" };
    const key = await crypto.subtle.importKey("raw", theirs.slice(), how, false, []);
    const { publicKey, privateKey } = await crypto.subtle.generateKey(how, true, ["deriveBits"]);
    const shared = await crypto.subtle.deriveBits({ name: "ECDH", public: key }, privateKey, 256);
    return [new Uint8Array(await crypto.subtle.exportKey("raw", publicKey)), new Uint8Array(shared)];
  } catch {
    return undefined;
  }
}

// AES-128-GCM.
export async function seal(secret, iv, plain) {
  const copies = [iv.slice(), plain.slice()];
  const key = await crypto.subtle.importKey("raw", secret.slice(), "AES-GCM", false, ["encrypt"]);
  return new Uint8Array(await crypto.subtle.encrypt({ name: "AES-GCM", iv: copies[0] }, key, copies[1]));
}

// The minute of the day by the clocks of a time zone; -1 where nobody knows the zone.
export function minuteOfDay(timeZone, atMs) {
  try {
    const format = new Intl.DateTimeFormat("en-GB", { timeZone, hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
    const [hours, minutes] = format.format(atMs).split(":").map(Number);
    return hours * 60 + minutes;
  } catch {
    return -1;
  }
}

// PBKDF2 with SHA-256 by the platform: 32 bytes.
export async function pbkdf2(secret, salt, iterations) {
  const key = await crypto.subtle.importKey("raw", secret, "PBKDF2", false, ["deriveBits"]);
  return new Uint8Array(await crypto.subtle.deriveBits({ name: "PBKDF2", hash: "SHA-256", salt, iterations }, key, 256));
}

// Sends bytes to many sockets; returns the keys of those that would not take them.
export function sendBytes(sockets, keys, bytes) {
  return send(sockets, keys, bytes.slice());
}

// Those who wait for something to happen, each until its own time at the latest.
export function newBell() {
  return new Set();
}

export function waitForBell(bell, waitMs) {
  return new Promise((resolve) => {
    const waiter = { resolve, timer: 0 };
    waiter.timer = setTimeout(() => {
      bell.delete(waiter);
      resolve();
    }, waitMs);
    bell.add(waiter);
  });
}

// One request to somebody else's server: no redirects, an end in time, and of the answer no more than its first bytes.
export async function fetchOutside(url, method, headers, body, timeoutMs, bytesMax) {
  const signal = AbortSignal.timeout(timeoutMs);
  const response = await fetch(url, { method, headers, body, signal, redirect: "manual" });
  const chunks = [];
  const reader = response.body?.getReader();
  if (reader) {
    for (let bytes = 0; bytes < bytesMax; ) {
      const { done, value } = await reader.read();
      if (done) break;
      bytes += value.byteLength;
      chunks.push(value);
    }
    reader.cancel().catch(() => {});
  }
  const [after, location, kind] = ["retry-after", "location", "content-type"].map((name) => response.headers.get(name) ?? undefined);
  return [response.status, after, location, kind, new Uint8Array(await new Blob(chunks).arrayBuffer())];
}

export async function gzip(text) {
  const packed = new Blob([text]).stream().pipeThrough(new CompressionStream("gzip"));
  return new Uint8Array(await new Response(packed).arrayBuffer());
}

export async function sendMail(env, binding, mail, timeoutMs) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error("no answer in time")), timeoutMs);
  });
  await Promise.race([env[binding].send(JSON.parse(mail)), late]).finally(() => clearTimeout(timer));
}
