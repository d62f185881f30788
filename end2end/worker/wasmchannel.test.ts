// The packet door in a room that slept (wasmchannel.md 9), and its queue, whose messages come twice and in any order.

import { env, evictDurableObject, SELF } from 'cloudflare:test';
import { describe, expect, test, vi } from 'vitest';
import { pack, unpackPacket, type Packet } from '../harness/packet.ts';
import { call, freshRoom, guest, Line, type Guest } from './door.ts';

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
    }, { timeout: 8_000, interval: 5 });
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
    const theirs = await Line.room(room, two);
    mine.send({ kind: 'Message', id: 'before', payload: 'before' });
    await mine.next((packet) => packet.id === 'before');
    await sleep(room);
    mine.send({ kind: 'Message', id: 'after', payload: 'after' });
    expect((await mine.next((packet) => packet.id === 'after')).user).toBe(one.id);
    expect((await theirs.next((frame) => frame.content === 'after')).seq).toBe(2);
    // Both windows begin anew for a person who has said nothing yet.
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
    vi.waitUntil(async () => (await rows(room)).find(holds), { timeout: 15_000, interval: 100 });
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
    // Nobody of us wrote the first two: they hold nobody up.
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
  }, 40_000);
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
