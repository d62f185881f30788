// sign-in.md 1.6: the next player of a persona sees no message of the previous player. The next player does get the messages that came
// while nobody played.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CAST } from '../harness/cast.ts';
import { marker } from '../harness/ids.ts';
import { persona } from '../harness/session.ts';
import { FrameSocket } from '../harness/socket.ts';
import { onSharedServer } from '../harness/suite.ts';

const base = await onSharedServer();

test('a second player sees nothing of the first, and all that came in between', async () => {
  const [A, B] = CAST.personaPrivacy;
  const room = `dm_${A}____${B}`;
  const first = await persona(base, A);
  const friend = await persona(base, B);
  await friend.api.ok('POST', '/api/rooms/dm', { userId: A });
  const theirs = await FrameSocket.room(base, room, friend);
  await theirs.next('history');
  const mine = await FrameSocket.room(base, room, first);
  await mine.next('history');
  const [got, wrote, between, after] = [marker(), marker(), marker(), marker()];
  await theirs.say(got);
  await mine.say(wrote);
  await first.api.ok('POST', '/api/auth/logout');
  await mine.closedWith(4401);
  await theirs.say(between);

  const second = await persona(base, A);
  const socket = await FrameSocket.room(base, room, second);
  const welcome = await socket.next('welcome');
  assert.equal(welcome['oldest'], 3, 'before visibleFrom the log does not exist');
  const history = await socket.next('history');
  assert.deepEqual(history['messages'].map((event: any) => event.content), [between]);
  await theirs.say(after);
  assert.equal((await socket.next('chat'))['content'], after);

  const page = await second.api.ok('GET', `/api/messages?roomId=${room}&since=1`);
  assert.deepEqual(page.messages.map((event: any) => event.content), [between, after]);
  assert.equal(page.truncated, true);
  assert.equal(page.oldest, 3);
  const rooms = await second.api.get('/api/rooms?scope=mine');
  for (const text of [got, wrote]) {
    assert.ok(!JSON.stringify(socket.frames).includes(text));
    assert.ok(!rooms.reply.text.includes(text));
  }
  // The friend's session never ended, so the friend still has everything.
  const whole = await friend.api.ok('GET', `/api/messages?roomId=${room}`);
  assert.deepEqual(whole.messages.map((event: any) => event.content), [got, wrote, between, after]);

  const resumed = await FrameSocket.room(base, room, second, { query: { since: 1, epoch: welcome['epoch'] } });
  const replay = await resumed.next('history');
  assert.equal(replay['truncated'], true);
  assert.deepEqual(replay['messages'].map((event: any) => event.content), [between, after]);
});
