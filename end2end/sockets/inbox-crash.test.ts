// messenger.md 9 and 14: what was acknowledged reaches the inbox of an absent member, whatever dies right after the ack; and what
// was read leaves it.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { marker } from '../harness/ids.ts';
import { persona } from '../harness/session.ts';
import { FrameSocket } from '../harness/socket.ts';
import { onOwnServer } from '../harness/suite.ts';
import { until } from '../harness/wait.ts';

const server = await onOwnServer({ RATE_LOGIN: '0', RATE_REST: '0', RATE_CHAT: '0' });
const { base } = server;

test('kill -9 right after the ack: the message is in the inbox once, and goes when it is read', { timeout: 120_000 }, async () => {
  const [writer, reader] = [await persona(base, 'user_1'), await persona(base, 'user_2')];
  const { id: room } = await writer.api.ok('POST', '/api/rooms/dm', { userId: 'user_2' });
  const socket = await FrameSocket.room(base, room, writer);
  await socket.next('history');
  const contents = [marker(), marker(), marker()];
  let seq = 0;
  for (const content of contents) ({ seq } = await socket.say(content));
  await server.kill9();
  await server.restart();
  // Nobody comes into the room: its own alarm has to do it.
  const item = await until('the inbox', async () => {
    const { items } = await reader.api.ok('GET', '/api/inbox');
    return items.find((one: any) => one.roomId === room && one.toSeq === seq);
  }, 30_000);
  assert.deepEqual([item.count, item.last.content], [contents.length, contents.at(-1)]);

  const there = await FrameSocket.room(base, room, reader);
  await there.next('history');
  there.send({ type: 'ack', upToSeq: seq, status: 'read' });
  await until('an empty inbox', async () => (await reader.api.ok('GET', '/api/inbox')).items.length === 0);
  await there.close();
});
