// core.md 4 and 8 row 19: the operator's page. The tests check access, the forms and their protection, and that every switch leaves a row
// in the audit log.

import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { after, describe, test } from 'node:test';
import { AccessTeam } from '../harness/access_team.ts';
import { newToken, verify } from '../harness/account_life.ts';
import { account, type Account } from '../harness/accounts.ts';
import { AdminBrowser, ring } from '../harness/admin.ts';
import { Api, refused } from '../harness/api.ts';
import { HalfSent } from '../harness/half_sent.ts';
import { send } from '../harness/http.ts';
import { bearer, hubRoom, HubSocket, path, post } from '../harness/hub.ts';
import { freshName, marker } from '../harness/ids.ts';
import { JWT_SECRET, token } from '../harness/jwt.ts';
import { freshStore, Wire } from '../harness/livestore.ts';
import { guest, persona } from '../harness/session.ts';
import { FrameSocket } from '../harness/socket.ts';
import { onOwnServer, onSharedServer } from '../harness/suite.ts';
import { inDatabase } from '../harness/tables.ts';
import { PATIENCE_MS, until } from '../harness/wait.ts';

const ADMIN_TOKEN = 'an admin token for tests';
const team = await AccessTeam.start();
after(() => team.close());
const { base } = await onOwnServer({ ...team.vars, ADMIN_TOKEN, RATE_LOGIN: '0', RATE_REGISTER: '0', RATE_REST: '0', RATE_GUESS: '0' });
// This server counts guesses, so every test uses an address of its own. The edge normally sets the address of a request; without an edge
// the test sets it.
const { base: strict } = await onOwnServer({ ...team.vars, ADMIN_TOKEN, JWT_SECRET, ADMIN_SECRET: 'a secret of LiveStore for tests' });
let addresses = 0;
const freshAddress = () => `203.0.113.${(addresses += 1)}`;
const operator = await AdminBrowser.entered(base, ADMIN_TOKEN);
const admin = new Api(base, { authorization: `Bearer ${ADMIN_TOKEN}` });
const flags = () => admin.ok('GET', '/api/admin/flags');
const row = (wanted: Record<string, unknown>) =>
  until(`a row ${JSON.stringify(wanted)}`, async () => {
    const { items } = await admin.ok('GET', '/api/admin/audit?before=4294967295&limit=200');
    return items.find((one: any) => Object.entries(wanted).every(([member, value]) => one[member] === value));
  }, PATIENCE_MS, 200);

/** Matches the input for the token with its attributes in any order. */
const QUESTION = /<input (?=[^>]*type="password")(?=[^>]* name="token")(?=[^>]*class="field")/;

