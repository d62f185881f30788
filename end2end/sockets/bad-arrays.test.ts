// Arrays that contain faulty frames, on every door that takes arrays (core.md 5.1, livestore.md 6, hopeflow.md 3.3). Each frame has its own
// answer with a documented code, and its neighbours take effect. CFM_SEED chooses other random values.

import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { Chance, seed } from '../harness/chance.ts';
import { bearer, Device, freshUser } from '../harness/hopeflow.ts';
import { send } from '../harness/http.ts';
import { all, cutHubSockets, hubRoom, HubSocket } from '../harness/hub.ts';
import { freshRoom, uuidv7 } from '../harness/ids.ts';
import { JWT_SECRET } from '../harness/jwt.ts';
import { chain, eventsOf, freshStore, Wire } from '../harness/livestore.ts';
import { BROKEN, deep, FRAME_CODES, messengerFrames, NO_OBJECTS, ODD_VALUES, spoiledBodies, spoiledObject } from '../harness/odd.ts';
import { guest } from '../harness/session.ts';
import { FrameSocket } from '../harness/socket.ts';
import { onOwnServer } from '../harness/suite.ts';

const RULES = ['LOGIN', 'FRAME', 'CHAT', 'NUDGE', 'WINK', 'TYPING', 'HISTORY', 'PRESENCE', 'MUTATE', 'HUB', 'CHANNEL_FRAME', 'STORE_FRAME'];
const server = await onOwnServer({ OPEN_ROOMS: '1', JWT_SECRET, ...Object.fromEntries(RULES.map((rule) => [`RATE_${rule}`, '0'])) });
const base = server.base;
after(cutHubSockets);

/** Unusable frames that a socket may send; the tenth closes it. */
const UNUSABLE_MAX = 9;
/** An array must stay below 64 KiB, and the longest odd value has 5,000 characters. */
const SPOILED_PER_ARRAY = 8;

