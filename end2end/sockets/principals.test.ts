// Every kind of principal calls every described route. The description says which credentials open a route (`security` in /openapi.json);
// the answers to all others follow from core.md 4, demo.md 3, integrations.md 7.2, moderation.md 2.1 and wasmchannel.md 4.1.

import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { account, freshEmail, PASSWORD } from '../harness/accounts.ts';
import { AdminBrowser } from '../harness/admin.ts';
import { Api } from '../harness/api.ts';
import { DEMO_VARS, come, makeRoom, type Joined } from '../harness/demo_rooms.ts';
import { description, type Operation, type Schema } from '../harness/description.ts';
import { group } from '../harness/groups.ts';
import { send, upgradeHeaders, type Reply } from '../harness/http.ts';
import { freshName, uuidv7 } from '../harness/ids.ts';
import { JWT_SECRET, token } from '../harness/jwt.ts';
import { cookieSession, guest, login, persona } from '../harness/session.ts';
import { sideBySide } from '../harness/side_by_side.ts';
import { onOwnServer } from '../harness/suite.ts';
import { until } from '../harness/wait.ts';

const ADMIN_TOKEN = 'an admin token for tests';
const RULES = ['REGISTER', 'CHAT', 'MUTATE', 'PRESENCE', 'HISTORY', 'LINK', 'FIND', 'DRAFT', 'MAIL', 'ACCOUNT', 'LOGIN_FAIL', 'GUESS', 'BOT', 'HOOK', 'PUBLISH', 'HUB'];
const EMBED = JSON.stringify([{ room: 'general', origins: ['https://blog.example'], mode: 'guest' }]);
const { base } = await onOwnServer({ ...DEMO_VARS, ADMIN_TOKEN, JWT_SECRET, EMBED, ...Object.fromEntries(RULES.map((rule) => [`RATE_${rule}`, '0'])) });
const { operations, schemas } = await description(base);
const named = ({ method, path }: Operation) => `${method} ${path}`;
const bearer = (text: string) => ({ authorization: `Bearer ${text}` });

/** Ends the session of whoever calls it, so it is called last. */
const isEnd = ({ method, path }: Operation): boolean => /\/(logout|sign-out|revoke-sessions)$/.test(path) || (method === 'DELETE' && path === '/api/me');

interface Principal {
  name: string;
  /** Credential that the principal shows, as the description names it; undefined for one that opens nothing. */
  credential?: string;
  headers: Record<string, string>;
  /** Room that its calls are about. */
  room?: string;
  /** Code of the demo room that its calls are about. */
  code?: string;
}

const [ann, out] = [await account(base), { 'cf-connecting-ip': '198.51.100.7' }];
const [open, message] = [await group(ann, [], 'public', 'Open'), uuidv7()];
await ann.api.ok('POST', '/api/messages', { roomId: open, id: message, content: 'hello' });
const host = await makeRoom(base);
const demo: Joined = await come(base, host.code, { displayName: 'Wanda' });

/** Body that has what a schema needs, and a room wherever one fits. */
function sample(schema: Schema, room: string, name = ''): unknown {
  if (schema['$ref']) return sample(schemas[schema['$ref'].split('/').at(-1)]!, room, name);
  if (schema['enum']) return schema['enum'][0];
  const { type, properties = {}, required = [], items } = schema;
  if (type === 'object') {
    const wanted = Object.entries<Schema>(properties).filter(([member]) => required.includes(member) || /^room(Id)?$/.test(member));
    return Object.fromEntries(wanted.map(([member, form]) => [member, sample(form, room, member)]));
  }
  if (type === 'array') return [sample(items, room, name)];
  if (type === 'integer') return 1;
  if (type === 'boolean') return false;
  const texts: Record<string, string> = { room, roomId: room, userId: ann.user.id, userIds: ann.user.id, messageId: message };
  return texts[name] ?? 'x';
}

