// wasmchannel.md 4.1 and 9: the session routes, by hand and with the library's own client.

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { describe, test } from 'node:test';
import { freshEmail, PASSWORD, register, sessionOf } from '../harness/accounts.ts';
import { Api, refused } from '../harness/api.ts';
import { send, type Reply } from '../harness/http.ts';
import { freshName, freshRoom, marker, TOKEN } from '../harness/ids.ts';
import { librarySignUp, postJson, signUpByHand } from '../harness/library_client.ts';
import { PacketSocket, packetsRefused } from '../harness/packet_socket.ts';
import { cookieSession } from '../harness/session.ts';
import { onOwnServer, onSharedServer } from '../harness/suite.ts';

const base = await onSharedServer();
const COOKIE = 'better-auth.session_token';

const post = (path: string, body: unknown, headers: Record<string, string> = {}, to = base) => postJson(to, path, body, headers);
const json = (reply: Reply): any => JSON.parse(reply.text);
const cookieOf = (reply: Reply): string => reply.cookies.map((line) => line.split(';')[0]!).find((pair) => pair.startsWith(COOKIE))!;

const signUp = (more: Record<string, unknown> = {}) => signUpByHand(base, more);

describe('session routes', { concurrency: true }, () => {
  test('sign-up: token, user and cookie, unwrapped', async () => {
    const [email, name] = [freshEmail(), freshName()];
    const reply = await post('/api/auth/sign-up/email', { name, email, password: PASSWORD, image: 'https://example.org/a.png' });
    assert.equal(reply.status, 200, reply.text);
    const { token, user } = json(reply);
    assert.match(token, TOKEN);
    assert.deepEqual(Object.keys(user).sort(), ['createdAt', 'email', 'emailVerified', 'id', 'image', 'name', 'updatedAt']);
    assert.deepEqual([user.name, user.email, user.emailVerified, user.image], [name, email, false, 'https://example.org/a.png']);
    assert.ok(Math.abs(Date.parse(user.createdAt) - Date.now()) < 60_000);
    const line = reply.cookies.find((one) => one.startsWith(`${COOKIE}=`))!;
    const attributes = line.split(';').map((part) => part.trim().toLowerCase());
    for (const wanted of ['path=/', 'httponly', 'samesite=lax', 'max-age=604800']) assert.ok(attributes.includes(wanted), line);
    const [value, signature] = decodeURIComponent(cookieOf(reply).slice(COOKIE.length + 1)).split('.');
    assert.equal(value, token);
    assert.equal(Buffer.from(signature!, 'base64').length, 32);
    assert.equal(reply.headers['cache-control'], 'no-store');
  });

  test('refusals of sign-up', async () => {
    const { email } = await signUp();
    const good = { name: freshName(), email: freshEmail(), password: PASSWORD };
    const refusal = async (body: unknown, headers = {}): Promise<unknown[]> => {
      const reply = await post('/api/auth/sign-up/email', body, headers);
      assert.deepEqual(Object.keys(json(reply)).sort(), ['code', 'message']);
      return [reply.status, json(reply).code];
    };
    assert.deepEqual(await refusal({ ...good, email }), [422, 'USER_ALREADY_EXISTS']);
    assert.deepEqual(await refusal({ ...good, email: 'nobody' }), [400, 'INVALID_EMAIL']);
    assert.deepEqual(await refusal({ ...good, password: 'x7-qu!kz9' }), [400, 'PASSWORD_TOO_SHORT']);
    assert.deepEqual(await refusal({ ...good, password: 'x7-qu!kz'.repeat(17) }), [400, 'PASSWORD_TOO_LONG']);
    assert.deepEqual(await refusal(good, { origin: 'https://elsewhere.example' }), [403, 'INVALID_ORIGIN']);
  });

  test('sign-in: one account with the messenger; wrong is wrong in one way', async () => {
    const signed = await signUp({ image: 'https://example.org/b.png' });
    const reply = await post('/api/auth/sign-in/email', { email: signed.email.toUpperCase(), password: PASSWORD });
    assert.equal(reply.status, 200, reply.text);
    const { redirect, token, user } = json(reply);
    assert.deepEqual([redirect, user.id, user.email, user.image, user.createdAt], [false, signed.user.id, signed.email, signed.user.image, signed.user.createdAt]);
    assert.notEqual(token, signed.token);
    const messenger = await new Api(base).post('/api/auth/login', { email: signed.email, password: PASSWORD, token: 'dev' });
    assert.equal(messenger.data.user.id, signed.user.id);
    const email = freshEmail();
    sessionOf(base, await register(base, { email }));
    assert.equal((await post('/api/auth/sign-in/email', { email, password: PASSWORD })).status, 200, 'the other way round');
    for (const body of [{ email: signed.email, password: 'not-this-one-either' }, { email: freshEmail(), password: PASSWORD }]) {
      const wrong = await post('/api/auth/sign-in/email', body);
      assert.deepEqual([wrong.status, json(wrong).code], [401, 'INVALID_EMAIL_OR_PASSWORD']);
    }
    const short = await post('/api/auth/sign-in/email', { email: signed.email, password: PASSWORD, rememberMe: false });
    assert.ok(!/max-age/i.test(short.cookies[0]!), 'only until the browser is closed');
  });

  test('get-session: by cookie or Bearer, null for nobody, never 401', async () => {
    const signed = await signUp();
    const readSession = async (headers: Record<string, string>): Promise<any> => {
      const reply = await send(base, 'GET', '/api/auth/get-session', { headers });
      assert.equal(reply.status, 200, reply.text);
      return json(reply);
    };
    const ways: Record<string, string>[] = [{ cookie: signed.cookie }, { authorization: `Bearer ${signed.token}` }];
    for (const headers of ways) {
      const { session, user } = await readSession(headers);
      assert.deepEqual(Object.keys(session).sort(), ['createdAt', 'expiresAt', 'id', 'ipAddress', 'token', 'updatedAt', 'userAgent', 'userId']);
      assert.deepEqual([session.token, session.userId, session.ipAddress, user.email], [signed.token, signed.user.id, '', signed.email]);
      const lifeMs = Date.parse(session.expiresAt) - Date.now();
      assert.ok(Math.abs(lifeMs - 7 * 86_400_000) < 60_000, `${lifeMs} ms`);
    }
    const email = freshEmail();
    const registered = sessionOf(base, await register(base, { email }));
    const login = await new Api(base).post('/api/auth/login', { email, password: PASSWORD, token: 'dev' });
    for (const token of [registered.token, login.data.sessionId]) {
      const { user } = await readSession({ authorization: `Bearer ${token}` });
      assert.deepEqual([user.id, user.email, user.image], [registered.user.id, email, null], 'an account is itself on both doors');
    }
    const forged = `${signed.cookie.slice(0, -4)}AAAA`;
    const browser = await cookieSession(base);
    for (const headers of [{}, { cookie: forged }, { cookie: `${COOKIE}=x` }, { cookie: browser.cookie }, { authorization: 'Bearer x' }]) {
      assert.equal(await readSession(headers as Record<string, string>), null, JSON.stringify(headers));
    }
  });

  test('such a session is good on this door alone', async () => {
    const { token, cookie } = await signUp();
    for (const headers of [{ authorization: `Bearer ${token}` }, { cookie }, { cookie: `cfm=${token}` }] as Record<string, string>[]) {
      for (const path of ['/api/auth/me', '/api/rooms', '/api/inbox', '/api/me']) {
        refused(await new Api(base, headers).get(path), 401, 'UNAUTHENTICATED');
      }
    }
    const room = freshRoom();
    await PacketSocket.joined(base, room, token);
    const byCookie = await PacketSocket.open(base, room, { headers: { cookie, origin: base } });
    await byCookie.next('OnlineUsers');
    const onApi = await PacketSocket.open(base, '', { path: `/api/ws/room/${room}`, headers: { cookie } });
    await onApi.next('OnlineUsers');
    const messenger = await send(base, 'GET', `/api/ws/room/${room}`, {
      headers: { connection: 'Upgrade', upgrade: 'websocket', 'sec-websocket-version': '13', 'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==', authorization: `Bearer ${token}` },
    });
    assert.equal(messenger.status, 401, 'cfm.v1 does not know it');
  });

  test('messages by its cookie need an Origin, and no CSRF token', async () => {
    const { cookie, user } = await signUp();
    const room = freshRoom();
    const socket = await PacketSocket.open(base, room, { headers: { cookie } });
    const body = { roomId: room, content: marker() };
    refused(await new Api(base, { cookie }).post('/api/messages', body), 403, 'ORIGIN_FORBIDDEN');
    refused(await new Api(base, { cookie, origin: 'https://elsewhere.example' }).post('/api/messages', body), 403, 'ORIGIN_FORBIDDEN');
    const sent = await new Api(base, { cookie, origin: base }).post('/api/messages', body);
    assert.deepEqual([sent.status, sent.data.senderId], [201, user.id]);
    await socket.next('Message');
  });

  test('sign-out ends the session and its sockets with 4401', async () => {
    const { cookie, token } = await signUp();
    const socket = await PacketSocket.joined(base, freshRoom(), token);
    const foreign = await post('/api/auth/sign-out', {}, { cookie });
    assert.deepEqual([foreign.status, json(foreign).code], [403, 'INVALID_ORIGIN']);
    const reply = await post('/api/auth/sign-out', {}, { cookie, origin: base });
    assert.deepEqual([reply.status, json(reply)], [200, { success: true }]);
    assert.match(reply.cookies[0]!, new RegExp(`^${COOKIE}=; .*Max-Age=0`));
    await socket.closedWith(4401);
    assert.equal((await send(base, 'GET', '/api/auth/get-session', { headers: { cookie } })).text, 'null');
    assert.equal((await packetsRefused(base, 'general', { token })).status, 401);
    assert.deepEqual(json(await post('/api/auth/sign-out', {})), { success: true }, 'without a session likewise');
    const library = await librarySignUp(base);
    const out = await library.client.signOut();
    assert.deepEqual([out.error, out.data, library.hasCookie()], [null, { success: true }, false]);
    assert.equal((await library.client.getSession()).data, null);
  });
});

