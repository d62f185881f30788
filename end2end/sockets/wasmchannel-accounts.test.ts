// wasmchannel.md 4.1: the owner of an account changes it by the library's own client. Refusals are asked for by hand.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { NEXT_PASSWORD, newToken, ownAccount, resetToken, tokensTo, undo, verify } from '../harness/account_life.ts';
import { account, browserWithAccount, freshEmail, PASSWORD, passwordLogin, sessionOf } from '../harness/accounts.ts';
import { Api } from '../harness/api.ts';
import { send, type Reply } from '../harness/http.ts';
import { freshName, freshRoom } from '../harness/ids.ts';
import { libraryClient, librarySignIn, librarySignUp, postJson } from '../harness/library_client.ts';
import { mailsTo } from '../harness/mail.ts';
import { PacketSocket } from '../harness/packet_socket.ts';
import { FREE_OPEN_VARS } from '../harness/server.ts';
import { guest } from '../harness/session.ts';
import { onOwnServer, onPooledServer } from '../harness/suite.ts';
import { until } from '../harness/wait.ts';

const CLIENT = 'https://client.example.org';
const { base } = await onPooledServer({ ...FREE_OPEN_VARS, ALLOWED_ORIGINS: CLIENT });
const WRONG = 'not-this-one-either';
const FOREIGN = ['https://evil.example/x', '//evil.example/x', '/\\evil.example/x', 'javascript:alert(1)', `blob:${base}/x`, 'no-path', `/${'x'.repeat(2_048)}`];

type Headers = Record<string, string>;
const json = (reply: Reply): any => JSON.parse(reply.text);
const post = (path: string, body: unknown, headers: Headers = {}, to = base) => postJson(to, `/api/auth/${path}`, body, headers);
const get = (path: string, headers: Headers = {}): Promise<Reply> => send(base, 'GET', `/api/auth/${path}`, { headers });
const bearer = (token: string): Headers => ({ authorization: `Bearer ${token}` });
/** Returns status and code of a refusal by hand. */
const said = (reply: Reply): unknown[] => [reply.status, json(reply).code];
/** Returns status and code of a refusal by the client. */
const told = (answer: { error: { status?: number; code?: string } | null }): unknown[] => [answer.error?.status, answer.error?.code];
const isSignedIn = async (token: string): Promise<boolean> => json(await get('get-session', bearer(token))) !== null;
const userOf = async (token: string): Promise<any> => json(await get('get-session', bearer(token))).user;

/** Asks for another address with the member that the library's form has not. */
function changeEmail(one: Awaited<ReturnType<typeof librarySignUp>>, newEmail: string, more: { callbackURL?: string } = {}) {
  const form = { newEmail, password: PASSWORD, ...more };
  return one.client.changeEmail(form);
}

/** Waits for a mail with a link that begins with this path, and returns the link. */
const linkTo = (to: string, path: string, site = base): Promise<URL> =>
  until(`a link ${path} to ${to}`, async () => {
    const lines = (await mailsTo(base, to)).flatMap((mail) => mail.text.split('\n'));
    const link = lines.find((line) => line.startsWith(`${site}${path}`));
    return link === undefined ? undefined : new URL(link);
  });

