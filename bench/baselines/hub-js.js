// hub-js: the minimal hub room. A POST or a frame is checked, stored, and sent to every other socket.

const BODY_BYTES_MAX = 65_536;

export class Room {
  constructor(state) {
    this.state = state;
    this.sql = state.storage.sql;
    this.sql.exec('CREATE TABLE IF NOT EXISTS messages (seq INTEGER PRIMARY KEY, id TEXT NOT NULL, ts INTEGER NOT NULL, type TEXT NOT NULL, body BLOB NOT NULL) STRICT');
    state.setWebSocketAutoResponse(new WebSocketRequestResponsePair('ping', 'pong'));
  }

  async fetch(request) {
    if (request.method === 'POST') return this.post(request);
    const { 0: client, 1: server } = new WebSocketPair();
    this.state.acceptWebSocket(server);
    return new Response(null, { status: 101, webSocket: client });
  }

  async post(request) {
    const type = request.headers.get('content-type') ?? 'text/plain';
    const body = await request.text();
    if (body.length === 0 || body.length > BODY_BYTES_MAX) return new Response(null, { status: body.length === 0 ? 400 : 413 });
    const { id, seq } = this.keep(type, body);
    for (const socket of this.state.getWebSockets()) socket.send(body);
    return new Response(null, { status: 202, headers: { 'x-message-id': id, 'x-message-seq': String(seq) } });
  }

  webSocketMessage(sender, text) {
    if (text.length === 0) return;
    if (text.length > BODY_BYTES_MAX) return sender.close(1009);
    this.keep('text/plain', text);
    for (const socket of this.state.getWebSockets()) if (socket !== sender) socket.send(text);
  }

  keep(type, body) {
    const id = crypto.randomUUID();
    const { seq } = this.sql.exec('INSERT INTO messages (id, ts, type, body) VALUES (?, ?, ?, CAST(? AS BLOB)) RETURNING seq', id, Date.now(), type, body).one();
    return { id, seq };
  }

  webSocketClose(socket) {
    socket.close(1000);
  }
}

export default {
  fetch(request, env) {
    const room = /^\/(?:rooms|ws)\/([a-z0-9-]+)/.exec(new URL(request.url).pathname)?.[1];
    if (!room) return new Response('ok');
    return env.ROOM.get(env.ROOM.idFromName(room)).fetch(request);
  },
};
