// core.md 8: the route table of the messenger: each row has its owner, and everything else is 404.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Api, envelope, refused } from '../harness/api.ts';
import { description } from '../harness/description.ts';
import { send, upgradeHeaders, type Reply } from '../harness/http.ts';
import { guest } from '../harness/session.ts';
import { sideBySide } from '../harness/side_by_side.ts';
import { onSharedServer } from '../harness/suite.ts';

const base = await onSharedServer();
const api = new Api(base);
const get = (path: string, headers: Record<string, string> = {}) => send(base, 'GET', path, { headers });
const HTML = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' };

/** Asserts the 404 of the doors without an envelope (row 22). */
async function isPlain404(method: string, path: string, headers: Record<string, string> = {}): Promise<void> {
  const reply = await send(base, method, path, { headers });
  assert.equal(reply.status, 404, `${method} ${path}: ${reply.status} ${reply.text.slice(0, 100)}`);
  assert.deepEqual(JSON.parse(reply.text), { error: 'Not Found' }, `${method} ${path}`);
}

/** Door of core.md 8 and 9 that an answer can be assigned to. */
type Door = 'MessageHub' | 'HopeFlow' | 'LiveStore' | 'messenger' | 'app';

/** Owners of the paths (core.md 8). A path without an owner here is a row that was forgotten. */
const OWNERS: [RegExp, Door][] = [
  [/^\/$|^\/health$|^\/ws\/|^\/rooms\/|^\/metrics$|^\/openapi\.json$/, 'MessageHub'],
  [/^\/publish$/, 'HopeFlow'],
  [/\/websocket$/, 'LiveStore'],
  [/^\/api\/|^\/rpc\/|^\/demo\/(rooms|scenes|plug)\b|^\/embed\/[^/]+\/(enter|say)$/, 'messenger'],
  [/^\/(app|sign-in|forgot|reset|recover|verify|undo|privacy|developers|gallery|demo|embed|admin|moderation|i|__dev)\b|^\/sf\//, 'app'],
];

function ownerOf(path: string): Door {
  const owner = OWNERS.find(([form]) => form.test(path))?.[1];
  assert.ok(owner, `${path} belongs to no door of core.md 8`);
  return owner;
}

/** Asserts the CORS headers of a door for a page of another site (core.md 9). */
function hasCorsOf(door: Door, reply: Reply, what: string): void {
  const { 'access-control-allow-origin': origin, 'access-control-allow-credentials': credentials, 'access-control-allow-methods': methods } = reply.headers;
  // LiveStore's own clients are no web pages, so that door is closed to pages by default.
  const isOpen = ['MessageHub', 'HopeFlow'].includes(door);
  assert.deepEqual([origin, credentials], [isOpen ? '*' : undefined, undefined], `${what} of ${door}`);
  assert.equal(/\borigin\b/i.test(String(reply.headers['vary'])), door === 'messenger', `${what}: ${reply.headers['vary']}`);
  if (door === 'HopeFlow') assert.equal(methods, 'POST,OPTIONS', what);
}

/** Recognises requests of LiveStore 0.4, which the query tells from every other request of their path (livestore-0.4.md 1). */
const needsQuery = ({ method, path }: { method: string; path: string }) => method === 'POST' && /^\/$|\/websocket$/.test(path);

/** `GET` opens or changes something there, so `HEAD` is not answered. */
const opens = (path: string) => /^\/ws\/|^\/api\/ws\/|\/websocket$|^\/rooms\/.*\/events$|^\/api\/auth\/verify-email$/.test(path);

describe('routes', { concurrency: true }, () => {
  // The description contains every row of the table (protocol/tests/laws/openapi.rs), so no row can be missing here.
  test('every row has an owner: OPTIONS and refused methods are answered by its door, and Allow says what there is', async () => {
    const { operations } = await description(base);
    const foreign = { origin: 'https://other.example', 'access-control-request-method': 'POST' };
    const paths = [...new Set(operations.map((operation) => operation.path))];
    assert.ok(paths.length > 60, `${paths.length} paths`);
    await sideBySide(paths, async (path) => {
      const door = ownerOf(path);
      const address = path.replace('{collection}', 'winks').replace(/\{\w+\}/g, 'x');
      // `/members/me` also matches `/members/{user}`. A literal path is never an id, so such a path is compared exactly.
      const isMeant = (one: string) => path.includes('{') && new RegExp(`^${one.replace(/\{\w+\}/g, '[^/]+')}$`).test(path);
      const own = operations.filter((one) => (one.path === path || isMeant(one.path)) && !needsQuery(one)).map((one) => one.method);
      const known = path.includes('{collection}') ? ['GET'] : [...new Set(own)];
      const preflight = await send(base, 'OPTIONS', address, { headers: foreign });
      assert.equal(preflight.status, 204, `OPTIONS ${path}`);
      assert.equal(preflight.text, '', `OPTIONS ${path}`);
      hasCorsOf(door, preflight, `OPTIONS ${path}`);
      for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'PROPFIND'].filter((method) => !known.includes(method))) {
        const reply = await send(base, method, address);
        const what = `${method} ${path}: ${reply.status} ${reply.text.slice(0, 200)}`;
        assert.equal(reply.status, 405, what);
        const heads = known.includes('GET') && !opens(path) ? ['HEAD'] : [];
        assert.deepEqual(String(reply.headers['allow']).split(', ').sort(), [...known, ...heads, 'OPTIONS'].sort(), what);
        hasCorsOf(door, reply, what);
        if (/^\/(api|embed|demo\/(rooms|scenes|plug))\b/.test(path)) refused(envelope(reply), 405, 'METHOD_NOT_ALLOWED');
        else assert.equal(typeof JSON.parse(reply.text).error, 'string', what);
      }
    });
  });

  test('HEAD says what GET would, without its body, wherever GET changes nothing', async () => {
    const { operations } = await description(base);
    const reads = operations.filter(({ method, path }) => method === 'GET' && !path.includes('{'));
    assert.ok(reads.length > 50, `${reads.length} routes`);
    await sideBySide(reads, async ({ path }) => {
      const one = await guest(base);
      for (const headers of [one.api.headers, { ...HTML, ...one.api.headers }]) {
        const [got, head] = [await send(base, 'GET', path, { headers }), await send(base, 'HEAD', path, { headers })];
        assert.deepEqual([head.status, head.text], [opens(path) ? 405 : got.status, ''], `${path} ${got.status}`);
        const names = ['content-type', 'cache-control', 'vary', 'location', 'access-control-allow-origin', 'x-content-type-options'];
        if (!opens(path)) for (const name of names) assert.equal(head.headers[name], got.headers[name], `${path} ${name}`);
      }
    });
  });

  test('one path, several owners: what an upgrade offers and what is accepted decide', async () => {
    const asked = async (path: string, headers: Record<string, string> = {}) => {
      const reply = await send(base, 'GET', path, { headers: { origin: 'https://other.example', ...headers } });
      return [reply.status, reply.headers['access-control-allow-origin'], String(reply.headers['content-type']).split(';')[0]];
    };
    const [packets, hub, other] = [upgradeHeaders('wasmchannel.v1'), upgradeHeaders('messagehub.v1'), upgradeHeaders('something.else')];
    // Rows 2 and 8: the messenger door refuses the page of another site.
    for (const path of ['/', '/ws/general']) assert.deepEqual(await asked(path, packets), [403, undefined, 'application/json'], path);
    // Row 3: HopeFlow takes any other upgrade, also from a browser.
    for (const headers of [upgradeHeaders(), hub, other, { ...upgradeHeaders(), ...HTML }]) assert.deepEqual(await asked('/', headers), [401, '*', 'text/plain']);
    assert.deepEqual(await asked('/', HTML), [200, undefined, 'text/html']);
    assert.deepEqual(await asked('/'), [200, '*', 'application/json']);
    assert.deepEqual(await asked('/ws/general', { ...hub, authorization: 'Bearer x' }), [401, '*', 'application/json']);
    assert.deepEqual(await asked('/ws/general'), [426, '*', 'application/json']);
    // Row 7: LiveStore takes any path that ends in /websocket, except below paths with another owner. There `websocket` is just the name of
    // a room or file.
    const store = await asked('/websocket');
    assert.deepEqual(await asked('/a/b/websocket'), store);
    assert.deepEqual(await asked('/app/websocket', HTML), [404, undefined, 'text/html']);
    assert.deepEqual((await asked('/ws/websocket')).slice(0, 2), [426, '*']);
    assert.deepEqual(await asked('/api/websocket'), [404, undefined, 'application/json']);
    assert.deepEqual(await asked('/api/ws/room/websocket'), [426, undefined, 'application/json']);
    for (const path of ['/sf', '/pkg', '/assets', '/demo', '/embed/r', '/admin', '/rooms/r/webhooks/h/dead'].map((folder) => `${folder}/websocket`)) assert.ok([404, 405].includes((await asked(path))[0] as number), path);
  });

  test('/developers says how the parts are, and has one script, with its nonce', async () => {
    const page = await get('/developers', HTML);
    assert.equal(page.status, 200);
    assert.match(String(page.headers['content-type']), /^text\/html/);
    const nonce = /'nonce-([^']+)'/.exec(String(page.headers['content-security-policy']))![1]!;
    assert.deepEqual([...page.text.matchAll(/<script[^>]*>/g)].map(([tag]) => tag), [`<script nonce="${nonce}">`]);
    assert.doesNotMatch(page.text, /style=|<iframe/);
    assert.match(page.text, /Status: Durable Objects: OK, D1: OK, R2: OK, queues: OK, AI: not configured/);
    assert.match(page.text, /<input[^>]*id="token"/);
  });

  test('unknown paths are 404, below /api in the envelope', async () => {
    for (const path of ['/nope', '/index.html', '/apis', '/.env', '//api/config', '/API/config', '/server/build/index.js']) {
      await isPlain404('GET', path);
    }
    for (const path of ['/api/nope', '/api/rooms/', '/api/config/', '/api/ws/room/', '/api/ws/room', '/api/ws/nope', '/api/data/']) {
      refused(await api.get(path), 404, 'NOT_FOUND');
    }
    await isPlain404('POST', '/nope');
  });

  test('who wants a page is shown that there is none, in their language and theme, with a way home', async () => {
    const words = { en: ['Page not found', 'Go to the home page'], de: ['Seite nicht gefunden', 'Zur Startseite'] };
    const pages: string[] = [];
    for (const [path, language] of [['/nope', 'en'], ['/nope/deep?x=1', 'de'], ['/admin', 'en'], ['/metrics', 'en'], ['/connect', 'de']] as const) {
      const page = await get(path, { ...HTML, 'accept-language': language });
      assert.deepEqual([page.status, String(page.headers['content-type']).split(';')[0]], [404, 'text/html'], path);
      assert.match(page.text, new RegExp(`<html[^>]* lang="${language}"`), path);
      for (const said of words[language]) assert.ok(page.text.includes(said), `${path}: ${said}`);
      assert.match(page.text, /<a href="\/"/, `${path}: a way home`);
      assert.doesNotMatch(page.text, /<script type="module"/, `${path}: nothing to take over`);
      pages.push(page.text.replaceAll(/nonce="[^"]+"/g, ''));
    }
    for (const kept of pages.slice(2, 4)) assert.equal(kept, pages[0], 'what is kept from one looks like what is not there');
    const dark = await get('/nope', { ...HTML, cookie: 'cfm-look=modern-dark..de..' });
    assert.match(dark.text, /<html[^>]*data-theme="modern-dark"/);
    assert.match(dark.text, /<html[^>]*lang="de"/);
    await isPlain404('GET', '/nope', { accept: '*/*' });
    const head = await send(base, 'HEAD', '/nope', { headers: HTML });
    assert.deepEqual([head.status, head.text, String(head.headers['content-type']).split(';')[0]], [404, '', 'text/html']);
  });

  test('a query of LiveStore 0.4 gives a path to its door, and Allow says what there is', async () => {
    for (const path of ['/', '/websocket', '/x/websocket']) {
      const address = `${path}?storeId=s&transport=http`;
      const preflight = await send(base, 'OPTIONS', address, { headers: { origin: 'https://other.example', 'access-control-request-headers': 'b3, traceparent' } });
      assert.deepEqual([preflight.status, preflight.headers['access-control-allow-headers']], [204, 'b3, traceparent'], path);
      const put = await send(base, 'PUT', address);
      assert.deepEqual([put.status, put.headers['allow']], [405, 'GET, POST, OPTIONS'], path);
      assert.equal(put.headers['access-control-allow-origin'], '*', path);
    }
  });

  test('nobody answers TRACE', async () => {
    for (const path of ['/api/config', '/api/me', '/api/messages']) assert.ok([404, 405, 501].includes((await send(base, 'TRACE', path)).status), path);
  });

  test('static files are served with fixed headers, and the worker is not among them', async () => {
    const page = await get('/sign-in', HTML);
    const css = /href="(\/pkg\/[^"]+\.css[^"]*)"/.exec(page.text)?.[1];
    assert.ok(css, 'the page names its stylesheet');
    const reply = await get(css);
    assert.equal(reply.status, 200);
    assert.match(String(reply.headers['content-type']), /^text\/css/);
    assert.equal(reply.headers['x-content-type-options'], 'nosniff');
  });
});
