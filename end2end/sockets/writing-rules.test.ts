// moderation.md 8: rules for what people write in public rooms, held messages and their review, and first messages of guests.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { account, browserWithAccount, type Account } from '../harness/accounts.ts';
import { AdminBrowser, auditRows } from '../harness/admin.ts';
import { Api, refused, type Answer } from '../harness/api.ts';
import { freshRoom, marker, uuidv7 } from '../harness/ids.ts';
import { guest, type Session } from '../harness/session.ts';
import { FrameSocket } from '../harness/socket.ts';
import { onOwnServer } from '../harness/suite.ts';
import { until } from '../harness/wait.ts';

const ADMIN_TOKEN = 'an admin token for tests';
const vars = { ADMIN_TOKEN, OPEN_ROOMS: '1', RATE_CHAT: '0', RATE_LOGIN: '0', RATE_REGISTER: '0', RATE_REST: '0' };
const { base } = await onOwnServer(vars);
const admin = new Api(base, { authorization: `Bearer ${ADMIN_TOKEN}` });
const operator = await AdminBrowser.entered(base, ADMIN_TOKEN);

type Who = Pick<Session, 'api'>;

const post = (who: Who, roomId: string, content: string, id = uuidv7()): Promise<Answer> =>
  who.api.post('/api/messages', { roomId, content, id });
