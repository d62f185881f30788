// core.md 2.3: an inbox keeps items until they are acknowledged, for 30 days and up to 1,000 events. Dropping an item loses only the note,
// because the log has the event.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { uuidv7 } from '../harness/ids.ts';
import { fixed } from '../harness/limits.ts';
import { persona } from '../harness/session.ts';
import { FrameSocket } from '../harness/socket.ts';
import { onOwnServer } from '../harness/suite.ts';
import { changeObject } from '../harness/tables.ts';
import { until } from '../harness/wait.ts';

const ENTRIES_MAX = fixed.inboxEntries;
const MORE = 60;
const DAY_MS = 86_400_000;
const server = await onOwnServer(Object.fromEntries(['LOGIN', 'REST', 'CHAT', 'FRAME'].map((rule) => [`RATE_${rule}`, '0'])));
const { base } = server;

test('the newest thousand wait, for thirty days @night', async () => {
  const [writer, reader] = [await persona(base, 'user_1'), await persona(base, 'user_2')];
  const { id: room } = await writer.api.ok('POST', '/api/rooms/dm', { userId: 'user_2' });
  const socket = await FrameSocket.joined(base, room, writer, { protocols: ['cfm.v1.batch'] });
  let head = 0;
  while (head < ENTRIES_MAX + MORE) {
    const frames = Array.from({ length: MORE }, (_, n) => ({ type: 'chat', id: uuidv7(), content: `${head + n + 1}` }));
    socket.send(frames);
    head = (await socket.answerTo(frames.at(-1)!.id))['seq'];
  }
  await socket.close();
  const waits = async () => (await reader.api.ok('GET', '/api/inbox')).items.find((one: any) => one.roomId === room);
  const item = await until('all of it in the inbox', async () => {
    const found = await waits();
    return found?.toSeq === head && found;
  });
  assert.deepEqual([item.count, item.fromSeq, item.last.content], [ENTRIES_MAX, head - ENTRIES_MAX + 1, `${head}`]);
  const { messages } = await reader.api.ok('GET', `/api/messages?roomId=${room}&since=0&limit=1`);
  assert.equal(messages[0].content, '1', 'the log keeps what is not waited for any more');

  await server.kill9();
  changeObject(server.state, 'UPDATE inbox SET ts = ts - ? WHERE room = ? AND seq = ?', 31 * DAY_MS, room, head - ENTRIES_MAX + 1);
  changeObject(server.state, 'UPDATE inbox SET ts = ts - ? WHERE room = ? AND seq = ?', 29 * DAY_MS, room, head - ENTRIES_MAX + 2);
  await server.restart();
  const left = await until('what is older is gone', async () => {
    const found = await waits();
    return found?.count === ENTRIES_MAX - 1 && found;
  });
  assert.equal(left.fromSeq, head - ENTRIES_MAX + 2);
  assert.equal((await reader.api.ok('GET', '/api/rooms?scope=mine')).items.find((one: any) => one.id === room).lastSeq, head);
});
