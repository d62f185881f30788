// embed.md: a public room in a page of another site. The tests cover the permission, the headers and the content of the page, new and changed
// messages, guests who write by bearer alone, and the end of a permission.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { account, newcomer } from '../harness/accounts.ts';
import { auditRows } from '../harness/admin.ts';
import { Api, envelope, refused, type Answer } from '../harness/api.ts';
import { upload, png } from '../harness/files.ts';
import { group as crew } from '../harness/groups.ts';
import { send, type Reply } from '../harness/http.ts';
import { freshName, marker, uuidv7 } from '../harness/ids.ts';
import { say } from '../harness/pairs.ts';
import { cookieSession, guest, persona, type Session } from '../harness/session.ts';
import { onOwnServer } from '../harness/suite.ts';
import { until } from '../harness/wait.ts';

const RULES = ['LOGIN', 'REGISTER', 'REST', 'CHAT', 'MUTATE', 'HISTORY'];
const ADMIN_TOKEN = 'an admin token for tests';
const BLOG = 'https://blog.example';
const open = {
  ADMIN_TOKEN,
  EMBED: JSON.stringify([{ room: 'music', origins: [BLOG, 'http://localhost:4000'], mode: 'guest' }]),
  ...Object.fromEntries(RULES.map((rule) => [`RATE_${rule}`, '0'])),
};
const { base } = await onOwnServer(open);
const admin = new Api(base, { authorization: `Bearer ${ADMIN_TOKEN}` });

const HTML = { accept: 'text/html' };
const permission = (room: string) => `/api/rooms/${room}/embed`;
const get = (path: string, headers: Record<string, string> = HTML): Promise<Reply> => send(base, 'GET', path, { headers });
const group = (owner: Session, visibility = 'public', others: Session[] = []) => crew(owner, others, visibility, 'Crew <b>');
/** Makes a public group that pages of a blog may frame. */
const embedded = async (owner: Session, mode = 'read'): Promise<string> => {
  const room = await group(owner);
  await owner.api.ok('PUT', permission(room), { origins: [BLOG], mode });
  return room;
};
/** Waits until the page of a room has what a test looks for. */
const shows = (room: string, what: RegExp): Promise<string> =>
  until(String(what), async () => {
    const { text } = await get(`/embed/${room}`);
    return what.test(text) && text;
  });
const seqOf = (text: string): string => /data-seq="(\d+)"/.exec(text)![1]!;
const policyOf = (page: Reply): Map<string, string> =>
  new Map(String(page.headers['content-security-policy']).split(';').map((part) => part.trim().split(/ (.*)/s) as [string, string]));
const enter = (room: string, body: object): Promise<Answer> => new Api(base).post(`/embed/${room}/enter`, body);
/** Comes into a room as a page of another site does. */
const visitor = async (room: string): Promise<Api> => {
  const answer = await enter(room, { name: freshName(), turnstile: 'dev' });
  assert.deepEqual([answer.status, answer.reply.cookies], [201, []], answer.reply.text);
  return new Api(base, { authorization: `Bearer ${answer.data.sessionId}`, origin: base });
};

describe('the permission', () => {
  test('the owner and admins of a public group give and end it, and nobody else', async () => {
    const [owner, member] = [await account(base), await newcomer(base)];
    const room = await group(owner, 'public', [member]);
    refused(await owner.api.get(permission(room)), 404, 'NOT_FOUND');
    const allowed = { origins: [BLOG, 'https://b.example:8443', 'http://127.0.0.1:9'], mode: 'guest' };
    assert.deepEqual((await owner.api.put(permission(room), allowed)).data, allowed);
    assert.deepEqual((await owner.api.ok('GET', `/api/rooms/${room}`)).embed, allowed);
    assert.ok(!('embed' in (await member.api.ok('GET', `/api/rooms/${room}`))));
    refused(await member.api.get(permission(room)), 403, 'FORBIDDEN');
    refused(await member.api.put(permission(room), allowed), 403, 'FORBIDDEN');
    refused(await member.api.delete(permission(room)), 403, 'FORBIDDEN');
    refused(await owner.api.put(permission('general'), allowed), 403, 'FORBIDDEN');
    assert.deepEqual(await owner.api.ok('GET', permission(room)), allowed);
    assert.deepEqual((await owner.api.delete(permission(room))).data, {});
    for (const action of ['embed_on', 'embed_off']) await until(action, async () => (await auditRows(admin, action, room)).length === 1);
  });
});

