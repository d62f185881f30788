// messagehub.md 12, core.md 11: a kill at any moment. Every acknowledged message is there once, in its place.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { all, hubRoom, HubSocket, page, post } from '../harness/hub.ts';
import { onOwnServer } from '../harness/suite.ts';
import { PATIENCE_MS, until, within } from '../harness/wait.ts';

const server = await onOwnServer({ RATE_HUB: '0' });
const { base } = server;

test('kill -9 in a burst: every acknowledged message once, in its place; ids are known afterwards', async () => {
  const room = hubRoom();
  const writers = await Promise.all([0, 1, 2].map(() => HubSocket.enveloped(base, room)));
  const { epoch } = await writers[0]!.op('hello');
  for (let n = 0; n < 200; n += 1) for (const [who, writer] of writers.entries()) writer.say({ op: 'send', id: `${who}.${n}`, body: `${who}.${n}` });
  const posted: [string, string][] = [];
  const posting = (async () => {
    for (;;) {
      const reply = await post(base, room, 'posted').catch(() => undefined);
      if (!reply) return;
      assert.equal(reply.status, 202);
      posted.push([String(reply.headers['x-message-id']), String(reply.headers['x-message-seq'])]);
    }
  })();
  await writers[0]!.op((op) => (op.op === 'ack' || op.op === 'msg') && op.seq >= 150);
  await until('some were answered', () => posted.length >= 10, PATIENCE_MS, 5);
  await server.kill9();
  await within('all have noticed', Promise.all([posting, ...writers.map((writer) => writer.closed)]));
  await server.restart();

  const items = await all(base, room);
  assert.deepEqual(items.map((item) => item.seq), items.map((_, n) => n + 1), 'no gap');
  assert.equal(new Set(items.map((item) => item.id)).size, items.length, 'no double');
  assert.equal((await page(base, room)).epoch, epoch);
  const places = new Map(items.map((item) => [item.id, item.seq]));
  for (const [id, seq] of posted) assert.equal(String(places.get(id)), seq, 'answered, and kept');
  for (const op of writers.flatMap((writer) => writer.ops())) {
    if (op.op === 'ack' || op.op === 'msg') assert.equal(places.get(op.id), op.seq, 'acknowledged or shown, and kept');
  }
  const back = await HubSocket.enveloped(base, room, { query: `?after=0&epoch=${epoch}` });
  for (let n = 0; n < 200; n += 1) back.say({ op: 'send', id: `0.${n}`, body: `0.${n}` });
  await back.op((op) => op.op === 'ack' && op.id === '0.199');
  const acks = back.ops().filter((op) => op.op === 'ack');
  for (const ack of acks) assert.equal(ack.duplicate, places.has(ack.id), ack.id);
  const whole = await all(base, room);
  assert.deepEqual(whole.filter((item) => item.body!.startsWith('0.')).map((item) => item.body), Array.from({ length: 200 }, (_, n) => `0.${n}`));
});
