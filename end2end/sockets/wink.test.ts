// messenger.md 5.3 and 5.4: a wink starts for everybody at the same moment and is not played twice.

import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { freshRoom, uuidv7 } from '../harness/ids.ts';
import { guest } from '../harness/session.ts';
import { FrameSocket } from '../harness/socket.ts';
import { onSharedServer } from '../harness/suite.ts';

const base = await onSharedServer();
const DRAWINGS = join(import.meta.dirname, '../../public/assets/winks');
/** Lengths of all winks, as their drawings say them. */
const DURATIONS_MS: Record<string, number> = Object.fromEntries(
  readdirSync(DRAWINGS).filter((name) => name.endsWith('.svg')).map((name) => {
    const [, ms] = /data-ms="(\d+)"/.exec(readFileSync(join(DRAWINGS, name), 'utf8'))!;
    return [name.slice(0, -'.svg'.length), Number(ms)];
  }),
);

describe('wink', { concurrency: true }, () => {
  test('all get the same startAt, 750 ms after the commit; a replay says so', async () => {
    const room = freshRoom();
    const [one, two, three] = [await guest(base), await guest(base), await guest(base)];
    const mine = await FrameSocket.joined(base, room, one);
    const theirs = await FrameSocket.joined(base, room, two, { protocols: ['cfm.v1.batch', 'cfm.v1'] });
    const id = uuidv7();
    mine.send({ type: 'wink', id, winkId: 'toast' });
    const ack = await mine.answerTo(id);
    const [own, seen] = [await mine.next('wink'), await theirs.next('wink')];
    assert.deepEqual(own, seen);
    assert.equal(seen['startAt'], ack['timestamp'] + 750);
    assert.equal(seen['timestamp'], ack['timestamp']);
    assert.equal(seen['winkId'], 'toast');
    assert.equal(seen['durationMs'], 4000);
    assert.equal(seen['senderId'], one.user.id);
    assert.ok(!seen['replay']);

    const late = await FrameSocket.joined(base, room, three);
    const [old] = late.all('history')[0]!['messages'];
    assert.equal(old.type, 'wink');
    assert.equal(old.replay, true);
    assert.equal(old.startAt, seen['startAt']);
  });

  test('every wink of the catalogue has a drawing of its length, others are VALIDATION', async () => {
    const catalogue = (await (await guest(base)).api.ok('GET', '/api/data/winks')).items;
    assert.deepEqual(Object.fromEntries(catalogue.map((wink: any) => [wink.id, wink.durationMs])), DURATIONS_MS);
    for (const wink of catalogue) assert.ok(wink.title.length > 0);
    const socket = await FrameSocket.joined(base, freshRoom(), await guest(base));
    for (const winkId of ['unknown', 'TOAST', '', '../toast', 'x'.repeat(33), 7]) {
      const id = uuidv7();
      socket.send({ type: 'wink', id, winkId });
      await socket.refusalOf(id, 'VALIDATION');
    }
  });
});
