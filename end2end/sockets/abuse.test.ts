// Attacks of docs/threat-model.md: state changes without the proof of our own page, planted sessions, manipulated cookies and headers,
// floods of sign-ins, bodies that never end, and bodies whose session ends before them.

import assert from 'node:assert/strict';
import { connect, type Socket } from 'node:net';
import { after, describe, test } from 'node:test';
import { account, passwordLogin, sessionOf } from '../harness/accounts.ts';
import { Api, envelope, refused } from '../harness/api.ts';
import { description } from '../harness/description.ts';
import { tryUpload } from '../harness/files.ts';
import { group } from '../harness/groups.ts';
import { HalfSent } from '../harness/half_sent.ts';
import { send } from '../harness/http.ts';
import { freshName, marker, uuid } from '../harness/ids.ts';
import { FREE_VARS } from '../harness/server.ts';
import { cookieSession, guest, login, persona } from '../harness/session.ts';
import { onOwnServer, onPooledServer } from '../harness/suite.ts';
import { until, within } from '../harness/wait.ts';

const { base } = await onPooledServer(FREE_VARS);
const TOKEN = /^[A-Za-z0-9_-]{43}$/;

describe('CSRF', () => {
  test('every state change that a cookie opens is refused without the token of the session', async () => {
    const { operations } = await description(base);
    const page = await cookieSession(base);
    const bare = new Api(base, { cookie: page.cookie, origin: base });
    // What nobody needs a session for has tests of its own.
    const changes = operations.filter(({ method, credentials, needsCredential }) => credentials.includes('cookie') && needsCredential && !/^(GET|HEAD)$/.test(method));
    assert.ok(changes.length > 30, `${changes.length}`);
    for (const { method, path: described } of changes) {
      const path = described.replaceAll(/\{\w+\}/g, 'general');
      // Some of these routes answer without the envelope, so the answer is read by hand.
      const answer = async (api: Api) => {
        const { status, text } = await api.raw(method, path, { headers: { 'content-type': 'application/json' }, body: '{}' });
        const body = JSON.parse(text);
        return `${status} ${body.error?.code ?? body.code}`;
      };
      // Read-only collections answer 404 to everybody.
      const without = [await answer(bare), await answer(bare.with({ 'x-csrf-token': 'A'.repeat(22) }))];
      for (const said of without) assert.match(said, path.startsWith('/api/data/') ? /^403 CSRF$|^404 / : /^403 CSRF$/, `${method} ${path}`);
    }
    assert.equal((await page.api.get('/api/auth/me')).data.user.id, page.user.id, 'the session is what it was');
  });
});

