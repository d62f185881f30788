// messenger.md 3, people.md 2: groups. The tests cover roles, the start of a member's history, notices to members, and that strangers learn
// nothing.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { account } from '../harness/accounts.ts';
import { refused } from '../harness/api.ts';
import { marker, uuidv7 } from '../harness/ids.ts';
import { limits } from '../harness/limits.ts';
import { befriend, say } from '../harness/pairs.ts';
import { guest, persona, type Session } from '../harness/session.ts';
import { FrameSocket, upgradeRefused } from '../harness/socket.ts';
import { onOwnServer } from '../harness/suite.ts';
import { until } from '../harness/wait.ts';

const server = await onOwnServer({ RATE_LOGIN: '0', RATE_REST: '0', RATE_CHAT: '0', RATE_HISTORY: '0', RATE_ASK: '0' });
const { base } = server;
const [ann, bea, cem] = [await persona(base, 'user_1'), await persona(base, 'user_2'), await persona(base, 'user_3')];

const make = (by: Session, memberIds: string[], more: Record<string, unknown> = {}) =>
  by.api.ok('POST', '/api/rooms', { name: `Crew ${marker()}`, memberIds, ...more });
const patch = (by: Session, path: string, body: unknown) => by.api.call('PATCH', path, body);
const codes = (messages: any[]) => messages.filter((one) => one.type === 'system').map((one) => one.code);
const history = async (who: Session, room: string, query = '') =>
  (await who.api.ok('GET', `/api/messages?roomId=${room}&limit=200${query}`)).messages as any[];

