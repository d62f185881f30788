// people.md 4: an invite link is the consent of both sides. Each visitor is counted once, and nobody learns why a link is invalid.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { account, freshEmail, PASSWORD, passwordLogin, type Account } from '../harness/accounts.ts';
import { Api, refused } from '../harness/api.ts';
import { marker } from '../harness/ids.ts';
import { guest, type Session } from '../harness/session.ts';
import { FrameSocket } from '../harness/socket.ts';
import { onOwnServer } from '../harness/suite.ts';
import { changeObject, countInObjects, inObject, isStored } from '../harness/tables.ts';
import { PATIENCE_MS, until } from '../harness/wait.ts';

const vars = { RATE_LOGIN: '0', RATE_REGISTER: '0', RATE_REST: '0' };
const HOUR_MS = 3_600_000;
const ADMIN_TOKEN = 'an admin token for tests';
const [plain, server] = await Promise.all([
  onOwnServer(vars),
  onOwnServer({ ...vars, RATE_INVITE: '0', ACCOUNT_UNDO_S: '1', HANDLE_CHANGE_S: '1', ADMIN_TOKEN }),
]);
const { base } = server;

interface Invite {
  code: string;
  url: string;
  expiresAt: number;
  usesLeft: number;
}

const anybody = new Api(base);
const accounts = (count: number): Promise<Account[]> => Promise.all(Array.from({ length: count }, () => account(base)));
const invite = (who: Session, form: Record<string, unknown> = {}): Promise<Invite> => who.api.ok('POST', '/api/me/invites', form);
const come = (who: Session, code: string) => who.api.post(`/api/invites/${code}`);
const readInvite = (code: string) => anybody.get(`/api/invites/${code}`);
const listed = async (who: Session): Promise<any[]> => (await who.api.ok('GET', '/api/me/invites')).items;
const relation = async (who: Session, other: Session): Promise<string | undefined> =>
  (await who.api.ok('GET', '/api/me/contacts')).items.find((row: any) => row.id === other.user.id)?.relation;
/** Query that only the object of this person can answer. */
const objectOf = (who: Session): [string, string] => ["SELECT 1 FROM person WHERE record ->> '$.user' = ?", who.user.id];
const areContacts = async (one: Session, other: Session): Promise<boolean> =>
  (await relation(one, other)) === 'contact' && (await relation(other, one)) === 'contact';

