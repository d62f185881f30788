// wasmchannel.md 3 and 9: rooms over packets, and the same rooms over `cfm.v1` at the same time.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { freshRoom, marker, uuid, uuidv7 } from '../harness/ids.ts';
import { PacketSocket, packetsRefused, type PacketSocketOptions } from '../harness/packet_socket.ts';
import { cookieSession, guest, persona } from '../harness/session.ts';
import { FrameSocket } from '../harness/socket.ts';
import { onOwnServer, onSharedServer } from '../harness/suite.ts';
import { moment, until } from '../harness/wait.ts';

const base = await onSharedServer();

describe('rooms over packets', { concurrency: true }, () => {
  test('three paths lead in; a refusal is an HTTP answer', async () => {
    const { token } = await guest(base);
    for (const path of [undefined, '/api/ws/room/general', '/']) {
      const socket = await PacketSocket.open(base, 'general', { token, ...(path ? { path } : {}) });
      assert.equal(socket.protocol, 'wasmchannel.v1');
      assert.match((await socket.next('OnlineUsers')).text, /^[1-9][0-9]*$/);
      await socket.close();
    }
    const nobody = await packetsRefused(base, 'general', { headers: { origin: base } });
    assert.deepEqual([nobody.status, nobody.text], [401, '{"error":"Unauthorized"}']);
    const wrapped = await packetsRefused(base, '', { path: '/api/ws/room/general', headers: { origin: base } });
    assert.deepEqual([wrapped.status, JSON.parse(wrapped.text).error.code], [401, 'UNAUTHENTICATED']);
    for (const [room, status] of [['system_x', 403], ['no_such', 404], ['dm_a____b', 403]] as const) {
      const reply = await packetsRefused(base, room, { token });
      assert.deepEqual([room, reply.status, Object.keys(JSON.parse(reply.text))], [room, status, ['error']]);
    }
    assert.equal((await packetsRefused(base, 'general', { token, query: { since: 'x' } })).status, 400);
    assert.equal((await packetsRefused(base, 'general', { token, headers: { origin: 'https://elsewhere.example' } })).status, 403);
  });

  test('the first name of the offer that is spoken decides', async () => {
    const { token } = await guest(base);
    const path = `/api/ws/room/${freshRoom()}`;
    const packets = await PacketSocket.open(base, '', { token, path, protocols: ['nothing', 'wasmchannel.v1', 'cfm.v1'] });
    assert.equal(packets.protocol, 'wasmchannel.v1');
    const frames = await FrameSocket.open(base, path, { session: { token }, protocols: ['cfm.v1', 'wasmchannel.v1'] });
    assert.equal(frames.protocol, 'cfm.v1');
    await Promise.all([packets.close(), frames.close()]);
  });

  test('eight sockets of a person in a room; the ninth is refused', async () => {
    const room = freshRoom();
    const { token } = await guest(base);
    const sockets = await Promise.all(Array.from({ length: 8 }, () => PacketSocket.joined(base, room, token)));
    const reply = await packetsRefused(base, room, { token });
    assert.equal(reply.status, 429);
    assert.match(String(reply.headers['retry-after']), /^[1-9]/);
    await Promise.all(sockets.map((socket) => socket.close()));
  });

  test('a text of either door is on the other, in one order', async () => {
    const room = freshRoom();
    const [one, two] = [await guest(base), await guest(base)];
    const packets = await PacketSocket.joined(base, room, one.token);
    const frames = await FrameSocket.joined(base, room, two);
    const sent: string[] = [];
    for (let n = 0; n < 4; n += 1) {
      const [mine, theirs] = [marker(), marker()];
      sent.push(mine, theirs);
      const echo = await packets.said(mine);
      assert.equal(echo.user, one.user.id);
      const chat = await frames.next((frame) => frame.type === 'chat' && frame['content'] === mine);
      assert.deepEqual([chat['senderId'], chat['displayName'], chat['client']], [one.user.id, one.user.displayName, 'wasmchannel.v1']);
      const id = uuidv7();
      await frames.say(theirs, { id });
      const received = await packets.next((packet) => packet.kind === 'Message' && packet.text === theirs);
      assert.deepEqual([received.id, received.user], [id, two.user.id]);
    }
    assert.deepEqual(packets.all('Message').map((packet) => packet.text), sent);
    const { messages } = await two.api.ok('GET', `/api/messages?roomId=${room}&since=0`);
    assert.deepEqual(messages.map((event: any) => event.content), sent);
    frames.send({ type: 'nudge', id: uuidv7() });
    assert.equal((await packets.next('Message')).text, '[nudge]');
    frames.send({ type: 'wink', id: uuidv7(), winkId: 'toast' });
    assert.equal((await packets.next('Message')).text, '[wink: toast]');
    await Promise.all([packets.close(), frames.close()]);
  });

  test('edits and deletions of the messenger arrive as Delete and Message', async () => {
    const room = freshRoom();
    const [one, two] = [await guest(base), await guest(base)];
    const packets = await PacketSocket.joined(base, room, one.token);
    const frames = await FrameSocket.joined(base, room, two);
    const messageId = uuidv7();
    await frames.say('first', { id: messageId });
    frames.send({ type: 'edit', id: uuidv7(), messageId, content: 'second' });
    const gone = await packets.next('Delete');
    assert.deepEqual([gone.id, gone.user, gone.text], [messageId, two.user.id, '']);
    const again = await packets.next('Message');
    assert.deepEqual([again.id, again.user, again.text], [messageId, two.user.id, 'second']);
    frames.send({ type: 'delete', id: uuidv7(), messageId, for: 'all' });
    assert.equal((await packets.next('Delete')).id, messageId);
    await Promise.all([packets.close(), frames.close()]);
  });

  test('two sockets of a person both receive; people are counted, not sockets', async () => {
    const room = freshRoom();
    const [one, two] = [await guest(base), await guest(base)];
    const first = await PacketSocket.joined(base, room, one.token);
    const second = await PacketSocket.joined(base, room, one.token);
    assert.equal((await first.next('OnlineUsers')).text, '1');
    const frames = await FrameSocket.joined(base, room, two);
    for (const socket of [first, second]) {
      assert.equal((await socket.next('OnlineUsers')).text, '2');
      const joined = await socket.next('Joined');
      assert.deepEqual([joined.user, joined.text], [two.user.id, two.user.displayName]);
    }
    await first.said('to both');
    assert.equal((await second.next('Message')).text, 'to both');
    assert.equal((await frames.next('chat'))['content'], 'to both');
    await frames.close();
    for (const socket of [first, second]) assert.equal((await socket.next('OnlineUsers')).text, '1');
    await Promise.all([first.close(), second.close()]);
  });

  test('typing reaches the others only, and ends by itself', async () => {
    const room = freshRoom();
    const [one, two] = [await guest(base), await guest(base)];
    const mine = await PacketSocket.joined(base, room, one.token);
    const mineToo = await PacketSocket.joined(base, room, one.token);
    const theirs = await PacketSocket.joined(base, room, two.token);
    const frames = await FrameSocket.joined(base, room, two);
    const payload = JSON.stringify({ userId: one.user.id, isTyping: true, timestamp: 1 });
    mine.send({ kind: 'Typing', payload });
    const began = await theirs.next('Typing');
    assert.deepEqual([began.user, began.text, began.id], [one.user.id, payload, null]);
    assert.equal((await frames.next('typing'))['isTyping'], true);
    const ended = await theirs.next('Typing');
    assert.deepEqual({ ...JSON.parse(ended.text), timestamp: 0 }, { userId: one.user.id, isTyping: false, timestamp: 0 });
    frames.send({ type: 'typing', isTyping: true });
    assert.equal(JSON.parse((await mine.next('Typing')).text).isTyping, true);
    assert.deepEqual(mineToo.all('Typing').filter((packet) => packet.user === one.user.id), []);
    assert.deepEqual(theirs.all('Typing').filter((packet) => packet.user === two.user.id), []);
    await Promise.all([mine.close(), mineToo.close(), theirs.close(), frames.close()]);
  });

  test('the same id twice is one row and one broadcast; other content or another person is refused', async () => {
    const room = freshRoom();
    const [one, two] = [await guest(base), await guest(base)];
    const mine = await PacketSocket.joined(base, room, one.token);
    const theirs = await PacketSocket.joined(base, room, two.token);
    const id = uuid();
    for (let n = 0; n < 8; n += 1) assert.equal((await mine.said('once', id)).user, one.user.id);
    mine.say('other', id);
    assert.equal(await mine.notice(), 'Invalid packet: id taken');
    theirs.say('once', id);
    assert.equal(await theirs.notice(), 'Invalid packet: id taken');
    await theirs.said('last');
    assert.deepEqual(theirs.all('Message').filter((packet) => packet.id === id).length, 1);
    const { messages } = await one.api.ok('GET', `/api/messages?roomId=${room}&since=0`);
    assert.deepEqual(messages.map((event: any) => event.content), ['once', 'last']);
    await Promise.all([mine.close(), theirs.close()]);
  });

  test('packets add reactions, None removes them; both doors agree', async () => {
    const room = freshRoom();
    const [one, two] = [await guest(base), await guest(base)];
    const mine = await PacketSocket.joined(base, room, one.token);
    const theirs = await PacketSocket.joined(base, room, two.token);
    const frames = await FrameSocket.joined(base, room, two);
    const id = uuidv7();
    await mine.said('like this', id);
    for (let n = 0; n < 2; n += 1) {
      mine.send({ kind: 'Reaction', id, reaction: 'Like' });
      const echo = await mine.next('Reaction');
      assert.deepEqual([echo.id, echo.user, echo.reaction, echo.text], [id, one.user.id, 'Like', '']);
    }
    assert.equal((await frames.next('reaction'))['count'], 1);
    frames.send({ type: 'reaction', id: uuidv7(), messageId: id, reaction: 'heart', op: 'add' });
    assert.equal((await mine.next('Reaction')).reaction, 'Heart');
    await theirs.next((packet) => packet.reaction === 'Heart');
    assert.deepEqual(theirs.all('Reaction').map((packet) => packet.reaction), ['Like', 'Heart'], 'the second Like was told to its sender alone');
    mine.send({ kind: 'Reaction', reaction: 'Star', payload: id });
    assert.equal((await mine.next('Reaction')).reaction, 'Star');
    const shown = async (): Promise<unknown> => {
      const { messages } = await one.api.ok('GET', `/api/messages?roomId=${room}`);
      return messages[0].reactions?.map((row: any) => [row.reaction, row.count]);
    };
    assert.deepEqual(await shown(), [['like', 1], ['heart', 1], ['star', 1]]);
    mine.send({ kind: 'Reaction', id, reaction: 'None' });
    await mine.next((packet) => packet.kind === 'Reaction' && packet.reaction === 'None');
    await until('only the heart is left', async () => JSON.stringify(await shown()) === '[["heart",1]]');
    frames.send({ type: 'reaction', id: uuidv7(), messageId: id, reaction: 'star', op: 'add' });
    await mine.next((packet) => packet.reaction === 'Star' && packet.user === two.user.id);
    frames.send({ type: 'reaction', id: uuidv7(), messageId: id, reaction: 'heart', op: 'remove' });
    assert.equal((await mine.next('Reaction')).reaction, 'None');
    assert.equal((await mine.next('Reaction')).reaction, 'Star');
    const own = await FrameSocket.joined(base, room, one);
    own.send({ type: 'reaction', id: uuidv7(), messageId: id, reaction: '😀', op: 'add' });
    await own.barrier();
    // The limit is five packets a second.
    await moment(Date.now() + 1_000);
    mine.send({ kind: 'Reaction', id, reaction: 'None' });
    assert.equal((await mine.next('Reaction')).reaction, 'None');
    assert.deepEqual(await shown(), [['star', 1]], 'none is none, also of what packets cannot name');
    await own.close();
    mine.send({ kind: 'Reaction', id: 'unknown', reaction: 'Like' });
    assert.equal(await mine.notice(), 'Invalid packet: unknown message');
    await Promise.all([mine.close(), theirs.close(), frames.close()]);
  });

  test('a ticket opens a socket of packets once', async () => {
    const room = freshRoom();
    const { api } = await guest(base);
    const { ticket } = await api.ok('POST', '/api/auth/ws-ticket');
    const socket = await PacketSocket.open(base, room, { query: { ticket } });
    await socket.said('by ticket');
    assert.equal((await packetsRefused(base, room, { query: { ticket } })).status, 401);
    await socket.close();
  });

  test('what was missed is replayed only to those who ask', async () => {
    const room = freshRoom();
    const [one, two] = [await guest(base), await guest(base)];
    const frames = await FrameSocket.joined(base, room, two);
    const ids = [uuidv7(), uuidv7(), uuidv7()];
    for (const [n, id] of ids.entries()) await frames.say(`t${n}`, { id });
    frames.send({ type: 'nudge', id: uuidv7() });
    frames.send({ type: 'edit', id: uuidv7(), messageId: ids[2], content: 't2!' });
    frames.send({ type: 'delete', id: uuidv7(), messageId: ids[1], for: 'all' });
    await frames.next('delete');
    const replayed = async (query: Record<string, string | number>): Promise<string[]> => {
      const socket = await PacketSocket.joined(base, room, one.token, { query });
      await socket.barrier();
      await socket.close();
      return socket.all('Message').filter((packet) => packet.id !== null).map((packet) => packet.text);
    };
    assert.deepEqual(await replayed({}), []);
    assert.deepEqual(await replayed({ since: 0 }), ['t0', 't2!']);
    assert.deepEqual(await replayed({ since: 1 }), ['t2!']);
    assert.deepEqual(await replayed({ since: 1, epoch: '00000000' }), ['t0', 't2!']);
    assert.deepEqual(await replayed({ since: 999 }), ['t0', 't2!']);
    await frames.close();
  });

  test('the first packet above the rate is refused in these words, and later it goes through', async () => {
    const room = freshRoom();
    const { token } = await guest(base);
    const [first, second] = [await PacketSocket.joined(base, room, token), await PacketSocket.joined(base, room, token)];
    for (let n = 0; n < 12; n += 1) (n % 2 ? first : second).say(`${n}`, `m-${n}`);
    await Promise.race([first.notice(), second.notice()]).then((text) => assert.equal(text, 'Rate limit exceeded: 5 messages per second'));
    await moment(Date.now() + 1_000);
    await first.said('later');
    const shown = second.all('Message').filter((packet) => packet.id?.startsWith('m-')).length;
    assert.equal(shown, 5);
    await Promise.all([first.close(), second.close()]);
  });

  test('the limits of the log hold for both doors, in the same words', async () => {
    const room = freshRoom();
    const one = await guest(base);
    const frames = await FrameSocket.joined(base, room, one);
    const packets = await PacketSocket.joined(base, room, one.token);
    await frames.sayAll([...Array(10).keys()].map(String));
    await moment(Date.now() + 1_000);
    packets.say('eleventh in five seconds');
    assert.equal(await packets.notice(), 'Rate limit exceeded: 5 messages per second');
    await Promise.all([frames.close(), packets.close()]);
  });

  test('signing out closes its sockets with 4401', async () => {
    const one = await guest(base);
    const socket = await PacketSocket.joined(base, freshRoom(), one.token);
    await one.api.ok('POST', '/api/auth/logout', {});
    await socket.closedWith(4401);
  });

  test('who appears offline is neither counted nor announced', async () => {
    const room = freshRoom();
    const watcher = await PacketSocket.joined(base, room, (await guest(base)).token);
    const ghost = await guest(base, { status: 'appear_offline' });
    const hidden = await PacketSocket.joined(base, room, ghost.token);
    assert.equal(hidden.all('OnlineUsers')[0]!.text, '1');
    hidden.send({ kind: 'Typing' });
    await hidden.said('boo');
    await watcher.next('Message');
    assert.deepEqual([watcher.all('Joined'), watcher.all('Typing'), watcher.all('OnlineUsers').length], [[], [], 1]);
    await Promise.all([watcher.close(), hidden.close()]);
  });
});

