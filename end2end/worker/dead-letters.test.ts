// An outage of the database that outlasts the attempts of the queues: nothing is lost or doubled.

import { env, SELF } from 'cloudflare:test';
import { afterEach, expect, test, vi } from 'vitest';
import { PATIENCE_MS, freshRoom } from './door.ts';

const { DB, FILES, WASMCHANNEL_QUEUE, OUTBOUND_QUEUE } = env as unknown as { DB: D1Database; FILES: R2Bucket; WASMCHANNEL_QUEUE: Queue; OUTBOUND_QUEUE: Queue };
const worker = SELF as unknown as { scheduled(event: { cron: string; scheduledTime: Date }): Promise<{ outcome: string }> };
const cron = () => worker.scheduled({ cron: '*/5 * * * *', scheduledTime: new Date() });

/** Runs one cron and returns the figures of its log lines: batches that were done, and batches that are left. */
async function cronFigures(): Promise<number[][]> {
  const lines: any[] = [];
  const log = vi.spyOn(console, 'log').mockImplementation((line) => {
    if (String(line).includes('"event":"dead_letters"')) lines.push(JSON.parse(line));
  });
  try {
    expect((await cron()).outcome).toBe('ok');
  } finally {
    log.mockRestore();
  }
  return lines.filter((line) => 'batches_left' in line).map((line) => [line.batches_done, line.batches_left]);
}

const said = (room: string, seq: number) => ({
  ...{ v: 1, log: `rm:${room}`, epoch: '9f31c0aa', seq, kind: 'chat', id: `m-${seq}`, actor: 'u_mia', name: 'Mia' },
  ...{ ts: 1_795_000_000_000 + seq, body: { content: `words ${seq}` } },
});
const handed = (room: string, seq: number) =>
  JSON.stringify({ v: 1, log: `hub:${room}`, what: 'audit', seq, attempt: 1, rows: JSON.stringify([[seq, `i-${seq}`, null, 5, 1, 'text/plain', '00']]) });

const messages = async (room: string) => (await DB.prepare('SELECT seq, content FROM messages WHERE room_id = ? ORDER BY seq').bind(room).all<any>().catch(() => ({ results: [] }))).results;
const audited = async (room: string) => (await DB.prepare('SELECT seq, id FROM hub_audit WHERE log = ? ORDER BY seq').bind(`hub:${room}`).all<any>()).results;
const stored = async () => {
  const files = (await FILES.list({ prefix: 'dead/' })).objects;
  return Promise.all(files.map(async ({ key }) => ({ key, text: await (await FILES.get(key))!.text() })));
};
afterEach(() => vi.unstubAllGlobals());
const becomes = (holds: () => Promise<unknown>) => vi.waitUntil(holds, { timeout: PATIENCE_MS, interval: 100 });

test('what the queues give up during an outage is kept, and driven when it is over: once, also when it was kept twice', async () => {
  const room = freshRoom();
  // A full batch is delivered at once instead of after seconds.
  const seqs = Array.from({ length: 10 }, (_, at) => at + 2);
  await WASMCHANNEL_QUEUE.send(said(room, 1));
  await becomes(async () => (await messages(room)).length === 1);

  await DB.batch([DB.prepare('ALTER TABLE messages RENAME TO messages_away'), DB.prepare('ALTER TABLE hub_audit RENAME TO hub_audit_away')]);
  try {
    await WASMCHANNEL_QUEUE.sendBatch(seqs.map((seq) => ({ body: said(room, seq) })));
    await OUTBOUND_QUEUE.sendBatch(seqs.map((seq) => ({ body: handed(room, seq), contentType: 'text' })));
    await becomes(async () => {
      const text = (await stored()).map((file) => file.text).join('');
      return seqs.every((seq) => text.includes(`words ${seq}`) && text.includes(`i-${seq}`));
    });
    const before = await stored();
    expect(await cronFigures(), 'none is done, and a line says how many are left').toEqual([[0, before.length]]);
    expect(await stored(), 'it is still broken: nothing is let go').toEqual(before);
  } finally {
    await DB.batch([DB.prepare('ALTER TABLE messages_away RENAME TO messages'), DB.prepare('ALTER TABLE hub_audit_away RENAME TO hub_audit')]);
  }

  const files = await stored();
  expect(await cronFigures()).toEqual([[files.length, 0]]);
  const rows = { said: [1, ...seqs].map((seq) => ({ seq, content: `words ${seq}` })), audited: seqs.map((seq) => ({ seq, id: `i-${seq}` })) };
  const found = async () => ({ said: await messages(room), audited: await audited(room) });
  expect(await found()).toEqual(rows);
  expect(await stored()).toEqual([]);

  // This imitates a kill after the work and before the deletion of the file.
  for (const { key, text } of files) await FILES.put(key, text);
  expect((await cron()).outcome).toBe('ok');
  expect(await found()).toEqual(rows);
  expect(await stored()).toEqual([]);
});

