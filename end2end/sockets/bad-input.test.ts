// Bad input to every route and socket: bytes that are no text, paths, queries, headers, forms and frames (core.md 5.1). The answer is always
// a documented refusal, never a 500 and never silence (messenger.md 1.1 and 5.2). The routes come from /openapi.json; wrong members of their
// bodies are in `described-bodies.test.ts`. CFM_SEED chooses other random values.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { envelope } from '../harness/api.ts';
import { Chance, seed } from '../harness/chance.ts';
import { description, type Operation } from '../harness/description.ts';
import { send as sendPlain, type Reply } from '../harness/http.ts';
import { all, hubRoom, HubSocket } from '../harness/hub.ts';
import { freshRoom, uuidv7 } from '../harness/ids.ts';
import { JWT_SECRET } from '../harness/jwt.ts';
import { CODES, FRAME_CODES, messengerFrames, ODD_NUMBERS, spoiledFrame } from '../harness/odd.ts';
import { cookieSession, guest, persona } from '../harness/session.ts';
import { FrameSocket } from '../harness/socket.ts';
import { onOwnServer } from '../harness/suite.ts';

const RULES = ['LOGIN', 'LOGIN_FAIL', 'REGISTER', 'REGISTER_TRY', 'ACCOUNT', 'REST', 'FRAME', 'CHAT', 'NUDGE', 'WINK', 'TYPING', 'HISTORY', 'PRESENCE', 'MUTATE', 'GUESS', 'DEMO_ROOM', 'DEMO_JOIN', 'DEMO_CODE', 'INVITE', 'MAIL', 'HUB'];
const ADMIN_TOKEN = 'an admin token for tests';
const server = await onOwnServer({ OPEN_ROOMS: '1', ADMIN_TOKEN, JWT_SECRET, ...Object.fromEntries(RULES.map((rule) => [`RATE_${rule}`, '0'])) });
const base = server.base;
const { operations } = await description(base);
/** Recognises routes that answer in the messenger's envelope: its own, and those of the demo. */
const isCall = (path: string): boolean => /^\/(api|demo\/rooms|demo\/scenes|demo\/plug)(\/|$)/.test(path);
const api = operations.filter(({ path, isSocket, data }) => isCall(path) && !isSocket && data);
const JSON_TYPE = { 'content-type': 'application/json' };

/** Methods and paths of all requests with odd input. */
const asked = new Set<string>();
const send: typeof sendPlain = (to, method, path, ...rest) => {
  asked.add(`${method} ${path.split('?')[0]}`);
  return sendPlain(to, method, path, ...rest);
};

const filled = (path: string) => path.replace('{collection}', 'messages').replace(/\{\w+\}/g, 'general');
const named = (operation: Operation) => `${operation.method} ${operation.path}`;

/** Asserts a documented answer in the envelope: a success, or a refusal whose code belongs to its status. */
function inEnvelope(reply: Reply, what: string): void {
  const { status, error } = envelope(reply);
  if (error) assert.ok(CODES[status]?.includes(error.code), `${what}: ${status} ${reply.text.slice(0, 300)}`);
}

async function isAlive(): Promise<void> {
  assert.equal((await send(base, 'GET', '/health')).text, 'ok');
}

