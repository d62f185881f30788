// sign-in.md 1: a guest is deleted 24 h after the last use, and not before. Only this suite can move the clock.

import { runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { afterEach, expect, test, vi } from 'vitest';
import { limits } from '../harness/limits.ts';
import { PATIENCE_MS, at, call, freshRoom, guest, type Guest, WorkerSocket, rows, stubOf } from './door.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

afterEach(() => {
  vi.useRealTimers();
});

/** Returns the shard of a name: the first hexadecimal digit of its hash. */
async function shardOf(name: string): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(name)));
  return (digest[0]! >> 4).toString(16);
}

const ownOf = ({ id }: Guest) => stubOf('PRESENCE_ROOM', `me:${id}`);
const isListed = async ({ id }: Guest) => {
  const found = await rows(stubOf('DIR', `dir:${await shardOf(id)}`), "SELECT 1 FROM names WHERE kind = 'guest' AND name = ?", id);
  return found.length === 1;
};
const isKnown = async (one: Guest) => (await rows(ownOf(one), 'SELECT 1 FROM person')).length === 1;
const leftAt = async (one: Guest): Promise<number> =>
  (await rows(ownOf(one), "SELECT value FROM facts WHERE name = 'left_at'")).map((row) => row.value as number)[0] ?? 0;
/** Waits for the end of the guest's last session and returns its time. */
const left = (one: Guest) => vi.waitUntil(async () => (await leftAt(one)) || undefined, { timeout: PATIENCE_MS, interval: 20 });

/** Runs the present alarm at once. */
async function ring(one: Guest): Promise<void> {
  await vi.waitUntil(() => runInDurableObject(ownOf(one), async (_, state) => (await state.storage.getAlarm()) !== null), { timeout: PATIENCE_MS, interval: 20 });
  await runDurableObjectAlarm(ownOf(one));
}

/** Asserts that the guest still exists a minute before the day is over, and not afterwards. */
async function isForgottenADayAfter(one: Guest, ms: number): Promise<void> {
  at(ms + DAY_MS - MINUTE_MS);
  await ring(one);
  expect([await isKnown(one), await isListed(one)]).toEqual([true, true]);
  at(ms + DAY_MS);
  await ring(one);
  expect([await isKnown(one), await isListed(one)]).toEqual([false, false]);
  for (const table of ['facts', 'sessions', 'listeners', 'live', 'directs', 'activity', 'inbox', 'kept', 'contacts', 'blocks', 'groups']) {
    expect(await rows(ownOf(one), `SELECT 1 FROM ${table}`), table).toEqual([]);
  }
}

test('a guest who signed out is forgotten a day later; what they said stays', async () => {
  const [one, room] = [await guest(), freshRoom()];
  await vi.waitUntil(() => isListed(one), { timeout: PATIENCE_MS, interval: 20 });
  const line = await WorkerSocket.room(room, one);
  expect((await line.ask({ type: 'chat', content: 'I was here' })).type).toBe('ack');
  expect((await call('POST', '/api/auth/logout', one, {})).status).toBe(200);
  await isForgottenADayAfter(one, await left(one));

  vi.useRealTimers();
  const page = await call('GET', `/api/messages?roomId=${room}&since=0`, await guest());
  expect(page.data.messages.map((event: any) => [event.senderId, event.content])).toEqual([[one.id, 'I was here']]);
});

test('so is one whose session ran out', async () => {
  const one = await guest();
  await vi.waitUntil(() => isListed(one), { timeout: PATIENCE_MS, interval: 20 });
  const begin = Date.now();
  at(begin + limits.sessionTtlMs + MINUTE_MS);
  // The shard of the session ends it and informs the person's own object.
  await runDurableObjectAlarm(stubOf('AUTH', `auth:0${await shardOf(one.token)}`));
  const ms = await left(one);
  expect(ms).toBeGreaterThanOrEqual(begin + limits.sessionTtlMs);
  await isForgottenADayAfter(one, ms);
});