describe('the page', () => {
  test('it names its origins, sets no cookie and reads none', async () => {
    const owner = await account(base);
    const room = await embedded(owner);
    const page = await get(`/embed/${room}`);
    assert.equal(page.status, 200, page.text);
    const policy = policyOf(page);
    assert.equal(policy.get('frame-ancestors'), BLOG);
    for (const none of ['default-src', 'base-uri', 'form-action']) assert.equal(policy.get(none), "'none'", none);
    const nonce = /<script type="module" nonce="([^"]+)"/.exec(page.text)![1];
    assert.equal(policy.get('script-src'), `'nonce-${nonce}'`);
    assert.deepEqual(
      ['x-frame-options', 'referrer-policy', 'cache-control', 'x-content-type-options'].map((name) => page.headers[name]),
      [undefined, 'same-origin', 'no-store', 'nosniff'],
    );
    const mine = await cookieSession(base);
    const own = await get(`/embed/${room}?lang=de&theme=dusk`, { ...HTML, cookie: `${mine.cookie}; cfm-look=glass..fr..` });
    assert.deepEqual([page.cookies, own.cookies], [[], []]);
    assert.match(own.text, /<html lang="de" data-theme="dusk">/);
    assert.ok(!own.text.includes(mine.user.displayName));
    assert.match((await get(`/embed/${room}?theme=%22%3E`, { ...HTML, 'accept-language': 'fr', cookie: 'cfm-look=glass..de..' })).text, /<html lang="fr">/);
    assert.equal(policyOf(await get('/embed/music')).get('frame-ancestors'), `${BLOG} http://localhost:4000`);
  });

  test('a room that is not embedded looks like one that does not exist', async () => {
    const owner = await account(base);
    const closed = await group(owner);
    const { id: direct } = await (await persona(base, 'user_1')).api.ok('POST', '/api/rooms/dm', { userId: 'user_2' });
    const rooms = [closed, direct, 'general', 'grp_0000000000000', 'system_x', 'no%20room', 'no-room-at-all'];
    const missing = await get('/no-such-page');
    for (const path of rooms.flatMap((room) => [`/embed/${room}`, `/embed/${room}/events`])) {
      const page = await get(path);
      assert.deepEqual([page.status, page.headers['content-type']], [404, missing.headers['content-type']], path);
      assert.equal(policyOf(page).get('frame-ancestors'), "'none'", path);
      refused(envelope(await get(path, {})), 404, 'NOT_FOUND');
    }
    for (const way of ['enter', 'say']) refused(await new Api(base).post(`/embed/${closed}/${way}`, {}), 404, 'NOT_FOUND');
  });
});

describe('new messages', () => {
  test('a page asks for what is newer, and gets edited and deleted messages as they are now', async () => {
    const owner = await account(base);
    const room = await embedded(owner);
    const { id: file } = await upload(owner, png(), 'a<b>.png', 'image/png');
    const { id } = await say(owner, room, 'first text', { files: [{ id: file }] });
    const events = (after: string) => get(`/embed/${room}/events?after=${after}`);
    const before = await shows(room, /first text/);
    assert.ok(before.includes(`href="/api/files/${file}"`) && !/<img/.test(before));
    let seq = seqOf(before);
    /** Waits for the next list. */
    const next = async (): Promise<string> => {
      const { text, headers } = await until('a newer list', async () => {
        const reply = await events(seq);
        return reply.status === 200 && reply;
      });
      assert.match(String(headers['content-type']), /^text\/html/);
      assert.match(String(headers['content-security-policy']), /^default-src 'none'/);
      assert.match(text, /^<ol [^]*<\/ol>$/);
      seq = seqOf(text);
      return text;
    };
    assert.deepEqual([(await events(seq)).status, (await events(seq)).text], [204, '']);
    await say(owner, room, 'second text');
    assert.match(await next(), /first text[^]*second text/);
    await owner.api.ok('PATCH', `/api/messages/${id}`, { roomId: room, content: 'other words' });
    assert.match(await next(), /other words[^]*second text/);
    await owner.api.ok('DELETE', `/api/messages/${id}?roomId=${room}&for=all`);
    assert.doesNotMatch(await next(), /other words/);
    for (const wrong of ['x', '-1', '1.5', '']) refused(envelope(await events(wrong)), 400, 'BAD_CURSOR');
  });

  test('readers are not among the people of the room', async () => {
    const [owner, one] = [await account(base), await guest(base)];
    await shows(await embedded(owner), /<ol/);
    await get('/embed/music');
    const { items } = await one.api.ok('GET', '/api/rooms?scope=public');
    assert.equal(items.find((row: any) => row.id === 'music').memberCount, 0);
  });

  test('the end of the permission, and that of the group, close the page', async () => {
    const owner = await account(base);
    const [one, other] = [await embedded(owner), await embedded(owner)];
    for (const room of [one, other]) await shows(room, /<ol/);
    await owner.api.ok('DELETE', permission(one));
    await owner.api.ok('DELETE', `/api/rooms/${other}`);
    for (const room of [one, other]) {
      await until('the end', async () => (await get(`/embed/${room}`)).status === 404);
      await until('the end of its list', async () => (await get(`/embed/${room}/events?after=0`)).status === 404);
    }
  });
});

