// sign-in.md 1, messenger.md 1.1: sign-in with e-mail and password. An unknown address and a wrong password look the same, in the answer
// and in the work for it.

import assert from 'node:assert/strict';
import { createHash, createHmac, pbkdf2Sync, randomBytes } from 'node:crypto';
import { describe, test } from 'node:test';
import { type Browser, PASSWORD, account, browserWithAccount, freshEmail, passwordLogin, register } from '../harness/accounts.ts';
import { Api, refused, type Answer } from '../harness/api.ts';
import { send } from '../harness/http.ts';
import { freshName, uuid } from '../harness/ids.ts';
import { Outside } from '../harness/outside.ts';
import { Passkey, passkeyLogin } from '../harness/passkeys.ts';
import type { Server } from '../harness/server.ts';
import { Siteverify } from '../harness/siteverify.ts';
import { onOwnServer, onSharedServer } from '../harness/suite.ts';
import { changeObject } from '../harness/tables.ts';
import { until } from '../harness/wait.ts';

const base = await onSharedServer();

/** Returns the hash methods that one request used, read from the log of the server. */
async function hashesOf(server: Server, call: (headers: Record<string, string>) => Promise<Answer>): Promise<string[]> {
  const requestId = uuid();
  await call({ 'x-request-id': requestId });
  const linesOf = (event: string) => server.output().split('\n').filter((line) => line.includes(requestId) && line.includes(`"${event}"`));
  await until('the line of the sign-in', async () => linesOf('login_failure').length + linesOf('login_success').length > 0);
  return linesOf('password_hashed').map((line) => /"method":"(\w+)"/.exec(line)?.[1] ?? line);
}

