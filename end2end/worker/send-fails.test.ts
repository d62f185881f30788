// core.md 5: a socket whose send fails is closed with 1011 and dropped, on every door. The other sockets receive everything, and a client
// that returns gets what it missed.

import { runInDurableObject, SELF } from 'cloudflare:test';
import { describe, expect, test, vi } from 'vitest';
import { PATIENCE_MS, call, freshRoom, guest, WorkerSocket, persona, Socket, stubOf, token } from './door.ts';

const BASE = 'http://127.0.0.1';

/** Returns a function that makes the only socket of an object fail from its call on. */
async function only(binding: string, name: string): Promise<() => void> {
  let isBroken = false;
  await runInDurableObject(stubOf(binding, name), (_, state) => {
    const sockets = state.getWebSockets();
    expect(sockets.length).toBe(1);
    const [socket] = sockets as [WebSocket];
    const send = socket.send.bind(socket);
    socket.send = (frame) => {
      if (isBroken) throw new Error('it takes nothing');
      send(frame);
    };
  });
  return () => {
    isBroken = true;
  };
}

const broken = { code: 1011, reason: 'send failed' };
const has = (socket: Socket, text: string) => vi.waitUntil(() => socket.texts.some((one) => one.includes(text)), { timeout: PATIENCE_MS, interval: 5 });

describe('a socket that takes nothing', () => {
  test('of a hub room', async () => {
    const room = freshRoom();
    const post = async (body: string) => {
      const answer = await SELF.fetch(`${BASE}/rooms/${room}/messages`, { method: 'POST', body });
      return [answer.status, answer.headers.get('x-message-seq')];
    };
    const stuck = await Socket.open(`/ws/${room}`);
    const breaks = await only('HUB_ROOM', `hub:${room}`);
    const others = [await Socket.open(`/ws/${room}`), await Socket.open(`/ws/${room}`, { 'sec-websocket-protocol': 'messagehub.v1' })];
    expect(await post('one')).toEqual([202, '1']);
    await has(stuck, 'one');
    breaks();
    expect(await post('two')).toEqual([202, '2']);
    expect(await stuck.end()).toMatchObject(broken);
    for (const other of others) await has(other, 'two');
    await has(others[1]!, '"op":"leave"');
    const presence = async () => ((await (await SELF.fetch(`${BASE}/rooms/${room}/presence`)).json()) as any).count;
    expect(await presence()).toBe(2);
    const again = await Socket.open(`/ws/${room}?after=1`);
    expect(await again.next()).toBe('two');
    for (const socket of [...others, again]) socket.close();
  });

  for (const [door, path, protocol] of [['frames', '/api/ws/room', 'cfm.v1'], ['packets', '/ws', 'wasmchannel.v1']] as const) {
    test(`of a conversation, that speaks ${door}`, async () => {
      const room = freshRoom();
      const [one, two] = [await guest(), await guest()];
      const stuck = await Socket.open(`${path}/${room}`, { 'sec-websocket-protocol': protocol, authorization: `Bearer ${one.token}` });
      const breaks = await only('CHAT_ROOM', `rm:${room}`);
      const other = await WorkerSocket.room(room, two);
      // Both people have been announced to each other.
      await other.next((frame) => frame.type === 'participants' && frame.joined?.some(({ id }: any) => id === two.id));
      breaks();
      expect((await other.ask({ type: 'chat', content: 'hello' })).seq).toBe(1);
      expect(await stuck.end()).toMatchObject(broken);
      expect((await other.ask({ type: 'chat', content: 'still here' })).seq).toBe(2);
      await other.next((frame) => frame.type === 'participants' && frame.left?.includes(one.id));
      const again = await WorkerSocket.open(`/api/ws/room/${room}?since=0`, one);
      const missed = await again.next((frame) => frame.type === 'history');
      expect(missed.messages.map((event: any) => event.content)).toEqual(['hello', 'still here']);
      again.close();
      other.close();
    });
  }

  test('of a device: the other devices of the same person hear everything', async () => {
    const [one, friend] = [await guest(), await persona('user_1')];
    const open = () => WorkerSocket.open('/api/ws/presence', one);
    const stuck = await Socket.open('/api/ws/presence', { 'sec-websocket-protocol': 'cfm.v1', authorization: `Bearer ${one.token}` });
    await has(stuck, '"type":"presence_full_sync"');
    const breaks = await only('PRESENCE_ROOM', `me:${one.id}`);
    const others = [await open(), await open()];
    for (const other of others) await other.next((frame) => frame.type === 'presence_full_sync');
    breaks();
    const request = async (method: string, path: string, body: object | undefined, event: string) => {
      expect((await call(method, path, friend, body)).status).toBeLessThan(300);
      for (const other of others) expect((await other.next((frame) => frame.type === 'contact' && frame.event === event)).user.id).toBe(friend.id);
    };
    await request('POST', '/api/me/contacts', { userId: one.id }, 'request');
    expect(await stuck.end()).toMatchObject(broken);
    await request('DELETE', `/api/me/contacts/${one.id}`, undefined, 'removed');
    for (const other of others) other.close();
  });

  test('of a channel of HopeFlow: it was counted, and nobody waits for it', async () => {
    const user = crypto.randomUUID();
    const authorization = await token({ userId: user });
    const listening = async () => {
      const device = await Socket.open('/', { authorization });
      device.json({ type: 'subscribe', filters: [{ type: 'm' }] });
      device.text('ping');
      expect(await device.next()).toBe('pong');
      return device;
    };
    const publish = async () => {
      const body = JSON.stringify({ userId: user, type: 'm' });
      return (await SELF.fetch(`${BASE}/publish`, { method: 'POST', headers: { authorization, 'content-type': 'application/json' }, body })).json<any>();
    };
    const answer = async (device: Socket) => device.json({ type: 'ack', envelopeId: (await device.nextJson()).envelopeId, result: 'seen' });
    const stuck = await listening();
    const breaks = await only('HOPEFLOW_REALTIME', `user:${user}`);
    const other = await listening();
    breaks();
    const waiting = publish();
    await answer(other);
    expect(await waiting).toEqual({ clientCount: 2, results: ['seen'] });
    expect(await stuck.end()).toMatchObject(broken);
    const next = publish();
    await answer(other);
    expect(await next).toEqual({ clientCount: 1, results: ['seen'] });
    other.close();
  });

  test('of a store of LiveStore', async () => {
    const store = crypto.randomUUID();
    const open = () => Socket.open(`/websocket?storeId=${store}`);
    const event = (seqNum: number) => ({ name: 'n', args: {}, seqNum, parentSeqNum: seqNum - 1, clientId: 'c', sessionId: 's' });
    const stuck = await open();
    const breaks = await only('WEBSOCKET_SERVER', `ls:${store}`);
    const writer = await open();
    breaks();
    for (const seqNum of [1, 2]) {
      writer.json({ _tag: 'WSMessage.PushReq', requestId: 'p', batch: [event(seqNum)] });
      expect((await writer.nextJson())._tag).toBe('WSMessage.PushAck');
      expect((await writer.nextJson()).batch.map((item: any) => item.eventEncoded.seqNum)).toEqual([seqNum]);
    }
    expect(await stuck.end()).toMatchObject(broken);
    writer.close();
  });
});
