// sign-in.md 2: the life of a session. `me` does not extend it and `refresh` does; a logout ends it at once.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Api, refused } from '../harness/api.ts';
import { cookieSession, guest } from '../harness/session.ts';
import { FrameSocket } from '../harness/socket.ts';
import { freshRoom } from '../harness/ids.ts';
import { onOwnServer, onSharedServer } from '../harness/suite.ts';

const base = await onSharedServer();

describe('session', { concurrency: true }, () => {
  test('me shows the person, the expiry and the CSRF token, and does not slide', async () => {
    const one = await guest(base);
    const first = await one.api.ok('GET', '/api/auth/me');
    assert.equal(first.user.id, one.user.id);
    assert.equal(first.csrfToken, one.csrfToken);
    const second = await one.api.ok('GET', '/api/auth/me');
    assert.equal(second.expiresAt, first.expiresAt);
    assert.equal(first.expiresAt, one.expiresAt);
  });

  test('logout ends the session at once, clears the cookies and can be repeated', async () => {
    const one = await cookieSession(base);
    const out = await one.api.post('/api/auth/logout');
    assert.equal(out.status, 200);
    assert.deepEqual(out.data, {});
    assert.ok(out.reply.cookies.some((line) => /^cfm=;/.test(line) && /max-age=0/i.test(line)), `${out.reply.cookies}`);
    refused(await one.api.get('/api/auth/me'), 401, 'UNAUTHENTICATED');
    assert.equal((await one.api.post('/api/auth/logout')).status, 200);
    assert.equal((await new Api(base).post('/api/auth/logout')).status, 200);
  });
});

test('an idle session ends: REST says 401 and its sockets were closed 4401', async () => {
  const server = await onOwnServer({ SESSION_TTL_S: '6', OPEN_ROOMS: '1' });
  const one = await guest(server.base);
  assert.ok(one.expiresAt - Date.now() <= 6_500, 'SESSION_TTL_S is in force');
  const room = await FrameSocket.joined(server.base, freshRoom(), one);
  const closed = await room.closedWith(4401);
  assert.ok(closed.atMs >= one.expiresAt - 1_500, `closed ${one.expiresAt - closed.atMs} ms before its end`);
  refused(await one.api.get('/api/auth/me'), 401, 'UNAUTHENTICATED');
});
