// account.md 6.1: the owner of an account changes the password. Everything but the own browser ends.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  changePassword, endsOthers, isDead, isOut, NEXT_PASSWORD, notice, ownAccount, recover, recoveryCodes, refusedField, requestChange, reset, resetToken,
} from '../harness/account_life.ts';
import { account, freshEmail, PASSWORD, passwordLogin, refresh, sessionOf } from '../harness/accounts.ts';
import { Api, refused } from '../harness/api.ts';
import { addPasskey, passkeyLogin } from '../harness/passkeys.ts';
import { FREE_OPEN_VARS } from '../harness/server.ts';
import { guest } from '../harness/session.ts';
import { onOwnServer, onPooledServer } from '../harness/suite.ts';

const { base } = await onPooledServer(FREE_OPEN_VARS);

test('the password of today unlocks a page of its owner, and changes nothing', async () => {
  const one = await account(base);
  const unlock = (who: { api: Api }, password: unknown) => who.api.post('/api/me/unlock', { password });
  assert.deepEqual((await unlock(one, PASSWORD)).data, {});
  refused(await unlock(one, `${PASSWORD} not`), 401, 'BAD_CREDENTIALS');
  assert.equal(refusedField(await unlock(one, undefined)), 'password');
  refused(await unlock(await guest(base), PASSWORD), 403, 'FORBIDDEN');
  assert.equal((await one.api.get('/api/auth/me')).status, 200, 'the session goes on');
  assert.equal((await one.api.ok('GET', '/api/me/sessions')).items.length, 1);
});

describe('a changed password', { concurrency: 2 }, () => {
  test('the new one counts from the answer on, passkeys stay, and the owner is told', async () => {
    const one = await account(base);
    const passkey = await addPasskey(base, one);
    const answer = await changePassword(one);
    assert.deepEqual([answer.status, answer.data], [200, {}], answer.reply.text);
    refused(await passwordLogin(base, one.email), 401, 'BAD_CREDENTIALS');
    assert.equal((await passwordLogin(base, one.email, { password: NEXT_PASSWORD })).data.user.id, one.user.id);
    assert.equal((await passkeyLogin(base, passkey)).status, 200);
    const mail = await notice(base, one.email, /password was changed/i);
    for (const secret of [PASSWORD, NEXT_PASSWORD]) assert.ok(!`${mail.text}${mail.html}`.includes(secret));
  });

  test('passkeys that were not kept end, where the form names those that are', async () => {
    const one = await account(base);
    const [kept, left] = [await addPasskey(base, one), await addPasskey(base, one)];
    assert.equal(refusedField(await changePassword(one, { passkeys: 'x' })), 'passkeys');
    assert.equal((await changePassword(one, { passkeys: [kept.id] })).status, 200);
    assert.deepEqual([(await passkeyLogin(base, kept)).status, (await passkeyLogin(base, left)).status], [200, 404]);
  });

  test('recovery codes end with the old password: whoever knew it may have made them', async () => {
    const one = await account(base);
    const [code] = await recoveryCodes(one);
    assert.equal((await changePassword(one)).status, 200);
    assert.equal((await ownAccount(one)).recoveryCodes, 0);
    refused(await recover(base, one.email, code!, { password: 'saturday-orchard-lamp' }), 401, 'BAD_CREDENTIALS');
    assert.equal((await passwordLogin(base, one.email, { password: NEXT_PASSWORD })).status, 200);
  });

  test('all others end, with the reason; whoever asks goes on, sockets and remembered browser included', async () => {
    const { one, mine, own } = await endsOthers(base, 'password', async (who) => assert.equal((await changePassword(who)).status, 200));
    const next = await refresh(base, one.refreshToken!);
    assert.equal(next.status, 200, next.reply.text);
    await own.closedWith(4401);
    await mine.closedWith(4401);
  });

  test('a link to a new password outlives it: whoever knows the password cannot keep the owner of the mailbox out', async () => {
    const one = await account(base);
    const tokens = [await resetToken(base, one.email), await resetToken(base, one.email)];
    assert.equal((await changePassword(one, { passkeys: [] })).status, 200);
    assert.equal((await reset(base, tokens[0]!, { password: 'saturday-orchard-lamp' })).status, 200);
    refused(await passwordLogin(base, one.email, { password: NEXT_PASSWORD }), 401, 'BAD_CREDENTIALS');
    isDead(await reset(base, tokens[1]!, { password: NEXT_PASSWORD }));
  });

  test('kill -9 right after the answer: the others are out and the own session is there @night', async () => {
    const server = await onOwnServer(FREE_OPEN_VARS);
    const one = await account(server.base, { remember: true });
    const two = sessionOf(server.base, await passwordLogin(server.base, one.email, { remember: true }));
    assert.equal((await changePassword(one)).status, 200);
    await server.kill9();
    await server.restart();
    await isOut(two);
    refused(await refresh(server.base, two.refreshToken!), 401, 'UNAUTHENTICATED');
    refused(await passwordLogin(server.base, one.email), 401, 'BAD_CREDENTIALS');
    assert.equal((await refresh(server.base, one.refreshToken!)).status, 200);
    await notice(server.base, one.email, /password/i);
  });
});

