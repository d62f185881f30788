// sign-in.md 2 and 3: refresh tokens. A token is valid once, and a second use ends its family. In a browser no script ever holds one.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Browser, PASSWORD, account, browserWithAccount, cookiesOf, freshEmail, passwordLogin, refresh, register, sessionOf } from '../harness/accounts.ts';
import { Api, refused } from '../harness/api.ts';
import { send } from '../harness/http.ts';
import { freshName, freshRoom, TOKEN } from '../harness/ids.ts';
import { variables } from '../harness/limits.ts';
import { addPasskey, beginLogin } from '../harness/passkeys.ts';
import { FrameSocket } from '../harness/socket.ts';
import { onOwnServer, onSharedServer } from '../harness/suite.ts';
import { PATIENCE_MS, until } from '../harness/wait.ts';

const base = await onSharedServer();

describe('refresh tokens', { concurrency: 2 }, () => {
  test('remember gives one, in the body of tools; nobody gets one unasked, and no persona or guest at all', async () => {
    const one = await account(base, { remember: true });
    assert.match(one.refreshToken!, TOKEN);
    assert.notEqual(one.refreshToken, one.token);
    const login_ = await passwordLogin(base, one.email, { remember: true });
    assert.match(login_.data.refreshToken, TOKEN);
    assert.deepEqual([...cookiesOf(login_).keys()], ['cfm'], 'not as a cookie as well');
    assert.equal((await passwordLogin(base, one.email)).data.refreshToken, undefined);
    const visitor = await new Api(base).post('/api/auth/login', { displayName: freshName(), token: 'dev', remember: true });
    assert.equal(visitor.data.refreshToken, undefined);
  });

  test('a token gives the next session and the next token; the session before it ends', async () => {
    const one = await account(base, { remember: true });
    const answer = await refresh(base, one.refreshToken!);
    assert.equal(answer.status, 200, answer.reply.text);
    assert.deepEqual(Object.keys(answer.data).sort(), ['csrfToken', 'expiresAt', 'refreshToken', 'sessionId', 'user']);
    const next = sessionOf(base, answer);
    assert.equal(next.user.id, one.user.id);
    assert.notEqual(next.token, one.token);
    assert.notEqual(next.refreshToken, one.refreshToken);
    assert.notEqual(next.csrfToken, one.csrfToken);
    await next.api.ok('GET', '/api/auth/me');
    refused(await one.api.get('/api/auth/me'), 401, 'UNAUTHENTICATED');
    const third = sessionOf(base, await refresh(base, next.refreshToken!));
    await third.api.ok('GET', '/api/auth/me');
  });

  test('a second use of an old token ends the family: session, sockets and the newest token', async () => {
    const one = await account(base, { remember: true });
    const next = sessionOf(base, await refresh(base, one.refreshToken!));
    const room = await FrameSocket.joined(base, freshRoom(), next);
    const device = await FrameSocket.device(base, next);
    refused(await refresh(base, one.refreshToken!), 401, 'UNAUTHENTICATED');
    for (const socket of [room, device]) await socket.closedWith(4401);
    refused(await next.api.get('/api/auth/me'), 401, 'UNAUTHENTICATED');
    refused(await refresh(base, next.refreshToken!), 401, 'UNAUTHENTICATED');
    assert.equal((await passwordLogin(base, one.email)).status, 200, 'the account itself is not closed');
  });

  test('what is no token is 401, in the same words', async () => {
    const bad = await refresh(base, 'A'.repeat(43));
    refused(bad, 401, 'UNAUTHENTICATED');
    const worse = await refresh(base, 'no');
    assert.deepEqual(worse.error, bad.error);
    refused(await new Api(base).post('/api/auth/refresh'), 401, 'UNAUTHENTICATED');
    refused(await new Api(base).post('/api/auth/refresh', { refreshToken: 7 }), 400, 'VALIDATION');
    const one = await account(base, { remember: true });
    refused(await new Api(base, { authorization: `Bearer ${one.refreshToken}` }).get('/api/auth/me'), 401, 'UNAUTHENTICATED');
    refused(await refresh(base, one.token), 401, 'UNAUTHENTICATED');
  });

  test('devices go on through a rotation: the new session opens sockets at once', async () => {
    const one = await account(base, { remember: true });
    const device = await FrameSocket.device(base, one);
    const next = sessionOf(base, await refresh(base, one.refreshToken!));
    assert.equal((await device.next('signed_out'))['reason'], 'refreshed');
    await device.closedWith(4401);
    const again = await FrameSocket.device(base, next);
    const room = await FrameSocket.joined(base, freshRoom(), next);
    await room.say('still here');
    for (const socket of [again, room]) await socket.close();
  });
});

