// core.md 5.1: with `cfm.v1.batch` the frames of one turn travel together in both directions. Order, acks and limits equal those of single
// frames.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { freshRoom, marker, uuidv7 } from '../harness/ids.ts';
import { guest } from '../harness/session.ts';
import { FrameSocket } from '../harness/socket.ts';
import { onSharedServer } from '../harness/suite.ts';

const base = await onSharedServer();
const BATCH = { protocols: ['cfm.v1.batch', 'cfm.v1'] };

const chats = (count: number) =>
  Array.from({ length: count }, (_, n) => ({ type: 'chat', id: uuidv7(), content: `${n} ${marker()}` }));

describe('batch', { concurrency: true }, () => {
  test('an array of frames: one answer each, in order; what belongs to a turn comes as one message', async () => {
    const room = freshRoom();
    const mine = await FrameSocket.joined(base, room, await guest(base), BATCH);
    const theirs = await FrameSocket.joined(base, room, await guest(base), BATCH);
    const plain = await FrameSocket.joined(base, room, await guest(base));
    const [mineBefore, theirsBefore] = [mine.messageSizes.length, theirs.messageSizes.length];
    const frames = chats(10);
    mine.send(frames);
    for (const [n, frame] of frames.entries()) {
      assert.equal((await mine.answerTo(frame.id))['seq'], n + 1);
      assert.equal((await theirs.next('chat'))['id'], frame.id);
      assert.equal((await plain.next('chat'))['id'], frame.id);
    }
    assert.ok(Math.max(...mine.messageSizes.slice(mineBefore)) > 1, `sender: ${mine.messageSizes}`);
    assert.ok(Math.max(...theirs.messageSizes.slice(theirsBefore)) > 1, `receiver: ${theirs.messageSizes}`);
    assert.ok(plain.messageSizes.every((size) => size === 1), 'one frame per message without batch');
    for (const socket of [mine, theirs, plain]) await socket.close();
  });

  test('each frame of an array stands under its own limits', async () => {
    const mine = await FrameSocket.joined(base, freshRoom(), await guest(base), BATCH);
    const [good, long, unknown, better] = [uuidv7(), uuidv7(), uuidv7(), uuidv7()];
    mine.send([
      { type: 'chat', id: good, content: 'one' },
      { type: 'chat', id: long, content: 'x'.repeat(2049) },
      { type: 'teleport', id: unknown },
      { type: 'chat', id: better, content: 'two' },
    ]);
    assert.equal((await mine.answerTo(good))['seq'], 1);
    await mine.refusalOf(long, 'VALIDATION');
    assert.equal((await mine.next('error'))['code'], 'UNKNOWN_TYPE');
    assert.equal((await mine.answerTo(better))['seq'], 2);
    const many = chats(12);
    mine.send(many);
    const answers = [];
    for (const { id } of many) answers.push(await mine.next((frame) => frame['id'] === id && (frame.type === 'ack' || frame.type === 'error')));
    assert.deepEqual(answers.map((answer) => answer.type), [...Array(8).fill('ack'), ...Array(4).fill('error')]);
    await mine.close();
  });
});