test('proof of being a person, where it is asked for', async () => {
  const server = await onOwnServer({ BETTER_AUTH_TURNSTILE: '1', RATE_LOGIN: '5/60', RATE_REGISTER: '0' });
  const body = { name: freshName(), email: freshEmail(), password: PASSWORD };
  const up = (headers: Record<string, string>) => post('/api/auth/sign-up/email', body, headers, server.base);
  assert.equal(json(await up({})).code, 'TURNSTILE_REQUIRED');
  assert.equal(json(await up({ 'x-captcha-response': 'forged' })).code, 'TURNSTILE_FAILED');
  assert.equal((await up({ 'x-captcha-response': 'dev' })).status, 200);
  const headers = { 'x-captcha-response': 'dev' };
  const statuses: number[] = [];
  for (let n = 0; n < 6; n += 1) statuses.push((await post('/api/auth/sign-in/email', { email: body.email, password: PASSWORD }, headers, server.base)).status);
  assert.deepEqual(statuses, [200, 200, 429, 429, 429, 429], 'the rate of logins, and sign-ups count as such');
});

test('a cookie of the secret before this one is good, and get-session signs it anew @night', async () => {
  const [before, now] = ['the secret of last year, 32 bytes or more', 'the secret of this year, 32 bytes or more'];
  const server = await onOwnServer({ RATE_REGISTER: '0', BETTER_AUTH_SECRET: before });
  const signUpHere = async (more: Record<string, unknown>) => {
    const reply = await post('/api/auth/sign-up/email', { name: freshName(), email: freshEmail(), password: PASSWORD, ...more }, { origin: server.base }, server.base);
    assert.equal(reply.status, 200, reply.text);
    return { token: json(reply).token as string, cookie: cookieOf(reply) };
  };
  const [remembered, short] = [await signUpHere({}), await signUpHere({ rememberMe: false })];
  const session = (cookie: string) => send(server.base, 'GET', '/api/auth/get-session', { headers: { cookie } });
  const restart = async (vars: Record<string, string>) => {
    await server.kill9();
    delete server.vars['BETTER_AUTH_SECRET_PREVIOUS'];
    Object.assign(server.vars, vars);
    await server.restart();
  };
  await restart({ BETTER_AUTH_SECRET: now });
  assert.equal((await session(remembered.cookie)).text, 'null', 'nobody verifies it');

  await restart({ BETTER_AUTH_SECRET: now, BETTER_AUTH_SECRET_PREVIOUS: before });
  const renewed: string[] = [];
  for (const [one, lasts] of [[remembered, true], [short, false]] as const) {
    const reply = await session(one.cookie);
    assert.equal(json(reply).session.token, one.token);
    const line = reply.cookies.find((text) => text.startsWith(COOKIE))!;
    assert.equal(/max-age/i.test(line), lasts, line);
    assert.notEqual(cookieOf(reply), one.cookie);
    renewed.push(cookieOf(reply));
  }
  await restart({ BETTER_AUTH_SECRET: now });
  for (const cookie of renewed) assert.equal(typeof json(await session(cookie)).session.token, 'string');
});

