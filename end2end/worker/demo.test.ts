// demo.md: the end of a demo room's day, and its report about a sleep. Only this suite can move the clock and put a room to sleep.

import { evictDurableObject, runDurableObjectAlarm } from 'cloudflare:test';
import { afterEach, expect, test, vi } from 'vitest';
import { PATIENCE_MS, alarmOf, at, call, type Guest, WorkerSocket, rows, stubOf, tables } from './door.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

interface Joined extends Guest {
  code: string;
  roomId: string;
}

async function joined(path: string, body: object): Promise<Joined> {
  const { status, data } = await call('POST', path, undefined, body);
  expect(status).toBe(201);
  return { id: data.user.id, token: data.sessionId, code: data.code, roomId: data.roomId };
}

const begin = () => joined('/demo/rooms', { language: 'en' });

afterEach(() => {
  vi.useRealTimers();
});

test('when its day is over the alarm alone deletes all of a room, and a minute later nothing is known of who was in it', async () => {
  const began = Date.now();
  const host = await begin();
  const mia = await joined(`/demo/rooms/${host.code}/join`, { displayName: 'Mia B' });
  const room = stubOf('CHAT_ROOM', `rm:${host.roomId}`);
  const [own, theirs] = [host, mia].map(({ id }) => stubOf('PRESENCE_ROOM', `me:${id}`)) as [DurableObjectStub, DurableObjectStub];
  const line = await WorkerSocket.room(mia.roomId, mia);
  await line.ask({ type: 'chat', content: 'I was here' });
  // The message waits in the inbox of the presenter, who is not in the room.
  await vi.waitUntil(async () => (await rows(own, 'SELECT 1 FROM inbox')).length === 1, { timeout: PATIENCE_MS, interval: 20 });

  at(began + DAY_MS - MINUTE_MS);
  await runDurableObjectAlarm(room);
  expect((await rows(room, "SELECT 1 FROM events WHERE body LIKE '%I was here%'")).length, 'a minute before').toBe(1);
  expect(await alarmOf(room)).toBeLessThanOrEqual(began + DAY_MS + MINUTE_MS);
  at(began + DAY_MS + MINUTE_MS);
  await runDurableObjectAlarm(room);
  expect([await tables(room), await alarmOf(room)]).toEqual([[], null]);
  expect((await call('GET', `/demo/rooms/${host.code}`)).status).toBe(404);
  expect(await tables(room), 'nobody makes it by asking').toEqual([]);
  for (const one of [own, theirs]) {
    expect(await rows(one, 'SELECT standing FROM groups')).toEqual([{ standing: 'gone' }]);
    expect(await rows(one, 'SELECT 1 FROM inbox')).toEqual([]);
  }

  at(began + DAY_MS + 3 * MINUTE_MS);
  for (const one of [own, theirs]) {
    await runDurableObjectAlarm(one);
    for (const table of ['person', 'facts', 'groups', 'activity', 'inbox']) expect(await rows(one, `SELECT 1 FROM ${table}`), table).toEqual([]);
  }
});

test('a room that slept says so to whoever asks first, and how many sockets it held meanwhile', async () => {
  const host = await begin();
  const mia = await joined(`/demo/rooms/${host.code}/join`, { displayName: 'Mia B' });
  const lines = [await WorkerSocket.room(host.roomId, host), await WorkerSocket.room(mia.roomId, mia)];
  const numbers = async () => {
    const { data } = await call('GET', `/demo/rooms/${host.code}/numbers`, host);
    const { wasAsleep, sockets, socketsWoken, wakes, events } = data;
    return { wasAsleep, sockets, socketsWoken, wakes, events };
  };
  const awake = { wasAsleep: false, sockets: 2, socketsWoken: 0 };
  const before = await numbers();
  expect(before).toMatchObject(awake);
  await evictDurableObject(stubOf('CHAT_ROOM', `rm:${host.roomId}`));
  const woken = { wasAsleep: true, sockets: 2, socketsWoken: 2, wakes: before.wakes + 1, events: 0 };
  expect(await numbers()).toEqual(woken);
  // The sockets survived, and the next request finds the room awake.
  expect((await lines[1]!.ask({ type: 'chat', content: 'good morning' })).type).toBe('ack');
  await lines[0]!.next((frame) => frame.type === 'chat' && frame.content === 'good morning');
  expect(await numbers()).toEqual({ ...woken, wasAsleep: false, events: 1 });
  for (const line of lines) line.close();
});
