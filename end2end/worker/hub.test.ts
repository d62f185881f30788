// A MessageHub room after a sleep (messagehub.md 2, 6, 8, 12): sockets, ids and limits return. The alarm writes the audit table, archives,
// and deletes.

import { env, evictDurableObject, runDurableObjectAlarm, runInDurableObject, SELF } from 'cloudflare:test';
import { afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { PATIENCE_MS, freshRoom, migrated, stubOf, token } from './door.ts';

const BASE = 'http://127.0.0.1';
const { DB, FILES } = env as unknown as { DB: D1Database; FILES: R2Bucket };
const hubOf = (room: string) => stubOf('HUB_ROOM', `hub:${room}`);
const sleep = (room: string) => evictDurableObject(hubOf(room));

class HubLine {
  readonly frames: string[] = [];
  closed: number | undefined;
  readonly socket: WebSocket;

  private constructor(socket: WebSocket) {
    this.socket = socket;
    socket.addEventListener('message', ({ data }) => {
      this.frames.push(data as string);
    });
    socket.addEventListener('close', ({ code }) => {
      this.closed = code;
    });
    socket.accept();
  }

  static async open(room: string, protocol?: string, user?: string): Promise<HubLine> {
    const headers: Record<string, string> = { upgrade: 'websocket' };
    if (protocol) headers['sec-websocket-protocol'] = protocol;
    if (user) headers['authorization'] = `Bearer ${await token({ userId: user })}`;
    const answer = await SELF.fetch(`${BASE}/ws/${room}`, { headers });
    expect(answer.status).toBe(101);
    return new HubLine(answer.webSocket!);
  }

  ops(): any[] {
    return this.frames.flatMap((frame) => JSON.parse(frame));
  }

  async until(holds: () => boolean): Promise<void> {
    await vi.waitUntil(holds, { timeout: PATIENCE_MS, interval: 5 });
  }
}

const post = (room: string, body: string, headers: Record<string, string> = {}) =>
  SELF.fetch(`${BASE}/rooms/${room}/messages`, { method: 'POST', body, headers });
const read = async (room: string, query = '') => (await SELF.fetch(`${BASE}/rooms/${room}/messages${query}`)).json() as Promise<any>;

beforeAll(migrated);

afterEach(() => {
  vi.useRealTimers();
});

/** Moves the clock; timers keep their real pace. */
function later(ms: number): void {
  vi.useFakeTimers({ now: Date.now() + ms, toFake: ['Date'] });
}

describe('a hub room that slept', () => {
  test('keeps its sockets, its order, its ids, and who is there', async () => {
    const room = freshRoom();
    const raw = await HubLine.open(room);
    const enveloped = await HubLine.open(room, 'messagehub.v1');
    raw.socket.send('one');
    await enveloped.until(() => enveloped.ops().some((op) => op.op === 'msg' && op.seq === 1));
    const received = enveloped.frames.length;
    await sleep(room);
    enveloped.socket.send(JSON.stringify({ op: 'send', id: 'k', body: 'two' }));
    await raw.until(() => raw.frames.length === 1);
    expect(raw.frames).toEqual(['two']);
    await sleep(room);
    expect((await post(room, 'two', { 'idempotency-key': 'k' })).headers.get('idempotent-replay')).toBe('true');
    const presence = (await (await SELF.fetch(`${BASE}/rooms/${room}/presence`)).json()) as any;
    expect(presence.count).toBe(2);
    expect((await read(room, '?after=0')).messages.map((item: any) => [item.seq, item.body])).toEqual([[1, 'one'], [2, 'two']]);
    expect(enveloped.ops().slice(received).map((op) => op.op), 'sleep is invisible').toEqual(['ack']);
    raw.socket.close();
    enveloped.socket.close();
  });

  test('knows who was heard before it slept, and sends away who was not', async () => {
    const room = freshRoom();
    const begin = Date.now();
    const at = (s: number) => vi.setSystemTime(begin + s * 1_000);
    vi.useFakeTimers({ now: begin, toFake: ['Date'] });
    try {
      const [talker, silent] = [await HubLine.open(room, 'messagehub.v1'), await HubLine.open(room, 'messagehub.v1')];
      for (const s of [30, 60]) {
        at(s);
        talker.socket.send(JSON.stringify({ op: 'ping', t: s }));
        await talker.until(() => talker.ops().some((op) => op.op === 'pong' && op.t === s));
        await sleep(room);
      }
      at(100);
      await runDurableObjectAlarm(hubOf(room));
      await silent.until(() => silent.closed !== undefined);
      expect([silent.closed, talker.closed]).toEqual([4408, undefined]);
      expect(((await (await SELF.fetch(`${BASE}/rooms/${room}/presence`)).json()) as any).count).toBe(1);
      at(160);
      await runDurableObjectAlarm(hubOf(room));
      await talker.until(() => talker.closed === 4408);
    } finally {
      vi.useRealTimers();
    }
  });

  test('the first message above the rate is refused, also when the room slept in between', async () => {
    const room = freshRoom();
    const line = await HubLine.open(room, 'messagehub.v1.batch');
    for (let n = 0; n < 600; n += 60) {
      line.socket.send(JSON.stringify(Array.from({ length: 60 }, (_, k) => ({ op: 'send', body: `${n + k}` }))));
    }
    await line.until(() => line.ops().filter((op) => op.op === 'ack').length === 600);
    await sleep(room);
    const refused = await post(room, 'one too many');
    expect([refused.status, refused.headers.get('ratelimit-remaining')]).toEqual([429, '0']);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    line.socket.close();
  });
});

test('a message leaves as a mail through the binding of the mail service', async () => {
  const lines: any[] = [];
  const log = vi.spyOn(console, 'log').mockImplementation((line) => {
    if (String(line).includes('"event":"webhook"')) lines.push(JSON.parse(line));
  });
  expect((await post('mailed', 'soup is ready')).status).toBe(202);
  const stats = async () => (await SELF.fetch(`${BASE}/rooms/mailed/stats`, { headers: { authorization: 'Bearer a token for operators' } })).json() as Promise<any>;
  await vi.waitUntil(async () => (await stats()).outbox === 0, { timeout: PATIENCE_MS, interval: 20 });
  expect((await stats()).dead).toBe(0);
  log.mockRestore();
  expect(lines.map(({ attempt }) => attempt), 'it was taken the first time').toEqual([1]);
});

test('audit rows, without bodies; what is too much is archived before it goes', async () => {
  const room = freshRoom();
  for (let writer = 0; writer < 17; writer += 1) {
    const line = await HubLine.open(room, 'messagehub.v1.batch', `writer-${writer}`);
    for (let n = 0; n < 600; n += 60) {
      line.socket.send(JSON.stringify(Array.from({ length: 60 }, (_, k) => ({ op: 'send', body: `${writer}.${n + k}` }))));
    }
    await line.until(() => line.ops().filter((op) => op.op === 'ack').length === 600);
    line.socket.close();
  }
  expect(await runDurableObjectAlarm(hubOf(room))).toBe(true);
  await vi.waitUntil(async () => (await read(room, '?after=0&limit=1')).oldest === 201, { timeout: PATIENCE_MS, interval: 100 });

  const page = await read(room, '?after=0&limit=1');
  expect([page.truncated, page.messages[0].seq, page.messages[0].body, page.head]).toEqual([true, 201, '0.200', 10_200]);
  const rows = await DB.prepare('SELECT seq, principal, bytes, content_type, sha256 FROM hub_audit WHERE log = ? ORDER BY seq').bind(`hub:${room}`).all<any>();
  expect(rows.results.length).toBe(10_200);
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode('0.0')));
  const hex = [...digest].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  expect(rows.results[0]).toEqual({ seq: 1, principal: 'writer-0', bytes: 3, content_type: 'text/plain', sha256: hex });

  const name = new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(room)));
  const prefix = `hub/${[...name].map((byte) => byte.toString(16).padStart(2, '0')).join('')}/${page.epoch}/`;
  const listed = await FILES.list({ prefix });
  const archived: any[] = [];
  for (const { key } of listed.objects) {
    const file = (await FILES.get(key))!;
    const text = await new Response(file.body.pipeThrough(new DecompressionStream('gzip'))).text();
    const items = text.trim().split('\n').map((line) => JSON.parse(line));
    expect(key).toBe(`${prefix}${items[0].seq}-${items.at(-1).seq}.jsonl.gz`);
    archived.push(...items);
  }
  archived.sort((a, b) => a.seq - b.seq);
  expect(archived.map((item) => item.seq)).toEqual(Array.from({ length: 200 }, (_, n) => n + 1));
  expect(archived[0]).toMatchObject({ sender: 'writer-0', body: '0.0', contentType: 'text/plain' });
});

