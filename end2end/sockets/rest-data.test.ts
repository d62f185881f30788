// messenger.md 3.1: the fixed collections under /api/data, which are the dedicated routes by another name.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { refused } from '../harness/api.ts';
import { freshRoom, marker, uuidv7 } from '../harness/ids.ts';
import { guest } from '../harness/session.ts';
import { FrameSocket } from '../harness/socket.ts';
import { onSharedServer } from '../harness/suite.ts';

const base = await onSharedServer();

describe('/api/data', { concurrency: true }, () => {
  test('an unknown collection is 404, whatever the method', async () => {
    const one = await guest(base);
    for (const name of ['nope', 'Users', 'CFM_users', 'users/1', 'sqlite_master']) {
      refused(await one.api.get(`/api/data/${name}`), 404, 'NOT_FOUND');
      refused(await one.api.post(`/api/data/${name}`), 404, 'NOT_FOUND');
    }
  });

  test('creating where nothing can be created is 405', async () => {
    const one = await guest(base);
    for (const name of ['users', 'winks', 'avatars', 'emoticons', 'bots']) {
      const answer = await one.api.post(`/api/data/${name}`, { id: 'x' });
      refused(answer, 405, 'METHOD_NOT_ALLOWED');
      assert.match(String(answer.reply.headers['allow']), /\bGET\b/);
    }
    for (const method of ['PUT', 'PATCH', 'DELETE']) refused(await one.api.call(method, '/api/data/messages'), 405, 'METHOD_NOT_ALLOWED');
  });

  test('lists are the same rows as the dedicated routes', async () => {
    const one = await guest(base);
    const ids = (list: any) => list.items.map((row: any) => row.id);
    const users = await one.api.ok('GET', '/api/data/users?limit=200');
    assert.deepEqual(ids(users), ids(await one.api.ok('GET', '/api/users')));
    assert.equal(typeof users.more, 'boolean');
    assert.deepEqual(ids(await one.api.ok('GET', '/api/data/rooms?scope=public')), ids(await one.api.ok('GET', '/api/rooms?scope=public')));
  });

  test('the catalogues are complete', async () => {
    const one = await guest(base);
    // The portraits of the twenty personas, and 24 tiles for everybody (ux.md 1.1).
    const sizes = { winks: 8, emoticons: 65, avatars: 44, bots: 0 };
    for (const [name, size] of Object.entries(sizes)) {
      assert.equal((await one.api.ok('GET', `/api/data/${name}?limit=200`)).items.length, size, name);
    }
  });

  test('lists page by limit and after', async () => {
    const one = await guest(base);
    const all = (await one.api.ok('GET', '/api/data/winks')).items;
    assert.equal(all.length, 8);
    const seen = [];
    for (let after: string | undefined; ; ) {
      const page = await one.api.ok('GET', `/api/data/winks?limit=3${after === undefined ? '' : `&after=${encodeURIComponent(after)}`}`);
      assert.ok(page.items.length <= 3);
      seen.push(...page.items);
      if (!page.more) break;
      after = page.next;
    }
    assert.deepEqual(seen, all);
    for (const limit of ['0', '-1', 'x']) refused(await one.api.get(`/api/data/winks?limit=${limit}`), 400, 'BAD_CURSOR');
  });

  test('POST /api/data/messages is POST /api/messages', async () => {
    const one = await guest(base);
    const room = freshRoom();
    const socket = await FrameSocket.joined(base, room, one);
    const body = { roomId: room, id: uuidv7(), content: marker() };
    const first = await one.api.post('/api/data/messages', body);
    assert.equal(first.status, 201);
    const again = await one.api.post('/api/messages', body);
    assert.equal(again.status, 200);
    assert.deepEqual(again.data, first.data);
    assert.equal((await socket.next('chat'))['content'], body.content);
    refused(await one.api.post('/api/data/messages', { ...body, content: 'x'.repeat(2049), id: uuidv7() }), 400, 'VALIDATION');
    const read = (path: string) => one.api.ok('GET', `${path}?roomId=${room}`);
    const [data, dedicated] = [await read('/api/data/messages'), await read('/api/messages')];
    assert.deepEqual(data.messages ?? data.items, dedicated.messages);
    await socket.close();
  });
});
