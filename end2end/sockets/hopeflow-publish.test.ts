// hopeflow.md 3 to 5: filters, envelopes, acks and the wait of the publisher.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Device, freshUser, publish } from '../harness/hopeflow.ts';
import { PATIENCE_MS, moment, until } from '../harness/wait.ts';
import { onSharedServer } from '../harness/suite.ts';

const base = await onSharedServer();

/** Returns `true` if a publish reaches the device. Otherwise it is answered at once with 0 clients. */
async function reaches(device: Device, user: string, envelope: Record<string, unknown>): Promise<boolean> {
  let body: any;
  const waiting = publish(base, { userId: user, ...envelope }).then((published) => (body = published.body));
  await until('an envelope, or the answer that nobody wants it', () => body !== undefined || device.rest().length > 0, PATIENCE_MS, 2);
  if (device.rest().length > 0) await device.answer();
  await waiting;
  return body.clientCount > 0;
}

/** Starts a publish that a silent device holds up. */
async function unanswered(): Promise<{ isOver: boolean }> {
  const user = freshUser();
  const device = await Device.listening(base, user, { type: 'm' });
  const slow = { isOver: false };
  void publish(base, { userId: user, type: 'm' }).then(() => (slow.isOver = true));
  await device.nextJson();
  return slow;
}