describe('guests of other sites', () => {
  test('one comes by a name and writes, and the message is a guest’s like any other', async () => {
    const owner = await account(base);
    const room = await embedded(owner, 'guest');
    const { status, data, reply } = await enter(room, { name: freshName(), turnstile: 'dev' });
    assert.deepEqual([status, reply.cookies, Object.keys(data).sort()], [201, [], ['displayName', 'expiresAt', 'sessionId']]);
    const api = new Api(base, { authorization: `Bearer ${data.sessionId}`, origin: base });
    const [id, content] = [uuidv7(), marker()];
    const first = await api.post(`/embed/${room}/say`, { id, content });
    assert.deepEqual([first.status, first.data.displayName, first.data.content], [201, data.displayName, content]);
    const again = await api.post(`/embed/${room}/say`, { id, content });
    assert.deepEqual([again.status, again.data.seq], [200, first.data.seq]);
    await shows(room, new RegExp(content));
    const { messages } = await owner.api.ok('GET', `/api/messages?roomId=${room}`);
    assert.equal(messages.filter((one: any) => one.content === content).length, 1);
    assert.match((await get(`/embed/${room}`)).text, /id="enter"/);
  });

  test('where people only read there is no form and no way to write', async () => {
    const owner = await account(base);
    const room = await embedded(owner);
    assert.doesNotMatch((await get(`/embed/${room}`)).text, /<form/);
    refused(await enter(room, { name: freshName(), turnstile: 'dev' }), 404, 'NOT_FOUND');
    refused(await (await visitor('music')).post(`/embed/${room}/say`, { content: 'x' }), 404, 'NOT_FOUND');
  });

  test('a cookie says nothing here, and neither does an account or a foreign page', async () => {
    const mine = await cookieSession(base);
    refused(await mine.api.post('/embed/music/say', { content: 'x' }), 401, 'UNAUTHENTICATED');
    refused(await (await account(base)).api.post('/embed/music/say', { content: 'x' }), 403, 'FORBIDDEN');
    const api = await visitor('music');
    refused(await api.with({ origin: BLOG }).post('/embed/music/say', { content: 'x' }), 403, 'ORIGIN_FORBIDDEN');
    refused(await new Api(base, { origin: BLOG }).post('/embed/music/enter', { name: freshName(), turnstile: 'dev' }), 403, 'ORIGIN_FORBIDDEN');
    refused(await api.with({ authorization: `Bearer ${'A'.repeat(43)}` }).post('/embed/music/say', { content: 'x' }), 401, 'UNAUTHENTICATED');
  });

  test('names, texts and the check for people are those of guests', async () => {
    refused(await enter('music', { name: freshName() }), 403, 'TURNSTILE_REQUIRED');
    refused(await enter('music', { name: ' ', turnstile: 'dev' }), 400, 'VALIDATION');
    refused(await enter('music', { turnstile: 'dev' }), 400, 'VALIDATION');
    const api = await visitor('music');
    refused(await api.post('/embed/music/say', {}), 400, 'VALIDATION');
    refused(await api.post('/embed/music/say', { content: ' ' }), 400, 'INVALID_TEXT');
  });

  test('limits of guests hold', async () => {
    const slow = await onOwnServer({ ...open, RATE_CHAT: '1/60' });
    const { data } = await new Api(slow.base).post('/embed/music/enter', { name: freshName(), turnstile: 'dev' });
    const api = new Api(slow.base, { authorization: `Bearer ${data.sessionId}` });
    assert.equal((await api.post('/embed/music/say', { content: 'one' })).status, 201);
    assert.ok(refused(await api.post('/embed/music/say', { content: 'two' }), 429, 'RATE_LIMITED').retryAfterMs! > 0);
  });
});
