// messenger.md 3: reading and writing messages over REST, with the same log, ids and limits as the socket.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { refused } from '../harness/api.ts';
import { freshRoom, marker, UUID, uuidv7 } from '../harness/ids.ts';
import { guest } from '../harness/session.ts';
import { FrameSocket } from '../harness/socket.ts';
import { onSharedServer } from '../harness/suite.ts';

const base = await onSharedServer();

async function aRoom() {
  const [room, one] = [freshRoom(), await guest(base)];
  return { room, one, socket: await FrameSocket.joined(base, room, one) };
}

describe('/api/messages', { concurrency: true }, () => {
  test('POST stores, answers 201 with the message, and reaches the sockets', async () => {
    const { room, one, socket } = await aRoom();
    const [id, content] = [uuidv7(), marker()];
    const answer = await one.api.post('/api/messages', { roomId: room, id, content, senderId: 'user_1', seq: 9 });
    assert.equal(answer.status, 201);
    const { data } = answer;
    assert.deepEqual([data.type, data.roomId, data.seq, data.id, data.senderId, data.content], ['chat', room, 1, id, one.user.id, content]);
    assert.equal(data.displayName, one.user.displayName);
    const live = await socket.next('chat');
    assert.deepEqual([live['seq'], live['id'], live['content'], live['timestamp']], [1, id, content, data.timestamp]);
  });

  test('the id may come as Idempotency-Key, or from the server', async () => {
    const { room, one } = await aRoom();
    const key = uuidv7();
    const body = { roomId: room, content: marker() };
    assert.equal((await one.api.post('/api/messages', body, { 'idempotency-key': key })).data.id, key);
    const [first, second] = [await one.api.post('/api/messages', body), await one.api.post('/api/messages', body)];
    assert.match(first.data.id, UUID);
    assert.notEqual(first.data.id, second.data.id, 'no id: every request is a new event');
    const both = { ...body, id: uuidv7() };
    assert.equal((await one.api.post('/api/messages', both, { 'idempotency-key': uuidv7() })).status, 400);
    assert.equal((await one.api.post('/api/messages', both, { 'idempotency-key': both.id })).status, 201);
  });

  test('a repeated id is 200 with the first answer; other content is 422', async () => {
    const { room, one } = await aRoom();
    const body = { roomId: room, id: uuidv7(), content: marker() };
    const first = await one.api.post('/api/messages', body);
    const again = await one.api.post('/api/messages', body);
    assert.deepEqual([first.status, again.status], [201, 200]);
    assert.equal(first.reply.headers['idempotent-replay'], undefined);
    assert.equal(again.reply.headers['idempotent-replay'], 'true');
    assert.deepEqual([again.data.seq, again.data.timestamp], [first.data.seq, first.data.timestamp]);
    refused(await one.api.post('/api/messages', { ...body, content: 'other' }), 422, 'ID_REUSED');
  });

  test('GET pages both ways, newest page first', async () => {
    const { room, one, socket } = await aRoom();
    for (let n = 1; n <= 9; n += 1) await socket.say(`${n}`);
    const read = (query: string) => one.api.ok('GET', `/api/messages?roomId=${room}${query}`);
    const seqs = (page: any) => page.messages.map((event: any) => event.seq);
    const newest = await read('&limit=4');
    assert.deepEqual([seqs(newest), newest.head, newest.more, newest.next], [[6, 7, 8, 9], 9, true, 6]);
    assert.equal(newest.epoch, socket.epoch);
    const oldest = await read(`&before=${newest.next}`);
    assert.deepEqual([seqs(oldest), oldest.more], [[1, 2, 3, 4, 5], false]);
    const forward = await read('&since=0&limit=7');
    assert.deepEqual([seqs(forward), forward.more, forward.next], [[1, 2, 3, 4, 5, 6, 7], true, 7]);
    const end = await read('&since=9');
    assert.deepEqual([end.messages, end.head, end.more], [[], 9, false]);
  });

  test('unusable cursors are BAD_CURSOR, and a page needs its room', async () => {
    const { room, one } = await aRoom();
    for (const query of ['limit=0', 'since=x', 'before=0']) refused(await one.api.get(`/api/messages?roomId=${room}&${query}`), 400, 'BAD_CURSOR');
    assert.equal(refused(await one.api.get('/api/messages'), 400, 'VALIDATION').field, 'roomId');
  });
});
