// Bad input to every route and socket: bytes that are no text, paths, queries, headers, forms, files, frames and arrays of frames (core.md
// 5.1). The answer is always a documented refusal, never a 500 and never silence (messenger.md 1.1 and 5.2). The routes come from
// /openapi.json; wrong members of their bodies are in `described-bodies.test.ts`. CFM_SEED chooses other random values.

import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { AdminBrowser } from '../harness/admin.ts';
import { envelope } from '../harness/api.ts';
import { Chance, seed } from '../harness/chance.ts';
import { description, type Operation } from '../harness/description.ts';
import { moving, photo, png } from '../harness/files.ts';
import { send as sendPlain, type Reply } from '../harness/http.ts';
import { all, cutHubSockets, hubRoom, HubSocket } from '../harness/hub.ts';
import { freshRoom, uuidv7 } from '../harness/ids.ts';
import { JWT_SECRET } from '../harness/jwt.ts';
import { BROKEN, CODES, deep, FRAME_CODES, messengerFrames, NO_OBJECTS, ODD_NUMBERS, ODD_VALUES, spoiledFrame, spoiledObject } from '../harness/odd.ts';
import { cookieSession, guest, persona } from '../harness/session.ts';
import { FrameSocket } from '../harness/socket.ts';
import { onOwnServer } from '../harness/suite.ts';

const RULES = ['LOGIN', 'LOGIN_FAIL', 'REGISTER', 'REGISTER_TRY', 'ACCOUNT', 'REST', 'FRAME', 'CHAT', 'NUDGE', 'WINK', 'TYPING', 'HISTORY', 'PRESENCE', 'MUTATE', 'GUESS', 'DEMO_ROOM', 'DEMO_JOIN', 'DEMO_CODE', 'INVITE', 'MAIL', 'HUB'];
const ADMIN_TOKEN = 'an admin token for tests';
const server = await onOwnServer({ OPEN_ROOMS: '1', ADMIN_TOKEN, JWT_SECRET, ...Object.fromEntries(RULES.map((rule) => [`RATE_${rule}`, '0'])) });
const base = server.base;
after(cutHubSockets);
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