describe('passwords', { concurrency: 2 }, () => {
  test('whoever knows the password changes it: other sessions end, and the own one keeps its token', async () => {
    const one = await librarySignUp(base);
    const two = await librarySignIn(base, one.email);
    const socket = await PacketSocket.joined(base, freshRoom(), two.token);
    assert.deepEqual(told(await one.client.changePassword({ currentPassword: WRONG, newPassword: NEXT_PASSWORD })), [400, 'INVALID_PASSWORD']);
    const changed = await one.client.changePassword({ currentPassword: PASSWORD, newPassword: NEXT_PASSWORD, revokeOtherSessions: true });
    assert.equal(changed.error, null);
    assert.deepEqual([changed.data!.token, changed.data!.user.id, changed.data!.user.email], [one.token, one.id, one.email]);
    await socket.closedWith(4401);
    assert.deepEqual([await isSignedIn(one.token), await isSignedIn(two.token)], [true, false]);
    const back = await one.client.changePassword({ currentPassword: NEXT_PASSWORD, newPassword: PASSWORD });
    assert.deepEqual([back.error, back.data!.token], [null, null]);
  });

  test('with the messenger’s cookie the token stays hidden', async () => {
    const { browser, email } = await browserWithAccount(base);
    const reply = await post('change-password', { currentPassword: PASSWORD, newPassword: NEXT_PASSWORD, revokeOtherSessions: true }, browser.api.headers);
    assert.deepEqual([reply.status, json(reply).token, json(reply).user.email], [200, null, email], reply.text);
  });

  test('a forgotten password: the link leads to the page of the client, works once and begins no session', async () => {
    const one = await librarySignUp(base);
    const asked = await one.client.requestPasswordReset({ email: one.email, redirectTo: `${CLIENT}/new-password?from=mail` });
    assert.deepEqual([asked.error, asked.data!.status], [null, true]);
    const link = await linkTo(one.email, '/new-password', CLIENT);
    assert.equal(link.searchParams.get('from'), 'mail');
    const token = link.searchParams.get('token')!;
    const stranger = libraryClient(base);
    const short = await stranger.client.resetPassword({ token, newPassword: 'x7-qu!kz9' });
    assert.deepEqual(told(short), [400, 'PASSWORD_TOO_SHORT'], 'the link stays good');
    const reset = await stranger.client.resetPassword({ token, newPassword: NEXT_PASSWORD });
    assert.deepEqual([reset.error, reset.data], [null, { status: true }]);
    assert.equal(stranger.hasCookie(), false);
    assert.equal(await isSignedIn(one.token), false);
    assert.deepEqual(told(await stranger.client.resetPassword({ token, newPassword: PASSWORD })), [400, 'INVALID_TOKEN']);
    await librarySignIn(base, one.email, NEXT_PASSWORD);
  });

  test('without a page the link leads to ours; the token may be in the query, and nobody learns of an account', async () => {
    const one = await librarySignUp(base);
    const texts = new Set<string>();
    for (const email of [one.email, freshEmail()]) {
      const reply = await post('request-password-reset', { email });
      assert.equal(reply.status, 200);
      texts.add(reply.text);
    }
    assert.equal(texts.size, 1);
    const token = await newToken(base, one.email, 'reset');
    const reply = await post(`reset-password?token=${token}`, { newPassword: NEXT_PASSWORD });
    assert.deepEqual([reply.status, json(reply), reply.cookies], [200, { status: true }, []]);
    for (const body of [{ newPassword: PASSWORD }, { newPassword: PASSWORD, token: 'x' }]) {
      assert.deepEqual(said(await post('reset-password', body)), [400, 'INVALID_TOKEN']);
    }
  });

  test('a link leads to no other site', async () => {
    const { email, token } = await librarySignUp(base);
    for (const page of FOREIGN) {
      assert.deepEqual(said(await post('request-password-reset', { email, redirectTo: page })), [403, 'INVALID_REDIRECT_URL'], page);
      assert.deepEqual(said(await post('send-verification-email', { email, callbackURL: page })), [403, 'INVALID_CALLBACK_URL'], page);
      assert.deepEqual(said(await post('change-email', { newEmail: freshEmail(), password: PASSWORD, callbackURL: page }, bearer(token))), [403, 'INVALID_CALLBACK_URL'], page);
      const verified = await get(`verify-email?token=x&callbackURL=${encodeURIComponent(page)}`);
      assert.deepEqual([...said(verified), verified.headers['location']], [403, 'INVALID_CALLBACK_URL', undefined], page);
    }
    assert.deepEqual(await tokensTo(base, email, 'reset'), []);
  });

  test('a token stands in the address of no other page of ours than the one that is made for it, and beside no other token', async () => {
    const { email } = await librarySignUp(base);
    for (const page of ['/', '/app', '/embed/general', '/developers', '/resets', '/reset/x', `${base}/app`, '/reset?token=x', `${CLIENT}/new-password?from=mail&token=x`]) {
      assert.deepEqual(said(await post('request-password-reset', { email, redirectTo: page })), [403, 'INVALID_REDIRECT_URL'], page);
    }
    assert.equal((await post('request-password-reset', { email, redirectTo: '/reset' })).status, 200);
    assert.equal((await post('reset-password', { token: await newToken(base, email, 'reset'), newPassword: NEXT_PASSWORD })).status, 200);
  });
});

