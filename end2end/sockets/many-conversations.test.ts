// messenger.md 3 and 8: a person with hundreds of conversations gets every one of them, with its unread number.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { send } from '../harness/http.ts';
import { marker, uuidv7 } from '../harness/ids.ts';
import { cookieSession, guest, type Session } from '../harness/session.ts';
import { onOwnServer } from '../harness/suite.ts';

const CONVERSATIONS = 300;
const AT_ONCE = 20;

const server = await onOwnServer({ RATE_LOGIN: '0', RATE_REST: '0' });
const { base } = server;

test('300 conversations: lists, people and the first page have all of them @night', async () => {
  const ann = await cookieSession(base, { userId: 'user_1' });
  const open = async (): Promise<[string, Session]> => {
    const other = await guest(base);
    const { id } = await ann.api.ok('POST', '/api/rooms/dm', { userId: other.user.id });
    await other.api.ok('POST', '/api/messages', { roomId: id, id: uuidv7(), content: marker() });
    return [id, other];
  };
  const talks: [string, Session][] = [];
  while (talks.length < CONVERSATIONS) talks.push(...(await Promise.all(Array.from({ length: AT_ONCE }, open))));

  const everything = async (path: string): Promise<any[]> => {
    const rows: any[] = [];
    for (let after = ''; ; ) {
      const page = await ann.api.ok('GET', `${path}limit=200${after}`);
      rows.push(...page.items);
      if (!page.more) return rows;
      after = `&after=${page.next}`;
    }
  };
  const rows = await everything('/api/rooms?scope=mine&');
  const expected = talks.map(([id, other]) => [id, other.user.displayName, 1]).sort();
  assert.deepEqual(rows.map((row) => [row.id, row.name, row.unread]).sort(), expected);

  const people = (await everything('/api/users?')).map((row) => row.id);
  for (const [, other] of talks) assert.ok(people.includes(other.user.id), other.user.id);
  assert.equal(new Set(people).size, people.length);

  const page = await send(base, 'GET', '/app', { headers: { cookie: ann.cookie, accept: 'text/html' }, timeoutMs: 30_000 });
  assert.equal(page.status, 200);
  // The page contains the rows that fit into a window, each with its number.
  const shown = talks.filter(([, other]) => page.text.includes(`${other.user.displayName},`));
  assert.ok(shown.length >= 30, `${shown.length} rows`);
  for (const [, other] of shown) assert.match(page.text, new RegExp(`${other.user.displayName},[^"<]*?1 unread`));
});
