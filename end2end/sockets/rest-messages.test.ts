// messenger.md 3: reading and writing messages over REST, with the same log, ids and limits as the socket.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Api, refused } from '../harness/api.ts';
import { freshRoom, marker, UUID, uuidv7 } from '../harness/ids.ts';
import { limits } from '../harness/limits.ts';
import { guest } from '../harness/session.ts';
import { FrameSocket } from '../harness/socket.ts';
import { onSharedServer } from '../harness/suite.ts';

const base = await onSharedServer();

async function aRoom(writers = 1) {
  const room = freshRoom();
  const people = await Promise.all(Array.from({ length: writers }, () => guest(base)));
  const sockets = await Promise.all(people.map((one) => FrameSocket.joined(base, room, one)));
  return { room, one: people[0]!, socket: sockets[0]!, people, sockets };
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
    await socket.close();
  });

  test('the id may come as Idempotency-Key, or from the server', async () => {
    const { room, one, socket } = await aRoom();
    const key = uuidv7();
    const body = { roomId: room, content: marker() };
    assert.equal((await one.api.post('/api/messages', body, { 'idempotency-key': key })).data.id, key);
    const [first, second] = [await one.api.post('/api/messages', body), await one.api.post('/api/messages', body)];
    assert.match(first.data.id, UUID);
    assert.notEqual(first.data.id, second.data.id, 'no id: every request is a new event');
    const both = { ...body, id: uuidv7() };
    assert.equal((await one.api.post('/api/messages', both, { 'idempotency-key': uuidv7() })).status, 400);
    assert.equal((await one.api.post('/api/messages', both, { 'idempotency-key': both.id })).status, 201);
    await socket.close();
  });

  test('a repeated id is 200 with the first answer; other content is 422', async () => {
    const { room, one, socket } = await aRoom();
    const body = { roomId: room, id: uuidv7(), content: marker() };
    const first = await one.api.post('/api/messages', body);
    const again = await one.api.post('/api/messages', body);
    assert.deepEqual([first.status, again.status], [201, 200]);
    assert.equal(first.reply.headers['idempotent-replay'], undefined);
    assert.equal(again.reply.headers['idempotent-replay'], 'true');
    assert.deepEqual([again.data.seq, again.data.timestamp], [first.data.seq, first.data.timestamp]);
    refused(await one.api.post('/api/messages', { ...body, content: 'other' }), 422, 'ID_REUSED');
    await socket.close();
  });

  test('the same text rules as on the socket', async () => {
    const { room, one, socket } = await aRoom();
    const say = (content: unknown) => one.api.post('/api/messages', { roomId: room, content });
    assert.equal((await say('😀'.repeat(1024))).status, 201);
    assert.equal(refused(await say('😀'.repeat(1025)), 400, 'VALIDATION').field, 'content');
    refused(await say(' \n'), 400, 'INVALID_TEXT');
    refused(await say('a\u0000b'), 400, 'INVALID_TEXT');
    assert.equal(refused(await say(7), 400, 'VALIDATION').field, 'content');
    assert.equal(refused(await say(undefined), 400, 'VALIDATION').field, 'content');
    assert.equal(refused(await one.api.post('/api/messages', { content: 'x' }), 400, 'VALIDATION').field, 'roomId');
    assert.equal(refused(await one.api.post('/api/messages', { roomId: room, id: 'a\nb', content: 'x' }), 400, 'VALIDATION').field, 'id');
    await socket.close();
  });

  test('GET pages both ways, newest page first, at most 200', async () => {
    const { room, one, people, sockets } = await aRoom(21);
    await Promise.all(sockets.flatMap((socket, who) => Array.from({ length: 10 }, (_, n) => socket.say(`${who}.${n}`))));
    assert.equal(people.length, 21);
    const read = (query: string) => one.api.ok('GET', `/api/messages?roomId=${room}${query}`);
    const seqs = (page: any) => page.messages.map((event: any) => event.seq);
    const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, n) => from + n);
    const newest = await read('');
    assert.deepEqual(seqs(newest), range(111, 210));
    assert.deepEqual([newest.head, newest.more, newest.next], [210, true, 111]);
    assert.match(newest.epoch, /^[0-9a-f]{8}$/);
    assert.equal(newest.epoch, sockets[0]!.epoch);
    assert.deepEqual(seqs(await read(`&before=${newest.next}`)), range(11, 110));
    const oldest = await read('&before=11');
    assert.deepEqual([seqs(oldest), oldest.more], [range(1, 10), false]);
    const forward = await read('&since=0&limit=7');
    assert.deepEqual([seqs(forward), forward.more, forward.next], [range(1, 7), true, 7]);
    assert.deepEqual(seqs(await read('&since=0&limit=1000')), range(1, limits.pageEvents));
    const end = await read('&since=210');
    assert.deepEqual([end.messages, end.head, end.more], [[], 210, false]);
    await Promise.all(sockets.map((socket) => socket.close()));
  });

  test('unusable cursors are BAD_CURSOR', async () => {
    const { room, one, socket } = await aRoom();
    for (const query of ['limit=0', 'limit=-1', 'limit=x', 'since=-1', 'since=x', 'since=1.5', 'before=0', 'before=x', 'since=9007199254740992', 'since=']) {
      refused(await one.api.get(`/api/messages?roomId=${room}&${query}`), 400, 'BAD_CURSOR');
    }
    assert.equal(refused(await one.api.get('/api/messages'), 400, 'VALIDATION').field, 'roomId');
    await socket.close();
  });

  test('strangers read and write nothing', async () => {
    const nobody = new Api(base);
    refused(await nobody.get('/api/messages?roomId=general'), 401, 'UNAUTHENTICATED');
    refused(await nobody.post('/api/messages', { roomId: 'general', content: 'x' }), 401, 'UNAUTHENTICATED');
  });
});