describe('sessions and cookies', () => {
  test('a session that somebody planted is not the one that a sign-in opens (session fixation)', async () => {
    const attacker = await cookieSession(base);
    const planted = `cfm=${'A'.repeat(43)}`;
    for (const cookie of [planted, attacker.cookie, `${planted}; ${attacker.cookie}`]) {
      const answer = await login(base, { displayName: freshName() }, { cookie, origin: base, 'x-requested-with': 'cookie' });
      assert.equal(answer.status, 200);
      const own = answer.reply.cookies.map((line) => line.split(';')[0]!).find((pair) => pair.startsWith('cfm='))!;
      assert.match(own.slice(4), TOKEN);
      assert.ok(!cookie.includes(own.slice(4)));
      assert.notEqual(answer.data.csrfToken, attacker.csrfToken);
      assert.equal((await new Api(base, { cookie: own }).get('/api/auth/me')).data.user.id, answer.data.user.id);
    }
    refused(await new Api(base, { cookie: planted }).get('/api/auth/me'), 401, 'UNAUTHENTICATED');
    assert.equal((await attacker.api.get('/api/auth/me')).data.user.id, attacker.user.id, 'and whoever planted theirs is still only themselves');
    // Neither a login without script, nor credentials in a body or an address, can choose the session.
    const chosen = await new Api(base).post('/api/auth/login', { displayName: freshName(), token: 'dev', sessionId: 'A'.repeat(43), csrfToken: 'B'.repeat(22) });
    assert.ok(chosen.data.sessionId !== 'A'.repeat(43) && chosen.data.csrfToken !== 'B'.repeat(22));
    refused(await new Api(base).get(`/api/auth/me?sessionId=${chosen.data.sessionId}`), 401, 'UNAUTHENTICATED');
  });

  test('cookies that say more than they should say nothing (cookie injection)', async () => {
    const one = await cookieSession(base);
    const [own, other] = [one.cookie, (await cookieSession(base)).cookie];
    const of = async (cookie: string) => {
      const answer = await new Api(base, { cookie }).get('/api/auth/me');
      return answer.data?.user.id ?? answer.status;
    };
    assert.equal(await of(`a=b; ${own}`), one.user.id);
    assert.equal(await of(`${own}; ${other}`), one.user.id, 'of two the first counts, as everywhere');
    const token = own.slice('cfm='.length);
    for (const cookie of [
      `xcfm=${token}`, `cfm =${token}`, `CFM=${token}`, `__Host-cfm=${token}`, `cfm="${token}"`, `cfm=${token}x`, `cfm=${token}%00`, `cfm=${token.slice(1)}`,
      `a="x; cfm-look=${token}"`, `cfm=' OR 1=1 --`, `cfm=${'x'.repeat(4_000)}`, 'cfm', 'cfm=', '=;;;=', `cfm==${token}`, `cfm=${encodeURIComponent('<script>')}`,
    ]) assert.equal(await of(cookie), 401, cookie.slice(0, 60));
    // `Set-Cookie` contains only our own values, never text of the request.
    for (const [path, cookie] of [
      ['/sign-in?lang=de%0d%0aset-cookie:%20x=1', ''],
      ['/sign-in?lang=de;%20domain=example.org', ''],
      ['/sign-in?lang=de', 'cfm-look=azure.none.de.100.online;domain=example.org'],
      ['/sign-in?lang=de', 'cfm-look=<script>.%0d%0aset-cookie:x=1.de'],
    ] as const) {
      const page = await send(base, 'GET', path, { headers: { accept: 'text/html', ...(cookie && { cookie }) } });
      assert.equal(page.status, 200, path);
      for (const line of page.cookies) assert.match(line, /^cfm-look=[a-z0-9.-]*; Path=\/; SameSite=Lax; Max-Age=\d+$/, path);
    }
  });

  test('headers that pretend to be somebody or somewhere else change nothing (header spoofing)', async () => {
    const page = await cookieSession(base);
    const evil = { origin: 'https://evil.example', host: new URL(base).host, 'x-forwarded-host': 'evil.example', 'x-forwarded-proto': 'https', 'x-original-host': 'evil.example', forwarded: 'host=evil.example;proto=https' };
    refused(await page.api.with(evil).post('/api/auth/logout'), 403, 'ORIGIN_FORBIDDEN');
    refused(await page.api.with({ origin: 'https://evil.example', 'sec-fetch-site': 'same-origin' }).post('/api/auth/logout'), 403, 'ORIGIN_FORBIDDEN');
    for (const name of ['x-http-method-override', 'x-http-method', 'x-method-override']) {
      assert.equal((await page.api.get('/api/auth/me', { [name]: 'DELETE' })).status, 200, name);
      refused(await page.api.with({ [name]: 'GET' }).call('POST', '/api/auth/me', {}), 405, 'METHOD_NOT_ALLOWED');
    }
    for (const name of ['x-original-url', 'x-rewrite-url']) {
      refused(await new Api(base, { [name]: '/api/config' }).get('/api/auth/me'), 401, 'UNAUTHENTICATED');
    }
    const forged = { 'cf-access-jwt-assertion': 'a.b.c', 'cf-access-authenticated-user-email': 'owner@example.org', 'x-user-id': 'user_1', 'x-cfm-principal': '{"id":"user_1"}' };
    refused(await new Api(base, forged).get('/api/auth/me'), 401, 'UNAUTHENTICATED');
    assert.equal((await send(base, 'GET', '/admin', { headers: forged })).status, 404);
  });
});

test('sign-ins from one address: as many as the limit has, whatever they say of where they come from; others come in', async () => {
  const { base: strict } = await onOwnServer();
  const statuses: number[] = [];
  for (let n = 1; n <= 20; n += 1) {
    const address = `198.51.100.${n}`;
    const spoofed = { 'x-forwarded-for': address, 'x-real-ip': address, 'true-client-ip': address, forwarded: `for=${address}` };
    statuses.push((await login(strict, { displayName: freshName() }, spoofed)).status);
  }
  const inside = statuses.filter((status) => status === 200).length;
  assert.ok(inside >= 5 && inside <= 10 && statuses.every((status) => [200, 429].includes(status)), statuses.join());
  // The edge normally sets the address of a request; without an edge the test sets it.
  assert.equal((await login(strict, { displayName: freshName() }, { 'cf-connecting-ip': '203.0.113.1' })).status, 200);
});

