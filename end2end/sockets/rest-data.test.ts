// messenger.md 3.1: the fixed collections under /api/data, which repeat the dedicated routes.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { account } from '../harness/accounts.ts';
import { Api, refused } from '../harness/api.ts';
import { gif, upload } from '../harness/files.ts';
import { send } from '../harness/http.ts';
import { marker } from '../harness/ids.ts';
import { guest } from '../harness/session.ts';
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

  test('every collection with every method: what it answers, with a session and without', async () => {
    const [one, nobody] = [await account(base), new Api(base)];
    const creates = ['rooms', 'messages', 'contacts', 'emoticons'];
    const lists = ['users', 'winks', 'avatars', 'bots'];
    for (const name of [...creates, ...lists]) {
      const path = `/api/data/${name}`;
      const allow = creates.includes(name) ? 'GET, HEAD, POST, OPTIONS' : 'GET, HEAD, OPTIONS';
      for (const method of ['PUT', 'PATCH', 'DELETE', 'PROPFIND', ...(creates.includes(name) ? [] : ['POST'])]) {
        for (const who of [one.api, nobody]) {
          const answer = await who.call(method, path, {});
          refused(answer, 405, 'METHOD_NOT_ALLOWED');
          assert.equal(answer.reply.headers['allow'], allow, `${method} ${path}`);
        }
      }
      assert.equal((await send(base, 'OPTIONS', path, { headers: { origin: base } })).status, 204, path);
      refused(await nobody.get(path), 401, 'UNAUTHENTICATED');
      if (creates.includes(name)) refused(await nobody.post(path, {}), 401, 'UNAUTHENTICATED');
      const read = await one.api.get(name === 'messages' ? `${path}?roomId=general` : path);
      assert.equal(read.status, 200, path);
      assert.ok(Array.isArray(read.data.items ?? read.data.messages), path);
      refused(await one.api.get(`${path}?roomId=general&limit=0`), 400, 'BAD_CURSOR');
    }
  });

  test('what can be created is what the dedicated route creates', async () => {
    const [one, two] = [await account(base), await account(base)];
    const same = async (collection: string, route: string, body: (n: number) => unknown) => {
      const [data, dedicated] = [await one.api.post(`/api/data/${collection}`, body(1)), await one.api.post(route, body(2))];
      assert.equal(data.status, dedicated.status, `${collection}: ${data.reply.text} ${dedicated.reply.text}`);
      assert.deepEqual(Object.keys(data.data), Object.keys(dedicated.data), collection);
      for (const bad of [{}, { name: 7, userId: 7, roomId: 7 }]) {
        const [left, right] = [await one.api.post(`/api/data/${collection}`, bad), await one.api.post(route, bad)];
        assert.deepEqual([left.status, left.error], [right.status, right.error], collection);
      }
    };
    await same('rooms', '/api/rooms', (n) => ({ name: `Crew ${n}`, memberIds: [], visibility: 'private' }));
    await same('contacts', '/api/me/contacts', (n) => ({ userId: n === 1 ? 'user_1' : 'user_2' }));
    const { id: fileId } = await upload(one, gif(), 'a.gif');
    await same('emoticons', '/api/me/emoticons', (n) => ({ code: `(by.${n})`, fileId, alt: 'A square' }));
    await same('messages', '/api/messages', () => ({ roomId: 'general', content: marker() }));
    // The collections have the same rows, including pending requests, and accept the filters of the dedicated routes.
    await one.api.ok('POST', '/api/data/contacts', { userId: two.user.id, note: 'from the party' });
    const contacts = (await one.api.ok('GET', '/api/data/contacts?limit=200')).items;
    assert.deepEqual(contacts, (await one.api.ok('GET', '/api/me/contacts?limit=200')).items);
    assert.ok(contacts.some((row: any) => row.id === two.user.id || row.user?.id === two.user.id || row.userId === two.user.id), JSON.stringify(contacts));
    assert.deepEqual(await one.api.ok('GET', '/api/data/emoticons'), await one.api.ok('GET', '/api/me/emoticons'));
    const people = async (path: string) => (await one.api.ok('GET', path)).items.map((row: any) => row.id);
    const q = encodeURIComponent('Jon');
    assert.deepEqual(await people(`/api/data/users?q=${q}`), await people(`/api/users?q=${q}`));
    assert.ok((await people(`/api/data/users?q=${q}`)).length < (await people('/api/data/users?limit=200')).length);
    assert.deepEqual(await people('/api/data/rooms?scope=mine'), await people('/api/rooms?scope=mine'));
  });

  test('the catalogues are complete', async () => {
    const one = await guest(base);
    // The avatars are the twenty portraits of personas and 24 tiles for everybody (ux.md 1.1).
    // All winks are in wink.test.ts.
    const sizes = { avatars: 44, bots: 4 };
    for (const [name, size] of Object.entries(sizes)) {
      assert.equal((await one.api.ok('GET', `/api/data/${name}?limit=200`)).items.length, size, name);
    }
  });
});
