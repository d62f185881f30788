// wasmchannel.md 1, 2 and 9: packets byte by byte, and the refusal of wrong ones. Only the sender learns of a refusal.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Api } from '../harness/api.ts';
import { freshRoom, uuid } from '../harness/ids.ts';
import { bomb, frame, pack, unpackPacket, varint, type Parts } from '../harness/packet.ts';
import { PacketSocket } from '../harness/packet_socket.ts';
import { guest } from '../harness/session.ts';
import { onSharedServer } from '../harness/suite.ts';

const base = await onSharedServer();

/** Worked examples of wasmchannel.md 1.3. */
const A = '0001066d2d3030303100001c04224d186040820d00008053656520796f7520617420383f0000000001fc0645d753';
const B = '0001066d2d303030320105755f6d6961001b04224d186040820c0000002f686102000e5061686168610000000001fc419d5ee6';
const C = '0301066d2d303030310105755f6d696101030b04224d186040820000000001fc367abd5f';

/** Opens a sender and an observer in a fresh room. */
async function pair(): Promise<{ one: PacketSocket; other: PacketSocket }> {
  const room = freshRoom();
  const other = await PacketSocket.joined(base, room, (await guest(base)).token);
  const one = await PacketSocket.joined(base, room, (await guest(base)).token);
  await other.next('Joined');
  return { one, other };
}

/** Asserts that the sender gets the reason for each of these packets and the observer gets nothing. */
async function refusedAll(cases: [string, Uint8Array][]): Promise<void> {
  for (let at = 0; at < cases.length; at += 8) {
    const { one, other } = await pair();
    for (const [reason, bytes] of cases.slice(at, at + 8)) {
      one.sendBytes(bytes);
      assert.equal(await one.notice(), `Invalid packet: ${reason}`, Buffer.from(bytes).toString('hex').slice(0, 120));
    }
    await one.said('still here');
    const next = await other.next('Message');
    assert.equal(next.text, 'still here', 'nothing refused was relayed');
    await Promise.all([one.close(), other.close()]);
  }
}

/** Asserts that each of these packets is refused with a matching text and the observer gets nothing. A socket carries as many as it may. */
async function refusedForSome(words: RegExp, packets: Uint8Array[]): Promise<void> {
  const room = freshRoom();
  const other = await PacketSocket.joined(base, room, (await guest(base)).token);
  const { token } = await guest(base);
  for (let at = 0; at < packets.length; at += 9) {
    const one = await PacketSocket.joined(base, room, token);
    for (const bytes of packets.slice(at, at + 9)) {
      one.sendBytes(bytes);
      assert.match(await one.notice(), words, Buffer.from(bytes).toString('hex'));
    }
    await one.close();
  }
  const last = await PacketSocket.joined(base, room, token);
  await last.said('still here');
  assert.equal((await other.next('Message')).text, 'still here', 'nothing refused was relayed');
  await Promise.all([last.close(), other.close()]);
}

