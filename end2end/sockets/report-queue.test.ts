// moderation.md 7: reports wait in a queue on /admin. An operator sees the message between its neighbours, and answers with one press.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { account } from '../harness/accounts.ts';
import { AdminBrowser, auditRows, ring } from '../harness/admin.ts';
import { Api } from '../harness/api.ts';
import { freshRoom, marker, uuidv7 } from '../harness/ids.ts';
import { guest, persona, type Session } from '../harness/session.ts';
import { FrameSocket } from '../harness/socket.ts';
import { onOwnServer } from '../harness/suite.ts';
import { inObject } from '../harness/tables.ts';
import { until } from '../harness/wait.ts';

const ADMIN_TOKEN = 'an admin token for tests';
const DAY_MS = 86_400_000;
const vars = { ADMIN_TOKEN, OPEN_ROOMS: '1', RATE_LOGIN: '0', RATE_REGISTER: '0', RATE_REST: '0', RATE_CHAT: '0' };
const server = await onOwnServer(vars);
const { base } = server;
const admin = new Api(base, { authorization: `Bearer ${ADMIN_TOKEN}` });
const operator = await AdminBrowser.entered(base, ADMIN_TOKEN);

type Who = Pick<Session, 'api' | 'user'>;
const post = async (who: Who, roomId: string, content = marker()): Promise<string> =>
  (await who.api.ok('POST', '/api/messages', { roomId, content, id: uuidv7() })).id;
const rowsOf = (what: string, who: string) => auditRows(admin, what, who);
const show = async (id: string): Promise<string> => (await operator.get(`?report=${id}`)).text;
const answer = (report: string, how: string, reason = 'Spam.') => operator.submit({ do: 'report', report, answer: how, reason });

