// messenger.md 11, messagehub.md 9, core.md 1.7: counters and data points of every door, read from the log lines that ANALYTICS_LOG adds.
// None of them names a person.

import assert from 'node:assert/strict';
import { randomBytes, randomUUID } from 'node:crypto';
import { after, describe, test } from 'node:test';
import { freshEmail, passwordLogin, register } from '../harness/accounts.ts';
import { Api, refused } from '../harness/api.ts';
import { Device, freshUser, publish } from '../harness/hopeflow.ts';
import { send } from '../harness/http.ts';
import { bearer, hubRoom, HubSocket, path, post } from '../harness/hub.ts';
import { freshRoom, uuidv7 } from '../harness/ids.ts';
import { JWT_SECRET } from '../harness/jwt.ts';
import { chain, freshStore, Wire } from '../harness/livestore.ts';
import { PacketSocket } from '../harness/packet_socket.ts';
import { Receiver } from '../harness/receiver.ts';
import { guest, login } from '../harness/session.ts';
import { FrameSocket } from '../harness/socket.ts';
import { onOwnServer } from '../harness/suite.ts';
import { PATIENCE_MS, until } from '../harness/wait.ts';

const ADMIN = 'an admin token for tests';
// Runs before the server stops, because the server waits for open sockets.
const VARS = { ADMIN_TOKEN: ADMIN, JWT_SECRET, ANALYTICS_LOG: '1', OPEN_ROOMS: '1', RATE_LOGIN: '0', WEBHOOK_ALLOW_PRIVATE: '1', HUB_DELIVERS_ITSELF: '1' };
const server = await onOwnServer(VARS);
const { base } = server;

interface Point {
  index: string;
  blobs: string[];
  doubles: number[];
}

const linesOf = (event: string, on = server): any[] =>
  on.output().split('\n').filter((line) => line.includes(`"event":"${event}"`)).map((line) => JSON.parse(line.slice(line.indexOf('{'))));
const points = (...blobs: string[]): Point[] => linesOf('point').filter((point) => blobs.every((blob, at) => point.blobs[at] === blob));

/** Returns the points that begin with these blobs, as soon as there are enough. */
function taken(count: number, ...blobs: string[]): Promise<Point[]> {
  return until(`${count} points ${blobs}`, () => points(...blobs).length >= count && points(...blobs), PATIENCE_MS, 50);
}

async function metrics(): Promise<Map<string, number>> {
  const answer = await new Api(base, bearer(ADMIN)).ok('GET', '/api/admin/stats');
  return new Map(answer.metrics.map(({ name, labels, value }: any) => [[name, ...Object.values(labels)].join(' '), value]));
}

/** Returns all metrics as soon as this one has reached the value. */
function metricReached(metric: string, value: number): Promise<Map<string, number>> {
  return until(`${metric} is ${value}`, async () => {
    const all = await metrics();
    return (all.get(metric) ?? 0) >= value && all;
  }, PATIENCE_MS, 1_000);
}

