// messagehub.md 5, 6, 8: tokens with rooms and scopes, rate limits with hints, switches, numbers.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { send, type Reply } from '../harness/http.ts';
import { bearer, hubRoom, HubSocket, HubStream, page, path, post, refusedUpgrade } from '../harness/hub.ts';
import { freshRoom, uuidv7 } from '../harness/ids.ts';
import { token as signed } from '../harness/jwt.ts';
import { chain, eventsOf, freshStore, Wire } from '../harness/livestore.ts';
import { PacketSocket } from '../harness/packet_socket.ts';
import { guest } from '../harness/session.ts';
import { FrameSocket } from '../harness/socket.ts';
import { onOwnServer } from '../harness/suite.ts';
import { PATIENCE_MS, until } from '../harness/wait.ts';

const SECRET = 'a secret of the hub that is long enough';
const OTHER = 'a secret of the other doors, long enough';
const ADMIN = 'an admin token for tests';
const BEFORE = 'the secret of the hub before that one';
const server = await onOwnServer({ HUB_AUTH: 'required', HUB_JWT_SECRET: SECRET, HUB_JWT_SECRET_PREVIOUS: BEFORE, JWT_SECRET_PREVIOUS: OTHER, ADMIN_TOKEN: ADMIN, RATE_HUB: '20/10', HUB_ORIGINS: 'https://good.example', OPEN_ROOMS: '1', RATE_LOGIN: '0' });
const { base } = server;

const code = (text: string) => JSON.parse(text).code;
const token = (claims: Record<string, unknown> = {}) => bearer(signed({ userId: 'u1', ...claims }, { secret: SECRET }));

describe('access', { concurrency: true }, () => {
  test('without a good token: 401, always with the same body; / and /health need none', async () => {
    const room = hubRoom();
    const good = signed({ userId: 'u1' }, { secret: SECRET });
    const bad = [{}, bearer(`${good}x`), bearer(signed({ userId: ' ' }, { secret: SECRET })), { authorization: `Basic ${good}` }] as Record<string, string>[];
    const bodies = new Set<string>();
    for (const headers of bad) {
      for (const reply of [await post(base, room, 'x', headers), await send(base, 'GET', path(room), { headers })]) {
        assert.equal(reply.status, 401);
        assert.equal(reply.headers['www-authenticate'], 'Bearer');
        bodies.add(reply.text);
      }
      assert.equal(await refusedUpgrade(base, room, { headers }), 401);
    }
    assert.deepEqual([...bodies], ['{"error":"Unauthorized","code":"UNAUTHENTICATED"}']);
    for (const at of ['/', '/health']) assert.equal((await send(base, 'GET', at)).status, 200);
  });

  test('the secret before this one verifies; that of the other doors does not', async () => {
    const status = async (secret: string) => (await post(base, hubRoom(), 'x', bearer(signed({ userId: 'u1' }, { secret })))).status;
    assert.deepEqual([await status(SECRET), await status(BEFORE), await status(OTHER)], [202, 202, 401]);
  });

  test('rooms and scopes', async () => {
    const [room, other] = [hubRoom(), hubRoom()];
    const only = token({ rooms: [room], scope: 'hub:read' });
    for (const reply of [await send(base, 'GET', path(other), { headers: only }), await post(base, room, 'x', only)]) {
      assert.deepEqual([reply.status, code(reply.text)], [403, 'FORBIDDEN']);
    }
    assert.equal(await refusedUpgrade(base, other, { headers: only }), 403);
    const reader = await HubSocket.enveloped(base, room, { headers: only });
    reader.say({ op: 'send', id: 'x', body: 'x' });
    assert.equal((await reader.op('error')).code, 'FORBIDDEN');
    const quiet = await HubSocket.open(base, room, { headers: only });
    quiet.send('x');
    assert.equal((await quiet.closed).code, 4403);
    assert.equal((await page(base, room, '', only)).head, 0);
  });

  test('the sender is the token\'s; ids count per sender; browsers may put the token into the address', async () => {
    const room = hubRoom();
    const [one, two] = [token({ sub: 'ignored' }), token({ userId: undefined, sub: 'u2' })];
    const key = { 'idempotency-key': 'k' };
    assert.equal((await post(base, room, 'a', { ...one, ...key })).headers['x-message-seq'], '1');
    assert.equal((await post(base, room, 'b', { ...two, ...key })).headers['x-message-seq'], '2');
    assert.deepEqual((await page(base, room, '', one)).messages.map((item) => item.sender), ['u1', 'u2']);
    const raw = signed({ userId: 'u1' }, { secret: SECRET });
    const socket = await HubSocket.enveloped(base, room, { query: `?token=${raw}` });
    const stream = await HubStream.open(base, room, `?token=${raw}&after=0`);
    await stream.take(2);
    stream.terminate();
    assert.equal((await send(base, 'GET', `${path(room)}?token=${raw}`)).status, 401, 'not where headers can be set');
    const presence = JSON.parse((await send(base, 'GET', path(room, 'presence'), { headers: one })).text);
    assert.deepEqual(presence.principals.map((entry: any) => [entry.id, entry.sockets]), [['u1', 1]]);
    await socket.close();
  });

  test('a page of another site may not open sockets', async () => {
    const room = hubRoom();
    assert.equal(await refusedUpgrade(base, room, { headers: { ...token(), origin: 'https://bad.example' } }), 403);
    await (await HubSocket.open(base, room, { headers: { ...token(), origin: 'https://good.example' } })).close();
  });
});

