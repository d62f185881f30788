// wasmchannel.md 3 and 9: rooms over packets, and the same rooms over `cfm.v1` at the same time.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { freshRoom, marker, uuidv7 } from '../harness/ids.ts';
import { PacketSocket, packetsRefused, type PacketSocketOptions } from '../harness/packet_socket.ts';
import { cookieSession, guest } from '../harness/session.ts';
import { FrameSocket } from '../harness/socket.ts';
import { onSharedServer } from '../harness/suite.ts';

const base = await onSharedServer();

describe('rooms over packets', { concurrency: true }, () => {
  test('three paths lead in; a refusal is an HTTP answer', async () => {
    const { token } = await guest(base);
    for (const path of [undefined, '/api/ws/room/general', '/']) {
      const socket = await PacketSocket.open(base, 'general', { token, ...(path ? { path } : {}) });
      assert.equal(socket.protocol, 'wasmchannel.v1');
      assert.match((await socket.next('OnlineUsers')).text, /^[1-9][0-9]*$/);
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
  });

  test('a ticket opens a socket of packets once', async () => {
    const room = freshRoom();
    const { api } = await guest(base);
    const { ticket } = await api.ok('POST', '/api/auth/ws-ticket');
    const socket = await PacketSocket.open(base, room, { query: { ticket } });
    await socket.said('by ticket');
    assert.equal((await packetsRefused(base, room, { query: { ticket } })).status, 401);
  });
});

test('a client from before the subprotocol is served at / by its cookie alone', async () => {
  const { cookie } = await cookieSession(base);
  const old = await PacketSocket.open(base, '', { path: '/', protocols: [], headers: { cookie, origin: base } });
  assert.equal(old.protocol, '');
  const words = marker();
  await old.said(words);
  // A client that names no room is in the room called `room`.
  const { api } = await guest(base);
  const { messages } = await api.ok('GET', '/api/messages?roomId=room&limit=100');
  assert.ok(messages.some((message: any) => message.content === words));
  // Every other upgrade without a subprotocol belongs to HopeFlow, whose refusal is plain text.
  const { token } = await guest(base);
  const others: PacketSocketOptions[] = [{}, { token }, { headers: { cookie }, query: { token } }, { headers: { cookie }, query: { since: 0 } }, { headers: { cookie: 'cfm_other=x' } }];
  for (const one of others) {
    const { status, headers, text } = await packetsRefused(base, '', { path: '/', protocols: [], ...one });
    assert.deepEqual([status, headers['content-type'], text], [401, 'text/plain; charset=utf-8', 'Unauthorized'], JSON.stringify(one));
  }
});
