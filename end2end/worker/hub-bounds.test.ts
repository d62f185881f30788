// A MessageHub room at its limits (messagehub.md 6, 8): bytes in ten seconds, messages that wait for receivers, an archive that takes
// nothing, and the end of a room. States that would need thousands of calls are written into the sleeping object.

import { env, evictDurableObject, runDurableObjectAlarm, SELF } from 'cloudflare:test';
import { afterEach, beforeAll, expect, test, vi } from 'vitest';
import { PATIENCE_MS, alarmOf, at, freshRoom, migrated, rows, Socket, stubOf, tables, token } from './door.ts';

const BASE = 'http://127.0.0.1';
const DAY_MS = 86_400_000;
const OWNER = { authorization: 'Bearer a token for operators' };
const { FILES } = env as unknown as { FILES: R2Bucket };

const hubOf = (room: string) => stubOf('HUB_ROOM', `hub:${room}`);
const post = (room: string, body: string, headers: Record<string, string> = {}) => SELF.fetch(`${BASE}/rooms/${room}/messages`, { method: 'POST', body, headers });
const page = async (room: string) => (await SELF.fetch(`${BASE}/rooms/${room}/messages?after=0`)).json() as Promise<any>;
const enveloped = async (room: string, headers: Record<string, string> = {}): Promise<Socket> => {
  const socket = await Socket.open(`/ws/${room}`, { 'sec-websocket-protocol': 'messagehub.v1', ...headers });
  expect((await socket.nextJson()).op).toBe('hello');
  return socket;
};
const refusal = async (answer: Response) => [answer.status, JSON.parse((await answer.text()) || '{}').code, answer.headers.get('retry-after')];

beforeAll(migrated);

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

test('32 MiB in 10 s and not a byte more, whoever writes and however, also after a sleep', async () => {
  const room = freshRoom();
  const begin = Date.now();
  at(begin);
  const largest = 'x'.repeat(65_536);
  const filler = await Socket.open(`/ws/${room}`);
  for (let n = 1; n < 512; n += 1) filler.text(largest);
  const stored = async () => (await rows(hubOf(room), 'SELECT count(*) AS count FROM messages'))[0].count;
  // `vi.waitUntil` would move the clock.
  while ((await stored()) < 511) await new Promise((resolve) => setTimeout(resolve, 10));
  expect((await post(room, largest)).status, 'what fits to the byte').toBe(202);
  filler.close();
  await evictDurableObject(hubOf(room));
  at(begin + 1_000);
  const somebodyElse = { authorization: `Bearer ${await token({ userId: 'mia' })}` };
  for (const headers of [{}, somebodyElse]) {
    const refused = await post(room, 'x', headers);
    expect(await refusal(refused)).toEqual([429, 'RATE_LIMITED', '9']);
    expect(Number(refused.headers.get('ratelimit-remaining')), 'of messages there are some left').toBeGreaterThan(0);
  }
  const [raw, other] = [await Socket.open(`/ws/${room}`), await enveloped(room, somebodyElse)];
  other.json({ op: 'send', id: 'k', body: 'x' });
  const received = JSON.parse(await vi.waitUntil(() => other.texts.find((text) => text.includes('"id":"k"')), { timeout: PATIENCE_MS, interval: 2 }));
  expect([received.op, received.code]).toEqual(['error', 'RATE_LIMITED']);
  raw.text('x');
  expect(await raw.end()).toMatchObject({ code: 4429, reason: expect.stringMatching(/^retry-after=\d+$/) });
  expect((await post(freshRoom(), 'x')).status, 'it is the room that has had enough').toBe(202);
  at(begin + 9_999);
  expect((await post(room, 'x')).status).toBe(429);
  at(begin + 10_000);
  const next = await post(room, largest, { 'idempotency-key': 'k' });
  expect([next.status, next.headers.get('x-message-seq')], 'nothing of what was refused was stored').toEqual([202, '513']);
  other.close();
});

