// account.md 12: a second factor beside the password, and the roles that need one.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  changePassword, isOut, newToken, NEXT_PASSWORD, notice, ownAccount, recover, recoveryCodes, refusedField, reset, resetToken,
  verify,
} from '../harness/account_life.ts';
import { account, type AccountForm, freshEmail, PASSWORD, passwordLogin, refresh, sessionOf } from '../harness/accounts.ts';
import { AdminBrowser } from '../harness/admin.ts';
import { Api, refused, type Answer } from '../harness/api.ts';
import { freshRoom } from '../harness/ids.ts';
import { postJson } from '../harness/library_client.ts';
import { addPasskey, passkeyLogin } from '../harness/passkeys.ts';
import { addFactor, Authenticator, beginFactor, completeFactor, endFactor } from '../harness/second_factor.ts';
import { FREE_OPEN_VARS } from '../harness/server.ts';
import { guest } from '../harness/session.ts';
import { onOwnServer, onPooledServer } from '../harness/suite.ts';

// A link by mail asks for a second factor of any age.
const { base } = await onPooledServer({ ...FREE_OPEN_VARS, SECOND_FACTOR_NEW_S: '0' });

const login = (email: string, code?: string, form: AccountForm = {}, on = base): Promise<Answer> =>
  passwordLogin(on, email, { ...form, ...(code === undefined ? {} : { code }) } as AccountForm);
const asks = (answer: Answer): unknown => refused(answer, 401, 'SECOND_FACTOR');

