// integrations.md 7: bots of a group. The tests cover roles, scopes and the end of a token, what a bot reads and writes by socket and REST,
// signed webhooks with their repetition, and that an answer shows a secret once.

import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { account, newcomer } from '../harness/accounts.ts';
import { AdminBrowser, auditRows } from '../harness/admin.ts';
import { Api, envelope, refused } from '../harness/api.ts';
import { group } from '../harness/groups.ts';
import { HalfSent } from '../harness/half_sent.ts';
import { marker, TOKEN } from '../harness/ids.ts';
import { Receiver, signature } from '../harness/receiver.ts';
import { FREE_VARS } from '../harness/server.ts';
import { guest, persona, type Session } from '../harness/session.ts';
import { FrameSocket, UpgradeRefused } from '../harness/socket.ts';
import { onOwnServer } from '../harness/suite.ts';
import { TextSocket, UpgradeRefusal } from '../harness/text_socket.ts';
import { until } from '../harness/wait.ts';

const ADMIN_TOKEN = 'an admin token for tests';
const open = { ...FREE_VARS, ADMIN_TOKEN, WEBHOOK_ALLOW_PRIVATE: '1', RATE_BOT: '0', RATE_WEBHOOK_CHALLENGE: '0' };
const server = await onOwnServer(open);
const { base } = server;
const admin = new Api(base, { authorization: `Bearer ${ADMIN_TOKEN}` });
const receivers: Receiver[] = [];
after(() => receivers.forEach((one) => one.close()));

const DEPLOY = { name: 'deploy', description: 'Deploys main' };
const botsOf = (room: string) => `/api/rooms/${room}/bots`;
interface Made {
  id: string;
  token: string;
  secret: string;
  /** Client that sends the token. */
  api: Api;
}
const made = async (owner: Session, room: string, form: object = {}): Promise<Made> => {
  const { bot, token, webhookSecret } = await owner.api.ok('POST', botsOf(room), { name: 'Builds', ...form });
  return { id: bot.id, token, secret: webhookSecret, api: new Api(owner.api.base, { authorization: `Bearer ${token}` }) };
};
const receiver = async (): Promise<Receiver> => {
  const one = await Receiver.start();
  receivers.push(one);
  return one;
};
const messagesOf = (room: string) => `/api/messages?roomId=${room}&limit=200`;
const contents = (page: any): string[] => page.messages.filter((one: any) => one.type === 'chat').map((one: any) => one.content);
const refusedSocket = async (room: string, token: string, code: string): Promise<void> => {
  await assert.rejects(FrameSocket.room(base, room, { token }), (error) => error instanceof UpgradeRefused && error.answer.error?.code === code);
};

