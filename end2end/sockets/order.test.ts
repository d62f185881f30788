// core.md 2 and 11: `seq` of a log is 1, 2, 3 … without a gap, and every subscriber sees the same order.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { freshRoom } from '../harness/ids.ts';
import { guest } from '../harness/session.ts';
import { FrameSocket } from '../harness/socket.ts';
import { onSharedServer } from '../harness/suite.ts';

const base = await onSharedServer();
const WRITERS = 50;
const EACH = 10;
const TOTAL = WRITERS * EACH;

test('50 parallel writers: no gap, no double, one order for all, each sender in its own order', async () => {
  const room = freshRoom();
  const writers = await Promise.all(Array.from({ length: WRITERS }, () => guest(base)));
  // The order must not depend on the form of the frames.
  const forms = ['cfm.v1', 'cfm.v1.batch', 'cfm.v1.columns'];
  const sockets = await Promise.all(
    writers.map((writer, n) => FrameSocket.joined(base, room, writer, { protocols: [forms[n % forms.length]!] })),
  );
  const acks = await Promise.all(
    sockets.flatMap((socket, who) => Array.from({ length: EACH }, (_, n) => socket.say(`${who}.${n}`))),
  );
  const seqs = acks.map((ack) => ack['seq']).sort((a, b) => a - b);
  assert.deepEqual(seqs, Array.from({ length: TOTAL }, (_, n) => n + 1));

  await Promise.all(sockets.map((socket) => socket.next((frame) => frame.type === 'chat' && frame['seq'] === TOTAL)));
  const orders = sockets.map((socket) => JSON.stringify(socket.all('chat').map((event) => [event['seq'], event['id'], event['content']])));
  assert.equal(new Set(orders).size, 1, 'every subscriber saw the same');
  const seen = sockets[0]!.all('chat');
  assert.equal(seen.length, TOTAL);
  for (let who = 0; who < WRITERS; who += 1) {
    const own = seen.filter((event) => event['senderId'] === writers[who]!.user.id).map((event) => event['content']);
    assert.deepEqual(own, Array.from({ length: EACH }, (_, n) => `${who}.${n}`));
  }
  for (let n = 1; n < seen.length; n += 1) assert.ok(seen[n]!['timestamp'] >= seen[n - 1]!['timestamp'], 'ts never falls');
});