describe('a second factor', { concurrency: 2 }, () => {
  test('it begins with the password and a proved address, and the first code switches it on', async () => {
    const one = await account(base);
    refused(await beginFactor(one), 403, 'EMAIL_UNVERIFIED');
    await verify(base, await newToken(base, one.email, 'verify'), one);
    refused(await beginFactor(one, 'thursday-river-lamp'), 401, 'BAD_CREDENTIALS');
    assert.equal(refusedField(await one.api.post('/api/me/second-factor', {})), 'password');
    const begun = await beginFactor(one);
    assert.deepEqual([begun.status, Object.keys(begun.data).sort()], [201, ['pending', 'qr', 'secret', 'uri']], begun.reply.text);
    const { secret, uri, qr, pending } = begun.data;
    assert.match(secret, /^[A-Z2-7]{32}$/);
    const address = new URL(uri);
    assert.deepEqual([address.protocol, address.host, address.searchParams.get('secret'), address.searchParams.get('issuer')], ['otpauth:', 'totp', secret, 'CF Messenger']);
    assert.equal(decodeURIComponent(address.pathname), `/CF Messenger:${one.email}`);
    assert.match(qr, /^<svg /);
    assert.ok(!pending.includes(secret));
    assert.deepEqual([(await ownAccount(one)).secondFactor, (await login(one.email)).status], [false, 200], 'nothing has changed');

    asks(await completeFactor(one, pending, '000000'));
    assert.equal(refusedField(await completeFactor(await account(base), pending, '000000')), 'pending', 'of another account');
    await addFactor(base, one);
    assert.equal((await ownAccount(one)).secondFactor, true);
    assert.equal((await one.api.get('/api/auth/me')).status, 200, 'the session goes on');
    refused(await beginFactor(one), 409, 'CONFLICT');
    refused(await completeFactor(one, pending, new Authenticator(secret).code()), 409, 'CONFLICT');
    const mail = await notice(base, one.email, /two-step verification was turned on/i);
    assert.ok(!`${mail.text}${mail.html}`.includes(secret));
    refused(await (await guest(base)).api.post('/api/me/second-factor', { password: PASSWORD }), 403, 'FORBIDDEN');
  });

  test('a sign-in asks for a code, which counts once, and a wrong password is told as ever', async () => {
    const one = await account(base, { remember: true });
    const { app, used } = await addFactor(base, one);
    asks(await login(one.email));
    for (const code of ['', ' ', '000000', 'abcde-fg234', app.code(-5), used]) asks(await login(one.email, code));
    refused(await login(one.email, app.code(1), { password: 'thursday-river-lamp' }), 401, 'BAD_CREDENTIALS');
    refused(await login(freshEmail(), app.code(1)), 401, 'BAD_CREDENTIALS');
    const code = app.code(1);
    const both = await Promise.all([login(one.email, `${code.slice(0, 3)} ${code.slice(3)}`), login(one.email, code)]);
    assert.deepEqual(both.map((answer) => answer.status).sort(), [200, 401], 'two at once with one code');
    asks(await login(one.email, code));
    assert.equal(sessionOf(base, await refresh(base, one.refreshToken!)).user.id, one.user.id, 'a remembered browser is not asked');
    assert.equal((await passkeyLogin(base, await addPasskey(base, sessionOf(base, both.find(({ status }) => status === 200)!)))).status, 200, 'nor is a passkey');
  });

  test('what the password alone has opened or made ends with it: codes, other sessions and browsers, and passkeys that are not kept', async () => {
    const one = await account(base, { remember: true });
    await verify(base, await newToken(base, one.email, 'verify'), one);
    const thief = sessionOf(base, await passwordLogin(base, one.email, { remember: true }));
    const codes = await recoveryCodes(thief);
    const [kept, theirs] = [await addPasskey(base, one), await addPasskey(base, thief)];
    const { secret, pending } = (await beginFactor(one)).data;
    const app = new Authenticator(secret);
    assert.equal(refusedField(await completeFactor(one, pending, app.code(), { passkeys: 'x' })), 'passkeys');
    assert.equal((await completeFactor(one, pending, app.code(), { passkeys: [kept.id] })).status, 200);

    await isOut(thief);
    refused(await refresh(base, thief.refreshToken!), 401, 'UNAUTHENTICATED');
    for (const code of codes.slice(0, 2)) asks(await login(one.email, code));
    refused(await recover(base, one.email, codes[0]!, { secondFactor: codes[1] }), 401, 'BAD_CREDENTIALS');
    assert.equal((await ownAccount(one)).recoveryCodes, 0, 'the session that asked goes on');
    refused(await passkeyLogin(base, theirs), 404, 'NOT_FOUND');
    assert.equal((await passkeyLogin(base, kept)).status, 200);
    assert.equal(sessionOf(base, await refresh(base, one.refreshToken!)).user.id, one.user.id, 'with its browser');
  });

  test('a recovery code counts in its stead, once', async () => {
    const one = await account(base);
    await addFactor(base, one);
    const [first, second] = await recoveryCodes(one);
    assert.equal((await login(one.email, first!.toUpperCase())).data.user.id, one.user.id);
    asks(await login(one.email, first!));
    const other = await account(base);
    const [foreign] = await recoveryCodes(other);
    asks(await login(one.email, foreign!));
    assert.equal((await ownAccount(one)).recoveryCodes, 9);
    assert.equal((await endFactor(one, second!)).status, 200);
    assert.deepEqual([(await ownAccount(one)).secondFactor, (await login(one.email)).status], [false, 200]);
  });

  test('a link by mail and a recovery code ask for it as well, and stay good without it', async () => {
    const one = await account(base);
    const { app } = await addFactor(base, one);
    const link = await resetToken(base, one.email);
    for (const secondFactor of [undefined, '', '000000']) asks(await reset(base, link, { secondFactor }));
    assert.equal((await login(one.email, app.code(1))).status, 200, 'the password is the one of before');
    const [first, second, third] = await recoveryCodes(one);
    for (const secondFactor of [undefined, '000000', first]) asks(await recover(base, one.email, first!, { secondFactor }));
    refused(await recover(base, one.email, 'aaaaa-aaaaa', { secondFactor: second }), 401, 'BAD_CREDENTIALS');
    assert.equal((await recover(base, one.email, first!, { secondFactor: second })).status, 200);
    refused(await recover(base, one.email, second!, { secondFactor: third }), 401, 'BAD_CREDENTIALS');
    const again = await resetToken(base, one.email);
    assert.equal((await reset(base, again, { secondFactor: third, password: 'saturday-orchard-lamp' })).status, 200);
    assert.equal((await login(one.email, undefined, { password: 'saturday-orchard-lamp' })).error?.code, 'SECOND_FACTOR', 'it outlives a new password');
  });

  test('a link by mail ends one that is new, which somebody else may have made', async () => {
    const { base: own } = await onPooledServer(FREE_OPEN_VARS);
    const one = await account(own);
    await addFactor(own, one);
    assert.equal((await reset(own, await resetToken(own, one.email))).status, 200);
    const here = sessionOf(own, await passwordLogin(own, one.email, { password: NEXT_PASSWORD }));
    assert.equal((await ownAccount(here)).secondFactor, false);
  });

  test('a new password ends what has begun', async () => {
    const one = await account(base);
    await verify(base, await newToken(base, one.email, 'verify'), one);
    const { secret, pending } = (await beginFactor(one)).data;
    assert.equal((await changePassword(one)).status, 200);
    assert.equal(refusedField(await completeFactor(one, pending, new Authenticator(secret).code())), 'pending');
  });

  test('the session routes ask for it, too', async () => {
    const one = await account(base);
    const { app } = await addFactor(base, one);
    const signIn = (more: object) => postJson(base, '/api/auth/sign-in/email', { email: one.email, password: PASSWORD, ...more });
    const asked = await signIn({});
    assert.deepEqual([asked.status, JSON.parse(asked.text).code], [401, 'SECOND_FACTOR']);
    assert.equal((await signIn({ code: app.code(1) })).status, 200);
    const token = await resetToken(base, one.email);
    const newPassword = (more: object) => postJson(base, '/api/auth/reset-password', { token, newPassword: NEXT_PASSWORD, ...more });
    assert.equal((await newPassword({})).status, 401);
    const [code] = await recoveryCodes(one);
    assert.equal((await newPassword({ code })).status, 200);
  });

  test('it ends with password and code, and the owner is told', async () => {
    const one = await account(base);
    const { app, used } = await addFactor(base, one);
    refused(await endFactor(one, app.code(1), 'thursday-river-lamp'), 401, 'BAD_CREDENTIALS');
    for (const code of ['', '000000', used]) asks(await endFactor(one, code));
    assert.equal((await endFactor(one, app.code(1))).status, 200);
    refused(await endFactor(one, app.code(1)), 409, 'CONFLICT');
    assert.equal((await login(one.email)).status, 200);
    await notice(base, one.email, /two-step verification was turned off/i);
  });

  test('it outlives a new pepper while the old one is named @night', async () => {
    const server = await onOwnServer({ ...FREE_OPEN_VARS, PASSWORD_PEPPER: 'one' });
    const one = await account(server.base);
    const { app } = await addFactor(server.base, one);
    await server.kill9();
    Object.assign(server.vars, { PASSWORD_PEPPER: 'two', PASSWORD_PEPPER_PREVIOUS: 'one' });
    await server.restart();
    assert.equal((await login(one.email, app.code(1), {}, server.base)).status, 200);
    await server.kill9();
    delete server.vars['PASSWORD_PEPPER_PREVIOUS'];
    await server.restart();
    // The code was used with the new pepper, which has sealed the secret anew: this one is wrong, and no fault.
    asks(await login(one.email, '000000', {}, server.base));
  });
});

