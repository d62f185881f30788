// sign-in.md 1: registration. An account exists as soon as the answer arrives, an address has one account, and passwords that many people
// would guess are refused.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { PASSWORD, account, cookiesOf, freshEmail, passwordLogin, register, sessionOf } from '../harness/accounts.ts';
import { Api, refused } from '../harness/api.ts';
import { send } from '../harness/http.ts';
import { freshName, TOKEN, uuidv7 } from '../harness/ids.ts';
import { guest } from '../harness/session.ts';
import { onOwnServer, onSharedServer } from '../harness/suite.ts';
import { until } from '../harness/wait.ts';

const base = await onSharedServer();

describe('register', { concurrency: 2 }, () => {
  test('a new account is signed in: 201, a session, an id of its own form, no refresh token unasked', async () => {
    const name = freshName();
    const answer = await register(base, { displayName: name, status: 'busy' });
    assert.equal(answer.status, 201, answer.reply.text);
    assert.deepEqual(Object.keys(answer.data).sort(), ['csrfToken', 'expiresAt', 'sessionId', 'user']);
    assert.match(answer.data.sessionId, TOKEN);
    assert.match(answer.data.user.id, /^u_[a-z2-7]{13}$/);
    assert.equal(answer.data.user.kind, 'user');
    assert.equal(answer.data.user.displayName, name);
    assert.equal(answer.data.user.status, 'busy');
    assert.deepEqual([...cookiesOf(answer).keys()], ['cfm']);
    const me = await new Api(base, { authorization: `Bearer ${answer.data.sessionId}` }).ok('GET', '/api/auth/me');
    assert.equal(me.user.id, answer.data.user.id);
  });

  test('an address is one in every spelling of its host, and is shown in the letters of its language', async () => {
    const local = `mia-${uuidv7()}`;
    const [typed, ascii, wide] = [`${local}@bücher.example`, `${local}@xn--bcher-kva.example`, `${local}＠ｂüｃｈｅｒ．ｅｘａｍｐｌｅ`];
    const one = await account(base, { email: typed });
    for (const email of [typed, ascii, wide, typed.toUpperCase()]) {
      refused(await register(base, { email }), 409, 'EMAIL_TAKEN');
      assert.equal((await passwordLogin(base, email)).data.user.id, one.user.id, email);
    }
    assert.equal((await one.api.ok('GET', '/api/me/account')).email, typed);
    assert.equal(refused(await register(base, { email: `${local}@xn--a.example` }), 400, 'VALIDATION').field, 'email');
  });

  test('a name of the cast is shown with the end of the id, also in direct conversations that nobody made', async () => {
    const [one, other] = [await account(base, { displayName: 'Mia' }), await account(base)];
    const shown = `Mia (${one.user.id.slice(-4)})`;
    assert.equal(one.user.displayName, shown);
    const room = `dm_${[one.user.id, other.user.id].sort().join('____')}`;
    await other.api.ok('PUT', '/api/me/settings', { whoCanWrite: 'everyone' });
    await one.api.ok('POST', '/api/messages', { roomId: room, id: uuidv7(), content: 'hello' });
    const { messages } = await other.api.ok('GET', `/api/messages?roomId=${room}`);
    assert.deepEqual(messages.map((message: any) => [message.displayName, message.content]), [[shown, 'hello']]);
  });

  test('twice at once: one account, one EMAIL_TAKEN', async () => {
    const email = freshEmail();
    const answers = await Promise.all(Array.from({ length: 5 }, (_, n) => register(base, { email, displayName: `${freshName()} ${n}` })));
    const made = answers.filter((answer) => answer.status === 201);
    assert.equal(made.length, 1);
    for (const answer of answers.filter((one) => one.status !== 201)) refused(answer, 409, 'EMAIL_TAKEN');
    assert.equal((await passwordLogin(base, email)).data.user.id, made[0]!.data.user.id);
  });

  test('what cannot be used is refused, and names the field', async () => {
    const email = freshEmail();
    const bad: [object, string][] = [
      [{ email: 'nobody' }, 'email'],
      [{ email, password: email }, 'password'],
      [{ displayName: 'Ulla von Unten', password: 'Ulla von Unten 77' }, 'password'],
      [{ displayName: 'é'.repeat(65) }, 'displayName'],
      [{ status: 'sleeping' }, 'status'],
    ];
    for (const [form, field] of bad) {
      const error = refused(await register(base, form), 400, 'VALIDATION');
      assert.equal(error.field, field, JSON.stringify(form));
    }
  });

  test('nothing of a password or a hash ever leaves the server', async () => {
    const one = await account(base);
    for (const path of ['/api/auth/me', '/api/me', '/api/me/sessions', '/api/users']) {
      const { reply } = await one.api.get(path);
      assert.ok(!/argon2|pbkdf2|password/i.test(reply.text) && !reply.text.includes(PASSWORD), path);
    }
  });
});

