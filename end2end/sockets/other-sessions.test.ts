// account.md 6.4: the other sessions of a person end by one call, and a browser that signs in again keeps one session.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { endsOthers, isOut } from '../harness/account_life.ts';
import { account, type Browser, browserWithAccount, freshEmail, PASSWORD, passwordLogin, refresh, sessionOf } from '../harness/accounts.ts';
import { Api, refused } from '../harness/api.ts';
import { freshName } from '../harness/ids.ts';
import { beginLogin, Passkey } from '../harness/passkeys.ts';
import { FREE_OPEN_VARS } from '../harness/server.ts';
import { FrameSocket } from '../harness/socket.ts';
import { onOwnServer, onPooledServer } from '../harness/suite.ts';
import { PATIENCE_MS, until } from '../harness/wait.ts';

const { base } = await onPooledServer(FREE_OPEN_VARS);
const OTHERS = '/api/me/sessions?others=1';

describe('all others', { concurrency: 2 }, () => {
  test('sessions and remembered browsers end, with their sockets; the own one goes on', async () => {
    const stranger = await account(base);
    const { one } = await endsOthers(base, 'remote', async ({ api }) => assert.deepEqual(await api.ok('DELETE', OTHERS), { ended: 2 }));
    assert.deepEqual(await one.api.ok('DELETE', OTHERS), { ended: 0 });
    assert.equal((await stranger.api.get('/api/auth/me')).status, 200);
    assert.equal((await refresh(base, one.refreshToken!)).status, 200, 'the own browser is still remembered');
  });

  test('a call that does not say so ends nobody', async () => {
    const one = await account(base);
    const two = sessionOf(base, await passwordLogin(base, one.email));
    for (const query of ['', '?others=', '?others=0', '?others=2', '?others=true']) {
      const answer = await one.api.delete(`/api/me/sessions${query}`);
      assert.ok(answer.status >= 400 && answer.status < 500, `${query}: ${answer.status}`);
    }
    assert.equal((await two.api.get('/api/auth/me')).status, 200);
  });

  test('a browser whose session has ended is forgotten as well @night', async () => {
    const server = await onOwnServer({ ...FREE_OPEN_VARS, SESSION_TTL_S: '4' });
    const { browser, email } = await browserWithAccount(server.base, { remember: true });
    await until('its session has ended', async () => (await browser.api.get('/api/auth/me')).status === 401, PATIENCE_MS, 200);
    const two = sessionOf(server.base, await passwordLogin(server.base, email));
    assert.deepEqual(await two.api.ok('DELETE', OTHERS), { ended: 1 });
    refused(await browser.refresh(), 401, 'UNAUTHENTICATED');
  });
});

describe('one browser, one session', { concurrency: 2 }, () => {
  const login = (email: string) => ({ email, password: PASSWORD, token: 'dev' });
  const cookie = (browser: Browser) => ({ cookie: browser.api.headers['cookie']!, origin: base });
  /** Returns the session that the cookie of a browser stands for, as a tool would use it. */
  const sessionIn = (browser: Browser) => ({ api: new Api(base, { authorization: `Bearer ${browser.cookies.get('cfm')}` }) });

  test('who signs in again replaces the session before, by password and by passkey', async () => {
    const { browser, email } = await browserWithAccount(base);
    const begun = await browser.post('/api/auth/passkey/register/begin');
    const passkey = new Passkey(base);
    assert.equal((await browser.post('/api/auth/passkey/register/finish', passkey.made(begun.data))).status, 201);
    const ways: [string, () => Promise<object>][] = [
      ['/api/auth/login', async () => login(email)],
      ['/api/auth/passkey/login/finish', async () => passkey.signed(await beginLogin(base))],
    ];
    for (const [path, form] of ways) {
      const before = sessionIn(browser);
      const device = await FrameSocket.open(base, '/api/ws/presence', { headers: cookie(browser) });
      await device.next('welcome');
      assert.equal((await browser.post(path, await form())).status, 200, path);
      await device.closedWith(4401);
      assert.equal(device.all('signed_out')[0]?.['reason'], 'replaced', path);
      await isOut(before);
      await until('the list has one row', async () => (await browser.api.ok('GET', '/api/me/sessions')).items.length === 1);
      assert.equal((await browser.post('/api/presence', { status: 'busy' })).status, 200, 'the new session is whole');
    }
  });

  test('the browser is remembered as before, with and without asking again', async () => {
    const { browser, email } = await browserWithAccount(base, { remember: true });
    const first = browser.cookies.get('cfm-refresh');
    assert.equal((await browser.post('/api/auth/login', login(email))).status, 200);
    assert.equal(browser.cookies.get('cfm-refresh'), first);
    browser.cookies.delete('cfm');
    assert.equal((await browser.refresh()).status, 200, 'the end of the session did not forget the browser');
    assert.equal((await browser.post('/api/auth/login', { ...login(email), remember: true })).status, 200);
    browser.cookies.delete('cfm');
    assert.equal((await browser.refresh()).status, 200);
  });

  test('other browsers and tools of the person stay', async () => {
    const { browser, email } = await browserWithAccount(base);
    const tool = sessionOf(base, await passwordLogin(base, email));
    const again = sessionOf(base, await passwordLogin(base, email, {}, { authorization: `Bearer ${tool.token}` }));
    assert.equal((await browser.post('/api/auth/login', login(email))).status, 200);
    for (const each of [tool, again, sessionIn(browser)]) assert.equal((await each.api.get('/api/auth/me')).status, 200);
  });

  test('the session of another person in the same browser goes on to its own end', async () => {
    const { browser } = await browserWithAccount(base);
    const first = sessionIn(browser);
    const other = { email: freshEmail(), password: PASSWORD, displayName: freshName(), token: 'dev' };
    assert.equal((await browser.post('/api/auth/register', other)).status, 201);
    const next = sessionIn(browser);
    assert.equal((await browser.post('/api/auth/login', { displayName: freshName(), token: 'dev' })).status, 200);
    for (const each of [first, next]) assert.equal((await each.api.get('/api/auth/me')).status, 200);
  });

  test('a sign-in that is refused replaces nothing', async () => {
    const { browser, email } = await browserWithAccount(base);
    const before = sessionIn(browser);
    refused(await browser.post('/api/auth/login', { ...login(email), password: 'another-river-lamp' }), 401, 'BAD_CREDENTIALS');
    assert.equal((await before.api.get('/api/auth/me')).status, 200);
    assert.equal((await browser.api.get('/api/auth/me')).status, 200);
  });
});
