// Hibernation (core.md 5, messenger.md 5.5): after a sleep an object keeps every promise. Sockets, order, ids, limits, sessions and
// statuses come from attachments and SQLite.

import { abortAllDurableObjects, evictDurableObject, runInDurableObject, SELF } from 'cloudflare:test';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { PATIENCE_MS, at, call, freshRoom, guest, type Guest, WorkerSocket, persona, stubOf, uuidv7 } from './door.ts';

const sleep = (room: string) => evictDurableObject(stubOf('CHAT_ROOM', `rm:${room}`));

/** Returns the object that keeps a session. */
async function authOf({ token }: Guest) {
  const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(token)));
  return stubOf('AUTH', `auth:0${(hash[0]! >> 4).toString(16)}`);
}

async function pair() {
  const room = freshRoom();
  const [one, two] = [await guest(), await guest()];
  return { room, one, two, mine: await WorkerSocket.room(room, one), theirs: await WorkerSocket.room(room, two) };
}

describe('a room that slept', () => {
  test('keeps its sockets, its order and its history', async () => {
    const { room, one, mine, theirs } = await pair();
    for (let n = 1; n <= 3; n += 1) expect((await mine.ask({ type: 'chat', content: `a${n}` })).seq).toBe(n);
    const framesBefore = theirs.frames.length;
    await sleep(room);
    expect((await mine.ask({ type: 'chat', content: 'a4' })).seq).toBe(4);
    const live = await theirs.next((frame) => frame.type === 'chat' && frame.content === 'a4');
    expect(live.seq).toBe(4);
    expect(mine.closed ?? theirs.closed).toBeUndefined();
    // Hibernation is invisible: it causes no frame.
    const since = theirs.frames.slice(framesBefore).filter((frame) => !['chat', 'participants'].includes(frame.type));
    expect(since).toEqual([]);
    await sleep(room);
    const page = await call('GET', `/api/messages?roomId=${room}&since=0`, one);
    expect(page.data.messages.map((event: any) => [event.seq, event.content])).toEqual([[1, 'a1'], [2, 'a2'], [3, 'a3'], [4, 'a4']]);
    mine.close();
    theirs.close();
  });

  test('still counts: chat, nudge', async () => {
    const { room, mine, theirs } = await pair();
    for (let n = 0; n < 5; n += 1) expect((await mine.ask({ type: 'chat', content: `${n}` })).type).toBe('ack');
    for (let n = 0; n < 3; n += 1) expect((await mine.ask({ type: 'nudge' })).type).toBe('ack');
    await sleep(room);
    expect((await mine.ask({ type: 'nudge' })).code).toBe('RATE_LIMITED');
    for (let n = 5; n < 10; n += 1) expect((await mine.ask({ type: 'chat', content: `${n}` })).type).toBe('ack');
    await sleep(room);
    expect((await mine.ask({ type: 'chat', content: '11' })).code).toBe('RATE_LIMITED');
    // The limit affects nobody else.
    expect((await theirs.ask({ type: 'chat', content: 'fine' })).type).toBe('ack');
    mine.close();
    theirs.close();
  });

  test('still counts: asked pages, where their window is longer than a sleep', async () => {
    const { room, mine, theirs } = await pair();
    const ask = async (line: WorkerSocket) => {
      const rid = crypto.randomUUID();
      line.send({ type: 'history', rid, since: 0 });
      return line.next((frame) => frame.rid === rid);
    };
    for (let n = 0; n < 20; n += 1) expect((await ask(mine)).type).toBe('history');
    expect((await ask(mine)).code).toBe('RATE_LIMITED');
    // All requests of a second are written together, within that second.
    const written = () => runInDurableObject(stubOf('CHAT_ROOM', `rm:${room}`), (_, state) =>
      [...state.storage.sql.exec("SELECT used FROM limits WHERE name = 'history'")].some((row) => `${row['used']}`.split(',').length === 20));
    await vi.waitUntil(written, { timeout: PATIENCE_MS, interval: 50 });
    await sleep(room);
    expect((await ask(mine)).code).toBe('RATE_LIMITED');
    expect((await ask(theirs)).type).toBe('history');
    mine.close();
    theirs.close();
  });

  test('still counts: unusable frames, in rooms and of devices', async () => {
    const { room, one, mine, theirs } = await pair();
    const device = await WorkerSocket.open('/api/ws/presence', one);
    await device.next((frame) => frame.type === 'welcome');
    for (const [line, fallAsleep] of [[mine, () => sleep(room)], [device, () => evictDurableObject(stubOf('PRESENCE_ROOM', `me:${one.id}`))]] as const) {
      const spoil = () => {
        line.send({ type: 'no such type' });
        return line.next((frame) => frame.type === 'error');
      };
      for (let n = 0; n < 9; n += 1) expect((await spoil()).fatal).toBe(false);
      await fallAsleep();
      expect((await spoil()).fatal, 'the tenth in a minute').toBe(true);
      await vi.waitUntil(() => line.closed, { timeout: PATIENCE_MS, interval: 10 });
      expect(line.closed?.code).toBe(1008);
    }
    expect((await theirs.ask({ type: 'chat', content: 'fine' })).type).toBe('ack');
    theirs.close();
  });

  test('still knows ids', async () => {
    const { room, mine, theirs } = await pair();
    const id = uuidv7();
    const first = await mine.ask({ type: 'chat', id, content: 'once' });
    await sleep(room);
    expect(await mine.ask({ type: 'chat', id, content: 'once' })).toEqual({ ...first, duplicate: true });
    expect((await mine.ask({ type: 'chat', id, content: 'other' })).code).toBe('ID_REUSED');
    expect((await theirs.ask({ type: 'chat', id, content: 'once' })).code).toBe('ID_TAKEN');
    mine.close();
    theirs.close();
  });

  test('leaves no typing indicator behind', async () => {
    const { room, mine, theirs } = await pair();
    mine.send({ type: 'typing', isTyping: true });
    await theirs.next((frame) => frame.type === 'typing' && frame.isTyping === true);
    await sleep(room);
    theirs.send({ type: 'ping', t: 1 });
    await theirs.next((frame) => frame.type === 'typing' && frame.isTyping === false);
    mine.close();
    theirs.close();
  });

  test('keeps its epoch and replays by it', async () => {
    const { room, one, mine, theirs } = await pair();
    await mine.ask({ type: 'chat', content: 'b1' });
    await mine.ask({ type: 'chat', content: 'b2' });
    const { epoch } = mine.frames.find((frame) => frame.type === 'welcome');
    await sleep(room);
    const back = await WorkerSocket.open(`/api/ws/room/${room}?since=1&epoch=${epoch}`, one);
    expect((await back.next((frame) => frame.type === 'welcome')).epoch).toBe(epoch);
    const history = await back.next((frame) => frame.type === 'history');
    expect(history.messages.map((event: any) => event.content)).toEqual(['b2']);
    for (const line of [mine, theirs, back]) line.close();
  });
});