const pageOf = (who: Who) => who.api.raw('GET', '/moderation', { headers: { accept: 'text/html' } });
const onPage = (who: Who, fields: Record<string, string>) =>
  who.api.raw('POST', '/moderation', {
    headers: { accept: 'text/html', origin: base, 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams(fields).toString(),
  });
const heldIn = async (who: Who, room: string): Promise<any[]> => (await who.api.ok('GET', `/api/moderation/held?room=${room}`)).items;
const judge = (who: Who, room: string, id: string, verdict: string) => who.api.post('/api/moderation/held', { room, id, verdict });
const rowsOf = (what: string, who: string) => auditRows(admin, what, who);

async function rule(kind: string, pattern: string, effect: string): Promise<void> {
  const reply = await operator.submit({ do: 'rule', kind, pattern, effect });
  assert.equal(reply.status, 303, reply.text);
}

/** Writes until the room refuses with `code`, because it has learned of the rule. Returns the id of the refused message. */
async function obeyed(who: Who, room: string, content: string, code: string): Promise<string> {
  const [id, answer] = await until(`the room answers ${code}`, async () => {
    const id = uuidv7();
    const answer = await post(who, room, content, id);
    return answer.status === 403 && ([id, answer] as const);
  });
  refused(answer, 403, code);
  return id;
}

async function moderator(): Promise<Account> {
  const one = await account(base);
  assert.equal((await operator.submit({ do: 'role', user: one.user.id, role: 'moderator' })).status, 303);
  return one;
}

const mod = await moderator();

test('only the operator sets rules, and each change is a row of the audit log', async () => {
  const word = marker();
  assert.equal((await operator.post({ do: 'rule', kind: 'word', pattern: word, effect: 'hold', csrf: 'x' })).status, 403);
  const unusable = await operator.submit({ do: 'rule', kind: 'word', pattern: '!?', effect: 'hold' });
  assert.equal(unusable.status, 200);
  assert.match(unusable.text, /A rule needs a word or a domain\./);
  await rule('link', `https://${word}.example/x`, 'refuse');
  assert.ok((await operator.get()).text.includes(`value="${word}.example"`));
  const target = `link ${word}.example`;
  await until('a row about the rule', async () => (await rowsOf('writing_rule_set', target)).length === 1);
  assert.equal((await operator.submit({ do: 'rule', kind: 'link', pattern: `${word}.example` })).status, 303);
  assert.ok(!(await operator.get()).text.includes(`value="${word}.example"`));
  await until('a row about its end', async () => (await rowsOf('writing_rule_remove', target)).some(({ result }) => result === 'refuse'));
});

test('a rule refuses a word and a link', async () => {
  const [mia, room, word, host] = [await account(base), freshRoom(), marker(), `${marker()}.example`];
  await rule('word', `${word}*`, 'refuse');
  await rule('link', host, 'refuse');
  await obeyed(mia, room, `so ${word.toUpperCase()}ish!`, 'REFUSED_BY_RULE');
  const socket = await FrameSocket.joined(base, room, mia);
  await socket.refusalOf(socket.chat(`see https://www.${host}/a`), 'REFUSED_BY_RULE');
});

test('a held message waits, and is published with its own id', async () => {
  const [mia, bo, room, word] = [await account(base), await guest(base), freshRoom(), marker()];
  await rule('word', word, 'hold');
  const id = await obeyed(mia, room, `so ${word}`, 'HELD');
  const reader = await FrameSocket.joined(base, room, bo);
  assert.ok(!(await bo.api.raw('GET', `/api/messages?roomId=${room}`)).text.includes(word));
  const [held, ...more] = await heldIn(mod, room);
  assert.deepEqual([held.id, held.user, held.rule, held.message.content, more.length], [id, mia.user.id, `word ${word}`, `so ${word}`, 0]);

  assert.equal((await judge(mod, room, id, 'publish')).status, 200);
  const shown = await reader.next((frame) => frame.type === 'chat' && frame['id'] === id);
  assert.deepEqual([shown['senderId'], shown['content']], [mia.user.id, `so ${word}`]);
  refused(await judge(mod, room, id, 'publish'), 404, 'NOT_FOUND');
  await until('the audit row', async () => (await rowsOf('moderation_publish', mod.user.id)).some(({ target }) => target === id));
});

test('a dropped message is gone, and its writer is told on every device', async () => {
  const [mia, room, word] = [await account(base), freshRoom(), marker()];
  const devices = await FrameSocket.device(base, mia);
  await rule('word', word, 'hold');
  const id = await obeyed(mia, room, word, 'HELD');
  assert.equal((await judge(mod, room, id, 'drop')).status, 200);
  const told = await devices.next('moderation');
  assert.deepEqual([told['kind'], told['roomId'], told['messageId']], ['drop', room, id]);
  assert.ok(!JSON.stringify(told).includes(mod.user.id));
  assert.deepEqual(await heldIn(mod, room), []);
  assert.ok(!(await mia.api.raw('GET', `/api/messages?roomId=${room}`)).text.includes(word));
  refused(await post(mia, room, word, id), 403, 'HELD');
});

test('the first message of a guest is held until one of theirs is in the room', async () => {
  const [ann, room] = [await guest(base), freshRoom()];
  assert.equal((await operator.submit({ do: 'first_message', effect: 'hold' })).status, 303);
  // A message that comes through before the room has learned of the rule would be the first one of its guest.
  const early = await until('the room holds first messages', async () => {
    const [one, id] = [await guest(base), uuidv7()];
    return (await post(one, room, 'early', id)).status === 403 && id;
  });
  const id = uuidv7();
  refused(await post(ann, room, 'hello', id), 403, 'HELD');
  assert.deepEqual((await heldIn(mod, room)).map((one) => [one.id, one.rule]), [early, id].map((id) => [id, 'first_message']));
  assert.equal((await operator.submit({ do: 'first_message', effect: 'off' })).status, 303);
  await until('guests write at once', async () => (await post(await guest(base), room, 'hi')).status < 300);
});

test('only a role sees what is held, in public rooms alone', async () => {
  const [mia, room] = [await account(base), freshRoom()];
  refused(await mia.api.get(`/api/moderation/held?room=${room}`), 403, 'FORBIDDEN');
  refused(await judge(mia, room, uuidv7(), 'publish'), 403, 'FORBIDDEN');
  for (const other of ['dm_user_1____user_2', 'grp_0123456789abc', '']) {
    assert.equal(refused(await mod.api.get(`/api/moderation/held?room=${other}`), 400, 'VALIDATION').field, 'room');
  }
  assert.deepEqual(await heldIn(mod, room), [], 'a room that nobody has opened');
  assert.equal(refused(await judge(mod, room, uuidv7(), 'praise'), 400, 'VALIDATION').field, 'verdict');
  refused(await judge(mod, room, uuidv7(), 'drop'), 404, 'NOT_FOUND');
});

test('the page lists what waits, the oldest first, publishes and drops it without a script', async () => {
  // The page has the rooms of the deployment, not every room that is open in this test.
  const [mia, room, word] = [await account(base), 'music', marker()];
  await rule('word', word, 'hold');
  const first = await obeyed(mia, room, `<i>${word}</i>`, 'HELD');
  const second = uuidv7();
  refused(await post(mia, room, `more ${word}`, second), 403, 'HELD');
  const { text } = await pageOf(mod);
  assert.ok(text.includes('Waiting for review') && text.includes(`Word – ${word}`) && text.includes(mia.user.id), text);
  assert.ok(text.includes(`&lt;i&gt;${word}&lt;/i&gt;`) && text.indexOf(first) < text.indexOf(second), text);
  assert.doesNotMatch(text, /<script|\sstyle=/);

  const published = await onPage(mod, { room, id: first, verdict: 'publish' });
  assert.deepEqual([published.status, published.headers['location']], [303, '/moderation#held'], published.text);
  assert.ok((await mia.api.raw('GET', `/api/messages?roomId=${room}`)).text.includes(first));
  assert.equal((await onPage(mod, { room, id: second, verdict: 'drop' })).status, 303);
  assert.ok(!(await mia.api.raw('GET', `/api/messages?roomId=${room}`)).text.includes(second));
  assert.deepEqual(await heldIn(mod, room), []);
  const late = await onPage(mod, { room, id: first, verdict: 'publish' });
  assert.equal(late.status, 200);
  assert.ok(late.text.includes('This message is no longer waiting for review.') && !late.text.includes(first), late.text);
});

test('the page takes no verdict without a role or the token of the session, and shows nobody else what waits', async () => {
  const [mia, room, word] = [await account(base), 'music', marker()];
  await rule('word', word, 'hold');
  const id = await obeyed(mia, room, word, 'HELD');
  const { text } = await pageOf(mia);
  assert.ok(!text.includes('Waiting for review') && !text.includes(word), text);
  assert.equal((await onPage(mia, { room, id, verdict: 'publish' })).status, 403);
  assert.equal((await onPage({ api: new Api(base) }, { room, id, verdict: 'publish' })).status, 401);
  assert.equal((await onPage(mod, { room, id, verdict: 'praise' })).status, 400);

  const { browser } = await browserWithAccount(base);
  const { user } = await browser.api.ok('GET', '/api/auth/me');
  assert.equal((await operator.submit({ do: 'role', user: user.id, role: 'moderator' })).status, 303);
  const csrf = /name="csrf" value="([^"]+)"/.exec((await pageOf(browser)).text)![1]!;
  for (const wrong of ['', 'x']) assert.equal((await onPage(browser, { room, id, verdict: 'drop', csrf: wrong })).status, 403);
  assert.deepEqual((await heldIn(mod, room)).map((one) => one.id), [id]);
  assert.equal((await onPage(browser, { room, id, verdict: 'drop', csrf })).status, 303);
  assert.deepEqual(await heldIn(mod, room), []);
});
