// wasmchannel.md 1, 2 and 9: packets byte by byte, as a second implementation writes and reads them. The native tests of
// `protocol/src/wire/wasmchannel` show which wrong ones are refused, and with which word.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { freshRoom } from '../harness/ids.ts';
import { pack, unpackPacket } from '../harness/packet.ts';
import { PacketSocket } from '../harness/packet_socket.ts';
import { guest } from '../harness/session.ts';
import { onSharedServer } from '../harness/suite.ts';

const base = await onSharedServer();

/** Worked examples of wasmchannel.md 1.3. */
const A = '0001066d2d3030303100001c04224d186040820d00008053656520796f7520617420383f0000000001fc0645d753';
const B = '0001066d2d303030320105755f6d6961001b04224d186040820c0000002f686102000e5061686168610000000001fc419d5ee6';
const C = '0301066d2d303030310105755f6d696101030b04224d186040820000000001fc367abd5f';

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
  });

  test('ten invalid packets in a minute: 1008; too large a packet: 1009; text: 1003; ping: pong', async () => {
    const room = freshRoom();
    const { token } = await guest(base);
    const [bad, large, chatty, calm] = await Promise.all([0, 1, 2, 3].map(() => PacketSocket.joined(base, room, token)));
    for (let n = 0; n < 9; n += 1) bad!.sendBytes(Buffer.from([9]));
    for (let n = 0; n < 9; n += 1) await bad!.notice();
    bad!.sendBytes(Buffer.from([9]));
    await bad!.closedWith(1008);
    large!.sendBytes(Buffer.alloc(65_537));
    await large!.closedWith(1009);
    chatty!.sendText('{"type":"chat"}');
    await chatty!.closedWith(1003);
    calm!.sendText('ping');
    await calm!.said('after it');
    assert.equal(calm!.pongs, 1);
  });
});
