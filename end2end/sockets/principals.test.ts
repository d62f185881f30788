// Every kind of principal calls every described route. The description says which credentials open a route (`security` in /openapi.json);
// the answers to all others follow from core.md 4, demo.md 3, integrations.md 7.2, moderation.md 2.1 and wasmchannel.md 4.1.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { account, freshEmail, PASSWORD } from '../harness/accounts.ts';
import { AdminBrowser } from '../harness/admin.ts';
import { Api } from '../harness/api.ts';
import { DEMO_VARS, come, makeRoom, type Joined } from '../harness/demo_rooms.ts';
import { description, type Operation, type Schema } from '../harness/description.ts';
import { group } from '../harness/groups.ts';
import { send, upgradeHeaders, type Reply } from '../harness/http.ts';
import { freshName, uuidv7 } from '../harness/ids.ts';
import { JWT_SECRET, token } from '../harness/jwt.ts';
import { signUpByHand } from '../harness/library_client.ts';
import { cookieSession, guest, login, persona } from '../harness/session.ts';
import { sideBySide } from '../harness/side_by_side.ts';
import { onOwnServer } from '../harness/suite.ts';
import { until } from '../harness/wait.ts';

const ADMIN_TOKEN = 'an admin token for tests';
const RULES = ['REGISTER', 'INVITE', 'CHAT', 'MUTATE', 'PRESENCE', 'HISTORY', 'LINK', 'FIND', 'DRAFT', 'MAIL', 'ACCOUNT', 'LOGIN_FAIL', 'GUESS', 'BOT', 'HOOK', 'PUBLISH', 'HUB'];
const EMBED = JSON.stringify([{ room: 'general', origins: ['https://blog.example'], mode: 'guest' }]);
const { base } = await onOwnServer({ ...DEMO_VARS, ADMIN_TOKEN, JWT_SECRET, EMBED, ...Object.fromEntries(RULES.map((rule) => [`RATE_${rule}`, '0'])) });
const { operations, schemas } = await description(base);
const named = ({ method, path }: Operation) => `${method} ${path}`;
const bearer = (text: string) => ({ authorization: `Bearer ${text}` });

/** Recognises routes that end the session of the caller. */
const isEnd = ({ method, path }: Operation): boolean => /\/(logout|sign-out|revoke-sessions|delete-user)$/.test(path) || (method === 'DELETE' && path === '/api/me');

type Headers = Record<string, string>;

interface Principal {
  name: string;
  /** Credential that the principal shows, as the description names it; undefined for one that opens nothing. */
  credential?: string;
  headers: Headers;
  /** Makes another one of its kind, for a call that ends its session. */
  again?: () => Promise<Headers>;
}

const [ann, out] = [await account(base), { 'cf-connecting-ip': '198.51.100.7' }];
const [open, message] = [await group(ann, [], 'public', 'Open'), uuidv7()];
await ann.api.ok('POST', '/api/messages', { roomId: open, id: message, content: 'hello' });
const operator = await AdminBrowser.entered(base, ADMIN_TOKEN);
const judge = await account(base);
assert.equal((await operator.submit({ do: 'role', user: judge.user.id, role: 'moderator' })).status, 303);
const act = (body: object) => judge.api.ok('POST', '/api/moderation/acts', { minutes: 60, reason: 'Spam.', ...body });
const host = await makeRoom(base);
const demo: Joined = await come(base, host.code, { displayName: 'Wanda' });

/** Body that has what a schema needs, and a room and an id wherever they fit. */
function sample(schema: Schema, room: string, name = ''): unknown {
  if (schema['$ref']) return sample(schemas[schema['$ref'].split('/').at(-1)]!, room, name);
  if (schema['enum']) return schema['enum'][0];
  const { type, properties = {}, required = [], items } = schema;
  if (type === 'object') {
    const wanted = Object.entries<Schema>(properties).filter(([member]) => required.includes(member) || /^(roomId|room|id|reaction)$/.test(member));
    return Object.fromEntries(wanted.map(([member, form]) => [member, sample(form, room, member)]));
  }
  if (type === 'array') return [sample(items, room, name)];
  if (type === 'integer') return 1;
  if (type === 'boolean') return false;
  const texts: Record<string, string> = { room, roomId: room, userId: ann.user.id, userIds: ann.user.id, messageId: message, id: uuidv7(), reaction: 'like' };
  return texts[name] ?? 'x';
}

