// Webhooks across changes of names and over days (messagehub.md 7.2, 7.4). The test replaces the outside, and records its calls.

import { runDurableObjectAlarm, SELF } from 'cloudflare:test';
import { afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { PATIENCE_MS, freshRoom, migrated, stubOf } from './door.ts';

const BASE = 'http://127.0.0.1';
const OWNER = { authorization: 'Bearer a token for operators' };
const SECRET = `whsec_${btoa('x'.repeat(24))}`;
const PUBLIC = '93.184.215.14';

/** Addresses that the resolver returns by name; any other name has no answer. */
const names: Record<string, string> = {};
/** Recorded calls: address and message. */
let calls: { url: string; body: string }[] = [];
let answer: (body: string) => Response | Promise<Response>;

beforeAll(migrated);

beforeEach(() => {
  [calls, answer] = [[], () => new Response(null, { status: 204 })];
  const really = globalThis.fetch;
  vi.stubGlobal('fetch', (to: RequestInfo, init?: RequestInit) => {
    const url = String(to);
    if (url.startsWith('https://cloudflare-dns.com/dns-query?')) {
      const asked = new URL(url).searchParams;
      const data = asked.get('type') === 'A' ? names[asked.get('name')!] : undefined;
      return Promise.resolve(Response.json({ Status: 0, Answer: data === undefined ? [] : [{ data }] }));
    }
    if (!url.includes('hooks.example') && !url.includes(PUBLIC)) return really(to, init);
    const body = JSON.parse(String(init?.body)).message.body;
    calls.push({ url, body });
    return Promise.resolve(answer(body));
  });
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const hubOf = (room: string) => stubOf('HUB_ROOM', `hub:${room}`);
const owned = async (path: string) => (await SELF.fetch(`${BASE}/${path}`, { headers: OWNER })).json() as Promise<any>;
const stats = (room: string) => owned(`rooms/${room}/stats`);

async function register(room: string, more: object): Promise<void> {
  const body = JSON.stringify({ url: `https://${PUBLIC}/hook`, secret: SECRET, ...more });
  expect((await SELF.fetch(`${BASE}/rooms/${room}/webhooks/h`, { method: 'PUT', headers: OWNER, body })).status).toBe(201);
}

async function say(room: string, body: string): Promise<void> {
  expect((await SELF.fetch(`${BASE}/rooms/${room}/messages`, { method: 'POST', body })).status).toBe(202);
}

/** Runs the room's alarm at this time. */
async function rung(room: string, at: number): Promise<void> {
  vi.useFakeTimers({ now: at, toFake: ['Date'] });
  await vi.waitUntil(() => runDurableObjectAlarm(hubOf(room)), { timeout: PATIENCE_MS, interval: 10 });
}

test('a name is looked up before each attempt: while it leads inside nobody is called, and nothing is lost', async () => {
  const room = freshRoom();
  names['hooks.example'] = PUBLIC;
  await register(room, { url: 'https://hooks.example/in' });
  // The address was public at the registration and is private at the attempt.
  names['hooks.example'] = '10.0.0.1';
  const lines: any[] = [];
  const log = vi.spyOn(console, 'log').mockImplementation((line) => {
    if (String(line).includes('"event":"webhook"')) lines.push(JSON.parse(line));
  });
  try {
    await say(room, 'kept');
    await vi.waitUntil(() => lines.length === 1, { timeout: PATIENCE_MS, interval: 5 });
    expect([lines[0].seq, lines[0].attempt, lines[0].status, lines[0].disabled]).toEqual([1, 1, null, false]);
    expect([calls.length, (await stats(room)).outbox]).toEqual([0, 1]);
    // The second attempt comes about a second later, and the address is still private.
    await vi.waitUntil(() => lines.length === 2, { timeout: PATIENCE_MS, interval: 5 });
    expect([lines[1].attempt, lines[1].status, calls.length, (await stats(room)).outbox]).toEqual([2, null, 0, 1]);
    names['hooks.example'] = PUBLIC;
    await vi.waitUntil(() => lines.length === 3, { timeout: PATIENCE_MS, interval: 5 });
    expect([lines[2].attempt, lines[2].status]).toEqual([3, 204]);
  } finally {
    log.mockRestore();
  }
  expect(calls).toEqual([{ url: 'https://hooks.example/in', body: 'kept' }]);
  expect((await stats(room)).outbox).toBe(0);
});

test('without an order a message waits for no other; eight are under way at once', async () => {
  const room = freshRoom();
  const released = new Set<string>();
  // Each call polls on its own, because only the object itself can resolve a promise that it waits for.
  answer = async (body) => {
    while (!released.has(body) && !released.has('all')) await new Promise((resolve) => setTimeout(resolve, 5));
    return new Response(null, { status: 204 });
  };
  await register(room, { ordered: false });
  for (let n = 1; n <= 10; n += 1) await say(room, `${n}`);
  await vi.waitUntil(() => calls.length === 8, { timeout: PATIENCE_MS, interval: 5 });
  expect(calls.map((call) => call.body).sort()).toEqual(['1', '2', '3', '4', '5', '6', '7', '8']);
  // A finished call makes room for the next one, whichever it is.
  released.add('5');
  await vi.waitUntil(() => calls.length === 9, { timeout: PATIENCE_MS, interval: 5 });
  expect([calls[8]!.body, (await stats(room)).outbox]).toEqual(['9', 9]);
  released.add('all');
  await vi.waitUntil(async () => (await stats(room)).outbox === 0, { timeout: PATIENCE_MS, interval: 20 });
  expect(calls.map((call) => call.body).sort()).toEqual(Array.from({ length: 10 }, (_, n) => `${n + 1}`).sort());
});

test('nine attempts over a day make a dead letter, twenty of them in a row the end of the hook, which is written down', async () => {
  const room = freshRoom();
  answer = () => new Response(null, { status: 500 });
  await register(room, { ordered: false });
  for (let n = 1; n <= 20; n += 1) await say(room, `${n}`);
  // Longest possible waits (7.2), and a little more.
  const waits = [0, 1, 5, 30, 120, 600, 3_600, 21_600, 86_400].map((s) => s * 1_200 + 100);
  let now = Date.now();
  // Eight calls run at once, so twenty messages need three rounds through all attempts.
  for (const round of [8, 16, 20]) {
    for (const [at, wait] of waits.entries()) {
      now += wait;
      const through = round === 20 ? 4 : 8;
      const expected = (round - through) * 9 + through * (at + 1);
      if (at > 0 || round > 8) await rung(room, now);
      await vi.waitUntil(() => calls.length >= expected, { timeout: PATIENCE_MS, interval: 2 });
    }
    await vi.waitUntil(async () => (await stats(room)).dead === round, { timeout: PATIENCE_MS, interval: 5 });
    expect((await owned(`rooms/${room}/webhooks/h`)).active).toBe(round < 20);
  }
  expect(calls.length).toBe(20 * 9);
  const { dead } = await owned(`rooms/${room}/webhooks/h/dead`);
  expect(dead.length).toBe(20);
  for (const letter of dead) expect([letter.status, letter.attempts]).toEqual([500, 9]);
  await rung(room, now + 10_000);
  const audited = async () => (await owned('api/admin/audit?limit=200')).data.items.filter((act: any) => act.target === `hub:${room}/h`);
  await vi.waitUntil(async () => (await audited()).length > 0, { timeout: PATIENCE_MS, interval: 20 });
  expect((await audited()).map((act: any) => [act.action, act.actor, act.result])).toEqual([['hook-disabled', null, 'ok']]);
});
