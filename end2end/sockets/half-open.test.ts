// push.md 1, core.md 5 and 7: half-open connections. A connection can be dead for a long time before the server notices. Messages of that
// time wait in the inbox, as if the person had been away.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { account, passwordLogin, sessionOf } from '../harness/accounts.ts';
import { marker } from '../harness/ids.ts';
import { FREE_VARS } from '../harness/server.ts';
import { persona, type Session } from '../harness/session.ts';
import { FrameSocket } from '../harness/socket.ts';
import { onPooledServer } from '../harness/suite.ts';
import { until } from '../harness/wait.ts';

const { base } = await onPooledServer(FREE_VARS);

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

  test('a connection that is silent until the room gives it up, and a device elsewhere is told @night', async () => {
    const { room, reader, theirs, mine } = await pair('user_3', 'user_4');
    mine.pause();
    const [first, last] = [await theirs.say(marker()), await theirs.say(marker())];
    const device = await FrameSocket.presence(base, reader, { heartbeat: true });
    // The room gives up after 90 s of silence, and its sweep runs once a minute.
    const item = await until('the inbox', () => waiting(reader, room), 170_000, 1_000);
    assert.deepEqual([item.fromSeq, item.toSeq, item.count], [first['seq'], last['seq'], 2]);
    await device.next((frame) => frame.type === 'message_notification' && frame['message'].seq === last['seq']);
    mine.resume();
    await mine.closedWith(4408);
    for (const socket of [theirs, device]) await socket.close();
  });

  test('a silent device is signed out from elsewhere: what it did not bring is in the inbox', async () => {
    const [writer, reader] = [await persona(base, 'user_7'), await account(base)];
    await reader.api.ok('PUT', '/api/me/settings', { whoCanWrite: 'everyone' });
    const phone = sessionOf(base, await passwordLogin(base, reader.email));
    const { id: room } = await writer.api.ok('POST', '/api/rooms/dm', { userId: reader.user.id });
    const [theirs, mine] = [await FrameSocket.joined(base, room, writer), await FrameSocket.joined(base, room, phone)];
    mine.pause();
    const said = await theirs.say(marker());
    const [device] = (await reader.api.ok('GET', '/api/me/sessions')).items.filter((item: any) => !item.current);
    assert.equal((await reader.api.delete(`/api/me/sessions/${device.id}`)).status, 200);
    const item = await until('the inbox', () => waiting(reader, room));
    assert.deepEqual([item.fromSeq, item.toSeq, item.count], [said['seq'], said['seq'], 1]);
    mine.resume();
    await mine.closedWith(4401);
    await theirs.close();
  });
});
