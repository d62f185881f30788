// The packet door in a room after a sleep (wasmchannel.md 9), and its queue, whose messages may come twice and in any order.

import { env, evictDurableObject, SELF } from 'cloudflare:test';
import { describe, expect, test, vi } from 'vitest';
import { pack, unpackPacket, type Packet } from '../harness/packet.ts';
import { PATIENCE_MS, at, call, freshRoom, guest, WorkerSocket, type Guest } from './door.ts';

class PacketLine {
  readonly packets: Packet[] = [];
  private readonly socket: WebSocket;
  private at = 0;

  private constructor(socket: WebSocket) {
    this.socket = socket;
    socket.binaryType = 'arraybuffer';
    socket.addEventListener('message', ({ data }) => {
      this.packets.push(unpackPacket(Buffer.from(data as ArrayBuffer)));
    });
    socket.accept();
  }

  static async open(room: string, who: Guest): Promise<PacketLine> {
    const answer = await SELF.fetch(`http://127.0.0.1/ws/${room}`, {
      headers: { upgrade: 'websocket', 'sec-websocket-protocol': 'wasmchannel.v1', authorization: `Bearer ${who.token}` },
    });
    expect(answer.status).toBe(101);
    const line = new PacketLine(answer.webSocket!);
    await line.next((packet) => packet.kind === 'OnlineUsers');
    return line;
  }

  send(parts: Parameters<typeof pack>[0]): void {
    this.socket.send(pack(parts));
  }

  async next(fits: (packet: Packet) => boolean): Promise<Packet> {
    const at = await vi.waitUntil(() => {
      const found = this.packets.findIndex((packet, at) => at >= this.at && fits(packet));
      return found >= 0 && { found };
    }, { timeout: PATIENCE_MS, interval: 5 });
    this.at = at.found + 1;
    return this.packets[at.found]!;
  }

  close(): void {
    this.socket.close(1000);
  }
}

const sleep = (room: string) => {
  const namespace = (env as any).CHAT_ROOM as DurableObjectNamespace;
  return evictDurableObject(namespace.get(namespace.idFromName(`rm:${room}`)));
};

describe('a room that slept', () => {
  test('keeps its packet sockets, their door and their rate', async () => {
    const room = freshRoom();
    const [one, two] = [await guest(), await guest()];
    const mine = await PacketLine.open(room, one);
    const theirs = await WorkerSocket.room(room, two);
    mine.send({ kind: 'Message', id: 'before', payload: 'before' });
    await mine.next((packet) => packet.id === 'before');
    await sleep(room);
    mine.send({ kind: 'Message', id: 'after', payload: 'after' });
    expect((await mine.next((packet) => packet.id === 'after')).user).toBe(one.id);
    expect((await theirs.next((frame) => frame.content === 'after')).seq).toBe(2);
    // A new person has the full allowance of both windows.
    const three = await guest();
    const fast = await PacketLine.open(room, three);
    for (let n = 0; n < 5; n += 1) fast.send({ kind: 'Message', id: `f-${n}`, payload: 'x' });
    await fast.next((packet) => packet.id === 'f-4');
    await sleep(room);
    fast.send({ kind: 'Message', id: 'f-5', payload: 'x' });
    const answer = await fast.next((packet) => packet.id === null || packet.id === 'f-5');
    expect(answer.text).toBe('Rate limit exceeded: 5 messages per second');
    for (const line of [mine, theirs, fast]) line.close();
  });
});

