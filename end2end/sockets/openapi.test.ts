// core.md 8 row 17: /openapi.json describes the routes, and the real answers match it in members, types and texts. The answers to calls with
// a described body are in `described-bodies.test.ts`.

import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { account } from '../harness/accounts.ts';
import { Api } from '../harness/api.ts';
import { description, mismatch, type Description } from '../harness/description.ts';
import { gif, upload } from '../harness/files.ts';
import { send } from '../harness/http.ts';
import { freshRoom, marker, uuidv7 } from '../harness/ids.ts';
import { token } from '../harness/jwt.ts';
import { addPasskey } from '../harness/passkeys.ts';
import { FREE_OPEN_VARS } from '../harness/server.ts';
import { guest, persona, type Session } from '../harness/session.ts';
import { FrameSocket } from '../harness/socket.ts';
import { onPooledServer } from '../harness/suite.ts';
import { until } from '../harness/wait.ts';

// No other file plays a persona on this server.
const { base } = await onPooledServer(FREE_OPEN_VARS);

/** Described reads that need the service token, or a role that only its holder gives: `admin.test.ts`, `audit.test.ts`, `dead-letters.test.ts`,
 * `moderation.test.ts` and `writing-rules.test.ts` ask them. */
const OF_OPERATORS = [
  '/api/admin/audit', '/api/admin/dead-letters', '/api/admin/dead-letters/{log}', '/api/admin/flags', '/api/admin/stats', '/api/moderation/held',
  '/api/moderation/state',
];

