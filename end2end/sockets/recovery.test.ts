// account.md 5: the way back without mail, by a recovery code or by a link from whoever runs the deployment.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  changePassword, isDead, isOut, NEXT_PASSWORD, notice, ownAccount, recover, recoveryCodes, refusedField, requestChange, reset, resetToken,
} from '../harness/account_life.ts';
import { account, cookiesOf, freshEmail, passwordLogin, refresh, register, sessionOf } from '../harness/accounts.ts';
import { AdminBrowser } from '../harness/admin.ts';
import { Api, refused, type Answer } from '../harness/api.ts';
import { group } from '../harness/groups.ts';
import { Outside } from '../harness/outside.ts';
import { addPasskey, passkeyLogin } from '../harness/passkeys.ts';
import { ENDED, programs } from '../harness/programs.ts';
import { FREE_OPEN_VARS } from '../harness/server.ts';
import { guest } from '../harness/session.ts';
import { Siteverify } from '../harness/siteverify.ts';
import { FrameSocket } from '../harness/socket.ts';
import { onOwnServer, onPooledServer } from '../harness/suite.ts';
import { until } from '../harness/wait.ts';

const { base } = await onPooledServer(FREE_OPEN_VARS);
const CODE = /^[a-z2-7]{5}-[a-z2-7]{5}$/;
/** Code of the right form that nobody has. */
const UNKNOWN_CODE = 'aaaaa-aaaaa';

/** Returns the part of a refusal that is the same for every call. */
const words = (answer: Answer): unknown => [answer.status, answer.error];

