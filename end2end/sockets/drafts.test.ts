// settings.md 3: a draft is on all devices of its writer, and nowhere else.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { account, PASSWORD, passwordLogin, sessionOf, type Account } from '../harness/accounts.ts';
import { refused } from '../harness/api.ts';
import { placesOf } from '../harness/everywhere.ts';
import { send } from '../harness/http.ts';
import { marker, uuidv7 } from '../harness/ids.ts';
import { limits } from '../harness/limits.ts';
import { guest, persona, type Session } from '../harness/session.ts';
import { FrameSocket } from '../harness/socket.ts';
import { onOwnServer } from '../harness/suite.ts';
import { until } from '../harness/wait.ts';
import { unzip } from '../harness/zip.ts';

const RULES = ['LOGIN', 'LOGIN_FAIL', 'REGISTER', 'REST', 'CHAT', 'HISTORY'];
const DRAFTS_A_MINUTE = 12;
const rates = Object.fromEntries(RULES.map((rule) => [`RATE_${rule}`, '0']));
const server = await onOwnServer({ ACCOUNT_UNDO_S: '1', RATE_DRAFT: `${DRAFTS_A_MINUTE}/60`, ...rates });
const { base } = server;

const PATH = '/api/me/drafts';
const put = (who: Session, room: string, content: string, at = Date.now(), more: Record<string, unknown> = {}) =>
  who.api.put(`${PATH}/${room}`, { content, at, ...more });
const list = async (who: Session): Promise<any[]> => (await who.api.ok('GET', PATH)).items;
const elsewhere = async (who: Account): Promise<Session> => sessionOf(base, await passwordLogin(base, who.email));
const device = async (who: Session): Promise<FrameSocket> => {
  const socket = await FrameSocket.presence(base, who);
  await socket.next('welcome');
  return socket;
};
const direct = (one: Session, other: Session): string => `dm_${[one.user.id, other.user.id].sort().join('____')}`;