describe('limits', { concurrency: true }, () => {
  test('a message that is refused costs nothing, and its answer says what is left', async () => {
    const room = hubRoom();
    const one = token();
    const hints = (reply: Reply) => ['limit', 'remaining', 'reset'].map((name) => reply.headers[`ratelimit-${name}`]);
    const large = Buffer.alloc(65_537);
    assert.deepEqual(hints(await post(base, room, '', one)), ['20', '20', '0'], 'asking makes no room');
    assert.equal((await post(base, room, 'x', one)).status, 202);
    const refusals: [number, Promise<Reply>][] = [
      [400, post(base, room, '', one)],
      [400, post(base, room, 'x', { ...one, 'idempotency-key': 'no blanks' })],
      [413, post(base, room, large, one)],
    ];
    for (const [status, asked] of refusals) {
      const reply = await asked;
      const [limit, remaining, reset] = hints(reply);
      assert.deepEqual([reply.status, limit, remaining], [status, '20', '19']);
      assert.ok(Number(reset) >= 1 && Number(reset) <= 10, `${reset}`);
    }
    // A caller without write access has no allowance, and no room is asked for it.
    const reader = token({ scope: 'hub:read' });
    for (const [status, headers] of [[403, reader], [401, {}]] as [number, Record<string, string>][]) {
      const reply = await post(base, room, 'x', headers);
      assert.deepEqual([reply.status, ...hints(reply)], [status, '20', '0', '0']);
    }
  });
});