test('more than 10,000 messages wait for receivers: nobody writes until fewer do', async () => {
  const room = freshRoom();
  const hook = (method: string, body?: string) => SELF.fetch(`${BASE}/rooms/${room}/webhooks/h`, { method, headers: OWNER, ...(body ? { body } : {}) });
  expect((await post(room, 'one')).status).toBe(202);
  expect((await hook('PUT', JSON.stringify({ url: 'https://93.184.215.14/hook', secret: `whsec_${btoa('x'.repeat(24))}` }))).status).toBe(201);
  // The rows are due in a day, as after many attempts, so no receiver is called during the test.
  const waiting = 'WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10000) INSERT INTO outbox';
  await rows(hubOf(room), `${waiting} SELECT 'h', 1000000 + i, ?, 8, 0 FROM n`, Date.now() + DAY_MS);
  await evictDurableObject(hubOf(room));
  const stats = async () => (await SELF.fetch(`${BASE}/rooms/${room}/stats`, { headers: OWNER })).json() as Promise<any>;
  expect((await stats()).outbox).toBe(10_000);
  vi.stubGlobal('fetch', () => new Promise(() => {}));
  expect((await post(room, 'two')).status, '10,000 are not too many').toBe(202);
  expect(await refusal(await post(room, 'three', { 'idempotency-key': 'k' }))).toEqual([503, 'OVERLOADED', '5']);
  const socket = await enveloped(room);
  socket.json({ op: 'send', id: 's', body: 'nor so' });
  expect(await socket.nextJson()).toMatchObject({ op: 'error', code: 'OVERLOADED', id: 's', retryAfterMs: 5_000 });
  expect((await page(room)).messages.map((item: any) => item.body), 'read it as ever').toEqual(['one', 'two']);
  // The removal of a webhook is not refused, because it reduces the backlog.
  expect((await hook('DELETE')).status).toBeLessThan(300);
  const next = await post(room, 'three', { 'idempotency-key': 'k' });
  expect([next.status, next.headers.get('x-message-seq'), next.headers.get('idempotent-replay')]).toEqual([202, '3', null]);
  socket.close();
});

/** Returns the keys of a room's archived files. */
async function archivesOf(room: string): Promise<string[]> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(room)));
  const prefix = `hub/${[...digest].map((byte) => byte.toString(16).padStart(2, '0')).join('')}/`;
  return (await FILES.list({ prefix })).objects.map(({ key }) => key);
}

test('what the archive does not take stays in the room, and is offered again', async () => {
  const room = freshRoom();
  for (const body of ['one', 'two', 'three']) expect((await post(room, body)).status).toBe(202);
  const begin = Date.now();
  expect(await runDurableObjectAlarm(hubOf(room))).toBe(true);
  const put = vi.spyOn(Object.getPrototypeOf(FILES), 'put').mockRejectedValue(new Error('the bucket is away'));
  const late = begin + 8 * DAY_MS;
  for (const ms of [late, late + 60_000]) {
    at(ms);
    const tries = put.mock.calls.length;
    expect(await runDurableObjectAlarm(hubOf(room))).toBe(true);
    expect(put.mock.calls.length, 'it was offered').toBe(tries + 1);
    const { messages, truncated } = await page(room);
    expect([messages.map((item: any) => item.body), truncated ?? false]).toEqual([['one', 'two', 'three'], false]);
    expect(await alarmOf(hubOf(room)), 'soon again').toBeLessThanOrEqual(ms + 60_000);
  }
  put.mockRestore();
  expect(await archivesOf(room)).toEqual([]);
  at(late + 120_000);
  expect(await runDurableObjectAlarm(hubOf(room))).toBe(true);
  expect((await page(room)).messages).toEqual([]);
  const [key, ...others] = await archivesOf(room);
  expect([key!.endsWith('/1-3.jsonl.gz'), others]).toEqual([true, []]);
});