describe('the proof of an address', { concurrency: 2 }, () => {
  test('asked for by its owner; open sessions of both doors know it at once', async () => {
    const one = await librarySignUp(base);
    const messenger = sessionOf(base, await passwordLogin(base, one.email));
    const known = [await newToken(base, one.email, 'verify')];
    assert.equal((await userOf(one.token)).emailVerified, false);
    assert.deepEqual(told(await one.client.sendVerificationEmail({ email: freshEmail() })), [400, 'EMAIL_MISMATCH']);
    const sent = await one.client.sendVerificationEmail({ email: one.email });
    assert.deepEqual([sent.error, sent.data], [null, { status: true }]);
    const token = await newToken(base, one.email, 'verify', known);
    const shown = await send(base, 'GET', `/api/auth/verify-email?token=${token}`);
    assert.deepEqual([shown.status, shown.headers['location']], [302, `${base}/verify?token=${token}`]);
    assert.equal((await userOf(one.token)).emailVerified, false, 'a GET proves nothing');
    assert.equal((await verify(base, token, messenger)).status, 200);
    for (const session of [one.token, messenger.token]) assert.equal((await userOf(session)).emailVerified, true);
    assert.equal((await ownAccount(messenger)).verified, true);
    assert.deepEqual(told(await one.client.sendVerificationEmail({ email: one.email })), [400, 'EMAIL_ALREADY_VERIFIED']);
    assert.deepEqual(said(await get(`verify-email?token=${token}`)), [401, 'INVALID_TOKEN']);
    assert.equal((await (await librarySignIn(base, one.email)).client.getSession()).data!.user.emailVerified, true);
  });

  test('with callbackURL the page of the link leads on to it after the press, and says there if the link was not good', async () => {
    const one = await librarySignUp(base);
    const next = `${CLIENT}/welcome?a=1`;
    assert.equal((await one.client.sendVerificationEmail({ email: one.email, callbackURL: next })).error, null);
    const link = await linkTo(one.email, '/verify?callbackURL=');
    const token = link.searchParams.get('token')!;
    const page = async (path: string) => (await send(base, 'GET', path, { headers: { accept: 'text/html' } })).text;
    assert.ok((await page(`${link.pathname}${link.search}`)).includes(`name="next" value="${next}"`));
    const form = new URLSearchParams({ token, next }).toString();
    const headers = { 'content-type': 'application/x-www-form-urlencoded', origin: base, cookie: one.cookie() };
    const pressed = await send(base, 'POST', '/sf/verify', { headers, body: form });
    assert.equal(pressed.headers['location'], `/verify?done=1&callbackURL=${encodeURIComponent(next)}`);
    assert.equal((await userOf(one.token)).emailVerified, true);
    assert.ok((await page(pressed.headers['location']!)).includes(`href="${next}"`));
    assert.ok(!(await page(`/verify?done=1&callbackURL=${encodeURIComponent('https://evil.example/')}`)).includes('evil.example'));
    const again = await send(base, 'GET', `/api/auth/verify-email?${link.searchParams}`);
    assert.deepEqual([again.status, again.headers['location']], [302, `${next}&error=INVALID_TOKEN`]);
  });

  test('without a session the answer is the same for every address, and only an unproved one gets a mail', async () => {
    const [proved, open] = [await librarySignUp(base), await librarySignUp(base)];
    await verify(base, await newToken(base, proved.email, 'verify'));
    const known = await newToken(base, open.email, 'verify');
    for (const email of [proved.email, open.email, freshEmail()]) {
      const reply = await post('send-verification-email', { email });
      assert.deepEqual([reply.status, json(reply)], [200, { status: true }], reply.text);
    }
    const token = await newToken(base, open.email, 'verify', [known]);
    assert.equal((await verify(base, token)).status, 200);
    // The shard of an address sends its mails in order.
    await resetToken(base, proved.email);
    assert.equal((await tokensTo(base, proved.email, 'verify')).length, 1);
  });
});

