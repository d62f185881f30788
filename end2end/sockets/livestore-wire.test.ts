// livestore.md 2 to 11, 13: the wire protocol of a store, spoken by hand: handshake, one conversation byte by byte, frames that a runtime could
// fail at, admin messages and limits. Batches, chunks and conflicts are laws of `protocol/src/machines/chain`.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { send, upgradeHeaders } from '../harness/http.ts';
import { JWT_SECRET, token } from '../harness/jwt.ts';
import { TextSocket, replyOfRefusal } from '../harness/text_socket.ts';
import { address, chain, eventsOf, freshStore, Wire } from '../harness/livestore.ts';
import { onOwnServer, onPooledServer } from '../harness/suite.ts';

const ADMIN_SECRET = 'admin-secret-1';
const server = await onOwnServer({ JWT_SECRET, ADMIN_SECRET });
const base = server.base;

const PING = '{"_tag":"WSMessage.Ping","requestId":"ping"}';

describe('livestore handshake', { concurrency: true }, () => {
  test('any path that ends in /websocket and belongs to nobody else', async () => {
    const storeId = freshStore();
    for (const prefix of ['', '/base', '/a/b%20c/d']) {
      const wire = await Wire.to(base, storeId, { prefix });
      assert.deepEqual((await wire.pull())[0].batch, []);
      await wire.close();
    }
    for (const path of [`/websocket/${address('s').slice(10)}`, `/websockets${address('s').slice(10)}`]) {
      assert.equal((await send(base, 'GET', path, { headers: upgradeHeaders() })).status, 404, path);
    }
    const other = await send(base, 'POST', '/base/websocket?storeId=s');
    assert.equal(other.status, 405);
    assert.match(String(other.headers['allow']), /\bGET\b/);
  });

  test('what cannot be used is refused with its reason before the upgrade', async () => {
    for (const path of ['/websocket', '/websocket?storeId=a&payload=%257B']) {
      for (const reply of [await replyOfRefusal(base, path), await send(base, 'GET', path)]) {
        assert.equal(reply.status, 400, path);
        assert.ok(reply.text.startsWith('Invalid search params: '), `${path}: ${reply.text}`);
        assert.match(String(reply.headers['content-type']), /^text\/plain/);
        assert.equal(reply.headers['access-control-allow-origin'], undefined);
      }
    }
    const plain = await send(base, 'GET', '/websocket?storeId=a');
    assert.deepEqual([plain.status, plain.text], [426, 'Durable Object expected Upgrade: websocket']);
    const upper = await send(base, 'GET', '/websocket?storeId=a', { headers: { ...upgradeHeaders(), upgrade: 'WebSocket' } });
    assert.equal(upper.status, 101);
  });

  test('a token in a payload must be good even where none is needed', async () => {
    const storeId = freshStore();
    const foreign = token({ stores: ['*'] }, { secret: 'another secret of the tests, 32 bytes' });
    const reply = await replyOfRefusal(base, address(storeId, { authToken: foreign }));
    assert.deepEqual([reply.status, reply.text], [400, 'Invalid payload: authToken is not valid']);
    await Wire.to(base, storeId, { payload: { authToken: token({}) } });
    await Wire.to(base, storeId, { payload: { authToken: token({ stores: ['s-*'] }) } });
    assert.equal((await replyOfRefusal(base, address(storeId, { authToken: token({ stores: ['another'] }) }))).status, 400);
  });

  test('closing is answered with the same code', async () => {
    for (const [sent, answered] of [[1000, 1000], [3000, 3000], [4321, 4321], [undefined, 1005]] as [number | undefined, number][]) {
      const line = await TextSocket.open(base, address(freshStore()));
      line.text(PING);
      await line.next();
      const end = await line.close(sent as number);
      assert.ok(end.code === answered || (sent === undefined && end.code === 1000), `${sent}: ${end.code}`);
    }
  });
});

