// Bad input to every route and socket. The answer is always a documented refusal in the envelope, never a 500 and never silence
// (messenger.md 1.1 and 5.2). The routes come from /openapi.json. CFM_SEED chooses other random values.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { account, freshEmail, PASSWORD, register } from '../harness/accounts.ts';
import { AdminBrowser } from '../harness/admin.ts';
import { envelope, type Answer } from '../harness/api.ts';
import { Chance, seed } from '../harness/chance.ts';
import { description, type Operation, type Schema } from '../harness/description.ts';
import { send as sendPlain, upgradeHeaders, type Reply } from '../harness/http.ts';
import { freshRoom, uuidv7 } from '../harness/ids.ts';
import { JWT_SECRET, token } from '../harness/jwt.ts';
import { moving, photo, png, upload } from '../harness/files.ts';
import { BROKEN, CODES, deep, deepList, FRAME_CODES, messengerFrames, NO_OBJECTS, ODD_NUMBERS, ODD_VALUES, spoiledBodies, spoiledFrame } from '../harness/odd.ts';
import { cookieSession, guest, persona, type Session } from '../harness/session.ts';
import { GUEST_SETTINGS } from '../harness/settings.ts';
import { sideBySide } from '../harness/side_by_side.ts';
import { FrameSocket } from '../harness/socket.ts';
import { onOwnServer } from '../harness/suite.ts';
import { checkHub, checkPublish, checkRpc, hookVerdict, isPlace, pageVerdict } from '../harness/verdicts.ts';
import { until } from '../harness/wait.ts';

const RULES = ['LOGIN', 'LOGIN_FAIL', 'REGISTER', 'REGISTER_TRY', 'ACCOUNT', 'REST', 'FRAME', 'CHAT', 'NUDGE', 'WINK', 'TYPING', 'HISTORY', 'PRESENCE', 'MUTATE', 'GUESS', 'DEMO_ROOM', 'DEMO_JOIN', 'DEMO_CODE', 'INVITE', 'MAIL'];
const ADMIN_TOKEN = 'an admin token for tests';
const server = await onOwnServer({ OPEN_ROOMS: '1', ADMIN_TOKEN, JWT_SECRET, ...Object.fromEntries(RULES.map((rule) => [`RATE_${rule}`, '0'])) });
const base = server.base;
const { operations, schemas } = await description(base);
/** Recognises routes that answer in the messenger's envelope: its own, and those of the demo. */
const isCall = (path: string): boolean => /^\/(api|demo\/rooms|demo\/scenes|demo\/plug)(\/|$)/.test(path);
const underApi = operations.filter((operation) => isCall(operation.path) && !operation.isSocket);
const api = underApi.filter((operation) => operation.data);
/** Routes of other doors, which answer in forms of their own. The address of an integration refuses in the envelope: `integrations.test.ts`. */
const unwrapped = underApi.filter(({ data, method, path }) => !data && !/^(GET|HEAD)$/.test(method) && !path.startsWith('/api/hooks/'));
const writing = api.filter((operation) => operation.method !== 'GET');
const JSON_TYPE = { 'content-type': 'application/json' };

/** Methods and paths of all requests with odd input. */
const asked = new Set<string>();
const send: typeof sendPlain = (to, method, path, ...rest) => {
  asked.add(`${method} ${path.split('?')[0]}`);
  return sendPlain(to, method, path, ...rest);
};

const filled = (path: string) => path.replace('{collection}', 'messages').replace(/\{\w+\}/g, 'general');
const named = (operation: Operation) => `${operation.method} ${operation.path}`;

/** Returns the names of the members that an operation knows. */
function members(schema: Schema | undefined): string[] {
  if (schema?.['$ref']) return members(schemas[schema['$ref'].split('/').at(-1)]);
  return Object.keys(schema?.['properties'] ?? {});
}

/** Recognises odd values that the server reads as JSON: those without half of a character. */
const isReadable = (odd: string): boolean => !/\\ud[89a-f]/.test(odd);

/** Asserts a documented answer: a success, or a refusal whose code belongs to its status. */
function documented(answer: Answer, what: string): Answer {
  if (answer.status < 400) return answer;
  assert.ok(CODES[answer.status]?.includes(answer.error!.code), `${what}: ${answer.status} ${answer.reply.text.slice(0, 300)}`);
  return answer;
}

async function call(one: Session, operation: Operation, body: string | Buffer, headers: Record<string, string> = JSON_TYPE) {
  // Calls of /api/auth carry no session, because they could end the session of the test.
  const own = operation.path.startsWith('/api/auth/') ? {} : one.api.headers;
  const reply = await send(base, operation.method, filled(operation.path), { headers: { ...own, ...headers }, body });
  return documented(envelope(reply), `${named(operation)} ${body.toString().slice(0, 200)}`);
}

/** Returns the operator's token for routes that need it, so that the server looks at the body at all. */
const ofOwner = ({ path }: Operation): Record<string, string> => (path.startsWith('/api/admin/') ? { authorization: `Bearer ${ADMIN_TOKEN}` } : {});

/** Returns `true` if a described path with parameters covers this path. */
function covers(template: string, path: string): boolean {
  const [names, segments] = [template.split('/'), path.split('/')];
  return names.length === segments.length && names.every((name, at) => name === segments[at] || (name.startsWith('{') && segments[at] !== 'dm'));
}

async function isAlive(): Promise<void> {
  assert.equal((await send(base, 'GET', '/health')).text, 'ok');
}

