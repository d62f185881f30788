// sign-in.md 1, presence.md 2, messenger.md 8: the people that a room shows, their marks, and the receipts that it reveals.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { account } from '../harness/accounts.ts';
import { freshRoom, marker, uuidv7 } from '../harness/ids.ts';
import { befriend } from '../harness/pairs.ts';
import { guest, persona, type Session } from '../harness/session.ts';
import { FrameSocket } from '../harness/socket.ts';
import { onOwnServer } from '../harness/suite.ts';
import { seenInObjects } from '../harness/tables.ts';
import { until } from '../harness/wait.ts';

const server = await onOwnServer({ OPEN_ROOMS: '1', RATE_LOGIN: '0', RATE_REST: '0', RATE_REGISTER: '0', RATE_CHAT: '0' });
const { base } = server;

const ids = (rows: any[]): string[] => rows.map((row) => row.id);
const group = (by: Session, visibility: string, memberIds: string[] = []) => by.api.ok('POST', '/api/rooms', { name: `Crew ${marker()}`, visibility, memberIds });

describe('who sees whom', { concurrency: true }, () => {
  test('who was a contact and is blocked sees what one sees who was a contact and of whom the other has gone', async () => {
    const [blocking, gone, left] = [await account(base), await account(base), await account(base)];
    const eyes = await FrameSocket.device(base, left, { heartbeat: true });
    const of = (who: Session) => (frame: any) => frame.type === 'presence_update' && frame['userId'] === who.user.id;
    const viewOf = ({ userId, displayName, ...rest }: any) => rest;
    for (const who of [blocking, gone]) {
      await who.api.ok('PUT', '/api/me/settings', { whoSeesPresence: 'contacts', whoSeesPicture: 'contacts' });
      await who.api.ok('PUT', '/api/me', { avatarId: 'av_04', personalMessage: 'on the train' });
      await befriend(left, who);
      await left.api.ok('POST', '/api/rooms/dm', { userId: who.user.id });
      const device = await FrameSocket.presence(base, who, { heartbeat: true });
      await until('they are seen', async () => {
        eyes.send({ type: 'watch', userIds: [who.user.id] });
        await eyes.barrier();
        return eyes.frames.some((frame) => of(who)(frame) && frame['status'] === 'online' && frame['avatarId'] === 'av_04');
      });
      if (who === blocking) await who.api.ok('PUT', `/api/me/blocks/${left.user.id}`);
      await device.close();
      await eyes.next((frame) => of(who)(frame) && frame['status'] === 'offline' && frame['since'] > 0);
      await left.api.ok('DELETE', `/api/me/contacts/${who.user.id}`);
      await eyes.next((frame) => of(who)(frame) && frame['since'] === 0);
      const row = (await left.api.ok('GET', `/api/rooms/dm_${[left.user.id, who.user.id].sort().join('____')}`)).members.find((one: any) => one.id === who.user.id);
      assert.deepEqual([row.status, row.avatarId], ['offline', 'av_guest']);
    }
    const [one, other] = [blocking, gone].map((who) => eyes.frames.filter(of(who)).at(-1));
    assert.deepEqual({ ...viewOf(one), timestamp: 0 }, { ...viewOf(other), timestamp: 0 });
  });

  test('guests carry their mark wherever they stand for a person', async () => {
    const [leo, one] = [await persona(base, 'user_3'), await guest(base)];
    const device = await FrameSocket.device(base, leo, { heartbeat: true });
    const { id, members } = await leo.api.ok('POST', '/api/rooms/dm', { userId: one.user.id });
    const marks = Object.fromEntries(members.map((row: any) => [row.id, row.kind]));
    assert.deepEqual(marks, { [one.user.id]: 'guest', user_3: undefined });
    device.send({ type: 'watch', userIds: [one.user.id, 'user_4'] });
    assert.equal((await device.next((frame) => frame.type === 'presence_update' && frame['userId'] === one.user.id))['kind'], 'guest');
    assert.ok(!('kind' in (await device.next((frame) => frame.type === 'presence_update' && frame['userId'] === 'user_4'))));
    await befriend(leo, one);
    assert.equal((await device.next((frame) => frame.type === 'contact' && frame['event'] === 'accepted'))['user'].kind, 'guest');
    const second = await FrameSocket.presence(base, leo, { heartbeat: true });
    const sync = await second.next('presence_full_sync');
    assert.equal(sync['participants'].find((row: any) => row.id === one.user.id).kind, 'guest');
    assert.ok(id.startsWith('dm_'));
  });

  test('no answer tells more of somebody than is pushed, whatever ties the two', async () => {
    const words = marker();
    const ties: Record<string, [status: string | undefined, tie: (one: Session, viewer: Session) => Promise<string | void>]> = {
      nothing: [undefined, async () => undefined],
      'a request': [undefined, async (one, viewer) => void (await viewer.api.ok('POST', '/api/me/contacts', { userId: one.user.id }))],
      'an invitation': [undefined, async (one, viewer) => (await group(viewer, 'private', [one.user.id])).id],
      'a public group': [undefined, async (one, viewer) => {
        const { id } = await group(viewer, 'public');
        await one.api.ok('POST', `/api/rooms/${id}/members/me`);
        return id;
      }],
      'a private group': ['busy', async (one, viewer) => {
        const { id } = await group(viewer, 'private', [one.user.id]);
        await until('the question', async () => (await one.api.post(`/api/rooms/${id}/members/me`)).status === 200);
        return id;
      }],
      'being contacts': ['busy', (one, viewer) => befriend(viewer, one)],
      'a conversation': ['busy', async (one, viewer) => {
        await viewer.api.ok('PUT', '/api/me/settings', { whoCanWrite: 'everyone' });
        await one.api.ok('POST', '/api/rooms/dm', { userId: viewer.user.id });
      }],
      'a conversation that the other one began': [undefined, async (one, viewer) => {
        // Opening a socket alone tells the other person nothing.
        await one.api.ok('PUT', '/api/me/settings', { whoCanWrite: 'everyone' });
        const socket = await FrameSocket.joined(base, `dm_${[one.user.id, viewer.user.id].sort().join('____')}`, viewer);
        await socket.close();
      }],
      'a block': [undefined, async (one, viewer) => void (await one.api.ok('PUT', `/api/me/blocks/${viewer.user.id}`))],
      'a block between contacts': ['offline', async (one, viewer) => {
        await befriend(viewer, one);
        await one.api.ok('PUT', `/api/me/blocks/${viewer.user.id}`);
      }],
    };
    for (const [tie, [status, make]] of Object.entries(ties)) {
      const [one, viewer] = [await account(base), await account(base)];
      const [own, eyes] = [await FrameSocket.device(base, one, { heartbeat: true }), await FrameSocket.device(base, viewer, { heartbeat: true })];
      own.send({ type: 'presence', status: 'busy', personalMessage: words });
      await own.barrier();
      const room = await make(one, viewer);
      /** Returns the update about the other person. An update about oneself always comes and marks the end of the answer. */
      const pushed = async (): Promise<any> => {
        const of = (user: string) => (frame: any) => frame.type === 'presence_update' && frame['userId'] === user;
        const [before, from] = [eyes.frames.filter(of(viewer.user.id)).length, eyes.frames.length];
        eyes.send({ type: 'watch', userIds: [one.user.id, viewer.user.id] });
        await until('the answer', () => eyes.frames.filter(of(viewer.user.id)).length > before);
        await eyes.barrier();
        return eyes.frames.slice(from).findLast(of(one.user.id));
      };
      await until(`${tie}: ${status}`, async () => (await pushed())?.['status'] === status);
      const received = await pushed();
      const answers = {
        people: '/api/users?limit=200',
        data: '/api/data/users?limit=200',
        contacts: '/api/me/contacts?limit=200',
        direct: `/api/rooms/dm_${[one.user.id, viewer.user.id].sort().join('____')}`,
        group: `/api/rooms/${room ?? 'general'}`,
      };
      for (const [name, path] of Object.entries(answers)) {
        const { data } = await viewer.api.get(path);
        const rows: any[] = [...(data?.items ?? []), ...(data?.members ?? []), ...(data?.invited ?? [])];
        for (const row of rows.filter((row) => row.id === one.user.id)) {
          const shows = (member: string, nothing: unknown) => row[member] === undefined || row[member] === (received?.[member] ?? nothing);
          const isNoMore = shows('status', 'offline') && shows('since', 0) && shows('personalMessage', '');
          assert.ok(isNoMore, `${tie}, ${name}: ${JSON.stringify(row)} beside ${JSON.stringify(received)}`);
        }
      }
      if (tie === 'an invitation') assert.deepEqual(ids((await viewer.api.ok('GET', answers.group)).invited), [one.user.id], 'there is somebody to tell of');
    }
  });

  test('a public room shows who is here', async () => {
    const [nick, one, viewer] = [await persona(base, 'user_5'), await guest(base), await guest(base)];
    assert.deepEqual((await viewer.api.ok('GET', '/api/rooms/music')).members, []);
    for (const who of [nick, one]) await FrameSocket.joined(base, 'music', who);
    const { members, memberCount } = await viewer.api.ok('GET', '/api/rooms/music');
    assert.deepEqual(ids(members).sort(), [one.user.id, 'user_5'].sort());
    assert.equal(memberCount, 2);
    assert.deepEqual(members.find((row: any) => row.id === one.user.id), {
      id: one.user.id, displayName: one.user.displayName, avatarId: one.user.avatarId, role: 'member', kind: 'guest',
    });
  });

  test('who is told of a conversation is not told how far the other has read', async () => {
    const [ann, bea] = [await persona(base, 'user_6'), await persona(base, 'user_7')];
    const device = await FrameSocket.device(base, bea, { heartbeat: true });
    // Bea has blocked Ann. Ann's conversation and messages are hidden from Bea, but Ann still reads, and her position counts.
    await bea.api.ok('PUT', '/api/me/blocks/user_6');
    const { id } = await ann.api.ok('POST', '/api/rooms/dm', { userId: 'user_7' });
    const socket = await FrameSocket.joined(base, id, ann);
    let seq = 0;
    for (let n = 0; n < 3; n += 1) ({ seq } = await socket.say(marker()));
    socket.send({ type: 'ack', upToSeq: seq, status: 'read' });
    await until('her own cursor', async () => (await ann.api.ok('GET', `/api/rooms/${id}`)).lastReadSeq === seq);
    await bea.api.ok('DELETE', '/api/me/blocks/user_6');
    const again = await ann.api.ok('POST', '/api/rooms/dm', { userId: 'user_7' });
    assert.equal(again.lastReadSeq, seq);
    const received = await device.next((frame) => frame.type === 'room_added' && frame['room'].id === id);
    const { name, type, lastReadSeq, unread } = received['room'];
    assert.deepEqual([received['by'], name, type, lastReadSeq, unread], ['user_6', ann.user.displayName, 'dm', 0, 0]);
    await ann.api.ok('POST', '/api/messages', { roomId: id, content: marker(), id: uuidv7() });
  });
});

test('a room whose sockets died with the server ties nobody any more @night', async () => {
  const people = [await account(base), await account(base)] as const;
  const [one, viewer] = people;
  const open = (who: Session) => FrameSocket.device(base, who, { heartbeat: true });
  const of = (who: Session) => (frame: any) => frame.type === 'presence_update' && frame['userId'] === who.user.id;
  const room = freshRoom();
  const [eyes] = [await open(viewer), await open(one)];
  for (const who of people) await FrameSocket.joined(base, room, who);
  await until('they are seen', async () => {
    eyes.send({ type: 'watch', userIds: [one.user.id] });
    await eyes.barrier();
    return eyes.frames.some((frame) => of(one)(frame) && frame['status'] === 'online');
  });
  await server.kill9();
  await server.restart();
  const [again] = [await open(viewer), await open(one)];
  await until('the room has said who is there', () => seenInObjects(server.state, "SELECT 1 FROM listeners WHERE kind = 'room' AND name = ?", room) === 0);
  again.send({ type: 'watch', userIds: [one.user.id, viewer.user.id] });
  await again.next(of(viewer));
  await again.barrier();
  assert.deepEqual(again.frames.filter(of(one)), []);
});
