// core.md 5 and 10: a person has at most 64 sockets in all logs together, those of their devices with them, whatever the sessions and
// however many in each room.

import { test } from 'node:test';
import { account, passwordLogin, sessionOf } from '../harness/accounts.ts';
import { refused } from '../harness/api.ts';
import { freshRoom } from '../harness/ids.ts';
import { FrameSocket, upgradeRefused } from '../harness/socket.ts';
import { onOwnServer } from '../harness/suite.ts';

const server = await onOwnServer({ OPEN_ROOMS: '1', RATE_LOGIN: '0', RATE_REGISTER: '0', RATE_REST: '0' });
const { base } = server;

test('the 65th socket of a person is closed with 4429; the 64 before it, and other people, stay', { timeout: 120_000 }, async () => {
  const one = await account(base);
  const two = sessionOf(base, await passwordLogin(base, one.email));
  const other = await account(base);
  const rooms = Array.from({ length: 9 }, freshRoom);
  const early: FrameSocket[] = [];
  // Eight rooms with eight sockets each, four of either session: as many as there may be.
  for (const room of rooms.slice(0, 8)) {
    for (let n = 0; n < 8; n += 1) early.push(await FrameSocket.joined(base, room, n % 2 ? one : two));
  }
  const stranger = await FrameSocket.joined(base, rooms[8]!, other);
  const surplus = await FrameSocket.joined(base, rooms[8]!, two);
  await surplus.closedWith(4429);
  await stranger.barrier();
  for (const socket of early) await socket.barrier();
  refused(await upgradeRefused(base, '/api/ws/presence', { session: one, protocols: [] }), 429, 'RATE_LIMITED');
});

test('a socket of a device is one of them', { timeout: 120_000 }, async () => {
  const one = await account(base);
  const device = await FrameSocket.presence(base, one, { heartbeat: true });
  const rooms = Array.from({ length: 8 }, freshRoom);
  const early: FrameSocket[] = [];
  for (const room of rooms) {
    for (let n = 0; n < 8 && early.length < 63; n += 1) early.push(await FrameSocket.joined(base, room, one));
  }
  const surplus = await FrameSocket.joined(base, rooms[7]!, one);
  await surplus.closedWith(4429);
  for (const socket of [...early, device]) await socket.barrier();
});
