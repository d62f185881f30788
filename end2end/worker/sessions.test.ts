// The session routes over days, and sessions on https (wasmchannel.md 4.1, sign-in.md 3). Only this suite can move the clock and use an
// https address.

import { SELF } from 'cloudflare:test';
import { afterEach, expect, test, vi } from 'vitest';
import { limits } from '../harness/limits.ts';
import { rows, stubOf } from './door.ts';

const BASE = 'https://chat.local';
const COOKIE = '__Secure-better-auth.session_token';
const PASSWORD = 'x7-qu!kz9-v4-none-of-these';
const DAY_MS = 86_400_000;

afterEach(() => {
  vi.useRealTimers();
});

async function signUp(more: object): Promise<string> {
  const body = JSON.stringify({ name: 'Mia', email: `${crypto.randomUUID()}@cfm.example`, password: PASSWORD, ...more });
  const answer = await SELF.fetch(`${BASE}/api/auth/sign-up/email`, { method: 'POST', headers: { 'content-type': 'application/json', origin: BASE }, body });
  expect(answer.status).toBe(200);
  return setCookie(answer)!;
}

/** Returns the header that sets the session's cookie, if there is one. */
function setCookie(answer: Response): string | undefined {
  return answer.headers.getSetCookie().find((line) => line.startsWith(`${COOKIE}=`));
}

async function readSession(line: string): Promise<{ line: string | undefined; session: any }> {
  const answer = await SELF.fetch(`${BASE}/api/auth/get-session`, { headers: { cookie: line.split(';')[0]! } });
  expect(answer.status).toBe(200);
  return { line: setCookie(answer), session: ((await answer.json()) as any)?.session };
}

test('a session is renewed once a day, and its cookie with it: Secure, under the name that says so', async () => {
  const begin = Date.now();
  vi.useFakeTimers({ now: begin, toFake: ['Date'] });
  const line = await signUp({});
  const attributes = line.split('; ').slice(1).map((part) => part.toLowerCase());
  for (const wanted of ['path=/', 'secure', 'httponly', 'samesite=lax', 'max-age=604800']) expect(attributes).toContain(wanted);
  expect(attributes.some((part) => part.startsWith('domain'))).toBe(false);

  const first = await readSession(line);
  expect(first.line, 'not within the first day').toBe(undefined);
  vi.setSystemTime(begin + DAY_MS - 60_000);
  expect((await readSession(line)).session.expiresAt).toBe(first.session.expiresAt);

  vi.setSystemTime(begin + DAY_MS + 1_000);
  const renewed = await readSession(line);
  expect(renewed.line, 'the same token, for another week').toBe(line);
  expect(renewed.session.token).toBe(first.session.token);
  expect(Date.parse(renewed.session.expiresAt) - Date.parse(first.session.expiresAt)).toBe(DAY_MS + 1_000);
  const again = await readSession(line);
  expect([again.line, again.session.expiresAt]).toEqual([undefined, renewed.session.expiresAt]);

  // A session ends after eight days without a request.
  vi.setSystemTime(begin + 9 * DAY_MS);
  expect((await readSession(line)).session).toBe(undefined);
});

test('a session that is used every day ends after thirty, and its cookie with it', async () => {
  const begin = Date.now();
  vi.useFakeTimers({ now: begin, toFake: ['Date'] });
  const line = await signUp({});
  const maxAge = (cookie: string | undefined) => Number(/max-age=(\d+)/i.exec(cookie ?? '')?.[1]);
  let last = { line: undefined as string | undefined, session: undefined as any };
  for (let day = 1; day <= 23; day += 1) {
    vi.setSystemTime(begin + day * DAY_MS + 60_000);
    last = await readSession(line);
    expect(last.session, `day ${day}`).toBeTruthy();
  }
  // In the last week the session is not extended, and the cookie gets the remaining time.
  expect(Date.parse(last.session.expiresAt) - Date.parse(last.session.createdAt)).toBe(30 * DAY_MS);
  expect(maxAge(last.line)).toBeLessThanOrEqual(7 * 86_400 - 60);
  expect(maxAge(last.line)).toBeGreaterThan(7 * 86_400 - 120);
  vi.setSystemTime(begin + 29 * DAY_MS);
  const late = await readSession(line);
  expect([late.line, late.session.expiresAt]).toEqual([undefined, last.session.expiresAt]);
  vi.setSystemTime(begin + 30 * DAY_MS + 1_000);
  expect((await readSession(line)).session).toBe(undefined);
});

test('a cookie that ends with its browser has no end that could be moved', async () => {
  const begin = Date.now();
  vi.useFakeTimers({ now: begin, toFake: ['Date'] });
  const line = await signUp({ rememberMe: false });
  expect(line.toLowerCase()).not.toContain('max-age');
  const first = await readSession(line);
  vi.setSystemTime(begin + DAY_MS + 1_000);
  const { line: renewed, session } = await readSession(line);
  expect(renewed).toBe(undefined);
  expect(session?.token).toBe(first.session.token);
});

