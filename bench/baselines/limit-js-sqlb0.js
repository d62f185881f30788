// limit-js-sqlb0: durable like limit-js-sql, but with one transaction and one frame per turn of the event loop.

export class Room {
  constructor(state) {
    this.state = state;
    this.sql = state.storage.sql;
    this.sql.exec('CREATE TABLE IF NOT EXISTS events (seq INTEGER PRIMARY KEY, content TEXT NOT NULL) STRICT');
    this.turn = [];
  }

  fetch(request) {
    const { searchParams, pathname } = new URL(request.url);
    if (pathname.startsWith('/history/')) return this.history(Number(searchParams.get('since')));
    const { 0: client, 1: server } = new WebSocketPair();
    this.state.acceptWebSocket(server);
    return new Response(null, { status: 101, webSocket: client });
  }

  webSocketMessage(_, text) {
    if (this.turn.push(text) === 1) setTimeout(() => this.endTurn(), 0);
  }

  endTurn() {
    const texts = this.turn;
    this.turn = [];
    this.state.storage.transactionSync(() => {
      for (const text of texts) this.sql.exec('INSERT INTO events (content) VALUES (?)', text);
    });
    const frame = texts.join('\n');
    for (const socket of this.state.getWebSockets()) socket.send(frame);
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
