// hopeflow.md 1, 2: CORS, tokens and the order of refusals. core.md 4.1: every bad token is refused in the same way. The lifetime of a
// token follows decision 0013.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Device, bearer, freshUser, publish } from '../harness/hopeflow.ts';
import { send, upgradeHeaders } from '../harness/http.ts';
import { badTokens, token } from '../harness/jwt.ts';
import { replyOfRefusal, opened } from '../harness/text_socket.ts';
import { onSharedServer } from '../harness/suite.ts';
import { moment } from '../harness/wait.ts';

const base = await onSharedServer();
const CORS = {
  'access-control-allow-origin': '*',
  'access-control-allow-headers': 'authorization,content-type,idempotency-key',
  'access-control-allow-methods': 'POST,OPTIONS',
};
const JSON_TYPE = { 'content-type': 'application/json' };

function hasCors(headers: Record<string, unknown>): void {
  for (const [name, value] of Object.entries(CORS)) assert.equal(headers[name], value, name);
}

describe('hopeflow tokens', { concurrency: true }, () => {
  test('the preflight needs no token and says what is allowed', async () => {
    const reply = await send(base, 'OPTIONS', '/publish', { headers: { origin: 'https://other.example' } });
    assert.equal(reply.status, 204);
    assert.equal(reply.text, '');
    hasCors(reply.headers);
    assert.equal(reply.headers['access-control-max-age'], '86400');
    const names = Object.keys(reply.headers).filter((name) => name.startsWith('access-control-'));
    assert.equal(names.length, 4, names.join());
  });

  test('every bad token is one and the same 401, on both routes', async () => {
    const user = freshUser();
    const claims = { userId: user };
    const headers = [...badTokens(claims), token({ sub: user })].map((bad) => ({ authorization: `Bearer ${bad}` }));
    const odd = [{ authorization: 'Bearer' }, { authorization: 'Bearer ' }, { authorization: `Basic ${token(claims)}` }, {}];
    for (const header of [...headers, ...odd] as Record<string, string>[]) {
      const what = JSON.stringify(header).slice(0, 200);
      const published = await send(base, 'POST', '/publish', { headers: { ...JSON_TYPE, ...header }, body: '{"userId":"x"}' });
      assert.equal(published.status, 401, what);
      assert.equal(published.text, '{"error":"Unauthorized"}', what);
      assert.match(String(published.headers['content-type']), /^application\/json; charset=utf-8$/);
      hasCors(published.headers);
      const socket = await replyOfRefusal(base, '/', { headers: header });
      assert.equal(socket.status, 401, what);
      assert.equal(socket.text, 'Unauthorized');
      assert.match(String(socket.headers['content-type']), /^text\/plain/);
    }
  });

  test('a socket outlives its token, which opens no other one', async () => {
    const user = freshUser();
    const exp = Math.floor(Date.now() / 1_000) + 3;
    const query = `?token=${token({ userId: user, exp })}`;
    // The token is in the address, as the published page sends it.
    const device = new Device(await opened(base, `/${query}`));
    device.subscribe({ type: 'm' });
    await device.barrier();
    await moment(exp * 1_000 + 1_000);
    const refused = await replyOfRefusal(base, `/${query}`);
    assert.deepEqual([refused.status, refused.text], [401, 'Unauthorized']);
    assert.equal((await publish(base, { userId: user }, bearer({ userId: user, exp }))).status, 401);
    for (const result of ['live', 'kept']) {
      const waiting = publish(base, { userId: user, type: 'm', durable: result === 'kept' });
      await device.answer(result);
      const { clientCount, results } = (await waiting).body;
      assert.deepEqual([clientCount, results], [1, [result]]);
    }
    device.subscribe({ type: 'n' });
    await device.barrier();
    assert.equal(device.closed, undefined);
    device.terminate();
  });

  test('401 before 415 before 413 before 400', async () => {
    const large = 'x'.repeat(1_048_577);
    const order: [Record<string, string>, string, number, string][] = [
      [{ authorization: 'x', 'content-type': 'text/plain' }, large, 401, 'Unauthorized'],
      [{ 'content-type': 'text/plain' }, large, 415, 'Unsupported Media Type'],
      [{ 'content-type': '' }, '{}', 415, 'Unsupported Media Type'],
      [{}, large, 413, 'Payload Too Large'],
      [{}, '{', 400, 'Invalid JSON body'],
    ];
    for (const [headers, body, status, error] of order) {
      const published = await publish(base, body, headers);
      assert.deepEqual([published.status, published.body], [status, { error }]);
      hasCors(published.reply.headers);
    }
    const fits = JSON.stringify({ userId: freshUser(), payload: '' });
    const filled = fits.replace('""', `"${'x'.repeat(1_048_576 - fits.length)}"`);
    assert.equal((await publish(base, filled)).status, 200, 'exactly 1 MiB');
    assert.equal((await publish(base, { userId: freshUser() }, { 'content-type': 'Application/JSON; charset=utf-8' })).status, 200);
  });

  test('paths of the original’s own parts are nobody’s, whatever headers say', async () => {
    const one = freshUser();
    for (const path of ['/deliver', '/connect']) {
      for (const method of ['GET', 'POST']) {
        const headers = { ...bearer({ userId: one }), 'x-user-id': one, 'x-cfm-listen': '{}', ...(method === 'GET' ? upgradeHeaders() : {}) };
        assert.equal((await send(base, method, path, { headers })).status, 404, `${method} ${path}`);
      }
    }
  });
});
