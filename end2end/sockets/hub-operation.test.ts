// messagehub.md 5, 9 and core.md 4: operation of a deployment. The tests cover numbers, log lines, and access with the service token or an
// assertion of the team.

import assert from 'node:assert/strict';
import { createHmac, randomUUID } from 'node:crypto';
import { after, describe, test } from 'node:test';
import { AccessTeam } from '../harness/access_team.ts';
import { send, type Reply } from '../harness/http.ts';
import { bearer, hubRoom, HubSocket, path, post } from '../harness/hub.ts';
import { JWT_SECRET, token } from '../harness/jwt.ts';
import { onOwnServer } from '../harness/suite.ts';
import { PATIENCE_MS, until } from '../harness/wait.ts';

const ADMIN = 'an admin token for tests';

describe('numbers', () => {
  test('what happens in rooms is counted: commits, fan-out, drops, repetitions, refusals @night', async () => {
    const { base } = await onOwnServer({ ADMIN_TOKEN: ADMIN, RATE_HUB: '5/10', JWT_SECRET, NUMBERS_REPORT_S: '1' });
    const numbers = async () => {
      const { text } = await send(base, 'GET', '/metrics', { headers: bearer(ADMIN) });
      const rows = text.split('\n').filter((line) => line && !line.startsWith('#'));
      return { text, of: new Map(rows.map((row) => [row.slice(0, row.lastIndexOf(' ')), Number(row.slice(row.lastIndexOf(' ') + 1))])) };
    };
    const room = hubRoom();
    const reader = await HubSocket.open(base, room);
    const large = await HubSocket.open(base, room);
    large.send('x'.repeat(65_537));
    assert.equal((await large.closed).code, 1009);
    for (let n = 0; n < 4; n += 1) await post(base, room, `${n}`, { 'idempotency-key': `k${n}` });
    assert.equal((await post(base, room, '0', { 'idempotency-key': 'k0' })).headers['idempotent-replay'], 'true');
    await reader.take(4);
    assert.equal((await post(base, room, '4')).status, 202);
    assert.equal((await post(base, room, '5')).status, 429);
    const { text, of } = await until('the room has told its numbers', async () => {
      const told = await numbers();
      return told.of.get('cfm_rate_limited_total{rule="hub"}') === 1 && told;
    }, PATIENCE_MS, 500);
    assert.equal(of.get('cfm_messages_total{door="hub"}'), 5);
    assert.equal(of.get('cfm_bytes_total{door="hub"}'), 5);
    assert.equal(of.get('cfm_replayed_total'), 1);
    assert.equal(of.get('cfm_dropped_total{reason="too_large"}'), 1);
    assert.equal(of.get('cfm_sockets{door="hub"}'), 1);
    assert.equal(of.get('cfm_fanout_seconds_count'), 5);
    // The duration of commits is sampled at most once a second.
    const commits = of.get('cfm_commit_seconds_count')!;
    assert.ok(commits >= 1 && commits <= 5, `${commits}`);
    assert.equal(text.includes(room), false, 'no room is named');
    assert.equal((await send(base, 'GET', '/metrics', { headers: bearer(`${ADMIN}x`) })).status, 401);
  });
});

