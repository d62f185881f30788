// sign-in.md 7: sign-in with a passkey. Every fault in the browser's answer yields the same 401, and a passkey that is not there a 404.

import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { describe, test } from 'node:test';
import { account, Browser, browserWithAccount, cookiesOf, PASSWORD, refresh, sessionOf } from '../harness/accounts.ts';
import { auditRows } from '../harness/admin.ts';
import { Api, refused, type Answer } from '../harness/api.ts';
import { archived } from '../harness/archive.ts';
import { variables } from '../harness/limits.ts';
import { addPasskey, beginLogin, beginMaking, finishLogin, Passkey, passkeyLogin } from '../harness/passkeys.ts';
import { guest } from '../harness/session.ts';
import { onOwnServer } from '../harness/suite.ts';
import { moment, until } from '../harness/wait.ts';

const ADMIN_TOKEN = 'an admin token for tests';
const OTHER_PAGE = 'https://app.example.org';
const open = { ADMIN_TOKEN, ALLOWED_ORIGINS: OTHER_PAGE, RATE_LOGIN: '0', RATE_LOGIN_FAIL: '0', RATE_REGISTER: '0', RATE_REST: '0', RATE_ACCOUNT: '0' };
const [{ base }, { base: hasty }] = await Promise.all([onOwnServer(open), onOwnServer({ ...open, REAUTH_S: '3' })]);

const list = async (who: { api: Api }): Promise<any[]> => (await who.api.ok('GET', '/api/auth/passkey')).items;
const admin = new Api(base, { authorization: `Bearer ${ADMIN_TOKEN}` });
const row = (action: string, actor: string | null, target?: string) =>
  until(`a row ${action} of ${actor}`, async () =>
    (await auditRows(admin, action, actor ?? target!)).some((one) => one.actor === actor && (!target || one.target === target)));

/** Returns the part of a refusal that is the same for every call. */
const words = (answer: Answer): unknown => [answer.status, answer.error];

