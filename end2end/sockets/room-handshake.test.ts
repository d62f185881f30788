// messenger.md 5.1: access to a room socket. The checks come in the order of the specification. Tools get their refusals over HTTP.
// Browsers cannot read those, so they get an immediate close.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Api, refused } from '../harness/api.ts';
import { freshRoom, uuid } from '../harness/ids.ts';
import { cookieSession, guest } from '../harness/session.ts';
import { FrameSocket, upgradeRefused } from '../harness/socket.ts';
import { onSharedServer } from '../harness/suite.ts';
import { PATIENCE_MS } from '../harness/wait.ts';

const base = await onSharedServer();
const path = (room: string) => `/api/ws/room/${room}`;

describe('room handshake', { concurrency: true }, () => {
  test('without upgrade 426', async () => {
    const one = await guest(base);
    for (const where of [path('general'), '/api/ws/presence']) refused(await one.api.get(where), 426, 'UPGRADE_REQUIRED');
  });

  test('the checks come in order: Origin, session, room form, access', async () => {
    const one = await guest(base);
    const evil = { origin: 'https://evil.example' };
    const open = (room: string, headers: Record<string, string> = {}, session?: typeof one) =>
      upgradeRefused(base, path(room), { protocols: [], headers, ...(session ? { session } : {}) });
    refused(await open('No%20Such%20Form', evil), 403, 'ORIGIN_FORBIDDEN');
    refused(await open('No%20Such%20Form'), 401, 'UNAUTHENTICATED');
    refused(await open('No%20Such%20Form', {}, one), 404, 'NOT_FOUND');
    refused(await open('dm_user_1____user_2', {}, one), 403, 'FORBIDDEN');
    refused(await open('system_log', {}, one), 403, 'ROOM_RESERVED');
    refused(await open('admin_log', {}, one), 403, 'ROOM_RESERVED');
  });

  test('a browser gets the same refusals as close codes', async () => {
    const one = await cookieSession(base);
    const own = { origin: base, cookie: one.cookie };
    const dials: [string, Record<string, string>, number][] = [
      [path('general'), { origin: base }, 4401],
      [path('general'), { origin: 'https://evil.example', cookie: one.cookie }, 4403],
      [path('dm_user_1____user_2'), own, 4403],
      [path('No%20Such%20Form'), own, 4404],
      [`${path('general')}?since=x`, own, 4400],
      [`${path('general')}?since=0&epoch=zz`, own, 4400],
      [`${path('general')}?device=x`, own, 4400],
      ['/api/ws/presence?device=x', own, 4400],
      ['/api/ws/presence', { origin: base }, 4401],
      ['/api/ws/presence', { origin: 'https://evil.example', cookie: one.cookie }, 4403],
    ];
    for (const [where, headers, code] of dials) {
      for (const protocols of [['cfm.v1'], ['cfm.v1.batch', 'cfm.v1']]) {
        const socket = await FrameSocket.open(base, where, { headers, protocols });
        await socket.closedWith(code);
        assert.deepEqual(socket.frames.filter((frame) => frame.type !== 'error'), []);
      }
    }
  });

  test('the subprotocol is chosen and echoed; none offered means cfm.v1', async () => {
    const one = await guest(base);
    const room = freshRoom();
    const chosen: [string[], string][] = [
      [['cfm.v1'], 'cfm.v1'],
      [['cfm.v1.batch', 'cfm.v1'], 'cfm.v1.batch'],
      [['cfm.v1.columns', 'cfm.v1.batch', 'cfm.v1'], 'cfm.v1.columns'],
      [['cfm.v9', 'cfm.v1'], 'cfm.v1'],
      [[], ''],
    ];
    for (const [protocols, protocol] of chosen) {
      const socket = await FrameSocket.room(base, room, one, { protocols });
      assert.equal(socket.protocol, protocol);
      assert.equal((await socket.next('welcome'))['protocol'], 'cfm.v1');
    }
  });

  test('only unknown versions offered: closed with 4426', async () => {
    const one = await guest(base);
    const socket = await FrameSocket.room(base, freshRoom(), one, { protocols: ['cfm.v9'] });
    await socket.closedWith(4426);
  });

  test('a machine that comes back takes the place of its older socket, in rooms and as a device', async () => {
    const one = await guest(base);
    const room = freshRoom();
    for (const where of [path(room), '/api/ws/presence']) {
      const open = (device: string) => FrameSocket.open(base, where, { session: one, query: { device } });
      const [mine, others] = [uuid(), uuid()];
      const older = await open(mine);
      await older.next('welcome');
      const other = await open(others);
      await other.next('welcome');
      const newer = await open(mine.toUpperCase());
      await newer.next('welcome');
      assert.equal((await older.closedWith(4409)).reason, 'superseded');
      for (const socket of [newer, other]) await socket.barrier();
      // The new socket has taken the place of the older one, so six of the eight places are free.
      const more = [];
      for (let n = 0; n < 6; n += 1) more.push(await open(uuid()));
      for (const socket of more) await socket.next('welcome');
      refused(await upgradeRefused(base, where, { session: one, protocols: [] }), 429, 'RATE_LIMITED');
      const newest = await open(mine);
      await newest.next('welcome');
      await newer.closedWith(4409);
      refused(await upgradeRefused(base, where, { session: one, protocols: [], query: { device: 'phone' } }), 400, 'VALIDATION');
      await Promise.all([newest, other, ...more].map((socket) => socket.close()));
    }
  });

  test('a ninth device is refused, a browser by a close code', async () => {
    const one = await cookieSession(base);
    const devices = [];
    for (let n = 0; n < 8; n += 1) devices.push(await FrameSocket.open(base, '/api/ws/presence', { headers: { origin: base, cookie: one.cookie } }));
    const ninth = await FrameSocket.open(base, '/api/ws/presence', { headers: { origin: base, cookie: one.cookie } });
    await ninth.closedWith(4429);
  });

  test('the token in the query is not accepted unless the operator says so', async () => {
    const one = await guest(base);
    const query = { sessionId: one.token };
    refused(await upgradeRefused(base, path(freshRoom()), { protocols: [], query }), 401, 'UNAUTHENTICATED');
  });

  test('our close is answered with the same code', async () => {
    const one = await guest(base);
    for (const code of [1000, 4999]) {
      const socket = await FrameSocket.joined(base, freshRoom(), one, { closeTimeoutMs: PATIENCE_MS });
      assert.equal((await socket.close(code)).code, code);
    }
  });

  test('a dead session opens nothing', async () => {
    const one = await guest(base);
    await one.api.ok('POST', '/api/auth/logout');
    refused(await upgradeRefused(base, path('general'), { session: one, protocols: [] }), 401, 'UNAUTHENTICATED');
    refused(await upgradeRefused(base, '/api/ws/presence', { session: one, protocols: [] }), 401, 'UNAUTHENTICATED');
    refused(await new Api(base, one.api.headers).get('/api/messages?roomId=general'), 401, 'UNAUTHENTICATED');
  });
});
