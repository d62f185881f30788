// moderation.md: roles, acts in public rooms, what the person concerned learns, and objections.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { account, passwordLogin, refresh, type Account } from '../harness/accounts.ts';
import { AdminBrowser, auditRows } from '../harness/admin.ts';
import { Api, refused } from '../harness/api.ts';
import { send } from '../harness/http.ts';
import { freshName, freshRoom, marker, uuidv7 } from '../harness/ids.ts';
import { guest, login, persona, type Session } from '../harness/session.ts';
import { FrameSocket } from '../harness/socket.ts';
import { onOwnServer } from '../harness/suite.ts';
import { until } from '../harness/wait.ts';

const ADMIN_TOKEN = 'an admin token for tests';
const vars = { ADMIN_TOKEN, OPEN_ROOMS: '1', RATE_LOGIN: '0', RATE_REGISTER: '0', RATE_REST: '0', RATE_INVITE: '0' };
const { base } = await onOwnServer(vars);
const admin = new Api(base, { authorization: `Bearer ${ADMIN_TOKEN}` });
const operator = await AdminBrowser.entered(base, ADMIN_TOKEN);

const give = (user: string, role: string) => operator.submit({ do: 'role', user, role });
const act = (who: Pick<Session, 'api'>, body: object) => who.api.post('/api/moderation/acts', { reason: 'Spam.', ...body });
const acted = async (who: Pick<Session, 'api'>, body: object): Promise<string> => {
  const answer = await act(who, body);
  assert.equal(answer.status, 201, answer.reply.text);
  return answer.data.id;
};
const post = (who: Pick<Session, 'api'>, roomId: string, content = marker()) =>
  who.api.post('/api/messages', { roomId, content, id: uuidv7() });
const ownActs = async (who: Pick<Session, 'api'>): Promise<any[]> => (await who.api.ok('GET', '/api/me/moderation')).items;
const rowsOf = (what: string, who: string) => auditRows(admin, what, who);

/** Makes an account with a role. */
async function staff(role: 'owner' | 'moderator'): Promise<Account> {
  const one = await account(base);
  assert.equal((await give(one.user.id, role)).status, 303);
  return one;
}

const [boss, mod] = [await staff('owner'), await staff('moderator')];

test('only an account with a role acts, and nobody on people of the same rank', async () => {
  const [mia, room] = [await account(base), freshRoom()];
  refused(await act(mia, { kind: 'close', room }), 403, 'FORBIDDEN');
  refused(await mia.api.get('/api/moderation/state'), 403, 'FORBIDDEN');
  for (const user of ['nobody_here', (await guest(base)).user.id]) assert.match((await give(user, 'moderator')).text, /No account found\./);

  const short = await staff('moderator');
  assert.equal((await short.api.ok('GET', '/api/moderation/state')).role, 'moderator');
  assert.equal((await give(short.user.id, '')).status, 303);
  refused(await act(short, { kind: 'close', room }), 403, 'FORBIDDEN');
  await until('rows about the role', async () => (await rowsOf('role_take', short.user.id)).length === 1);
  assert.deepEqual((await rowsOf('role_give', short.user.id)).map(({ actor, result }) => [actor, result]), [['owner', 'moderator']]);
});

test('an owner makes moderators and takes their role, but not of owners; nobody else does', async () => {
  const [mia, other] = [await account(base), await staff('owner')];
  const role = (who: Account, method: 'PUT' | 'DELETE', user: string) => who.api.call(method, `/api/moderation/moderators/${user}`);
  const rolesFor = async (who: Account): Promise<any[]> => (await who.api.ok('GET', '/api/moderation/state')).roles;
  for (const who of [mod, mia]) for (const method of ['PUT', 'DELETE'] as const) refused(await role(who, method, mia.user.id), 403, 'FORBIDDEN');
  for (const user of [boss.user.id, other.user.id]) for (const method of ['PUT', 'DELETE'] as const) refused(await role(boss, method, user), 403, 'FORBIDDEN');
  refused(await role(boss, 'PUT', (await guest(base)).user.id), 400, 'VALIDATION');
  assert.equal((await other.api.ok('GET', '/api/moderation/state')).role, 'owner');

  assert.equal((await role(boss, 'PUT', mia.user.id)).status, 200);
  assert.equal((await mia.api.ok('GET', '/api/moderation/state')).role, 'moderator');
  assert.deepEqual(await rolesFor(mia), []);
  assert.ok((await rolesFor(boss)).some(({ user, role }) => user === mia.user.id && role === 'moderator'));
  assert.equal((await role(boss, 'DELETE', mia.user.id)).status, 200);
  refused(await mia.api.get('/api/moderation/state'), 403, 'FORBIDDEN');
  await until('the row of the taken role', async () => (await rowsOf('role_take', mia.user.id)).some(({ actor }) => actor === boss.user.id));
});

