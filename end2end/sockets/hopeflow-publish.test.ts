// hopeflow.md 3 to 5: envelopes and results byte by byte, and the wait of the publisher. Filters, acks and the order of results are laws of
// `protocol/src/machines/channel`.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Device, freshUser, publish } from '../harness/hopeflow.ts';
import { onSharedServer } from '../harness/suite.ts';

const base = await onSharedServer();

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
    const plain = publish(base, { userId: user });
    const envelope = await device.answer();
    assert.deepEqual(Object.keys(envelope), ['envelopeId', 'type', 'userId', 'timestamp']);
    assert.equal(envelope.type, 'message');
    assert.deepEqual((await plain).body, { clientCount: 1, results: [null] });
  });

  test('ping is pong, a binary frame is nothing, and one that is too large ends the socket', async () => {
    const user = freshUser();
    const device = await Device.of(base, user);
    for (const text of ['', 'null', '{"type":"later"}']) device.text(text);
    device.binary(Buffer.from('ping'));
    device.text(' PING\n');
    assert.equal(await device.next(), 'pong');
    assert.deepEqual(device.rest(), []);
    device.text('x'.repeat(1_048_577));
    assert.equal((await device.end()).code, 1009);
    assert.deepEqual((await publish(base, { userId: user })).body, { clientCount: 0, results: [] });
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

  test('a silent socket ends it at 5 s @night', async () => {
    const user = freshUser();
    await Device.listening(base, user, { type: 'm' });
    const { body, tookMs } = await publish(base, { userId: user, type: 'm' });
    assert.deepEqual(body, { clientCount: 1, results: [] });
    assert.ok(tookMs >= 5_000, `${tookMs}`);
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
});
