// messenger.md 5.4: a nudge shakes a window that accepts it, and is a line in the log for everybody else.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { freshRoom, uuidv7 } from '../harness/ids.ts';
import { guest } from '../harness/session.ts';
import { FrameSocket } from '../harness/socket.ts';
import { onSharedServer } from '../harness/suite.ts';

const base = await onSharedServer();

const nudge = (socket: FrameSocket) => {
  const id = uuidv7();
  socket.send({ type: 'nudge', id });
  return socket.answerTo(id);
};

describe('nudge', { concurrency: true }, () => {
  test('shakes, is stored, and comes back as replay', async () => {
    const room = freshRoom();
    const [one, two] = [await guest(base), await guest(base)];
    const mine = await FrameSocket.joined(base, room, one);
    const theirs = await FrameSocket.joined(base, room, two);
    const ack = await nudge(mine);
    const seen = await theirs.next('nudge');
    assert.equal(seen['effect'], 'shake');
    assert.equal(seen['senderId'], one.user.id);
    assert.equal(seen['displayName'], one.user.displayName);
    assert.deepEqual([seen['seq'], seen['id'], seen['timestamp']], [1, ack['id'], ack['timestamp']]);
    assert.ok(!seen['replay']);
    const late = await FrameSocket.joined(base, room, two);
    const [old] = late.all('history')[0]!['messages'];
    assert.equal(old.type, 'nudge');
    assert.equal(old.replay, true);
  });

  test('somebody who is busy gets a line', async () => {
    const room = freshRoom();
    const [one, two] = [await guest(base), await guest(base, { status: 'busy' })];
    const device = await FrameSocket.presence(base, two, { heartbeat: true });
    assert.equal((await device.next('welcome'))['self'].status, 'busy');
    const mine = await FrameSocket.joined(base, room, one);
    const theirs = await FrameSocket.joined(base, room, two);
    const third = await FrameSocket.joined(base, room, await guest(base));
    await nudge(mine);
    assert.equal((await theirs.next('nudge'))['effect'], 'line');
    assert.equal((await third.next('nudge'))['effect'], 'shake', 'computed for each recipient');
  });
});
