// sign-in.md 2: the absolute age of a session. Nothing extends a session beyond it. Every socket warns a minute before. A remembered
// browser continues in a new session in time; everybody else is signed out.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { account, browserWithAccount } from '../harness/accounts.ts';
import { refused } from '../harness/api.ts';
import { freshRoom } from '../harness/ids.ts';
import { guest } from '../harness/session.ts';
import { FrameSocket } from '../harness/socket.ts';
import { onOwnServer } from '../harness/suite.ts';
import { PATIENCE_MS, moment, until } from '../harness/wait.ts';

test('at its absolute age a session ends; before that, people are told, and a remembered browser goes on @night', async () => {
  const { base: own } = await onOwnServer({ SESSION_MAX_S: '62', SESSION_TTL_S: '60', OPEN_ROOMS: '1', RATE_REGISTER: '0', RATE_LOGIN: '0' });
  const { browser } = await browserWithAccount(own, { remember: true });
  const askedMs = Date.now();
  const one = await account(own);
  const startedMs = Date.now();
  const device = await FrameSocket.presence(own, one, { heartbeat: true });
  const room = await FrameSocket.joined(own, freshRoom(), one, { heartbeat: true });
  let lastMs = 0;
  const standsStill = async () => {
    const { expiresAt } = await one.api.ok('POST', '/api/auth/refresh');
    const isSame = expiresAt === lastMs;
    lastMs = expiresAt;
    return isSame;
  };
  await until('nothing slides it any more', standsStill, PATIENCE_MS, 500);
  assert.ok(lastMs >= askedMs + 62_000 && lastMs <= startedMs + 62_000, `${lastMs - startedMs}`);
  const warning = await device.next((frame) => frame.type === 'session' && 'expiresInMs' in frame);
  assert.ok(warning['expiresInMs'] > 0 && warning['expiresInMs'] <= 60_000, JSON.stringify(warning));
  const warned = await room.next((frame) => frame.type === 'session' && 'expiresInMs' in frame);
  assert.ok(warned['expiresInMs'] <= 60_000);
  const before = browser.cookies.get('cfm-refresh');
  await moment(startedMs + 5_000);
  const later = await browser.refresh();
  assert.equal(later.status, 200);
  assert.notEqual(browser.cookies.get('cfm-refresh'), before, 'a new session in good time');
  assert.ok(later.data.expiresAt > startedMs + 64_000);
  for (const socket of [device, room]) {
    const closed = await socket.closedWith(4401, 60_000 + PATIENCE_MS);
    assert.ok(closed.atMs - startedMs >= 60_000, `${closed.atMs - startedMs}`);
  }
  refused(await one.api.get('/api/auth/me'), 401, 'UNAUTHENTICATED');
});

test('who connects within the last minute is told as well', async () => {
  const { base: own } = await onOwnServer({ SESSION_MAX_S: '50', SESSION_TTL_S: '50', RATE_LOGIN: '0' });
  const one = await guest(own);
  for (let n = 0; n < 2; n += 1) {
    const device = await FrameSocket.presence(own, one);
    const warning = await device.next((frame) => frame.type === 'session' && 'expiresInMs' in frame);
    assert.ok(warning['expiresInMs'] > 0 && warning['expiresInMs'] <= 50_000, JSON.stringify(warning));
  }
});

test('heartbeats alone keep a session; without them it ends at its time @night', async () => {
  const { base: own } = await onOwnServer({ SESSION_TTL_S: '75', OPEN_ROOMS: '1', RATE_LOGIN: '0' });
  const [beating, silent] = [await guest(own), await guest(own)];
  const device = await FrameSocket.presence(own, beating, { heartbeat: true });
  const room = await FrameSocket.joined(own, freshRoom(), silent);
  const closed = await room.closedWith(4401, 75_000 + PATIENCE_MS);
  assert.ok(closed.atMs >= silent.expiresAt - 1_500, `closed ${silent.expiresAt - closed.atMs} ms before its time`);
  refused(await silent.api.get('/api/auth/me'), 401, 'UNAUTHENTICATED');
  await moment(beating.expiresAt + 1_000);
  const { expiresAt } = await beating.api.ok('GET', '/api/auth/me');
  assert.ok(expiresAt > beating.expiresAt + 30_000, `${expiresAt - beating.expiresAt} ms longer, and no call was made`);
  await device.close();
});
