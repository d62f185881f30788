// wasmchannel.md 3.1, 4 and 4.1, hopeflow.md 2 to 5: the requests and frames of the web pages of the original projects, in their order. A page
// lies on another port than the Worker, so a browser asks before it calls, and shows an answer only with the headers of core.md 9.1.

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { describe, test } from 'node:test';
import { Device, freshUser } from '../harness/hopeflow.ts';
import { send, type Reply } from '../harness/http.ts';
import { marker } from '../harness/ids.ts';
import { token } from '../harness/jwt.ts';
import { PacketSocket, packetsRefused } from '../harness/packet_socket.ts';
import { FREE_VARS } from '../harness/server.ts';
import { guest } from '../harness/session.ts';
import { onPooledServer } from '../harness/suite.ts';
import { opened } from '../harness/text_socket.ts';
import { within } from '../harness/wait.ts';

const PAGE = 'http://localhost:3000';
const { base } = await onPooledServer({ ...FREE_VARS, ALLOWED_ORIGINS: PAGE }, true);

/** Secret that the page draws once for its browser: 32 hexadecimal digits, a dash, and 21 characters of base64url. */
const freshSecret = (): string => `${randomBytes(16).toString('hex')}-${randomBytes(16).toString('base64url').slice(0, 21)}`;
/** Id that the page gives to a message. */
const freshId = (): string => randomBytes(16).toString('base64url').slice(0, 21);

/** A browser with the page of WasmChannel. */
class Browser {
  cookie = '';

