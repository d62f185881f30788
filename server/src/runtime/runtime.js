// Parts of the runtime that the SDK does not wrap, and loops that must not cross into wasm once per socket.

// Runs `step` in one transaction. If `step` returns false, everything is rolled back.
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

// Run statements and queries with bound values. A statement reports if it wrote anything; rows are arrays in the order of the columns.
export function exec(sql, query, values) {
  return sql.exec(query, ...values).rowsWritten > 0;
}

export function rows(sql, query, values) {
  return [...sql.exec(query, ...values).raw()];
}

// Length that stands for NULL.
const NO_TEXT = 0xffffffff;

// Runs a statement with the values `first` and then texts. All texts come as one string, because each would cross from wasm separately.
export function execTexts(sql, query, first, texts, lengths) {
  const values = [...first];
  let at = 0;
  for (const length of lengths) values.push(length === NO_TEXT ? null : texts.slice(at, (at += length)));
  sql.exec(query, ...values);
}

// Returns the texts of all rows as one string, and the length of each.
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

// Sets headers. Names and values come as one string, because each would cross from wasm separately.
export function setHeaders(headers, texts, lengths) {
  let at = 0;
  const cut = (length) => texts.slice(at, (at += length));
  for (let place = 0; place < lengths.length; place += 2) headers.set(cut(lengths[place]), cut(lengths[place + 1]));
}

// Returns the place of the platform's edge through which a request came in; undefined if the platform does not say it.
export function coloOf(request) {
  const colo = request.cf?.colo;
  return typeof colo === "string" ? colo : undefined;
}

// Beginning of a name that is the id of an object which exists already. No other name begins with it.
const BY_ID = "id:";

// Returns true if a text is the id of an object of this binding.
export function isObjectId(env, binding, id) {
  try {
    return Boolean(env[binding].idFromString(id));
  } catch {
    return false;
  }
}

// Sends a request to an object. The two variables of the deployment decide where the object is created, and never change afterwards.
export function fetchObject(env, binding, name, request, init) {
  if (name.startsWith(BY_ID)) return env[binding].get(env[binding].idFromString(name.slice(BY_ID.length))).fetch(request, init);
  const { JURISDICTION: jurisdiction, LOCATION_HINT: locationHint } = env;
  const space = jurisdiction ? env[binding].jurisdiction(jurisdiction) : env[binding];
  return space.getByName(name, locationHint ? { locationHint } : undefined).fetch(request, init);
}

// Calls `verb` of an object with a body of text, bytes or a stream, and with an optional question in a header. Returns status and text of
// the answer. A short answer is in a header, because a body would need another wait.
export async function callObject(env, binding, name, verb, header, question, body) {
  const response = await postObject(env, binding, name, verb, header, question, body);
  return [response.status, response.headers.get("x-cfm-answer") ?? (await response.text())];
}

// Does the same but returns the object's own response.
export function postObject(env, binding, name, verb, header, question, body) {
  const headers = question ? { [header]: question } : {};
  return fetchObject(env, binding, name, `https://object/${verb}`, { method: "POST", headers, body });
}

// Calls `done` when all earlier events have been handled and all earlier writes are safe. A zero timer would take a whole millisecond.
export function whenQuiet(storage, done) {
  storage.sync().then(done, done);
}

// Sets the object's only alarm. The write joins the running transaction, so nothing waits for it.
export function setAlarm(storage, atMs) {
  storage.setAlarm(atMs).catch((error) => console.error(JSON.stringify({ event: "alarm_failed", error: String(error) })));
}

// Returns the time at which the runtime last answered a heartbeat of this socket; 0 if it never did.
export function lastHeartbeatAt(state, socket) {
  return state.getWebSocketAutoResponseTimestamp(socket)?.getTime() ?? 0;
}

// Sockets of an object by key. A socket carries its key while the object is awake.
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

// Forgets all sockets. A later event of one then finds no key, and never the key of another socket.
export function clearSockets(sockets) {
  for (const socket of sockets.values()) socket.cfmKey = 0;
  sockets.clear();
}

// Sends one frame to many sockets; returns the keys of those whose send failed.
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

// Closes a socket in any state.
export function closeQuietly(socket, code, reason) {
  try {
    socket.close(code, reason);
  } catch {
    // The socket is closed already, as intended.
  }
}

// Verifies `signature` of `signed` with a public key. Returns undefined for an unusable key. Key and algorithm are JSON.
export async function verifySigned(algorithm, jwk, signature, signed) {
  // The memory of wasm may move during the wait, so the bytes are copied.
  const copies = [signature.slice(), signed.slice()];
  const how = JSON.parse(algorithm);
  const key = await crypto.subtle.importKey("jwk", JSON.parse(jwk), how, false, ["verify"]).catch(() => undefined);
  return key && crypto.subtle.verify(how, key, ...copies).catch(() => false);
}

// PKCS #8 prefix of a private key on P-256 without its public key, which the import derives.
const P256_KEY = bytesOf("MEECAQAwEwYHKoZIzj0CAQYIKoZIzj0DAQcEJzAlAgEBBCA");

function bytesOf(base64url) {
  return Uint8Array.from(atob(base64url.replace(/-/g, "+").replace(/_/g, "/")), (letter) => letter.charCodeAt(0));
}

// Returns the public key of a 32-byte private key on P-256, and its signature of a text. Returns undefined for an invalid key.
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

// Returns a fresh public key on P-256 and the secret that it shares with `theirs`. Returns undefined for an invalid key.
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

// Encrypts with AES-128-GCM.
export async function seal(secret, iv, plain) {
  const copies = [iv.slice(), plain.slice()];
  const key = await crypto.subtle.importKey("raw", secret.slice(), "AES-GCM", false, ["encrypt"]);
  return new Uint8Array(await crypto.subtle.encrypt({ name: "AES-GCM", iv: copies[0] }, key, copies[1]));
}

// Returns the minute of the day in a time zone; -1 for an unknown zone.
export function minuteOfDay(timeZone, atMs) {
  try {
    const format = new Intl.DateTimeFormat("en-GB", { timeZone, hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
    const [hours, minutes] = format.format(atMs).split(":").map(Number);
    return hours * 60 + minutes;
  } catch {
    return -1;
  }
}

// Derives 32 bytes with the platform's PBKDF2 (SHA-256).
export async function pbkdf2(secret, salt, iterations) {
  const key = await crypto.subtle.importKey("raw", secret, "PBKDF2", false, ["deriveBits"]);
  return new Uint8Array(await crypto.subtle.deriveBits({ name: "PBKDF2", hash: "SHA-256", salt, iterations }, key, 256));
}

// Sends bytes to many sockets; returns the keys of those whose send failed.
export function sendBytes(sockets, keys, bytes) {
  return send(sockets, keys, bytes.slice());
}

export function sleep(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

// Sends one request to a foreign server: no redirects, a timeout, and only the first bytes of the answer.
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
  const named = ["retry-after", "location", "content-type", "cache-control"].map((name) => response.headers.get(name) ?? undefined);
  return [response.status, ...named, new Uint8Array(await new Blob(chunks).arrayBuffer())];
}

export async function gzip(text) {
  const packed = new Blob([text]).stream().pipeThrough(new CompressionStream("gzip"));
  return new Uint8Array(await new Response(packed).arrayBuffer());
}

export async function gunzip(packed) {
  const text = new Blob([packed.slice()]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Response(text).text();
}

export async function sendMail(env, binding, mail, timeoutMs) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error("no answer in time")), timeoutMs);
  });
  await Promise.race([env[binding].send(JSON.parse(mail)), late]).finally(() => clearTimeout(timer));
}
