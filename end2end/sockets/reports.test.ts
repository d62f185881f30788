// people.md 6: a report is one row of the audit log. The reported person learns nothing of it, nor does anybody who reports others.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { account } from '../harness/accounts.ts';
import { auditRows } from '../harness/admin.ts';
import { Api, refused } from '../harness/api.ts';
import { marker, uuidv7 } from '../harness/ids.ts';
import { guest, persona, type Session } from '../harness/session.ts';
import { FrameSocket } from '../harness/socket.ts';
import { onOwnServer } from '../harness/suite.ts';
import { until } from '../harness/wait.ts';

const ADMIN_TOKEN = 'an admin token for tests';
const { base } = await onOwnServer({ ADMIN_TOKEN, RATE_LOGIN: '0', RATE_REGISTER: '0', RATE_REST: '0' });
const admin = new Api(base, { authorization: `Bearer ${ADMIN_TOKEN}` });

const report = (who: Pick<Session, 'api'>, body: object) => who.api.post('/api/me/reports', body);
const reportsOf = (who: string) => auditRows(admin, 'report', who);

/** Waits until the audit log has all rows of this person. The rows of one object arrive in order, so a later row proves it. */
async function expectReport(who: Session): Promise<void> {
  const { requestId } = await who.api.put('/api/me/blocks/user_20');
  await until('a row that came later', async () => (await auditRows(admin, 'block', who.user.id)).find((row) => row.requestId === requestId), 20_000);
  await who.api.ok('DELETE', '/api/me/blocks/user_20');
}

test('a report is one row: who, whom, why, and where it was', async () => {
  const mia = await account(base);
  const plain = await report(mia, { userId: 'user_9', reason: 'spam' });
  assert.deepEqual([plain.status, plain.data], [201, {}]);
  const { id: room } = await mia.api.ok('POST', '/api/rooms', { name: `Crew ${marker()}`, memberIds: ['user_9'] });
  assert.equal((await report(mia, { userId: 'user_9', reason: 'other', roomId: room })).status, 201);
  const words = marker();
  const { id } = await mia.api.ok('POST', '/api/messages', { roomId: 'general', id: uuidv7(), content: words });
  const placed = await report(mia, { userId: 'user_9', reason: 'abuse', roomId: 'general', messageId: id, notKnown: [1] });
  assert.equal(placed.status, 201);

  await expectReport(mia);
  const rows = await reportsOf(mia.user.id);
  assert.deepEqual(rows.map(({ actor, action, target, result }) => [actor, action, target, result]), [
    [mia.user.id, 'report', 'user_9', 'spam'],
    [mia.user.id, 'report', `user_9 ${room}`, 'other'],
    [mia.user.id, 'report', `user_9 general/${id}`, 'abuse'],
  ]);
  assert.equal(rows[0].requestId, plain.requestId);
  assert.ok(Math.abs(rows[0].ts - Date.now()) < 60_000);
  assert.ok(!JSON.stringify(rows).includes(words), 'what was said is in no row');
  assert.deepEqual(await reportsOf('user_9'), rows, 'found by whom they are about, wherever it was');
  assert.deepEqual(await reportsOf('user'), [], 'and by nobody whose id only begins so');
});

test('what cannot be used is refused by the name of its member, and leaves no row', async () => {
  const mia = await account(base);
  const good = { userId: 'user_9', reason: 'spam', roomId: 'general', messageId: uuidv7() };
  for (const [field, change] of [['userId', { userId: mia.user.id }], ['reason', { reason: 'rude' }], ['roomId', { roomId: 'dm_user_1____user_2' }]] as const) {
    assert.equal(refused(await report(mia, { ...good, ...change }), 400, 'VALIDATION').field, field);
  }
  await expectReport(mia);
  assert.deepEqual(await reportsOf(mia.user.id), []);
});

test('who is not there is answered like everybody', async () => {
  const mia = await account(base);
  const [known, unknown] = await Promise.all(['user_9', 'u_0000000000000'].map((userId) => report(mia, { userId, reason: 'other' })));
  const shape = ({ status, data, reply }: typeof known & {}) => [status, data, Object.keys(reply.headers).sort()];
  assert.deepEqual(shape(unknown!), shape(known!));
  assert.equal(known!.status, 201);
});

test('guests may report, too', async () => {
  const one = await guest(base);
  assert.equal((await report(one, { userId: 'user_9', reason: 'spam' })).status, 201);
  await expectReport(one);
  assert.deepEqual((await reportsOf(one.user.id)).map(({ result }) => result), ['spam']);
});

test('whoever is reported hears nothing, and nothing about them changes', async () => {
  const [mia, leo] = [await account(base), await persona(base, 'user_17')];
  const [device, socket] = [await FrameSocket.device(base, leo, { heartbeat: true }), await FrameSocket.joined(base, 'general', leo)];
  await mia.api.ok('POST', '/api/me/contacts', { userId: 'user_17' });
  const room = 'general';
  const { id } = await leo.api.ok('POST', '/api/messages', { roomId: room, id: uuidv7(), content: marker() });
  const own = ['/api/me', '/api/me/contacts', '/api/me/blocks', '/api/me/settings', '/api/inbox', '/api/rooms?scope=mine', `/api/messages?roomId=${room}`];
  const readAll = () => Promise.all(own.map((path) => leo.api.ok('GET', path)));
  const seenBy = async () => (await mia.api.ok('GET', '/api/users')).items.find((one: any) => one.id === 'user_17');
  await until('the request', async () => (await leo.api.ok('GET', '/api/me/contacts')).items.length === 1);
  await device.barrier();
  // A join is announced a moment later, also to the visitor.
  await until('the word that they have come', () => socket.frames.some(({ type, joined }) => type === 'participants' && joined?.some((one: any) => one.id === 'user_17')));
  await socket.barrier();
  const before = { looks: await readAll(), seen: await seenBy(), frames: [device, socket].map(({ frames }) => frames.length) };

  for (const reason of ['spam', 'abuse', 'other']) {
    assert.equal((await report(mia, { userId: 'user_17', reason, roomId: room, messageId: id })).status, 201);
  }
  await expectReport(mia);
  assert.equal((await reportsOf('user_17')).length, 3);
  await device.barrier();
  await socket.barrier();
  assert.deepEqual(await readAll(), before.looks);
  assert.deepEqual(await seenBy(), before.seen);
  for (const [at, { frames }] of [device, socket].entries()) {
    // A frame `session` is expected, because the requests above extended the session.
    assert.deepEqual(frames.slice(before.frames[at]).filter(({ type }) => !['pong', 'session'].includes(type)), []);
  }
  assert.equal((await leo.api.post('/api/messages', { roomId: room, id: uuidv7(), content: marker() })).status, 201, 'they may write as ever');
});