test('a browser whose account is from before another pepper keeps it, and gets no second one @night', async () => {
  const server = await onOwnServer({ RATE_LOGIN: '0', RATE_REGISTER: '0', KDF: 'pbkdf2', PASSWORD_PEPPER: 'one' });
  const ask = (way: 'sign-in' | 'sign-up', secret: string): Promise<Reply> => {
    const form = { email: `${secret}@wasm.channel`, password: secret, ...(way === 'sign-up' && { name: secret }) };
    return post(`/api/auth/${way}/email`, form, { origin: server.base }, server.base);
  };
  const [secret, later] = [randomBytes(24).toString('hex'), randomBytes(24).toString('hex')];
  const { user } = json(await ask('sign-up', secret));
  await server.kill9();
  Object.assign(server.vars, { PASSWORD_PEPPER: 'two', PASSWORD_PEPPER_PREVIOUS: 'one' });
  await server.restart();
  const second = await ask('sign-up', secret);
  assert.deepEqual([second.status, json(second).code], [422, 'USER_ALREADY_EXISTS']);
  // The first sign-in stores a hash with the new pepper.
  for (let n = 0; n < 2; n += 1) assert.equal(json(await ask('sign-in', secret)).user.id, user.id);
  assert.equal((await ask('sign-in', later)).status, 401);
  const { user: other } = json(await ask('sign-up', later));
  assert.equal(json(await ask('sign-in', later)).user.id, other.id);
});

test('sign-ups of an address count as such, on whichever door', async () => {
  const server = await onOwnServer({ RATE_LOGIN: '0', RATE_REGISTER: '3/3600' });
  const library = () => post('/api/auth/sign-up/email', { name: freshName(), email: freshEmail(), password: PASSWORD }, {}, server.base);
  assert.deepEqual([(await library()).status, (await register(server.base)).status, (await library()).status], [200, 201, 200]);
  const refused = await library();
  assert.deepEqual([refused.status, json(refused).code], [429, 'RATE_LIMITED']);
  assert.ok(Number(refused.headers['retry-after']) > 3_500, String(refused.headers['retry-after']));
  assert.equal((await register(server.base)).status, 429);
});