/** Finds the ids of the open reports of one person about another, in the order of the queue. */
async function waiting(reporter: Who, user: string): Promise<string[]> {
  const about = new RegExp(`>${reporter.user.id}</small> → .*<small>${user}</small></td>`);
  const rows = (await operator.get()).text.split('<tr>').filter((row) => about.test(row));
  // A row of the audit log on the same page has no link.
  return rows.flatMap((row) => /\/admin\?report=([0-9a-f]{32})#report/.exec(row)?.[1] ?? []);
}

/** Reports a person, and waits until the report is in the queue. Returns its id. */
async function reported(reporter: Who, user: string, place: { roomId?: string; messageId?: string } = {}, reason = 'spam'): Promise<string> {
  const before = await waiting(reporter, user);
  assert.equal((await reporter.api.post('/api/me/reports', { userId: user, reason, ...place })).status, 201);
  return until('the report is in the queue', async () => (await waiting(reporter, user)).find((id) => !before.includes(id)));
}

/** Makes a guest with seven messages in a public room, and a report of the fourth. */
async function reportedGuest() {
  const [mia, bad, room] = [await account(base), await guest(base), freshRoom()];
  const said: { id: string; words: string }[] = [];
  for (let n = 0; n < 7; n += 1) {
    const words = marker();
    said.push({ id: await post(bad, room, words), words });
  }
  const report = await reported(mia, bad.user.id, { roomId: room, messageId: said[3]!.id });
  return { mia, bad, room, said, report };
}

test('a report waits in the queue without what was said, and shows the message between its neighbours', async () => {
  const { mia, bad, room, said, report } = await reportedGuest();
  const list = (await operator.get()).text;
  assert.match(list, /href="#reports">Open reports: [1-9]/);
  for (const { words } of said) assert.ok(!list.includes(words), 'the queue has no text');
  const page = await show(report);
  assert.deepEqual(said.map(({ words }) => page.includes(words)), [false, true, true, true, true, true, false]);
  assert.match(page, /Reported:/);
  assert.ok(page.toLowerCase().includes(`· <!>${room}<`) && page.includes('Other reports about this person: 0'), page);
  assert.doesNotMatch(page, /<script|\sstyle=/);
  assert.deepEqual(await rowsOf('report_view', bad.user.id), [], 'everybody can read a public room');

  const again = await reported(mia, bad.user.id, {}, 'abuse');
  assert.match(await show(again), /The report doesn’t include a message\./);
  assert.ok((await show(again)).includes('Other reports about this person: 1'));
  const { metrics } = await admin.ok('GET', '/api/admin/stats');
  const of = (wanted: string) => metrics.find(({ name }: any) => name === wanted)?.value;
  assert.ok(of('cfm_reports_open') >= 2 && of('cfm_reports_oldest_seconds') >= 0);
});

test('one press removes the message, tells its writer, and answers every report on it', async () => {
  const { bad, room, said, report } = await reportedGuest();
  const bo = await account(base);
  const same = await reported(bo, bad.user.id, { roomId: room, messageId: said[3]!.id });
  const devices = await FrameSocket.device(base, bad);
  const reader = await FrameSocket.joined(base, room, bo);
  assert.equal((await answer(report, 'remove', 'Too loud.')).status, 303);
  assert.equal((await reader.next('delete'))['messageId'], said[3]!.id);
  const told = await devices.next('moderation');
  assert.deepEqual([told['kind'], told['reason']], ['remove', 'Too loud.']);
  assert.ok(!(await bo.api.raw('GET', `/api/messages?roomId=${room}`)).text.includes(said[3]!.words));
  for (const id of [report, same]) assert.doesNotMatch(await show(id), /name="answer"/);
  const target = `${room}/${said[3]!.id}`;
  await until('the row of the act', async () => (await rowsOf('moderation_remove', 'owner')).some((row) => row.target === target));
  const answered = await until('the row of the answer', async () => {
    const rows = await rowsOf('report_answer', bad.user.id);
    return rows.length > 0 ? rows : undefined;
  });
  assert.deepEqual(answered.map(({ actor, target, result }) => [actor, target, result]), [['owner', `${bad.user.id} ${target}`, 'acted']]);
});

test('an answer needs the form of the page, a reason and an open report', async () => {
  const { mia, bad, report } = await reportedGuest();
  const fields = { do: 'report', report, answer: 'mute-day', reason: 'Spam.' };
  assert.equal((await operator.post({ ...fields, csrf: 'x' })).status, 403);
  assert.equal((await new AdminBrowser(base).post(fields)).status, 401);
  assert.equal((await answer(report, 'praise')).status, 400);
  assert.match((await answer(report, 'mute-day', ' ')).text, /A reason needs 1 to 500 characters\./);
  assert.deepEqual(await waiting(mia, bad.user.id), [report]);
  assert.equal((await answer(report, 'dismiss')).status, 303);
  assert.equal((await answer(report, 'mute-day')).status, 303, 'another operator was faster');
  assert.deepEqual((await bad.api.ok('GET', '/api/me/moderation')).items, []);

  const boss = await account(base);
  assert.equal((await operator.submit({ do: 'role', user: boss.user.id, role: 'owner' })).status, 303);
  const about = await reported(mia, boss.user.id);
  assert.match((await answer(about, 'mute-day')).text, /This person is an owner/);
  assert.deepEqual(await waiting(mia, boss.user.id), [about]);
});

test('of a private conversation an operator sees what the reporting person may read, and each look is a row', async () => {
  const [mia, leo] = [await account(base), await persona(base, 'user_17')];
  const { id: direct } = await mia.api.ok('POST', '/api/rooms/dm', { userId: 'user_17' });
  const [own, bad] = [marker(), marker()];
  await post(mia, direct, own);
  const message = await post(leo, direct, bad);
  const report = await reported(mia, 'user_17', { roomId: direct, messageId: message });
  const page = await show(report);
  assert.ok(page.includes(own) && page.includes(bad) && page.includes('someone in this conversation reported it'), page);
  assert.doesNotMatch(page, /value="remove"/);
  const looks = async () => (await rowsOf('report_view', 'user_17')).filter(({ target }) => target === `user_17 ${direct}/${message}`);
  assert.equal((await until('the look is written down', async () => ((await looks()).length > 0 ? await looks() : undefined)))[0].actor, 'owner');

  const { id: group } = await mia.api.ok('POST', '/api/rooms', { name: `Crew ${marker()}`, memberIds: ['user_17'] });
  const inside = marker();
  const there = await post(leo, group, inside);
  const of = { roomId: group, messageId: there };
  const stranger = await reported(await account(base), 'user_17', of);
  const shut = await show(stranger);
  assert.ok(!shut.includes(inside) && shut.includes('The message can’t be shown'), 'who is not in the group has nothing to show');
  const member = await reported(mia, 'user_17', of);
  assert.ok((await show(member)).includes(inside));
  await mia.api.ok('DELETE', `/api/rooms/${group}/members/me`);
  assert.ok(!(await show(member)).includes(inside), 'nor who has left it');
});

test('a message that is gone is said', async () => {
  const { bad, room, said } = await reportedGuest();
  const bo = await account(base);
  const gone = await reported(bo, bad.user.id, { roomId: room, messageId: said[1]!.id });
  await bad.api.ok('DELETE', `/api/messages/${said[1]!.id}?roomId=${room}&for=all`);
  const page = await show(gone);
  assert.ok(!page.includes(said[1]!.words) && page.includes('Deleted'), page);
  assert.match((await answer(gone, 'remove')).text, /The message is already deleted/);
  assert.deepEqual(await waiting(bo, bad.user.id), [gone]);
});

test('a report survives a kill -9, and is an alarm after a day until it is answered @night', async () => {
  const [mia, bo] = [await account(base), await account(base)];
  assert.equal((await mia.api.post('/api/me/reports', { userId: bo.user.id, reason: 'abuse' })).status, 201);
  await server.kill9();
  await server.restart();
  const [report] = await until('it arrives once', async () => {
    const found = await waiting(mia, bo.user.id);
    return found.length > 0 ? found : undefined;
  });
  await ring(base);
  assert.doesNotMatch((await operator.get()).text, /<b>Reports open for more than a day/);

  await server.kill9();
  const there: [string, string] = ['SELECT 1 FROM reports WHERE id = ?', report!];
  inObject(server.state, there, `UPDATE reports SET at = at - ${DAY_MS} - 1 WHERE id = '${report}'`);
  await server.restart();
  await ring(base);
  const page = (await operator.get()).text;
  assert.match(page, /<b>Reports open for more than a day: 1<\/b>/);
  assert.ok(page.includes('/assets/runbooks/reports-old.txt'));
  assert.deepEqual(await waiting(mia, bo.user.id), [report]);
  assert.equal((await answer(report!, 'dismiss')).status, 303);
  await ring(base);
  assert.doesNotMatch((await operator.get()).text, /<b>Reports open for more than a day/);
});
