// hopeflow.md 7, 8: behaviour with other variables: rates, strict publishing, and a secret that is too weak.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bearer, Device, freshUser, publish } from '../harness/hopeflow.ts';
import { send } from '../harness/http.ts';
import { JWT_SECRET, token } from '../harness/jwt.ts';
import { TextSocket, replyOfRefusal } from '../harness/text_socket.ts';
import { onOwnServer, onPooledServer } from '../harness/suite.ts';

test('rates: publishes per publisher and person, frames per socket', async () => {
  const server = await onOwnServer({ JWT_SECRET, RATE_PUBLISH: '3/60', RATE_CHANNEL_FRAME: '5/60', HOPEFLOW_STRICT_PUBLISH: '1' });
  const { base } = server;
  const [user, other] = [freshUser(), freshUser()];
  // The token expires later than any alarm of the runtime can be set. The socket still works.
  const far = await Device.of(base, user, { headers: bearer({ userId: user, exp: 9_999_999_999 }) });
  const all = bearer({ userId: 'p', pub: ['*'] });
  const device = await Device.listening(base, user, { type: 'm' });
  for (let n = 0; n < 3; n += 1) {
    const waiting = publish(base, { userId: user, type: 'm' }, all);
    await device.answer();
    assert.equal((await waiting).status, 200);
  }
  const refused = await publish(base, { userId: user, type: 'm' }, all);
  assert.deepEqual([refused.status, refused.body], [429, { error: 'Too Many Requests' }]);
  assert.ok(Number(refused.reply.headers['retry-after']) >= 1);
  assert.equal((await publish(base, { userId: other }, all)).status, 200);
  assert.equal((await publish(base, { userId: user, type: 'x' }, bearer({ userId: 'q', pub: [user] }))).status, 200);
  for (let n = 0; n < 5; n += 1) device.text('{"type":"ack","envelopeId":"nobody waits for it"}');
  const end = await device.end();
  assert.equal(end.code, 4429);
  assert.match(end.reason, /^retry-after=\d+$/);
  await far.barrier();
  assert.doesNotMatch(server.output(), /alarm_failed/);
  assert.equal((await publish(base, { userId: 'b' }, bearer({ userId: 'a' }))).status, 403, 'without `pub` it reaches its own person alone');
});

test('audience, issuer and the secret before this one', async () => {
  const before = 'the secret before it, 32 bytes or more';
  const { base } = await onOwnServer({ JWT_SECRET, JWT_SECRET_PREVIOUS: before, JWT_AUDIENCE: 'us', JWT_ISSUER: 'them' });
  const status = async (claims: Record<string, unknown>, secret?: string) =>
    (await publish(base, { userId: 'x' }, { authorization: token({ userId: 'a', ...claims }, secret ? { secret } : {}) })).status;
  assert.equal(await status({ aud: 'us', iss: 'them' }), 200);
  assert.equal(await status({ aud: 'us', iss: 'them' }, before), 200);
  for (const claims of [{ aud: 'us' }, { iss: 'them' }]) assert.equal(await status(claims), 401);
});

test('in production a missing or weak secret is no secret @night', async () => {
  for (const vars of [{}, { JWT_SECRET: 'short' }] as Record<string, string>[]) {
    const { base } = await onOwnServer({ ...vars, ENV: 'production' });
    const headers = { authorization: token({ userId: 'a' }, { secret: 'short' }), 'content-type': 'application/json' };
    const published = await send(base, 'POST', '/publish', { headers, body: '{"userId":"x"}' });
    assert.deepEqual([published.status, published.text], [500, '{"error":"MISCONFIGURED"}']);
    const socket = await replyOfRefusal(base, '/', { headers });
    assert.deepEqual([socket.status, socket.text], [500, 'MISCONFIGURED']);
    const store = await replyOfRefusal(base, `/websocket?storeId=s&payload=${encodeURIComponent(JSON.stringify({ authToken: 'x' }))}`);
    assert.deepEqual([store.status, store.text], [500, 'MISCONFIGURED']);
    assert.equal((await replyOfRefusal(base, '/websocket?storeId=s')).status, 400, 'in production stores need a token');
  }
  const { base } = await onPooledServer({}, true);
  const headers = { authorization: token({ userId: 'a' }, { secret: '' }), 'content-type': 'application/json' };
  assert.equal((await send(base, 'POST', '/publish', { headers, body: '{"userId":"x"}' })).status, 401, 'an empty secret signs nothing');
  (await TextSocket.open(base, '/websocket?storeId=s')).terminate();
});
