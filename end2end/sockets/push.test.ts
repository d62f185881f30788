// push.md: web push: the recipients, the content, and the reaction to answers of a push service.

import assert from 'node:assert/strict';
import { createECDH } from 'node:crypto';
import { after, describe, test } from 'node:test';
import { account, passwordLogin, refresh, sessionOf, type Account } from '../harness/accounts.ts';
import { Api, refused } from '../harness/api.ts';
import { archived } from '../harness/archive.ts';
import { marker } from '../harness/ids.ts';
import { Outside } from '../harness/outside.ts';
import { befriend, direct } from '../harness/pairs.ts';
import { PushService } from '../harness/push_service.ts';
import { startResolver } from '../harness/receiver.ts';
import { FREE_VARS } from '../harness/server.ts';
import { guest, type Session } from '../harness/session.ts';
import { FrameSocket } from '../harness/socket.ts';
import { onOwnServer } from '../harness/suite.ts';
import { seenInObjects } from '../harness/tables.ts';
import { until } from '../harness/wait.ts';

const SECRET = 'q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94';
const PUBLIC = '93.184.215.14';
const names = { 'push.example': [PUBLIC], 'web.push.apple.com': [PUBLIC], 'elsewhere.example': [PUBLIC], 'inner.example': [PUBLIC, '10.0.0.1'], 'loopback.example': ['127.0.0.1'] };
const resolver = await startResolver(names);
const service = await PushService.start();
after(() => {
  service.close();
  resolver.close();
});
const vars = { ...FREE_VARS, VAPID_PRIVATE_KEY: SECRET, VAPID_SUBJECT: 'mailto:owner@example.org', WEBHOOK_ALLOW_PRIVATE: '1', DOH_URL: resolver.url, ACCOUNT_UNDO_S: '1', PUSH_SERVICES: '127.0.0.1, *.example, *.push.apple.com' };
const server = await onOwnServer(vars);
const { base } = server;

const PATH = '/api/me/push';
const state = (who: Session) => who.api.ok('GET', PATH);

/** Subscribes a new browser for this person. */
async function subscribed(who: Session, more: Record<string, unknown> = {}) {
  const browser = service.browser();
  const { endpoint, keys } = browser;
  const { id } = await who.api.ok('POST', PATH, { endpoint, keys, ...more });
  return { ...browser, id: id as string };
}

/** Creates two people with a conversation. The second one has subscribed a browser and has no window open. */
async function pair(more: Record<string, unknown> = {}) {
  const [writer, reader] = [await account(base), await account(base)];
  await befriend(writer, reader);
  const room = await direct(writer, reader);
  const browser = await subscribed(reader, more);
  const say = (content: string, to = room) => writer.api.ok('POST', '/api/messages', { roomId: to, content });
  return { writer, reader, room, browser, say };
}

/** Waits until a message is in the inbox. Earlier pushes have been sent by then. */
async function settled(reader: Session, room: string, seq: number): Promise<void> {
  await until('the inbox', async () => (await reader.api.ok('GET', '/api/inbox')).items.some((one: any) => one.roomId === room && one.toSeq >= seq));
}