describe('recovery codes', { concurrency: 2 }, () => {
  test('ten are made, shown once and counted; new ones replace them all', async () => {
    const one = await account(base);
    const answer = await one.api.post('/api/me/recovery-codes');
    assert.equal(answer.status, 201, answer.reply.text);
    assert.deepEqual(Object.keys(answer.data), ['codes']);
    const { codes } = answer.data;
    assert.deepEqual([codes.length, new Set(codes).size], [10, 10]);
    for (const code of codes) assert.match(code, CODE);
    assert.equal((await ownAccount(one)).recoveryCodes, 10);
    const next = await recoveryCodes(one);
    refused(await recover(base, one.email, codes[0]), 401, 'BAD_CREDENTIALS');
    assert.equal((await recover(base, one.email, next[0]!)).status, 200);
  });

  test('a code opens its account as a login does; it is gone afterwards, and the others stay', async () => {
    const one = await account(base);
    const codes = await recoveryCodes(one);
    const answer = await recover(base, one.email, codes[4]!, { remember: true, status: 'busy' });
    assert.equal(answer.status, 200, answer.reply.text);
    assert.deepEqual(Object.keys(answer.data).sort(), ['csrfToken', 'expiresAt', 'refreshToken', 'sessionId', 'user']);
    assert.deepEqual([answer.data.user.id, answer.data.user.status], [one.user.id, 'busy']);
    const here = sessionOf(base, answer);
    const { verified, recoveryCodes: left } = await ownAccount(here);
    assert.deepEqual({ verified, left }, { verified: false, left: 9 }, 'a code proves no address');
    refused(await recover(base, one.email, codes[4]!), 401, 'BAD_CREDENTIALS');
    const paged = await recover(base, one.email, codes[0]!, { remember: true }, { 'x-requested-with': 'cookie', origin: base });
    assert.deepEqual(Object.keys(paged.data).sort(), ['csrfToken', 'expiresAt', 'user']);
    assert.deepEqual([...cookiesOf(paged).keys()].sort(), ['cfm', 'cfm-refresh']);
  });

  test('what the old password opened ends, passkeys, bots, integrations and invites since the last proof as well, and the owner is told', async () => {
    const one = await account(base, { remember: true });
    const [passkey, codes] = [await addPasskey(base, one), await recoveryCodes(one)];
    const made = await programs(one, await group(one));
    const link = await resetToken(base, one.email);
    const device = await FrameSocket.presence(base, one);
    const here = sessionOf(base, await recover(base, one.email, codes[0]!));
    await device.closedWith(4401);
    await isOut(one);
    refused(await refresh(base, one.refreshToken!), 401, 'UNAUTHENTICATED');
    assert.equal((await here.api.ok('GET', '/api/me/sessions')).items.length, 1);
    refused(await passwordLogin(base, one.email), 401, 'BAD_CREDENTIALS');
    assert.equal((await passwordLogin(base, one.email, { password: NEXT_PASSWORD })).status, 200);
    refused(await passkeyLogin(base, passkey), 404, 'NOT_FOUND');
    await until('the end of the bot', async () => (await made())[0] === 401);
    assert.deepEqual(await made(), ENDED);
    const mail = await notice(base, one.email, /code was used/i);
    for (const secret of [...codes, NEXT_PASSWORD]) assert.ok(!`${mail.text}${mail.html}`.includes(secret));
    assert.equal((await reset(base, link, { password: 'saturday-orchard-lamp' })).status, 200, 'the owner of the mailbox is not kept out');
  });

  test('a wrong code, a used one, one of somebody else and an unknown address are alike', async () => {
    const [one, other] = [await account(base), await account(base)];
    const [codes, theirs] = [await recoveryCodes(one), await recoveryCodes(other)];
    assert.equal((await recover(base, one.email, codes[0]!)).status, 200);
    const unknown = await recover(base, freshEmail(), codes[1]!);
    refused(unknown, 401, 'BAD_CREDENTIALS');
    for (const code of [codes[0]!, theirs[0]!, UNKNOWN_CODE, 'x', '']) {
      assert.deepEqual(words(await recover(base, one.email, code)), words(unknown), code.slice(0, 20));
    }
    const bare = await account(base);
    assert.deepEqual(words(await recover(base, bare.email, UNKNOWN_CODE)), words(unknown), 'an account without codes');
    assert.equal((await recover(base, other.email, theirs[0]!)).status, 200);
  });

  test('a refused password leaves the code good, and is refused alike for everybody', async () => {
    const one = await account(base, { displayName: 'Ulla von Unten' });
    const [code] = await recoveryCodes(one);
    for (const password of ['short', 'password123']) {
      const answers = [await recover(base, one.email, code!, { password }), await recover(base, freshEmail(), code!, { password })];
      for (const answer of answers) assert.equal(refusedField(answer), 'password', password);
      assert.deepEqual(words(answers[0]!), words(answers[1]!));
    }
    assert.equal(refusedField(await recover(base, one.email, code!, { password: one.email })), 'password');
    assert.equal(refusedField(await recover(base, one.email, code!, { password: 'Ulla von Unten 77' })), 'password');
    for (const member of ['email', 'code', 'password']) assert.equal(refusedField(await recover(base, one.email, code!, { [member]: undefined })), member);
    assert.equal(refusedField(await recover(base, one.email, code!, { status: 'sleeping' })), 'status');
    assert.equal((await ownAccount(one)).recoveryCodes, 10);
    assert.equal((await recover(base, one.email, code!)).status, 200);
  });

  test('they need the fresh sign-in of an account', async () => {
    const make = (who: { api: Api }) => who.api.post('/api/me/recovery-codes');
    refused(await make(await guest(base)), 403, 'FORBIDDEN');
    const { base: hasty } = await onOwnServer({ ...FREE_OPEN_VARS, REAUTH_S: '3' });
    const one = await account(hasty, { remember: true });
    const [code] = await recoveryCodes(one);
    await until('the sign-in is old', async () => (await make(one)).status === 403);
    refused(await make(one), 403, 'REAUTH_REQUIRED');
    const renewed = sessionOf(hasty, await refresh(hasty, one.refreshToken!));
    refused(await make(renewed), 403, 'REAUTH_REQUIRED');
    assert.equal((await make(sessionOf(hasty, await passwordLogin(hasty, one.email)))).status, 201);
    refused(await recover(hasty, one.email, code!), 401, 'BAD_CREDENTIALS');
  });

  test('guesses count for the place that they come from, and apart from those at the password', async () => {
    const { base: own } = await onOwnServer({ RATE_LOGIN: '0', RATE_REGISTER: '0', RATE_REST: '0', RATE_MAIL: '0', RATE_ACCOUNT: '0' });
    const from = (network: number) => ({ 'cf-connecting-ip': `198.51.${network}.7` });
    const one = await account(own);
    const [code] = await recoveryCodes(one);
    for (const email of [one.email, freshEmail()]) {
      for (let n = 0; n < 10; n += 1) refused(await recover(own, email, UNKNOWN_CODE, {}, from(1)), 401, 'BAD_CREDENTIALS');
      assert.ok(refused(await recover(own, email, code!, {}, from(1)), 429, 'RATE_LIMITED').retryAfterMs! > 0);
    }
    assert.equal((await passwordLogin(own, one.email, {}, from(1))).status, 200, 'guesses at codes close no account to its password');
  });

  test('a code from before another pepper is good while the old one is named, and once @night', async () => {
    const server = await onOwnServer({ ...FREE_OPEN_VARS, PASSWORD_PEPPER: 'one' });
    const one = await account(server.base);
    const [code, next] = await recoveryCodes(one);
    await server.kill9();
    Object.assign(server.vars, { PASSWORD_PEPPER: 'two', PASSWORD_PEPPER_PREVIOUS: 'one' });
    await server.restart();
    assert.equal((await recover(server.base, one.email, code!)).status, 200);
    refused(await recover(server.base, one.email, code!), 401, 'BAD_CREDENTIALS');
    await server.kill9();
    delete server.vars['PASSWORD_PEPPER_PREVIOUS'];
    await server.restart();
    refused(await recover(server.base, one.email, next!), 401, 'BAD_CREDENTIALS');
    assert.equal((await passwordLogin(server.base, one.email, { password: NEXT_PASSWORD })).status, 200);
  });

  test('kill -9 right after the answer: the code is gone and the password is the new one @night', async () => {
    const server = await onOwnServer(FREE_OPEN_VARS);
    const one = await account(server.base);
    const codes = await recoveryCodes(one);
    await server.kill9();
    await server.restart();
    const here = sessionOf(server.base, await recover(server.base, one.email, codes[0]!));
    await server.kill9();
    await server.restart();
    refused(await recover(server.base, one.email, codes[0]!), 401, 'BAD_CREDENTIALS');
    assert.equal((await ownAccount(here)).recoveryCodes, 9);
    await isOut(one);
    assert.equal((await passwordLogin(server.base, one.email, { password: NEXT_PASSWORD })).status, 200);
  });
});

