// messenger.md 12.1: SIGN_IN says what the sign-in page puts first, and with PERSONAS=0 there are no personas (sign-in.md 1.6).

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { account, browserWithAccount } from '../harness/accounts.ts';
import { Api, refused } from '../harness/api.ts';
import { send } from '../harness/http.ts';
import { freshName } from '../harness/ids.ts';
import { login } from '../harness/session.ts';
import { onPooledServer, onSharedServer } from '../harness/suite.ts';

const HTML = { accept: 'text/html', 'accept-language': 'en' };

const demo = await onSharedServer();
// An empty value is none: this server has the default.
const { base: accounts } = await onPooledServer({ SIGN_IN: '', RATE_LOGIN: '0', RATE_REGISTER: '0' }, true);
const { base: bare } = await onPooledServer({ SIGN_IN: 'accounts', PERSONAS: '0', RATE_LOGIN: '0', RATE_REGISTER: '0' }, true);

async function signInPage(base: string, query = ''): Promise<string> {
  const page = await send(base, 'GET', `/sign-in${query}`, { headers: HTML });
  assert.equal(page.status, 200);
  return page.text;
}

/** Returns the fields of the page in the order in which they stand there. */
function order(page: string): string[] {
  const places = ['email', 'displayName', 'persona'].map((name) => [name, page.indexOf(`name="${name}"`)] as const);
  return places.filter(([, at]) => at >= 0).toSorted(([, one], [, other]) => one - other).map(([name]) => name);
}

describe('what the sign-in page puts first', { concurrency: true }, () => {
  test('accounts, then guests, then personas, and the demo for those who want no account', async () => {
    const page = await signInPage(accounts);
    assert.deepEqual(order(page), ['email', 'displayName', 'persona']);
    for (const words of ['Sign in with your account', 'or join as a guest', 'or play one of our characters', 'Forgot your password?', 'Create account']) {
      assert.ok(page.includes(words), words);
    }
    assert.match(page, /<a href="\/demo"[^>]*>Try it without an account</);
    assert.match(await signInPage(accounts, '?form=new'), /<a href="\/demo"/);
    assert.equal([...page.matchAll(/data-kind="default"/g)].length, 1, 'one button is the first');
  });

  test('with SIGN_IN=demo personas, then guests, then accounts', async () => {
    const page = await signInPage(demo);
    assert.deepEqual(order(page), ['persona', 'displayName', 'email']);
    assert.doesNotMatch(page, /<a href="\/demo"/);
  });

  test('a refusal stands in its form, whichever is the first', async () => {
    for (const base of [demo, accounts]) {
      for (const [query, word] of [['?error=RATE_LIMITED', 'displayName'], ['?form=account&error=RATE_LIMITED', 'email']] as const) {
        const forms = (await signInPage(base, query)).split('<form ').slice(1);
        const refusedForms = forms.filter((form) => form.includes('role="alert"') && form.includes('Too many attempts'));
        assert.equal(refusedForms.length, 1, query);
        assert.ok(refusedForms[0]!.includes(`name="${word}"`), query);
      }
    }
  });
});

describe('without personas', { concurrency: true }, () => {
  test('nobody signs in as one, by the API or by the form of the page', async () => {
    assert.equal(refused(await login(bare, { userId: 'user_7' }), 400, 'VALIDATION').field, 'userId');
    assert.equal((await login(bare, { displayName: freshName() })).status, 200, 'guests do');
    const form = await send(bare, 'POST', '/sf/sign_in', {
      headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'text/html', origin: bare },
      body: new URLSearchParams({ token: 'dev', persona: 'user_7' }).toString(),
    });
    assert.match(String(form.headers['location']), /error=VALIDATION/);
    assert.ok(!form.cookies.some((line) => /^cfm=[^;]/.test(line)));
  });

  test('no list shows one: neither the public list, nor that of people, nor the pages', async () => {
    const isPersona = (row: any): boolean => row.kind === 'persona' || /^user_\d+$/.test(row.id);
    const listed = (await new Api(bare).get('/api/auth/accounts')).data as any[];
    assert.ok(listed.length > 0 && !listed.some(isPersona), 'bots stay');
    const person = await account(bare);
    const { items } = await person.api.ok('GET', '/api/users?limit=200');
    assert.ok(!items.some(isPersona));
    assert.deepEqual(order(await signInPage(bare)), ['email', 'displayName']);
    const { browser } = await browserWithAccount(bare);
    const cookie = [...browser.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const home = await send(bare, 'GET', '/app', { headers: { ...HTML, cookie } });
    assert.equal(home.status, 200);
    assert.doesNotMatch(home.text, /"user_\d+"/);
  });
});
