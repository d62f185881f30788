// messagehub.md 8.1: replay from the archive. Event streams and sockets show archived and kept messages as one log; pages are in
// `worker/hub-bounds.test.ts`.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setFlags } from '../harness/admin.ts';
import { Api } from '../harness/api.ts';
import { bearer, hubRoom, HubSocket, HubStream, page, post } from '../harness/hub.ts';
import { onOwnServer } from '../harness/suite.ts';
import { PATIENCE_MS, until } from '../harness/wait.ts';

const ADMIN = 'an admin token for tests';
/** Messages that a room keeps, and those that are too many: they make several files. */
const [KEPT, ARCHIVED] = [10_000, 150];
const COUNT = KEPT + ARCHIVED;
const { base } = await onOwnServer({ ADMIN_TOKEN: ADMIN, RATE_HUB: '0', HUB_DELIVERS_ITSELF: '1' });

const numbers = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, n) => from + n);
const room = hubRoom();

describe('replay from the archive', () => {
  test('an event stream has all of it, and so has one that comes back in the middle of a file', async () => {
    const writer = await HubSocket.open(base, room);
    for (const n of numbers(1, COUNT)) writer.send(`${n}`);
    await until('all are stored', async () => (await page(base, room)).head === COUNT, PATIENCE_MS, 100);
    await writer.close();
    await until('what is too much is archived', async () => (await page(base, room, '?after=0&limit=1')).oldest === ARCHIVED + 1, PATIENCE_MS, 200);
    await setFlags(new Api(base, bearer(ADMIN)), { archive_replay: true });
    await until('it is switched on', async () => (await page(base, room, '?after=0&limit=1')).messages[0]!.seq === 1);
    const stream = await HubStream.open(base, room, '?after=0');
    await stream.take(ARCHIVED + 100);
    stream.terminate();
    const seqs = stream.items().map((item) => item.seq);
    assert.deepEqual(seqs, numbers(1, seqs.length));
    const { epoch } = await page(base, room);
    const back = await HubStream.open(base, room, '', { 'last-event-id': `${epoch}.100` });
    await back.take(ARCHIVED);
    back.terminate();
    assert.deepEqual(back.items().slice(0, ARCHIVED).map((item) => item.seq), numbers(101, 100 + ARCHIVED));
  });

  test('sockets: the whole log to its end and then live, raw and enveloped, several at once', async () => {
    const raw = await HubSocket.open(base, room, { query: '?after=0' });
    const enveloped = await HubSocket.enveloped(base, room, { query: '?after=64' });
    const posted = await post(base, room, `${COUNT + 1}`);
    assert.equal(posted.headers['x-message-seq'], `${COUNT + 1}`);
    assert.deepEqual(await raw.take(COUNT + 1), numbers(1, COUNT + 1).map(String));
    await until('the last one', () => enveloped.frames.some((frame) => String(frame).includes(`"seq":${COUNT + 1},`)), PATIENCE_MS, 100);
    const seqs = enveloped.ops().filter((op) => op.op === 'msg').map((op) => op.seq);
    assert.deepEqual(seqs, numbers(65, COUNT + 1));
    for (const socket of [raw, enveloped]) await socket.close();
  });
});