/** Recognises odd values that the server reads as JSON: those without half of a character. */
const isReadable = (odd: string): boolean => !/\\ud[89a-f]/.test(odd);

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
      inEnvelope(reply, 'own picture');
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
    const admin = { authorization: `Bearer ${ADMIN_TOKEN}` };
    const hook = { url: 'https://93.184.216.34/x', secret: `whsec_${Buffer.alloc(32, 7).toString('base64')}` };
    const path = `/rooms/${room}/webhooks/h1`;
    assert.equal((await send(base, 'PUT', path, { headers: { ...JSON_TYPE, ...admin }, body: JSON.stringify(hook) })).status, 201);
    for (const odd of ODD_VALUES) {
      const answer = envelope(await send(base, 'PUT', '/api/admin/flags', { headers: { ...JSON_TYPE, ...admin }, body: `{"none_of_ours":${odd}}` }));
      assert.deepEqual([answer.status, answer.error?.code], [400, isReadable(odd) ? 'VALIDATION' : 'BAD_JSON'], odd);
    }
    const isPlace = (text: string, max = 2n ** 53n - 1n) => /^[0-9]+$/.test(text) && BigInt(text) <= max;
    const said = ({ status, text }: Reply): unknown[] => [status, status === 200 ? undefined : JSON.parse(text).code];
    const wanted = (isUsable: boolean) => (isUsable ? [200, undefined] : [400, 'BAD_CURSOR']);
    for (const value of ['', '0', ...ODD_NUMBERS, 'x', '+1', '%00', '%ff', '%']) {
      const isLimit = isPlace(value) && BigInt(value) > 0n;
      const isUsable = { after: isPlace(value), limit: isLimit, epoch: /^[0-9a-fA-F]{8}$/.test(value), since: true };
      // The parameter `wait` is left out, because a long wait is valid and would hold up the test. Unknown ones are ignored.
      for (const [name, isGood] of Object.entries(isUsable)) {
        assert.deepEqual(said(await send(base, 'GET', `/rooms/${room}/messages?${name}=${value}`)), wanted(isGood), `messages ${name}=${value}`);
      }
      assert.deepEqual(said(await send(base, 'GET', `${path}/dead?after=${value}`, { headers: admin })), wanted(isPlace(value)), `dead ${value}`);
      for (const [name, isGood] of [['after', value === '' || isPlace(value, 2n ** 32n - 1n)], ['limit', /^[0-9]+$/.test(value) && BigInt(value) > 0n]] as const) {
        const { status, error } = envelope(await send(base, 'GET', `/api/admin/audit?${name}=${value}`, { headers: admin }));
        assert.deepEqual([status, error?.code], wanted(isGood), `audit ${name}=${value}`);
      }
      const retry = await send(base, 'POST', `${path}/dead/${encodeURIComponent(value) || '%20'}/retry`, { headers: admin });
      assert.deepEqual(said(retry), [404, 'NOT_FOUND'], `retry ${value}`);
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

/** Unusable frames that a socket may send; the tenth closes it. */
const UNUSABLE_MAX = 9;
/** An array must stay below 64 KiB, and the longest odd value has 5,000 characters. */
const SPOILED_PER_ARRAY = 8;

describe('arrays of frames with something wrong in some', { concurrency: true }, () => {
  test('a conversation: what is right between them is stored, in its order; every refusal has a documented code @night', async () => {
    const chance = new Chance(seed());
    let one = await guest(base);
    for (let round = 0; round < 40; round += 1) {
      if (round % 8 === 7) one = await guest(base);
      const socket = await FrameSocket.open(base, `/api/ws/room/${freshRoom()}`, { session: one, protocols: ['cfm.v1.batch'] });
      await socket.next('welcome');
      const said = (await socket.say('first'))['id'];
      const [before, after] = [uuidv7(), uuidv7()];
      const spoiled = Array.from({ length: SPOILED_PER_ARRAY }, () => spoiledObject(chance, chance.one(messengerFrames(said as string))));
      const chat = (id: string) => JSON.stringify({ type: 'chat', id, content: 'as it should be' });
      socket.sendText(`[${[chat(before), ...spoiled, chat(after)].join(',')}]`);
      const [first, last] = [await socket.answerTo(before), await socket.answerTo(after)];
      assert.ok(Number(first['seq']) < Number(last['seq']), `seed ${seed()}: ${spoiled.join('\n')}`);
      await socket.barrier();
      for (const frame of socket.all('error')) assert.ok(FRAME_CODES.has(frame['code']), `seed ${seed()}: ${JSON.stringify(frame)} after ${spoiled.join('\n')}`);
      await socket.close();
    }
  });

  test('a conversation: what is no array of objects is refused whole or frame by frame, and nothing of it is stored', async () => {
    const one = await guest(base);
    const good = JSON.stringify({ type: 'chat', id: uuidv7(), content: 'never stored' });
    // Text that ends too early or too late is no array, so even its valid frames do not count.
    const broken = [`[${good}`, `[${good},]`, `[${good}]]`, `[${good}] x`, `[${good},{]`, `[${good}${good}]`, `[${good},nul]`, `[${good},"\\x"]`, ...BROKEN.map((text) => `[${good},${text}]`)];
    for (let at = 0; at < broken.length; at += UNUSABLE_MAX) {
      const socket = await FrameSocket.joined(base, freshRoom(), one, { protocols: ['cfm.v1.batch'] });
      for (const text of broken.slice(at, at + UNUSABLE_MAX)) {
        // A combination that happens to be valid JSON is not a broken one.
        if (isJson(text)) continue;
        socket.sendText(text);
        assert.equal((await socket.next('error'))['code'], 'BAD_JSON', text);
      }
      await socket.barrier();
      assert.equal(socket.lastSeq, 0, 'nothing of it was stored');
      await socket.close();
    }
    const socket = await FrameSocket.joined(base, freshRoom(), one, { protocols: ['cfm.v1.batch'] });
    // Each of these items is refused on its own, and the next array is accepted.
    socket.sendText(`[${NO_OBJECTS.join(',')},${deep(100)}]`);
    for (const _ of [...NO_OBJECTS, 'deep']) assert.ok(FRAME_CODES.has((await socket.next('error'))['code']));
    assert.equal((await socket.say('still here'))['seq'], 1);
    await socket.close();
  });

  test('the socket of a device: every refusal has a documented code, and the others take effect', async () => {
    const chance = new Chance(seed() + 1);
    for (let round = 0; round < 12; round += 1) {
      const socket = await FrameSocket.open(base, '/api/ws/presence', { session: await guest(base), protocols: ['cfm.v1.batch'] });
      await socket.next('welcome');
      const frames = messengerFrames().filter(({ type }) => ['presence', 'watch', 'typing', 'ack'].includes(type as string));
      const spoiled = Array.from({ length: SPOILED_PER_ARRAY }, () => spoiledObject(chance, chance.one(frames)));
      // Arrays of a device have a smaller size limit, so long frames are left out.
      const text = `[${[...spoiled.filter((frame) => frame.length < 400), '{"type":"ping","t":77}'].join(',')}]`;
      socket.sendText(text);
      await socket.next((frame) => frame.type === 'pong' && frame['t'] === 77);
      for (const frame of socket.all('error')) assert.ok(FRAME_CODES.has(frame['code']), `seed ${seed()}: ${JSON.stringify(frame)} after ${text}`);
      await socket.close();
    }
  });

  const OPS = () => [
    { op: 'send', id: uuidv7(), body: 'hi' },
    { op: 'send', id: uuidv7(), b64: 'AAEC', contentType: 'application/octet-stream' },
    { op: 'cursor', seq: 1 },
    { op: 'status', status: 'away' },
    { op: 'ping', t: 1 },
  ];
  /** Refusal codes of a single frame in messagehub.md 1 and 3. */
  const HUB_CODES = new Set(['BODY_REQUIRED', 'BAD_CURSOR', 'BAD_ID', 'BAD_FRAME', 'TOO_LARGE', 'ID_REUSED']);

  test('a hub room: what is right between them is stored once, in its order; every refusal has a documented code @night', async () => {
    const chance = new Chance(seed() + 2);
    for (let round = 0; round < 30; round += 1) {
      const room = hubRoom();
      const socket = await HubSocket.enveloped(base, room, { protocols: ['messagehub.v1.batch'] });
      const [before, last] = [uuidv7(), uuidv7()];
      const spoiled = Array.from({ length: SPOILED_PER_ARRAY }, () => spoiledObject(chance, chance.one<Record<string, unknown>>(OPS())));
      socket.send(`[${[JSON.stringify({ op: 'send', id: before, body: 'one' }), ...spoiled, JSON.stringify({ op: 'send', id: last, body: 'two' })].join(',')}]`);
      await socket.op((op) => op.op === 'ack' && op.id === last);
      for (const op of socket.ops().filter((op) => op.op === 'error')) {
        assert.ok(HUB_CODES.has(op.code) && typeof op.error === 'string', `seed ${seed()}: ${JSON.stringify(op)} after ${spoiled.join('\n')}`);
      }
      const items = await all(base, room);
      assert.deepEqual([items[0]?.id, items.at(-1)?.id], [before, last]);
      assert.deepEqual(items.map((item) => item.seq), items.map((_, n) => n + 1));
      socket.terminate();
    }
  });
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

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
