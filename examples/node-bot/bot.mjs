// Bot of one group that answers its command `/echo words` with the words: `BASE=https://… TOKEN=cfb_… node bot.mjs`, with Node 22 or newer.

import { createHash } from 'node:crypto';

const { BASE, TOKEN } = process.env;
const [room, bot] = TOKEN.slice('cfb_'.length).split('.');
const unsent = new Map(); // answers that the room has not acknowledged, by id
let place; // last event of the log: the next socket goes on after it
let tries = 0;

function connect() {
  const url = `${BASE.replace('http', 'ws')}/api/ws/room/${room}?${new URLSearchParams(place)}`;
  // With an Origin the server gives its reason for a refusal as a close code.
  const socket = new WebSocket(url, { protocols: ['cfm.v1'], headers: { authorization: `Bearer ${TOKEN}`, origin: new URL(BASE).origin } });
  const say = (id) => unsent.has(id) && socket.readyState === WebSocket.OPEN && socket.send(unsent.get(id));
  const beat = setInterval(() => socket.readyState === WebSocket.OPEN && socket.send('ping'), 30_000);
  socket.onmessage = ({ data }) => data === 'pong' || receive(JSON.parse(data), say, socket);
  socket.onclose = socket.onerror = ({ code }) => {
    socket.onclose = socket.onerror = socket.onmessage = null;
    clearInterval(beat);
    if ([1008, 4400, 4401, 4403, 4404].includes(code)) process.exit(1);
    setTimeout(connect, Math.random() * Math.min(30_000, 500 * 2 ** tries++));
  };
}

function receive(frame, say, socket) {
  if (frame.type === 'history') {
    // The newest page is from before this bot ran. Pages after a break have the messages that it missed.
    const isNewest = place === undefined;
    if (!isNewest) frame.messages.forEach((message) => answer(message, say));
    place = { since: isNewest ? (frame.messages.at(-1)?.seq ?? frame.head) : frame.next, epoch: frame.epoch };
    if (frame.more && !isNewest) return;
    tries = 0;
    unsent.forEach((_, id) => say(id));
    console.log('live');
  } else if (place && frame.seq === place.since + 1 && frame.type !== 'ack') {
    place.since = frame.seq;
    answer(frame, say);
  } else if (frame.type === 'error' && frame.retryAfterMs) setTimeout(say, frame.retryAfterMs, frame.id);
  else if (frame.type === 'error' || frame.type === 'ack') unsent.delete(frame.id);
  else if (frame.type === 'reset') place = undefined;
  else if (frame.type === 'lag') socket.close();
}

function answer({ id, command }, say) {
  if (command?.name !== 'echo') return;
  // The same message gives the same id, so the room stores one answer however often it is given.
  const hash = createHash('sha256').update(`${bot} ${id}`).digest('hex');
  const own = hash.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*/, '$1-$2-$3-$4-$5');
  unsent.set(own, JSON.stringify({ type: 'chat', id: own, content: command.args, replyTo: id }));
  say(own);
}

connect();