describe('other objects that slept', () => {
  test('a person keeps the status, the devices and those who watch', async () => {
    const login = await call('POST', '/api/auth/login', undefined, { userId: 'user_7', token: 'dev' });
    const mia = { id: 'user_7', token: login.data.sessionId };
    const viewer = await guest();
    const device = await WorkerSocket.open('/api/ws/presence', mia);
    const watcher = await WorkerSocket.open('/api/ws/presence', viewer);
    watcher.send({ type: 'watch', userIds: ['user_7'] });
    await watcher.next((frame) => frame.type === 'presence_update' && frame.status === 'online');
    device.send({ type: 'presence', status: 'busy' });
    await watcher.next((frame) => frame.type === 'presence_update' && frame.status === 'busy');
    await evictDurableObject(stubOf('PRESENCE_ROOM', 'me:user_7'));
    await evictDurableObject(stubOf('PRESENCE_ROOM', `me:${viewer.id}`));
    device.send({ type: 'presence', status: 'away' });
    await watcher.next((frame) => frame.type === 'presence_update' && frame.status === 'away');
    expect(watcher.frames.filter((frame) => frame.status === 'offline')).toEqual([]);
    const again = await WorkerSocket.open('/api/ws/presence', mia);
    expect((await again.next((frame) => frame.type === 'welcome')).self.status).toBe('away');
    for (const line of [device, watcher, again]) line.close();
  });

  test('a session that has used up its calls has used them up', async () => {
    const one = await guest();
    const stub = await authOf(one);
    // The clock stands at the start of a bucket of the limit, so that nothing expires during the test.
    at(Date.now() + 60_000 - (Date.now() % 60_000));
    onTestFinished(() => void vi.useRealTimers());
    const statuses = new Set<number>();
    for (let n = 0; n < 120; n += 1) statuses.add((await call('GET', '/api/auth/me', one)).status);
    expect([...statuses]).toEqual([200]);
    expect((await call('GET', '/api/auth/me', one)).error.code).toBe('RATE_LIMITED');
    // All calls of a second are written together, a moment later.
    const written = () => runInDurableObject(stub, (_, state) => [...state.storage.sql.exec('SELECT used FROM calls')].some((row) => `${row['used']}`.includes(',120,')));
    await vi.waitUntil(written, { timeout: PATIENCE_MS, interval: 50 });
    await evictDurableObject(stub);
    const refused = await call('GET', '/api/auth/me', one);
    expect([refused.status, refused.error?.code]).toEqual([429, 'RATE_LIMITED']);
    expect((await call('GET', '/api/auth/me', await guest())).status).toBe(200);
  });

  test('sessions live on, and signing out still closes their sockets', async () => {
    const { one, mine, theirs } = await pair();
    await evictDurableObject(await authOf(one));
    expect((await call('GET', '/api/auth/me', one)).status).toBe(200);
    expect((await call('POST', '/api/auth/logout', one, {})).status).toBe(200);
    await vi.waitUntil(() => mine.closed, { timeout: PATIENCE_MS, interval: 5 });
    expect(mine.closed!.code).toBe(4401);
    expect(theirs.closed).toBeUndefined();
    theirs.close();
  });
});

