// messagehub.md 8.1: replay from the archive. Pages, event streams and sockets show archived and kept messages as one log.

import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { setFlags } from '../harness/admin.ts';
import { Api } from '../harness/api.ts';
import { bearer, cutHubSockets, hubRoom, HubSocket, HubStream, page, post, type HubPage } from '../harness/hub.ts';
import { onOwnServer } from '../harness/suite.ts';
import { PATIENCE_MS, until } from '../harness/wait.ts';

const ADMIN = 'an admin token for tests';
/** Messages that a room keeps, and those that are too many: they make several files. */
const [KEPT, ARCHIVED] = [10_000, 150];
const COUNT = KEPT + ARCHIVED;
// Runs before the server stops, because the server waits for open sockets.
after(cutHubSockets);
const { base } = await onOwnServer({ ADMIN_TOKEN: ADMIN, RATE_HUB: '0', HUB_DELIVERS_ITSELF: '1' });

const numbers = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, n) => from + n);
const room = hubRoom();

/** Reads pages from a place until they come to `last`. */
async function pages(from: number, last: number): Promise<HubPage[]> {
  const read: HubPage[] = [];
  for (let next = from; next < last; next = read.at(-1)!.next) read.push(await page(base, room, `?after=${next}&limit=200`));
  return read;
}

describe('replay from the archive', () => {
  test('until it is switched on, readers begin with the oldest kept message', async () => {
    const writer = await HubSocket.open(base, room);
    for (const n of numbers(1, COUNT)) writer.send(`${n}`);
    await until('all are stored', async () => (await page(base, room)).head === COUNT, PATIENCE_MS, 100);
    await writer.close();
    const first = await until('what is too much is archived', async () => {
      const first = await page(base, room, '?after=0&limit=1');
      return first.oldest === ARCHIVED + 1 && first;
    }, PATIENCE_MS, 200);
    assert.deepEqual([first.truncated, first.messages[0]!.seq], [true, ARCHIVED + 1]);
  });

  test('pages: every message once, from the first one on and from the middle of a file, and nothing is missing', async () => {
    await setFlags(new Api(base, bearer(ADMIN)), { archive_replay: true });
    await until('it is switched on', async () => (await page(base, room, '?after=0&limit=1')).messages[0]!.seq === 1);
    for (const from of [0, 70, ARCHIVED - 1]) {
      const read = await pages(from, ARCHIVED + 200);
      const items = read.flatMap((part) => part.messages);
      assert.deepEqual(items.map((item) => item.seq), numbers(from + 1, items.at(-1)!.seq));
      assert.deepEqual(items.map((item) => item.body), items.map((item) => `${item.seq}`));
      for (const part of read) assert.deepEqual([part.truncated, part.more, part.head], [undefined, true, COUNT]);
    }
  });

  test('an event stream, and one that comes back in the middle of a file', async () => {
    const stream = await HubStream.open(base, room, '?after=0');
    await stream.take(ARCHIVED + 100);
    stream.close();
    const seqs = stream.items().map((item) => item.seq);
    assert.deepEqual(seqs, numbers(1, seqs.length));
    const { epoch } = await page(base, room);
    const back = await HubStream.open(base, room, '', { 'last-event-id': `${epoch}.100` });
    await back.take(ARCHIVED);
    back.close();
    assert.deepEqual(back.items().slice(0, ARCHIVED).map((item) => item.seq), numbers(101, 100 + ARCHIVED));
  });

  test('sockets: the whole log to its end and then live, raw and enveloped, several at once', async () => {
    const raw = await HubSocket.open(base, room, { query: '?after=0' });
    const middle = await HubSocket.open(base, room, { query: '?after=100' });
    const enveloped = await HubSocket.enveloped(base, room, { query: '?after=64' });
    const posted = await post(base, room, `${COUNT + 1}`);
    assert.equal(posted.headers['x-message-seq'], `${COUNT + 1}`);
    assert.deepEqual(await raw.take(COUNT + 1), numbers(1, COUNT + 1).map(String));
    assert.deepEqual(await middle.take(COUNT - 99), numbers(101, COUNT + 1).map(String));
    await until('the last one', () => enveloped.frames.some((frame) => String(frame).includes(`"seq":${COUNT + 1},`)), PATIENCE_MS, 100);
    const seqs = enveloped.ops().filter((op) => op.op === 'msg').map((op) => op.seq);
    assert.deepEqual(seqs, numbers(65, COUNT + 1));
    for (const socket of [raw, middle, enveloped]) await socket.close();
  });
});
