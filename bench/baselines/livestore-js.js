// livestore-js: the minimal LiveStore store in one SQLite. A push is compared with the head, stored in one transaction, acknowledged and
// sent to every socket; a pull is read and sent 100 events at a time.

const CHUNK = 100;
const COLUMNS = 'seqNum, parentSeqNum, name, args, createdAt, clientId, sessionId';
const PING = '{"_tag":"WSMessage.Ping","requestId":"ping"}';

export class Room {
  constructor(state) {
    this.state = state;
    this.sql = state.storage.sql;
    this.sql.exec(
      'CREATE TABLE IF NOT EXISTS eventlog (seqNum INTEGER PRIMARY KEY, parentSeqNum INTEGER NOT NULL, name TEXT NOT NULL, args TEXT, ' +
        'createdAt TEXT NOT NULL, clientId TEXT NOT NULL, sessionId TEXT NOT NULL) STRICT',
    );
    this.head = this.sql.exec('SELECT coalesce(max(seqNum), 0) AS head FROM eventlog').one().head;
    state.setWebSocketAutoResponse(new WebSocketRequestResponsePair(PING, PING.replace('Ping', 'Pong')));
  }

  fetch() {
    const { 0: client, 1: server } = new WebSocketPair();
    this.state.acceptWebSocket(server);
    return new Response(null, { status: 101, webSocket: client });
  }

  webSocketMessage(socket, text) {
    const message = JSON.parse(text);
    if (message._tag === 'WSMessage.PushReq') this.push(socket, message);
    if (message._tag === 'WSMessage.PullReq') this.pull(socket, message);
  }

  push(socket, { requestId, batch }) {
    const refuse = (words) => socket.send(JSON.stringify({ _tag: 'WSMessage.Error', requestId, message: words }));
    for (const [at, event] of batch.entries()) {
      const { parentSeqNum: parent, seqNum } = event;
      if (at === 0 && parent !== this.head) return refuse(`Invalid parent event number. Received e${parent} but expected e${this.head}`);
      if (parent !== this.head + at || seqNum !== parent + 1) return refuse(`Invalid event sequence in batch at index ${at}`);
      const isText = [event.name, event.clientId, event.sessionId].every((member) => typeof member === 'string');
      if (!isText) return refuse('Invalid event');
    }
    const createdAt = new Date().toISOString();
    this.state.storage.transactionSync(() => {
      for (const event of batch) {
        const args = event.args === undefined ? null : JSON.stringify(event.args);
        this.sql.exec(`INSERT INTO eventlog (${COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?)`, event.seqNum, event.parentSeqNum, event.name, args, createdAt, event.clientId, event.sessionId);
      }
    });
    this.head += batch.length;
    socket.send(JSON.stringify({ _tag: 'WSMessage.PushAck', requestId }));
    const frame = told(batch.map((event) => item(event, createdAt)), 'push', requestId, 0);
    for (const other of this.state.getWebSockets()) other.send(frame);
  }

  pull(socket, { requestId, cursor = 0 }) {
    let after = cursor;
    do {
      const rows = [...this.sql.exec(`SELECT ${COLUMNS} FROM eventlog WHERE seqNum > ? ORDER BY seqNum LIMIT ${CHUNK}`, after)];
      after = rows.at(-1)?.seqNum ?? this.head;
      const batch = rows.map(({ createdAt, args, ...event }) => item({ ...event, args: args === null ? undefined : JSON.parse(args) }, createdAt));
      socket.send(told(batch, 'pull', requestId, this.head - after));
    } while (after < this.head);
  }

  webSocketClose(socket, code) {
    socket.close(code === 1005 || code === 1006 ? 1000 : code);
  }
}

const item = ({ name, args, seqNum, parentSeqNum, clientId, sessionId }, createdAt) => ({
  eventEncoded: { name, args, seqNum, parentSeqNum, clientId, sessionId },
  metadata: { _tag: 'Some', value: { createdAt } },
});

const told = (batch, context, requestId, remaining) =>
  JSON.stringify({ _tag: 'WSMessage.PullRes', batch, requestId: { context, requestId }, remaining });

export default {
  fetch(request, env) {
    const { pathname, searchParams } = new URL(request.url);
    const store = searchParams.get('storeId');
    if (!pathname.endsWith('/websocket') || !store) return new Response('ok');
    return env.ROOM.get(env.ROOM.idFromName(store)).fetch(request);
  },
};
