// core.md 9: the headers of every answer, the policy of a page, and access from other origins.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import WebSocket from 'ws';
import { browserWithAccount } from '../harness/accounts.ts';
import { send, type Reply } from '../harness/http.ts';
import { hubRoom } from '../harness/hub.ts';
import { freshRoom, UUID } from '../harness/ids.ts';
import { cookieSession, guest } from '../harness/session.ts';
import { onOwnServer, onSharedServer } from '../harness/suite.ts';
import { within } from '../harness/wait.ts';

const base = await onSharedServer();
const HTML = { accept: 'text/html' };
const get = (path: string, headers: Record<string, string> = {}) => send(base, 'GET', path, { headers });

function policyOf(page: Reply): Map<string, string[]> {
  const policy = String(page.headers['content-security-policy']);
  return new Map(policy.split(';').map((part) => part.trim().split(/\s+/)).map(([name, ...values]) => [name!, values]));
}

describe('security headers', { concurrency: true }, () => {
  test('every answer of the worker carries the fixed ones', async () => {
    const paths: [string, Record<string, string>][] = [
      ['/', {}], ['/', HTML], ['/health', {}], ['/sign-in', HTML], ['/api/config', {}], ['/api/nope', {}], ['/nope', {}], ['/api/auth/me', {}],
    ];
    for (const [path, headers] of paths) {
      const reply = await get(path, headers);
      assert.equal(reply.headers['x-content-type-options'], 'nosniff', path);
      assert.equal(reply.headers['referrer-policy'], 'strict-origin-when-cross-origin', path);
      assert.equal(reply.headers['cross-origin-opener-policy'], 'same-origin', path);
      assert.match(String(reply.headers['x-request-id']), UUID, path);
      assert.equal(reply.headers['strict-transport-security'], undefined, `${path}: https only`);
      assert.equal(reply.headers['server'], undefined, path);
    }
  });

  test('no other address learns one with a token, and no cache keeps its page', async () => {
    for (const path of ['/reset', '/verify', '/undo']) {
      const reply = await get(`${path}?token=${'a'.repeat(43)}`, HTML);
      // With no-referrer, browsers would send the forms of the page with the origin `null`.
      assert.deepEqual([reply.status, reply.headers['referrer-policy'], reply.headers['cache-control']], [200, 'strict-origin', 'no-store'], path);
    }
    for (const path of ['/app', '/sign-in?room=general']) assert.equal((await get(path, HTML)).headers['referrer-policy'], 'strict-origin', path);
  });

  test('other sites use nothing of ours as a part of theirs but what the open doors say', async () => {
    const rows: [string, Record<string, string>, string][] = [
      ['/', HTML, 'same-origin'], ['/sign-in', HTML, 'same-origin'], ['/developers', HTML, 'same-origin'], ['/nope', HTML, 'same-origin'],
      ['/api/config', {}, 'same-origin'], ['/api/files/x', {}, 'same-origin'], ['/sw.js', {}, 'same-origin'], ['/favicon.svg', {}, 'same-origin'],
      ['/', {}, 'cross-origin'], ['/health', {}, 'cross-origin'], [`/rooms/${hubRoom()}/messages`, {}, 'cross-origin'], ['/publish', {}, 'cross-origin'],
    ];
    for (const [path, headers, wanted] of rows) assert.equal((await get(path, headers)).headers['cross-origin-resource-policy'], wanted, path);
  });

  test('what is no page loads, runs, sends and frames nothing when it is taken for one', async () => {
    for (const path of ['/', '/health', '/api/config', '/api/nope', '/nope', '/openapi.json', `/rooms/${hubRoom()}/messages`, '/i/0000000000000000/qr.svg']) {
      const policy = policyOf(await get(path));
      assert.deepEqual([...policy], ['default-src', 'base-uri', 'form-action', 'frame-ancestors'].map((name) => [name, ["'none'"]]), path);
    }
    // The Worker never sees these files. The headers come from the rule for all files and that of their folder, if there is one.
    for (const path of ['/sw.js', '/favicon.svg', '/manifest.webmanifest', '/assets/icon.svg']) {
      const reply = await get(path);
      assert.equal(reply.headers['cross-origin-opener-policy'], 'same-origin', path);
      const policy = String(reply.headers['content-security-policy']);
      for (const name of ['base-uri', 'form-action', 'frame-ancestors']) assert.match(policy, new RegExp(`\\b${name} 'none'`), path);
      assert.equal(/default-src 'none'/.test(policy), path.startsWith('/assets/'), `${path}: the service worker asks for things`);
    }
    // A navigation from another site first gets a page that reloads itself.
    const led = { ...HTML, cookie: 'cfm-look=azure..en..', 'sec-fetch-mode': 'navigate', 'sec-fetch-site': 'cross-site' };
    const again = await get('/app', led);
    assert.match(again.text, /http-equiv="refresh"/);
    assert.deepEqual([...policyOf(again).keys()], ['default-src', 'base-uri', 'form-action', 'frame-ancestors']);
    // A session that has ended tells nothing of who is remembered; one that lives is enough.
    const [dead, alive] = ['x'.repeat(43), (await guest(base)).token];
    assert.match((await get('/app', { ...led, cookie: `${led.cookie}; cfm=${dead}` })).text, /http-equiv="refresh"/);
    assert.doesNotMatch((await get('/app', { ...led, cookie: `${led.cookie}; cfm=${alive}` })).text, /http-equiv="refresh"/);
  });

  test('and so does the answer to a handshake, on every door', async () => {
    const one = await guest(base);
    const authorization = `Bearer ${one.token}`;
    const handshakes: [string, string[], Record<string, string>][] = [
      [`/api/ws/room/${freshRoom()}`, ['cfm.v1.batch', 'cfm.v1'], { authorization }],
      [`/api/ws/room/${freshRoom()}`, [], { authorization }],
      // A browser gets the upgrade, because only a close code can tell it the refusal.
      [`/api/ws/room/${freshRoom()}`, ['cfm.v1'], { origin: base }],
      ['/api/ws/presence', ['cfm.v1'], { authorization }],
      [`/ws/${hubRoom()}`, [], {}],
      [`/ws/${hubRoom()}`, ['messagehub.v1'], {}],
    ];
    for (const [path, protocols, headers] of handshakes) {
      const settings = { headers, closeTimeout: 200 };
      const ws = new WebSocket(`${base.replace(/^http/, 'ws')}${path}`, protocols, settings);
      const [answer] = await within(path, once(ws, 'upgrade'));
      ws.terminate();
      assert.equal(answer.headers['x-content-type-options'], 'nosniff', path);
      assert.equal(answer.headers['referrer-policy'], 'strict-origin-when-cross-origin', path);
      assert.match(String(answer.headers['x-request-id']), UUID, path);
      assert.equal(answer.headers['sec-websocket-protocol'], protocols[0], path);
    }
  });

  test('the policy of a page is the one of the specification, with a fresh nonce', async () => {
    const [one, two] = [await get('/sign-in', HTML), await get('/sign-in', HTML)];
    const policy = policyOf(one);
    assert.deepEqual(policy.get('default-src'), ["'self'"]);
    assert.deepEqual(policy.get('frame-src'), ['https://challenges.cloudflare.com']);
    assert.deepEqual(policy.get('connect-src'), ["'self'"]);
    assert.deepEqual(policy.get('img-src'), ["'self'", 'data:', 'blob:']);
    assert.deepEqual(policy.get('style-src'), ["'self'"]);
    for (const none of ['object-src', 'base-uri', 'frame-ancestors']) assert.deepEqual(policy.get(none), ["'none'"], none);
    assert.deepEqual(policy.get('form-action'), ["'self'"]);
    const scripts = policy.get('script-src')!;
    const nonce = scripts.find((value) => value.startsWith("'nonce-"));
    assert.ok(nonce && nonce.length >= 8 + 22, `nonce ${nonce}`);
    assert.deepEqual(new Set(scripts), new Set(["'self'", nonce, "'wasm-unsafe-eval'", 'https://challenges.cloudflare.com']));
    assert.ok(!policyOf(two).get('script-src')!.includes(nonce), 'fresh per answer');
  });

  test('the HTML obeys its own policy: nonce on every inline script, no style attributes, no handlers', async () => {
    const session = await cookieSession(base);
    for (const [path, headers] of [['/', HTML], ['/sign-in', HTML], ['/app', { ...HTML, cookie: session.cookie }]] as const) {
      const page = await get(path, headers);
      if (page.status !== 200) continue;
      const nonce = policyOf(page).get('script-src')!.find((value) => value.startsWith("'nonce-"))!.slice(7, -1);
      // An empty script element runs nothing, so it needs no nonce.
      for (const [, attributes] of page.text.matchAll(/<script\b([^>]*)>(?!<\/script>)/g)) {
        if (/\bsrc=/.test(attributes!) || /type="application\/(ld\+)?json"/.test(attributes!)) continue;
        assert.ok(attributes!.includes(`nonce="${nonce}"`), `${path}: <script${attributes}>`);
      }
      assert.doesNotMatch(page.text, /<[a-z][^>]*\sstyle=/i, path);
      assert.doesNotMatch(page.text, /<[a-z][^>]*\son[a-z]+=/i, path);
      assert.doesNotMatch(page.text, /<style\b/i, path);
    }
  });

  test('every page has that policy; the gallery shows frames of our own, and its pages may be shown in them', async () => {
    for (const path of ['/', '/sign-in', '/forgot', '/reset', '/recover', '/verify', '/undo', '/privacy', '/developers', '/demo', '/i/0000000000000000', '/gallery', '/nowhere/page', '/gallery/talk']) {
      const policy = policyOf(await get(path, HTML));
      assert.deepEqual(policy.get('form-action'), ["'self'"], path);
      const own = path === '/gallery' ? ["'self'"] : [];
      assert.deepEqual(policy.get('frame-src'), [...own, 'https://challenges.cloudflare.com'], path);
      assert.deepEqual(policy.get('frame-ancestors'), [path.startsWith('/gallery/') ? "'self'" : "'none'"], path);
      assert.deepEqual(policy.get('connect-src'), ["'self'"], path);
      assert.equal(policy.get('script-src')!.length, 4, path);
    }
    const developers = await get('/developers', HTML);
    assert.ok(policyOf(developers).get('script-src')!.some((value) => value.startsWith("'nonce-")));
    assert.equal(/cloudflareinsights/.test(developers.text + (await get('/sign-in', HTML)).text), false);
  });

  test('a page uses the features of the browser that it needs, and no other; what is no page says nothing about them', async () => {
    const used = ['autoplay', 'clipboard-write', 'fullscreen', 'picture-in-picture', 'publickey-credentials-create', 'publickey-credentials-get'];
    for (const path of ['/', '/sign-in', '/privacy', '/developers', '/demo', '/gallery', '/nowhere/page']) {
      const reply = await get(path, HTML);
      const features = String(reply.headers['permissions-policy']).split(', ').map((part) => part.split('=') as [string, string]);
      assert.deepEqual(features.filter(([, who]) => who !== '()'), used.map((name) => [name, '(self)']), path);
      for (const name of ['camera', 'microphone', 'geolocation', 'payment', 'usb', 'display-capture', 'clipboard-read']) assert.ok(features.some(([feature]) => feature === name), `${path}: ${name}`);
    }
    assert.equal((await get('/api/config')).headers['permissions-policy'], undefined);
  });

  test('with a token, and only then, page views are counted, and the policy admits that', async () => {
    const { base } = await onOwnServer({ WEB_ANALYTICS_TOKEN: 'abc123' });
    const page = await send(base, 'GET', '/sign-in', { headers: HTML });
    const policy = policyOf(page);
    assert.ok(policy.get('script-src')!.includes('https://static.cloudflareinsights.com'));
    assert.deepEqual(policy.get('connect-src'), ["'self'", 'https://cloudflareinsights.com']);
    assert.match(page.text, /<script defer[^>]* src="https:\/\/static\.cloudflareinsights\.com\/beacon\.min\.js"[^>]*abc123/);
    const named = await send(base, 'GET', '/sign-in?room=general', { headers: HTML });
    assert.doesNotMatch(named.text, /cloudflareinsights/, 'nobody else learns whose conversation is open');
  });

  test('what has a hash in its name may be kept for ever, and nothing else', async () => {
    const site = process.env['CFM_SITE'] ?? 'target/site';
    const names = (await readdir(`${site}/pkg`)).filter((name) => /\.(css|js|wasm)$/.test(name));
    assert.ok(names.length > 5);
    for (const name of names) {
      const control = String((await send(base, 'HEAD', `/pkg/${name}`)).headers['cache-control']);
      assert.equal(control.includes('immutable'), /\.[0-9a-f]{10}\./.test(name), `${name}: ${control}`);
    }
  });

  test('what belongs to a session is never stored', async () => {
    const session = await cookieSession(base);
    const page = await get('/app', { ...HTML, cookie: session.cookie });
    assert.equal(page.status, 200);
    assert.equal(page.headers['cache-control'], 'no-store');
    for (const path of ['/api/config', '/api/auth/accounts', '/api/health']) assert.equal((await get(path)).headers['cache-control'], 'no-store', path);
    for (const path of ['/sf', '/sf/boot', '/sf/nothing', '/sf/a%ff', '/api/nothing']) {
      for (const method of ['GET', 'OPTIONS', 'POST']) {
        const reply = await send(base, method, path, { headers: { origin: 'https://evil.example' } });
        assert.equal(reply.headers['cache-control'], 'no-store', `${method} ${path}: ${reply.status}`);
      }
    }
  });

  test('where a session ends, the browser is told to forget what it loaded, and nothing that is anybody else\'s', async () => {
    const cleared = (reply: Reply) => reply.headers['clear-site-data'];
    const form = { 'content-type': 'application/x-www-form-urlencoded', accept: 'text/html', origin: base };
    const { browser } = await browserWithAccount(base, { remember: true });
    const cookie = () => [...browser.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const signIn = () => get('/sign-in', { ...HTML, cookie: cookie() });
    // The script begins with the comment that heads its file.
    const head = readFileSync(join(import.meta.dirname, '../../app/src/pages/leftover.js'), 'utf8').split('\n')[0]!;
    const script = (reply: Reply) => {
      const at = reply.text.indexOf(`>${head}`);
      return at < 0 ? null : /<script nonce="[^"]+"( data-ended(?:="")?)?>$/.exec(reply.text.slice(0, at + 1));
    };
    // The order to clear the cache is absent for people who are signed in or remembered, and for first-time visitors.
    for (const reply of [await signIn(), await get('/app', { ...HTML, cookie: cookie() }), (await browser.refresh()).reply]) {
      assert.deepEqual([cleared(reply), script(reply)], [undefined, null]);
    }
    const stranger = await get('/sign-in', HTML);
    assert.deepEqual([cleared(stranger), script(stranger)?.[1]], [undefined, undefined]);
    assert.ok(script(stranger), 'what may lie about is wiped all the same');

    const used = browser.cookies.get('cfm-refresh')!;
    assert.equal(cleared((await browser.post('/api/auth/logout')).reply), '"cache"');
    browser.cookies.set('cfm-refresh', used);
    assert.equal(cleared((await browser.refresh()).reply), '"cache"', 'a refresh that is refused');
    const [one, two, tool] = [await cookieSession(base), await cookieSession(base), await guest(base)];
    assert.equal(cleared((await tool.api.post('/api/auth/logout')).reply), undefined, 'a tool, or a page of a demo room');
    const out = await send(base, 'POST', '/sf/sign_out', { headers: { ...form, cookie: one.cookie }, body: new URLSearchParams({ csrf: one.csrfToken }).toString() });
    assert.equal(cleared(out), '"cache"');
    const left = await send(base, 'DELETE', '/api/me', { headers: { 'content-type': 'application/json', origin: base, cookie: two.cookie, 'x-csrf-token': two.csrfToken }, body: '{"token":"dev","messages":"remove"}' });
    assert.deepEqual([left.status, cleared(left)], [202, '"cache"']);
    // The session was ended on another device, and its browser learns of it with its next page.
    const ended = await get('/sign-in', { ...HTML, cookie: one.cookie });
    assert.deepEqual([cleared(ended), Boolean(script(ended)?.[1])], ['"cache"', true]);
    assert.deepEqual(ended.cookies.filter((line) => line.startsWith('cfm=')), []);
  });

  test('the messenger door lets no other origin read', async () => {
    const reply = await get('/api/config', { origin: 'https://other.example' });
    assert.equal(reply.headers['access-control-allow-origin'], undefined);
    assert.match(String(reply.headers['vary']), /\borigin\b/i);
    const own = await get('/api/config', { origin: base });
    assert.equal(own.headers['access-control-allow-origin'], base);
    assert.equal(own.headers['access-control-allow-credentials'], 'true');
  });

  test('cookies are not honoured by the public door', async () => {
    const session = await cookieSession(base);
    const reply = await get('/', { cookie: session.cookie, origin: 'https://other.example' });
    assert.equal(reply.headers['access-control-allow-origin'], '*');
    assert.equal(reply.headers['access-control-allow-credentials'], undefined);
    assert.ok(!reply.text.includes(session.user.id));
  });
});
