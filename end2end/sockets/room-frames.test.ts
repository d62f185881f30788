// messenger.md 5.2 to 5.4: the frames that a room accepts, their limits, and the refusals.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { freshRoom, marker, uuidv7 } from '../harness/ids.ts';
import { guest } from '../harness/session.ts';
import { FrameSocket, type Frame } from '../harness/socket.ts';
import { onSharedServer } from '../harness/suite.ts';

const base = await onSharedServer();

async function pair() {
  const room = freshRoom();
  const [one, two] = await Promise.all([guest(base), guest(base)]);
  const mine = await FrameSocket.joined(base, room, one!);
  const theirs = await FrameSocket.joined(base, room, two!);
  return { room, one: one!, two: two!, mine, theirs };
}

// core.md 7 asks for 1007 on invalid UTF-8. The runtime replaces invalid bytes by U+FFFD before an object sees the text, so the Worker
// cannot detect them. Everybody sees the stored text, and nothing breaks.
test('bytes that are no UTF-8 in a text frame read as replacement characters, and the socket goes on', async () => {
  const one = await guest(base);
  const socket = await FrameSocket.joined(base, freshRoom(), one);
  const id = uuidv7();
  const frame = (content: Buffer) => Buffer.concat([Buffer.from(`{"type":"chat","id":"${id}","content":"a`), content, Buffer.from('b"}')]);
  socket.sendTextBytes(frame(Buffer.from([0xff, 0xc3])));
  await socket.answerTo(id);
  const said = await socket.next((each) => each.type === 'chat' && each['id'] === id);
  assert.equal(said['content'], 'a\ufffd\ufffdb');
  socket.sendTextBytes(Buffer.from([0xff, 0xfe, 0x00]));
  assert.equal((await socket.next('error'))['code'], 'BAD_JSON');
  await socket.barrier();
});

describe('room frames', { concurrency: true }, () => {
  test('text is passed on as sent: no trimming, no escaping, no normalising', async () => {
    const { mine, theirs } = await pair();
    for (const content of ['  <b>&amp; "x" \\ </b>  ', 'a\u0301 \u00e1', 'line\nbreak\ttab', '\u202etfel', '😀\u200d🚀']) {
      await mine.say(content);
      assert.equal((await theirs.next('chat'))['content'], content);
    }
  });

  test('empty, blank, NUL and lone surrogates are refused', async () => {
    const { mine } = await pair();
    await mine.refusalOf(mine.chat('nul \u0000 inside'), 'INVALID_TEXT');
    await mine.refusalOf(mine.chat(' \n\t\u00a0'), 'INVALID_TEXT');
    const id = uuidv7();
    mine.sendText(`{"type":"chat","id":"${id}","content":"lone \\ud800 half"}`);
    // The whole frame is unreadable, so its error may lack the id.
    assert.equal((await mine.next('error'))['code'], 'INVALID_TEXT');
    const empty = mine.chat('');
    const refused = await mine.next((frame) => frame.type === 'error' && frame['id'] === empty);
    assert.ok(['VALIDATION', 'INVALID_TEXT'].includes(refused['code']), JSON.stringify(refused));
  });

  test('senderId, displayName, timestamp, roomId and seq of the frame are ignored', async () => {
    const { mine, theirs, one, two, room } = await pair();
    await mine.say(marker(), { senderId: two.user.id, displayName: 'Mallory', timestamp: 1, roomId: 'general', seq: 99 });
    const seen = await theirs.next('chat');
    assert.equal(seen['senderId'], one.user.id);
    assert.equal(seen['displayName'], one.user.displayName);
    assert.equal(seen['roomId'], room);
    assert.equal(seen['seq'], 1);
    assert.ok(Math.abs(seen['timestamp'] - Date.now()) < 60_000);
  });

  test('ping: text gets text, JSON gets the server clock', async () => {
    const { mine } = await pair();
    mine.sendText('ping');
    mine.send({ type: 'ping', t: 41 });
    const pong = await mine.next('pong');
    assert.equal(pong['t'], 41);
    assert.ok(Math.abs(pong['timestamp'] - Date.now()) < 60_000);
    await mine.barrier();
    assert.equal(mine.pongs.length, 1);
  });

  test('typing without renewal ends by itself, and not before 3 s', async () => {
    const { one, mine, theirs } = await pair();
    const shown = (isTyping: boolean) => theirs.next((frame: Frame) => frame.type === 'typing' && frame['isTyping'] === isTyping);
    const sentMs = Date.now();
    mine.send({ type: 'typing', isTyping: true });
    const seen = await shown(true);
    assert.deepEqual(seen, { type: 'typing', senderId: one.user.id, displayName: one.user.displayName, isTyping: true, expiresInMs: 3_000 });
    assert.equal((await shown(false))['senderId'], one.user.id);
    // The typing began after this client sent it, so the lower limit holds.
    assert.ok(Date.now() - sentMs >= 3_000, `ended after ${Date.now() - sentMs} ms`);
  });

  test('asked history pages go both ways and carry the rid', async () => {
    const { mine } = await pair();
    for (let n = 1; n <= 5; n += 1) await mine.say(`h${n}`);
    for (const [rid, where, texts] of [['back', { before: 6 }, ['h4', 'h5']], ['on', { since: 2 }, ['h3', 'h4']]] as const) {
      mine.send({ type: 'history', rid, limit: 2, ...where });
      const page = await mine.next((frame) => frame['rid'] === rid);
      assert.deepEqual(page['messages'].map((event: any) => event.content), texts);
      assert.deepEqual([page['more'], page['head'], page['epoch']], [true, 5, mine.epoch]);
    }
    mine.send({ type: 'history', rid: 'bad', before: 0 });
    const refused = await mine.next('error');
    assert.deepEqual([refused['code'], refused['rid']], ['BAD_CURSOR', 'bad']);
  });

  test('the presence socket keeps the same rules, with 4,096 bytes', async () => {
    const one = await guest(base);
    const open = () => FrameSocket.device(base, one);
    const first = await open();
    first.send({ type: 'teleport' });
    assert.equal((await first.next('error'))['code'], 'UNKNOWN_TYPE');
    first.sendBinary(Buffer.from('x'));
    await first.closedWith(1003);
    const second = await open();
    second.sendText(`{"type":"ping","t":1,"pad":"${'p'.repeat(4096)}"}`);
    await second.closedWith(1009);
    const third = await open();
    for (let n = 0; n < 10; n += 1) third.sendText('{');
    await third.closedWith(1008);
  });
});
