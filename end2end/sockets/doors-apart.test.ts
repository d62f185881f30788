// core.md 1.1, 1.6, 4: a name belongs to a separate log behind each door, in every spelling. Headers between our own parts have no effect
// when they come from outside.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { bearer, Device, freshUser, publish } from '../harness/hopeflow.ts';
import { send } from '../harness/http.ts';
import { all, hubRoom, HubSocket, path, post } from '../harness/hub.ts';
import { freshRoom, marker } from '../harness/ids.ts';
import { token } from '../harness/jwt.ts';
import { chain, eventsOf, freshStore, Wire } from '../harness/livestore.ts';
import { PacketSocket } from '../harness/packet_socket.ts';
import { guest } from '../harness/session.ts';
import { FrameSocket } from '../harness/socket.ts';
import { onSharedServer } from '../harness/suite.ts';

// Runs before the server stops, because the server waits for open sockets.
const base = await onSharedServer();

/** Returns the stored envelopes of a channel as a new device receives them. */
async function storedFor(user: string): Promise<{ head: number; payloads: unknown[] }> {
  const { device, welcome } = await Device.v2(base, user);
  device.json({ type: 'subscribe', filters: [{ type: 'm' }], since: 0 });
  await device.nextJson();
  const payloads: unknown[] = [];
  while (payloads.length < welcome.head) payloads.push((await device.nextJson()).payload);
  await device.barrier();
  await device.close();
  return { head: welcome.head, payloads };
}

const publishDurable = (userId: string, payload: unknown) => publish(base, { userId, type: 'm', payload, durable: true });

async function pulled(storeId: string): Promise<unknown[]> {
  const wire = await Wire.to(base, storeId);
  const args = eventsOf(await wire.pull()).map((event) => event.args);
  await wire.close();
  return args;
}

describe('namespaces', { concurrency: true }, () => {
  test('one name behind every door: five logs, each with what was said there; packets and frames alone share theirs', async () => {
    const name = freshRoom();
    const one = await guest(base);
    const [frames, packets] = [await FrameSocket.joined(base, name, one), await PacketSocket.joined(base, name, one.token)];
    const raw = await HubSocket.open(base, name);
    const device = await Device.listening(base, name, { type: 'm' });
    const wire = await Wire.to(base, name);

    const said = marker();
    assert.equal((await frames.say(said))['seq'], 1);
    assert.equal((await post(base, name, 'hub')).headers['x-message-seq'], '1');
    const waiting = publishDurable(name, 'hopeflow');
    assert.equal((await device.answer()).payload, 'hopeflow');
    assert.equal((await waiting).body.seq, 1);
    assert.equal((await wire.push(chain(0, 1, 'c', () => 'livestore')))._tag, 'WSMessage.PushAck');

    assert.equal((await packets.next('Message')).text, said);
    assert.deepEqual((await one.api.ok('GET', `/api/messages?roomId=${name}`)).messages.map((event: any) => event.content), [said]);
    assert.deepEqual((await all(base, name)).map((item) => item.body), ['hub']);
    assert.deepEqual(await pulled(name), ['livestore']);
    const { device: late, welcome } = await Device.v2(base, name);
    assert.equal(welcome.head, 1);
    await raw.take(1);
    assert.deepEqual(raw.frames, ['hub']);
    assert.deepEqual(device.rest(), []);
    await packets.said('after it');
    assert.deepEqual(packets.all('Message').map((packet) => packet.text), [said, 'after it']);
    for (const socket of [frames, packets, device, late, wire]) await socket.close();
  });

  test('an id that looks like the name of an object is an id like any other', async () => {
    const one = await guest(base);
    const [room, hub, user, store] = [freshRoom(), hubRoom(), freshUser(), freshStore()];
    const frames = await FrameSocket.joined(base, room, one);
    await frames.say('in the room');
    await post(base, hub, 'in the hub');
    await publishDurable(user, 'in the channel');
    const wire = await Wire.to(base, store);
    await wire.push(chain(0, 1));

    const names = [`rm:${room}`, `hub:${hub}`, `user:${user}`, `ls:${store}`, `me:${one.user.id}`, 'auth:00', 'flags:global', `../rm:${room}`, `hub:${hub}/../${hub}`];
    for (const name of names) {
      assert.deepEqual(await all(base, name), [], `hub ${name}`);
      assert.deepEqual(await pulled(name), [], `livestore ${name}`);
      assert.deepEqual(await storedFor(name), { head: 0, payloads: [] }, `hopeflow ${name}`);
      // Writing under such a name works, and the log of that name is separate.
      assert.equal((await post(base, name, 'astray')).headers['x-message-seq'], '1', name);
      assert.equal((await publishDurable(name, 'astray')).body.seq, 1, name);
      const astray = await Wire.to(base, name);
      assert.equal((await astray.push(chain(0, 1)))._tag, 'WSMessage.PushAck', name);
      await astray.close();
    }
    // The messenger accepts only names in the form of a room id.
    for (const name of names) {
      const answer = await one.api.get(`/api/messages?roomId=${encodeURIComponent(name)}`);
      assert.ok([400, 403, 404].includes(answer.status), `messenger ${name}: ${answer.status}`);
    }
    assert.deepEqual((await one.api.ok('GET', `/api/messages?roomId=${room}`)).messages.map((event: any) => event.content), ['in the room']);
    assert.deepEqual((await all(base, hub)).map((item) => item.body), ['in the hub']);
    assert.deepEqual(await storedFor(user), { head: 1, payloads: ['in the channel'] });
    assert.equal((await pulled(store)).length, 1);
    for (const socket of [frames, wire]) await socket.close();
  });

  test('a credential of one door opens no other', async () => {
    const one = await guest(base);
    const [room, user] = [freshRoom(), freshUser()];
    const session = { authorization: `Bearer ${one.token}` };
    const jwt = { authorization: `Bearer ${token({ userId: one.user.id, sub: one.user.id, stores: ['*'], rooms: ['*'], scope: 'hub:admin' })}` };
    const json = { 'content-type': 'application/json' };
    assert.equal((await send(base, 'POST', '/publish', { headers: { ...session, ...json }, body: JSON.stringify({ userId: user }) })).status, 401);
    assert.equal((await post(base, hubRoom(), 'x', session)).status, 401);
    for (const at of ['/api/auth/me', '/api/rooms', '/api/inbox', `/api/messages?roomId=${room}`]) {
      assert.equal((await send(base, 'GET', at, { headers: jwt })).status, 401, at);
    }
    assert.equal((await send(base, 'POST', '/rpc/messages/get', { headers: { ...jwt, ...json }, body: '{}' })).status, 401);
    assert.equal((await send(base, 'GET', '/api/auth/get-session', { headers: jwt })).text, 'null');
    // This token does not open HopeFlow either, although that door accepts everybody with a `userId`.
    assert.equal((await publish(base, { userId: user }, jwt)).status, 401);
  });

  test('a token that names its door opens that one and no other', async () => {
    const [room, store] = [hubRoom(), freshStore()];
    const opens = async (aud: unknown) => {
      const claims = { userId: 'u1', pub: ['*'], rooms: ['*'], scope: 'hub:read hub:write', stores: ['*'], aud };
      const headers = bearer(claims);
      const opened = await Wire.to(base, store, { payload: { authToken: token(claims) } }).then((wire) => wire.close().then(() => 101), () => 400);
      return [(await publish(base, { userId: 'u1' }, headers)).status, (await post(base, room, 'x', headers)).status, opened];
    };
    assert.deepEqual(await opens('hopeflow'), [200, 401, 400]);
    assert.deepEqual(await opens(['messagehub']), [401, 202, 400]);
    assert.deepEqual(await opens('livestore'), [401, 401, 101]);
  });
});

