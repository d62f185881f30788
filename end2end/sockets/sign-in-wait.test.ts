// account.md 8: a sign-in that meets the limit per address waits and comes again; a wait after wrong passwords is repeated by nobody.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { PASSWORD, freshEmail } from '../harness/accounts.ts';
import { pageAfter, send, type Reply } from '../harness/http.ts';
import { freshName } from '../harness/ids.ts';
import { onOwnServer } from '../harness/suite.ts';

// The first window is never full, so nobody is blocked for a minute.
const { base } = await onOwnServer({ RATE_LOGIN: '100/1,3/600', RATE_LOGIN_FAIL: '1/3600' });

/** Sends the form of the sign-in page from an address, as its script does, or as a browser without one. */
function signIn(ip: string, form: Record<string, string>, accept = 'application/json'): Promise<Reply> {
  return send(base, 'POST', '/sf/sign_in', {
    headers: { 'content-type': 'application/x-www-form-urlencoded', accept, origin: base, 'cf-connecting-ip': ip },
    body: new URLSearchParams({ token: 'dev', ...form }).toString(),
  });
}

/** Uses up what an address has, with sign-ins that fail for another reason. */
async function fill(ip: string): Promise<void> {
  for (let n = 0; n < 3; n += 1) {
    const reply = await signIn(ip, { displayName: freshName(), token: 'no' });
    assert.match(String(reply.headers['location']), /error=TURNSTILE_FAILED$/);
  }
}

/** Returns the query to which an answer leads. */
const leadsTo = (reply: Reply): Record<string, string> => Object.fromEntries(new URL(String(reply.headers['location']), base).searchParams);

describe('the limit per address', { concurrency: true }, () => {
  test('the script of the form learns the wait and the number of its tries, and gives up after the fifth', async () => {
    const ip = '203.0.113.1';
    await fill(ip);
    const form = { displayName: freshName() };
    for (const [before, tries] of [['', '1'], ['1', '2'], ['4', '5'], ['5', '5'], ['many', '1']] as const) {
      const reply = await signIn(ip, { ...form, try: before });
      const { wait, retry, ...rest } = leadsTo(reply);
      assert.deepEqual(rest, { error: 'RATE_LIMITED', try: tries }, reply.text);
      assert.ok(Number(retry) > 0 && Number(retry) <= 600, String(retry));
      assert.equal(wait, tries === '5' ? undefined : retry);
      assert.ok(!reply.cookies.some((line) => /^cfm=[^;]/.test(line)));
    }
  });

  test('the place that a form leads to has its persona and nothing that was typed', async () => {
    const ip = '203.0.113.2';
    await fill(ip);
    assert.equal(leadsTo(await signIn(ip, { persona: 'user_3' }))['persona'], 'user_3');
    const email = freshEmail();
    const reply = await signIn(ip, { email, password: PASSWORD });
    assert.deepEqual(Object.keys(leadsTo(reply)).sort(), ['error', 'form', 'retry', 'try', 'wait']);
    assert.ok(![email, PASSWORD].some((typed) => decodeURIComponent(String(reply.headers['location'])).includes(typed)));
  });

  test('without a script the answer leads back to the form, with all that was typed but the password', async () => {
    const ip = '203.0.113.3';
    await fill(ip);
    const email = freshEmail();
    const back = async (form: Record<string, string>): Promise<Reply> => pageAfter(base, await signIn(ip, form, 'text/html'));
    const page = await back({ email, password: PASSWORD, remember: 'true', status: 'away', try: '1' });
    assert.match(page.text, /Try again in.*\d+ s/s);
    assert.ok(page.text.includes(`value="${email}"`), 'the address');
    assert.match(page.text, /<input[^>]*name="remember"[^>]*checked/);
    assert.match(page.text, /<option[^>]*value="away"[^>]*selected/);
    assert.match(page.text, /<input[^>]*name="try"[^>]*value="2"/);
    assert.ok(!page.text.includes(PASSWORD));
    const name = freshName();
    const ofGuest = await back({ displayName: name, try: '4' });
    assert.ok(ofGuest.text.includes(`value="${name}"`));
    assert.match(ofGuest.text, /We tried five times/);
  });

  test('a wait after wrong passwords is told, and nobody repeats it', async () => {
    const [ip, email] = ['203.0.113.4', freshEmail()];
    assert.equal(leadsTo(await signIn(ip, { email, password: PASSWORD }))['error'], 'BAD_CREDENTIALS');
    const { retry, ...rest } = leadsTo(await signIn(ip, { email, password: PASSWORD, try: '1' }));
    assert.deepEqual(rest, { form: 'account', error: 'RATE_LIMITED' });
    assert.ok(Number(retry) > 600, String(retry));
    const page = await signIn(ip, { email, password: PASSWORD }, 'text/html');
    assert.ok([302, 303].includes(page.status), `${page.status}`);
  });
});
