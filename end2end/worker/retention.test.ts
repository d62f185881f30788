// The alarm of an object deletes its old data even if nobody ever returns (core.md 2.3, leaving.md 3): messages of a room after 90 days,
// audit rows after 180. Only this suite can move the clock.

import { env, runDurableObjectAlarm, SELF } from 'cloudflare:test';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { photo } from '../harness/files.ts';
import { PATIENCE_MS, alarmOf, at, call, guest, WorkerSocket, rows, stubOf, uuidv7, type Guest } from './door.ts';

const SECOND_MS = 1_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;
/** Number of events that stay whatever their age (core.md 2.3). */
const EVENTS_MIN = 100;
const { DB, FILES } = env as unknown as { DB: D1Database; FILES: R2Bucket };

afterEach(() => {
  vi.useRealTimers();
});

const until = <T>(what: string, find: () => Promise<T>): Promise<NonNullable<T>> =>
  vi.waitUntil(find, { timeout: PATIENCE_MS, interval: 50 }).catch(() => Promise.reject(new Error(`not in time: ${what}`))) as Promise<NonNullable<T>>;

/** Runs the alarm of an object until the condition holds. */
async function rung(stub: DurableObjectStub, what: string, holds: () => Promise<boolean>): Promise<void> {
  await until(what, async () => {
    await runDurableObjectAlarm(stub);
    return holds();
  });
}

async function signedUp(): Promise<Guest & { email: string }> {
  const email = `${crypto.randomUUID()}@example.org`;
  const form = { token: 'dev', email, password: 'tuesday-river-lamp', displayName: `Mia ${crypto.randomUUID().slice(0, 8)}` };
  const { status, data } = await call('POST', '/api/auth/register', undefined, form);
  expect(status).toBe(201);
  return { id: data.user.id, token: data.sessionId, email };
}

async function back({ id, email }: { id: string; email: string }): Promise<Guest> {
  const { status, data } = await call('POST', '/api/auth/login', undefined, { token: 'dev', email, password: 'tuesday-river-lamp' });
  expect(status).toBe(200);
  return { id, token: data.sessionId };
}

