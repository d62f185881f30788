// leaving.md 1: the archive of all data about a person, which nobody else can read.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { account, browserWithAccount } from '../harness/accounts.ts';
import { AdminBrowser } from '../harness/admin.ts';
import { Api, envelope, refused } from '../harness/api.ts';
import { ready } from '../harness/archive.ts';
import { bucketOf } from '../harness/everywhere.ts';
import { upload } from '../harness/files.ts';
import { send } from '../harness/http.ts';
import { marker } from '../harness/ids.ts';
import { befriend, direct, say } from '../harness/pairs.ts';
import { guest, persona, type Session } from '../harness/session.ts';
import { onOwnServer } from '../harness/suite.ts';
import { inObject, rowsOf } from '../harness/tables.ts';
import { until } from '../harness/wait.ts';
import { unzip } from '../harness/zip.ts';

const RULES = ['LOGIN', 'REGISTER', 'REST', 'CHAT', 'HISTORY', 'FILE'];
const ADMIN_TOKEN = 'an admin token for tests';
const server = await onOwnServer({ ADMIN_TOKEN, ...Object.fromEntries(RULES.map((rule) => [`RATE_${rule}`, '0'])) });
const { base } = server;

const fetched = (who: { api: Api }, url: string) =>
  send(who.api.base, 'GET', url, { headers: who.api.headers, encoding: 'latin1', timeoutMs: 60_000 });

/** Requests an archive, waits for it, and unpacks it. */
async function exported(who: Session): Promise<Map<string, Buffer>> {
  const asked = await who.api.post('/api/export');
  assert.equal(asked.status, 202, asked.reply.text);
  const job = await ready(who, asked.data.jobId);
  const reply = await fetched(who, job.url);
  assert.equal(reply.status, 200);
  const archive = Buffer.from(reply.text, 'latin1');
  assert.deepEqual([reply.headers['content-type'], archive.length], ['application/zip', job.bytes]);
  assert.equal(reply.headers['content-disposition'], `attachment; filename="cf-messenger-${who.user.id}.zip"`);
  assert.match(String(reply.headers['cache-control']), /private/);
  await isTakenByOthers(archive);
  return unzip(archive);
}

/** Checks an archive with Python's reader, if Python is installed. */
async function isTakenByOthers(archive: Buffer): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'cfm-zip-'));
  await writeFile(join(folder, 'a.zip'), archive);
  const tested = spawnSync('python3', ['-m', 'zipfile', '-t', join(folder, 'a.zip')], { encoding: 'utf8' });
  if (!tested.error) assert.deepEqual([tested.status, tested.stdout.trim()], [0, 'Done testing'], tested.stderr);
  await rm(folder, { recursive: true });
}

const json = (files: Map<string, Buffer>, path: string) => JSON.parse(files.get(path)!.toString());
const lines = (files: Map<string, Buffer>, path: string): any[] =>
  (files.get(path)?.toString() ?? '').split('\n').filter((line) => line !== '').map((line) => JSON.parse(line));
const said = (files: Map<string, Buffer>, path: string): string[] => lines(files, path).filter((event) => event.type === 'chat').map((event) => event.content);