describe('who may see it', () => {
  test('where nobody runs the deployment there is no such page', async () => {
    const browser = new AdminBrowser(await onSharedServer());
    assert.equal((await browser.get()).status, 404);
    assert.equal((await browser.post({ do: 'enter', token: '' })).status, 404);
    assert.equal((await browser.get('', { cookie: 'cfm-admin=admin-9999999999999.x' })).status, 404);
  });

  test('production without a secret fails closed, and with a token it asks for it', async () => {
    const closed = await onOwnServer({ ENV: 'production' });
    assert.equal((await new AdminBrowser(closed.base).get()).status, 404);
    const open = await onOwnServer({ ENV: 'production', ADMIN_TOKEN });
    const browser = await AdminBrowser.entered(open.base, ADMIN_TOKEN);
    assert.match((await browser.get()).text, /No active alarms/);
  });

  test('a token of fewer than 16 characters opens nothing, and a line says why @night', async () => {
    const server = await onOwnServer({ ADMIN_TOKEN: 'fifteen letters' });
    const browser = new AdminBrowser(server.base);
    assert.equal((await browser.get()).status, 404);
    assert.equal((await browser.post({ do: 'enter', token: 'fifteen letters' })).status, 404);
    assert.equal((await send(server.base, 'GET', '/api/admin/flags', { headers: bearer('fifteen letters') })).status, 404);
    await until('the line', () => server.output().includes('ADMIN_TOKEN is shorter than 16 characters'), PATIENCE_MS, 20);
  });

  test('nobody sees anything but the question for the token, in both languages', async () => {
    const browser = new AdminBrowser(base);
    const ann = await persona(base, 'user_11');
    for (const headers of [{}, { cookie: 'cfm-admin=x' }, bearer('another'), bearer(ann.token), { 'cf-access-jwt-assertion': team.forged() }] as Record<string, string>[]) {
      const page = await browser.get('', headers);
      assert.equal(page.status, 200);
      assert.match(page.text, QUESTION);
      assert.doesNotMatch(page.text, /csrf|audit|<dl|<table/);
      assert.equal(page.headers['cache-control'], 'no-store');
    }
    assert.match((await browser.get('', { 'accept-language': 'de' })).text, /<html lang="de"[^]*Service-Token/);
    assert.match((await browser.get('?lang=de')).cookies[0]!, /^cfm-look=/);
  });

  test('the token opens it by a cookie of its own, which ends with the form that takes it away', async () => {
    const wrong = await new AdminBrowser(base).post({ do: 'enter', token: `${ADMIN_TOKEN}x` });
    assert.equal(wrong.status, 401);
    assert.deepEqual(wrong.cookies, []);
    assert.match(wrong.text, /That’s not the token\./);
    const before = new AdminBrowser(base);
    // The server replaces a planted cookie by a new one.
    before.cookie = 'cfm-admin=planted';
    const reply = await before.post({ do: 'enter', token: ADMIN_TOKEN });
    assert.equal(reply.status, 303);
    assert.match(reply.cookies[0]!, /^cfm-admin=admin-\d+\.[^;]+; Path=\/; HttpOnly; SameSite=Strict; Max-Age=28800$/);
    assert.ok(!reply.cookies[0]!.includes('planted') && !reply.cookies[0]!.includes(encodeURIComponent(ADMIN_TOKEN)));
    const browser = await AdminBrowser.entered(base, ADMIN_TOKEN);
    const page = await browser.get();
    assert.equal(page.status, 200);
    for (const words of ['No active alarms', 'Switches', 'Audit log', 'Model calls today', '0 / 10000']) assert.ok(page.text.includes(words), words);
    assert.doesNotMatch(page.text, /<script|\sstyle=|\son[a-z]+=/);
    // The expiry is a part of the signed text.
    const [, until_ms, signature] = /^cfm-admin=admin-(\d+)\.(.*)$/.exec(browser.cookie)!;
    for (const forged of [`admin-${Number(until_ms) + 1}.${signature}`, `admin-${until_ms}.`, `${until_ms}.${signature}`]) {
      assert.match((await browser.get('', { cookie: `cfm-admin=${forged}` })).text, /type="password"/, forged);
    }
    const left = await browser.submit({ do: 'leave' });
    assert.match(left.cookies[0]!, /^cfm-admin=; .*Max-Age=0$/);
    await row({ action: 'admin_login', actor: 'owner', result: 'ok' });
    await row({ action: 'admin_login', actor: null, result: 'BAD_CREDENTIALS' });
  });

  test('leaving ends what the cookie opened, wherever it was copied to; others who typed the token stay', async () => {
    const [browser, other] = [await AdminBrowser.entered(base, ADMIN_TOKEN), await AdminBrowser.entered(base, ADMIN_TOKEN)];
    const copied = { cookie: browser.cookie };
    assert.match((await browser.get('', copied)).text, /No active alarms/);
    const csrf = await browser.csrf();
    const form = new URLSearchParams({ do: 'turn', flag: 'sse', to: 'false', csrf }).toString();
    const headers = { ...copied, origin: base, 'content-type': 'application/x-www-form-urlencoded' };
    const begun = await HalfSent.begin(new Api(base), 'POST', '/admin', form, { headers });
    assert.equal((await browser.post({ do: 'leave', csrf })).status, 303);
    assert.equal((await begun.finish()).status, 401, 'nor does a form whose second half comes after that');
    assert.match((await browser.get('', copied)).text, QUESTION);
    assert.equal((await browser.post({ do: 'turn', flag: 'sse', to: 'false', csrf }, copied)).status, 401);
    assert.equal((await browser.post({ do: 'leave', csrf }, copied)).status, 401);
    assert.match((await other.get()).text, /No active alarms/);
    await row({ action: 'admin_logout', actor: 'owner', result: 'ok' });
  });

  test('another token ends what was opened with the one before @night', async () => {
    const server = await onOwnServer({ ADMIN_TOKEN });
    const browser = await AdminBrowser.entered(server.base, ADMIN_TOKEN);
    assert.match((await browser.get()).text, /No active alarms/);
    await server.kill9();
    server.vars['ADMIN_TOKEN'] = `${ADMIN_TOKEN} of today`;
    await server.restart();
    assert.match((await browser.get()).text, QUESTION);
    assert.match((await (await AdminBrowser.entered(server.base, server.vars['ADMIN_TOKEN'])).get()).text, /No active alarms/);
  });

  test('a member of the team needs no token, and is named', async () => {
    const browser = new AdminBrowser(base);
    const headers = { 'cf-access-jwt-assertion': team.assertion() };
    const page = await browser.get('', headers);
    assert.match(page.text, /<b class="clip">a@b\.example<\/b>/);
    const csrf = /name="csrf" value="([0-9a-f]{64})"/.exec(page.text)![1]!;
    assert.equal((await browser.post({ do: 'turn', flag: 'sse', to: 'false', csrf }, headers)).status, 303);
    assert.equal((await flags()).sse, false);
    await row({ action: 'flag_off', actor: 'a@b.example', target: 'sse', result: 'ok' });
    await admin.ok('PUT', '/api/admin/flags', { sse: null });
    await row({ action: 'flag_on', actor: 'owner', target: 'sse', result: 'ok' });
    const only = await onOwnServer({ ...team.vars });
    assert.equal((await new AdminBrowser(only.base).get()).status, 401, 'nothing to type where there is no token');
    assert.equal((await new AdminBrowser(only.base).post({ do: 'enter', token: '' })).status, 404);
  });

  test('tokens that the form takes are counted as failed sign-ins of an address', async () => {
    const browser = new AdminBrowser(strict, freshAddress());
    const statuses = [];
    for (let n = 0; n < 6; n += 1) statuses.push((await browser.post({ do: 'enter', token: `guess ${n}` })).status);
    assert.deepEqual(statuses, [401, 401, 401, 401, 401, 429]);
    const right = await browser.post({ do: 'enter', token: ADMIN_TOKEN });
    assert.equal(right.status, 429, 'the right one as well');
    assert.match(String(right.headers['retry-after']), /^[1-9]\d*$/);
    await AdminBrowser.entered(strict, ADMIN_TOKEN, freshAddress());
  });
});

