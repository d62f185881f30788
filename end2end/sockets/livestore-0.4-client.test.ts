// The unmodified client of LiveStore 0.4 (npm, versions pinned in end2end/clients/livestore-0.4/package.json) with its real store, over both
// transports and beside the client of 0.3.1. Commits wait for each other: two stores that commit within some milliseconds break the
// published client by themselves (livestore-0.4.md 8).

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { JWT_SECRET, token } from '../harness/jwt.ts';
import { chain, freshStore, ids, proxied, RealStore, storesFolder, Wire, type ClientOptions } from '../harness/livestore.ts';
import { RpcWire, STORED } from '../harness/livestore_rpc.ts';
import { onOwnServer, onPooledServer } from '../harness/suite.ts';
import { moment, until } from '../harness/wait.ts';

const ADMIN_SECRET = 'admin-secret-1';
const server = await onOwnServer({ JWT_SECRET, ADMIN_SECRET });
const base = server.base;
const folder = await storesFolder();

const url = base.replace('http', 'ws');
const open = (storeId: string, clientId: string, more: Partial<ClientOptions> = {}) =>
  RealStore.start({ url, storeId, clientId, version: '0.4', transport: 'ws', pollMs: 500, ...more });
const stop = (...stores: RealStore[]) => Promise.all(stores.map((store) => store.stop()));

/** Returns the log of a store as `seqNum` and the id of each todo. */
async function log(storeId: string): Promise<[number, string][]> {
  const wire = await RpcWire.to(base, storeId);
  const events = await wire.all();
  await wire.close();
  return events.map((event) => [event.seqNum, (event.args as { id: string }).id]);
}

/** Waits until the log of a store holds `count` events. */
async function stored(storeId: string, count: number): Promise<void> {
  const wire = await RpcWire.to(base, storeId);
  await wire.pull({ live: true }).upTo(count);
  await wire.close();
}

/** Has one store after the other write and all others hear of it. */
async function takeTurns(stores: RealStore[], rounds: number): Promise<string> {
  const written: string[] = [];
  for (let round = 0; round < rounds; round += 1) {
    for (const [n, store] of stores.entries()) {
      written.push(`${round}-${n}`);
      await store.create({ id: written.at(-1)!, text: 'x' });
      for (const other of stores) await other.has(`what store ${n} wrote`, (rows) => ids(rows) === written.join());
    }
  }
  return written.join();
}