test('a poll that waits for a while makes place for another one', async () => {
  const room = freshRoom();
  await post(room, 'old');
  const wait = () => SELF.fetch(`${BASE}/rooms/${room}/messages?after=1&wait=20`);
  const polls = await Promise.all(Array.from({ length: 8 }, wait));
  const refused = await wait();
  expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '2']);
  later(2_000);
  const next = await wait();
  expect(next.status).toBe(200);
  // Any of the eight polls may have been the first in the room; its page is empty.
  const pages = [...polls, next].map(async (poll) => ((await poll.json()) as any).messages.map((item: any) => item.body));
  expect(await Promise.race(pages)).toEqual([]);
  await post(room, 'new');
  expect((await Promise.all(pages)).flat()).toEqual(Array(8).fill('new'));
});

test('an event stream ends after five minutes, by itself and not before; who comes back misses nothing @night', async () => {
  const room = freshRoom();
  await post(room, 'one');
  const begin = Date.now();
  vi.useFakeTimers({ now: begin, toFake: ['Date'] });
  const listen = async (headers: Record<string, string>) => {
    const answer = await SELF.fetch(`${BASE}/rooms/${room}/events`, { headers });
    expect(answer.status).toBe(200);
    const stream = { text: '', isEnded: false, cancel: () => reader.cancel() };
    const reader = answer.body!.pipeThrough(new TextDecoderStream()).getReader();
    void (async () => {
      for (let piece = await reader.read(); !piece.done; piece = await reader.read()) stream.text += piece.value;
      stream.isEnded = true;
    })();
    return stream;
  };
  const first = await listen({});
  await vi.waitUntil(() => first.text.startsWith('retry: 2000'), { timeout: PATIENCE_MS, interval: 5 });
  vi.setSystemTime(begin + 299_000);
  await post(room, 'two');
  await vi.waitUntil(() => first.text.includes('"body":"two"'), { timeout: PATIENCE_MS, interval: 5 });
  expect(first.isEnded).toBe(false);
  const lastId = /^id: (.*)$/gm.exec(first.text.slice(first.text.lastIndexOf('id: ')))![1]!;
  vi.setSystemTime(begin + 300_001);
  // The stream checks the time with its next heartbeat, which is due every 15 s.
  await vi.waitUntil(() => first.isEnded, { timeout: PATIENCE_MS, interval: 20 });
  await post(room, 'three');
  const second = await listen({ 'last-event-id': lastId });
  await vi.waitUntil(() => second.text.includes('"body":"three"'), { timeout: PATIENCE_MS, interval: 5 });
  expect(second.text).not.toContain('"body":"two"');
  await second.cancel();
});

