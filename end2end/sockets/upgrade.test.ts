// account.md 10: a guest or a persona becomes an account, and keeps all that it has.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { newToken, ownAccount, refusedField } from '../harness/account_life.ts';
import { account, cookiesOf, freshEmail, PASSWORD, passwordLogin, sessionOf } from '../harness/accounts.ts';
import { Api, refused, type Answer } from '../harness/api.ts';
import { PERSONAS } from '../harness/cast.ts';
import { freshRoom, marker, TOKEN } from '../harness/ids.ts';
import { befriend } from '../harness/pairs.ts';
import { FREE_OPEN_VARS } from '../harness/server.ts';
import { cookieSession, guest, login, persona, type Session } from '../harness/session.ts';
import { FrameSocket, upgradeRefused } from '../harness/socket.ts';
import { onOwnServer } from '../harness/suite.ts';
import { inObject } from '../harness/tables.ts';
import { until } from '../harness/wait.ts';

const server = await onOwnServer(FREE_OPEN_VARS);
const { base } = server;

/** Asks for an account. The client goes on with the token that the session has then. */
async function upgrade(who: Pick<Session, 'api'>, email = freshEmail(), password = PASSWORD): Promise<Answer> {
  const answer = await who.api.post('/api/me/upgrade', { email, password });
  if (answer.data?.sessionId) who.api.headers['authorization'] = `Bearer ${answer.data.sessionId}`;
  const cookie = cookiesOf(answer).get('cfm');
  if (cookie) who.api.headers['cookie'] = `cfm=${cookie.value}`;
  return answer;
}

/** Makes somebody an account, and returns its address. */
async function upgraded(who: Pick<Session, 'api'>): Promise<string> {
  const email = freshEmail();
  const answer = await upgrade(who, email);
  assert.equal(answer.status, 200, answer.reply.text);
  return email;
}

const contents = (page: any): string[] => page.messages.map((event: any) => event.content);

describe('a guest', { concurrency: 2 }, () => {
  test('becomes an account with the same id, name, conversations and session', async () => {
    const [one, ann] = [await guest(base), await account(base)];
    await befriend(ann, one);
    const { id: room } = await ann.api.ok('POST', '/api/rooms/dm', { userId: one.user.id });
    const [before, after] = [marker(), marker()];
    const socket = await FrameSocket.joined(base, room, one);
    await socket.say(before);
    const settings = await one.api.ok('GET', '/api/me/settings');
    const email = freshEmail();

    const answer = await upgrade(one, email);
    assert.equal(answer.status, 200, answer.reply.text);
    assert.deepEqual(answer.data, { user: { ...one.user, kind: 'user' }, sessionId: answer.data.sessionId });
    assert.match(answer.data.sessionId, TOKEN);
    await socket.say(after);
    const me = await one.api.ok('GET', '/api/auth/me');
    assert.deepEqual([me.user.id, me.user.kind, me.csrfToken], [one.user.id, 'user', one.csrfToken]);
    assert.deepEqual(await one.api.ok('GET', '/api/me/settings'), settings);
    const own = await ownAccount(one);
    assert.deepEqual([own.email, own.verified], [email, false]);
    assert.ok(await newToken(base, email, 'verify'));

    const later = sessionOf(base, await passwordLogin(base, email));
    assert.deepEqual([later.user.id, later.user.displayName, later.user.kind], [one.user.id, one.user.displayName, 'user']);
    assert.deepEqual(contents(await later.api.ok('GET', `/api/messages?roomId=${room}`)), [before, after]);
    const { items } = await later.api.ok('GET', '/api/me/contacts');
    assert.deepEqual(items.map(({ id, relation }: any) => [id, relation]), [[ann.user.id, 'contact']]);
  });

  test('the token of before opens nothing any more, nor do its tickets; sockets and pages of the session go on', async () => {
    const one = await guest(base);
    const old = new Api(base, { ...one.api.headers });
    const [socket, { ticket }] = [await FrameSocket.joined(base, freshRoom(), one), await one.api.ok('POST', '/api/auth/ws-ticket')];
    await upgraded(one);
    refused(await old.get('/api/auth/me'), 401, 'UNAUTHENTICATED');
    refused(await upgradeRefused(base, '/api/ws/presence', { query: { ticket } }), 401, 'UNAUTHENTICATED');
    assert.equal((await one.api.get('/api/auth/me')).data.csrfToken, one.csrfToken);
    await socket.say(marker());

    const page = await cookieSession(base);
    const answer = await page.api.post('/api/me/upgrade', { email: freshEmail(), password: PASSWORD });
    assert.deepEqual([answer.status, answer.data.sessionId], [200, undefined]);
    refused(await page.api.get('/api/auth/me'), 401, 'UNAUTHENTICATED');
    const there = page.api.with({ cookie: `cfm=${cookiesOf(answer).get('cfm')!.value}` });
    assert.equal((await there.put('/api/me', { personalMessage: marker() })).status, 200, 'the CSRF token of the page is still good');
  });
});

test('a form that a registration would refuse is refused, and nothing has changed', async () => {
  const [one, ann] = [await guest(base), await account(base)];
  refused(await upgrade(one, ann.email), 409, 'EMAIL_TAKEN');
  assert.equal(refusedField(await upgrade(one, 'nobody')), 'email');
  assert.equal(refusedField(await upgrade(one, freshEmail(), 'password12')), 'password');
  assert.equal((await one.api.ok('GET', '/api/auth/me')).user.kind, 'guest');
  refused(await upgrade(ann), 403, 'FORBIDDEN');
  await upgraded(one);
  refused(await upgrade(one), 403, 'FORBIDDEN');
});

