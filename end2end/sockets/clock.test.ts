// settings.md 2: a person can share the time zone. The time is shown to the people whose messages this person accepts.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { account } from '../harness/accounts.ts';
import { refused } from '../harness/api.ts';
import { befriend } from '../harness/pairs.ts';
import { FREE_VARS } from '../harness/server.ts';
import { guest, persona, type Session } from '../harness/session.ts';
import { onPooledServer } from '../harness/suite.ts';

const { base } = await onPooledServer(FREE_VARS);

const putTimeZone = (who: Session, timeZone: unknown) => who.api.put('/api/me/clock', { timeZone });
const seen = async (by: Session, whom: Session): Promise<string> => (await by.api.ok('GET', `/api/users/${whom.user.id}/clock`)).timeZone;

test('nothing is told until somebody says so, and no longer once they take it back', async () => {
  const [mia, ben] = [await persona(base, 'user_1'), await guest(base)];
  assert.deepEqual(await mia.api.ok('GET', '/api/me/clock'), { timeZone: '' });
  assert.equal(await seen(ben, mia), '');
  assert.deepEqual((await putTimeZone(mia, 'America/Argentina/Buenos_Aires')).data, { timeZone: 'America/Argentina/Buenos_Aires' });
  assert.equal(await seen(ben, mia), 'America/Argentina/Buenos_Aires');
  assert.deepEqual(await mia.api.ok('GET', '/api/me/clock'), { timeZone: 'America/Argentina/Buenos_Aires' });
  await mia.api.ok('PUT', `/api/me/blocks/${ben.user.id}`);
  assert.equal(await seen(ben, mia), 'America/Argentina/Buenos_Aires', 'who is blocked is told what they were told before');
  assert.equal((await putTimeZone(mia, 'Europe/Berlin')).status, 200);
  assert.equal(await seen(ben, mia), 'America/Argentina/Buenos_Aires', 'and not where the device has moved since');
  await mia.api.ok('DELETE', `/api/me/blocks/${ben.user.id}`);
  assert.equal(await seen(ben, mia), 'Europe/Berlin');
  assert.equal((await putTimeZone(mia, '')).status, 200);
  assert.equal(await seen(ben, mia), '', 'what is taken back is taken back from everybody');
});

test('an account tells its contacts, and what is no name of a zone is refused', async () => {
  const [ada, ben] = [await account(base), await guest(base)];
  for (const zone of ['Europe/Berlin', 'UTC', 'Etc/GMT+5']) assert.equal((await putTimeZone(ada, zone)).status, 200, zone);
  for (const zone of ['Europe/', '/Berlin', 'Europe Berlin', '<b>', 'Europe//Berlin', 'x'.repeat(65), 5, null]) refused(await putTimeZone(ada, zone), 400, 'VALIDATION');
  refused(await ada.api.put('/api/me/clock', {}), 400, 'VALIDATION');
  assert.equal(await seen(ben, ada), '', 'strangers are told nothing');
  await befriend(ada, ben);
  assert.equal(await seen(ben, ada), 'Etc/GMT+5');
  assert.equal((await ben.api.ok('GET', '/api/users/u_nobody0/clock')).timeZone, '', 'of nobody nothing is told');
});
