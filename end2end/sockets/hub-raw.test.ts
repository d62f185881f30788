// messagehub.md 2: raw sockets relay bytes to all others in one order, and add nothing.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { all, hubRoom, HubSocket, page, path, post } from '../harness/hub.ts';
import { send } from '../harness/http.ts';
import { fixed } from '../harness/limits.ts';
import { onSharedServer } from '../harness/suite.ts';
import { PATIENCE_MS, until } from '../harness/wait.ts';

const base = await onSharedServer();
const LIMIT = fixed.hubBodyBytes;

async function three(room: string): Promise<HubSocket[]> {
  return Promise.all([0, 1, 2].map(() => HubSocket.open(base, room)));
}

describe('raw sockets', { concurrency: true }, () => {
  test('to all others, text as text and bytes as bytes; a POST reaches all', async () => {
    const room = hubRoom();
    const [one, two, poster] = await three(room);
    one!.send('{"any": "json"}');
    one!.send(Buffer.from([1, 2, 0]));
    assert.deepEqual(await two!.take(2), ['{"any": "json"}', Buffer.from([1, 2, 0])]);
    const posted = '{"b":1, "a":[1.50,"\\u00e9"]}';
    await post(base, room, posted, { 'content-type': 'application/json' });
    assert.deepEqual(await one!.take(1), [posted], 'nothing of its own before it');
    assert.deepEqual(await two!.take(1), [posted]);
    assert.deepEqual(await poster!.take(3), ['{"any": "json"}', Buffer.from([1, 2, 0]), posted]);
    const items = await all(base, room);
    assert.deepEqual(items.map(({ body, b64 }) => body ?? b64), ['{"any": "json"}', 'AQIA', posted]);
    assert.equal(items[2]!.contentType, 'application/json');
  });

  test('the limit, in frames of every kind; after a 1009 the others have nothing of it and go on', async () => {
    const room = hubRoom();
    const [one, two, other] = await three(room);
    one!.send('é'.repeat(LIMIT / 2));
    one!.ws.send('a'.repeat(LIMIT / 2), { fin: false });
    one!.ws.send('b'.repeat(LIMIT / 2), { fin: true });
    assert.deepEqual(await two!.take(2), ['é'.repeat(LIMIT / 2), 'a'.repeat(LIMIT / 2) + 'b'.repeat(LIMIT / 2)]);
    await other!.take(2);
    const guilty = await HubSocket.open(base, room);
    guilty.send(Buffer.alloc(3 * 1024 * 1024));
    assert.deepEqual(await guilty.closed, { code: 1009, reason: 'message exceeds 65536 bytes' });
    const fragments = await HubSocket.open(base, room);
    fragments.ws.send('a'.repeat(LIMIT), { fin: false });
    fragments.ws.send('b', { fin: true });
    assert.equal((await fragments.closed).code, 1009);
    two!.send('still here');
    assert.deepEqual(await other!.take(1), ['still here']);
    assert.equal((await page(base, room)).head, 3);
  });

  test('empty frames and ping are not messages', async () => {
    const room = hubRoom();
    const [one, two] = await three(room);
    one!.send('');
    one!.send(Buffer.alloc(0));
    one!.send('ping');
    assert.deepEqual(await one!.take(1), ['pong']);
    one!.send('Ping');
    assert.deepEqual(await two!.take(1), ['Ping']);
    assert.deepEqual((await all(base, room)).map((item) => item.body), ['Ping']);
  });

  test('count 0, 2, 1; asking makes nothing; a closing handshake is answered with its code', async () => {
    const room = hubRoom();
    const presence = async () => JSON.parse((await send(base, 'GET', path(room, 'presence'))).text);
    assert.deepEqual(await presence(), { room, count: 0, streams: 0, principals: [] });
    const [one, two] = [await HubSocket.open(base, room, { closeTimeoutMs: PATIENCE_MS }), await HubSocket.open(base, room)];
    const both = await presence();
    assert.equal(both.count, 2);
    assert.deepEqual(both.principals.map((entry: any) => [entry.id, entry.sockets, entry.status]), [[null, 2, 'online']]);
    assert.equal((await one!.close(4321)).code, 4321);
    await until('one is counted', async () => (await presence()).count === 1, PATIENCE_MS, 20);
    two!.terminate();
    await until('nobody is counted', async () => (await presence()).count === 0, PATIENCE_MS, 20);
  });
});

// This test stands outside of the group, because its load would slow the others down.
test('a paused reader does not delay 60 POSTs of 60 KB, nor anybody else what follows', async () => {
  const room = hubRoom();
  const [stuck, reader, writer] = await three(room);
  stuck!.ws.pause();
  // This exceeds the buffers between two sockets on one machine. From here on the stuck reader takes nothing more.
  const stuffing = 300;
  for (let n = 0; n < stuffing; n += 1) {
    writer!.send(Buffer.alloc(60_000, 48));
    if (n % 50 === 49) await reader!.take(50);
  }
  const stuckBytes = () => (stuck!.ws as unknown as { _socket: { bytesRead: number } })._socket.bytesRead;
  const taken = stuckBytes();
  assert.ok(taken < stuffing * 60_000 / 2, `${taken} bytes: it is not stuck`);
  for (let n = 0; n < 60; n += 1) assert.equal((await post(base, room, Buffer.alloc(60_000, 65 + (n % 26)))).status, 202);
  await reader!.take(60);
  assert.equal(stuckBytes(), taken, 'it took nothing meanwhile');
  stuck!.ws.resume();
  const all = await stuck!.take(stuffing + 60);
  assert.deepEqual(all.slice(stuffing).map((frame) => String(frame)[0]), Array.from({ length: 60 }, (_, n) => String.fromCharCode(65 + (n % 26))));
});
