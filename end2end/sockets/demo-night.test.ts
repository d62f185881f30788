// demo.md: demo rooms after the death of the process, and after a day.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Api, refused } from '../harness/api.ts';
import { DEMO_VARS, at, come, makeRoom, messages } from '../harness/demo_rooms.ts';
import { marker } from '../harness/ids.ts';
import { guest } from '../harness/session.ts';
import { FrameSocket } from '../harness/socket.ts';
import { onOwnServer } from '../harness/suite.ts';
import { changeObject, rowsOf, seenInObjects } from '../harness/tables.ts';
import { until } from '../harness/wait.ts';

describe('when the process dies', async () => {
  const server = await onOwnServer(DEMO_VARS);

  test('a demo room is as it was, and its scene goes on; nothing is said twice @night', async () => {
    const host = await makeRoom(server.base);
    const mia = await come(server.base, host.code, { personaId: 'user_20' });
    await host.api.ok('PATCH', at(host), { slowMs: 3_000, cap: 7 });
    const socket = await FrameSocket.joined(server.base, host.roomId, host);
    await host.api.ok('POST', at(host, '/scene'), { action: 'play', id: 'en-five-voices' });
    await host.api.ok('POST', at(host, '/scene'), { action: 'speed', percent: 400 });
    const head = socket.lastSeq ?? 0;
    await socket.next((frame) => frame.type === 'chat' && frame['client'] === 'script');
    const { id } = await socket.say('acknowledged');
    await server.kill9();
    await server.restart();
    const state = await host.api.ok('GET', at(host, '/state'));
    assert.deepEqual([state.slowMs, state.cap, state.people, state.scene.id], [3_000, 7, 2, 'en-five-voices']);
    const again = await FrameSocket.joined(server.base, mia.roomId, mia);
    await again.next((frame) => frame.type === 'chat' && frame['client'] === 'script');
    const all = (await messages(host)).filter((one) => one.seq > head);
    assert.equal(all.filter((one) => one.id === id).length, 1);
    assert.equal(new Set(all.map((one) => one.id)).size, all.length);
    await again.close();
  });
});

describe('after a day', async () => {
  const server = await onOwnServer(DEMO_VARS);

  test('nothing of a demo room is stored any more, and the others stay @night', async () => {
    const [gone, still] = [await makeRoom(server.base), await makeRoom(server.base)];
    const wanda = await come(server.base, gone.code, { displayName: 'Wanda' });
    const socket = await FrameSocket.joined(server.base, wanda.roomId, wanda);
    const said = marker();
    await socket.say(said);
    await socket.close();
    // A message of another room that came later is in the database. So the demo message was never on its way there.
    const outside = await FrameSocket.joined(server.base, 'general', await guest(server.base));
    const later = marker();
    await outside.say(later);
    await outside.close();
    const inDatabase = (words: string) => rowsOf(server.state, 'SELECT 1 FROM messages WHERE content = ?', words).length;
    await until('the database has the other', () => inDatabase(later) === 1);
    assert.equal(inDatabase(said), 0);
    await server.kill9();
    const over = "UPDATE demo SET state = json_set(state, '$.ends_at', CAST(? AS INTEGER)) WHERE json_extract(state, '$.code') = ?";
    changeObject(server.state, over, Date.now() - 1, gone.code);
    await server.restart();
    await until('the room is gone', async () => (await new Api(server.base).get(at(gone))).status === 404);
    refused(await wanda.api.get('/api/auth/me'), 401, 'UNAUTHENTICATED');
    const rows = 'SELECT 1 FROM events WHERE body LIKE ?';
    await until('its words are gone', async () => seenInObjects(server.state, rows, `%${said}%`) === 0);
    assert.equal(seenInObjects(server.state, "SELECT 1 FROM audit WHERE actor LIKE 'demo_%'"), 0, 'no row names anybody');
    assert.equal((await new Api(server.base).ok('GET', at(still))).code, still.code);
  });
});
