// account.md 4: a forgotten password. The answer tells nobody who has an account, and a new password ends all that the old one opened.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  changePassword, forgot, isDead, isOut, NEXT_PASSWORD, newToken, notice, ownAccount, recover, recoveryCodes, refusedField, requestChange, reset, resetToken, tokensTo, verify,
} from '../harness/account_life.ts';
import { account, browserWithAccount, cookiesOf, freshEmail, PASSWORD, passwordLogin, refresh, sessionOf } from '../harness/accounts.ts';
import { Api, refused, type Answer } from '../harness/api.ts';
import { group } from '../harness/groups.ts';
import { send } from '../harness/http.ts';
import { freshRoom, TOKEN } from '../harness/ids.ts';
import { addPasskey, passkeyLogin } from '../harness/passkeys.ts';
import { ENDED, programs, WORK } from '../harness/programs.ts';
import { FREE_OPEN_VARS } from '../harness/server.ts';
import { FrameSocket } from '../harness/socket.ts';
import { onOwnServer, onPooledServer } from '../harness/suite.ts';
import { until } from '../harness/wait.ts';

const { base } = await onPooledServer(FREE_OPEN_VARS);

describe('a forgotten password', { concurrency: 2 }, () => {
  test('the answer is the same with and without an account; only the owner gets a link', async () => {
    const one = await account(base);
    const nobody = freshEmail();
    for (const email of [one.email, ` ${one.email.toUpperCase()} `, nobody]) {
      const answer = await forgot(base, email);
      assert.deepEqual([answer.status, answer.data, answer.reply.cookies], [202, {}, []], email);
    }
    const first = await newToken(base, one.email, 'reset');
    assert.match(first, TOKEN);
    await newToken(base, one.email, 'reset', [first]);
    assert.deepEqual(await tokensTo(base, nobody, 'reset'), []);
    assert.equal((await passwordLogin(base, one.email)).status, 200, 'nothing has changed yet');
  });

  test('it takes no Turnstile token, and minds none', async () => {
    for (const more of [{}, { token: 'dev' }, { token: 'nope' }]) {
      assert.equal((await new Api(base).post('/api/auth/password/forgot', { email: freshEmail(), ...more })).status, 202);
    }
    assert.equal(refusedField(await new Api(base).post('/api/auth/password/forgot', {})), 'email');
  });
});

