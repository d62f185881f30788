// livestore.md 14.1 and 14.3: the owner's server decides who may open a store, and servers of the owner get every push. Both versions of the
// client, over sockets and HTTP.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { address, chain, freshStore, Wire } from '../harness/livestore.ts';
import { post, RpcHttp, rpcAddress, RpcWire, STORED } from '../harness/livestore_rpc.ts';
import { Receiver, signature, type Call } from '../harness/receiver.ts';
import { onOwnServer } from '../harness/suite.ts';
import { replyOfRefusal } from '../harness/text_socket.ts';
import { until } from '../harness/wait.ts';

const SECRET = `whsec_${randomBytes(24).toString('base64')}`;
const ADMIN_SECRET = 'admin-secret-of-the-tests';
const owner = await startReceiver();
const VARS = { LIVESTORE_AUTH: 'url', LIVESTORE_AUTH_URL: owner.url, LIVESTORE_AUTH_SECRET: SECRET, WEBHOOK_ALLOW_PRIVATE: '1' };
const server = await onOwnServer(VARS);
const { base } = server;

/** Starts a receiver that ends with this file. */
async function startReceiver(): Promise<Receiver> {
  const receiver = await Receiver.start();
  after(() => receiver.close());
  return receiver;
}

/** Returns the questions about a store, in order. */
const asked = (storeId: string) => owner.calls.filter((call) => call.body.storeId === storeId);

test("the owner's server is asked before an upgrade and before each request by HTTP", async () => {
  const storeId = freshStore();
  const payload = { seat: 'ä', deep: [1, { b: null }] };
  const wire = await Wire.to(base, storeId, { payload, headers: { cookie: 's=1; t=2' } });
  assert.equal((await wire.push(chain(0, 1)))._tag, 'WSMessage.PushAck');
  await RpcWire.to(base, storeId);
  const http = new RpcHttp(base, storeId, null);
  for (let request = 0; request < 2; request += 1) assert.equal((await http.all()).length, 1);
  const calls = asked(storeId);
  assert.deepEqual(calls.map((call) => call.body), [
    { storeId, payload, clientVersion: '0.3.1' },
    { storeId, clientVersion: '0.4' },
    { storeId, payload: null, clientVersion: '0.4' },
    { storeId, payload: null, clientVersion: '0.4' },
  ]);
  assert.deepEqual(calls.map((call) => call.headers.cookie), ['s=1; t=2', undefined, undefined, undefined]);
  assert.equal(new Set(calls.map((call) => call.headers['webhook-id'])).size, 4);
  for (const call of calls) {
    assert.equal(call.headers['webhook-signature'], signature(call, SECRET));
    assert.match(String(call.headers['webhook-timestamp']), /^\d{10}$/);
    assert.deepEqual([call.headers['content-type'], call.headers['user-agent']], ['application/json', 'cf-messenger-auth/1']);
  }
});

test("cookies of another site's page are not passed on", async () => {
  const storeId = freshStore();
  const cookie = 's=1';
  await Wire.to(base, storeId, { headers: { cookie, origin: 'https://other.example' } });
  await Wire.to(base, storeId, { headers: { cookie, origin: base } });
  await post(base, storeId, '{}', { headers: { cookie, origin: 'https://other.example' } });
  assert.deepEqual(asked(storeId).map((call) => call.headers.cookie), [undefined, cookie, undefined]);
});

test('a refusal has the reason of the owner', async () => {
  const storeId = freshStore();
  owner.headers = { 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'max-age=600' };
  owner.statuses = [401, 403];
  owner.texts = ['No seat\nis left.', 'Not you.'];
  const socket = await replyOfRefusal(base, address(storeId));
  assert.deepEqual([socket.status, socket.text], [400, 'No seat is left.']);
  assert.match(String(socket.headers['content-type']), /^text\/plain/);
  const reply = await post(base, storeId, '{}');
  assert.deepEqual([reply.status, reply.text, reply.headers['access-control-allow-origin']], [400, 'Not you.', '*']);
  // A refusal is not kept: the next client is let in.
  owner.headers = {};
  await Wire.to(base, storeId);
  assert.equal(asked(storeId).length, 3);
});

