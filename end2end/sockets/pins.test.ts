// messenger.md 3.4: one pinned message per conversation. The tests cover permissions, notices, hidden pins, and the end of a pin with its
// message.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { newcomer, PASSWORD } from '../harness/accounts.ts';
import { refused } from '../harness/api.ts';
import { group } from '../harness/groups.ts';
import { uuidv7 } from '../harness/ids.ts';
import { guest, persona, type Session } from '../harness/session.ts';
import { FrameSocket, type Frame } from '../harness/socket.ts';
import { onOwnServer } from '../harness/suite.ts';
import { seenInObjects } from '../harness/tables.ts';
import { until } from '../harness/wait.ts';

const RULES = ['LOGIN', 'LOGIN_FAIL', 'REGISTER', 'REST', 'CHAT', 'HISTORY', 'FRAME'];
const server = await onOwnServer({ RATE_MUTATE: '12/60', ACCOUNT_UNDO_S: '1', ...Object.fromEntries(RULES.map((rule) => [`RATE_${rule}`, '0'])) });
const { base } = server;

const path = (room: string) => `/api/rooms/${room}/pin`;
const pin = (who: Session, room: string, messageId: string) => who.api.put(path(room), { messageId });
const unpin = (who: Session, room: string) => who.api.delete(path(room));
const pinned = async (who: Session, room: string) => (await who.api.ok('GET', `/api/rooms/${room}`)).pin;
const say = async (who: Session, roomId: string, content: string): Promise<any> => who.api.ok('POST', '/api/messages', { roomId, content, id: uuidv7() });
const direct = async (one: Session, other: Session): Promise<string> => (await one.api.ok('POST', '/api/rooms/dm', { userId: other.user.id })).id;
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
    for (const socket of [mine, theirs]) await socket.close();
  });

  test('repeated it changes nothing and nobody is told', async () => {
    const [ann, bea, room] = await pair();
    const { id } = await say(ann, room, 'x');
    const first = await pin(ann, room, id);
    const [socket] = await greeted(bea, room);
    assert.deepEqual((await pin(bea, room, id)).data, first.data);
    await socket.never((frame) => frame.type === 'pin', 'told of nothing new');
    assert.equal((await unpin(bea, room)).status, 200);
    await nextPin(socket, null);
    assert.deepEqual([(await unpin(bea, room)).status, (await unpin(ann, room)).status], [200, 200], 'nothing pinned is no fault');
    await socket.barrier();
    assert.equal(socket.all('pin').length, 1);
    await socket.close();
  });

  test('owner and admins of a group, nobody in a public room, and strangers learn nothing', async () => {
    const [owner, member, stranger] = [await newcomer(base), await newcomer(base), await newcomer(base)];
    const room = await group(owner, [member]);
    const { id } = await say(owner, room, 'the plan');
    refused(await pin(member, room, id), 403, 'FORBIDDEN');
    refused(await unpin(member, room), 403, 'FORBIDDEN');
    refused(await pin(stranger, room, id), 404, 'NOT_FOUND');
    refused(await unpin(stranger, room), 404, 'NOT_FOUND');
    assert.equal((await pin(owner, room, id)).status, 200);
    assert.equal((await pinned(member, room)).messageId, id);
    await owner.api.ok('PATCH', `/api/rooms/${room}/members/${member.user.id}`, { role: 'admin' });
    assert.equal((await unpin(member, room)).status, 200);
    assert.equal((await pin(member, room, id)).status, 200);
    await owner.api.ok('PATCH', `/api/rooms/${room}/members/${member.user.id}`, { role: 'member' });
    refused(await unpin(member, room), 403, 'FORBIDDEN');

    const open = await group(owner, [], 'public');
    const said = await say(owner, open, 'hello');
    refused(await pin(stranger, open, said.id), 403, 'FORBIDDEN');
    assert.equal((await pin(owner, open, said.id)).status, 200);
    assert.equal((await pinned(stranger, open)).messageId, said.id, 'who reads along sees it');

    const talk = await say(owner, 'general', 'hello');
    refused(await pin(owner, 'general', talk.id), 403, 'FORBIDDEN');
    refused(await unpin(owner, 'general'), 403, 'FORBIDDEN');
    assert.equal('pin' in (await owner.api.ok('GET', '/api/rooms/general')), false);
  });

  test('only a chat of this conversation that is there; bad bodies are refused', async () => {
    const [ann, bea, room] = await pair();
    const [socket] = await greeted(ann, room);
    const nudge = uuidv7();
    socket.send({ type: 'nudge', id: nudge });
    await socket.answerTo(nudge);
    const [gone, elsewhere, hidden] = [await say(ann, room, 'gone'), await say(ann, 'general', 'x'), await say(ann, room, 'hidden')];
    await ann.api.ok('DELETE', `/api/messages/${gone.id}?roomId=${room}&for=all`);
    await bea.api.ok('DELETE', `/api/messages/${hidden.id}?roomId=${room}&for=me`);
    for (const id of [nudge, gone.id, elsewhere.id, uuidv7(), 'nothing', '']) refused(await pin(ann, room, id), 404, 'NOT_FOUND');
    refused(await pin(bea, room, hidden.id), 404, 'NOT_FOUND');
    for (const body of [{}, { messageId: 7 }, { messageId: null }]) refused(await ann.api.put(path(room), body), 400, 'VALIDATION');
    refused(await (await newcomer(base)).api.put(path(room), { messageId: hidden.id }), 403, 'FORBIDDEN');
    assert.equal((await pin(ann, room, hidden.id)).status, 200);
    assert.equal(await pinned(bea, room), undefined, 'what one deleted for oneself is not pinned');
    await socket.close();
  });

  test('it goes with its message: deleted for all, deleted for oneself, deleted with its group', async () => {
    const [ann, bea, room] = await pair();
    const [mine] = await greeted(ann, room);
    const [theirs] = await greeted(bea, room);
    const first = await say(ann, room, 'soon gone');
    await pin(bea, room, first.id);
    await ann.api.ok('DELETE', `/api/messages/${first.id}?roomId=${room}&for=all`);
    assert.equal((await nextPin(theirs, null))['by'], ann.user.id);
    assert.equal(await pinned(bea, room), undefined);

    const second = await say(ann, room, 'not for bea');
    await pin(ann, room, second.id);
    await nextPin(mine, second.id);
    await nextPin(theirs, second.id);
    await bea.api.ok('DELETE', `/api/messages/${second.id}?roomId=${room}&for=me`);
    assert.equal((await nextPin(theirs, null))['by'], '');
    assert.equal((await pinned(ann, room)).messageId, second.id);
    await mine.never((frame) => frame.type === 'pin' && frame['messageId'] === null && frame['by'] === '', 'it stays for the other');
    for (const socket of [mine, theirs]) await socket.close();

    const crew = await group(ann, [bea]);
    const third = await say(ann, crew, 'of the crew');
    await pin(ann, crew, third.id);
    const rowsOf = () => seenInObjects(server.state, 'SELECT 1 FROM pin WHERE message = ?', third.id);
    assert.equal((await pinned(bea, crew)).messageId, third.id);
    await until('its row', () => rowsOf() === 1);
    await ann.api.ok('DELETE', `/api/rooms/${crew}`);
    refused(await bea.api.get(`/api/rooms/${crew}`), 404, 'NOT_FOUND');
    refused(await pin(ann, crew, third.id), 404, 'NOT_FOUND');
    await until('nothing of it is kept', () => rowsOf() === 0);
  });

  test('a block hides a pin from the blocker alone, and the blocked is told and answered what they would be without it', async () => {
    const [ann, bea, room] = await pair();
    const { id } = await say(ann, room, 'x');
    const first = await pin(ann, room, id);
    const [mine] = await greeted(ann, room);
    const [theirs] = await greeted(bea, room);
    const before = await pinned(bea, room);
    await ann.api.ok('PUT', `/api/me/blocks/${bea.user.id}`);
    await theirs.barrier();
    assert.deepEqual(theirs.all('pin'), [], 'the blocked is told nothing');
    assert.deepEqual(await pinned(bea, room), before);
    assert.deepEqual((await pin(bea, room, id)).data, first.data, 'what is pinned is answered as ever');
    assert.equal((await pinned(ann, room)).messageId, id, 'one sees what one pinned oneself');
    await unpin(bea, room);
    assert.equal((await nextPin(theirs, null))['by'], bea.user.id);
    assert.equal((await nextPin(mine, null))['by'], '', 'who blocks somebody is not told that they did it');
    await pin(bea, room, id);
    await nextPin(theirs, id);
    assert.equal(await pinned(ann, room), undefined);
    await unpin(ann, room);
    assert.equal((await pinned(bea, room)).messageId, id, 'what one does not see one does not take down');
    await ann.api.ok('DELETE', `/api/me/blocks/${bea.user.id}`);
    assert.equal((await nextPin(mine, id))['by'], bea.user.id);
    await bea.api.ok('PUT', `/api/me/blocks/${ann.user.id}`);
    const { id: later } = await say(ann, room, 'y');
    assert.equal((await pin(ann, room, later)).status, 200, 'nothing is refused to whom was blocked');
    await nextPin(mine, later);
    assert.equal((await nextPin(theirs, null))['by'], '');
    await theirs.barrier();
    assert.ok(theirs.all('pin').every((frame) => frame['messageId'] === null || frame['messageId'] === id));
    for (const socket of [mine, theirs]) await socket.close();
  });

  test('in a group only the blocker sees nothing of it, and who came later sees nothing of before', async () => {
    const [owner, one, two] = [await newcomer(base), await newcomer(base), await newcomer(base)];
    const room = await group(owner, [one, two]);
    await one.api.ok('PUT', `/api/me/blocks/${owner.user.id}`);
    const [blocker] = await greeted(one, room);
    const [friend] = await greeted(two, room);
    const { id } = await say(two, room, 'by two');
    await pin(owner, room, id);
    assert.equal((await nextPin(friend, id))['by'], owner.user.id);
    const frame = await nextPin(blocker, null);
    assert.equal(frame['by'], '');
    const late = await newcomer(base);
    await owner.api.ok('POST', `/api/rooms/${room}/members`, { userIds: [late.user.id] });
    await late.api.ok('POST', `/api/rooms/${room}/members/me`, {});
    assert.deepEqual([await pinned(late, room), (await pinned(two, room)).messageId], [undefined, id]);
    for (const socket of [blocker, friend]) await socket.close();
  });

  test('the player of a persona that comes after sees nothing of before', async () => {
    const [first, other] = [await persona(base, 'user_1'), await persona(base, 'user_2')];
    const room = await direct(first, other);
    await pin(first, room, (await say(other, room, 'between us')).id);
    await first.api.ok('POST', '/api/auth/logout');
    const next = await persona(base, 'user_1');
    assert.equal(await pinned(next, room), undefined);
    assert.ok(await pinned(other, room));
  });

  test('who goes for good takes along what they pinned', async () => {
    const [going, staying, room] = await pair();
    await pin(going, room, (await say(staying, room, 'x')).id);
    const [socket] = await greeted(staying, room);
    assert.equal((await going.api.call('DELETE', '/api/me', { messages: 'anonymise', password: PASSWORD })).status, 202);
    const frame = await socket.next((one) => one.type === 'pin');
    assert.deepEqual([frame['messageId'], frame['by']], [null, '']);
    await until('nothing pinned', async () => (await pinned(staying, room)) === undefined);
    await socket.close();
  });

  test('it counts as a change', async () => {
    const [ann, , room] = await pair();
    const ids: string[] = [];
    for (let n = 0; n < 13; n++) ids.push((await say(ann, room, `${n}`)).id);
    for (const id of ids.slice(0, 12)) assert.equal((await pin(ann, room, id)).status, 200);
    refused(await pin(ann, room, ids[12]!), 429, 'RATE_LIMITED');
    assert.equal((await pinned(ann, room)).messageId, ids[11]);
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