describe('a new password by a link', { concurrency: 2 }, () => {
  test('it signs its owner in as a login does, for tools and for pages', async () => {
    const one = await account(base);
    const answer = await reset(base, await resetToken(base, one.email), { remember: true, status: 'busy' });
    assert.equal(answer.status, 200, answer.reply.text);
    assert.deepEqual(Object.keys(answer.data).sort(), ['csrfToken', 'expiresAt', 'refreshToken', 'sessionId', 'user']);
    assert.deepEqual([answer.data.user.id, answer.data.user.status, answer.data.user.kind], [one.user.id, 'busy', 'user']);
    assert.deepEqual([...cookiesOf(answer).keys()], ['cfm']);
    const here = sessionOf(base, answer);
    assert.equal((await here.api.ok('GET', '/api/auth/me')).user.id, one.user.id);
    assert.equal((await refresh(base, here.refreshToken!)).status, 200);

    const page = { 'x-requested-with': 'cookie', origin: base };
    const paged = await reset(base, await resetToken(base, one.email), { remember: true }, page);
    assert.deepEqual(Object.keys(paged.data).sort(), ['csrfToken', 'expiresAt', 'user']);
    assert.deepEqual([...cookiesOf(paged).keys()].sort(), ['cfm', 'cfm-refresh']);
    const plain = await reset(base, await resetToken(base, one.email));
    assert.equal(plain.data.refreshToken, undefined, 'nobody is remembered unasked');
  });

  test('passkeys that are younger than the last proof end unless their owner keeps them, and the page shows all of them with their days', async () => {
    const one = await account(base);
    const before = await addPasskey(base, one, 'Old & <b>mine</b>');
    assert.equal((await verify(base, await newToken(base, one.email, 'verify'), one)).status, 200);
    const since = await addPasskey(base, one, 'young');
    const works = async () => [(await passkeyLogin(base, before)).status, (await passkeyLogin(base, since)).status];

    const token = await resetToken(base, one.email);
    const { text } = await send(base, 'GET', `/reset?token=${token}`, { headers: { accept: 'text/html' } });
    const boxes = [...text.matchAll(/<input type="checkbox" name="keep\[\]" value="([^"]+)"( checked)?/g)].map(([, id, checked]) => [id, checked !== undefined]);
    assert.deepEqual(boxes, [[before.id, true], [since.id, false]], text);
    assert.ok(text.includes('Old &amp; &lt;b>mine&lt;/b>') || text.includes('Old &amp; &lt;b&gt;mine&lt;/b&gt;'));
    assert.ok(text.includes(`Added ${new Date().toISOString().slice(0, 10).split('-').reverse().join('/')}`));

    for (const odd of ['x', [7], Array.from({ length: 11 }, () => 'x')]) assert.equal(refusedField(await reset(base, token, { passkeys: odd })), 'passkeys');
    assert.equal((await reset(base, token, { passkeys: [since.id, before.id, 'unknown'] })).status, 200);
    assert.deepEqual(await works(), [200, 200]);
    const form = new URLSearchParams([['token', await resetToken(base, one.email)], ['password', NEXT_PASSWORD], ['keep[]', since.id]]);
    const headers = { 'content-type': 'application/x-www-form-urlencoded', origin: base };
    const posted = await send(base, 'POST', '/sf/reset', { headers, body: form.toString() });
    assert.equal(posted.headers['location'], '/app', posted.text);
    assert.deepEqual(await works(), [404, 200], 'the form names those that stay');
  });

  test('nothing stays of somebody who had the account before its address was proved: no passkey, no code, no program, no wish for another address', async () => {
    const one = await account(base);
    const [passkey, codes] = [await addPasskey(base, one), await recoveryCodes(one)];
    const made = await programs(one, await group(one));
    await notice(base, one.email, /passkey was added/i);
    await notice(base, one.email, /codes were created/i);
    const theirs = freshEmail();
    assert.equal((await requestChange(one, theirs)).status, 202);
    const onward = await newToken(base, theirs, 'verify');
    const here = sessionOf(base, await reset(base, await resetToken(base, one.email)));
    refused(await passkeyLogin(base, passkey), 404, 'NOT_FOUND');
    assert.deepEqual((await here.api.ok('GET', '/api/auth/passkey')).items, []);
    refused(await recover(base, one.email, codes[0]!), 401, 'BAD_CREDENTIALS');
    isDead(await verify(base, onward));
    const { email, recoveryCodes: left } = await ownAccount(here);
    assert.deepEqual([email, left], [one.email, 0]);
    await until('the end of the bot', async () => (await made())[0] === 401);
    assert.deepEqual(await made(), ENDED);
  });

  test('bots, integrations and invites since the last proof end, and older ones stay; a password that its owner changes ends none', async () => {
    const one = await account(base);
    const room = await group(one);
    const before = await programs(one, room);
    assert.equal((await verify(base, await newToken(base, one.email, 'verify'), one)).status, 200);
    const since = await programs(sessionOf(base, await passwordLogin(base, one.email)), room);
    assert.equal((await changePassword(one, { passkeys: [] })).status, 200);
    assert.deepEqual([await before(), await since()], [WORK, WORK]);
    const here = sessionOf(base, await reset(base, await resetToken(base, one.email), { passkeys: [] }));
    await until('the end of the bot', async () => (await since())[0] === 401);
    assert.deepEqual([await before(), await since()], [WORK, ENDED]);
    const own = await programs(here, room);
    assert.deepEqual(await own(), WORK, 'the owner makes new ones');
  });

  test('it ends every session and every remembered browser, sockets included; the old password opens nothing any more, and the owner is told', async () => {
    const one = await account(base, { remember: true });
    const two = sessionOf(base, await passwordLogin(base, one.email, { remember: true }));
    const sockets = [await FrameSocket.joined(base, freshRoom(), one), await FrameSocket.presence(base, one), await FrameSocket.presence(base, two)];
    const token = await resetToken(base, one.email);
    for (let n = 0; n < 2; n += 1) {
      const page = await send(base, 'GET', `/reset?token=${token}`, { headers: { accept: 'text/html' } });
      assert.deepEqual([page.status, /<form\b[^>]*method="post"/i.test(page.text)], [200, true], 'the page of a link only asks');
    }
    const here = sessionOf(base, await reset(base, token));
    for (const socket of sockets) await socket.closedWith(4401);
    for (const old of [one, two]) {
      await isOut(old);
      refused(await refresh(base, old.refreshToken!), 401, 'UNAUTHENTICATED');
    }
    const { items } = await here.api.ok('GET', '/api/me/sessions');
    assert.deepEqual(items.map((item: any) => item.current), [true]);
    const { email, verified } = await ownAccount(here);
    assert.deepEqual({ email, verified }, { email: one.email, verified: true }, 'only the owner has the link, so the address is proved');
    refused(await passwordLogin(base, one.email), 401, 'BAD_CREDENTIALS');
    assert.equal((await passwordLogin(base, one.email, { password: NEXT_PASSWORD })).data.user.id, one.user.id);
    const mail = await notice(base, one.email, /password was changed/i);
    assert.ok(!`${mail.text}${mail.html}`.includes(NEXT_PASSWORD));
  });

  test('a refused password leaves the link good', async () => {
    const one = await account(base, { displayName: 'Ulla von Unten' });
    const token = await resetToken(base, one.email);
    for (const password of ['short', 'password123', one.email, 'Ulla von Unten 77', undefined]) {
      assert.equal(refusedField(await reset(base, token, { password })), 'password', String(password));
    }
    assert.equal(refusedField(await reset(base, token, { status: 'sleeping' })), 'status');
    assert.equal((await passwordLogin(base, one.email)).status, 200, 'the old password counts until then');
    assert.equal((await reset(base, token)).status, 200);
  });

  test('a link works once, and with it all earlier links of the account end', async () => {
    const one = await account(base);
    const tokens = [await resetToken(base, one.email), await resetToken(base, one.email), await resetToken(base, one.email)];
    assert.equal((await reset(base, tokens[1]!)).status, 200);
    for (const token of tokens) isDead(await reset(base, token, { password: 'saturday-orchard-lamp' }));
    for (const token of ['A'.repeat(43), '', 'x', undefined, 7]) isDead(await new Api(base).post('/api/auth/password/reset', { token, password: NEXT_PASSWORD }));
    assert.equal((await passwordLogin(base, one.email, { password: NEXT_PASSWORD })).status, 200);
  });

  test('five at once with one link: one gets the account', async () => {
    const one = await account(base);
    const token = await resetToken(base, one.email);
    const passwords = Array.from({ length: 5 }, (_, n) => `${NEXT_PASSWORD}-${n}`);
    const answers = await Promise.all(passwords.map((password) => reset(base, token, { password })));
    const won = passwords.filter((_, n) => answers[n]!.status === 200);
    assert.equal(won.length, 1);
    for (const answer of answers.filter(({ status }) => status !== 200)) isDead(answer);
    for (const password of passwords) assert.equal((await passwordLogin(base, one.email, { password })).status, won.includes(password) ? 200 : 401);
  });

  test('in a browser that is signed in as somebody else, the owner of the link is signed in', async () => {
    const one = await account(base);
    const { browser } = await browserWithAccount(base, { remember: true });
    const token = await resetToken(base, one.email);
    const answer = browser.keep(await browser.api.with({ 'x-csrf-token': '' }).post('/api/auth/password/reset', { token, password: NEXT_PASSWORD }));
    assert.equal(answer.status, 200, answer.reply.text);
    assert.equal((await browser.api.ok('GET', '/api/auth/me')).user.id, one.user.id);
    assert.equal(browser.cookies.has('cfm-refresh'), false, 'the browser is not remembered for the other person any more');
  });
});

