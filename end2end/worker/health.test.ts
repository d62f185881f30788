// messagehub.md 9: /api/health names the failed part with 503, and caches its result. A healthy part is checked once in ten seconds, a
// failed one again after a second.

import { env, runInDurableObject, SELF } from 'cloudflare:test';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';

const { DB, FILES, FLAGS, SESSION_KV } = env as unknown as { DB: D1Database; FILES: R2Bucket; FLAGS: DurableObjectNamespace; SESSION_KV: KVNamespace };
const WELL = { do: 'ok', d1: 'ok', r2: 'ok', queue: 'ok' };

/** Clock of all tests. Each test begins a minute later, when cached results have expired. */
let now = Date.now();
const later = (ms: number) => vi.setSystemTime((now += ms));

beforeEach(() => {
  vi.useFakeTimers({ now: (now += 60_000), toFake: ['Date'] });
});

afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

async function health(): Promise<any> {
  const answer = await SELF.fetch('http://127.0.0.1/api/health');
  const { success, ok, checks, bindings } = (await answer.json()) as any;
  return { status: answer.status, again: answer.headers.get('retry-after'), success, ok, checks, bindings };
}

const breaks = (binding: object, method: string, how: () => unknown) => vi.spyOn(Object.getPrototypeOf(binding), method).mockImplementation(how);
const refuses = () => Promise.reject(new Error('it is away'));
const isSilent = () => new Promise(() => {});

test.each([
  ['the bucket', 'r2', 'FILES', () => breaks(FILES, 'head', refuses)],
  ['a bucket that never answers', 'r2', 'FILES', () => breaks(FILES, 'head', isSilent)],
  ['the database', 'd1', 'DB', () => breaks(DB.prepare('SELECT 1'), 'first', refuses)],
  ['the cache at the edge', undefined, 'SESSION_KV', () => breaks(SESSION_KV, 'get', refuses)],
  ['the objects', 'do', undefined, async () => runInDurableObject(FLAGS.get(FLAGS.idFromName('flags:global')), (instance: DurableObject) => {
    vi.spyOn(instance, 'fetch').mockResolvedValue(new Response('something else'));
  })],
] as const)('%s: 503 and its name, and 200 when it is back', async (_, check, binding, broken) => {
  expect(await health()).toMatchObject({ status: 200, success: true, ok: true, checks: WELL });
  await broken();
  later(10_000);
  const found = await health();
  expect(found).toMatchObject({ status: 503, success: false, again: '1', ok: false, checks: { ...WELL, ...(check && { [check]: 'failed' }) } });
  if (binding) expect(found.bindings[binding]).toBe('failed');
  vi.restoreAllMocks();
  later(1_000);
  expect(await health()).toMatchObject({ status: 200, ok: true, checks: WELL });
});

test('an object that can be read but not written is a failure: a full disk', async () => {
  const flags = FLAGS.get(FLAGS.idFromName('flags:global'));
  const run = (query: string) => runInDurableObject(flags, (_, state: DurableObjectState) => void state.storage.sql.exec(query));
  expect((await health()).status).toBe(200);
  await run("CREATE TRIGGER full BEFORE UPDATE ON schema BEGIN SELECT RAISE(FAIL, 'database or disk is full'); END");
  later(10_000);
  expect(await health()).toMatchObject({ status: 503, ok: false, checks: { ...WELL, do: 'failed' } });
  await run('DROP TRIGGER full');
  later(1_000);
  expect(await health()).toMatchObject({ status: 200, ok: true, checks: WELL });
});

test('what was found counts for ten seconds, and a failure for one', async () => {
  const head = vi.spyOn(Object.getPrototypeOf(FILES), 'head');
  expect((await health()).status).toBe(200);
  head.mockRejectedValue(new Error('it is away'));
  later(9_999);
  const answers = await Promise.all(Array.from({ length: 20 }, health));
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
  expect(head).toHaveBeenCalledTimes(1);
  later(1);
  expect((await health()).status).toBe(503);
  head.mockRestore();
  later(999);
  expect((await health()).status).toBe(503);
  later(1);
  expect((await health()).status).toBe(200);
});
