// The unmodified client of LiveStore (npm, versions pinned in end2end/package.json) with its real store, each in a process of its own. The
// client syncs, has conflicts, and loses its network, its server and its acknowledgements. In the end all stores have the same rows.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { setFlags } from '../harness/admin.ts';
import { Api } from '../harness/api.ts';
import { JWT_SECRET, token } from '../harness/jwt.ts';
import { send } from '../harness/http.ts';
import { chain, eventsOf, freshStore, ids, proxied, RealStore, storesFolder, Wire } from '../harness/livestore.ts';
import { onOwnServer, onPooledServer } from '../harness/suite.ts';
import { moment, until } from '../harness/wait.ts';

const ADMIN = 'an admin token of the tests, long enough';
const server = await onOwnServer({ JWT_SECRET, ADMIN_TOKEN: ADMIN });
const base = server.base;
const url = base.replace('http', 'ws');
const folder = await storesFolder();

const open = (storeId: string, clientId: string, more: Record<string, unknown> = {}) => RealStore.start({ url, storeId, clientId, ...more });
const pulled = async (storeId: string) => {
  const wire = await Wire.to(base, storeId);
  const events = eventsOf(await wire.pull());
  await wire.close();
  return events;
};

describe('the real LiveStore client', () => {
  test('two stores have what either writes, odd args as they were', async () => {
    const storeId = freshStore();
    const [a, b] = await Promise.all([open(storeId, 'a'), open(storeId, 'b')]);
    const data = { z: 1, a: { y: [1e21, 5e-324, 0.30000000000000004, 123456789012345680000], b: null }, '10': 1, '9': 2, text: '\u0000\ud800 \u{1f600} \u2028 "\\' };
    await a.create({ id: '1', text: 'Milk', data });
    await b.has('the todo of a', (rows) => ids(rows) === '1');
    assert.equal((await b.rows())[0]!.data, JSON.stringify(data));
    await b.create({ id: '2', text: 'Bread' });
    await b.ask({ do: 'rename', id: '1', text: 'Oat milk' });
    // A store that mistakes its own event for a foreign one applies it twice and fails on the primary key.
    await a.has('what b did', (rows) => ids(rows) === '1,2' && rows[0]!.text === 'Oat milk');
    const late = await open(storeId, 'late');
    await late.has('everything, from the beginning', (rows) => ids(rows) === '1,2');
    await Promise.all([a.stop(), b.stop(), late.stop()]);
    assert.deepEqual((await pulled(storeId)).map((event) => [event.seqNum, event.parentSeqNum]), [[1, 0], [2, 1], [3, 2]]);
  });

  test('stores that write at the same moment end with the same rows @night', async () => {
    const storeId = freshStore();
    const stores = await Promise.all(['a', 'b', 'c'].map((client) => open(storeId, client)));
    const rounds = 5;
    for (let round = 0; round < rounds; round += 1) {
      await Promise.all(stores.map((store, n) => store.create({ id: `${n}-${round}-x`, text: 'x' }, { id: `${n}-${round}-y`, text: 'y' })));
    }
    const total = stores.length * rounds * 2;
    for (const store of stores) await store.has(`${total} rows`, (rows) => rows.length === total);
    const events = await pulled(storeId);
    assert.deepEqual(events.map((event) => event.seqNum), Array.from({ length: total }, (_, n) => n + 1));
    await Promise.all(stores.map((store) => store.stop()));
  });

  test('a store on disk that was closed goes on where it was', async () => {
    const storeId = freshStore();
    const directory = join(folder, storeId);
    const first = await open(storeId, 'a', { directory });
    await first.create({ id: '1', text: 'kept' });
    const other = await open(storeId, 'b');
    await other.has('the todo', (rows) => rows.length === 1);
    await first.stop();
    await other.create({ id: '2', text: 'while away' });
    const again = await open(storeId, 'a', { directory });
    await again.has('both', (rows) => ids(rows) === '1,2');
    await again.create({ id: '3', text: 'back' });
    await other.has('all three', (rows) => ids(rows) === '1,2,3');
    await Promise.all([again.stop(), other.stop()]);
  });

  test('the server is killed: nothing acknowledged is lost, and the stores go on @night', async () => {
    const storeId = freshStore();
    // The clients name themselves, because a client that comes back does not pull. The server helps only a known client (livestore.md 9.3
    // c).
    const [a, b] = await Promise.all(['a', 'b'].map((clientId) => open(storeId, clientId, { payload: { clientId } })));
    if (!a || !b) throw new Error('two stores');
    await a.create({ id: '1', text: 'before' });
    await b.has('the first', (rows) => rows.length === 1);
    const wire = await Wire.to(base, storeId);
    assert.equal((await wire.push([{ ...chain(1, 1)[0]!, name: 'v1.TodoCreated', args: { id: '2', text: 'acknowledged' } }]))._tag, 'WSMessage.PushAck');
    // A server that dies cannot know whether the last frame on a socket has arrived (livestore.md 9.3 c).
    await Promise.all([a, b].map((store) => store.has('what was acknowledged', (rows) => ids(rows) === '1,2')));
    await server.killRuntime();
    assert.equal((await pulled(storeId)).length, 2);
    await a.create({ id: '3', text: 'after' });
    await b.has('what came after', (rows) => ids(rows) === '1,2,3');
    await Promise.all([a.stop(), b.stop()]);
  });

  test('a client is killed between the acknowledgement and the broadcast: it starts again and pushes on @night', async () => {
    const storeId = freshStore();
    const directory = join(folder, storeId);
    const { proxy, url } = await proxied(server.port);
    const first = await open(storeId, 'a', { url, directory });
    // Answers to the client get lost; its own messages arrive.
    proxy.deafenSockets();
    await first.create({ id: '1', text: 'stored' }, { id: '2', text: 'stored too' });
    const wire = await Wire.to(base, storeId);
    let events = eventsOf(await wire.pull());
    while (events.length < 2) events = [...events, ...eventsOf([await wire.nextThat((message) => message._tag === 'WSMessage.PullRes')])];
    first.kill9();
    const again = await open(storeId, 'a', { directory });
    await again.create({ id: '3', text: 'new' });
    await wire.nextThat((message) => message.batch?.[0]?.eventEncoded.seqNum === 3);
    await again.has('three rows', (rows) => ids(rows) === '1,2,3');
    assert.equal((await pulled(storeId)).length, 3);
    await again.stop();
  });

  // The server cannot tell if a client has received its acknowledgement. A client that missed one waits for it until it is opened again
  // (livestore.md 9.2), and works on its own until then.
  for (const payload of [undefined, { clientId: 'a' }]) {
    test(`an acknowledgement is lost with its connection, and the client lives on${payload ? ', known by its id' : ''}: nothing is lost or doubled${payload ? ' @night' : ''}`, async () => {
      const storeId = freshStore();
      const directory = join(folder, storeId);
      const { proxy, url } = await proxied(server.port);
      const a = await open(storeId, 'a', { url, directory, payload });
      await a.create({ id: '1', text: 'before' });
      await pulledUntil(storeId, 1);
      proxy.deafenSockets();
      await a.create({ id: '2', text: 'stored' }, { id: '3', text: 'stored too' });
      await pulledUntil(storeId, 3);
      const opened = proxy.socketsOpened;
      proxy.set('cut');
      proxy.set('fine');
      await until('it has come back', () => proxy.socketsOpened > opened);
      await a.create({ id: '4', text: 'after' });
      await a.has('what it wrote', (rows) => ids(rows) === '1,2,3,4');
      assert.deepEqual((await pulled(storeId)).slice(0, 3).map((event: any) => event.args.id), ['1', '2', '3'], 'as they were acknowledged');
      await a.stop();
      const again = await open(storeId, 'a', { directory, payload });
      await pulledUntil(storeId, 4);
      const late = await open(storeId, 'late');
      for (const store of [again, late]) await store.has('all of it, once', (rows) => ids(rows) === '1,2,3,4');
      await again.create({ id: '5', text: 'and on' });
      await late.has('what comes after', (rows) => ids(rows) === '1,2,3,4,5');
      assert.deepEqual((await pulled(storeId)).map((event: any) => event.args.id), ['1', '2', '3', '4', '5']);
      await Promise.all([again.stop(), late.stop()]);
    });
  }

  test('the server is killed while a client pushes: what is there is the beginning of what it wrote, and all of it, once, when it was opened again @night', async () => {
    const storeId = freshStore();
    const directory = join(folder, storeId);
    const many = 40;
    const written: string[] = [];
    let store = await open(storeId, 'a', { directory });
    // The kills fall before, into or after the pushes, and twice into the moment in which others hear of the first push.
    for (const [round, waitMs] of [0, 4, 15, 40, 'heard', 'heard'].entries()) {
      const wire = waitMs === 'heard' ? await Wire.to(base, storeId) : undefined;
      await wire?.pull();
      const fresh = Array.from({ length: many }, (_, n) => `${round}-${String(n).padStart(2, '0')}`);
      written.push(...fresh);
      await store.create(...fresh.map((id) => ({ id, text: 'x' })));
      if (wire) await wire.nextThat((message) => message._tag === 'WSMessage.PullRes' && message.batch.length > 0);
      else await moment(Date.now() + Number(waitMs));
      await server.killRuntime();
      const there = (await pulled(storeId)).map((event: any) => event.args.id);
      assert.deepEqual(there, written.slice(0, there.length));
      assert.ok(there.length >= round * many + (wire ? 1 : 0), 'what was acknowledged before, and what others have heard');
      await store.has('what it wrote', (rows) => rows.length === written.length);
      await store.stop();
      store = await open(storeId, 'a', { directory });
      await pulledUntil(storeId, written.length);
    }
    const late = await open(storeId, 'late');
    for (const one of [store, late]) await one.has('all of it, once', (rows) => ids(rows) === written.join());
    const events = await pulled(storeId);
    assert.deepEqual(events.map((event: any) => [event.seqNum, event.args.id]), written.map((id, at) => [at + 1, id]));
    await Promise.all([store.stop(), late.stop()]);
  });

  test('a store that was cut off while others wrote hears of it, even if it did not say who it is @night', async () => {
    for (const payload of [undefined, { clientId: 'a' }]) {
      const storeId = freshStore();
      const { proxy, url } = await proxied(server.port);
      const [a, b] = [await open(storeId, 'a', { url, payload }), await open(storeId, 'b')];
      await b.create({ id: '1', text: 'seen by both' });
      await a.has('the first', (rows) => rows.length === 1);
      proxy.set('cut');
      await b.create({ id: '2', text: 'missed' });
      await pulledUntil(storeId, 2);
      proxy.set('fine');
      // An unnamed client is helped at its first conflict; a named one is helped at once.
      if (payload === undefined) await a.create({ id: '3', text: 'conflict' });
      const expected = payload === undefined ? '1,2,3' : '1,2';
      await a.has(expected, (rows) => ids(rows) === expected);
      await b.has(expected, (rows) => ids(rows) === expected);
      await a.create({ id: '4', text: 'and on' });
      await b.has('what came after', (rows) => ids(rows) === `${expected},4`);
      await Promise.all([a.stop(), b.stop()]);
    }
  });

  test('a token in the payload opens the stores it names', async () => {
    const own = await onPooledServer({ JWT_SECRET, LIVESTORE_AUTH: 'jwt' }, true);
    const storeId = freshStore();
    const payload = { authToken: token({ stores: [storeId] }), note: 'tok en/ä' };
    const store = await open(storeId, 'a', { url: own.base.replace('http', 'ws'), payload });
    await store.create({ id: '1', text: 'allowed' });
    const wire = await Wire.to(own.base, storeId, { payload });
    let events = eventsOf(await wire.pull());
    while (events.length < 1) events = eventsOf([await wire.nextThat((message) => message._tag === 'WSMessage.PullRes')]);
    assert.equal(events.length, 1);
    await store.stop();
  });
});

