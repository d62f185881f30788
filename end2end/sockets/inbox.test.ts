// push.md 1: a person outside the room learns of a message on the presence socket. The message stays in the inbox until it is acknowledged.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { envelope, refused } from '../harness/api.ts';
import { CAST } from '../harness/cast.ts';
import { marker } from '../harness/ids.ts';
import { persona } from '../harness/session.ts';
import { FrameSocket } from '../harness/socket.ts';
import { onSharedServer } from '../harness/suite.ts';
import { until } from '../harness/wait.ts';

const base = await onSharedServer();

test('a message to somebody outside of the room: notified, kept, acknowledged', async () => {
  const [A, B] = CAST.inbox;
  const [writer, reader] = [await persona(base, A), await persona(base, B)];
  const device = await FrameSocket.presence(base, reader);
  await device.next('welcome');
  const { id: room } = await writer.api.ok('POST', '/api/rooms/dm', { userId: B });
  // An impossible number, or a room without messages, must not hide later messages.
  const ack = (seq: string) =>
    reader.api.raw('POST', '/api/inbox/ack', { headers: { 'content-type': 'application/json' }, body: `{"items":[{"roomId":"${room}","seq":${seq}}]}` });
  for (const none of ['9007199254740992', '9223372036854775807', '9223372036854775808', '18446744073709551615', '99999999999999999999', '-1', '1.5', '1e3', '"1"', 'null']) {
    refused(envelope(await ack(none)), 400, 'VALIDATION');
  }
  assert.equal(envelope(await ack('9007199254740991')).status, 200);
  const socket = await FrameSocket.room(base, room, writer);
  await socket.next('history');
  const [first, second] = [marker(), marker()];
  await socket.say(first);
  const { seq } = await socket.say(second);
  const received = await device.next((frame) => frame.type === 'message_notification' && frame['message'].content === second);
  assert.equal(received['message'].roomId, room);
  assert.equal(received['message'].seq, seq);
  assert.equal(received['unread'], 2);
  assert.equal(device.all('message_notification').length, 2, 'told once each');

  const item = await until('the inbox item', async () => {
    const { items } = await reader.api.ok('GET', '/api/inbox');
    return items.find((one: any) => one.roomId === room && one.toSeq === seq);
  });
  assert.deepEqual([item.fromSeq, item.toSeq, item.count, item.last.content], [1, 2, 2, second]);
  assert.deepEqual((await writer.api.ok('GET', '/api/inbox')).items, [], 'not to its author');

  await reader.api.ok('POST', '/api/inbox/ack', { items: [{ roomId: room, seq: seq - 1 }] });
  assert.deepEqual((await reader.api.ok('GET', '/api/inbox')).items.map((one: any) => [one.fromSeq, one.count]), [[seq, 1]]);
  assert.equal(envelope(await ack('9007199254740991')).status, 200);
  assert.deepEqual((await reader.api.ok('GET', '/api/inbox')).items, []);
  const later = await socket.say(marker());
  await until('what came after it', async () => (await reader.api.ok('GET', '/api/inbox')).items.some((one: any) => one.fromSeq === later.seq));
  await reader.api.ok('POST', '/api/inbox/ack', { items: [{ roomId: room, seq: later.seq }] });
  assert.deepEqual((await reader.api.ok('GET', '/api/inbox')).items, []);
  for (const each of [device, socket]) await each.close();
});
