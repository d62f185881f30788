// messenger.md 3: pages of lists continue without a gap. Every row appears once and in the same order, for any size of pages.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { account } from '../harness/accounts.ts';
import { refused } from '../harness/api.ts';
import { marker, uuidv7 } from '../harness/ids.ts';
import { limits } from '../harness/limits.ts';
import { befriend } from '../harness/pairs.ts';
import { guest, persona, type Session } from '../harness/session.ts';
import { onOwnServer } from '../harness/suite.ts';
import { until } from '../harness/wait.ts';

const server = await onOwnServer({ RATE_LOGIN: '0', RATE_REST: '0', RATE_REGISTER: '0', RATE_CHAT: '0' });
const { base } = server;
const ann = await persona(base, 'user_1');

/** Returns the mark before the next member of a query. */
const mark = (path: string): string => (/[?&]$/.test(path) ? '' : path.includes('?') ? '&' : '?');

/** Returns the values of `member` in all rows of a list, read in pages of `limit`. */
async function paged(who: Session, path: string, member: string, limit: number): Promise<string[]> {
  const all: string[] = [];
  for (let after = ''; ; ) {
    const page = await who.api.ok('GET', `${path}${mark(path)}limit=${limit}${after}`);
    assert.ok(page.items.length <= limit, path);
    all.push(...page.items.map((row: any) => row[member]));
    assert.equal(page.more, page.next !== null, `${path}: next where there is more`);
    if (!page.more) return all;
    assert.equal(page.items.length, limit, `${path}: a full page where there is more`);
    assert.ok(page.next.endsWith(`.${all.at(-1)}`), `${path}: next names the place of the last row`);
    after = `&after=${encodeURIComponent(page.next)}`;
  }
}

async function isPaged(who: Session, path: string, member: string, expected: string[]): Promise<void> {
  for (const limit of [1, 2]) assert.deepEqual(await paged(who, path, member, limit), expected, `${path} by ${limit}`);
  for (const bad of ['limit=0', 'limit=x', 'after=nobody']) refused(await who.api.get(`${path}${mark(path)}${bad}`), 400, 'BAD_CURSOR');
  const { items } = await who.api.ok('GET', `${path}${mark(path)}limit=${limits.pageEvents + 1}`);
  assert.equal(items.length, expected.length, path);
}

describe('lists', () => {
  test('rooms: conversations, then groups and invitations, each with its own numbers', async () => {
    const dms = ['user_5', 'user_3', 'user_4'].map((user) => `dm_user_1____${user}`);
    for (const user of ['user_5', 'user_3', 'user_4']) await ann.api.ok('POST', '/api/rooms/dm', { userId: user });
    const groups: string[] = [];
    for (let n = 0; n < 3; n += 1) groups.push((await ann.api.ok('POST', '/api/rooms', { name: `Crew ${marker()}`, memberIds: [] })).id);
    const asked = await guest(base);
    for (const group of groups) await ann.api.ok('POST', `/api/rooms/${group}/members`, { userIds: [asked.user.id] });
    await until('all groups', async () => (await paged(ann, '/api/rooms?scope=mine', 'id', 200)).length === 6);
    await isPaged(ann, '/api/rooms?scope=mine', 'id', [...dms, ...groups]);
    await until('all invitations', async () => (await paged(asked, '/api/rooms?scope=mine', 'id', 200)).length === 3);
    const invitations = await paged(asked, '/api/rooms?scope=mine', 'id', 200);
    assert.deepEqual([...invitations].sort(), [...groups].sort());
    await isPaged(asked, '/api/rooms?scope=mine', 'id', invitations);
    assert.deepEqual((await paged(ann, '/api/rooms', 'id', 2)).slice(-6), [...dms, ...groups], 'public rooms come first');
    for (const each of (await ann.api.ok('GET', '/api/rooms?limit=200')).items) {
      assert.ok(each.name.length > 0 && Number.isSafeInteger(each.lastSeq) && Number.isSafeInteger(each.unread), JSON.stringify(each));
    }
  });

  test('contacts, and requests that came last', async () => {
    const bea = await account(base);
    const [friends, others] = [await Promise.all([1, 2, 3].map(() => guest(base))), ['user_6', 'user_7']];
    for (const friend of friends) await befriend(bea, friend);
    for (const user of others) {
      const one = await persona(base, user);
      await until(`the request of ${user}`, async () => {
        await one.api.ok('POST', '/api/me/contacts', { userId: bea.user.id });
        return (await paged(bea, '/api/me/contacts', 'id', 200)).includes(user);
      });
    }
    await isPaged(bea, '/api/me/contacts', 'id', [...friends.map(({ user }) => user.id), ...others]);
  });

  test('blocks', async () => {
    const blocked = ['user_9', 'u_0000000000000', 'user_8'];
    for (const user of blocked) await ann.api.ok('PUT', `/api/me/blocks/${user}`);
    const listed = await paged(ann, '/api/me/blocks', 'id', 200);
    assert.deepEqual([...listed].sort(), [...blocked].sort());
    await isPaged(ann, '/api/me/blocks', 'id', listed);
  });

  test('the inbox: one item per room, the newest first', async () => {
    const [dan, writers] = [await persona(base, 'user_10'), ['user_11', 'user_12', 'user_13']];
    const rooms: string[] = [];
    for (const user of writers) {
      const writer = await persona(base, user);
      const { id } = await writer.api.ok('POST', '/api/rooms/dm', { userId: dan.user.id });
      for (let n = 0; n < 2; n += 1) await writer.api.ok('POST', '/api/messages', { roomId: id, content: marker(), id: uuidv7() });
      rooms.unshift(id);
      await until(`what ${user} wrote`, async () => (await dan.api.ok('GET', '/api/inbox')).items.some((one: any) => one.roomId === id && one.count === 2));
    }
    await isPaged(dan, '/api/inbox', 'roomId', rooms);
  });

  test('/api/data/messages goes on after a place, as its dedicated route goes on since one', async () => {
    const { id } = await ann.api.ok('POST', '/api/rooms/dm', { userId: 'user_14' });
    for (let n = 1; n <= 5; n += 1) await ann.api.ok('POST', '/api/messages', { roomId: id, content: `${n}`, id: uuidv7() });
    const page = async (path: string, query: string) =>
      (await ann.api.ok('GET', `${path}?roomId=${id}&${query}`)).messages.map((one: any) => one.seq);
    assert.deepEqual(await page('/api/data/messages', 'after=2&limit=2'), [3, 4]);
    assert.deepEqual(await page('/api/data/messages', 'since=2&limit=2'), [3, 4]);
    assert.deepEqual(await page('/api/messages', 'since=2&limit=2'), [3, 4]);
    for (const bad of ['-1', 'x', '9007199254740992']) refused(await ann.api.get(`/api/data/messages?roomId=${id}&after=${bad}`), 400, 'BAD_CURSOR');
  });
});