describe('openapi', () => {
  let described: Description;
  let one: Session;
  const seen = new Set<string>();

  before(async () => {
    described = await description(base);
    one = await guest(base);
  });

  /** Calls a route and checks the answer against the description of `path`. */
  async function holds(method: string, path: string, address: string, body?: unknown, api: Api = one.api): Promise<any> {
    const operation = described.operations.find((operation) => operation.method === method && operation.path === path);
    assert.ok(operation?.data, `${method} ${path} is not described`);
    seen.add(`${method} ${path}`);
    const answer = await api.call(method, address, body);
    assert.ok(answer.status < 400, `${method} ${address}: ${answer.reply.text}`);
    const schema = operation.data.get(answer.status) ?? [...operation.data.values()][0]!;
    assert.equal(mismatch(answer.data, schema, described.schemas), undefined, `${method} ${address}: ${answer.reply.text.slice(0, 600)}`);
    return answer.data;
  }

  test('it is JSON that names its version, for everybody', async () => {
    const reply = await send(base, 'GET', '/openapi.json');
    assert.equal(reply.status, 200);
    assert.match(String(reply.headers['content-type']), /^application\/json/);
    assert.match(JSON.parse(reply.text).openapi, /^3\.1\./);
    assert.equal((await send(base, 'POST', '/openapi.json')).status, 405);
  });

  test('MessageHub and HopeFlow: statuses, headers, bodies and refusals', async () => {
    const { paths } = JSON.parse((await send(base, 'GET', '/openapi.json')).text);
    const room = `o-${uuidv7()}`;
    const statusOf = async (method: string, path: string, address: string, options: Parameters<typeof send>[3] = {}): Promise<number> => {
      const reply = await send(base, method, address, options);
      const answer = paths[path][method.toLowerCase()].responses[reply.status];
      assert.ok(answer, `${method} ${address}: ${reply.status} is not described`);
      for (const name of Object.keys(answer.headers ?? {}).filter((name) => name !== 'Idempotent-Replay')) {
        assert.ok(reply.headers[name.toLowerCase()], `${method} ${address}: no ${name}`);
      }
      const [kind, content] = Object.entries<any>(answer.content ?? {})[0] ?? [];
      assert.equal(reply.headers['content-type']?.split(';')[0], kind, `${method} ${address}`);
      if (kind === 'application/json') assert.equal(mismatch(JSON.parse(reply.text), content.schema, described.schemas), undefined, reply.text);
      else if (!kind) assert.equal(reply.text, '');
      return reply.status;
    };
    const messages = `/rooms/${room}/messages`;
    assert.equal(await statusOf('POST', '/rooms/{room}/messages', messages, { body: 'x' }), 202);
    assert.equal(await statusOf('POST', '/rooms/{room}/messages', messages), 400);
    assert.equal(await statusOf('POST', '/rooms/{room}/messages', messages, { body: 'x', headers: { authorization: 'Bearer x' } }), 401);
    assert.equal(await statusOf('GET', '/rooms/{room}/messages', messages), 200);
    assert.equal(await statusOf('GET', '/rooms/{room}/presence', `/rooms/${room}/presence`), 200);
    assert.equal((await send(base, 'HEAD', `/rooms/${room}/presence`)).status, 200);
    assert.ok(paths['/publish'].post.responses[(await send(base, 'PUT', '/publish')).status], 'another method');
    assert.equal(await statusOf('GET', '/ws/{room}', `/ws/${room}`), 426);
    assert.equal(await statusOf('POST', '/publish', '/publish', { body: '{}' }), 401);
    const json = { authorization: `Bearer ${token({ userId: 'u' })}`, 'content-type': 'application/json' };
    assert.equal(await statusOf('POST', '/publish', '/publish', { body: '{"userId":"u"}', headers: json }), 200);
    assert.equal(await statusOf('POST', '/publish', '/publish', { body: '{}', headers: json }), 400);
    assert.equal(await statusOf('GET', '/', '/'), 200);
    assert.deepEqual(paths['/publish'].post.security, [{ token: [] }]);
  });

  test('what is open to everybody, and oneself', async () => {
    const nobody = new Api(base);
    for (const path of ['/api/config', '/api/auth/accounts', '/api/health', '/demo/scenes', '/demo/plug']) await holds('GET', path, path, undefined, nobody);
    await holds('POST', '/api/auth/logout', '/api/auth/logout', {}, nobody);
    const own = ['/api/auth/me', '/api/me', '/api/me/sessions', '/api/me/settings', '/api/me/moderation', '/api/inbox'];
    for (const path of own) await holds('GET', path, path);
    for (const path of ['/api/auth/refresh', '/api/auth/ws-ticket']) await holds('POST', path, path, {});
  });

  test('people', async () => {
    assert.ok((await holds('GET', '/api/users', '/api/users')).items.length >= 20);
    await one.api.ok('POST', '/api/me/contacts', { userId: 'user_3' });
    assert.equal((await holds('GET', '/api/me/contacts', '/api/me/contacts')).items.length, 1);
    await holds('DELETE', '/api/me/contacts/{id}', '/api/me/contacts/user_3');
    await holds('PUT', '/api/me/blocks/{id}', '/api/me/blocks/user_4');
    assert.equal((await holds('GET', '/api/me/blocks', '/api/me/blocks')).items.length, 1);
    await holds('DELETE', '/api/me/blocks/{id}', '/api/me/blocks/user_4');
  });

  test('rooms and messages', async () => {
    const room = freshRoom();
    const socket = await FrameSocket.joined(base, room, one);
    const id = uuidv7();
    await one.api.ok('POST', '/api/messages', { roomId: room, id, content: marker(), font: { color: 3 } });
    await holds('POST', '/api/data/{collection}', '/api/data/messages', { roomId: room, content: marker(), replyTo: id });
    socket.send({ type: 'nudge', id: uuidv7() });
    socket.send({ type: 'wink', id: uuidv7(), winkId: 'toast' });
    await socket.barrier();
    await one.api.ok('PATCH', `/api/messages/${id}`, { roomId: room, content: marker() });
    await one.api.ok('PUT', `/api/messages/${id}/react`, { roomId: room, reaction: 'like' });
    await holds('DELETE', '/api/messages/{id}', `/api/messages/${id}?roomId=${room}&for=all`);
    assert.equal((await holds('GET', '/api/messages', `/api/messages?roomId=${room}`)).messages.length, 7);
    assert.ok((await holds('GET', '/api/rooms', '/api/rooms')).items.length >= 3);
    await holds('GET', '/api/rooms/{id}', '/api/rooms/general');
  });

  test('groups: made, entered, asked about, listed, and what is said of them', async () => {
    const [ann, bea] = [await account(base), await persona(base, 'user_13')];
    const key = marker();
    const made = () => ann.api.with({ 'idempotency-key': key });
    const form = { name: `Crew ${marker()}`, memberIds: [bea.user.id, one.user.id] };
    const room = await holds('POST', '/api/rooms', '/api/rooms', form, made());
    assert.equal((await holds('POST', '/api/rooms', '/api/rooms', form, made())).id, room.id);
    const row = await until('the question', async () => {
      const { items } = await holds('GET', '/api/rooms', '/api/rooms?scope=mine');
      return items.find((each: any) => each.id === room.id);
    });
    assert.deepEqual([row.pending, 'role' in row, row.invitedBy.id], [true, false, ann.user.id]);
    assert.equal((await holds('GET', '/api/rooms/{id}', `/api/rooms/${room.id}`, undefined, ann.api)).invited.length, 1);
    await holds('POST', '/api/rooms/{id}/members/me', `/api/rooms/${room.id}/members/me`);
    await holds('PATCH', '/api/rooms/{id}', `/api/rooms/${room.id}`, { name: `Boat ${marker()}`, topic: 'sails' }, ann.api);
    await holds('PATCH', '/api/rooms/{id}/members/{user}', `/api/rooms/${room.id}/members/user_13`, { role: 'admin' }, ann.api);
    await holds('DELETE', '/api/rooms/{id}/members/{user}', `/api/rooms/${room.id}/members/me`);
    const hooks = '/api/rooms/{id}/hooks';
    const { id: hook } = await holds('POST', hooks, `/api/rooms/${room.id}/hooks`, { name: 'Builds' }, ann.api);
    assert.equal((await holds('GET', hooks, `/api/rooms/${room.id}/hooks`, undefined, ann.api)).items.length, 1);
    await holds('DELETE', `${hooks}/{hook}`, `/api/rooms/${room.id}/hooks/${hook}`, undefined, ann.api);
    const { id: blog } = await ann.api.ok('POST', '/api/rooms', { name: `Blog ${marker()}`, memberIds: [], visibility: 'public' });
    const embed = '/api/rooms/{id}/embed';
    const allowed = await holds('PUT', embed, `/api/rooms/${blog}/embed`, { origins: ['https://blog.example'], mode: 'guest' }, ann.api);
    assert.deepEqual(await holds('GET', embed, `/api/rooms/${blog}/embed`, undefined, ann.api), allowed);
    await holds('DELETE', embed, `/api/rooms/${blog}/embed`, undefined, ann.api);
    const [bots, botsOfRoom] = ['/api/rooms/{id}/bots', `/api/rooms/${room.id}/bots`];
    const commands = [{ name: 'deploy', description: 'Deploys main' }];
    const { bot } = await holds('POST', bots, botsOfRoom, { name: 'Ops', scopes: ['read'], commands, webhook: null }, ann.api);
    assert.equal((await holds('GET', bots, botsOfRoom, undefined, ann.api)).items.length, 1);
    await holds('DELETE', `${bots}/{bot}`, `${botsOfRoom}/${bot.id}`, undefined, ann.api);
    const { messages } = await holds('GET', '/api/messages', `/api/messages?roomId=${room.id}`, undefined, ann.api);
    const codes = new Set(messages.filter((each: any) => each.type === 'system').map((each: any) => each.code));
    for (const code of ['created', 'member_added', 'topic']) assert.ok(codes.has(code), `${code} in ${[...codes]}`);
    for (const member of ['userId', 'userName', 'role', 'name', 'topic']) {
      assert.ok(messages.some((each: any) => member in each), `nothing says ${member}`);
      assert.ok(described.schemas['Message']?.['properties'][member], `${member} is not described`);
    }
    const open = await ann.api.ok('POST', '/api/rooms', { name: `Open ${marker()}`, memberIds: [], visibility: 'public' });
    const listed = await until('the public group', async () => {
      const { items } = await holds('GET', '/api/rooms', `/api/rooms?scope=public&q=${encodeURIComponent(open.name)}`);
      return items[0];
    });
    assert.ok(!('role' in listed), 'not in it');
    await holds('DELETE', '/api/rooms/{id}', `/api/rooms/${room.id}`, undefined, ann.api);
  });

  test('what is asked for again is described as well', async () => {
    const [room, id, content] = [freshRoom(), uuidv7(), marker()];
    const ann = await account(base);
    const calls: [string, Record<string, unknown>, Api][] = [
      ['/api/messages', { roomId: room, id, content }, one.api],
      ['/api/me/contacts', { userId: 'user_14' }, ann.api],
    ];
    for (const [path, body, api] of calls) {
      assert.ok(described.operations.find((each) => each.method === 'POST' && each.path === path)?.data?.has(200), path);
      assert.equal((await api.post(path, body)).status, 201, path);
      assert.equal((await api.post(path, body)).status, 200, path);
      await holds('POST', path, path, body, api);
    }
  });

  test('passkeys', async () => {
    const ann = await account(base);
    const path = '/api/auth/passkey';
    await holds('POST', `${path}/register/begin`, `${path}/register/begin`, {}, ann.api);
    await holds('POST', `${path}/login/begin`, `${path}/login/begin`, {}, new Api(base));
    const { id } = await addPasskey(base, ann);
    await holds('GET', path, path, undefined, ann.api);
    await holds('DELETE', `${path}/{id}`, `${path}/${id}`, undefined, ann.api);
  });

  test('the life of an account', async () => {
    const { api } = await account(base);
    await holds('GET', '/api/me/account', '/api/me/account', undefined, api);
    await holds('POST', '/api/auth/email/send', '/api/auth/email/send', {}, api);
    await holds('POST', '/api/me/recovery-codes', '/api/me/recovery-codes', {}, api);
    await holds('DELETE', '/api/me/sessions', '/api/me/sessions?others=1', undefined, api);
  });

  test('every collection', async () => {
    const item = (name: string) => ({ $ref: `#/components/schemas/${name}` });
    const collections = { users: 'User', rooms: 'Room', contacts: 'Contact', winks: 'Wink', avatars: 'Avatar' };
    for (const [collection, name] of Object.entries(collections)) {
      const data = await holds('GET', '/api/data/{collection}', `/api/data/${collection}?limit=200`);
      for (const row of data.items) assert.equal(mismatch(row, item(name), described.schemas), undefined, collection);
    }
  });

  test('emoticons of one’s own', async () => {
    const owner = await account(base);
    const { api } = owner;
    const { id: fileId } = await upload(owner, gif(), 'a.gif');
    const path = '/api/me/emoticons';
    const made = await api.ok('POST', path, { code: '(own.)', fileId, alt: 'A square', mayKeep: true });
    await holds('GET', path, path, undefined, api);
    await holds('GET', '/api/data/{collection}', '/api/data/emoticons?limit=1', undefined, api);
    await holds('DELETE', `${path}/{id}`, `${path}/${made.id}`, undefined, api);
  });

  test('what a person keeps, chooses, looks for and takes along', async () => {
    const { api, user } = await account(base);
    const get = (path: string, address = path) => holds('GET', path, address, undefined, api);
    for (const path of ['/api/me/clock', '/api/me/push', '/api/bots', '/api/me/handle']) await get(path);
    await get('/api/users/{id}/clock', `/api/users/${user.id}/clock`);
    await api.ok('PUT', '/api/me/drafts/general', { content: marker(), at: Date.now() });
    assert.equal((await get('/api/me/drafts')).items.length, 1);
    await api.ok('PUT', '/api/me/home', { fields: { 'look/theme': { value: 'dusk', at: Date.now(), by: 'a'.repeat(16) } } });
    await get('/api/me/home');
    await holds('PUT', '/api/me/hidden-from/{id}', '/api/me/hidden-from/user_4', undefined, api);
    assert.deepEqual((await get('/api/me/hidden-from')).hiddenFrom, ['user_4']);
    await holds('DELETE', '/api/me/hidden-from/{id}', '/api/me/hidden-from/user_4', undefined, api);
    const { code } = await api.ok('POST', '/api/me/invites', {});
    assert.equal((await get('/api/me/invites')).items.length, 1);
    await get('/api/invites/{code}', `/api/invites/${code}`);
    const word = marker();
    await api.ok('POST', '/api/messages', { roomId: 'general', id: uuidv7(), content: word });
    assert.equal((await get('/api/messages/search', `/api/messages/search?roomId=general&q=${word}`)).items.length, 1);
    const { jobId } = await holds('POST', '/api/export', '/api/export', {}, api);
    await get('/api/export');
    await get('/api/export/{id}', `/api/export/${jobId}`);
  });

  test('a demo room', async () => {
    const nobody = new Api(base);
    const { code, sessionId } = await nobody.ok('POST', '/demo/rooms', { language: 'en' });
    const api = new Api(base, { authorization: `Bearer ${sessionId}` });
    await holds('GET', '/demo/rooms/{code}', `/demo/rooms/${code}`, undefined, nobody);
    for (const path of ['state', 'numbers']) await holds('GET', `/demo/rooms/{code}/${path}`, `/demo/rooms/${code}/${path}`, undefined, api);
    await holds('DELETE', '/demo/rooms/{code}', `/demo/rooms/${code}`, undefined, api);
  });

  test('every described read in the envelope was asked above', () => {
    const reads = described.operations.filter((operation) => operation.method === 'GET' && operation.data);
    const missing = reads.map((operation) => operation.path).filter((path) => !seen.has(`GET ${path}`) && !OF_OPERATORS.includes(path));
    assert.deepEqual(missing, []);
  });
});