describe('rows of who did what', () => {
  const acts = (stub: DurableObjectStub) => rows(stub, 'SELECT ts, action, is_told FROM audit ORDER BY place');
  /** Waits until all rows were reported, so that the remaining alarm is the one for their deletion. */
  async function settled(stub: DurableObjectStub, action: string): Promise<number> {
    await rung(stub, `${action} was told`, async () => (await acts(stub)).some((row) => row.action === action) && (await acts(stub)).every((row) => row.is_told === 1));
    return (await acts(stub)).at(-1).ts;
  }
  async function goAfter180Days(stub: DurableObjectStub, ts: number): Promise<void> {
    expect(await alarmOf(stub), 'somebody sees to it').not.toBeNull();
    at(ts + 180 * DAY_MS - HOUR_MS);
    await runDurableObjectAlarm(stub);
    expect((await acts(stub)).length, 'not before').toBeGreaterThan(0);
    const due = await alarmOf(stub);
    expect(due).not.toBeNull();
    expect(due!, 'the alarm comes in time').toBeLessThanOrEqual(ts + 180 * DAY_MS + 2 * HOUR_MS);
    at(ts + 180 * DAY_MS + HOUR_MS);
    await runDurableObjectAlarm(stub);
    expect(await acts(stub)).toEqual([]);
    vi.useRealTimers();
  }

  test('go with nobody there: of somebody who is gone, and of their sign-in', async () => {
    const one = await guest();
    const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(one.token)));
    const [own, shard] = [stubOf('PRESENCE_ROOM', `me:${one.id}`), stubOf('AUTH', `auth:0${(hash[0]! >> 4).toString(16)}`)];
    const asked = await call('DELETE', '/api/me', one, { messages: 'remove', token: 'dev' });
    expect(asked.status).toBe(202);
    const gone = await settled(own, 'delete');
    expect(await rows(own, 'SELECT 1 FROM person')).toEqual([]);
    const signedIn = await settled(shard, 'login');
    await goAfter180Days(own, gone);
    expect(await alarmOf(own), 'nothing is left to do').toBeNull();
    await goAfter180Days(shard, signedIn);
  });

  test('go in a room and where the owners are', async () => {
    const mia = await signedUp();
    const { data: group } = await call('POST', '/api/rooms', mia, { name: 'Crew', memberIds: [] });
    const room = stubOf('CHAT_ROOM', `rm:${group.id}`);
    await goAfter180Days(room, await settled(room, 'room_create'));

    const flags = stubOf('FLAGS', 'flags:global');
    const act = { actor: 'an owner', address: '', request: '', what: 'ok' };
    expect((await flags.fetch('https://object/act', { method: 'POST', body: JSON.stringify(act) })).status).toBe(200);
    await goAfter180Days(flags, await settled(flags, 'admin_login'));
  });

  test('while the database does not take them it is asked less and less often, and then has them all @night', async () => {
    const mia = await signedUp();
    const { data: group } = await call('POST', '/api/rooms', mia, { name: 'Crew', memberIds: [] });
    const room = stubOf('CHAT_ROOM', `rm:${group.id}`);
    await settled(room, 'room_create');
    await DB.exec('ALTER TABLE CFM_audit RENAME TO away');
    try {
      expect((await call('PATCH', `/api/rooms/${group.id}/members/${mia.id}`, mia, { role: 'member' })).status).toBeGreaterThanOrEqual(400);
      expect((await call('DELETE', `/api/rooms/${group.id}`, mia)).status).toBe(200);
      const { ts } = (await acts(room)).at(-1);
      const waits: number[] = [];
      for (let now = ts + 2 * SECOND_MS; waits.length < 12; ) {
        at(now);
        await runDurableObjectAlarm(room);
        const next = (await alarmOf(room))!;
        waits.push(next - now);
        now = next;
      }
      expect((await acts(room)).some((row) => row.is_told === 0)).toBe(true);
      expect(waits.slice(0, 4)).toEqual([2, 4, 8, 16].map((seconds) => seconds * SECOND_MS));
      expect(new Set(waits.slice(-2))).toEqual(new Set([300 * SECOND_MS]));
    } finally {
      await DB.exec('ALTER TABLE away RENAME TO CFM_audit');
    }
    await runDurableObjectAlarm(room);
    expect((await acts(room)).every((row) => row.is_told === 1)).toBe(true);
    const audited = await DB.prepare('SELECT action FROM CFM_audit WHERE actor = ? ORDER BY no').bind(mia.id).all<any>();
    expect(audited.results.map((row) => row.action)).toContain('room_delete');
  });
});

