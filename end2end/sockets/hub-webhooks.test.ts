// messagehub.md 7: signed calls, retries, order, dead letters and forbidden addresses, also through a crash and a queue.

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, describe, test } from 'node:test';
import { setFlags } from '../harness/admin.ts';
import { Api } from '../harness/api.ts';
import { send, type Reply } from '../harness/http.ts';
import { bearer, hubRoom, path, post } from '../harness/hub.ts';
import { JWT_SECRET, token } from '../harness/jwt.ts';
import { Receiver, signature, startResolver } from '../harness/receiver.ts';
import { onOwnServer } from '../harness/suite.ts';
import { PATIENCE_MS, until } from '../harness/wait.ts';

const ADMIN = 'an admin token for tests';
const resolver = await startResolver({ 'inner.example': ['93.184.215.14', '10.0.0.1'], 'mapped.example': ['::ffff:10.0.0.1'] });
const VARS = { ADMIN_TOKEN: ADMIN, WEBHOOK_ALLOW_PRIVATE: '1', DOH_URL: resolver.url, RATE_HUB: '0' };
const server = await onOwnServer({ ...VARS, HUB_DELIVERS_ITSELF: '1' });
const { base } = server;
const receivers: Receiver[] = [];
after(() => {
  resolver.close();
  for (const receiver of receivers) receiver.close();
});

const headers = bearer(ADMIN);
const newSecret = () => `whsec_${randomBytes(24).toString('base64')}`;
const at = (room: string, rest = '') => path(room, `webhooks/h1${rest}`);

async function receiver(): Promise<Receiver> {
  const one = await Receiver.start();
  receivers.push(one);
  return one;
}

function register(room: string, url: string, secret: string, more: object = {}, to = base): Promise<Reply> {
  return send(to, 'PUT', at(room), { headers, body: JSON.stringify({ url, secret, ...more }) });
}

async function statsOf(room: string, of = base): Promise<any> {
  return JSON.parse((await send(of, 'GET', path(room, 'stats'), { headers })).text);
}