describe('refresh in a browser', { concurrency: 2 }, () => {
  test('the refresh cookie is HttpOnly, SameSite=Strict and lives as long as the browser is remembered; the body holds no credential', async () => {
    const answer = await register(base, { remember: true }, { 'x-requested-with': 'cookie', origin: base });
    assert.deepEqual(Object.keys(answer.data).sort(), ['csrfToken', 'expiresAt', 'user']);
    const cookie = cookiesOf(answer).get('cfm-refresh')!;
    for (const want of ['path=/', 'httponly', 'samesite=strict', `max-age=${variables.REFRESH_TTL_S.default}`]) assert.ok(cookie.attributes.includes(want), `${cookie.attributes}`);
    assert.ok(!cookie.attributes.some((part) => part === 'secure' || part.startsWith('domain=')));
    assert.match(cookie.value, TOKEN);
    assert.ok(!answer.reply.text.includes(cookie.value));
  });

  test('without a session the cookie alone is enough, under the Origin rule; it is answered as a cookie', async () => {
    const { browser } = await browserWithAccount(base, { remember: true });
    const before = browser.cookies.get('cfm-refresh');
    browser.cookies.delete('cfm');
    const foreign = browser.api.with({ origin: 'https://evil.example' });
    refused(await foreign.call('POST', '/api/auth/refresh'), 403, 'ORIGIN_FORBIDDEN');
    // Neither a CSRF token nor the header of our page is needed, because the answer holds no credential.
    const cookie = `cfm-refresh=${before}`;
    const answer = browser.keep(await new Api(base, { cookie, origin: base }).call('POST', '/api/auth/refresh'));
    assert.equal(answer.status, 200, answer.reply.text);
    assert.deepEqual(Object.keys(answer.data).sort(), ['csrfToken', 'expiresAt', 'user']);
    assert.notEqual(browser.cookies.get('cfm-refresh'), before);
    assert.equal((await browser.api.get('/api/auth/me')).status, 200);
    assert.equal((await browser.post('/api/presence', { status: 'busy' })).status, 200, 'the new CSRF token is good');
  });

  test('with a living session it slides: no rotation, the CSRF rule holds', async () => {
    const { browser } = await browserWithAccount(base, { remember: true });
    const before = browser.cookies.get('cfm-refresh');
    const slid = await browser.refresh();
    assert.deepEqual(Object.keys(slid.data).sort(), ['csrfToken', 'expiresAt']);
    assert.equal(browser.cookies.get('cfm-refresh'), before);
    refused(await browser.api.with({ 'x-csrf-token': 'A'.repeat(22) }).call('POST', '/api/auth/refresh'), 403, 'CSRF');
    assert.equal((await browser.api.get('/api/auth/me')).status, 200);
  });

  test('a cookie that is worth nothing is 401 and taken away', async () => {
    const { browser } = await browserWithAccount(base, { remember: true });
    const stale = browser.cookies.get('cfm-refresh')!;
    browser.cookies.delete('cfm');
    await browser.refresh();
    const thief = new Browser(base);
    thief.cookies.set('cfm-refresh', stale);
    const answer = await thief.refresh();
    refused(answer, 401, 'UNAUTHENTICATED');
    assert.equal(cookiesOf(answer).get('cfm-refresh')?.value, '');
    refused(await browser.api.get('/api/auth/me'), 401, 'UNAUTHENTICATED');
  });

  test('logout clears both cookies and forgets the browser, also when its session has ended before', async () => {
    for (const hasSession of [true, false]) {
      const { browser } = await browserWithAccount(base, { remember: true });
      const token = browser.cookies.get('cfm-refresh')!;
      if (!hasSession) browser.cookies.delete('cfm');
      const out = await browser.post('/api/auth/logout');
      assert.equal(out.status, 200, out.reply.text);
      assert.deepEqual([...browser.cookies.keys()], []);
      refused(await refresh(base, token), 401, 'UNAUTHENTICATED');
    }
  });
});