test('6,000 messages of somebody in 10 s, whatever the rooms, and no more; of others as before @night', async () => {
  const begin = Date.now();
  vi.useFakeTimers({ now: begin, toFake: ['Date'] });
  const [busy, other] = [{ authorization: `Bearer ${await token({ userId: 'busy' })}` }, { authorization: `Bearer ${await token({ userId: 'other' })}` }];
  const rooms = Array.from({ length: 12 }, freshRoom);
  // 500 in each room stay below the limit of a room.
  for (let n = 0; n < 500; n += 10) {
    const some = await Promise.all(rooms.flatMap((room) => Array.from({ length: 10 }, (_, k) => post(room, `${n + k}`, busy))));
    expect(some.every((answer) => answer.status === 202)).toBe(true);
  }
  const refused = await post(freshRoom(), 'one too many', busy);
  expect([refused.status, ((await refused.json()) as any).code]).toEqual([429, 'RATE_LIMITED']);
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
  expect((await post(rooms[0]!, 'of somebody else', other)).status).toBe(202);
  vi.setSystemTime(begin + 10_001);
  expect((await post(rooms[0]!, 'later', busy)).status).toBe(202);
}, 180_000);

test('what is written while a room is being forgotten is kept', async () => {
  const room = freshRoom();
  expect((await post(room, 'long ago')).status).toBe(202);
  expect(await runDurableObjectAlarm(hubOf(room))).toBe(true);
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(`hub:${room}`)));
  const dir = stubOf('DIR', `dir:${(digest[0]! >> 4).toString(16)}`);
  // The directory takes its time to forget the room, and until then still lists it.
  let isAsked = false;
  let answer = () => {};
  const answered = new Promise<void>((resolve) => {
    answer = resolve;
  });
  await runInDurableObject(dir, (instance: DurableObject) => {
    const fetch = instance.fetch.bind(instance);
    instance.fetch = async (request: Request) => {
      if (!request.url.endsWith('/remove')) return fetch(request);
      isAsked = true;
      await answered;
      return fetch(request);
    };
  });
  later(31 * 86_400_000);
  const rung = runDurableObjectAlarm(hubOf(room));
  await vi.waitUntil(() => isAsked, { timeout: PATIENCE_MS, interval: 5 });
  const posted = await post(room, 'just in time');
  expect([posted.status, posted.headers.get('x-message-seq')]).toEqual([202, '2']);
  answer();
  await rung;
  expect((await read(room, '?after=0')).messages.map((item: any) => [item.seq, item.body])).toEqual([[2, 'just in time']]);
});

test('where something is broken, the answer to a message has the hints of every other', async () => {
  const room = freshRoom();
  expect((await post(room, 'one')).status).toBe(202);
  const rename = (from: string, to: string) =>
    runInDurableObject(hubOf(room), (_, state) => void state.storage.sql.exec(`ALTER TABLE ${from} RENAME TO ${to}`));
  await rename('messages', 'messages_away');
  const broken = await post(room, 'two');
  expect([broken.status, ((await broken.json()) as any).code]).toEqual([500, 'INTERNAL']);
  expect(['limit', 'remaining', 'reset'].map((name) => broken.headers.get(`ratelimit-${name}`))).toEqual(['600', '0', '0']);
  await rename('messages_away', 'messages');
  const next = await post(room, 'two');
  expect([next.status, next.headers.get('x-message-seq')]).toEqual([202, '2']);
});
