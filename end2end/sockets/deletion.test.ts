// leaving.md 2: deletion of an account. Every trace of the person disappears, unless the person returns in time.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { account, browserWithAccount, cookiesOf, PASSWORD, passwordLogin, refresh, register } from '../harness/accounts.ts';
import { auditRows } from '../harness/admin.ts';
import { Api, envelope, refused } from '../harness/api.ts';
import { ready } from '../harness/archive.ts';
import { bucketOf, placesOf } from '../harness/everywhere.ts';
import { download, photo, upload } from '../harness/files.ts';
import { marker } from '../harness/ids.ts';
import { befriend, direct, say } from '../harness/pairs.ts';
import { guest, persona, type Session } from '../harness/session.ts';
import { FrameSocket } from '../harness/socket.ts';
import { onOwnServer } from '../harness/suite.ts';
import { rowsOf, seenInObjects } from '../harness/tables.ts';
import { until } from '../harness/wait.ts';

const ADMIN_TOKEN = 'an admin token for tests';
const RULES = ['LOGIN', 'LOGIN_FAIL', 'REGISTER', 'REST', 'CHAT', 'HISTORY', 'FILE'];
const vars = { ADMIN_TOKEN, ...Object.fromEntries(RULES.map((rule) => [`RATE_${rule}`, '0'])) };
const [soon, later] = await Promise.all([onOwnServer({ ...vars, ACCOUNT_UNDO_S: '1' }), onOwnServer(vars)]);
const { base } = soon;

const leave = (who: Session, messages = 'remove', proof: Record<string, string> = { password: PASSWORD }) =>
  who.api.call('DELETE', '/api/me', { messages, ...proof });
const history = async (who: Session, room: string): Promise<any[]> => (await who.api.ok('GET', `/api/messages?roomId=${room}`)).messages;

const audited = (on: string, action: string, who: string): Promise<any> =>
  until(`a row ${action} of ${who}`, async () => (await auditRows(new Api(on, { authorization: `Bearer ${ADMIN_TOKEN}` }), action, who))[0]);

/** Returns the bucket keys with this text. Keys of files, avatars and archives begin with the id of their owner. */
const inBucket = (text: string): string[] => bucketOf(soon.state).filter((key) => key.includes(text));

/** Waits for the last audit row of a deleted person. */
const isGone = (who: Session) => audited(base, 'delete', who.user.id);