/** Sends a call in a good form, about a room and its message. */
async function call({ headers, room = open, code = 'ZZZ-999' }: Principal, operation: Operation): Promise<Reply> {
  const { method, path } = operation;
  const isOfPerson = /^\/api\/(users|me\/(contacts|blocks|hidden-from))\//.test(path);
  const id = path.startsWith('/api/messages/') ? message : isOfPerson ? ann.user.id : room;
  const names: Record<string, string> = { id, room, code, collection: 'messages', user: ann.user.id };
  const place = path.replace(/\{(\w+)\}/g, (_, name) => names[name] ?? 'x');
  const query = operation.query.filter((one) => one.required || ['roomId', 'q'].includes(one.name));
  const values = query.map(({ name, schema }) => `${name}=${encodeURIComponent(String(sample(schema, room, name)))}`);
  // An event stream would go on: a cursor that is none ends it, and is looked at after the credential.
  const more = operation.isStream ? ['after=x'] : [];
  const body = operation.body && JSON.stringify(path.startsWith('/api/data/') ? { roomId: room, content: 'x' } : sample(operation.body, room));
  const json: Record<string, string> = body === undefined ? {} : { 'content-type': 'application/json' };
  const socket = operation.isSocket ? upgradeHeaders(path.startsWith('/api/') ? 'cfm.v1' : undefined) : {};
  return send(base, method, [place, [...values, ...more].join('&')].filter(Boolean).join('?'), { headers: { ...json, ...socket, ...headers }, body });
}

/** Status, and the code where there is one. */
function verdict({ status, text, headers }: Reply): string {
  const answer = String(headers['content-type']).startsWith('application/json') && text !== '' ? JSON.parse(text) : undefined;
  const code = status >= 400 && (answer?.error?.code ?? answer?.code);
  return code ? `${status} ${code}` : `${status}`;
}

const isUnknown = (answer: string): boolean => /^401( UNAUTHENTICATED| UNAUTHORIZED| Unauthorized)?$/.test(answer);

/** Returns the reason why an answer is not that of the contract; undefined if it is. */
function breach(one: Principal, operation: Operation, answer: string, ofNobody: string): string | undefined {
  const { credentials, needsCredential, path } = operation;
  const isOpened = one.credential !== undefined && credentials.includes(one.credential);
  const isCookie = one.credential?.toLowerCase().endsWith('cookie') ?? false;
  if (credentials.length === 0 || one.name === 'nobody' && !needsCredential) return answer === ofNobody ? undefined : `as nobody: ${ofNobody}`;
  if (one.name.startsWith('banned')) return needsCredential && isOpened && !answer.startsWith('403 BANNED') ? 'BANNED' : undefined;
  if (isOpened) return isUnknown(answer) && needsCredential || /BANNED/.test(answer) ? 'let in' : undefined;
  // A session of the messenger is a good one, but of nobody in the demo room.
  if (needsCredential && path.startsWith('/demo/') && one.credential === 'session') return answer === '404 NOT_FOUND' ? undefined : '404';
  const isOfDemo = one.credential === 'demo' && credentials.includes('session');
  const isRefused = isOfDemo ? answer === '403 FORBIDDEN' : isUnknown(answer);
  if (needsCredential) return isRefused ? undefined : isOfDemo ? '403 FORBIDDEN' : '401';
  return isRefused && !isCookie || answer === ofNobody ? undefined : `refused, or as nobody: ${ofNobody}`;
}