describe('headers of our own parts', { concurrency: true }, () => {
  /** Returns every internal header, with a value that would help an attacker. */
  const forged = (victim: string, room: string): Record<string, string> => ({
    'x-user-id': victim,
    'x-messagehub-action': 'publish',
    'x-cfm-hub': JSON.stringify({ room, principal: victim, payer: 'p:x', mayWrite: true, key: 'forged', contentType: 'image/png' }),
    'x-cfm-listen': JSON.stringify({ is_v2: true, device: null, resume: null, expires_at: null }),
    'x-cfm-open': JSON.stringify({ store_id: room, payload: null, client: victim, place: 'x', expires_at: null }),
    'x-cfm-join': JSON.stringify({ room, user: victim }),
    'x-cfm-device': JSON.stringify({ user: victim }),
    'x-cfm-answer': JSON.stringify({ id: 'forged', seq: 99 }),
    'x-cfm-replay': 'true',
    'X-CFM-Principal': JSON.stringify({ kind: 'service', id: victim, scopes: ['admin'] }),
  });
  const isOurs = (name: string) => name.startsWith('x-cfm-') || name === 'x-user-id' || name === 'x-messagehub-action';

  test('have no effect behind any door, and none comes out of one', async () => {
    const [one, victim] = [await guest(base), await guest(base)];
    const [room, elsewhere, store, user] = [freshRoom(), freshRoom(), freshStore(), freshUser()];
    const headers = forged(victim.user.id, elsewhere);

    const posted = await post(base, room, 'hub', headers);
    assert.deepEqual([posted.status, posted.headers['x-message-seq'], posted.headers['idempotent-replay']], [202, '1', undefined]);
    assert.notEqual(posted.headers['x-message-id'], 'forged');
    const raw = await HubSocket.enveloped(base, room, { headers });
    raw.say({ op: 'send', body: 'by socket' });
    await raw.op('ack');
    assert.deepEqual((await all(base, room)).map((item) => [item.body, item.sender, item.contentType]), [['hub', null, 'text/plain'], ['by socket', null, 'text/plain']]);
    assert.deepEqual(await all(base, elsewhere), []);

    const device = await Device.of(base, user, { headers });
    device.subscribe({ type: 'm' });
    await device.barrier();
    const waiting = publish(base, { userId: user, type: 'm' }, { ...bearer({ userId: 'p' }), ...headers });
    assert.deepEqual(Object.keys(await device.answer('mine')), ['envelopeId', 'type', 'userId', 'timestamp'], 'it did not ask for hopeflow.v2');
    const published = await waiting;
    assert.deepEqual([published.body, published.reply.headers['idempotent-replay']], [{ clientCount: 1, results: ['mine'] }, undefined]);

    const wire = await Wire.to(base, store, { headers });
    assert.equal((await wire.push(chain(0, 1)))._tag, 'WSMessage.PushAck');
    assert.equal((await pulled(store)).length, 1);
    assert.deepEqual(await pulled(elsewhere), []);

    const packets = await PacketSocket.joined(base, room, one.token, { headers });
    assert.equal((await packets.said('by packet')).user, one.user.id);
    const presence = await FrameSocket.presence(base, one, { headers });
    assert.equal((await one.api.with(headers).get('/api/auth/me')).data.user.id, one.user.id);
    assert.equal((await one.api.with(headers).ok('GET', `/api/messages?roomId=${room}`)).messages[0].senderId, one.user.id);

    const replies = [posted, published.reply, await send(base, 'GET', path(room), { headers }), await send(base, 'GET', '/api/config', { headers })];
    for (const reply of replies) assert.deepEqual(Object.keys(reply.headers).filter(isOurs), []);
    for (const socket of [device, wire, packets, presence]) await socket.close();
  });
});