describe('bad input', { concurrency: true }, () => {
  test('a body that is no text, whole and in chunks, on every route that writes @night', async () => {
    const one = await guest(base);
    const body = Buffer.from('7b2261223a22fffe227d', 'hex');
    for (const operation of operations.filter(({ method, path }) => !/^(GET|HEAD)$/.test(method) && !path.startsWith('/sf/'))) {
      const { method, path, data } = operation;
      const own = /^\/(rooms|api\/admin)\//.test(path) ? { authorization: `Bearer ${ADMIN_TOKEN}` } : path.startsWith('/api/auth/') ? {} : one.api.headers;
      for (const isChunked of [false, true]) {
        const reply = await send(base, method, filled(path), { headers: { ...JSON_TYPE, ...own }, body, isChunked });
        const what = `${named(operation)}${isChunked ? ' in chunks' : ''}: ${reply.status} ${reply.text.slice(0, 200)}`;
        assert.ok(reply.status < 500, what);
        if (path.startsWith('/api/') && data) inEnvelope(reply, what);
      }
    }
    await isAlive();
  });

  test('odd path segments and query strings, of somebody with messages and lists @night', async () => {
    const one = await persona(base, 'user_6');
    for (let n = 0; n < 3; n += 1) await one.api.ok('POST', '/api/messages', { roomId: 'general', content: `word ${n}`, id: uuidv7() });
    await one.api.ok('PUT', '/api/me/blocks/user_8');
    await one.api.ok('POST', '/api/me/contacts', { userId: 'user_9' });
    const segments = ['%', '%ff', '%00', '%2e%2e', '%2F', 'a%2Fb', '..;', "'\"<>", '%F0%9F%98%80', 'dm_a____b', 'dm_____', 'grp_0', 'system_x', '-', 'x'.repeat(4_000)];
    const values = ['', '0', ...ODD_NUMBERS, 'abc', 'null', 'user_9', '+1', '%2B1', '%', '%ff', '%00', '1e3', ' 1', '9'.repeat(400), 'x'.repeat(3_000)];
    for (const operation of api) {
      if (operation.path.includes('{')) {
        for (const segment of segments) {
          const address = operation.path.replace(/\{\w+\}/, segment.replace(/["<>]/g, '%22'));
          // Some addresses normalise to a path outside of the calls.
          if (!isCall(new URL(address, base).pathname)) continue;
          const reply = await send(base, operation.method, address, { headers: one.api.headers });
          inEnvelope(reply, `${named(operation)} ${segment.slice(0, 50)}`);
        }
      }
      for (const { name } of operation.query) {
        for (const value of values) {
          const others = ['roomId=general', 'q=word'].filter((pair) => !pair.startsWith(`${name}=`));
          const path = `${filled(operation.path)}?${[...others, `${name}=${value}`].join('&')}`.replaceAll(' ', '%20');
          const reply = await send(base, operation.method, path, { headers: one.api.headers });
          inEnvelope(reply, `${named(operation)} ${name}=${value.slice(0, 50)}`);
        }
      }
    }
    await isAlive();
  });
});

describe('one thing wrong in a call that is right otherwise', { concurrency: true }, () => {
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

  test('what is only read: odd queries, headers and bodies @night', async () => {
    const one = await guest(base);
    const isRead = ({ method, path, isSocket }: Operation) => /^(GET|HEAD)$/.test(method) && !isSocket && !path.endsWith('/events') && (isCall(path) || !path.includes('{'));
    const reads = operations.filter(isRead).map(({ method, path }) => ({ method, path: filled(path) }));
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

test('a hub room: what is right between them is stored once, in its order; every refusal has a documented code', async () => {
  const room = hubRoom();
  const socket = await HubSocket.enveloped(base, room, { protocols: ['messagehub.v1.batch'] });
  const [before, last] = [uuidv7(), uuidv7()];
  const said = (id: string) => JSON.stringify({ op: 'send', id, body: id });
  socket.send(`[${said(before)},5,{"op":"later"},{"op":"send","id":"x"},{"op":"cursor","seq":-1},${said(last)}]`);
  await socket.op((op) => op.op === 'ack' && op.id === last);
  assert.deepEqual(socket.ops().filter((op) => op.op === 'error').map((op) => op.code), ['BAD_FRAME', 'BAD_FRAME', 'BODY_REQUIRED', 'BAD_CURSOR']);
  assert.deepEqual((await all(base, room)).map((item) => [item.seq, item.id]), [[1, before], [2, last]]);
});

describe('bad frames', () => {
  test('a socket answers with documented codes and lives on', async () => {
    const chance = new Chance(seed());
    let one = await guest(base);
    for (let round = 0; round < 40; round++) {
      if (round % 8 === 7) one = await guest(base);
      const path = chance.below(3) === 0 ? '/api/ws/presence' : `/api/ws/room/${freshRoom()}`;
      const socket = await FrameSocket.open(base, path, { session: one, protocols: ['cfm.v1'] });
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

  const hasNoPanic = () => assert.doesNotMatch(server.output(), /panicked|unreachable|RuntimeError/);
  test('nothing of all this made the server panic', hasNoPanic);
  test('nor did what the night adds @night', hasNoPanic);
});
