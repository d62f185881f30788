// presence.md, "Who is told": the renewal of a watch, and a room whose sockets were lost. Only this suite can make a lease old.

import { evictDurableObject, runDurableObjectAlarm } from 'cloudflare:test';
import { afterEach, expect, test, vi } from 'vitest';
import { PATIENCE_MS, alarmOf, at, call, freshRoom, guest, type Guest, WorkerSocket, rows, stubOf } from './door.ts';

const MINUTE_MS = 60_000;
/** Age at which a lease is renewed. */
const RENEW_MS = 24 * MINUTE_MS;

afterEach(() => {
  vi.useRealTimers();
});

const ownOf = ({ id }: Guest) => stubOf('PRESENCE_ROOM', `me:${id}`);
const of = (who: Guest, status?: string) => (frame: any) =>
  frame.type === 'presence_update' && frame.userId === who.id && (status === undefined || frame.status === status);
const until = (holds: () => Promise<boolean>) => vi.waitUntil(holds, { timeout: PATIENCE_MS, interval: 20 });
const roomsOf = async (who: Guest): Promise<string[]> => (await rows(ownOf(who), "SELECT name FROM listeners WHERE kind = 'room'")).map((row) => row.name);
const watchersOf = async (who: Guest): Promise<string[]> => (await rows(ownOf(who), "SELECT name FROM listeners WHERE kind = 'watcher'")).map((row) => row.name);
const watchedBy = (who: Guest): Promise<any[]> => rows(ownOf(who), 'SELECT user, renewed_at FROM watched');

/** Waits until the device has received everything that was sent before. */
async function barrier(line: WorkerSocket): Promise<void> {
  const t = crypto.randomUUID();
  line.send({ type: 'ping', t });
  await line.next((frame) => frame.type === 'pong' && frame.t === t);
}

interface Watching {
  viewer: Guest;
  eyes: WorkerSocket;
  watched: { who: Guest; device: WorkerSocket }[];
  close: () => void;
}

/** Creates a person who watches `count` others. Only a common room connects them. */
async function watching(count: number): Promise<Watching> {
  const room = freshRoom();
  const people = await Promise.all(Array.from({ length: count + 1 }, guest));
  const devices = await Promise.all(people.map((who) => WorkerSocket.open('/api/ws/presence', who)));
  for (const device of devices) await device.next((frame) => frame.type === 'welcome');
  const lines = await Promise.all(people.map((who) => WorkerSocket.room(room, who)));
  // A room reports its sockets a moment after the join.
  for (const who of people) await until(async () => (await roomsOf(who)).includes(room));
  const [viewer, ...others] = people as [Guest, ...Guest[]];
  const [eyes, ...theirs] = devices as [WorkerSocket, ...WorkerSocket[]];
  eyes.send({ type: 'watch', userIds: others.map(({ id }) => id) });
  for (const who of others) await eyes.next(of(who, 'online'));
  const close = () => [...devices, ...lines].filter((line) => !line.closed).forEach((line) => line.close());
  return { viewer, eyes, watched: others.map((who, n) => ({ who, device: theirs[n]! })), close };
}

/** Makes all leases of a viewer old and waits until the alarm has renewed them. */
async function askedAgain(viewer: Guest): Promise<void> {
  await rows(ownOf(viewer), 'UPDATE watched SET renewed_at = 1');
  await until(async () => {
    await runDurableObjectAlarm(ownOf(viewer));
    return (await watchedBy(viewer)).every((row) => row.renewed_at > 1);
  });
}

test('who hides in a room and who has gone look alike, also when the watch is asked again and afterwards', async () => {
  const { viewer, eyes, watched, close } = await watching(2);
  const [hidden, gone] = watched as [Watching['watched'][0], Watching['watched'][0]];
  hidden.device.send({ type: 'presence', status: 'appear_offline' });
  expect((await call('POST', '/api/auth/logout', gone.who, {})).status).toBe(200);
  for (const { who } of watched) expect((await eyes.next(of(who, 'offline'))).since, 'since when is told').toBeGreaterThan(0);
  const before = eyes.frames.length;
  await askedAgain(viewer);
  expect(await watchedBy(viewer), 'nothing ties them').toEqual([]);
  // This change is visible only to people in a common room.
  hidden.device.send({ type: 'presence', displayName: `Guest ${crypto.randomUUID().slice(0, 8)}` });
  await barrier(hidden.device);
  const behind = "SELECT 1 FROM listeners, person WHERE kind = 'watcher' AND told < json_extract(record, '$.version')";
  await until(async () => (await rows(ownOf(hidden.who), behind)).length === 0);
  // An update about oneself always comes, so it marks the end of the answer.
  eyes.send({ type: 'watch', userIds: [viewer, hidden.who, gone.who].map(({ id }) => id) });
  await eyes.next(of(viewer));
  await barrier(eyes);
  expect(eyes.frames.slice(before).filter((frame) => watched.some(({ who }) => of(who)(frame)))).toEqual([]);
  close();
});