describe('bots of a group', () => {
  test('the owner and admins make, list, change and revoke; secrets are told once', async () => {
    const [owner, member] = [await newcomer(base), await newcomer(base)];
    const room = await group(owner, [member]);
    const target = await receiver();
    const answer = await owner.api.post(botsOf(room), { name: ' Builds ', scopes: ['write', 'read'], commands: [DEPLOY], webhook: { url: target.url } });
    assert.equal(answer.status, 201, answer.reply.text);
    const { bot, token, webhookSecret } = answer.data;
    assert.match(bot.id, /^hook_[a-z2-7]{13}$/);
    assert.deepEqual(bot, { id: bot.id, name: 'Builds', scopes: ['read', 'write'], commands: [DEPLOY], webhook: { url: target.url }, madeBy: owner.user.id, madeAt: bot.madeAt });
    assert.match(webhookSecret, /^whsec_/);
    const [of, id, secret] = token.split('.');
    assert.deepEqual([of, id], [`cfb_${room}`, bot.id]);
    assert.match(secret, TOKEN);
    assert.deepEqual((await owner.api.ok('GET', botsOf(room))).items, [bot]);

    refused(await member.api.post(botsOf(room), { name: 'x' }), 403, 'FORBIDDEN');
    refused(await owner.api.get(botsOf('general')), 403, 'FORBIDDEN');

    const path = `${botsOf(room)}/${bot.id}`;
    const same = await owner.api.ok('PATCH', path, { name: 'Ops', webhook: { url: target.url } });
    assert.deepEqual(same, { bot: { ...bot, name: 'Ops' } });
    const other = await owner.api.ok('PATCH', path, { webhook: { url: `${target.url}/other` } });
    assert.match(other.webhookSecret, /^whsec_/);
    assert.equal((await owner.api.ok('PATCH', path, { webhook: null })).bot.webhook, null);
    assert.deepEqual(await owner.api.ok('DELETE', path), {});
    for (const method of ['PATCH', 'DELETE']) refused(await owner.api.call(method, path, {}), 404, 'NOT_FOUND');
    for (const action of ['bot_add', 'bot_change', 'bot_remove']) {
      await until(action, async () => (await auditRows(admin, action, `${room}/${bot.id}`)).length > 0);
    }
  });

  test('a member sees the bots that read and who made them, without addresses, and the log says that one came', async () => {
    const [owner, member] = [await newcomer(base), await newcomer(base)];
    const [room, open] = [await group(owner, [member]), await group(owner, [], 'public')];
    const bot = await made(owner, room, { name: 'Watcher', webhook: { url: (await receiver()).url }, commands: [DEPLOY] });
    await made(owner, room, { name: 'Writer', scopes: ['write'] });
    const { items } = await member.api.ok('GET', botsOf(room));
    assert.deepEqual(items, [{ id: bot.id, name: 'Watcher', scopes: ['read', 'write'], madeBy: owner.user.id, madeAt: items[0].madeAt }]);
    const lines = (await member.api.ok('GET', messagesOf(room))).messages.filter((one: any) => one.code === 'bot_added');
    assert.deepEqual(lines.map((one: any) => [one.senderId, one.userId, one.userName]), [[owner.user.id, bot.id, 'Watcher']]);
    const reader = await made(owner, open, { scopes: ['read'] });
    assert.deepEqual((await (await guest(base)).api.ok('GET', botsOf(open))).items.map((one: any) => one.id), [reader.id]);
  });

  test('the bots of a persona end with its player', async () => {
    const [player, member] = [await persona(base, 'user_9'), await newcomer(base)];
    const room = await group(player, [member]);
    const bot = await made(player, room);
    const hook = await player.api.ok('POST', `/api/rooms/${room}/hooks`, { name: 'Builds' });
    const socket = await FrameSocket.joined(base, room, { token: bot.token });
    await player.api.ok('POST', '/api/auth/logout');
    assert.equal((await socket.closed).code, 4401);
    refused(await bot.api.get(messagesOf(room)), 401, 'UNAUTHENTICATED');
    refused(await new Api(base).post(new URL(hook.url).pathname, { text: 'hi' }), 404, 'NOT_FOUND');
    const next = await persona(base, 'user_9');
    assert.deepEqual((await next.api.ok('GET', botsOf(room))).items, []);
    const own = await made(next, room);
    await own.api.ok('GET', messagesOf(room));
  });

  test('of a banned account bots and integrations end, and the end of the ban brings nothing back', async () => {
    const operator = await AdminBrowser.entered(base, ADMIN_TOKEN);
    const [mod, owner, member] = [await account(base), await newcomer(base), await newcomer(base)];
    assert.equal((await operator.submit({ do: 'role', user: mod.user.id, role: 'owner' })).status, 303);
    const room = await group(owner, [member]);
    const bot = await made(owner, room);
    const hook = await owner.api.ok('POST', `/api/rooms/${room}/hooks`, { name: 'Builds' });
    const act = (kind: string) => mod.api.ok('POST', '/api/moderation/acts', { kind, user: owner.user.id, reason: 'Spam.' });
    await act('ban');
    await until('the end of the bot', async () => (await bot.api.get(messagesOf(room))).status === 401);
    refused(await new Api(base).post(new URL(hook.url).pathname, { text: 'hi' }), 404, 'NOT_FOUND');
    await act('unban');
    refused(await bot.api.get(messagesOf(room)), 401, 'UNAUTHENTICATED');
    assert.deepEqual((await member.api.ok('GET', botsOf(room))).items, []);
  });

  test('whoever is banned between the two halves of a body has no bot, no integration and no invite by it', async () => {
    const operator = await AdminBrowser.entered(base, ADMIN_TOKEN);
    const [mod, owner, member] = [await account(base), await newcomer(base), await newcomer(base)];
    assert.equal((await operator.submit({ do: 'role', user: mod.user.id, role: 'owner' })).status, 303);
    const room = await group(owner, [member]);
    const begun = await Promise.all([
      HalfSent.begin(owner.api, 'POST', botsOf(room), { name: 'Late' }),
      HalfSent.begin(owner.api, 'POST', `/api/rooms/${room}/hooks`, { name: 'Late' }),
      HalfSent.begin(owner.api, 'POST', '/api/me/invites', { roomId: room }),
    ]);
    await mod.api.ok('POST', '/api/moderation/acts', { kind: 'ban', user: owner.user.id, reason: 'Spam.' });
    for (const half of begun) {
      const answer = envelope(await half.finish());
      assert.ok([401, 403].includes(answer.status), answer.reply.text);
    }
    assert.deepEqual((await member.api.ok('GET', botsOf(room))).items, []);
  });

  test('a bot reads from its beginning on, and writes, edits, deletes and reacts, by socket and REST', async () => {
    const owner = await newcomer(base);
    const room = await group(owner);
    const word = marker();
    await owner.api.ok('POST', '/api/messages', { roomId: room, content: `${word} before` });
    const bot = await made(owner, room);
    const said = await owner.api.ok('POST', '/api/messages', { roomId: room, content: `${word} after` });
    assert.deepEqual(contents(await bot.api.ok('GET', messagesOf(room))), [`${word} after`]);

    const person = await FrameSocket.joined(base, room, owner);
    const socket = await FrameSocket.joined(base, room, { token: bot.token }, { protocols: ['cfm.v1.batch'] });
    assert.deepEqual(contents(socket.all('history')[0]), [`${word} after`]);
    assert.equal(socket.all('welcome')[0]!['self'].id, bot.id);
    await person.next((frame) => frame.type === 'participants' && frame['joined']?.some((one: any) => one.id === bot.id && one.displayName === 'Builds'));

    socket.send({ type: 'typing', isTyping: true });
    await person.next((frame) => frame.type === 'typing' && frame['senderId'] === bot.id && frame['isTyping']);
    const id = socket.chat(`${word} from the bot`);
    await socket.answerTo(id);
    const shown = await person.next((frame) => frame.type === 'chat' && frame['id'] === id);
    assert.deepEqual([shown['senderId'], shown['displayName'], shown['bot'], shown['client']], [bot.id, 'Builds', true, 'integration']);

    const posted = await bot.api.post('/api/messages', { roomId: room, content: `${word} by REST` });
    assert.deepEqual([posted.status, posted.data.senderId, posted.data.client], [201, bot.id, 'integration']);
    assert.equal((await bot.api.ok('PATCH', `/api/messages/${posted.data.id}`, { roomId: room, content: 'again' })).content, 'again');
    assert.equal((await bot.api.ok('PUT', `/api/messages/${said.id}/react`, { roomId: room, reaction: 'like' })).reactions[0].users[0], bot.id);
    await bot.api.ok('DELETE', `/api/messages/${posted.data.id}?roomId=${room}`);
    await socket.close();
    await person.next((frame) => frame.type === 'participants' && frame['left']?.includes(bot.id));
  });

  test('a scope that is missing is forbidden', async () => {
    const owner = await newcomer(base);
    const room = await group(owner);
    const reader = await made(owner, room, { scopes: ['read'] });
    const writer = await made(owner, room, { scopes: ['write'] });
    refused(await reader.api.post('/api/messages', { roomId: room, content: 'hi' }), 403, 'FORBIDDEN');
    assert.equal((await writer.api.post('/api/messages', { roomId: room, content: 'hi' })).status, 201);
    refused(await writer.api.get(messagesOf(room)), 403, 'FORBIDDEN');
  });

  test('a token that is wrong, revoked, of another group or of one that is gone looks like none, and its sockets close', async () => {
    const owner = await newcomer(base);
    const [room, other, gone] = [await group(owner), await group(owner), await group(owner)];
    const [bot, revoked, lost] = [await made(owner, room), await made(owner, room), await made(owner, gone)];
    const socket = await FrameSocket.joined(base, room, { token: revoked.token });
    await owner.api.ok('DELETE', `${botsOf(room)}/${revoked.id}`);
    assert.equal((await socket.closed).code, 4401);
    const last = await FrameSocket.joined(base, gone, { token: lost.token });
    await owner.api.ok('DELETE', `/api/rooms/${gone}`);
    assert.equal((await last.closed).code, 4404);

    const words = new Set<string>();
    const tries: [string, string][] = [
      [room, bot.token.slice(0, -1)], [room, bot.token.replace(/.{43}$/, 'A'.repeat(43))], [room, revoked.token], [other, bot.token], ['general', bot.token],
      [gone, lost.token], [room, 'cfb_'], [room, bot.token.replace(room, 'grp_0000000000000')], [`dm_${owner.user.id}____user_1`, bot.token],
    ];
    for (const [where, token] of tries) {
      const api = new Api(base, { authorization: `Bearer ${token}` });
      words.add(refused(await api.get(messagesOf(where)), 401, 'UNAUTHENTICATED').message);
      refused(await api.post('/api/messages', { roomId: where, content: 'hi' }), 401, 'UNAUTHENTICATED');
      await refusedSocket(where, token, 'UNAUTHENTICATED');
    }
    assert.equal(words.size, 1);
    refused(await new Api(base).get(`${messagesOf(room)}&token=${bot.token}`), 401, 'UNAUTHENTICATED');
    // The door of packets answers in a form of its own.
    const packets = TextSocket.open(base, `/ws/${room}`, { headers: { authorization: `Bearer ${bot.token}` }, protocols: ['wasmchannel.v1'] });
    await assert.rejects(packets, (error) => error instanceof UpgradeRefusal && error.reply.status === 401);
  });

  test('each message comes to the webhook, signed, in order and again after a failure; its own do not', async () => {
    const owner = await newcomer(base);
    const room = await group(owner);
    const target = await receiver();
    const bot = await made(owner, room, { commands: [DEPLOY], webhook: { url: target.url } });
    target.statuses = [500, 200];
    await bot.api.ok('POST', '/api/messages', { roomId: room, content: 'mine' });
    const said = await owner.api.ok('POST', '/api/messages', { roomId: room, content: '/deploy now' });
    await owner.api.ok('POST', '/api/messages', { roomId: room, content: 'two' });
    const [first, second, third] = await target.take(3);
    assert.equal(first!.headers['webhook-id'], second!.headers['webhook-id']);
    for (const call of [first!, second!, third!]) assert.equal(call.headers['webhook-signature'], signature(call, bot.secret));
    const { type, room: named, epoch, message } = second!.body;
    assert.deepEqual([type, named, message.id, message.seq, message.content], ['message', room, said.id, said.seq, '/deploy now']);
    assert.equal(second!.headers['webhook-id'], `${epoch}.${said.seq}.${bot.id}`);
    assert.deepEqual(message.command, { name: 'deploy', args: 'now' });
    assert.equal(third!.body.message.content, 'two');
  });

  test('a webhook is taken once it echoes a challenge, and by one bot of the group', async () => {
    const [owner, stranger, leaver] = [await newcomer(base), await newcomer(base), await newcomer(base)];
    const [room, left] = [await group(owner), await group(leaver)];
    const target = await receiver();
    const webhook = { url: target.url };
    target.echoes = false;
    assert.equal(refused(await owner.api.post(botsOf(room), { name: 'x', webhook }), 400, 'VALIDATION').field, 'webhook');
    assert.deepEqual((await owner.api.ok('GET', botsOf(room))).items, []);
    target.echoes = true;
    target.beforeEcho = () => leaver.api.ok('POST', '/api/auth/logout');
    refused(await leaver.api.post(botsOf(left), { name: 'x', webhook }), 401, 'UNAUTHENTICATED');
    target.beforeEcho = undefined;
    const bot = await made(owner, room, { webhook });
    await owner.api.ok('PATCH', `${botsOf(room)}/${bot.id}`, { name: 'Ops', webhook });
    assert.equal(target.challenges, 3, 'an address that is known is not asked again');
    assert.equal(refused(await owner.api.post(botsOf(room), { name: 'x', webhook }), 400, 'VALIDATION').field, 'webhook');
    refused(await stranger.api.post(botsOf(room), { name: 'x', webhook }), 404, 'NOT_FOUND');
    assert.deepEqual([target.challenges, target.calls.length], [3, 0]);
  });

  test('calls to one host have a budget, and what is above it comes later', async () => {
    const own = await onOwnServer({ ...open, RATE_WEBHOOK_HOST: '3/2', RATE_WEBHOOK_CHALLENGE: '1/60' });
    const owner = await newcomer(own.base);
    const [room, target] = [await group(owner), await receiver()];
    await made(owner, room, { webhook: { url: target.url } });
    const began = Date.now();
    for (const content of ['one', 'two', 'three', 'four']) await owner.api.ok('POST', '/api/messages', { roomId: room, content });
    await target.take(4);
    assert.deepEqual(target.calls.map((call) => call.body.message.content), ['one', 'two', 'three', 'four']);
    assert.ok(target.calls[3]!.atMs - began > 1_000, 'the last one is above the budget of the first two seconds');
    assert.equal(new Set(target.calls.map((call) => call.headers['webhook-id'])).size, 4, 'each came once');
    refused(await owner.api.post(botsOf(room), { name: 'x', webhook: { url: `${target.url}/other` } }), 429, 'RATE_LIMITED');
  });

  test('an account that has had its calls, or its share of a host, takes none of the host from others', async () => {
    const limits: Record<string, string>[] = [{ RATE_WEBHOOK_ACCOUNT: '1/60', RATE_WEBHOOK_HOST: '3/60' }, { RATE_WEBHOOK_SHARE: '1/60', RATE_WEBHOOK_HOST: '2/60' }];
    for (const rules of limits) {
      const own = await onOwnServer({ ...open, ...rules });
      const [greedy, other] = [await newcomer(own.base), await newcomer(own.base)];
      const [crowded, room, target] = [await group(greedy), await group(other), await receiver()];
      for (const path of ['one', 'two', 'three']) await made(greedy, crowded, { webhook: { url: `${target.url}/${path}` } });
      await made(other, room, { webhook: { url: target.url } });
      await greedy.api.ok('POST', '/api/messages', { roomId: crowded, content: 'to all three' });
      await target.take(1);
      await other.api.ok('POST', '/api/messages', { roomId: room, content: 'to one' });
      // What is above a budget waits for up to a minute.
      await target.take(2, 20_000);
      assert.deepEqual(target.calls.map((call) => call.body.message.content), ['to all three', 'to one'], JSON.stringify(rules));
    }
  });

  test('a call that ended with its process is made again, with the same id @night', async () => {
    const own = await onOwnServer(open);
    const owner = await newcomer(own.base);
    const room = await group(owner);
    const target = await receiver();
    await made(owner, room, { webhook: { url: target.url } });
    target.isSilent = true;
    await owner.api.ok('POST', '/api/messages', { roomId: room, content: 'kept' });
    await target.take(1);
    await own.kill9();
    target.isSilent = false;
    await own.restart();
    // The request wakes the room, which knows that nobody makes the attempt any more.
    await owner.api.ok('GET', messagesOf(room));
    const [first, second] = await target.take(2);
    assert.equal(second!.headers['webhook-id'], first!.headers['webhook-id']);
    assert.equal(second!.body.message.content, 'kept');
  });

  test('no line of the log has a secret of a bot', async () => {
    const owner = await newcomer(base);
    const room = await group(owner);
    const bot = await made(owner, room);
    const { reply } = await bot.api.get(messagesOf(room));
    await until('the line', () => server.output().includes(String(reply.headers['x-request-id'])));
    assert.ok(!server.output().includes(bot.token.split('.').at(-1)!));
  });
});