describe('login with a password', { concurrency: 2 }, () => {
  test('a wrong password and an unknown address are answered alike, byte for byte but for the ids of the answer', async () => {
    const one = await account(base);
    const wrong = await passwordLogin(base, one.email, { password: 'thursday-river-lamp' });
    const unknown = await passwordLogin(base, freshEmail());
    const shortest = await passwordLogin(base, one.email, { password: 'x' });
    for (const answer of [wrong, unknown, shortest]) {
      refused(answer, 401, 'BAD_CREDENTIALS');
      assert.deepEqual(answer.reply.cookies, []);
    }
    const bare = (answer: Answer) => JSON.stringify(answer.error);
    assert.equal(bare(wrong), bare(unknown));
    const names = (answer: Answer) => Object.keys(answer.reply.headers).sort();
    assert.deepEqual(names(wrong), names(unknown));
  });

  test('what cannot be an address or a password is VALIDATION, whoever has an account', async () => {
    for (const field of ['email', 'password']) assert.equal(refused(await passwordLogin(base, freshEmail(), { [field]: '' }), 400, 'VALIDATION').field, field);
    const missing = refused(await new Api(base).post('/api/auth/login', { token: 'dev', email: freshEmail() }), 400, 'VALIDATION');
    assert.equal(missing.field, 'password');
    const both = await new Api(base).post('/api/auth/login', { token: 'dev', email: freshEmail(), password: PASSWORD, userId: 'user_1' });
    refused(both, 400, 'VALIDATION');
  });

  test('a password and an address are the same on every keyboard, on both doors', async () => {
    const local = freshEmail().split('@')[0]!;
    const [email, password] = [`${local}ü@example.org`, 'grüne-straße-42-café'];
    await account(base, { email, password });
    const wide = password.replace(/[a-z0-9]/g, (letter) => String.fromCharCode(letter.charCodeAt(0) + 0xfee0));
    for (const spelled of [password.normalize('NFD'), wide]) {
      assert.equal((await passwordLogin(base, email.normalize('NFD'), { password: spelled })).status, 200, spelled);
      const body = { email: email.normalize('NFD').toUpperCase(), password: spelled };
      const reply = await send(base, 'POST', '/api/auth/sign-in/email', { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } });
      assert.equal(reply.status, 200, reply.text);
    }
    refused(await register(base, { email: email.normalize('NFD'), password }), 409, 'EMAIL_TAKEN');
  });

  test('a hash of what was typed before passwords had one spelling is good, and renewed; an older spelling of an address too @night', async () => {
    const server = await onOwnServer({ RATE_LOGIN: '0', KDF: 'pbkdf2', PASSWORD_PEPPER: 'the pepper of this test' });
    const typed = 'grüne-straße-42-café'.normalize('NFD');
    const one = await account(server.base);
    await server.kill9();
    const secret = createHmac('sha256', 'the pepper of this test').update(typed).digest();
    const salt = randomBytes(16);
    const rounds = 100_000;
    const text = `pbkdf2$${rounds}$0$${salt.toString('base64url')}$${pbkdf2Sync(secret, salt, rounds, 32, 'sha256').toString('base64url')}`;
    changeObject(server.state, 'UPDATE accounts SET password = ? WHERE email = ?', text, one.email);
    await server.restart();
    refused(await passwordLogin(server.base, one.email, { password: typed.normalize('NFC') }), 401, 'BAD_CREDENTIALS');
    const right = (headers: Record<string, string>) => passwordLogin(server.base, one.email, { password: typed }, headers);
    assert.deepEqual(await hashesOf(server, right), ['pbkdf2', 'pbkdf2', 'pbkdf2'], 'as it is now, as it was, and a new one');
    assert.deepEqual(await hashesOf(server, right), ['pbkdf2']);
    assert.equal((await passwordLogin(server.base, one.email, { password: typed.normalize('NFC') })).status, 200);
    // The shard of an account follows from the address in its old spelling. So the test searches an old address with the same first digit.
    const shard = (email: string) => createHash('sha256').update(email).digest('hex')[0];
    const inShard = (of: (at: number) => string) => Array.from({ length: 200 }, (_, at) => of(at)).find((email) => shard(email) === shard(one.email))!;
    const old = inShard((at) => `käthe${at}@example.org`.normalize('NFD'));
    await server.kill9();
    changeObject(server.state, 'UPDATE accounts SET email = ? WHERE email = ?', old, one.email);
    await server.restart();
    assert.equal((await passwordLogin(server.base, old, { password: typed })).status, 200);

    // An account from before hosts were compared in ASCII: alone, and as one of two accounts of a mailbox.
    const [host, ascii] = ['bücher.example', 'xn--bcher-kva.example'];
    const [alone, shared] = ['mia', 'ben'].map((name) => inShard((at) => `${name}${at}@${host}`).split('@')[0]!) as [string, string];
    const move = async (from: string, to: string) => {
      await server.kill9();
      changeObject(server.state, 'UPDATE accounts SET email = ? WHERE email = ?', to, from);
      await server.restart();
    };
    const two = await account(server.base, { email: `${shared}@${ascii}` });
    await move(old, `${alone}@${host}`);
    for (const email of [`${alone}@${host}`, `${alone}@${ascii}`]) {
      assert.equal((await passwordLogin(server.base, email, { password: typed })).data.user.id, one.user.id, email);
      refused(await register(server.base, { email }), 409, 'EMAIL_TAKEN');
    }
    await move(`${alone}@${host}`, `${shared}@${host}`);
    for (const email of [`${shared}@${host}`, `${shared}@${ascii}`]) {
      assert.equal((await passwordLogin(server.base, email, { password: typed })).data.user.id, one.user.id, email);
      assert.equal((await passwordLogin(server.base, email)).data.user.id, two.user.id, email);
      refused(await passwordLogin(server.base, email, { password: 'thursday-river-lamp' }), 401, 'BAD_CREDENTIALS');
    }
    await until('the line about the pair', async () => server.output().includes('address_pair') && server.output().includes(two.user.id));
  });
});