describe('export', () => {
  test('what was said, shown and chosen is in it, and nothing that is closed to them', async () => {
    const [mia, bo, cem] = [await account(base), await account(base), await account(base)];
    await befriend(mia, bo);
    const words = Array.from({ length: 6 }, () => marker());
    const talk = await direct(mia, bo);
    await say(mia, talk, words[0]!);
    await say(bo, talk, words[1]!);
    const gone = await say(mia, talk, words[5]!);
    await mia.api.ok('DELETE', `/api/messages/${gone.id}?roomId=${talk}&for=all`);
    await say(mia, 'general', words[2]!);
    await say(bo, 'general', words[3]!);
    const group = await bo.api.ok('POST', '/api/rooms', { name: marker(), memberIds: [], visibility: 'private' });
    await say(bo, group.id, words[4]!);
    await bo.api.ok('POST', `/api/rooms/${group.id}/members`, { userIds: [mia.user.id] });
    const inGroup = marker();
    await say(mia, group.id, inGroup);
    await mia.api.ok('PUT', `/api/me/blocks/${cem.user.id}`);
    await mia.api.ok('PUT', `/api/me/hidden-from/${bo.user.id}`);
    await mia.api.ok('PUT', '/api/me/settings', { receipts: false });
    const { handle } = await mia.api.ok('PUT', '/api/me/handle', { handle: `h_${mia.user.id.slice(2)}` });
    await mia.api.ok('POST', '/api/me/invites', { roomId: group.id, uses: 7 });
    const [draft, nickname] = [marker(), { value: marker(), at: Date.now(), by: 'a'.repeat(16) }];
    await mia.api.ok('PUT', '/api/me/drafts/general', { content: draft, at: Date.now() });
    await mia.api.ok('PUT', '/api/me/home', { fields: { 'nickname/u_bo': nickname } });
    const [small, large] = [Buffer.from('Grüße'), Buffer.alloc(12_000_000, 'of many bytes ')];
    const file = await upload(mia, small, 'Grüße & <b>.txt');
    const big = await upload(mia, large, 'large.bin');
    await say(mia, talk, 'look', { files: [{ id: file.id, name: 'x' }, { id: big.id }] });

    // The audit log in the database is written a moment later.
    const acted = () => rowsOf(server.state, 'SELECT action FROM CFM_audit WHERE actor = ?', mia.user.id).map((row) => row['action']);
    await until('the acts are told', async () => ['register', 'block'].every((action) => acted().includes(action)));
    const files = await exported(mia);
    const profile = json(files, 'profile.json');
    assert.deepEqual([profile.id, profile.displayName, profile.email, profile.handle, profile.settings.receipts], [mia.user.id, mia.user.displayName, mia.email, handle, false]);
    const contacts = json(files, 'contacts.json');
    assert.deepEqual(contacts.contacts.map((one: any) => [one.id, one.relation]), [[bo.user.id, 'contact']]);
    assert.deepEqual(contacts.blocks.map((one: any) => one.id), [cem.user.id]);
    assert.deepEqual(contacts.hiddenFrom, [bo.user.id]);
    assert.deepEqual(json(files, 'drafts.json').map(({ roomId, content }: any) => [roomId, content]), [['general', draft]]);
    assert.deepEqual(json(files, 'home.json'), { 'nickname/u_bo': nickname });
    assert.deepEqual(contacts.groups.map((one: any) => one.id), [group.id]);
    assert.deepEqual(contacts.invites.map((one: any) => [one.roomId, one.usesLeft]), [[group.id, 7]]);
    assert.deepEqual(said(files, `rooms/${talk}.jsonl`), [words[0], words[1], undefined, 'look'], 'a conversation of two as they both read it');
    assert.deepEqual(said(files, 'rooms/general.jsonl'), [words[2]], 'of what is everybody\'s, what they wrote');
    assert.deepEqual(said(files, `rooms/${group.id}.jsonl`), [inGroup], 'of a group, what came after they did');
    const listed: any[] = json(files, 'files.json');
    assert.deepEqual(listed.map((one) => one.id), [file.id, big.id]);
    assert.ok(files.get(listed[0].path)!.equals(small) && files.get(listed[1].path)!.equals(large));
    const acts = lines(files, 'audit.jsonl');
    assert.deepEqual(['register', 'block'].map((action) => acts.filter((act) => act.action === action).length), [1, 1], JSON.stringify(acts));
    assert.ok(acts.every((act) => ['login', 'register', 'block', 'export', 'member_add', 'room_create'].includes(act.action)), JSON.stringify(acts));
    const page = files.get('index.html')!.toString();
    for (const path of files.keys()) if (path !== 'index.html') assert.ok(page.includes(`href="${path.split('/').map(encodeURIComponent).join('/')}"`), path);
    const whole = [...files.values()].map((file) => file.toString('latin1')).join('\n');
    for (const closed of [words[3]!, words[4]!, words[5]!]) assert.ok(!whole.includes(closed));
    assert.ok(!whole.includes(mia.token));
  });

  test('acts of moderators on the person are in it, with the words of the objection, and no name of a moderator', async () => {
    const operator = await AdminBrowser.entered(base, ADMIN_TOKEN);
    const [mia, mod] = [await account(base), await account(base)];
    const given = await operator.submit({ do: 'role', user: mod.user.id, role: 'moderator' });
    assert.equal(given.status, 303, given.text);
    const acted = async (body: object): Promise<string> => {
      const answer = await mod.api.post('/api/moderation/acts', { user: mia.user.id, reason: marker(), ...body });
      assert.equal(answer.status, 201, answer.reply.text);
      return answer.data.id;
    };
    const mute = await acted({ kind: 'mute', minutes: 10 });
    const words = marker();
    assert.equal((await new Api(base).post('/api/moderation/objections', { act: mute, text: words })).status, 201);
    await acted({ kind: 'unmute' });

    const { items } = await mia.api.ok('GET', '/api/me/moderation');
    assert.deepEqual(items.map(({ kind }: any) => kind), ['unmute', 'mute']);
    const files = await exported(mia);
    const archived: any[] = json(files, 'moderation.json');
    assert.deepEqual(archived.map(({ act }) => act), items);
    assert.deepEqual(archived.map(({ text, objectedAt }) => [text, objectedAt > 0]), [[undefined, false], [words, true]]);
    assert.ok(!files.get('moderation.json')!.toString().includes(mod.user.id));
    assert.equal((await exported(mod)).get('moderation.json'), undefined, 'nobody acted on the moderator');
  });

  test('it is given to nobody else, whatever they know, and there is one a day', async () => {
    const { browser } = await browserWithAccount(base);
    const [stranger, asked] = [await guest(base), await browser.post('/api/export')];
    const id: string = asked.data.jobId;
    const job = await ready(browser, id);
    for (const path of [`/api/export/${id}`, `/api/export/${id}/archive`]) {
      refused(await stranger.api.get(path), 404, 'NOT_FOUND');
      refused(await new Api(base).get(path), 401, 'UNAUTHENTICATED');
    }
    assert.deepEqual(await stranger.api.ok('GET', '/api/export'), {});
    refused(await stranger.api.get(`/api/export/${id}%2F..`), 404, 'NOT_FOUND');
    const whole = await fetched(browser, job.url);
    assert.equal(whole.status, 200);
    // What broke off goes on: a part of the archive, if it is still the same.
    const part = async (range: string, more: Record<string, string> = {}) =>
      send(base, 'GET', job.url, { headers: { ...browser.api.headers, range, ...more }, encoding: 'latin1' });
    const [rest, same] = [await part('bytes=10-'), await part('bytes=10-19', { 'if-range': String(whole.headers['etag']) })];
    assert.deepEqual([rest.status, rest.text, rest.headers['content-range']], [206, whole.text.slice(10), `bytes 10-${job.bytes - 1}/${job.bytes}`]);
    assert.deepEqual([same.status, same.text], [206, whole.text.slice(10, 20)]);
    assert.equal((await browser.api.ok('GET', '/api/export')).jobId, id);
    const again = await browser.post('/api/export');
    assert.ok(refused(again, 429, 'RATE_LIMITED').retryAfterMs! > 86_000_000);
    await browser.post('/api/auth/logout');
    refused(envelope(await fetched(browser, job.url)), 401, 'UNAUTHENTICATED');
  });

  test('the link is good for a day; then the archive is gone from the bucket, and there may be another @night', async () => {
    const mia = await account(base);
    const { jobId } = await mia.api.ok('POST', '/api/export');
    const job = await ready(mia, jobId);
    assert.equal((await fetched(mia, job.url)).status, 200);
    const stored = () => bucketOf(server.state).filter((key) => key.includes(jobId));
    assert.ok(stored().length > 0);
    const later = async (ms: number) => {
      await server.kill9();
      inObject(server.state, ['SELECT 1 FROM exports WHERE id = ?', jobId], `UPDATE exports SET at = at - ${ms}, due_at = due_at - ${ms} WHERE id = '${jobId}'`);
      await server.restart();
    };
    await later(23 * 3_600_000);
    assert.equal((await fetched(mia, job.url)).status, 200, 'not before');
    await later(3_600_000);
    for (const path of [`/api/export/${jobId}`, job.url]) refused(envelope(await fetched(mia, path)), 404, 'NOT_FOUND');
    assert.deepEqual(await mia.api.ok('GET', '/api/export'), {});
    // Any request that wakes the object makes it check its due tasks.
    await mia.api.ok('PUT', '/api/me', { personalMessage: 'still here' });
    await until('the archive is gone', () => stored().length === 0);
    const next = await mia.api.post('/api/export');
    assert.equal(next.status, 202, next.reply.text);
    assert.notEqual(next.data.jobId, jobId);
  });

  test('what an earlier player of a persona asked for is not the next one\'s', async () => {
    const first = await persona(base, 'user_5');
    const words = marker();
    await say(first, 'general', words);
    const files = await exported(first);
    assert.deepEqual(said(files, 'rooms/general.jsonl'), [words]);
    const { jobId } = await first.api.ok('GET', '/api/export');
    await first.api.ok('POST', '/api/auth/logout');
    const next = await persona(base, 'user_5');
    refused(await next.api.get(`/api/export/${jobId}`), 404, 'NOT_FOUND');
    assert.deepEqual(await next.api.ok('GET', '/api/export'), {});
    const theirs = await exported(next);
    assert.equal(theirs.get('rooms/general.jsonl'), undefined);
  });

  test('whoever left a group takes along what they wrote there', async () => {
    const [mia, bo] = [await account(base), await account(base)];
    await befriend(mia, bo);
    const group = await bo.api.ok('POST', '/api/rooms', { name: marker(), memberIds: [mia.user.id], visibility: 'private' });
    const [own, others] = [marker(), marker()];
    await say(mia, group.id, own);
    await mia.api.ok('DELETE', `/api/rooms/${group.id}/members/me`);
    await say(bo, group.id, others);
    assert.deepEqual(said(await exported(mia), `rooms/${group.id}.jsonl`), [own]);
  });

  test('kill -9 while it is put together: after the restart it goes on, and nothing is there twice @night', async () => {
    const mia = await account(base);
    const words = Array.from({ length: 450 }, (_, n) => `${n} ${marker()}`);
    for (const text of words) await say(mia, 'general', text);
    const large = Buffer.alloc(24_000_000, 'and again ');
    await upload(mia, large, 'large.bin');
    await upload(mia, large, 'large too.bin');
    const { jobId } = await mia.api.ok('POST', '/api/export');
    for (let kills = 0; kills < 3; kills += 1) {
      const before = (await mia.api.ok('GET', `/api/export/${jobId}`)).bytes;
      await until('it went on', async () => {
        const job = await mia.api.ok('GET', `/api/export/${jobId}`);
        return job.state === 'ready' || job.bytes > before;
      });
      await server.kill9();
      await server.restart();
    }
    const job = await ready(mia, jobId);
    const files = unzip(Buffer.from((await fetched(mia, job.url)).text, 'latin1'));
    assert.deepEqual(said(files, 'rooms/general.jsonl'), words);
    assert.ok(files.get('files/1-large.bin')!.equals(large) && files.get('files/2-large too.bin')!.equals(large));
  });
});