test('without a verdict nobody comes in', async () => {
  const storeId = freshStore();
  owner.statuses = [500, 302];
  owner.headers = { location: owner.url };
  for (let number = 0; number < 2; number += 1) {
    const reply = await replyOfRefusal(base, rpcAddress(storeId));
    assert.deepEqual([reply.status, reply.headers['retry-after']], [503, '5'], `answer ${number}`);
  }
  assert.equal(asked(storeId).length, 2, 'a redirect is not followed');
  owner.headers = {};
  owner.isSilent = true;
  try {
    const reply = await post(base, storeId, '{}');
    assert.deepEqual([reply.status, reply.headers['retry-after']], [503, '5']);
  } finally {
    owner.isSilent = false;
  }
  await until('the question is given up', () => owner.givenUp > 0);
  assert.ok(!server.output().includes(owner.url), 'no line has the address');
  await RpcWire.to(base, storeId);
});

test('a permission ends at the time that the owner said', async () => {
  const storeId = freshStore();
  const expiresAt = Date.now() + 4_000;
  owner.statuses = [200, 200];
  owner.texts = [JSON.stringify({ expiresAt }), JSON.stringify({ expiresAt: Date.now() })];
  const wire = await Wire.to(base, storeId);
  assert.equal((await wire.push(chain(0, 1)))._tag, 'WSMessage.PushAck');
  const reply = await replyOfRefusal(base, address(storeId));
  assert.deepEqual([reply.status, reply.text], [400, 'Invalid payload: the permission has ended']);
  assert.equal((await wire.end()).code, 4401);
  assert.ok(Date.now() >= expiresAt);
});

test('without the secret nobody opens a store', async () => {
  const { LIVESTORE_AUTH_SECRET: _, ...rest } = VARS;
  const closed = await onOwnServer(rest);
  const storeId = freshStore();
  for (const reply of [await replyOfRefusal(closed.base, address(storeId)), await post(closed.base, storeId, '{}')]) {
    assert.deepEqual([reply.status, reply.text], [500, 'MISCONFIGURED']);
  }
  assert.deepEqual(asked(storeId), []);
});

/** Starts the example of the guide with a secret and returns its address. */
async function startExample(secret: string): Promise<string> {
  const guide = readFileSync(join(import.meta.dirname, '..', '..', 'docs', 'guides', 'livestore.md'), 'utf8');
  const folder = mkdtempSync(join(tmpdir(), 'cfm-may-open-'));
  writeFileSync(join(folder, 'may-open.mjs'), /^```js may-open\.mjs\n(.*?)^```$/ms.exec(guide)![1]!);
  const child = spawn(process.execPath, ['may-open.mjs', '0'], { cwd: folder, env: { ...process.env, LIVESTORE_AUTH_SECRET: secret, NODE_OPTIONS: '' } });
  let printed = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (printed += chunk.toString('utf8')));
  after(() => {
    child.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  });
  const port = await until('the example listens', () => /listening on (\d+)/.exec(printed)?.[1]);
  return `http://127.0.0.1:${port}/`;
}

test('the server of the guide lets in whom it knows', async () => {
  const example = await startExample(SECRET);
  const own = await onOwnServer({ ...VARS, LIVESTORE_AUTH_URL: example });
  const wire = await Wire.to(own.base, 'shopping', { payload: { name: 'ada' } });
  assert.equal((await wire.push(chain(0, 1)))._tag, 'WSMessage.PushAck');
  assert.equal((await new RpcHttp(own.base, 'shopping', { name: 'ben' }).all()).length, 1);
  for (const [storeId, payload] of [['garden', { name: 'ada' }], ['shopping', { name: 'eve' }], ['shopping', undefined]] as const) {
    const reply = await replyOfRefusal(own.base, address(storeId, payload));
    assert.deepEqual([reply.status, reply.text], [400, 'This is not your store.']);
  }
  const stranger = await fetch(example, { method: 'POST', body: '{"storeId":"shopping"}' });
  assert.equal(stranger.status, 500, 'a question that the Worker did not sign');
});

