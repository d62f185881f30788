// An outage of the database that outlives the queues' tries: nothing is lost, and nothing is there twice.

import { env, SELF } from 'cloudflare:test';
import { expect, test, vi } from 'vitest';
import { freshRoom } from './door.ts';

const { DB, FILES, WASMCHANNEL_QUEUE, OUTBOUND_QUEUE } = env as unknown as { DB: D1Database; FILES: R2Bucket; WASMCHANNEL_QUEUE: Queue; OUTBOUND_QUEUE: Queue };
const worker = SELF as unknown as { scheduled(event: { cron: string; scheduledTime: Date }): Promise<{ outcome: string }> };
const cron = () => worker.scheduled({ cron: '*/5 * * * *', scheduledTime: new Date() });

const said = (room: string, seq: number) => ({
  ...{ v: 1, log: `rm:${room}`, epoch: '9f31c0aa', seq, kind: 'chat', id: `m-${seq}`, actor: 'u_mia', name: 'Mia' },
  ...{ ts: 1_795_000_000_000 + seq, body: { content: `words ${seq}` } },
});
const handed = (room: string, seq: number) =>
  JSON.stringify({ v: 1, log: `hub:${room}`, what: 'audit', seq, attempt: 1, rows: JSON.stringify([[seq, `i-${seq}`, null, 5, 1, 'text/plain', '00']]) });

const messages = async (room: string) => (await DB.prepare('SELECT seq, content FROM messages WHERE room_id = ? ORDER BY seq').bind(room).all<any>().catch(() => ({ results: [] }))).results;
const audited = async (room: string) => (await DB.prepare('SELECT seq, id FROM hub_audit WHERE log = ? ORDER BY seq').bind(`hub:${room}`).all<any>()).results;
const kept = async () => {
  const files = (await FILES.list({ prefix: 'dead/' })).objects;
  return Promise.all(files.map(async ({ key }) => ({ key, text: await (await FILES.get(key))!.text() })));
};
const becomes = (holds: () => Promise<unknown>) => vi.waitUntil(holds, { timeout: 30_000, interval: 100 });

test('what the queues give up during an outage is kept, and driven when it is over: once, also when it was kept twice', async () => {
  const room = freshRoom();
  // As many as fill a batch are not gathered for seconds.
  const seqs = Array.from({ length: 10 }, (_, at) => at + 2);
  await WASMCHANNEL_QUEUE.send(said(room, 1));
  await becomes(async () => (await messages(room)).length === 1);

  await DB.batch([DB.prepare('ALTER TABLE messages RENAME TO messages_away'), DB.prepare('ALTER TABLE hub_audit RENAME TO hub_audit_away')]);
  try {
    await WASMCHANNEL_QUEUE.sendBatch(seqs.map((seq) => ({ body: said(room, seq) })));
    await OUTBOUND_QUEUE.sendBatch(seqs.map((seq) => ({ body: handed(room, seq), contentType: 'text' })));
    await becomes(async () => {
      const text = (await kept()).map((file) => file.text).join('');
      return seqs.every((seq) => text.includes(`words ${seq}`) && text.includes(`i-${seq}`));
    });
    const before = await kept();
    expect((await cron()).outcome).toBe('ok');
    expect(await kept(), 'it is still broken: nothing is let go').toEqual(before);
  } finally {
    await DB.batch([DB.prepare('ALTER TABLE messages_away RENAME TO messages'), DB.prepare('ALTER TABLE hub_audit_away RENAME TO hub_audit')]);
  }

  const files = await kept();
  expect((await cron()).outcome).toBe('ok');
  const rows = { said: [1, ...seqs].map((seq) => ({ seq, content: `words ${seq}` })), audited: seqs.map((seq) => ({ seq, id: `i-${seq}` })) };
  const found = async () => ({ said: await messages(room), audited: await audited(room) });
  expect(await found()).toEqual(rows);
  expect(await kept()).toEqual([]);

  // Killed after the work and before the file was gone.
  for (const { key, text } of files) await FILES.put(key, text);
  expect((await cron()).outcome).toBe('ok');
  expect(await found()).toEqual(rows);
  expect(await kept()).toEqual([]);
}, 60_000);

test('a message that never can be done holds up nobody, and goes when its time is over', async () => {
  const room = freshRoom();
  const letters = [{ at: 1, text: 'nobody here wrote this' }, { at: 2, json: JSON.stringify(said(room, 1)) }];
  await FILES.put('dead/0000000000001-x.json', JSON.stringify(letters));
  await FILES.put('dead/0000000000002-y.json', 'no letters');
  expect((await cron()).outcome).toBe('ok');
  expect(await messages(room)).toEqual([{ seq: 1, content: 'words 1' }]);
  expect((await kept()).length).toBe(2);
  vi.useFakeTimers({ now: Date.now() + 500 * 86_400_000, toFake: ['Date'] });
  try {
    expect((await worker.scheduled({ cron: '17 3 * * *', scheduledTime: new Date() })).outcome).toBe('ok');
  } finally {
    vi.useRealTimers();
  }
  expect(await kept()).toEqual([]);
});