describe('what is told', () => {
  test('a message to somebody who is not there: once, sealed, signed, with topic, urgency and time to live', async () => {
    const { writer, reader, room, browser, say } = await pair({ language: 'de' });
    const words = marker();
    const { seq } = await say(words);
    const [received] = await service.take(browser.path, 1);
    const { message, headers, claims } = received!;
    assert.deepEqual(message, { v: 1, to: browser.id, type: 'message', roomId: room, seq, title: writer.user.displayName, body: words, unread: 1, lang: 'de' });
    assert.deepEqual([headers['ttl'], headers['urgency']], ['86400', 'high']);
    assert.match(String(headers['topic']), /^[\w-]{32}$/);
    assert.deepEqual([claims.aud, claims.sub], [service.origin, 'mailto:owner@example.org']);
    assert.ok(claims.exp > Date.now() / 1000 && claims.exp <= Date.now() / 1000 + 86_400);
    assert.equal(claims.key, (await state(reader)).publicKey);
    const next = await say(`${words} again`);
    const both = await service.take(browser.path, 2);
    assert.equal(both[1]!.headers['topic'], headers['topic'], 'one notification for a conversation');
    assert.deepEqual([both[1]!.message.seq, both[1]!.message.unread], [next.seq, 2]);
    const item = await until('that it was taken', async () => (await state(reader)).items.find((one: any) => one.lastOkAt));
    assert.deepEqual([item.state, item.current], ['ok', true]);
    assert.equal(service.to(browser.path).length, 2);
    assert.ok(!server.output().includes(words) && !server.output().includes(browser.keys.auth) && !server.output().includes(browser.path), 'no line has words, keys or addresses');
  });

  test('not while a window is in view, but while all are hidden or nothing is done in them', async () => {
    const { reader, room, browser, say } = await pair();
    const socket = await FrameSocket.device(base, reader);
    const first = await say(marker());
    await socket.next('message_notification');
    socket.send({ type: 'presence', visible: false });
    await socket.barrier();
    const second = await say(marker());
    const [received] = await service.take(browser.path, 1);
    assert.equal(received!.message.seq, second.seq, `what was seen (${first.seq}) is not told later`);
    // The same holds in an open conversation, because the person's object knows that the page is hidden.
    const inRoom = await FrameSocket.joined(base, room, reader);
    const third = await say(marker());
    await inRoom.next((frame) => frame['seq'] === third.seq);
    assert.equal((await service.take(browser.path, 2))[1]!.message.seq, third.seq);
    refused(await reader.api.put(PATH, { preview: 'no' }), 400, 'VALIDATION');
  });

  test('what came while a device seemed to look is told when that is found gone @night', async () => {
    const { reader, browser, say } = await pair();
    const shown = async () => {
      const socket = await FrameSocket.device(base, reader);
      const { seq } = await say(marker());
      await socket.next('message_notification');
      return { socket, seq };
    };
    const seqs = async (count: number, timeoutMs: number) => (await service.take(browser.path, count, timeoutMs)).map((one) => one.message.seq);
    const cut = await shown();
    cut.socket.terminate();
    assert.deepEqual(await seqs(1, 25_000), [cut.seq], 'the connection broke');
    const silent = await shown();
    assert.deepEqual(await seqs(2, 45_000), [cut.seq, silent.seq], 'it was silent for too long');
  });

  test('not in quiet hours of the time zone that was chosen, and nothing of it later', async () => {
    const { reader, room, browser, say } = await pair();
    const at = (hours: number) => new Date(Date.now() + hours * 3_600_000).toISOString().slice(11, 16);
    // These hours cover this moment where clocks are 14 hours ahead, and not in UTC.
    const quiet = { from: at(13), to: at(15), timeZone: 'Pacific/Kiritimati' };
    assert.deepEqual(await reader.api.ok('PUT', PATH, { quiet }), { quiet, preview: true });
    const { seq } = await say(marker());
    await settled(reader, room, seq);
    await reader.api.ok('PUT', PATH, { quiet: { ...quiet, timeZone: 'UTC' } });
    const received = await say(marker());
    assert.deepEqual((await service.take(browser.path, 1)).map((one) => one.message.seq), [received.seq]);
    assert.deepEqual(await reader.api.ok('PUT', PATH, { quiet: null }), { quiet: null, preview: true });
  });

  test('levels of conversations, calls by name, groups, nudges, and no preview', async () => {
    const { writer, reader, browser } = await pair();
    const { id: group } = await writer.api.ok('POST', '/api/rooms', { name: 'Crew', memberIds: [reader.user.id], visibility: 'private' });
    const enter = await reader.api.post(`/api/rooms/${group}/members/me`);
    assert.ok([200, 201, 409].includes(enter.status), enter.reply.text);
    const say = (content: string) => writer.api.ok('POST', '/api/messages', { roomId: group, content });
    const level = (body: Record<string, unknown>) => reader.api.ok('PUT', `${PATH}/rooms/${group}`, body);
    const plain = await say('hello');
    const [first] = await service.take(browser.path, 1);
    assert.deepEqual([first!.message.seq, first!.message.title, first!.headers['urgency']], [plain.seq, `${writer.user.displayName} – Crew`, 'normal']);
    assert.deepEqual(await level({ level: 'mentions' }), { roomId: group, level: 'mentions' });
    await say('nobody is called');
    const called = await say(`@${reader.user.displayName} look`);
    assert.equal((await service.take(browser.path, 2))[1]!.message.seq, called.seq);
    await level({ level: 'all' });
    await reader.api.ok('PUT', PATH, { preview: false });
    const secret = await say('not for the lock screen');
    const bare = (await service.take(browser.path, 3))[2]!.message;
    assert.deepEqual(bare, { v: 1, to: browser.id, type: 'message', roomId: group, seq: secret.seq, unread: 4, lang: 'en' });
    const socket = await FrameSocket.joined(base, group, writer);
    socket.send({ type: 'nudge', id: crypto.randomUUID() });
    const nudge = (await service.take(browser.path, 4))[3]!;
    assert.deepEqual([nudge.message.type, nudge.headers['urgency']], ['nudge', 'high']);
    refused(await reader.api.put(`${PATH}/rooms/${group}`, { level: 'loud' }), 400, 'VALIDATION');
    refused(await reader.api.put(`${PATH}/rooms/dm_user_1____user_2`, { level: 'all' }), 403, 'FORBIDDEN');
    assert.equal(service.to(browser.path).length, 4);
  });

  test('a request names who asks', async () => {
    const { reader, browser } = await pair();
    const asker = await account(base);
    await asker.api.ok('POST', '/api/me/contacts', { userId: reader.user.id });
    const [request] = await service.take(browser.path, 1);
    assert.deepEqual(request!.message, { v: 1, to: browser.id, type: 'request', title: asker.user.displayName, unread: 1, lang: 'en' });
  });
});

