// messagehub.md 3: enveloped sockets, single and in arrays. core.md 3: ids across all ways of writing.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { send } from '../harness/http.ts';
import { hubRoom, HubSocket, page, path, post } from '../harness/hub.ts';
import { onSharedServer } from '../harness/suite.ts';

const base = await onSharedServer();

describe('enveloped sockets', { concurrency: true }, () => {
  test('first words, messages both ways, acks, who comes and goes', async () => {
    const room = hubRoom();
    const raw = await HubSocket.open(base, room);
    const one = await HubSocket.enveloped(base, room);
    assert.equal(one.ws.protocol, 'messagehub.v1');
    const hello = await one.op('hello');
    assert.deepEqual([hello.room, hello.head, hello.oldest, hello.heartbeatMs], [room, 0, 1, 30_000]);
    assert.match(hello.epoch, /^[0-9a-f]{8}$/);
    const two = await HubSocket.enveloped(base, room);
    const joined = await one.op('join');
    assert.deepEqual([joined.count, joined.connectionId, joined.principal], [3, (await two.op('hello')).connectionId, null]);
    one.say({ op: 'send', id: 'm-1', body: 'hi' });
    const ack = await one.op('ack');
    assert.deepEqual([ack.id, ack.seq, ack.duplicate], ['m-1', 1, false]);
    assert.deepEqual(await raw.take(1), ['hi']);
    assert.deepEqual(await two.op('msg'), { op: 'msg', seq: 1, id: 'm-1', ts: ack.ts, sender: null, body: 'hi' });
    one.say({ op: 'send', id: 'm-2', b64: 'AAEC', contentType: 'image/png' });
    assert.deepEqual(await raw.take(1), [Buffer.from([0, 1, 2])]);
    raw.send(Buffer.from([9]));
    const bytes = await one.op((op) => op.op === 'msg' && op.b64 === 'CQ==');
    assert.equal(bytes.contentType, 'application/octet-stream');
    await one.barrier();
    assert.equal(one.ops().filter((op) => op.op === 'msg').length, 1, 'never its own');
    two.say({ op: 'status', status: 'away' });
    assert.equal((await one.op('status')).status, 'away');
    const presence = JSON.parse((await send(base, 'GET', path(room, 'presence'))).text);
    assert.deepEqual([presence.count, presence.principals[0].sockets], [3, 3]);
    await two.close();
    assert.equal((await one.op('leave')).count, 2);
  });

  test('one frame of several, and what a turn has in one frame', async () => {
    const room = hubRoom();
    const batch = await HubSocket.enveloped(base, room, { protocols: ['messagehub.v1.batch', 'messagehub.v1'] });
    assert.equal(batch.ws.protocol, 'messagehub.v1.batch');
    const single = await HubSocket.enveloped(base, room);
    batch.send(JSON.stringify([1, 2, 3].map((n) => ({ op: 'send', id: `b-${n}`, body: `${n}` }))));
    await batch.op((op) => op.op === 'ack' && op.seq === 3);
    const acks = batch.frames.map((frame) => JSON.parse(String(frame))).filter((ops) => Array.isArray(ops) && ops.some((op) => op.op === 'ack'));
    assert.deepEqual(acks.map((ops) => ops.map((op: { id: string }) => op.id)), [['b-1', 'b-2', 'b-3']], 'three acks in one frame');
    await single.op((op) => op.op === 'msg' && op.seq === 3);
    assert.ok(single.frames.every((frame) => !String(frame).startsWith('[')));
    assert.deepEqual(single.ops().filter((op) => op.op === 'msg').map((op) => op.body), ['1', '2', '3']);
  });

  test('resume with a cursor; a foreign one is a reset', async () => {
    const room = hubRoom();
    for (let n = 1; n <= 5; n += 1) await post(base, room, `${n}`);
    const { epoch } = await page(base, room);
    const back = await HubSocket.enveloped(base, room, { query: `?after=3&epoch=${epoch}` });
    await post(base, room, '6');
    await back.op((op) => op.op === 'msg' && op.seq === 6);
    assert.deepEqual(back.ops().filter((op) => op.op === 'msg').map((op) => op.seq), [4, 5, 6]);
    const lost = await HubSocket.enveloped(base, room, { query: '?after=3&epoch=ffffffff' });
    assert.equal((await lost.op('reset')).epoch, epoch);
    assert.equal(lost.ops().some((op) => op.op === 'msg'), false);
  });

  test('what cannot be used is told with its id; bytes end the socket', async () => {
    const socket = await HubSocket.enveloped(base, hubRoom());
    for (const [frame, code] of [['{"op":"send","id":"x"}', 'BODY_REQUIRED'], ['nonsense', 'BAD_FRAME']] as const) {
      socket.send(frame);
      await socket.op((op) => op.op === 'error' && op.code === code);
    }
    assert.equal(socket.ops().find((op) => op.code === 'BODY_REQUIRED').id, 'x');
    socket.send(Buffer.from([1]));
    assert.equal((await socket.closed).code, 1003);
  });
});

describe('ids', { concurrency: true }, () => {
  test('without a key nothing is taken for a duplicate; an id is one whichever way it comes', async () => {
    const room = hubRoom();
    for (let n = 0; n < 3; n += 1) await post(base, room, 'same');
    const socket = await HubSocket.enveloped(base, room);
    socket.say({ op: 'send', id: 'shared', body: 'x' });
    await socket.op('ack');
    assert.equal((await post(base, room, 'x', { 'idempotency-key': 'shared' })).headers['idempotent-replay'], 'true');
    socket.say({ op: 'send', id: 'shared', body: 'x' });
    assert.equal((await socket.op((op) => op.op === 'ack' && op.duplicate)).seq, 4);
    const other = await post(base, room, 'other', { 'idempotency-key': 'shared' });
    assert.deepEqual([other.status, JSON.parse(other.text).code], [422, 'ID_REUSED']);
    assert.equal((await page(base, room)).head, 4);
  });
});