describe('the token in a header', () => {
  const room = hubRoom();
  const routes = ['/api/admin/flags', '/metrics', '/api/admin/audit', path(room, 'stats'), '/admin'];

  test('guesses are counted by address, whichever route they are for, and then the right one is not looked at either', async () => {
    const from = { 'cf-connecting-ip': freshAddress() };
    const status = async (route: string, given: string) => (await send(strict, 'GET', route, { headers: { ...from, ...bearer(given) } })).status;
    assert.equal((await post(strict, room, 'x')).status, 202);
    const [keeper, reader] = [token({ userId: 'u1', scope: 'hub:admin' }), token({ userId: 'u1', scope: 'hub:read' })];
    // A right token is not counted as a guess, and neither is a valid token of another kind.
    for (let n = 0; n < 6; n += 1) {
      for (const route of routes) assert.equal(await status(route, ADMIN_TOKEN), 200, route);
      assert.deepEqual([await status(routes[3]!, keeper), await status(routes[3]!, reader)], [200, 403]);
    }
    const wrong = [];
    for (const [n, route] of routes.entries()) wrong.push(await status(route, `guess ${n}`));
    assert.deepEqual(wrong, [401, 401, 401, 401, 200], 'the page asks for the token');
    for (const route of routes) {
      for (const given of ['another guess', ADMIN_TOKEN]) {
        const reply = await send(strict, 'GET', route, { headers: { ...from, ...bearer(given) } });
        assert.equal(reply.status, 429, `${route} ${given}`);
        assert.match(String(reply.headers['retry-after']), /^[1-9]\d*$/, route);
      }
    }
    assert.equal(await status(routes[3]!, keeper), 200, 'whoever has a good token of another kind is not meant');
  });

  test('a cookie that somebody made up is a guess as well; one that is over, or was never given out, is none', async () => {
    const from = freshAddress();
    const browser = await AdminBrowser.entered(strict, ADMIN_TOKEN, from);
    const page = async (until_ms: number, key: string) => {
      const said = `admin-${until_ms}`;
      const cookie = `cfm-admin=${said}.${createHmac('sha256', key).update(said).digest('base64')}`;
      return (await new AdminBrowser(strict, from).get('', { cookie })).status;
    };
    const soon = Date.now() + 3_600_000;
    for (const far of [Date.now() - 1_000, Date.now() + 30 * 86_400_000]) {
      for (let n = 0; n < 6; n += 1) assert.equal(await page(far, `guess ${n}`), 200, 'the page asks for the token');
    }
    for (let n = 0; n < 6; n += 1) assert.match((await browser.get()).text, /No active alarms/);
    const wrong = [];
    for (let n = 0; n < 6; n += 1) wrong.push(await page(soon, `guess ${n}`));
    assert.deepEqual(wrong, [200, 200, 200, 200, 200, 429]);
    assert.equal((await browser.get()).status, 429, 'the right one as well');
  });

  test('what our own secret signed is no guess, and a member of the team is not asked for the token', async () => {
    const from = { 'cf-connecting-ip': freshAddress() };
    assert.equal((await post(strict, room, 'x')).status, 202);
    const status = async (headers: Record<string, string>) => (await send(strict, 'GET', path(room, 'stats'), { headers: { ...from, ...headers } })).status;
    const over = token({ userId: 'u1', scope: 'hub:admin', exp: Math.floor(Date.now() / 1_000) - 60 });
    const nobody = token({ scope: 'hub:admin' });
    const member = { 'cf-access-jwt-assertion': team.assertion(), ...bearer('of another program') };
    for (let n = 0; n < 6; n += 1) {
      assert.deepEqual([await status(bearer(over)), await status(bearer(nobody)), await status(member)], [401, 401, 200]);
    }
    assert.equal(await status(bearer(ADMIN_TOKEN)), 200);
  });

  test('guesses at the admin secret of LiveStore are counted with them', async () => {
    const from = { 'cf-connecting-ip': freshAddress() };
    const right = async () => (await send(strict, 'GET', '/api/admin/flags', { headers: { ...from, ...bearer(ADMIN_TOKEN) } })).status;
    const wire = await Wire.to(strict, freshStore(), { headers: from });
    after(() => wire.close());
    for (let n = 0; n < 5; n += 1) {
      assert.equal(await right(), 200);
      const id = wire.ask('AdminInfoReq', { adminSecret: `guess ${n}` });
      assert.equal((await wire.nextThat((message) => message.requestId === id))._tag, 'WSMessage.Error');
    }
    assert.equal(await right(), 429);
  });

  test('of many guesses at once no more are looked at than may be wrong', async () => {
    const from = { 'cf-connecting-ip': freshAddress() };
    const guesses = Array.from({ length: 20 }, (_, n) => send(strict, 'GET', '/api/admin/flags', { headers: { ...from, ...bearer(`guess ${n}`) } }));
    const statuses = (await Promise.all(guesses)).map((reply) => reply.status);
    assert.deepEqual([401, 429].map((status) => statuses.filter((one) => one === status).length), [5, 15]);
  });
});

