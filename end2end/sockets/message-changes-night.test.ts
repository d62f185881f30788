// messenger.md 5.3 and 8: acknowledged changes of messages survive a kill -9.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { uuidv7 } from '../harness/ids.ts';
import { page, pairIn } from '../harness/pairs.ts';
import { onOwnServer } from '../harness/suite.ts';
import { until } from '../harness/wait.ts';

const vars = { OPEN_ROOMS: '1', RATE_LOGIN: '0', RATE_REST: '0', RATE_CHAT: '0', RATE_MUTATE: '0', RATE_HISTORY: '0' };
const server = await onOwnServer(vars);
const { base } = server;

const pair = () => pairIn(base);

test('an edit and a deletion that were acknowledged are there after kill -9 @night', async () => {
  const { room, one, mine, theirs } = await pair();
  const [edited, deleted] = [await mine.say('before'), await mine.say('to be gone')];
  const changes = [
    { type: 'edit', id: uuidv7(), messageId: edited.id, content: 'after' },
    { type: 'delete', id: uuidv7(), messageId: deleted.id, for: 'all' },
  ];
  for (const change of changes) {
    mine.send(change);
    await mine.next((frame) => frame.type === 'ack' && frame['id'] === change.id);
  }
  await server.kill9();
  await server.restart();
  for (const socket of [mine, theirs]) await socket.closed;
  const all = await until('the room again', async () => await page(one, room));
  assert.equal(all.find((message) => message.id === edited.id).content, 'after');
  assert.equal(all.find((message) => message.id === deleted.id).deleted, true);
});
