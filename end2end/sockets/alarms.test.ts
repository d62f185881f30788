// docs/runbooks, docs/deploy.md: alarms for the operator. An alarm is raised once and cleared once, in /admin and with one POST to
// ALERT_URL each. A crash or an unreachable receiver costs only a repetition under the same number.

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, describe, test } from 'node:test';
import { AdminBrowser, ring } from '../harness/admin.ts';
import { send } from '../harness/http.ts';
import { bearer, hubRoom, path, post } from '../harness/hub.ts';
import { Receiver } from '../harness/receiver.ts';
import { onOwnServer } from '../harness/suite.ts';
import { inObject } from '../harness/tables.ts';
import { PATIENCE_MS, until } from '../harness/wait.ts';

const ADMIN_TOKEN = 'an admin token for tests';
const headers = { ...bearer(ADMIN_TOKEN), 'content-type': 'application/json' };
const secret = `whsec_${randomBytes(24).toString('base64')}`;

async function aReceiver(): Promise<Receiver> {
  const receiver = await Receiver.start();
  after(() => receiver.close());
  return receiver;
}

async function aServer(owner: Receiver, vars: Record<string, string> = {}) {
  const own = { ADMIN_TOKEN, ALERT_URL: owner.url, WEBHOOK_ALLOW_PRIVATE: '1', HUB_DELIVERS_ITSELF: '1', RATE_LOGIN: '0', RATE_HUB: '0', ...vars };
  return onOwnServer(own);
}

async function metric(base: string, name: string): Promise<number> {
  const { text } = await send(base, 'GET', '/metrics', { headers });
  return Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(text)?.[1] ?? 0);
}

const register = async (base: string, room: string, url: string) =>
  assert.ok((await send(base, 'PUT', path(room, 'webhooks/h1'), { headers, body: JSON.stringify({ url, secret }) })).status < 300);

/** Creates a room with a message that its receiver refused (a dead letter). */
async function withDeadLetter(base: string): Promise<string> {
  const [room, gone] = [hubRoom(), await aReceiver()];
  gone.statuses = [410];
  await register(base, room, gone.url);
  await post(base, room, 'one');
  await until('a dead letter is counted', async () => (await metric(base, 'cfm_dead_letters')) > 0, PATIENCE_MS, 300);
  return room;
}

describe('alarms', () => {
  test('dead letters: one POST when the first is there, one when the last is gone, a line in between', async () => {
    const owner = await aReceiver();
    const { base } = await aServer(owner);
    await ring(base);
    assert.equal(owner.calls.length, 0, 'all is quiet');
    const room = await withDeadLetter(base);
    await ring(base);
    const [raised] = await owner.take(1);
    const { text, timestamp, ...rest } = raised!.body;
    assert.deepEqual(rest, { type: 'alarm', alarm: 'dead-letters', state: 'raised', value: 1 });
    assert.ok(Math.abs(timestamp - Date.now()) < 60_000);
    assert.match(text, /docs\/runbooks\/dead-letters\.md/);
    assert.equal(raised!.headers['content-type'], 'application/json');
    assert.match(String(raised!.headers['webhook-id']), /^alarm\.\d+$/);
    assert.ok(!raised!.text.includes(room), 'no room is named');
    await ring(base);
    assert.equal(owner.calls.length, 1, 'what stays is no news');

    const browser = await AdminBrowser.entered(base, ADMIN_TOKEN);
    const page = (await browser.get()).text;
    assert.match(page, /<b>Dead letters: 1<\/b>, since <time/);
    const runbook = /href="(\/assets\/runbooks\/dead-letters\.txt)"/.exec(page)![1]!;
    assert.match((await send(base, 'GET', runbook)).text, /^# Alarm: dead-letters/);

    assert.equal((await send(base, 'DELETE', path(room, 'webhooks/h1/dead/1'), { headers })).status, 200);
    await ring(base);
    const [, over] = await owner.take(2);
    assert.deepEqual([over!.body.alarm, over!.body.state, over!.body.value], ['dead-letters', 'over', 0]);
    assert.notEqual(over!.headers['webhook-id'], raised!.headers['webhook-id']);
    assert.match((await browser.get()).text, /No active alarms/);
    await ring(base);
    assert.equal(owner.calls.length, 2);
  });

  test('a receiver that is away, and a kill -9 in between, cost a repetition under the same number @night', async () => {
    const owner = await aReceiver();
    owner.statuses = [500, 302];
    owner.headers = { location: owner.url };
    const server = await aServer(owner);
    const { base } = server;
    const room = await withDeadLetter(base);
    await ring(base);
    assert.equal(owner.calls.length, 1);
    const browser = await AdminBrowser.entered(base, ADMIN_TOKEN);
    assert.match((await browser.get()).text, /not yet delivered to ALERT_URL: 1</);
    await ring(base);
    assert.equal(owner.calls.length, 2, 'where it leads to is not called');
    await server.kill9();
    await server.restart();
    assert.equal((await send(base, 'DELETE', path(room, 'webhooks/h1/dead/1'), { headers })).status, 200);
    await ring(base);
    const calls = await owner.take(4);
    assert.deepEqual(calls.map((call) => call.body.state), ['raised', 'raised', 'raised', 'over']);
    assert.equal(new Set(calls.slice(0, 3).map((call) => call.headers['webhook-id'])).size, 1);
    assert.deepEqual(calls[0]!.body, calls[2]!.body);
    await ring(base);
    assert.equal(owner.calls.length, 4);
    assert.ok(!server.output().includes(owner.url), 'the address is in no line');
  });

  test('what cannot be measured keeps no other alarm from going up, and takes none down @night', async () => {
    const owner = await aReceiver();
    const server = await aServer(owner);
    const { base } = server;
    await withDeadLetter(base);
    await server.kill9();
    inObject(server.state, ["SELECT 1 FROM sqlite_master WHERE name = 'calls_by_user'"], 'ALTER TABLE calls RENAME TO elsewhere');
    // This broken row makes it impossible to list the bucket.
    const broken = "INSERT INTO _mf_objects VALUES ('dead/0', 'b', 'v', 1, 'e', 0, 'broken', '{}', '{}')";
    inObject(server.state, ["SELECT 1 FROM sqlite_master WHERE name = '_mf_objects'"], broken);
    await server.restart();
    await ring(base);
    await owner.take(1);
    assert.deepEqual(owner.calls.map(({ body }) => [body.alarm, body.state, body.value]), [['dead-letters', 'raised', 1]], 'what is known is enough');
    const isSaid = (what: string) => server.output().split('\n').some((line) => line.includes('"place":"not_measured"') && line.includes(what));
    await until('both lines', () => isSaid('ledger:') && isSaid('dead letters:'), PATIENCE_MS, 20);
    const page = (await (await AdminBrowser.entered(base, ADMIN_TOKEN)).get()).text;
    for (const words of ['Model calls today</dt><dd>?<', '<b>Dead letters: 1</b>']) assert.ok(page.includes(words), words);
  });

  test('without ALERT_URL the page alone says it, and nothing is kept for later @night', async () => {
    const owner = await aReceiver();
    const { base } = await onOwnServer({ ADMIN_TOKEN, WEBHOOK_ALLOW_PRIVATE: '1', HUB_DELIVERS_ITSELF: '1', RATE_LOGIN: '0' });
    await withDeadLetter(base);
    await ring(base);
    const { text } = await (await AdminBrowser.entered(base, ADMIN_TOKEN)).get();
    assert.match(text, /<b>Dead letters: 1<\/b>/);
    assert.match(text, /ALERT_URL isn’t set/);
    assert.equal(owner.calls.length, 0);
  });
});