describe('failures count for where they came from', { concurrency: 2 }, () => {
  const from = (network: number) => ({ 'cf-connecting-ip': `198.51.${network}.${1 + Math.floor(Math.random() * 250)}` });
  const fail = async (email: string, network: number, times: number) => {
    for (let n = 0; n < times; n += 1) refused(await passwordLogin(base, email, { password: `wrong-guess-${network}-${n}` }, from(network)), 401, 'BAD_CREDENTIALS');
  };

  test('wrong passwords from one network keep that network out, and not the account\'s owner elsewhere', async () => {
    const one = await account(base);
    await fail(one.email, 1, 10);
    const { retryAfterMs } = refused(await passwordLogin(base, one.email, {}, from(1)), 429, 'RATE_LIMITED');
    assert.ok(retryAfterMs! > 3_400_000 && retryAfterMs! <= 3_600_000);
    assert.equal((await passwordLogin(base, one.email, {}, from(2))).status, 200);
    assert.equal((await one.api.get('/api/auth/me')).status, 200, 'who is signed in stays so');
    const unknown = freshEmail();
    await fail(unknown, 1, 10);
    refused(await passwordLogin(base, unknown, {}, from(1)), 429, 'RATE_LIMITED');
    refused(await passwordLogin(base, unknown, {}, from(2)), 401, 'BAD_CREDENTIALS');
  });

  test('a browser that is remembered for the account, and a passkey, are let through; a browser that guesses keeps itself out', async () => {
    const { browser, email } = await browserWithAccount(base, { remember: true });
    const stranger = await browserWithAccount(base, { remember: true });
    const begun = await browser.post('/api/auth/passkey/register/begin');
    const passkey = new Passkey(base);
    assert.equal((await browser.post('/api/auth/passkey/register/finish', passkey.made(begun.data))).status, 201);
    await fail(email, 11, 10);
    const typed = (who: Browser, password = PASSWORD) => who.api.with(from(11)).post('/api/auth/login', { email, password, token: 'dev' });
    refused(await typed(stranger.browser), 429, 'RATE_LIMITED');
    assert.equal((await typed(browser)).status, 200);
    assert.equal((await passkeyLogin(base, passkey)).status, 200);
    for (let n = 0; n < 10; n += 1) refused(await typed(browser, `wrong-guess-${n}`), 401, 'BAD_CREDENTIALS');
    refused(await typed(browser), 429, 'RATE_LIMITED');
    browser.cookies.delete('cfm');
    assert.equal((await browser.refresh()).status, 200, 'it is remembered all the same');
  });
});

