// messenger.md 5.4: typing is shown to others at once and never gets stuck.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { freshRoom, marker } from '../harness/ids.ts';
import { guest } from '../harness/session.ts';
import { FrameSocket, type Frame } from '../harness/socket.ts';
import { onSharedServer } from '../harness/suite.ts';
import { moment, until } from '../harness/wait.ts';

const base = await onSharedServer();
const starts = (frame: Frame) => frame.type === 'typing' && frame['isTyping'] === true;
const stops = (frame: Frame) => frame.type === 'typing' && frame['isTyping'] === false;

async function pair() {
  const room = freshRoom();
  const [one, two] = await Promise.all([guest(base), guest(base)]);
  return {
    room, one: one!, two: two!,
    mine: await FrameSocket.joined(base, room, one!),
    theirs: await FrameSocket.joined(base, room, two!),
  };
}

describe('typing', { concurrency: true }, () => {
  test('without renewal it ends by itself, and not before 3 s', async () => {
    const { one, mine, theirs } = await pair();
    const sentMs = Date.now();
    mine.send({ type: 'typing', isTyping: true });
    const seen = await theirs.next(starts);
    assert.equal(seen['senderId'], one.user.id);
    assert.equal(seen['displayName'], one.user.displayName);
    assert.equal(seen['expiresInMs'], 3_000);
    const over = await theirs.next(stops);
    const endedMs = Date.now();
    assert.equal(over['senderId'], one.user.id);
    // The typing began after this client sent it, so the lower limit holds.
    assert.ok(endedMs - sentMs >= 3_000, `ended after ${endedMs - sentMs} ms`);
    await Promise.all([mine.close(), theirs.close()]);
  });

  test('renewal prolongs it', async () => {
    const { mine, theirs } = await pair();
    const startedMs = Date.now();
    for (let n = 0; n < 3; n += 1) {
      mine.send({ type: 'typing', isTyping: true });
      await theirs.next(starts);
      await moment(startedMs + (n + 1) * 2_000);
    }
    await theirs.never(stops, 'it ended although it was renewed');
    await theirs.next(stops);
    assert.ok(Date.now() - startedMs >= 6_800, `ended after ${Date.now() - startedMs} ms`);
    await Promise.all([mine.close(), theirs.close()]);
  });

  test('it ends when the person says so, when the message arrives, and when the last socket goes', async () => {
    const { room, one, mine, theirs } = await pair();
    // The room sends the end before it answers anything that was sent later, so a barrier is enough.
    const ends = async () => {
      for (const each of [mine, theirs]) await each.barrier();
      assert.equal(theirs.frames.filter(stops).length, theirs.frames.filter(starts).length);
    };
    mine.send({ type: 'typing', isTyping: true });
    await theirs.next(starts);
    mine.send({ type: 'typing', isTyping: false });
    await ends();

    await moment(Date.now() + 1_000);
    mine.send({ type: 'typing', isTyping: true });
    await theirs.next(starts);
    mine.chat(marker());
    await ends();

    await moment(Date.now() + 1_000);
    const second = await FrameSocket.joined(base, room, one);
    mine.send({ type: 'typing', isTyping: true });
    await theirs.next(starts);
    await second.close();
    await mine.close();
    await until('the end of it', async () => {
      await theirs.barrier();
      return theirs.frames.filter(stops).length === 3;
    });
    await theirs.close();
  });

  test('own devices are not told', async () => {
    const { room, one, mine, theirs } = await pair();
    const second = await FrameSocket.joined(base, room, one);
    mine.send({ type: 'typing', isTyping: true });
    await theirs.next(starts);
    await second.never((frame) => frame.type === 'typing', 'typing came back to its sender');
    await mine.never((frame) => frame.type === 'typing', 'typing came back to its sender');
    for (const socket of [mine, theirs, second]) await socket.close();
  });

  test('typing has no seq and is never replayed', async () => {
    const { room, two, mine, theirs } = await pair();
    mine.send({ type: 'typing', isTyping: true });
    const seen = await theirs.next(starts);
    assert.ok(!('seq' in seen));
    const late = await FrameSocket.joined(base, room, two, { query: { since: 0 } });
    assert.deepEqual(late.all('history').flatMap((page) => page['messages']), []);
    for (const socket of [mine, theirs, late]) await socket.close();
  });
});
