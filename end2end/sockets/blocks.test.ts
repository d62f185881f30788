// people.md 3, messenger.md 4 and 5.4: a block holds everywhere, and the blocked person cannot detect it.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { refused } from '../harness/api.ts';
import { freshRoom, marker, uuidv7 } from '../harness/ids.ts';
import { guest, persona, type Session } from '../harness/session.ts';
import { FrameSocket, type Frame } from '../harness/socket.ts';
import { onOwnServer } from '../harness/suite.ts';
import { until } from '../harness/wait.ts';

const server = await onOwnServer({ OPEN_ROOMS: '1', RATE_LOGIN: '0', RATE_REST: '0', RATE_CHAT: '0', RATE_PRESENCE: '0' });
const { base } = server;

const device = (session: Session) => FrameSocket.device(base, session, { heartbeat: true });

const of = (userId: string, status?: string) => (frame: Frame) =>
  frame.type === 'presence_update' && frame['userId'] === userId && (status === undefined || frame['status'] === status);

const block = (who: Session, whom: Session) => who.api.ok('PUT', `/api/me/blocks/${whom.user.id}`);
const unblock = (who: Session, whom: Session) => who.api.ok('DELETE', `/api/me/blocks/${whom.user.id}`);

test('blocked and offline are the same bytes, and stay so whatever the blocker does', async () => {
  const [gone, hiding] = [await persona(base, 'user_1'), await persona(base, 'user_2')];
  const [goneDevice, hidingDevice] = [await device(gone), await device(hiding)];
  const watcher = await guest(base);
  const eyes = await device(watcher);
  eyes.send({ type: 'watch', userIds: ['user_1', 'user_2'] });
  await eyes.next(of('user_1', 'online'));
  await eyes.next(of('user_2', 'online'));
  const askedMs = Date.now();
  await gone.api.ok('POST', '/api/auth/logout');
  await block(hiding, watcher);
  const [left, blocked] = [await eyes.next(of('user_1', 'offline')), await eyes.next(of('user_2', 'offline'))];
  const people = (await watcher.api.ok('GET', '/api/auth/accounts')) as any[];
  const blind = (frame: Frame, name: string) =>
    JSON.stringify(frame).replace(frame['userId'], 'ID').replace(name, 'NAME').replace(/"since":\d+/, '"since":0')
      .replace(frame['avatarId'], 'PICTURE').replace(JSON.stringify(frame['personalMessage']), '"LINE"');
  const nameOf = (id: string) => people.find((one) => one.id === id).displayName;
  assert.equal(blind(blocked, nameOf('user_2')), blind(left, nameOf('user_1')));
  for (const { since } of [blocked, left]) assert.ok(since >= askedMs && since <= Date.now(), `${since}: the moment of both`);

  for (const status of ['busy', 'away', 'online']) hidingDevice.send({ type: 'presence', status, personalMessage: marker() });
  await hidingDevice.barrier();
  const other = await device(await guest(base));
  other.send({ type: 'watch', userIds: ['user_2'] });
  await other.next(of('user_2', 'online'));
  const anew = await device(watcher);
  anew.send({ type: 'watch', userIds: ['user_2'] });
  assert.deepEqual(await anew.next(of('user_2')), blocked, 'the same after a new look');
  await until('lists agree', async () => {
    const row = (await watcher.api.ok('GET', '/api/users')).items.find((one: any) => one.id === 'user_2');
    return row.status === 'offline' && row.since === blocked['since'] && row.personalMessage === blocked['personalMessage'];
  });
  await eyes.never((frame) => frame !== blocked && of('user_2')(frame) && frame['since'] >= blocked['since'], 'something changed');

  await unblock(hiding, watcher);
  await eyes.next(of('user_2', 'online'));
  await goneDevice.closed;
  for (const each of [hidingDevice, eyes, other, anew]) await each.close();
});

