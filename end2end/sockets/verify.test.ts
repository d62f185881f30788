// account.md 1 to 3: an address is proved by a link in a mail. The link works once, and opening its page uses nothing up.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { forgot, isDead, isOut, newToken, ownAccount, recover, recoveryCodes, reset, resetToken, tokensTo, undo, verify } from '../harness/account_life.ts';
import { account, PASSWORD, passwordLogin, refresh, register, sessionOf } from '../harness/accounts.ts';
import { Api, refused } from '../harness/api.ts';
import { group } from '../harness/groups.ts';
import { send } from '../harness/http.ts';
import { TOKEN } from '../harness/ids.ts';
import { librarySignIn } from '../harness/library_client.ts';
import { addPasskey, passkeyLogin } from '../harness/passkeys.ts';
import { ENDED, programs } from '../harness/programs.ts';
import { FREE_OPEN_VARS } from '../harness/server.ts';
import { guest } from '../harness/session.ts';
import { FrameSocket } from '../harness/socket.ts';
import { onOwnServer, onPooledServer } from '../harness/suite.ts';
import { until } from '../harness/wait.ts';

const { base } = await onPooledServer(FREE_OPEN_VARS);
const HTML = { accept: 'text/html' };

describe('a verified address', { concurrency: 2 }, () => {
  test('a registration sends a link, which proves the address once', async () => {
    assert.equal((await new Api(base).ok('GET', '/api/config')).mail, true);
    const one = await account(base);
    assert.deepEqual(await ownAccount(one), { email: one.email, verified: false, verifiedAt: null, mail: true, recoveryCodes: 0, secondFactor: false });
    const token = await newToken(base, one.email, 'verify');
    assert.match(token, TOKEN);
    const devices = [await FrameSocket.device(base, one), await FrameSocket.device(base, one)];
    const before = Date.now();
    const answer = await verify(base, token, one);
    assert.equal(answer.status, 200, answer.reply.text);
    assert.deepEqual(answer.data, { email: one.email });
    assert.deepEqual(answer.reply.cookies, [], 'nobody is signed in by it');
    for (const device of devices) assert.deepEqual(await device.next('address'), { type: 'address', verified: true });
    const { verifiedAt, ...known } = await ownAccount(one);
    assert.deepEqual([known, verifiedAt >= before - 1_000], [{ email: one.email, verified: true, mail: true, recoveryCodes: 0, secondFactor: false }, true]);
    isDead(await verify(base, token));
    assert.equal((await ownAccount(one)).verified, true);
  });

  test('a refused registration sends nothing', async () => {
    const one = await account(base);
    await newToken(base, one.email, 'verify');
    refused(await register(base, { email: one.email }), 409, 'EMAIL_TAKEN');
    await resetToken(base, one.email);
    assert.equal((await tokensTo(base, one.email, 'verify')).length, 1);
  });

  test('pressed without a session of the account it ends what was made before, and the page says so', async () => {
    const one = await account(base, { remember: true });
    const [passkey, [code]] = [await addPasskey(base, one), await recoveryCodes(one)];
    const made = await programs(one, await group(one));
    const other = await account(base);
    const token = await newToken(base, one.email, 'verify');
    const page = async (headers: Record<string, string>) => (await send(base, 'GET', `/verify?token=${token}`, { headers: { ...HTML, ...headers } })).text;
    assert.match(await page(other.api.headers), /not signed in to this account/);
    assert.doesNotMatch(await page(one.api.headers), /not signed in to this account/);
    assert.equal((await verify(base, token, other)).status, 200);
    await isOut(one);
    refused(await refresh(base, one.refreshToken!), 401, 'UNAUTHENTICATED');
    refused(await passkeyLogin(base, passkey), 404, 'NOT_FOUND');
    refused(await recover(base, one.email, code!), 401, 'BAD_CREDENTIALS');
    await until('the end of the bot', async () => (await made())[0] === 401);
    assert.deepEqual(await made(), ENDED);
    assert.equal((await other.api.get('/api/auth/me')).status, 200);
    const again = sessionOf(base, await passwordLogin(base, one.email));
    assert.equal((await ownAccount(again)).verified, true);
  });

  test('pressed with a session of the account, of whichever door, nothing ends', async () => {
    const one = await account(base);
    const library = await librarySignIn(base, one.email);
    const passkey = await addPasskey(base, one);
    const token = await newToken(base, one.email, 'verify');
    const answer = await new Api(base, { cookie: library.cookie(), origin: base }).post('/api/auth/email/verify', { token });
    assert.equal(answer.status, 200, answer.reply.text);
    assert.equal((await ownAccount(one)).verified, true);
    assert.equal((await passkeyLogin(base, passkey)).status, 200);
  });

  test('a link opens only what it is for, and is not used up by the rest', async () => {
    const one = await account(base);
    const [proof, password] = [await newToken(base, one.email, 'verify'), await resetToken(base, one.email)];
    isDead(await reset(base, proof));
    isDead(await undo(base, proof));
    isDead(await verify(base, password));
    isDead(await undo(base, password));
    assert.equal((await verify(base, proof)).status, 200);
    assert.equal((await reset(base, password)).status, 200);
  });
});

describe('the mail can be sent again', { concurrency: 2 }, () => {
  const again = (who: { api: Api }) => who.api.post('/api/auth/email/send');

  test('the new link works like the first', async () => {
    const one = await account(base);
    const first = await newToken(base, one.email, 'verify');
    const answer = await again(one);
    assert.deepEqual([answer.status, answer.data], [202, {}]);
    assert.equal((await verify(base, await newToken(base, one.email, 'verify', [first]), one)).status, 200);
    assert.equal((await ownAccount(one)).verified, true);
  });

  test('only the session of an account may ask', async () => {
    const visitor = await guest(base);
    for (const [method, path] of [['POST', '/api/auth/email/send'], ['GET', '/api/me/account']] as const) {
      refused(await visitor.api.call(method, path), 403, 'FORBIDDEN');
    }
  });
});

describe('links end', () => {
  test('a link is there after a kill -9 right behind the answer, and so is its use @night', async () => {
    const server = await onOwnServer(FREE_OPEN_VARS);
    const one = await account(server.base);
    await server.kill9();
    await server.restart();
    const token = await newToken(server.base, one.email, 'verify');
    assert.equal((await verify(server.base, token, one)).status, 200);
    await server.kill9();
    await server.restart();
    isDead(await verify(server.base, token));
    assert.equal((await ownAccount(one)).verified, true);
  });

  test('with the account all its links end, also for the next owner of the address @night', async () => {
    const server = await onOwnServer({ ...FREE_OPEN_VARS, ACCOUNT_UNDO_S: '1' });
    const one = await account(server.base);
    const [proof, password] = [await newToken(server.base, one.email, 'verify'), await resetToken(server.base, one.email)];
    assert.equal((await one.api.call('DELETE', '/api/me', { password: PASSWORD, messages: 'remove' })).status, 202);
    // A sign-in would cancel the deletion, a registration does not.
    await until('the address is free', async () => (await register(server.base, { email: one.email })).status === 201);
    isDead(await verify(server.base, proof));
    isDead(await reset(server.base, password));
    assert.equal((await passwordLogin(server.base, one.email)).status, 200);
    assert.equal((await forgot(server.base, one.email)).status, 202);
  });
});
