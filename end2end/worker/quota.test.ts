// The ledger of model calls (messenger.md 7, core.md 1.1): 10,000 a day, 50 per person, 100 per demo room. Calls are reserved before and
// settled after.

import { env, evictDurableObject, runInDurableObject } from 'cloudflare:test';
import { afterEach, expect, test, vi } from 'vitest';

const { QUOTA } = env as unknown as { QUOTA: DurableObjectNamespace };
const ledgerOf = (name: string) => {
  const stub = QUOTA.get(QUOTA.idFromName(name));
  const ask = async (verb: string, body: unknown = null): Promise<any> => {
    const answer = await stub.fetch(`https://object/${verb}`, { method: 'POST', body: JSON.stringify(body) });
    expect(answer.status).toBe(200);
    return answer.json();
  };
  return { stub, ask, reserve: (user: string) => ask('reserve', { user }) };
};

afterEach(() => {
  vi.useRealTimers();
});

test('of 60 calls of a person that come at once 50 are made, also over a sleep; others have their own', async () => {
  const { stub, ask, reserve } = ledgerOf(crypto.randomUUID());
  const answers = await Promise.all(Array.from({ length: 60 }, () => reserve('u_mia')));
  const ids = answers.map((answer) => answer.id).filter((id) => id !== null);
  expect([ids.length, new Set(ids).size]).toEqual([50, 50]);
  await evictDurableObject(stub);
  expect((await reserve('u_mia')).id).toBe(null);
  const other = await reserve('u_jonas');
  expect([typeof other.id, other.used, other.limit]).toEqual(['number', 51, 10_000]);
  expect(other.resets_at % 86_400_000).toBe(0);
  expect(other.resets_at).toBeGreaterThan(Date.now());
  // A call counts even if it failed.
  for (const id of ids) await ask('settle', { id, went_well: false, by_model: false });
  expect((await reserve('u_mia')).id).toBe(null);
});

test('a demo room has 100 calls, however many come there; others have theirs', async () => {
  const { stub, ask } = ledgerOf(crypto.randomUUID());
  const reserve = (user: string, demo_room: string | null) => ask('reserve', { user, demo_room });
  const answers = await Promise.all(Array.from({ length: 120 }, (_, n) => reserve(`demo_${n}`, 'grp_a')));
  expect(answers.filter(({ id }) => id !== null).length).toBe(100);
  await evictDurableObject(stub);
  const refused = await reserve('demo_new', 'grp_a');
  expect([refused.id, refused.is_used_up]).toEqual([null, true]);
  for (const [user, room] of [['demo_new', 'grp_b'], ['u_mia', null]] as const) expect((await reserve(user, room)).id).not.toBe(null);
});

test('the 10,001st of a day is not made, and the next day begins anew; what nobody settled counts', async () => {
  const { stub, ask, reserve } = ledgerOf(crypto.randomUUID());
  // The middle of another day than the other tests use.
  const noon = Date.now() - (Date.now() % 86_400_000) + 86_400_000 * 2 + 43_200_000;
  vi.useFakeTimers({ now: noon, toFake: ['Date'] });
  await ask('settle', { id: (await reserve('u_0')).id, went_well: true, by_model: false });
  await runInDurableObject(stub, async (_, state) => {
    state.storage.sql.exec("WITH RECURSIVE n (k) AS (SELECT 1 UNION ALL SELECT k + 1 FROM n WHERE k < 9998) INSERT INTO calls (user, at, is_settled) SELECT 'u_' || k, ?, 1 FROM n", noon);
  });
  const answers = await Promise.all(Array.from({ length: 20 }, (_, n) => reserve(`v_${n}`)));
  expect(answers.filter((answer) => answer.id !== null).length, '20 at once, one place').toBe(1);
  expect((await ask('ledger')).used).toBe(10_000);
  vi.setSystemTime(noon + 600_000);
  expect((await ask('ledger')).used, 'nobody knows whether it was made').toBe(10_000);
  vi.setSystemTime(noon + 43_200_000);
  expect((await ask('ledger')).used).toBe(0);
});
