// Hibernation of a store with sockets of LiveStore 0.4 (livestore-0.4.md 9): after a sleep the object knows every open pull, where it is
// and if its page was acknowledged, and closes the sockets on which nobody asks.

import { env, evictDurableObject } from 'cloudflare:test';
import { describe, expect, test } from 'vitest';
import { Socket } from './door.ts';

const NONE = { _tag: 'None' };

/** Client with numbered requests. */
class Client {
  readonly store: string;
  readonly socket: Socket;
  private number = 0;

  private constructor(store: string, socket: Socket) {
    this.store = store;
    this.socket = socket;
  }

  static async open(store: string, payload?: unknown): Promise<Client> {
    const of = payload === undefined ? '' : `&payload=${encodeURIComponent(encodeURIComponent(JSON.stringify(payload)))}`;
    return new Client(store, await Socket.open(`/?storeId=${store}${of}&transport=ws`, { 'cf-connecting-ip': '203.0.113.1' }));
  }

  private ask(tag: string, payload: Record<string, unknown>): string {
    const id = String(this.number++);
    this.socket.json({ _tag: 'Request', id, tag: `SyncWsRpc.${tag}`, payload: { storeId: this.store, ...payload }, headers: [] });
    return id;
  }

  /** Pushes events and expects that they are stored. */
  async push(parent: number, count: number): Promise<void> {
    const batch = Array.from({ length: count }, (_, at) => ({ name: 'n', args: { at }, seqNum: parent + at + 1, parentSeqNum: parent + at, clientId: 'c', sessionId: 's' }));
    const requestId = this.ask('Push', { batch, backendId: NONE });
    expect(await this.socket.nextJson()).toEqual({ _tag: 'Exit', requestId, exit: { _tag: 'Success', value: {} } });
  }

  pull(): string {
    return this.ask('Pull', { live: true, cursor: NONE });
  }

  /** Returns the first and the last number of the next page of a pull, and its end. */
  async page(requestId: string): Promise<[number | undefined, number | undefined, string]> {
    const { values, ...frame } = await this.socket.nextJson();
    expect(frame).toEqual({ _tag: 'Chunk', requestId });
    const seqs = values[0].batch.map((item: any) => item.eventEncoded.seqNum);
    return [seqs[0], seqs.at(-1), values[0].pageInfo._tag];
  }

  ack(requestId: string): void {
    this.socket.json({ _tag: 'Ack', requestId });
  }
}

const sleep = (store: string) => {
  const namespace = (env as any).WEBSOCKET_SERVER as DurableObjectNamespace;
  return evictDurableObject(namespace.get(namespace.idFromName(`ls:${store}`)));
};

describe('a store with sockets of LiveStore 0.4 that slept', () => {
  test('goes on with its open pulls, a page that waits for its acknowledgement among them', async () => {
    const store = crypto.randomUUID();
    const writer = await Client.open(store);
    await writer.push(0, 150);
    // The second client says much about itself, so that the state of its socket is stored beside the socket.
    const readers = [await Client.open(store), await Client.open(store, { note: 'x'.repeat(4_000) })];
    for (const reader of readers) expect(await reader.page(reader.pull())).toEqual([1, 100, 'MoreKnown']);
    await sleep(store);
    await writer.push(150, 1);
    await sleep(store);
    for (const reader of readers) {
      expect(reader.socket.rest(), 'the page was not acknowledged').toEqual([]);
      reader.ack('0');
      expect(await reader.page('0')).toEqual([101, 151, 'NoMore']);
      reader.ack('0');
    }
    await sleep(store);
    await writer.push(151, 2);
    for (const reader of readers) {
      expect(await reader.page('0')).toEqual([152, 153, 'NoMore']);
      expect(reader.socket.rest()).toEqual([]);
      reader.socket.close();
    }
    writer.socket.close();
  });

  test('knows the requests that a socket has, and closes it for the acknowledgement of another one', async () => {
    const store = crypto.randomUUID();
    const client = await Client.open(store);
    const id = client.pull();
    expect(await client.page(id)).toEqual([undefined, undefined, 'NoMore']);
    await sleep(store);
    client.ack(id);
    client.socket.json({ _tag: 'Ping' });
    expect(await client.socket.nextJson()).toEqual({ _tag: 'Pong' });
    await sleep(store);
    client.ack('77');
    expect((await client.socket.end()).code).toBe(1012);
  });

  test('closes a socket on which no request came', async () => {
    const store = crypto.randomUUID();
    const [silent, asking] = [await Client.open(store), await Client.open(store)];
    const id = asking.pull();
    expect(await asking.page(id)).toEqual([undefined, undefined, 'NoMore']);
    asking.ack(id);
    await sleep(store);
    expect((await silent.socket.end()).code).toBe(1012);
    await (await Client.open(store)).push(0, 1);
    expect(await asking.page(id)).toEqual([1, 1, 'NoMore']);
    asking.socket.close();
  });
});
