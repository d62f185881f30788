// people.md 3, messenger.md 4 and 5.4: a block holds everywhere, and the blocked person cannot detect it.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { account } from '../harness/accounts.ts';
import { refused } from '../harness/api.ts';
import { freshRoom, marker, uuidv7 } from '../harness/ids.ts';
import { guest, persona, type Session } from '../harness/session.ts';
import { FrameSocket, type Frame } from '../harness/socket.ts';
import { onOwnServer } from '../harness/suite.ts';
import { until } from '../harness/wait.ts';

const server = await onOwnServer({ OPEN_ROOMS: '1', RATE_LOGIN: '0', RATE_REGISTER: '0', RATE_REST: '0', RATE_CHAT: '0', RATE_FRAME: '0', RATE_PRESENCE: '0' });
const { base } = server;

/** 50 messages a second in a load of 4 s. */
const LOAD_MESSAGES = 200;

async function device(session: Session): Promise<FrameSocket> {
  const socket = await FrameSocket.presence(base, session, { heartbeat: true });
  await socket.next('welcome');
  return socket;
}

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

test('the end of a block looks like nothing while one is not seen, and like a coming while one is', async () => {
  const [blocker, blocked] = [await account(base), await account(base)];
  const { id } = blocker.user;
  await blocked.api.ok('POST', '/api/me/contacts', { userId: id });
  await until('contacts', async () => (await blocker.api.post(`/api/me/contacts/${blocked.user.id}/accept`)).status === 200);
  const [own, eyes] = [await device(blocker), await device(blocked)];
  const shown = async () => (await blocked.api.ok('GET', '/api/me/contacts')).items.find((one: any) => one.id === id);
  const isOnline = async () => (await shown()).status === 'online';
  eyes.send({ type: 'watch', userIds: [id] });
  await eyes.next(of(id, 'online'));

  await block(blocker, blocked);
  const left = await eyes.next(of(id, 'offline'));
  const before = await shown();
  assert.equal(before.since, left['since']);
  own.send({ type: 'presence', status: 'busy', personalMessage: marker() });
  own.send({ type: 'presence', status: 'appear_offline' });
  await own.barrier();
  // A block that begins and ends again while one is not seen changes nothing either.
  for (const change of [unblock, block, unblock]) {
    await change(blocker, blocked);
    assert.deepEqual(await shown(), before, 'what was seen in the block');
  }
  const anew = await device(blocked);
  anew.send({ type: 'watch', userIds: [id] });
  assert.deepEqual(await anew.next(of(id)), left, 'the same after a new look');
  const comesMs = Date.now();
  own.send({ type: 'presence', status: 'online' });
  const back = await eyes.next((frame) => of(id)(frame) && frame['since'] > left['since']);
  assert.ok(back['status'] === 'online' && back['since'] >= comesMs, `the next that is told: ${JSON.stringify(back)}`);
  await until('in lists, too', isOnline);

  await block(blocker, blocked);
  await eyes.next((frame) => of(id, 'offline')(frame) && frame['since'] > back['since']);
  const unblockedMs = Date.now();
  await unblock(blocker, blocked);
  const again = await eyes.next((frame) => of(id, 'online')(frame) && frame['since'] > back['since']);
  assert.ok(again['since'] >= unblockedMs, 'here since before the block would tell of it');
  assert.equal((await shown()).since, again['since']);
  for (const each of [own, eyes, anew]) await each.close();
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
  const live = marker();
  await from.say(live);
  assert.deepEqual(await to.next('hidden'), { type: 'hidden', seq: 3 });
  for (const frame of [{ type: 'nudge', id: uuidv7() }, { type: 'wink', id: uuidv7(), winkId: 'toast' }]) {
    from.send(frame);
    await from.answerTo(frame.id);
    await to.next('hidden');
  }
  from.send({ type: 'typing', isTyping: true });
  to.send({ type: 'typing', isTyping: true });
  await to.never((frame) => ['typing', 'nudge', 'wink', 'chat'].includes(frame.type), 'something of the blocked came through');
  await from.never((frame) => frame.type === 'typing', 'the blocker was seen typing');
  const page = await blocker.api.ok('GET', `/api/messages?roomId=${room}`);
  assert.deepEqual(page.messages.map((event: any) => event.type), ['chat', 'hidden', 'hidden', 'hidden', 'hidden']);
  assert.deepEqual(page.messages.map((event: any) => event.seq), [1, 2, 3, 4, 5]);
  const own = await sender.api.ok('GET', `/api/messages?roomId=${room}`);
  assert.deepEqual(own.messages.map((event: any) => event.type), ['chat', 'chat', 'chat', 'nudge', 'wink'], 'the sender sees all of it');

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
  const back = await FrameSocket.joined(base, room, blocker);
  const seen = back.all('history').flatMap((page) => page['messages']).map((event: any) => event.type);
  assert.deepEqual(seen, ['chat', 'hidden', 'hidden', 'hidden', 'hidden', 'hidden', 'chat'], 'what was written meanwhile stays hidden');
  await back.say('welcome back');
  for (const each of [from, back, inbox]) await each.close();
});

