// integrations.md: programs outside that write in a group. The tests cover roles, the three shapes of bodies, limits, the end of an address,
// marks in frames and histories, and that the secret is stored and logged nowhere.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, test } from 'node:test';
import { newcomer } from '../harness/accounts.ts';
import { auditRows } from '../harness/admin.ts';
import { Api, envelope, refused } from '../harness/api.ts';
import { group } from '../harness/groups.ts';
import { send, type Reply } from '../harness/http.ts';
import { marker, TOKEN, uuidv7 } from '../harness/ids.ts';
import type { Session } from '../harness/session.ts';
import { FrameSocket } from '../harness/socket.ts';
import { onOwnServer } from '../harness/suite.ts';
import { seenInObjects } from '../harness/tables.ts';
import { until } from '../harness/wait.ts';

const RULES = ['LOGIN', 'REGISTER', 'REST', 'CHAT', 'HISTORY', 'HOOK'];
const ADMIN_TOKEN = 'an admin token for tests';
const open = { ADMIN_TOKEN, ...Object.fromEntries(RULES.map((rule) => [`RATE_${rule}`, '0'])) };
const server = await onOwnServer(open);
const { base } = server;
const admin = new Api(base, { authorization: `Bearer ${ADMIN_TOKEN}` });

const JSON_TYPE = 'application/json';
const hooksOf = (room: string) => `/api/rooms/${room}/hooks`;
/** Makes an integration and returns its id and the path of its address. */
const made = async (owner: Session, room: string): Promise<{ id: string; path: string }> => {
  const { id, url } = await owner.api.ok('POST', hooksOf(room), { name: 'Builds' });
  return { id, path: new URL(url).pathname };
};
const post = (path: string, body: string, type?: string, headers: Record<string, string> = {}): Promise<Reply> =>
  send(base, 'POST', path, { body, headers: { ...(type === undefined ? {} : { 'content-type': type }), ...headers } });
const said = async (who: Session, room: string): Promise<any[]> =>
  (await who.api.ok('GET', `/api/messages?roomId=${room}&limit=200`)).messages.filter((one: any) => one.type === 'chat');

