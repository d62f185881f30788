// messenger.md 3 and 3.2: the lists of rooms and people.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { CAST } from '../harness/cast.ts';
import { marker } from '../harness/ids.ts';
import { guest, persona } from '../harness/session.ts';
import { FrameSocket } from '../harness/socket.ts';
import { onSharedServer } from '../harness/suite.ts';
import { until } from '../harness/wait.ts';

const base = await onSharedServer();

describe('rooms and people', { concurrency: true }, () => {
  test('my rooms hold my direct conversations, and lastSeq and the last message follow the log', async () => {
    const [A, B] = CAST.rooms;
    const [a, b] = [await persona(base, A), await persona(base, B)];
    const id = `dm_${[A, B].sort().join('____')}`;
    assert.equal((await a.api.ok('POST', '/api/rooms/dm', { userId: B })).id, id);
    const socket = await FrameSocket.room(base, id, a);
    await socket.next('history');
    await socket.say(marker());
    const words = marker();
    const last = await socket.say(words);
    for (const who of [a, b]) {
      const { items } = await who.api.ok('GET', '/api/rooms?scope=mine');
      const room = items.find((each: any) => each.id === id);
      assert.ok(room, `${who.user.id}: ${JSON.stringify(items)}`);
      assert.equal(room.type, 'dm');
      assert.equal(room.lastSeq, 2);
      assert.deepEqual([room.last.id, room.last.content, room.last.senderId], [last.id, words, A]);
    }
    const { items } = await (await guest(base)).api.ok('GET', '/api/rooms?scope=mine');
    assert.ok(!items.some((each: any) => each.id === id), 'not in the list of others');
  });

  test('people: the personas for a guest, found by the beginning of the name, never other guests', async () => {
    const [one, other] = [await guest(base), await guest(base)];
    const { items } = await one.api.ok('GET', '/api/users');
    const ids = items.map((each: any) => each.id);
    assert.equal(ids.filter((id: string) => id.startsWith('user_')).length, 20);
    assert.ok(!ids.includes(other.user.id));
    const found = await one.api.ok('GET', '/api/users?q=mi');
    assert.deepEqual(found.items.map((each: any) => each.displayName), ['Mia']);
    assert.deepEqual((await one.api.ok('GET', '/api/users?q=zzzz')).items, []);
  });

  test('people carry their presence', async () => {
    const [id] = CAST.users;
    const actor = await persona(base, id, { status: 'busy' });
    await FrameSocket.device(base, actor);
    const viewer = await guest(base);
    // The list of personas may be up to 2 s old (core.md 1.5).
    const row = await until('Sol is shown as busy', async () => {
      const { items } = await viewer.api.ok('GET', '/api/users?q=sol');
      return items.find((each: any) => each.id === id && each.status === 'busy');
    });
    assert.equal(row.displayName, 'Sol');
    assert.ok(row.avatarId);
  });
});
