// Hibernation of the objects behind the other doors (hopeflow.md 3.2, livestore.md 8). After a sleep the object still has its sockets, its
// filters, its head and the position of each client.

import { env, evictDurableObject, runInDurableObject, SELF } from 'cloudflare:test';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { PATIENCE_MS, at, Socket, token } from './door.ts';

const BASE = 'http://127.0.0.1';
const sleep = (binding: string, name: string) => {
  const namespace = (env as any)[binding] as DurableObjectNamespace;
  return evictDurableObject(namespace.get(namespace.idFromName(name)));
};

describe('a channel of HopeFlow that slept', () => {
  const publish = async (userId: string, type: string, payload?: unknown) => {
    const headers = { authorization: await token({ userId: 'p' }), 'content-type': 'application/json' };
    return (await SELF.fetch(`${BASE}/publish`, { method: 'POST', headers, body: JSON.stringify({ userId, type, payload }) })).json<any>();
  };
  const subscribe = async (device: Socket, ...filters: unknown[]) => {
    device.json({ type: 'subscribe', filters });
    device.text('ping');
    expect(await device.next()).toBe('pong');
  };
  const answered = async (device: Socket, userId: string, type: string, payload?: unknown) => {
    const waiting = publish(userId, type, payload);
    const { envelopeId } = await device.nextJson();
    device.json({ type: 'ack', envelopeId, result: type });
    expect(await waiting).toEqual({ clientCount: 1, results: [type] });
  };

  test('keeps its filters, few or many; subscribe adds, unsubscribe removes only its own', async () => {
    for (const value of ['v', 'v'.repeat(1_000)]) {
      const user = crypto.randomUUID();
      const device = await Socket.open('/', { authorization: await token({ userId: user }) });
      await subscribe(device, ...['a', 'b', 'c'].map((type) => ({ type, key: value })));
      await sleep('HOPEFLOW_REALTIME', `user:${user}`);
      await answered(device, user, 'a', { key: value });
      await sleep('HOPEFLOW_REALTIME', `user:${user}`);
      await subscribe(device, { type: 'd' });
      device.json({ type: 'unsubscribe', filters: [{ type: 'b', key: value }] });
      device.text('ping');
      await device.next();
      await sleep('HOPEFLOW_REALTIME', `user:${user}`);
      expect(await publish(user, 'b', { key: value })).toEqual({ clientCount: 0, results: [] });
      for (const type of ['a', 'c', 'd']) await answered(device, user, type, { key: value });
      expect(device.rest()).toEqual([]);
      device.close();
    }
  });

  test('keeps who slept beyond the end of their token', async () => {
    const user = crypto.randomUUID();
    const exp = Math.floor(Date.now() / 1_000) + 60;
    onTestFinished(() => void vi.useRealTimers());
    const authorization = await token({ userId: user, exp });
    const device = await Socket.open('/', { authorization });
    await subscribe(device, { type: 'm' });
    await sleep('HOPEFLOW_REALTIME', `user:${user}`);
    at(exp * 1_000 + 500);
    await answered(device, user, 'm');
    await sleep('HOPEFLOW_REALTIME', `user:${user}`);
    await answered(device, user, 'm');
    expect(device.closed).toBeUndefined();
    expect((await SELF.fetch(`${BASE}/`, { headers: { authorization, upgrade: 'websocket' } })).status).toBe(401);
    device.close();
  });

  test('what is too much for it pushes the oldest out, and a line says which', async () => {
    const user = crypto.randomUUID();
    const headers = { authorization: await token({ userId: user }), 'content-type': 'application/json' };
    const payload = 'x'.repeat(1_000_000);
    const store = async () => {
      const body = JSON.stringify({ userId: user, type: 'm', payload, durable: true });
      return (await (await SELF.fetch(`${BASE}/publish`, { method: 'POST', headers, body })).json()) as any;
    };
    const lines: any[] = [];
    const log = vi.spyOn(console, 'log').mockImplementation((line) => {
      if (String(line).includes('"event":"envelope_dropped"')) lines.push(JSON.parse(line));
    });
    const first = await store();
    try {
      // The limit is 16 MiB.
      for (let n = 2; n <= 16; n += 1) expect((await store()).seq).toBe(n);
      expect(lines).toEqual([]);
      expect((await store()).seq).toBe(17);
      await vi.waitUntil(() => lines.length > 0, { timeout: PATIENCE_MS, interval: 5 });
    } finally {
      log.mockRestore();
    }
    expect(lines.map(({ seq, envelopeId }) => [seq, envelopeId])).toEqual([[1, first.envelopeId]]);
    expect(JSON.stringify(lines)).not.toContain(user);
  });

  test('knows which envelopes a resumed device has', async () => {
    const user = crypto.randomUUID();
    const headers = { authorization: await token({ userId: user }), 'content-type': 'application/json' };
    const publishDurable = (payload: unknown) =>
      SELF.fetch(`${BASE}/publish`, { method: 'POST', headers, body: JSON.stringify({ userId: user, type: 'm', durable: true, payload }) }).then((answer) => answer.json());
    await publishDurable(1);
    await publishDurable(2);
    const device = await Socket.open('/?since=1', { ...headers, 'sec-websocket-protocol': 'hopeflow.v2' });
    const { epoch, head } = await device.nextJson();
    expect(head).toBe(2);
    await sleep('HOPEFLOW_REALTIME', `user:${user}`);
    device.json({ type: 'subscribe', filters: [{ type: 'm' }] });
    expect((await device.nextJson()).type).toBe('subscribed');
    expect((await device.nextJson()).payload).toBe(2);
    await sleep('HOPEFLOW_REALTIME', `user:${user}`);
    const other = await Socket.open('/', { ...headers, 'sec-websocket-protocol': 'hopeflow.v2' });
    expect(await other.nextJson()).toMatchObject({ epoch, head: 2 });
    device.close();
    other.close();
  });
});