describe('webhooks', { concurrency: true }, () => {
  test('registration: new, changed, shown without its secret, removed; not for everybody', async () => {
    const room = hubRoom();
    const secret = newSecret();
    const created = await register(room, 'http://127.0.0.1:9/x', secret);
    assert.equal(created.status, 201, created.text);
    assert.equal((await register(room, 'http://127.0.0.1:9/y', secret, { active: false })).status, 200);
    const shown = await send(base, 'GET', at(room), { headers });
    assert.deepEqual(JSON.parse(shown.text), { id: 'h1', url: 'http://127.0.0.1:9/y', types: ['message'], active: false, ordered: true });
    assert.equal(JSON.parse((await send(base, 'GET', path(room, 'webhooks'), { headers })).text).webhooks.length, 1);
    for (const reply of [created, shown]) assert.equal(reply.text.includes(secret.slice(6)), false);
    assert.equal((await send(base, 'GET', at(room))).status, 401);
    assert.equal((await send(base, 'DELETE', at(room), { headers })).status, 200);
    assert.equal((await send(base, 'GET', at(room), { headers })).status, 404);
    assert.equal((await register(room, 'http://127.0.0.1:9/', 'whsec_AAAA')).status, 400);
  });

  test('500 then 200: two calls with one id, good signatures, the second after its wait', async () => {
    const [room, target, secret] = [hubRoom(), await receiver(), newSecret()];
    target.statuses = [500, 200];
    await register(room, target.url, secret);
    const postedMs = Date.now();
    await post(base, room, '{"n":1}', { 'content-type': 'application/json' });
    const calls = await target.take(2);
    const [first, second] = calls;
    assert.equal(first!.headers['webhook-id'], second!.headers['webhook-id']);
    assert.match(String(first!.headers['webhook-id']), /^[0-9a-f]{8}\.1\.h1$/);
    for (const call of calls) {
      assert.equal(call.headers['webhook-signature'], signature(call, secret));
      assert.equal(call.headers['content-type'], 'application/json');
      assert.equal(call.headers['user-agent'], 'cf-messenger-webhook/1');
      const signedMs = Number(call.headers['webhook-timestamp']) * 1_000;
      assert.ok(signedMs > postedMs - 1_000 && signedMs <= call.atMs, `${signedMs}`);
    }
    const { type, room: named, message } = first!.body;
    assert.deepEqual([type, named, message.seq, message.body, message.contentType], ['message', room, 1, '{"n":1}', 'application/json']);
    const later = second!.atMs - first!.atMs;
    assert.ok(later >= 750, `${later} ms later`);
    const stats = await statsOf(room);
    assert.deepEqual([stats.outbox, stats.dead], [0, 0]);
    assert.equal(target.calls.length, 2);
  });

  test('a 200 counts also when its body never ends, or breaks', async () => {
    for (const body of ['open', 'broken'] as const) {
      const [room, target] = [hubRoom(), await receiver()];
      target.body = body;
      await register(room, target.url, newSecret());
      for (let n = 1; n <= 3; n += 1) await post(base, room, `${n}`);
      // If the open body counted as a failure, the call would come again after ten seconds.
      const calls = await target.take(3);
      assert.deepEqual(calls.map((call) => call.body.message.body), ['1', '2', '3'], body);
      await until('all are done', async () => (await statsOf(room)).outbox === 0);
      assert.equal(calls.length, 3);
    }
  });

  test('two signatures while a secret changes', async () => {
    const [room, target, old, fresh] = [hubRoom(), await receiver(), newSecret(), newSecret()];
    await register(room, target.url, old);
    await register(room, target.url, fresh);
    await post(base, room, 'x');
    const [call] = await target.take(1);
    assert.equal(call!.headers['webhook-signature'], `${signature(call!, fresh)} ${signature(call!, old)}`);
  });

  test('410 disables the hook; what it did not take is listed, and tried again by hand', async () => {
    const [room, target] = [hubRoom(), await receiver()];
    target.statuses = [410];
    await register(room, target.url, newSecret());
    await post(base, room, 'one');
    await until('it is disabled', async () => JSON.parse((await send(base, 'GET', at(room), { headers })).text).active === false);
    const [letter] = JSON.parse((await send(base, 'GET', at(room, '/dead'), { headers })).text).dead;
    await register(room, target.url, newSecret());
    assert.equal((await send(base, 'POST', at(room, `/dead/${letter.id}/retry`), { headers })).status, 200);
    assert.equal((await target.take(2))[1]!.body.message.body, 'one');
  });

  test('a receiver that does not answer holds up nobody else of its room', async () => {
    const [room, slow, quick] = [hubRoom(), await receiver(), await receiver()];
    slow.isSilent = true;
    await register(room, slow.url, newSecret());
    const body = JSON.stringify({ url: quick.url, secret: newSecret() });
    assert.equal((await send(base, 'PUT', path(room, 'webhooks/h2'), { headers, body })).status, 201);
    await post(base, room, 'one');
    await Promise.all([slow.take(1), quick.take(1)]);
    await post(base, room, 'two');
    const calls = await quick.take(2);
    assert.equal(calls[1]!.body.message.body, 'two');
    assert.deepEqual([slow.calls.length, slow.givenUp], [1, 0], 'while the other one was still waited for');
  });

  test('a receiver has ten seconds; then it is asked again @night', async () => {
    const [room, target] = [hubRoom(), await receiver()];
    target.isSilent = true;
    await register(room, target.url, newSecret());
    await post(base, room, 'one');
    await target.take(1);
    target.isSilent = false;
    const [first, second] = await target.take(2);
    assert.equal(first!.headers['webhook-id'], second!.headers['webhook-id']);
    const later = second!.atMs - first!.atMs;
    assert.ok(later >= 10_500, `${later} ms later`);
    await until('it is done', async () => (await statsOf(room)).outbox === 0);
  });

  test('addresses that are not public are refused when they are registered', async () => {
    const room = hubRoom();
    for (const url of ['https://0x0a000001/', 'https://printer.local/', 'ftp://a.example/', 'https://inner.example/', 'https://mapped.example/']) {
      const reply = await register(room, url, newSecret());
      assert.deepEqual([reply.status, JSON.parse(reply.text).code], [400, 'BAD_FRAME'], url);
    }
  });

  test('what is promised is delivered after kill -9, and a redirect is not followed', async () => {
    const [target, elsewhere] = [await receiver(), await receiver()];
    const own = await onOwnServer({ ...VARS, HUB_DELIVERS_ITSELF: '1' });
    const room = hubRoom();
    target.statuses = [302];
    target.headers = { location: elsewhere.url };
    await register(room, target.url, newSecret(), {}, own.base);
    await post(own.base, room, 'kept');
    await target.take(1);
    await own.kill9();
    await own.restart();
    // No request wakes the room; only its alarm does.
    const calls = await target.take(2);
    assert.equal(calls[1]!.headers['webhook-id'], calls[0]!.headers['webhook-id']);
    assert.equal(calls[1]!.body.message.body, 'kept');
    assert.equal(elsewhere.calls.length, 0);
  });
});

