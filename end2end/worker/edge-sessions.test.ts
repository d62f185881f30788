// core.md 4: the session cache of the edge (`SESSION_KV`) may be older than the end of a session. The cache grants nothing, because the
// object of the session decides. Only this suite can write the cache and disable an object.

import { env, runInDurableObject, SELF } from 'cloudflare:test';
import { afterEach, expect, test, vi } from 'vitest';
import { PATIENCE_MS, call, freshRoom, guest, stubOf, uuidv7, type Guest } from './door.ts';

const { SESSION_KV } = env as unknown as { SESSION_KV: KVNamespace };

afterEach(() => {
  vi.restoreAllMocks();
});

async function hashOf(token: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(token));
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** Returns the statuses of a person's calls: the conversation, a message, two sockets, and the public list. */
async function opened(who: Guest, roomId: string): Promise<number[]> {
  const socket = async (path: string) => {
    const headers = { upgrade: 'websocket', 'sec-websocket-protocol': 'cfm.v1', authorization: `Bearer ${who.token}` };
    const answer = await SELF.fetch(`http://127.0.0.1${path}`, { headers });
    answer.webSocket?.accept();
    answer.webSocket?.close(1000);
    return answer.status;
  };
  return [
    (await call('GET', `/api/messages?roomId=${roomId}`, who)).status,
    (await call('POST', '/api/messages', who, { roomId, id: uuidv7(), content: 'still here' })).status,
    await socket(`/api/ws/room/${roomId}`),
    await socket('/api/ws/presence'),
    (await call('GET', '/api/users', who)).status,
  ];
}

test('a session that is over opens nothing, whatever the edge remembers of it; while its object is away it shows the public list alone', async () => {
  const [one, room] = [await guest(), freshRoom()];
  const hash = await hashOf(one.token);
  const remembered = await vi.waitUntil(() => SESSION_KV.get(hash), { timeout: PATIENCE_MS, interval: 20 });
  expect(await opened(one, room)).toEqual([200, 201, 101, 101, 200]);

  expect((await call('POST', '/api/auth/logout', one, {})).status).toBe(200);
  await vi.waitUntil(async () => (await SESSION_KV.get(hash)) === null, { timeout: PATIENCE_MS, interval: 20 });
  await SESSION_KV.put(hash, remembered!);
  expect(await opened(one, room)).toEqual([401, 401, 401, 401, 401]);

  // The broken object proves that the edge would use the cached session.
  await runInDurableObject(stubOf('AUTH', `auth:0${hash[0]}`), (instance: DurableObject) => {
    vi.spyOn(instance, 'fetch').mockImplementation(async () => new Response('something else'));
  });
  const [list, ...others] = (await opened(one, room)).reverse();
  expect(list).toBe(200);
  for (const status of others) expect(status).toBeGreaterThanOrEqual(500);
});