test('a wait ends with 503 when its object dies, and the key leads to the same envelope afterwards', async () => {
  const user = crypto.randomUUID();
  const device = await Socket.open('/', { authorization: await token({ userId: user }) });
  device.json({ type: 'subscribe', filters: [{ type: 'm' }] });
  device.text('ping');
  expect(await device.next()).toBe('pong');
  const headers = { authorization: await token({ userId: 'p' }), 'content-type': 'application/json', 'idempotency-key': 'k' };
  const body = JSON.stringify({ userId: user, type: 'm', payload: 1, durable: true });
  const waiting = SELF.fetch(`${BASE}/publish`, { method: 'POST', headers, body });
  const { envelopeId } = await device.nextJson();
  const channel = (env as any).HOPEFLOW_REALTIME as DurableObjectNamespace;
  await runInDurableObject(channel.get(channel.idFromName(`user:${user}`)), (_, state) => state.abort('it dies')).catch(() => undefined);
  const answer = await waiting;
  expect([answer.status, await answer.json()]).toEqual([503, { error: 'Service Unavailable' }]);
  const again = await SELF.fetch(`${BASE}/publish`, { method: 'POST', headers, body });
  expect([again.status, again.headers.get('idempotent-replay'), (await again.json<any>()).envelopeId]).toEqual([200, 'true', envelopeId]);
});

test('durable publishes count also after a sleep', async () => {
  const user = crypto.randomUUID();
  const headers = { authorization: await token({ userId: 'p' }), 'content-type': 'application/json' };
  const publishDurable = async () => {
    const answer = await SELF.fetch(`${BASE}/publish`, { method: 'POST', headers, body: JSON.stringify({ userId: user, durable: true }) });
    // The answer comes from the object itself, which cannot sleep before the answer has been read.
    await answer.text();
    return answer.status;
  };
  for (let n = 0; n < 60; n += 1) expect(await publishDurable()).toBe(200);
  await sleep('HOPEFLOW_REALTIME', `user:${user}`);
  expect(await publishDurable()).toBe(429);
});

