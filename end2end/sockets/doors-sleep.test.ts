// core.md 5, 6, livestore.md 15: limits and other important state survive the sleep of an object. The runtime puts an object to sleep after
// ten seconds without an event. A room writes its pending rows before that.

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { describe, test } from 'node:test';
import { Device, freshUser, publish } from '../harness/hopeflow.ts';
import { send } from '../harness/http.ts';
import { bearer, hubRoom, HubSocket, post } from '../harness/hub.ts';
import { freshRoom } from '../harness/ids.ts';
import { JWT_SECRET } from '../harness/jwt.ts';
import { chain, eventsOf, freshStore, Wire } from '../harness/livestore.ts';
import { PacketSocket } from '../harness/packet_socket.ts';
import { guest } from '../harness/session.ts';
import { onOwnServer } from '../harness/suite.ts';
import { PATIENCE_MS, moment, until } from '../harness/wait.ts';

const ADMIN = 'an admin token for tests';
// Objects report their numbers every second. The count of wakes with open sockets proves that an object has slept.
const server = await onOwnServer({ OPEN_ROOMS: '1', JWT_SECRET, RATE_HUB: '20/60', RATE_PACKET: '5/600', ADMIN_TOKEN: ADMIN, NUMBERS_REPORT_S: '1' });
const { base } = server;
const SLEEP_MS = 30_000;

/** Returns the number of times that objects of this kind woke to open sockets. */
async function wakes(object: string): Promise<number> {
  const { text } = await send(base, 'GET', '/metrics', { headers: bearer(ADMIN) });
  return Number(new RegExp(`^cfm_hibernation_wakes_total\\{object="${object}"\\} (\\d+)$`, 'm').exec(text)?.[1] ?? 0);
}

/** Waits for a number of sleeps. Each test uses its own kind of object, so every counted wake is its own. */
const hasSlept = (object: string, times = 1) =>
  until(`the ${object} has slept ${times} times`, async () => (await wakes(object)) >= times, PATIENCE_MS, 250);

describe('limits over a sleep', { concurrency: true }, () => {
  test('messages of a hub room, by socket and by POST @night', async () => {
    const room = hubRoom();
    const socket = await HubSocket.enveloped(base, room);
    for (let n = 1; n <= 19; n += 1) socket.say({ op: 'send', body: `${n}` });
    await socket.op((op) => op.op === 'ack' && op.seq === 19);
    await moment(Date.now() + SLEEP_MS);
    const last = await post(base, room, 'the last');
    assert.deepEqual([last.status, last.headers['x-message-seq'], last.headers['ratelimit-remaining']], [202, '20', '0']);
    const refused = await post(base, room, 'one too many');
    assert.deepEqual([refused.status, JSON.parse(refused.text).code], [429, 'RATE_LIMITED']);
    assert.ok(Number(refused.headers['retry-after']) >= 1);
    socket.say({ op: 'send', id: 'x', body: 'nor so' });
    assert.equal((await socket.op('error')).code, 'RATE_LIMITED');
    await hasSlept('hub');
    await socket.close();
  });

  test('packets of a room @night', async () => {
    const room = freshRoom();
    const one = await guest(base);
    const socket = await PacketSocket.joined(base, room, one.token);
    for (let n = 1; n <= 5; n += 1) {
      socket.say(`${n}`);
      await socket.next('Message');
    }
    // Pending writes may keep a room awake for longer, so the test tries three times. The message is refused in either case.
    let hasWoken = false;
    for (let tries = 1; !hasWoken && tries <= 3; tries += 1) {
      await moment(Date.now() + SLEEP_MS);
      socket.say('one too many');
      assert.match(await socket.notice(), /^Rate limit exceeded: 5 messages/);
      hasWoken = await hasSlept('room').then(() => true, () => false);
    }
    assert.ok(hasWoken, 'the room has slept');
    await socket.close();
  });
});

describe('over a sleep', { concurrency: true }, () => {
  test('a store of LiveStore knows its head, its sockets and what each of them has missed @night', async () => {
    const storeId = freshStore();
    const writer = await Wire.to(base, storeId);
    assert.equal((await writer.push(chain(0, 5)))._tag, 'WSMessage.PushAck');
    // These clients send no pull, like a client after a lost connection. One of them knows three events, the other one names itself.
    const known = await Wire.to(base, storeId, { payload: { clientId: 'phone' } });
    assert.equal(eventsOf(await known.pull()).length, 5);
    await known.close();
    assert.equal((await writer.push(chain(5, 1)))._tag, 'WSMessage.PushAck');
    const resumed = await Wire.to(base, storeId);
    const pulled = async (wire: Wire) => eventsOf([await wire.nextThat((message) => message._tag === 'WSMessage.PullRes')]).map((event) => event.seqNum);
    await moment(Date.now() + SLEEP_MS);
    const refused = await resumed.push(chain(3, 1, 'other'));
    assert.equal(refused.message, 'Invalid parent event number. Received e3 but expected e6');
    assert.deepEqual(await pulled(resumed), [4, 5, 6]);
    const phone = await Wire.to(base, storeId, { payload: { clientId: 'phone' } });
    assert.deepEqual(await pulled(phone), [6], 'what it had before the sleep it has');
    await moment(Date.now() + SLEEP_MS);
    assert.equal((await resumed.push(chain(3, 1, 'other'))).message, refused.message);
    assert.equal((await writer.push(chain(6, 2)))._tag, 'WSMessage.PushAck');
    for (const wire of [resumed, phone]) assert.deepEqual(await pulled(wire), [7, 8], 'it was healed once');
    assert.deepEqual(eventsOf(await writer.pull(5)).map((event) => event.seqNum), [6, 7, 8]);
    await hasSlept('store', 2);
    for (const wire of [writer, resumed, phone]) await wire.close();
  });

  test('a channel of HopeFlow knows keys, filters, and what which device has @night', async () => {
    const user = freshUser();
    const [id, other] = [randomUUID(), randomUUID()];
    const { device, welcome } = await Device.v2(base, user, `?device=${id}`);
    await Device.v2(base, user, `?device=${other}`).then(({ device }) => device.close());
    device.subscribe({ type: 'm' });
    assert.equal((await device.nextJson()).type, 'subscribed');
    const key = { 'idempotency-key': randomUUID() };
    const body = { userId: user, type: 'm', payload: 1, durable: true };
    const waiting = publish(base, body, key);
    const first = await device.answer('seen');
    assert.deepEqual((await waiting).body.results, ['seen']);
    await moment(Date.now() + SLEEP_MS);
    const repeated = await publish(base, body, key);
    assert.deepEqual([repeated.reply.headers['idempotent-replay'], repeated.body.results, repeated.body.seq], ['true', ['seen'], 1]);
    const live = publish(base, { ...body, payload: 2 });
    assert.deepEqual([(await device.answer('live')).seq, (await live).body.results], [2, ['live']], 'the filter is there, and the first did not come again');
    const late = await Device.v2(base, user, `?device=${other}&since=0&epoch=${welcome.epoch}`);
    assert.deepEqual([late.welcome.epoch, late.welcome.head], [welcome.epoch, 2]);
    late.device.subscribe({ type: 'm' });
    assert.equal((await late.device.nextJson()).type, 'subscribed');
    assert.deepEqual([(await late.device.nextJson()).envelopeId, (await late.device.nextJson()).seq], [first.envelopeId, 2]);
    device.json({ type: 'subscribe', filters: [], since: 0 });
    assert.equal((await device.nextJson()).type, 'subscribed');
    await device.barrier();
    await hasSlept('channel');
    for (const each of [device, late.device]) await each.close();
  });
});
