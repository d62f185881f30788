// The crons (messagehub.md 8): the nightly one deletes old data. The frequent one wakes rooms and people whose alarm was lost.

import { env, evictDurableObject, runInDurableObject, SELF } from 'cloudflare:test';
import { afterEach, beforeAll, expect, test, vi } from 'vitest';
import { PATIENCE_MS, alarmOf, call, freshRoom, WorkerSocket, migrated, persona, rows, stubOf } from './door.ts';

const DAY_MS = 86_400_000;
const { DB, FILES } = env as unknown as { DB: D1Database; FILES: R2Bucket };
const worker = SELF as unknown as { scheduled(event: { cron: string; scheduledTime: Date }): Promise<{ outcome: string }> };
const cron = (name: string) => worker.scheduled({ cron: name, scheduledTime: new Date() });

async function shardOf(name: string): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(name)));
  return (digest[0]! >> 4).toString(16);
}

beforeAll(migrated);

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
  const room = freshRoom();
  const name = `hub:${room}`;
  const stub = stubOf('HUB_ROOM', name);
  const posted = await SELF.fetch(`http://127.0.0.1/rooms/${room}/messages`, { method: 'POST', body: 'hello' });
  expect(posted.status).toBe(202);
  await runInDurableObject(stub, (_, state) => state.storage.deleteAlarm());
  const audited = async () => (await DB.prepare('SELECT count(*) AS count FROM hub_audit WHERE log = ?').bind(name).first<any>()).count;
  expect(await audited()).toBe(0);

  const count = (depth: number) =>
    stubOf('DIR', `dir:${shard}`).fetch('https://object/count', { method: 'POST', body: JSON.stringify({ name, gauges: [['cfm_outbox_depth', depth]], counters: [] }) });
  const shard = await shardOf(name);
  expect((await count(0)).status).toBe(200);
  expect((await cron('*/5 * * * *')).outcome).toBe('ok');
  expect(await audited(), 'nothing waits there').toBe(0);

  expect((await count(1)).status).toBe(200);
  expect((await cron('*/5 * * * *')).outcome).toBe('ok');
  await vi.waitUntil(async () => (await audited()) === 1, { timeout: PATIENCE_MS, interval: 50 });
});

// A conversation or a person reports pending work on its own; after the wake by the cron it reports the end of that work.
/** Returns the number of pending rows as last reported to `dir`. */
const believed = async (name: string) => {
  const shard = stubOf('DIR', `dir:${await shardOf(name)}`);
  return (await rows(shard, "SELECT value FROM counts WHERE name = ? AND metric = 'cfm_outbox_depth'", name)).map((row) => row.value);
};
/** Deletes the alarm that an object has set. */
async function loseAlarm(stub: DurableObjectStub): Promise<void> {
  await vi.waitUntil(async () => (await alarmOf(stub)) !== null, { timeout: PATIENCE_MS, interval: 10 });
  await runInDurableObject(stub, (_, state) => state.storage.deleteAlarm());
  expect(await alarmOf(stub)).toBeNull();
}

test('every few minutes: a conversation that could not tell somebody and whose alarm is lost is woken', async () => {
  const [writer, reader] = [await persona('user_17'), await persona('user_18')];
  const { data: dm } = await call('POST', '/api/rooms/dm', writer, { userId: reader.id });
  const [room, theirs] = [stubOf('CHAT_ROOM', `rm:${dm.id}`), stubOf('PRESENCE_ROOM', `me:${reader.id}`)];
  const waiting = () => rows(room, 'SELECT user FROM outbox');
  const mine = await WorkerSocket.room(dm.id, writer);
  await rows(theirs, 'ALTER TABLE inbox RENAME TO inbox_away');
  expect((await mine.ask({ type: 'chat', content: 'still here?' })).type).toBe('ack');
  // The message makes the first attempt. The room reports pending work after the alarm's attempt has failed as well.
  await vi.waitUntil(async () => (await believed(`rm:${dm.id}`))[0] === 1, { timeout: PATIENCE_MS, interval: 50 });
  await loseAlarm(room);
  await rows(theirs, 'ALTER TABLE inbox_away RENAME TO inbox');
  // The deleted alarm belonged to the next attempt, which is due now.
  await rows(room, 'UPDATE outbox SET due_at = 0');
  expect((await waiting()).length).toBe(1);
  expect(await alarmOf(room)).toBeNull();

  expect((await cron('*/5 * * * *')).outcome).toBe('ok');
  expect(await waiting()).toEqual([]);
  expect(await believed(`rm:${dm.id}`)).toEqual([0]);
  const { data: inbox } = await call('GET', '/api/inbox', reader);
  expect(inbox.items.map((item: any) => [item.roomId, item.count])).toEqual([[dm.id, 1]]);
  mine.close();
});

