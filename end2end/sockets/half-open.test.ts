// messenger.md 9, core.md 5 and 7: a connection can be dead for a long time before anybody knows. What was written meanwhile is not
// lost: it waits for its person as if they had not been here.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { marker } from '../harness/ids.ts';
import { persona, type Session } from '../harness/session.ts';
import { FrameSocket } from '../harness/socket.ts';
import { onOwnServer } from '../harness/suite.ts';
import { until } from '../harness/wait.ts';

const server = await onOwnServer({ RATE_LOGIN: '0', RATE_REST: '0', RATE_CHAT: '0' });
const { base } = server;

async function pair(one: string, two: string) {
  const [writer, reader] = [await persona(base, one), await persona(base, two)];
  const { id: room } = await writer.api.ok('POST', '/api/rooms/dm', { userId: two });
  const [theirs, mine] = [await FrameSocket.room(base, room, writer, { heartbeat: true }), await FrameSocket.room(base, room, reader)];
  await Promise.all([theirs.next('history'), mine.next('history')]);
  const got = await theirs.say(marker());
  await mine.next('chat');
  mine.send({ type: 'ack', upToSeq: got['seq'], status: 'delivered' });
  await mine.next('delivery_status');
  return { room, reader, theirs, mine };
}

const waiting = async (reader: Session, room: string) => (await reader.api.ok('GET', '/api/inbox')).items.find((item: any) => item.roomId === room);

describe('half-open sockets', { concurrency: true }, () => {
  test('a connection that breaks after it stalled: what it did not bring is in the inbox, and nothing else', async () => {
    const { room, reader, theirs, mine } = await pair('user_1', 'user_2');
    mine.pause();
    const said = [await theirs.say(marker()), await theirs.say(marker()), await theirs.say(marker())];
    assert.equal(await waiting(reader, room), undefined, 'as far as anybody knows they are here');
    mine.terminate();
    const item = await until('the inbox', () => waiting(reader, room));
    assert.deepEqual([item.fromSeq, item.toSeq, item.count], [said[0]!['seq'], said[2]!['seq'], 3]);
    await theirs.close();
  });

  test('a connection that is silent until the room gives it up, and a device elsewhere is told', { timeout: 220_000 }, async () => {
    const { room, reader, theirs, mine } = await pair('user_3', 'user_4');
    mine.pause();
    const [first, last] = [await theirs.say(marker()), await theirs.say(marker())];
    const device = await FrameSocket.presence(base, reader, { heartbeat: true });
    // 90 s of silence, noticed by a sweep that comes once a minute.
    const item = await until('the inbox', () => waiting(reader, room), 170_000, 1_000);
    assert.deepEqual([item.fromSeq, item.toSeq, item.count], [first['seq'], last['seq'], 2]);
    await device.next((frame) => frame.type === 'message_notification' && frame['message'].seq === last['seq']);
    mine.resume();
    await mine.closedWith(4408);
    for (const socket of [theirs, device]) await socket.close();
  });
});