test('what was archived is read again where that is switched on; a file that is gone is a hole', async () => {
  const room = freshRoom();
  for (const body of ['one', 'two', 'three']) expect((await post(room, body)).status).toBe(202);
  const begin = Date.now();
  expect(await runDurableObjectAlarm(hubOf(room))).toBe(true);
  at(begin + 8 * DAY_MS);
  expect(await runDurableObjectAlarm(hubOf(room))).toBe(true);
  expect((await post(room, 'four')).status).toBe(202);
  const read = async (after: number) => {
    const answer = (await (await SELF.fetch(`${BASE}/rooms/${room}/messages?after=${after}`)).json()) as any;
    return [answer.messages.map((item: any) => item.body), answer.truncated ? answer.oldest : null, answer.more];
  };
  expect(await read(0), 'not before it is switched on').toEqual([['four'], 4, false]);
  const turn = async (on: boolean | null) => {
    const headers = { ...OWNER, 'content-type': 'application/json' };
    const body = JSON.stringify({ archive_replay: on });
    expect((await SELF.fetch(`${BASE}/api/admin/flags`, { method: 'PUT', headers, body })).status).toBe(200);
  };
  await turn(true);
  try {
    expect([await read(0), await read(1), await read(3)]).toEqual([[['one', 'two', 'three'], null, true], [['two', 'three'], null, true], [['four'], null, false]]);
    // The room keeps the last file in memory; after a sleep it has to read it again.
    await evictDurableObject(hubOf(room));
    const raw = await Socket.open(`/ws/${room}?after=1`);
    await vi.waitUntil(() => raw.texts.length === 3, { timeout: PATIENCE_MS, interval: 2 });
    expect(raw.texts).toEqual(['two', 'three', 'four']);
    raw.close();
    await evictDurableObject(hubOf(room));
    const key = (await archivesOf(room))[0]!;
    const file = await (await FILES.get(key))!.arrayBuffer();
    const other = new Response(new Blob(['{}']).stream().pipeThrough(new CompressionStream('gzip')));
    await FILES.put(key, await other.arrayBuffer());
    expect(await read(0), 'a file that cannot be read is a hole').toEqual([['four'], 4, false]);
    await FILES.put(key, file);
    expect(await read(1), 'but it is not forgotten').toEqual([['two', 'three'], null, true]);
    await evictDurableObject(hubOf(room));
    await FILES.delete(key);
    expect([await read(0), await read(2)]).toEqual([[['four'], 4, false], [['four'], 4, false]]);
  } finally {
    await turn(null);
  }
});

test('a room in which nothing was for 30 days is gone with all its rows, and whoever comes later begins anew', async () => {
  const room = freshRoom();
  const begin = Date.now();
  at(begin);
  expect((await post(room, 'long ago', { 'idempotency-key': 'k' })).status).toBe(202);
  const { epoch } = await page(room);
  for (const day of [0, 8, 16, 29]) {
    at(begin + day * DAY_MS + 10_000);
    expect(await runDurableObjectAlarm(hubOf(room)), `day ${day}`).toBe(true);
  }
  expect(await rows(hubOf(room), 'SELECT id FROM room'), 'not before').toEqual([{ id: room }]);
  expect(await alarmOf(hubOf(room)), 'it ends by itself').toBeLessThanOrEqual(begin + 30 * DAY_MS);
  at(begin + 30 * DAY_MS);
  expect(await runDurableObjectAlarm(hubOf(room))).toBe(true);
  expect([await tables(hubOf(room)), await alarmOf(hubOf(room))]).toEqual([[], null]);
  const anew = await post(room, 'hello', { 'idempotency-key': 'k' });
  expect([anew.status, anew.headers.get('x-message-seq'), anew.headers.get('idempotent-replay')]).toEqual([202, '1', null]);
  expect((await page(room)).epoch, 'cursors from before are worth nothing').not.toBe(epoch);
});
