// core.md 1.7, leaving.md 4: the audit log. A row is written in the same step as the action, also for a refusal, and only the service token
// can read it.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  changeAddress, changePassword, forgot, newToken, NEXT_PASSWORD, recover, recoveryCodes, reset, resetToken, undo, verify,
} from '../harness/account_life.ts';
import { account, freshEmail, PASSWORD, passwordLogin, refresh, register, sessionOf } from '../harness/accounts.ts';
import { Api, refused } from '../harness/api.ts';
import { marker, UUID, uuidv7 } from '../harness/ids.ts';
import { login, persona } from '../harness/session.ts';
import { FrameSocket } from '../harness/socket.ts';
import { onOwnServer } from '../harness/suite.ts';
import { shared } from '../harness/server.ts';
import { until } from '../harness/wait.ts';

const ADMIN_TOKEN = 'an admin token for tests';
const server = await onOwnServer({ ADMIN_TOKEN, RATE_LOGIN: '0', RATE_REGISTER: '0', RATE_REST: '0', RATE_MAIL: '0', RATE_ACCOUNT: '0' });
const { base } = server;
const admin = new Api(base, { authorization: `Bearer ${ADMIN_TOKEN}` });

/** Returns all rows, page by page. */
async function rows(limit = 200): Promise<any[]> {
  const all: any[] = [];
  for (let after = 0; ; ) {
    const page = await admin.ok('GET', `/api/admin/audit?after=${after}&limit=${limit}`);
    assert.ok(page.items.length <= limit);
    all.push(...page.items);
    if (!page.more) return all;
    assert.ok(page.next > after);
    after = page.next;
  }
}

const row = (wanted: Record<string, unknown>) =>
  until(`a row ${JSON.stringify(wanted)}`, async () =>
    (await rows()).find((one) => Object.entries(wanted).every(([member, value]) => one[member] === value)), 20_000);