test('an attempt that the queue gave up is made again: once, also when it was kept twice', async () => {
  const room = freshRoom();
  const owner = { authorization: 'Bearer a token for operators' };
  const url = 'https://93.184.215.14/hook';
  const [ids, really]: [string[], typeof fetch] = [[], globalThis.fetch];
  // The first attempt never returns, as if its process had died.
  vi.stubGlobal('fetch', (to: RequestInfo, init?: RequestInit) => {
    if (String(to) !== url) return really(to, init);
    ids.push(new Headers(init?.headers).get('webhook-id')!);
    return ids.length === 1 ? new Promise(() => undefined) : Promise.resolve(new Response(null, { status: 204 }));
  });
  const body = JSON.stringify({ url, secret: `whsec_${btoa('x'.repeat(24))}` });
  expect((await SELF.fetch(`http://127.0.0.1/rooms/${room}/webhooks/h`, { method: 'PUT', headers: owner, body })).status).toBe(201);
  expect((await SELF.fetch(`http://127.0.0.1/rooms/${room}/messages`, { method: 'POST', body: 'kept' })).status).toBe(202);
  const outbox = async () => ((await (await SELF.fetch(`http://127.0.0.1/rooms/${room}/stats`, { headers: owner })).json()) as any).outbox;
  await vi.waitUntil(() => ids.length === 1, { timeout: PATIENCE_MS, interval: 5 });
  expect(await outbox()).toBe(1);

  const letter = { at: 1, text: JSON.stringify({ v: 1, log: `hub:${room}`, what: 'hook', hookId: 'h', seq: 1, attempt: 1 }) };
  for (const [at, asked] of [[1, 2], [2, 2]]) {
    await FILES.put(`dead/000000000000${at}-h.json`, JSON.stringify([letter]));
    expect((await cron()).outcome).toBe('ok');
    expect([ids.length, await outbox(), await stored()]).toEqual([asked, 0, []]);
  }
  expect(ids[1]).toBe(ids[0]);
});

test('a message that never can be done holds up nobody, and goes when its time is over', async () => {
  const room = freshRoom();
  const letters = [{ at: 1, text: 'nobody here wrote this' }, { at: 2, json: JSON.stringify(said(room, 1)) }];
  await FILES.put('dead/0000000000001-x.json', JSON.stringify(letters));
  await FILES.put('dead/0000000000002-y.json', 'no letters');
  expect((await cron()).outcome).toBe('ok');
  expect(await messages(room)).toEqual([{ seq: 1, content: 'words 1' }]);
  expect((await stored()).length).toBe(2);
  vi.useFakeTimers({ now: Date.now() + 500 * 86_400_000, toFake: ['Date'] });
  try {
    expect((await worker.scheduled({ cron: '17 3 * * *', scheduledTime: new Date() })).outcome).toBe('ok');
  } finally {
    vi.useRealTimers();
  }
  expect(await stored()).toEqual([]);
});

test('one cron has so much time and no more: what is left is for the next', async () => {
  const rooms = Array.from({ length: 6 }, () => freshRoom());
  for (const [at, room] of rooms.entries()) await FILES.put(`dead/000000000000${at}-z.json`, JSON.stringify([{ at: 1, json: JSON.stringify(said(room, 1)) }]));
  const done = async () => (await Promise.all(rooms.map(messages))).filter((found) => found.length === 1).length;
  // Each reading of the clock is 25 s later than the one before, as with a slow database.
  let now = Date.now();
  const clock = vi.spyOn(Date, 'now').mockImplementation(() => (now += 25_000));
  try {
    expect((await cron()).outcome).toBe('ok');
  } finally {
    clock.mockRestore();
  }
  const first = await done();
  expect(first).toBeGreaterThan(0);
  expect(first).toBeLessThan(rooms.length);
  expect((await stored()).length).toBe(rooms.length - first);
  expect((await cron()).outcome).toBe('ok');
  expect([await done(), (await stored()).length]).toEqual([rooms.length, 0]);
});
