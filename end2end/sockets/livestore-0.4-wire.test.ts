// livestore-0.4.md 1 to 10: the protocol of 0.4 over sockets, spoken by hand: handshake, odd frames, and writes while nobody may
// write. `livestore-0.4-http.test.ts` has the same requests over HTTP; pages, batches and errors are laws of
// `protocol/src/machines/chain/rpc`.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setFlags } from '../harness/admin.ts';
import { Api } from '../harness/api.ts';
import { send, upgradeHeaders } from '../harness/http.ts';
import { JWT_SECRET, token } from '../harness/jwt.ts';
import { chain, freshStore, type WireEvent } from '../harness/livestore.ts';
import { post, pushPayload, rpcAddress, RpcWire, STORED, unknownError } from '../harness/livestore_rpc.ts';
import { onOwnServer } from '../harness/suite.ts';
import { replyOfRefusal } from '../harness/text_socket.ts';
import { PATIENCE_MS, until } from '../harness/wait.ts';

const ADMIN_SECRET = 'admin-secret-1';
const ADMIN = 'an admin token of the tests, long enough';
const server = await onOwnServer({ JWT_SECRET, ADMIN_SECRET, ADMIN_TOKEN: ADMIN });
const base = server.base;

const seqs = (events: WireEvent[]) => events.map((event) => event.seqNum);

describe('handshake of 0.4', { concurrency: true }, () => {
  test('an upgrade with storeId and transport, on the root or on a path of the store', async () => {
    const storeId = freshStore();
    for (const [n, prefix] of ['/', '/websocket', '/a/b%20c/websocket'].entries()) {
      const wire = await RpcWire.to(base, storeId, { prefix });
      assert.deepEqual(await wire.push(chain(n, 1)), STORED);
      assert.equal(wire.protocol, '');
      await wire.close();
    }
    assert.deepEqual(seqs(await (await RpcWire.to(base, storeId)).all()), [1, 2, 3]);
  });

  test('what cannot be used is refused with a status before the upgrade', async () => {
    for (const path of ['/?storeId=s&transport=tcp', '/?storeId=a&payload=%257B&transport=ws']) {
      assert.equal((await replyOfRefusal(base, path)).status, 400, path);
      assert.equal((await send(base, 'POST', path.replace('=ws', '=http'), { body: '{}' })).status, 400, path);
    }
    for (const path of ['/?storeId=a', '/?transport=ws']) {
      const { status } = await replyOfRefusal(base, path);
      assert.ok(status >= 400 && status < 500, `${path}: ${status}`);
    }
    for (const method of ['GET', 'POST']) assert.equal((await send(base, method, '/websocket?storeId=a&transport=ws')).status, 426, method);
    assert.equal((await send(base, 'GET', rpcAddress('a'), { headers: { ...upgradeHeaders(), upgrade: 'WebSocket' } })).status, 101);
  });

  test('a token in the payload of the address must be good, and name the store', async () => {
    const storeId = freshStore();
    const foreign = token({ stores: ['*'] }, { secret: 'another secret of the tests, 32 bytes' });
    for (const authToken of [foreign, token({ stores: ['another'] })]) {
      assert.equal((await replyOfRefusal(base, rpcAddress(storeId, 'ws', { authToken }))).status, 400, authToken);
      assert.equal((await post(base, storeId, '{}', { payload: { authToken } })).status, 400, authToken);
    }
    for (const payload of [undefined, null, { note: 'tok en/ä' }, { authToken: token({ stores: ['s-*'] }) }]) {
      assert.deepEqual(await (await RpcWire.to(base, storeId, { payload })).all(), []);
    }
  });
});

describe('frames of 0.4', { concurrency: true }, () => {
  test('binary frames, a line end behind a frame, and both spellings of Ping', async () => {
    const wire = await RpcWire.to(base, freshStore());
    wire.binary(Buffer.from('{"_tag":"Ping"}'));
    for (const text of ['{"_tag":"Ping"}', '{"_tag":"Ping"}\n', '{ "_tag" : "Ping" }']) wire.text(text);
    for (let n = 0; n < 4; n += 1) assert.deepEqual(await wire.nextOf(''), { _tag: 'Pong' });
    wire.binary(Buffer.from(`{"_tag":"Request","id":"5","tag":"SyncWsRpc.Push","payload":${JSON.stringify(pushPayload(wire.storeId, chain(0, 1)))},"headers":[]}`));
    assert.deepEqual(await wire.exitOf('5'), STORED);
    wire.json({ _tag: 'Eof' });
    await wire.barrier();
    assert.equal((await wire.all()).length, 1);
  });

  test('a frame about another store opens no other store', async () => {
    const [own, other] = [freshStore(), freshStore()];
    const wire = await RpcWire.to(base, own);
    await wire.exitOf(wire.ask('Push', pushPayload(other, chain(0, 1))));
    assert.deepEqual(await (await RpcWire.to(base, other)).all(), []);
  });
});

test('a push of 0.4 fails while nobody may write, comes again and is stored, and pulls go on', async () => {
  const admin = new Api(base, { authorization: `Bearer ${ADMIN}` });
  const wire = await RpcWire.to(base, freshStore());
  assert.deepEqual(await wire.push(chain(0, 1)), STORED);
  const live = await wire.live();
  await setFlags(admin, { maintenance: true });
  await until('it is felt', async () => (await send(base, 'POST', '/publish', {})).status === 503);
  unknownError(await wire.push(chain(1, 1)));
  assert.deepEqual(seqs(await wire.all()), [1]);
  await setFlags(admin, { maintenance: null });
  // The client pushes again by itself after an error, until it is stored (livestore-0.4.md 6).
  await until('somebody may write', async () => (await wire.push(chain(1, 1)))._tag === 'Success', PATIENCE_MS, 500);
  assert.deepEqual(seqs(await live.upTo(2)), [2]);
});
