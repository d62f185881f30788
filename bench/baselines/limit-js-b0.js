// limit-js-b0: limit-js with all messages of one turn of the event loop in one frame. It stores nothing.

export class Room {
  constructor(state) {
    this.state = state;
    this.turn = [];
  }

  fetch() {
    const { 0: client, 1: server } = new WebSocketPair();
    this.state.acceptWebSocket(server);
    return new Response(null, { status: 101, webSocket: client });
  }

  webSocketMessage(_, text) {
    if (this.turn.push(text) === 1) setTimeout(() => this.endTurn(), 0);
  }

  endTurn() {
    const frame = this.turn.join('\n');
    this.turn = [];
    for (const socket of this.state.getWebSockets()) socket.send(frame);
  }

  webSocketClose(socket) {
    socket.close(1000);
  }
}

export { door as default } from './door.js';
