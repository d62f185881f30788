// files.md 4: own emoticons, typed by a code. Everybody who sees the message sees them, and nobody else.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { account, type Account } from '../harness/accounts.ts';
import { refused, type Answer } from '../harness/api.ts';
import { download, gif, jpeg, png, upload, webp } from '../harness/files.ts';
import { uuidv7 } from '../harness/ids.ts';
import { befriend, direct } from '../harness/pairs.ts';
import { FREE_OPEN_VARS } from '../harness/server.ts';
import { guest, type Session } from '../harness/session.ts';
import { FrameSocket } from '../harness/socket.ts';
import { onOwnServer } from '../harness/suite.ts';
import { until } from '../harness/wait.ts';

const vars = { ...FREE_OPEN_VARS, RATE_DRAFT: '0' };
const { base } = await onOwnServer(vars);
const PATH = '/api/me/emoticons';
const [ann, bea, cem] = await Promise.all([account(base), account(base), account(base)]);

async function conversation(one: Session, other: Session): Promise<string> {
  await befriend(one, other);
  return direct(one, other);
}

const talk = await conversation(ann, bea);
const items = async (who: Session): Promise<any[]> => (await who.api.ok('GET', PATH)).items;
const codes = async (who: Session): Promise<string[]> => (await items(who)).map((item) => item.code);
const add = async (who: Session, code: string, more: Record<string, unknown> = {}): Promise<any> =>
  who.api.ok('POST', PATH, { code, fileId: (await upload(who, gif(), 'a.gif')).id, alt: 'A square', ...more });
const post = (who: Session, roomId: string, content: string, emoticons: unknown): Promise<Answer> =>
  who.api.post('/api/messages', { roomId, id: uuidv7(), content, emoticons });
const shown = ({ code, fileId, alt }: any) => ({ code, fileId, alt });
const status = async (who: Session, id: string): Promise<number> => (await download(who, id)).status;

let turn = 0;
/** Returns an unused code. */
const fresh = (): string => `(${(turn += 1)}.x)`;

describe('the list', () => {
  test('what is added is there, in order, with everything that was said of it', async () => {
    const who = await account(base);
    assert.deepEqual(await items(who), []);
    const made: { id: string; fileId: string }[] = [];
    for (const [code, bytes] of [['(sq)', gif()], ['§§', png()], ['w_w', webp()]] as const) {
      const { id: fileId } = await upload(who, bytes, 'a');
      const answer = await who.api.post(PATH, { code, fileId, alt: ` A ${code} `, mayKeep: code === '§§' });
      assert.equal(answer.status, 201, answer.reply.text);
      const { id, addedAt } = answer.data;
      assert.ok(typeof id === 'string' && Math.abs(addedAt - Date.now()) < 60_000);
      assert.deepEqual(answer.data, { id, code, fileId, alt: `A ${code}`, mayKeep: code === '§§', addedAt });
      made.push(answer.data);
    }
    assert.deepEqual(await items(who), made);
  });

  test('its picture is a small one of one’s own', async () => {
    const own = await upload(ann, gif());
    const bad = [(await upload(bea, gif())).id, (await upload(ann, jpeg())).id, `${ann.user.id}.${uuidv7()}.gif-9-3x2`, own.id.replace('3x2', '2x3')];
    for (const fileId of bad) {
      assert.equal(refused(await ann.api.post(PATH, { code: fresh(), fileId, alt: 'x' }), 400, 'VALIDATION').field, 'fileId', String(fileId));
    }
  });

  test('another code, other words, and gone: one’s own alone', async () => {
    const [one, other] = [await add(ann, fresh()), await add(ann, fresh())];
    const code = fresh();
    const changed = await ann.api.ok('PATCH', `${PATH}/${one.id}`, { code, alt: 'A cube', mayKeep: true });
    assert.deepEqual(changed, { ...one, code, alt: 'A cube', mayKeep: true });
    assert.deepEqual(await ann.api.ok('PATCH', `${PATH}/${one.id}`, { code }), changed, 'its own code is no conflict');
    refused(await ann.api.call('PATCH', `${PATH}/${one.id}`, { code: other.code }), 409, 'CONFLICT');
    assert.equal(refused(await ann.api.call('PATCH', `${PATH}/${one.id}`, { alt: '' }), 400, 'VALIDATION').field, 'alt');
    for (const id of [one.id, uuidv7(), 'x']) {
      refused(await bea.api.call('PATCH', `${PATH}/${id}`, { alt: 'mine' }), 404, 'NOT_FOUND');
      refused(await bea.api.delete(`${PATH}/${id}`), 404, 'NOT_FOUND');
    }
    await ann.api.ok('DELETE', `${PATH}/${one.id}`);
    refused(await ann.api.delete(`${PATH}/${one.id}`), 404, 'NOT_FOUND');
    assert.ok(!(await codes(ann)).includes(code) && (await codes(ann)).includes(other.code));
  });

  test('accounts alone have one, and nobody without a session', async () => {
    for (const who of [await guest(base)]) {
      const { id: fileId } = await upload(who, gif());
      for (const path of [PATH, '/api/data/emoticons']) assert.deepEqual((await who.api.ok('GET', path)).items, [], path);
      refused(await who.api.post(PATH, { code: fresh(), fileId, alt: 'x' }), 403, 'FORBIDDEN');
      refused(await who.api.post('/api/data/emoticons', { code: fresh(), fileId, alt: 'x' }), 403, 'FORBIDDEN');
      refused(await who.api.call('PATCH', `${PATH}/x`, {}), 403, 'FORBIDDEN');
      refused(await who.api.delete(`${PATH}/x`), 403, 'FORBIDDEN');
      refused(await who.api.post(`${PATH}/keep`, { roomId: 'general', messageId: 'x', code: ':x' }), 403, 'FORBIDDEN');
    }
  });
});