describe('deletion', () => {
  test('everything goes: sessions, words, files, names; what others said stays', async () => {
    const [mia, bo] = [await account(base, { remember: true }), await account(base)];
    await befriend(mia, bo);
    const talk = await direct(mia, bo);
    const [own, edited, open, away, others, title, draft, nickname] = Array.from({ length: 8 }, () => marker());
    const first = await say(mia, talk, own!);
    await mia.api.ok('PATCH', `/api/messages/${first.id}`, { roomId: talk, content: edited });
    const answer = await say(bo, talk, others!);
    await mia.api.ok('PUT', `/api/messages/${answer.id}/react`, { roomId: talk, reaction: 'heart', op: 'add' });
    await say(mia, 'general', open!);
    const group = await mia.api.ok('POST', '/api/rooms', { name: marker(), memberIds: [bo.user.id], visibility: 'private' });
    await say(mia, group.id, away!);
    await mia.api.ok('PUT', '/api/me', { personalMessage: title });
    await mia.api.ok('PUT', '/api/me/drafts/general', { content: draft, at: Date.now() });
    await mia.api.ok('PUT', '/api/me/home', { fields: { 'nickname/u_bo': { value: nickname, at: Date.now(), by: 'a'.repeat(16) } } });
    const file = await upload(mia, photo(20, 20), `${marker()}.png`);
    await say(mia, talk, 'look', { files: [{ id: file.id }] });
    assert.equal((await download(bo, file.id)).status, 200);
    await until('it waits for the other one', async () => (await bo.api.ok('GET', '/api/inbox')).items.some((item: any) => item.last.content === away));
    await until('the table has it', async () => rowsOf(soon.state, 'SELECT id FROM messages WHERE user_id = ?', mia.user.id).length >= 3);
    const portrait = envelope<{ avatarId: string }>(await mia.api.raw('PUT', '/api/me/avatar', { body: photo(192, 192, 77) }));
    await mia.api.ok('PUT', '/api/me', { avatarId: portrait.data.avatarId });
    const { jobId } = await mia.api.ok('POST', '/api/export');
    await ready(mia, jobId);
    assert.equal(inBucket(mia.user.id).length > 0, true, 'files, portrait and archive are in the bucket under their name');
    const socket = await FrameSocket.joined(base, talk, mia);
    const witness = await FrameSocket.joined(base, talk, bo);

    const askedMs = Date.now();
    const asked = await leave(mia);
    assert.equal(asked.status, 202, asked.reply.text);
    assert.ok(asked.data.deletesAt >= askedMs + 1_000 && asked.data.deletesAt <= Date.now() + 1_000);
    assert.equal((await socket.closed).code, 4401);
    refused(await mia.api.get('/api/auth/me'), 401, 'UNAUTHENTICATED');
    refused(await refresh(base, mia.refreshToken!), 401, 'UNAUTHENTICATED');
    const end = await witness.next((frame) => frame.type === 'system' && frame['code'] === 'account_deleted');
    assert.equal(end['senderId'], mia.user.id);
    await isGone(mia);
    await audited(base, 'delete_request', mia.user.id);

    refused(await passwordLogin(base, mia.email), 401, 'BAD_CREDENTIALS');
    assert.equal((await register(base, { email: mia.email })).status, 201, 'the address is free');
    const events = await history(bo, talk);
    assert.deepEqual(events.map((event) => event.seq), events.map((_, at) => at + 1), 'every place stays');
    for (const event of events.filter((one) => one.senderId === mia.user.id)) {
      assert.equal(event.displayName, 'Deleted account');
      if (event.type === 'chat') assert.deepEqual([event.deleted, event.content], [true, undefined]);
    }
    const stored = events.find((event) => event.id === answer.id);
    assert.deepEqual([stored.content, stored.reactions], [others, undefined]);
    assert.equal((await download(bo, file.id)).status, 404);
    assert.equal((await bo.api.get(`/api/avatars/${portrait.data.avatarId}`)).status, 404);
    assert.deepEqual(inBucket(mia.user.id), [], 'nothing of theirs is in the bucket');
    assert.ok((await bo.api.ok('GET', '/api/me/contacts')).items.every((one: any) => one.id !== mia.user.id));
    assert.equal((await bo.api.ok('GET', `/api/rooms/${group.id}`)).role, 'owner', 'the group goes on');
    assert.deepEqual((await bo.api.ok('GET', `/api/messages/search?q=${open}`)).items, []);
    assert.ok((await bo.api.ok('GET', '/api/inbox')).items.every((item: any) => item.last.senderId !== mia.user.id));
    assert.deepEqual(rowsOf(soon.state, 'SELECT id FROM users WHERE id = ?', mia.user.id), []);
    for (const text of [own!, edited!, open!, away!, title!, draft!, nickname!, mia.user.displayName]) assert.deepEqual(placesOf(soon.state, text), [], text);
    assert.notDeepEqual(placesOf(soon.state, others!), []);
  });

  test('anonymise: the words stay, without a name and without files', async () => {
    const [mia, bo] = [await account(base), await account(base)];
    await befriend(mia, bo);
    const [talk, words] = [await direct(mia, bo), marker()];
    const file = await upload(mia, Buffer.from(marker()), 'a.txt');
    await say(mia, talk, words, { files: [{ id: file.id }] });
    await until('reports have the address', async () => rowsOf(soon.state, 'SELECT id FROM users WHERE email = ?', mia.email).length === 1);
    assert.equal((await leave(mia, 'anonymise')).status, 202);
    await isGone(mia);
    const said = (await history(bo, talk)).find((event) => event.type === 'chat');
    assert.deepEqual([said.content, said.displayName, said.files], [words, 'Deleted account', undefined]);
    assert.equal((await download(bo, file.id)).status, 404);
    for (const text of [mia.user.displayName, mia.email]) assert.deepEqual(placesOf(soon.state, text), [], text);
    assert.deepEqual(inBucket(mia.user.id), []);
  });

  test('a conversation that was never theirs, because they had blocked who began it, hears of it and forgets them like any other', async () => {
    const [mia, bo] = [await account(base), await account(base)];
    await mia.api.ok('PUT', '/api/me/settings', { whoCanWrite: 'everyone' });
    await mia.api.ok('PUT', `/api/me/blocks/${bo.user.id}`);
    const [talk, words] = [await direct(bo, mia), marker()];
    await say(bo, talk, words);
    await until('it is there, unseen', () => seenInObjects(soon.state, 'SELECT 1 FROM directs WHERE room = ? AND is_unseen = 1', talk) === 1);
    assert.ok((await mia.api.ok('GET', '/api/rooms?scope=mine')).items.every((room: any) => room.id !== talk));
    assert.notEqual(seenInObjects(soon.state, 'SELECT 1 FROM people WHERE user = ?', mia.user.id), 0, 'it knows what they wish');
    assert.equal((await leave(mia)).status, 202);
    await isGone(mia);
    assert.equal(seenInObjects(soon.state, 'SELECT 1 FROM people WHERE user = ?', mia.user.id), 0);
    const events = await history(bo, talk);
    assert.deepEqual(events.filter((event) => event.code === 'account_deleted').map((event) => event.senderId), [mia.user.id]);
    assert.deepEqual(events.filter((event) => event.type === 'chat').map((event) => event.content), [words], 'what others said stays');
  });

  test('guests go at once, personas never', async () => {
    const [one, other, player] = [await guest(base), await guest(base), await persona(base, 'user_3')];
    const words = marker();
    await say(one, 'general', words);
    refused(await leave(one, 'remove', {}), 403, 'TURNSTILE_REQUIRED');
    refused(await leave(one, 'remove', { token: 'x' }), 403, 'TURNSTILE_FAILED');
    refused(await leave(player, 'remove', { token: 'dev' }), 403, 'FORBIDDEN');
    const asked = await leave(one, 'remove', { token: 'dev' });
    assert.ok(asked.status === 202 && asked.data.deletesAt <= Date.now() + 1_000);
    await isGone(one);
    assert.ok((await history(other, 'general')).every((event) => event.content !== words));
  });

  test('kill -9 at any moment: nothing of it is left in the end @night', async () => {
    for (let kills = 1; kills <= 3; kills += 1) {
      const [mia, bo] = [await account(base), await account(base)];
      await befriend(mia, bo);
      const rooms = ['general', 'music', await direct(mia, bo), (await mia.api.ok('POST', '/api/rooms', { name: marker(), memberIds: [bo.user.id] })).id];
      const words = rooms.map(() => marker());
      for (const [at, room] of rooms.entries()) for (let n = 0; n < 30; n += 1) await say(mia, room, `${n} ${words[at]}`);
      await leave(mia);
      // The steps of the deletion begin after a second, so the kills fall before and between them.
      for (let n = 0; n < kills; n += 1) {
        await soon.kill9();
        await soon.restart();
      }
      await isGone(mia);
      for (const text of words) assert.deepEqual(placesOf(soon.state, text), []);
      assert.equal((await history(bo, 'general')).filter((event) => event.code === 'account_deleted' && event.senderId === mia.user.id).length, 1);
    }
  });
});

