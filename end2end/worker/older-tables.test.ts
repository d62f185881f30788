// docs/deploy.md: each object updates its own tables when it wakes. The room here has the tables of the first version and a row in them, as
// if it had slept since then. Native tests prove every version of every object (`server/src/objects/*/{migration,older,tables}_tests.rs`).

import { env, evictDurableObject, runInDurableObject } from 'cloudflare:test';
import { expect, test } from 'vitest';
import { call, freshRoom, guest, WorkerSocket, uuidv7 } from './door.ts';

const { CHAT_ROOM } = env as unknown as { CHAT_ROOM: DurableObjectNamespace };

/** First step of `server/src/objects/room/schema.rs`, which never changes. */
const FIRST = [
  'CREATE TABLE schema (version INTEGER NOT NULL) STRICT',
  `CREATE TABLE room (one INTEGER PRIMARY KEY CHECK (one = 1), id TEXT NOT NULL, epoch INTEGER NOT NULL, oldest INTEGER NOT NULL) STRICT`,
  `CREATE TABLE events (seq INTEGER PRIMARY KEY, id TEXT NOT NULL, ts INTEGER NOT NULL, actor TEXT, session TEXT, name TEXT NOT NULL,
    kind TEXT NOT NULL, body TEXT NOT NULL) STRICT`,
  'CREATE UNIQUE INDEX events_by_id ON events (id)',
  `CREATE TABLE outbox (user TEXT PRIMARY KEY, from_seq INTEGER NOT NULL, to_seq INTEGER NOT NULL, due_at INTEGER NOT NULL,
    tries INTEGER NOT NULL) STRICT, WITHOUT ROWID`,
  'INSERT INTO schema VALUES (1)',
];

test('a room that slept since the first version has what was said, and all that came later', async () => {
  const [room, one] = [freshRoom(), await guest()];
  const stub = CHAT_ROOM.get(CHAT_ROOM.idFromName(`rm:${room}`));
  const [id, then] = [uuidv7(), Date.now() - 60_000];
  await runInDurableObject(stub, (_, state) => {
    const { sql } = state.storage;
    expect([...sql.exec("SELECT name FROM sqlite_master WHERE name = 'events'")], 'nobody has been here').toEqual([]);
    for (const statement of FIRST) sql.exec(statement);
    sql.exec('INSERT INTO room VALUES (1, ?, 77, 1)', room);
    sql.exec("INSERT INTO events VALUES (1, ?, ?, 'g_nora', 's', 'Nora', 'chat', ?)", id, then, '{"content":"from long ago"}');
  });
  await evictDurableObject(stub);

  const page = (await call('GET', `/api/messages?roomId=${room}&since=0`, one)).data;
  expect(page.messages.map((event: any) => [event.seq, event.id, event.senderId, event.displayName, event.content, event.timestamp ?? event.ts])).toEqual([[1, id, 'g_nora', 'Nora', 'from long ago', expect.anything()]]);
  expect(page.head).toBe(1);
  const line = await WorkerSocket.room(room, one);
  expect((await line.ask({ type: 'chat', content: 'and now' })).seq).toBe(2);
  expect((await call('PUT', `/api/messages/${id}/react`, one, { roomId: room, reaction: 'heart', op: 'add' })).status).toBe(200);
  const after = (await call('GET', `/api/messages?roomId=${room}&since=0`, one)).data.messages;
  expect(after.filter((event: any) => event.type === 'chat').map((event: any) => event.content)).toEqual(['from long ago', 'and now']);
  expect(after[0].reactions.length).toBe(1);
  line.close();
  const versions = await runInDurableObject(stub, (_, state) => [...state.storage.sql.exec('SELECT version FROM schema')]);
  expect(versions.length).toBe(1);
  expect(Number(versions[0]!['version'])).toBeGreaterThan(15);

  // Another wake changes nothing.
  await evictDurableObject(stub);
  const again = (await call('GET', `/api/messages?roomId=${room}&since=0`, one)).data.messages;
  expect(again).toEqual(after);
});