/** Sends a call in a good form, about a room and its message. */
async function call(headers: Headers, operation: Operation, about = open): Promise<Reply> {
  const { method, path } = operation;
  const room = path.startsWith('/embed/') ? 'general' : about;
  const isOfPerson = /^\/api\/(users|me\/(contacts|blocks|hidden-from))\//.test(path);
  const id = path.startsWith('/api/messages/') ? message : isOfPerson ? ann.user.id : room;
  const names: Record<string, string> = { id, room, code: host.code, collection: 'messages', user: ann.user.id };
  const place = path.replace(/\{(\w+)\}/g, (_, name) => names[name] ?? 'x');
  const query = operation.query.filter((one) => one.required || ['roomId', 'q'].includes(one.name));
  const values = query.map(({ name, schema }) => `${name}=${encodeURIComponent(String(sample(schema, room, name)))}`);
  // An event stream would go on: a cursor that is none ends it, and is looked at after the credential.
  const more = operation.isStream ? ['after=x'] : [];
  const body = operation.body && JSON.stringify(path.startsWith('/api/data/') ? { roomId: room, content: 'x' } : sample(operation.body, room));
  const json: Record<string, string> = body === undefined ? {} : { 'content-type': 'application/json' };
  // A page is told of a refusal by a close code, a tool by the status.
  const { origin, ...ofTool } = headers;
  const own = operation.isSocket ? { ...upgradeHeaders(path.startsWith('/api/') ? 'cfm.v1' : undefined), ...ofTool } : { origin: base, ...headers };
  return send(base, method, [place, [...values, ...more].join('&')].filter(Boolean).join('?'), { headers: { ...json, ...own }, body });
}

/** Status, and the code where there is one. */
function verdict({ status, text, headers }: Reply): string {
  const answer = String(headers['content-type']).startsWith('application/json') && text !== '' ? JSON.parse(text) : undefined;
  const code = status >= 400 && (answer?.error?.code ?? answer?.code);
  return code ? `${status} ${code}` : `${status}`;
}

/** A list that reads as before is 204. */
const isAlike = (one: string, other: string): boolean => one === other || [one, other].every((answer) => /^20[04]$/.test(answer));
const isUnknown = (answer: string): boolean => /^401( UNAUTHENTICATED| UNAUTHORIZED| Unauthorized)?$/.test(answer);

/** Returns the answer that the contract gives, if that of the call is another one. */
function expected({ name, credential }: Principal, { credentials, needsCredential, path }: Operation, answer: string, ofNobody: string): string | undefined {
  const is = (isGiven: boolean, wanted: string) => (isGiven ? undefined : wanted);
  const isOpened = credential !== undefined && credentials.includes(credential);
  if (/\b(BANNED|50\d)\b/.test(answer)) return is(name.startsWith('banned') && answer === '403 BANNED', 'no ban, no fault');
  if (!needsCredential && (credentials.length === 0 || name === 'nobody')) return is(isAlike(answer, ofNobody), ofNobody);
  // A caller with another credential sees the page as nobody does, or is refused.
  if (!needsCredential) return is(isOpened || isAlike(answer, ofNobody) || /^40[13]/.test(answer), `401, 403 or ${ofNobody}`);
  if (isOpened) return is(!isUnknown(answer) && !name.startsWith('banned'), name.startsWith('banned') ? '403 BANNED' : 'let in');
  // A session of the messenger is known there, but of nobody in a demo room.
  if (path.startsWith('/demo/') && credential === 'session') return is(answer === '404 NOT_FOUND', '404 NOT_FOUND');
  if (credential === 'demo' && credentials.includes('session')) return is(answer === '403 FORBIDDEN', '403 FORBIDDEN');
  return is(isUnknown(answer), '401');
}

