// docs/deploy.md: each object updates its own tables when it wakes. The objects here have the tables of the first version and rows in them,
// as if they had slept since then.

import { env, evictDurableObject, runInDurableObject, SELF } from 'cloudflare:test';
import { expect, test, vi } from 'vitest';
import { PATIENCE_MS, call, freshRoom, guest, Line, persona, rows, stubOf, tables, uuidv7 } from './door.ts';

const { CHAT_ROOM } = env as unknown as { CHAT_ROOM: DurableObjectNamespace };

/** First step of `server/src/objects/room/tables.rs`, which never changes. */
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
  const line = await Line.room(room, one);
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

/**
 * Replaces the tables of an object by those of its first version, which never changes. `kept` names the columns by table whose present rows
 * are kept; `more` adds statements. Then the object sleeps.
 */
async function asAtFirst(stub: DurableObjectStub, first: string[], kept: Record<string, string>, more: string[] = []): Promise<void> {
  await runInDurableObject(stub, async (_, state) => {
    const { sql } = state.storage;
    const held = Object.entries(kept).map(([table, names]) => ({ table, all: [...sql.exec(`SELECT ${names} FROM ${table}`).raw()] }));
    await state.storage.deleteAll();
    for (const statement of ['CREATE TABLE schema (version INTEGER NOT NULL) STRICT', ...first, 'INSERT INTO schema VALUES (1)']) sql.exec(statement);
    for (const { table, all } of held) for (const row of all) sql.exec(`INSERT INTO ${table} VALUES (${row.map(() => '?').join()})`, ...row);
    for (const statement of more) sql.exec(statement);
  });
  await evictDurableObject(stub);
}

const versionOf = async (stub: DurableObjectStub): Promise<number> => (await rows(stub, 'SELECT version FROM schema')).map(({ version }) => version as number)[0]!;

/** First step of `server/src/objects/person/tables.rs`, which never changes. */
const FIRST_OF_PERSON = [
  'CREATE TABLE person (record TEXT NOT NULL) STRICT',
  'CREATE TABLE facts (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT',
  'CREATE TABLE sessions (id TEXT PRIMARY KEY, began_at INTEGER NOT NULL) STRICT',
  'CREATE TABLE wishes (connection TEXT NOT NULL, user TEXT NOT NULL, PRIMARY KEY (connection, user)) STRICT, WITHOUT ROWID',
  'CREATE TABLE watched (user TEXT PRIMARY KEY, seen TEXT NOT NULL, version INTEGER NOT NULL, renewed_at INTEGER NOT NULL) STRICT',
  `CREATE TABLE listeners (kind TEXT NOT NULL, name TEXT NOT NULL, until INTEGER NOT NULL, told INTEGER NOT NULL,
    due_at INTEGER NOT NULL, tries INTEGER NOT NULL, PRIMARY KEY (kind, name)) STRICT`,
  'CREATE TABLE directs (room TEXT PRIMARY KEY, added_at INTEGER NOT NULL) STRICT',
  `CREATE TABLE inbox (room TEXT NOT NULL, seq INTEGER NOT NULL, ts INTEGER NOT NULL, event TEXT NOT NULL,
    PRIMARY KEY (room, seq)) STRICT, WITHOUT ROWID`,
  'CREATE TABLE read_marks (room TEXT PRIMARY KEY, seq INTEGER NOT NULL) STRICT',
];