test('guesses at a code count like those at a password', async () => {
  const { base: own } = await onOwnServer({ RATE_LOGIN: '0', RATE_REGISTER: '0', RATE_REST: '0', RATE_MAIL: '0', RATE_ACCOUNT: '0', SECOND_FACTOR_NEW_S: '0' });
  const from = (network: number) => ({ 'cf-connecting-ip': `198.51.${network}.7` });
  const one = await account(own);
  const { app } = await addFactor(own, one);
  const guess = (network: number, code?: string) =>
    passwordLogin(own, one.email, (code === undefined ? {} : { code }) as AccountForm, from(network));
  for (let n = 0; n < 9; n += 1) asks(await guess(1, '000000'));
  for (let n = 0; n < 5; n += 1) asks(await guess(1));
  asks(await guess(1, '000000'));
  assert.ok(refused(await guess(1, app.code(1)), 429, 'RATE_LIMITED').retryAfterMs! > 0, 'a password without a code forgave nothing');
  assert.equal((await guess(3, app.code(1))).status, 200, 'the owner is elsewhere');
});

describe('whoever runs the deployment', () => {
  const ADMIN_TOKEN = 'an admin token for tests';

  test('a link of the operator ends it', async () => {
    const { base: own } = await onPooledServer({ ...FREE_OPEN_VARS, ADMIN_TOKEN });
    const operator = await AdminBrowser.entered(own, ADMIN_TOKEN);
    const one = await account(own);
    await addFactor(own, one);
    const shown = await operator.submit({ do: 'recovery', email: one.email });
    const token = /\/reset\?token=([\w-]+)/.exec(shown.text)?.[1];
    assert.ok(token, shown.text.slice(0, 300));
    assert.equal((await reset(own, token)).status, 200);
    assert.equal((await passwordLogin(own, one.email, { password: NEXT_PASSWORD })).status, 200);
  });

  test('a role holds only in sessions that began with two factors, where that is required', async () => {
    const vars = { ...FREE_OPEN_VARS, ADMIN_TOKEN, REQUIRE_SECOND_FACTOR: '1', SECOND_FACTOR_NEW_S: '0' };
    const { base: own } = await onOwnServer(vars);
    const operator = await AdminBrowser.entered(own, ADMIN_TOKEN);
    const [one, late, room] = [await account(own), await account(own), freshRoom()];
    const { app } = await addFactor(own, one);
    const codes = await recoveryCodes(one);
    for (const { user } of [one, late]) assert.equal((await operator.submit({ do: 'role', user: user.id, role: 'moderator' })).status, 303);
    const close = (who: { api: Api }) => who.api.post('/api/moderation/acts', { kind: 'close', room, reason: 'Spam.' });
    refused(await close(one), 403, 'FORBIDDEN');
    const strong = sessionOf(own, await login(one.email, app.code(1), {}, own));
    assert.equal((await close(strong)).status, 201);
    // A recovery code lets its owner in, and is no second factor. In a session of the password alone nobody makes codes for a role.
    const weak = sessionOf(own, await login(one.email, codes[2]!, {}, own));
    refused(await weak.api.get('/api/moderation/state'), 403, 'FORBIDDEN');
    for (const who of [one, weak, late]) refused(await who.api.post('/api/me/recovery-codes'), 403, 'FORBIDDEN');
    const key = await addPasskey(own, strong);
    assert.equal((await sessionOf(own, await passkeyLogin(own, key)).api.ok('GET', '/api/moderation/state')).role, 'moderator');
    refused(await close(sessionOf(own, await recover(own, one.email, codes[0]!, { secondFactor: codes[1], passkeys: [] }))), 403, 'FORBIDDEN');
    // A password alone makes no second factor of somebody with a role.
    refused(await beginFactor(late), 403, 'FORBIDDEN');
    refused(await late.api.post('/api/auth/passkey/register/begin'), 403, 'FORBIDDEN');
  });
});
