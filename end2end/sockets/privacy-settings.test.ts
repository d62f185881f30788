// settings.md 1, messenger.md 5.4: the server enforces the privacy settings of a person.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { refused } from '../harness/api.ts';
import { freshRoom, marker, uuidv7 } from '../harness/ids.ts';
import { guest, persona, type Session } from '../harness/session.ts';
import { GUEST_SETTINGS } from '../harness/settings.ts';
import { FrameSocket, upgradeRefused } from '../harness/socket.ts';
import { onOwnServer } from '../harness/suite.ts';

const server = await onOwnServer({ OPEN_ROOMS: '1', RATE_LOGIN: '0', RATE_REST: '0', RATE_NUDGE: '0' });
const { base } = server;

/**
 * Waits until the room knows this session. A room reports a visitor a moment after the join; from then on it hears of each change before
 * the change is answered.
 */
async function expectNotice(session: Session, observer: FrameSocket): Promise<void> {
  for (const status of ['away', 'online']) {
    await session.api.ok('POST', '/api/presence', { status });
    await observer.next((frame) => frame.type === 'participants' && JSON.stringify(frame).includes(session.user.id) && JSON.stringify(frame).includes(`"${status}"`));
  }
}

test('defaults, changes of single members, and what is refused', async () => {
  const one = await guest(base);
  assert.deepEqual(await one.api.ok('GET', '/api/me/settings'), GUEST_SETTINGS);
  assert.deepEqual(await one.api.ok('PUT', '/api/me/settings', { nudges: 'contacts', typing: false, later: 1 }), { ...GUEST_SETTINGS, nudges: 'contacts', typing: false });
  for (const bad of [{ whoCanWrite: 'nobody' }, { nudges: 'friends' }, { receipts: 'yes' }, { winks: 4 }, { whoCanAdd: 'friends' }, { whoCanAdd: true }, { lastSeen: 'nobody' }, { whoSeesPresence: 'friends' }, { whoSeesPicture: false }]) {
    refused(await one.api.put('/api/me/settings', bad), 400, 'VALIDATION');
  }
  assert.deepEqual(await one.api.ok('GET', '/api/me/settings'), { ...GUEST_SETTINGS, nudges: 'contacts', typing: false }, 'refused changes leave nothing');
});

test('a nudge is felt where its conversation is not open, by whoever takes it', async () => {
  const [actor, taker] = [await persona(base, 'user_4'), await guest(base)];
  const { id: room } = await actor.api.ok('POST', '/api/rooms/dm', { userId: taker.user.id });
  const [from, list] = [await FrameSocket.joined(base, room, actor), await FrameSocket.presence(base, taker)];
  await list.next('welcome');
  const received = async () => {
    const id = uuidv7();
    from.send({ type: 'nudge', id });
    await from.answerTo(id);
    const { message } = await list.next((frame) => frame.type === 'message_notification' && frame['message'].id === id);
    return [message.effect, message.replay];
  };
  assert.deepEqual(await received(), ['shake', undefined]);
  await taker.api.ok('PUT', '/api/me/settings', { nudges: 'contacts' });
  assert.deepEqual(await received(), ['line', true]);
  for (const each of [from, list]) await each.close();
});

test('typing is not shown of who switched it off, who sees that of others all the same', async () => {
  const room = freshRoom();
  const [one, other] = [await guest(base), await guest(base)];
  const [a, b] = [await FrameSocket.joined(base, room, one), await FrameSocket.joined(base, room, other)];
  await expectNotice(one, b);
  await one.api.ok('PUT', '/api/me/settings', { typing: false });
  a.send({ type: 'typing', isTyping: true });
  b.send({ type: 'typing', isTyping: true });
  await a.barrier();
  await b.barrier();
  await a.next((frame) => frame.type === 'typing' && frame['senderId'] === other.user.id && frame['isTyping'] === true);
  await b.never((frame) => frame.type === 'typing', 'shown although switched off');
  await one.api.ok('PUT', '/api/me/settings', { typing: true });
  a.send({ type: 'typing', isTyping: true });
  await b.next((frame) => frame.type === 'typing' && frame['isTyping'] === true);
  for (const each of [a, b]) await each.close();
});

test('who can write: contacts open and write, strangers do not, and whoever was turned to may answer', async () => {
  const [shy, stranger] = [await persona(base, 'user_2'), await persona(base, 'user_3')];
  await shy.api.ok('PUT', '/api/me/settings', { whoCanWrite: 'contacts' });
  refused(await stranger.api.post('/api/rooms/dm', { userId: 'user_2' }), 403, 'FORBIDDEN');
  const room = 'dm_user_2____user_3';
  refused(await upgradeRefused(base, `/api/ws/room/${room}`, { session: stranger, protocols: [] }), 403, 'FORBIDDEN');
  refused(await stranger.api.post('/api/messages', { roomId: room, content: 'hello', id: uuidv7() }), 403, 'FORBIDDEN');
  await shy.api.ok('POST', '/api/messages', { roomId: room, content: 'you first', id: uuidv7() });
  const socket = await FrameSocket.joined(base, room, stranger);
  const answer = marker();
  await socket.say(answer);
  await shy.api.ok('POST', '/api/me/contacts', { userId: 'user_3' });
  await socket.say(marker());
  await shy.api.ok('DELETE', '/api/me/contacts/user_3');
  await socket.refusalOf(socket.chat('still there?'), 'FORBIDDEN');
  await shy.api.ok('PUT', '/api/me/settings', { whoCanWrite: 'everyone' });
  await socket.say(marker());
  await socket.close();
});