describe('invites', () => {
  test('a link makes two people contacts at once, and says before who invites', async () => {
    const [ada, ben] = await accounts(2);
    const made = await ada!.api.post('/api/me/invites');
    assert.equal(made.status, 201, made.reply.text);
    const { code, url, expiresAt, usesLeft } = made.data as Invite;
    assert.match(code, /^[0-9A-HJKMNP-TV-Z]{16}$/);
    assert.deepEqual([url, usesLeft], [`${base}/i/${code}`, 1]);
    assert.ok(Math.abs(expiresAt - Date.now() - 168 * HOUR_MS) < 60_000);
    const { displayName, avatarId } = ada!.user;
    assert.deepEqual((await readInvite(code)).data, { from: { displayName, avatarId }, expiresAt });
    assert.deepEqual((await readInvite(code.toLowerCase().replace(/(....)/g, '$1-'))).data.from.displayName, displayName);

    const devices = await Promise.all([ada!, ben!].map((who) => FrameSocket.presence(base, who)));
    const answer = await come(ben!, code);
    assert.deepEqual([answer.status, answer.data.contact.id, answer.data.contact.relation], [200, ada!.user.id, 'contact']);
    const told = await Promise.all(devices.map(async (device) => device.next('contact')));
    assert.deepEqual(told.map((frame) => [frame['event'], frame['by']]), [['accepted', 'invite'], ['accepted', undefined]], 'nobody is asked');
    assert.ok(await areContacts(ada!, ben!));
    refused(await readInvite(code), 404, 'NOT_FOUND');
  });

  test('a block on either side, an end, a withdrawal, a code of nobody: all the same', async () => {
    const [ada, ben, cleo] = await accounts(3);
    const [blocked, blocker, gone] = [await invite(ada!), await invite(ada!), await invite(ada!)];
    await ada!.api.ok('PUT', `/api/me/blocks/${ben!.user.id}`);
    await cleo!.api.ok('PUT', `/api/me/blocks/${ada!.user.id}`);
    await ada!.api.ok('DELETE', `/api/me/invites/${gone.code}`);
    const wrong = [
      await come(ben!, blocked.code),
      await come(cleo!, blocker.code),
      await come(await account(base), gone.code),
      await come(ben!, '0000000000000000'),
      await come(ben!, 'no-code'),
      await readInvite(gone.code),
      await readInvite('0000000000000000'),
      await readInvite('%20'),
    ];
    assert.equal(new Set(wrong.map((answer) => JSON.stringify(refused(answer, 404, 'NOT_FOUND')))).size, 1);
    assert.deepEqual((await listed(ada!)).map((item) => item.usesLeft), [1, 1], 'and costs nothing');
    const [{ id }] = (await listed(ada!)) as [{ id: string }];
    await ada!.api.ok('DELETE', `/api/me/invites/${id}`);
    refused(await ada!.api.delete(`/api/me/invites/${id}`), 404, 'NOT_FOUND');
    refused(await come(ada!, (await invite(ada!)).code), 409, 'CONFLICT');
  });

  test('one for guests lets a guest talk with its maker, and makes them contacts only once the guest has an account', async () => {
    const [ada, gus] = [await account(base), await guest(base)];
    const { code } = await invite(ada, { guests: true, uses: 2 });
    assert.deepEqual([(await readInvite(code)).data.guests, (await listed(ada))[0].guests], [true, true]);
    const device = await FrameSocket.presence(base, ada);
    const answer = await come(gus, code);
    const room = `dm_${[ada.user.id, gus.user.id].toSorted().join('____')}`;
    assert.deepEqual([answer.status, answer.data.room?.id, answer.data.contact], [200, room, undefined], answer.reply.text);
    assert.equal((await device.next('room_added'))['room'].id, room, 'its maker is told');
    await gus.api.ok('POST', '/api/messages', { roomId: room, content: 'hello' });
    await ada.api.ok('POST', '/api/messages', { roomId: room, content: 'welcome' });
    assert.deepEqual([await relation(ada, gus), await relation(gus, ada)], [undefined, undefined]);
    assert.equal((await come(gus, code)).status, 200);
    assert.equal((await listed(ada))[0].usesLeft, 1, 'counted once');
    const { sessionId } = await gus.api.ok('POST', '/api/me/upgrade', { email: freshEmail(), password: PASSWORD });
    gus.api.headers['authorization'] = `Bearer ${sessionId}`;
    assert.equal((await come(gus, code)).data.contact.relation, 'contact');
  });

  test('guests neither make one nor use others', async () => {
    const [ada, gus] = [await account(base), await guest(base)];
    const { code } = await invite(ada);
    refused(await come(gus, code), 403, 'FORBIDDEN');
    refused(await gus.api.post('/api/me/invites'), 403, 'FORBIDDEN');
    assert.equal(refused(await ada.api.post('/api/me/invites', { guests: true, roomId: 'general' }), 400, 'VALIDATION').field, 'guests');
  });

  test('into a group: at once a member, and nobody a contact', async () => {
    const [ada, ben, cleo] = await accounts(3);
    const name = marker();
    const group = await ada!.api.ok('POST', '/api/rooms', { name, memberIds: [], visibility: 'private' });
    const { code } = await invite(ada!, { roomId: group.id, uses: 5 });
    assert.deepEqual((await readInvite(code)).data.room, { name });
    const answer = await come(ben!, code);
    assert.deepEqual([answer.status, answer.data.room.id, answer.data.room.role], [200, group.id, 'member']);
    assert.equal(await relation(ben!, ada!), undefined);
    await ben!.api.ok('POST', '/api/messages', { roomId: group.id, content: 'here I am' });
    assert.equal((await come(ben!, code)).data.room.id, group.id);
    assert.equal((await listed(ada!))[0].usesLeft, 4);
    refused(await cleo!.api.post('/api/me/invites', { roomId: group.id }), 404, 'NOT_FOUND');
    refused(await ada!.api.post('/api/me/invites', { roomId: 'general' }), 403, 'FORBIDDEN');
    await ada!.api.ok('DELETE', `/api/rooms/${group.id}/members/me`);
    await until('the invite leads nowhere', async () => (await readInvite(code)).status === 404);
  });

  test('a link undoes no expulsion, whoever made it, does not say so, and nothing is used', async () => {
    const [ada, ben, cleo] = await accounts(3);
    const group = await ada!.api.ok('POST', '/api/rooms', { name: marker(), memberIds: [], visibility: 'public' });
    const first = await invite(ada!, { roomId: group.id, uses: 5 });
    for (const who of [ben!, cleo!]) assert.equal((await come(who, first.code)).data.room.id, group.id);
    const other = await invite(ada!, { roomId: group.id });
    await ada!.api.ok('DELETE', `/api/rooms/${group.id}/members/${cleo!.user.id}`);
    await until('she knows', async () => (await cleo!.api.ok('GET', '/api/rooms?scope=mine')).items.every((one: any) => one.id !== group.id));
    const wrong = [];
    for (const code of [first.code, other.code, '0000000000000000']) wrong.push(refused(await come(cleo!, code), 404, 'NOT_FOUND'));
    assert.equal(new Set(wrong.map((error) => JSON.stringify(error))).size, 1);
    assert.deepEqual((await listed(ada!)).map((item) => item.usesLeft), [3, 1]);
  });

  test('whoever is about to go invites nobody, and whoever stays after all does again', async () => {
    const [ada, ben] = await Promise.all([account(plain.base), account(plain.base)]);
    const { code } = await invite(ada);
    assert.equal((await ada.api.call('DELETE', '/api/me', { messages: 'remove', password: PASSWORD })).status, 202);
    refused(await come(ben, code), 404, 'NOT_FOUND');
    assert.equal((await passwordLogin(plain.base, ada.email)).status, 200);
    assert.equal((await come(ben, code)).data.contact.relation, 'contact');
  });

  test('so many wrong codes a minute and address; who knows one does not guess', async () => {
    const nobody = new Api(plain.base);
    const { code } = await invite(await account(plain.base));
    for (let number = 0; number < 25; number += 1) assert.equal((await nobody.get(`/api/invites/${code}`)).status, 200);
    for (let number = 0; number < 20; number += 1) refused(await nobody.get('/api/invites/0000000000000000'), 404, 'NOT_FOUND');
    const error = refused(await nobody.get('/api/invites/0000000000000000'), 429, 'RATE_LIMITED');
    assert.ok(error.retryAfterMs! > 0 && error.retryAfterMs! <= 60_000);
    refused(await nobody.get(`/api/invites/${code}`), 429, 'RATE_LIMITED');
  });
});