describe('arrays of frames with something wrong in some', { concurrency: true }, () => {
  test('a conversation: what is right between them is stored, in its order; every refusal has a documented code @night', async () => {
    const chance = new Chance(seed());
    let one = await guest(base);
    for (let round = 0; round < 40; round += 1) {
      if (round % 8 === 7) one = await guest(base);
      const socket = await FrameSocket.open(base, `/api/ws/room/${freshRoom()}`, { session: one, protocols: ['cfm.v1.batch'] });
      await socket.next('welcome');
      const said = (await socket.say('first'))['id'];
      const [before, after] = [uuidv7(), uuidv7()];
      const spoiled = Array.from({ length: SPOILED_PER_ARRAY }, () => spoiledObject(chance, chance.one(messengerFrames(said as string))));
      const chat = (id: string) => JSON.stringify({ type: 'chat', id, content: 'as it should be' });
      socket.sendText(`[${[chat(before), ...spoiled, chat(after)].join(',')}]`);
      const [first, last] = [await socket.answerTo(before), await socket.answerTo(after)];
      assert.ok(Number(first['seq']) < Number(last['seq']), `seed ${seed()}: ${spoiled.join('\n')}`);
      await socket.barrier();
      for (const frame of socket.all('error')) assert.ok(FRAME_CODES.has(frame['code']), `seed ${seed()}: ${JSON.stringify(frame)} after ${spoiled.join('\n')}`);
      await socket.close();
    }
  });

  test('a conversation: what is no array of objects is refused whole or frame by frame, and nothing of it is stored', async () => {
    const one = await guest(base);
    const good = JSON.stringify({ type: 'chat', id: uuidv7(), content: 'never stored' });
    // Text that ends too early or too late is no array, so even its valid frames do not count.
    const broken = [`[${good}`, `[${good},]`, `[${good}]]`, `[${good}] x`, `[${good},{]`, `[${good}${good}]`, `[${good},nul]`, `[${good},"\\x"]`, ...BROKEN.map((text) => `[${good},${text}]`)];
    for (let at = 0; at < broken.length; at += UNUSABLE_MAX) {
      const socket = await FrameSocket.joined(base, freshRoom(), one, { protocols: ['cfm.v1.batch'] });
      for (const text of broken.slice(at, at + UNUSABLE_MAX)) {
        // A combination that happens to be valid JSON is not a broken one.
        if (isJson(text)) continue;
        socket.sendText(text);
        assert.equal((await socket.next('error'))['code'], 'BAD_JSON', text);
      }
      await socket.barrier();
      assert.equal(socket.lastSeq, 0, 'nothing of it was stored');
      await socket.close();
    }
    const socket = await FrameSocket.joined(base, freshRoom(), one, { protocols: ['cfm.v1.batch'] });
    // Each of these items is refused on its own, and the next array is accepted.
    socket.sendText(`[${NO_OBJECTS.join(',')},${deep(100)}]`);
    for (const _ of [...NO_OBJECTS, 'deep']) assert.ok(FRAME_CODES.has((await socket.next('error'))['code']));
    assert.equal((await socket.say('still here'))['seq'], 1);
    await socket.close();
  });

  test('the socket of a device: every refusal has a documented code, and the others take effect', async () => {
    const chance = new Chance(seed() + 1);
    for (let round = 0; round < 12; round += 1) {
      const socket = await FrameSocket.open(base, '/api/ws/presence', { session: await guest(base), protocols: ['cfm.v1.batch'] });
      await socket.next('welcome');
      const frames = messengerFrames().filter(({ type }) => ['presence', 'watch', 'typing', 'ack'].includes(type as string));
      const spoiled = Array.from({ length: SPOILED_PER_ARRAY }, () => spoiledObject(chance, chance.one(frames)));
      // Arrays of a device have a smaller size limit, so long frames are left out.
      const text = `[${[...spoiled.filter((frame) => frame.length < 400), '{"type":"ping","t":77}'].join(',')}]`;
      socket.sendText(text);
      await socket.next((frame) => frame.type === 'pong' && frame['t'] === 77);
      for (const frame of socket.all('error')) assert.ok(FRAME_CODES.has(frame['code']), `seed ${seed()}: ${JSON.stringify(frame)} after ${text}`);
      await socket.close();
    }
  });

  const OPS = () => [
    { op: 'send', id: uuidv7(), body: 'hi' },
    { op: 'send', id: uuidv7(), b64: 'AAEC', contentType: 'application/octet-stream' },
    { op: 'cursor', seq: 1 },
    { op: 'status', status: 'away' },
    { op: 'ping', t: 1 },
  ];
  /** Refusal codes of a single frame in messagehub.md 1 and 3. */
  const HUB_CODES = new Set(['BODY_REQUIRED', 'BAD_CURSOR', 'BAD_ID', 'BAD_FRAME', 'TOO_LARGE', 'ID_REUSED']);

  test('a hub room: what is right between them is stored once, in its order; every refusal has a documented code @night', async () => {
    const chance = new Chance(seed() + 2);
    for (let round = 0; round < 30; round += 1) {
      const room = hubRoom();
      const socket = await HubSocket.enveloped(base, room, { protocols: ['messagehub.v1.batch'] });
      const [before, last] = [uuidv7(), uuidv7()];
      const spoiled = Array.from({ length: SPOILED_PER_ARRAY }, () => spoiledObject(chance, chance.one<Record<string, unknown>>(OPS())));
      socket.send(`[${[JSON.stringify({ op: 'send', id: before, body: 'one' }), ...spoiled, JSON.stringify({ op: 'send', id: last, body: 'two' })].join(',')}]`);
      await socket.op((op) => op.op === 'ack' && op.id === last);
      for (const op of socket.ops().filter((op) => op.op === 'error')) {
        assert.ok(HUB_CODES.has(op.code) && typeof op.error === 'string', `seed ${seed()}: ${JSON.stringify(op)} after ${spoiled.join('\n')}`);
      }
      const items = await all(base, room);
      assert.deepEqual([items[0]?.id, items.at(-1)?.id], [before, last]);
      assert.deepEqual(items.map((item) => item.seq), items.map((_, n) => n + 1));
      socket.terminate();
    }
  });

  test('a hub room: what is no array of objects is refused, whole when it is no JSON', async () => {
    const room = hubRoom();
    const good = JSON.stringify({ op: 'send', id: uuidv7(), body: 'never stored' });
    const broken = [`[${good}`, `[${good},]`, `[${good}] x`, ...BROKEN.map((text) => `[${good},${text}]`)].filter((text) => !isJson(text));
    for (let at = 0; at < broken.length; at += UNUSABLE_MAX) {
      const socket = await HubSocket.enveloped(base, room, { protocols: ['messagehub.v1.batch'] });
      const some = broken.slice(at, at + UNUSABLE_MAX);
      for (const text of some) socket.send(text);
      await socket.barrier();
      assert.deepEqual(socket.ops().filter((op) => op.op === 'error').map((op) => op.code), some.map(() => 'BAD_FRAME'));
      socket.terminate();
    }
    const socket = await HubSocket.enveloped(base, room, { protocols: ['messagehub.v1.batch'] });
    socket.send(`[${NO_OBJECTS.join(',')},${deep(100)}]`);
    await socket.barrier();
    assert.deepEqual(socket.ops().filter((op) => op.op === 'error').map((op) => op.code), [...NO_OBJECTS, 'deep'].map(() => 'BAD_FRAME'));
    assert.deepEqual(await all(base, room), [], 'nothing of all this was stored');
    socket.terminate();
  });

  test('a store: one event with something wrong refuses its batch, whole, and the next batch is taken @night', async () => {
    const wire = await Wire.to(base, freshStore());
    const batch = chain(0, 3);
    // The server does not check `args`, and any name is valid. Such variants are left out.
    const texts = [...spoiledBodies({ ...batch[1] })].filter((text) => !isEvent(text));
    assert.ok(texts.length > 60, `${texts.length}`);
    for (const [n, text] of texts.entries()) {
      const events = [JSON.stringify(batch[0]), text, JSON.stringify(batch[2])].join(',');
      wire.text(`{"_tag":"WSMessage.PushReq","requestId":"p${n}","batch":[${events}]}`);
      const answer = await wire.nextThat((message) => message.requestId === `p${n}`);
      assert.equal(answer._tag, 'WSMessage.Error', `${text}: ${JSON.stringify(answer)}`);
    }
    // This door takes no arrays of messages, so they are ignored.
    const push = { _tag: 'WSMessage.PushReq', requestId: 'inside', batch };
    for (const frame of [[push], [[push]], [push, { _tag: 'WSMessage.PullReq', requestId: 'inside' }]]) wire.json(frame);
    for (const odd of ODD_VALUES) wire.text(`{"_tag":"WSMessage.PushReq","requestId":"odd","batch":${odd}}`);
    await wire.barrier();
    assert.equal(wire.texts.filter((text) => text?.includes('"inside"')).length, 0, 'silence');
    assert.deepEqual(eventsOf(await wire.pull()), [], 'nothing of all this was stored');
    assert.equal((await wire.push(batch))._tag, 'WSMessage.PushAck');
    assert.deepEqual(eventsOf(await wire.pull()).map((event) => event.seqNum), [1, 2, 3]);
    await wire.close();
  });

  test('filters of a device: a bad one is none, its neighbours are kept, and nothing is heard that was not asked for', async () => {
    const user = freshUser();
    const device = await Device.of(base, user);
    const publish = async (type: string, payload: unknown) => {
      const headers = { ...bearer({ userId: 'p' }), 'content-type': 'application/json' };
      const waiting = send(base, 'POST', '/publish', { headers, body: JSON.stringify({ userId: user, type, payload }) });
      const isWanted = type === 'wanted';
      if (isWanted) await device.answer('here');
      return JSON.parse((await waiting).text);
    };
    // A faulty filter is dropped as a whole, because a filter without one of its members would match too much.
    const texts = [...spoiledBodies({ type: 'spoiled', key: 'value' })].filter((text) => !isFilter(text));
    assert.ok(texts.length > 20, `${texts.length}`);
    for (let at = 0; at < texts.length; at += 48) {
      device.text(`{"type":"subscribe","filters":[${[...texts.slice(at, at + 48), '{"type":"wanted","n":"1"}'].join(',')}]}`);
    }
    // This door takes no arrays of frames.
    device.json([{ type: 'subscribe', filters: [{ type: 'spoiled' }] }]);
    await device.barrier();
    for (const payload of [{}, { key: 'other' }, null, ['value']]) assert.deepEqual(await publish('spoiled', payload), { clientCount: 0, results: [] });
    assert.deepEqual(await publish('wanted', { n: '1' }), { clientCount: 1, results: ['here'] });
    device.terminate();
  });
});

test('nothing of all this made the server panic', async () => {
  assert.equal((await send(base, 'GET', '/health')).text, 'ok');
  assert.doesNotMatch(server.output(), /panicked|unreachable|RuntimeError/);
});

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** Returns `true` if a text is a valid second event of a chain from the root (livestore.md 1, 13). */
function isEvent(text: string): boolean {
  const event = JSON.parse(text) as Record<string, unknown>;
  const isName = (name: string) => typeof event[name] === 'string' && (event[name] as string).isWellFormed() && (event[name] as string).length <= 1_024;
  return event['seqNum'] === 2 && event['parentSeqNum'] === 1 && ['name', 'clientId', 'sessionId'].every(isName);
}

/** Returns `true` if a text is a valid filter (hopeflow.md 3.3): texts only, and a type that is not blank. */
function isFilter(text: string): boolean {
  const members = JSON.parse(text) as Record<string, unknown>;
  const isText = (value: unknown) => typeof value === 'string' && value.isWellFormed() && value.length <= 1_024;
  return isText(members['type']) && (members['type'] as string).trim() !== '' && Object.values(members).every(isText);
}
