// messenger.md 12.1: the server reads its variables once. With an unusable value it answers everything with `MISCONFIGURED` and names the
// variable in a log line. Production ignores the variables for tests and load. A missing secret closes only the door that needs it. Every single
// variable has its law in `server/src/config`.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { AccessTeam } from '../harness/access_team.ts';
import { freshEmail, PASSWORD, register } from '../harness/accounts.ts';
import { Api, refused } from '../harness/api.ts';
import { send } from '../harness/http.ts';
import { bearer, hubRoom, path, post } from '../harness/hub.ts';
import { freshName, freshRoom } from '../harness/ids.ts';
import { token } from '../harness/jwt.ts';
import { replyOfRefusal } from '../harness/text_socket.ts';
import { address, chain, freshStore, Wire } from '../harness/livestore.ts';
import { Outside } from '../harness/outside.ts';
import { PacketSocket, packetsRefused } from '../harness/packet_socket.ts';
import { Server } from '../harness/server.ts';
import { login } from '../harness/session.ts';
import { Siteverify } from '../harness/siteverify.ts';
import { onOwnServer } from '../harness/suite.ts';
import { until } from '../harness/wait.ts';

test('a value that cannot be used: everything is MISCONFIGURED, and a line names the variable and not its value', async () => {
  const value = Buffer.alloc(32, 7).toString('base64url');
  const server = await Server.start({ vars: { VAPID_PRIVATE_KEY: value }, health: 500 });
  after(() => server.stop());
  const said = () => server.output().split('\n').filter((line) => line.includes('"misconfigured"')).map((line) => JSON.parse(line.slice(line.indexOf('{'))));
  refused(await new Api(server.base).get('/api/config'), 500, 'MISCONFIGURED');
  // The health check of the harness causes one line, this call another.
  const lines = await until('a line for each call', () => said().length >= 2 && said());
  const [problem, ...others] = new Set(lines.map((line: any) => line.problem));
  assert.match(problem, /^the variable VAPID_SUBJECT is not [^{}]{4,80}$/);
  assert.deepEqual(others, [], 'always the same words');
  assert.ok(!problem.includes(value), 'a value may be a secret');
  for (const [method, at] of [['GET', '/'], ['GET', '/api/health'], ['POST', '/publish'], ['GET', '/rooms/x/messages']] as const) {
    assert.equal((await send(server.base, method, at)).status, 500, at);
  }
});

test('with LOG_LEVEL=error only what is broken leaves a line', async () => {
  const server = await onOwnServer({ LOG_LEVEL: 'error', ADMIN_TOKEN: 'too short' });
  assert.equal((await send(server.base, 'GET', '/api/config')).status, 200);
  await until('the line about the token', () => server.output().includes('ADMIN_TOKEN is shorter'));
  const events = server.output().split('\n').flatMap((line) => /"event":"(\w+)"/.exec(line)?.[1] ?? []);
  assert.deepEqual([...new Set(events)], ['fault']);
});

const SECRETS = { PASSWORD_PEPPER: 'pepper of the tests, 32 bytes or more', BETTER_AUTH_SECRET: 'a secret of the tests, 32 bytes or more', JWT_SECRET: 'another secret of the tests, 32 bytes', ADMIN_TOKEN: 'an admin token for tests' };
const signUp = (base: string) =>
  send(base, 'POST', '/api/auth/sign-up/email', { headers: { 'content-type': 'application/json', origin: base }, body: JSON.stringify({ name: freshName(), email: freshEmail(), password: PASSWORD }) });

test('variables for tests count for nothing in production', async () => {
  const [service, team] = [await Siteverify.start(), await AccessTeam.start()];
  const outside = await Outside.start({ [new URL(service.url).host]: service.url, [new URL(team.url).host]: team.url });
  after(() => {
    outside.close();
    team.close();
    return service.stop();
  });
  const tests = { WEBHOOK_ALLOW_PRIVATE: '1', OPEN_ROOMS: '1', RATE_LOGIN: '0', SITEVERIFY_URL: service.url, ...team.vars };
  const vars = { ...SECRETS, ...tests, ENV: 'production', TURNSTILE_SECRET_KEY: 'x', BETTER_AUTH_TURNSTILE: '0', KDF: 'pbkdf2' };
  const { base } = await onOwnServer(vars, { outside: outside.address });

  // OPEN_ROOMS is ignored.
  const signed = await signUp(base);
  assert.equal(signed.status, 200, signed.text);
  const { token: session } = JSON.parse(signed.text);
  assert.equal((await packetsRefused(base, freshRoom(), { token: session })).status, 404);
  await (await PacketSocket.joined(base, 'general', session)).close();
  // Webhooks cannot lead to this machine.
  const headers = bearer(SECRETS.ADMIN_TOKEN);
  const hook = (url: string) => send(base, 'PUT', path(hubRoom(), 'webhooks/h1'), { headers, body: JSON.stringify({ url, secret: `whsec_${Buffer.alloc(24, 7).toString('base64')}` }) });
  for (const url of ['http://127.0.0.1:9000/x', 'https://127.0.0.1:9000/x']) assert.equal((await hook(url)).status, 400, url);
  assert.equal((await hook('https://hooks.example.com/x')).status, 201);
  // Turnstile and Access are checked at the real services, and guesses are limited.
  const asked = await login(base, { displayName: freshName(), token: Siteverify.token('success') });
  assert.equal(asked.status, 502, 'the real service is not there');
  assert.notEqual((await send(base, 'GET', '/api/admin/flags', { headers: { 'cf-access-jwt-assertion': team.assertion() } })).status, 200);
  assert.deepEqual([service.asked.length, team.asked], [0, 0]);
  for (const real of ['challenges.cloudflare.com/turnstile/v0/siteverify', 'team.cloudflareaccess.com/cdn-cgi/access/certs']) {
    assert.ok(outside.called.includes(real), outside.called.join());
  }
  const statuses: number[] = [];
  for (let n = 0; n < 12; n += 1) statuses.push((await new Api(base).post('/api/auth/login', { displayName: freshName() })).status);
  assert.ok(statuses.includes(429), statuses.join());
});