describe('a deployment without mail', () => {
  test('it says so for everybody alike, accounts are as good as any, and a code is the way back', async () => {
    const service = await Siteverify.start();
    const outside = await Outside.start({ 'challenges.cloudflare.com': service.url });
    try {
      const secrets = { TURNSTILE_SECRET_KEY: '1x0000000000000000000000000000000AA', PASSWORD_PEPPER: 'pepper of the tests, 32 bytes or more' };
      const { base: bare } = await onOwnServer({ ENV: 'production', RATE_LOGIN: '100/60', ...secrets }, { outside: outside.address });
      assert.equal((await new Api(bare).ok('GET', '/api/config')).mail, false);
      const email = freshEmail();
      const one = sessionOf(bare, await register(bare, { email, token: Siteverify.token('success') }));
      assert.deepEqual(await ownAccount(one), { email, verified: false, verifiedAt: null, mail: false, recoveryCodes: 0, secondFactor: false });
      const forgot = (address: string) => new Api(bare).post('/api/auth/password/forgot', { email: address });
      const off = await forgot(email);
      refused(off, 409, 'MAIL_OFF');
      assert.deepEqual(words(await forgot(freshEmail())), words(off));
      refused(await one.api.post('/api/auth/email/send'), 409, 'MAIL_OFF');
      refused(await requestChange(one, freshEmail()), 409, 'MAIL_OFF');
      const [code] = await recoveryCodes(one);
      const here = sessionOf(bare, await recover(bare, email, code!));
      assert.equal((await ownAccount(here)).recoveryCodes, 9);
      assert.equal((await changePassword(here, { current: NEXT_PASSWORD, next: 'saturday-orchard-lamp' })).status, 200);
      assert.equal((await new Api(bare).raw('GET', '/__dev/mail')).status, 404);
    } finally {
      outside.close();
      await service.stop();
    }
  });
});

describe('a link from whoever runs the deployment', () => {
  const ADMIN_TOKEN = 'an admin token for tests';

  const LINK = /\/reset\?token=([\w-]+)/;

  test('it is shown once, works once, is told to the address and stands in the audit log', async () => {
    const { base: own } = await onPooledServer({ ...FREE_OPEN_VARS, ADMIN_TOKEN });
    const browser = await AdminBrowser.entered(own, ADMIN_TOKEN);
    const one = await account(own);
    const shown = await browser.submit({ do: 'recovery', email: one.email });
    const token = LINK.exec(shown.text)?.[1];
    assert.ok(token, `${shown.status} ${shown.text.slice(0, 500)}`);
    assert.doesNotMatch((await browser.get()).text, LINK);
    const mail = await notice(own, one.email, /\S/);
    assert.ok(!`${mail.text}${mail.html}`.includes(token));
    assert.equal((await one.api.get('/api/auth/me')).status, 200, 'the link alone changes nothing');
    const opened = await reset(own, token);
    assert.equal(opened.data.user.id, one.user.id);
    assert.equal((await ownAccount(sessionOf(own, opened))).verified, false, 'it proves no address');
    isDead(await reset(own, token));
    await isOut(one);
    const admin = new Api(own, { authorization: `Bearer ${ADMIN_TOKEN}` });
    await until('its audit row', async () => {
      const { items } = await admin.ok('GET', '/api/admin/audit?before=4294967295&limit=200');
      return items.find((row: any) => row.action === 'recovery_link' && row.target === one.user.id && row.actor === 'owner' && row.result === 'ok');
    });
  });

  test('there is none for an unknown address, and none without the CSRF token', async () => {
    const { base: own } = await onPooledServer({ ...FREE_OPEN_VARS, ADMIN_TOKEN });
    const browser = await AdminBrowser.entered(own, ADMIN_TOKEN);
    const one = await account(own);
    for (const email of [freshEmail(), 'nobody', '']) {
      const reply = await browser.submit({ do: 'recovery', email });
      assert.ok(reply.status < 500, `${reply.status}`);
      assert.doesNotMatch(reply.text, LINK);
    }
    const forged = await browser.post({ do: 'recovery', email: one.email, csrf: '0'.repeat(64) });
    assert.equal(forged.status, 403);
    assert.doesNotMatch(forged.text, LINK);
    const outsider = await new AdminBrowser(own).post({ do: 'recovery', email: one.email });
    assert.equal(outsider.status, 401);
    assert.doesNotMatch(outsider.text, LINK);
  });
});