describe('integrations of a group', () => {
  test('the owner and admins make, list and revoke; the address is told once', async () => {
    const [owner, member] = [await newcomer(base), await newcomer(base)];
    const room = await group(owner, [member]);
    for (const name of [' ', 'x'.repeat(65)]) refused(await owner.api.post(hooksOf(room), { name }), 400, 'VALIDATION');
    const answer = await owner.api.post(hooksOf(room), { name: '  Builds \u202e ' });
    assert.equal(answer.status, 201, answer.reply.text);
    const { id, name, createdAt, lastUsedAt, url } = answer.data;
    assert.match(id, /^hook_[a-z2-7]{13}$/);
    assert.deepEqual([name, lastUsedAt, typeof createdAt], ['Builds', null, 'number']);
    const [, secret] = new URL(url).pathname.split('.');
    assert.equal(new URL(url).pathname, `/api/hooks/${room}/${id}.${secret}`);
    assert.match(secret!, TOKEN);
    assert.equal(new URL(url).origin, base);
    assert.deepEqual((await owner.api.ok('GET', hooksOf(room))).items, [{ id, name, madeBy: owner.user.id, createdAt, lastUsedAt: null }]);

    refused(await member.api.get(hooksOf(room)), 403, 'FORBIDDEN');
    await owner.api.ok('PATCH', `/api/rooms/${room}/members/${member.user.id}`, { role: 'admin' });
    assert.equal((await member.api.ok('GET', hooksOf(room))).items.length, 1);
    assert.deepEqual((await member.api.delete(`${hooksOf(room)}/${id}`)).data, {});
    refused(await member.api.delete(`${hooksOf(room)}/${id}`), 404, 'NOT_FOUND');

    for (const [action, actor] of [['integration_add', owner], ['integration_remove', member]] as const) {
      const rows = await until(action, async () => {
        const found = await auditRows(admin, action, `${room}/${id}`);
        return found.length > 0 && found;
      });
      assert.deepEqual(rows.map((row) => row.actor), [actor.user.id]);
    }
  });

  test('each shape is said as text and answered as its sender expects', async () => {
    const owner = await newcomer(base);
    const room = await group(owner);
    const { id, path } = await made(owner, room);
    const socket = await FrameSocket.joined(base, room, owner);
    const word = marker();

    const plain = envelope(await post(path, `${word} <b>plain</b>\r\n`));
    assert.equal(plain.status, 201);
    assert.deepEqual([plain.data.content, plain.data.senderId, plain.data.displayName], [`${word} <b>plain</b>`, id, 'Builds']);

    const slack = { text: 'unseen', blocks: [{ type: 'section', text: { type: 'mrkdwn', text: `${word} <https://ci.example|build> &amp; more` } }] };
    const reply = await post(path, JSON.stringify(slack), JSON_TYPE);
    assert.deepEqual([reply.status, reply.text, reply.headers['content-type'], reply.headers['cache-control']], [200, 'ok', 'text/plain; charset=utf-8', 'no-store']);

    const discord = JSON.stringify({ content: `${word} down`, username: ' Watch\u202edog ', embeds: [{ title: 'db', fields: [{ name: 'Used', value: '98 %' }] }] });
    const silent = await post(path, discord, JSON_TYPE);
    assert.deepEqual([silent.status, silent.text], [204, '']);
    const waited = await post(`${path}?wait=true`, discord, JSON_TYPE);
    assert.equal(waited.status, 200);
    assert.deepEqual([JSON.parse(waited.text).displayName, JSON.parse(waited.text).content], ['Watchdog', `${word} down\ndb\nUsed: 98 %`]);

    const down = `${word} down\ndb\nUsed: 98 %`;
    const texts = [`${word} <b>plain</b>`, `${word} build (https://ci.example) & more`, down, down];
    await socket.next((frame) => frame.type === 'chat' && frame['id'] === JSON.parse(waited.text).id);
    for (const all of [socket.all('chat'), await said(owner, room)]) {
      assert.deepEqual(all.map((one) => one['content']), texts);
      assert.deepEqual(all.map((one) => one['displayName']), ['Builds', 'Builds', 'Watchdog', 'Watchdog']);
      for (const one of all) assert.deepEqual([one['senderId'], one['bot'], one['client']], [id, true, 'integration']);
    }
    assert.ok((await owner.api.ok('GET', hooksOf(room))).items[0].lastUsedAt > 0);
    await socket.close();
  });

  test('a repeated key says a text once, and another text under it is refused', async () => {
    const owner = await newcomer(base);
    const room = await group(owner);
    const { path } = await made(owner, room);
    const key = { 'idempotency-key': uuidv7() };
    const [first, again] = [await post(path, 'once', 'text/plain', key), await post(path, 'once', 'text/plain', key)];
    assert.deepEqual([first.status, again.status, again.headers['idempotent-replay']], [201, 200, 'true']);
    assert.equal(envelope(again).data.seq, envelope(first).data.seq);
    refused(envelope(await post(path, 'twice', 'text/plain', key)), 422, 'ID_REUSED');
    assert.equal((await said(owner, room)).length, 1);
  });

  test('what cannot be said is refused', async () => {
    const owner = await newcomer(base);
    const room = await group(owner);
    const { path } = await made(owner, room);
    refused(envelope(await post(path, 'x', 'image/png')), 415, 'UNSUPPORTED_MEDIA_TYPE');
    refused(envelope(await post(path, 'x'.repeat(65_537), 'text/plain')), 413, 'TOO_LARGE');
    assert.equal((await said(owner, room)).length, 0);
  });

  test('a wrong secret, a revoked one and a missing group look alike', async () => {
    const owner = await newcomer(base);
    const [room, other] = [await group(owner), await group(owner)];
    const { id, path } = await made(owner, room);
    const revoked = await made(owner, room);
    await owner.api.ok('DELETE', `${hooksOf(room)}/${revoked.id}`);
    const gone = await made(owner, other);
    await owner.api.ok('DELETE', `/api/rooms/${other}`);
    const wrong = [
      path.replace(/.{43}$/, 'A'.repeat(43)), path.slice(0, -1), `/api/hooks/${room}/${id}`, `/api/hooks/${room}/x`, `/api/hooks/general/${path.split('/').at(-1)}`,
      `/api/hooks/grp_0000000000000/${path.split('/').at(-1)}`, path.replace(id, revoked.id), revoked.path, gone.path,
    ];
    const words = new Set<string>();
    for (const one of wrong) words.add(refused(envelope(await post(one, 'hi', 'text/plain')), 404, 'NOT_FOUND').message);
    assert.equal(words.size, 1);
    // No session of the group opens an address, and a foreign page needs no permission to post to one.
    refused(envelope(await post(wrong[0]!, 'hi', 'text/plain', { ...owner.api.headers })), 404, 'NOT_FOUND');
    const foreign = await post(path, 'hi', 'text/plain', { origin: 'https://elsewhere.example' });
    assert.deepEqual([foreign.status, foreign.headers['access-control-allow-origin']], [201, undefined]);
  });

  test('made-up groups are asked for so long; one that is known answers all the same', async () => {
    const strict = await onOwnServer({ ...open, RATE_INVITE: '5/60' });
    const owner = await newcomer(strict.base);
    const { path } = await made(owner, await group(owner));
    const hit = (where: string) => send(strict.base, 'POST', where, { body: 'hi', headers: { 'content-type': 'text/plain' } });
    assert.equal((await hit(path)).status, 201);
    const madeUp = (n: number) => path.replace(/grp_\w+/, `grp_${'0'.repeat(12)}${'abcdefghj'[n]}`);
    const statuses: number[] = [];
    for (let n = 0; n < 8; n += 1) statuses.push((await hit(madeUp(n))).status);
    assert.deepEqual(statuses, [404, 404, 404, 404, 404, 429, 429, 429]);
    assert.equal((await send(strict.base, 'GET', `/embed/grp_${'0'.repeat(12)}x`)).status, 429);
    assert.equal((await hit(path)).status, 201);
  });

  test('the secret is in no line of the log and in no table', async () => {
    const owner = await newcomer(base);
    const room = await group(owner);
    const { path } = await made(owner, room);
    const secret = path.split('.').at(-1)!;
    const reply = await post(path, 'hi', 'text/plain');
    const requestId = String(reply.headers['x-request-id']);
    const line = await until('the line', () => server.output().split('\n').find((one) => one.includes(requestId) && one.includes('"event":"request"')));
    assert.equal(JSON.parse(line.slice(line.indexOf('{'))).route, '/api/hooks/:room/:token');
    assert.ok(!server.output().includes(secret));
    const rowsWith = (value: string) => seenInObjects(server.state, 'SELECT 1 FROM integrations WHERE secret_hash = ?', value);
    assert.deepEqual([secret, createHash('sha256').update(secret).digest('hex')].map(rowsWith), [0, 1]);
  });
});
