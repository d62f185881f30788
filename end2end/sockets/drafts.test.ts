// settings.md 3: a draft is on all devices of its writer, and nowhere else.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { account, passwordLogin, sessionOf, type Account } from '../harness/accounts.ts';
import { refused } from '../harness/api.ts';
import { marker, uuidv7 } from '../harness/ids.ts';
import { guest, type Session } from '../harness/session.ts';
import { FrameSocket } from '../harness/socket.ts';
import { onOwnServer } from '../harness/suite.ts';

const RULES = ['LOGIN', 'LOGIN_FAIL', 'REGISTER', 'REST', 'CHAT', 'HISTORY'];
const DRAFTS_A_MINUTE = 12;
const rates = Object.fromEntries(RULES.map((rule) => [`RATE_${rule}`, '0']));
const server = await onOwnServer({ RATE_DRAFT: `${DRAFTS_A_MINUTE}/60`, ...rates });
const { base } = server;

const PATH = '/api/me/drafts';
const put = (who: Session, room: string, content: string, at = Date.now(), more: Record<string, unknown> = {}) =>
  who.api.put(`${PATH}/${room}`, { content, at, ...more });
const list = async (who: Session): Promise<any[]> => (await who.api.ok('GET', PATH)).items;
const elsewhere = async (who: Account): Promise<Session> => sessionOf(base, await passwordLogin(base, who.email));
const device = (who: Session) => FrameSocket.device(base, who);
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

  test('at most so many in a minute', async () => {
    const ann = await account(base);
    for (let n = 0; n < DRAFTS_A_MINUTE; n++) assert.equal((await put(ann, 'general', `${n}`)).status, 200);
    refused(await put(ann, 'general', 'more'), 429, 'RATE_LIMITED');
    assert.equal((await list(ann))[0].content, `${DRAFTS_A_MINUTE - 1}`);
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
});