describe('livestore frames', { concurrency: true }, () => {
  test('a push is acknowledged, then told to everybody whole; a pull gives the same bytes', async () => {
    const storeId = freshStore();
    const [a, b] = [await Wire.to(base, storeId), await Wire.to(base, storeId)];
    const args = '{"z":1,"a":{"y":[1e21,5e-324,0.30000000000000004,123456789012345680000,1.0],"b":null},"10":1,"9":2,"t":"\\u0000\\ud800 \u{1f600}\u2028"}';
    const event = (n: number, args: string) => `{"name":"v1.X",${args}"seqNum":${n},"parentSeqNum":${n - 1},"clientId":"","sessionId":"s","unknown":[1]}`;
    a.text(`{"_tag":"WSMessage.PushReq","requestId":"p1","batch":[${event(1, `"args": ${args} ,`)},${event(2, '"args":null,')},${event(3, '')}]}`);
    assert.equal(await a.next(), '{"_tag":"WSMessage.PushAck","requestId":"p1"}');
    const [received, receivedB] = [await a.next(), await b.next()];
    assert.equal(received, receivedB);
    const pattern = /^\{"_tag":"WSMessage\.PullRes","batch":(\[.*\]),"requestId":\{"context":"push","requestId":"p1"\},"remaining":0\}$/s;
    const batch = pattern.exec(received)?.[1] ?? assert.fail(received);
    assert.ok(batch.includes(`"args":${args},"seqNum":1`), batch);
    assert.ok(batch.includes('"name":"v1.X","args":null,"seqNum":2'), batch);
    assert.ok(batch.includes('"name":"v1.X","seqNum":3'), batch);
    assert.ok(!batch.includes('unknown'));
    const metadata = batch.match(/"metadata":\{"_tag":"Some","value":\{"createdAt":"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"\}\}/g);
    assert.equal(metadata?.length, 3);
    assert.equal(new Set(metadata).size, 1, 'one time for the whole batch');
    b.text('{"_tag":"WSMessage.PullReq","requestId":"q1"}');
    assert.equal(await b.next(), `{"_tag":"WSMessage.PullRes","batch":${batch},"requestId":{"context":"pull","requestId":"q1"},"remaining":0}`);
  });

  test('deep args are stored or refused, never a crash', async () => {
    const wire = await Wire.to(base, freshStore());
    const push = (id: string, depth: number, n: number) => wire.text(`{"_tag":"WSMessage.PushReq","requestId":"${id}","batch":[{"name":"n","args":${'['.repeat(depth)}${']'.repeat(depth)},"seqNum":${n},"parentSeqNum":${n - 1},"clientId":"c","sessionId":"s"}]}`);
    push('ok', 64, 1);
    assert.equal((await wire.nextJson())._tag, 'WSMessage.PushAck');
    push('deep', 500_000, 2);
    const answer = await wire.nextThat((message) => message.requestId === 'deep');
    assert.match(answer._tag, /^WSMessage\.(PushAck|Error)$/);
    await wire.barrier();
  });
});

describe('livestore pushes', { concurrency: true }, () => {
  test('pipelined pushes are handled in order', async () => {
    const wire = await Wire.to(base, freshStore());
    const ids = Array.from({ length: 30 }, (_, n) => wire.ask('PushReq', { batch: chain(n * 10, 10) }));
    for (const id of ids) assert.equal((await wire.nextThat((message) => message.requestId === id))._tag, 'WSMessage.PushAck');
  });

  test('stores do not mix, however alike their names are', async () => {
    const tag = freshStore();
    const stores = [`${tag}-a`, `${tag}_a`, `${tag}-A`, `${tag} a`, `${tag}/a`, `${tag}é`, `${tag}e\u0301`, `ls:${tag}`];
    const wires = await Promise.all(stores.map((storeId) => Wire.to(base, storeId)));
    for (const [n, wire] of wires.entries()) assert.equal((await wire.push(chain(0, 1, `c${n}`)))._tag, 'WSMessage.PushAck');
    for (const [n, wire] of wires.entries()) assert.deepEqual(eventsOf(await wire.pull()).map((event) => event.clientId), [`c${n}`]);
  });

  test('an oversize message disturbs nobody else', async () => {
    const storeId = freshStore();
    const [large, other] = [await Wire.to(base, storeId), await Wire.to(base, storeId)];
    large.text(`{"_tag":"WSMessage.PushReq","requestId":"big","batch":[]${' '.repeat(8 * 1024 * 1024)}}`);
    const answer = await large.nextJson();
    assert.deepEqual([answer._tag, answer.requestId], ['WSMessage.Error', 'big']);
    large.text(`{${' '.repeat(8 * 1024 * 1024)}`);
    assert.equal((await large.end()).code, 1009);
    assert.equal((await other.push(chain(0, 1)))._tag, 'WSMessage.PushAck');
    assert.equal((await other.push([{ ...chain(1, 1)[0]!, args: 'x'.repeat(1_800_000) }]))._tag, 'WSMessage.PushAck', 'what a row can hold');
  });
});

describe('livestore administration', () => {
  test('info and reset need the secret, and nothing overtakes a reset of its own socket', async () => {
    const storeId = freshStore();
    const [admin, other] = [await Wire.to(base, storeId), await Wire.to(base, storeId)];
    assert.equal((await admin.push(chain(0, 3)))._tag, 'WSMessage.PushAck');
    const answer = (id: string) => admin.nextThat((message) => message.requestId === id);
    const { info } = await answer(admin.ask('AdminInfoReq', { adminSecret: ADMIN_SECRET }));
    assert.match(info.durableObjectId, /^[0-9a-f]{64}$/);
    assert.equal((await answer(admin.ask('AdminResetRoomReq', { adminSecret: 'wrong' }))).message, 'Invalid admin secret');
    const [reset, pushed] = [admin.ask('AdminResetRoomReq', { adminSecret: ADMIN_SECRET }), admin.ask('PushReq', { batch: chain(0, 1) })];
    const next = async () => (await admin.nextThat((message) => [reset, pushed].includes(message.requestId)))._tag;
    assert.deepEqual([await next(), await next()], ['WSMessage.AdminResetRoomRes', 'WSMessage.PushAck']);
    assert.equal((await other.end()).code, 1012);
    assert.deepEqual(eventsOf(await admin.pull()).map((event) => event.seqNum), [1]);
    assert.ok(!server.output().includes(ADMIN_SECRET), 'no line holds the secret');
    assert.doesNotMatch(server.output(), /"args"|seqNum/, 'nor what is in a store');
  });
});

