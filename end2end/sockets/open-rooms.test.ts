// messenger.md 4: public rooms are open to all. Another room never comes into being by its name alone, unless the operator allows that.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { refused } from '../harness/api.ts';
import { marker } from '../harness/ids.ts';
import { guest } from '../harness/session.ts';
import { FrameSocket, upgradeRefused } from '../harness/socket.ts';
import { onOwnServer, onSharedServer } from '../harness/suite.ts';

const open = await onSharedServer();
const { base: strict } = await onOwnServer({ RATE_LOGIN: '0', PUBLIC_ROOMS: 'general,music,room,lobby' });

describe('rooms by name', { concurrency: true }, () => {
  test('the public rooms take everybody', async () => {
    const one = await guest(strict);
    for (const room of ['general', 'music', 'room', 'lobby']) {
      const socket = await FrameSocket.joined(strict, room, one);
      await socket.say(marker());
    }
  });

  test('without OPEN_ROOMS another name is NOT_FOUND on every way in, and stays so', async () => {
    const one = await guest(strict);
    for (const room of ['kitchen', 'grp_0000000000000', 'General', 'x y']) {
      const name = encodeURIComponent(room);
      refused(await upgradeRefused(strict, `/api/ws/room/${name}`, { session: one, protocols: [] }), 404, 'NOT_FOUND');
      refused(await one.api.get(`/api/messages?roomId=${name}`), 404, 'NOT_FOUND');
      refused(await one.api.post('/api/messages', { roomId: room, content: 'x' }), 404, 'NOT_FOUND');
    }
    const { items } = await one.api.ok('GET', '/api/rooms?scope=public');
    assert.deepEqual(items.map((room: any) => room.id).sort(), ['general', 'lobby', 'music', 'room']);
  });

  test('reserved names are nobody’s', async () => {
    for (const base of [strict, open]) {
      const one = await guest(base);
      for (const room of ['system_x', 'admin_x']) {
        refused(await upgradeRefused(base, `/api/ws/room/${room}`, { session: one, protocols: [] }), 403, 'ROOM_RESERVED');
        refused(await one.api.post('/api/messages', { roomId: room, content: 'x' }), 403, 'ROOM_RESERVED');
      }
    }
  });

  test('with OPEN_ROOMS a name of [a-z0-9-]{1,64} is a public room on first join', async () => {
    const one = await guest(open);
    for (const room of [`k-${marker()}`, marker().padEnd(64, '0')]) {
      const socket = await FrameSocket.joined(open, room, one);
      assert.equal((await socket.say(marker()))['seq'], 1);
    }
    for (const room of [marker().padEnd(65, '0'), `K-${marker()}`, `k_${marker()}`, 'grp_0000000000000', '.', '..', '%2e']) {
      const answer = await upgradeRefused(open, `/api/ws/room/${encodeURIComponent(room)}`, { session: one, protocols: [] });
      refused(answer, 404, 'NOT_FOUND');
    }
  });
});
