// presence.md 2.7: an account appears offline to single people. They see what they would see if it had gone; all others see its status.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { account } from '../harness/accounts.ts';
import { refused } from '../harness/api.ts';
import { marker } from '../harness/ids.ts';
import { befriend } from '../harness/pairs.ts';
import { FREE_OPEN_VARS } from '../harness/server.ts';
import { guest, persona, type Session } from '../harness/session.ts';
import { FrameSocket, type Frame } from '../harness/socket.ts';
import { onPooledServer } from '../harness/suite.ts';

const { base } = await onPooledServer(FREE_OPEN_VARS);

const device = (session: Session) => FrameSocket.device(base, session, { heartbeat: true });

const of = (userId: string, status?: string) => (frame: Frame) =>
  frame.type === 'presence_update' && frame['userId'] === userId && (status === undefined || frame['status'] === status);
const path = (whom: Session) => `/api/me/hidden-from/${whom.user.id}`;
const hide = async (who: Session, whom: Session) => (await who.api.ok('PUT', path(whom))).hiddenFrom;
const show = async (who: Session, whom: Session) => (await who.api.ok('DELETE', path(whom))).hiddenFrom;
const contactOf = async (who: Session, id: string) => (await who.api.ok('GET', '/api/me/contacts')).items.find((one: any) => one.id === id);
const userOf = async (who: Session, id: string) => (await who.api.ok('GET', '/api/users?limit=200')).items.find((one: any) => one.id === id);

describe('appear offline to single people', { concurrency: true }, () => {
  test('the list: who is added and removed, on all devices of the account', async () => {
    const [mia, bo, cem] = [await account(base), await account(base), await account(base)];
    assert.deepEqual(await mia.api.ok('GET', '/api/me/hidden-from'), { hiddenFrom: [] });
    assert.deepEqual(await hide(mia, bo), [bo.user.id]);
    assert.deepEqual(await hide(mia, cem), [bo.user.id, cem.user.id]);
    assert.deepEqual(await hide(mia, bo), [bo.user.id, cem.user.id], 'again is the same');
    assert.deepEqual(await mia.api.ok('GET', '/api/me/hidden-from'), { hiddenFrom: [bo.user.id, cem.user.id] });
    assert.deepEqual((await mia.api.ok('GET', '/api/me/blocks')).items, [], 'it is no block');
    assert.deepEqual(await show(mia, bo), [cem.user.id]);
    assert.deepEqual(await show(mia, bo), [cem.user.id]);
    assert.deepEqual((await bo.api.ok('GET', '/api/me/hidden-from')).hiddenFrom, [], 'nobody else has it');
  });

  test('who may not, and what is no person', async () => {
    const mia = await account(base);
    refused(await mia.api.put(`/api/me/hidden-from/${mia.user.id}`), 400, 'VALIDATION');
    refused(await mia.api.put('/api/me/hidden-from/No%20Body'), 400, 'VALIDATION');
    assert.deepEqual((await mia.api.ok('PUT', '/api/me/hidden-from/u_0000000000000')).hiddenFrom, ['u_0000000000000'], 'no word about who exists');
    for (const who of [await guest(base), await persona(base, 'user_3')]) {
      refused(await who.api.get('/api/me/hidden-from'), 403, 'FORBIDDEN');
      refused(await who.api.put(path(mia)), 403, 'FORBIDDEN');
    }
  });

  test('the one concerned sees a departure, and the same bytes as of somebody who went', async () => {
    const [hiding, gone, watcher, other] = [await account(base), await account(base), await account(base), await account(base)];
    for (const one of [hiding, gone]) {
      await befriend(watcher, one);
      await befriend(other, one);
    }
    const [own, ofGone] = [await device(hiding), await device(gone)];
    const [eyes, others] = [await device(watcher), await device(other)];
    const { id } = hiding.user;
    for (const socket of [eyes, others]) {
      socket.send({ type: 'watch', userIds: [id, gone.user.id] });
      await socket.next(of(id, 'online'));
      await socket.next(of(gone.user.id, 'online'));
    }
    const askedMs = Date.now();
    await gone.api.ok('POST', '/api/auth/logout');
    await hide(hiding, watcher);
    const [left, hidden] = [await eyes.next(of(gone.user.id, 'offline')), await eyes.next(of(id, 'offline'))];
    const blind = (frame: Frame, who: Session) =>
      JSON.stringify(frame).replaceAll(who.user.id, 'ID').replaceAll(who.user.displayName, 'NAME').replace(/"since":\d+/, '"since":0')
        .replace(frame['avatarId'], 'PICTURE');
    assert.equal(blind(hidden, hiding), blind(left, gone));
    assert.ok(hidden['since'] >= askedMs, 'the moment of the choice');

    const line = marker();
    own.send({ type: 'presence', status: 'busy', personalMessage: line });
    await others.next((frame) => of(id, 'busy')(frame) && frame['personalMessage'] === line);
    const anew = await device(watcher);
    anew.send({ type: 'watch', userIds: [id] });
    assert.deepEqual(await anew.next(of(id)), hidden, 'the same after a new look');
    for (const row of [await contactOf(watcher, id), await userOf(watcher, id)]) {
      assert.deepEqual([row.status, row.since, row.personalMessage], ['offline', hidden['since'], hidden['personalMessage']]);
    }
    await eyes.never((frame) => of(id)(frame) && frame['since'] > hidden['since'], 'something changed');

    const shownMs = Date.now();
    await show(hiding, watcher);
    const back = await eyes.next(of(id, 'busy'));
    assert.ok(back['since'] >= shownMs, 'it seems to come at that moment');
    await ofGone.closed;
    for (const socket of [own, eyes, others, anew]) await socket.close();
  });
});