test('in production a missing secret closes its door and no other @night', async () => {
  const { BETTER_AUTH_SECRET: _, JWT_SECRET, ...rest } = SECRETS;
  const { base } = await onOwnServer({ ...rest, ENV: 'production', BETTER_AUTH_TURNSTILE: '0', KDF: 'pbkdf2' });
  const closed = await signUp(base);
  assert.deepEqual([closed.status, JSON.parse(closed.text).code], [500, 'MISCONFIGURED']);
  const hub = hubRoom();
  const exp = Math.floor(Date.now() / 1_000) + 600;
  const claims = bearer(token({ userId: 'u1', exp }, { secret: JWT_SECRET }));
  for (const reply of [await post(base, hub, 'x', claims), await send(base, 'GET', path(hub), { headers: claims })]) {
    assert.deepEqual([reply.status, JSON.parse(reply.text).code], [500, 'MISCONFIGURED'], 'neither of the two secrets is there');
  }
  assert.equal((await send(base, 'GET', '/api/health')).status, 200);
  assert.equal((await send(base, 'GET', '/metrics', { headers: bearer(SECRETS.ADMIN_TOKEN) })).status, 200);

  // One of the two secrets is enough.
  const own = 'a secret of the hub that is long enough';
  const withHub = await onOwnServer({ ...rest, ENV: 'production', HUB_JWT_SECRET: own });
  assert.equal((await post(withHub.base, hub, 'x', bearer(token({ userId: 'u1', exp }, { secret: own })))).status, 202);
});

test('in production a secret that could be guessed closes what needs it, and says so', async () => {
  const weak = { JWT_SECRET_PREVIOUS: 'last year', BETTER_AUTH_SECRET: 'x'.repeat(31), PASSWORD_PEPPER: 'pepper', ADMIN_SECRET: 'fifteen letters' };
  const server = await onOwnServer({ ...SECRETS, ...weak, ENV: 'production', LIVESTORE_AUTH: 'open', BETTER_AUTH_TURNSTILE: '0', KDF: 'pbkdf2' });
  const { base } = server;
  const closed = await signUp(base);
  assert.deepEqual([closed.status, JSON.parse(closed.text).code], [500, 'MISCONFIGURED']);
  refused(await register(base), 500, 'MISCONFIGURED');
  // The present secret is long enough, but the previous one verifies tokens as well and is too short.
  const headers = { ...bearer(token({ userId: 'u1', exp: Math.floor(Date.now() / 1_000) + 600, rooms: ['*'], scope: 'hub:read' }, { secret: SECRETS.JWT_SECRET })), 'content-type': 'application/json' };
  const hub = await send(base, 'GET', path(hubRoom()), { headers });
  assert.deepEqual([hub.status, JSON.parse(hub.text).code], [500, 'MISCONFIGURED']);
  const published = await send(base, 'POST', '/publish', { headers, body: '{"userId":"u1"}' });
  assert.deepEqual([published.status, JSON.parse(published.text)], [500, { error: 'MISCONFIGURED' }]);
  assert.equal((await replyOfRefusal(base, address(freshStore(), { authToken: token({ stores: ['*'] }) }))).status, 500);
  const wire = await Wire.to(base, freshStore());
  for (const adminSecret of [weak.ADMIN_SECRET, 'another']) {
    const id = wire.ask('AdminInfoReq', { adminSecret });
    assert.deepEqual(await wire.nextThat((message) => message.requestId === id), { _tag: 'WSMessage.Error', requestId: id, message: 'MISCONFIGURED' });
  }
  // The open store and everything that needs none of these secrets still work.
  assert.equal((await wire.push(chain(0, 1)))._tag, 'WSMessage.PushAck');
  assert.equal((await send(base, 'GET', '/api/health')).status, 200);
  for (const words of ['BETTER_AUTH_SECRET is shorter than 32 bytes', 'PASSWORD_PEPPER is shorter than 32 bytes', 'ADMIN_SECRET is shorter than 16 characters']) {
    await until(words, () => server.output().includes(words));
  }
  for (const value of Object.values(weak)) assert.ok(!server.output().includes(value), 'no line holds a secret');
});