describe('sessions', { concurrency: 2 }, () => {
  test('the list shows the own token, and the public id of every other session', async () => {
    const one = await librarySignUp(base);
    const two = await librarySignIn(base, one.email);
    const { data, error } = await one.client.listSessions();
    assert.equal(error, null);
    assert.equal(data!.length, 2);
    for (const session of data!) {
      assert.deepEqual(Object.keys(session).sort(), ['createdAt', 'expiresAt', 'id', 'ipAddress', 'token', 'updatedAt', 'userAgent', 'userId']);
      assert.equal(session.userId, one.id);
      assert.ok(new Date(session.expiresAt).getTime() > Date.now());
    }
    const own = (await one.client.getSession()).data!.session;
    assert.deepEqual(data!.map(({ id, token }) => token === (id === own.id ? one.token : id)), [true, true]);
    assert.ok(data!.every(({ token }) => token !== two.token));
    const { browser } = await browserWithAccount(base);
    const hidden = json(await get('list-sessions', browser.api.headers));
    assert.deepEqual(hidden.map((session: any) => session.token === session.id), [true], 'no script reads the messenger’s token');
  });

  test('one is ended by its id or by the own token; an unknown one is no error', async () => {
    const [one, stranger] = [await librarySignUp(base), await librarySignUp(base)];
    const two = await librarySignIn(base, one.email);
    const other = (await two.client.getSession()).data!.session.id;
    const theirs = (await stranger.client.getSession()).data!.session.id;
    const socket = await PacketSocket.joined(base, freshRoom(), two.token);
    for (const token of [other, other, theirs, 'x', 'f'.repeat(43)]) {
      assert.deepEqual((await one.client.revokeSession({ token })).data, { status: true }, token);
    }
    await socket.closedWith(4401);
    assert.deepEqual([await isSignedIn(two.token), await isSignedIn(stranger.token), await isSignedIn(one.token)], [false, true, true]);
    assert.deepEqual((await one.client.revokeSession({ token: one.token })).data, { status: true });
    assert.deepEqual([one.hasCookie(), await isSignedIn(one.token)], [false, false]);
  });

  test('all others end, or all', async () => {
    const one = await librarySignUp(base);
    const two = await librarySignIn(base, one.email);
    const messenger = sessionOf(base, await passwordLogin(base, one.email, { remember: true }));
    assert.deepEqual((await one.client.revokeOtherSessions()).data, { status: true });
    assert.deepEqual(await Promise.all([one, two, messenger].map(({ token }) => isSignedIn(token))), [true, false, false]);
    const three = await librarySignIn(base, one.email);
    assert.deepEqual((await three.client.revokeSessions()).data, { status: true });
    assert.deepEqual(await Promise.all([one, three].map(({ token }) => isSignedIn(token))), [false, false]);
    assert.equal(three.hasCookie(), false);
  });
});

describe('name, picture, address', { concurrency: 2 }, () => {
  test('name and picture are those of the account, on both doors and in later sessions', async () => {
    const one = await librarySignUp(base);
    const messenger = sessionOf(base, await passwordLogin(base, one.email));
    const [name, image] = [freshName(), 'https://example.org/c.png'];
    const updated = await one.client.updateUser({ name, image });
    assert.deepEqual([updated.error, updated.data], [null, { status: true }]);
    for (const session of [one.token, messenger.token, (await librarySignIn(base, one.email)).token]) {
      const user = await userOf(session);
      assert.deepEqual([user.name, user.image], [name, image], 'at once');
    }
    assert.equal((await messenger.api.ok('GET', '/api/me')).displayName, name);
    assert.equal((await one.client.updateUser({ image: null })).error, null);
    assert.equal((await userOf(one.token)).image, null);
  });

  test('what cannot be changed so is refused', async () => {
    const { token } = await librarySignUp(base);
    const update = async (body: object) => said(await post('update-user', body, bearer(token)));
    assert.deepEqual(await update({ email: freshEmail(), name: freshName() }), [400, 'EMAIL_CAN_NOT_BE_UPDATED']);
    assert.deepEqual(await update({}), [400, 'VALIDATION']);
    assert.deepEqual(await update({ image: `https://example.org/${'x'.repeat(2_048)}` }), [400, 'VALIDATION']);
    assert.equal((await update({ name: ' ' }))[0], 400);
    for (const image of ['javascript:alert(1)', ' javascript:alert(1)', 'JaVa\tscript:alert(1)', 'data:text/html,x', '//evil.example/x', 'x', '']) {
      assert.deepEqual(await update({ image }), [400, 'VALIDATION'], image);
      const signed = await post('sign-up/email', { name: freshName(), email: freshEmail(), password: PASSWORD, image });
      assert.deepEqual(said(signed), [400, 'VALIDATION'], image);
    }
  });

  test('a new address: nothing changes until the link is used, and then open sessions know it', async () => {
    const [one, next] = [await librarySignUp(base), freshEmail()];
    await verify(base, await newToken(base, one.email, 'verify'), { api: new Api(base, { cookie: one.cookie(), origin: base }) });
    assert.equal((await changeEmail(one, one.email)).error!.status, 400);
    const asked = await changeEmail(one, next, { callbackURL: '/welcome' });
    assert.deepEqual([asked.error, asked.data], [null, { status: true }]);
    const link = await linkTo(next, '/verify?callbackURL=');
    assert.equal((await userOf(one.token)).email, one.email);
    const there = { api: new Api(base, { cookie: one.cookie(), origin: base }) };
    assert.equal((await verify(base, link.searchParams.get('token')!, there)).status, 200);
    const user = await userOf(one.token);
    assert.deepEqual([user.email, user.emailVerified], [next, true]);
    assert.equal((await undo(base, await newToken(base, one.email, 'undo'))).status, 200);
  });

  test('an address of another account is answered in the same way', async () => {
    const [one, two] = [await librarySignUp(base), await librarySignUp(base)];
    const asked = await changeEmail(one, two.email);
    assert.deepEqual([asked.error, asked.data], [null, { status: true }]);
    assert.equal((await userOf(one.token)).email, one.email);
  });
});

