// sign-in.md 2: the list of devices, and the sign-out of another device. Sockets that can send neither cookie nor header have two ways: a
// ticket, and, if the operator allows it, the session in the query.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { account, browserWithAccount, passwordLogin, refresh, sessionOf } from '../harness/accounts.ts';
import { refused } from '../harness/api.ts';
import { freshRoom, TOKEN } from '../harness/ids.ts';
import { guest } from '../harness/session.ts';
import { FrameSocket, upgradeRefused } from '../harness/socket.ts';
import { onOwnServer, onSharedServer } from '../harness/suite.ts';
import { PATIENCE_MS, until } from '../harness/wait.ts';

const base = await onSharedServer();

describe('devices', { concurrency: 2 }, () => {
  test('each device is in the list of all, with what it says it is; one is the own', async () => {
    const one = await account(base);
    const two = sessionOf(base, await passwordLogin(base, one.email, {}, { 'user-agent': 'pocket/2' }));
    const { data: { items, next, more }, reply } = await two.api.get('/api/me/sessions');
    assert.deepEqual([next, more, items.length], [null, false, 2]);
    assert.ok(!reply.text.includes(one.token) && !reply.text.includes(two.token), 'never a token');
    const own = items.find((item: any) => item.current);
    assert.equal(own.userAgent, 'pocket/2');
    const other = items.find((item: any) => !item.current);
    for (const item of items) {
      assert.deepEqual(Object.keys(item).sort(), ['createdAt', 'current', 'expiresAt', 'id', 'lastSeenAt', 'userAgent'].sort());
      assert.ok(item.createdAt <= item.lastSeenAt && item.lastSeenAt <= Date.now() + 1_000 && item.expiresAt > Date.now());
    }
    const seen = (await one.api.ok('GET', '/api/me/sessions')).items.find((item: any) => item.current);
    assert.equal(seen.id, other.id);
  });

  test('signing a device out closes its sockets, ends its session and lets it not come back by its refresh token', async () => {
    const one = await account(base);
    const lost = sessionOf(base, await passwordLogin(base, one.email, { remember: true }));
    const room = freshRoom();
    const theirs = [await FrameSocket.joined(base, room, lost), await FrameSocket.presence(base, lost)];
    const mine = await FrameSocket.joined(base, room, one);
    const [target] = (await one.api.ok('GET', '/api/me/sessions')).items.filter((item: any) => !item.current);
    assert.equal((await one.api.delete(`/api/me/sessions/${target.id}`)).status, 200);
    for (const socket of theirs) await socket.closedWith(4401);
    assert.equal(theirs[1]!.all('signed_out')[0]?.['reason'], 'remote');
    refused(await lost.api.get('/api/auth/me'), 401, 'UNAUTHENTICATED');
    refused(await refresh(base, lost.refreshToken!), 401, 'UNAUTHENTICATED');
    await mine.say('I am still here');
    assert.equal((await one.api.ok('GET', '/api/me/sessions')).items.length, 1);
    await mine.close();
  });

  test("nobody signs out somebody else's device", async () => {
    const [one, two] = [await account(base, { remember: true }), await account(base)];
    const [{ id }] = (await one.api.ok('GET', '/api/me/sessions')).items;
    refused(await two.api.delete(`/api/me/sessions/${id}`), 404, 'NOT_FOUND');
    refused(await two.api.delete('/api/me/sessions/nothing'), 404, 'NOT_FOUND');
    assert.equal((await refresh(base, one.refreshToken!)).status, 200);
  });

  test('a remembered browser stays in the list when its session has ended, and can be signed out @night', async () => {
    const server = await onOwnServer({ SESSION_TTL_S: '4', RATE_REGISTER: '0', RATE_LOGIN: '0' });
    const { browser, email } = await browserWithAccount(server.base, { remember: true });
    const token = browser.cookies.get('cfm-refresh')!;
    await until('its session has ended', async () => (await browser.api.get('/api/auth/me')).status === 401, PATIENCE_MS, 200);
    const two = sessionOf(server.base, await passwordLogin(server.base, email));
    const { items } = await two.api.ok('GET', '/api/me/sessions');
    assert.equal(items.length, 2, JSON.stringify(items));
    const sleeping = items.find((item: any) => !item.current);
    assert.ok(sleeping.expiresAt > Date.now() + 2_000_000_000);
    assert.equal((await two.api.delete(`/api/me/sessions/${sleeping.id}`)).status, 200);
    refused(await refresh(server.base, token), 401, 'UNAUTHENTICATED');
    assert.equal((await two.api.ok('GET', '/api/me/sessions')).items.length, 1);
  });
});

describe('sockets without cookie and header', { concurrency: true }, () => {
  test('a ticket opens one socket of either kind, whoever races for it', async () => {
    const one = await guest(base);
    for (const path of [`/api/ws/room/${freshRoom()}`, '/api/ws/presence']) {
      const { ticket, expiresAt } = await one.api.ok('POST', '/api/auth/ws-ticket');
      assert.match(ticket, TOKEN);
      assert.ok(expiresAt > Date.now() && expiresAt - Date.now() <= 30_500, `${expiresAt - Date.now()} ms`);
      refused(await one.api.with({ authorization: `Bearer ${ticket}` }).get('/api/auth/me'), 401, 'UNAUTHENTICATED');
      const tries = await Promise.all(
        Array.from({ length: 5 }, () => FrameSocket.open(base, path, { query: { ticket } }).catch((failure) => failure)),
      );
      const opened = tries.filter((each) => each instanceof FrameSocket) as FrameSocket[];
      assert.equal(opened.length, 1);
      assert.equal((await opened[0]!.next('welcome'))['self'].id, one.user.id);
      await opened[0]!.close();
      refused(await upgradeRefused(base, path, { query: { ticket } }), 401, 'UNAUTHENTICATED');
    }
  });

  test('?sessionId= opens nothing by default', async () => {
    const one = await guest(base);
    for (const path of [`/api/ws/room/${freshRoom()}`, '/api/ws/presence']) {
      refused(await upgradeRefused(base, path, { query: { sessionId: one.token } }), 401, 'UNAUTHENTICATED');
    }
  });

  test('?sessionId= opens sockets, and only those, where LEGACY_WS_QUERY=1; no line holds it', async () => {
    const server = await onOwnServer({ LEGACY_WS_QUERY: '1', OPEN_ROOMS: '1' });
    const one = await guest(server.base);
    for (const path of [`/api/ws/room/${freshRoom()}`, '/api/ws/presence']) {
      const socket = await FrameSocket.open(server.base, path, { query: { sessionId: one.token } });
      await socket.next('welcome');
      await socket.close();
    }
    const bare = one.api.with({ authorization: '' });
    refused(await bare.get(`/api/auth/me?sessionId=${one.token}`), 401, 'UNAUTHENTICATED');
    assert.ok(!server.output().includes(one.token));
  });
});
