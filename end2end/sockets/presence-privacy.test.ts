// docs/protocol/settings.md: who sees whether somebody is here, and their picture.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { account } from '../harness/accounts.ts';
import { freshRoom, marker, uuidv7 } from '../harness/ids.ts';
import type { Session } from '../harness/session.ts';
import { FrameSocket } from '../harness/socket.ts';
import { onOwnServer } from '../harness/suite.ts';
import { until } from '../harness/wait.ts';

const server = await onOwnServer({ OPEN_ROOMS: '1', RATE_LOGIN: '0', RATE_REST: '0', RATE_REGISTER: '0', RATE_PRESENCE: '0' });
const { base } = server;

/** What each of `viewers` is told of `id`, in presence frames, in the list of people, and as a member of a private group. */
async function toldOf(id: string, viewer: Session, device: FrameSocket, room: string): Promise<Record<string, unknown>> {
  const frames = () => device.frames.filter((frame) => frame.type === 'presence_update' && frame['userId'] === id);
  const before = frames().length;
  device.send({ type: 'watch', userIds: [id] });
  await until('the answer', () => frames().length > before);
  const frame = frames().at(-1)!;
  const pick = (row: any) => [row.status, row.since, row.personalMessage, row.avatarId];
  const person = (await viewer.api.ok('GET', '/api/users?limit=200')).items.find((one: any) => one.id === id);
  const member = (await viewer.api.ok('GET', `/api/rooms/${room}`)).members.find((one: any) => one.id === id);
  return { frame: pick(frame), person: pick(person), member: [member.status, member.avatarId] };
}