/** Makes one of each kind. */
async function principals(): Promise<Principal[]> {
  const quiet = await account(base);
  await act({ kind: 'mute', user: quiet.user.id });
  const { token: botToken } = await ann.api.ok('POST', `/api/rooms/${open}/bots`, { name: 'Ops' });
  const { url } = await ann.api.ok('POST', `/api/rooms/${open}/hooks`, { name: 'Builds' });
  const [bad, neighbour] = [await guestOf(out), await guestOf(out)];
  const near = (await new Api(base, out).post('/demo/rooms', {})).data;
  const banned = await account(base);
  for (const user of [bad.user.id, banned.user.id]) await act({ kind: 'ban', user });
  await until('the network is banned', async () => (await new Api(base, neighbour.headers).get('/api/me')).status === 403);
  const makers: [string, string, () => Promise<Headers>][] = [
    ['guest', 'session', async () => (await guest(base)).api.headers],
    ['guest in a browser', 'cookie', async () => (await cookieSession(base)).api.headers],
    ['guest of a frame', 'session', async () => bearer((await new Api(base).ok('POST', '/embed/general/enter', { name: freshName(), turnstile: 'dev' })).sessionId)],
    ['persona', 'session', async () => (await persona(base, `user_${(personas += 1)}`)).api.headers],
    ['account', 'session', async () => (await account(base)).api.headers],
    ['session of the session routes', 'library', async () => bearer((await signUpByHand(base)).token)],
    ['session of the session routes in a browser', 'libraryCookie', async () => ({ cookie: (await signUpByHand(base)).cookie, origin: base })],
  ];
  return [
    { name: 'nobody', headers: {} },
    ...(await Promise.all(makers.map(async ([name, credential, again]) => ({ name, credential, again, headers: await again() })))),
    { name: 'muted account', credential: 'session', headers: quiet.api.headers, again: async () => (await account(base)).api.headers },
    // The ban has ended the session.
    { name: 'former account', headers: banned.api.headers },
    { name: 'banned guest', credential: 'session', headers: neighbour.headers },
    { name: 'banned visitor', credential: 'demo', headers: { ...out, ...bearer(near.sessionId) } },
    { name: 'visitor', credential: 'demo', headers: demo.api.headers },
    { name: 'bot', credential: 'bot', headers: bearer(botToken) },
    { name: 'hook', headers: bearer(String(url).split('/').at(-1)!) },
    { name: 'holder of a signed token', credential: 'token', headers: bearer(token({ userId: 'u' })) },
    { name: 'operator', credential: 'service', headers: bearer(ADMIN_TOKEN) },
  ];
}

let personas = 0;

/** A guest from this network. */
async function guestOf(network: Record<string, string>) {
  const { data } = await login(base, { displayName: freshName() }, network);
  return { user: data.user, headers: { ...network, ...bearer(data.sessionId) } };
}

const kinds = await principals();
const ofNobody = new Map<string, string>();
await sideBySide(operations, async (operation) => void ofNobody.set(named(operation), verdict(await call({}, operation))));

describe('every principal on every described route', () => {
  assert.ok(operations.length > 200, `${operations.length} routes`);
  // A session that is not made again ends where nothing else is left.
  const ends = operations.filter(isEnd).sort((one, other) => Number(other.needsCredential) - Number(one.needsCredential));

  for (const one of kinds) {
    test(one.name, async () => {
      const breaches: string[] = [];
      const meet = async (operation: Operation, headers: Headers): Promise<void> => {
        const nobodys = ofNobody.get(named(operation))!;
        const answer = one.name === 'nobody' ? nobodys : verdict(await call(headers, operation));
        const wanted = expected(one, operation, answer, nobodys);
        if (wanted !== undefined) breaches.push(`${named(operation)}: ${answer}, not ${wanted}`);
      };
      await sideBySide(operations.filter((operation) => !isEnd(operation)), (operation) => meet(operation, one.headers));
      for (const operation of ends) await meet(operation, operation.needsCredential && one.again ? await one.again() : one.headers);
      assert.deepEqual(breaches, []);
    });
  }
});

test('a session of a demo room sees on every route of a public group of accounts that there is none', async () => {
  const { headers } = (await come(base, host.code, { displayName: 'Xaver' })).api;
  const shared = operations.filter(({ credentials }) => credentials.includes('demo') && credentials.includes('session'));
  const about = shared.filter((operation) => /^\/api\/(rooms|ws\/room|messages)\b/.test(operation.path) && operation.path !== '/api/rooms');
  assert.ok(about.length >= 7, about.map(named).join());
  for (const operation of about) {
    assert.equal(verdict(await call(headers, operation)), '404 NOT_FOUND', named(operation));
    assert.equal(verdict(await call(headers, operation, 'grp_0000000000000')), '404 NOT_FOUND', named(operation));
  }
});

type Call = [method: string, path: string, body?: object];

