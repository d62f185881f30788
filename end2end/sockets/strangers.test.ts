// messenger.md 4, presence.md 2; presence.md: actions with a known or invented id. Asking for something never creates it, and nobody learns
// of a block.

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { describe, test } from 'node:test';
import { account } from '../harness/accounts.ts';
import { refused, type Answer } from '../harness/api.ts';
import { send } from '../harness/http.ts';
import { marker, uuidv7 } from '../harness/ids.ts';
import { befriend } from '../harness/pairs.ts';
import { persona, type Session } from '../harness/session.ts';
import { FrameSocket, upgradeRefused } from '../harness/socket.ts';
import { onOwnServer } from '../harness/suite.ts';
import { seenInObjects } from '../harness/tables.ts';
import { until } from '../harness/wait.ts';

const { base, state } = await onOwnServer({ RATE_LOGIN: '0', RATE_REST: '0', RATE_REGISTER: '0' });

const directOf = (one: string, other: string) => `dm_${[one, other].sort().join('____')}`;
const device = (who: Session) => FrameSocket.device(base, who, { heartbeat: true });
const isOf = (user: string) => (frame: any) => frame.type === 'presence_update' && frame['userId'] === user;
/**
 * Watches these people and returns the status of each. The watcher's own id is added, because its update always comes and marks the end of
 * the answer.
 */
async function watched(eyes: FrameSocket, own: string, users: string[]): Promise<(string | undefined)[]> {
  const [before, from] = [eyes.frames.filter(isOf(own)).length, eyes.frames.length];
  eyes.send({ type: 'watch', userIds: [...users, own] });
  await until('the answer', () => eyes.frames.filter(isOf(own)).length > before);
  await eyes.barrier();
  return users.map((user) => eyes.frames.slice(from).findLast(isOf(user))?.['status']);
}
const anId = () => `u_${randomBytes(7).toString('hex').slice(0, 13)}`;
const people = () => seenInObjects(state, "SELECT 1 FROM sqlite_master WHERE name = 'read_marks'");
const logs = (room: string) => seenInObjects(state, 'SELECT 1 FROM room WHERE id = ?', room);