describe('drafts', () => {
  test('what one device writes the others hear, and who asks; taken back it is gone', async () => {
    const ann = await account(base);
    const other = await elsewhere(ann);
    const [here, there] = [await device(ann), await device(other)];
    const at = Date.now();
    assert.deepEqual((await put(ann, 'general', 'half a', at)).data, { at });
    assert.deepEqual(await there.next('draft'), { type: 'draft', roomId: 'general', content: 'half a', at });
    const answered = uuidv7();
    await put(other, 'general', 'half a sentence', at + 1, { replyTo: answered });
    assert.deepEqual(await here.next('draft'), { type: 'draft', roomId: 'general', content: 'half a sentence', replyTo: answered, at: at + 1 });
    assert.deepEqual(await list(ann), [{ roomId: 'general', content: 'half a sentence', replyTo: answered, at: at + 1 }]);
    await put(ann, 'general', '', at + 2);
    assert.deepEqual(await there.next('draft'), { type: 'draft', roomId: 'general', content: '', at: at + 2 });
    assert.deepEqual([await list(ann), await list(other)], [[], []]);
    assert.equal(here.all('draft').length, 1, 'nobody is told of what they said themselves');
    for (const socket of [here, there]) await socket.close();
  });

  test('an older word than the last changes nothing and says so, also after it was taken back', async () => {
    const ann = await account(base);
    const there = await device(await elsewhere(ann));
    const at = Date.now() - 10_000;
    await put(ann, 'general', 'later', at);
    await put(ann, 'general', '', at + 10);
    assert.deepEqual((await put(ann, 'general', 'on its way', at + 9)).data, { at: at + 10, stale: true }, 'and what counts is told');
    assert.deepEqual(await list(ann), []);
    await there.barrier();
    assert.deepEqual(there.all('draft').map((frame) => frame['content']), ['later', '']);
    // A clock that is a year ahead must not win for a year.
    const { data } = await put(ann, 'general', 'from the future', Date.now() + 365 * 86_400_000);
    assert.ok(data.at <= Date.now(), 'and hears what time counts');
    await there.close();
  });

  test('a conversation need not exist; another one\'s, a private group and a guest are refused', async () => {
    const [ann, bea, cem] = [await account(base), await account(base), await account(base)];
    assert.equal((await put(ann, direct(ann, bea), 'never begun')).status, 200);
    assert.deepEqual((await list(ann)).map((draft) => draft.content), ['never begun']);
    assert.deepEqual((await bea.api.ok('GET', '/api/rooms?scope=mine')).items, [], 'nobody is told');
    refused(await put(cem, direct(ann, bea), 'x'), 403, 'FORBIDDEN');
    const { id } = await ann.api.ok('POST', '/api/rooms', { name: 'Crew', memberIds: [], visibility: 'private' });
    assert.equal((await put(ann, id, 'x')).status, 200);
    refused(await put(cem, id, 'x'), 404, 'NOT_FOUND');
    const visitor = await guest(base);
    refused(await put(visitor, 'general', 'x'), 403, 'FORBIDDEN');
    refused(await visitor.api.get(PATH), 403, 'FORBIDDEN');
    await ann.api.ok('PUT', `/api/me/blocks/${bea.user.id}`);
    assert.equal((await put(ann, direct(ann, bea), 'what one would say')).status, 200);
    assert.deepEqual(await list(bea), []);
  });

  test('bodies are of their form', async () => {
    const ann = await account(base);
    const body = { content: 'x', at: Date.now() };
    const bad = [{}, { content: 'x' }, { at: 1 }, { ...body, content: 7 }, { ...body, at: -1 }, { ...body, at: 1.5 }, { ...body, at: 2 ** 53 }, { ...body, replyTo: 7 }, { ...body, replyTo: '' }, { ...body, content: 'x'.repeat(limits.content + 1) }];
    for (const one of bad) refused(await ann.api.put(`${PATH}/general`, one), 400, 'VALIDATION');
    assert.equal((await ann.api.put(`${PATH}/general`, { ...body, content: '😀'.repeat(limits.content / 2) })).status, 200);
    assert.equal((await list(ann))[0].content.length, limits.content);
    assert.notEqual((await ann.api.put(`${PATH}/no%20room`, body)).status, 200);
  });

  test('at most so many in a minute', async () => {
    const ann = await account(base);
    for (let n = 0; n < DRAFTS_A_MINUTE; n++) assert.equal((await put(ann, 'general', `${n}`)).status, 200);
    refused(await put(ann, 'general', 'more'), 429, 'RATE_LIMITED');
    assert.equal((await list(ann))[0].content, `${DRAFTS_A_MINUTE - 1}`);
  });

  test('the next player of a persona finds nothing', async () => {
    const first = await persona(base, 'user_3');
    await put(first, 'general', 'mine');
    assert.equal((await list(first)).length, 1);
    await first.api.ok('POST', '/api/auth/logout');
    const next = await persona(base, 'user_3');
    assert.deepEqual(await list(next), []);
    await put(next, 'general', 'anew');
    assert.deepEqual((await list(next)).map((draft) => draft.content), ['anew']);
  });

  test('kill -9: what was answered is kept, and so is what was taken back @night', async () => {
    const ann = await account(base);
    const at = Date.now();
    const text = marker();
    await put(ann, 'general', text, at);
    const room = direct(ann, await account(base));
    await put(ann, room, 'sent since', at);
    await put(ann, room, '', at + 1);
    await server.kill9();
    await server.restart();
    assert.deepEqual((await list(ann)).map((draft) => draft.content), [text]);
    assert.deepEqual((await put(ann, room, 'sent since', at)).data, { at: at + 1, stale: true });
  });

  test('they are in the archive of what is kept, and gone with the account', async () => {
    const ann = await account(base);
    const text = marker();
    await put(ann, 'general', text);
    const { jobId } = await ann.api.ok('POST', '/api/export');
    await until('the archive', async () => (await ann.api.ok('GET', `/api/export/${jobId}`)).state === 'ready');
    const archive = await send(base, 'GET', `/api/export/${jobId}/archive`, { headers: ann.api.headers, encoding: 'latin1', timeoutMs: 60_000 });
    const [draft] = JSON.parse(unzip(Buffer.from(archive.text, 'latin1')).get('drafts.json')!.toString());
    assert.deepEqual([draft.roomId, draft.content], ['general', text]);
    assert.equal((await ann.api.call('DELETE', '/api/me', { messages: 'remove', password: PASSWORD })).status, 202);
    await until('nothing of it', async () => placesOf(server.state, text).length === 0);
  });
});