describe('switches', () => {
  test('a form turns one, it holds, and a row says who', async () => {
    const browser = await AdminBrowser.entered(base, ADMIN_TOKEN);
    assert.equal((await browser.turn('maintenance', true)).status, 303);
    assert.equal((await flags()).maintenance, true);
    assert.match((await browser.get()).text, /Maintenance: no one can write<\/th><td>on/);
    assert.equal((await post(base, hubRoom(), 'x')).status, 503);
    await row({ action: 'flag_on', actor: 'owner', target: 'maintenance', result: 'ok' });
    assert.equal((await browser.turn('maintenance', false)).status, 303);
    assert.equal((await flags()).maintenance, false);
  });

  test('exceptions of rooms are listed, and a form ends one', async () => {
    const browser = await AdminBrowser.entered(base, ADMIN_TOKEN);
    const room = hubRoom();
    await admin.ok('PUT', '/api/admin/flags', { [`room:${room}:rate`]: 60 });
    assert.match((await browser.get()).text, new RegExp(`${room}</th><td>Messages per person in 10 s</td><td>60</td>`));
    const end = (name: string) => browser.submit({ do: 'end_exception', room, name });
    assert.equal((await end('maintenance')).status, 400, 'no room has this one');
    assert.equal((await end('rate')).status, 303);
    assert.equal((await flags())[`room:${room}:rate`], undefined);
    // The rows of the audit log on the same page still name it.
    assert.ok(!(await browser.get()).text.includes(`>${room}</th>`));
  });

  test('without its own page\'s proof nothing is turned (CSRF)', async () => {
    const browser = await AdminBrowser.entered(base, ADMIN_TOKEN);
    const other = await AdminBrowser.entered(base, ADMIN_TOKEN);
    await until('another moment', async () => (await AdminBrowser.entered(base, ADMIN_TOKEN)).cookie !== browser.cookie);
    const csrf = await browser.csrf();
    const turn = { do: 'turn', flag: 'webhooks', to: 'false' };
    const refused: [string, Record<string, string>, Record<string, string>, number][] = [
      ['no proof', turn, {}, 403],
      ['an empty one', { ...turn, csrf: '' }, {}, 403],
      ['another', { ...turn, csrf: 'a'.repeat(64) }, {}, 403],
      ['a foreign page', { ...turn, csrf }, { origin: 'https://evil.example' }, 403],
      ['a page of nowhere', { ...turn, csrf }, { origin: 'null' }, 403],
      ['no cookie', { ...turn, csrf }, { cookie: '' }, 401],
      ['an assertion without proof', turn, { cookie: '', 'cf-access-jwt-assertion': team.assertion() }, 403],
      ['a flag that is none', { ...turn, flag: 'x', csrf }, {}, 400],
      ['a value that is none', { ...turn, to: 'x', csrf }, {}, 400],
      ['an exception of a room', { ...turn, flag: 'room:a:sse', csrf }, {}, 400],
      ['JSON in a name', { ...turn, flag: 'sse":false,"webhooks', csrf }, {}, 400],
      ['something else', { do: 'x', csrf }, {}, 400],
    ];
    for (const [what, fields, headers, status] of refused) assert.equal((await browser.post(fields, headers)).status, status, what);
    if (other.cookie !== browser.cookie) assert.equal((await other.post({ ...turn, csrf })).status, 403, 'that of another session');
    assert.equal((await flags()).webhooks, true);
    const foreign = { 'cf-access-jwt-assertion': team.assertion(), origin: 'https://evil.example', 'content-type': 'application/json' };
    for (const method of ['PUT', 'POST']) {
      assert.equal((await send(base, method, '/api/admin/flags', { headers: foreign, body: '{"webhooks":false}' })).status, 403, method);
    }
    assert.equal((await flags()).webhooks, true);
  });
});