describe('in messages', () => {
  test('whoever may see the message sees them, over REST and the socket, and nobody else', async () => {
    const one = await add(ann, fresh());
    const theirs = await FrameSocket.joined(base, talk, bea);
    assert.equal(await status(bea, one.fileId), 404);
    const answer = await post(ann, talk, `so ${one.code}!`, [shown(one)]);
    assert.equal(answer.status, 201, answer.reply.text);
    assert.deepEqual(answer.data.emoticons, [shown(one)]);
    assert.deepEqual((await theirs.next('chat'))['emoticons'], [shown(one)]);
    const [last] = (await bea.api.ok('GET', `/api/messages?roomId=${talk}&limit=1`)).messages;
    assert.deepEqual(last.emoticons, [shown(one)]);
    assert.deepEqual([await status(bea, one.fileId), await status(cem, one.fileId)], [200, 404]);
    const mine = await FrameSocket.joined(base, talk, ann);
    await mine.say(`${one.code} again`, { emoticons: [shown(one)] });
    assert.deepEqual((await theirs.next((frame) => frame.type === 'chat' && String(frame['content']).endsWith('again')))['emoticons'], [shown(one)]);
    // An edit keeps the emoticons that still occur in the text.
    const edit = (content: string) => ann.api.ok('PATCH', `/api/messages/${answer.data.id}`, { roomId: talk, content });
    assert.deepEqual((await edit(`other words ${one.code}`)).emoticons, [shown(one)]);
    assert.equal((await edit('other words')).emoticons, undefined);
  });

  test('what somebody wrote who is blocked is not seen, and so are its emoticons', async () => {
    const [mia, bo] = [await account(base), await account(base)];
    const room = await conversation(mia, bo);
    const one = await add(mia, fresh(), { mayKeep: true });
    const before = (await post(mia, room, one.code, [shown(one)])).data;
    assert.equal(await status(bo, one.fileId), 200);
    await bo.api.ok('PUT', `/api/me/blocks/${mia.user.id}`);
    const other = await add(mia, fresh(), { mayKeep: true });
    const hidden = await until('the block has come', async () => {
      const sent = (await post(mia, room, other.code, [shown(other)])).data;
      return (await bo.api.ok('GET', `/api/messages?roomId=${room}&limit=1`)).messages[0]?.type === 'hidden' && sent;
    });
    const late = await add(mia, fresh(), { mayKeep: true });
    const unseen = (await post(mia, room, late.code, [shown(late)])).data;
    assert.deepEqual([await status(bo, late.fileId), await status(mia, late.fileId)], [404, 200]);
    for (const [message, { code }] of [[hidden, other], [unseen, late]]) {
      if (message !== hidden) refused(await bo.api.post(`${PATH}/keep`, { roomId: room, messageId: message.id, code }), 404, 'NOT_FOUND');
    }
    assert.equal((await bo.api.post(`${PATH}/keep`, { roomId: room, messageId: before.id, code: one.code })).status, 201, 'what was said before');
  });
});