test('without a secret nobody is admin, and tokens are asked for where the owner says so @night', async () => {
  const own = await onOwnServer({ JWT_SECRET, LIVESTORE_AUTH: 'jwt', LIVESTORE_CORS: '1', ADMIN_SECRET: '' });
  const storeId = 'team-1';
  for (const payload of [undefined, { authToken: token({ stores: ['team-2', 'Team-*'] }) }]) {
    const reply = await replyOfRefusal(own.base, address(storeId, payload));
    assert.equal(reply.status, 400, JSON.stringify(payload));
    assert.match(reply.text, /^Invalid payload: /);
    assert.equal(reply.headers['access-control-allow-origin'], '*');
  }
  const preflight = await send(own.base, 'OPTIONS', '/a/websocket', { headers: { origin: 'https://x.example', 'access-control-request-headers': 'x-one, x-two' } });
  assert.equal(preflight.status, 204);
  assert.equal(preflight.headers['access-control-allow-methods'], 'GET, POST, OPTIONS');
  assert.equal(preflight.headers['access-control-allow-headers'], 'x-one, x-two');
  assert.equal((await send(own.base, 'OPTIONS', '/websocket')).headers['access-control-allow-headers'], '*');
  for (const stores of [['team-1'], ['x', 'team-*']]) {
    const wire = await Wire.to(own.base, storeId, { payload: { authToken: token({ stores }) } });
    await isNobodys(wire);
    await wire.close();
  }
  const unset = await onPooledServer({}, true);
  await isNobodys(await Wire.to(unset.base, freshStore()));
});

/** Asserts that no value counts as the secret while the secret is empty or unset. */
async function isNobodys(wire: Wire): Promise<void> {
  for (const adminSecret of ['', 'undefined', 'null', ADMIN_SECRET]) {
    for (const tag of ['AdminInfoReq', 'AdminResetRoomReq']) {
      const id = wire.ask(tag, { adminSecret });
      assert.equal((await wire.nextThat((message) => message.requestId === id)).message, 'Invalid admin secret', `${tag} ${adminSecret}`);
    }
  }
}

test('who opens too many sockets is told to wait before the upgrade', async () => {
  const { base } = await onOwnServer({ RATE_STORE_CONNECT: '3/10', RATE_STORE_FRAME: '5/10' });
  const storeId = freshStore();
  for (let n = 0; n < 3; n += 1) await Wire.to(base, storeId);
  const refused = await replyOfRefusal(base, address(storeId));
  assert.equal(refused.status, 429);
  assert.ok(Number(refused.headers['retry-after']) >= 1);
  await Wire.to(base, freshStore());
});

test('a token that ends, ends its socket; a client that comes back with it is refused', async () => {
  const [storeId, exp] = [freshStore(), Math.floor(Date.now() / 1_000) + 3];
  const payload = { authToken: token({ stores: [storeId], exp }) };
  const wire = await Wire.to(base, storeId, { payload });
  const other = await Wire.to(base, storeId);
  assert.equal((await wire.push(chain(0, 1)))._tag, 'WSMessage.PushAck');
  assert.equal((await wire.end(8_000)).code, 4401);
  assert.ok(Date.now() >= exp * 1_000);
  assert.equal((await replyOfRefusal(base, address(storeId, payload))).status, 400);
  assert.equal((await other.push(chain(1, 1)))._tag, 'WSMessage.PushAck', 'others stay');
});

test('a kill -9 at any moment: every acknowledged batch is there whole, in its place @night', async () => {
  const storeId = freshStore();
  let known = 0;
  for (let round = 0; round < 2; round += 1) {
    const wire = await Wire.to(base, storeId);
    const acked: number[] = [];
    let killed: Promise<void> | undefined;
    try {
      for (let head = known; ; head += 7) {
        if ((await wire.push(chain(head, 7, `c${round}`)))._tag !== 'WSMessage.PushAck') break;
        acked.push(head + 7);
        killed ??= new Promise((resolve) => setTimeout(() => resolve(server.killRuntime()), 150));
      }
    } catch {
      // The connection is dead; only the acknowledgements until then count.
    }
    await killed;
    const events = eventsOf(await (await Wire.to(base, storeId)).pull());
    assert.ok(acked.length > 0 && events.length >= acked.at(-1)!, `${events.length} of ${acked.at(-1)}`);
    assert.equal(events.length % 7, 0, 'whole batches');
    events.forEach((event, n) => assert.deepEqual([event.seqNum, event.parentSeqNum], [n + 1, n]));
    known = events.length;
  }
});