// moderation.md 1: a role is given by user id, handle or e-mail address; a name is only a choice.
describe('roles', () => {
  const give = (user: string, role = 'moderator') => operator.submit({ do: 'role', user, role });
  const handle = (): string => `h_${freshName().toLowerCase().replace(/[^a-z0-9]/g, '')}`.slice(0, 20);
  const roleOf = async ({ api }: Account): Promise<string | undefined> => (await api.get('/api/moderation/state')).data?.role;
  /** Returns the user ids of the buttons that the page offers. */
  const offered = (text: string): string[] => [...text.matchAll(/<input type="hidden" name="user" value="([^"]+)"/g)].map(([, user]) => user!);

  test('a handle or a proved address of an account names it, however it is written, and so does its user id', async () => {
    const [one, two, three] = [await account(base), await account(base), await account(base)];
    const unproved = await give(two.email, 'owner');
    assert.deepEqual([unproved.status, offered(unproved.text), await roleOf(two)], [200, [two.user.id], undefined], 'anybody could have typed this address');
    assert.equal((await verify(base, await newToken(base, two.email, 'verify'), two)).status, 200);
    const own = handle();
    await one.api.ok('PUT', '/api/me/handle', { handle: own });
    assert.equal((await give(`@${own.toUpperCase()}`)).status, 303);
    assert.equal((await give(` ${two.email.toUpperCase()} `, 'owner')).status, 303);
    assert.equal((await give(three.user.id)).status, 303);
    assert.deepEqual(await Promise.all([one, two, three].map(roleOf)), ['moderator', 'owner', 'moderator']);
    const { text } = await operator.get();
    assert.ok(text.includes(`<bdi>${one.user.displayName}</bdi> (@${own}) <small>${one.user.id}</small></th><td>Moderator</td>`), text);
    assert.equal((await give(own, '')).status, 303);
    assert.equal(await roleOf(one), undefined);
    await row({ action: 'role_give', actor: 'owner', target: two.user.id, result: 'owner' });
  });

  test('nobody gets a role by a handle or an address that is nobody\'s, by one that was released, or as a guest', async () => {
    const one = await account(base);
    const released = handle();
    await one.api.ok('PUT', '/api/me/handle', { handle: released });
    await one.api.ok('DELETE', '/api/me/handle');
    for (const typed of [`@${handle()}`, `@${released}`, `${marker()}@example.org`, 'nobody_here', (await guest(base)).user.id]) {
      const shown = await give(typed);
      assert.deepEqual([shown.status, /No account found\./.test(shown.text)], [200, true], typed);
      assert.ok(shown.text.includes(`name="user" dir="auto" value="${typed}"`), typed);
    }
    assert.equal(await roleOf(one), undefined);
  });

  test('a name offers the accounts that have it, and only the press of one of them decides', async () => {
    const displayName = freshName();
    const [one, two, other] = [await account(base, { displayName }), await account(base, { displayName }), await account(base)];
    const own = handle();
    await two.api.ok('PUT', '/api/me/handle', { handle: own });
    const shown = await give(displayName.toLowerCase(), 'owner');
    assert.equal(shown.status, 200);
    assert.match(shown.text, /Who do you mean\?/);
    assert.deepEqual(offered(shown.text).sort(), [one.user.id, two.user.id].sort());
    assert.ok(shown.text.includes(`<bdi>${displayName}</bdi> (@${own}) <small>${two.user.id}</small></button>`), shown.text);
    const single = await give(other.user.displayName);
    assert.deepEqual(offered(single.text), [other.user.id], 'one is a choice as well');
    assert.deepEqual(await Promise.all([one, two, other].map(roleOf)), [undefined, undefined, undefined]);
    assert.equal((await give(two.user.id, 'owner')).status, 303);
    assert.deepEqual(await Promise.all([one, two].map(roleOf)), [undefined, 'owner']);

    // A word that is the handle of one account and the name of another is a choice, unless it is written as a handle.
    const word = handle();
    const [owner, namesake] = [await account(base), await account(base, { displayName: word })];
    await owner.api.ok('PUT', '/api/me/handle', { handle: word });
    assert.deepEqual(offered((await give(word)).text).sort(), [owner.user.id, namesake.user.id].sort());
    assert.equal((await give(`@${word}`)).status, 303);
    assert.deepEqual(await Promise.all([owner, namesake].map(roleOf)), ['moderator', undefined]);
  });

  test('a link names the person of the form, also through the question for the token', async () => {
    const { user } = await account(base);
    const { text } = await operator.get(`?role=${user.id}`);
    assert.ok(text.includes(`name="user" dir="auto" value="${user.id}"`), text);
    assert.ok(text.includes(`<p><bdi>${user.displayName}</bdi> <small>${user.id}</small></p>`), text);
    const asked = await new AdminBrowser(base).get('?role=user_1');
    assert.match(asked.text, /action="\/admin\?role=user_1#people"/);
    const headers = { accept: 'text/html', origin: base, 'content-type': 'application/x-www-form-urlencoded' };
    const body = new URLSearchParams({ do: 'enter', token: ADMIN_TOKEN }).toString();
    const places = [];
    for (const query of ['?role=user_1', `?role=${encodeURIComponent('"><i>')}`]) {
      const reply = await send(base, 'POST', `/admin${query}`, { headers, body });
      places.push(`${reply.status} ${reply.headers['location']}`);
    }
    assert.deepEqual(places, ['303 /admin?role=user_1#people', '303 /admin']);
  });
});

