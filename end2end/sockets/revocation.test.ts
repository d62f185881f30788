// docs/checklist.md, core.md 5: the end of a session closes its sockets with 4401, and no other socket. `cargo xtask bench` measures the
// delay.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { account, passwordLogin, sessionOf } from '../harness/accounts.ts';
import { freshRoom, marker } from '../harness/ids.ts';
import { guest } from '../harness/session.ts';
import { FrameSocket } from '../harness/socket.ts';
import { onSharedServer } from '../harness/suite.ts';

const base = await onSharedServer();

test('logout closes the sockets of that session only', async () => {
  const rooms = [freshRoom(), freshRoom(), freshRoom()];
  const [one, two] = [await guest(base), await guest(base)];
  const mine = [
    ...(await Promise.all(rooms.map((room) => FrameSocket.joined(base, room, one)))),
    await FrameSocket.joined(base, rooms[0]!, one),
    await FrameSocket.presence(base, one),
  ];
  const theirs = await Promise.all(rooms.map((room) => FrameSocket.joined(base, room, two)));
  const device = await FrameSocket.device(base, two);

  await one.api.ok('POST', '/api/auth/logout');
  await Promise.all(mine.map((socket) => socket.closedWith(4401)));

  for (const socket of theirs) await socket.say(marker());
  await device.barrier();
});

test('logout leaves the other sessions of the same person alone, sockets and all', async () => {
  const one = await account(base);
  const elsewhere = sessionOf(base, await passwordLogin(base, one.email));
  const room = freshRoom();
  const [mine, device] = [await FrameSocket.joined(base, room, one), await FrameSocket.device(base, one)];
  const [other, otherDevice] = [await FrameSocket.joined(base, room, elsewhere), await FrameSocket.device(base, elsewhere)];
  await one.api.ok('POST', '/api/auth/logout');
  for (const socket of [mine, device]) await socket.closedWith(4401);
  await other.say(marker());
  await otherDevice.barrier();
  assert.equal((await elsewhere.api.ok('GET', '/api/me/sessions')).items.length, 1);
});

test('a frame sent after the logout is not stored', async () => {
  const room = freshRoom();
  const [one, two] = [await guest(base), await guest(base)];
  const watcher = await FrameSocket.joined(base, room, two);
  const mine = await FrameSocket.joined(base, room, one);
  await one.api.ok('POST', '/api/auth/logout');
  mine.chat('too late');
  await mine.closedWith(4401);
  await watcher.never((frame) => frame['content'] === 'too late', 'a dead session spoke');
});
