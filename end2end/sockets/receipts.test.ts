// messenger.md 8: receipts on the wire, and the switch for them. Their recipients, their rate and their privacy are proven in
// `room/receipts_tests.rs`.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FREE_OPEN_VARS } from '../harness/server.ts';
import { persona, type Session } from '../harness/session.ts';
import { FrameSocket, type Frame } from '../harness/socket.ts';
import { onPooledServer } from '../harness/suite.ts';

const { base } = await onPooledServer(FREE_OPEN_VARS);

const ack = (socket: FrameSocket, upToSeq: number, status: 'delivered' | 'read') => socket.send({ type: 'ack', upToSeq, status });
const isReceipt = (who: Session, status: string, seq?: number) => (frame: Frame) =>
  frame.type === 'delivery_status' && frame['senderId'] === who.user.id && frame['status'] === status && (seq === undefined || frame['upToSeq'] === seq);

async function direct(a: string, b: string, settings?: Record<string, unknown>) {
  const [ann, bea] = [await persona(base, a), await persona(base, b)];
  if (settings) await bea.api.ok('PUT', '/api/me/settings', settings);
  const { id: room } = await ann.api.ok('POST', '/api/rooms/dm', { userId: b });
  const [mine, theirs] = [await FrameSocket.joined(base, room, ann), await FrameSocket.joined(base, room, bea)];
  return { ann, bea, room, mine, theirs };
}

/** Returns a person's receipts as the welcome of a join reports them. */
async function known(room: string, viewer: Session, of: Session): Promise<unknown> {
  const socket = await FrameSocket.joined(base, room, viewer);
  return socket.all('welcome')[0]!['receipts'][of.user.id];
}

test('receipts in a direct conversation: delivered, then read, and never less', async () => {
  const { ann, bea, room, mine, theirs } = await direct('user_3', 'user_4');
  const [first, second] = [await mine.say('one'), await mine.say('two')];
  ack(theirs, second['seq'], 'delivered');
  await mine.next(isReceipt(bea, 'delivered', second['seq']));
  theirs.send({ type: 'ack', ackId: first['id'], status: 'read' });
  const read = await mine.next(isReceipt(bea, 'read', first['seq']));
  assert.equal(read['ackId'], first['id']);
  // A lower position changes nothing, so the next receipt is that of the higher one.
  ack(theirs, first['seq'] - 1, 'read');
  ack(theirs, second['seq'], 'read');
  await mine.next(isReceipt(bea, 'read', second['seq']));
  assert.deepEqual(mine.frames.filter(isReceipt(bea, 'read')).map((frame) => frame['upToSeq']), [first['seq'], second['seq']]);
  assert.deepEqual(await known(room, ann, bea), { deliveredSeq: second['seq'], readSeq: second['seq'] });
  theirs.send({ type: 'ack', ackId: '0198f000-0000-7000-8000-000000000000', status: 'read' });
  assert.equal((await theirs.next('error'))['code'], 'NOT_FOUND');
});