describe('the queue', () => {
  const deliver = (bodies: unknown[]): Promise<void> => (env as any).WASMCHANNEL_QUEUE.sendBatch(bodies.map((body) => ({ body })));
  const rows = async (room: string): Promise<any[]> => {
    const found = await (env as any).DB.prepare('SELECT * FROM messages WHERE room_id = ?').bind(room).all().catch(() => ({ results: [] }));
    return found.results;
  };
  const becomes = (room: string, holds: (row: any) => boolean): Promise<any> =>
    vi.waitUntil(async () => (await rows(room)).find(holds), { timeout: PATIENCE_MS, interval: 100 });
  const message = (room: string, seq: number, kind: string, more: object) => ({
    ...{ v: 1, log: `rm:${room}`, epoch: '9f31c0aa', seq, kind, id: `m-${seq}`, actor: 'u_mia', name: 'Mia', ts: 1_795_000_000_000 + seq },
    ...more,
  });

  test('what comes twice or in another order ends in the same row', async () => {
    const room = freshRoom();
    const said = message(room, 1, 'chat', { body: { content: 'first' } });
    const edited = message(room, 2, 'edit', { target: 1, body: { messageId: 'm-1', content: 'second' } });
    const again = message(room, 3, 'edit', { target: 1, body: { messageId: 'm-1', content: 'third' } });
    const liked = message(room, 4, 'reaction', { target: 1, reactions: [{ reaction: 'like', count: 1, users: ['u_mia'] }], body: { messageId: 'm-1' } });
    const unliked = message(room, 5, 'reaction', { target: 1, reactions: [], body: { messageId: 'm-1' } });
    // The first two messages are not ours, and they hold up nothing.
    await deliver([{ hello: 'world' }, 'text', unliked, liked, again, edited, said, said, liked, again]);
    const marker = message(room, 9, 'chat', { id: 'last', body: { content: 'last' } });
    await deliver([edited, said, marker]);
    await becomes(room, (row) => row.seq === 9);
    const row = await becomes(room, (row) => row.seq === 1 && row.content === 'third' && row.created_at === said.ts);
    expect([row.id, row.client_id, row.user_id, row.reactions, row.deleted_at]).toEqual([`${room}:1`, 'm-1', 'u_mia', '[]', null]);
    expect((await rows(room)).length).toBe(2);
    await deliver([message(room, 6, 'delete', { target: 1, body: { messageId: 'm-1' } }), edited, liked]);
    const gone = await becomes(room, (row) => row.seq === 1 && row.deleted_at !== null);
    expect([gone.content, gone.reactions, gone.deleted_at]).toEqual(['', '[]', 1_795_000_000_006]);
  });
});

