// account.md 1: mails about accounts by each way, their repetitions, and the development mailbox. The mail of a registration stands for all.

import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { newToken, recoveryCodes, resetToken, verify } from '../harness/account_life.ts';
import { account, freshEmail, register } from '../harness/accounts.ts';
import { send } from '../harness/http.ts';
import { linkIn, mailbox, mailsTo, newestMail, tokenIn } from '../harness/mail.ts';
import { Receiver } from '../harness/receiver.ts';
import { FREE_VARS } from '../harness/server.ts';
import { onOwnServer, onPooledServer } from '../harness/suite.ts';
import { until } from '../harness/wait.ts';

/** Registers an account and returns its address. */
async function signedUp(base: string, headers: Record<string, string> = {}): Promise<string> {
  const email = freshEmail();
  const answer = await register(base, { email }, headers);
  assert.equal(answer.status, 201, answer.reply.text);
  return email;
}

// All servers start before the first test: the runner cleans up once all known tests are over.
const provider = await Receiver.start();
after(() => provider.close());
const PROVIDER = { MAIL_API_URL: provider.url, MAIL_API_KEY: 'a-key-of-the-tests', MAIL_FROM: 'CF Messenger <no-reply@messenger.example>' };
const [{ base }, sending] = await Promise.all([
  onPooledServer(FREE_VARS),
  onOwnServer({ ...FREE_VARS, ...PROVIDER }),
]);

describe('the development mailbox', () => {
  test('a registration sends a mail in the language of the request, with a link of this server', async () => {
    const [english, german] = [await signedUp(base), await signedUp(base, { 'accept-language': 'de-AT,de;q=0.9' })];
    const mail = await newestMail(base, english);
    assert.deepEqual(Object.keys(mail).sort(), ['at', 'html', 'subject', 'text', 'to']);
    assert.match(mail.subject, /^Confirm/);
    for (const text of [mail.text, mail.html]) assert.ok(text.includes(linkIn(mail)), text);
    assert.doesNotMatch(mail.html, /<(img|link|script|iframe|object)\b|\bsrc=|url\(/i);
    assert.ok(linkIn(mail).startsWith(`${base}/verify?token=`), linkIn(mail));
    assert.match(tokenIn(mail), /^[\w-]{43}$/);
    // A browser gets a page with a frame for each mail, in which nothing runs.
    const page = await send(base, 'GET', '/__dev/mail', { headers: { accept: 'text/html' } });
    assert.match(String(page.headers['content-type']), /^text\/html/);
    assert.equal(page.headers['cache-control'], 'no-store');
    assert.match(String(page.headers['content-security-policy']), /^default-src 'none'(?!.*script-src)/);
    assert.ok(page.text.includes(mail.to) && page.text.includes(`href="${linkIn(mail)}"`), page.text.slice(0, 2_000));
    const own = await newestMail(base, german);
    assert.match(own.subject, /^Bestätige deine/);
    assert.match(own.html, /<html lang="de">/);
    assert.notEqual(tokenIn(own), tokenIn(mail));
  });

  test('an address gets ten notes in an hour until it is proved, then all of them, and links to a new password whatever came before', async () => {
    const one = await account(base);
    const count = async () => (await mailsTo(base, one.email)).length;
    const token = await newToken(base, one.email, 'verify');
    for (let n = 0; n < 12; n += 1) await recoveryCodes(one);
    const first = await resetToken(base, one.email);
    await until('a link, ten notes and a link', async () => (await count()) === 12);
    assert.equal((await verify(base, token, one)).status, 200);
    for (let n = 0; n < 6; n += 1) await recoveryCodes(one);
    await until('six notes to a proved address', async () => (await count()) >= 18);
    assert.notEqual(await resetToken(base, one.email), first);
  });
});

describe('a provider', () => {
  /** Returns the calls about one address. */
  const callsFor = (email: string) => provider.calls.filter((call) => call.body.to[0] === email);

  test('after 500 the mail is sent again under the same key', async () => {
    provider.statuses = [500, 200];
    const email = await signedUp(sending.base);
    const [first, second] = await until('both calls', () => callsFor(email).length === 2 && callsFor(email));
    assert.deepEqual(second!.body, first!.body);
    assert.deepEqual(Object.keys(first!.body).sort(), ['from', 'html', 'subject', 'text', 'to']);
    assert.deepEqual([first!.body.from, first!.body.to], [PROVIDER.MAIL_FROM, [email]]);
    assert.ok(linkIn({ ...first!.body, to: email, at: 0 }).startsWith(`${sending.base}/verify?token=`));
    for (const { headers } of [first!, second!]) {
      assert.equal(headers.authorization, `Bearer ${PROVIDER.MAIL_API_KEY}`);
      assert.equal(headers['content-type'], 'application/json');
      assert.match(String(headers['idempotency-key']), /^[0-9a-f-]{36}$/);
    }
    assert.equal(first!.headers['idempotency-key'], second!.headers['idempotency-key']);
    assert.deepEqual(await mailbox(sending), [], 'the mailbox is for servers without another way');
  });

  test('after a refusal the mail is dropped, and a line says so without the address', async () => {
    provider.statuses = [422];
    const email = await signedUp(sending.base);
    const failed = () => sending.output().split('\n').find((line) => line.includes('"mail_failed"') && line.includes('status 422'));
    const line = await until('the line', failed);
    assert.ok(!line.includes(email) && !line.includes(PROVIDER.MAIL_API_KEY), line);
    // The next mail is taken. The dropped one has not come again by then.
    const next = await signedUp(sending.base);
    await until('the next mail', () => callsFor(next).length === 1);
    assert.equal(callsFor(email).length, 1);
    assert.notEqual(callsFor(email)[0]!.headers['idempotency-key'], callsFor(next)[0]!.headers['idempotency-key']);
  });

  // The alarm repeats an attempt that was lost after the longest time that attempts may take.
  test('a mail that was on its way when the server died is sent after the restart @night', async () => {
    provider.isSilent = true;
    const email = await signedUp(sending.base);
    await until('the first call', () => callsFor(email).length === 1);
    await sending.kill9();
    provider.isSilent = false;
    await sending.restart();
    const [first, second] = await until('the second call', () => callsFor(email).length === 2 && callsFor(email));
    assert.equal(first!.headers['idempotency-key'], second!.headers['idempotency-key']);
    assert.deepEqual(second!.body, first!.body);
  });
});
