// messagehub.md 7.3: an operator lists, retries and removes dead letters of hub rooms, of groups with bots and of stores of LiveStore alike.

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, describe, test } from 'node:test';
import { newcomer } from '../harness/accounts.ts';
import { AdminBrowser } from '../harness/admin.ts';
import { Api, refused } from '../harness/api.ts';
import { group } from '../harness/groups.ts';
import { send } from '../harness/http.ts';
import { bearer, hubRoom, path, post } from '../harness/hub.ts';
import { chain, freshStore, Wire } from '../harness/livestore.ts';
import { Receiver } from '../harness/receiver.ts';
import { onOwnServer } from '../harness/suite.ts';
import { PATIENCE_MS, until } from '../harness/wait.ts';

const ADMIN_TOKEN = 'an admin token for tests';
const RULES = ['HUB', 'LOGIN', 'REGISTER', 'REST', 'CHAT'];
const VARS = {
  ADMIN_TOKEN, WEBHOOK_ALLOW_PRIVATE: '1', HUB_DELIVERS_ITSELF: '1', ...Object.fromEntries(RULES.map((rule) => [`RATE_${rule}`, '0'])),
};
const { base } = await onOwnServer(VARS);
const operator = (of: string) => new Api(of, bearer(ADMIN_TOKEN));
const newSecret = () => `whsec_${randomBytes(24).toString('base64')}`;

const LOGS = '/api/admin/dead-letters';
const lettersOf = (log: string, rest = '') => `${LOGS}/${encodeURIComponent(log)}${rest}`;
const count = async (of: string, log: string): Promise<number> =>
  (await operator(of).ok('GET', LOGS)).items.find((one: any) => one.log === log)?.letters ?? 0;
const letters = async (of: string, log: string): Promise<any[]> => (await operator(of).ok('GET', lettersOf(log))).items;

/** Starts a receiver that answers 410 to its first call, after which its sender keeps a dead letter. */
async function goneOnce(): Promise<Receiver> {
  const receiver = await Receiver.start();
  after(() => receiver.close());
  receiver.statuses = [410];
  return receiver;
}

/** Waits until a log has so many dead letters, and is listed with them. */
async function dead(of: string, log: string, wanted: number): Promise<any[]> {
  return until(`${log} has ${wanted} dead letters`, async () => {
    const items = await letters(of, log);
    return items.length === wanted && (await count(of, log)) === wanted && items;
  }, PATIENCE_MS, 200);
}

