// Special rules of large rooms. With more than 20 people, a receipt is sent only to the authors of the messages that it covers
// (messenger.md 8). With more than 50 people, a client may take a part of their list (messenger.md 5.7). A log has at most 1,024 sockets
// (core.md 5).

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { refused } from '../harness/api.ts';
import { freshRoom } from '../harness/ids.ts';
import { fixed, limits } from '../harness/limits.ts';
import { TextSocket } from '../harness/text_socket.ts';
import { FREE_OPEN_VARS } from '../harness/server.ts';
import { guest, type Session } from '../harness/session.ts';
import { FrameSocket, type Frame, upgradeRefused } from '../harness/socket.ts';
import { onPooledServer } from '../harness/suite.ts';
import { until } from '../harness/wait.ts';

const LOG_SOCKETS_MAX = fixed.socketsPerLog;
const OWN_SOCKETS_MAX = limits.socketsPerRoom;
const RECEIPT_PEOPLE_MAX = fixed.receiptPeople;

const { base } = await onPooledServer(FREE_OPEN_VARS, true);

test('a receipt is told to everybody among 20, and among 21 to the authors of what it covers', async () => {
  const room = freshRoom();
  const joined = async (who: Session) => FrameSocket.joined(base, room, who);
  const [author, bystander, reader] = [await guest(base), await guest(base), await guest(base)];
  const [mine, theirs, reading] = [await joined(author), await joined(bystander), await joined(reader)];
  const others: FrameSocket[] = [];
  while (others.length < RECEIPT_PEOPLE_MAX - 3) others.push(await joined(await guest(base)));
  const covers = (seq: number) => (frame: Frame) =>
    frame.type === 'delivery_status' && frame['senderId'] === reader.user.id && frame['upToSeq'] === seq && frame['status'] === 'delivered';
  const acknowledged = async () => {
    const { seq } = await mine.say('hello');
    await reading.next((frame) => frame.type === 'chat' && frame['seq'] === seq);
    reading.send({ type: 'ack', upToSeq: seq, status: 'delivered' });
    await mine.next(covers(seq));
    return seq;
  };

  await theirs.next(covers(await acknowledged()));
  others.push(await joined(await guest(base)));
  const second = await acknowledged();
  await theirs.never(covers(second), 'told to somebody who wrote nothing');
  // The reader's own devices still receive it.
  await reading.next(covers(second));
  // A new visitor does not learn the positions of everybody.
  const late = await guest(base);
  const last = await joined(late);
  assert.deepEqual(Object.keys(last.all('welcome')[0]!['receipts']), [late.user.id]);
  for (const socket of [mine, theirs, reading, last, ...others]) await socket.close();
});

test('a client that takes pages is told the first people and the number, and asks for the others', async () => {
  const room = freshRoom();
  const people = await Promise.all(Array.from({ length: fixed.participantsTold + 3 }, () => guest(base)));
  const crowd = await Promise.all(people.map((one) => FrameSocket.joined(base, room, one)));
  const late = await guest(base);
  const mine = await FrameSocket.joined(base, room, late, { query: { participants: 'page' } });
  const first = mine.all('participants')[0]!;
  assert.equal(first['count'], people.length + 1);
  assert.equal(first['participants'].length, fixed.participantsTold);
  assert.equal(first['participants'][0].id, late.user.id);

  const known: string[] = [];
  for (let after = '', more = true; more; ) {
    const rid = `p${known.length}`;
    mine.send({ type: 'participants', rid, after, limit: 20 });
    const page = await mine.next((frame) => frame.type === 'participants_page' && frame['rid'] === rid);
    assert.ok(page['items'].length <= 20);
    known.push(...page['items'].map((one: any) => one.id));
    [after, more] = [page['next'], page['more']];
  }
  assert.deepEqual(known, [...people, late].map((one) => one.user.id).sort(), 'everybody once, by id');

  const newcomer = await guest(base);
  crowd.push(await FrameSocket.joined(base, room, newcomer));
  const counted = await mine.next((frame) => frame.type === 'participants' && frame['count'] === people.length + 2);
  assert.deepEqual(counted['joined'].filter((one: any) => one.id === newcomer.user.id), [], 'only counted');
  const told = await crowd[0]!.next((frame) => frame.type === 'participants' && frame['joined']?.some((one: any) => one.id === newcomer.user.id));
  assert.equal(told['count'], undefined, 'an older client is told the row and no number');
  await crowd[0]!.close();
  await mine.next((frame) => frame.type === 'participants' && frame['left']?.includes(people[0]!.user.id) && frame['count'] === people.length + 1);
  for (const socket of [mine, ...crowd.slice(1)]) await socket.close();
});

test('the 1,025th socket of a room is refused by its handshake, and a place that is left is free again @night', async () => {
  const path = `/api/ws/room/${freshRoom()}`;
  const open = ({ token }: Session) => TextSocket.open(base, path, { headers: { authorization: `Bearer ${token}` }, protocols: ['cfm.v1'] });
  const lines: TextSocket[] = [];
  const beat = setInterval(() => lines.forEach((line) => line.isOpen() && line.text('ping')), 20_000);
  after(() => clearInterval(beat));
  while (lines.length < LOG_SOCKETS_MAX) {
    const people = await Promise.all(Array.from({ length: 8 }, () => guest(base)));
    lines.push(...(await Promise.all(people.flatMap((one) => Array.from({ length: OWN_SOCKETS_MAX }, () => open(one))))));
  }
  assert.equal(lines.length, LOG_SOCKETS_MAX);
  const late = await guest(base);
  refused(await upgradeRefused(base, path, { session: late, protocols: [] }), 429, 'RATE_LIMITED');
  const headers = { origin: base, authorization: `Bearer ${late.token}` };
  const browser = await FrameSocket.open(base, path, { headers });
  await browser.closedWith(4429);
  assert.deepEqual(browser.frames, []);
  assert.ok(lines.every((line) => line.isOpen()), 'nobody had to go for it');
  await lines[0]!.close();
  const again = await until('a place is free', () => open(late).catch(() => undefined));
  assert.equal((await again.nextJson()).type, 'welcome');
  for (const line of [again, ...lines]) line.terminate();
});