test('a person who slept since the first version has what waits for them, and all that came later', async () => {
  const [writer, reader] = [await persona('user_4'), await persona('user_5')];
  const { data: dm } = await call('POST', '/api/rooms/dm', writer, { userId: reader.id });
  expect((await call('PUT', '/api/me', reader, { personalMessage: 'from long ago' })).status).toBe(200);
  expect((await call('POST', '/api/messages', writer, { roomId: dm.id, id: uuidv7(), content: 'it waits' })).status).toBe(201);
  const waiting = async () => (await call('GET', '/api/inbox', reader)).data.items.find((one: any) => one.roomId === dm.id);
  const before = await vi.waitUntil(waiting, { timeout: PATIENCE_MS, interval: 20 });

  const stub = stubOf('PRESENCE_ROOM', `me:${reader.id}`);
  const kept = { person: 'record', facts: 'name, value', sessions: 'id, began_at', directs: 'room, added_at', inbox: 'room, seq, ts, event', read_marks: 'room, seq' };
  await asAtFirst(stub, FIRST_OF_PERSON, kept, ["INSERT INTO wishes VALUES ('of a socket that is gone', 'user_6')"]);
  const after = await waiting();
  expect([after.fromSeq, after.toSeq, after.last.content]).toEqual([before.fromSeq, before.toSeq, 'it waits']);
  expect((await call('GET', '/api/me', reader)).data.personalMessage).toBe('from long ago');
  expect((await call('PUT', `/api/me/drafts/${dm.id}`, reader, { content: 'begun now', at: Date.now() })).status).toBeLessThan(300);
  expect((await call('GET', '/api/me/drafts', reader)).data.items.map((one: any) => one.content)).toEqual(['begun now']);
  expect(await tables(stub)).toEqual(expect.arrayContaining(['contacts', 'blocks', 'drafts', 'emoticons', 'push_outbox', 'sealing']));
  expect(await versionOf(stub)).toBeGreaterThan(20);

  // Another wake changes nothing.
  await evictDurableObject(stub);
  expect(await waiting()).toEqual(after);
});

/** First step of `server/src/objects/auth/tables.rs`, which never changes. */
const FIRST_OF_AUTH = [
  `CREATE TABLE sessions (id TEXT PRIMARY KEY, hash TEXT NOT NULL UNIQUE, principal TEXT NOT NULL, csrf TEXT NOT NULL,
    agent TEXT NOT NULL, created_at INTEGER NOT NULL, slid_at INTEGER NOT NULL, expires_at INTEGER NOT NULL,
    active_at INTEGER NOT NULL, cached_at INTEGER NOT NULL, warn_at INTEGER) STRICT`,
  'CREATE INDEX sessions_by_end ON sessions (expires_at)',
  'CREATE TABLE sockets (session TEXT NOT NULL, log TEXT NOT NULL, PRIMARY KEY (session, log)) STRICT, WITHOUT ROWID',
  'CREATE TABLE tickets (hash TEXT PRIMARY KEY, session TEXT NOT NULL, expires_at INTEGER NOT NULL) STRICT, WITHOUT ROWID',
  `CREATE TABLE news (id INTEGER PRIMARY KEY, session TEXT NOT NULL, log TEXT NOT NULL, what TEXT NOT NULL,
    due_at INTEGER NOT NULL, tries INTEGER NOT NULL) STRICT`,
];

test('a session of a shard that slept since the first version goes on, and can be ended', async () => {
  const one = await guest();
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(one.token)));
  const stub = stubOf('AUTH', `auth:0${(digest[0]! >> 4).toString(16)}`);
  const kept = { sessions: 'id, hash, principal, csrf, agent, created_at, slid_at, expires_at, active_at, cached_at, warn_at' };
  // The table of a session's sockets is no longer used, so it is dropped with its content.
  await asAtFirst(stub, FIRST_OF_AUTH, kept, ["INSERT INTO sockets SELECT id, 'rm:general' FROM sessions"]);
  expect((await call('GET', '/api/auth/me', one)).data.user.id).toBe(one.id);
  const named = await tables(stub);
  expect(named).toEqual(expect.arrayContaining(['accounts', 'passkeys', 'calls', 'audit']));
  expect(named).not.toContain('sockets');
  expect(await versionOf(stub)).toBeGreaterThan(7);

  await evictDurableObject(stub);
  expect((await call('GET', '/api/auth/me', one)).data.user.id, 'nothing is done twice').toBe(one.id);
  expect((await call('POST', '/api/auth/logout', one, {})).status).toBe(200);
  expect((await call('GET', '/api/auth/me', one)).status).toBe(401);
});