describe('packets', { concurrency: true }, () => {
  test('the worked examples are these bytes, in both directions', () => {
    assert.equal(pack({ kind: 'Message', id: 'm-0001', payload: 'See you at 8?' }).toString('hex'), A);
    assert.deepEqual(unpackPacket(Buffer.from(B, 'hex')), { kind: 'Message', id: 'm-0002', user: 'u_mia', reaction: null, text: 'ha'.repeat(20) });
    assert.equal(pack({ kind: 'Reaction', id: 'm-0001', user: 'u_mia', reaction: 'Heart' }).toString('hex'), C);
  });

  test('the worked examples over a socket: what the server writes is these bytes, but for who said it', async () => {
    const room = freshRoom();
    const [writer, reader] = [await guest(base), await guest(base)];
    const other = await PacketSocket.joined(base, room, reader.token);
    const one = await PacketSocket.joined(base, room, writer.token);
    const by = Buffer.from([1, writer.user.id.length, ...Buffer.from(writer.user.id)]).toString('hex');
    const MIA = '01' + '05' + Buffer.from('u_mia').toString('hex');
    // Example A is what a client sends; the server adds the sender.
    one.sendBytes(Buffer.from(A, 'hex'));
    for (const socket of [one, other]) {
      const received = await socket.next('Message');
      assert.deepEqual([received.id, received.user, received.text, received.reaction], ['m-0001', writer.user.id, 'See you at 8?', null]);
      assert.equal(socket.hexOf(received), A.replace('6d2d30303031' + '00', '6d2d30303031' + by));
    }
    // Examples B and C can come only from the server, so a client that sends them is refused.
    for (const hex of [B, C]) {
      one.sendBytes(Buffer.from(hex, 'hex'));
      assert.equal(await one.notice(), 'Invalid packet: user id not allowed');
    }
    one.say('ha'.repeat(20), 'm-0002');
    for (const socket of [one, other]) {
      const received = await socket.next('Message');
      assert.equal(received.text, 'ha'.repeat(20), 'nothing that was refused came before it');
      assert.equal(socket.hexOf(received), B.replace(MIA, by));
    }
    one.send({ kind: 'Reaction', id: 'm-0001', reaction: 'Heart' });
    for (const socket of [one, other]) {
      const received = await socket.next('Reaction');
      assert.deepEqual([received.id, received.user, received.reaction, received.text], ['m-0001', writer.user.id, 'Heart', '']);
      assert.equal(socket.hexOf(received), C.replace(MIA, by));
    }
    await Promise.all([one.close(), other.close()]);
  });

  test('999 bytes pass, 1,000 and a bomb are refused, an empty text is a message', async () => {
    const { one, other } = await pair();
    const long = 'é'.repeat(499) + 'x';
    await one.said(long);
    assert.equal((await other.next('Message')).text, long);
    one.say('x'.repeat(1_000));
    assert.equal(await one.notice(), 'Invalid packet: payload too large');
    const zeros = bomb(1 << 20);
    assert.ok(zeros.length < 4_500, `${zeros.length} bytes`);
    one.send({ kind: 'Message', id: 'bomb', frame: zeros });
    assert.equal(await one.notice(), 'Invalid packet: payload too large');
    await one.said('');
    assert.equal((await other.next('Message')).text, '');
    await Promise.all([one.close(), other.close()]);
  });

  test('every prefix, every flipped bit of payload and checksum, every length that lies', async () => {
    const good = pack({ kind: 'Message', id: 'm-1', payload: 'hello' });
    const begin = good.indexOf(Buffer.from([0x04, 0x22, 0x4d, 0x18]));
    const end = begin + good[begin - 1]!;
    // The empty prefix is left out, because it is ignored.
    const prefixes = Array.from({ length: good.length - 1 }, (_, at) => good.subarray(0, at + 1));
    const flipped = (from: number, to: number) =>
      Array.from({ length: (to - from) * 8 }, (_, bit) => {
        const bytes = Buffer.from(good);
        bytes[from + (bit >> 3)]! ^= 1 << (bit & 7);
        return bytes;
      });
    await refusedForSome(/^Invalid packet: truncated$/, prefixes);
    await refusedForSome(/^Invalid packet: bad checksum$/, flipped(begin, end));
    // The bytes before both parts hold their lengths. A wrong length leaves too few or too many bytes behind it.
    const lengths = /^Invalid packet: (bad checksum|bad coding|truncated|trailing bytes|payload too large)$/;
    for (const bytes of [flipped(begin - 1, begin), flipped(end + 1, good.length)]) await refusedForSome(lengths, bytes);
    const cases: [string, Uint8Array][] = [];
    for (const lie of [2 ** 31, 1_000, 2 ** 40]) {
      cases.push(['truncated', Buffer.from([0, 1, ...varint(lie), 0x61, 0x61])]);
      cases.push(['truncated', Buffer.from([0, 0, 0, 0, ...varint(lie), 0x04, 0x22])]);
    }
    cases.push(['truncated', Buffer.concat([Buffer.from([0, 1, 253]), Buffer.alloc(8, 255), Buffer.alloc(20)])]);
    cases.push(['trailing bytes', Buffer.concat([good, Buffer.from([0])])]);
    await refusedAll(cases);
  });

  test('wrong codings and frames', async () => {
    const message = (more: Partial<Parts>): Buffer => pack({ kind: 'Message', id: 'm-1', payload: 'x', ...more });
    const badHead = frame(Buffer.from('x'));
    badHead[6]! ^= 1;
    const reserved = frame(Buffer.from('x'));
    reserved[4]! |= 0x02;
    const sound = frame(Buffer.from('x'));
    const wrongSum = frame(Buffer.from('x'), { contentChecksum: true });
    wrongSum[wrongSum.length - 1]! ^= 1;
    const wrongBlock = frame(Buffer.from('x'), { blockChecksums: true });
    wrongBlock[12]! ^= 1;
    const wrongSize = frame(Buffer.from('xxxx'), { contentSize: true }, [Uint8Array.of(0x10, 0x78)]);
    const longMatch = frame(Buffer.from('xxxx'), {}, [Uint8Array.from([0x10, 0x78, 0, 0, 0x50, 0, 0, 0, 0, 0])]);
    await refusedAll([
      ['unknown kind', pack({ kind: 6, id: 'm-1' })],
      ['unknown reaction', message({ reaction: 5 })],
      ['bad coding', message({ serialized: 2 })],
      ['bad coding', Buffer.from([0xfe, 0, 0, 0])],
      ['bad coding', Buffer.from([0, 2, 0, 0])],
      ['bad text', message({ id: Uint8Array.of(0xff, 0xfe) })],
      ['bad text', message({ payload: Uint8Array.of(0xc3, 0x28) })],
      ['bad frame', message({ frame: new Uint8Array(0) })],
      ['bad frame', message({ frame: Buffer.from('plain text') })],
      ['bad frame', message({ frame: badHead })],
      ['bad frame', message({ frame: reserved })],
      ['bad frame', message({ frame: sound.subarray(0, sound.length - 4) })],
      ['bad frame', message({ frame: Buffer.concat([sound, sound]) })],
      ['bad frame', message({ frame: wrongSum })],
      ['bad frame', message({ frame: wrongBlock })],
      ['bad frame', message({ frame: wrongSize })],
      ['bad frame', message({ frame: longMatch })],
    ]);
  });

  test('long forms, a zero in field 6 and frames with everything in them are read', async () => {
    const { one, other } = await pair();
    const whole = { blockChecksums: true, contentChecksum: true, contentSize: true, linked: true };
    const packets: [string, Buffer][] = [
      ['sums', pack({ kind: 'Message', id: uuid(), frame: frame(Buffer.from('sums'), whole) })],
      ['zero', pack({ kind: 'Message', id: uuid(), payload: 'zero', serialized: 0 })],
      ['long', Buffer.concat([Buffer.from([0xfc, 0, 0, 0, 0]), pack({ kind: 'Message', id: uuid(), payload: 'long' }).subarray(1)])],
    ];
    for (const [text, bytes] of packets) {
      one.sendBytes(bytes);
      assert.equal((await other.next('Message')).text, text);
    }
    await Promise.all([one.close(), other.close()]);
  });

  test('what only the server says, and what lacks a part', async () => {
    await refusedAll([
      ['user id not allowed', pack({ kind: 'Message', id: 'm-1', user: 'u_mia', payload: 'x' })],
      ['user id not allowed', pack({ kind: 'Message', id: 'm-1', user: '', payload: 'x' })],
      ['user id not allowed', pack({ kind: 'Typing', user: 'u_mia' })],
      ['kind not allowed', pack({ kind: 'OnlineUsers', payload: '99' })],
      ['kind not allowed', pack({ kind: 'Delete', id: 'm-1' })],
      ['kind not allowed', pack({ kind: 'Joined', payload: 'Mia' })],
      ['message id required', pack({ kind: 'Message', payload: 'x' })],
      ['message id required', pack({ kind: 'Message', id: '', payload: 'x' })],
      ['message id required', pack({ kind: 'Message', id: 'x'.repeat(129), payload: 'x' })],
      ['message id not allowed', pack({ kind: 'Typing', id: 'm-1' })],
      ['reaction kind required', pack({ kind: 'Reaction', id: 'm-1' })],
      ['reaction target required', pack({ kind: 'Reaction', reaction: 'Like' })],
    ]);
  });

  test('ten invalid packets in a minute: 1008; too large a packet: 1009; text: 1003; ping: pong', async () => {
    const room = freshRoom();
    const { token } = await guest(base);
    const [bad, large, chatty, calm] = await Promise.all([0, 1, 2, 3].map(() => PacketSocket.joined(base, room, token)));
    for (let n = 0; n < 9; n += 1) bad!.sendBytes(Buffer.from([9]));
    for (let n = 0; n < 9; n += 1) await bad!.notice();
    bad!.sendBytes(Buffer.from([9]));
    await bad!.closedWith(1008);
    const rude = await PacketSocket.joined(base, room, token);
    const { id } = await rude.said('gone');
    await new Api(base, { authorization: `Bearer ${token}` }).ok('DELETE', `/api/messages/${id}?roomId=${room}&for=all`);
    for (let n = 0; n < 10; n += 1) rude.send({ kind: 'Reaction', id: id!, reaction: 'Like' });
    await rude.closedWith(1008);
    large!.sendBytes(Buffer.alloc(65_537));
    await large!.closedWith(1009);
    chatty!.sendText('{"type":"chat"}');
    await chatty!.closedWith(1003);
    calm!.sendText('ping');
    await calm!.said('after it');
    assert.equal(calm!.pongs, 1);
    await calm!.close();
  });
});