test('direct: the blocked goes on to know how far the blocker had come, and no more', async () => {
  const [blocker, sender] = [await persona(base, 'user_6'), await persona(base, 'user_7')];
  const { id: room } = await sender.api.ok('POST', '/api/rooms/dm', { userId: 'user_6' });
  const [from, to] = [await FrameSocket.joined(base, room, sender), await FrameSocket.joined(base, room, blocker)];
  const read = await from.say('read');
  to.send({ type: 'ack', upToSeq: read['seq'], status: 'read' });
  await from.next('delivery_status');
  await block(blocker, sender);
  const knows = async () => {
    const socket = await FrameSocket.room(base, room, sender);
    const welcome = await socket.next('welcome');
    await socket.close();
    return welcome['receipts']['user_6'];
  };
  const knew = { deliveredSeq: read['seq'], readSeq: read['seq'] };
  assert.deepEqual(await knows(), knew, 'a block takes nothing back');
  const { seq } = await from.say(marker());
  to.send({ type: 'ack', upToSeq: seq, status: 'read' });
  await to.barrier();
  assert.deepEqual(await knows(), knew, 'nor is anything added');
  await unblock(blocker, sender);
  const received = await from.say(marker());
  await to.next((frame) => frame.type === 'chat' && frame['seq'] === received['seq']);
  assert.deepEqual(await knows(), knew, 'nor does the end of the block alone add anything');
  to.send({ type: 'ack', upToSeq: received['seq'], status: 'read' });
  await until('the truth again', async () => (await knows()).readSeq === received['seq']);
  for (const each of [from, to]) await each.close();
});

test('rooms: what the blocked changes in a block, or of what they wrote in it, never comes through', async () => {
  const room = freshRoom();
  const [blocker, blocked, third] = [await guest(base), await guest(base), await guest(base)];
  const [a, b, c] = [
    await FrameSocket.joined(base, room, blocker), await FrameSocket.joined(base, room, blocked), await FrameSocket.joined(base, room, third),
  ];
  const change = async (frame: Record<string, unknown>) => {
    const id = uuidv7();
    b.send({ ...frame, id });
    await b.answerTo(id);
  };
  const [before, answer] = [await b.say('before'), await c.say('answer')];
  await block(blocker, blocked);
  const during = await b.say('secret during');
  await change({ type: 'edit', messageId: before['id'], content: 'secret edit' });
  await change({ type: 'reaction', messageId: answer['id'], reaction: 'heart', op: 'add' });
  await unblock(blocker, blocked);
  await change({ type: 'edit', messageId: during['id'], content: 'secret afterwards' });
  await c.next((frame) => frame['content'] === 'secret afterwards');
  await a.next((frame) => frame.type === 'hidden' && frame['seq'] === c.lastSeq);
  const { messages } = await blocker.api.ok('GET', `/api/messages?roomId=${encodeURIComponent(room)}`);
  assert.deepEqual(messages.map((event: any) => event.type), ['chat', 'chat', 'hidden', 'hidden', 'hidden', 'hidden']);
  assert.deepEqual([messages[0].content, messages[1].reactions], ['before', undefined]);
  const again = await FrameSocket.joined(base, room, blocker);
  const found = await blocker.api.ok('GET', `/api/messages/search?q=secret&roomId=${encodeURIComponent(room)}`);
  assert.deepEqual(found.items, []);
  assert.ok(![...a.frames, ...again.frames, messages].some((one) => JSON.stringify(one).includes('secret')), 'something came through');
  assert.equal((await third.api.ok('GET', `/api/messages?roomId=${encodeURIComponent(room)}`)).messages[0].content, 'secret edit');
  for (const each of [a, b, c, again]) await each.close();
});