describe('a LiveStore store that slept', () => {
  const events = (parent: number, count: number, clientId = 'c') =>
    Array.from({ length: count }, (_, at) => ({ name: 'n', args: { at }, seqNum: parent + at + 1, parentSeqNum: parent + at, clientId, sessionId: 's' }));
  const open = (store: string, payload?: unknown, address = '203.0.113.1') =>
    Socket.open(`/websocket?storeId=${store}${payload === undefined ? '' : `&payload=${encodeURIComponent(encodeURIComponent(JSON.stringify(payload)))}`}`, { 'cf-connecting-ip': address });
  const push = async (socket: Socket, batch: unknown[]) => {
    socket.json({ _tag: 'WSMessage.PushReq', requestId: 'p', batch });
    return socket.nextJson();
  };
  const seqs = (message: any) => message.batch.map((item: any) => item.eventEncoded.seqNum);

  test('keeps its head, its sockets and what each has missed', async () => {
    const store = crypto.randomUUID();
    const writer = await open(store);
    expect(await push(writer, events(0, 5))).toEqual({ _tag: 'WSMessage.PushAck', requestId: 'p' });
    expect(seqs(await writer.nextJson())).toEqual([1, 2, 3, 4, 5]);
    // These clients never pull. One says little about itself, the other one much.
    const resumed = [await open(store), await open(store, { note: 'x'.repeat(4_000) })];
    await sleep('WEBSOCKET_SERVER', `ls:${store}`);
    for (const socket of resumed) {
      expect((await push(socket, events(3, 1, 'other'))).message).toBe('Invalid parent event number. Received e3 but expected e5');
      expect(seqs(await socket.nextJson())).toEqual([4, 5]);
    }
    await sleep('WEBSOCKET_SERVER', `ls:${store}`);
    // The missed events are sent only once; from now on the clients get every broadcast.
    expect((await push(resumed[0]!, events(3, 1, 'other'))).message).toBe('Invalid parent event number. Received e3 but expected e5');
    expect((await push(writer, events(5, 1)))._tag).toBe('WSMessage.PushAck');
    for (const socket of [writer, ...resumed]) expect(seqs(await socket.nextJson())).toEqual([6]);
    await sleep('WEBSOCKET_SERVER', `ls:${store}`);
    writer.json({ _tag: 'WSMessage.PullReq', requestId: 'q', cursor: 4 });
    expect(seqs(await writer.nextJson())).toEqual([5, 6]);
    for (const socket of [writer, ...resumed]) {
      expect(socket.rest()).toEqual([]);
      socket.close();
    }
  });

  test('tells of a failed write in general words, has nothing of it, and goes on', async () => {
    const store = crypto.randomUUID();
    const namespace = (env as any).WEBSOCKET_SERVER as DurableObjectNamespace;
    const inStore = (query: string) =>
      runInDurableObject(namespace.get(namespace.idFromName(`ls:${store}`)), async (_, state) => void state.storage.sql.exec(query));
    const [writer, reader] = [await open(store), await open(store)];
    expect((await push(writer, events(0, 2)))._tag).toBe('WSMessage.PushAck');
    for (const socket of [writer, reader]) expect(seqs(await socket.nextJson())).toEqual([1, 2]);
    // The second row of the batch fails, so the first one must not stay.
    await inStore("CREATE TRIGGER no BEFORE INSERT ON eventlog_7 WHEN new.seqNum = 4 BEGIN SELECT RAISE(ABORT, 'secret words'); END");
    expect(await push(writer, events(2, 3))).toEqual({ _tag: 'WSMessage.Error', requestId: 'p', message: 'Internal error' });
    await inStore('DROP TRIGGER no');
    reader.json({ _tag: 'WSMessage.PullReq', requestId: 'q' });
    expect(seqs(await reader.nextJson())).toEqual([1, 2]);
    expect((await push(writer, events(2, 3)))._tag).toBe('WSMessage.PushAck');
    for (const socket of [writer, reader]) {
      expect(seqs(await socket.nextJson())).toEqual([3, 4, 5]);
      expect(socket.rest()).toEqual([]);
      expect(socket.closed).toBeUndefined();
      socket.close();
    }
  });

  test('too many wrong admin secrets from an address close all stores to it, whoever slept in between', async () => {
    const sent = async (socket: Socket, adminSecret: string) => {
      socket.json({ _tag: 'WSMessage.AdminInfoReq', requestId: 'i', adminSecret });
      return (await socket.nextJson())._tag;
    };
    const [first, second] = [crypto.randomUUID(), crypto.randomUUID()];
    const one = await open(first, undefined, '198.51.100.7');
    expect(await sent(one, 'for tools')).toBe('WSMessage.AdminInfoRes');
    for (let n = 0; n < 3; n += 1) expect(await sent(one, `guess ${n}`)).toBe('WSMessage.Error');
    await sleep('WEBSOCKET_SERVER', `ls:${first}`);
    const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode('198.51.100.7')));
    await sleep('GATE', `gate:${digest[0]!.toString(16).padStart(2, '0')}`);
    expect(await sent(one, 'for tools'), 'right ones are not counted').toBe('WSMessage.AdminInfoRes');
    const two = await open(second, undefined, '198.51.100.7');
    for (let n = 3; n < 5; n += 1) expect(await sent(two, `guess ${n}`)).toBe('WSMessage.Error');
    for (const socket of [one, two]) expect(await sent(socket, 'for tools')).toBe('WSMessage.Error');
    const other = await open(second, undefined, '198.51.100.8');
    expect(await sent(other, 'for tools')).toBe('WSMessage.AdminInfoRes');
    for (const socket of [one, two, other]) socket.close();
  });

  test('knows its clients by name', async () => {
    const store = crypto.randomUUID();
    const writer = await open(store);
    await push(writer, events(0, 2));
    const first = await open(store, { clientId: 'phone' });
    first.json({ _tag: 'WSMessage.PullReq', requestId: 'q' });
    expect(seqs(await first.nextJson())).toEqual([1, 2]);
    first.close();
    await push(writer, events(2, 2));
    await sleep('WEBSOCKET_SERVER', `ls:${store}`);
    const again = await open(store, { clientId: 'phone' });
    expect(seqs(await again.nextJson())).toEqual([3, 4]);
    writer.close();
    again.close();
  });
});
