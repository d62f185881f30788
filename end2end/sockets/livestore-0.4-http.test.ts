// livestore-0.4.md 7: the protocol of 0.4 over HTTP. One POST asks, and its answer is an array of the frames that a socket would send.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { JWT_SECRET, token } from '../harness/jwt.ts';
import { chain, freshStore, type WireEvent } from '../harness/livestore.ts';
import { hidesTheInside, post, pullPayload, rpcAddress, RpcHttp, RpcWire, STORED } from '../harness/livestore_rpc.ts';
import { onPooledServer } from '../harness/suite.ts';
import { replyOfRefusal } from '../harness/text_socket.ts';

const { base } = await onPooledServer({}, true);
const seqs = (events: WireEvent[]) => events.map((event) => event.seqNum);
const PONG = { _tag: 'Exit', exit: { _tag: 'Success', value: { _tag: 'SyncMessage.Pong' } } };

describe('0.4 over HTTP', { concurrency: true }, () => {
  test('every answer is an array of frames with the id of the request', async () => {
    const storeId = freshStore();
    const http = new RpcHttp(base, storeId);
    assert.deepEqual(await http.ask('Ping', { storeId }), [PONG]);
    const [page, ...more] = await http.pages();
    assert.deepEqual([page!.batch, page!.pageInfo, more], [[], { _tag: 'NoMore' }, []], 'an empty page when nothing is stored');
    assert.deepEqual(await http.push(chain(0, 2)), STORED);
    const backendId = page!.backendId;
    for (const eventSequenceNumber of [2, 2, 9_999]) assert.deepEqual(await http.all({ backendId, eventSequenceNumber }), [], 'a poll without news');
    assert.deepEqual(await http.push(chain(2, 1), backendId), STORED);
    assert.deepEqual(seqs(await http.all({ backendId, eventSequenceNumber: 2 })), [3]);
  });

  test('a long log comes as a stream of pages', async () => {
    const storeId = freshStore();
    const http = new RpcHttp(base, storeId);
    assert.deepEqual(await http.push(chain(0, 300)), STORED);
    assert.deepEqual((await http.pages()).map(({ batch, pageInfo }) => [batch.length, pageInfo.remaining ?? pageInfo._tag]), [[100, 200], [100, 100], [100, 'NoMore']]);
    const { live: _, ...payload } = pullPayload(storeId);
    const reply = await post(base, storeId, JSON.stringify({ _tag: 'Request', id: '0', tag: 'SyncHttpRpc.Pull', payload, headers: [] }), { headers: { origin: 'https://x.example' } });
    assert.equal(reply.headers['content-length'], undefined, 'nobody counted it before it left');
    assert.match(String(reply.headers['content-type']), /^application\/json/);
    assert.equal(reply.headers['access-control-allow-origin'], '*');
  });

  test('a push reaches the live pulls of sockets, and the other way round', async () => {
    const storeId = freshStore();
    const [http, wire] = [new RpcHttp(base, storeId), await RpcWire.to(base, storeId)];
    const live = await wire.live();
    assert.deepEqual(await http.push(chain(0, 2)), STORED);
    assert.deepEqual(seqs(await live.upTo(2)), [1, 2]);
    assert.deepEqual(await wire.push(chain(2, 1)), STORED);
    const pages = await http.pages();
    assert.deepEqual(pages.flatMap((page) => page.batch.map((item) => item.eventEncoded)), await wire.all());
    assert.deepEqual(new Set(pages.map((page) => page.backendId)), new Set([live.backendId]), 'one log, one id');
  });

  test('what is no request is a defect or refused, never a fault', async () => {
    const storeId = freshStore();
    for (const body of ['', '[]', '{"_tag":"Request","id":"0","tag":"SyncHttpRpc.Later","payload":{},"headers":[]}']) {
      const reply = await post(base, storeId, body);
      assert.ok(reply.status === 200 || reply.status === 400, `${body}: ${reply.status}`);
      hidesTheInside(reply.text);
      if (reply.status === 200) assert.match(reply.text, /"_tag":"(Defect|Die)"/, body);
    }
    const large = await post(base, storeId, `"${' '.repeat(9 * 1024 * 1024)}"`);
    assert.ok(large.status < 500, `more than the limit of a message: ${large.status}`);
    assert.deepEqual(await new RpcHttp(base, storeId).all(), []);
  });
});

test('tokens are asked for on both transports of 0.4 where the owner says so', async () => {
  const own = await onPooledServer({ JWT_SECRET, LIVESTORE_AUTH: 'jwt' }, true);
  const storeId = 'team-1';
  for (const payload of [undefined, { authToken: token({ stores: ['team-2', 'Team-*'] }) }]) {
    assert.equal((await replyOfRefusal(own.base, rpcAddress(storeId, 'ws', payload))).status, 400, JSON.stringify(payload));
    const reply = await post(own.base, storeId, '{}', { payload });
    assert.deepEqual([reply.status, reply.headers['access-control-allow-origin']], [400, '*'], JSON.stringify(payload));
  }
  for (const stores of [['team-1'], ['x', 'team-*']]) {
    const payload = { authToken: token({ stores }) };
    assert.deepEqual(await new RpcHttp(own.base, storeId, payload).all(), []);
    assert.deepEqual(await (await RpcWire.to(own.base, storeId, { payload })).all(), []);
  }
});
