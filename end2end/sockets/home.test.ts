// home.md: what an account arranges is on all of its devices, and the last word about a field counts.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { account, passwordLogin, sessionOf, type Account } from '../harness/accounts.ts';
import { refused } from '../harness/api.ts';
import { marker } from '../harness/ids.ts';
import { guest, persona, type Session } from '../harness/session.ts';
import { FrameSocket } from '../harness/socket.ts';
import { onOwnServer } from '../harness/suite.ts';

const RULES = ['LOGIN', 'LOGIN_FAIL', 'REGISTER', 'REST'];
const server = await onOwnServer({ ...Object.fromEntries(RULES.map((rule) => [`RATE_${rule}`, '0'])) });
const { base } = server;

const PATH = '/api/me/home';
const [ONE, OTHER] = ['a'.repeat(16), 'b'.repeat(16)];
const word = (value: unknown, at = Date.now(), by = ONE) => ({ value, at, by });
const put = (who: Session, fields: Record<string, unknown>) => who.api.put(PATH, { fields });
const read = (who: Session, since = 0): Promise<any> => who.api.ok('GET', `${PATH}?since=${since}`);
const elsewhere = async (who: Account): Promise<Session> => sessionOf(base, await passwordLogin(base, who.email));
const device = (who: Session) => FrameSocket.device(base, who);

describe('home', () => {
  test('what one device arranges the others hear of, and ask for since their version', async () => {
    const ann = await account(base);
    const other = await elsewhere(ann);
    const there = await device(other);
    assert.deepEqual(await read(ann), { version: 0, fields: {}, more: false });
    refused(await ann.api.get(`${PATH}?since=x`), 400, 'BAD_CURSOR');
    const many = Object.fromEntries(Array.from({ length: 201 }, (_, n) => [`look/${n}`, word(1)]));
    assert.equal(refused(await put(ann, many), 400, 'VALIDATION').field, 'fields');
    const [favourite, nickname] = [word(true), word('Bobby')];
    assert.deepEqual((await put(ann, { 'favourite/u_bo': favourite })).data, { version: 1, before: 0, fields: {} });
    assert.deepEqual(await there.next('home'), { type: 'home', version: 1 });
    assert.deepEqual(await read(other), { version: 1, fields: { 'favourite/u_bo': favourite }, more: false });
    // The server answers an earlier value with the later one, and sends no frame to the devices.
    const earlier = { 'favourite/u_bo': word(null, favourite.at - 1, OTHER) };
    assert.deepEqual((await put(other, earlier)).data, { version: 1, before: 1, fields: { 'favourite/u_bo': favourite } });
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

  test('guests and players of personas have none of it', async () => {
    for (const who of [await guest(base), await persona(base, 'user_3')]) {
      refused(await who.api.get(PATH), 403, 'FORBIDDEN');
      refused(await put(who, { 'favourite/u_bo': word(true) }), 403, 'FORBIDDEN');
    }
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
});