describe('passkeys', () => {
  test('one is made, lets its owner in with a session like any other, is renamed and removed', async () => {
    const mia = await account(base);
    assert.deepEqual(await list(mia), []);
    const begun = await beginMaking(mia);
    assert.match(begun.data.challenge, /^[\w-]{43}$/);
    assert.deepEqual(begun.data.rp, { id: '127.0.0.1', name: 'CF Messenger' });
    assert.deepEqual(begun.data.user, { id: Buffer.from(mia.user.id).toString('base64url'), name: mia.email, displayName: mia.user.displayName });
    assert.deepEqual(begun.data.excludeCredentials, []);

    const passkey = await addPasskey(base, mia, '  my   key ');
    assert.deepEqual((await beginMaking(mia)).data.excludeCredentials, [{ type: 'public-key', id: passkey.id }]);
    const [made] = await list(mia);
    assert.deepEqual({ ...made, createdAt: 0 }, { id: passkey.id, name: 'my   key', createdAt: 0, lastUsedAt: null });
    await row('passkey-add', mia.user.id, passkey.id.slice(0, 16));

    const answer = await passkeyLogin(base, passkey, {}, { remember: true });
    assert.equal(answer.status, 200, answer.reply.text);
    const again = sessionOf(base, answer);
    assert.equal(again.user.id, mia.user.id);
    assert.equal(again.user.displayName, mia.user.displayName);
    assert.equal((await refresh(base, again.refreshToken!)).status, 200, 'the browser is remembered');
    assert.ok((await list(mia))[0].lastUsedAt >= made.createdAt);

    await mia.api.ok('PATCH', `/api/auth/passkey/${passkey.id}`, { name: 'Schlüssel 🗝' });
    assert.equal((await list(mia))[0].name, 'Schlüssel 🗝');
    await mia.api.ok('DELETE', `/api/auth/passkey/${passkey.id}`);
    assert.deepEqual(await list(mia), []);
    refused(await passkeyLogin(base, passkey), 404, 'NOT_FOUND');
    refused(await mia.api.delete(`/api/auth/passkey/${passkey.id}`), 404, 'NOT_FOUND');
    refused(await mia.api.call('PATCH', `/api/auth/passkey/${passkey.id}`, { name: 'x' }), 404, 'NOT_FOUND');
    await row('passkey-remove', mia.user.id);
    await row('login', null, 'passkey');
  });

  test('the status that was chosen before holds from the first moment, and without one it is that of before', async () => {
    const mia = await account(base);
    const passkey = await addPasskey(base, mia);
    refused(await passkeyLogin(base, passkey, {}, { status: 'gone fishing' }), 400, 'VALIDATION');
    for (const form of [{ status: 'appear_offline' }, {}]) {
      const answer = await passkeyLogin(base, passkey, {}, form);
      assert.equal(answer.status, 200, answer.reply.text);
      assert.equal((await sessionOf(base, answer).api.ok('GET', '/api/me')).status, 'appear_offline');
    }
  });

  test('a page gets cookies and no token', async () => {
    const { browser } = await browserWithAccount(base);
    const begun = await browser.post('/api/auth/passkey/register/begin');
    const passkey = new Passkey(base);
    assert.equal((await browser.post('/api/auth/passkey/register/finish', passkey.made(begun.data))).status, 201);
    const other = new Browser(base);
    const options = (await other.post('/api/auth/passkey/login/begin')).data;
    const answer = await other.post('/api/auth/passkey/login/finish', passkey.signed(options));
    assert.equal(answer.status, 200, answer.reply.text);
    assert.equal('sessionId' in answer.data, false);
    assert.ok(cookiesOf(answer).get('cfm')!.attributes.includes('httponly'));
    assert.equal((await other.api.get('/api/auth/me')).status, 200);
    refused(await new Api(base, { origin: 'https://evil.example' }).post('/api/auth/passkey/login/begin'), 403, 'ORIGIN_FORBIDDEN');
  });

  test('each lie is refused in the same words, and takes the challenge with it', async () => {
    const [mia, bo] = [await account(base), await account(base)];
    const [passkey, others] = [await addPasskey(base, mia), await addPasskey(base, bo)];
    const foreign = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
    // Each form of a lie is a row of `passkey/tests.rs`.
    const lies = [
      { challenge: Buffer.alloc(32).toString('base64url') },
      { origin: 'https://evil.example' },
      { party: 'localhost' },
      // Flags of an authenticator that was touched but has not verified the person.
      { flags: 0x01 },
    ];
    const honest = words(refusedAs401(await passkeyLogin(base, passkey, { key: foreign })));
    for (const lie of lies) {
      const options = await beginLogin(base);
      const answer = await finishLogin(base, passkey.signed(options, lie));
      assert.deepEqual(words(refusedAs401(answer)), honest, JSON.stringify(lie));
      if (lie.challenge === undefined) refusedAs401(await finishLogin(base, passkey.signed(options)));
      const unknown = await passkeyLogin(base, new Passkey(base), { handle: passkey.handle, ...lie });
      assert.deepEqual(words(refusedAs401(unknown)), honest, `${JSON.stringify(lie)} of a passkey that is not there`);
    }
    // What is right in all else tells its browser that the account does not have it.
    for (const lie of [{ handle: others.handle }, { handle: 'not base64' }, { id: others.id }, { id: '' }]) {
      refused(await passkeyLogin(base, passkey, lie), 404, 'NOT_FOUND');
    }
    refused(await passkeyLogin(base, new Passkey(base), { handle: passkey.handle }), 404, 'NOT_FOUND');
    refused(await finishLogin(base, {}), 400, 'VALIDATION');
    assert.equal((await passkeyLogin(base, passkey)).status, 200, 'nothing of it has touched the passkey itself');
  });

  test('a challenge is good once', async () => {
    const mia = await account(base);
    const passkey = await addPasskey(base, mia);
    const first = await beginLogin(base);
    assert.equal(first.timeout, 1_000 * variables.PASSKEY_CHALLENGE_S.default);
    const form = passkey.signed(first);
    assert.equal((await finishLogin(base, form)).status, 200);
    refusedAs401(await finishLogin(base, form));
  });

  test('a new passkey has to be what it says', async () => {
    const mia = await account(base);
    const make = async (lies: object) => {
      const begun = (await beginMaking(mia)).data;
      return refused(await mia.api.post('/api/auth/passkey/register/finish', new Passkey(base).made(begun, lies)), 400, 'VALIDATION').field;
    };
    for (const lie of [{ origin: 'https://evil.example' }, { challenge: 'x' }]) assert.equal(await make(lie), 'clientDataJSON', JSON.stringify(lie));
    for (const lie of [{ flags: 0x41 }, { algorithm: -8 }]) assert.equal(await make(lie), 'attestationObject', JSON.stringify(lie));
    const named = { ...new Passkey(base).made((await beginMaking(mia)).data), name: 'x'.repeat(65) };
    assert.equal(refused(await mia.api.post('/api/auth/passkey/register/finish', named), 400, 'VALIDATION').field, 'name');
    assert.deepEqual(await list(mia), []);
  });

  test('a counter that goes back stops the passkey, until its owner names it anew', async () => {
    const mia = await account(base);
    const passkey = await addPasskey(base, mia, 'counting');
    passkey.counter = 7;
    assert.equal((await passkeyLogin(base, passkey)).status, 200);
    for (const counter of [7, 8]) refusedAs401(await passkeyLogin(base, passkey, { counter }));
    await row('passkey-clone', mia.user.id, passkey.id.slice(0, 16));
    assert.equal((await list(mia))[0].stopped, true);
    await mia.api.ok('PATCH', `/api/auth/passkey/${passkey.id}`, { name: 'still mine' });
    assert.equal('stopped' in (await list(mia))[0], false);
    // The owner's counter may be lower than the one that a copy has reached.
    assert.equal((await passkeyLogin(base, passkey, { counter: 3 })).status, 200);
  });

  test('for accounts that signed in just now', async () => {
    const visitor = await guest(base);
    refused(await beginMaking(visitor), 403, 'FORBIDDEN');

    const late = await account(hasty, { remember: true });
    const key = await addPasskey(hasty, late);
    const stale = async (who: { api: Api }) => {
      refused(await beginMaking(who), 403, 'REAUTH_REQUIRED');
      refused(await who.api.call('PATCH', `/api/auth/passkey/${key.id}`, { name: 'x' }), 403, 'REAUTH_REQUIRED');
      refused(await who.api.delete(`/api/auth/passkey/${key.id}`), 403, 'REAUTH_REQUIRED');
      assert.equal((await list(who)).length, 1, 'looking is always possible');
    };
    await moment(Date.now() + 3_100);
    await stale(late);
    // A session that a remembered browser renewed proves nothing new; a sign-in with a passkey does.
    await stale(sessionOf(hasty, await refresh(hasty, late.refreshToken!)));
    const proven = sessionOf(hasty, await passkeyLogin(hasty, key));
    await proven.api.ok('PATCH', `/api/auth/passkey/${key.id}`, { name: 'fresh' });
  });

  test('another page of ours is a party of its own', async () => {
    const mia = await account(base);
    const there = { api: mia.api.with({ origin: OTHER_PAGE }) };
    const begun = await beginMaking(there);
    assert.equal(begun.data.rp.id, 'app.example.org');
    const passkey = new Passkey(OTHER_PAGE);
    assert.equal((await there.api.post('/api/auth/passkey/register/finish', passkey.made(begun.data))).status, 201);
    const options = await new Api(base, { origin: OTHER_PAGE }).ok('POST', '/api/auth/passkey/login/begin', {});
    assert.equal(options.rpId, 'app.example.org');
    assert.equal((await finishLogin(base, passkey.signed(options))).status, 200);
    refusedAs401(await passkeyLogin(base, passkey, { origin: base }));
  });

  test('whoever wants to be gone can come back with a passkey', async () => {
    const mia = await account(base);
    const passkey = await addPasskey(base, mia);
    assert.equal((await mia.api.call('DELETE', '/api/me', { messages: 'remove', password: PASSWORD })).status, 202);
    const back = sessionOf(base, await passkeyLogin(base, passkey));
    assert.equal(back.user.id, mia.user.id);
    assert.equal((await back.api.get('/api/auth/me')).status, 200);
  });

  test('what is kept of one goes along in the archive', async () => {
    const mia = await account(base);
    const passkey = await addPasskey(base, mia, 'for the archive');
    const { passkeys } = await archived(mia, 'profile.json');
    assert.deepEqual(passkeys.map(({ id, name }: any) => [id, name]), [[passkey.id, 'for the archive']]);
  });
});

function refusedAs401(answer: Answer): Answer {
  refused(answer, 401, 'BAD_CREDENTIALS');
  return answer;
}
