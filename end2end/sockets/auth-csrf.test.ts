// sign-in.md 4: protection of cookies against other pages, by Origin and CSRF token. Bearer needs neither.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { AccessTeam } from '../harness/access_team.ts';
import { NEXT_PASSWORD } from '../harness/account_life.ts';
import { browserWithAccount, freshEmail, PASSWORD, register } from '../harness/accounts.ts';
import { Api, refused } from '../harness/api.ts';
import { description } from '../harness/description.ts';
import { send } from '../harness/http.ts';
import { freshName, freshRoom, marker, uuidv7 } from '../harness/ids.ts';
import { cookieSession, guest } from '../harness/session.ts';
import { FrameSocket, upgradeRefused } from '../harness/socket.ts';
import { onOwnServer, onSharedServer } from '../harness/suite.ts';

const base = await onSharedServer();
// Every await stands before the first test. The runner cleans up as soon as all known tests are over.
/** Origin of another page that the server `known` admits. */
const friend = 'https://friend.example:8443';
const team = await AccessTeam.start();
after(() => team.close());
const known = await onOwnServer({ ...team.vars, ALLOWED_ORIGINS: `https://other.example,${friend}`, RATE_LOGIN: '0', RATE_REGISTER: '0', RATE_REST: '0' });

/** Returns a room and a function that counts its messages. */
async function aRoom() {
  const host = await guest(base);
  const room = freshRoom();
  const socket = await FrameSocket.joined(base, room, host);
  return { room, count: async () => (await host.api.ok('GET', `/api/messages?roomId=${room}`)).messages.length, socket };
}

