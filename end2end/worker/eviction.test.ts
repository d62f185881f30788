// Hibernation (core.md 5, messenger.md 5.5): an object that slept and woke has forgotten nothing that was promised:
// sockets, order, ids, limits, sessions and statuses come from attachment and SQLite.

import { abortAllDurableObjects, env, evictDurableObject, SELF } from 'cloudflare:test';
import { describe, expect, test, vi } from 'vitest';
import { call, freshRoom, guest, Line, uuidv7 } from './door.ts';

const stubOf = (binding: string, name: string) => {
  const namespace = (env as any)[binding] as DurableObjectNamespace;
  return namespace.get(namespace.idFromName(name));
};
const sleep = (room: string) => evictDurableObject(stubOf('CHAT_ROOM', `rm:${room}`));

async function pair() {
  const room = freshRoom();
  const [one, two] = [await guest(), await guest()];
  return { room, one, two, mine: await Line.room(room, one), theirs: await Line.room(room, two) };
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
    // Hibernation is invisible: no frame is sent because of it.
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
    // Nobody else pays for it.
    expect((await theirs.ask({ type: 'chat', content: 'fine' })).type).toBe('ack');
    mine.close();
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
    const back = await Line.open(`/api/ws/room/${room}?since=1&epoch=${epoch}`, one);
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
    const device = await Line.open('/api/ws/presence', mia);
    const watcher = await Line.open('/api/ws/presence', viewer);
    watcher.send({ type: 'watch', userIds: ['user_7'] });
    await watcher.next((frame) => frame.type === 'presence_update' && frame.status === 'online');
    device.send({ type: 'presence', status: 'busy' });
    await watcher.next((frame) => frame.type === 'presence_update' && frame.status === 'busy');
    await evictDurableObject(stubOf('PRESENCE_ROOM', 'me:user_7'));
    await evictDurableObject(stubOf('PRESENCE_ROOM', `me:${viewer.id}`));
    device.send({ type: 'presence', status: 'away' });
    await watcher.next((frame) => frame.type === 'presence_update' && frame.status === 'away');
    expect(watcher.frames.filter((frame) => frame.status === 'offline')).toEqual([]);
    const again = await Line.open('/api/ws/presence', mia);
    expect((await again.next((frame) => frame.type === 'welcome')).self.status).toBe('away');
    for (const line of [device, watcher, again]) line.close();
  });

  test('sessions live on, and signing out still closes their sockets', async () => {
    const { one, mine, theirs } = await pair();
    const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(one.token)));
    await evictDurableObject(stubOf('AUTH', `auth:0${(hash[0]! >> 4).toString(16)}`));
    expect((await call('GET', '/api/auth/me', one)).status).toBe(200);
    expect((await call('POST', '/api/auth/logout', one, {})).status).toBe(200);
    await vi.waitUntil(() => mine.closed, { timeout: 1_000, interval: 5 });
    expect(mine.closed!.code).toBe(4401);
    expect(theirs.closed).toBeUndefined();
    theirs.close();
  });
});

test('a socket path without upgrade names the upgrade', async () => {
  // Only in here: the local server takes `Upgrade` off an answer on its way to the wire.
  const answer = await SELF.fetch('http://127.0.0.1/api/ws/presence');
  expect(answer.status).toBe(426);
  expect(answer.headers.get('upgrade')?.toLowerCase()).toBe('websocket');
  await answer.text();
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
