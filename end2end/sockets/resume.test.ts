// messenger.md 5.5, core.md 1.3: a join with `since` and `epoch` yields every missed event exactly once, in order. A cursor that this log
// does not know yields a reset.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { account, passwordLogin, sessionOf } from '../harness/accounts.ts';
import { freshRoom, marker } from '../harness/ids.ts';
import { FREE_OPEN_VARS } from '../harness/server.ts';
import { guest } from '../harness/session.ts';
import { FrameSocket } from '../harness/socket.ts';
import { onPooledServer, onSharedServer } from '../harness/suite.ts';
import { until } from '../harness/wait.ts';

const base = await onSharedServer();

describe('resume', { concurrency: true }, () => {
  test('since gives what came after it, epoch agreed; welcome says resumed', async () => {
    const room = freshRoom();
    const one = await guest(base);
    const first = await FrameSocket.joined(base, room, one);
    for (let n = 1; n <= 5; n += 1) await first.say(`r${n}`);
    first.terminate();
    for (const query of [{ since: 2, epoch: first.epoch }, { since: 2 }] as Record<string, string | number>[]) {
      const second = await FrameSocket.joined(base, room, one, { query });
      assert.equal(second.all('welcome')[0]!['resumed'], true);
      assert.deepEqual(replayed(second).map((event) => event.content), ['r3', 'r4', 'r5']);
    }
  });

  test('a device that signs in later reads all that was said before, by its own person as well', async () => {
    const [ada, ben] = [await account(base), await account(base)];
    const room = (await ada.api.ok('POST', '/api/rooms', { name: marker(), visibility: 'private', memberIds: [ben.user.id] })).id as string;
    await until('the question', async () => (await ben.api.post(`/api/rooms/${room}/members/me`)).status === 200);
    const [first, other] = [await FrameSocket.joined(base, room, ada), await FrameSocket.joined(base, room, ben)];
    const said = [marker(), marker()];
    await first.say(said[0]!);
    await other.say(said[1]!);
    const later = sessionOf(base, await passwordLogin(base, ada.email));
    const second = await FrameSocket.joined(base, room, later);
    assert.deepEqual(replayed(second).map((event) => event.content).filter((content) => said.includes(content as string)), said);
  });

  test('a foreign epoch, or a seq beyond the head, is a reset', async () => {
    const room = freshRoom();
    const one = await guest(base);
    const first = await FrameSocket.joined(base, room, one);
    for (let n = 1; n <= 3; n += 1) await first.say(`r${n}`);
    const foreign = first.epoch === '00000000' ? '00000001' : '00000000';
    const cursors: Record<string, string | number>[] = [{ since: 2, epoch: foreign }, { since: 99, epoch: first.epoch }, { since: 99 }];
    for (const query of cursors) {
      const second = await FrameSocket.room(base, room, one, { query });
      const reset = await second.next('reset');
      assert.equal(reset['epoch'], first.epoch);
      assert.equal(reset['head'], 3);
      const history = await second.next('history');
      assert.deepEqual(history['messages'].map((event: any) => event.content), ['r1', 'r2', 'r3'], 'and everything is loaded again');
    }
    // The same holds for requested pages: a cursor of an earlier epoch must not look like "nothing new".
    first.send({ type: 'history', rid: 'far', since: 99 });
    assert.deepEqual(pick(await first.next('reset')), { epoch: first.epoch, head: 3 });
    const page = await first.next((frame) => frame.type === 'history' && frame['rid'] === 'far');
    assert.deepEqual([page['messages'], page['next'], page['more'], page['reset']], [[], 3, false, true]);
    const asked = await one.api.ok('GET', `/api/messages?roomId=${room}&since=99`);
    assert.deepEqual([asked.messages, asked.next, asked.more, asked.reset], [[], 3, false, true]);
    assert.ok(!('reset' in (await one.api.ok('GET', `/api/messages?roomId=${room}&since=3`))), 'the head itself is a good cursor');
  });
});

const pick = ({ epoch, head }: any) => ({ epoch, head });

test('joining with since during a burst: every event once, in order; also when the replay has many pages', async () => {
  const { base: own } = await onPooledServer(FREE_OPEN_VARS, true);
  const room = freshRoom();
  const TOTAL = 1_000;
  const writer = await FrameSocket.joined(own, room, await guest(own), { protocols: ['cfm.v1.batch', 'cfm.v1'] });
  const writing = (async () => {
    // A steady stream keeps ten messages under way until all are stored.
    for (let n = 0; n < TOTAL; n += 10) {
      await Promise.all(Array.from({ length: 10 }, (_, k) => writer.say(`b${n + k}`)));
    }
  })();
  const reader = await guest(own);
  await writer.next((frame) => frame.type === 'chat' && frame['seq'] >= 250);
  const joins = [];
  for (let n = 0; n < 6; n += 1) {
    // The test client itself fails on the first gap or repetition after `since`.
    const since = n % 2 ? writer.lastSeq! - 5 : n * 7;
    joins.push(await FrameSocket.room(own, room, reader, { query: { since, epoch: writer.epoch }, protocols: n % 3 ? ['cfm.v1'] : ['cfm.v1.batch', 'cfm.v1'] }));
  }
  await writing;
  for (const socket of joins) {
    await socket.next((frame) => holds(frame, TOTAL));
    assert.equal(socket.lastSeq, TOTAL);
    for (const page of socket.all('history')) assert.ok(page['messages'].length <= 100, 'pages of at most 100');
    const contents = [...replayed(socket), ...socket.all('chat')].map((event) => event.content);
    assert.equal(new Set(contents).size, contents.length);
  }
});

const replayed = (socket: FrameSocket): any[] => socket.all('history').flatMap((page) => page['messages']);
const holds = (frame: any, seq: number): boolean =>
  (frame.type === 'chat' && frame.seq === seq) || (frame.type === 'history' && frame.messages.at(-1)?.seq === seq);
