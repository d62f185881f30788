// home.md: what an account arranges is on all of its devices, and the last word about a field counts.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { account, PASSWORD, passwordLogin, sessionOf, type Account } from '../harness/accounts.ts';
import { refused } from '../harness/api.ts';
import { placesOf } from '../harness/everywhere.ts';
import { send } from '../harness/http.ts';
import { marker } from '../harness/ids.ts';
import { guest, persona, type Session } from '../harness/session.ts';
import { FrameSocket } from '../harness/socket.ts';
import { onOwnServer } from '../harness/suite.ts';
import { until } from '../harness/wait.ts';
import { unzip } from '../harness/zip.ts';

const RULES = ['LOGIN', 'LOGIN_FAIL', 'REGISTER', 'REST'];
const server = await onOwnServer({ ACCOUNT_UNDO_S: '1', ...Object.fromEntries(RULES.map((rule) => [`RATE_${rule}`, '0'])) });
const { base } = server;

const PATH = '/api/me/home';
const [ONE, OTHER] = ['a'.repeat(16), 'b'.repeat(16)];
const word = (value: unknown, at = Date.now(), by = ONE) => ({ value, at, by });
const put = (who: Session, fields: Record<string, unknown>) => who.api.put(PATH, { fields });
const read = (who: Session, since = 0): Promise<any> => who.api.ok('GET', `${PATH}?since=${since}`);
const elsewhere = async (who: Account): Promise<Session> => sessionOf(base, await passwordLogin(base, who.email));
const device = async (who: Session): Promise<FrameSocket> => {
  const socket = await FrameSocket.presence(base, who);
  await socket.next('welcome');
  return socket;
};