describe('hopeflow publish', { concurrency: true }, () => {
  test('nothing is sent on connect, and who did not subscribe is not waited for', async () => {
    const user = freshUser();
    const device = await Device.of(base, user);
    assert.equal(device.protocol, '');
    const slow = await unanswered();
    const { body, status } = await publish(base, { userId: user, payload: 1 });
    assert.deepEqual([status, body], [200, { clientCount: 0, results: [] }]);
    assert.equal(slow.isOver, false, 'not after the five seconds of a silent socket');
    await device.barrier();
    assert.deepEqual(device.rest(), []);
  });

  test('the envelope has five members in their order, and the payload is copied', async () => {
    const user = freshUser();
    const device = await Device.listening(base, user, { type: 'chat' }, { type: 'message' });
    const payload = '{ "z":1.0,"a":1e400 ,"s":"\\ud800\\u2028","list":[ 1,2]}';
    const waiting = publish(base, `{"userId":" ${user} ","type":" chat ","payload":${payload},"envelopeId":"mine","timestamp":"never"}`);
    const text = await device.next();
    const { envelopeId } = JSON.parse(text.replace('1e400', '1'));
    device.json({ type: 'ack', envelopeId, result: { ok: true } });
    const pattern = /^\{"envelopeId":"([0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12})","type":"chat","userId":"([^"]+)","timestamp":"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z","payload":(.*)\}$/;
    const [, , toUser, copied] = pattern.exec(text) ?? assert.fail(text);
    assert.deepEqual([toUser, copied], [user, payload]);
    assert.equal((await waiting).reply.text, '{"clientCount":1,"results":[{"ok":true}]}');
    for (const type of [undefined, '', ' ', 5, null]) {
      const plain = publish(base, { userId: user, ...(type === undefined ? {} : { type }) });
      const envelope = await device.answer();
      assert.deepEqual(Object.keys(envelope), ['envelopeId', 'type', 'userId', 'timestamp']);
      assert.equal(envelope.type, 'message');
      assert.deepEqual((await plain).body, { clientCount: 1, results: [null] });
    }
    const nothing = publish(base, { userId: user, payload: null });
    assert.equal((await device.answer()).payload, null);
    await nothing;
  });

  test('filters match exactly', async () => {
    const rows: [Record<string, unknown>, Record<string, unknown>, boolean][] = [
      [{ type: 'chat' }, { type: 'chat', payload: 5 }, true],
      [{ type: ' chat ' }, { type: 'chat' }, true],
      [{ type: 'chat' }, { type: 'Chat' }, false],
      [{ type: 'chat', a: 'x' }, { type: 'chat', payload: { a: 'x', b: 1 } }, true],
      [{ type: 'chat', a: 'x' }, { type: 'chat', payload: { a: ' x ' } }, false],
      [{ type: 'chat', a: 'x' }, { type: 'chat' }, false],
      [{ type: 'chat', a: '1' }, { type: 'chat', payload: { a: 1 } }, false],
      [{ type: 'chat', a: 'true' }, { type: 'chat', payload: { a: true } }, false],
      [{ type: 'chat', a: '' }, { type: 'chat', payload: { a: '' } }, true],
      [{ type: 'chat', a: '' }, { type: 'chat', payload: {} }, false],
      [{ type: 'chat', '0': 'x' }, { type: 'chat', payload: ['x'] }, true],
      [{ type: 'chat', '00': 'x' }, { type: 'chat', payload: ['x'] }, false],
      [{ type: 'chat', length: '1' }, { type: 'chat', payload: ['x'] }, false],
      [{ type: 'chat', 'deep.a': 'x' }, { type: 'chat', payload: { deep: { a: 'x' } } }, false],
      [{ type: 'chat', 'deep.a': 'x' }, { type: 'chat', payload: { 'deep.a': 'x' } }, true],
      [{ type: 'chat', toString: 'x' }, { type: 'chat', payload: {} }, false],
      [{ type: 'chat', a: 'é' }, { type: 'chat', payload: { a: 'e\u0301' } }, false],
      [{ type: 'chat' }, { type: 'chat', payload: { type: 'other' } }, true],
    ];
    await Promise.all(rows.map(async ([filter, envelope, expected]) => {
      const user = freshUser();
      const device = await Device.listening(base, user, filter);
      assert.equal(await reaches(device, user, envelope), expected, JSON.stringify([filter, envelope]));
      device.terminate();
    }));
    const user = freshUser();
    const device = await Device.of(base, user);
    device.text('{"type":"subscribe","filters":[{"type":"m","__proto__":"p"},5,{"type":"n","k":1},{"k":"v"},null]}');
    await device.barrier();
    assert.equal(await reaches(device, user, { type: 'm', payload: {} }), false, '__proto__ does not widen');
    const own = publish(base, `{"userId":"${user}","type":"m","payload":{"__proto__":"p"}}`);
    await device.answer();
    assert.equal((await own).body.clientCount, 1);
    assert.equal(await reaches(device, user, { type: 'n', payload: {} }), false, 'one bad value refuses the filter');
  });

  test('a socket that matches by several filters gets the envelope once; unsubscribe removes equal filters only', async () => {
    const user = freshUser();
    const device = await Device.listening(base, user, { type: 'm' }, { type: 'm', a: 'x', b: 'y' }, { b: 'y', a: 'x', type: 'm' });
    const waiting = publish(base, { userId: user, type: 'm', payload: { a: 'x', b: 'y' } });
    await device.answer(1);
    assert.deepEqual((await waiting).body, { clientCount: 1, results: [1] });
    device.unsubscribe({ type: 'm', a: 'x' }, { type: 'm' });
    await device.barrier();
    assert.equal(await reaches(device, user, { type: 'm', payload: { a: 'x' } }), false);
    assert.equal(await reaches(device, user, { type: 'm', payload: { a: 'x', b: 'y' } }), true);
    device.unsubscribe({ b: 'y', type: 'm', a: 'x' });
    await device.barrier();
    assert.equal(await reaches(device, user, { type: 'm', payload: { a: 'x', b: 'y' } }), false);
  });

  test('the 51st filter of a message is ignored, a second message adds more', async () => {
    const user = freshUser();
    const filters = Array.from({ length: 51 }, (_, n) => ({ type: `t${n}` }));
    const device = await Device.listening(base, user, ...filters);
    assert.equal(await reaches(device, user, { type: 't49' }), true);
    assert.equal(await reaches(device, user, { type: 't50' }), false);
    device.subscribe({ type: 't50' });
    await device.barrier();
    assert.equal(await reaches(device, user, { type: 't50' }), true);
    assert.equal(await reaches(device, user, { type: 't0' }), true);
  });

  test('ping in any spelling is pong; everything not understood is ignored', async () => {
    const user = freshUser();
    const device = await Device.of(base, user);
    for (const text of ['', 'x', 'null', '5', '[]', '{', '{"type":"later"}', '{"type":"subscribe"}', '{"type":"subscribe","filters":{}}', '{"type":"ack"}', '{"type":"ack","envelopeId":5}']) device.text(text);
    device.binary(Buffer.from('ping'));
    for (const ping of ['ping', ' PING ', 'Ping\n']) {
      device.text(ping);
      assert.equal(await device.next(), 'pong');
    }
    assert.deepEqual(device.rest(), []);
    device.text('x'.repeat(1_048_577));
    assert.equal((await device.end()).code, 1009);
    assert.deepEqual((await publish(base, { userId: user })).body, { clientCount: 0, results: [] });
  });

  test('five sockets that answer 3, 0, 4, 1, 2 are told in that order', async () => {
    const user = freshUser();
    const devices = await Promise.all(Array.from({ length: 5 }, () => Device.listening(base, user, { type: 'm' })));
    const waiting = publish(base, { userId: user, type: 'm' });
    const envelopes = await Promise.all(devices.map((device) => device.nextJson()));
    for (const n of [3, 0, 4, 1, 2]) {
      const ack = { type: 'ack', envelopeId: envelopes[n].envelopeId, result: n };
      devices[n]!.json(ack);
      devices[n]!.json({ ...ack, result: 'twice' });
      await devices[n]!.barrier();
    }
    assert.deepEqual((await waiting).body, { clientCount: 5, results: [3, 0, 4, 1, 2] });
  });

  test('acks of others are nothing: another socket, another person, an unknown envelope', async () => {
    const [user, other] = [freshUser(), freshUser()];
    const target = await Device.listening(base, user, { type: 'm' });
    const [bystander, stranger] = [await Device.of(base, user), await Device.of(base, other)];
    const waiting = publish(base, { userId: user, type: 'm' });
    const { envelopeId } = await target.nextJson();
    for (const device of [bystander, stranger]) {
      device.json({ type: 'ack', envelopeId, result: 'forged' });
      device.json({ type: 'ack', envelopeId: 'unknown', result: 'forged' });
      await device.barrier();
    }
    target.json({ type: 'ack', envelopeId: 'unknown' });
    target.json({ type: 'ack', envelopeId, result: 'mine' });
    assert.deepEqual((await waiting).body, { clientCount: 1, results: ['mine'] });
  });

  test('a socket that closes or is cut ends the wait early', async () => {
    for (const leave of [(device: Device) => void device.close(), (device: Device) => device.terminate()]) {
      const user = freshUser();
      const [one, two] = [await Device.listening(base, user, { type: 'm' }), await Device.listening(base, user, { type: 'm' })];
      const slow = await unanswered();
      const waiting = publish(base, { userId: user, type: 'm' });
      await Promise.all([one.nextJson(), two.answer('here')]);
      leave(one);
      const { body } = await waiting;
      assert.deepEqual(body, { clientCount: 2, results: ['here'] });
      assert.equal(slow.isOver, false, 'not after the five seconds of a silent socket');
    }
  });

  test('a silent socket ends it at 5 s; its late ack is harmless; others go on meanwhile @night', async () => {
    const user = freshUser();
    const device = await Device.listening(base, user, { type: 'slow' }, { type: 'm' });
    const slow = publish(base, { userId: user, type: 'slow' });
    const { envelopeId } = await device.nextJson();
    const quick = publish(base, { userId: user, type: 'm' });
    await device.answer('quick');
    assert.deepEqual((await quick).body, { clientCount: 1, results: ['quick'] });
    const { body, tookMs } = await slow;
    assert.deepEqual(body, { clientCount: 1, results: [] });
    assert.ok(tookMs >= 5_000, `${tookMs}`);
    device.json({ type: 'ack', envelopeId, result: 'late' });
    await device.barrier();
    assert.equal(await reaches(device, user, { type: 'm' }), true);
  });

  test('of 20 publishes at once each gets its own result', async () => {
    const user = freshUser();
    const device = await Device.listening(base, user, { type: 'm' });
    const all = Array.from({ length: 20 }, (_, n) => publish(base, { userId: user, type: 'm', payload: n }));
    const envelopes: any[] = [];
    while (envelopes.length < 20) envelopes.push(await device.nextJson());
    for (const envelope of envelopes.reverse()) device.json({ type: 'ack', envelopeId: envelope.envelopeId, result: envelope.payload });
    const results = await Promise.all(all);
    assert.deepEqual(results.map(({ body }) => body.results), Array.from({ length: 20 }, (_, n) => [n]));
  });

  test('one publish after the other reaches each socket in order', async () => {
    const user = freshUser();
    const device = await Device.listening(base, user, { type: 'm' });
    for (let n = 0; n < 20; n += 1) {
      const waiting = publish(base, { userId: user, type: 'm', payload: n });
      assert.equal((await device.answer()).payload, n);
      await waiting;
    }
  });

  test('50 devices of a person: one publish, 50 results', async () => {
    const user = freshUser();
    const devices = await Promise.all(Array.from({ length: 50 }, () => Device.listening(base, user, { type: 'm' })));
    const waiting = publish(base, { userId: user, type: 'm' });
    await Promise.all(devices.map((device, n) => device.answer(n)));
    const { body } = await waiting;
    assert.equal(body.clientCount, 50);
    assert.deepEqual([...body.results].sort((a: number, b: number) => a - b), Array.from({ length: 50 }, (_, n) => n));
    devices.forEach((device) => device.terminate());
  });

  test('a result that is too large is told as null', async () => {
    const user = freshUser();
    const device = await Device.listening(base, user, { type: 'm' });
    for (const [result, told] of [['x'.repeat(65_534), true], ['x'.repeat(65_535), false]] as [string, boolean][]) {
      const waiting = publish(base, { userId: user, type: 'm' });
      await device.answer(result);
      assert.deepEqual((await waiting).body.results, [told ? result : null]);
    }
  });

  test('results are told byte by byte, short or long, with spaces and in any script', async () => {
    const user = freshUser();
    const device = await Device.listening(base, user, { type: 'm' });
    for (const result of ['{"b":1, "a":1e400}', '"\\u00e9"', '"é\u007f"', '[1,\n\t2]', `"${'x'.repeat(5_000)}"`]) {
      const waiting = publish(base, { userId: user, type: 'm' });
      const { envelopeId } = await device.nextJson();
      device.text(`{"type":"ack","envelopeId":"${envelopeId}","result":${result}}`);
      const { reply } = await waiting;
      assert.equal(reply.text, `{"clientCount":1,"results":[${result}]}`);
      assert.equal(reply.headers['content-type'], 'application/json; charset=utf-8');
    }
  });

  test('names are compared byte by byte', async () => {
    const tag = freshUser();
    const users = [`${tag}a/b`, `${tag}a%2Fb`, `${tag}A/B`, `${tag}a b`, `${tag}é`, `${tag}e\u0301`];
    const devices = await Promise.all(users.map((user) => Device.listening(base, user, { type: 'm' })));
    for (const [n, user] of users.entries()) {
      const waiting = publish(base, { userId: user, type: 'm' });
      const envelope = await devices[n]!.answer();
      assert.equal(envelope.userId, user);
      assert.equal((await waiting).body.clientCount, 1);
    }
    for (const device of devices) assert.deepEqual(device.rest(), []);
  });

  test('after 12 s of silence filters are there; subscribe adds to them, unsubscribe removes only its own @night', async () => {
    const user = freshUser();
    const device = await Device.listening(base, user, { type: 'a' }, { type: 'b' });
    await moment(Date.now() + 12_000);
    assert.equal(await reaches(device, user, { type: 'a' }), true);
    await moment(Date.now() + 12_000);
    device.subscribe({ type: 'c' });
    device.unsubscribe({ type: 'b' });
    await device.barrier();
    assert.equal(await reaches(device, user, { type: 'a' }), true);
    assert.equal(await reaches(device, user, { type: 'b' }), false);
    assert.equal(await reaches(device, user, { type: 'c' }), true);
  });

  test('filters that no attachment could hold are kept as well @night', async () => {
    const user = freshUser();
    const device = await Device.of(base, user);
    for (let message = 0; message < 10; message += 1) {
      device.subscribe(...Array.from({ length: 50 }, (_, n) => ({ type: `t${message * 50 + n}`, key: 'v'.repeat(1_000) })));
    }
    device.subscribe({ type: 'one too many' });
    await device.barrier();
    await moment(Date.now() + 12_000);
    assert.equal(await reaches(device, user, { type: 't499', payload: { key: 'v'.repeat(1_000) } }), true);
    assert.equal(await reaches(device, user, { type: 'one too many' }), false);
  });
});