test('who is there, and of whom nothing may be told any more, is seen gone once and told of no more', async () => {
  const { viewer, eyes, watched, close } = await watching(1);
  const [{ who }] = watched as [Watching['watched'][0]];
  await rows(ownOf(who), "DELETE FROM listeners WHERE kind = 'room'");
  await askedAgain(viewer);
  const { since, personalMessage } = await eyes.next(of(who, 'offline'));
  expect([since, personalMessage]).toEqual([0, '']);
  expect([await watchedBy(viewer), await watchersOf(who)]).toEqual([[], []]);
  close();
});

test('what somebody tells by themselves renews no lease: they are asked again in time', async () => {
  const { viewer, eyes, watched, close } = await watching(1);
  const [{ who, device }] = watched as [Watching['watched'][0]];
  const asked = Date.now() - 10 * MINUTE_MS;
  await rows(ownOf(viewer), 'UPDATE watched SET renewed_at = ?', asked);
  device.send({ type: 'presence', status: 'busy' });
  await eyes.next(of(who, 'busy'));
  expect(await watchedBy(viewer)).toEqual([{ user: who.id, renewed_at: asked }]);
  close();
});

test('who cannot be asked is asked again a minute later, and the alarm does not ring without a pause meanwhile', async () => {
  const { viewer, eyes, watched, close } = await watching(1);
  const [{ who }] = watched as [Watching['watched'][0]];
  const own = ownOf(viewer);
  const renewedAt = async (): Promise<number> => (await watchedBy(viewer))[0].renewed_at;
  await rows(ownOf(who), 'ALTER TABLE listeners RENAME TO listeners_away');
  const now = Date.now();
  at(now);
  await rows(own, 'UPDATE watched SET renewed_at = 1');
  await until(async () => {
    await runDurableObjectAlarm(own);
    return (await renewedAt()) > 1;
  });
  const again = (await renewedAt()) + RENEW_MS;
  // The clock moves while the test waits.
  expect(again, 'later').toBeGreaterThanOrEqual(now + MINUTE_MS);
  expect(again, 'no more than a minute').toBeLessThanOrEqual(Date.now() + MINUTE_MS);
  expect((await alarmOf(own)) ?? now, 'not in the past').toBeGreaterThanOrEqual(now);
  // Before that time no watcher is asked.
  await rows(ownOf(who), 'ALTER TABLE listeners_away RENAME TO listeners');
  await runDurableObjectAlarm(own);
  expect((await renewedAt()) + RENEW_MS).toBe(again);
  at(again);
  // The barrier keeps the connection from being dropped for its silence.
  await barrier(eyes);
  await until(async () => {
    await runDurableObjectAlarm(own);
    return (await renewedAt()) >= again;
  });
  close();
});

for (const [whose, lost] of [
  ['a device that watched somebody', "INSERT INTO wishes VALUES ('of a socket that is gone', 'user_6', 0)"],
  ['the only device of somebody who is seen', "UPDATE person SET record = json_set(record, '$.shown.status', 'online')"],
] as const) {
  test(`${whose} was lost without a word: a room ties them to nobody any more, unless it says that they are in it`, async () => {
    const [one, here, left] = [await guest(), freshRoom(), freshRoom()];
    const line = await WorkerSocket.room(here, one);
    await until(async () => (await roomsOf(one)).includes(here));
    // These rows imitate a room whose sockets died with the process. The room has received everything and will never report that they are
    // gone.
    await rows(ownOf(one), "INSERT INTO listeners VALUES ('room', ?, 9007199254740991, 9007199254740991, 0, 0)", left);
    await rows(ownOf(one), "INSERT INTO live (session, room, sockets) VALUES ('of a socket that is gone', ?, 1)", left);
    await rows(ownOf(one), lost);
    await evictDurableObject(ownOf(one));
    expect((await call('GET', '/api/me', one)).status).toBe(200);
    await until(async () => !(await roomsOf(one)).includes(left));
    expect(await roomsOf(one)).toEqual([here]);
    expect((await rows(ownOf(one), 'SELECT DISTINCT room FROM live')).map((row) => row.room)).toEqual([here]);
    line.close();
  });
}
