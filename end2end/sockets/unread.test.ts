// messenger.md 8, push.md 1: the unread number follows the one read cursor. Every device without the open room gets a notification.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { account, passwordLogin, sessionOf } from '../harness/accounts.ts';
import { send } from '../harness/http.ts';
import { marker } from '../harness/ids.ts';
import { cookieSession, persona, type Session } from '../harness/session.ts';
import { FrameSocket } from '../harness/socket.ts';
import { onOwnServer } from '../harness/suite.ts';
import { until } from '../harness/wait.ts';

const { base } = await onOwnServer({ OPEN_ROOMS: '1', RATE_LOGIN: '0', RATE_REGISTER: '0', RATE_REST: '0', RATE_CHAT: '0', RATE_NUDGE: '0' });

const row = async (who: Session, id: string) => (await who.api.ok('GET', '/api/rooms?scope=mine&limit=200')).items.find((room: any) => room.id === id);
const numbers = async (who: Session, id: string) => {
  const { unread, lastReadSeq } = await row(who, id);
  return [unread, lastReadSeq];
};

describe('unread', () => {
  test('the first page says the same number, whatever the inbox holds', async () => {
    const [writer, reader] = [await persona(base, 'user_5'), await cookieSession(base, { userId: 'user_6' })];
    const { id: room } = await writer.api.ok('POST', '/api/rooms/dm', { userId: 'user_6' });
    const socket = await FrameSocket.joined(base, room, writer);
    await socket.say(marker());
    const { seq } = await socket.say(marker());
    const shown = async () => {
      const page = await send(base, 'GET', '/app', { headers: { cookie: reader.cookie, accept: 'text/html' } });
      assert.equal(page.status, 200);
      return Number(new RegExp(`${writer.user.displayName},[^"<]*?(\\d+) unread`).exec(page.text)?.[1] ?? 0);
    };
    assert.equal(await shown(), 2);
    const waits = async () => (await reader.api.ok('GET', '/api/inbox')).items.some((one: any) => one.roomId === room && one.toSeq === seq);
    await until('the inbox item', waits);
    await reader.api.ok('POST', '/api/inbox/ack', { items: [{ roomId: room, seq }] });
    assert.equal(await shown(), 2, 'taking it out of the inbox is not reading');
  });

  test('a device without the room open is told while another one has it open; the inbox stays empty', async () => {
    const a = await persona(base, 'user_3');
    const mia = await account(base);
    const phone = sessionOf(base, await passwordLogin(base, mia.email));
    const { id: room } = await mia.api.ok('POST', '/api/rooms/dm', { userId: 'user_3' });
    const [deskLine, phoneLine] = [await FrameSocket.device(base, mia), await FrameSocket.device(base, phone)];
    await FrameSocket.joined(base, room, mia);
    const writer = await FrameSocket.joined(base, room, a);
    // The second device gets the notification even if the room learns of the device only after the message.
    const first = marker();
    await writer.say(first);
    const early = await phoneLine.next((frame) => frame.type === 'message_notification' && frame['message'].content === first);
    assert.equal(early['message'].roomId, room);
    assert.equal(early['unread'], (await numbers(mia, room))[0]);
    // A moment after the join the person's object knows that the first device has the room open. From then on that device gets no
    // notification.
    await until('the person knows that the desk has it open', async () => {
      const probe = marker();
      await writer.say(probe);
      await phoneLine.next((frame) => frame.type === 'message_notification' && frame['message'].content === probe);
      await deskLine.barrier();
      return !deskLine.all('message_notification').some((frame) => frame['message'].content === probe);
    });
    const content = marker();
    await writer.say(content);
    await phoneLine.next((frame) => frame.type === 'message_notification' && frame['message'].content === content);
    await deskLine.never((frame) => frame.type === 'message_notification' && frame['message'].content === content, 'it has the room open');
    assert.deepEqual((await mia.api.ok('GET', '/api/inbox')).items, [], 'nothing is kept for somebody who is here');
  });

  // The number in a notification is that of every list, even after entries left the inbox.
  const nextNotification = async (device: FrameSocket, content: string) =>
    (await device.next((frame) => frame.type === 'message_notification' && frame['message'].content === content))['unread'];
  const taken = async (who: Session, room: string, seq: number) => {
    await until('the inbox item', async () => (await who.api.ok('GET', '/api/inbox')).items.some((one: any) => one.roomId === room && one.toSeq === seq));
    await who.api.ok('POST', '/api/inbox/ack', { items: [{ roomId: room, seq }] });
  };
  const line = (who: Session) => FrameSocket.device(base, who);

  test('devices are told when less is unread: deleted, deleted for oneself, or read on another device', async () => {
    const writer = await persona(base, 'user_12');
    const mia = await account(base);
    const phone = sessionOf(base, await passwordLogin(base, mia.email));
    await mia.api.ok('PUT', '/api/me/settings', { whoCanWrite: 'everyone' });
    const { id: room } = await mia.api.ok('POST', '/api/rooms/dm', { userId: 'user_12' });
    const [deskLine, phoneLine] = [await line(mia), await line(phone)];
    const both = [deskLine, phoneLine];
    const pen = await FrameSocket.joined(base, room, writer);
    const counted = (unread: number, seq?: number) => (frame: any) =>
      frame.type === 'unread' && frame['roomId'] === room && frame['unread'] === unread && (seq === undefined || frame['lastReadSeq'] === seq);

    const texts = [marker(), marker(), marker()];
    const said = [];
    for (const text of texts) said.push(await pen.say(text));
    for (const one of both) assert.equal(await nextNotification(one, texts[2]!), 3);
    await writer.api.ok('DELETE', `/api/messages/${said[0]!['id']}?roomId=${room}&for=all`);
    for (const one of both) await one.next(counted(2, 0));
    await phone.api.ok('DELETE', `/api/messages/${said[1]!['id']}?roomId=${room}&for=me`);
    for (const one of both) await one.next(counted(1, 0));
    assert.equal((await numbers(mia, room))[0], 1);

    // One device reads everything that waited for all devices.
    const desk = await FrameSocket.joined(base, room, mia);
    const read = (seq: number) => desk.send({ type: 'ack', upToSeq: seq, status: 'read' });
    read(said[2]!['seq']);
    await phoneLine.next(counted(0, said[2]!['seq']));
    // A new message is read in the open room. The phone is notified, and no inbox item remains.
    const text = marker();
    const { seq } = await pen.say(text);
    assert.equal(await nextNotification(phoneLine, text), 1);
    read(seq);
    await phoneLine.next(counted(0, seq));
    assert.deepEqual(await numbers(mia, room), [0, seq]);
  });

  test('whoever has blocked somebody is told the number of the one cursor, without what those wrote', async () => {
    const [writer, loud, reader] = [await persona(base, 'user_7'), await persona(base, 'user_8'), await persona(base, 'user_9')];
    await reader.api.ok('PUT', `/api/me/blocks/${loud.user.id}`);
    const device = await line(reader);
    const { id: direct } = await writer.api.ok('POST', '/api/rooms/dm', { userId: reader.user.id });
    const { id: group } = await writer.api.ok('POST', '/api/rooms', { name: 'Crew', memberIds: [loud.user.id, reader.user.id] });
    for (const room of [direct, group]) {
      const socket = await FrameSocket.joined(base, room, writer);
      const before = [marker(), marker()];
      const [, second] = [await socket.say(before[0]!), await socket.say(before[1]!)];
      assert.deepEqual([await nextNotification(device, before[0]!), await nextNotification(device, before[1]!)], [1, 2], room);
      await taken(reader, room, second.seq);
      if (room === group) await loud.api.ok('POST', '/api/messages', { roomId: room, content: marker() });
      const content = marker();
      await socket.say(content);
      assert.equal(await nextNotification(device, content), 3, room);
      assert.equal((await numbers(reader, room))[0], 3, room);
    }
    // One more person is blocked, and another block is lifted.
    await reader.api.ok('DELETE', `/api/me/blocks/${loud.user.id}`);
    const content = marker();
    await loud.api.ok('POST', '/api/messages', { roomId: group, content });
    assert.equal(await nextNotification(device, content), 4);
    await reader.api.ok('PUT', `/api/me/blocks/${writer.user.id}`);
    const last = marker();
    await loud.api.ok('POST', '/api/messages', { roomId: group, content: last });
    assert.equal(await nextNotification(device, last), (await numbers(reader, group))[0]);
  });
});