describe('second thoughts', () => {
  test('a login before the time is over takes it back, and everything is as it was', async () => {
    const [mia, bo] = [await account(later.base), await account(later.base)];
    await befriend(mia, bo);
    const [talk, words] = [await direct(mia, bo), marker()];
    await say(mia, talk, words);
    const asked = await leave(mia);
    assert.ok(Math.abs(asked.data.deletesAt - Date.now() - 7 * 86_400_000) < 60_000);
    assert.equal((await history(bo, talk))[0].content, words, 'nothing has happened yet');
    const back = await passwordLogin(later.base, mia.email);
    assert.equal(back.status, 200, back.reply.text);
    assert.equal(back.data.user.displayName, mia.user.displayName);
    await audited(later.base, 'delete_cancel', mia.user.id);
    assert.ok((await bo.api.ok('GET', '/api/me/contacts')).items.some((one: any) => one.id === mia.user.id));
  });

  test('who asks has to be who they say they are', async () => {
    const { browser, email } = await browserWithAccount(later.base);
    const call = (body: unknown) => browser.api.call('DELETE', '/api/me', body);
    refused(await call({ messages: 'remove', password: 'another-river-lamp' }), 401, 'BAD_CREDENTIALS');
    assert.equal((await browser.api.get('/api/auth/me')).status, 200, 'nobody was sent away by any of it');
    const asked = await call({ messages: 'remove', password: PASSWORD });
    assert.equal(asked.status, 202);
    assert.equal(cookiesOf(asked).get('cfm')?.value, '', 'the browser forgets, too');
    assert.equal((await passwordLogin(later.base, email)).status, 200);
  });
});
