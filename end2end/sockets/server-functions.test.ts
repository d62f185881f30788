// core.md 8, row 19a: every server function of the app, called as a form calls it. The rules of session, Origin and CSRF are those of the
// REST routes.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { PASSWORD, freshEmail } from '../harness/accounts.ts';
import { pageAfter, send, type Reply } from '../harness/http.ts';
import { freshName, marker } from '../harness/ids.ts';
import { newestMail, tokenIn } from '../harness/mail.ts';
import { cookieSession } from '../harness/session.ts';
import { onSharedServer } from '../harness/suite.ts';

const base = await onSharedServer();

function post(name: string, form: Record<string, string>, headers: Record<string, string> = {}): Promise<Reply> {
  return send(base, 'POST', `/sf/${name}`, {
    headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'text/html', origin: base, ...headers },
    body: new URLSearchParams(form).toString(),
  });
}

/** Asserts a refusal to a caller that asks for no page: the status of the code, never stored. */
function refusedAs(reply: Reply, status: number, code: string): void {
  assert.deepEqual([reply.status, JSON.parse(reply.text).code, reply.headers['cache-control']], [status, code, 'no-store'], reply.text.slice(0, 300));
}

const isRedirect = (reply: Reply) => reply.status === 302 || reply.status === 303;

describe('server functions', { concurrency: true }, () => {
  test('sign_in: a plain form gets the cookie and is led into the messenger', async () => {
    const reply = await post('sign_in', { displayName: freshName(), status: 'away', token: 'dev' });
    assert.ok(isRedirect(reply), `${reply.status} ${reply.text.slice(0, 200)}`);
    assert.equal(reply.headers['location'], '/app');
    const cookie = reply.cookies.find((line) => line.startsWith('cfm='))!.split(';')[0]!;
    const me = JSON.parse((await send(base, 'GET', '/api/auth/me', { headers: { cookie } })).text);
    assert.equal(me.data.user.status, 'away');
  });

  test('a link to a conversation leads on to it from the sign-in page, once; no other address leads anywhere', async () => {
    const reply = await post('sign_in', { displayName: freshName(), token: 'dev' });
    const session = reply.cookies.find((line) => line.startsWith('cfm='))!.split(';')[0]!;
    const own = JSON.parse((await send(base, 'GET', '/api/auth/me', { headers: { cookie: session } })).text).data.user.id;
    const query = `room=dm_${[own, 'user_2'].toSorted().join('____')}&m=7`;
    const open = (path: string, cookie = '') => send(base, 'GET', path, { headers: { accept: 'text/html', cookie } });
    const kept = (reply: Reply) => reply.cookies.filter((line) => line.startsWith('cfm-place='));
    const asked = await open(`/app?${query}`);
    assert.ok(isRedirect(asked) && asked.headers['location'] === '/sign-in', `${asked.status} ${asked.headers['location']}`);
    for (const reply of [asked, await open(`/sign-in?lang=de&${query}`)]) {
      assert.deepEqual(kept(reply), [`cfm-place=${query}; Path=/; HttpOnly; SameSite=Lax; Max-Age=1800`]);
    }
    const led = await open('/app', `${session}; cfm-place=${query}`);
    assert.ok(isRedirect(led) && led.headers['location'] === `/app?${query}`, `${led.status} ${led.headers['location']}`);
    assert.match(kept(led).join(), /^cfm-place=; .*Max-Age=0$/);
    assert.equal((await open('/app?room=general', `${session}; cfm-place=${query}`)).status, 200, 'an address of its own goes first');
    const leads = async (place: string): Promise<unknown> => (await open('/app', `${session}; cfm-place=${place}`)).headers['location'];
    assert.equal(await leads(`room=general&of=${own}`), '/app?room=general', 'of a page whose session ended');
    for (const other of ['room=general&of=user_1', 'room=dm_user_1____user_2']) assert.equal(await leads(other), '/app', other);
    assert.deepEqual(kept(await open('/app', `cfm=${'A'.repeat(43)}; cfm-place=${query}`)), [], 'it waits for a session');
    for (const lie of ['//evil.example', 'room=//evil.example', 'room=general%0d%0a', 'room=dm_user_2____user_1']) {
      assert.equal((await open('/app', `${session}; cfm-place=${lie}`)).status, 200, lie);
      assert.deepEqual(kept(await open(`/sign-in?${lie}`)), [], lie);
    }
  });

  test('sign_in: a refusal leads back to the form with its code and no cookie', async () => {
    for (const [form, code] of [[{ displayName: freshName() }, 'TURNSTILE_REQUIRED'], [{ displayName: freshName(), token: 'no' }, 'TURNSTILE_FAILED']] as const) {
      const reply = await post('sign_in', form);
      assert.ok(isRedirect(reply), `${reply.status} ${reply.text.slice(0, 200)}`);
      assert.match(String(reply.headers['location']), new RegExp(`^/sign-in\\?.*error=${code}`));
      assert.ok(!reply.cookies.some((line) => /^cfm=[^;]/.test(line)));
    }
  });

  test('from a foreign page nobody is signed in or up', async () => {
    const form = { email: freshEmail(), password: PASSWORD, displayName: freshName(), token: 'dev' };
    for (const [name, typed] of [['sign_in', { displayName: freshName(), token: 'dev' }], ['register', form]] as const) {
      const reply = await post(name, typed, { origin: 'https://evil.example' });
      assert.ok(!reply.cookies.some((line) => /^cfm(-refresh)?=[^;]/.test(line)), `${reply.status} ${reply.cookies}`);
      assert.notEqual(reply.headers['location'], '/app');
    }
    const none = await post('sign_in', { email: form.email, password: PASSWORD, token: 'dev' });
    assert.equal(none.headers['location'], '/sign-in?form=account&error=BAD_CREDENTIALS', 'no account was made');
  });

  test('register and sign_in with an address: cookies as asked for, and into the messenger', async () => {
    const form = { email: freshEmail(), password: PASSWORD, displayName: freshName(), token: 'dev', remember: 'true' };
    const reply = await post('register', form);
    assert.ok(isRedirect(reply), `${reply.status} ${reply.text.slice(0, 200)}`);
    assert.equal(reply.headers['location'], '/app');
    const names = (of: Reply) => of.cookies.filter((line) => !/=;/.test(line)).map((line) => line.split('=')[0]).sort();
    // The cookie `cfm-look` holds the chosen status, which is offered the next time.
    assert.deepEqual(names(reply), ['cfm', 'cfm-look', 'cfm-refresh']);
    const again = await post('sign_in', { email: form.email.toUpperCase(), password: PASSWORD, token: 'dev' });
    assert.equal(again.headers['location'], '/app');
    // Without a request the browser is not remembered.
    assert.deepEqual(names(again), ['cfm', 'cfm-look']);
    const cookie = again.cookies.find((line) => line.startsWith('cfm='))!.split(';')[0]!;
    const me = JSON.parse((await send(base, 'GET', '/api/auth/me', { headers: { cookie } })).text);
    assert.equal(me.data.user.displayName, form.displayName);
  });

  test('a refused form comes back with what was typed, its wrong field marked, and without any secret', async () => {
    const typed = { email: freshEmail(), displayName: 'Zoë; "R&D" <b>', status: 'busy', remember: 'true' };
    const fields = Object.fromEntries(Object.entries(typed).map(([name, text]) => [name, encodeURIComponent(text)]));
    // The form, what is typed, the wrong field, the fields that come back, and the place that the refusal leads to.
    const cases: [string, Record<string, string>, string, string[], string?][] = [
      ['register', { ...typed, password: 'password123', token: 'dev' }, 'password', ['email', 'displayName'], '/sign-in?form=new&error=VALIDATION&field=password'],
      ['register', { ...typed, password: PASSWORD, displayName: ' ', token: 'dev' }, 'displayName', ['email'], '/sign-in?form=new&error=VALIDATION&field=displayName'],
      ['sign_in', { email: typed.email, password: PASSWORD, code: '123456', token: 'dev' }, 'password', ['email'], '/sign-in?form=account&error=BAD_CREDENTIALS'],
      ['sign_in', { displayName: 'CF Messenger', token: 'dev' }, 'displayName', []],
      ['forgot', { email: 'nobody' }, 'email', []],
      ['recover', { email: typed.email, code: 'aaaaa-aaaaa', password: PASSWORD }, 'code', ['email'], '/recover?error=BAD_CREDENTIALS'],
    ];
    for (const [name, form, wrong, kept, place] of cases) {
      const reply = await post(name, form);
      if (place) assert.equal(reply.headers['location'], place);
      assert.ok(!reply.cookies.some((line) => /^cfm(-refresh)?=[^;]/.test(line)), name);
      const line = reply.cookies.find((cookie) => cookie.startsWith('cfm-typed='))!;
      assert.match(line, /^cfm-typed=[\w.~%=&-]+; Path=\/; HttpOnly; SameSite=Strict; Max-Age=60$/, name);
      for (const secret of [form['password'], form['code']]) assert.ok(secret === undefined || !line.includes(secret), `${name}: ${line}`);
      const page = await pageAfter(base, reply);
      const field = (member: string) => new RegExp(`<input[^>]*name="${member}"[^>]*>`).exec(page.text)![0];
      for (const sign of [/aria-invalid="true"/, / autofocus/]) assert.match(field(wrong), sign, name);
      const refusal = /aria-describedby="([\w-]+)/.exec(field(wrong))![1];
      assert.match(page.text, new RegExp(`<p[^>]*id="${refusal}"[^>]*role="alert"`), name);
      assert.equal([...page.text.matchAll(/aria-invalid="true"/g)].length, 1, name);
      for (const member of kept) assert.ok(line.includes(`${member}=${fields[member]}`) && field(member).includes('value="'), `${name}: ${field(member)}`);
      assert.ok(!page.text.includes(PASSWORD), name);
    }
    // Without the refusal in its address, and without the cookie, the page shows nothing of it.
    const back = await post('register', { ...typed, password: 'short', token: 'dev' });
    const cookie = back.cookies.map((line) => line.split(';')[0]).join('; ');
    for (const [path, headers] of [['/sign-in?form=new', { cookie }], [String(back.headers['location']), {}]] as const) {
      const page = await send(base, 'GET', path, { headers: { accept: 'text/html', ...headers } });
      assert.ok(page.status === 200 && !page.text.includes(typed.email), path);
    }
    const inside = await post('sign_in', { displayName: freshName(), token: 'dev' }, { cookie });
    assert.ok(inside.cookies.some((line) => /^cfm-typed=;.*Max-Age=0$/.test(line)), `${inside.cookies}`);
  });

  test('verify, forgot and reset: a link is used by the form of its page, and a refusal keeps it', async () => {
    const email = freshEmail();
    await post('register', { email, password: PASSWORD, displayName: freshName(), token: 'dev' });
    const proof = tokenIn(await newestMail(base, email, /\/verify\?token=/));
    const page = await send(base, 'GET', `/verify?token=${proof}`, { headers: { accept: 'text/html' } });
    assert.ok(page.text.includes(email), 'the page names the address, and uses nothing up');
    assert.equal((await post('verify', { token: proof })).headers['location'], '/verify?done=1');
    assert.equal((await post('verify', { token: proof })).headers['location'], `/verify?token=${proof}&error=VALIDATION&field=token`);

    for (const address of [email, freshEmail()]) assert.equal((await post('forgot', { email: address })).headers['location'], '/forgot?sent=1');
    const token = tokenIn(await newestMail(base, email, /\/reset\?token=/));
    const weak = await post('reset', { token, password: 'password123' });
    assert.equal(weak.headers['location'], `/reset?token=${token}&error=VALIDATION&field=password`);
    const foreign = await post('reset', { token, password: 'wednesday-river-lamp' }, { origin: 'https://evil.example' });
    assert.notEqual(foreign.headers['location'], '/app');
    const good = await post('reset', { token, password: 'wednesday-river-lamp', remember: 'true' });
    assert.equal(good.headers['location'], '/app');
    assert.ok(['cfm=', 'cfm-refresh='].every((name) => good.cookies.some((line) => line.startsWith(name))), `${good.cookies}`);
    for (const reply of [weak, foreign]) assert.ok(!reply.cookies.some((line) => /^cfm(-refresh)?=[^;]/.test(line)), `${reply.cookies}`);
  });

  test('undo: a refusal names its code, and nothing that was typed', async () => {
    for (const token of ['', 'a&b=c', '%0d%0aset-cookie:x']) {
      assert.equal((await post('undo', { token })).headers['location'], '/undo?error=VALIDATION&field=token', token);
    }
  });

  test('sign_out forgets a remembered browser', async () => {
    const form = { email: freshEmail(), password: PASSWORD, displayName: freshName(), token: 'dev', remember: 'true' };
    const cookie = (await post('register', form)).cookies.map((line) => line.split(';')[0]).join('; ');
    const refreshOnly = { cookie: cookie.split('; ').find((pair) => pair.startsWith('cfm-refresh='))!, origin: base };
    const csrf = JSON.parse((await send(base, 'GET', '/api/auth/me', { headers: { cookie } })).text).data.csrfToken;
    const out = await post('sign_out', { csrf }, { cookie });
    assert.equal(out.headers['location'], '/sign-in');
    assert.ok(out.cookies.some((line) => /^cfm-refresh=;.*max-age=0/i.test(line)), `${out.cookies}`);
    assert.equal((await send(base, 'POST', '/api/auth/refresh', { headers: refreshOnly })).status, 401);
  });

  test('boot: what a page starts from, for its session only', async () => {
    const one = await cookieSession(base);
    const own = await post('boot', {}, { accept: 'application/json', cookie: one.cookie });
    assert.equal(own.status, 200, own.text.slice(0, 300));
    assert.ok(own.text.includes(one.user.id));
    assert.ok(!own.text.includes(one.cookie.slice(4)), 'never the token');
    const nobody = await post('boot', {}, { accept: 'application/json' });
    assert.ok(!nobody.text.includes('"csrf_token":"') || nobody.status >= 400, nobody.text.slice(0, 300));
  });

  test('save_profile changes the profile with the CSRF member, and nothing without it', async () => {
    const one = await cookieSession(base);
    const words = marker();
    const bad = await post('save_profile', { personalMessage: 'no' }, { cookie: one.cookie, accept: 'application/json' });
    refusedAs(bad, 403, 'CSRF');
    const forged = await post('save_profile', { csrf: one.csrfToken, personalMessage: 'no' }, { cookie: one.cookie, accept: 'application/json', origin: 'https://evil.example' });
    assert.equal(forged.status, 403);
    refusedAs(await post('save_profile', { csrf: one.csrfToken, personalMessage: 'x'.repeat(141) }, { cookie: one.cookie, accept: 'application/json' }), 400, 'VALIDATION');
    refusedAs(await post('save_profile', { csrf: one.csrfToken }, { accept: 'application/json' }), 401, 'UNAUTHENTICATED');
    const good = await post('save_profile', { csrf: one.csrfToken, personalMessage: words }, { cookie: one.cookie, accept: 'application/json' });
    assert.equal(good.status, 200, good.text.slice(0, 300));
    const profile = await one.api.get('/api/auth/me');
    assert.equal(profile.data.user.personalMessage, words);
  });

  test('save_settings answers the page that asks for it', async () => {
    const one = await cookieSession(base);
    const form = { csrf: one.csrfToken, theme: 'modern', motion: 'none', language: 'en', textPercent: '100' };
    const reply = await post('save_settings', form, { cookie: one.cookie, accept: 'application/json' });
    assert.equal(reply.status, 200, reply.text.slice(0, 300));
    assert.ok(reply.cookies.some((line) => line.startsWith('cfm-look=')), `${reply.cookies}`);
    for (const [csrf, own] of [['', { cookie: one.cookie }], ['no', { cookie: one.cookie }], [one.csrfToken, { cookie: one.cookie, origin: '' }]] as const) {
      const bad = await post('save_settings', { ...form, csrf }, { accept: 'application/json', ...own });
      assert.equal(bad.status, 403, bad.text);
      assert.deepEqual(bad.cookies, []);
    }
    // Visitors without a session can save the settings of the page without a CSRF token.
    for (const own of [{}, { cookie: 'cfm=nobody' }] as Record<string, string>[]) {
      assert.equal((await post('save_settings', { ...form, csrf: '' }, { accept: 'application/json', ...own })).status, 200);
    }
  });

  test('sign_out ends the session with the CSRF member, and not without it', async () => {
    const one = await cookieSession(base);
    refusedAs(await post('sign_out', {}, { cookie: one.cookie, accept: 'application/json' }), 403, 'CSRF');
    assert.equal((await one.api.get('/api/auth/me')).status, 200);
    const good = await post('sign_out', { csrf: one.csrfToken }, { cookie: one.cookie });
    assert.ok(isRedirect(good), `${good.status} ${good.text.slice(0, 200)}`);
    assert.equal(good.headers['location'], '/sign-in');
    assert.ok(good.cookies.some((line) => /^cfm-place=;.*Max-Age=0$/.test(line)), 'the next person is led to no address of this one');
    assert.equal((await one.api.get('/api/auth/me')).status, 401);
  });

  test('a form is 64 KiB at most', async () => {
    const large = await post('sign_in', { displayName: 'x'.repeat(65 * 1_024), token: 'dev' });
    assert.deepEqual([large.status, large.cookies, large.headers['cache-control']], [413, [], 'no-store']);
    assert.ok((await post('sign_in', { displayName: 'x'.repeat(63 * 1_024), token: 'dev' })).status !== 413);
  });

  test('only what is registered, and only by POST', async () => {
    assert.equal((await post('nope', {})).status, 404);
    const reply = await send(base, 'GET', '/sf/boot');
    assert.ok([404, 405].includes(reply.status), `${reply.status}`);
  });
});
