// hopeflow-js: the minimal channel of a person. It verifies tokens and stores filters with the socket. An envelope is sent to every
// matching device, and the publish is answered when all of them have answered, or after 5 s.

const WAIT_MS = 5_000;
const fromBase64url = (text) => Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (char) => char.charCodeAt(0));

let key;

async function userOf(request, env) {
  const token = (request.headers.get('authorization') ?? '').replace(/^Bearer /i, '');
  const [header, payload, signature] = token.split('.');
  if (!signature || JSON.parse(new TextDecoder().decode(fromBase64url(header))).alg !== 'HS256') return undefined;
  key ??= await crypto.subtle.importKey('raw', new TextEncoder().encode(env.JWT_SECRET), { name: 'HMAC', hash: 'SHA-256' }, false, ['verify']);
  const signed = new TextEncoder().encode(`${header}.${payload}`);
  if (!(await crypto.subtle.verify('HMAC', key, fromBase64url(signature), signed))) return undefined;
  const { userId, exp } = JSON.parse(new TextDecoder().decode(fromBase64url(payload)));
  return exp === undefined || exp * 1000 > Date.now() ? userId : undefined;
}

export class Room {
  constructor(state) {
    this.state = state;
    this.waits = new Map();
    state.setWebSocketAutoResponse(new WebSocketRequestResponsePair('ping', 'pong'));
  }

  async fetch(request) {
    if (request.method === 'POST') return this.publish(await request.json());
    const { 0: client, 1: server } = new WebSocketPair();
    this.state.acceptWebSocket(server);
    server.serializeAttachment([]);
    return new Response(null, { status: 101, webSocket: client });
  }

  async publish({ userId, type, payload }) {
    const wants = (socket) => socket.deserializeAttachment().some((filter) => filter.type === type);
    const devices = this.state.getWebSockets().filter(wants);
    const envelopeId = crypto.randomUUID();
    const frame = JSON.stringify({ envelopeId, type, userId, timestamp: Date.now(), payload });
    for (const device of devices) device.send(frame);
    const wait = { open: new Set(devices), results: [] };
    if (devices.length > 0) {
      await new Promise((resolve) => {
        wait.resolve = resolve;
        wait.timer = setTimeout(resolve, WAIT_MS);
        this.waits.set(envelopeId, wait);
      });
      clearTimeout(wait.timer);
      this.waits.delete(envelopeId);
    }
    return Response.json({ clientCount: devices.length, results: wait.results });
  }

  webSocketMessage(socket, text) {
    const message = JSON.parse(text);
    if (message.type === 'subscribe') socket.serializeAttachment([...socket.deserializeAttachment(), ...message.filters]);
    if (message.type !== 'ack') return;
    const wait = this.waits.get(message.envelopeId);
    if (!wait?.open.delete(socket)) return;
    wait.results.push(message.result ?? null);
    if (wait.open.size === 0) wait.resolve();
  }

  webSocketClose(socket) {
    for (const wait of this.waits.values()) if (wait.open.delete(socket) && wait.open.size === 0) wait.resolve();
    socket.close(1000);
  }
}

export default {
  async fetch(request, env) {
    const { pathname } = new URL(request.url);
    const channel = (user) => env.ROOM.get(env.ROOM.idFromName(user));
    if (pathname === '/health') return new Response('ok');
    const user = await userOf(request, env);
    if (!user) return new Response('unauthorized', { status: 401 });
    if (pathname !== '/publish') return channel(user).fetch(request);
    const body = await request.text();
    const { userId, type } = JSON.parse(body);
    if (typeof userId !== 'string' || typeof type !== 'string') return new Response('bad request', { status: 400 });
    return channel(userId).fetch(request.url, { method: 'POST', body });
  },
};