describe('a persona', () => {
  const A = PERSONAS['Mia']!;
  const [B] = Object.values(PERSONAS).filter((id) => id !== A);

  test('belongs to its account: nobody else plays it, and earlier players stay apart', async () => {
    const friend = await persona(base, B!);
    const { id: room } = await friend.api.ok('POST', '/api/rooms/dm', { userId: A });
    await FrameSocket.joined(base, room, friend);
    const [early, own, later] = [marker(), marker(), marker()];
    const first = await persona(base, A);
    const before = await FrameSocket.joined(base, room, first);
    await before.say(early);
    await first.api.ok('POST', '/api/auth/logout');
    await before.closedWith(4401);

    const second = await persona(base, A);
    const socket = await FrameSocket.joined(base, room, second);
    await socket.say(own);
    const email = await upgraded(second);
    await socket.say(later);
    assert.deepEqual(contents(await second.api.ok('GET', `/api/messages?roomId=${room}`)), [own, later]);
    for (const takeover of [false, true]) refused(await login(base, { userId: A, takeover }), 409, 'PERSONA_TAKEN');

    await second.api.ok('POST', '/api/auth/logout');
    for (const takeover of [false, true]) refused(await login(base, { userId: A, takeover }), 409, 'PERSONA_TAKEN');
    const isListed = async () => {
      const rows = await friend.api.ok('GET', '/api/auth/accounts');
      return rows.find(({ id }: any) => id === A).kind === 'user';
    };
    await until('the persona of an account in the list', isListed);

    const devices = [sessionOf(base, await passwordLogin(base, email)), sessionOf(base, await passwordLogin(base, email))];
    for (const device of devices) {
      assert.deepEqual([device.user.id, device.user.kind], [A, 'user']);
      assert.deepEqual(contents(await device.api.ok('GET', `/api/messages?roomId=${room}`)), [own, later]);
    }
    await friend.api.ok('POST', '/api/auth/logout');
  });
});

test('a persona whose account is deleted can be played again, and its next player begins empty', async () => {
  const { base: soon } = await onOwnServer({ ...FREE_OPEN_VARS, ACCOUNT_UNDO_S: '1' });
  const userId = PERSONAS['Mia']!;
  const [before, ann] = [await persona(soon, userId), await account(soon)];
  const { id: room } = await ann.api.ok('POST', '/api/rooms/dm', { userId });
  const [early, own] = [marker(), marker()];
  const first = await FrameSocket.joined(soon, room, before);
  await first.say(early);
  await before.api.ok('POST', '/api/auth/logout');
  await first.closedWith(4401);
  const one = await persona(soon, userId);
  const [socket, theirs] = [await FrameSocket.joined(soon, room, one), await FrameSocket.joined(soon, room, ann)];
  await socket.say(own);
  await theirs.say(marker());
  await upgraded(one);
  const left = await one.api.call('DELETE', '/api/me', { messages: 'remove', password: PASSWORD });
  assert.equal(left.status, 202, left.reply.text);
  const next = await until('the persona is free', async () => {
    const answer = await login(soon, { userId });
    return answer.status === 200 ? sessionOf(soon, answer) : undefined;
  });
  assert.equal(next.user.kind, 'persona');
  const fresh = marker();
  await theirs.say(fresh);
  assert.deepEqual(contents(await next.api.ok('GET', `/api/messages?roomId=${room}`)), [fresh]);
  assert.deepEqual((await next.api.ok('GET', '/api/me/contacts')).items, []);
  const kept = contents(await ann.api.ok('GET', `/api/messages?roomId=${room}`));
  assert.deepEqual([kept.includes(early), kept.includes(own)], [true, false], 'only the words of the account are gone');
});

test('an upgrade outlives a kill -9 right after the answer', async () => {
  const one = await guest(base);
  const room = freshRoom();
  const socket = await FrameSocket.joined(base, room, one);
  const word = marker();
  await socket.say(word);
  const email = await upgraded(one);
  await server.kill9();
  await server.restart();
  assert.equal((await one.api.ok('GET', '/api/auth/me')).user.kind, 'user');
  const later = sessionOf(base, await passwordLogin(base, email));
  assert.equal(later.user.id, one.user.id);
  assert.equal((await later.api.post('/api/rooms', { name: 'Crew' })).status, 201);
  refused(await login(base, { userId: PERSONAS['Mia']! }), 409, 'PERSONA_TAKEN');
});

test('a session whose token cannot be replaced ends, and the person signs in as the account @night', async () => {
  const own = await onOwnServer(FREE_OPEN_VARS);
  const one = await guest(own.base);
  await own.kill9();
  const unwritable = "CREATE TRIGGER no BEFORE UPDATE OF hash ON sessions BEGIN SELECT RAISE(ABORT, 'no'); END";
  inObject(own.state, ['SELECT 1 FROM sessions WHERE principal LIKE ?', `%"${one.user.id}"%`], unwritable);
  await own.restart();
  const email = freshEmail();
  refused(await one.api.post('/api/me/upgrade', { email, password: PASSWORD }), 500, 'INTERNAL');
  refused(await one.api.get('/api/auth/me'), 401, 'UNAUTHENTICATED');
  assert.equal(sessionOf(own.base, await passwordLogin(own.base, email)).user.id, one.user.id);
});