describe('what waits for another attempt', () => {
  const waits = (about: string, seq: number) => seenInObjects(server.state, 'SELECT 1 FROM push_outbox WHERE about = ? AND seq = ? AND tries > 0', about, seq) > 0;

  /** Sends a message that the service refuses at first. */
  async function waiting({ room, browser, say }: Awaited<ReturnType<typeof pair>>, count: number) {
    service.statuses = [500];
    const message = await say(marker());
    await service.take(browser.path, count);
    await until('it waits for another try', () => waits(room, message.seq));
    return message;
  }

  test('says what it says after an edit', async () => {
    const both = await pair();
    const { writer, room, browser } = both;
    const first = await waiting(both, 1);
    const words = marker();
    await writer.api.ok('PATCH', `/api/messages/${first.id}`, { roomId: room, content: words });
    assert.equal((await service.take(browser.path, 2))[1]!.message.body, words);
  });
});

describe('what services say', () => {
  test('404 and 410 end a subscription', async () => {
    for (const status of [404, 410]) {
      const { reader, browser, say } = await pair();
      service.statuses = [status];
      await say(marker());
      await service.take(browser.path, 1);
      await until('none left', async () => (await state(reader)).items.length === 0);
    }
  });

  test('a service that is silent keeps no other browser waiting @night', async () => {
    const { reader, browser, say } = await pair();
    const other = await subscribed(sessionOf(base, await passwordLogin(base, (reader as Account).email)));
    service.silent.add(browser.path);
    const first = await say(marker());
    await service.take(browser.path, 1);
    await service.take(other.path, 1);
    const next = await say(marker());
    assert.deepEqual((await service.take(other.path, 2, 5_000)).map((one) => one.message.seq), [first.seq, next.seq]);
    service.silent.delete(browser.path);
    assert.deepEqual((await service.take(browser.path, 2, 20_000)).map((one) => one.message.seq), [first.seq, next.seq]);
  });

  test('a test goes to each browser, five an hour, and says what the service answered', async () => {
    const { reader, browser } = await pair();
    for (const status of [500, 201, 201, 201, 201]) {
      service.statuses = [status];
      assert.deepEqual(await reader.api.ok('POST', `${PATH}/test`), { results: [{ id: browser.id, status }] });
    }
    refused(await reader.api.post(`${PATH}/test`), 429, 'RATE_LIMITED');
    assert.equal(service.to(browser.path).length, 5);
    assert.deepEqual(service.to(browser.path)[0]!.message, { v: 1, to: browser.id, type: 'message', title: 'CF Messenger', unread: 0, lang: 'en' });
  });

  test('killed between the commit and the service: told after the restart @night', async () => {
    const { browser, say } = await pair();
    service.isSilent = true;
    const { seq } = await say(marker());
    await service.take(browser.path, 1);
    await server.kill9();
    service.isSilent = false;
    await server.restart();
    const received = await service.take(browser.path, 2);
    assert.deepEqual(received.map((one) => one.message.seq), [seq, seq], 'a repetition, with the same topic');
    assert.equal(received[0]!.headers['topic'], received[1]!.headers['topic']);
  });
});