test('who can add: whoever may not is answered as if they had asked, and is never heard', async () => {
  const [shy, stranger] = [await persona(base, 'user_5'), await persona(base, 'user_7')];
  const device = await FrameSocket.presence(base, shy);
  await device.next('welcome');
  const brought = async () => {
    const group = await stranger.api.ok('POST', '/api/rooms', { name: 'Crew', memberIds: ['user_5'] });
    return { group, isIn: group.members.some((one: any) => one.id === 'user_5') };
  };
  const isAdded = (id: string) => (frame: any) => frame.type === 'room_added' && frame.room.id === id;
  const open = await brought();
  assert.ok(open.isIn, 'personas are in at once');
  await device.next(isAdded(open.group.id));

  await shy.api.ok('PUT', '/api/me/settings', { whoCanAdd: 'contacts' });
  const unheard = await brought();
  assert.ok(!unheard.isIn);

  // A blocked person gets the same answer.
  await shy.api.ok('PUT', '/api/me/settings', { whoCanAdd: 'everyone' });
  await shy.api.ok('PUT', '/api/me/blocks/user_7');
  const blocked = await brought();
  // A blocked person sees the blocker as offline, so the comparison leaves out the status.
  const viewsOf = (people: any[]) => people.map((one) => ({ ...one, status: '' }));
  const form = ({ group }: { group: any }) =>
    JSON.stringify({ ...group, invited: viewsOf(group.invited), id: 0, createdAt: 0, updatedAt: 0, lastMessageAt: 0, lastEventAt: 0, epoch: 0 });
  assert.equal(form(unheard), form(blocked), 'nothing tells the two apart');
  await shy.api.ok('DELETE', '/api/me/blocks/user_7');

  // A new invitation arrives, and the earlier hidden ones stay hidden.
  const last = await brought();
  await device.next(isAdded(last.group.id));
  const mine = (await shy.api.ok('GET', '/api/rooms?scope=mine&limit=200')).items.map((one: any) => one.id);
  for (const { group } of [unheard, blocked]) {
    assert.ok(!mine.includes(group.id));
    await device.never((frame: any) => isAdded(group.id)(frame), 'an invitation that is not taken');
  }
  await device.close();
});

test('last seen: without it nobody is told a time, however somebody goes', async () => {
  const [hidden, gone, viewer] = [await persona(base, 'user_8'), await persona(base, 'user_9'), await persona(base, 'user_11')];
  const ids = ['user_8', 'user_9'];
  const devices: FrameSocket[] = [];
  for (const one of [hidden, gone]) {
    assert.equal((await one.api.ok('PUT', '/api/me/settings', { lastSeen: false })).lastSeen, false);
    const device = await FrameSocket.presence(base, one);
    await device.next('welcome');
    devices.push(device);
  }
  const watcher = await FrameSocket.presence(base, viewer);
  await watcher.next('welcome');
  watcher.send({ type: 'watch', userIds: ids });
  const seen = (id: string, status: string) => watcher.next((frame) => frame.type === 'presence_update' && frame['userId'] === id && frame['status'] === status);
  for (const id of ids) assert.ok((await seen(id, 'online'))['since'] > 0, 'since when somebody is here is told');

  devices[0]!.send({ type: 'presence', status: 'appear_offline' });
  await gone.api.ok('POST', '/api/auth/logout');
  const received = [await seen('user_8', 'offline'), await seen('user_9', 'offline')];
  const form = (frame: Record<string, unknown>) => JSON.stringify({ ...frame, userId: 'x', displayName: 'x', personalMessage: 'x', avatarId: 'x' });
  assert.equal(form(received[0]!), form(received[1]!), 'the same bytes');
  assert.deepEqual(received.map((frame) => frame['since']), [0, 0]);
  // The next player of a persona starts with the default settings.
  const next = await persona(base, 'user_9');
  assert.equal((await next.api.ok('GET', '/api/me/settings')).lastSeen, true);
  await next.api.ok('POST', '/api/presence', { status: 'online' });
  await seen('user_9', 'online');
  await next.api.ok('POST', '/api/auth/logout');
  assert.ok((await seen('user_9', 'offline'))['since'] > 0);
  for (const each of [...devices, watcher]) await each.close();
});

test('PUT /api/me changes the profile without making anybody visible', async () => {
  const one = await guest(base);
  const changed = await one.api.ok('PUT', '/api/me', { personalMessage: 'exam week', displayName: 'Em\u202erik' });
  assert.deepEqual([changed.displayName, changed.personalMessage], ['Emrik', 'exam week']);
  assert.deepEqual(await one.api.ok('GET', '/api/me'), changed);
  refused(await one.api.put('/api/me', { displayName: '' }), 400, 'VALIDATION');
});
