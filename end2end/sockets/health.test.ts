// messagehub.md 9, core.md 8 row 15, wasmchannel.md 4: /api/health reports the state of every part and the bindings, at little cost.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Api } from '../harness/api.ts';
import { onSharedServer } from '../harness/suite.ts';

const base = await onSharedServer();
const OBJECTS = ['CHAT_ROOM', 'ROOM', 'PRESENCE_ROOM', 'HOPEFLOW_REALTIME', 'WEBSOCKET_SERVER', 'AUTH', 'GATE', 'DIR', 'HUB_ROOM', 'FLAGS', 'QUOTA'];
const BINDINGS = [...OBJECTS, 'SESSION_KV', 'DB', 'FILES', 'ANALYTICS', 'WASMCHANNEL_QUEUE', 'OUTBOUND_QUEUE', 'DEAD_QUEUE'];

test('health names every part; what is not bound is absent and no failure', async () => {
  const answer = await new Api(base).get('/api/health');
  assert.equal(answer.status, 200);
  const { ok, checks, version, packet, bindings } = answer.data;
  const { success, data, meta, ...beside } = JSON.parse(answer.reply.text);
  assert.deepEqual(beside, data, 'in the envelope and beside it: two documents, one route');
  assert.deepEqual(checks, { do: 'ok', d1: 'ok', r2: 'ok', queue: 'ok', ai: 'absent', turnstile: 'absent' });
  assert.deepEqual([ok, packet, typeof version], [true, true, 'string']);
  for (const name of BINDINGS) assert.equal(bindings[name], 'ok', name);
  assert.equal(bindings['AI'], 'absent', 'only where it is deployed');
});

test('what was found is remembered: a hundred questions are answered at once', async () => {
  const api = new Api(base);
  await api.get('/api/health');
  const answers = await Promise.all(Array.from({ length: 100 }, () => api.get('/api/health')));
  for (const answer of answers) assert.equal(answer.status, 200);
});
