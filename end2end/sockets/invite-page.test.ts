// people.md 5: `/i/<code>` names the inviting person and leads into the messenger. The page works without a script and acts through forms.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { account, browserWithAccount, PASSWORD, freshEmail, type Browser } from '../harness/accounts.ts';
import { Api } from '../harness/api.ts';
import { send, type Reply } from '../harness/http.ts';
import { freshName } from '../harness/ids.ts';
import { FREE_VARS } from '../harness/server.ts';
import { cookieSession, type Session } from '../harness/session.ts';
import { onPooledServer } from '../harness/suite.ts';

const { base } = await onPooledServer(FREE_VARS, true);

const invite = async (who: Session): Promise<string> => (await who.api.ok('POST', '/api/me/invites', { uses: 5 })).code;
const open = (code: string, headers: Record<string, string> = {}, query = '') =>
  send(base, 'GET', `/i/${code}${query}`, { headers: { accept: 'text/html', ...headers } });
const form = (path: string, fields: Record<string, string>, headers: Record<string, string> = {}): Promise<Reply> =>
  send(base, 'POST', path, {
    headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'text/html', origin: base, ...headers },
    body: new URLSearchParams(fields).toString(),
  });
const cookiesOf = (browser: Browser): string => [...browser.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
const csrfIn = (html: string): string => /name="csrf" value="([^"]+)"/.exec(html)![1]!;
/** Returns the address of the conversation of two people. */
const conversationOf = async (one: string, other: Api): Promise<string> =>
  `/app?room=dm_${[one, (await other.ok('GET', '/api/auth/me')).user.id].toSorted().join('____')}`;
/** Returns the cookie of an invite that a reply sets, as a browser sends it back. */
const keptIn = (reply: Reply): string => reply.cookies.find((line) => line.startsWith('cfm-invite='))!.split(';')[0]!;
const isForgotten = (reply: Reply): boolean => reply.cookies.some((line) => line.startsWith('cfm-invite=;'));
const isRedirect = (reply: Reply, to: string) => [302, 303].includes(reply.status) && reply.headers['location'] === to;