/** First step of `server/src/objects/hub/tables.rs`, which never changes. */
const FIRST_OF_HUB = [
  `CREATE TABLE room (one INTEGER PRIMARY KEY CHECK (one = 1), id TEXT NOT NULL, epoch INTEGER NOT NULL,
    oldest INTEGER NOT NULL, made_at INTEGER NOT NULL, head INTEGER NOT NULL, bytes_end INTEGER NOT NULL,
    ts INTEGER NOT NULL, audited INTEGER NOT NULL, is_listed INTEGER NOT NULL) STRICT`,
  `CREATE TABLE messages (seq INTEGER PRIMARY KEY, id TEXT NOT NULL, actor TEXT NOT NULL, payer TEXT NOT NULL,
    ts INTEGER NOT NULL, type TEXT NOT NULL, is_text INTEGER NOT NULL, is_keyed INTEGER NOT NULL,
    bytes INTEGER NOT NULL, bytes_end INTEGER NOT NULL, digest BLOB, body BLOB) STRICT`,
  'CREATE UNIQUE INDEX messages_by_id ON messages (actor, id)',
  `CREATE TABLE hooks (id TEXT PRIMARY KEY, url TEXT NOT NULL, secret TEXT NOT NULL, previous TEXT,
    previous_until INTEGER, is_active INTEGER NOT NULL, is_ordered INTEGER NOT NULL,
    dead_in_a_row INTEGER NOT NULL) STRICT, WITHOUT ROWID`,
  `CREATE TABLE outbox (hook TEXT NOT NULL, seq INTEGER NOT NULL, due_at INTEGER NOT NULL, attempts INTEGER NOT NULL,
    busy_until INTEGER NOT NULL, PRIMARY KEY (hook, seq)) STRICT, WITHOUT ROWID`,
  `CREATE TABLE dead (hook TEXT NOT NULL, seq INTEGER NOT NULL, status INTEGER NOT NULL, error TEXT NOT NULL,
    attempts INTEGER NOT NULL, died_at INTEGER NOT NULL, PRIMARY KEY (hook, seq)) STRICT, WITHOUT ROWID`,
  'CREATE TABLE audit (no INTEGER PRIMARY KEY, at INTEGER NOT NULL, what TEXT NOT NULL) STRICT',
];

test('a hub room that slept since the first version has its messages, and its notes as acts', async () => {
  const room = freshRoom();
  const stub = stubOf('HUB_ROOM', `hub:${room}`);
  const at = `http://127.0.0.1/rooms/${room}/messages`;
  const post = async (body: string) => {
    const answer = await SELF.fetch(at, { method: 'POST', body });
    return [answer.status, answer.headers.get('x-message-seq')];
  };
  const read = async () => ((await (await SELF.fetch(at)).json()) as any).messages.map((message: any) => [message.seq, message.body]);
  expect(await post('from long ago')).toEqual([202, '1']);
  const kept = {
    room: 'one, id, epoch, oldest, made_at, head, bytes_end, ts, audited, is_listed',
    messages: 'seq, id, actor, payer, ts, type, is_text, is_keyed, bytes, bytes_end, digest, body',
  };
  await asAtFirst(stub, FIRST_OF_HUB, kept, [`INSERT INTO audit VALUES (1, ${Date.now()}, 'a hook')`]);
  expect(await read()).toEqual([[1, 'from long ago']]);
  expect(await post('and now')).toEqual([202, '2']);
  const both = [[1, 'from long ago'], [2, 'and now']];
  expect(await read()).toEqual(both);
  expect(await rows(stub, 'SELECT action, target FROM audit')).toEqual([{ action: 'hook-disabled', target: 'a hook' }]);
  const named = await tables(stub);
  expect(named).toContain('sealing');
  expect(named).not.toContain('notes');
  expect(await versionOf(stub)).toBeGreaterThan(7);

  // Another wake changes nothing.
  await evictDurableObject(stub);
  expect(await read()).toEqual(both);
  expect((await rows(stub, 'SELECT count(*) AS count FROM audit'))[0].count).toBe(1);
});