describe('operation', () => {
  const admin = bearer(ADMIN);
  const turn = (flags: unknown) =>
    send(base, 'PUT', '/api/admin/flags', { headers: { ...admin, 'content-type': 'application/json' }, body: JSON.stringify(flags) });

  test('stats and metrics: for the service token, or a token that may look after the room', async () => {
    const room = hubRoom();
    await post(base, room, 'hello', token());
    for (const headers of [admin, token({ scope: 'hub:admin' })]) {
      const stats = JSON.parse((await send(base, 'GET', path(room, 'stats'), { headers })).text);
      assert.deepEqual([stats.head, stats.bytes, stats.sockets, stats.outbox, stats.dead, stats.ratePerMin], [1, 5, 0, 0, 0, 1]);
    }
    assert.equal((await send(base, 'GET', path(room, 'stats'), { headers: token() })).status, 403);
    assert.equal((await send(base, 'GET', path(room, 'stats'))).status, 401);
    assert.equal((await send(base, 'GET', '/metrics')).status, 401);
    const text = await until('the room has told its numbers', async () => {
      const { text } = await send(base, 'GET', '/metrics', { headers: admin });
      return /cfm_messages_total\{door="hub"\} [1-9]/.test(text) && text;
    }, PATIENCE_MS, 500);
    assert.match(text, /# TYPE cfm_messages_total counter/);
    assert.equal(text.includes(room), false, 'no room is named');
  });

  test('switches turn transports off and on', async () => {
    const room = hubRoom();
    const headers = token();
    assert.equal((await send(base, 'GET', '/api/admin/flags')).status, 401);
    assert.equal((await turn({ nonsense: true })).status, 400);
    const reader = await HubSocket.open(base, room, { headers });
    const enveloped = await HubSocket.enveloped(base, room, { headers });
    const [person, conversation] = [await guest(base), freshRoom()];
    const frames = await FrameSocket.joined(base, conversation, person);
    const packets = await PacketSocket.joined(base, conversation, person.token);
    await frames.say('before');
    const wire = await Wire.to(base, freshStore());
    assert.equal((await wire.push(chain(0, 1)))._tag, 'WSMessage.PushAck');
    const shown = await turn({ sse: false, longpoll: false, websocket: false, webhooks: false, maintenance: true });
    assert.equal(shown.status, 200);
    assert.equal(JSON.parse(shown.text).data.sse, false);
    const status = async (at: string) => (await send(base, 'GET', path(room, at), { headers })).status;
    await until('streams are off', async () => (await HubStream.open(base, room, '', headers).then((stream) => stream.terminate(), (failure) => failure.status)) === 404);
    assert.equal(await status('messages?wait=1'), 404);
    assert.equal(await status('messages'), 200);
    assert.equal(await refusedUpgrade(base, room, { headers }), 404);
    const write = await post(base, room, 'x', headers);
    assert.deepEqual([write.status, code(write.text)], [503, 'OVERLOADED']);
    assert.equal((await send(base, 'GET', path(room, 'webhooks'), { headers: admin })).status, 404);
    // The switch also stops writes on the other doors. Sign-in and the switch itself still work.
    const elsewhere = await send(base, 'POST', '/api/messages', { headers: { 'content-type': 'application/json' }, body: '{}' });
    assert.deepEqual([elsewhere.status, JSON.parse(elsewhere.text).error.code], [503, 'OVERLOADED']);
    assert.equal((await send(base, 'POST', '/publish', { headers: token(), body: '{}' })).status, 503);
    for (const at of ['/api/auth/logout', '/sf/sign_in']) assert.notEqual((await send(base, 'POST', at, {})).status, 503, at);
    const form = { 'content-type': 'application/x-www-form-urlencoded', accept: 'text/html' };
    const registered = await send(base, 'POST', '/sf/register', { headers: form, body: 'displayName=x' });
    assert.match(String(registered.headers['location']), /error=OVERLOADED/);
    for (const at of ['/api/auth/register', '/api/auth/sign-up/email', '/sf/save_profile']) {
      const form = { 'content-type': at.startsWith('/sf') ? 'application/x-www-form-urlencoded' : 'application/json', accept: 'application/json' };
      const reply = await send(base, 'POST', at, { headers: form, body: at.startsWith('/sf') ? 'displayName=x' : '{}' });
      const said = JSON.parse(reply.text);
      assert.deepEqual([reply.status, said.code ?? said.error.code], [503, 'OVERLOADED'], at);
      assert.ok(Number(reply.headers['retry-after']) >= 1, at);
    }
    // An enveloped socket stays open and gets an error for each write.
    await until('the object knows too', async () => {
      enveloped.say({ op: 'send', body: 'x' });
      await enveloped.barrier();
      return enveloped.ops().some((op) => op.op === 'error' && op.code === 'OVERLOADED');
    }, PATIENCE_MS, 1_000);
    // Sockets of the other doors cannot write either.
    frames.send({ type: 'chat', id: uuidv7(), content: 'late' });
    await frames.next((frame) => frame['type'] === 'error' && frame['code'] === 'OVERLOADED');
    packets.say('late');
    assert.equal(await packets.notice(), 'Invalid packet: not possible');
    // A push is held back instead of refused, because a client never pushes again after a refusal.
    const held = wire.ask('PushReq', { batch: chain(1, 1) });
    assert.equal(eventsOf(await wire.pull()).length, 1);
    for (const batch of [[], chain(1, 1), chain(2, 1)]) assert.equal((await wire.push(batch))._tag, 'WSMessage.Error', 'one waits for each socket');
    assert.equal((await person.api.ok('GET', `/api/messages?roomId=${conversation}`)).messages.length, 1);
    const body = JSON.stringify({ sse: null, longpoll: null, websocket: null, webhooks: null, maintenance: true });
    await send(base, 'POST', '/api/admin/flags', { headers: { ...admin, 'content-type': 'application/json' }, body });
    await until('receivers are there again', async () => (await send(base, 'GET', path(room, 'webhooks'), { headers: admin })).status === 200);
    const hook = await send(base, 'DELETE', path(room, 'webhooks/h'), { headers: admin });
    assert.equal(hook.status, 503, 'nothing about them is changed');
    assert.equal((await turn({ maintenance: null })).status, 200);
    await until('all is well', async () => (await post(base, room, 'x', headers)).status === 202);
    await (await HubSocket.open(base, room, { headers })).close();
    await until('an open socket writes again', async () => {
      enveloped.say({ op: 'send', body: 'after' });
      await enveloped.barrier();
      return reader.frames.includes('after');
    }, PATIENCE_MS, 1_000);
    assert.equal((await wire.nextThat((message) => message.requestId === held))._tag, 'WSMessage.PushAck');
    assert.equal((await wire.push(chain(2, 1)))._tag, 'WSMessage.PushAck');
    for (const socket of [wire, frames, packets]) await socket.close();
  });

  test('a room has flags and limits of its own, which count in this room alone', async () => {
    const [room, other] = [hubRoom(), hubRoom()];
    const headers = token();
    const name = (what: string) => `room:${room}:${what}`;
    const set = await turn({ [name('sse')]: false, [name('webhooks')]: false, [name('rate')]: 3 });
    assert.equal(set.status, 200, set.text);
    const shown = async () => JSON.parse((await send(base, 'GET', '/api/admin/flags', { headers: admin })).text).data;
    assert.deepEqual([(await shown())[name('sse')], (await shown())[name('rate')], (await shown()).sse], [false, 3, true]);
    const hooks = async (of: string) => (await send(base, 'GET', path(of, 'webhooks'), { headers: admin })).status;
    await until('its receivers are off', async () => (await hooks(room)) === 404);
    assert.equal(await hooks(other), 200);
    const limit = async (of: string) => (await post(base, of, 'x', headers)).headers['ratelimit-limit'];
    assert.deepEqual([await limit(room), await limit(other)], ['3', '20']);
    assert.equal((await turn({ [name('sse')]: null, [name('webhooks')]: null, [name('rate')]: null })).status, 200);
    await until('its limit is that of all', async () => (await limit(room)) === '20', PATIENCE_MS, 500);
    assert.equal(name('sse') in (await shown()), false);
  });

  test('an event stream ends with its token', async () => {
    const exp = Math.floor(Date.now() / 1_000) + 3;
    const stream = await HubStream.open(base, hubRoom(), '', token({ exp }));
    assert.equal(stream.isEnded, false);
    await until('the stream ends', () => stream.isEnded);
    assert.ok(Date.now() >= exp * 1_000);
  });
});