describe('subscriptions', () => {
  test('the same address is the same, and other people\'s are not there', async () => {
    const [ann, bea] = [await account(base), await account(base)];
    const { endpoint, keys } = service.browser();
    const add = async () => (await ann.api.ok('POST', PATH, { endpoint, keys })).id;
    const id = await add();
    assert.equal(await add(), id);
    const text = JSON.stringify(await state(ann));
    assert.ok(!text.includes(keys.auth) && !text.includes(service.origin), 'neither keys nor addresses are told again');
    refused(await bea.api.delete(`${PATH}/${id}`), 404, 'NOT_FOUND');
    await ann.api.ok('DELETE', `${PATH}/${id}`);
    refused(await ann.api.delete(`${PATH}/${id}`), 404, 'NOT_FOUND');
    assert.deepEqual((await state(ann)).items, []);
  });

  test('one ends with its session, and lives on in a remembered browser', async () => {
    const { writer, reader, browser, say } = await pair();
    const other = sessionOf(base, await passwordLogin(base, (reader as Account).email));
    const second = await subscribed(other);
    assert.deepEqual((await state(reader)).items.map((one: any) => one.current), [true, false]);
    await other.api.ok('POST', '/api/auth/logout');
    assert.deepEqual((await state(reader)).items.map((one: any) => one.id), [browser.id]);
    const remembered = sessionOf(base, await passwordLogin(base, (reader as Account).email, { remember: true }));
    const third = await subscribed(remembered);
    const next = sessionOf(base, await refresh(base, remembered.refreshToken!).then((answer) => ({ ...answer, data: { ...answer.data, user: reader.user } })));
    refused(await remembered.api.get(PATH), 401, 'UNAUTHENTICATED');
    assert.ok((await state(reader)).items.some((one: any) => one.id === third.id));
    assert.ok((await state(next)).items.find((one: any) => one.id === third.id).current);
    const { seq } = await say(marker());
    assert.deepEqual([(await service.take(browser.path, 1))[0]!.message.seq, (await service.take(third.path, 1))[0]!.message.seq], [seq, seq]);
    assert.equal(service.to(second.path).length, 0);
    await next.api.ok('POST', '/api/auth/logout');
    await until('gone with its browser', async () => (await state(reader)).items.every((one: any) => one.id !== third.id));
    assert.ok(writer.user.id);
  });

  test('one ends where another person signs in in its browser, or subscribes at its address', async () => {
    const { writer, reader, browser } = await pair();
    const page = new Api(base, { cookie: `cfm=${reader.token}`, origin: base });
    const signIn = (body: Record<string, unknown>) => page.post('/api/auth/login', { token: 'dev', ...body });
    const ids = async (who: Session) => (await state(who)).items.map((one: any) => one.id);
    // A sign-in that fails changes nothing.
    refused(await signIn({ email: (writer as Account).email, password: 'not the password' }), 401, 'BAD_CREDENTIALS');
    assert.deepEqual(await ids(reader), [browser.id]);
    assert.equal((await signIn({ displayName: `Next ${marker()}` })).status, 200);
    assert.deepEqual(await ids(reader), [], 'the session goes on, and its subscription has ended');

    const again = await subscribed(reader);
    const { endpoint, keys } = again;
    const { id } = await writer.api.ok('POST', PATH, { endpoint, keys });
    assert.notEqual(id, again.id);
    assert.deepEqual([await ids(reader), await ids(writer)], [[], [id]]);
  });

  test('a service that is not on the list is not taken, and one that is on it no more is not called', async () => {
    const own = await onOwnServer(vars);
    const who = await account(own.base);
    const browser = await subscribed(who);
    await own.kill9();
    own.vars['PUSH_SERVICES'] = 'push.example';
    await own.restart();
    const { endpoint, keys } = service.browser();
    assert.equal(refused(await who.api.post(PATH, { endpoint, keys }), 400, 'VALIDATION').field, 'endpoint');
    assert.deepEqual((await who.api.ok('POST', `${PATH}/test`)).results.map((one: any) => one.status), [410]);
    assert.deepEqual([(await state(who)).items, service.to(browser.path)], [[], []]);
  });

  test('addresses that are not public are refused in every notation, and so are keys that are none', async () => {
    const strict = await onOwnServer({ ...vars, WEBHOOK_ALLOW_PRIVATE: '0' });
    const who = await guest(strict.base);
    const { keys } = service.browser();
    // Each notation is a row of `guard.rs`.
    const hosts = ['127.0.0.1', '2130706433', '[::ffff:127.0.0.1]', '169.254.169.254', 'a.internal', 'user:pw@a.example', 'hooks.elsewhere.net', new URL(strict.base).host];
    for (const endpoint of [...hosts.map((host) => `https://${host}/x`), 'http://push.example/x', `https://a.example/${'x'.repeat(1_024)}`]) {
      assert.equal(refused(await who.api.post(PATH, { endpoint, keys }), 400, 'VALIDATION').field, 'endpoint', endpoint);
    }
    const endpoint = 'https://push.example/x';
    const off = Buffer.alloc(65, 7);
    off[0] = 4;
    for (const odd of [undefined, { ...keys, auth: '' }, { auth: keys.auth, p256dh: off.toString('base64url') }]) {
      assert.equal(refused(await who.api.post(PATH, { endpoint, keys: odd }), 400, 'VALIDATION').field, 'keys', JSON.stringify(odd));
    }
    refused(await who.api.post(PATH, { endpoint, keys, language: 'tlh' }), 400, 'VALIDATION');
    assert.deepEqual((await state(who)).items, []);
  });

  test('a name is looked up before it is called: one that leads inside, in part as well, is not; a redirect is not followed', async () => {
    // All hosts lead to the same service, so every call is visible. Only the guard keeps the server from calling them.
    const hosts = ['push.example', 'web.push.apple.com', 'elsewhere.example', 'inner.example', 'loopback.example'];
    const outside = await Outside.start({ 'cloudflare-dns.com': resolver.url, ...Object.fromEntries(hosts.map((host) => [host, service.origin])) });
    after(() => outside.close());
    const { WEBHOOK_ALLOW_PRIVATE: _, DOH_URL: __, ...strict } = vars;
    const own = await onOwnServer(strict, { outside: outside.address });
    const tried = async (host: string) => {
      const [who, { path, keys }] = [await guest(own.base), service.browser()];
      const { id } = await who.api.ok('POST', PATH, { endpoint: `https://${host}${path}`, keys });
      const { results } = await who.api.ok('POST', `${PATH}/test`);
      assert.deepEqual(results.map((one: any) => one.id), [id]);
      return { id, path, status: results[0].status as number };
    };
    for (const host of ['inner.example', 'loopback.example']) {
      const lured = await tried(host);
      assert.deepEqual([lured.status, service.to(lured.path).length], [0, 0], host);
      assert.ok(resolver.asked.includes(host), 'its name was looked up');
      assert.deepEqual(outside.to(host), [], 'and nobody was called');
    }
    const control = await tried('push.example');
    assert.deepEqual([control.status, service.to(control.path).length], [201, 1], 'the same service under a name that is public');
    assert.deepEqual(outside.to('push.example'), [`push.example${control.path}`]);

    // Only Safari's service gets the form that the browser shows without the service worker, around the message of the worker.
    const [safari, { headers: others, message: plain }] = [await tried('web.push.apple.com'), service.to(control.path)[0]!];
    const { headers, message } = service.to(safari.path)[0]!;
    assert.deepEqual([headers['content-type'], others['content-type']], ['application/notification+json', 'application/octet-stream']);
    const shown = { title: 'CF Messenger', body: 'New message', navigate: `${own.base}/app`, tag: 'message', lang: 'en', silent: false, mutable: true };
    assert.deepEqual(message, { web_push: 8030, mutable: true, notification: { ...shown, data: { push: { ...plain, to: safari.id } } } });

    const target = service.browser();
    for (const status of [301, 302, 303, 307, 308]) {
      [service.statuses, service.location] = [[status], `https://elsewhere.example${target.path}`];
      const moved = await tried('push.example');
      assert.deepEqual([moved.status, service.to(moved.path).length], [status, 1]);
    }
    service.location = undefined;
    assert.deepEqual([service.to(target.path).length, outside.to('elsewhere.example').length], [0, 0], 'whoever moved is not looked for');
  });

  test('the archive has them without addresses and keys; deletion takes them away', async () => {
    const { writer, reader, browser, room } = await pair();
    await reader.api.ok('PUT', `${PATH}/rooms/${room}`, { level: 'mentions' });
    const stored = await archived(reader, 'push.json');
    assert.deepEqual([stored.items.length, stored.rooms[0].level, stored.preview], [1, 'mentions', true]);
    assert.ok(!JSON.stringify(stored).includes(browser.keys.auth) && !JSON.stringify(stored).includes(browser.path));
    await reader.api.ok('PUT', `${PATH}/rooms/${room}`, { level: 'all' });
    await reader.api.ok('DELETE', '/api/me', { password: 'tuesday-river-lamp', messages: 'remove' });
    await writer.api.post('/api/messages', { roomId: room, content: 'too late' });
    await until('nothing of it is kept', () => seenInObjects(server.state, 'SELECT 1 FROM push_subscriptions WHERE id = ?', browser.id) === 0);
    assert.equal(service.to(browser.path).length, 0);
  });

  test('a browser that subscribed under the key before this one is served by that key', async () => {
    const [key, others] = [createECDH('prime256v1'), await PushService.start()];
    key.generateKeys();
    const next = Buffer.from(key.getPrivateKey('hex').padStart(64, '0'), 'hex').toString('base64url');
    const old = createECDH('prime256v1');
    old.setPrivateKey(Buffer.from(SECRET, 'base64url'));
    const own = await onOwnServer({ ...vars, VAPID_PRIVATE_KEY: next, VAPID_PRIVATE_KEY_PREVIOUS: SECRET });
    try {
      const [who, { endpoint, keys, path }] = [await guest(own.base), others.browser()];
      await who.api.ok('POST', PATH, { endpoint, keys });
      const publicKeys = [key, old].map((one) => one.getPublicKey().toString('base64url'));
      assert.equal((await state(who)).publicKey, publicKeys[0], 'browsers subscribe under the new one');
      for (const status of [403, 401, 400]) {
        others.statuses = [status];
        const from = others.to(path).length;
        assert.equal((await who.api.ok('POST', `${PATH}/test`)).results[0].status, 201);
        assert.deepEqual(others.to(path).slice(from).map(({ claims }) => claims.key), publicKeys, `${status}`);
      }
      const from = others.to(path).length;
      assert.equal((await who.api.ok('POST', `${PATH}/test`)).results[0].status, 201);
      assert.deepEqual(others.to(path).slice(from).map(({ claims }) => claims.key), publicKeys.slice(0, 1), 'a browser that is of the new key is asked once');
    } finally {
      others.close();
    }
  });

  test('without a key there is no push, and a deployment says so', async () => {
    const none = await onOwnServer(FREE_VARS);
    const who = await guest(none.base);
    assert.equal((await new Api(none.base).ok('GET', '/api/config')).push, false);
    assert.equal((await new Api(base).ok('GET', '/api/config')).push, true);
    assert.equal((await state(who)).publicKey, null);
    const { keys } = service.browser();
    refused(await who.api.post(PATH, { endpoint: 'https://push.example/x', keys }), 404, 'NOT_FOUND');
    refused(await who.api.post(`${PATH}/test`), 404, 'NOT_FOUND');
  });
});