test('what was said in a room goes after 90 days, with all that hangs on it, and its ids a week later', async () => {
  const people = [await signedUp(), await signedUp()] as const;
  const [mia, bo] = people;
  for (const one of people) expect((await call('PUT', '/api/me/settings', one, { whoCanWrite: 'everyone' })).status).toBe(200);
  const { data: { id: roomId } } = await call('POST', '/api/rooms/dm', mia, { userId: bo.id });
  const room = stubOf('CHAT_ROOM', `rm:${roomId}`);
  const sent = await SELF.fetch('http://127.0.0.1/api/files', { method: 'PUT', headers: { authorization: `Bearer ${mia.token}`, 'x-file-name': 'cat.png' }, body: photo(8, 8) });
  expect(sent.status).toBe(201);
  const { id: file } = ((await sent.json()) as any).data;
  const say = (who: Guest, content: string, more: object = {}) => call('POST', '/api/messages', who, { roomId, id: uuidv7(), content, ...more });
  const word = `w${crypto.randomUUID().slice(0, 8)}`;
  const old = (await say(mia, `${word} look`, { files: [{ id: file }] })).data;
  const first = { roomId, id: uuidv7(), content: `${word} draft` };
  const answer = (await call('POST', '/api/messages', mia, first)).data;
  expect((await call('PATCH', `/api/messages/${first.id}`, mia, { roomId, content: `${word} edited` })).status).toBe(200);
  expect((await call('PUT', `/api/messages/${old.id}/react`, bo, { roomId, reaction: 'heart', op: 'add' })).status).toBe(200);
  expect((await call('PUT', `/api/rooms/${roomId}/pin`, bo, { messageId: old.id })).status).toBe(200);
  const last = (await call('GET', `/api/messages?roomId=${roomId}&since=0`, bo)).data.messages.at(-1).seq;

  // More messages than always stay, each sender within the rate limit.
  const lines = [await WorkerSocket.room(roomId, mia), await WorkerSocket.room(roomId, bo)];
  const began = Date.now();
  let head = last;
  for (let round = 0; head < last + EVENTS_MIN; round += 1) {
    at(began + round * 12 * SECOND_MS);
    for (const line of lines) for (let n = 0; n < 9; n += 1) head = (await line.ask({ type: 'chat', content: `${round} ${n}` })).seq;
  }
  for (const line of lines) line.close();
  const oldestSeq = head - EVENTS_MIN + 1;
  expect(oldestSeq).toBeGreaterThan(last);
  const inTable = async () => (await DB.prepare('SELECT seq FROM messages WHERE room_id = ? ORDER BY seq').bind(roomId).all<any>()).results.map((row) => row.seq);
  const found = async (who: Guest) => (await call('GET', `/api/messages/search?q=${word}`, who)).data.items.length;
  const fileOf = async (who: Guest) => {
    const reply = await SELF.fetch(`http://127.0.0.1/api/files/${file}`, { headers: { authorization: `Bearer ${who.token}` } });
    await reply.arrayBuffer();
    return reply.status;
  };
  const ofMia = async () => (await FILES.list()).objects.map(({ key }) => key).filter((key) => key.includes(mia.id));
  at(Date.now() + 10 * SECOND_MS);
  await rung(room, 'the table and the search have it', async () => (await inTable()).at(-1) === head && (await found(bo)) === 2);
  expect([await fileOf(bo), (await ofMia()).length]).toEqual([200, 1]);
  expect((await call('GET', `/api/rooms/${roomId}`, bo)).data.pin.messageId).toBe(old.id);

  at(began + 89 * DAY_MS);
  await runDurableObjectAlarm(room);
  expect((await rows(room, 'SELECT oldest FROM room'))[0].oldest, 'not before').toBe(1);
  expect((await alarmOf(room))!, 'the alarm comes by itself').toBeLessThanOrEqual(began + 90 * DAY_MS);

  const late = began + 91 * DAY_MS;
  at(late);
  await runDurableObjectAlarm(room);
  const [miaThen, boThen] = [await back(mia), await back(bo)];
  for (const who of [miaThen, boThen]) {
    const page = (await call('GET', `/api/messages?roomId=${roomId}&since=0`, who)).data;
    expect([page.truncated, page.oldest, page.messages[0].seq, page.head]).toEqual([true, oldestSeq, oldestSeq, head]);
    expect([await found(who), (await call('PUT', `/api/messages/${old.id}/react`, who, { roomId, reaction: 'star', op: 'add' })).status]).toEqual([0, 404]);
  }
  expect(await fileOf(boThen)).toBe(404);
  expect((await call('GET', `/api/rooms/${roomId}`, boThen)).data.pin).toBeUndefined();
  const kinds = await rows(room, 'SELECT body FROM events WHERE seq < ?', oldestSeq);
  expect(kinds.length).toBe(oldestSeq - 1);
  expect(kinds.every(({ body }) => body.startsWith('sha256:')), 'no words').toBe(true);
  for (const table of ['changes', 'attachments', 'reactions']) {
    expect(await rows(room, `SELECT 1 FROM ${table}`), table).toEqual([]);
  }
  await rung(room, 'the table has let go of it', async () => (await inTable())[0] === oldestSeq);
  // No message shows the file any more, so its owner's object deletes it a day later.
  const own = stubOf('PRESENCE_ROOM', `me:${mia.id}`);
  await until('the owner has heard', async () => (await rows(room, "SELECT 1 FROM jobs WHERE kind = 'file_news'")).length === 0);
  at(late + DAY_MS + HOUR_MS);
  await rung(own, 'the file is gone', async () => (await ofMia()).length === 0);

  // While the id is kept, a late repetition gets its first answer. Afterwards it counts as a new message.
  at(late + 2 * DAY_MS);
  const again = await call('POST', '/api/messages', await back(mia), first);
  expect([again.status, again.data.seq]).toEqual([200, answer.seq]);
  at(began + 98 * DAY_MS);
  await runDurableObjectAlarm(room);
  expect((await rows(room, 'SELECT min(seq) AS seq, max(seq) AS head FROM events'))[0]).toEqual({ seq: oldestSeq, head });
  const anew = await call('POST', '/api/messages', await back(mia), { ...first, content: 'and now' });
  expect([anew.status < 300, anew.data.seq], 'no place is given twice').toEqual([true, head + 1]);
});