test('rooms: the blocker gets places and is not here for the blocked; all others notice nothing', async () => {
  const room = freshRoom();
  const [blocker, blocked, third] = [await guest(base), await guest(base), await guest(base)];
  const [a, b, c] = [
    await FrameSocket.joined(base, room, blocker), await FrameSocket.joined(base, room, blocked), await FrameSocket.joined(base, room, third),
  ];
  await b.next((frame) => frame.type === 'participants' && JSON.stringify(frame).includes(third.user.id));
  await block(blocker, blocked);
  await b.next((frame) => frame.type === 'participants' && frame['left']?.includes(blocker.user.id));
  const text = marker();
  await b.say(text);
  const place = await a.next('hidden');
  const stored = await c.next((frame) => frame['content'] === text);
  assert.deepEqual(place, { type: 'hidden', seq: stored['seq'], blockedAt: stored['timestamp'] }, 'a place and a time, nothing else');
  const { messages: [logged] } = await blocker.api.ok('GET', `/api/messages?roomId=${encodeURIComponent(room)}&limit=1`);
  assert.deepEqual(logged, place, 'and so in the history');
  await a.never((frame) => frame['content'] === text, 'shown');
  const answer = marker();
  await a.say(answer);
  await b.next((frame) => frame['content'] === answer);
  await c.never((frame) => frame.type === 'participants' && frame['left']?.includes(blocker.user.id), 'others were told');
  const again = await FrameSocket.joined(base, room, blocked);
  assert.ok(!JSON.stringify(again.all('participants')).includes(blocker.user.id), 'a fresh list shows them');
  await unblock(blocker, blocked);
  await b.next((frame) => frame.type === 'participants' && frame['joined']?.some((one: any) => one.id === blocker.user.id));
  await b.say(marker());
  await a.next('chat');
  for (const each of [a, b, c, again]) await each.close();
});

test('groups: the log tells the blocked of a block what it tells of going offline, and no more @night', async () => {
  const [blocker, blocked, third] = [await persona(base, 'user_8'), await persona(base, 'user_9'), await persona(base, 'user_10')];
  const { id: room } = await third.api.ok('POST', '/api/rooms', { name: 'Crew', memberIds: [blocker.user.id, blocked.user.id] });
  const [b, c] = [await FrameSocket.joined(base, room, blocked), await FrameSocket.joined(base, room, third)];
  const own = (code: string) => (frame: Frame) => frame['code'] === code && frame['senderId'] === blocker.user.id;
  await block(blocker, blocked);
  const hiding = await FrameSocket.joined(base, room, blocker);
  await hiding.say(marker());
  await unblock(blocker, blocked);
  const joined = await b.next(own('joined'));
  await block(blocker, blocked);
  const left = await b.next(own('left'));
  await hiding.close();
  const again = await FrameSocket.joined(base, room, blocker);
  await again.say(marker());
  await b.say(marker());
  for (const each of [b, c]) await each.barrier();
  const received = (await blocked.api.ok('GET', `/api/messages?roomId=${room}&limit=200`)).messages;
  assert.deepEqual(received.filter((one: any) => one.senderId === blocker.user.id && one.type === 'system').map((one: any) => [one.code, one.seq]),
    [['joined', joined['seq']], ['left', left['seq']]], 'neither coming nor going tells of a block');
  assert.ok(!received.some((one: any) => one.type === 'hidden'), 'nor is there a place of which nothing is told');
  for (const each of [b, c, again]) await each.close();
});