describe('the page of an invite', () => {
  test('to everybody: who invites, and ways in; in both languages, and no name is markup', async () => {
    const ada = await account(base, { displayName: '<i>Ada & Co' });
    const code = await invite(ada);
    const page = await open(code);
    assert.equal(page.status, 200, page.text);
    assert.match(String(page.headers['content-type']), /^text\/html/);
    assert.equal(page.headers['cache-control'], 'no-store');
    assert.match(String(page.headers['content-security-policy']), /default-src 'self'/);
    assert.match(page.text, /<b><bdi>&lt;i&gt;Ada &amp; Co<\/bdi><\/b> would like to add you as a contact\./);
    assert.doesNotMatch(page.text, /csrf|<script|<i>/);
    for (const way of ['href="/app"', 'name="new"']) assert.ok(page.text.includes(way), way);
    const german = await open(code, {}, '?lang=de');
    assert.match(german.text, /<html lang="de"[^]*möchte dich als Kontakt hinzufügen\./);
    assert.equal((await open(code.toLowerCase())).status, 200);
    for (const wrong of ['0000000000000000', '%3Cscript%3E']) {
      const gone = await open(wrong);
      assert.deepEqual([gone.status, /This invite is no longer valid\./.test(gone.text), gone.text.includes('<script')], [404, true, false], wrong);
    }
  });

  test('who signs in or makes an account on the way comes back to it; a guest goes in', async () => {
    const ada = await account(base);
    const code = await invite(ada);
    const page = await open(code);
    assert.ok(page.cookies.includes(`cfm-invite=${code}; Path=/; HttpOnly; SameSite=Lax; Max-Age=1800`), page.cookies.join('\n'));
    const cookie = keptIn(page);
    const email = freshEmail();
    /** Follows a redirect to `/app` with the cookies that the browser then has. */
    const leads = async (reply: Reply, kept: string): Promise<Reply> => {
      assert.ok(isRedirect(reply, '/app'), `${reply.status} ${reply.headers['location']}`);
      const session = reply.cookies.find((one) => one.startsWith('cfm='))!.split(';')[0]!;
      return send(base, 'GET', '/app', { headers: { accept: 'text/html', cookie: `${session}; ${kept}` } });
    };
    const made = await leads(await form('/sf/register', { email, password: PASSWORD, displayName: freshName(), token: 'dev' }, { cookie }), cookie);
    assert.ok(isRedirect(made, `/i/${code}`), `${made.status} ${made.headers['location']}`);
    const again = await leads(await form('/sf/sign_in', { email, password: PASSWORD, token: 'dev' }, { cookie }), cookie);
    assert.ok(isRedirect(again, `/i/${code}`), `${again.status} ${again.headers['location']}`);
    const guest = await leads(await form('/sf/sign_in', { displayName: freshName(), token: 'dev' }, { cookie }), cookie);
    assert.equal(guest.status, 200, 'guests come by none');
    assert.ok(!guest.cookies.some((one) => one.startsWith('cfm-invite=')), 'and keep it until they have an account');
    const lie = await leads(await form('/sf/sign_in', { email, password: PASSWORD, token: 'dev' }), 'cfm-invite=//evil.example');
    assert.equal(lie.status, 200, 'the cookie leads to codes only');
  });

  test('who accepts it before they have an account is not asked again', async () => {
    const ada = await account(base);
    const code = await invite(ada);
    const foreign = await form(`/i/${code}`, { new: '1' }, { origin: 'https://evil.example' });
    assert.equal(foreign.status, 403, foreign.text);
    const accepted = await form(`/i/${code}`, { new: '1' });
    assert.ok(isRedirect(accepted, '/sign-in?form=new'), `${accepted.status} ${accepted.headers['location']}`);
    const stored = keptIn(accepted);
    assert.equal(stored, `cfm-invite=${code}!`);
    const { browser } = await browserWithAccount(base);
    const other = await open(await invite(await account(base)), { cookie: `${cookiesOf(browser)}; ${stored}` });
    assert.equal(other.status, 200, 'another invite is asked about');
    const came = await open(code, { cookie: `${cookiesOf(browser)}; ${stored}` });
    assert.ok(isRedirect(came, await conversationOf(ada.user.id, browser.api)), `${came.status} ${came.headers['location']}`);
    assert.ok(isForgotten(came));
    const contacts = (await browser.api.ok('GET', '/api/me/contacts')).items;
    assert.deepEqual(contacts.map((contact: { id: string }) => contact.id), [ada.user.id]);
  });

  test('what shows itself to somebody, or opens nothing, is led to no more', async () => {
    const code = await invite(await account(base));
    const { browser } = await browserWithAccount(base);
    const shown = await open(code, { cookie: `${cookiesOf(browser)}; cfm-invite=${code}` });
    assert.deepEqual([shown.status, isForgotten(shown)], [200, true]);
    const gone = await open('0000000000000000', { cookie: 'cfm-invite=0000000000000000' });
    assert.deepEqual([gone.status, isForgotten(gone)], [404, true]);
    const other = await open('0000000000000000', { cookie: `cfm-invite=${code}` });
    assert.deepEqual([other.status, isForgotten(other)], [404, false], 'another one stays');
  });

  test('the form of who is signed in makes them contacts, and of another page or without its proof nothing', async () => {
    const ada = await account(base);
    const code = await invite(ada);
    const { browser } = await browserWithAccount(base);
    const cookie = cookiesOf(browser);
    const page = await open(code, { cookie });
    const csrf = csrfIn(page.text);
    const foreign = await form(`/i/${code}`, { csrf }, { cookie, origin: 'https://evil.example' });
    assert.equal(foreign.status, 403, foreign.text);
    // The session has ended or changed since the page was loaded, so the page is shown again.
    for (const [fields, headers] of [[{ csrf: 'wrong' }, { cookie }], [{}, { cookie }], [{ csrf }, {}]] as [Record<string, string>, Record<string, string>][]) {
      const late = await form(`/i/${code}`, fields, headers);
      assert.ok(isRedirect(late, `/i/${code}`), `${late.status} ${late.text}`);
    }
    assert.deepEqual((await browser.api.ok('GET', '/api/me/contacts')).items, []);
    const came = await form(`/i/${code}`, { csrf }, { cookie });
    assert.ok(isRedirect(came, await conversationOf(ada.user.id, browser.api)), `${came.status} ${came.headers['location']}`);
    assert.ok(isForgotten(came));
    const [contact] = (await browser.api.ok('GET', '/api/me/contacts')).items;
    assert.deepEqual([contact.id, contact.relation], [ada.user.id, 'contact']);
  });

  test('guests, and whoever made it, are told so', async () => {
    const { browser } = await browserWithAccount(base);
    const { code } = await browser.api.ok('POST', '/api/me/invites');
    const own = cookiesOf(browser);
    const csrf = csrfIn((await open(await invite(await account(base)), { cookie: own })).text);
    const shown = await open(code, { cookie: `${own}; cfm-invite=${code}` });
    assert.ok(isForgotten(shown), 'it is led there no more');
    for (const refused of [shown, await form(`/i/${code}`, { csrf }, { cookie: own })]) {
      assert.deepEqual([refused.status, /This is your own invite/.test(refused.text)], [409, true]);
    }
    const gus = await cookieSession(base);
    const page = await open(code, { cookie: gus.cookie });
    assert.match(page.text, /Guests can chat/);
    assert.equal((await form(`/i/${code}`, { csrf: gus.csrfToken }, { cookie: gus.cookie })).status, 403);
    assert.equal((await new Api(base).get(`/api/invites/${code}`)).status, 200, 'nothing was used');
  });

  test('one for guests leads a new guest back to it, and its form to the conversation', async () => {
    const ada = await account(base);
    const { code } = await ada.api.ok('POST', '/api/me/invites', { guests: true });
    const page = await open(code);
    assert.match(page.text, /You can chat as a guest/);
    const gus = await cookieSession(base);
    const led = await send(base, 'GET', '/app', { headers: { accept: 'text/html', cookie: `${gus.cookie}; ${keptIn(page)}` } });
    assert.ok(isRedirect(led, `/i/${code}`), `${led.status} ${led.headers['location']}`);
    const shown = await open(code, { cookie: gus.cookie });
    assert.ok(isForgotten(shown), 'it is led there once');
    const came = await form(`/i/${code}`, { csrf: csrfIn(shown.text) }, { cookie: gus.cookie });
    assert.ok(isRedirect(came, await conversationOf(ada.user.id, gus.api)), `${came.status} ${came.headers['location']}`);
  });
});
