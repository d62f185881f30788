// core.md 1.4, messenger.md 1.1: storage faults. A failed write is neither acknowledged nor shown. The caller gets INTERNAL without any
// details, and nobody else notices. The tests damage the files of the rooms between two starts of the server.

import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { type Answer, refused } from '../harness/api.ts';
import { freshRoom, uuidv7 } from '../harness/ids.ts';
import { guest, type Session } from '../harness/session.ts';
import { FrameSocket, type Frame, upgradeRefused } from '../harness/socket.ts';
import { onOwnServer } from '../harness/suite.ts';
import { inObject } from '../harness/tables.ts';

const server = await onOwnServer({ OPEN_ROOMS: '1', RATE_LOGIN: '0', RATE_REST: '0' });
const { base } = server;

/** Words of the trigger and of SQLite that no answer may contain. */
const SECRETS = /secret|trigger|abort|no such|table|sql|events|\.rs\b/i;
const UNWRITABLE = `CREATE TRIGGER no BEFORE INSERT ON events WHEN new.body LIKE '%"unwritable"%'
  BEGIN SELECT RAISE(ABORT, 'secret words'); END`;
const UNREADABLE = 'ALTER TABLE events RENAME TO elsewhere';

/** Asserts a 500 with its code in the envelope and without a reason. */
function isInternal(answer: Answer): void {
  const error = refused(answer, 500, 'INTERNAL');
  assert.doesNotMatch(answer.reply.text, SECRETS);
  assert.deepEqual(Object.keys(error), ['code', 'message']);
}

describe('a room whose storage fails', () => {
  const [unwritable, unreadable, healthy] = [freshRoom(), freshRoom(), freshRoom()];
  let ann: Session;
  let bea: Session;
  const messages = async (roomId: string): Promise<[number, string][]> =>
    (await ann.api.ok('GET', `/api/messages?roomId=${roomId}`)).messages.map((one: Frame) => [one['seq'], one['content']]);

  before(async () => {
    [ann, bea] = [await guest(base), await guest(base)];
    for (const roomId of [unwritable, unreadable, healthy]) await ann.api.ok('POST', '/api/messages', { roomId, content: 'before' });
    await server.kill9();
    const room = (id: string): [string, string] => ['SELECT 1 FROM room WHERE id = ?', id];
    inObject(server.state, room(unwritable), UNWRITABLE);
    inObject(server.state, room(unreadable), UNREADABLE);
    await server.restart();
  });

  test('POST: 500 INTERNAL, nothing of it is there, its id is free, and everybody in the room comes anew', async () => {
    const [reader, elsewhere] = [await FrameSocket.joined(base, unwritable, bea), await FrameSocket.joined(base, healthy, bea)];
    const message = { roomId: unwritable, id: uuidv7(), content: 'unwritable' };
    const path = '/api/messages';
    isInternal(await ann.api.post(path, message));
    await reader.closedWith(1011);
    assert.equal(reader.all('chat').length, 0, 'told before it was stored');
    isInternal(await ann.api.post('/api/data/messages', message));
    assert.deepEqual(await messages(unwritable), [[1, 'before']]);

    const stored = await ann.api.post(path, { ...message, content: 'as well' });
    assert.deepEqual([stored.status, stored.data.seq], [201, 2]);
    const again = await ann.api.post(path, { ...message, content: 'as well' });
    assert.deepEqual([again.status, again.data.seq], [200, 2]);
    await elsewhere.barrier();
  });

  test('frames: no ack, 1011 for everybody, and of what came in the same turn nothing either', async () => {
    const before = await messages(unwritable);
    const writer = await FrameSocket.joined(base, unwritable, ann, { protocols: ['cfm.v1.batch'] });
    const reader = await FrameSocket.joined(base, unwritable, bea);
    const frames = ['first', 'unwritable', 'third'].map((content) => ({ type: 'chat', id: uuidv7(), content }));
    writer.send(frames);
    for (const socket of [writer, reader]) {
      const { reason } = await socket.closedWith(1011);
      assert.doesNotMatch(reason, SECRETS);
      assert.equal(socket.all('ack').length + socket.all('chat').length, 0, 'acknowledged or told before it was stored');
    }
    assert.deepEqual(await messages(unwritable), before);

    // The client reconnects and sends its unacknowledged frames again.
    const again = await FrameSocket.joined(base, unwritable, ann, { query: { since: before.length } });
    const seqs = [];
    for (const { id, content } of frames.filter((frame) => frame.content !== 'unwritable')) seqs.push((await again.say(content, { id }))['seq']);
    assert.deepEqual(seqs, [before.length + 1, before.length + 2]);
  });

  test('a room that cannot be read: 500 INTERNAL on every route and at the handshake; other rooms are as ever', async () => {
    const [id, message] = [uuidv7(), { roomId: unreadable, content: 'x' }];
    isInternal(await ann.api.get(`/api/messages?roomId=${unreadable}`));
    isInternal(await ann.api.get(`/api/data/messages?roomId=${unreadable}`));
    isInternal(await ann.api.post('/api/messages', message));
    isInternal(await ann.api.call('PATCH', `/api/messages/${id}`, message));
    isInternal(await ann.api.put(`/api/messages/${id}/react`, { roomId: unreadable, reaction: 'like' }));
    isInternal(await ann.api.delete(`/api/messages/${id}?roomId=${unreadable}&for=all`));
    isInternal(await ann.api.get(`/api/rooms/${unreadable}`));
    isInternal(await upgradeRefused(base, `/api/ws/room/${unreadable}`, { session: ann }));
    assert.deepEqual(await messages(healthy), [[1, 'before']]);
    assert.equal((await ann.api.get('/api/auth/me')).status, 200);
  });
});