describe('who sees presence and picture', () => {
  let shy: Session, friend: Session, stranger: Session;
  let room: string;
  const devices = new Map<Session, FrameSocket>();
  const change = (members: Record<string, unknown>) => shy.api.ok('PUT', '/api/me/settings', members);
  const of = async (viewer: Session) => toldOf(shy.user.id, viewer, devices.get(viewer)!, room);
  const HERE = 'dt_kite';
  const shown = (avatar: string) => async (viewer: Session) => {
    const told: any = await of(viewer);
    const [status, since, message, picture] = told.frame;
    assert.deepEqual([status, message, picture, since > 0], ['busy', 'exams', avatar, true]);
    assert.deepEqual([told.person, told.member], [told.frame, ['busy', avatar]]);
  };
  const gone = (avatar: string) => async (viewer: Session) =>
    assert.deepEqual(await of(viewer), { frame: ['offline', 0, '', avatar], person: ['offline', 0, '', avatar], member: ['offline', avatar] });
  /** What a device that watches is told without asking. */
  const news = (viewer: Session, status: string, avatar: string) =>
    devices.get(viewer)!.next((frame) => frame.type === 'presence_update' && frame['userId'] === shy.user.id && frame['status'] === status && frame['avatarId'] === avatar);

  before(async () => {
    [shy, friend, stranger] = [await account(base), await account(base), await account(base)];
    await friend.api.ok('POST', '/api/me/contacts', { userId: shy.user.id });
    await until('contacts', async () => (await shy.api.post(`/api/me/contacts/${friend.user.id}/accept`)).status === 200);
    room = (await shy.api.ok('POST', '/api/rooms', { name: 'Crew', visibility: 'private', memberIds: [friend.user.id, stranger.user.id] })).id;
    await until('the question', async () => (await stranger.api.post(`/api/rooms/${room}/members/me`)).status === 200);
    await until('acquainted', async () => (await stranger.api.ok('GET', '/api/users?limit=200')).items.some((one: any) => one.id === shy.user.id));
    for (const who of [shy, friend, stranger]) {
      const device = await FrameSocket.presence(base, who, { heartbeat: true });
      await device.next('welcome');
      devices.set(who, device);
    }
    devices.get(shy)!.send({ type: 'presence', status: 'busy', personalMessage: 'exams', avatarId: HERE });
    await devices.get(shy)!.barrier();
  });

  after(async () => {
    for (const device of devices.values()) await device.close();
  });

  test('everyone who may hear of somebody sees all of it until they say otherwise', async () => {
    for (const viewer of [friend, stranger]) await shown(HERE)(viewer);
  });

  test('presence for contacts alone: others are told at once that one is gone, and nothing afterwards', async () => {
    await change({ whoSeesPresence: 'contacts' });
    await news(stranger, 'offline', HERE);
    await gone(HERE)(stranger);
    await shown(HERE)(friend);
    const known = devices.get(stranger)!.frames.length;
    devices.get(shy)!.send({ type: 'presence', status: 'away' });
    await news(friend, 'away', HERE);
    devices.get(shy)!.send({ type: 'presence', status: 'busy' });
    await news(friend, 'busy', HERE);
    await gone(HERE)(stranger);
    const own = await shy.api.ok('GET', '/api/me');
    assert.deepEqual([own.status, own.personalMessage], ['busy', 'exams']);
    const told = devices.get(stranger)!.frames.slice(known).filter((frame) => frame.type === 'presence_update' && frame['userId'] === shy.user.id);
    assert.deepEqual(told.filter((frame) => frame['status'] !== 'offline'), []);
  });

  test('in a room whoever may not see the presence sees nobody there, and is told nothing of coming and going', async () => {
    const pub = freshRoom();
    const [eyes, seer] = [await FrameSocket.joined(base, pub, stranger), await FrameSocket.joined(base, pub, friend)];
    const own = await FrameSocket.joined(base, pub, shy);
    const tells = (frame: any) => frame.type === 'participants' && JSON.stringify(frame).includes(shy.user.id);
    await seer.next(tells);
    const listed = async (viewer: Session) => (await viewer.api.ok('GET', `/api/rooms/${pub}`)).members.map((one: any) => one.id);
    assert.ok((await listed(friend)).includes(shy.user.id));
    assert.ok(!(await listed(stranger)).includes(shy.user.id));
    assert.equal((await stranger.api.ok('GET', `/api/rooms/${pub}`)).memberCount, 2);
    // They are heard all the same: what one says, one shows.
    const said = marker();
    own.send({ type: 'chat', id: uuidv7(), content: said });
    await eyes.next((frame) => frame.type === 'chat' && frame['content'] === said);
    await change({ whoSeesPresence: 'everyone' });
    await eyes.next((frame) => tells(frame) && frame['joined'].length === 1);
    await change({ whoSeesPresence: 'nobody' });
    for (const socket of [eyes, seer]) await socket.next((frame) => tells(frame) && frame['left'].length === 1);
    await own.close();
    for (const socket of [eyes, seer]) await socket.close();
    await change({ whoSeesPresence: 'contacts' });
    await news(friend, 'busy', HERE);
  });

  test('whoever becomes a contact sees more at once, and less when they are none any more', async () => {
    await stranger.api.ok('POST', '/api/me/contacts', { userId: shy.user.id });
    await until('asked', async () => (await shy.api.post(`/api/me/contacts/${stranger.user.id}/accept`)).status === 200);
    await news(stranger, 'busy', HERE);
    await shown(HERE)(stranger);
    await shy.api.ok('DELETE', `/api/me/contacts/${stranger.user.id}`);
    await until('gone for whoever is no contact', async () => {
      try {
        await gone(HERE)(stranger);
        return true;
      } catch {
        return false;
      }
    });
    await shown(HERE)(friend);
  });

  test('a picture for nobody: others see that of whoever has none, in rooms as well', async () => {
    await change({ whoSeesPresence: 'everyone', whoSeesPicture: 'nobody' });
    await news(friend, 'busy', 'av_guest');
    for (const viewer of [friend, stranger]) await shown('av_guest')(viewer);
    assert.equal((await shy.api.ok('GET', '/api/me')).avatarId, HERE);
    const pub = freshRoom();
    const eyes = await FrameSocket.joined(base, pub, stranger);
    const own = await FrameSocket.joined(base, pub, shy);
    const row = (frame: any) => [...(frame['joined'] ?? []), ...(frame['participants'] ?? [])].find((one: any) => one.id === shy.user.id);
    assert.equal(row(await eyes.next((frame) => frame.type === 'participants' && row(frame)))?.avatarId, 'av_guest');
    await change({ whoSeesPicture: 'contacts' });
    await news(friend, 'busy', HERE);
    await shown('av_guest')(stranger);
    for (const socket of [own, eyes]) await socket.close();
  });

  test('while one is seen as offline a change tells nobody that one is here; it holds from the next time on', async () => {
    await change({ whoSeesPicture: 'everyone' });
    devices.get(shy)!.send({ type: 'presence', status: 'appear_offline' });
    await news(stranger, 'offline', HERE);
    const before = [await of(friend), await of(stranger)];
    await change({ whoSeesPresence: 'nobody', whoSeesPicture: 'nobody' });
    assert.deepEqual([await of(friend), await of(stranger)], before);
    devices.get(shy)!.send({ type: 'presence', status: 'busy' });
    await news(stranger, 'offline', 'av_guest');
    for (const viewer of [friend, stranger]) await gone('av_guest')(viewer);
    await change({ whoSeesPresence: 'everyone', whoSeesPicture: 'everyone' });
    for (const viewer of [friend, stranger]) await news(viewer, 'busy', HERE);
  });

  test('who is blocked goes on to see what they saw; it does not change with what one shows', async () => {
    await change({ whoSeesPicture: 'nobody' });
    await news(stranger, 'busy', 'av_guest');
    await shy.api.ok('PUT', `/api/me/blocks/${stranger.user.id}`);
    await news(stranger, 'offline', 'av_guest');
    const before = await of(stranger);
    await change({ whoSeesPicture: 'everyone', whoSeesPresence: 'nobody' });
    assert.deepEqual(await of(stranger), before);
    await gone(HERE)(friend);
    // What was said is stored: an object that was torn down says the same.
    const row = async (viewer: Session) => (await viewer.api.ok('GET', '/api/users?limit=200')).items.find((one: any) => one.id === shy.user.id);
    const rows = [await row(friend), await row(stranger)];
    await server.kill9();
    await server.restart();
    assert.deepEqual([await row(friend), await row(stranger)], rows);
  });
});