test('without loopback: 127.1, 0x7f000001 and localhost are refused too', async () => {
  const vars = { ADMIN_TOKEN: ADMIN, DOH_URL: resolver.url, ALLOWED_ORIGINS: 'https://chat.example.com,https://app.example.com:8443' };
  const strict = await onOwnServer(vars);
  for (const url of ['https://chat.example.com/rooms/a/messages', 'https://App.example.com/', 'https://127.1/', 'https://0x7f000001/', 'https://2130706433/', 'https://[::1]/', 'https://localhost/', 'http://a.example/']) {
    assert.equal((await register(hubRoom(), url, newSecret(), {}, strict.base)).status, 400, url);
  }
});

describe('where there is a queue', { concurrency: true }, () => {
  test('the first call comes at once, and everything once and in order', async () => {
    const queued = await onOwnServer(VARS);
    const target = await receiver();
    const room = hubRoom();
    await register(room, target.url, newSecret(), {}, queued.base);
    for (let n = 1; n <= 2; n += 1) await post(queued.base, room, `${n}`);
    const calls = await target.take(2);
    assert.deepEqual(calls.map((call) => call.body.message.body), ['1', '2']);
    // Neither the first attempt nor the second waits until the queue has a whole batch.
    target.statuses = [500, 200];
    await post(queued.base, room, '3');
    const [first, second] = (await target.take(4)).slice(2);
    assert.equal(first!.headers['webhook-id'], second!.headers['webhook-id']);
    const later = second!.atMs - first!.atMs;
    assert.ok(later >= 750, `${later} ms later`);
  });

  test('what the queue lost in a crash comes back by itself when its lease is over @night', async () => {
    const queued = await onOwnServer(VARS);
    const target = await receiver();
    const room = hubRoom();
    // The first three attempts are the room's; the fourth, half a minute later, is the queue's.
    target.statuses = [500, 500, 500];
    await register(room, target.url, newSecret(), {}, queued.base);
    await post(queued.base, room, 'kept');
    await target.take(3);
    target.isSilent = true;
    await target.take(4, 90_000);
    // The consumer is at work. The local queue has no copy on disk, but the room keeps a row.
    await queued.kill9();
    target.isSilent = false;
    await queued.restart();
    // No request wakes the room. The lease lasts a minute, and the queue gathers for a while.
    const calls = await target.take(5, 120_000);
    assert.equal(new Set(calls.map((call) => call.headers['webhook-id'])).size, 1);
    assert.equal(calls[4]!.body.message.body, 'kept');
    await until('it is done', async () => (await statsOf(room, queued.base)).outbox === 0);
    assert.equal(target.calls.length, 5);
  });
});

