// messenger.md 4: a direct conversation belongs to exactly two people, and its aliases lead to the same room. Others learn nothing, not
// even if the people exist.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { refused } from '../harness/api.ts';
import { CAST } from '../harness/cast.ts';
import { marker, uuidv7 } from '../harness/ids.ts';
import { guest, persona } from '../harness/session.ts';
import { FrameSocket, upgradeRefused } from '../harness/socket.ts';
import { onSharedServer } from '../harness/suite.ts';

const base = await onSharedServer();
const [A, B, C] = CAST.dmGuard;
const CANONICAL = `dm_${A}____${B}`;
const ALIASES = [CANONICAL, `dm_${B}____${A}`, `dm_${A}__${B}`, `dm_${B}__${A}`];
const [a, b, c] = [await persona(base, A), await persona(base, B), await persona(base, C)];

const dial = (room: string, session = c) => upgradeRefused(base, `/api/ws/room/${room}`, { session, protocols: [] });

describe('direct conversation', () => {
  test('opening it gives the sorted id, and the same room every time', async () => {
    for (const [who, other] of [[a, B], [b, A], [a, B]] as const) {
      const room = await who.api.ok('POST', '/api/rooms/dm', { userId: other });
      assert.equal(room.id, CANONICAL);
      assert.equal(room.type, 'dm');
    }
  });

  test('every alias reaches the canonical room', async () => {
    const text = marker();
    const first = await FrameSocket.room(base, ALIASES[0]!, a);
    await first.next('history');
    for (const alias of ALIASES.slice(1)) {
      const socket = await FrameSocket.room(base, alias, b);
      assert.equal((await socket.next('welcome'))['roomId'], CANONICAL);
      await socket.next('history');
      const content = `${text} ${alias}`;
      await socket.say(content);
      assert.equal((await first.next((frame) => frame['content'] === content))['roomId'], CANONICAL);
      await socket.close();
      const page = await b.api.ok('GET', `/api/messages?roomId=${alias}`);
      assert.equal(page.messages.at(-1).content, content);
    }
    assert.equal(first.all('participants').length, 0, 'no participants list in direct conversations');
    await first.close();
  });

  test('a third person gets 403 for all of them, in the same words', async () => {
    const doors = [
      ...ALIASES,
      `dm_${A}____user_999`,
      'dm_user_998____user_999',
      `dm_${A}____${A}`,
      'dm_zz____aa',
      'dm_A____B',
      'dm_',
      'dm_x',
      'dm_bot_nova____user_1',
    ];
    const words = new Set<string>();
    for (const room of doors) {
      const socket = await dial(room);
      refused(socket, 403, 'FORBIDDEN');
      const read = await c.api.get(`/api/messages?roomId=${room}`);
      refused(read, 403, 'FORBIDDEN');
      const write = await c.api.post('/api/messages', { roomId: room, content: 'x', id: uuidv7() });
      refused(write, 403, 'FORBIDDEN');
      for (const answer of [socket, read, write]) words.add(JSON.stringify(answer.error));
    }
    assert.equal(words.size, 1, [...words].join('\n'));
    refused(await dial(`dm_${A}____${A}`, a), 403, 'FORBIDDEN');
  });

  test('a guest comes only into conversations that the other side opened', async () => {
    const stranger = await guest(base);
    refused(await stranger.api.post('/api/rooms/dm', { userId: A }), 403, 'FORBIDDEN');
    const room = await a.api.ok('POST', '/api/rooms/dm', { userId: stranger.user.id });
    assert.equal((await stranger.api.ok('POST', '/api/rooms/dm', { userId: A })).id, room.id, 'what is open can be opened');
    const socket = await FrameSocket.room(base, room.id, stranger);
    await socket.next('history');
    await socket.say('thank you');
    await socket.close();
  });

  test('a conversation with nobody is NOT_FOUND', async () => {
    refused(await a.api.post('/api/rooms/dm', { userId: 'user_999' }), 404, 'NOT_FOUND');
    refused(await a.api.post('/api/rooms/dm', {}), 400, 'VALIDATION');
  });
});