describe('home', () => {
  test('what one device arranges the others hear of, and ask for since their version', async () => {
    const ann = await account(base);
    const other = await elsewhere(ann);
    const there = await device(other);
    assert.deepEqual(await read(ann), { version: 0, fields: {}, more: false });
    const [favourite, nickname] = [word(true), word('Bobby')];
    assert.deepEqual((await put(ann, { 'favourite/u_bo': favourite })).data, { version: 1, before: 0, fields: {} });
    assert.deepEqual(await there.next('home'), { type: 'home', version: 1 });
    assert.deepEqual(await read(other), { version: 1, fields: { 'favourite/u_bo': favourite }, more: false });
    await put(ann, { 'nickname/u_bo': nickname });
    assert.deepEqual(await there.next('home'), { type: 'home', version: 2 });
    assert.deepEqual(await read(other, 1), { version: 2, fields: { 'nickname/u_bo': nickname }, more: false });
    assert.deepEqual(await read(other, 2), { version: 2, fields: {}, more: false });
    const removed = word(null, nickname.at + 1, OTHER);
    await put(other, { 'nickname/u_bo': removed });
    assert.deepEqual((await read(ann, 2)).fields, { 'nickname/u_bo': removed });
    assert.deepEqual((await read(await account(base))).fields, {}, 'nobody else has it');
    await there.close();
  });

  test('an older word changes nothing and hears the later one; the same call again changes nothing', async () => {
    const ann = await account(base);
    const there = await device(await elsewhere(ann));
    const at = Date.now();
    const later = word('later', at, OTHER);
    await put(ann, { 'nickname/u_bo': later });
    for (const earlier of [word('earlier', at - 1, OTHER), word('at once, of a smaller device', at, ONE)]) {
      assert.deepEqual((await put(ann, { 'nickname/u_bo': earlier })).data, { version: 1, before: 1, fields: { 'nickname/u_bo': later } });
    }
    assert.deepEqual((await put(ann, { 'nickname/u_bo': later })).data, { version: 1, before: 1, fields: {} });
    const removed = word(null, at + 1, ONE);
    await put(ann, { 'nickname/u_bo': removed });
    assert.deepEqual((await put(ann, { 'nickname/u_bo': later })).data.fields, { 'nickname/u_bo': removed });
    await there.barrier();
    assert.deepEqual(there.all('home').map((frame) => frame['version']), [1, 2], 'and nobody is told of it');
    // A clock that is a year ahead does not win for a year.
    const ahead = Date.now() + 365 * 86_400_000;
    const { fields } = (await put(ann, { 'look/theme': word('dusk', ahead) })).data;
    assert.ok(fields['look/theme'].at < ahead && fields['look/theme'].value === 'dusk');
    const after = word('glass', fields['look/theme'].at + 1, OTHER);
    await put(ann, { 'look/theme': after });
    assert.equal((await read(ann)).fields['look/theme'].value, 'glass');
    await there.close();
  });

  test('guests and players of personas have none of it', async () => {
    for (const who of [await guest(base), await persona(base, 'user_3')]) {
      refused(await who.api.get(PATH), 403, 'FORBIDDEN');
      refused(await put(who, { 'favourite/u_bo': word(true) }), 403, 'FORBIDDEN');
    }
  });

  test('bodies are of their form, and a call is stored as a whole or not at all', async () => {
    const ann = await account(base);
    const good = { 'look/motion': word('calm') };
    const names = ['look', 'look/', 'friend/u_bo', 'nickname/b o', 'kept/general', `look/${'x'.repeat(124)}`];
    const words = [null, 7, {}, { value: 1, at: 1 }, { at: 1, by: ONE }, word(1, -1), word(1, 1.5), word(1, 2 ** 53), word(1, 1, 'short'), word('x'.repeat(2_047))];
    const fields = [...names.map((name) => ({ ...good, [name]: word(1) })), ...words.map((one) => ({ ...good, 'look/theme': one })), undefined, null, [], 'look'];
    for (const one of fields) {
      const answer = await ann.api.put(PATH, { fields: one });
      refused(answer, 400, 'VALIDATION');
      assert.equal(answer.error!.field, 'fields');
    }
    assert.deepEqual((await read(ann)).fields, {});
    for (const since of ['-1', 'x', '1.5', '']) refused(await ann.api.get(`${PATH}?since=${since}`), 400, 'BAD_CURSOR');
    assert.equal((await put(ann, { [`look/${'x'.repeat(123)}`]: word('x'.repeat(2_046)) })).status, 200);
  });

  test('two hundred at once, three thousand in all, in pages that follow each other', async () => {
    const ann = await account(base);
    const at = Date.now();
    const some = (from: number, count: number) =>
      Object.fromEntries(Array.from({ length: count }, (_, n) => [`look/${from + n}`, { value: 1, at, by: ONE }]));
    const many = await put(ann, some(0, 201));
    refused(many, 400, 'VALIDATION');
    assert.equal(many.error!.limit, 200);
    for (let from = 0; from < 3_000; from += 200) assert.equal((await put(ann, some(from, 200))).status, 200);
    const full = await put(ann, some(3_000, 1));
    refused(full, 400, 'VALIDATION');
    assert.equal(full.error!.limit, 3_000);
    assert.equal((await put(ann, { 'look/0': word(null, at + 1), ...some(3_000, 1) })).status, 200, 'one goes, one comes');
    const all = new Set<string>();
    for (let [since, more] = [0, true]; more; ) {
      const page = await read(ann, since);
      const names = Object.keys(page.fields);
      assert.ok(names.length <= 200 && page.version > since);
      names.forEach((name) => all.add(name));
      [since, more] = [page.version, page.more];
    }
    assert.equal(all.size, 3_001);
  });

  test('kill -9: what was answered is kept, and so is what was removed @night', async () => {
    const ann = await account(base);
    const at = Date.now();
    const fields = { 'nickname/u_bo': word(marker(), at), 'look/theme': word(null, at) };
    await put(ann, fields);
    await server.kill9();
    await server.restart();
    assert.deepEqual(await read(ann), { version: 2, fields, more: false });
    assert.equal((await put(ann, { 'look/theme': word('dusk', at - 1) })).data.version, 2);
  });

  test('it is in the archive of what is kept, and gone with the account', async () => {
    const ann = await account(base);
    const text = marker();
    const nickname = word(text);
    await put(ann, { 'nickname/u_bo': nickname, 'look/theme': word(null) });
    const { jobId } = await ann.api.ok('POST', '/api/export');
    await until('the archive', async () => (await ann.api.ok('GET', `/api/export/${jobId}`)).state === 'ready');
    const archive = await send(base, 'GET', `/api/export/${jobId}/archive`, { headers: ann.api.headers, encoding: 'latin1', timeoutMs: 60_000 });
    assert.deepEqual(JSON.parse(unzip(Buffer.from(archive.text, 'latin1')).get('home.json')!.toString()), { 'nickname/u_bo': nickname });
    assert.equal((await ann.api.call('DELETE', '/api/me', { messages: 'remove', password: PASSWORD })).status, 202);
    await until('nothing of it', async () => placesOf(server.state, text).length === 0);
  });
});