test('whom the player of a persona has blocked sees nothing of their end, until the next one comes @night', async () => {
  const [player, watcher] = [await persona(base, 'user_11'), await guest(base)];
  const [own, eyes] = [await device(player), await device(watcher)];
  eyes.send({ type: 'watch', userIds: ['user_11'] });
  await eyes.next(of('user_11', 'online'));
  await block(player, watcher);
  const left = await eyes.next(of('user_11', 'offline'));
  await player.api.ok('POST', '/api/auth/logout');
  await own.closed;
  // The request comes after the end of all watches, so the persona's own object answers.
  await eyes.close();
  const anew = await device(watcher);
  anew.send({ type: 'watch', userIds: ['user_11'] });
  assert.deepEqual(await anew.next(of('user_11')), left, 'gone since the block');
  const next = await device(await persona(base, 'user_11'));
  const came = await anew.next((frame) => of('user_11')(frame) && frame['since'] > left['since']);
  assert.equal(came['status'], 'online');
  for (const each of [anew, next]) await each.close();
});

test('direct: the blocked writes as ever, the blocker gets places, nothing in the inbox, and must unblock to write', async () => {
  const [blocker, sender] = [await persona(base, 'user_3'), await persona(base, 'user_4')];
  const inbox = await device(blocker);
  const { id: room } = await sender.api.ok('POST', '/api/rooms/dm', { userId: 'user_3' });
  const from = await FrameSocket.joined(base, room, sender);
  await from.say('before');
  await inbox.next('message_notification');
  await block(blocker, sender);
  const away = marker();
  const ack = await from.say(away);
  assert.deepEqual([ack['seq'], ack['duplicate']], [2, false], 'a normal ack');

  const to = await FrameSocket.joined(base, room, blocker);
  const joined = to.all('history').flatMap((page) => page['messages']);
  assert.deepEqual(joined.map((event: any) => [event.type, event.seq, event.content]), [['chat', 1, 'before'], ['hidden', 2, undefined]]);
  await from.say(marker());
  assert.deepEqual(await to.next('hidden'), { type: 'hidden', seq: 3 });
  await to.refusalOf(to.chat('no'), 'FORBIDDEN');
  refused(await blocker.api.post('/api/messages', { roomId: room, content: 'no', id: uuidv7() }), 403, 'FORBIDDEN');
  await to.close();
  await from.say(marker());
  await until('the room has told everybody', async () => (await blocker.api.ok('GET', '/api/inbox')).items.every((item: any) => item.toSeq === 1));
  await inbox.never((frame) => frame.type === 'message_notification' && frame['message'].content !== 'before', 'notified');

  await unblock(blocker, sender);
  const after = marker();
  await from.say(after);
  await inbox.next((frame) => frame.type === 'message_notification' && frame['message'].content === after);
  for (const each of [from, inbox]) await each.close();
});

test('the list of blocks is the own one; one cannot block oneself; both calls can be repeated', async () => {
  const [one, other] = [await guest(base), await guest(base)];
  for (let n = 0; n < 2; n += 1) assert.deepEqual(await block(one, other), {});
  const { items } = await one.api.ok('GET', '/api/me/blocks');
  assert.deepEqual(items.map((item: any) => [item.id, item.displayName]), [[other.user.id, other.user.displayName]]);
  assert.deepEqual((await other.api.ok('GET', '/api/me/blocks')).items, []);
  assert.deepEqual(await block(one, { user: { id: 'user_999' } } as Session), {}, 'whether they exist is not told');
  refused(await one.api.put(`/api/me/blocks/${one.user.id}`), 400, 'VALIDATION');
  refused(await one.api.put('/api/me/blocks/No%20Body'), 400, 'VALIDATION');
  for (let n = 0; n < 2; n += 1) assert.deepEqual(await unblock(one, other), {});
});

test('a block outlives the process @night', async () => {
  const room = freshRoom();
  const [blocker, blocked] = [await guest(base), await guest(base)];
  const before = await FrameSocket.joined(base, room, blocker);
  await block(blocker, blocked);
  await server.kill9();
  await before.closed;
  await server.restart();
  const writer = await FrameSocket.joined(base, room, blocked);
  const reader = await FrameSocket.joined(base, room, blocker);
  await writer.say(marker());
  await reader.next('hidden');
  for (const each of [writer, reader]) await each.close();
});
