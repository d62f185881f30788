// presence.md 2: seven statuses, several devices, the regular ways to go offline, and Appear offline, which nobody can tell from offline.
// The slow tests (crash, heartbeats) run in parallel.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { FREE_OPEN_VARS } from '../harness/server.ts';
import { guest, persona, type Session } from '../harness/session.ts';
import { freshRoom } from '../harness/ids.ts';
import { FrameSocket, type Frame } from '../harness/socket.ts';
import { onPooledServer } from '../harness/suite.ts';

const { base } = await onPooledServer(FREE_OPEN_VARS);

const of = (userId: string, status?: string) => (frame: Frame) =>
  frame.type === 'presence_update' && frame['userId'] === userId && (status === undefined || frame['status'] === status);

/** Opens a device of `session`, by default with its heartbeat. */
const device = (session: Session, heartbeat = true) => FrameSocket.device(base, session, { heartbeat });

/** Opens a device that watches `userIds` and has received the first answer for each. */
async function watcherOf(...userIds: string[]): Promise<FrameSocket> {
  const socket = await device(await guest(base));
  socket.send({ type: 'watch', userIds });
  for (const userId of userIds) await socket.next(of(userId));
  return socket;
}

describe('presence', { concurrency: true }, () => {
  test('the welcome, then a full sync', async () => {
    const one = await guest(base, { status: 'away' });
    const socket = await FrameSocket.presence(base, one);
    const welcome = await socket.next('welcome');
    assert.equal(welcome['protocol'], 'cfm.v1');
    assert.equal(welcome['heartbeatMs'], 15_000);
    assert.ok(welcome['connectionId'].length > 0);
    assert.ok(Math.abs(welcome['timestamp'] - Date.now()) < 60_000);
    assert.equal(welcome['self'].status, 'away');
    const sync = await socket.next('presence_full_sync');
    assert.ok(Array.isArray(sync['participants']));
    assert.deepEqual(socket.frames.slice(0, 2).map((frame) => frame.type), ['welcome', 'presence_full_sync']);
  });

  test('name, message, words of a status and its end: limits, cleaning, and back to online by itself @night', async () => {
    const actor = await persona(base, 'user_2');
    const socket = await device(actor);
    const watcher = await watcherOf('user_2');
    socket.send({ type: 'presence', status: 'busy', personalMessage: '🎈'.repeat(140), displayName: 'Ay\u202elin\u0007' });
    const update = await watcher.next(of('user_2', 'busy'));
    assert.equal(update['personalMessage'], '🎈'.repeat(140));
    assert.equal(update['displayName'], 'Aylin');
    for (const bad of [{ personalMessage: 'x'.repeat(141) }, { personalMessage: '👩‍🚀'.repeat(139) }, { displayName: '' }, { displayName: 'x'.repeat(65) }, { avatarId: '../x' }, { until: Date.now() + 25 * 3_600_000 }]) {
      socket.send({ type: 'presence', status: 'busy', ...bad });
      const error = await socket.next('error');
      assert.equal(error['code'], 'VALIDATION', JSON.stringify(bad));
    }
    const untilMs = Date.now() + 3_000;
    socket.send({ type: 'presence', status: 'out_to_lunch', statusText: ' exam week\u202e ', until: untilMs });
    assert.equal((await watcher.next(of('user_2', 'out_to_lunch')))['personalMessage'], 'exam week');
    assert.equal((await actor.api.ok('GET', '/api/me')).personalMessage, 'exam week');
    assert.equal((await watcher.next(of('user_2', 'online')))['personalMessage'], '🎈'.repeat(140), 'the words end with the status');
    assert.ok(Date.now() >= untilMs - 100, 'not before its time');
  });

  test('a crashed client, silent on an open connection, is closed 4408 and shown offline @night', async () => {
    const actor = await persona(base, 'user_5');
    const silent = await device(actor, false);
    const startedMs = Date.now();
    const watcher = await watcherOf('user_5');
    // The server allows two missed heartbeats. `cargo xtask bench` measures the exact times.
    const [closed] = await Promise.all([silent.closedWith(4408, 120_000), watcher.next(of('user_5', 'offline'), 120_000)]);
    assert.ok(closed.atMs - startedMs >= 28_000, `given up after ${closed.atMs - startedMs} ms`);
  });

  test('logout is offline at once', async () => {
    const [actor, lost] = [await persona(base, 'user_7'), await persona(base, 'user_16')];
    const [socket, line] = [await device(actor), await device(lost)];
    const watcher = await watcherOf('user_7', 'user_16');
    // A lost connection has a grace of 10 s, and the logout must show before it is over.
    line.terminate();
    await actor.api.ok('POST', '/api/auth/logout');
    await watcher.next(of('user_7', 'offline'));
    assert.equal(watcher.frames.find(of('user_16', 'offline')), undefined, 'the logout waited as long as a lost line');
    await socket.closedWith(4401);
  });

  test('Appear offline cannot be told from offline: same frames, same lists', async () => {
    const [hidden, gone] = [await persona(base, 'user_8'), await persona(base, 'user_9')];
    const [socket, other] = [await device(hidden), await device(gone)];
    const watcher = await watcherOf('user_8', 'user_9');
    await other.close();
    await gone.api.ok('POST', '/api/auth/logout');
    const beforeMs = Date.now();
    socket.send({ type: 'presence', status: 'appear_offline' });
    const [faked, real] = [await watcher.next(of('user_8', 'offline')), await watcher.next(of('user_9', 'offline'))];
    const form = (frame: Frame) =>
      JSON.stringify({ ...frame, userId: 'x', displayName: 'x', personalMessage: 'x', avatarId: 'x', since: 0 });
    assert.equal(form(faked), form(real), 'same members in the same order');
    assert.ok(faked['since'] >= beforeMs && faked['since'] <= Date.now(), 'since = the moment of going invisible');

    // A viewer who arrives now sees the same.
    const late = await watcherOf('user_8', 'user_9');
    const [lateFaked, lateReal] = ['user_8', 'user_9'].map((id) => late.frames.find(of(id))!);
    assert.equal(form(lateFaked!), form(lateReal!));
    assert.equal(lateFaked!['since'], faked['since']);
    const viewer = await guest(base);
    for (const path of ['/api/users', '/api/auth/accounts', '/api/data/users']) {
      const answer = await viewer.api.ok('GET', path);
      const rows = (Array.isArray(answer) ? answer : answer.items).filter((row: any) => row.id === 'user_8' || row.id === 'user_9');
      assert.deepEqual(rows.map((row: any) => row.status), ['offline', 'offline'], path);
      assert.deepEqual(Object.keys(rows[0]), Object.keys(rows[1]), path);
    }
  });

  test('going invisible in a room looks like leaving it, coming back like joining', async () => {
    const actor = await guest(base);
    const own = await device(actor);
    const room = freshRoom();
    const viewer = await FrameSocket.joined(base, room, await guest(base));
    await FrameSocket.joined(base, room, actor);
    await viewer.next((frame) => frame.type === 'participants' && frame['joined']?.some((row: any) => row.id === actor.user.id));
    own.send({ type: 'presence', status: 'appear_offline' });
    await viewer.next((frame) => frame.type === 'participants' && frame['left']?.includes(actor.user.id));
    own.send({ type: 'presence', status: 'online' });
    await viewer.next((frame) => frame.type === 'participants' && frame['joined']?.some((row: any) => row.id === actor.user.id));
  });

  test('the room socket takes presence frames too', async () => {
    const actor = await persona(base, 'user_10');
    await device(actor);
    const watcher = await watcherOf('user_10');
    const socket = await FrameSocket.joined(base, freshRoom(), actor);
    socket.send({ type: 'presence', status: 'busy' });
    await watcher.next(of('user_10', 'busy'));
  });

  test('watch replaces the list, answers for each visible person, and takes 200 ids', async () => {
    const [one, two] = [await persona(base, 'user_11'), await persona(base, 'user_12')];
    const [first, second] = [await device(one), await device(two)];
    const watcher = await watcherOf('user_11', 'user_12');
    watcher.send({ type: 'watch', userIds: ['user_12', 'user_999', 'nobody__x'] });
    await watcher.next(of('user_12', 'online'));
    first.send({ type: 'presence', status: 'busy' });
    second.send({ type: 'presence', status: 'busy' });
    await watcher.next(of('user_12', 'busy'));
    await watcher.never((frame) => of('user_11', 'busy')(frame) || of('user_999')(frame), 'told about somebody not watched');
    watcher.send({ type: 'watch', userIds: Array.from({ length: 201 }, (_, n) => `user_${n}`) });
    assert.equal((await watcher.next('error'))['code'], 'VALIDATION');
  });

  test('changes within 500 ms are told once, the last one', async () => {
    const actor = await persona(base, 'user_13');
    const socket = await FrameSocket.device(base, actor, { protocols: ['cfm.v1.batch'], heartbeat: true });
    const watcher = await watcherOf('user_13');
    // All changes are sent in one message, so that they arrive together.
    socket.send(['busy', 'away', 'busy', 'away', 'out_to_lunch'].map((status) => ({ type: 'presence', status })));
    await watcher.next(of('user_13', 'out_to_lunch'));
    await watcher.barrier();
    const received = watcher.all('presence_update').slice(1).map((frame) => frame['status']);
    assert.ok(received.length <= 2, `told ${received}`);
    assert.equal(received.at(-1), 'out_to_lunch');
  });

  test('REST presence shows without a socket, and reaches those who watch', async () => {
    const actor = await persona(base, 'user_14');
    const watcher = await watcherOf('user_14');
    const answer = await actor.api.ok('POST', '/api/presence', { status: 'lunch', personalMessage: 'soup' });
    assert.equal(answer.status, 'out_to_lunch');
    const update = await watcher.next(of('user_14', 'out_to_lunch'));
    assert.equal(update['personalMessage'], 'soup');
    const bad = await actor.api.post('/api/presence', { status: 'sleeping' });
    assert.equal(bad.error?.code, 'VALIDATION');
    assert.equal(bad.error?.field, 'status');
  });
});