test('join with since under load, one of two writers blocked: no gap, no double, hidden frames fill the places', async () => {
  const room = freshRoom();
  const [reader, loud, fine] = [await guest(base), await guest(base), await guest(base)];
  const first = await FrameSocket.joined(base, room, reader);
  await block(reader, loud);
  const writers = [await FrameSocket.joined(base, room, loud), await FrameSocket.joined(base, room, fine)];
  const ends = Date.now() + 4_000;
  const writing = writers.map(async (socket, who) => {
    let count = 0;
    for (; Date.now() < ends || count < LOAD_MESSAGES / writers.length; count += 1) {
      const id = socket.chat(`${who}.${count}`);
      if (count % 8 === 7) await socket.answerTo(id);
    }
    await socket.barrier();
    return count;
  });
  let since = 0;
  const seen = new Map<number, string>();
  const note = (socket: FrameSocket) => {
    const events = socket.frames.flatMap((frame) => (frame.type === 'history' ? frame['messages'] : [frame]));
    for (const event of events.filter((event: any) => event.type === 'hidden' || event.type === 'chat')) {
      assert.ok(!seen.has(event.seq), `twice: ${event.seq}`);
      seen.set(event.seq, event.type === 'chat' ? event.senderId : 'hidden');
    }
    since = socket.lastSeq ?? since;
  };
  note(first);
  first.terminate();
  // The socket itself checks that `seq` rises by one, on every join and live.
  while (Date.now() < ends) {
    const socket = await FrameSocket.joined(base, room, reader, { query: { since, epoch: first.epoch }, protocols: ['cfm.v1.batch', 'cfm.v1'] });
    for (let n = 0; n < 5; n += 1) await socket.barrier();
    socket.clean();
    socket.terminate();
    await socket.closed;
    note(socket);
  }
  const written = (await Promise.all(writing)).reduce((sum, count) => sum + count);
  const last = await FrameSocket.joined(base, room, reader, { query: { since, epoch: first.epoch } });
  await last.barrier();
  last.clean();
  note(last);
  const head = last.lastSeq!;
  assert.deepEqual([...seen.keys()].sort((x, y) => x - y), Array.from({ length: seen.size }, (_, n) => n + 1));
  // The load had at least 50 messages a second, and all of them were stored and seen.
  assert.ok(written >= LOAD_MESSAGES);
  assert.deepEqual([seen.size, head], [written, written]);
  assert.ok([...seen.values()].every((who) => who === 'hidden' || who === fine.user.id), 'nothing of the blocked');
  assert.ok([...seen.values()].includes('hidden') && [...seen.values()].includes(fine.user.id));
  for (const each of [...writers, last]) await each.close();
});

test('whoever is blocked may ask and open as ever, and nobody hears of it, also after the unblock', async () => {
  const [blocker, asker] = [await guest(base), await persona(base, 'user_5')];
  const ears = await device(blocker);
  await block(blocker, asker);
  const asked = await asker.api.post('/api/me/contacts', { userId: blocker.user.id, note: 'hello' });
  assert.deepEqual([asked.status, asked.data.relation], [201, 'requested']);
  const { id: room } = await asker.api.ok('POST', '/api/rooms/dm', { userId: blocker.user.id });
  const socket = await FrameSocket.joined(base, room, asker);
  await socket.say(marker());
  await unblock(blocker, asker);
  assert.deepEqual((await blocker.api.ok('GET', '/api/me/contacts')).items, []);
  await ears.never((frame) => ['contact', 'room_added', 'message_notification'].includes(frame.type), 'heard of it');
  for (const each of [socket, ears]) await each.close();
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

test('an id refused for permission can be used afterwards, once (core.md 1.4)', async () => {
  const [one, other] = [await persona(base, 'user_15'), await persona(base, 'user_16')];
  const { id: room } = await one.api.ok('POST', '/api/rooms/dm', { userId: other.user.id });
  const socket = await FrameSocket.room(base, room, one);
  await socket.next('history');
  await block(one, other);
  const [id, content] = [uuidv7(), marker()];
  await socket.refusalOf(socket.chat(content, { id }), 'FORBIDDEN');
  refused(await one.api.post('/api/messages', { roomId: room, id, content }), 403, 'FORBIDDEN');
  await unblock(one, other);
  // The room learns of the unblock a moment after the answer.
  await until('the room lets it through', async () => (await one.api.post('/api/messages', { roomId: room, id, content })).status < 300);
  const again = await socket.say(content, { id });
  assert.equal(again['duplicate'], true);
  const { messages } = await other.api.ok('GET', `/api/messages?roomId=${room}`);
  assert.deepEqual(messages.filter((event: any) => event.content === content).map((event: any) => [event.id, event.seq]), [[id, again['seq']]]);
  await socket.close();
});
