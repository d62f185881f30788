// hopeflow.md 6: durable envelopes and `hopeflow.v2`. Both sides must ask for them; for everybody else nothing changes.

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { describe, test } from 'node:test';
import { bearer, Device, freshUser, publish } from '../harness/hopeflow.ts';
import { replyOfRefusal } from '../harness/text_socket.ts';
import { onOwnServer } from '../harness/suite.ts';
import { JWT_SECRET } from '../harness/jwt.ts';

const server = await onOwnServer({ JWT_SECRET });
const base = server.base;
const publishDurable = async (user: string, n: unknown, more: Record<string, unknown> = {}) =>
  (await publish(base, { userId: user, type: 'm', payload: n, durable: true, ...more })).body;

/** Subscribes to everything after `since` and returns the replayed envelopes. */
async function replayed(device: Device, since: number, count: number): Promise<any[]> {
  device.json({ type: 'subscribe', filters: [{ type: 'm' }], since });
  assert.deepEqual(await device.nextJson(), { type: 'subscribed', count: 1 });
  const envelopes: any[] = [];
  while (envelopes.length < count) envelopes.push(await device.nextJson());
  await device.barrier();
  return envelopes;
}

describe('hopeflow durable envelopes', { concurrency: true }, () => {
  test('published to nobody, they wait, and come once, in order, before what is live', async () => {
    const user = freshUser();
    for (let n = 1; n <= 3; n += 1) {
      const body = await publishDurable(user, n);
      assert.deepEqual(Object.keys(body), ['clientCount', 'results', 'envelopeId', 'seq']);
      assert.deepEqual([body.clientCount, body.results, body.seq], [0, [], n]);
    }
    assert.equal((await publishDurable(user, 'other', { type: 'other' })).seq, 4);
    const { device, welcome } = await Device.v2(base, user);
    assert.equal(device.protocol, 'hopeflow.v2');
    assert.deepEqual(Object.keys(welcome), ['type', 'protocol', 'epoch', 'head', 'connectionId']);
    assert.deepEqual([welcome.type, welcome.protocol, welcome.head], ['welcome', 'hopeflow.v2', 4]);
    assert.match(welcome.epoch, /^[0-9a-f]{8}$/);
    const envelopes = await replayed(device, 1, 2);
    assert.deepEqual(envelopes.map((envelope) => [envelope.payload, envelope.seq, envelope.replay]), [[2, 2, true], [3, 3, true]]);
    const live = publish(base, { userId: user, type: 'm', payload: 'live', durable: true });
    const envelope = await device.answer('got it');
    assert.deepEqual([envelope.seq, 'replay' in envelope], [5, false]);
    assert.deepEqual((await live).body.results, ['got it']);
    for (const [query, first] of [[`?since=1&epoch=${welcome.epoch}`, 2], ['?since=3&epoch=00000000', 1]] as const) {
      const { device } = await Device.v2(base, user, query);
      device.subscribe({ type: 'm' });
      assert.equal((await device.nextJson()).type, 'subscribed');
      assert.equal((await device.nextJson()).seq, first, query);
    }
    assert.equal((await replyOfRefusal(base, '/?since=x', { headers: bearer({ userId: user }), protocols: ['hopeflow.v2'] })).status, 400);
  });

  test('the same key twice: one envelope, the first answer again', async () => {
    const user = freshUser();
    const { device } = await Device.v2(base, user);
    await replayed(device, 0, 0);
    const headers = { 'idempotency-key': randomUUID() };
    const body = { userId: user, type: 'm', payload: { a: 1 }, durable: true };
    const first = publish(base, body, headers);
    const repeated = publish(base, body, headers);
    await device.answer('once');
    const [one, two] = await Promise.all([first, repeated]);
    const three = await publish(base, body, headers);
    assert.deepEqual([one.body.results, two.reply.text, three.reply.text], [['once'], one.reply.text, one.reply.text]);
    assert.deepEqual([one, two, three].map(({ reply }) => reply.headers['idempotent-replay']).filter(Boolean).length, 2);
    const reused = await publish(base, { ...body, payload: { a: 2 } }, headers);
    assert.equal(reused.status, 422);
    assert.equal((await publish(base, body, { 'idempotency-key': 'a b' })).status, 400);
    await device.barrier();
    assert.deepEqual(device.rest(), [], 'nothing came twice');
  });
});

test('a kill -9 keeps what was answered and what was handed out', async () => {
  const user = freshUser();
  const { device, welcome } = await Device.v2(base, user);
  await replayed(device, 0, 0);
  const key = { 'idempotency-key': randomUUID() };
  const stored = await publishDurable(user, 'ignored', { type: 'nobody hears' });
  assert.equal(stored.seq, 1);
  const body = { userId: user, type: 'm', payload: 'kept', durable: true };
  // The connection of this publisher dies with the server. `worker/doors.test.ts` covers the death of the object alone.
  const waiting = publish(base, body, key).catch(() => undefined);
  const envelope = await device.nextJson();
  await server.killRuntime();
  await waiting;
  const again = await Device.v2(base, user, `?since=0&epoch=${welcome.epoch}`);
  assert.deepEqual([again.welcome.epoch, again.welcome.head], [welcome.epoch, 2]);
  assert.equal((await replayed(again.device, 0, 1))[0].envelopeId, envelope.envelopeId);
  const repeated = await publish(base, body, key);
  assert.deepEqual([repeated.status, repeated.body.envelopeId, repeated.body.seq], [200, envelope.envelopeId, 2]);
});
