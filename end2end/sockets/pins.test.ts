// messenger.md 3.4: one pinned message per conversation, on the wire: its frames, its answers, refused calls, and a kill -9. Who may pin,
// who sees it and when it ends is proven in `room/pin_tests.rs`.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { newcomer } from '../harness/accounts.ts';
import { refused } from '../harness/api.ts';
import { uuidv7 } from '../harness/ids.ts';
import { direct, say } from '../harness/pairs.ts';
import { FREE_VARS } from '../harness/server.ts';
import { guest, type Session } from '../harness/session.ts';
import { FrameSocket, type Frame } from '../harness/socket.ts';
import { onOwnServer } from '../harness/suite.ts';

const server = await onOwnServer(FREE_VARS);
const { base } = server;

const path = (room: string) => `/api/rooms/${room}/pin`;
const pin = (who: Session, room: string, messageId: string) => who.api.put(path(room), { messageId });
const unpin = (who: Session, room: string) => who.api.delete(path(room));
const pinned = async (who: Session, room: string) => (await who.api.ok('GET', `/api/rooms/${room}`)).pin;
const pair = async (): Promise<[Session, Session, string]> => {
  const [one, two] = [await newcomer(base), await newcomer(base)];
  return [one, two, await direct(one, two)];
};
/** Joins a room and returns the socket with its welcome. */
const greeted = async (who: Session, room: string): Promise<[FrameSocket, Frame]> => {
  const socket = await FrameSocket.joined(base, room, who);
  return [socket, socket.all('welcome')[0]!];
};
const nextPin = (socket: FrameSocket, messageId: string | null) => socket.next((frame) => frame.type === 'pin' && frame['messageId'] === messageId);

describe('the pinned message', () => {
  test('both of two pin, everybody here is told, and whoever comes or asks sees it with its words', async () => {
    const [ann, bea, room] = await pair();
    const [mine, welcome] = await greeted(ann, room);
    assert.equal('pin' in welcome, false);
    assert.equal(await pinned(ann, room), undefined);
    const [first, second] = [await say(ann, room, 'the address'), await say(bea, room, 'the time')];
    const answer = await pin(ann, room, first.id);
    assert.equal(answer.status, 200, answer.reply.text);
    assert.deepEqual(Object.keys(answer.data).sort(), ['at', 'by', 'messageId']);
    const frame = await nextPin(mine, first.id);
    assert.deepEqual(frame, { type: 'pin', roomId: room, messageId: first.id, by: ann.user.id, at: answer.data.at });
    assert.equal('seq' in frame, false, 'it takes no place');

    assert.equal((await pin(bea, room, second.id)).data.by, bea.user.id);
    await nextPin(mine, second.id);
    const seen = await pinned(ann, room);
    assert.deepEqual([seen.messageId, seen.by, seen.message.content, seen.message.senderId], [second.id, bea.user.id, 'the time', bea.user.id]);
    const [theirs, greeting] = await greeted(bea, room);
    assert.deepEqual(greeting['pin'], seen);

    await bea.api.ok('PATCH', `/api/messages/${second.id}`, { roomId: room, content: 'another time' });
    assert.equal((await pinned(ann, room)).message.content, 'another time', 'as it reads now');
    assert.deepEqual((await unpin(ann, room)).data, {});
    const gone = await nextPin(theirs, null);
    assert.deepEqual([gone['by'], gone['roomId']], [ann.user.id, room]);
    assert.equal(await pinned(bea, room), undefined);
  });

  test('a stranger, an unknown message and a bad body are refused', async () => {
    const [ann, , room] = await pair();
    const { id } = await say(ann, room, 'x');
    const stranger = await newcomer(base);
    refused(await pin(stranger, room, id), 403, 'FORBIDDEN');
    refused(await unpin(stranger, room), 403, 'FORBIDDEN');
    for (const other of [uuidv7(), '']) refused(await pin(ann, room, other), 404, 'NOT_FOUND');
    for (const body of [{}, { messageId: 7 }, { messageId: null }]) refused(await ann.api.put(path(room), body), 400, 'VALIDATION');
    assert.equal(await pinned(ann, room), undefined);
  });

  test('kill -9: what was answered is pinned, with its words @night', async () => {
    const [ann, bea, room] = await pair();
    const [kept, taken] = [await say(ann, room, 'kept'), await say(bea, room, 'taken')];
    const other = await direct(ann, await guest(base));
    const there = await say(ann, other, 'there');
    await pin(ann, room, taken.id);
    await pin(bea, room, kept.id);
    await pin(ann, other, there.id);
    await unpin(ann, other);
    await server.kill9();
    await server.restart();
    const seen = await pinned(bea, room);
    assert.deepEqual([seen.messageId, seen.message.content, seen.by], [kept.id, 'kept', bea.user.id]);
    assert.equal(await pinned(ann, other), undefined);
  });
});