describe('slow bodies', () => {
  const open: Socket[] = [];
  after(() => open.forEach((socket) => socket.destroy()));

  /** Begins a request and never sends its body. */
  async function stalled(path: string, method: string, headers: Record<string, string>): Promise<Socket> {
    const { hostname, port, host } = new URL(base);
    const socket = connect(Number(port), hostname);
    open.push(socket);
    await within('the connection', new Promise<void>((done) => socket.once('connect', done)));
    const lines = Object.entries({ host, 'content-length': '1000000', ...headers }).map(([name, value]) => `${name}: ${value}\r\n`);
    socket.write(`${method} ${path} HTTP/1.1\r\n${lines.join('')}\r\n${'x'.repeat(1_000)}`);
    socket.on('error', () => undefined);
    return socket;
  }

  test('slow uploads hold up nobody, and what never came is not there', async () => {
    const [slow, quick] = [await persona(base, 'user_1'), await persona(base, 'user_2')];
    const authorization = `Bearer ${slow.token}`;
    const sockets: Socket[] = [];
    for (let n = 0; n < 30; n += 1) {
      sockets.push(await stalled('/api/files', 'PUT', { authorization, 'content-type': 'application/octet-stream', 'x-file-name': `slow-${n}` }));
      sockets.push(await stalled('/api/messages', 'POST', { authorization, 'content-type': 'application/json' }));
      sockets.push(await stalled(`/rooms/slow-${uuid()}/messages`, 'POST', {}));
    }
    for (const who of [quick, slow]) {
      assert.equal((await who.api.post('/api/messages', { roomId: 'general', content: marker() })).status, 201);
      assert.equal((await tryUpload(who, Buffer.from('small'), { 'x-file-name': 'small' })).status, 201);
    }
    // A few more bytes must not keep these uploads alive at the cost of others.
    for (const socket of sockets) socket.write('x');
    assert.equal((await guest(base)).user.kind, 'guest');
    for (const socket of sockets) socket.destroy();
    await until('they are gone', () => sockets.every((socket) => socket.destroyed));
    assert.equal((await tryUpload(slow, Buffer.from('after all'), { 'x-file-name': 'after' })).status, 201);
    const { messages } = await quick.api.ok('GET', '/api/messages?roomId=general');
    assert.ok(messages.every((message: any) => !/^x+$/.test(message.content ?? '')));
  });
});

describe('bodies in two halves', () => {
  const late = { name: 'Late' };

  test('one whose session ends in between does nothing, by any call', async () => {
    const mia = await account(base);
    const thief = sessionOf(base, await passwordLogin(base, mia.email));
    const [room, word] = [await group(mia), marker()];
    const begin = (path: string, body: unknown, options = {}) => HalfSent.begin(thief.api, 'POST', path, body, options);
    const begun = await Promise.all([
      begin('/api/messages', { roomId: room, content: word }),
      begin('/api/messages', { roomId: room, content: word }, { isChunked: true }),
      begin(`/api/rooms/${room}/bots`, late),
      begin(`/api/rooms/${room}/hooks`, late),
      begin('/api/me/invites', { roomId: room }),
      // An invite needs no body. One that turns out to be empty is none, whatever its type.
      begin('/api/me/invites', '', { isChunked: true, headers: { 'content-type': 'text/plain' } }),
      begin('/api/moderation/acts', { kind: 'ban', user: 'u_aaaaaaaaaaaaa', reason: 'Spam.' }),
    ]);
    // These answer without the envelope.
    const bare = await Promise.all([begin('/rpc/messages/get', { roomId: 'general' }), begin('/api/auth/update-user', late)]);
    await mia.api.ok('DELETE', '/api/me/sessions?others=1');
    for (const half of begun) refused(envelope(await half.finish()), 401, 'UNAUTHENTICATED');
    for (const half of bare) assert.equal((await half.finish()).status, 401);
    const { messages } = await mia.api.ok('GET', `/api/messages?roomId=${room}`);
    assert.ok(messages.every((message: any) => message.content !== word));
    for (const path of [`/api/rooms/${room}/bots`, `/api/rooms/${room}/hooks`, '/api/me/invites']) {
      assert.deepEqual((await mia.api.ok('GET', path)).items, [], path);
    }
    assert.equal((await mia.api.ok('GET', '/api/me')).displayName, mia.user.displayName);
  });

  test('a player who signs out in between leaves the next one of the persona nothing', async () => {
    const player = await persona(base, 'user_7');
    const room = await group(player);
    const begin = (path: string, body: unknown) => HalfSent.begin(player.api, 'POST', path, body);
    const begun = await Promise.all([begin(`/api/rooms/${room}/bots`, late), begin(`/api/rooms/${room}/hooks`, late), begin('/api/me/invites', {})]);
    await player.api.ok('POST', '/api/auth/logout');
    for (const half of begun) refused(envelope(await half.finish()), 401, 'UNAUTHENTICATED');
    const next = await persona(base, 'user_7');
    for (const path of [`/api/rooms/${room}/bots`, `/api/rooms/${room}/hooks`, '/api/me/invites']) {
      assert.deepEqual((await next.api.ok('GET', path)).items, [], path);
    }
  });

  test('a missing session is said before anything is said of the body', async () => {
    const one = await guest(base);
    const headers = { 'content-type': 'application/json' };
    for (const isChunked of [false, true]) {
      for (const [body, status] of [['{', 400], [`"${'x'.repeat(20_000)}"`, 413]] as const) {
        const nobody = await new Api(base).raw('POST', '/api/messages', { headers, body, isChunked });
        refused(envelope(nobody), 401, 'UNAUTHENTICATED');
        assert.equal((await one.api.raw('POST', '/api/messages', { headers, body, isChunked })).status, status);
      }
    }
  });
});