describe('webhooks of pushes', () => {
  const hookSecret = `whsec_${randomBytes(24).toString('base64')}`;

  /** Returns the variables of a server whose stores that begin with `team-` have this receiver. */
  const hookVars = (receiver: Receiver) => ({
    LIVESTORE_WEBHOOKS: JSON.stringify([{ store: 'team-*', url: receiver.url, secret: hookSecret }]),
    ADMIN_SECRET,
    HUB_DELIVERS_ITSELF: '1',
    WEBHOOK_ALLOW_PRIVATE: '1',
  });
  const withReceiver = (receiver: Receiver) => onOwnServer(hookVars(receiver));
  const freshTeam = () => `team-${freshStore()}`;
  const pushesOf = (receiver: Receiver, storeId: string) => receiver.calls.filter((call) => call.body.store === storeId);
  const seqsOf = (receiver: Receiver, storeId: string) => pushesOf(receiver, storeId).map((call) => call.body.events.map((event: any) => event.seqNum));

  test('every stored push is delivered, whoever made it, and none twice', async () => {
    const receiver = await startReceiver();
    const { base } = await withReceiver(receiver);
    const storeId = freshTeam();
    const old = await Wire.to(base, storeId);
    const batch = chain(0, 2, 'c', () => ({ z: 1, a: '\u2028' }));
    assert.equal((await old.push(batch))._tag, 'WSMessage.PushAck');
    await receiver.take(1);
    assert.deepEqual(await new RpcHttp(base, storeId).push(chain(2, 1)), STORED);
    await receiver.take(2);
    assert.equal((await old.push([...batch, ...chain(2, 1)]))._tag, 'WSMessage.PushAck', 'it was stored before');
    assert.equal((await old.push(chain(1, 1, 'late')))._tag, 'WSMessage.Error');
    assert.equal((await (await Wire.to(base, freshStore())).push(chain(0, 1)))._tag, 'WSMessage.PushAck', 'a store without a receiver');
    assert.deepEqual(await (await RpcWire.to(base, storeId)).push(chain(3, 2)), STORED);
    const calls = await receiver.take(3);
    assert.deepEqual(seqsOf(receiver, storeId), [[1, 2], [3], [4, 5]]);
    assert.equal(receiver.calls.length, 3);
    const [first] = calls as [Call];
    const { backendId, createdAt, ...rest } = first.body;
    assert.deepEqual(rest, { type: 'push', store: storeId, events: batch });
    assert.equal(JSON.stringify(rest.events), JSON.stringify(batch), 'keys in their order');
    assert.match(createdAt, /^\d{4}-\d\d-\d\dT[\d:.]{12}Z$/);
    for (const [at, call] of calls.entries()) {
      assert.equal(call.body.backendId, backendId);
      assert.equal(call.headers['webhook-id'], `${backendId}.${[2, 3, 5][at]}.static-0`);
      assert.equal(call.headers['webhook-signature'], signature(call, hookSecret));
    }
  });

  test('a push waits for its receiver over a kill of the runtime', async () => {
    const receiver = await startReceiver();
    const own = await withReceiver(receiver);
    const storeId = freshTeam();
    receiver.statuses = [500];
    const wire = await Wire.to(own.base, storeId);
    assert.equal((await wire.push(chain(0, 3)))._tag, 'WSMessage.PushAck');
    await receiver.take(1);
    await own.kill9();
    await own.restart();
    await Wire.to(own.base, storeId);
    await receiver.take(2);
    assert.deepEqual(seqsOf(receiver, storeId).at(-1), [1, 2, 3]);
  });

  test('the later attempts go through the queue @night', async () => {
    const receiver = await startReceiver();
    const { HUB_DELIVERS_ITSELF: _, ...rest } = hookVars(receiver);
    const { base } = await onOwnServer(rest);
    const storeId = freshTeam();
    // The first three attempts are the store's; the fourth, half a minute later, is the queue's.
    receiver.statuses = [500, 500, 500];
    await (await Wire.to(base, storeId)).push(chain(0, 2));
    const calls = await receiver.take(4, 180_000);
    assert.equal(new Set(calls.map((call) => call.headers['webhook-id'])).size, 1);
    assert.deepEqual(seqsOf(receiver, storeId), [[1, 2], [1, 2], [1, 2], [1, 2]]);
  });
});
