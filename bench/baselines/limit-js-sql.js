// limit-js-sql: limit-js that inserts each message before it is sent. The output gate holds the frames until the row is durable.

export class Room {
  constructor(state) {
    this.state = state;
    this.sql = state.storage.sql;
    this.sql.exec('CREATE TABLE IF NOT EXISTS events (seq INTEGER PRIMARY KEY, content TEXT NOT NULL) STRICT');
  }

  fetch(request) {
    const { searchParams, pathname } = new URL(request.url);
    if (pathname.startsWith('/history/')) return this.history(Number(searchParams.get('since')));
    const { 0: client, 1: server } = new WebSocketPair();
    this.state.acceptWebSocket(server);
    return new Response(null, { status: 101, webSocket: client });
  }

  webSocketMessage(_, text) {
    this.sql.exec('INSERT INTO events (content) VALUES (?)', text);
    for (const socket of this.state.getWebSockets()) socket.send(text);
  }

  history(since) {
    const messages = [...this.sql.exec('SELECT seq, content FROM events WHERE seq > ? ORDER BY seq LIMIT 1000', since)];
    return Response.json({ messages, next: messages.at(-1)?.seq ?? since, more: messages.length === 1000 });
  }

  webSocketClose(socket) {
    socket.close(1000);
  }
}

export { door as default } from './door.js';
