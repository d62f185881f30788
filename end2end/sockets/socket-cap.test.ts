// core.md 5 and 10, messenger.md 5.1: a person has at most 64 sockets over all logs and devices, in any number of sessions. The handshake
// of the 65th is refused.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { account, passwordLogin, sessionOf } from '../harness/accounts.ts';
import { refused } from '../harness/api.ts';
import { freshRoom } from '../harness/ids.ts';
import { FREE_OPEN_VARS } from '../harness/server.ts';
import type { Session } from '../harness/session.ts';
import { FrameSocket, UpgradeRefused, upgradeRefused } from '../harness/socket.ts';
import { onOwnServer, onPooledServer } from '../harness/suite.ts';
import { PATIENCE_MS, until } from '../harness/wait.ts';

const { base } = await onPooledServer(FREE_OPEN_VARS, true);

test('the 65th socket of a person is refused by its handshake; the 64 before it, and other people, stay', async () => {
  const one = await account(base);
  const two = sessionOf(base, await passwordLogin(base, one.email));
  const other = await account(base);
  const rooms = Array.from({ length: 9 }, freshRoom);
  const early: FrameSocket[] = [];
  // Eight rooms with eight sockets each, four per session, reach the limit.
  for (const room of rooms.slice(0, 8)) {
    for (let n = 0; n < 8; n += 1) early.push(await FrameSocket.joined(base, room, n % 2 ? one : two));
  }
  const stranger = await FrameSocket.joined(base, rooms[8]!, other);
  for (const session of [one, two]) {
    refused(await upgradeRefused(base, `/api/ws/room/${rooms[8]!}`, { session, protocols: [] }), 429, 'RATE_LIMITED');
    const headers = { origin: base, authorization: `Bearer ${session.token}` };
    const browser = await FrameSocket.open(base, `/api/ws/room/${rooms[8]!}`, { headers });
    await browser.closedWith(4429);
    assert.deepEqual(browser.frames, []);
  }
  await stranger.barrier();
  for (const socket of early) await socket.barrier();
  refused(await upgradeRefused(base, '/api/ws/presence', { session: one, protocols: [] }), 429, 'RATE_LIMITED');
  await early.pop()!.close();
  // The person's object learns of a closed socket two seconds later (`core.md` 1.5).
  await until('a place is free', async () => (await opened(rooms[8]!, one)) !== undefined);
});

test('sockets that ended without a word, with the server, keep nobody out for long @night', async () => {
  const own = await onOwnServer({ OPEN_ROOMS: '1', RATE_LOGIN: '0', RATE_REGISTER: '0', RATE_REST: '0' });
  const one = await account(own.base);
  const rooms = Array.from({ length: 9 }, freshRoom);
  for (const room of rooms.slice(0, 8)) {
    for (let n = 0; n < 8; n += 1) await FrameSocket.joined(own.base, room, one);
  }
  assert.equal(await opened(rooms[8]!, one, own.base), undefined, 'no place is left');
  await own.kill9();
  await own.restart();
  await until('a place is free', async () => (await opened(rooms[8]!, one, own.base)) !== undefined, PATIENCE_MS, 500);
  await until('a device has a place', async () => {
    try {
      return await FrameSocket.presence(own.base, one);
    } catch (error) {
      if (error instanceof UpgradeRefused && error.answer.status === 429) return undefined;
      throw error;
    }
  }, PATIENCE_MS, 500);
});

/** Opens a socket; returns undefined if the handshake refused it with 429. */
async function opened(room: string, session: Session, at = base): Promise<FrameSocket | undefined> {
  try {
    return await FrameSocket.joined(at, room, session, { protocols: [] });
  } catch (error) {
    if (error instanceof UpgradeRefused && error.answer.status === 429) return undefined;
    throw error;
  }
}

test('a socket of a device is one of them', async () => {
  const one = await account(base);
  const device = await FrameSocket.presence(base, one, { heartbeat: true });
  const rooms = Array.from({ length: 8 }, freshRoom);
  const early: FrameSocket[] = [];
  for (const room of rooms) {
    for (let n = 0; n < 8 && early.length < 63; n += 1) early.push(await FrameSocket.joined(base, room, one));
  }
  refused(await upgradeRefused(base, `/api/ws/room/${rooms[7]!}`, { session: one, protocols: [] }), 429, 'RATE_LIMITED');
  for (const socket of [...early, device]) await socket.barrier();
});
