// core.md 11, docs/checklist.md: a kill at any moment and a restart on the same state folder. Every acknowledged message is there once,
// under its acknowledged `seq`, and every promise is kept.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { freshRoom, marker, uuidv7 } from '../harness/ids.ts';
import { page } from '../harness/pairs.ts';
import { guest, type Session } from '../harness/session.ts';
import { FrameSocket } from '../harness/socket.ts';
import { onOwnServer } from '../harness/suite.ts';
import { within } from '../harness/wait.ts';

const server = await onOwnServer({ OPEN_ROOMS: '1', RATE_LOGIN: '0', RATE_CHAT: '0', RATE_FRAME: '0', RATE_REST: '0', RATE_NUDGE: '3/60' });
const { base } = server;

async function wholeHistory(session: Session, room: string): Promise<any[]> {
  const events = [];
  for (let since = 0; ; ) {
    const { messages, more, next } = await session.api.ok('GET', `/api/messages?roomId=${room}&since=${since}&limit=200`);
    events.push(...messages);
    if (!more) return events;
    since = next;
  }
}

/** Lets three writers say 600 messages and kills the server when `killAfterAcks` of them are stored. */
async function burst(killAfterAcks: number, protocols: string[]): Promise<void> {
  const room = freshRoom();
  const writers = await Promise.all(Array.from({ length: 3 }, () => guest(base)));
  const sockets = await Promise.all(writers.map((writer) => FrameSocket.joined(base, room, writer, { protocols })));
  const epoch = sockets[0]!.epoch;
  const written = writers.map((_, who) => Array.from({ length: 200 }, (_, n) => ({ id: uuidv7(), content: `${who}.${n}` })));
  for (const [who, socket] of sockets.entries()) for (const { id, content } of written[who]!) socket.chat(content, { id });
  // The kill falls into the middle: some acks have come, others are under way.
  await sockets[0]!.next((frame) => frame.type === 'chat' && frame['seq'] >= killAfterAcks);
  await server.kill9();
  await within('all sockets noticed', Promise.all(sockets.map((socket) => socket.closed)));
  await server.restart();

  const acked = sockets.flatMap((socket) => socket.all('ack'));
  const broadcast = sockets.flatMap((socket) => socket.all('chat'));
  assert.ok(acked.length > 0);
  const stored = await wholeHistory(writers[0]!, room);
  assert.deepEqual(stored.map((event) => event.seq), stored.map((_, n) => n + 1), 'no gap');
  assert.equal(new Set(stored.map((event) => event.id)).size, stored.length, 'no double');
  const byId = new Map(stored.map((event) => [event.id, event]));
  for (const ack of acked) {
    assert.deepEqual([byId.get(ack['id'])?.seq, byId.get(ack['id'])?.timestamp], [ack['seq'], ack['timestamp']], 'acked and kept');
  }
  for (const event of broadcast) assert.equal(byId.get(event['id'])?.seq, event['seq'], 'shown and kept');

  // The sessions still work. After a writer has sent everything again, each message is there exactly once and in the order of writing.
  for (const [who, writer] of writers.entries()) {
    const back = await FrameSocket.room(base, room, writer, { query: { since: sockets[who]!.lastSeq ?? 0, epoch } });
    assert.equal((await back.next('welcome'))['resumed'], true);
    for (const { id, content } of written[who]!) {
      const ack = await back.say(content, { id });
      assert.equal(ack['duplicate'], byId.has(id));
    }
    await back.close();
  }
  const whole = await wholeHistory(writers[0]!, room);
  assert.equal(whole.length, 600);
  for (const who of writers.keys()) {
    const mine = whole.filter((event) => event.senderId === writers[who]!.user.id).map((event) => event.content);
    assert.deepEqual(mine, written[who]!.map((message) => message.content));
  }
}

test('kill -9 in a burst of single frames: every acked message once, in its acked seq', () => burst(120, ['cfm.v1']));

test('kill -9 in a burst of batches: every acked message once, in its acked seq @night', () => burst(300, ['cfm.v1.batch', 'cfm.v1']));

test('limits, sessions and cursors outlive the restart', async () => {
  const room = freshRoom();
  const one = await guest(base);
  const socket = await FrameSocket.joined(base, room, one);
  const [edited, deleted] = [await socket.say('before'), await socket.say('to be gone')];
  const changes = [
    { type: 'edit', id: uuidv7(), messageId: edited['id'], content: 'after' },
    { type: 'delete', id: uuidv7(), messageId: deleted['id'], for: 'all' },
  ];
  for (const change of changes) {
    socket.send(change);
    await socket.next((frame) => frame.type === 'ack' && frame['id'] === change.id);
  }
  const stored = await socket.say(marker());
  for (let n = 0; n < 3; n += 1) {
    const id = uuidv7();
    socket.send({ type: 'nudge', id });
    await socket.answerTo(id);
  }
  await server.kill9();
  await socket.closed;
  await server.restart();
  const back = await FrameSocket.joined(base, room, one, { query: { since: stored['seq'], epoch: socket.epoch } });
  assert.deepEqual(back.all('history').flatMap((page) => page['messages']).map((event: any) => event.type), ['nudge', 'nudge', 'nudge']);
  const fourth = uuidv7();
  back.send({ type: 'nudge', id: fourth });
  assert.ok((await back.refusalOf(fourth, 'RATE_LIMITED'))['retryAfterMs'] > 0);
  const all = await page(one, room);
  assert.equal(all.find((message) => message.id === edited['id']).content, 'after');
  assert.equal(all.find((message) => message.id === deleted['id']).deleted, true);
  await back.close();
});