describe('csrf', { concurrency: true }, () => {
  test('a cookie POST needs the CSRF token of its session, and the own Origin or the word of the browser; a Bearer POST and reading need neither', async () => {
    const { room, count } = await aRoom();
    const [one, other, tool] = [await cookieSession(base), await cookieSession(base), await guest(base)];
    const say = (api: Api) => api.post('/api/messages', { roomId: room, id: uuidv7(), content: marker() });
    const [own, token] = [new Api(base, { cookie: one.cookie, origin: base }), { 'x-csrf-token': one.csrfToken }];
    for (const wrong of ['', 'A'.repeat(22), other.csrfToken]) refused(await say(own.with({ 'x-csrf-token': wrong })), 403, 'CSRF');
    refused(await say(own), 403, 'CSRF');
    refused(await own.post('/api/auth/logout'), 403, 'CSRF');
    const bare = new Api(base, { cookie: one.cookie, ...token });
    refused(await say(bare), 403, 'CSRF');
    refused(await say(bare.with({ 'sec-fetch-site': 'cross-site' })), 403, 'CSRF');
    assert.equal(await count(), 0);
    for (const api of [own.with(token), bare.with({ 'sec-fetch-site': 'same-origin' }), tool.api]) assert.equal((await say(api)).status, 201);
    assert.equal(await count(), 3);
    assert.equal((await new Api(base, { cookie: one.cookie }).get('/api/auth/me')).status, 200);
  });

  test('a page that is somebody else’s: 409 before anything else, and nothing is read, changed or renewed', async () => {
    const { room, count } = await aRoom();
    const one = await cookieSession(base);
    const other = await cookieSession(base);
    const page = new Api(base, { cookie: one.cookie, origin: base, 'x-csrf-token': other.csrfToken, 'x-page-of': other.user.id });
    refused(await page.get('/api/me/contacts'), 409, 'SESSION_CHANGED');
    refused(await page.get('/api/auth/me'), 409, 'SESSION_CHANGED');
    refused(await page.post('/api/messages', { roomId: room, id: uuidv7(), content: marker() }), 409, 'SESSION_CHANGED');
    refused(await page.post('/api/auth/refresh'), 409, 'SESSION_CHANGED');
    assert.equal(await count(), 0);
    const own = one.api.with({ 'x-page-of': one.user.id });
    assert.equal((await own.get('/api/me/contacts')).status, 200);
  });

  test('a socket of a page that is somebody else’s is refused before the room hears of it; so is a form of it', async () => {
    const [host, one, other] = [await guest(base), await cookieSession(base), await cookieSession(base)];
    const room = freshRoom();
    const socket = await FrameSocket.joined(base, room, host);
    const headers = { cookie: one.cookie, origin: base };
    for (const path of [`/api/ws/room/${room}`, '/api/ws/presence']) {
      refused(await upgradeRefused(base, path, { headers, query: { pageOf: other.user.id }, protocols: [] }), 409, 'SESSION_CHANGED');
    }
    await socket.never((frame) => JSON.stringify(frame).includes(one.user.id), 'the room heard of it');
    const own = await FrameSocket.open(base, `/api/ws/room/${room}`, { headers, query: { pageOf: one.user.id } });
    assert.equal((await own.next('welcome'))['self'].id, one.user.id);

    const form = (fields: Record<string, string>) => send(base, 'POST', '/sf/save_profile', {
      headers: { ...headers, 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({ csrf: one.csrfToken, personalMessage: 'not mine', ...fields }).toString(),
    });
    assert.match((await form({ pageOf: other.user.id })).text, /SESSION_CHANGED/);
    assert.equal((await one.api.ok('GET', '/api/auth/me')).user.personalMessage, one.user.personalMessage);
    assert.ok((await form({ pageOf: one.user.id })).status < 400);
    for (const each of [socket, own]) await each.close();
  });

  test('the cookie of a remembered browser is neither used up nor forgotten by the page of somebody else', async () => {
    const registered = await register(base, { remember: true }, { 'x-requested-with': 'cookie', origin: base });
    const remembered = registered.reply.cookies.map((line) => line.split(';')[0]!).find((pair) => pair.startsWith('cfm-refresh='));
    assert.ok(remembered);
    const browser = new Api(base, { cookie: remembered, origin: base, 'x-requested-with': 'cookie' });
    const stranger = browser.with({ 'x-page-of': 'g_0123456789abc' });
    refused(await stranger.post('/api/auth/refresh'), 409, 'SESSION_CHANGED');
    refused(await stranger.post('/api/auth/logout'), 409, 'SESSION_CHANGED');
    const form = { method: 'POST', headers: { cookie: remembered, origin: base, 'sec-fetch-site': 'same-origin', 'content-type': 'application/x-www-form-urlencoded' } };
    await fetch(`${base}/sf/sign_out`, { ...form, body: 'csrf=&pageOf=g_0123456789abc', redirect: 'manual' });
    assert.equal((await browser.post('/api/auth/refresh')).status, 200);
  });

  test('a foreign Origin is refused, however it is written, cookie or Bearer', async () => {
    const { room, count } = await aRoom();
    const page = await cookieSession(base);
    const tool = await guest(base);
    const body = { roomId: room, id: uuidv7(), content: marker() };
    const port = Number(new URL(base).port);
    for (const origin of ['https://evil.example', 'null', `http://127.0.0.1:${port + 1}`, `http://localhost:${port}`]) {
      refused(await page.api.with({ origin }).post('/api/messages', body), 403, 'ORIGIN_FORBIDDEN');
      refused(await tool.api.with({ origin }).post('/api/messages', body), 403, 'ORIGIN_FORBIDDEN');
    }
    assert.equal(await count(), 0);
  });

  test('a link from a mail and a recovery code need our own page alone', async () => {
    const links = ['/api/auth/password/reset', '/api/auth/email/verify', '/api/auth/email/undo'];
    const { browser } = await browserWithAccount(base);
    const form = { email: freshEmail(), code: 'aaaaa-aaaaa', token: 'A'.repeat(43), password: NEXT_PASSWORD };
    for (const api of [new Api(base), browser.api.with({ 'x-csrf-token': '' })]) {
      for (const path of [...links, '/api/auth/password/forgot', '/api/auth/recover']) {
        for (const origin of ['https://evil.example', 'null']) refused(await api.with({ origin }).post(path, form), 403, 'ORIGIN_FORBIDDEN');
      }
      for (const path of links) assert.equal(refused(await api.with({ origin: base }).post(path, form), 400, 'VALIDATION').field, 'token', path);
      refused(await api.with({ origin: base }).post('/api/auth/recover', form), 401, 'BAD_CREDENTIALS');
      assert.equal((await api.with({ origin: base }).post('/api/auth/password/forgot', form)).status, 202);
    }
  });

  test('nobody is signed out of the WasmChannel door by another page', async () => {
    const post = (path: string, body: unknown, headers: Record<string, string>) =>
      send(base, 'POST', path, { headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(body) });
    const signed = await post('/api/auth/sign-up/email', { name: freshName(), email: freshEmail(), password: PASSWORD }, { origin: base });
    assert.equal(signed.status, 200, signed.text);
    const cookie = signed.cookies.map((line) => line.split(';')[0]).join('; ');
    for (const headers of [{}, { origin: 'https://evil.example' }, { 'sec-fetch-site': 'cross-site' }] as Record<string, string>[]) {
      const reply = await post('/api/auth/sign-out', {}, { cookie, ...headers });
      assert.deepEqual([reply.status, JSON.parse(reply.text).code, reply.cookies], [403, 'INVALID_ORIGIN', []], JSON.stringify(headers));
    }
    const session = async () => JSON.parse((await send(base, 'GET', '/api/auth/get-session', { headers: { cookie } })).text);
    assert.equal((await session()).user.email, JSON.parse(signed.text).user.email);
    assert.equal((await post('/api/auth/sign-out', {}, { cookie, origin: base })).status, 200);
    assert.equal(await session(), null);
  });
});

/** Recognises doors whose callers send a token that no other page has, which are open to every origin (core.md 9), and addresses that hold a
 * secret (integrations.md 2). No cookie counts there. */
const isForEveryPage = (path: string): boolean => /^\/(publish$|rooms\/|api\/hooks\/|$)|\/websocket$/.test(path);
/** Recognises pages and functions of the app, which take forms and refuse without a code. */
const isOfPages = (path: string): boolean => /^\/(sf|i|admin|moderation)\b/.test(path);
/** Recognises a POST that only reads; no other page may read its answer. */
const isRead = (path: string): boolean => path === '/rpc/messages/get';

test('pages of ALLOWED_ORIGINS may call with their cookie, and read the answer; another port of theirs may not', async () => {
  const { base } = known;
  const one = await cookieSession(base);
  const read = await one.api.with({ origin: friend }).put('/api/me/settings', { receipts: false });
  assert.equal(read.status, 200, read.reply.text);
  assert.deepEqual([read.reply.headers['access-control-allow-origin'], read.reply.headers['access-control-allow-credentials']], [friend, 'true']);
  const socket = await FrameSocket.open(base, '/api/ws/presence', { headers: { cookie: one.cookie, origin: friend } });
  await socket.next('welcome');
  await socket.close();
  const away = await one.api.with({ origin: 'https://friend.example' }).put('/api/me/settings', { receipts: true });
  refused(away, 403, 'ORIGIN_FORBIDDEN');
  assert.equal(away.reply.headers['access-control-allow-origin'], undefined);
});

test('every route that changes something is closed to a page of elsewhere, whoever looks at it and whatever else is right', async () => {
  const { base } = known;
  // The description has a single row for all server functions, so their names are read from the source.
  const sources = ['api.rs', 'api/account.rs'].map((name) => readFileSync(join(import.meta.dirname, '../../app/src', name), 'utf8'));
  const functions = [...sources.join('\n').matchAll(/prefix = "\/sf", endpoint = "(\w+)"/g)].map(([, name]) => name!);
  const { operations } = await description(base);
  const writing = operations.filter(({ method, path }) => !/^(GET|HEAD)$/.test(method) && !isForEveryPage(path) && !isRead(path));
  const routes = writing.flatMap(({ method, path }) => {
    const filled = path.replace('{collection}', 'messages').replace(/\{(?!rest)\w+\}/g, 'general');
    return path.includes('{rest}') ? functions.map((name) => [method, filled.replace('{rest}', name)] as const) : [[method, filled] as const];
  });
  const named = routes.map((route) => route.join(' '));
  for (const one of ['POST /api/auth/sign-in/email', 'POST /api/auth/passkey/login/finish', 'POST /sf/sign_out', 'PUT /api/admin/flags', 'POST /admin', 'POST /i/general', 'PUT /api/files']) {
    assert.ok(named.includes(one), one);
  }

  // Some routes refuse guests, so a persona makes the calls.
  const one = await cookieSession(base, { userId: 'user_3' });
  const owner = { 'cf-access-jwt-assertion': team.assertion() };
  const page = await send(base, 'GET', '/admin', { headers: owner });
  const key = /name="csrf" value="(\w+)"/.exec(page.text)?.[1];
  assert.ok(key, `${page.status} ${page.text.slice(0, 200)} asked ${team.asked} times, ${Date.now()}: ${known.output().slice(-1_500)}`);
  const turn = `do=turn&flag=sse&to=false&csrf=${key}`;
  const good = { cookie: one.cookie, 'x-csrf-token': one.csrfToken, ...owner };
  const call = (method: string, path: string, headers: Record<string, string>) => {
    const isForm = isOfPages(path);
    const form = path === '/admin' ? turn : `csrf=${one.csrfToken}`;
    const kind = isForm ? 'application/x-www-form-urlencoded' : 'application/json';
    return send(base, method, path, { headers: { 'content-type': kind, ...headers }, body: isForm ? form : '{}' });
  };
  const isSaid = (path: string, text: string) => isOfPages(path) || /"code":"(ORIGIN_FORBIDDEN|INVALID_ORIGIN)"/.test(text);
  for (const [method, path] of routes) {
    await Promise.all(['https://evil.example', 'null'].map(async (origin) => {
      const reply = await call(method, path, { ...good, origin });
      assert.deepEqual([reply.status, isSaid(path, reply.text), reply.cookies], [403, true, []], `${method} ${path} ${origin}: ${reply.text.slice(0, 200)}`);
    }));
  }
  assert.equal((await one.api.get('/api/auth/me')).status, 200, 'nobody was signed out');
  assert.equal(JSON.parse((await send(base, 'GET', '/api/admin/flags', { headers: owner })).text).data.sse, true, 'no switch was turned');
  // The refusals above came from the Origin. From our own page the same calls without a session are not refused for their Origin. With all
  // credentials no form is refused with 403. The sign-out of this session comes last.
  for (const [method, path] of routes) {
    const { text } = await call(method, path, { origin: base });
    assert.doesNotMatch(text, /ORIGIN/, `${method} ${path}`);
  }
  const isLast = ([, path]: (typeof routes)[number]) => Number(path === '/sf/sign_out');
  for (const [method, path] of routes.filter(([, path]) => isOfPages(path)).sort((one, other) => isLast(one) - isLast(other))) {
    const reply = await call(method, path, { ...good, origin: base });
    assert.notEqual(reply.status, 403, `${method} ${path}: ${reply.text.slice(0, 200)}`);
  }
  refused(await one.api.get('/api/auth/me'), 401, 'UNAUTHENTICATED');
  assert.equal(JSON.parse((await send(base, 'GET', '/api/admin/flags', { headers: owner })).text).data.sse, false, 'and the owner turned the switch');
});