describe('deletion', { concurrency: 2 }, () => {
  test('by password: sessions end, the cookie goes, and a sign-in takes it back', async () => {
    const one = await librarySignUp(base);
    assert.deepEqual(told(await one.client.deleteUser({ password: WRONG })), [400, 'INVALID_PASSWORD']);
    assert.deepEqual(told(await one.client.deleteUser({ token: 'x', password: PASSWORD })), [404, 'INVALID_TOKEN']);
    assert.equal(await isSignedIn(one.token), true);
    const deleted = await one.client.deleteUser({ password: PASSWORD });
    assert.deepEqual([deleted.error, deleted.data], [null, { success: true, message: 'User deleted' }]);
    assert.deepEqual([one.hasCookie(), await isSignedIn(one.token)], [false, false]);
    await librarySignIn(base, one.email);
  });
});

describe('refusals', { concurrency: 2 }, () => {
  const routes: [string, object][] = [
    ['change-password', { currentPassword: PASSWORD, newPassword: NEXT_PASSWORD }],
    ['update-user', { name: 'x' }],
    ['change-email', { newEmail: freshEmail() }],
    ['delete-user', { password: PASSWORD }],
  ];
  const sessionRoutes: [string, object][] = [['revoke-session', { token: 'x' }], ['revoke-sessions', {}], ['revoke-other-sessions', {}]];

  test('without an account, and from another page', async () => {
    const { cookie } = await librarySignUp(base);
    const visitor = await guest(base);
    for (const [route, body] of [...routes, ...sessionRoutes]) {
      for (const headers of [{ cookie: cookie() }, { cookie: cookie(), origin: 'https://evil.example' }] as Headers[]) {
        assert.deepEqual(said(await post(route, body, headers)), [403, 'INVALID_ORIGIN'], route);
      }
    }
    for (const [route, body] of routes) {
      assert.deepEqual(said(await post(route, body, bearer(visitor.token))), [400, 'CREDENTIAL_ACCOUNT_NOT_FOUND'], route);
    }
    assert.deepEqual(said(await post('send-verification-email', { email: freshEmail() }, bearer(visitor.token))), [400, 'EMAIL_MISMATCH']);
  });

  test('a session alone changes no address and deletes nothing, however recent its sign-in is, and of whichever door it is', async () => {
    const one = await librarySignUp(base);
    const messenger = sessionOf(base, await passwordLogin(base, one.email));
    const next = freshEmail();
    for (const { token } of [one, messenger]) {
      for (const password of [undefined, '', WRONG]) {
        assert.deepEqual(said(await post('change-email', { newEmail: next, password }, bearer(token))), [400, 'INVALID_PASSWORD']);
        assert.deepEqual(said(await post('delete-user', { password }, bearer(token))), [400, 'INVALID_PASSWORD']);
      }
      assert.deepEqual(said(await post('delete-user', {}, bearer(token))), [400, 'INVALID_PASSWORD']);
    }
    assert.deepEqual(await mailsTo(base, next), []);
    assert.equal((await userOf(messenger.token)).email, one.email);
  });

  test('nobody writes in maintenance', async () => {
    const server = await onOwnServer({ ...FREE_OPEN_VARS, ADMIN_TOKEN: 'an admin token for tests' });
    const one = await account(server.base);
    const admin = new Api(server.base, bearer('an admin token for tests'));
    assert.equal((await admin.put('/api/admin/flags', { maintenance: true })).status, 200);
    const isClosed = async () => (await post('update-user', { name: freshName() }, bearer(one.token), server.base)).status === 503;
    await until('the switch has reached the Worker', isClosed);
    for (const [route, body] of [...routes, ...sessionRoutes, ['request-password-reset', { email: one.email }], ['reset-password', { newPassword: PASSWORD }], ['send-verification-email', { email: one.email }]] as [string, object][]) {
      assert.deepEqual(said(await post(route, body, bearer(one.token), server.base)), [503, 'OVERLOADED'], route);
    }
  });
});