/** Waits until the server's log of this store holds `count` events. */
async function pulledUntil(storeId: string, count: number): Promise<void> {
  const wire = await Wire.to(base, storeId);
  let seen = eventsOf(await wire.pull()).length;
  while (seen < count) seen += eventsOf([await wire.nextThat((message) => message._tag === 'WSMessage.PullRes')]).length;
  await wire.close();
}

test('who writes while nobody may is heard when it is over, and goes on', async () => {
  const admin = new Api(base, { authorization: `Bearer ${ADMIN}` });
  const storeId = freshStore();
  const [a, b] = await Promise.all([open(storeId, 'a'), open(storeId, 'b')]);
  await a.create({ id: '1', text: 'before' });
  await b.has('what was before', (rows) => ids(rows) === '1');
  await setFlags(admin, { maintenance: true });
  await a.create({ id: '2', text: 'meanwhile' });
  await until('it is felt', async () => (await send(base, 'POST', '/publish', {})).status === 503);
  await a.create({ id: '3', text: 'later' });
  await moment(Date.now() + 1_500);
  assert.equal(ids(await b.rows()).includes('3') || (await pulled(storeId)).length > 2, false);
  await setFlags(admin, { maintenance: null });
  await b.has('all of it', (rows) => ids(rows) === '1,2,3');
  await a.create({ id: '4', text: 'after' });
  await b.has('what comes after', (rows) => ids(rows) === '1,2,3,4');
  await Promise.all([a.stop(), b.stop()]);
});