test('receivers that the deployment names; deliveries can be switched off and on @night', async () => {
  const target = await receiver();
  const secret = newSecret();
  const hooks = JSON.stringify([{ room: '*', id: 'all', url: target.url, secret }]);
  const connectors = JSON.stringify([{ room: '*', kind: 'log' }]);
  const vars = { ...VARS, HUB_DELIVERS_ITSELF: '1', HUB_WEBHOOKS: hooks, HUB_CONNECTORS: connectors };
  const fixed = await onOwnServer(vars);
  const room = hubRoom();
  await post(fixed.base, room, 'one');
  const own = await send(fixed.base, 'PUT', path(room, 'webhooks/all'), { headers, body: JSON.stringify({ url: target.url, secret }) });
  assert.deepEqual([own.status, JSON.parse(own.text).code], [403, 'FORBIDDEN'], 'not for rooms to change');
  const [call] = await target.take(1);
  assert.equal(call!.headers['webhook-signature'], signature(call!, secret));
  assert.match(String(call!.headers['webhook-id']), /\.1\.all$/);
  const stats = () => statsOf(room, fixed.base);
  await until('the log connector is done too', async () => (await stats()).outbox === 0);
  const admin = new Api(fixed.base, headers);
  await setFlags(admin, { webhooks: false });
  await post(fixed.base, room, 'two');
  assert.equal((await stats()).outbox, 2);
  assert.equal(target.calls.length, 1);
  await setFlags(admin, { webhooks: null });
  assert.equal((await target.take(2))[1]!.body.message.body, 'two');
  // This hook can be disabled like any other, and its dead letters can be read and removed.
  target.statuses = [410];
  await post(fixed.base, room, 'three');
  const letters = async () => JSON.parse((await send(fixed.base, 'GET', path(room, 'webhooks/all/dead'), { headers })).text).dead ?? [];
  await until('a dead letter', async () => (await letters()).length === 1);
  assert.deepEqual([(await letters())[0].seq, (await letters())[0].status], [3, 410]);
  assert.equal((await send(fixed.base, 'DELETE', path(room, 'webhooks/all/dead/3'), { headers })).status, 200);
  assert.deepEqual([await letters(), target.calls.length], [[], 3]);
});

test('connectors: a line in the log, never with the message; a mail without a way out waits, and the log says why', async () => {
  const connectors = JSON.stringify([{ room: '*', kind: 'log' }, { room: 'mailed', kind: 'email', to: 'ops@cfm.example' }]);
  const own = await onOwnServer({ ...VARS, HUB_DELIVERS_ITSELF: '1', HUB_CONNECTORS: connectors, JWT_SECRET });
  const lines = (event: string): any[] =>
    own.output().split('\n').filter((line) => line.includes(`"event":"${event}"`)).map((line) => JSON.parse(line.slice(line.indexOf('{'), line.lastIndexOf('}') + 1)));
  const stats = (room: string) => statsOf(room, own.base);
  const room = hubRoom();
  const [secret, bytes] = ['nobody else reads this', Buffer.from([0, 1, 2])];
  await post(own.base, room, secret, { 'idempotency-key': 'k1', 'content-type': 'text/plain', ...bearer(token({ userId: 'somebody' })) });
  await post(own.base, room, bytes, { 'idempotency-key': 'k2', 'content-type': 'image/png' });
  const logged = await until('two lines', () => lines('hub_message').length >= 2 && lines('hub_message'), PATIENCE_MS, 20);
  assert.deepEqual(logged.map(({ ts, ...line }: any) => line), [
    { event: 'hub_message', room, seq: 1, id: 'k1', sender: 'somebody', contentType: 'text/plain', bytes: secret.length },
    { event: 'hub_message', room, seq: 2, id: 'k2', sender: null, contentType: 'image/png', bytes: bytes.length },
  ]);
  await until('both are done', async () => (await stats(room)).outbox === 0);
  assert.ok(!own.output().includes(secret), 'what was said is nowhere in the log');
  // The built Worker has no binding for mail. The message waits for its next attempt, and everything else works.
  assert.equal((await post(own.base, 'mailed', secret)).status, 202);
  const fault = await until('the fault', () => lines('fault').find(({ place }) => place === 'mail'), PATIENCE_MS, 20);
  assert.equal(fault.error, 'no binding EMAIL');
  const tried = await until('the try is settled', () => lines('webhook').find((line) => line.hook === 'connector-1'), PATIENCE_MS, 20);
  assert.deepEqual([tried.seq, tried.attempt, tried.status, tried.disabled], [1, 1, null, false]);
  assert.match(tried.after, /^Some\(Retry/);
  await until('the line was written all the same', () => lines('hub_message').some((line) => line.room === 'mailed'), PATIENCE_MS, 20);
  const { outbox, dead } = await stats('mailed');
  assert.deepEqual([outbox, dead], [1, 0]);
  assert.ok(!own.output().includes('ops@cfm.example') && !own.output().includes(secret), 'neither address nor message');
});