describe('a consumer that dies', () => {
  type Handled = { outcome: string; ackAll: boolean; explicitAcks: string[]; retryMessages: unknown[] };
  const consumer = SELF as unknown as { queue(name: string, messages: { id: string; timestamp: Date; attempts: number; body: unknown }[]): Promise<Handled> };
  const { DB } = env as any;

  test('after it wrote and before it said so: the batch comes again, the rows are the same, and then it is acknowledged', async () => {
    const room = freshRoom();
    const T = 1_795_000_000_000;
    const message = (seq: number, kind: string, more: object) => ({ v: 1, log: `rm:${room}`, epoch: '9f31c0aa', seq, kind, id: `m-${seq}`, actor: 'u_mia', name: 'Mia', ts: T + seq, ...more });
    const bodies = [
      message(1, 'chat', { body: { content: 'first' } }),
      message(2, 'chat', { body: { content: 'second' } }),
      message(3, 'edit', { target: 1, body: { messageId: 'm-1', content: 'changed' } }),
      message(4, 'reaction', { target: 2, reactions: [{ reaction: 'like', count: 1, users: ['u_mia'] }], body: { messageId: 'm-2' } }),
      message(5, 'delete', { target: 2, body: { messageId: 'm-2' } }),
      { hello: 'nobody of us wrote this' },
    ];
    const deliver = (attempts: number, some = bodies) =>
      consumer.queue('wasmchannel', some.map((body) => ({ id: `q-${bodies.indexOf(body)}`, timestamp: new Date(T), attempts, body })));
    const rows = async (): Promise<any[]> => (await DB.prepare('SELECT * FROM messages WHERE room_id = ? ORDER BY seq').bind(room).all()).results;
    const people = async (): Promise<any[]> => (await DB.prepare("SELECT * FROM users WHERE id = 'u_mia'").all()).results;
    const everything = bodies.map((_, at) => `q-${at}`);
    const isAcknowledged = ({ outcome, explicitAcks, retryMessages }: Handled) =>
      expect([outcome, [...explicitAcks].sort(), retryMessages]).toEqual(['ok', everything, []]);

    // The rows are written but the acknowledgement is lost, so the queue delivers everything again.
    isAcknowledged(await deliver(1));
    const [before, whom] = [await rows(), await people()];
    expect(before.map((row) => [row.seq, row.content, row.deleted_at])).toEqual([[1, 'changed', null], [2, '', T + 5]]);
    isAcknowledged(await deliver(2));
    expect([await rows(), await people()]).toEqual([before, whom]);

    // Other attempts may have died half-way: any part of the batch comes, and then the whole batch.
    for (let at = 1; at < bodies.length; at += 1) await deliver(3, bodies.slice(at));
    isAcknowledged(await deliver(4));
    expect([await rows(), await people()]).toEqual([before, whom]);
  });

  test('a message with many entries is what its entries are, in any order and again', async () => {
    const room = freshRoom();
    const T = 1_795_000_000_000;
    const message = (seq: number, kind: string, more: object) => ({ v: 1, log: `rm:${room}`, epoch: '9f31c0aa', seq, kind, id: `m-${seq}`, actor: 'u_mia', name: 'Mia', ts: T + seq, ...more });
    const said = [1, 2, 3].map((seq) => message(seq, 'chat', { body: { content: `words ${seq}` } }));
    const edited = message(4, 'edit', { target: 1, body: { messageId: 'm-1', content: 'changed' } });
    const deleted = message(5, 'delete', { target: 2, body: { messageId: 'm-2' } });
    const deliver = (bodies: unknown[]) => consumer.queue('wasmchannel', bodies.map((body, at) => ({ id: `q-${at}`, timestamp: new Date(T), attempts: 1, body })));
    const rows = async (): Promise<any[]> => (await DB.prepare('SELECT * FROM messages WHERE room_id = ? ORDER BY seq').bind(room).all()).results;

    // A pack of which one entry is not ours is nobody's message: it is acknowledged, and nothing of it is written.
    const handled = await deliver([[edited, deleted], [...said].reverse(), [message(6, 'chat', { body: { content: 'never' } }), { hello: 'world' }], []]);
    expect([[...handled.explicitAcks].sort(), handled.retryMessages]).toEqual([['q-0', 'q-1', 'q-2', 'q-3'], []]);
    const before = await rows();
    expect(before.map((row) => [row.seq, row.content, row.deleted_at])).toEqual([[1, 'changed', null], [2, '', T + 5], [3, 'words 3', null]]);
    await deliver([[...said, edited, deleted]]);
    expect(await rows()).toEqual(before);
  });

  test('an entry that the database does not take holds up none of its message, which comes again', async () => {
    const room = freshRoom();
    const message = (seq: number, id: string) => ({ v: 1, log: `rm:${room}`, epoch: '9f31c0aa', seq, kind: 'chat', id, actor: 'u_mia', name: 'Mia', ts: 1_795_000_000_000 + seq, body: { content: `${seq}` } });
    // The third entry has the id of the first, in another place.
    const pack = [message(1, 'a'), message(2, 'b'), message(3, 'a'), message(4, 'c')];
    const rows = async () => (await DB.prepare('SELECT seq FROM messages WHERE room_id = ? ORDER BY seq').bind(room).all()).results.map((row: any) => row.seq);
    const handled = await consumer.queue('wasmchannel', [
      { id: 'q-0', timestamp: new Date(), attempts: 1, body: pack },
      { id: 'q-1', timestamp: new Date(), attempts: 1, body: message(5, 'd') },
    ]);
    expect([handled.explicitAcks, handled.retryMessages.length]).toEqual([['q-1'], 1]);
    // The entries are written side by side, so either of the two may have been the first.
    const [first, second] = [[1, 2, 4, 5], [2, 3, 4, 5]];
    expect([first, second]).toContainEqual(await rows());
  });

  test('while the database is away nothing is acknowledged, and nothing is written by half', async () => {
    const room = freshRoom();
    const message = (seq: number) => ({ v: 1, log: `rm:${room}`, epoch: '9f31c0aa', seq, kind: 'chat', id: `m-${seq}`, actor: 'u_mia', name: 'Mia', ts: 1_795_000_000_000 + seq, body: { content: `${seq}` } });
    const batch = [1, 2, 3].map((seq) => ({ id: `q-${seq}`, timestamp: new Date(), attempts: 1, body: message(seq) }));
    await DB.prepare('ALTER TABLE messages RENAME TO messages_away').run();
    try {
      const handled = await consumer.queue('wasmchannel', batch);
      expect([handled.explicitAcks, handled.retryMessages.length]).toEqual([[], 3]);
    } finally {
      await DB.prepare('ALTER TABLE messages_away RENAME TO messages').run();
    }
    const rows = async () => (await DB.prepare('SELECT seq FROM messages WHERE room_id = ? ORDER BY seq').bind(room).all()).results.map((row: any) => row.seq);
    expect(await rows()).toEqual([]);
    expect((await consumer.queue('wasmchannel', batch)).explicitAcks.length).toBe(3);
    expect(await rows()).toEqual([1, 2, 3]);
  });
});