describe('dead letters', { concurrency: true }, () => {
  test('of a hub room: listed by pages, tried again, removed, and counted on /admin', async () => {
    const room = hubRoom();
    const log = `hub:${room}`;
    const targets = { h1: await goneOnce(), h2: await goneOnce() };
    const register = async (hook: string, url: string) => {
      const body = JSON.stringify({ url, secret: newSecret() });
      assert.ok((await send(base, 'PUT', path(room, `webhooks/${hook}`), { headers: bearer(ADMIN_TOKEN), body })).status < 300);
    };
    for (const [hook, target] of Object.entries(targets)) await register(hook, target.url);
    await post(base, room, 'one');
    const [first, second] = await dead(base, log, 2);
    const { error, ts, ...rest } = first;
    assert.deepEqual(rest, { hook: 'h1', seq: 1, status: 410, attempts: 1 });
    assert.deepEqual([typeof error, Number.isSafeInteger(ts), second.hook], ['string', true, 'h2']);
    const page = await operator(base).ok('GET', lettersOf(log, '?limit=1'));
    assert.deepEqual([page.items, page.next, page.more], [[first], 'h1.1', true]);
    assert.deepEqual(await operator(base).ok('GET', lettersOf(log, '?limit=1&after=h1.1')), { items: [second], next: null, more: false });
    const admin = await AdminBrowser.entered(base, ADMIN_TOKEN);
    assert.match((await admin.get()).text, new RegExp(`${log}</bdi></th><td>2</td>`));

    refused(await operator(base).post(lettersOf(log, '/h1/1/retry')), 404, 'NOT_FOUND');
    await register('h1', targets.h1.url);
    assert.deepEqual(await operator(base).ok('POST', lettersOf(log, '/h1/1/retry')), {});
    assert.equal((await targets.h1.take(2))[1]!.body.message.body, 'one');
    assert.deepEqual(await operator(base).ok('DELETE', lettersOf(log, '/h2/1')), {});
    refused(await operator(base).delete(lettersOf(log, '/h2/1')), 404, 'NOT_FOUND');
    assert.deepEqual(await dead(base, log, 0), []);
  });

  test('of the bot of a group: tried again where the bot has a webhook', async () => {
    const owner = await newcomer(base);
    const room = await group(owner);
    const [log, target] = [`rm:${room}`, await goneOnce()];
    const bots = `/api/rooms/${room}/bots`;
    const { bot } = await owner.api.ok('POST', bots, { name: 'Builds', webhook: { url: target.url } });
    const { seq } = await owner.api.ok('POST', '/api/messages', { roomId: room, content: 'hi' });
    const [letter] = await dead(base, log, 1);
    assert.deepEqual([letter.hook, letter.seq, letter.status, letter.attempts], [bot.id, seq, 410, 1]);
    const retry = lettersOf(log, `/${bot.id}/${seq}/retry`);
    refused(await operator(base).post(retry), 404, 'NOT_FOUND');
    await owner.api.ok('PATCH', `${bots}/${bot.id}`, { webhook: { url: target.url } });
    await operator(base).ok('POST', retry);
    const [given, again] = await target.take(2);
    assert.deepEqual([again!.body.message.content, again!.headers['webhook-id']], ['hi', given!.headers['webhook-id']]);
    assert.deepEqual(await dead(base, log, 0), []);
    refused(await operator(base).post(retry), 404, 'NOT_FOUND');
    refused(await owner.api.get(lettersOf(log)), 401, 'UNAUTHENTICATED');

    target.statuses = [410];
    await owner.api.ok('POST', '/api/messages', { roomId: room, content: 'more' });
    await dead(base, log, 1);
    await owner.api.ok('DELETE', `/api/rooms/${room}`);
    // Nobody asks the group itself, which would report as well.
    await until('the group is not listed any more', async () => (await count(base, log)) === 0);
  });

  test('of a store of LiveStore: named by the id of its object, tried again for a receiver that began anew, removed', async () => {
    const target = await goneOnce();
    const hooks = () => JSON.stringify([{ store: '*', url: target.url, secret: newSecret() }]);
    const server = await onOwnServer({ ...VARS, LIVESTORE_WEBHOOKS: hooks() });
    const of = server.base;
    const wire = await Wire.to(of, freshStore());
    for (const parent of [0, 1]) assert.equal((await wire.push(chain(parent, 1)))._tag, 'WSMessage.PushAck');
    const log = await until('the store is listed', async () => {
      const { items } = await operator(of).ok('GET', LOGS);
      return items.find((one: any) => /^ls:[0-9a-f]{64}$/.test(one.log))?.log as string | undefined;
    }, PATIENCE_MS, 200);
    const [letter] = await letters(of, log);
    assert.deepEqual([letter.hook, letter.seq, letter.status, letter.attempts], ['static-0', 1, 410, 1]);
    const retry = lettersOf(log, '/static-0/1/retry');
    refused(await operator(of).post(retry), 404, 'NOT_FOUND');
    await server.kill9();
    server.vars['LIVESTORE_WEBHOOKS'] = hooks();
    await server.restart();
    await operator(of).ok('POST', retry);
    const given = target.calls[0]!;
    const again = await until('the push comes again', () => target.calls.slice(1).find((call) => call.headers['webhook-id'] === given.headers['webhook-id']));
    assert.deepEqual(again.body.events.map((event: any) => event.seqNum), [1]);
    for (const { hook, seq } of await letters(of, log)) await operator(of).ok('DELETE', lettersOf(log, `/${hook}/${seq}`));
    assert.deepEqual(await dead(of, log, 0), []);
  });

  test('a log that is none, and a place that is none, are refused', async () => {
    const none = ['hub:nobody', 'rm:grp_0123456789abc', 'rm:', 'ls:', 'ls:x', `ls:${'0'.repeat(64)}`, 'me:user_1', 'hub'];
    for (const log of none) {
      refused(await operator(base).get(lettersOf(log)), 404, 'NOT_FOUND');
      refused(await operator(base).post(lettersOf(log, '/h/1/retry')), 404, 'NOT_FOUND');
      refused(await operator(base).delete(lettersOf(log, '/h/one')), 404, 'NOT_FOUND');
    }
    refused(await operator(base).get(lettersOf('hub:nobody', '?after=h.-1')), 400, 'BAD_CURSOR');
    for (const at of [LOGS, lettersOf('hub:nobody')]) refused(await new Api(base).get(at), 401, 'UNAUTHENTICATED');
  });
});