test('on https every cookie is of this host alone and Secure, another name opens nothing, and browsers are told to stay on https', async () => {
  const post = (path: string, body: object, headers: Record<string, string> = {}) =>
    SELF.fetch(`${BASE}${path}`, { method: 'POST', headers: { 'content-type': 'application/json', origin: BASE, 'x-requested-with': 'cookie', ...headers }, body: JSON.stringify(body) });
  const pairs = (lines: string[]): string[] => lines.map((line) => line.split(';')[0]!);
  const areSet = (lines: string[]) =>
    expect(lines).toEqual([
      expect.stringMatching(new RegExp(`^__Host-cfm-refresh=[\\w-]{43}; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age=${limits.refreshTtlMs / 1_000}$`)),
      expect.stringMatching(new RegExp(`^__Host-cfm=[\\w-]{43}; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=${limits.sessionTtlMs / 1_000}$`)),
    ]);

  const account = { email: `${crypto.randomUUID()}@cfm.example`, password: PASSWORD, token: 'dev' };
  expect((await post('/api/auth/register', { ...account, displayName: `Mia ${crypto.randomUUID().slice(0, 8)}` })).status).toBe(201);
  const entered = await post('/api/auth/login', { ...account, remember: true });
  expect(entered.status).toBe(200);
  const set = entered.headers.getSetCookie().sort();
  areSet(set);

  const [remembered, session] = pairs(set) as [string, string];
  const statusOf = async (cookie: string) => (await SELF.fetch(`${BASE}/api/auth/me`, { headers: { cookie } })).status;
  expect([await statusOf(session), await statusOf(session.replace('__Host-', ''))]).toEqual([200, 401]);
  expect((await post('/api/auth/refresh', {}, { cookie: remembered.replace('__Host-', '') })).status).toBe(401);
  const again = await post('/api/auth/refresh', {}, { cookie: remembered });
  expect(again.status).toBe(200);
  areSet(again.headers.getSetCookie().sort());

  const form = (fields: Record<string, string>) =>
    SELF.fetch(`${BASE}/admin`, { method: 'POST', headers: { accept: 'text/html', origin: BASE }, body: new URLSearchParams(fields), redirect: 'manual' });
  const owner = await form({ do: 'enter', token: 'a token for operators' });
  expect(owner.status).toBe(303);
  expect(owner.headers.getSetCookie()).toEqual([expect.stringMatching(/^__Host-cfm-admin=admin-\d+\.[^;]+; Path=\/; Secure; HttpOnly; SameSite=Strict; Max-Age=28800$/)]);
  const [key] = pairs(owner.headers.getSetCookie());
  const seen = async (cookie: string) => (await SELF.fetch(`${BASE}/admin`, { headers: { accept: 'text/html', cookie } })).text();
  expect(await seen(key!)).not.toContain('type="password"');
  expect(await seen(key!.replace('__Host-', ''))).toContain('type="password"');

  const page = await SELF.fetch(`${BASE}/sign-in`, { headers: { accept: 'text/html' } });
  for (const answer of [entered, owner, page]) expect(answer.headers.get('strict-transport-security')).toBe('max-age=31536000; includeSubDomains');
  await page.text();
});

test('a forgotten password takes the same rows for every address, and the answer does not wait for a mail', async () => {
  const shardOf = async (email: string): Promise<DurableObjectStub> => {
    const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(email)));
    return stubOf('AUTH', `auth:0${(hash[0]! >> 4).toString(16)}`);
  };
  const written = ["links WHERE purpose = 'reset'", "jobs WHERE kind = 'mails' AND body LIKE '%/reset?token=%'", 'caused_mails', "audit WHERE action = 'password_forgot'"];
  const counts = (shard: DurableObjectStub) => Promise.all(written.map(async (table) => (await rows(shard, `SELECT COUNT(*) AS n FROM ${table}`))[0].n as number));
  const known = `${crypto.randomUUID()}@cfm.example`;
  await signUp({ email: known });
  const shard = await shardOf(known);
  // An address of the same shard, whose tables are there.
  let unknown = known;
  while (unknown === known || (await shardOf(unknown)).name !== shard.name) unknown = `${crypto.randomUUID()}@cfm.example`;
  const added: number[][] = [];
  // A mail is sent in a turn of its own, after a timer that does not ring here.
  vi.useFakeTimers({ toFake: ['setTimeout'] });
  for (const email of [known, unknown]) {
    const before = await counts(shard);
    const body = JSON.stringify({ email });
    const answer = await SELF.fetch(`${BASE}/api/auth/password/forgot`, { method: 'POST', headers: { 'content-type': 'application/json', origin: BASE }, body });
    expect(answer.status).toBe(202);
    added.push((await counts(shard)).map((count, index) => count - before[index]!));
  }
  expect(added).toEqual([[1, 1, 1, 1], [1, 1, 1, 1]]);
});
