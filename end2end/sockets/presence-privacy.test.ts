// settings.md 1: visibility of presence and picture.

import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import { account } from '../harness/accounts.ts';
import { befriend } from '../harness/pairs.ts';
import type { Session } from '../harness/session.ts';
import { FrameSocket } from '../harness/socket.ts';
import { onOwnServer } from '../harness/suite.ts';
import { until } from '../harness/wait.ts';

const { base } = await onOwnServer({ OPEN_ROOMS: '1', RATE_LOGIN: '0', RATE_REST: '0', RATE_REGISTER: '0', RATE_PRESENCE: '0' });

/** Appearance of a person. A viewer who may not see the presence sees neither a time nor a personal message. */
interface Look {
  status: string;
  avatar: string;
}

const AVATAR = 'dt_kite';
const HERE: Look = { status: 'busy', avatar: AVATAR };
const GONE: Look = { status: 'offline', avatar: AVATAR };
const NO_PICTURE = 'av_guest';

describe('who sees presence and picture', () => {
  let shy: Session, friend: Session, stranger: Session;
  let room: string;
  const devices = new Map<Session, FrameSocket>();
  const change = (members: Record<string, unknown>) => shy.api.ok('PUT', '/api/me/settings', members);
  const choose = async (presence: Record<string, unknown>) => devices.get(shy)!.send({ type: 'presence', ...presence });
  const updates = (viewer: Session) => devices.get(viewer)!.frames.filter((frame) => frame.type === 'presence_update' && frame['userId'] === shy.user.id);
  const row = async (viewer: Session) => (await viewer.api.ok('GET', '/api/users?limit=200')).items.find((one: any) => one.id === shy.user.id);

  /** Returns what `viewer` sees in a presence frame, in the list of people, and among the members of a private group. */
  async function shownTo(viewer: Session) {
    const count = updates(viewer).length;
    devices.get(viewer)!.send({ type: 'watch', userIds: [shy.user.id] });
    await until('the answer', () => updates(viewer).length > count);
    const pick = ({ status, since, personalMessage, avatarId }: any) => ({ status, since, personalMessage, avatarId });
    const member = (await viewer.api.ok('GET', `/api/rooms/${room}`)).members.find((one: any) => one.id === shy.user.id);
    return { frame: pick(updates(viewer).at(-1)), person: pick(await row(viewer)), member: { status: member.status, avatar: member.avatarId } };
  }

  /** Waits until `viewer` sees the same everywhere, because changes arrive a moment later. */
  async function sees(viewer: Session, look: Look): Promise<void> {
    let last: unknown;
    await until(`${JSON.stringify(look)}`, async () => {
      const { frame, person, member } = await shownTo(viewer);
      last = frame;
      const isHidden = look.status === 'offline';
      const words = isHidden ? frame.since === 0 && frame.personalMessage === '' : frame.since > 0 && frame.personalMessage === 'exams';
      const matches = [frame, person].every(({ status, avatarId }) => status === look.status && avatarId === look.avatar);
      return matches && words && isDeepStrictEqual(frame, person) && isDeepStrictEqual(member, look);
    }).catch((error: Error) => assert.fail(`${error.message}; last ${JSON.stringify(last)}`));
  }

  /** Asserts that an action sends this update to a device of `viewer` that has not asked. */
  async function isNews(viewer: Session, look: Look, act: () => Promise<unknown>): Promise<void> {
    const count = updates(viewer).length;
    await act();
    await until(`news of ${JSON.stringify(look)}`, () => updates(viewer).slice(count).some((frame) => frame['status'] === look.status && frame['avatarId'] === look.avatar));
  }

  before(async () => {
    [shy, friend, stranger] = [await account(base), await account(base), await account(base)];
    await befriend(friend, shy);
    room = (await shy.api.ok('POST', '/api/rooms', { name: 'Crew', visibility: 'private', memberIds: [friend.user.id, stranger.user.id] })).id;
    await until('the question', async () => (await stranger.api.post(`/api/rooms/${room}/members/me`)).status === 200);
    await until('acquainted', async () => (await stranger.api.ok('GET', '/api/users?limit=200')).items.some((one: any) => one.id === shy.user.id));
    for (const who of [shy, friend, stranger]) {
      const device = await FrameSocket.device(base, who, { heartbeat: true });
      devices.set(who, device);
    }
    await choose({ status: 'busy', personalMessage: 'exams', avatarId: AVATAR });
  });

  test('everyone who may hear of somebody sees all of it until they say otherwise', async () => {
    for (const viewer of [friend, stranger]) await sees(viewer, HERE);
  });

  test('presence for contacts alone: others are told at once that one is gone, and nothing afterwards', async () => {
    await isNews(stranger, GONE, () => change({ whoSeesPresence: 'contacts' }));
    await sees(stranger, GONE);
    await sees(friend, HERE);
    const count = updates(stranger).length;
    await isNews(friend, { ...HERE, status: 'away' }, () => choose({ status: 'away' }));
    await isNews(friend, HERE, () => choose({ status: 'busy' }));
    await sees(stranger, GONE);
    assert.deepEqual(updates(stranger).slice(count).filter((frame) => frame['status'] !== 'offline'), []);
    const own = await shy.api.ok('GET', '/api/me');
    assert.deepEqual([own.status, own.personalMessage], ['busy', 'exams'], 'one sees all of oneself');
  });

  test('whoever becomes a contact sees more at once, and less when they are none any more, whoever ended it', async () => {
    await sees(stranger, GONE);
    const ends = [() => shy.api.ok('DELETE', `/api/me/contacts/${stranger.user.id}`), () => stranger.api.ok('DELETE', `/api/me/contacts/${shy.user.id}`)];
    for (const end of ends) {
      await isNews(stranger, HERE, () => befriend(stranger, shy));
      await sees(stranger, HERE);
      // This device also watches the person explicitly, and gets the update without asking again.
      await isNews(stranger, GONE, end);
      await sees(stranger, GONE);
    }
    await sees(friend, HERE);
  });

  test('a picture for nobody: others see that of whoever has none', async () => {
    await isNews(friend, { ...HERE, avatar: NO_PICTURE }, () => change({ whoSeesPresence: 'everyone', whoSeesPicture: 'nobody' }));
    for (const viewer of [friend, stranger]) await sees(viewer, { ...HERE, avatar: NO_PICTURE });
    assert.equal((await shy.api.ok('GET', '/api/me')).avatarId, AVATAR);
  });
});