describe('what it shows', () => {
  test('live rooms, sockets, numbers and charts are those of the counters', async () => {
    const browser = await AdminBrowser.entered(base, ADMIN_TOKEN);
    assert.match((await browser.get()).text, /Nothing to show yet/);
    const room = hubRoom();
    const reader = await HubSocket.open(base, room);
    await post(base, room, 'one');
    await reader.take(1);
    const ann = await persona(base, 'user_14');
    const { id: pair } = await ann.api.ok('POST', '/api/rooms/dm', { userId: 'user_13' });
    for (const name of ['general', pair]) await FrameSocket.joined(base, name, ann);
    await until('all three have told their numbers', async () => /<dt>Conversations with open sockets<\/dt><dd>3<\/dd>/.test((await browser.get()).text), PATIENCE_MS, 300);
    await ring(base);
    const { text } = await browser.get();
    for (const name of [`hub:${room}`, 'General']) assert.ok(text.includes(`<th scope="row"><bdi>${name}</bdi></th><td>1</td>`), name);
    assert.match(text, /<dt>Open sockets \(hub\)<\/dt><dd>1<\/dd>/);
    assert.match(text, /Open sockets, every 5 minutes: latest 3, peak 3</);
    assert.match(text, /aria-label="Write latency/);
    assert.ok(pair.startsWith('dm_') && !text.includes('dm_'), 'of two who talk only the number is told: who talks to whom is nobody\'s business');
  });

  test('the audit log is searched by who, what and when, and paged', async () => {
    const browser = await AdminBrowser.entered(base, ADMIN_TOKEN);
    const ann = await persona(base, 'user_12');
    for (let n = 0; n < 55; n += 1) await ann.api.ok(n % 2 ? 'DELETE' : 'PUT', '/api/me/blocks/user_13');
    const plain = (cell: string) => cell.replace(/<[^>]*>/g, '').replace(/\s+/g, ' ').trim();
    const rows = (text: string) => [...text.matchAll(/<tr><td><time[^>]*>([^<]*)<\/time><\/td><td>(.*?)<\/td><td>(.*?)<\/td>/g)].map(([, ...cells]) => cells.map(plain));
    const blocks = await until('the acts are to be read', async () => {
      const found = rows((await browser.get('?who=user_12&what=block')).text);
      return found.length === 28 && found;
    }, PATIENCE_MS, 300);
    assert.deepEqual(new Set(blocks.map(([, who, what]) => `${who} ${what}`)), new Set(['Emil user_12 → Kenji user_13 Person blocked block']));
    const all = (await browser.get()).text;
    const newest = rows(all);
    assert.equal(newest.length, 50);
    assert.deepEqual(newest.map(([at]) => at), newest.map(([at]) => at).sort().reverse(), 'newest first');
    const older = /<a href="(\/admin\?[^"]*before=\d+)#audit">Older/.exec(all)![1]!.replaceAll('&amp;', '&');
    const second = await browser.get(older.slice('/admin'.length));
    assert.ok(rows(second.text).length > 0 && second.text.includes('>Newest</a>'));
    assert.ok(rows(second.text)[0]![0]! <= newest.at(-1)![0]!);
    const day = new Date(Date.now() + 86_400_000).toISOString().slice(0, 10);
    assert.match((await browser.get(`?from=${day}`)).text, /No entries found/);
    for (const bad of ['from=yesterday', 'until=2026-99-99', 'before=x', `who=${'x'.repeat(257)}`]) {
      const page = await browser.get(`?${bad}`);
      assert.deepEqual([page.status, /This search isn’t valid/.test(page.text)], [200, true], bad);
    }
  });

  test('without the database the audit log cannot be read, and all else is shown and done @night', async () => {
    const server = await onOwnServer({ ADMIN_TOKEN, RATE_LOGIN: '0' });
    const browser = await AdminBrowser.entered(server.base, ADMIN_TOKEN);
    const api = new Api(server.base, { authorization: `Bearer ${ADMIN_TOKEN}` });
    const acts = async () => (await api.ok('GET', '/api/admin/audit?what=admin_login')).items.length;
    await until('a row', async () => (await acts()) === 1, PATIENCE_MS, 200);
    await server.kill9();
    inDatabase(server.state, 'ALTER TABLE CFM_audit RENAME COLUMN request TO elsewhere');
    await server.restart();
    const page = await browser.get();
    assert.equal(page.status, 200);
    for (const words of ['No active alarms', '0 / 10000', 'MessageHub event streams', 'The audit log isn’t available right now']) assert.ok(page.text.includes(words), words);
    await until('the line', () => server.output().includes('"place":"admin"'), PATIENCE_MS, 20);
    assert.doesNotMatch(page.text, /no such column|elsewhere/);
    assert.equal((await browser.turn('sse', false)).status, 303);
    assert.equal((await api.ok('GET', '/api/admin/flags')).sse, false);
    refused(await api.get('/api/admin/audit'), 500, 'INTERNAL');
    await server.kill9();
    inDatabase(server.state, 'ALTER TABLE CFM_audit RENAME COLUMN elsewhere TO request');
    await server.restart();
    assert.match((await browser.get()).text, /<td>Operator sign-in <small>admin_login<\/small><\/td>/);
  });
});