describe('bad input', { concurrency: true }, () => {
  test('the description names the routes', () => {
    assert.ok(api.length > 20 && writing.some((operation) => operation.path === '/api/messages'));
  });

  test('a body that is no JSON object is BAD_JSON wherever a body is read', async () => {
    const one = await guest(base);
    await sideBySide(writing.filter((operation) => members(operation.body).length > 0), async (operation) => {
      for (const body of [...BROKEN, ...NO_OBJECTS, deepList(500)]) {
        const answer = await call(one, operation, body, { ...JSON_TYPE, ...ofOwner(operation) });
        assert.ok(answer.status >= 400, `${named(operation)} takes ${body}`);
        if (!operation.path.startsWith('/api/auth/')) assert.equal(answer.error!.code, 'BAD_JSON', `${named(operation)} ${body}`);
      }
      const invalid = await call(one, operation, Buffer.from([0x7b, 0x22, 0x61, 0x22, 0x3a, 0x22, 0xff, 0xfe, 0x22, 0x7d]));
      assert.ok(invalid.status >= 400, `${named(operation)} takes invalid UTF-8`);
    });
  });

  test('a body of another type or without one is 415, one that is too large 413', async () => {
    const one = await guest(base);
    const reading = writing.filter((operation) => members(operation.body).length > 0 && !operation.path.startsWith('/api/auth/'));
    await sideBySide(reading, async (operation) => {
      for (const kind of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', 'application/jsonx', '*/*', '']) {
        const answer = await call(one, operation, '{"content":"x"}', { ...(kind ? { 'content-type': kind } : {}), ...ofOwner(operation) });
        assert.equal(answer.status, 415, `${named(operation)} as ${kind}`);
      }
      const headers = { ...JSON_TYPE, ...ofOwner(operation) };
      assert.equal((await call(one, operation, `{"content":"${'x'.repeat(17_000)}"}`, headers)).status, 413, named(operation));
      assert.equal((await call(one, operation, deep(5_000), headers)).status, 413, named(operation));
    });
  });

  test('wrong types, odd values, extra, missing and repeated members @night', async () => {
    const one = await guest(base);
    const chance = new Chance(seed());
    for (const operation of writing) {
      const names = members(operation.body);
      await call(one, operation, '{}');
      await call(one, operation, deep(400));
      for (const name of names) {
        for (const value of ODD_VALUES) await call(one, operation, `{"${name}":${value}}`);
        const repeated = await call(one, operation, `{"${name}":"a","${name}":"b"}`);
        assert.ok(repeated.status >= 400, `${named(operation)} takes ${name} twice`);
      }
      for (let round = 0; round < 25; round++) {
        const chosen = names.filter(() => chance.below(2) === 0).map((name) => `"${name}":${chance.one(ODD_VALUES)}`);
        const extra = [`"${chance.one(['__proto__', 'constructor', 'x', 'senderId', ''])}":${chance.one(ODD_VALUES)}`];
        await call(one, operation, `{${[...chosen, ...extra].join(',')}}`);
      }
    }
    await isAlive();
  });

  test('whatever a body is: no text, no UTF-8, too much, sent in chunks, of another type, on every route that writes @night', async () => {
    const one = await guest(base);
    const bearer = (text: string) => ({ authorization: `Bearer ${text}` });
    const half = Buffer.from('{"content":"\u20ac"}').subarray(0, -3);
    const bodies: [string, Buffer, number[]?][] = [
      ['invalid UTF-8', Buffer.from([0x7b, 0x22, 0x61, 0x22, 0x3a, 0x22, 0xff, 0xfe, 0x22, 0x7d])],
      ['half a character', half],
      ['an overlong form', Buffer.from([0x7b, 0x22, 0xc0, 0xaf, 0x22, 0x3a, 0x31, 0x7d])],
      ['a surrogate in UTF-8', Buffer.from([0x7b, 0x22, 0xed, 0xa0, 0x80, 0x22, 0x3a, 0x31, 0x7d])],
      ['UTF-16', Buffer.from('\ufeff{"a":1}', 'utf16le')],
      ['zeros', Buffer.alloc(1_000)],
      ['half a megabyte', Buffer.from(`{"content":"${'x'.repeat(500_000)}"}`), [413]],
      ['deeper than a stack', Buffer.from(deepList(200_000)), [413]],
    ];
    /** Paths that accept any bytes as their body. */
    const takesBytes = /\/messages$|\/api\/files$|\/api\/me\/avatar$/;
    /** Operations that accepted the caller at least once. The others refuse the caller before they read a body. */
    const letIn = new Set<string>();
    const writes = operations.filter(({ method, path }) => !/^(GET|HEAD)$/.test(method) && !path.startsWith('/sf/'));
    for (const operation of writes) {
      const { method, path } = operation;
      const isHub = path.startsWith('/rooms/');
      if (isHub && takesBytes.test(path)) continue;
      const own = path === '/publish' ? bearer(token({ userId: 'somebody' })) : isHub || path.startsWith('/api/admin/') ? bearer(ADMIN_TOKEN) : path.startsWith('/api/auth/') ? {} : one.api.headers;
      const isRead = members(operation.body).length > 0 || (path.startsWith('/api/admin/') && operation.body !== undefined);
      const isEnveloped = path.startsWith('/api/') && operation.data !== undefined;
      for (const [name, body, statuses] of bodies) {
        for (const isChunked of [false, true]) {
          for (const type of ['application/json', 'text/plain', 'application/json; charset=utf-16']) {
            const reply = await send(base, method, filled(path), { headers: { ...own, 'content-type': type }, body, isChunked });
            const what = `${named(operation)}, ${name} as ${type}${isChunked ? ' in chunks' : ''}: ${reply.status} ${reply.text.slice(0, 200)}`;
            assert.ok(reply.status < 500, what);
            if (isEnveloped) documented(envelope(reply), what);
            if (path === '/publish') checkPublish(reply, body, type, what);
            if (!isRead || takesBytes.test(path) && !operation.body) continue;
            assert.ok(reply.status >= 400, what);
            if ([401, 403].includes(reply.status)) continue;
            letIn.add(named(operation));
            if (isEnveloped && type === 'text/plain') assert.ok([413, 415].includes(reply.status), what);
            if (isEnveloped && type !== 'text/plain') assert.ok((statuses ?? [400]).includes(reply.status), what);
          }
        }
      }
    }
    assert.ok(letIn.size > 15, `only ${[...letIn]}`);
    await isAlive();
  });

  test('routes without an envelope refuse with a code or an error of their own @night', async () => {
    assert.ok(unwrapped.some((operation) => operation.path === '/api/auth/sign-in/email'));
    for (const operation of unwrapped) {
      const odd = members(operation.body).flatMap((name) => ODD_VALUES.map((value) => `{"${name}":${value}}`));
      for (const body of [...BROKEN, ...NO_OBJECTS, ...odd, deepList(500), deep(400)]) {
        const reply = await send(base, operation.method, filled(operation.path), { headers: JSON_TYPE, body });
        const what = `${named(operation)} ${body.slice(0, 100)}: ${reply.status} ${reply.text.slice(0, 200)}`;
        assert.ok(reply.status < 500, what);
        if (reply.status < 400) continue;
        const { code, error } = JSON.parse(reply.text);
        assert.equal(typeof (code ?? error), 'string', what);
      }
    }
    await isAlive();
  });

  test('wrong methods are 405 with Allow, or belong to nobody @night', async () => {
    const one = await guest(base);
    const paths = new Set(api.map((operation) => operation.path));
    for (const path of paths) {
      // `/members/me` matches `/members/{userId}`, so it has the methods of both.
      const known = api.filter((operation) => covers(operation.path, path)).map((operation) => operation.method);
      // HEAD is answered as GET.
      const others = ['GET', ...(known.includes('GET') ? [] : ['HEAD']), 'POST', 'PUT', 'PATCH', 'DELETE', 'PROPFIND', 'TRACE'];
      for (const method of others.filter((method) => !known.includes(method))) {
        const reply = await send(base, method, filled(path), { headers: one.api.headers });
        assert.ok([404, 405, 501].includes(reply.status), `${method} ${path}: ${reply.status}`);
        if (method !== 'HEAD' && reply.status === 405) assert.ok(envelope(reply).reply.headers['allow'], `${method} ${path}`);
      }
    }
  });

  test('odd path segments and query strings @night', async () => {
    const one = await guest(base);
    const segments = ['%', '%ff', '%00', '%2e%2e', '%2F', 'a%2Fb', '..;', "'\"<>", '%F0%9F%98%80', 'dm_a____b', 'dm_____', 'grp_0', 'system_x', '-', 'x'.repeat(4_000)];
    const values = ['', '0', ...ODD_NUMBERS, 'abc', '+1', '%2B1', '%', '%ff', '%00', '1e3', ' 1', 'x'.repeat(3_000)];
    for (const operation of api) {
      if (operation.path.includes('{')) {
        for (const segment of segments) {
          const address = operation.path.replace(/\{\w+\}/, segment.replace(/["<>]/g, '%22'));
          // Some addresses normalise to a path outside of the calls.
          if (!isCall(new URL(address, base).pathname)) continue;
          const reply = await send(base, operation.method, address, { headers: one.api.headers });
          documented(envelope(reply), `${named(operation)} ${segment.slice(0, 50)}`);
        }
      }
      for (const { name } of operation.query) {
        for (const value of values) {
          const path = `${filled(operation.path)}?roomId=general&${name}=${value}`.replaceAll(' ', '%20');
          const reply = await send(base, operation.method, path, { headers: one.api.headers });
          documented(envelope(reply), `${named(operation)} ${name}=${value.slice(0, 50)}`);
        }
      }
    }
    await isAlive();
  });
});

describe('one thing wrong in a call that is right otherwise', { concurrency: true }, () => {
  interface Call {
    method: string;
    path: string;
    body?: Record<string, unknown>;
    headers?: Record<string, string>;
  }

  /** Sends a valid call, which must succeed, and then every faulty variant. */
  async function spoil({ method, path, body = {}, headers = {} }: Call, check: (reply: Reply, what: string, text: string) => void): Promise<void> {
    const whole = { headers: { ...JSON_TYPE, ...headers } };
    const good = await send(base, method, path, { ...whole, body: JSON.stringify(body) });
    assert.ok(good.status < 300, `${method} ${path} is no good call: ${good.status} ${good.text.slice(0, 200)}`);
    for (const text of spoiledBodies(body)) {
      check(await send(base, method, path, { ...whole, body: text }), `${method} ${path} ${text.slice(0, 200)}`, text);
    }
  }
  const inEnvelope = (reply: Reply, what: string) => void documented(envelope(reply), what);

  test('bodies that reach rooms, people and groups @night', async () => {
    const [ann, bea] = [await persona(base, 'user_1'), await persona(base, 'user_2')];
    const { id: dm } = await ann.api.ok('POST', '/api/rooms/dm', { userId: 'user_2' });
    const { id: group } = await ann.api.ok('POST', '/api/rooms', { name: 'Crew', memberIds: ['user_3'] });
    const { id: message } = await ann.api.ok('POST', '/api/messages', { roomId: dm, content: 'hi', id: uuidv7() });
    const file = await upload(ann, png(), 'a.png', 'image/png');
    const calls: Call[] = [
      { method: 'PUT', path: '/api/me', body: { status: 'busy', displayName: 'Ann', personalMessage: 'x', avatarId: 'av_01', until: Date.now() + 3_600_000 } },
      { method: 'POST', path: '/api/presence', body: { status: 'away', displayName: 'Ann', personalMessage: 'x', avatarId: 'av_01', until: Date.now() + 3_600_000 } },
      { method: 'PUT', path: '/api/me/settings', body: { ...GUEST_SETTINGS, nudges: 'contacts', whoSeesPresence: 'contacts', whoSeesPicture: 'nobody' } },
      { method: 'POST', path: '/api/me/contacts', body: { userId: 'user_4', note: 'hello' } },
      { method: 'POST', path: '/api/rooms/dm', body: { userId: 'user_2' } },
      { method: 'PATCH', path: `/api/rooms/${group}`, body: { name: 'Crew', topic: 'x' } },
      { method: 'POST', path: `/api/rooms/${group}/members`, body: { userIds: ['user_4', 'user_5'] } },
      { method: 'PATCH', path: `/api/rooms/${group}/members/user_3`, body: { role: 'member' } },
      { method: 'POST', path: '/api/messages', body: { roomId: dm, content: 'x', replyTo: message, font: { color: 1, face: 1, style: 1 } } },
      { method: 'POST', path: '/api/messages', body: { roomId: dm, content: 'x', files: [{ id: file.id, alt: 'three by two' }] } },
      { method: 'POST', path: '/api/data/messages', body: { roomId: dm, message: 'x' } },
      { method: 'PATCH', path: `/api/messages/${message}`, body: { roomId: dm, content: 'y' } },
      { method: 'PUT', path: `/api/messages/${message}/react`, body: { roomId: dm, reaction: 'like', op: 'add' } },
      { method: 'PUT', path: `/api/messages/${message}/react`, body: { roomId: dm, kind: 1, op: 'add' } },
      { method: 'POST', path: '/api/inbox/ack', body: { items: [{ roomId: dm, seq: 1 }] }, headers: bea.api.headers },
      { method: 'POST', path: '/api/auth/ws-ticket', body: { x: 1 } },
      { method: 'POST', path: '/api/auth/refresh', body: { x: 1 } },
    ];
    for (const one of calls) await spoil({ headers: ann.api.headers, ...one }, inEnvelope);
    const wanted = { roomId: dm, cursor: '', limit: 5 };
    for (const body of [wanted, { json: wanted, meta: [[3, 'x', 0]] }]) {
      await spoil({ method: 'POST', path: '/rpc/messages/get', body, headers: ann.api.headers }, (reply, _, text) => checkRpc(reply, text));
    }
    // None of these calls has muted the conversation.
    const { seq } = await ann.api.ok('POST', '/api/messages', { roomId: dm, content: 'still here', id: uuidv7() });
    await until('the message in the inbox', async () =>
      (await bea.api.ok('GET', '/api/inbox')).items.some((one: any) => one.roomId === dm && one.toSeq === seq));
    await isAlive();
  });

  test('bodies that reach an account @night', async () => {
    const email = freshEmail();
    const one = await account(base, { email });
    const calls: Call[] = [
      // Codes need a fresh sign-in, and the other calls take their time.
      { method: 'POST', path: '/api/me/recovery-codes', body: { x: 1 } },
      { method: 'POST', path: '/api/me/second-factor', body: { password: PASSWORD } },
      { method: 'PUT', path: '/api/me/second-factor', body: { pending: 'x', code: '000000' } },
      { method: 'DELETE', path: '/api/me/second-factor', body: { password: PASSWORD, code: '000000' } },
      { method: 'POST', path: '/api/me/password', body: { current: PASSWORD, next: PASSWORD } },
      { method: 'POST', path: '/api/me/email', body: { email: freshEmail(), password: PASSWORD } },
      { method: 'POST', path: '/api/me/unlock', body: { password: PASSWORD } },
      { method: 'POST', path: '/api/auth/email/send', body: { x: 1 } },
      { method: 'DELETE', path: '/api/me/sessions?others=1', body: { x: 1 } },
    ];
    for (const call of calls) await spoil({ headers: one.api.headers, ...call }, inEnvelope);
    for (const value of ['', '0', ...ODD_NUMBERS, 'x', '%00', '%ff', '%', 'true']) {
      inEnvelope(await send(base, 'DELETE', `/api/me/sessions?others=${value}`, { headers: one.api.headers }), `others=${value}`);
    }
    const { email: own } = await one.api.ok('GET', '/api/me/account');
    assert.equal(own, email, 'the session and its account are there');
    await isAlive();
  });

  test('query strings that reach a room with messages, and lists with rows @night', async () => {
    const [ann, bea] = [await persona(base, 'user_6'), await persona(base, 'user_7')];
    const { id: dm } = await ann.api.ok('POST', '/api/rooms/dm', { userId: 'user_7' });
    for (let n = 0; n < 3; n += 1) await ann.api.ok('POST', '/api/messages', { roomId: dm, content: `word ${n}`, id: uuidv7() });
    await ann.api.ok('PUT', '/api/me/blocks/user_8');
    await ann.api.ok('POST', '/api/me/contacts', { userId: 'user_9' });
    const odd = ['', '0', ...ODD_NUMBERS, 'x', '+1', '%2B1', '%00', '%ff', '%', 'null', dm, 'user_9', `${'9'.repeat(400)}`];
    const paths: Record<string, string[]> = {
      [`/api/messages?roomId=${dm}`]: ['since', 'before', 'limit', 'cursor'],
      [`/api/messages?roomId=${dm}&limit=2`]: ['since', 'before', 'cursor'],
      [`/api/data/messages?roomId=${dm}`]: ['since', 'before', 'limit', 'after'],
      '/api/messages/search?q=word': ['roomId', 'from', 'before', 'limit', 'after'],
      '/api/users?x=1': ['q', 'limit', 'after'],
      '/api/rooms?x=1': ['scope', 'q', 'limit', 'after'],
      '/api/inbox?x=1': ['limit', 'after'],
      '/api/me/contacts?x=1': ['limit', 'after'],
      '/api/me/blocks?x=1': ['limit', 'after'],
      '/api/data/winks?x=1': ['limit', 'after'],
    };
    for (const [path, names] of Object.entries(paths)) {
      for (const who of [ann, bea]) assert.equal((await who.api.get(path)).status, 200, path);
      for (const name of names) {
        for (const value of odd) inEnvelope(await send(base, 'GET', `${path}&${name}=${value}`, { headers: bea.api.headers }), `${path}&${name}=${value}`);
      }
    }
    const { id } = await ann.api.ok('POST', '/api/messages', { roomId: dm, content: 'to be deleted', id: uuidv7() });
    for (const value of odd) inEnvelope(await send(base, 'DELETE', `/api/messages/${id}?roomId=${dm}&for=${value}`, { headers: bea.api.headers }), `for=${value}`);
    for (const socket of ['since', 'epoch', 'device']) {
      for (const value of odd) {
        const reply = await send(base, 'GET', `/api/ws/room/${dm}?${socket}=${value}`, { headers: { ...bea.api.headers, ...upgradeHeaders() } });
        if (reply.status !== 101) inEnvelope(reply, `${socket}=${value}`);
      }
    }
  });

  test('signing in and up, with a session and without @night', async () => {
    const one = await guest(base);
    const email = freshEmail();
    await register(base, { email });
    const forms: [string, Record<string, unknown>][] = [
      ['login', { displayName: 'Max', token: 'dev', status: 'away', takeover: false }],
      ['login', { userId: 'user_10', token: 'dev', status: 'away', takeover: true }],
      ['login', { email, password: 'another-river-lamp', token: 'dev', remember: true }],
      ['register', { email, password: PASSWORD, displayName: 'Max', token: 'dev', status: 'away', remember: true }],
      ['refresh', { refreshToken: 'x'.repeat(43) }],
      ['password/forgot', { email, token: 'dev' }],
      ['password/reset', { token: 'x'.repeat(43), password: 'another-river-lamp', status: 'away', remember: true }],
      ['email/verify', { token: 'x'.repeat(43) }],
      ['email/undo', { token: 'x'.repeat(43) }],
      ['recover', { email, code: 'aaaaa-aaaaa', password: 'another-river-lamp', status: 'away', remember: true }],
    ];
    for (const [name, form] of forms) {
      for (const [n, body] of [...spoiledBodies(form)].entries()) {
        const own = n % 2 ? one.api.headers : {};
        inEnvelope(await send(base, 'POST', `/api/auth/${name}`, { headers: { ...JSON_TYPE, ...own }, body }), `${name} ${body.slice(0, 200)}`);
      }
    }
    for (const body of ['', ...BROKEN, ...NO_OBJECTS]) {
      const leaving = await guest(base);
      inEnvelope(await send(base, 'POST', '/api/auth/logout', { headers: { ...JSON_TYPE, ...leaving.api.headers }, body }), `logout ${body}`);
    }
    assert.equal((await one.api.get('/api/auth/me')).status, 200, 'a session ends by none of it');
    await isAlive();
  });

  test('forms of server functions @night', async () => {
    const one = await cookieSession(base);
    const values = ['', ' ', '-1', '1e400', '9223372036854775808', 'x'.repeat(5_000), '\u0000', '\ud800', '\u2028', '__proto__', '[]', '{"a":1}', 'true', '%', '%ff', 'a&b=c'];
    const forms: Record<string, Record<string, string>> = {
      boot: { x: 'x' },
      sign_in: { persona: '', displayName: 'Max', status: 'away', token: 'dev', takeover: 'true', email: '', password: '', remember: 'true' },
      register: { email: 'max@example.org', password: 'short', displayName: 'Max', status: 'away', token: 'dev', remember: 'true' },
      save_profile: { csrf: one.csrfToken, displayName: 'Max', personalMessage: 'x', avatarId: 'av_01' },
      save_settings: { csrf: one.csrfToken, theme: 'azure', motion: 'full', language: 'en', textPercent: '100', nonsense: 'x' },
      nothing: { x: 'x' },
    };
    const headers = { cookie: one.cookie, origin: base, accept: 'text/html', 'content-type': 'application/x-www-form-urlencoded' };
    for (const [name, form] of Object.entries(forms)) {
      const bodies = Object.keys(form).flatMap((member) => values.map((value) => new URLSearchParams({ ...form, [member]: value }).toString()));
      for (const [n, body] of [...bodies, '', '&&&', '=', '%', '%ff=%ff', 'a[b][c]=1', `${'a=1&'.repeat(2_000)}`, '{"a":1}'].entries()) {
        const kind: Record<string, string> = n % 2 ? { accept: 'application/json' } : {};
        const type: Record<string, string> = body.startsWith('{') ? { 'content-type': 'application/json', accept: 'application/json' } : {};
        const reply = await send(base, 'POST', `/sf/${name}`, { headers: { ...headers, ...kind, ...type }, body });
        // A missing or malformed field is the caller's fault, so the status stays below 500.
        assert.ok(reply.status < 500, `${name} ${body.slice(0, 100)}: ${reply.status} ${reply.text.slice(0, 200)}`);
      }
    }
    await isAlive();
  });

  test('forms of whoever runs the deployment @night', async () => {
    const browser = await AdminBrowser.entered(base, ADMIN_TOKEN);
    const form = { do: 'turn', flag: 'bot_enabled', to: 'true', csrf: await browser.csrf() };
    const values = ['', ' ', 'null', '"', '{"a":1}', 'x'.repeat(5_000), '\u0000', '\ud800', '\u2028', '__proto__', '%', 'bot_enabled":true,"x'];
    for (const name of Object.keys(form)) {
      for (const value of values) {
        const { status } = await browser.post({ ...form, [name]: value });
        assert.equal(status, name === 'csrf' ? 403 : 400, `${name}=${value.slice(0, 40)}`);
      }
    }
    for (const token of values) assert.equal((await new AdminBrowser(base).post({ do: 'enter', token })).status, 401, token.slice(0, 40));
    await isAlive();
  });

  test('files and links: names, types, ids, ranges and addresses @night', async () => {
    const [one, other] = [await persona(base, 'user_11'), await guest(base)];
    const body = png();
    const headers = { ...one.api.headers, 'x-file-name': 'a.png', 'content-type': 'image/png' };
    const put = (more: Record<string, string>, bytes: Buffer | string = body) => send(base, 'PUT', '/api/files', { headers: { ...headers, ...more }, body: bytes });
    const { id } = envelope(await put({})).data;
    for (const name of ['', '%', '%ff', '%00', '%2e%2e%2f', '..', '/', '%F0%9F%98%80', '%E2%80%AE', 'x'.repeat(3_000), '"', '%22%0d%0aX: y']) inEnvelope(await put({ 'x-file-name': name }), `name ${name.slice(0, 40)}`);
    for (const type of ['', 'x', '*/*', 'text/html', 'application/json', 'multipart/form-data']) inEnvelope(await put({ 'content-type': type }), `type ${type}`);
    for (const bytes of ['', '\0', '{', body.subarray(0, 8), body.subarray(0, 20), body.subarray(0, body.length - 1), Buffer.concat([body, body]), Buffer.from(`GIF89a${'\xff'.repeat(40)}`, 'latin1'), Buffer.from('ffd8ffe1ffff', 'hex'), Buffer.from('RIFF\xff\xff\xff\xffWEBPVP8X', 'latin1')]) {
      inEnvelope(await put({}, bytes), `bytes ${bytes.toString('latin1').slice(0, 40)}`);
    }
    inEnvelope(await send(base, 'PUT', '/api/files', { headers: { 'x-file-name': 'a.png' }, body }), 'no session');
    const [owner, rest] = [id.slice(0, id.indexOf('.')), id.slice(id.indexOf('.'))];
    const ids = ['', '%', '%ff', '%00', '.', '%2e%2e', 'x', owner, `${owner}.`, rest, `user_12${rest}`, `${id}0`, id.toUpperCase(), `${owner}%2F${rest}`, `${id}%00`, 'x'.repeat(3_000)];
    for (const method of ['GET', 'HEAD']) {
      for (const odd of ids) {
        const reply = await send(base, method, `/api/files/${odd}`, { headers: one.api.headers });
        assert.ok([400, 404].includes(reply.status), `${method} ${odd.slice(0, 60)}: ${reply.status}`);
      }
      for (const range of ['bytes=', 'bytes=-', 'bytes=-0', 'bytes=5-2', 'bytes=0-0,2-3', 'bytes=99999999-', 'bytes=0-18446744073709551616', 'bytes=a-b', 'lines=0-1', 'bytes=--1', 'x'.repeat(2_000)]) {
        const reply = await send(base, method, `/api/files/${id}`, { headers: { ...one.api.headers, range } });
        assert.ok([200, 206, 416].includes(reply.status), `${method} ${range}: ${reply.status}`);
      }
      for (const tag of ['', '*', 'x', '"x"', 'W/"x"', '",'.repeat(500)]) {
        const reply = await send(base, method, `/api/files/${id}`, { headers: { ...one.api.headers, 'if-none-match': tag } });
        assert.ok([200, 304].includes(reply.status), `${method} ${tag.slice(0, 20)}: ${reply.status}`);
      }
    }
    inEnvelope(await send(base, 'GET', `/api/files/${id}`, { headers: other.api.headers }), 'of somebody else');
    const own = photo(192, 192);
    for (const bytes of ['', '\0', '<svg/>', own.subarray(0, 60), own.subarray(0, own.length - 1), moving(192, 192), Buffer.from(`RIFF\xff\xff\xff\xffWEBPVP8X`, 'latin1'), Buffer.alloc(3_000_000)]) {
      const reply = await send(base, 'PUT', '/api/me/avatar', { headers: one.api.headers, body: bytes });
      assert.ok([400, 413].includes(reply.status), `own picture ${reply.status} ${reply.text.slice(0, 100)}`);
      documented(envelope(reply), 'own picture');
    }
    const { avatarId } = envelope(await send(base, 'PUT', '/api/me/avatar', { headers: { ...one.api.headers, 'content-type': 'text/html' }, body: own })).data;
    for (const odd of ['', '%', '%ff', '%00', '.', '%2e%2e', '%2e%2e%2ffiles', 'x', 'up_', 'av_01', avatarId.slice(0, -1), `${avatarId}0`, `${avatarId}%00`, avatarId.toUpperCase(), `files%2F${id}`, 'x'.repeat(3_000)]) {
      const reply = await send(base, 'GET', `/api/avatars/${odd}`, { headers: one.api.headers });
      assert.ok([400, 404].includes(reply.status), `${odd.slice(0, 60)}: ${reply.status}`);
    }
    for (const odd of ['%', '%ff', '%00', '%2e%2e', 'x', id, avatarId, uuidv7(), `${uuidv7()}%2F..`, 'x'.repeat(3_000)]) {
      inEnvelope(await send(base, 'GET', `/api/export/${odd}/archive`, { headers: one.api.headers }), `archive ${odd.slice(0, 60)}`);
    }
    const addresses = ['', ' ', 'x', 'http://', 'https://', '//a', 'http://127.0.0.1/', 'http://[::1]/', 'http://[::', 'http://0x7f.1/', 'http://a:99999/', 'http://user:pw@127.0.0.1/', 'file:///etc/passwd',
      'javascript:alert(1)', 'data:text/html,x', 'http://localhost/', 'http://x.internal/', `http://127.0.0.1/${'x'.repeat(5_000)}`, 'http://127.0.0.1/\\..', 'http://\u0000/', 'HTTP://127.0.0.1'];
    for (const url of addresses) inEnvelope(await send(base, 'POST', '/api/links', { headers: { ...JSON_TYPE, ...one.api.headers }, body: JSON.stringify({ url }) }), `link ${url.slice(0, 60)}`);
    for (const url of ODD_VALUES) inEnvelope(await send(base, 'POST', '/api/links', { headers: { ...JSON_TYPE, ...one.api.headers }, body: `{"url":${url}}` }), `link ${url.slice(0, 60)}`);
    await isAlive();
  });

  test('what is only read: odd queries, headers and bodies @night', async () => {
    const one = await guest(base);
    const reads = operations.filter(({ method, path, isSocket }) => /^(GET|HEAD)$/.test(method) && !isSocket && !path.includes('{') && !path.endsWith('/events'));
    const headers: Record<string, string>[] = [{}, one.api.headers, { ...one.api.headers, accept: 'x'.repeat(2_000) }, { authorization: 'Bearer' }, { authorization: `Bearer ${'A'.repeat(5_000)}` },
      { cookie: `cfm=${'A'.repeat(43)}; cfm=x; __Host-cfm=;=` }, { ...one.api.headers, 'x-request-id': '\u00ff', 'content-type': 'text/plain', range: 'bytes=5-2' }];
    for (const { method, path } of reads) {
      for (const [n, query] of ['', '?', '?x', '?%ff=%', `?${'limit=1&'.repeat(200)}`, '?limit=1', '?after=%00'].entries()) {
        const reply = await send(base, method, `${path}${query}`, { headers: headers[n % headers.length]! });
        assert.ok(reply.status < 500, `${method} ${path}${query.slice(0, 30)}: ${reply.status} ${reply.text.slice(0, 100)}`);
      }
      for (const own of headers) {
        const reply = await send(base, method, path, { headers: own });
        assert.ok(reply.status < 500, `${method} ${path} with ${JSON.stringify(own).slice(0, 60)}: ${reply.status}`);
      }
    }
    await isAlive();
  });

  test('every path that is no call of the messenger: methods, queries, headers @night', async () => {
    const plain = operations.filter(({ path }) => !isCall(path) && !path.startsWith('/sf/'));
    const odd = ['', '?', '?=', '?%', '?%ff=%ff', '?a=%00', `?${'a=1&'.repeat(300)}`, '?after=-1&since=x&limit=1e9&token=%00&storeId=%ff&payload=%7B'];
    /** Statuses of core.md 8 and of the doors' own lists. The deployment can answer all of these calls, so no 5xx is among them. */
    const STATUSES = [200, 202, 302, 303, 400, 401, 403, 404, 405, 413, 415, 426];
    const check = (reply: Reply, method: string, address: string) => {
      const what = `${method} ${address.slice(0, 120)}: ${reply.status} ${reply.text.slice(0, 100)}`;
      // Codes of invites are secrets, so a caller who tries many of them must wait (people.md 5).
      assert.ok(STATUSES.includes(reply.status) || address.startsWith('/i/') && reply.status === 429, what);
      if (reply.status === 405) assert.ok(reply.headers['allow'], what);
      if (reply.status < 400 || method === 'HEAD') return;
      const type = String(reply.headers['content-type']);
      if (type.startsWith('application/json')) {
        const { error, defined, message } = JSON.parse(reply.text);
        // Frames of other sites refuse in the envelope (embed.md 4).
        const isRefusal = typeof error === 'string' || address.startsWith('/embed/') && CODES[reply.status]?.includes(error.code);
        assert.ok(isRefusal || defined === true && typeof message === 'string', what);
      } else {
        assert.ok(/^text\/(plain|html)/.test(type) && reply.text !== '', `${what} ${type}`);
      }
    };
    for (const { path } of plain) {
      // Event streams stay open. The tests of their door cover their bad parameters.
      if (path.endsWith('/events')) continue;
      for (const segment of ['x', '%00', '%ff', '%2e%2e', 'x'.repeat(600)]) {
        const address = path.replace(/\{\w+\}/g, segment);
        for (const query of odd) {
          check(await send(base, 'GET', `${address}${query}`, { headers: { accept: 'text/html', cookie: 'cfm=%00; cfm=x', authorization: 'Bearer \u00ff' } }), 'GET', `${address}${query}`);
        }
        for (const method of ['HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'PROPFIND']) {
          check(await send(base, method, address, { headers: JSON_TYPE, body: method === 'POST' ? '{' : '' }), method, address);
        }
        if (!path.includes('{')) break;
      }
    }
    await isAlive();
  });

  test('the other doors @night', async () => {
    const room = freshRoom();
    const publisher = { authorization: `Bearer ${token({ userId: 'somebody' })}` };
    const publish = { userId: 'somebody', type: 'x', payload: { a: 1 }, durable: true, ttlSeconds: 60 };
    await spoil({ method: 'POST', path: '/publish', body: publish, headers: publisher }, (reply, what, text) => checkPublish(reply, text, 'application/json', what));
    for (const text of [...BROKEN, ...NO_OBJECTS, deep(400), deepList(5_000)]) {
      checkPublish(await send(base, 'POST', '/publish', { headers: { ...JSON_TYPE, ...publisher }, body: text }), text, 'application/json', `publish ${text.slice(0, 80)}`);
    }
    const admin = { authorization: `Bearer ${ADMIN_TOKEN}` };
    const hook = { url: 'https://93.184.216.34/x', secret: `whsec_${Buffer.alloc(32, 7).toString('base64')}`, types: ['message'], active: false, ordered: true };
    const path = `/rooms/${room}/webhooks/h1`;
    await spoil({ method: 'PUT', path, body: hook, headers: admin }, (reply, what, text) => checkHub(reply, hookVerdict(text, hook), what));
    for (const text of ['', ...BROKEN, ...NO_OBJECTS, deep(400)]) checkHub(await send(base, 'PUT', path, { headers: { ...JSON_TYPE, ...admin }, body: text }), [400, 'BAD_FRAME'], `hook ${text.slice(0, 80)}`);
    const shown = await send(base, 'GET', path, { headers: admin });
    assert.equal(JSON.parse(shown.text).url, hook.url, 'what was refused changed nothing');
    for (const odd of ODD_VALUES) {
      const answer = envelope(await send(base, 'PUT', '/api/admin/flags', { headers: { ...JSON_TYPE, ...admin }, body: `{"none_of_ours":${odd}}` }));
      assert.deepEqual([answer.status, answer.error?.code], [400, isReadable(odd) ? 'VALIDATION' : 'BAD_JSON'], odd);
    }
    for (const value of ['', '0', ...ODD_NUMBERS, 'x', '+1', '%00', '%ff', '%']) {
      // The parameter `wait` is left out, because a long wait is valid and would hold up the test.
      for (const name of ['after', 'since', 'limit', 'epoch']) {
        checkHub(await send(base, 'GET', `/rooms/${room}/messages?${name}=${value}`), pageVerdict(name, value), `messages ${name}=${value}`);
      }
      const dead = await send(base, 'GET', `${path}/dead?after=${value}`, { headers: admin });
      checkHub(dead, isPlace(value) ? [200] : [400, 'BAD_CURSOR'], `dead ${value}`);
      for (const [name, isUsable] of [['after', value === '' || isPlace(value, 2n ** 32n - 1n)], ['limit', /^[0-9]+$/.test(value) && BigInt(value) > 0n]] as const) {
        const answer = envelope(await send(base, 'GET', `/api/admin/audit?${name}=${value}`, { headers: admin }));
        assert.deepEqual([answer.status, answer.error?.code], isUsable ? [200, undefined] : [400, 'BAD_CURSOR'], `audit ${name}=${value}`);
      }
      const retry = await send(base, 'POST', `${path}/dead/${encodeURIComponent(value) || '%20'}/retry`, { headers: admin });
      checkHub(retry, [404, 'NOT_FOUND'], `retry ${value}`);
    }
    await isAlive();
  });
});

/** Frame limit of the presence socket; a longer frame closes it (presence.md 1). */
const FRAME_BYTES_MAX = 4_096;

test('every route of the table was asked by one of these tests @night', () => {
  const isAsked = ({ method, path }: Operation) => {
    const form = new RegExp(`^${path.replace('{rest}', '.+').replace(/\{\w+\}/g, '[^/]+')}$`);
    return [...asked].some((one) => one.startsWith(`${method} `) && form.test(one.slice(method.length + 1)));
  };
  const streams = (operation: Operation) => operation.isSocket || operation.path.endsWith('/events');
  const left = operations.filter((operation) => !streams(operation) && !isAsked(operation)).map(named);
  assert.deepEqual(left, []);
});

describe('bad frames', () => {
  for (const [name, protocols] of [['one frame a message', ['cfm.v1']], ['batches', ['cfm.v1.batch']]] as const) {
    test(`a socket of ${name} answers with documented codes and lives on`, async () => {
      const chance = new Chance(seed() + name.length);
      let one = await guest(base);
      for (let round = 0; round < 40; round++) {
        if (round % 8 === 7) one = await guest(base);
        const path = chance.below(3) === 0 ? '/api/ws/presence' : `/api/ws/room/${freshRoom()}`;
        const socket = await FrameSocket.open(base, path, { session: one, protocols: [...protocols] });
        await socket.next('welcome');
        // Nine faulty frames, because the tenth unusable one would close the socket.
        const said = path.includes('/room/') ? (await socket.say('first'))['id'] : undefined;
        const sent = Array.from({ length: 9 }, () => spoiledFrame(chance, messengerFrames(said))).filter((text) => text.length <= FRAME_BYTES_MAX);
        for (const text of sent) socket.sendText(text);
        await socket.barrier();
        for (const frame of socket.all('error')) {
          assert.ok(FRAME_CODES.has(frame['code']), `seed ${seed()}: ${JSON.stringify(frame)} after ${sent.join('\n')}`);
        }
        await socket.close();
      }
      await isAlive();
    });
  }

  const hasNoPanic = () => assert.doesNotMatch(server.output(), /panicked|unreachable|RuntimeError/);
  test('nothing of all this made the server panic', hasNoPanic);
  test('nor did what the night adds @night', hasNoPanic);
});