describe('audit rows', () => {
  test('sign-ins that fail and that succeed, by address, name and token, without what was typed @night', async () => {
    const mia = await account(base, { remember: true });
    const id = mia.user.id;
    await row({ action: 'register', actor: id, target: id, result: 'ok' });
    const ok = await row({ action: 'login', actor: id, result: 'ok' });
    assert.match(ok.requestId, UUID);
    assert.ok(Math.abs(ok.ts - Date.now()) < 60_000);
    // The log keeps only the network of an address.
    for (const [ip, network] of [['203.0.113.77', '203.0.113.0/24'], ['2001:db8:1:2::5', '2001:db8:1::/48']] as const) {
      const { requestId } = await passwordLogin(base, mia.email, {}, { 'cf-connecting-ip': ip });
      assert.equal((await row({ action: 'login', requestId })).ip, network);
    }

    const wrong = await passwordLogin(base, mia.email, { password: 'another-river-lamp' });
    refused(wrong, 401, 'BAD_CREDENTIALS');
    await row({ action: 'login', actor: null, target: id, result: 'BAD_CREDENTIALS', requestId: wrong.requestId });
    const nobody = freshEmail();
    const unknown = await passwordLogin(base, nobody);
    refused(unknown, 401, 'BAD_CREDENTIALS');
    const { target } = await row({ action: 'login', result: 'BAD_CREDENTIALS', requestId: unknown.requestId });
    assert.match(target, /^[0-9a-f]{16}$/, 'an address without account is a piece of its hash');
    const taken = await register(base, { email: mia.email });
    refused(taken, 409, 'EMAIL_TAKEN');
    await row({ action: 'register', actor: null, target: id, result: 'EMAIL_TAKEN', requestId: taken.requestId });

    const token = await login(base, { userId: 'user_9', token: 'another' });
    refused(token, 403, 'TURNSTILE_FAILED');
    await row({ action: 'login', target: 'user_9', result: 'TURNSTILE_FAILED', requestId: token.requestId });
    await persona(base, 'user_9');
    const second = await login(base, { userId: 'user_9' });
    refused(second, 409, 'PERSONA_TAKEN');
    await row({ action: 'login', target: 'user_9', result: 'PERSONA_TAKEN', requestId: second.requestId });
    const guest = await login(base, { displayName: 'Somebody', token: 'another' });
    await row({ action: 'login', target: 'guest', result: 'TURNSTILE_FAILED', requestId: guest.requestId });

    const first = mia.refreshToken!;
    assert.equal((await refresh(base, first)).status, 200);
    const reused = await refresh(base, first);
    refused(reused, 401, 'UNAUTHENTICATED');
    await row({ action: 'refresh-reuse', actor: id, requestId: reused.requestId });
    const text = JSON.stringify(await rows());
    for (const secret of [mia.email, nobody, 'river-lamp', 'Somebody', first, mia.token]) assert.ok(!text.includes(secret), secret);
  });

  test('a flood on the socket of a device or in a conversation ends it, and one row says so and where', async () => {
    const mia = await persona(base, 'user_15');
    for (const [target, socket] of [['presence', await FrameSocket.presence(base, mia)], ['general', await FrameSocket.joined(base, 'general', mia)]] as const) {
      for (let n = 0; n < 400; n += 1) socket.send({ type: 'ping', t: n });
      await socket.closedWith(4429);
      await row({ actor: 'user_15', action: 'rate_limit_close', target, result: 'ok' });
    }
    assert.equal((await rows()).filter((one) => one.action === 'rate_limit_close').length, 2);
  });

  test('the life of an account: its address, its passwords, its codes and its other sessions', async () => {
    const mia = await account(base);
    const [target, secrets] = [mia.user.id, [mia.email]];
    const proof = await newToken(base, mia.email, 'verify');
    const { requestId } = await verify(base, proof);

    const unknown = await forgot(base, freshEmail());
    const link = await resetToken(base, mia.email);
    const here = sessionOf(base, await reset(base, link));
    assert.equal((await changePassword(here, { current: NEXT_PASSWORD, next: 'saturday-orchard-lamp' })).status, 200);
    sessionOf(base, await passwordLogin(base, mia.email, { password: 'saturday-orchard-lamp' }));
    await here.api.ok('DELETE', '/api/me/sessions?others=1');

    const fresh = sessionOf(base, await passwordLogin(base, mia.email, { password: 'saturday-orchard-lamp' }));
    const codes = await recoveryCodes(fresh);
    const back = sessionOf(base, await recover(base, mia.email, codes[0]!, { password: PASSWORD }));
    const next = freshEmail();
    const way = await changeAddress(base, back, mia.email, next);
    assert.equal((await undo(base, way)).status, 200);
    // Each call has answered, so the rows are on their way, and the test waits for all of them at once.
    const own = { actor: target };
    for (const [action, more] of [
      ['email_verify', { requestId }],
      ['password_forgot', {}],
      ['password_reset', {}],
      ['password_change', own],
      ['sessions_end', own],
      ['recovery_codes', own],
      ['recover', {}],
      ['email_change', {}],
      ['email_undo', {}],
    ] as const) {
      await row({ action, target, result: 'ok', ...more });
    }

    const ofNobody = await row({ action: 'password_forgot', requestId: unknown.requestId });
    const all = await rows();
    assert.equal(all.filter((one) => one.action === 'password_forgot' && one.target === target).length, 1);
    assert.match(ofNobody.target, /^[0-9a-f]{16}$/, 'an address without account leaves the same row');
    secrets.push(next, proof, link, way, ...codes, PASSWORD, NEXT_PASSWORD, 'orchard');
    for (const secret of secrets) assert.ok(!JSON.stringify(all).includes(secret), secret);
  });

  test('the id of a request is ours, whatever it came with: nobody makes two rows look like one', async () => {
    const chosen = uuidv7();
    const named = (): { actor: string; action: string; target: string } => ({ actor: 'user_6', action: 'block', target: 'user_7' });
    const mia = await persona(base, 'user_6');
    for (const method of ['PUT', 'DELETE']) {
      const answer = await mia.api.with({ 'x-request-id': chosen }).call(method, '/api/me/blocks/user_7', {});
      assert.equal(answer.requestId, chosen, 'told as it was sent');
    }
    const { requestId } = await row(named());
    assert.match(requestId, UUID);
    assert.ok(!(await rows()).some((one) => one.requestId === chosen));
    // The log line holds both ids, so each can be found by the other.
    const line = await until('the line', () => server.output().split('\n').find((one) => one.includes(requestId) && one.includes('"event":"request"')));
    const { requestId: logged, auditId } = JSON.parse(line.slice(line.indexOf('{')));
    assert.deepEqual([logged, auditId], [chosen, requestId]);
  });

  test('groups, blocks and sign-out', async () => {
    const [ann, bea] = [await persona(base, 'user_1'), await persona(base, 'user_2')];
    const { id: room } = await ann.api.ok('POST', '/api/rooms', { name: `Crew ${marker()}`, memberIds: ['user_3'] });
    await ann.api.ok('POST', `/api/rooms/${room}/members`, { userIds: ['user_2'] });
    const content = marker();
    await ann.api.ok('POST', '/api/messages', { roomId: room, content, id: uuidv7() });
    await bea.api.ok('PUT', '/api/me/blocks/user_4');
    await bea.api.ok('POST', '/api/auth/logout');
    for (const wanted of [
      { actor: 'user_1', action: 'room_create', target: room },
      { actor: 'user_1', action: 'member_add', target: 'user_2' },
      { actor: 'user_2', action: 'block', target: 'user_4' },
      { actor: 'user_2', action: 'logout' },
    ]) {
      await row({ ...wanted, result: 'ok' });
    }
    const all = await rows();
    assert.ok(!JSON.stringify(all).includes(content));
    assert.deepEqual(await rows(3), all, 'small pages are the same rows');
  });

  test('what was written before a kill -9 is there after it, once @night', async () => {
    const answer = await login(base, { userId: 'user_12', token: 'another' });
    await server.kill9();
    await server.restart();
    const wanted = { action: 'login', target: 'user_12', requestId: answer.requestId };
    await row(wanted);
    await persona(base, 'user_12');
    await row({ action: 'login', actor: 'user_12' });
    assert.equal((await rows()).filter((one) => one.requestId === answer.requestId).length, 1);
  });
});

test('reading needs the service token; without one in the deployment there is no such route', async () => {
  const ann = await persona(base, 'user_14');
  for (const api of [new Api(base), ann.api, new Api(base, { authorization: 'Bearer another' }), new Api(base, { authorization: ADMIN_TOKEN })]) {
    refused(await api.get('/api/admin/audit'), 401, 'UNAUTHENTICATED');
  }
  for (const query of ['limit=0', 'limit=-1', 'limit=x', 'after=-1', 'after=x', 'after=99999999999999999999']) {
    refused(await admin.get(`/api/admin/audit?${query}`), 400, 'BAD_CURSOR');
  }
  refused(await admin.post('/api/admin/audit'), 405, 'METHOD_NOT_ALLOWED');
  const without = await shared();
  try {
    refused(await new Api(without.base, { authorization: `Bearer ${ADMIN_TOKEN}` }).get('/api/admin/audit'), 404, 'NOT_FOUND');
  } finally {
    await without.stop();
  }
});
