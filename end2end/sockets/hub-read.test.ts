// messagehub.md 4: pages, waiting pages and event streams. Every transport delivers everything once and in order.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { send } from '../harness/http.ts';
import { hubRoom, HubSocket, HubStream, page, path, post } from '../harness/hub.ts';
import { onSharedServer } from '../harness/suite.ts';
import { PATIENCE_MS, until } from '../harness/wait.ts';

const base = await onSharedServer();

async function filled(count: number): Promise<string> {
  const room = hubRoom();
  const socket = await HubSocket.enveloped(base, room);
  for (let n = 1; n <= count; n += 1) socket.say({ op: 'send', body: `${n}` });
  await socket.op((op) => op.op === 'ack' && op.seq === count);
  await socket.close();
  return room;
}

const bodies = (items: { body?: string }[]) => items.map((item) => item.body);

describe('reading', { concurrency: true }, () => {
  test('a room that nobody wrote to has an empty page; reading makes nothing, and a reader goes on from there', async () => {
    const room = hubRoom();
    const unmade = { messages: [], next: 0, head: 0, more: false, epoch: '00000000' };
    for (const query of ['', '?after=0', '?limit=5&epoch=00000000', '']) assert.deepEqual(await page(base, room, query), unmade, query);
    for (const query of ['?after=3', '?epoch=00000001']) assert.deepEqual(await page(base, room, query), { ...unmade, reset: true }, query);
    await post(base, room, 'first');
    const next = await page(base, room, '?after=0&epoch=00000000');
    assert.deepEqual([bodies(next.messages), next.reset, next.epoch === '00000000'], [['first'], undefined, false]);
  });

  test('pages go on behind a place; one of another log is a reset, with the oldest page; a bad one is 400', async () => {
    const room = await filled(3);
    const first = await page(base, room, '?after=0&limit=2');
    assert.deepEqual([bodies(first.messages), first.next, first.head, first.more], [['1', '2'], 2, 3, true]);
    const { epoch } = first;
    assert.deepEqual(bodies((await page(base, room, `?after=2&epoch=${epoch}`)).messages), ['3']);
    assert.equal((await send(base, 'GET', path(room))).headers['cache-control'], 'no-store');
    const foreign = epoch === '00000001' ? '00000002' : '00000001';
    for (const query of [`?after=2&epoch=${foreign}`, `?epoch=${foreign}`, '?after=99']) {
      const reset = await page(base, room, query);
      assert.deepEqual([reset.reset, bodies(reset.messages), reset.epoch], [true, ['1', '2', '3'], epoch], query);
    }
    const own = await page(base, room, `?epoch=${epoch}&limit=2`);
    assert.deepEqual([own.reset, bodies(own.messages)], [undefined, ['2', '3']], 'the newest page of the log that is meant');
    for (const query of ['?after=-1', '?limit=0', '?wait=x', '?after=1&epoch=zz']) {
      const reply = await send(base, 'GET', path(room) + query);
      assert.deepEqual([reply.status, JSON.parse(reply.text).code], [400, 'BAD_CURSOR'], query);
    }
  });

  test('a page that waits ends with the message, or with its time', async () => {
    const room = hubRoom();
    await post(base, room, 'old');
    const waiting = page(base, room, '?after=1&wait=20');
    let isOver = false;
    const elsewhere = hubRoom();
    const other = page(base, elsewhere, '?after=0&wait=20').then(() => (isOver = true));
    // These later requests are answered, so the waiting request has reached the room.
    await send(base, 'GET', path(room, 'presence'));
    await send(base, 'GET', path(room, 'presence'));
    const posted = await post(base, room, 'new');
    assert.equal(posted.status, 202);
    // Only the new message can end the wait. `cargo xtask bench` measures the delay.
    assert.deepEqual(bodies((await waiting).messages), ['new']);
    assert.equal(isOver, false, 'another page that has as much time still waits');
    await post(base, elsewhere, 'new');
    await other;
    const started = Date.now();
    const empty = await page(base, room, '?after=2&wait=1');
    assert.deepEqual([empty.messages, empty.head], [[], 2]);
    assert.ok(Date.now() - started >= 1_000);
  });

  test('however much a stream has to catch up with, and however late it is read: everything once', async () => {
    const room = hubRoom();
    for (let n = 1; n <= 120; n += 1) await post(base, room, Buffer.alloc(60_000, 65 + (n % 26)));
    const stream = await HubStream.open(base, room, '?after=0');
    stream.answer.pause();
    for (let n = 121; n <= 140; n += 1) await post(base, room, `${n}`);
    stream.answer.resume();
    await stream.take(140);
    assert.deepEqual(stream.items().map((item) => item.seq), Array.from({ length: 140 }, (_, n) => n + 1));
    await post(base, room, 'live');
    await stream.take(141);
    stream.terminate();
  });

  test('an event stream: first words, live messages, ids to come back with', async () => {
    const room = await filled(2);
    const live = await HubStream.open(base, room);
    const whole = await HubStream.open(base, room, '?after=0');
    assert.equal(live.answer.headers['content-type'], 'text/event-stream; charset=utf-8');
    assert.equal(live.answer.headers['cache-control'], 'no-store');
    assert.equal(live.answer.headers['access-control-allow-origin'], '*');
    await post(base, room, 'line\none\r\n');
    await post(base, room, Buffer.from([0, 255]), { 'content-type': 'image/png' });
    await Promise.all([live.take(2), whole.take(4)]);
    assert.ok(live.text.startsWith('retry: 2000\n\n'));
    const { epoch } = await page(base, room);
    assert.deepEqual(live.events.map((event) => [event.id, event.event]), [[`${epoch}.3`, 'message'], [`${epoch}.4`, 'message']]);
    assert.deepEqual(live.items().map((item) => item.body ?? item.b64), ['line\none\r\n', 'AP8=']);
    assert.deepEqual(whole.items().map((item) => item.seq), [1, 2, 3, 4]);
    for (const stream of [live, whole]) stream.terminate();
  });

  test('a reader that was cut off before its first message, or told of a reset, comes back where it stood', async () => {
    const room = await filled(2);
    for (const [headers, events] of [[{}, 0], [{ 'last-event-id': 'ffffffff.7' }, 1]] as const) {
      const cut = await HubStream.open(base, room, '', headers);
      await until('it knows its place', () => cut.lastId !== '' && cut.events.length === events);
      assert.ok(cut.events.every((event) => event.event === 'reset'));
      const presence = JSON.parse((await send(base, 'GET', path(room, 'presence'))).text);
      assert.deepEqual([presence.count, presence.streams >= 1], [0, true]);
      cut.terminate();
      const seq = Number((await post(base, room, 'meanwhile')).headers['x-message-seq']);
      const back = await HubStream.open(base, room, '', { 'last-event-id': cut.lastId });
      await back.take(1);
      assert.deepEqual(back.items().map((item) => [item.seq, item.body]), [[seq, 'meanwhile']]);
      back.terminate();
    }
  });

  test('a stream shows every 15 s that it lives @night', async () => {
    const stream = await HubStream.open(base, hubRoom());
    await until('a heartbeat', () => stream.comments.includes('hb'), PATIENCE_MS, 200);
    stream.terminate();
  });
});