describe('the work behind it', () => {
  test('unknown address and wrong password cost one hash each, of the same method', async () => {
    const server = await onOwnServer({ KDF: '', RATE_LOGIN: '0' });
    const one = await account(server.base);
    const wrong = await hashesOf(server, (headers) => passwordLogin(server.base, one.email, { password: 'thursday-river-lamp' }, headers));
    const unknown = await hashesOf(server, (headers) => passwordLogin(server.base, freshEmail(), {}, headers));
    assert.deepEqual(wrong, ['argon2id']);
    assert.deepEqual(unknown, wrong);
    const form = { email: freshEmail(), password: 'password123', displayName: freshName(), token: 'dev' };
    const api = new Api(server.base);
    await api.post('/api/auth/register', form, { 'x-request-id': uuid() }).then((answer) => refused(answer, 400, 'VALIDATION'));
    assert.ok(!server.output().includes('thursday') && !server.output().includes('password123'), 'no line holds a password');
  });

  test('KDF=pbkdf2 works, and a sign-in raises a hash that was made otherwise @night', async () => {
    const server = await onOwnServer({ RATE_LOGIN: '0', KDF: 'pbkdf2' });
    const one = await account(server.base);
    const right = (headers: Record<string, string>) => passwordLogin(server.base, one.email, {}, headers);
    assert.deepEqual(await hashesOf(server, right), ['pbkdf2']);
    refused(await passwordLogin(server.base, one.email, { password: 'thursday-river-lamp' }), 401, 'BAD_CREDENTIALS');
    await server.kill9();
    server.vars['KDF'] = 'argon2id';
    await server.restart();
    // Until the last hash is converted, a refusal costs both methods, also for an unknown address. The unknown address must be in the same
    // shard, because a shard knows only its own hashes.
    const shard = (email: string) => createHash('sha256').update(email).digest('hex')[0];
    let email = freshEmail();
    while (shard(email) !== shard(one.email)) email = freshEmail();
    const wrong = (headers: Record<string, string>) => passwordLogin(server.base, one.email, { password: 'thursday-river-lamp' }, headers);
    const unknown = (headers: Record<string, string>) => passwordLogin(server.base, email, {}, headers);
    assert.deepEqual((await hashesOf(server, wrong)).sort(), ['argon2id', 'pbkdf2']);
    assert.deepEqual((await hashesOf(server, unknown)).sort(), ['argon2id', 'pbkdf2']);
    assert.deepEqual(await hashesOf(server, right), ['pbkdf2', 'argon2id'], 'checked with the old, written with the new');
    for (const attempt of [right, wrong, unknown]) assert.deepEqual(await hashesOf(server, attempt), ['argon2id']);
  });

  test('another pepper knows no password; with the one before named beside it a password is right, and is hashed anew @night', async () => {
    const server = await onOwnServer({ RATE_LOGIN: '0', KDF: 'pbkdf2', PASSWORD_PEPPER: 'one' });
    const one = await account(server.base);
    const restarted = async (vars: Record<string, string>) => {
      await server.kill9();
      Object.assign(server.vars, vars);
      await server.restart();
    };
    await restarted({ PASSWORD_PEPPER: 'two' });
    refused(await passwordLogin(server.base, one.email), 401, 'BAD_CREDENTIALS');
    await restarted({ PASSWORD_PEPPER_PREVIOUS: 'one' });
    const right = (headers: Record<string, string>) => passwordLogin(server.base, one.email, {}, headers);
    const wrong = (headers: Record<string, string>) => passwordLogin(server.base, one.email, { password: 'thursday-river-lamp' }, headers);
    const unknown = (headers: Record<string, string>) => passwordLogin(server.base, freshEmail(), {}, headers);
    for (const attempt of [wrong, unknown]) assert.deepEqual(await hashesOf(server, attempt), ['pbkdf2', 'pbkdf2'], 'a no costs the same for everybody');
    assert.deepEqual(await hashesOf(server, right), ['pbkdf2', 'pbkdf2', 'pbkdf2'], 'with this one, with the one before, and a new one');
    assert.deepEqual(await hashesOf(server, right), ['pbkdf2']);
    await restarted({ PASSWORD_PEPPER_PREVIOUS: '' });
    assert.equal((await passwordLogin(server.base, one.email)).status, 200, 'the old pepper is not needed any more');
  });

  test('without a pepper nobody signs up or in with a password outside of ENV=dev; personas and guests do', async () => {
    const service = await Siteverify.start();
    const outside = await Outside.start({ 'challenges.cloudflare.com': service.url });
    try {
      const vars = { ENV: 'production', TURNSTILE_SECRET_KEY: '1x0000000000000000000000000000000AA' };
      const { base: bare } = await onOwnServer(vars, { outside: outside.address });
      refused(await register(bare, { token: Siteverify.token('success') }), 500, 'MISCONFIGURED');
      refused(await passwordLogin(bare, freshEmail(), { token: Siteverify.token('success') }), 500, 'MISCONFIGURED');
      const guest = await new Api(bare).post('/api/auth/login', { displayName: freshName(), token: Siteverify.token('success') });
      assert.equal(guest.status, 200);
    } finally {
      outside.close();
      await service.stop();
    }
    const { base: production } = await onOwnServer({ ENV: 'production' });
    refused(await register(production), 500, 'MISCONFIGURED');
  });
});