  /** Asks as the page does, after the question that a browser puts before it. A page reads no answer without these headers. */
  async ask(method: 'GET' | 'POST', path: string, body?: unknown): Promise<{ status: number; json: any; text: string }> {
    if (method === 'POST') await preflight(path);
    const headers = { origin: PAGE, ...(this.cookie ? { cookie: this.cookie } : {}), ...(body === undefined ? {} : { 'content-type': 'application/json' }) };
    const reply = await send(base, method, path, { headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
    readable(reply);
    for (const line of reply.cookies) this.cookie = line.split(';')[0]!;
    return { status: reply.status, json: JSON.parse(reply.text), text: reply.text };
  }

  /** Signs in with the secret, or else up, as the page does. */
  async enter(secret: string): Promise<{ id: string; name: string; email: string; isNew: boolean }> {
    assert.equal((await this.ask('GET', '/api/auth/get-session')).json, null);
    const email = `${secret}@wasm.channel`;
    const known = await this.ask('POST', '/api/auth/sign-in/email', { email, password: secret });
    if (known.status === 200) return { ...known.json.user, isNew: false };
    assert.deepEqual([known.status, known.json.code], [401, 'INVALID_EMAIL_OR_PASSWORD']);
    const made = await this.ask('POST', '/api/auth/sign-up/email', { email, password: secret, name: secret });
    assert.equal(made.status, 200, made.text);
    return { ...made.json.user, isNew: true };
  }

  /** Asks for messages in the plain form of the page's link. */
  async messages(cursor?: string): Promise<any[]> {
    const { status, json, text } = await this.ask('POST', '/rpc/messages/get', { ...(cursor === undefined ? {} : { cursor }), limit: 20 });
    assert.equal(status, 200, text);
    return json.messages;
  }

  /** Opens the socket of the page: at the root, without subprotocol and query. */
  async connect(): Promise<PacketSocket> {
    const socket = await PacketSocket.open(base, '', { path: '/', protocols: [], headers: { cookie: this.cookie, origin: PAGE } });
    assert.ok(Number((await socket.next('OnlineUsers')).text) > 0, 'the page takes a number');
    return socket;
  }
}

async function preflight(path: string): Promise<void> {
  const headers = { origin: PAGE, 'access-control-request-method': 'POST', 'access-control-request-headers': 'content-type' };
  const reply = await send(base, 'OPTIONS', path, { headers });
  assert.equal(reply.status, 204);
  readable(reply);
  assert.match(String(reply.headers['access-control-allow-methods']), /\bPOST\b/);
  assert.match(String(reply.headers['access-control-allow-headers']), /\bcontent-type\b/);
}

function readable(reply: Reply): void {
  const { 'access-control-allow-origin': origin, 'access-control-allow-credentials': credentials } = reply.headers;
  assert.deepEqual([origin, credentials], [PAGE, 'true'], reply.text);
}

describe('the page of WasmChannel', { concurrency: true }, () => {
  test('signs up with the secret of its browser, and in again, and nobody reads the secret', async () => {
    const [secret, browser] = [freshSecret(), new Browser()];
    const made = await browser.enter(secret);
    assert.equal(made.isNew, true);
    const shown = await browser.ask('GET', '/api/auth/get-session');
    assert.deepEqual([shown.json.user.id, shown.json.session.userId], [made.id, made.id]);
    assert.match(made.email, /^[0-9a-f]{40}@device\.invalid$/);
    assert.equal(made.name, `wasm-${made.email.slice(0, 8)}`);
    assert.ok(!shown.text.includes(secret));
    const later = await new Browser().enter(secret);
    assert.deepEqual([later.id, later.isNew], [made.id, false]);
    const twice = await browser.ask('POST', '/api/auth/sign-up/email', { email: `${secret}@wasm.channel`, password: secret, name: secret });
    assert.deepEqual([twice.status, twice.json.code], [422, 'USER_ALREADY_EXISTS']);
    const wrong = await browser.ask('POST', '/api/auth/sign-in/email', { email: made.email, password: freshSecret() });
    assert.equal(wrong.status, 401, 'the address alone opens nothing');
  });

  test('writes, reacts and reads back; what others do arrives, and what is deleted is gone after a reload', async () => {
    const [mine, theirs] = [new Browser(), new Browser()];
    const [me, them] = [await mine.enter(freshSecret()), await theirs.enter(freshSecret())];
    const [one, two] = [await mine.connect(), await theirs.connect()];
    assert.equal(one.protocol, '');
    const [id, text] = [freshId(), `مرحباً ${marker()}`];
    one.say(text, id);
    for (const socket of [one, two]) {
      const packet = await socket.next((packet) => packet.kind === 'Message' && packet.id === id);
      assert.deepEqual([packet.user, packet.text], [me.id, text]);
    }
    // The page names the message in the payload, and leaves the id of the packet empty.
    two.send({ kind: 'Reaction', reaction: 'Heart', payload: id });
    const reaction = await one.next((packet) => packet.kind === 'Reaction' && packet.id === id);
    assert.deepEqual([reaction.user, reaction.reaction], [them.id, 'Heart']);
    const stored = (await theirs.messages()).find((message) => message.id === id);
    const kinds = stored.reactions.map(({ kind, count, users }: any) => ({ kind, count, users }));
    assert.deepEqual([stored.refrenceId, stored.message, stored.sentBy, kinds], [id, text, me.id, [{ kind: 3, count: 1, users: [them.id] }]]);
    assert.ok(!Number.isNaN(Date.parse(stored.createdAt)), 'the page sorts by it');
    const last = freshId();
    await one.said(marker(), last);
    assert.ok((await mine.messages(last)).some((message) => message.id === id), 'its cursor is the id of a message');
    const deleted = await send(base, 'DELETE', `/api/messages/${id}?roomId=room&for=all`, { headers: { cookie: mine.cookie, origin: PAGE } });
    assert.equal(deleted.status, 200, deleted.text);
    await two.next((packet) => packet.kind === 'Delete' && packet.id === id);
    assert.ok(!(await theirs.messages()).some((message) => message.id === id));
  });

  test('gets no socket from a page that may not call, nor without its cookie', async () => {
    const browser = new Browser();
    await browser.enter(freshSecret());
    const at = (headers: Record<string, string>) => packetsRefused(base, '', { path: '/', protocols: [], headers });
    assert.equal((await at({ cookie: browser.cookie, origin: 'http://localhost:3001' })).status, 403);
    assert.equal((await at({ origin: PAGE })).status, 401);
  });

  test('keeps its socket through 90 s of silence @night', async () => {
    const browser = new Browser();
    await browser.enter(freshSecret());
    const quiet = await browser.connect();
    const speaker = await guest(base);
    const named = await PacketSocket.joined(base, 'room', speaker.token);
    // The room gives up this younger socket of `wasmchannel.v1`, which is silent as well. The sweep runs once a minute.
    const closed = await within('the end of the younger socket', named.closed, 170_000);
    assert.equal(closed.code, 4408);
    await quiet.said(marker());
  });
});

describe('the page of HopeFlow', { concurrency: true }, () => {
  /** Token as the page's server signs it. */
  const signed = (userId: string): string => {
    const nowS = Math.floor(Date.now() / 1_000);
    return token({ userId, iat: nowS, exp: nowS + 900 });
  };
  /** Publishes as the page's server does. */
  const publish = async (from: string, userId: string, type: string, payload: unknown): Promise<any> => {
    const headers = { 'content-type': 'application/json', authorization: `Bearer ${signed(from)}` };
    const reply = await send(base, 'POST', '/publish', { headers, body: JSON.stringify({ userId, type, payload }) });
    assert.equal(reply.status, 200, reply.text);
    return JSON.parse(reply.text);
  };
  /** Opens the socket of the page. A cookie of another door, from the same host, changes nothing. */
  const connect = async (user: string, cookie = ''): Promise<Device> => {
    const headers = { origin: PAGE, ...(cookie ? { cookie } : {}) };
    return new Device(await opened(base, `/?token=${encodeURIComponent(signed(user))}`, { headers }));
  };

  test('subscribes with keys in their order, acknowledges with a state, and the server reads it', async () => {
    const [seeker, contributor] = [freshUser(), freshUser()];
    const browser = new Browser();
    await browser.enter(freshSecret());
    const device = await connect(seeker, browser.cookie);
    assert.equal(device.protocol, '');
    const room = { nodeId: 'n1', questId: 'q1' };
    device.subscribe({ type: 'notification' });
    device.subscribe({ ...room, type: 'chat_message' }, { ...room, type: 'chat_typing' });
    await device.barrier();
    const message = { id: freshId(), questId: 'q1', nodeId: 'n1', userId: contributor, content: 'hi', timestamp: new Date().toISOString(), status: 'sent' };
    const state = { state: 'displayed', messageId: message.id, questId: 'q1', nodeId: 'n1' };
    const sent = publish(contributor, seeker, 'chat_message', message);
    const envelope = await device.answer(state);
    assert.deepEqual([envelope.type, envelope.payload], ['chat_message', message]);
    assert.ok(typeof envelope.envelopeId === 'string' && typeof envelope.timestamp === 'string');
    assert.deepEqual(await sent, { clientCount: 1, results: [state] });
    const typing = publish(contributor, seeker, 'chat_typing', { questId: 'q1', nodeId: 'n1', userId: contributor });
    await device.answer(null);
    assert.deepEqual(await typing, { clientCount: 1, results: [null] });
    device.unsubscribe({ ...room, type: 'chat_message' }, { ...room, type: 'chat_typing' });
    await device.barrier();
    assert.deepEqual(await publish(contributor, seeker, 'chat_message', message), { clientCount: 0, results: [] }, 'then the page is told by a notification');
    const notification = { id: freshId(), message: '"Quest": new chat message', url: '/chat/q1/n1', status: 'sent' };
    const told = publish(contributor, seeker, 'notification', notification);
    await device.answer({ state: 'received', notificationId: notification.id });
    assert.deepEqual(await told, { clientCount: 1, results: [{ state: 'received', notificationId: notification.id }] });
  });
});