test('a socket path without upgrade names the upgrade', async () => {
  // This can be tested only here, because the local server removes `Upgrade` from answers.
  const answer = await SELF.fetch('http://127.0.0.1/api/ws/presence');
  expect(answer.status).toBe(426);
  expect(answer.headers.get('upgrade')?.toLowerCase()).toBe('websocket');
  await answer.text();
});

// push.md 1: the outbox delivers a message even if its first attempt fails. Here the first attempt must fail, because the target table is
// missing, and then all objects are destroyed.
describe('what could not be told at once', () => {
  const away = (stub: DurableObjectStub, table: string) =>
    runInDurableObject(stub, (_, state) => void state.storage.sql.exec(`ALTER TABLE ${table} RENAME TO ${table}_away`));
  const back = (stub: DurableObjectStub, table: string) =>
    runInDurableObject(stub, (_, state) => void state.storage.sql.exec(`ALTER TABLE ${table}_away RENAME TO ${table}`));
  /** Returns `true` if an outbox has a row whose first attempt is over. */
  const tried = (room: string, table: string) =>
    runInDurableObject(stubOf('CHAT_ROOM', `rm:${room}`), (_, state) => [...state.storage.sql.exec(`SELECT 1 FROM ${table} WHERE tries > 0`)].length > 0);

  test('is in the inbox after everything was torn down right after the ack', async () => {
    const [writer, reader] = [await persona('user_11'), await persona('user_12')];
    const { data } = await call('POST', '/api/rooms/dm', writer, { userId: reader.id });
    const inbox = async () => (await call('GET', '/api/inbox', reader)).data.items.find((one: any) => one.roomId === data.id);
    // A destroyed object needs a new stub.
    const theirs = () => stubOf('PRESENCE_ROOM', `me:${reader.id}`);
    const mine = await WorkerSocket.room(data.id, writer);
    await away(theirs(), 'inbox');
    const { seq } = await mine.ask({ type: 'chat', content: 'still here?' });
    await vi.waitUntil(() => tried(data.id, 'outbox'), { timeout: PATIENCE_MS, interval: 5 });
    await abortAllDurableObjects();
    await back(theirs(), 'inbox');
    // No request wakes the room; only its alarm does.
    const item = await vi.waitUntil(inbox, { timeout: PATIENCE_MS, interval: 100 });
    expect([item.fromSeq, item.toSeq, item.count, item.last.content]).toEqual([seq, seq, 1, 'still here?']);
    mine.close();
  });

  test('is known to who was sent away after everything was torn down right after the answer', async () => {
    const [owner, gone] = [await persona('user_13'), await persona('user_14')];
    const { data: group } = await call('POST', '/api/rooms', owner, { name: 'Crew', memberIds: [gone.id] });
    const theirs = () => stubOf('PRESENCE_ROOM', `me:${gone.id}`);
    const groups = () => runInDurableObject(theirs(), (_, state) => [...state.storage.sql.exec('SELECT standing FROM groups WHERE room = ?', group.id)].map((row) => row['standing']));
    await vi.waitUntil(async () => (await groups())[0] === 'member', { timeout: PATIENCE_MS, interval: 20 });
    await away(theirs(), 'groups');
    expect((await call('DELETE', `/api/rooms/${group.id}/members/${gone.id}`, owner)).status).toBe(200);
    await vi.waitUntil(() => tried(group.id, 'news'), { timeout: PATIENCE_MS, interval: 5 });
    await abortAllDurableObjects();
    await back(theirs(), 'groups');
    await vi.waitUntil(async () => (await groups())[0] === 'gone', { timeout: PATIENCE_MS, interval: 100 });
    expect((await call('GET', '/api/rooms?scope=mine', gone)).data.items.map((one: any) => one.id)).not.toContain(group.id);
  });
});

test('all objects torn down at once: what was acknowledged is there', async () => {
  const { room, one, mine, theirs } = await pair();
  const acks = [];
  for (let n = 1; n <= 5; n += 1) acks.push(await mine.ask({ type: 'chat', content: `c${n}` }));
  await abortAllDurableObjects();
  const page = await call('GET', `/api/messages?roomId=${room}&since=0`, one);
  expect(page.data.messages.map((event: any) => [event.seq, event.id])).toEqual(acks.map((ack) => [ack.seq, ack.id]));
  mine.close();
  theirs.close();
});