/** Makes one of each kind. */
async function principals(): Promise<Principal[]> {
  const operator = await AdminBrowser.entered(base, ADMIN_TOKEN);
  const [judge, quiet, cookie] = [await account(base), await account(base), await cookieSession(base)];
  assert.equal((await operator.submit({ do: 'role', user: judge.user.id, role: 'moderator' })).status, 303);
  const act = (body: object) => judge.api.ok('POST', '/api/moderation/acts', { minutes: 60, reason: 'Spam.', ...body });
  await act({ kind: 'mute', user: quiet.user.id });
  const { token: botToken } = await ann.api.ok('POST', `/api/rooms/${open}/bots`, { name: 'Ops' });
  const { url } = await ann.api.ok('POST', `/api/rooms/${open}/hooks`, { name: 'Builds' });
  const { sessionId } = await new Api(base).ok('POST', '/embed/general/enter', { name: freshName(), turnstile: 'dev' });
  const form = { name: freshName(), email: freshEmail(), password: PASSWORD };
  const library = await send(base, 'POST', '/api/auth/sign-up/email', { headers: { 'content-type': 'application/json' }, body: JSON.stringify(form) });
  assert.equal(library.status, 200, library.text);
  const [bad, neighbour] = [await guestOf(out), await guestOf(out)];
  const near = (await new Api(base, out).post('/demo/rooms', {})).data;
  const banned = await account(base);
  for (const user of [bad.user.id, banned.user.id]) await act({ kind: 'ban', user });
  await until('the network is banned', async () => (await new Api(base, neighbour.headers).get('/api/me')).status === 403);
  return [
    { name: 'nobody', headers: {} },
    { name: 'guest', credential: 'session', headers: (await guest(base)).api.headers },
    { name: 'guest in a browser', credential: 'cookie', headers: cookie.api.headers },
    { name: 'guest of a frame', credential: 'session', headers: bearer(sessionId) },
    { name: 'persona', credential: 'session', headers: (await persona(base, 'user_9')).api.headers },
    { name: 'account', credential: 'session', headers: (await account(base)).api.headers },
    { name: 'muted account', credential: 'session', headers: quiet.api.headers, room: 'general' },
    // The ban has ended the session.
    { name: 'former account', headers: banned.api.headers },
    { name: 'banned guest', credential: 'session', headers: neighbour.headers },
    { name: 'banned visitor', credential: 'demo', headers: { ...out, ...bearer(near.sessionId) }, code: near.code },
    { name: 'visitor', credential: 'demo', headers: demo.api.headers, code: demo.code },
    { name: 'session of the session routes', credential: 'library', headers: bearer(JSON.parse(library.text).token) },
    { name: 'the same in a browser', credential: 'libraryCookie', headers: { cookie: library.cookies[0]!.split(';')[0]!, origin: base } },
    { name: 'bot', credential: 'bot', headers: bearer(botToken) },
    { name: 'hook', headers: bearer(String(url).split('/').at(-1)!) },
    { name: 'owner of HopeFlow and MessageHub', credential: 'token', headers: bearer(token({ userId: 'u', sub: 'u', scope: 'hub:read hub:write' })) },
    { name: 'operator', credential: 'service', headers: bearer(ADMIN_TOKEN) },
  ];
}

/** A guest from this network. */
async function guestOf(network: Record<string, string>) {
  const { data } = await login(base, { displayName: freshName() }, network);
  return { user: data.user, headers: { ...network, ...bearer(data.sessionId) } };
}

describe('every principal on every described route', async () => {
  const answers = new Map<string, string>();
  const all = await principals();
  const inOrder = [...operations].sort((one, other) => Number(isEnd(one)) - Number(isEnd(other)));
  before(() => assert.ok(operations.length > 200, `${operations.length} routes`));

  for (const one of all) {
    test(one.name, async () => {
      const breaches: string[] = [];
      await sideBySide(inOrder.filter((operation) => !isEnd(operation)), (operation) => meet(operation));
      for (const operation of inOrder.filter(isEnd)) await meet(operation);
      assert.deepEqual(breaches, []);

      async function meet(operation: Operation): Promise<void> {
        const answer = verdict(await call(one, operation));
        if (one.name === 'nobody') answers.set(named(operation), answer);
        const reason = answer.startsWith('500') ? 'no fault' : breach(one, operation, answer, answers.get(named(operation))!);
        if (reason) breaches.push(`${named(operation)}: ${answer}, not ${reason}`);
      }
    });
  }
});

test('a session of a demo room sees on every route of a public group of accounts that there is none', async () => {
  const visitor: Principal = { name: 'visitor', headers: (await come(base, host.code, { displayName: 'Xaver' })).api.headers };
  const shared = operations.filter(({ credentials }) => credentials.includes('demo') && credentials.includes('session'));
  const about = shared.filter((operation) => /^\/api\/(rooms|ws\/room|messages)\b/.test(operation.path) && operation.path !== '/api/rooms');
  assert.ok(about.length >= 7, about.map(named).join());
  for (const operation of about) {
    const answer = await call(visitor, operation);
    assert.deepEqual([answer.status, verdict(answer)], [404, '404 NOT_FOUND'], named(operation));
    assert.equal(verdict(await call({ ...visitor, room: 'grp_0000000000000' }, operation)), verdict(answer), named(operation));
  }
});
