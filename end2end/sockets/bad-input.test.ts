// Whatever is sent to whichever route or socket: a documented refusal in the envelope, never a 500, never silence
// (messenger.md 1.1, 5.2). The routes are those of /openapi.json. CFM_SEED repeats a run with other chances.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { envelope, type Answer } from '../harness/api.ts';
import { Chance, seed } from '../harness/chance.ts';
import { description, type Operation, type Schema } from '../harness/description.ts';
import { send } from '../harness/http.ts';
import { freshRoom, uuidv7 } from '../harness/ids.ts';
import { guest, type Session } from '../harness/session.ts';
import { FrameSocket } from '../harness/socket.ts';
import { onOwnServer } from '../harness/suite.ts';

const RULES = ['LOGIN', 'REGISTER', 'REST', 'FRAME', 'CHAT', 'NUDGE', 'WINK', 'TYPING', 'HISTORY', 'PRESENCE', 'MUTATE'];
const server = await onOwnServer({ OPEN_ROOMS: '1', ...Object.fromEntries(RULES.map((rule) => [`RATE_${rule}`, '0'])) });
const base = server.base;
const { operations, schemas } = await description(base);
const underApi = operations.filter((operation) => operation.path.startsWith('/api/') && !operation.isSocket);
const api = underApi.filter((operation) => operation.data);
/** Routes of the other doors answer in shapes of their own. */
const unwrapped = underApi.filter((operation) => !operation.data && operation.method !== 'GET');
const writing = api.filter((operation) => operation.method !== 'GET');
const JSON_TYPE = { 'content-type': 'application/json' };

/** Codes of messenger.md 1.1 by status; what a caller can cause. */
const CODES: Record<number, string[]> = {
  400: ['BAD_JSON', 'VALIDATION', 'INVALID_TEXT', 'BAD_CURSOR'],
  401: ['UNAUTHENTICATED', 'BAD_CREDENTIALS'],
  403: ['TURNSTILE_REQUIRED', 'TURNSTILE_FAILED', 'ORIGIN_FORBIDDEN', 'CSRF', 'FORBIDDEN', 'ROOM_RESERVED'],
  404: ['NOT_FOUND'],
  405: ['METHOD_NOT_ALLOWED'],
  409: ['PERSONA_TAKEN', 'EMAIL_TAKEN', 'ID_TAKEN', 'ROOM_FULL', 'CONFLICT'],
  413: ['TOO_LARGE'],
  415: ['UNSUPPORTED_MEDIA_TYPE'],
  422: ['ID_REUSED', 'EDIT_WINDOW'],
  426: ['UPGRADE_REQUIRED'],
  429: ['RATE_LIMITED', 'BOT_SLEEPING'],
};

const ODD_VALUES = ['null', 'true', '0', '-1', '1.5', '1e400', '99999999999999999999', '""', '" "', '"x"', '"\\u0000"', '"\\ud800"', '"\\udc00\\ud800"',
  '[]', '[[]]', '{}', '{"a":1}', '["x"]', '[{"roomId":1}]', `"${'x'.repeat(5_000)}"`, '"../..\\u2028"', '"__proto__"'];
const BROKEN = ['{', '}', '{"a"', '{"a":}', '{"a":1,}', "{'a':1}", '{"a":01}', '[1,2', 'nul', '\u0000', '{"a":1}{"b":2}', '{"a":1} x', '\ufeff{}', '"\\x"'];
const NO_OBJECTS = ['null', '[]', '[{}]', '"x"', '1', 'true'];
const deep = (depth: number) => '{"a":'.repeat(depth) + '1' + '}'.repeat(depth);
const deepList = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);

const filled = (path: string) => path.replace('{collection}', 'messages').replace(/\{\w+\}/g, 'general');
const named = (operation: Operation) => `${operation.method} ${operation.path}`;

/** The members that an operation knows. */
function members(schema: Schema | undefined): string[] {
  if (schema?.['$ref']) return members(schemas[schema['$ref'].split('/').at(-1)]);
  return Object.keys(schema?.['properties'] ?? {});
}

/** A documented answer: good, or a refusal whose code belongs to its status. */
function documented(answer: Answer, what: string): Answer {
  if (answer.status < 400) return answer;
  assert.ok(CODES[answer.status]?.includes(answer.error!.code), `${what}: ${answer.status} ${answer.reply.text.slice(0, 300)}`);
  return answer;
}

async function call(one: Session, operation: Operation, body: string | Buffer, headers: Record<string, string> = JSON_TYPE) {
  // Signing out and in belong to nobody: they must not end the session of the test.
  const own = operation.path.startsWith('/api/auth/') ? {} : one.api.headers;
  const reply = await send(base, operation.method, filled(operation.path), { headers: { ...own, ...headers }, body });
  return documented(envelope(reply), `${named(operation)} ${body.toString().slice(0, 200)}`);
}

