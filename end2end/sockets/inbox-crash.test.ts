// push.md 1: an acknowledged message reaches the inbox of an absent member, even if a kill follows the ack. Messages that were read or
// deleted for oneself leave the inbox.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { marker } from '../harness/ids.ts';
import { persona } from '../harness/session.ts';
import { FrameSocket } from '../harness/socket.ts';
import { onOwnServer } from '../harness/suite.ts';
import { FAST_WRITES, inObject, isBusy, slowWrites } from '../harness/tables.ts';
import { until } from '../harness/wait.ts';

const server = await onOwnServer({ RATE_LOGIN: '0', RATE_REST: '0', RATE_CHAT: '0' });
const { base } = server;

test('kill -9 right after the ack: the message is in the inbox once, and goes when it is read', async () => {
  const [writer, reader] = [await persona(base, 'user_1'), await persona(base, 'user_2')];
  const { id: room } = await writer.api.ok('POST', '/api/rooms/dm', { userId: 'user_2' });
  const socket = await FrameSocket.room(base, room, writer);
  await socket.next('history');
  const contents = [marker(), marker(), marker()];
  let seq = 0;
  for (const content of contents) ({ seq } = await socket.say(content));
  await server.kill9();
  await server.restart();
  // No request wakes the room; only its alarm does.
  const item = await until('the inbox', async () => {
    const { items } = await reader.api.ok('GET', '/api/inbox');
    return items.find((one: any) => one.roomId === room && one.toSeq === seq);
  });
  assert.deepEqual([item.count, item.last.content], [contents.length, contents.at(-1)]);

  const there = await FrameSocket.room(base, room, reader);
  await there.next('history');
  there.send({ type: 'ack', upToSeq: seq, status: 'read' });
  await until('an empty inbox', async () => (await reader.api.ok('GET', '/api/inbox')).items.length === 0);
  await there.close();
});

test('kill -9 between what somebody deleted for themselves and the inbox that hears of it: it does not wait @night', async () => {
  const [writer, reader] = [await persona(base, 'user_5'), await persona(base, 'user_6')];
  const { id: room } = await writer.api.ok('POST', '/api/rooms/dm', { userId: 'user_6' });
  const said: { id: string; seq: number }[] = [];
  for (const content of [marker(), marker()]) said.push(await writer.api.ok('POST', '/api/messages', { roomId: room, content }));
  const [first, last] = said;
  const waiting = async () => (await reader.api.ok('GET', '/api/inbox')).items.find((one: any) => one.roomId === room);
  await until('both in the inbox', async () => (await waiting())?.toSeq === last!.seq);
  await server.kill9();
  const inboxOfReader: [string, string] = ['SELECT 1 FROM inbox WHERE room = ?', room];
  inObject(server.state, inboxOfReader, slowWrites('DELETE', 'inbox'));
  await server.restart();
  // The room has stored the change. The object of the reader is at work and blocks the only thread of the runtime.
  const deleted = reader.api.delete(`/api/messages/${last!.id}?roomId=${room}&for=me`).catch(() => undefined);
  await until('something is taken out of the inbox', () => isBusy(base));
  await server.kill9();
  await deleted;
  inObject(server.state, inboxOfReader, FAST_WRITES);
  await server.restart();
  const { messages } = await reader.api.ok('GET', `/api/messages?roomId=${room}`);
  assert.deepEqual(messages.map((one: any) => one.type), ['chat', 'hidden'], 'the room knows that it was deleted');
  const left = await until('only the first', async () => {
    const item = await waiting();
    return item?.count === 1 && item;
  });
  assert.deepEqual([left.toSeq, left.last.id], [first!.seq, first!.id]);
});