test('what cannot be used is refused by the name of its member', async () => {
  const good = { kind: 'remove', room: freshRoom(), message: uuidv7() };
  assert.equal(refused(await act(mod, { ...good, kind: 'praise' }), 400, 'VALIDATION').field, 'kind');
  refused(await act(mod, good), 404, 'NOT_FOUND');
  refused(await act(mod, { kind: 'unmute', user: 'user_9' }), 409, 'CONFLICT');
});

test('a muted person is refused with the time that is left, and is told why', async () => {
  const [mia, room] = [await account(base), freshRoom()];
  const devices = await FrameSocket.presence(base, mia);
  await devices.next('welcome');
  const socket = await FrameSocket.joined(base, room, mia);
  await socket.say(marker());
  const id = await acted(mod, { kind: 'mute', user: mia.user.id, minutes: 10, reason: 'Too loud.' });
  const told = await devices.next('moderation');
  assert.deepEqual([told['act'], told['kind'], told['reason']], [id, 'mute', 'Too loud.']);
  assert.ok(!JSON.stringify(told).includes(mod.user.id));

  const refusal = await until('the room obeys', async () => {
    const answer = await post(mia, room);
    return answer.status === 403 ? answer : undefined;
  });
  const error = refused(refusal, 403, 'MUTED');
  assert.ok(error.retryAfterMs! > 0 && error.retryAfterMs! <= 600_000);
  await socket.refusalOf(socket.chat(marker()), 'MUTED');

  await acted(mod, { kind: 'unmute', user: mia.user.id });
  await until('the room obeys again', async () => (await post(mia, room)).status < 300);
  assert.deepEqual((await ownActs(mia)).map(({ kind }) => kind), ['unmute', 'mute']);
  for (const one of [devices, socket]) await one.close();
});

test('slow mode holds each person back, and a closed room takes nothing until it is open', async () => {
  const [mia, room] = [await guest(base), freshRoom()];
  const one = await FrameSocket.joined(base, room, mia);
  await acted(mod, { kind: 'slow', room, seconds: 300 });
  await one.say(marker());
  const slow = await one.refusalOf(one.chat(marker()), 'RATE_LIMITED');
  assert.ok(slow['retryAfterMs'] > 0);
  await acted(mod, { kind: 'slow', room, seconds: 0 });
  await one.say(marker());

  await acted(mod, { kind: 'close', room });
  await one.refusalOf(one.chat(marker()), 'ROOM_CLOSED');
  refused(await post(mod, room), 403, 'ROOM_CLOSED');
  const { rooms } = await mod.api.ok('GET', '/api/moderation/state');
  assert.deepEqual(rooms.filter((rule: any) => rule.room === room), [{ room, slowS: 0, isClosed: true }]);
  await acted(mod, { kind: 'open', room });
  await one.say(marker());
  await one.close();
});

test('a removed message is gone for everybody, and its writer is told', async () => {
  const [mia, bo, room] = [await account(base), await guest(base), freshRoom()];
  const reader = await FrameSocket.joined(base, room, bo);
  const words = marker();
  const { id: message } = (await post(mia, room, words)).data;
  await acted(mod, { kind: 'remove', room, message });
  assert.equal((await reader.next('delete'))['messageId'], message);
  const page = await bo.api.raw('GET', `/api/messages?roomId=${room}`);
  assert.ok(!page.text.includes(words));
  const [own] = await ownActs(mia);
  assert.deepEqual([own.kind, own.room, own.reason], ['remove', room, 'Spam.']);
  await reader.close();
});

test('a banned account is told why at every way in, and no open socket outlives the ban', async () => {
  const [mia, room] = [await account(base, { remember: true }), freshRoom()];
  const sockets = [await FrameSocket.presence(base, mia), await FrameSocket.joined(base, room, mia)];
  const id = await acted(mod, { kind: 'ban', user: mia.user.id, reason: 'Threats.' });
  for (const socket of sockets) await socket.closedWith(4401);
  const kept = await passwordLogin(base, mia.email);
  const error = refused(kept, 403, 'BANNED');
  assert.deepEqual([error.message, error.act], ['Threats.', id]);
  await until('the refusal is counted', async () => {
    const { text } = await send(base, 'GET', '/metrics', { headers: { authorization: `Bearer ${ADMIN_TOKEN}` } });
    return /^cfm_refused_total\{code="BANNED"\} [1-9]/m.test(text);
  });
  assert.ok([401, 403].includes((await refresh(base, mia.refreshToken!)).status));
  assert.ok([401, 403].includes((await post(mia, room)).status));

  await acted(mod, { kind: 'unban', user: mia.user.id });
  await until('the account comes in again', async () => (await passwordLogin(base, mia.email)).status === 200);
  refused(await act(mod, { kind: 'ban', user: (await persona(base, 'user_12')).user.id }), 400, 'VALIDATION');
  refused(await act(mod, { kind: 'ban', user: 'nobody_here' }), 404, 'NOT_FOUND');
});

