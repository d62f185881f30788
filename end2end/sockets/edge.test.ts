// SECURITY.md: address and host of a request come from Cloudflare's edge. Without an edge anybody could forge them, so they count only with
// TRUST_CF_HEADERS=1. Then the deployment itself names its host.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { account } from '../harness/accounts.ts';
import { Api, refused } from '../harness/api.ts';
import { read } from '../harness/camera.ts';
import { send, upgradeHeaders } from '../harness/http.ts';
import { freshName } from '../harness/ids.ts';
import { cookieSession, login } from '../harness/session.ts';
import { onOwnServer } from '../harness/suite.ts';
import { until } from '../harness/wait.ts';

const HOME = 'https://messenger.example.com';
const ADMIN_TOKEN = 'an admin token for tests';
/** Variables of a server that is directly on the network. */
const BARE = { TRUST_CF_HEADERS: '0', RATE_REGISTER: '0', ADMIN_TOKEN };

describe('without the edge', async () => {
  const { base } = await onOwnServer({ ...BARE, ALLOWED_ORIGINS: `${HOME},https://chat.example.com` });
  const from = (n: number) => ({ 'cf-connecting-ip': `203.0.113.${n}` });

  test('whoever says that they come from elsewhere does not', async () => {
    const statuses: number[] = [];
    for (let n = 1; n <= 12; n += 1) statuses.push((await login(base, { displayName: freshName() }, from(n))).status);
    assert.ok(statuses.includes(200) && statuses.includes(429), statuses.join());
    const mia = await account(base);
    await mia.api.with(from(77)).ok('PUT', '/api/me/blocks/user_4');
    const admin = new Api(base, { authorization: `Bearer ${ADMIN_TOKEN}` });
    const block = await until('the row', async () => (await admin.ok('GET', '/api/admin/audit')).items.find((row: any) => row.action === 'block'));
    assert.ok(!String(block.ip ?? '').startsWith('203.0.113.'), 'no row says so either');
  });

  test('and whatever host they name, pages of ours are those of the origins that the deployment names', async () => {
    const evil = { host: 'evil.example', origin: 'http://evil.example' };
    const as = (headers: Record<string, string>) => send(base, 'POST', '/api/auth/logout', { headers });
    assert.equal((await as(evil)).status, 403);
    assert.equal((await as({ origin: base })).status, 403, 'not even the address of the machine');
    for (const origin of [HOME, 'https://chat.example.com']) assert.equal((await as({ ...evil, origin })).status, 200, origin);
    const drawing = await send(base, 'GET', '/i/0000000000000000/qr.svg', { headers: { host: 'evil.example' } });
    assert.equal(read(drawing), `${HOME}/i/0000000000000000`);
    const cookies = (await send(base, 'GET', '/sign-in?lang=de', { headers: { accept: 'text/html', host: '127.0.0.1' } })).cookies;
    for (const line of cookies) assert.match(line, /; Secure;/, line);
  });
});

test('without the edge and without a word of where it is, no page may do anything', async () => {
  const { base } = await onOwnServer(BARE);
  for (const origin of [base, 'http://evil.example', 'http://nowhere.invalid.example']) {
    assert.equal((await send(base, 'POST', '/api/auth/logout', { headers: { origin, host: new URL(origin).host } })).status, 403, origin);
  }
  // Programs still work, because the Origin rule concerns only pages.
  refused(await new Api(base).get('/api/auth/me'), 401, 'UNAUTHENTICATED');
  assert.equal((await login(base, { displayName: freshName() })).status, 200);
});

test('with TRUST_CF_HEADERS=1 both count', async () => {
  const { base } = await onOwnServer({ TRUST_CF_HEADERS: '1' });
  for (let n = 1; n <= 12; n += 1) assert.equal((await login(base, { displayName: freshName() }, { 'cf-connecting-ip': `203.0.113.${n}` })).status, 200);
  const page = await cookieSession(base);
  assert.equal((await page.api.post('/api/auth/logout')).status, 200);
});

test('a local server answers under its own names alone, and refuses a name that another site has pointed at it, on every door', async () => {
  const { base } = await onOwnServer({ ALLOWED_ORIGINS: 'http://laptop.lan:8787', OPEN_ROOMS: '1' });
  const port = new URL(base).port;
  const doors: [string, string, Record<string, string>][] = [
    ['GET', '/', { accept: 'text/html' }],
    ['GET', '/api/config', {}],
    ['POST', '/api/auth/login', { 'content-type': 'application/json' }],
    ['POST', '/rooms/r/messages', {}],
    ['POST', '/publish', {}],
    ['GET', '/ws/general', upgradeHeaders('messagehub.v1')],
    ['GET', '/websocket?storeId=s', upgradeHeaders()],
  ];
  for (const [method, path, headers] of doors) {
    const reply = await send(base, method, path, { headers: { ...headers, host: `evil.example:${port}`, origin: `http://evil.example:${port}` } });
    assert.equal(reply.status, 403, path);
  }
  assert.equal((await send(base, 'GET', '/api/config', { headers: { host: 'laptop.lan:8787' } })).status, 200, 'a name that it was given');
});

test('a deployment answers over TLS alone, and says so to pages', async () => {
  const { base } = await onOwnServer({ ENV: 'production', OPEN_ROOMS: '1', TRUST_CF_HEADERS: '1' });
  const at = (method: string, path: string, headers: Record<string, string>) =>
    send(base, method, path, { headers: { host: 'chat.example.org', ...headers } });
  for (const method of ['GET', 'HEAD']) {
    const page = await at(method, '/app?x=1', { accept: 'text/html' });
    assert.deepEqual([page.status, page.headers['location']], [308, 'https://chat.example.org/app?x=1'], method);
  }
  for (const [method, path, headers] of [
    ['GET', '/api/config', {}],
    ['POST', '/api/auth/login', { accept: 'text/html' }],
    ['OPTIONS', '/app', { accept: 'text/html' }],
    ['POST', '/rooms/r/messages', {}],
    ['GET', '/ws/general', { accept: 'text/html', ...upgradeHeaders('messagehub.v1') }],
    ['GET', '/websocket?storeId=s', upgradeHeaders()],
  ] as const) {
    assert.equal((await at(method, path, { ...headers })).status, 403, path);
  }
  const proxied = await at('GET', '/api/config', { 'x-forwarded-proto': 'https' });
  assert.deepEqual([proxied.status, /^max-age=/.test(String(proxied.headers['strict-transport-security']))], [200, true]);
  assert.equal((await send(base, 'GET', '/api/config')).status, 200, 'a private address is no deployment');
});
