// messenger.md 12: an account is in at most 200 groups, no matter who adds it and how many try at once. Personas: groups_tests.rs.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { account } from '../harness/accounts.ts';
import { refused, type Answer } from '../harness/api.ts';
import { marker } from '../harness/ids.ts';
import { limits } from '../harness/limits.ts';
import { persona, type Session } from '../harness/session.ts';
import { onOwnServer } from '../harness/suite.ts';
import { until } from '../harness/wait.ts';

const GROUPS_MAX = limits.groupsPerUser;
const AT_ONCE = 20;

const server = await onOwnServer({ RATE_LOGIN: '0', RATE_REGISTER: '0', RATE_REST: '0', RATE_ASK: '0' });
const { base } = server;

const make = (by: Session, form: Record<string, unknown> = {}): Promise<Answer> => by.api.post('/api/rooms', { name: `Crew ${marker()}`, ...form });
const isFull = (answer: Answer) => {
  const error = refused(answer, 400, 'VALIDATION');
  assert.deepEqual([error.field, error.limit], ['userIds', GROUPS_MAX]);
};

test('200 groups and no more: made, added, invited or entered; leaving one makes room for one @night', async () => {
  const [ann, bea] = [await account(base), await persona(base, 'user_2')];
  await ann.api.ok('POST', '/api/me/contacts', { userId: bea.user.id });
  const open = (await make(bea, { visibility: 'public' })).data;
  const own: string[] = [];
  while (own.length < GROUPS_MAX - 1) {
    const count = Math.min(AT_ONCE, GROUPS_MAX - 1 - own.length);
    for (const answer of await Promise.all(Array.from({ length: count }, () => make(ann)))) {
      assert.equal(answer.status, 201, answer.reply.text);
      own.push(answer.data.id);
    }
  }
  assert.equal(new Set(own).size, GROUPS_MAX - 1);

  const last = await Promise.all(Array.from({ length: AT_ONCE }, () => make(ann)));
  assert.equal(last.filter((answer) => answer.status === 201).length, 1, 'of many at once one is the last');
  for (const answer of last.filter((one) => one.status !== 201)) isFull(answer);

  isFull(await make(ann));
  // An unknown group is refused before anybody's number of groups is checked.
  refused(await bea.api.post('/api/rooms/grp_aaaaaaaaaaaaa/members', { userIds: [ann.user.id] }), 404, 'NOT_FOUND');
  refused(await ann.api.post(`/api/rooms/${open.id}/members`, { userIds: ['user_4'] }), 403, 'FORBIDDEN');
  isFull(await make(bea, { memberIds: [ann.user.id] }));
  isFull(await bea.api.post(`/api/rooms/${open.id}/members`, { userIds: [ann.user.id] }));
  isFull(await ann.api.post(`/api/rooms/${open.id}/members/me`));
  assert.deepEqual((await bea.api.ok('GET', `/api/rooms/${open.id}`)).members.map((one: any) => one.id), ['user_2']);
  assert.equal((await make(bea, { memberIds: ['user_3'] })).status, 201, 'nobody else is full');

  await ann.api.ok('DELETE', `/api/rooms/${own[0]}`);
  // The person's object learns of the deletion a moment later.
  const entered = await until('a place', async () => {
    const answer = await ann.api.post(`/api/rooms/${open.id}/members/me`);
    return answer.status === 200 ? answer : undefined;
  });
  assert.equal(entered.data.id, open.id);
  isFull(await make(ann));
});