describe('the real client of LiveStore 0.4', () => {
  test('two stores of 0.4 have what either writes', async () => {
    const storeId = freshStore();
    const [a, b] = await Promise.all([open(storeId, 'a'), open(storeId, 'b')]);
    await a.create({ id: '1', text: 'Milk' });
    await b.has('the todo of a', (rows) => ids(rows) === '1');
    await b.create({ id: '2', text: 'Bread' });
    await a.has('the todo of b', (rows) => ids(rows) === '1,2');
    await b.ask({ do: 'rename', id: '1', text: 'Oat milk' });
    await a.has('the new name', (rows) => rows[0]!.text === 'Oat milk');
    const late = await open(storeId, 'late');
    await late.has('everything, from the beginning', (rows) => ids(rows) === '1,2' && rows[0]!.text === 'Oat milk');
    assert.deepEqual((await log(storeId)).map(([seqNum]) => seqNum), [1, 2, 3]);
    await stop(a, b, late);
  });

  test('sockets, HTTP and the client of 0.3.1 meet in one store at the same time @night', async () => {
    const storeId = freshStore();
    const stores = await Promise.all([open(storeId, 'ws'), open(storeId, 'http', { transport: 'http' }), open(storeId, 'old', { version: '0.3.1' })]);
    const written = await takeTurns(stores, 2);
    assert.equal((await log(storeId)).map(([, id]) => id).join(), written);
    await stop(...stores);
  });

  test('odd args come back to 0.4 as they were @night', async () => {
    const storeId = freshStore();
    const [a, b] = await Promise.all([open(storeId, 'a'), open(storeId, 'b', { transport: 'http' })]);
    const data = { z: 1, a: { y: [1e21, 5e-324, 0.30000000000000004, 123456789012345680000], b: null }, '10': 1, '9': 2, text: '\u0000\ud800 \u{1f600} \u2028 "\\' };
    for (const [store, other, id] of [[a, b, '1'], [b, a, '2']] as const) {
      await store.create({ id, text: 'odd', data });
      await other.has(`the todo ${id}`, (rows) => rows.some((row) => row.id === id));
      // A store that mistakes its own event for a foreign one applies it twice and fails on the primary key.
      for (const each of [a, b]) assert.deepEqual((await each.rows()).find((row) => row.id === id)!.data, JSON.stringify(data));
    }
    // Absent args stay absent: a store that got null would take its own event for a foreign one.
    await a.create({ id: '3', text: 'without data' });
    await b.has('the todo without data', (rows) => ids(rows) === '1,2,3' && rows[2]!.data === null);
    await stop(a, b);
  });

  test('two stores of 0.4 that wrote without a network agree when it is back @night', async () => {
    const storeId = freshStore();
    const { proxy, url } = await proxied(server.port);
    const [a, b] = await Promise.all([open(storeId, 'a', { url }), open(storeId, 'b', { url })]);
    await a.create({ id: '1', text: 'seen by both' });
    await b.has('the first', (rows) => ids(rows) === '1');
    proxy.set('cut');
    await a.create({ id: '2', text: 'of a' });
    await b.create({ id: '3', text: 'of b' });
    proxy.set('fine');
    for (const store of [a, b]) await store.has('all three', (rows) => ids(rows) === '1,2,3');
    await stored(storeId, 3);
    await a.create({ id: '4', text: 'and on' });
    await b.has('what came after', (rows) => ids(rows) === '1,2,3,4');
    assert.equal((await log(storeId)).length, 4);
    await stop(a, b);
  });

  test('an acknowledgement of 0.4 is lost with its connection: the store goes on by itself, and all is there once @night', async () => {
    const storeId = freshStore();
    const { proxy, url } = await proxied(server.port);
    const a = await open(storeId, 'a', { url });
    await a.create({ id: '1', text: 'before' });
    await stored(storeId, 1);
    proxy.deafenSockets();
    await a.create({ id: '2', text: 'stored' }, { id: '3', text: 'stored too' });
    await stored(storeId, 3);
    const opened = proxy.socketsOpened;
    proxy.set('cut');
    proxy.set('fine');
    await until('it has come back', () => proxy.socketsOpened > opened);
    await a.create({ id: '4', text: 'after' });
    await stored(storeId, 4);
    const late = await open(storeId, 'late');
    for (const store of [a, late]) await store.has('all of it, once', (rows) => ids(rows) === '1,2,3,4');
    assert.deepEqual((await log(storeId)).map(([, id]) => id), ['1', '2', '3', '4']);
    await stop(a, late);
  });

  test('a reset is noticed by 0.4: it drops its log, ends, and begins anew @night', async () => {
    const storeId = freshStore();
    const directory = join(folder, storeId);
    const a = await open(storeId, 'a', { directory });
    await a.create({ id: '1', text: 'of the old log' });
    await stored(storeId, 1);
    const tool = await Wire.to(base, storeId);
    tool.json({ _tag: 'WSMessage.AdminResetRoomReq', requestId: 'x', adminSecret: ADMIN_SECRET });
    assert.equal((await tool.nextThat((message) => message.requestId === 'x'))._tag, 'WSMessage.AdminResetRoomRes');
    assert.equal(await a.end(), 'ended with 3', a.output());
    const again = await open(storeId, 'a', { directory });
    assert.deepEqual(await again.rows(), []);
    await again.create({ id: '2', text: 'of the new log' });
    await stored(storeId, 1);
    assert.deepEqual(await log(storeId), [[1, '2']]);
    await stop(again);
  });

  test('a token in the payload of 0.4 opens the stores it names, over both transports @night', async () => {
    const own = await onPooledServer({ JWT_SECRET, LIVESTORE_AUTH: 'jwt' }, true);
    const storeId = freshStore();
    const payload = { authToken: token({ stores: [storeId] }), note: 'tok en/ä' };
    const more = { url: own.base.replace('http', 'ws'), payload };
    await takeTurns(await Promise.all([open(storeId, 'a', more), open(storeId, 'b', { ...more, transport: 'http' })]), 1);
  });

  test('a store of 0.4 on disk that was closed goes on where it was @night', async () => {
    for (const transport of ['ws', 'http'] as const) {
      const storeId = freshStore();
      const directory = join(folder, storeId);
      const first = await open(storeId, 'a', { directory, transport });
      await first.create({ id: '1', text: 'kept' });
      const other = await open(storeId, 'b');
      await other.has('the todo', (rows) => rows.length === 1);
      await first.stop();
      await other.create({ id: '2', text: 'while away' });
      await stored(storeId, 2);
      const again = await open(storeId, 'a', { directory, transport });
      await again.has('both', (rows) => ids(rows) === '1,2');
      await again.create({ id: '3', text: 'back' });
      await other.has('all three', (rows) => ids(rows) === '1,2,3');
      await stop(again, other);
    }
  });

  test('a half-open connection of 0.4 that the client drops itself is healed @night', async () => {
    const storeId = freshStore();
    const { proxy, url } = await proxied(server.port);
    const [a, b] = [await open(storeId, 'a', { url, pingMs: 1_000 }), await open(storeId, 'b')];
    await a.create({ id: '1', text: 'before' });
    await b.has('the first', (rows) => ids(rows) === '1');
    proxy.freezeSockets();
    await a.create({ id: '2', text: 'into silence' });
    await b.create({ id: '3', text: 'meanwhile' });
    // On its next socket the client sends only pings, until the server closes it (livestore-0.4.md 9).
    for (const store of [a, b]) await store.has('all three', (rows) => ids(rows) === '1,2,3', 180_000);
    await a.create({ id: '4', text: 'and on' });
    await b.has('what came after', (rows) => ids(rows) === '1,2,3,4');
    await stop(a, b);
  });

  test('kills at many moments while 0.4 pushes: what is there is the beginning of what it wrote, and at last all of it @night', async () => {
    const storeId = freshStore();
    const written: string[] = [];
    const [store, many] = [await open(storeId, 'a', { directory: join(folder, storeId) }), 120];
    // The kills fall before, into or after the pushes, and twice into the moment in which others hear of the first one.
    for (const [round, waitMs] of [0, 4, 15, 40, 150, 'heard', 'heard'].entries()) {
      const wire = waitMs === 'heard' ? await RpcWire.to(base, storeId) : undefined;
      const live = await wire?.live();
      const fresh = Array.from({ length: many }, (_, n) => `${round}-${String(n).padStart(3, '0')}`);
      written.push(...fresh);
      await store.create(...fresh.map((id) => ({ id, text: 'x' })));
      if (live) await live.next();
      else await moment(Date.now() + Number(waitMs));
      await server.killRuntime();
      const there = (await log(storeId)).map(([, id]) => id);
      assert.deepEqual(there, written.slice(0, there.length));
      assert.ok(there.length >= round * many + (live ? 1 : 0), 'what was acknowledged before, and what others have heard');
      await stored(storeId, written.length);
    }
    const late = await open(storeId, 'late');
    for (const one of [store, late]) await one.has('all of it, once', (rows) => ids(rows) === written.join());
    assert.deepEqual(await log(storeId), written.map((id, at) => [at + 1, id]));
    await stop(store, late);
  });

  test('10,000 events reach the stores of 0.4 over both transports @night', async () => {
    const [storeId, count] = [freshStore(), 10_000];
    const writer = await RpcWire.to(base, storeId);
    const todo = (n: number) => ({ id: String(n).padStart(6, '0'), text: `todo ${n}` });
    for (let head = 0; head < count; head += 1_000) {
      const batch = chain(head, 1_000, 'c', todo).map((event) => ({ ...event, name: 'v1.TodoCreated' }));
      assert.deepEqual(await writer.push(batch), STORED);
    }
    for (const transport of ['ws', 'http'] as const) {
      const store = await RealStore.start({ url, storeId, clientId: transport, version: '0.4', transport, pollMs: 500 }, 600_000);
      await until('it has all events', async () => (await store.count()) >= count);
      await store.create({ id: `x-${transport}`, text: 'and it writes on' });
      await stored(storeId, transport === 'ws' ? count + 1 : count + 2);
      await store.stop();
    }
  });
});