test('kill -9 between the use and what it opens: counted once, and opened when they come again @night', async () => {
  const [ada, ben] = await accounts(2);
  const { code } = await invite(ada!);
  await come(ben!, code);
  await server.kill9();
  // The test restores the state right after the count, when neither person was a contact yet.
  changeObject(server.state, 'UPDATE invite_uses SET is_open = 1 WHERE user = ?', ben!.user.id);
  for (const [one, other] of [[ada!, ben!], [ben!, ada!]] as const) {
    changeObject(server.state, "DELETE FROM contacts WHERE user = ? AND EXISTS (SELECT 1 FROM person WHERE record ->> '$.user' = ?)", other.user.id, one.user.id);
  }
  assert.deepEqual([isStored(server.state, ada!.user.id), isStored(server.state, code)], [true, false], 'no code is kept');
  await server.restart();
  assert.equal((await come(ben!, code)).data.contact.relation, 'contact');
  assert.ok(await areContacts(ada!, ben!));
  assert.equal((await listed(ada!))[0].usesLeft, 0);
});

test('nothing is left of who is gone in any shard @night', async () => {
  const [ada] = await accounts(1);
  // A handle has at most 20 characters, and a marker up to 15 digits.
  const handle = (number: number) => `go_${marker().slice(1)}${number}`;
  const choose = (wish: string) => until(wish, async () => (await ada!.api.put('/api/me/handle', { handle: wish })).status === 200, PATIENCE_MS, 400);
  await choose(handle(1));
  await choose(handle(2));
  const [valid, over] = [await invite(ada!), await invite(ada!)];
  await until('both are taken', async () => (await readInvite(valid.code)).status === 200 && (await readInvite(over.code)).status === 200);
  const rows = (table: string) => countInObjects(server.state, `SELECT 1 FROM ${table} WHERE user = ?`, ada!.user.id);
  await server.kill9();
  assert.deepEqual([rows('handles'), rows('invites')], [2, 2]);
  // One invite has expired for the object of its maker. Without a row there, nothing tells the shard to remove the invite.
  inObject(server.state, objectOf(ada!), 'UPDATE invites SET expires_at = 1 WHERE hash = (SELECT max(hash) FROM invites)');
  await server.restart();
  assert.equal((await listed(ada!)).length, 1);
  assert.equal((await ada!.api.call('DELETE', '/api/me', { messages: 'remove', password: PASSWORD })).status, 202);
  const admin = new Api(base, { authorization: `Bearer ${ADMIN_TOKEN}` });
  await until('they are gone', async () => (await admin.ok('GET', `/api/admin/audit?who=${ada!.user.id}&what=delete`)).items.length > 0);
  await server.kill9();
  assert.deepEqual([rows('handles'), rows('invites')], [0, 0]);
  await server.restart();
});

test('a code that its shard did not get takes no place, and leads nowhere @night', async () => {
  const ada = await account(base);
  const handle = `lost_${marker().slice(1)}`;
  await ada.api.ok('PUT', '/api/me/handle', { handle });
  const shard: [string, string] = ['SELECT 1 FROM handles WHERE handle = ?', handle];
  await server.kill9();
  inObject(server.state, shard, "CREATE TRIGGER spoilt BEFORE INSERT ON invites BEGIN SELECT RAISE(ABORT, 'spoilt'); END");
  await server.restart();
  let isLost = false;
  // Only one code in sixteen belongs to the broken shard.
  for (let tries = 0; tries < 500 && !isLost; tries += 1) {
    const made = await ada.api.post('/api/me/invites');
    isLost = made.status !== 201;
    if (isLost) assert.ok(made.status >= 500, made.reply.text);
    else await ada.api.ok('DELETE', `/api/me/invites/${made.data.code}`);
  }
  assert.ok(isLost);
  assert.deepEqual(await listed(ada), []);
  await server.kill9();
  inObject(server.state, shard, 'DROP TRIGGER spoilt');
  await server.restart();
});
