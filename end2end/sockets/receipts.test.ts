// messenger.md 8: receipts on the wire: their recipients, their rate, and their privacy. (room-crowd.test.ts covers large rooms,
// blocks.test.ts covers blocks.)

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { freshRoom } from '../harness/ids.ts';
import { FREE_OPEN_VARS } from '../harness/server.ts';
import { guest, persona, type Session } from '../harness/session.ts';
import { FrameSocket, type Frame } from '../harness/socket.ts';
import { onPooledServer } from '../harness/suite.ts';

const { base } = await onPooledServer(FREE_OPEN_VARS);

/** Shortest interval between two receipts that a room sends about one person (messenger.md 8). */
const TELLINGS_EVERY_MS = 1_000;

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
  await socket.close();
  return socket.all('welcome')[0]!['receipts'][of.user.id];
}

describe('receipts', { concurrency: true }, () => {
  test('read is told only where both have receipts on, whoever has them off', async () => {
    const { ann, bea, room, mine, theirs } = await direct('user_1', 'user_2', { receipts: false });
    const first = (await mine.say('to somebody who keeps it to herself'))['seq'];
    ack(theirs, first, 'read');
    await mine.next(isReceipt(bea, 'delivered', first));
    await theirs.next(isReceipt(bea, 'read', first));
    await mine.never(isReceipt(bea, 'read'), 'read by somebody who does not tell');
    assert.deepEqual(await known(room, ann, bea), { deliveredSeq: first, readSeq: 0 });
    assert.deepEqual(await known(room, bea, bea), { deliveredSeq: first, readSeq: first }, 'oneself knows');

    const second = (await theirs.say('and the other way round'))['seq'];
    ack(mine, second, 'read');
    await theirs.next(isReceipt(ann, 'delivered', second));
    await theirs.never(isReceipt(ann, 'read'), 'read, to somebody who does not tell either');

    await bea.api.ok('PUT', '/api/me/settings', { receipts: true });
    const third = (await mine.say('now she tells'))['seq'];
    ack(theirs, third, 'read');
    await mine.next(isReceipt(bea, 'read', third));
    for (const socket of [mine, theirs]) await socket.close();
  });

  test('public rooms tell delivered and never read', async () => {
    const room = freshRoom();
    const [writer, reader] = [await guest(base), await guest(base)];
    const [mine, theirs] = [await FrameSocket.joined(base, room, writer), await FrameSocket.joined(base, room, reader)];
    const { seq } = await mine.say('to everybody');
    ack(theirs, seq, 'read');
    await mine.next(isReceipt(reader, 'delivered', seq));
    await theirs.next(isReceipt(reader, 'read', seq));
    await mine.never(isReceipt(reader, 'read'), 'read in a public room');
    assert.deepEqual(await known(room, writer, reader), { deliveredSeq: seq, readSeq: 0 });
    for (const socket of [mine, theirs]) await socket.close();
  });

  test('who appears offline gives nothing away, and is told of as soon as they are back', async () => {
    const [ann, bea] = [await persona(base, 'user_3'), await persona(base, 'user_4')];
    const { id: room } = await ann.api.ok('POST', '/api/rooms', { name: 'Crew', memberIds: ['user_4'] });
    const [mine, theirs] = [await FrameSocket.joined(base, room, ann), await FrameSocket.joined(base, room, bea)];
    const device = await FrameSocket.presence(base, bea);
    await device.next('welcome');
    // The room knows of a change when the other members see it.
    const comes = () => mine.next((frame) => frame.type === 'participants' && frame['joined']?.some((one: any) => one.id === bea.user.id));
    await comes();
    device.send({ type: 'presence', status: 'appear_offline' });
    await mine.next((frame) => frame.type === 'participants' && frame['left']?.includes(bea.user.id));
    const first = (await mine.say('is she there?'))['seq'];
    await theirs.next((frame) => frame['seq'] === first);
    ack(theirs, first, 'read');
    await theirs.next(isReceipt(bea, 'read', first));
    await mine.never(isReceipt(bea, 'delivered'), 'a receipt of somebody who is not there');
    await mine.never(isReceipt(bea, 'read'), 'a receipt of somebody who is not there');
    assert.deepEqual(await known(room, ann, bea), { deliveredSeq: 0, readSeq: 0 });
    device.send({ type: 'presence', status: 'online' });
    await comes();
    const second = (await mine.say('there she is'))['seq'];
    await theirs.next((frame) => frame['seq'] === second);
    ack(theirs, second, 'read');
    await mine.next(isReceipt(bea, 'read', second));
    for (const socket of [mine, theirs, device]) await socket.close();
  });

  test('one telling per person and second, of the last, and never less than before', async () => {
    const { bea, mine, theirs } = await direct('user_5', 'user_6');
    const seqs: number[] = [];
    for (let n = 0; n < 8; n += 1) seqs.push((await mine.say(`${n}`))['seq']);
    const beganMs = Date.now();
    for (const seq of seqs) ack(theirs, seq, 'delivered');
    for (const seq of seqs.slice(0, -1)) ack(theirs, seq, 'delivered');
    await mine.next(isReceipt(bea, 'delivered', seqs.at(-1)));
    const lastedMs = Date.now() - beganMs;
    const received = mine.frames.filter(isReceipt(bea, 'delivered')).map((frame) => frame['upToSeq']);
    assert.ok(received.length <= 1 + Math.ceil(lastedMs / TELLINGS_EVERY_MS), `${received} within ${lastedMs} ms`);
    assert.deepEqual([...received].sort((a, b) => a - b), received);
    for (const socket of [mine, theirs]) await socket.close();
  });

  test('read implies delivered; by the id of a message as by its place; of what is unknown NOT_FOUND', async () => {
    const { bea, room, mine, theirs } = await direct('user_7', 'user_8');
    const { id, seq } = await mine.say('by its id');
    theirs.send({ type: 'ack', ackId: id, status: 'read' });
    const received = await mine.next(isReceipt(bea, 'read', seq));
    assert.equal(received['ackId'], id);
    assert.deepEqual(await known(room, bea, bea), { deliveredSeq: seq, readSeq: seq });
    theirs.send({ type: 'ack', ackId: '0198f000-0000-7000-8000-000000000000', status: 'read' });
    assert.equal((await theirs.next('error'))['code'], 'NOT_FOUND');
    // A receipt beyond the head counts for nothing.
    ack(theirs, seq + 1_000, 'read');
    await theirs.barrier();
    const next = (await mine.say('not read yet'))['seq'];
    assert.equal(next, seq + 1);
    await theirs.next((frame) => frame['seq'] === next);
    assert.equal((await bea.api.ok('GET', '/api/rooms?scope=mine')).items.find((one: any) => one.id === room).unread, 1);
    for (const socket of [mine, theirs]) await socket.close();
  });
});
