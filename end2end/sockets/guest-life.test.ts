// sign-in.md 1: a guest is deleted 24 h after the last use and not before; public messages stay. Instead of waiting for a day, the test
// moves the time of the last use back in the guest's object of a stopped server. (worker/guest.test.ts moves the clock instead.)

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { refused } from '../harness/api.ts';
import { freshRoom, marker } from '../harness/ids.ts';
import { guest, persona, type Session } from '../harness/session.ts';
import { FrameSocket } from '../harness/socket.ts';
import { onOwnServer } from '../harness/suite.ts';
import { changeObject } from '../harness/tables.ts';
import { PATIENCE_MS, until } from '../harness/wait.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const server = await onOwnServer({ OPEN_ROOMS: '1', RATE_LOGIN: '0', RATE_REST: '0' });
const { base } = server;

test('a day after the last use a guest is gone, a minute before they are not, and their words stay @night', async () => {
  const [host, room] = [await persona(base, 'user_1'), freshRoom()];
  const [gone, still] = [await guest(base), await guest(base)];
  const said = marker();
  await gone.api.ok('POST', '/api/messages', { roomId: room, content: said });
  const directs: string[] = [];
  for (const one of [gone, still]) {
    directs.push((await host.api.ok('POST', '/api/rooms/dm', { userId: one.user.id })).id);
    assert.equal((await one.api.post('/api/auth/logout')).status, 200);
  }

  await server.kill9();
  const leftAt = (one: Session, ms: number) =>
    changeObject(server.state, "UPDATE facts SET value = value - ? WHERE name = 'left_at' AND EXISTS (SELECT 1 FROM person WHERE record LIKE ?)", ms, `%${one.user.id}%`);
  leftAt(gone, DAY_MS);
  leftAt(still, DAY_MS - MINUTE_MS);
  await server.restart();

  // The request wakes the guest's object, and its alarm then checks the time.
  const open = (one: Session) => host.api.post('/api/rooms/dm', { userId: one.user.id });
  const answer = await until('the guest is gone', async () => {
    const opened = await open(gone);
    return opened.status === 404 && opened;
  }, PATIENCE_MS, 500);
  refused(answer, 404, 'NOT_FOUND');
  assert.equal((await open(still)).status, 200, 'forgotten before the day was over');

  const socket = await FrameSocket.joined(base, room, host);
  assert.deepEqual(socket.all('history')[0]!['messages'].map((one: any) => [one.senderId, one.content]), [[gone.user.id, said]]);
  await socket.close();
  // Another person can take the name again.
  assert.equal((await guest(base, { displayName: gone.user.displayName })).user.displayName, gone.user.displayName);
});