describe('somebody else signs in', { concurrency: 2 }, () => {
  const guestForm = () => ({ displayName: freshName(), token: 'dev' });

  test('a browser that was remembered for one person is not any more when another signs in there', async () => {
    for (const leadsIn of ['/api/auth/login', '/sf/sign_in']) {
      const { browser, email } = await browserWithAccount(base, { remember: true });
      const [session, remembered] = [browser.cookies.get('cfm')!, browser.cookies.get('cfm-refresh')!];
      if (leadsIn.startsWith('/api')) {
        assert.equal((await browser.post(leadsIn, guestForm())).status, 200);
      } else {
        const cookie = [...browser.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
        const headers = { 'content-type': 'application/x-www-form-urlencoded', accept: 'text/html', origin: base, cookie };
        const reply = await send(base, 'POST', leadsIn, { headers, body: new URLSearchParams(guestForm()).toString() });
        assert.equal(reply.headers['location'], '/app');
        assert.ok(reply.cookies.some((line) => /^cfm-refresh=; .*Max-Age=0/.test(line)), reply.cookies.join());
        browser.cookies.delete('cfm-refresh');
      }
      assert.equal(browser.cookies.has('cfm-refresh'), false);
      refused(await refresh(base, remembered), 401, 'UNAUTHENTICATED');
      // No cookie holds the earlier session any more; it lives until its expiry.
      const before = new Api(base, { authorization: `Bearer ${session}` });
      assert.equal((await before.get('/api/auth/me')).status, 200);
      const elsewhere = sessionOf(base, await passwordLogin(base, email));
      assert.equal((await elsewhere.api.ok('GET', '/api/me/sessions')).items.length, 2);
    }
  });

  test('and is remembered for that one, if they want it: by account, by a new account and by passkey', async () => {
    const next = await account(base);
    const passkey = await addPasskey(base, next);
    const ways: [string, (browser: Browser) => Promise<unknown>][] = [
      ['/api/auth/login', async () => ({ email: next.email, password: PASSWORD, token: 'dev', remember: true })],
      ['/api/auth/register', async () => ({ email: freshEmail(), password: PASSWORD, displayName: freshName(), token: 'dev', remember: true })],
      ['/api/auth/passkey/login/finish', async () => ({ ...passkey.signed(await beginLogin(base)), remember: true })],
    ];
    for (const [way, form] of ways) {
      const { browser } = await browserWithAccount(base, { remember: true });
      const remembered = browser.cookies.get('cfm-refresh')!;
      const answer = await browser.post(way, await form(browser));
      assert.ok(answer.status < 300, answer.reply.text);
      const own = browser.cookies.get('cfm-refresh')!;
      assert.ok(own && own !== remembered, way);
      refused(await refresh(base, remembered), 401, 'UNAUTHENTICATED');
      browser.cookies.delete('cfm');
      assert.equal((await browser.refresh()).data.user.id, answer.data.user.id);
    }
  });

  test('who signs in again is still remembered, and once', async () => {
    const { browser, email } = await browserWithAccount(base, { remember: true });
    const first = browser.cookies.get('cfm-refresh')!;
    const again = { email, password: PASSWORD, token: 'dev' };
    assert.equal((await browser.post('/api/auth/login', again)).status, 200);
    assert.equal(browser.cookies.get('cfm-refresh'), first, 'nobody asked for another one');
    assert.equal((await browser.post('/api/auth/login', { ...again, remember: true })).status, 200);
    assert.notEqual(browser.cookies.get('cfm-refresh'), first);
    refused(await refresh(base, first), 401, 'UNAUTHENTICATED');
    browser.cookies.delete('cfm');
    assert.equal((await browser.refresh()).status, 200, 'an old token that is worth nothing ends no family');
  });

  test('a cookie that is worth nothing goes as well', async () => {
    const browser = new Browser(base);
    browser.cookies.set('cfm-refresh', 'A'.repeat(43));
    assert.equal((await browser.post('/api/auth/login', guestForm())).status, 200);
    assert.deepEqual([...browser.cookies.keys()], ['cfm']);
  });
});

describe('time', { concurrency: true }, () => {
  test('a remembered browser outlives its session, a forgotten one does not', async () => {
    const { base: own } = await onOwnServer({ SESSION_TTL_S: '3', RATE_REGISTER: '0', RATE_LOGIN: '0' });
    const { browser } = await browserWithAccount(own, { remember: true });
    const { browser: plain } = await browserWithAccount(own);
    await until('the session has ended', async () => (await browser.api.get('/api/auth/me')).status === 401, PATIENCE_MS, 200);
    assert.equal((await browser.refresh()).status, 200);
    assert.equal((await browser.api.get('/api/auth/me')).status, 200);
    await until('the other one too', async () => (await plain.api.get('/api/auth/me')).status === 401, PATIENCE_MS, 200);
    refused(await plain.refresh(), 401, 'UNAUTHENTICATED');
  });
});
