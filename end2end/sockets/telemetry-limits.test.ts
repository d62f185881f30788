// messenger.md 11, messagehub.md 9: refusals by limits of addresses, accounts and sessions are counted like those of rooms.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { freshEmail, passwordLogin, register } from '../harness/accounts.ts';
import { Api, refused } from '../harness/api.ts';
import { bearer } from '../harness/hub.ts';
import { guest } from '../harness/session.ts';
import { onOwnServer } from '../harness/suite.ts';
import { PATIENCE_MS, until } from '../harness/wait.ts';

const ADMIN_TOKEN = 'an admin token for tests';
const limits = { RATE_LOGIN: '3/600', RATE_LOGIN_FAIL: '1/600', RATE_REGISTER: '1/600', RATE_REST: '5/600' };
const server = await onOwnServer({ ADMIN_TOKEN, ANALYTICS_LOG: '1', ...limits });
const { base } = server;

test('a sign-in, a sign-up and a call too many are numbers of the deployment, and points of their rule @night', async () => {
  const one = await guest(base);
  for (let n = 0; n < 5; n += 1) assert.equal((await one.api.get('/api/users')).status, 200);
  for (let n = 0; n < 3; n += 1) refused(await one.api.get('/api/users'), 429, 'RATE_LIMITED');
  const email = freshEmail();
  assert.equal((await register(base, { email })).status, 201);
  refused(await register(base), 429, 'RATE_LIMITED');
  refused(await passwordLogin(base, email, { password: 'not that one at all' }), 401, 'BAD_CREDENTIALS');
  refused(await passwordLogin(base, email), 429, 'RATE_LIMITED');
  for (let n = 0; n < 2; n += 1) refused(await passwordLogin(base, email), 429, 'RATE_LIMITED');

  const wanted = { login: 2, login_fail: 1, register: 1, rest: 3 };
  const counted = async (): Promise<Record<string, number>> => {
    const { metrics } = await new Api(base, bearer(ADMIN_TOKEN)).ok('GET', '/api/admin/stats');
    const refusals = metrics.filter(({ name }: any) => name === 'cfm_rate_limited_total');
    return Object.fromEntries(refusals.map(({ labels, value }: any) => [labels.rule, value]));
  };
  const all = async () => JSON.stringify(Object.entries(await counted()).sort()) === JSON.stringify(Object.entries(wanted));
  await until('all of them are known', all, PATIENCE_MS, 500).catch(() => undefined);
  assert.deepEqual(await counted(), wanted);
  const lines = server.output().split('\n').filter((line) => line.includes('"event":"point"')).map((line) => JSON.parse(line.slice(line.indexOf('{'))));
  const sums: Record<string, number> = {};
  for (const { blobs, doubles } of lines.filter(({ blobs }) => blobs[0] === 'rate_limited')) {
    assert.equal(blobs[2], 'messenger');
    sums[blobs[1]] = (sums[blobs[1]] ?? 0) + doubles[0];
  }
  assert.deepEqual(sums, wanted);
});