test('every few minutes: a person of whom somebody could not be told and whose alarm is lost is woken', async () => {
  const { id } = await persona('user_19');
  const own = stubOf('PRESENCE_ROOM', `me:${id}`);
  const waiting = () => rows(own, 'SELECT name FROM listeners WHERE tries > 0');
  // This row imitates a room that could not be reached: it has received nothing and is due. The person has no open socket.
  const room = freshRoom();
  await evictDurableObject(own);
  await runInDurableObject(own, async (_, state) => {
    state.storage.sql.exec("INSERT INTO listeners VALUES ('room', ?, 9007199254740991, -1, 0, 3)", room);
    await state.storage.deleteAlarm();
  });
  const shard = stubOf('DIR', `dir:${await shardOf(`me:${id}`)}`);
  const said = { name: `me:${id}`, gauges: [['cfm_outbox_depth', 1]], counters: [] };
  expect((await shard.fetch('https://object/count', { method: 'POST', body: JSON.stringify(said) })).status).toBe(200);
  expect((await waiting()).map((row) => row.name)).toEqual([room]);
  expect(await alarmOf(own)).toBeNull();

  expect((await cron('*/5 * * * *')).outcome).toBe('ok');
  expect(await waiting()).toEqual([]);
  expect(await believed(`me:${id}`)).toEqual([0]);
});

test('every few minutes: 80 % of the calls of a day are an alarm of the owner, until the day is over', async () => {
  const [flags, ledger] = [stubOf('FLAGS', 'flags:global'), stubOf('QUOTA', 'quota:ai')];
  const up = async () => (await rows(flags, 'SELECT name, value FROM alarms')).map((row) => `${row.name} ${row.value}`);
  const noon = Date.now() - (Date.now() % DAY_MS) + DAY_MS * 2 + DAY_MS / 2;
  vi.useFakeTimers({ now: noon, toFake: ['Date'] });
  expect((await cron('*/5 * * * *')).outcome).toBe('ok');
  expect((await up()).filter((name) => name.startsWith('quota'))).toEqual([]);
  const made = 'WITH RECURSIVE n (k) AS (SELECT 1 UNION ALL SELECT k + 1 FROM n WHERE k < ?) INSERT INTO calls (user, at, is_settled) SELECT \'u_\' || k, ?, 1 FROM n';
  await rows(ledger, made, 7_999, noon);
  expect((await cron('*/5 * * * *')).outcome).toBe('ok');
  expect((await up()).filter((name) => name.startsWith('quota'))).toEqual([]);
  await rows(ledger, made, 1, noon);
  expect((await cron('*/5 * * * *')).outcome).toBe('ok');
  expect(await up()).toContain('quota 8000');
  expect(await rows(flags, 'SELECT no FROM alerts'), 'nobody is told where there is no ALERT_URL').toEqual([]);
  // Readings are kept for a day.
  const readings = async () => (await rows(flags, 'SELECT count(*) AS count FROM readings'))[0].count;
  expect(await readings()).toBeGreaterThan(0);
  vi.setSystemTime(noon + DAY_MS);
  expect((await cron('*/5 * * * *')).outcome).toBe('ok');
  expect((await up()).filter((name) => name.startsWith('quota'))).toEqual([]);
  expect(await readings()).toBe(1);
});
