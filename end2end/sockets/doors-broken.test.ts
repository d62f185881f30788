// core.md 1.4: a failed write is neither acknowledged nor shown, on any door. Stored data stays, and the next write continues behind it.

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { before, describe, test } from 'node:test';
import { Device, freshUser, publish } from '../harness/hopeflow.ts';
import { all, hubRoom, HubSocket, post } from '../harness/hub.ts';
import { freshRoom } from '../harness/ids.ts';
import { JWT_SECRET } from '../harness/jwt.ts';
import { chain, eventsOf, freshStore, Wire } from '../harness/livestore.ts';
import { PacketSocket } from '../harness/packet_socket.ts';
import { guest, type Session } from '../harness/session.ts';
import { FrameSocket } from '../harness/socket.ts';
import { onOwnServer } from '../harness/suite.ts';
import { spoilObjects } from '../harness/tables.ts';
import { within } from '../harness/wait.ts';

const server = await onOwnServer({ JWT_SECRET, OPEN_ROOMS: '1' });
const { base } = server;
const [room, user, store, common] = [hubRoom(), freshUser(), freshStore(), freshRoom()];
let one: Session;

// Each log gets a first entry. Then the disk refuses every entry that is called poison.
before(async () => {
  one = await guest(base);
  await post(base, room, 'first');
  await publish(base, { userId: user, type: 'm', payload: 'first', durable: true });
  const wire = await Wire.to(base, store);
  assert.equal((await wire.push(chain(0, 2)))._tag, 'WSMessage.PushAck');
  const socket = await PacketSocket.joined(base, common, one.token);
  await socket.said('first');
  await server.kill9();
  spoilObjects(server.state, 'messages', "new.id = 'poison'");
  spoilObjects(server.state, 'envelopes', "new.kind = 'poison'");
  spoilObjects(server.state, 'eventlog_7', "new.name = 'poison'");
  spoilObjects(server.state, 'events', "new.id = 'poison'");
  await server.restart();
});

describe('a write that fails', { concurrency: true }, () => {
  test('in a hub room: 500 or 1011 and no acknowledgement; the log goes on', async () => {
    const [reader, writer] = [await HubSocket.open(base, room), await HubSocket.enveloped(base, room)];
    writer.say({ op: 'send', id: 'poison', body: 'x' });
    for (const socket of [reader, writer]) assert.equal((await within('all are sent away', socket.closed)).code, 1011);
    assert.deepEqual(writer.ops().filter((op) => op.op === 'ack'), []);
    const reply = await post(base, room, 'x', { 'idempotency-key': 'poison' });
    assert.deepEqual([reply.status, JSON.parse(reply.text)], [500, { error: 'Internal Server Error', code: 'INTERNAL' }]);
    assert.equal((await post(base, room, 'second')).headers['x-message-seq'], '2');
    assert.deepEqual((await all(base, room)).map((item) => item.body), ['first', 'second']);
    assert.deepEqual(reader.frames, []);
  });

  test('in a channel of HopeFlow: 503 for it, and for whoever waits meanwhile; devices are sent away and come back', async () => {
    const device = await Device.listening(base, user, { type: 'slow' }, { type: 'poison' });
    const waiting = publish(base, { userId: user, type: 'slow' });
    await device.nextJson();
    const key = { 'idempotency-key': randomUUID() };
    const poisoned = await publish(base, { userId: user, type: 'poison', durable: true }, key);
    // A publish without an answer from a device would get 200 without results after five seconds.
    for (const { status, body } of [poisoned, await waiting]) assert.deepEqual([status, body], [503, { error: 'Service Unavailable' }]);
    assert.equal((await device.end()).code, 1011);
    assert.deepEqual(device.rest(), [], 'nobody has heard of it');
    // The failed write has not used up the key, so it can serve for another envelope.
    const again = await publish(base, { userId: user, type: 'm', payload: 'second', durable: true }, key);
    assert.deepEqual([again.status, again.body.seq, again.reply.headers['idempotent-replay']], [200, 2, undefined]);
    const { welcome } = await Device.v2(base, user);
    assert.equal(welcome.head, 2);
  });

  test('in a store of LiveStore: an Error in general words, nothing of the batch, and all stay', async () => {
    const [writer, reader] = [await Wire.to(base, store), await Wire.to(base, store)];
    const batch = chain(2, 3);
    batch[1]!.name = 'poison';
    const { _tag, message } = await writer.push(batch);
    assert.deepEqual([_tag, message], ['WSMessage.Error', 'Internal error']);
    assert.deepEqual(eventsOf(await reader.pull()).map((event) => event.seqNum), [1, 2]);
    assert.equal((await writer.push(chain(2, 3)))._tag, 'WSMessage.PushAck');
    const received = await reader.nextThat((message) => message.requestId?.context === 'push');
    assert.deepEqual(eventsOf([received]).map((event) => event.seqNum), [3, 4, 5], 'the first that it hears of');
    for (const wire of [writer, reader]) await wire.close();
  });

  test('in a room, by packet: no echo, 1011 for packets and frames, and REST has what was there', async () => {
    const [packets, frames] = [await PacketSocket.joined(base, common, one.token), await FrameSocket.joined(base, common, one)];
    packets.say('x', 'poison');
    await packets.closedWith(1011);
    assert.equal((await within('frames too', frames.closed)).code, 1011);
    assert.deepEqual(packets.all('Message').filter((packet) => packet.id === 'poison'), []);
    const again = await PacketSocket.joined(base, common, one.token);
    await again.said('second');
    assert.deepEqual((await one.api.ok('GET', `/api/messages?roomId=${common}`)).messages.map((event: any) => [event.seq, event.content]), [[1, 'first'], [2, 'second']]);
    await again.close();
  });
});