describe('strangers', () => {
  test('a conversation with somebody who takes messages of contacts alone does not come to be by asking for it', async () => {
    const [victim, passer, player] = [await account(base), await account(base), await persona(base, 'user_1')];
    const own = await device(victim);
    for (const who of [passer, player]) {
      const [room, eyes] = [directOf(victim.user.id, who.user.id), await device(who)];
      const message = { roomId: room, content: 'hello', id: uuidv7() };
      const rpc = async () => {
        const reply = await send(base, 'POST', '/rpc/messages/get', { headers: { ...who.api.headers, 'content-type': 'application/json' }, body: JSON.stringify({ roomId: room }) });
        return reply.status;
      };
      const ways: Record<string, () => Promise<Answer>> = {
        read: () => who.api.get(`/api/messages?roomId=${room}`),
        'read as packets': () => who.api.get(`/api/messages?roomId=${room}&cursor=`),
        write: () => who.api.post('/api/messages', message),
        pin: () => who.api.put(`/api/rooms/${room}/pin`, { messageId: uuidv7() }),
        unpin: () => who.api.delete(`/api/rooms/${room}/pin`),
        edit: () => who.api.call('PATCH', `/api/messages/${uuidv7()}`, { roomId: room, content: 'x' }),
        'look at': () => who.api.get(`/api/rooms/${room}`),
        search: () => who.api.get(`/api/messages/search?q=hello&roomId=${room}`),
        enter: () => upgradeRefused(base, `/api/ws/room/${room}`, { session: who, protocols: [] }),
        open: () => who.api.post('/api/rooms/dm', { userId: victim.user.id }),
      };
      for (const [way, act] of Object.entries(ways)) {
        refused(await act(), 403, 'FORBIDDEN');
        refused(await ways['open']!(), 403, 'FORBIDDEN');
        assert.equal(logs(room), 0, way);
      }
      assert.equal(await rpc(), 403);
      refused(await ways['open']!(), 403, 'FORBIDDEN');
      assert.deepEqual(await watched(eyes, who.user.id, [victim.user.id]), [undefined]);
    }
    await own.barrier();
    assert.deepEqual(own.all('room_added'), []);
    assert.deepEqual((await victim.api.ok('GET', '/api/rooms?scope=mine')).items, []);
    // A conversation begins when the protected person turns to the other one.
    await passer.api.ok('PUT', '/api/me/settings', { whoCanWrite: 'everyone' });
    const { id } = await victim.api.ok('POST', '/api/rooms/dm', { userId: passer.user.id });
    await passer.api.ok('POST', '/api/messages', { roomId: id, content: marker() });
  });

  test('where one may write there is a conversation to read, which reading does not make', async () => {
    const [one, other] = [await persona(base, 'user_2'), await persona(base, 'user_3')];
    const room = directOf('user_2', 'user_3');
    const page = await one.api.ok('GET', `/api/messages?roomId=${room}`);
    assert.deepEqual([page.messages, page.head, page.more], [[], 0, false]);
    assert.deepEqual((await one.api.ok('GET', `/api/messages?roomId=${room}&cursor=`)).messages, []);
    assert.equal((await one.api.ok('GET', `/api/rooms/${room}`)).lastSeq, 0);
    await one.api.ok('DELETE', `/api/rooms/${room}/pin`);
    refused(await one.api.put(`/api/rooms/${room}/pin`, { messageId: uuidv7() }), 404, 'NOT_FOUND');
    refused(await one.api.call('PATCH', `/api/messages/${uuidv7()}`, { roomId: room, content: 'x' }), 404, 'NOT_FOUND');
    assert.equal(logs(room), 0);
    assert.deepEqual((await other.api.ok('GET', '/api/rooms?scope=mine')).items, []);
    await one.api.ok('POST', '/api/messages', { roomId: room, content: 'hi' });
    assert.equal((await other.api.ok('GET', `/api/messages?roomId=${room}`)).messages.length, 1);
  });

  test('to open, to write and to watch tells nobody that they are blocked', async () => {
    const [blind, open, passer] = [await account(base), await account(base), await account(base)];
    const devices = [await device(blind), await device(open)];
    for (const who of [blind, open]) await who.api.ok('PUT', '/api/me/settings', { whoCanWrite: 'everyone' });
    await blind.api.ok('PUT', `/api/me/blocks/${passer.user.id}`);
    const [eyes, users] = [await device(passer), [blind.user.id, open.user.id]];
    assert.deepEqual(await watched(eyes, passer.user.id, users), [undefined, undefined], 'strangers');
    for (const user of users) {
      const room = await passer.api.ok('POST', '/api/rooms/dm', { userId: user });
      assert.equal(room.id, directOf(user, passer.user.id));
    }
    assert.deepEqual(await watched(eyes, passer.user.id, users), ['offline', 'online']);
    // The same holds for somebody who writes without opening the conversation first.
    const second = await account(base);
    const secondEyes = await device(second);
    await blind.api.ok('PUT', `/api/me/blocks/${second.user.id}`);
    for (const user of users) await second.api.ok('POST', '/api/messages', { roomId: directOf(user, second.user.id), content: marker() });
    await until('both are told of', async () => (await watched(secondEyes, second.user.id, users)).every((status) => status !== undefined));
    assert.deepEqual(await watched(secondEyes, second.user.id, users), ['offline', 'online']);
    await devices[0]!.barrier();
    assert.deepEqual(devices[0]!.all('room_added'), []);
    assert.deepEqual((await blind.api.ok('GET', '/api/rooms?scope=mine')).items, [], 'what the blocked begin is not there');
    await blind.api.ok('DELETE', `/api/me/blocks/${passer.user.id}`);
    await passer.api.ok('POST', '/api/rooms/dm', { userId: blind.user.id });
    await devices[0]!.next('room_added');
  });

  test('an id of nobody wakes nobody, by no door, and to guess is charged', async () => {
    const [passer, friend] = [await account(base), await account(base)];
    const eyes = await device(passer);
    const own = passer.user.id;
    await watched(eyes, own, []);
    const before = people();
    const guessed = Array.from({ length: 199 }, anId);
    assert.deepEqual((await watched(eyes, own, guessed)).filter(Boolean), []);
    for (const body of [{ userId: anId() }, { userId: anId() }]) {
      refused(await passer.api.post('/api/rooms/dm', body), 404, 'NOT_FOUND');
      refused(await passer.api.post('/api/me/contacts', body), 404, 'NOT_FOUND');
      refused(await passer.api.get(`/api/rooms/${directOf(body.userId, own)}`), 403, 'FORBIDDEN');
      refused(await passer.api.post('/api/rooms', { name: 'x', memberIds: [body.userId] }), 404, 'NOT_FOUND');
    }
    assert.equal(people(), before);
    assert.deepEqual((await watched(eyes, own, [anId(), anId()])).filter(Boolean), [], 'the last that fit');
    eyes.send({ type: 'watch', userIds: [anId(), own] });
    const refusal = await eyes.next('error');
    assert.equal(refusal['code'], 'RATE_LIMITED');
    assert.ok(refusal['retryAfterMs'] > 0);
    // Known people can still be watched. Ids that were checked a moment ago are remembered as unused, so they cost nothing.
    assert.deepEqual((await watched(eyes, own, guessed)).filter(Boolean), []);
    assert.deepEqual(await watched(eyes, own, ['user_9']), ['offline']);
    await befriend(friend, passer);
    await until('a contact', async () => (await watched(eyes, own, [friend.user.id]))[0] !== undefined);
  });
});
