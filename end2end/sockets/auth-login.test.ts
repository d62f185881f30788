// sign-in.md 1 and 3: sign-in as a persona or a guest, its refusals, and the answers for pages and tools.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Api, refused } from '../harness/api.ts';
import { CAST, PERSONAS } from '../harness/cast.ts';
import { freshName, TOKEN } from '../harness/ids.ts';
import { limits } from '../harness/limits.ts';
import { guest, login, persona } from '../harness/session.ts';
import { onSharedServer } from '../harness/suite.ts';

const base = await onSharedServer();
const api = new Api(base);

describe('login', { concurrency: true }, () => {
  test('a guest gets a session that lives as long as the limits say', async () => {
    const name = freshName();
    const askedMs = Date.now();
    const answer = await login(base, { displayName: name });
    assert.equal(answer.status, 200);
    const { sessionId, expiresAt, csrfToken, user } = answer.data;
    assert.match(sessionId, TOKEN);
    assert.match(csrfToken, /^[A-Za-z0-9_-]{22}$/);
    const { sessionTtlMs } = limits;
    assert.ok(expiresAt >= askedMs + sessionTtlMs && expiresAt <= Date.now() + sessionTtlMs, `expires in ${expiresAt - Date.now()} ms`);
    assert.match(user.id, /^g_[a-z0-9]{13}$/);
    assert.equal(user.displayName, name);
    assert.equal(user.kind, 'guest');
    assert.equal(user.status, 'online');
    assert.ok(!('refreshToken' in answer.data), 'only with remember');
  });

  test('the cookie is host-only, HttpOnly, Lax and lives as long as the session; on loopback http it is named cfm', async () => {
    const { reply } = await login(base, { displayName: freshName() });
    const cookie = reply.cookies.find((line) => line.startsWith('cfm='));
    assert.ok(cookie, `cookies: ${reply.cookies}`);
    const parts = cookie.split(';').map((part) => part.trim().toLowerCase());
    for (const want of ['path=/', 'httponly', 'samesite=lax', `max-age=${limits.sessionTtlMs / 1_000}`]) assert.ok(parts.includes(want), cookie);
    assert.ok(!parts.some((part) => part === 'secure' || part.startsWith('domain=')), cookie);
  });

  test('a page that asks for a cookie never sees the token', async () => {
    const answer = await login(base, { displayName: freshName() }, { 'x-requested-with': 'cookie' });
    assert.equal(answer.status, 200);
    assert.ok(!('sessionId' in answer.data));
    assert.ok(answer.data.csrfToken);
    const token = answer.reply.cookies.find((line) => line.startsWith('cfm='))!.split(/[=;]/)[1]!;
    assert.ok(!answer.reply.text.includes(token));
  });

  test('without token TURNSTILE_REQUIRED, with a bad one TURNSTILE_FAILED, and no cookie', async () => {
    const without = await api.post('/api/auth/login', { displayName: freshName() });
    refused(without, 403, 'TURNSTILE_REQUIRED');
    const bad = await login(base, { displayName: freshName(), token: 'nope' });
    refused(bad, 403, 'TURNSTILE_FAILED');
    assert.deepEqual([...without.reply.cookies, ...bad.reply.cookies], []);
  });

  test('a guest may not take the name of a persona, a bot or whoever runs the place, however it is written', async () => {
    for (const name of ['Mia', 'Jo\u{2063}nas', 'n o v a', 'Моderаtоr']) {
      const answer = await login(base, { displayName: name });
      assert.ok(answer.status === 400 || answer.status === 409, `${name}: ${answer.reply.text}`);
    }
    // A guest cannot take such a name later either, on any route.
    const one = await guest(base);
    for (const [method, path] of [['PUT', '/api/me'], ['POST', '/api/presence']] as const) {
      refused(await one.api.call(method, path, { status: 'online', displayName: 'Міа' }), 400, 'VALIDATION');
    }
    assert.equal((await one.api.ok('GET', '/api/me')).displayName, one.user.displayName);
  });

  test('a persona is itself, with the status it asked for', async () => {
    const jonas = await persona(base, CAST.login[0], { status: 'busy' });
    assert.equal(jonas.user.id, 'user_1');
    assert.equal(jonas.user.displayName, 'Jonas');
    assert.equal(jonas.user.kind, 'persona');
    assert.equal(jonas.user.status, 'busy');
    assert.ok(jonas.user.avatarId);
    assert.equal(typeof jonas.user.personalMessage, 'string');
  });

  test('a persona in use is PERSONA_TAKEN, also for a takeover before it was idle for 120 s', async () => {
    const first = await persona(base, CAST.login[1]);
    refused(await login(base, { userId: CAST.login[1] }), 409, 'PERSONA_TAKEN');
    refused(await login(base, { userId: CAST.login[1], takeover: true }), 409, 'PERSONA_TAKEN');
    await first.api.ok('GET', '/api/auth/me');
    await first.api.ok('POST', '/api/auth/logout');
    const second = await persona(base, CAST.login[1]);
    refused(await first.api.get('/api/auth/me'), 401, 'UNAUTHENTICATED');
    await second.api.ok('GET', '/api/auth/me');
  });

  test('20 people at the same door: exactly one gets the persona', async () => {
    const answers = await Promise.all(Array.from({ length: 20 }, () => login(base, { userId: CAST.login[2] })));
    assert.equal(answers.filter((answer) => answer.status === 200).length, 1);
    for (const answer of answers.filter((one) => one.status !== 200)) refused(answer, 409, 'PERSONA_TAKEN');
  });

  test('bots, accounts that do not exist and made-up ids cannot be played', async () => {
    for (const userId of ['bot_nova', 'user_0', 'user_999', 'g_0000000000000', '../user_1', 'USER_1']) {
      const answer = await login(base, { userId });
      assert.ok(answer.status === 400 || answer.status === 403 || answer.status === 404, `${userId}: ${answer.reply.text}`);
    }
  });

  test('the public list of accounts: all personas and the bots, each with a status', async () => {
    const answer = await api.get('/api/auth/accounts');
    assert.equal(answer.status, 200);
    const personas = answer.data.filter((one: any) => one.kind === 'persona').map((one: any) => one.id);
    assert.deepEqual(new Set(personas), new Set(Object.values(PERSONAS)));
    for (const one of answer.data) {
      assert.deepEqual(Object.keys(one).sort(), ['avatarId', 'displayName', 'id', 'kind', 'personalMessage', 'status'].sort());
      assert.ok(one.kind === 'persona' || (one.kind === 'bot' && one.id.startsWith('bot_')), JSON.stringify(one));
    }
  });

  test('the public configuration names the protocol and the limits', async () => {
    const { data } = await api.get('/api/config');
    assert.equal(data.protocol, 'cfm.v1');
    // The server of this suite has no limit on sign-ins.
    const { login, register } = data.limits;
    assert.deepEqual([login, register], ['0', '0']);
    assert.deepEqual(data.limits, { ...limits, login, register });
  });

  test('Bearer wins over the cookie', async () => {
    const [one, two] = [await guest(base), await guest(base)];
    const me = await two.api.with({ cookie: `cfm=${one.token}` }).get('/api/auth/me');
    assert.equal(me.data.user.id, two.user.id);
  });
});