describe('lines', () => {
  test('every request leaves one line that names the route, never the path, a credential or a person', async () => {
    const server = await onOwnServer({ JWT_SECRET, RATE_LOGIN: '0' });
    const { base } = server;
    const secret = token({ userId: 'somebody', exp: Math.floor(Date.now() / 1_000) + 60 });
    const lineOf = async (ask: (headers: Record<string, string>) => Promise<Reply>): Promise<any> => {
      const id = randomUUID();
      const reply = await ask({ 'x-request-id': id });
      assert.equal(reply.headers['x-request-id'], id);
      const mine = () => server.output().split('\n').filter((line) => line.includes(id) && line.includes('"request"'));
      await until('the line', () => mine().length > 0, PATIENCE_MS, 20);
      assert.equal(mine().length, 1);
      assert.ok(!mine()[0]!.includes('somebody') && !mine()[0]!.includes(secret));
      return { reply, ...JSON.parse(mine()[0]!.slice(mine()[0]!.indexOf('{'))) };
    };
    const room = hubRoom();
    const written = await lineOf((headers) => post(base, room, 'four', { ...headers, ...bearer(secret) }));
    assert.deepEqual(
      [written.event, written.door, written.method, written.route, written.status, written.bytesIn, written.bytesOut, written.log, written.seq],
      ['request', 'hub', 'POST', '/rooms/:room/messages', 202, 4, 0, `hub:${room}`, 1],
    );
    assert.match(written.principalHash, /^[0-9a-f]{32}$/);
    assert.ok(written.ms >= 0 && Math.abs(written.ts - Date.now()) < 60_000);
    const read = await lineOf((headers) => send(base, 'GET', `${path(room)}?after=0`, { headers }));
    assert.deepEqual([read.status, read.bytesOut, read.principalHash], [200, Buffer.byteLength(read.reply.text), null]);
    const published = await lineOf((headers) =>
      send(base, 'POST', `/publish?token=${secret}`, { headers: { ...headers, 'content-type': 'application/json' }, body: '{"userId":"x"}' }),
    );
    const answerBytes = Buffer.byteLength(published.reply.text);
    assert.deepEqual([published.door, published.route, published.status, published.bytesOut], ['hopeflow', '/publish', 200, answerBytes]);
    assert.match(published.log, /^user:[0-9a-f]{32}$/, 'a channel is a person');
    assert.equal(published.principalHash, written.principalHash, 'the same person is the same hash, whatever the door');
    const nothing = await lineOf((headers) => send(base, 'GET', `/nowhere/${room}`, { headers }));
    assert.deepEqual([nothing.status, nothing.route], [404, '']);
    const refused = await lineOf((headers) => send(base, 'GET', '/api/me', { headers }));
    assert.deepEqual([refused.door, refused.status, refused.principalHash], ['messenger', 401, null]);
    const store = await lineOf((headers) => send(base, 'GET', `/websocket?storeId=${room}`, { headers }));
    assert.deepEqual([store.door, store.route, store.status], ['livestore', '/websocket', 426]);
  });
});

describe('Cloudflare Access', () => {
  test('an assertion of the team opens what the service token opens; everything else is 401', async () => {
    const team = await AccessTeam.start();
    after(() => team.close());
    const { base } = await onOwnServer({ ...team.vars, JWT_SECRET });
    const status = async (assertion: string | undefined, at = '/metrics') =>
      (await send(base, 'GET', at, { headers: assertion === undefined ? {} : { 'cf-access-jwt-assertion': assertion } })).status;
    assert.equal(await status(undefined), 401);
    assert.equal(await status(team.assertion()), 200);
    for (const at of ['/api/admin/flags', '/api/admin/stats', path(hubRoom(), 'webhooks')]) assert.equal(await status(team.assertion(), at), 200, at);
    const hs256 = [{ alg: 'HS256', typ: 'JWT', kid: 'x' }, team.claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.');
    const bad = {
      forged: team.forged(),
      'other application': team.assertion({ ...team.claims, aud: ['other'] }),
      over: team.assertion({ ...team.claims, exp: Date.now() / 1_000 - 1 }),
      HS256: `${hs256}.${createHmac('sha256', JWT_SECRET).update(hs256).digest('base64url')}`,
      'no token': 'x',
    };
    for (const [what, assertion] of Object.entries(bad)) assert.equal(await status(assertion), 401, what);
    assert.equal(await status(bad.forged, '/api/admin/flags'), 401);
    assert.equal(await status(bad.forged, path(hubRoom(), 'stats')), 401);
    assert.equal(team.asked, 1, 'the keys are remembered');
    for (let n = 0; n < 20; n += 1) await status(team.assertion(team.claims, { kid: `made-up-${n}` }));
    assert.ok(team.asked <= 2, `names of keys that nobody knows are not asked for each time: ${team.asked}`);
  });

  test('where neither a token nor a team is named there is no such route', async () => {
    const { base } = await onOwnServer({ JWT_SECRET });
    const team = await AccessTeam.start();
    after(() => team.close());
    for (const headers of [{}, bearer(''), bearer('x'), { 'cf-access-jwt-assertion': team.assertion() }] as Record<string, string>[]) {
      for (const at of ['/metrics', '/api/admin/flags', '/api/admin/stats']) assert.equal((await send(base, 'GET', at, { headers })).status, 404, at);
    }
  });
});