describe('data points', { concurrency: true }, () => {
  test('a conversation: messages, nudges, winks, sockets, what was replayed, what was refused @night', async () => {
    const room = freshRoom();
    const [one, two] = [await guest(base), await guest(base)];
    const watcher = await FrameSocket.joined(base, room, two);
    const socket = await FrameSocket.joined(base, room, one);
    await socket.say('hello 👋');
    for (let n = 0; n < 3; n += 1) socket.send({ type: 'nudge', id: uuidv7() });
    socket.send({ type: 'nudge', id: uuidv7() });
    socket.send({ type: 'wink', id: uuidv7(), winkId: 'toast' });
    await socket.barrier();
    await socket.close();
    const [sent] = await taken(1, 'message_sent', 'public', 'messenger');
    assert.deepEqual([sent!.doubles.length, sent!.doubles[0], sent!.doubles[2]], [3, 8, 1], 'length, commitMs, recipients');
    assert.ok(sent!.doubles[1]! >= 0);
    assert.match(sent!.index, /^[0-9a-f]{32}$/);
    assert.deepEqual((await taken(3, 'nudge_sent', 'public')).map((point) => point.doubles), [[1], [1], [1]]);
    assert.deepEqual((await taken(1, 'wink_sent', 'public', 'toast'))[0]!.doubles, [1]);
    assert.deepEqual((await taken(1, 'rate_limited', 'nudge', 'messenger'))[0]!.doubles, [1]);
    const own = (...what: Parameters<typeof points>) => until(what.join(' '), () => points(...what).find(({ index }) => index === sent!.index));
    assert.equal((await own('socket_close', 'messenger', '1000')).doubles[1], 5, 'events while the socket was open');
    await own('socket_open', 'messenger');
    const again = await FrameSocket.joined(base, room, one, { query: { since: 2 } });
    const replays = await taken(1, 'replay', 'messenger', 'resume');
    assert.deepEqual(replays.map((point) => point.doubles[0]), [3]);
    await again.close();
    await watcher.close();
    const counted = await metricReached('cfm_messages_total messenger', 5);
    assert.ok(counted.get('cfm_bytes_total messenger')! > 0);
    assert.ok(counted.get('cfm_rate_limited_total nudge')! >= 1);
    await metricReached('cfm_names room', 1);
    await metricReached('cfm_names guest', 2);
    assert.equal(JSON.stringify([...counted]).includes(room), false, 'no room is named');
  });

  test('presence sockets', async () => {
    const one = await guest(base);
    const socket = await FrameSocket.open(base, '/api/ws/presence', { session: one });
    await socket.next('welcome');
    await socket.close();
    const [closed] = await taken(1, 'socket_close', 'presence', '1000');
    assert.equal(points('socket_open', 'presence').filter(({ index }) => index === closed!.index).length, 1);
  });

  test('packets @night', async () => {
    const one = await guest(base);
    const socket = await PacketSocket.joined(base, freshRoom(), one.token);
    await socket.said('hi');
    assert.equal((await taken(1, 'message_sent', 'public', 'wasmchannel'))[0]!.doubles[0], 2);
    await metricReached('cfm_messages_total wasmchannel', 1);
    assert.ok(points('socket_open', 'wasmchannel').length >= 1);
    await socket.close();
    await taken(1, 'socket_close', 'wasmchannel');
  });

  test('HopeFlow @night', async () => {
    const user = freshUser();
    const device = await Device.listening(base, user, { type: 'chat_message' });
    const published = publish(base, { userId: user, type: 'chat_message', payload: { text: 'hi' } });
    await device.answer('read');
    assert.equal((await published).status, 200);
    const [sent] = await taken(1, 'message_sent', 'user', 'hopeflow');
    assert.deepEqual([sent!.doubles[0], sent!.doubles[2]], [JSON.stringify({ text: 'hi' }).length, 1]);
    const other = await Device.listening(base, freshUser(), { type: 'chat_message' });
    await device.close();
    await other.close();
    // Each socket has its own pseudonym, and uses the same one for opening and closing.
    const names = (what: string) => new Set(points(what, 'hopeflow').map(({ index }) => index));
    await taken(2, 'socket_close', 'hopeflow');
    assert.equal(names('socket_close').size, 2);
    assert.deepEqual(names('socket_open'), names('socket_close'));
    await metricReached('cfm_messages_total hopeflow', 1);
  });

  test('LiveStore @night', async () => {
    const storeId = freshStore();
    const wire = await Wire.to(base, storeId);
    assert.equal((await wire.push(chain(0, 3)))._tag, 'WSMessage.PushAck');
    const [sent] = await taken(1, 'message_sent', 'store', 'livestore');
    assert.ok(sent!.doubles[0]! > 0 && sent!.doubles[2] === 0);
    await wire.pull(1);
    assert.equal((await taken(1, 'replay', 'livestore', 'resume'))[0]!.doubles[0], 2);
    await wire.close();
    assert.equal((await taken(1, 'socket_close', 'livestore'))[0]!.doubles[1], 3);
    await metricReached('cfm_messages_total livestore', 3);
  });

  test('MessageHub @night', async () => {
    const room = hubRoom();
    assert.equal((await post(base, room, 'four')).status, 202);
    const [sent] = await taken(1, 'message_sent', 'hub', 'hub');
    assert.deepEqual([sent!.doubles[0], sent!.doubles[2]], [4, 0]);
    const large = await HubSocket.open(base, room);
    large.send('x'.repeat(65_537));
    assert.equal((await large.closed).code, 1009);
    assert.deepEqual((await taken(1, 'delivery_drop', 'hub', 'too_large'))[0]!.doubles, [1]);
  });

  test('signing in and failing to, with the time it took', async () => {
    await guest(base);
    const [success] = await taken(1, 'login_success', 'guest', 'form');
    assert.ok(success!.doubles.length === 1 && success!.doubles[0]! >= 0);
    refused(await login(base, { displayName: 'Nobody', token: 'wrong' }), 403, 'TURNSTILE_FAILED');
    const [failure] = await taken(1, 'login_failure', 'TURNSTILE_FAILED');
    assert.ok(failure!.doubles.length === 1 && failure!.doubles[0]! >= 0);
  });
});

