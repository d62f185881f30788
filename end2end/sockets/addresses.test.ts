// account.md 6.2 and 6.3: another e-mail address. Nothing changes before the new address is proved, and the old one can take it back.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  changeAddress, isDead, isOut, newToken, notice, ownAccount, recover, recoveryCodes, refusedField, requestChange, tokensTo, undo, verify,
} from '../harness/account_life.ts';
import { account, freshEmail, passwordLogin, refresh, sessionOf } from '../harness/accounts.ts';
import { Api, refused } from '../harness/api.ts';
import { group } from '../harness/groups.ts';
import { send } from '../harness/http.ts';
import { freshRoom } from '../harness/ids.ts';
import { addPasskey, passkeyLogin } from '../harness/passkeys.ts';
import { ENDED, programs, WORK } from '../harness/programs.ts';
import { FREE_OPEN_VARS } from '../harness/server.ts';
import { guest } from '../harness/session.ts';
import { FrameSocket } from '../harness/socket.ts';
import { onOwnServer, onPooledServer } from '../harness/suite.ts';
import { until } from '../harness/wait.ts';

const { base } = await onPooledServer(FREE_OPEN_VARS);

describe('another address', { concurrency: 2 }, () => {
  test('the old address is told of the request; nothing changes until its link is used; then it is the verified address of the account', async () => {
    const one = await account(base);
    const next = freshEmail();
    const answer = await requestChange(one, next);
    assert.deepEqual([answer.status, answer.data], [202, {}], answer.reply.text);
    const token = await newToken(base, next, 'verify');
    const mail = await notice(base, one.email, /wants to change your e-mail address/);
    for (const text of [mail.text, mail.html]) assert.ok(text.includes(next), text);
    assert.equal((await ownAccount(one)).email, one.email);
    assert.equal((await passwordLogin(base, one.email)).status, 200);
    refused(await passwordLogin(base, next), 401, 'BAD_CREDENTIALS');

    const used = await verify(base, token, one);
    assert.deepEqual([used.status, used.data], [200, { email: next }], used.reply.text);
    isDead(await verify(base, token));
    const { email, verified } = await ownAccount(one);
    assert.deepEqual({ email, verified }, { email: next, verified: true });
    assert.equal((await passwordLogin(base, next)).data.user.id, one.user.id);
    refused(await passwordLogin(base, one.email), 401, 'BAD_CREDENTIALS');
  });

  test('sessions, remembered browsers, sockets and passkeys go on, and the account is the same person', async () => {
    const one = await account(base, { remember: true });
    const passkey = await addPasskey(base, one);
    const [room, device] = [await FrameSocket.joined(base, freshRoom(), one), await FrameSocket.presence(base, one)];
    await device.next('welcome');
    const next = freshEmail();
    await changeAddress(base, one, one.email, next);
    await room.say('still here');
    await device.never((frame) => frame.type === 'signed_out', 'a session ended');
    for (const socket of [room, device]) await socket.close();
    assert.equal((await passkeyLogin(base, passkey)).data.user.id, one.user.id);
    const again = sessionOf(base, await refresh(base, one.refreshToken!));
    assert.deepEqual([again.user.id, again.user.displayName], [one.user.id, one.user.displayName]);
    assert.equal((await ownAccount(again)).email, next);
  });

  test('a later request replaces an earlier one', async () => {
    const one = await account(base);
    const [first, second] = [freshEmail(), freshEmail()];
    await requestChange(one, first);
    const early = await newToken(base, first, 'verify');
    await requestChange(one, second);
    const late = await newToken(base, second, 'verify');
    isDead(await verify(base, early));
    assert.deepEqual((await verify(base, late, one)).data, { email: second });
    assert.equal((await ownAccount(one)).email, second);
  });

  test('an address that has an account answers alike and is told; neither account changes', async () => {
    const [one, other] = [await account(base), await account(base)];
    await newToken(base, other.email, 'verify');
    const answer = await requestChange(one, other.email.toUpperCase());
    assert.deepEqual([answer.status, answer.data], [202, {}]);
    await notice(base, other.email, /\S/);
    assert.equal((await tokensTo(base, other.email, 'verify')).length, 1, 'no link but that of the registration');
    assert.equal((await ownAccount(one)).email, one.email);
    assert.equal((await passwordLogin(base, other.email)).data.user.id, other.user.id);
  });

  test('what cannot be used is refused, and names the field', async () => {
    const one = await account(base);
    refused(await requestChange(one, freshEmail(), { password: 'another-river-lamp' }), 401, 'BAD_CREDENTIALS');
    for (const email of ['nobody', 'a,b@example.org']) assert.equal(refusedField(await requestChange(one, email)), 'email', email);
    assert.equal(refusedField(await requestChange(one, freshEmail(), { password: undefined })), 'password');
    refused(await requestChange({ api: new Api(base) }, freshEmail()), 401, 'UNAUTHENTICATED');
    refused(await requestChange(await guest(base), freshEmail()), 403, 'FORBIDDEN');
    assert.equal((await ownAccount(one)).email, one.email);
  });
});

