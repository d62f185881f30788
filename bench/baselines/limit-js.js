// limit-js: the minimal room. A hibernating Durable Object sends each message to every socket and stores nothing.

export class Room {
  constructor(state) {
    this.state = state;
  }

  fetch() {
    const { 0: client, 1: server } = new WebSocketPair();
    this.state.acceptWebSocket(server);
    return new Response(null, { status: 101, webSocket: client });
  }

  webSocketMessage(_, text) {
    for (const socket of this.state.getWebSockets()) socket.send(text);
  }

  webSocketClose(socket) {
    socket.close(1000);
  }
}

export { door as default } from './door.js';