/** Whether a described path with parameters stands for this one as well. */
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
    for (const operation of writing.filter((operation) => members(operation.body).length > 0)) {
      for (const body of [...BROKEN, ...NO_OBJECTS, deepList(500)]) {
        const answer = await call(one, operation, body);
        assert.ok(answer.status >= 400, `${named(operation)} takes ${body}`);
        if (!operation.path.startsWith('/api/auth/')) assert.equal(answer.error!.code, 'BAD_JSON', `${named(operation)} ${body}`);
      }
      const invalid = await call(one, operation, Buffer.from([0x7b, 0x22, 0x61, 0x22, 0x3a, 0x22, 0xff, 0xfe, 0x22, 0x7d]));
      assert.ok(invalid.status >= 400, `${named(operation)} takes invalid UTF-8`);
    }
  });

  test('a body of another type or without one is 415, one that is too large 413', async () => {
    const one = await guest(base);
    const reading = writing.filter((operation) => members(operation.body).length > 0 && !operation.path.startsWith('/api/auth/'));
    for (const operation of reading) {
      for (const kind of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', 'application/jsonx', '*/*', '']) {
        const answer = await call(one, operation, '{"content":"x"}', kind ? { 'content-type': kind } : {});
        assert.equal(answer.status, 415, `${named(operation)} as ${kind}`);
      }
      assert.equal((await call(one, operation, `{"content":"${'x'.repeat(17_000)}"}`)).status, 413, named(operation));
      assert.equal((await call(one, operation, deep(5_000))).status, 413, named(operation));
    }
  });

  test('wrong types, odd values, extra, missing and repeated members', async () => {
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

  test('routes without an envelope refuse with a code or an error of their own', async () => {
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

  test('wrong methods are 405 with Allow, or belong to nobody', async () => {
    const one = await guest(base);
    const paths = new Set(api.map((operation) => operation.path));
    for (const path of paths) {
      // `/members/me` is one of `/members/{userId}`: its methods are those of both.
      const known = api.filter((operation) => covers(operation.path, path)).map((operation) => operation.method);
      for (const method of ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'PROPFIND', 'TRACE'].filter((method) => !known.includes(method))) {
        const reply = await send(base, method, filled(path), { headers: one.api.headers });
        assert.ok([404, 405, 501].includes(reply.status), `${method} ${path}: ${reply.status}`);
        if (method !== 'HEAD' && reply.status === 405) assert.ok(envelope(reply).reply.headers['allow'], `${method} ${path}`);
      }
    }
  });

  test('odd path segments and query strings', async () => {
    const one = await guest(base);
    const segments = ['%', '%ff', '%00', '%2e%2e', '%2F', 'a%2Fb', '..;', "'\"<>", '%F0%9F%98%80', 'dm_a____b', 'dm_____', 'grp_0', 'system_x', '-', 'x'.repeat(4_000)];
    const values = ['', '-1', '0', '1.5', 'abc', '99999999999999999999', '%', '%ff', '%00', '1e3', ' 1', 'x'.repeat(3_000)];
    for (const operation of api) {
      if (operation.path.includes('{')) {
        for (const segment of segments) {
          const reply = await send(base, operation.method, operation.path.replace(/\{\w+\}/, segment.replace(/["<>]/g, '%22')), { headers: one.api.headers });
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

const VALID = () => [
  { type: 'chat', id: uuidv7(), content: 'hi', replyTo: uuidv7(), font: { color: 1, face: 1, style: 1 } },
  { type: 'nudge', id: uuidv7() },
  { type: 'wink', id: uuidv7(), winkId: 'toast' },
  { type: 'typing', isTyping: false },
  { type: 'history', rid: 'a', since: 0, limit: 5 },
  { type: 'cursor', seq: 1 },
  { type: 'presence', status: 'busy', displayName: 'Mia', personalMessage: 'x', avatarId: 'av_01', until: 1 },
  { type: 'watch', userIds: ['user_1'] },
  { type: 'reaction', id: uuidv7(), messageId: uuidv7(), reaction: 'like', op: 'add' },
  { type: 'edit', id: uuidv7(), messageId: uuidv7(), content: 'x' },
  { type: 'delete', id: uuidv7(), messageId: uuidv7(), for: 'all' },
  { type: 'ack', ackId: uuidv7(), upToSeq: 1, status: 'read' },
];

const FRAME_CODES = new Set([...Object.values(CODES).flat(), 'UNKNOWN_TYPE', 'NOT_SUPPORTED']);

/** Of the presence socket; a longer frame closes it (messenger.md 6). */
const FRAME_BYTES_MAX = 4_096;

/** One frame of the door with one thing wrong. */
function spoiled(chance: Chance): string {
  const frame: Record<string, unknown> = chance.one(VALID());
  const names = Object.keys(frame);
  const name = chance.one(names);
  const written = names.map((key) => `"${key}":${key === name ? chance.one(ODD_VALUES) : JSON.stringify(frame[key])}`);
  switch (chance.below(6)) {
    case 0:
      return chance.one([...BROKEN, ...NO_OBJECTS, deepList(1_500), deep(600)]);
    case 1:
      return `{${names.filter((key) => key !== name).map((key) => `"${key}":${JSON.stringify(frame[key])}`).join(',')}}`;
    case 2:
      return `{${[...written, `"${name}":${JSON.stringify(frame[name])}`].join(',')}}`;
    case 3:
      return `{${written.join(',')},"${chance.one(['__proto__', 'x', 'roomId'])}":${chance.one(ODD_VALUES)}}`;
    default:
      return `{${written.join(',')}}`;
  }
}

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
        // The tenth unusable frame would close the socket.
        const sent = Array.from({ length: 9 }, () => spoiled(chance)).filter((text) => text.length <= FRAME_BYTES_MAX);
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

  test('nothing of all this made the server panic', () => {
    assert.doesNotMatch(server.output(), /panicked|unreachable|RuntimeError/);
  });
});