// This test stands outside of the group: it starts its own server, whose end cuts all sockets of this file.
test('a direct conversation is closed to others on this door as well', async () => {
  // The personas of the shared server belong to other files.
  const { base: own } = await onOwnServer({ RATE_LOGIN: '0' });
  const [user, other] = ['user_13', 'user_14'];
  const mine = await persona(own, user);
  const stranger = await guest(own);
  const room = `dm_${user}____${other}`;
  assert.equal((await packetsRefused(own, room, { token: stranger.token })).status, 403);
  const socket = await PacketSocket.joined(own, room, mine.token);
  await socket.said('only for you');
  await socket.close();
  await mine.api.ok('POST', '/api/auth/logout', {});
});

test('a client from before the subprotocol is served at / by its cookie alone', async () => {
  const { cookie } = await cookieSession(base);
  const old = await PacketSocket.open(base, '', { path: '/', protocols: [], headers: { cookie, origin: base } });
  assert.equal(old.protocol, '');
  await old.next('OnlineUsers');
  const words = marker();
  await old.said(words);
  // A client that names no room is in the room called `room`.
  const { api, token: other } = await guest(base);
  const { messages } = await api.ok('GET', '/api/messages?roomId=room&limit=100');
  assert.ok(messages.some((message: any) => message.content === words));
  const named = await PacketSocket.joined(base, 'room', other);
  const back = marker();
  await named.said(back);
  assert.equal((await old.next((packet) => packet.kind === 'Message' && packet.text === back)).text, back);
  await named.close();
  await old.close();
  const foreign = { cookie, origin: 'https://elsewhere.example' };
  assert.equal((await packetsRefused(base, '', { path: '/', protocols: [], headers: foreign })).status, 403);
  // Every other upgrade without a subprotocol belongs to HopeFlow, whose refusal is plain text.
  const { token } = await guest(base);
  const others: PacketSocketOptions[] = [{}, { token }, { headers: { cookie }, query: { token } }, { headers: { cookie }, query: { since: 0 } }, { headers: { cookie: 'cfm_other=x' } }];
  for (const one of others) {
    const { status, headers, text } = await packetsRefused(base, '', { path: '/', protocols: [], ...one });
    assert.deepEqual([status, headers['content-type'], text], [401, 'text/plain; charset=utf-8', 'Unauthorized'], JSON.stringify(one));
  }
});