describe('groups', () => {
  test('a device hears of a group that its person was brought into, with their cursor', async () => {
    const device = await FrameSocket.presence(base, bea);
    const { id } = await make(ann, [bea.user.id]);
    const received = await device.next((frame) => frame.type === 'room_added' && frame['room'].id === id);
    const row = await bea.api.ok('GET', `/api/rooms/${id}`);
    assert.deepEqual([received['room'].role, received['room'].lastReadSeq, received['room'].unread], ['member', row.lastReadSeq, 0]);
    await device.close();
  });

  test('making one: 201, an id of its own, roles, and the first events', async () => {
    const answer = await ann.api.post('/api/rooms', { name: '  Crew \u202e ', memberIds: [bea.user.id, bea.user.id], visibility: 'private' });
    assert.equal(answer.status, 201);
    const room = answer.data;
    assert.match(room.id, /^grp_[a-z0-9]{13}$/);
    assert.deepEqual([room.type, room.name, room.visibility, room.memberCount, room.role], ['group', 'Crew', 'private', 2, 'owner']);
    assert.deepEqual(room.members.map((one: any) => [one.id, one.role]), [[ann.user.id, 'owner'], [bea.user.id, 'member']]);
    assert.deepEqual(codes(await history(ann, room.id)), ['created', 'member_added']);
    const mine = (await bea.api.ok('GET', '/api/rooms?scope=mine&limit=200')).items;
    const row = await until('the group in the list', async () => (await bea.api.ok('GET', '/api/rooms?scope=mine&limit=200')).items.find((one: any) => one.id === room.id));
    assert.deepEqual([row.name, row.role, row.unread], ['Crew', 'member', 0], JSON.stringify(mine));
    for (const name of [' ', 'x'.repeat(65)]) refused(await ann.api.post('/api/rooms', { name }), 400, 'VALIDATION');
    refused(await ann.api.post('/api/rooms', { name: 'x', memberIds: ['user_999'] }), 404, 'NOT_FOUND');
    refused(await (await guest(base)).api.post('/api/rooms', { name: 'x' }), 403, 'FORBIDDEN');
  });

  test('the same Idempotency-Key makes one group, whoever is first', async () => {
    for (const visibility of ['private', 'public']) {
      const own = { 'idempotency-key': uuidv7() };
      const wish = { name: `Crew ${marker()}`, memberIds: [bea.user.id], visibility };
      const answers = await Promise.all(Array.from({ length: 5 }, () => ann.api.post('/api/rooms', wish, own)));
      answers.push(await ann.api.post('/api/rooms', wish, own));
      assert.deepEqual(answers.map((one) => one.status).sort(), [200, 200, 200, 200, 200, 201]);
      for (const answer of answers) {
        assert.deepEqual([answer.data.id, answer.data.members], [answers[0]!.data.id, answers[0]!.data.members]);
        assert.equal(answer.reply.headers['idempotent-replay'], answer.status === 200 ? 'true' : undefined);
      }
      refused(await ann.api.post('/api/rooms', { ...wish, name: 'another' }, own), 422, 'ID_REUSED');
      const theirs = await bea.api.post('/api/rooms', { name: 'x' }, own);
      assert.deepEqual([theirs.status, theirs.data.id === answers[0]!.data.id], [201, false], 'the key of another person');
    }
  });

  test('a private group does not exist for those who are not in it, on every route and in the same words', async () => {
    const { id } = await make(ann, [bea.user.id]);
    const words = new Set<string>();
    for (const room of [id, 'grp_aaaaaaaaaaaaa']) {
      const answers = [
        await cem.api.get(`/api/rooms/${room}`),
        await patch(cem, `/api/rooms/${room}`, { name: 'mine' }),
        await cem.api.delete(`/api/rooms/${room}`),
        await cem.api.post(`/api/rooms/${room}/members`, { userIds: [cem.user.id] }),
        await cem.api.post(`/api/rooms/${room}/members/me`),
        await patch(cem, `/api/rooms/${room}/members/${bea.user.id}`, { role: 'admin' }),
        await cem.api.delete(`/api/rooms/${room}/members/${bea.user.id}`),
        await cem.api.delete(`/api/rooms/${room}/members/me`),
        await cem.api.get(`/api/messages?roomId=${room}`),
        await cem.api.post('/api/messages', { roomId: room, content: 'x', id: uuidv7() }),
        await upgradeRefused(base, `/api/ws/room/${room}`, { session: cem, protocols: [] }),
      ];
      for (const answer of answers) {
        refused(answer, 404, 'NOT_FOUND');
        words.add(JSON.stringify(answer.error));
      }
    }
    assert.equal(words.size, 1, [...words].join('\n'));
    const inBrowser = await FrameSocket.room(base, id, cem, { headers: { origin: base } });
    assert.equal((await inBrowser.closed).code, 4404);
  });

  test('roles: what each may do', async () => {
    const { id } = await make(ann, [bea.user.id, cem.user.id]);
    const path = `/api/rooms/${id}`;
    for (const answer of [await patch(bea, path, { name: 'x' }), await bea.api.delete(`${path}/members/${cem.user.id}`), await bea.api.delete(path)]) refused(answer, 403, 'FORBIDDEN');
    refused(await patch(ann, `${path}/members/${bea.user.id}`, { role: 'owner' }), 400, 'VALIDATION');
    assert.equal((await patch(ann, `${path}/members/${bea.user.id}`, { role: 'admin' })).status, 200);
    const renamed = await patch(bea, path, { name: 'Boat', topic: 'Sunday' });
    assert.deepEqual([renamed.data.name, renamed.data.topic, renamed.data.role], ['Boat', 'Sunday', 'admin']);
    await bea.api.ok('DELETE', `${path}/members/${cem.user.id}`);
    refused(await cem.api.get(path), 404, 'NOT_FOUND');
    assert.deepEqual(codes(await history(ann, id)).slice(-4), ['role', 'renamed', 'topic', 'member_removed']);
  });

  test('deletion closes sockets with 4404 and takes it out of every list', async () => {
    const { id } = await make(ann, [bea.user.id]);
    const device = await FrameSocket.device(base, bea);
    const socket = await FrameSocket.joined(base, id, bea);
    await ann.api.ok('DELETE', `/api/rooms/${id}`);
    assert.equal((await socket.closed).code, 4404);
    await device.next((frame) => frame.type === 'room_removed' && frame['roomId'] === id);
    const { items } = await bea.api.ok('GET', '/api/rooms?scope=mine&limit=200');
    assert.ok(!items.some((one: any) => one.id === id));
    refused(await ann.api.get(`/api/rooms/${id}`), 404, 'NOT_FOUND');
    await device.close();
  });

  test('somebody who is no contact is asked, and says yes or no', async () => {
    const max = await guest(base);
    const device = await FrameSocket.device(base, max);
    const { id, invited, memberCount } = await make(ann, [max.user.id]);
    assert.deepEqual([invited.map((one: any) => one.id), memberCount], [[max.user.id], 1]);
    const asked = await device.next((frame) => frame.type === 'room_added' && frame['room'].id === id);
    assert.deepEqual([asked['pending'], asked['by']], [true, ann.user.id]);
    const row = (await max.api.ok('GET', '/api/rooms?scope=mine')).items.find((one: any) => one.id === id);
    assert.deepEqual([row.pending, row.invitedBy.id], [true, ann.user.id]);
    refused(await max.api.get(`/api/messages?roomId=${id}`), 404, 'NOT_FOUND');
    await say(ann, id, 'before the yes');
    const yes = await max.api.ok('POST', `/api/rooms/${id}/members/me`);
    assert.deepEqual([yes.role, yes.memberCount, yes.invited], ['member', 2, []]);
    assert.deepEqual(codes(await history(max, id)), ['member_joined']);
    assert.deepEqual((await history(max, id)).filter((one) => one.type === 'chat'), [], 'nothing of before');

    const other = await make(ann, [max.user.id]);
    await until('the second question', async () => (await max.api.ok('GET', '/api/rooms?scope=mine')).items.some((one: any) => one.id === other.id));
    await max.api.ok('DELETE', `/api/rooms/${other.id}/members/me`);
    refused(await max.api.post(`/api/rooms/${other.id}/members/me`), 404, 'NOT_FOUND');
    assert.deepEqual((await ann.api.ok('GET', `/api/rooms/${other.id}`)).invited, [], 'silently');
    await device.close();
  });

  test('of one sender so many invitations wait at once, over all groups', async () => {
    const asked = (await Promise.all(Array.from({ length: 21 }, () => guest(base)))).map((one) => one.user.id);
    const dee = await persona(base, 'user_6');
    const { id } = await make(dee, asked.slice(0, 12));
    await make(dee, asked.slice(12, 20));
    const error = refused(await dee.api.post('/api/rooms', { name: 'Crew', memberIds: [asked[20]] }), 400, 'VALIDATION');
    assert.deepEqual([error.field, error.limit], ['userIds', 20]);
    await dee.api.ok('POST', `/api/rooms/${id}/members`, { userIds: [asked[0], bea.user.id] });
    await make(ann, [asked[20]!]);
  });

  test('a guest brings in nobody who would have to be asked: contacts, personas and bots alone', async () => {
    const [max, friend, stranger] = [await guest(base), await guest(base), await account(base)];
    const { id } = await make(ann, [], { visibility: 'public' });
    await max.api.ok('POST', `/api/rooms/${id}/members/me`);
    const add = (...userIds: string[]) => max.api.post(`/api/rooms/${id}/members`, { userIds });
    for (const who of [friend, stranger]) {
      refused(await add(who.user.id), 403, 'FORBIDDEN');
      refused(await add('user_8', who.user.id), 403, 'FORBIDDEN');
      assert.ok((await who.api.ok('GET', '/api/rooms?scope=mine')).items.every((one: any) => one.id !== id), 'nobody was asked');
    }
    // Nobody exists by this id, which a guest does not learn.
    refused(await add('u_aaaaaaaaaaaaa'), 403, 'FORBIDDEN');
    assert.deepEqual((await ann.api.ok('GET', `/api/rooms/${id}`)).members.map((one: any) => one.id), [ann.user.id, max.user.id]);
    // A persona who has blocked the guest looks like one who has not.
    await cem.api.ok('PUT', `/api/me/blocks/${max.user.id}`);
    assert.deepEqual([(await add('user_8')).status, (await add(cem.user.id)).status], [200, 200]);
    await cem.api.ok('DELETE', `/api/me/blocks/${max.user.id}`);
    await befriend(bea, max);
    const { members } = (await add(bea.user.id)).data;
    assert.ok(members.some((one: any) => one.id === bea.user.id));
  });

  test('public groups are found by a part of their name, entered by anybody, and keep no joins', async () => {
    const name = `Öffentlich ${marker()}`;
    const { id } = await make(ann, [], { name, visibility: 'public' });
    const max = await guest(base);
    const found = () => max.api.ok('GET', `/api/rooms?scope=public&q=${encodeURIComponent(name.slice(3).toUpperCase())}`);
    const row = await until('the group in the public list', async () => (await found()).items.find((one: any) => one.id === id));
    assert.deepEqual([row.name, row.visibility, row.memberCount, 'role' in row], [name, 'public', 1, false]);
    const watcher = await FrameSocket.joined(base, id, ann);
    const socket = await FrameSocket.joined(base, id, max);
    await watcher.next((frame) => frame.type === 'participants' && frame['joined']?.some((one: any) => one.id === max.user.id));
    await socket.say('hello');
    assert.deepEqual((await history(max, id)).map((one) => one.type), ['chat']);
    assert.equal((await max.api.ok('POST', `/api/rooms/${id}/members/me`)).role, 'member');
    await ann.api.ok('DELETE', `/api/rooms/${id}/members/${max.user.id}`);
    assert.equal((await socket.closed).code, 4403);
    refused(await upgradeRefused(base, `/api/ws/room/${id}`, { session: max, protocols: [] }), 403, 'FORBIDDEN');
    await ann.api.ok('DELETE', `/api/rooms/${id}`);
    const second = await guest(base);
    await until('the end of its listing', async () => {
      const { items } = await second.api.ok('GET', `/api/rooms?scope=public&q=${encodeURIComponent(name)}`);
      return items.length === 0;
    });
    await watcher.closed;
  });

  test('more people than fit are 409, whether they exist or not; one person named often is one', async () => {
    const ids = Array.from({ length: limits.groupMembers + 1 }, (_, n) => `guest_${String(n).padStart(10, '0')}`);
    refused(await ann.api.post('/api/rooms', { name: 'Crowd', memberIds: ids }), 409, 'ROOM_FULL');
    const often = await ann.api.ok('POST', '/api/rooms', { name: 'Two', memberIds: ids.map(() => bea.user.id) });
    assert.equal((await ann.api.ok('GET', `/api/rooms/${often.id}`)).members.length, 2);
  });

  test('kill -9 between the change and the telling: nobody is forgotten @night', async () => {
    const max = await guest(base);
    const rooms = await Promise.all(Array.from({ length: 6 }, () => make(ann, [max.user.id, bea.user.id])));
    const gone = rooms.slice(0, 3);
    const changes = gone.map(({ id }) => ann.api.ok('DELETE', `/api/rooms/${id}/members/${bea.user.id}`));
    await Promise.all(changes);
    await server.kill9();
    await server.restart();
    const listed = async (who: Session) => (await who.api.ok('GET', '/api/rooms?scope=mine&limit=200')).items.map((one: any) => one.id);
    await until('every question and every going is known', async () => {
      const [asked, own] = [await listed(max), await listed(bea)];
      return rooms.every(({ id }) => asked.includes(id)) && rooms.slice(3).every(({ id }) => own.includes(id)) && gone.every(({ id }) => !own.includes(id));
    });
    for (const { id } of gone) refused(await bea.api.get(`/api/rooms/${id}`), 404, 'NOT_FOUND');
    // Messages that were written before the notice arrived have come as well.
    for (const { id } of rooms.slice(3)) await say(ann, id, 'still here?');
    await server.kill9();
    await server.restart();
    await until('the messages in the inbox', async () => {
      const { items } = await bea.api.ok('GET', '/api/inbox');
      return rooms.slice(3).every(({ id }) => items.some((one: any) => one.roomId === id && one.last.content === 'still here?'));
    });
  });
});
