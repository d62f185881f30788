// core.md 8, row 15: /api/health checks each binding and says so.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Api } from '../harness/api.ts';
import { onSharedServer } from '../harness/suite.ts';

const base = await onSharedServer();
const OBJECTS = ['CHAT_ROOM', 'ROOM', 'PRESENCE_ROOM', 'HOPEFLOW_REALTIME', 'WEBSOCKET_SERVER', 'AUTH', 'GATE', 'DIR', 'HUB_ROOM', 'FLAGS'];
const BINDINGS = [...OBJECTS, 'SESSION_KV', 'DB', 'FILES'];

test('health names every binding and each is well', async () => {
  const answer = await new Api(base).get('/api/health');
  assert.equal(answer.status, 200);
  for (const name of BINDINGS) assert.ok(answer.reply.text.includes(`"${name}"`), `${name} in ${answer.reply.text}`);
  assert.equal(answer.data.packet, true, 'the packet codec reads what it writes');
  assert.doesNotMatch(answer.reply.text, /"(error|failed|missing)"|:false[,}](?<!"success":false.)/);
});