describe('limits', () => {
  const from = (host: number) => ({ 'cf-connecting-ip': `198.51.100.${host}` });

  test('all of them count as sign-ins of their address, and what sends a mail counts as a mail', async () => {
    const { base: own } = await onOwnServer({ ...FREE_OPEN_VARS, RATE_LOGIN: '3/600', RATE_MAIL: '2/600' });
    const nobody = freshEmail();
    const waits = (answer: Answer) => assert.ok(refused(answer, 429, 'RATE_LIMITED').retryAfterMs! > 0);
    for (let n = 0; n < 3; n += 1) isDead(await reset(own, 'A'.repeat(43), {}, from(1)));
    waits(await reset(own, 'A'.repeat(43), {}, from(1)));
    waits(await passwordLogin(own, nobody, {}, from(1)));
    for (let n = 0; n < 3; n += 1) refused(await recover(own, nobody, 'aaaaa-aaaaa', {}, from(2)), 401, 'BAD_CREDENTIALS');
    waits(await recover(own, nobody, 'aaaaa-aaaaa', {}, from(2)));
    assert.equal((await forgot(own, nobody, from(3))).status, 202);
    for (let n = 0; n < 2; n += 1) refused(await passwordLogin(own, nobody, {}, from(3)), 401, 'BAD_CREDENTIALS');
    waits(await forgot(own, nobody, from(3)));

    const one = await account(own);
    const there = one.api.with(from(4));
    assert.equal((await there.post('/api/auth/email/send')).status, 202);
    assert.equal((await there.post('/api/me/email', { email: freshEmail(), password: PASSWORD })).status, 202);
    waits(await there.post('/api/auth/email/send'));
    waits(await there.post('/api/me/email', { email: freshEmail(), password: PASSWORD }));
    waits(await forgot(own, one.email, from(4)));
    assert.equal((await forgot(own, one.email, from(5))).status, 202, 'another address may ask');
  });

  test('kill -9 right after the answer: the new password counts and the old sessions are gone @night', async () => {
    const server = await onOwnServer(FREE_OPEN_VARS);
    const one = await account(server.base, { remember: true });
    const token = await resetToken(server.base, one.email);
    const here = sessionOf(server.base, await reset(server.base, token));
    await server.kill9();
    await server.restart();
    await isOut(one);
    refused(await refresh(server.base, one.refreshToken!), 401, 'UNAUTHENTICATED');
    refused(await passwordLogin(server.base, one.email), 401, 'BAD_CREDENTIALS');
    assert.equal((await here.api.get('/api/auth/me')).status, 200);
    isDead(await reset(server.base, token));
    await notice(server.base, one.email, /password/i);
  });
});