describe('lines', () => {
  test('a line of a sign-in names the person as every other line and point of the day does', async () => {
    const requestId = randomUUID();
    const answer = await login(base, { displayName: 'Somebody' }, { 'x-request-id': requestId });
    assert.equal(answer.status, 200);
    const { user, sessionId } = answer.data;
    const line = await until('the line', () => linesOf('login_success').find((line) => line.requestId === requestId), PATIENCE_MS, 20);
    assert.match(line.principalHash, /^[0-9a-f]{32}$/);
    const socket = await FrameSocket.joined(base, freshRoom(), { token: sessionId });
    await socket.close();
    await until('the points', () => points('socket_open').some((point) => point.index === line.principalHash), PATIENCE_MS, 50);
    assert.equal(server.output().includes(user.id), false, 'the id is in no line');
  });

  test('a trace goes on, in the line and to a receiver', async () => {
    const trace = randomUUID().replaceAll('-', '');
    const requestId = randomUUID();
    const headers = { traceparent: `00-${trace}-00f067aa0ba902b7-01`, 'x-request-id': requestId };
    assert.equal((await send(base, 'GET', '/health', { headers })).status, 200);
    const line = await until('the line', () => linesOf('request').find((line) => line.requestId === requestId), PATIENCE_MS, 20);
    const continued = new RegExp(`^00-${trace}-(?!00f067aa0ba902b7)[0-9a-f]{16}-01$`);
    assert.match(line.traceparent, continued);
    const [room, receiver] = [hubRoom(), await Receiver.start()];
    after(() => receiver.close());
    const hook = { url: receiver.url, secret: `whsec_${randomBytes(24).toString('base64')}` };
    assert.equal((await send(base, 'PUT', path(room, 'webhooks/h1'), { headers: bearer(ADMIN), body: JSON.stringify(hook) })).status, 201);
    await post(base, room, 'traced', { traceparent: headers.traceparent });
    await post(base, room, 'plain');
    const calls = await receiver.take(2);
    assert.match(String(calls[0]!.headers['traceparent']), continued);
    assert.equal(calls[1]!.headers['traceparent'], undefined);
  });
});

test('a page that comes back more than ten times in five minutes is a loop, and is counted once', async () => {
  // Pages name no device: their sockets count by session.
  const one = await guest(base);
  const loops = async () => (await metrics()).get('cfm_reconnect_loops_total') ?? 0;
  for (let n = 0; n < 12; n += 1) await (await FrameSocket.device(base, one)).close();
  await until('the loop is counted', async () => (await loops()) > 0);
  assert.equal(await loops(), 1);
});

test('a sign-in, a sign-up and a call too many are numbers of the deployment, and points of their rule @night', async () => {
  const limits = { RATE_LOGIN: '3/600', RATE_LOGIN_FAIL: '1/600', RATE_REGISTER: '1/600', RATE_REST: '5/600' };
  const own = await onOwnServer({ ADMIN_TOKEN: ADMIN, ANALYTICS_LOG: '1', ...limits });
  const one = await guest(own.base);
  for (let n = 0; n < 5; n += 1) assert.equal((await one.api.get('/api/users')).status, 200);
  for (let n = 0; n < 3; n += 1) refused(await one.api.get('/api/users'), 429, 'RATE_LIMITED');
  const email = freshEmail();
  assert.equal((await register(own.base, { email })).status, 201);
  refused(await register(own.base), 429, 'RATE_LIMITED');
  refused(await passwordLogin(own.base, email, { password: 'not that one at all' }), 401, 'BAD_CREDENTIALS');
  refused(await passwordLogin(own.base, email), 429, 'RATE_LIMITED');
  for (let n = 0; n < 2; n += 1) refused(await passwordLogin(own.base, email), 429, 'RATE_LIMITED');

  const wanted = { login: 2, login_fail: 1, register: 1, rest: 3 };
  const counted = async (): Promise<Record<string, number>> => {
    const { metrics } = await new Api(own.base, bearer(ADMIN)).ok('GET', '/api/admin/stats');
    const refusals = metrics.filter(({ name }: any) => name === 'cfm_rate_limited_total');
    return Object.fromEntries(refusals.map(({ labels, value }: any) => [labels.rule, value]));
  };
  const all = async () => JSON.stringify(Object.entries(await counted()).sort()) === JSON.stringify(Object.entries(wanted));
  await until('all of them are known', all, PATIENCE_MS, 500).catch(() => undefined);
  assert.deepEqual(await counted(), wanted);
  const sums: Record<string, number> = {};
  for (const { blobs, doubles } of linesOf('point', own).filter(({ blobs }) => blobs[0] === 'rate_limited')) {
    assert.equal(blobs[2], 'messenger');
    sums[blobs[1]] = (sums[blobs[1]] ?? 0) + doubles[0];
  }
  assert.deepEqual(sums, wanted);
});
