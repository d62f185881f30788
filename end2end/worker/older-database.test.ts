// docs/deploy.md: a Worker creates the missing tables of the database. Existing older tables stay as they are, because only migrations
// change them.

import { env, SELF } from 'cloudflare:test';
import { expect, test } from 'vitest';

const { DB } = env as unknown as { DB: D1Database };
const worker = SELF as unknown as { scheduled(event: { cron: string; scheduledTime: Date }): Promise<{ outcome: string }> };

/** Returns the statement of each table by its name. */
async function tables(): Promise<Record<string, string>> {
  const { results } = await DB.prepare("SELECT name, sql FROM sqlite_master WHERE type = 'table' AND name NOT GLOB '_cf_*' AND name NOT GLOB 'sqlite_*'").all<any>();
  return Object.fromEntries(results.map(({ name, sql }) => [name, sql]));
}

test('what is missing is made, what is older is not changed', async () => {
  const older = 'CREATE TABLE users (id TEXT PRIMARY KEY, email TEXT UNIQUE NOT NULL, name TEXT NOT NULL)';
  expect(await tables()).toEqual({});
  await DB.prepare(older).run();
  // The nightly cron needs the database and otherwise nothing here.
  expect((await worker.scheduled({ cron: '17 3 * * *', scheduledTime: new Date() })).outcome).toBe('ok');
  const { users, ...made } = await tables();
  expect(Object.keys(made)).toEqual(expect.arrayContaining(['messages', 'hub_audit', 'CFM_audit', 'room_bounds', 'gone_users', 'rebuilds']));
  expect(users).toBe(older);
});