test('a guest is banned with the network, until the ban ends', async () => {
  const from = { 'cf-connecting-ip': '198.51.100.7' };
  const bad = await login(base, { displayName: freshName() }, from);
  const user = bad.data.user.id;
  const api = new Api(base, { authorization: `Bearer ${bad.data.sessionId}`, ...from });
  refused(await act(mod, { kind: 'ban', user }), 400, 'VALIDATION');
  const near = { 'cf-connecting-ip': '198.51.100.99' };
  const here = new Api(base, near);
  const hall = await here.post('/demo/rooms', {});
  await acted(mod, { kind: 'ban', user, minutes: 10 });
  assert.ok([401, 403].includes((await api.get('/api/me')).status));
  refused(await login(base, { displayName: freshName() }, near), 403, 'BANNED');
  assert.equal((await login(base, { displayName: freshName() }, { 'cf-connecting-ip': '203.0.113.7' })).status, 200);
  for (const call of [here.post('/demo/rooms', {}), here.post(`/demo/rooms/${hall.data.code}/join`, { displayName: 'Wanda' })]) {
    refused(await call, 403, 'BANNED');
  }
  refused(await here.get('/api/auth/me', { authorization: `Bearer ${hall.data.sessionId}` }), 403, 'BANNED');
  const other = await account(base);
  assert.equal((await passwordLogin(base, other.email, {}, near)).status, 200, 'accounts come in from anywhere');
  const { bans } = await mod.api.ok('GET', '/api/moderation/state');
  assert.ok(bans.some((ban: any) => ban.user === user) && !JSON.stringify(bans).includes('198.51.100'));
  await acted(mod, { kind: 'unban', user });
  await until('guests come in again', async () => (await login(base, { displayName: freshName() }, near)).status === 200);
});

test('the person objects once, without a session, and an operator answers', async () => {
  const mia = await account(base);
  const id = await acted(mod, { kind: 'ban', user: mia.user.id });
  const nobody = new Api(base);
  const object = (act: string, text = 'It was not me.') => nobody.post('/api/moderation/objections', { act, text });
  refused(await object('x'.repeat(22)), 404, 'NOT_FOUND');
  const words = marker();
  assert.equal((await object(id, words)).status, 201);
  refused(await object(id), 409, 'CONFLICT');
  assert.ok((await operator.get()).text.includes(words));
  assert.equal((await operator.post({ do: 'lift', act: id, csrf: 'x' })).status, 403);
  assert.equal((await operator.submit({ do: 'lift', act: id })).status, 303);
  assert.ok(!(await operator.get()).text.includes(words));
  await until('the account comes in again', async () => (await passwordLogin(base, mia.email)).status === 200);
  await until('the answer is written down', async () => (await rowsOf('moderation_answer', id)).some(({ result }) => result === 'lifted'));
});

test('the page shows the own acts and takes the objection without a script', async () => {
  const mia = await account(base);
  const reason = marker();
  const id = await acted(mod, { kind: 'mute', user: mia.user.id, minutes: 10, reason });
  const headers = { accept: 'text/html', authorization: `Bearer ${mia.token}` };
  const page = await send(base, 'GET', '/moderation', { headers });
  assert.equal(page.status, 200);
  assert.ok(page.text.includes(reason) && page.text.includes(`value="${id}"`));
  assert.doesNotMatch(page.text, /<script|\sstyle=/);
  const form = { ...headers, 'content-type': 'application/x-www-form-urlencoded' };
  const body = new URLSearchParams({ act: id, text: 'No.' }).toString();
  const foreign = await send(base, 'POST', '/moderation', { headers: { ...form, origin: 'https://evil.example' }, body });
  assert.equal(foreign.status, 403);
  const sent = await send(base, 'POST', '/moderation', { headers: { ...form, origin: base }, body });
  assert.deepEqual([sent.status, sent.headers['location']], [303, '/moderation?sent=1']);
  const waits = await send(base, 'GET', '/moderation?sent=1', { headers });
  assert.ok(waits.text.includes('Your appeal has been sent.') && !waits.text.includes('name="text"'), waits.text);
  assert.equal((await ownActs(mia))[0].objection, 'open');
  const stranger = await send(base, 'GET', '/moderation', { headers: { accept: 'text/html' } });
  assert.ok(!stranger.text.includes(reason));
});
