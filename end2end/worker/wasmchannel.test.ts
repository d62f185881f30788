// The packet door in a room that slept (wasmchannel.md 9), and its queue, whose messages come twice and in any order.

import { createExecutionContext, createMessageBatch, env, evictDurableObject, getQueueResult, SELF } from 'cloudflare:test';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import worker from '../../server/build/index.js';
import { pack, unpackPacket, type Packet } from '../harness/packet.ts';
import { call, freshRoom, guest, Line, type Guest } from './door.ts';

class PacketLine {
  readonly packets: Packet[] = [];
  private readonly socket: WebSocket;
  private at = 0;

  private constructor(socket: WebSocket) {
    this.socket = socket;
    socket.binaryType = 'arraybuffer';
    socket.addEventListener('message', ({ data }) => this.packets.push(unpackPacket(Buffer.from(data as ArrayBuffer))));
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
  const deliver = async (bodies: unknown[]): Promise<{ explicitAcks: string[] }> => {
    const messages = bodies.map((body, n) => ({ id: `${n}-${crypto.randomUUID()}`, timestamp: new Date(1_795_000_000_000), attempts: 1, body }));
    const batch = createMessageBatch('wasmchannel', messages as any);
    const context = createExecutionContext();
    await (worker as any).queue?.(batch, env, context) ?? undefined;
    return (await getQueueResult(batch, context)) as any;
  };
  const rows = async (room: string): Promise<any[]> =>
    ((await (env as any).DB.prepare('SELECT * FROM messages WHERE room_id = ?').bind(room).all()) as any).results;
  const message = (room: string, seq: number, kind: string, more: object) => ({ v: 1, log: `rm:${room}`, epoch: '9f31c0aa', seq, kind, id: `m-${seq}`, actor: 'u_mia', name: 'Mia', ts: 1_795_000_000_000 + seq, ...more });

  beforeAll(() => expect(typeof (worker as any).queue === 'function' || typeof (worker as any).prototype?.queue === 'function').toBe(true));

  test('what comes twice or in another order ends in the same row', async () => {
    const room = freshRoom();
    const said = message(room, 1, 'chat', { body: { content: 'first' } });
    const edited = message(room, 2, 'edit', { target: 1, body: { messageId: 'm-1', content: 'second' } });
    const again = message(room, 3, 'edit', { target: 1, body: { messageId: 'm-1', content: 'third' } });
    const liked = message(room, 4, 'reaction', { target: 1, reactions: [{ reaction: 'like', count: 1, users: ['u_mia'] }], body: { messageId: 'm-1' } });
    for (const order of [[said, edited, again, liked], [liked, again, edited, said], [again, said, said, edited], [liked]]) {
      const result = await deliver(order);
      expect(result.explicitAcks.length).toBe(order.length);
    }
    const [row, ...others] = await rows(room);
    expect(others).toEqual([]);
    expect([row.id, row.content, row.client_id, JSON.parse(row.reactions).length, row.deleted_at]).toEqual([`${room}:1`, 'third', 'm-1', 1, null]);
    await deliver([message(room, 5, 'delete', { target: 1, body: { messageId: 'm-1' } }), edited, liked]);
    const [gone] = await rows(room);
    expect([gone.content, gone.reactions, gone.deleted_at]).toEqual(['', '[]', 1_795_000_000_005]);
  });

  test('what nobody of us wrote is not repeated for ever', async () => {
    const result = await deliver([{ hello: 'world' }, 'text', message('x', 1, 'nudge', { body: {} })]);
    expect(result.explicitAcks.length).toBe(3);
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