describe('a change that is taken back', { concurrency: 2 }, () => {
  test('the account has its old address again, and everything that was signed in ends', async () => {
    const one = await account(base, { remember: true });
    const next = freshEmail();
    const token = await changeAddress(base, one, one.email, next);
    const two = sessionOf(base, await passwordLogin(base, next, { remember: true }));
    const sockets = [await FrameSocket.presence(base, one), await FrameSocket.presence(base, two)];
    const page = await send(base, 'GET', `/undo?token=${token}`, { headers: { accept: 'text/html' } });
    assert.equal(page.status, 200);
    assert.match(page.text, /<form\b[^>]*method="post"/i);
    assert.equal((await ownAccount(one)).email, next, 'whoever only opens the page changes nothing');
    const answer = await undo(base, token);
    assert.deepEqual([answer.status, answer.data], [200, { email: one.email }], answer.reply.text);
    assert.deepEqual(answer.reply.cookies, [], 'nobody is signed in by it');
    for (const socket of sockets) await socket.closedWith(4401);
    for (const old of [one, two]) {
      await isOut(old);
      refused(await refresh(base, old.refreshToken!), 401, 'UNAUTHENTICATED');
    }
    refused(await passwordLogin(base, next), 401, 'BAD_CREDENTIALS');
    const again = sessionOf(base, await passwordLogin(base, one.email));
    assert.equal(again.user.id, one.user.id);
    assert.equal((await ownAccount(again)).email, one.email);
    isDead(await undo(base, token));
  });

  test('recovery codes and passkeys since the change end, and the new address is free', async () => {
    const one = await account(base);
    const before = await addPasskey(base, one);
    const next = freshEmail();
    const token = await changeAddress(base, one, one.email, next);
    const [since, [code]] = [await addPasskey(base, one), await recoveryCodes(one)];
    assert.equal((await undo(base, token)).status, 200);
    assert.notEqual((await account(base, { email: next })).user.id, one.user.id);
    refused(await recover(base, one.email, code!), 401, 'BAD_CREDENTIALS');
    refused(await passkeyLogin(base, since), 404, 'NOT_FOUND');
    assert.equal((await passkeyLogin(base, before)).data.user.id, one.user.id);
  });

  test('bots, integrations and invites since the last proof before the change end', async () => {
    const one = await account(base);
    const room = await group(one);
    const before = await programs(one, room);
    await verify(base, await newToken(base, one.email, 'verify'), one);
    const thief = sessionOf(base, await passwordLogin(base, one.email));
    const since = await programs(thief, room);
    const token = await changeAddress(base, thief, one.email, freshEmail());
    const late = await programs(thief, room);
    assert.deepEqual([await before(), await since(), await late()], [WORK, WORK, WORK], 'a change of address alone ends none');
    assert.equal((await undo(base, token)).status, 200);
    await until('the end of the bots', async () => [(await since())[0], (await late())[0]].every((status) => status === 401));
    assert.deepEqual([await before(), await since(), await late()], [WORK, ENDED, ENDED]);
  });

  test('an old address that nobody proved is told and takes nothing back, and is free', async () => {
    const one = await account(base);
    const next = freshEmail();
    await requestChange(one, next);
    assert.equal((await verify(base, await newToken(base, next, 'verify'), one)).status, 200);
    const mail = await notice(base, one.email, /was changed/);
    assert.ok(mail.text.includes(next) && !mail.text.includes('/undo'), mail.text);
    assert.notEqual((await account(base, { email: one.email })).user.id, one.user.id);
    assert.deepEqual(await tokensTo(base, one.email, 'undo'), []);
  });

  test('a link to a new address that is pressed elsewhere ends what was made before', async () => {
    const one = await account(base);
    const [passkey, [code], next] = [await addPasskey(base, one), await recoveryCodes(one), freshEmail()];
    const made = await programs(one, await group(one));
    await requestChange(one, next);
    assert.equal((await verify(base, await newToken(base, next, 'verify'))).status, 200);
    await isOut(one);
    await until('the end of the bot', async () => (await made())[0] === 401);
    assert.deepEqual(await made(), ENDED);
    refused(await passkeyLogin(base, passkey), 404, 'NOT_FOUND');
    refused(await recover(base, next, code!), 401, 'BAD_CREDENTIALS');
    assert.equal((await passwordLogin(base, next)).data.user.id, one.user.id);
  });
});

describe('through crashes', () => {
  test('kill -9 right after the answer: the account has one address, both ways @night', async () => {
    const server = await onOwnServer(FREE_OPEN_VARS);
    const one = await account(server.base);
    const next = freshEmail();
    await verify(server.base, await newToken(server.base, one.email, 'verify'), one);
    await requestChange(one, next);
    const link = await newToken(server.base, next, 'verify');
    assert.equal((await verify(server.base, link, one)).status, 200);
    await server.kill9();
    await server.restart();
    assert.equal((await passwordLogin(server.base, next)).data.user.id, one.user.id);
    const token = await newToken(server.base, one.email, 'undo');
    refused(await passwordLogin(server.base, one.email), 401, 'BAD_CREDENTIALS');
    assert.equal((await undo(server.base, token)).status, 200);
    await server.kill9();
    await server.restart();
    assert.equal((await passwordLogin(server.base, one.email)).data.user.id, one.user.id);
    const isGone = async () => (await passwordLogin(server.base, next)).status === 401;
    await until('the new address opens nothing', isGone);
    await isOut(one);
  });
});