/** Checks that each call gets this answer. */
async function refuses(api: Api, calls: Call[], wanted: string): Promise<void> {
  const given = await Promise.all(
    calls.map(async ([method, path, body]) => {
      const json = body ? { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) } : {};
      return `${method} ${path}: ${verdict(await api.raw(method, path, json))}`;
    }),
  );
  assert.deepEqual(given, calls.map(([method, path]) => `${method} ${path}: ${wanted}`));
}

// These lists are written from the documents alone, so that a row of the description that opens too much is noticed.
describe('whoever is let in and may not act is refused', () => {
  const ofAccounts: Call[] = [
    ['GET', '/api/me/handle'],
    ['PUT', '/api/me/handle', { handle: 'free_name' }],
    ['GET', '/api/me/home'],
    ['PUT', '/api/me/home', { fields: {} }],
  ];
  const ofModerators: Call[] = [
    ['GET', '/api/moderation/state'],
    ['POST', '/api/moderation/acts', { kind: 'close', room: 'general', reason: 'Spam.' }],
    ['PUT', `/api/moderation/moderators/${ann.user.id}`],
    ['DELETE', `/api/moderation/moderators/${ann.user.id}`],
  ];
  const ofPeople: Call[] = [
    ['POST', '/api/rooms', { name: 'x', memberIds: [] }],
    ['POST', '/api/rooms/dm', { userId: ann.user.id }],
    ['POST', '/api/me/contacts', { userId: ann.user.id }],
    ['POST', '/api/me/invites', {}],
    ['GET', '/api/me/invites'],
  ];

  test('guest (sign-in.md 1.4, people.md 1, 4 and 5)', async () => {
    await refuses((await guest(base)).api, [...ofPeople, ...ofAccounts, ...ofModerators], '403 FORBIDDEN');
  });

  test('persona (people.md 4, home.md, moderation.md 1)', async () => {
    await refuses((await persona(base, 'user_20')).api, [...ofAccounts, ...ofModerators], '403 FORBIDDEN');
  });

  test('account without a role (moderation.md 2, account.md 10)', async () => {
    const upgrade: Call = ['POST', '/api/me/upgrade', { email: freshEmail(), password: PASSWORD }];
    await refuses((await account(base)).api, [...ofModerators, upgrade], '403 FORBIDDEN');
  });

  test('muted account in a public room (moderation.md 2.1)', async () => {
    const [quiet, own, other] = [await account(base), uuidv7(), uuidv7()];
    for (const [who, id] of [[quiet, own], [ann, other]] as const) await who.api.ok('POST', '/api/messages', { roomId: 'general', id, content: 'hello' });
    await act({ kind: 'mute', user: quiet.user.id });
    const write = { roomId: 'general', content: 'x' };
    await until('the room obeys', async () => (await quiet.api.post('/api/messages', write)).error?.code === 'MUTED');
    const calls: Call[] = [
      ['POST', '/api/messages', write],
      ['PATCH', `/api/messages/${own}`, write],
      ['PUT', `/api/messages/${other}/react`, { roomId: 'general', reaction: 'like', op: 'add' }],
    ];
    await refuses(quiet.api, calls, '403 MUTED');
  });

  test('visitor of a demo room who does not present it (demo.md 3.3 and 6.2)', async () => {
    const at = `/demo/rooms/${host.code}`;
    const ofPresenter: Call[] = [
      ['PATCH', at, { cap: 5 }],
      ['POST', `${at}/kick`, { userId: host.user.id }],
      ['POST', `${at}/reset`, {}],
      ['POST', `${at}/scene`, { action: 'stop' }],
      ['POST', `${at}/plug`, {}],
      ['DELETE', at],
    ];
    const closed: Call[] = [
      ['PUT', '/api/files'],
      ['POST', '/api/links', { url: 'https://example.org' }],
      ['POST', '/api/invites/0123456789ABCDEF'],
      ['POST', '/api/me/push', { endpoint: 'https://push.example', keys: { p256dh: 'x', auth: 'x' } }],
    ];
    const { api } = await come(base, host.code, { displayName: 'Zora' });
    await refuses(api, [...ofPresenter, ...closed, ...ofPeople, ...ofAccounts, ...ofModerators], '403 FORBIDDEN');
  });

  test('network of which guests are banned (demo.md 3.1)', async () => {
    const calls: Call[] = [
      ['POST', '/demo/rooms', {}],
      ['POST', `/demo/rooms/${host.code}/join`, { displayName: 'Yves' }],
    ];
    await refuses(new Api(base, out), calls, '403 BANNED');
  });
});