describe('a change that is refused', { concurrency: 2 }, () => {
  test('a wrong current password is 401, a next one that cannot be used names its field; nothing changes', async () => {
    const one = await account(base, { displayName: 'Ulla von Unten' });
    const two = sessionOf(base, await passwordLogin(base, one.email));
    refused(await changePassword(one, { current: 'another-river-lamp' }), 401, 'BAD_CREDENTIALS');
    for (const next of ['short', 'password123', 'x9!Lm2-qqZ w4'.repeat(10), one.email, 'Ulla von Unten 77']) {
      assert.equal(refusedField(await changePassword(one, { next })), 'next', next);
    }
    assert.equal(refusedField(await changePassword(one, { current: undefined })), 'current');
    assert.equal((await two.api.get('/api/auth/me')).status, 200);
    refused(await passwordLogin(base, one.email, { password: NEXT_PASSWORD }), 401, 'BAD_CREDENTIALS');
    assert.equal((await passwordLogin(base, one.email)).status, 200);
  });

  test('changes of an account are limited, whatever they change, and those of others are not', async () => {
    const { base: own } = await onOwnServer({ ...FREE_OPEN_VARS, RATE_ACCOUNT: '3/600' });
    const [one, other] = [await account(own), await account(own)];
    refused(await changePassword(one, { current: 'another-river-lamp' }), 401, 'BAD_CREDENTIALS');
    assert.equal((await requestChange(one, freshEmail())).status, 202);
    await addPasskey(own, one);
    const finish = () => one.api.post('/api/auth/passkey/register/finish');
    const leave = () => one.api.call('DELETE', '/api/me', { messages: 'remove', password: PASSWORD });
    for (const answer of [await changePassword(one), await requestChange(one, freshEmail()), await one.api.post('/api/me/recovery-codes'), await finish(), await leave()]) {
      assert.ok(refused(answer, 429, 'RATE_LIMITED').retryAfterMs! > 0);
    }
    assert.equal((await passwordLogin(own, one.email)).status, 200, 'nothing has changed');
    assert.equal((await changePassword(other)).status, 200);
  });

  test('wrong ones count for the account, from whichever of its sessions, and lock no sign-in out', async () => {
    const { base: own } = await onOwnServer({ RATE_LOGIN: '0', RATE_REGISTER: '0', RATE_REST: '0', RATE_MAIL: '0', RATE_ACCOUNT: '0' });
    const one = await account(own);
    const two = sessionOf(own, await passwordLogin(own, one.email));
    for (let n = 0; n < 10; n += 1) refused(await changePassword(one, { current: `wrong-guess-${n}` }), 401, 'BAD_CREDENTIALS');
    assert.ok(refused(await changePassword(one), 429, 'RATE_LIMITED').retryAfterMs! > 0);
    assert.equal((await passwordLogin(own, one.email)).status, 200, 'the network is another place');
    refused(await changePassword(two), 429, 'RATE_LIMITED');
    refused(await one.api.call('DELETE', '/api/me', { messages: 'remove', password: PASSWORD }), 429, 'RATE_LIMITED');
  });
});
