// messenger.md 5.4: a nudge shakes a window that accepts it, and is a line in the log for everybody else.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { freshRoom, uuidv7 } from '../harness/ids.ts';
import { guest } from '../harness/session.ts';
import { FrameSocket } from '../harness/socket.ts';
import { onSharedServer } from '../harness/suite.ts';

const base = await onSharedServer();

test('a nudge shakes, is stored, and comes back as replay', async () => {
  const room = freshRoom();
  const [one, two] = [await guest(base), await guest(base)];
  const mine = await FrameSocket.joined(base, room, one);
  const theirs = await FrameSocket.joined(base, room, two);
  const id = uuidv7();
  mine.send({ type: 'nudge', id });
  const ack = await mine.answerTo(id);
  const seen = await theirs.next('nudge');
  assert.equal(seen['effect'], 'shake');
  assert.equal(seen['senderId'], one.user.id);
  assert.equal(seen['displayName'], one.user.displayName);
  assert.deepEqual([seen['seq'], seen['id'], seen['timestamp']], [1, id, ack['timestamp']]);
  assert.ok(!seen['replay']);
  const late = await FrameSocket.joined(base, room, two);
  const [old] = late.all('history')[0]!['messages'];
  assert.equal(old.type, 'nudge');
  assert.equal(old.replay, true);
});