test('one sign-up too many of an address is RATE_LIMITED; refused ones do not count until there are too many, and no line of the log names an account', async () => {
  const server = await onOwnServer({ RATE_REGISTER_TRY: '4/3600' });
  const { base: own } = server;
  for (let n = 0; n < 7; n += 1) refused(await register(own, { password: 'short' }), 400, 'VALIDATION');
  const taken = freshEmail();
  const made: string[] = [];
  for (let n = 0; n < 4; n += 1) made.push(sessionOf(own, await register(own, n === 0 ? { email: taken } : {})).user.id);
  refused(await register(own, { email: taken }), 409, 'EMAIL_TAKEN');
  refused(await register(own, { token: 'bad' }), 403, 'TURNSTILE_FAILED');
  made.push(sessionOf(own, await register(own)).user.id);
  const isAnHour = (error: { retryAfterMs?: number }) => assert.ok(error.retryAfterMs! > 3_500_000 && error.retryAfterMs! <= 3_600_000, `${error.retryAfterMs}`);
  isAnHour(refused(await register(own), 429, 'RATE_LIMITED'));
  const visitor = await guest(own);
  refused(await visitor.api.post('/api/me/upgrade', { email: taken, password: PASSWORD }), 409, 'EMAIL_TAKEN');
  // Neither form answers any more whether an address has an account.
  isAnHour(refused(await register(own, { email: taken }), 429, 'RATE_LIMITED'));
  isAnHour(refused(await visitor.api.post('/api/me/upgrade', { email: taken, password: PASSWORD }), 429, 'RATE_LIMITED'));
  const lines = await until('the lines of the sign-ups', () => {
    const found = server.output().split('\n').filter((line) => line.includes('"event":"register"'));
    return found.length >= made.length && found;
  });
  assert.deepEqual(made.filter((id) => lines.join().includes(id)), []);
});

test('a class of one address comes by an invite; without one, and beyond its places, the limit of the address stays', async () => {
  const { base } = await onOwnServer({ RATE_LOGIN: '0', RATE_REGISTER: '2/3600', RATE_CODE: '3/3600', RATE_INVITED: '7/3600' });
  const teacher = await account(base);
  const invite = async (): Promise<string> => (await teacher.api.ok('POST', '/api/me/invites', { uses: 40 })).code;
  const withInvite = (code: string) => ({ cookie: `cfm-invite=${code}` });
  const pupil = async (code: string) => (await register(base, {}, withInvite(code))).status;
  const [first, second] = [await invite(), await invite()];
  // Refused tokens take no place of the invite, nor of the address.
  for (let n = 0; n < 3; n += 1) refused(await register(base, { token: 'bad' }, withInvite(first)), 403, 'TURNSTILE_FAILED');
  for (const status of [201, 201, 201]) assert.equal(await pupil(first), status);
  assert.deepEqual([await pupil(first), await pupil(first)], [201, 429], 'the second of the address, and no third');
  refused(await register(base), 429, 'RATE_LIMITED');
  assert.equal(await pupil('0123456789ABCDEF'), 429, 'an invite that opens nothing');
  // Calls that Turnstile does not check count as ones without an invite.
  const body = JSON.stringify({ name: freshName(), email: freshEmail(), password: PASSWORD });
  const signUp = await send(base, 'POST', '/api/auth/sign-up/email', { headers: { 'content-type': 'application/json', origin: base, ...withInvite(second) }, body });
  assert.equal(signUp.status, 429, signUp.text);
  const upgrade = await (await guest(base)).api.post('/api/me/upgrade', { email: freshEmail(), password: PASSWORD }, withInvite(second));
  refused(upgrade, 429, 'RATE_LIMITED');
  assert.deepEqual([await pupil(second), await pupil(second), await pupil(second)], [201, 201, 429], 'all invites together');
});

test('kill -9 right after the answer: the account and its session are there', async () => {
  const server = await onOwnServer({ OPEN_ROOMS: '1', RATE_LOGIN: '0', RATE_REGISTER: '0' });
  const one = await account(server.base, { remember: true });
  await server.kill9();
  await server.restart();
  assert.equal((await one.api.ok('GET', '/api/auth/me')).user.id, one.user.id);
  refused(await register(server.base, { email: one.email }), 409, 'EMAIL_TAKEN');
  assert.equal((await passwordLogin(server.base, one.email)).data.user.id, one.user.id);
  const next = await new Api(server.base).post('/api/auth/refresh', { refreshToken: one.refreshToken });
  assert.equal(next.data.user.id, one.user.id);
});