describe('keeping one', () => {
  test('that its owner allows, from a message that shows it: a picture of one’s own, by the same or another code', async () => {
    const one = await add(ann, fresh(), { mayKeep: true });
    const { id: messageId } = (await post(ann, talk, `so ${one.code}`, [shown(one)])).data;
    const ask = { roomId: talk, messageId, code: one.code };
    const kept = await bea.api.post(`${PATH}/keep`, ask);
    assert.equal(kept.status, 201, kept.reply.text);
    assert.deepEqual([kept.data.code, kept.data.alt, kept.data.mayKeep], [one.code, one.alt, false]);
    assert.match(kept.data.fileId, new RegExp(`^${bea.user.id}\\.`));
    assert.notEqual(kept.data.fileId, one.fileId);
    const [theirs, own] = [await download(ann, one.fileId), await download(bea, kept.data.fileId)];
    assert.equal(own.text, theirs.text);
    refused(await bea.api.post(`${PATH}/keep`, ask), 409, 'CONFLICT');
    refused(await bea.api.post(`${PATH}/keep`, { ...ask, as: ':)' }), 409, 'CONFLICT');
    assert.equal(refused(await bea.api.post(`${PATH}/keep`, { ...ask, as: 'x' }), 400, 'VALIDATION').field, 'code');
    const other = fresh();
    assert.equal((await bea.api.ok('POST', `${PATH}/keep`, { ...ask, as: other })).code, other);
    // The copy stays after the original is gone.
    await ann.api.ok('DELETE', `/api/messages/${messageId}?roomId=${talk}&for=all`);
    assert.equal((await post(bea, talk, kept.data.code, [shown(kept.data)])).status, 201);
    assert.equal(await status(ann, kept.data.fileId), 200);
  });

  test('nothing else can be kept, and every other way is answered alike', async () => {
    const [free, shut, removed] = [await add(ann, fresh(), { mayKeep: true }), await add(ann, fresh()), await add(ann, fresh(), { mayKeep: true })];
    const words = [free, shut, removed].map(({ code }) => code).join(' ');
    const message = (await post(ann, talk, words, [free, shut, removed].map(shown))).data;
    await ann.api.ok('DELETE', `${PATH}/${removed.id}`);
    const ask = { roomId: talk, messageId: message.id, code: free.code };
    const before = await items(bea);
    const bodies: [Account, object][] = [
      [bea, { ...ask, code: shut.code }],
      [bea, { ...ask, code: removed.code }],
      [bea, { ...ask, code: ':)' }],
      [bea, { ...ask, messageId: uuidv7() }],
      [bea, { ...ask, messageId: 'x' }],
      [bea, { ...ask, roomId: 'general' }],
      [bea, { ...ask, roomId: 'no room' }],
      [bea, { ...ask, roomId: 'grp_none' }],
      [cem, ask],
    ];
    const answers = new Set<string>();
    for (const [who, body] of bodies) {
      const { reply } = await who.api.post(`${PATH}/keep`, body);
      answers.add(JSON.stringify([reply.status, JSON.parse(reply.text).error]));
    }
    assert.equal(answers.size, 1, [...answers].join('\n'));
    refused(await cem.api.post(`${PATH}/keep`, ask), 404, 'NOT_FOUND');
    assert.deepEqual(await items(bea), before);
    for (const field of ['roomId', 'messageId', 'code']) {
      assert.equal(refused(await bea.api.post(`${PATH}/keep`, { ...ask, [field]: 7 }), 400, 'VALIDATION').field, field);
    }
  });
});

test('the list changes at most so often in a minute', async () => {
  const slow = await onOwnServer({ ...vars, RATE_DRAFT: '3/60' });
  const who = await account(slow.base);
  const one = await add(who, '(one.)');
  await who.api.ok('PATCH', `${PATH}/${one.id}`, { alt: 'A cube' });
  await who.api.ok('DELETE', `${PATH}/${one.id}`);
  refused(await who.api.post(PATH, { code: '(two.)', fileId: one.fileId, alt: 'x' }), 429, 'RATE_LIMITED');
  refused(await who.api.call('PATCH', `${PATH}/${one.id}`, { alt: 'x' }), 429, 'RATE_LIMITED');
  refused(await who.api.delete(`${PATH}/${one.id}`), 429, 'RATE_LIMITED');
  refused(await who.api.post(`${PATH}/keep`, { roomId: 'general', messageId: uuidv7(), code: '(two.)' }), 429, 'RATE_LIMITED');
  assert.deepEqual(await items(who), [], 'asking is free');
});

test('kill -9 between the file and the list: what is in the list has its picture, what is not goes @night', async () => {
  const quick = await onOwnServer({ ...vars, FILE_UNLINKED_S: '3' });
  const [mia, bo] = [await account(quick.base), await account(quick.base)];
  const room = await conversation(mia, bo);
  const one = await add(mia, '(one.)', { mayKeep: true });
  const message = (await post(mia, room, '(one.)', [shown(one)])).data;
  const lost = await upload(mia, gif());
  await quick.kill9();
  await quick.restart();
  // The kill falls into the copy: it is stored completely or not at all.
  const keeping = bo.api.post(`${PATH}/keep`, { roomId: room, messageId: message.id, code: '(one.)' }).catch(() => undefined);
  const [answer] = await Promise.all([keeping, quick.kill9()]);
  await quick.restart();
  const list = await items(bo);
  if (answer?.status === 201) assert.deepEqual(list, [answer.data]);
  for (const { fileId } of list) assert.equal(await status(bo, fileId), 200);
  await until('what was never listed is gone', async () => (await status(mia, lost.id)) === 404);
  assert.deepEqual([await status(mia, one.fileId), await status(bo, one.fileId)], [200, 200]);
  assert.deepEqual(await codes(mia), ['(one.)']);
  if (list.length === 0) await bo.api.ok('POST', `${PATH}/keep`, { roomId: room, messageId: message.id, code: '(one.)' });
  const [kept] = await items(bo);
  await until('a moment longer than files wait', async () => Date.now() > kept.addedAt + 5_000);
  assert.equal(await status(bo, kept.fileId), 200);
});
