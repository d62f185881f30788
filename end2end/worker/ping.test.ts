// core.md 5: the runtime itself answers the text `ping`, so a heartbeat does not wake a sleeping object. On doors where the answer is a
// barrier (hopeflow.md 3.2), the object answers.

import { env, evictDurableObject, runInDurableObject } from 'cloudflare:test';
import { afterEach, expect, test, vi } from 'vitest';
import { PATIENCE_MS, freshRoom, guest, Socket, token } from './door.ts';

interface Place {
  object: [binding: string, name: string];
  path: string;
  headers?: Record<string, string>;
}

const PING = ['ping', 'pong'] as const;
const LIVESTORE_PING = ['{"_tag":"WSMessage.Ping","requestId":"ping"}', '{"_tag":"WSMessage.Pong","requestId":"ping"}'] as const;

const hub = async (headers: Record<string, string> = {}): Promise<Place> => {
  const room = freshRoom();
  return { object: ['HUB_ROOM', `hub:${room}`], path: `/ws/${room}`, headers };
};
const conversation = async (path: string, protocol: string): Promise<Place> => {
  const [room, who] = [freshRoom(), await guest()];
  return { object: ['CHAT_ROOM', `rm:${room}`], path: `${path}/${room}`, headers: { 'sec-websocket-protocol': protocol, authorization: `Bearer ${who.token}` } };
};
const presence = async (): Promise<Place> => {
  const who = await guest();
  return { object: ['PRESENCE_ROOM', `me:${who.id}`], path: '/api/ws/presence', headers: { 'sec-websocket-protocol': 'cfm.v1', authorization: `Bearer ${who.token}` } };
};
const store = async (): Promise<Place> => {
  const id = freshRoom();
  return { object: ['WEBSOCKET_SERVER', `ls:${id}`], path: `/websocket?storeId=${id}` };
};
const channel = async (): Promise<Place> => {
  const id = crypto.randomUUID();
  return { object: ['HOPEFLOW_REALTIME', `user:${id}`], path: '/', headers: { authorization: await token({ userId: id }) } };
};

afterEach(() => {
  vi.restoreAllMocks();
});

test.each([
  ['a hub room sleeps on (raw)', () => hub(), PING, false],
  ['a hub room sleeps on (messagehub.v1)', () => hub({ 'sec-websocket-protocol': 'messagehub.v1' }), PING, false],
  ['a conversation sleeps on (packets)', () => conversation('/ws', 'wasmchannel.v1'), PING, false],
  ['a conversation sleeps on (cfm.v1)', () => conversation('/api/ws/room', 'cfm.v1'), PING, false],
  ['somebody with a device sleeps on', presence, PING, false],
  ['a store of LiveStore sleeps on', store, LIVESTORE_PING, false],
  ['a channel of HopeFlow wakes', channel, PING, true],
] as const)('at a heartbeat %s', async (_, place, [ping, pong], wakes) => {
  const { object: [binding, name], path, headers } = await place();
  const socket = await Socket.open(path, headers);
  const namespace = (env as any)[binding] as DurableObjectNamespace;
  const stub = namespace.get(namespace.idFromName(name));
  // An object that wakes asks for its sockets, so this call reveals a wake.
  const prototype = await runInDurableObject(stub, (_, state) => Object.getPrototypeOf(state));
  await evictDurableObject(stub);
  const lookups = vi.spyOn(prototype, 'getWebSockets');
  const hasWoken = () => lookups.mock.contexts.some((state: any) => state.id.equals(stub.id));
  for (let times = 1; times <= 2; times += 1) {
    socket.text(ping);
    await vi.waitUntil(() => socket.texts.filter((text) => text === pong).length === times, { timeout: PATIENCE_MS, interval: 2 });
  }
  expect(hasWoken()).toBe(wakes);
  socket.text('{"any":"other text"}');
  await vi.waitUntil(hasWoken, { timeout: PATIENCE_MS, interval: 2 });
  socket.close();
});