test('the history is there after a sleep', async () => {
  const [room, one] = [freshRoom(), await guest()];
  const line = await PacketLine.open(room, one);
  line.send({ kind: 'Message', id: 'm-1', payload: 'kept' });
  await line.next((packet) => packet.id === 'm-1');
  await sleep(room);
  const page = await call('GET', `/api/messages?roomId=${room}&cursor=`, one);
  expect(page.data.messages.map((one: any) => one.message)).toEqual(['kept']);
  line.close();
});

test('fifty messages of the history a page, and a hundred at most, however many are asked for', async () => {
  const [room, one] = [freshRoom(), await guest()];
  const line = await WorkerSocket.room(room, one);
  const back: string[] = [];
  while (back.length < 101) {
    // Chats are limited (`RATE_CHAT`). The clock also moves while the test waits, so each round starts from the present
    // time.
    at(Date.now() + 15_000);
    const acks = await Promise.all(Array.from({ length: Math.min(10, 101 - back.length) }, (_, n) => line.ask({ type: 'chat', content: `${back.length + n}` })));
    expect(acks.map((ack) => ack.seq)).toEqual(acks.map((_, n) => back.length + n + 1));
    back.unshift(...acks.map((ack) => ack.id).reverse());
  }
  line.close();
  vi.useRealTimers();
  const found = ({ messages, more }: any) => [messages.map((message: any) => message.id), more];
  const page = async (query: string) => (await call('GET', `/api/messages?roomId=${room}&cursor=${query}`, one)).data;
  expect(found(await page(''))).toEqual([back.slice(0, 50), true]);
  expect(found(await page('&limit=99'))).toEqual([back.slice(0, 99), true]);
  for (const limit of [100, 101, 1_000_000]) expect(found(await page(`&limit=${limit}`)), `${limit}`).toEqual([back.slice(0, 100), true]);
  const rpc = await SELF.fetch('http://127.0.0.1/rpc/messages/get', {
    method: 'POST', headers: { authorization: `Bearer ${one.token}`, 'content-type': 'application/json' }, body: JSON.stringify({ roomId: room, limit: 101 }),
  });
  const old = (await rpc.json()) as any;
  expect(found(old), 'old clients as well').toEqual([back.slice(0, 100), true]);
  const last = await page(`${old.nextCursor}&limit=100`);
  expect([...found(last), last.nextCursor]).toEqual([back.slice(100), false, null]);
});
