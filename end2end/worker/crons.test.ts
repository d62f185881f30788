// What the crons do (messagehub.md 8): the nightly one forgets what is too old, the other one wakes rooms whose alarm does not
// come again.

import { env, runInDurableObject, SELF } from 'cloudflare:test';
import { afterEach, beforeAll, expect, test, vi } from 'vitest';
import hubAudit from '../../server/migrations/0001_hub_audit.sql?raw';
import acts from '../../server/migrations/0002_audit.sql?raw';

const DAY_MS = 86_400_000;
const { DB, DIR, FILES, HUB_ROOM } = env as unknown as Record<'DIR' | 'HUB_ROOM', DurableObjectNamespace> & { DB: D1Database; FILES: R2Bucket };
const worker = SELF as unknown as { scheduled(event: { cron: string; scheduledTime: Date }): Promise<{ outcome: string }> };
const cron = (name: string) => worker.scheduled({ cron: name, scheduledTime: new Date() });

async function shardOf(name: string): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(name)));
  return (digest[0]! >> 4).toString(16);
}

beforeAll(async () => {
  for (const migration of [hubAudit, acts]) {
    const statements = migration.replace(/^--.*$/gm, '').split(';').map((text: string) => text.trim()).filter(Boolean);
    await DB.batch(statements.map((text: string) => DB.prepare(text)));
  }
});

afterEach(() => {
  vi.useRealTimers();
});

test('at night: rows and archives go when their time is over, and not before', async () => {
  const written = async () => ({
    acts: (await DB.prepare('SELECT action FROM CFM_audit ORDER BY action').all<any>()).results.map((row) => row.action),
    rows: (await DB.prepare('SELECT id FROM hub_audit ORDER BY id').all<any>()).results.map((row) => row.id),
    files: (await FILES.list()).objects.map((file) => file.key).sort(),
  });
  const act = (action: string, ts: number) =>
    DB.prepare('INSERT INTO CFM_audit (object, place, ts, actor, action, target, address, request, result) VALUES (?, 1, ?, ?, ?, ?, ?, ?, ?)').bind(action, ts, 'a', action, '', '', '', 'ok');
  const row = (id: string, ts: number) => DB.prepare('INSERT INTO hub_audit VALUES (?, 1, ?, NULL, ?, 1, ?, ?)').bind(`hub:${id}`, id, ts, 'text/plain', '00');
  const [now, past] = [Date.now(), Date.now() - 500 * DAY_MS];
  await DB.batch([act('fresh', now), act('old', past), row('fresh', now), row('old', past)]);
  await FILES.put('hub/room/epoch/1-2.jsonl.gz', 'archived');
  await FILES.put('up/of/somebody', 'not an archive');

  expect((await cron('17 3 * * *')).outcome).toBe('ok');
  expect(await written()).toEqual({ acts: ['fresh'], rows: ['fresh'], files: ['hub/room/epoch/1-2.jsonl.gz', 'up/of/somebody'] });

  vi.useFakeTimers({ now: now + 500 * DAY_MS, toFake: ['Date'] });
  expect((await cron('17 3 * * *')).outcome).toBe('ok');
  expect(await written()).toEqual({ acts: [], rows: [], files: ['up/of/somebody'] });
});

test('every few minutes: a room that waits for receivers and whose alarm is lost is woken', async () => {
  const room = `w-${crypto.randomUUID()}`;
  const name = `hub:${room}`;
  const stub = HUB_ROOM.get(HUB_ROOM.idFromName(name));
  const posted = await SELF.fetch(`http://127.0.0.1/rooms/${room}/messages`, { method: 'POST', body: 'hello' });
  expect(posted.status).toBe(202);
  await runInDurableObject(stub, (_, state) => state.storage.deleteAlarm());
  const audited = async () => (await DB.prepare('SELECT count(*) AS count FROM hub_audit WHERE log = ?').bind(name).first<any>()).count;
  expect(await audited()).toBe(0);

  const count = (depth: number) =>
    DIR.get(DIR.idFromName(`dir:${shard}`)).fetch('https://object/count', { method: 'POST', body: JSON.stringify({ name, gauges: [['cfm_outbox_depth', depth]], counters: [] }) });
  const shard = await shardOf(name);
  expect((await count(0)).status).toBe(200);
  expect((await cron('*/5 * * * *')).outcome).toBe('ok');
  expect(await audited(), 'nothing waits there').toBe(0);

  expect((await count(1)).status).toBe(200);
  expect((await cron('*/5 * * * *')).outcome).toBe('ok');
  await vi.waitUntil(async () => (await audited()) === 1, { timeout: 10_000, interval: 50 });
});
