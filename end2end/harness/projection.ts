// Compares D1 with its sources: `wanted` derives the rows from the files of the objects, whose logs are authoritative; `held` reads the
// rows in D1.

import { opened } from './sealed.ts';
import { objectsWith, rowsOf } from './tables.ts';

type Row = Record<string, any>;

const MESSAGES = `SELECT id, room_id, user_id, content, created_at, updated_at, seq, client_id, kind, reactions, deleted_at, content_seq,
  reactions_seq FROM messages ORDER BY room_id, seq`;
const EVENTS = 'SELECT room.id AS room, seq, events.id, events.ts, actor, name, kind, body FROM room, events WHERE seq >= room.oldest ORDER BY seq';
const ACTS = 'SELECT place, ts, actor, action, target, address, request, result FROM audit ORDER BY place';

interface Written {
  row: Row;
  reacted: { user: string; reaction: string }[];
}

/** Builds the message rows of one room from its events alone. Sealed texts can be opened only with the id of their object. */
function fold({ id: log, rows: events }: { id: string; rows: Row[] }, keys: string): Row[] {
  const written = new Map<string, Written>();
  for (const event of events) {
    const text = opened(event['body'], { log, table: 'events', column: 'body', row: event['seq'] }, keys);
    const body = text.startsWith('{') ? JSON.parse(text) : {};
    if (event['kind'] === 'chat') {
      const { room, seq, id, ts, actor } = event;
      const isGone = body.deleted === true;
      const row = {
        ...{ id: `${room}:${seq}`, room_id: room, user_id: actor, content: isGone ? '' : body.content, created_at: ts, updated_at: ts, seq, client_id: id },
        ...{ kind: 0, reactions: '[]', deleted_at: isGone ? ts : null, content_seq: seq, reactions_seq: 0 },
      };
      written.set(id, { row, reacted: [] });
    }
    const target = written.get(body.messageId);
    if (target && (event['kind'] === 'edit' || event['kind'] === 'delete')) {
      const { row } = target;
      Object.assign(row, { updated_at: event['ts'], content_seq: event['seq'] });
      if (event['kind'] === 'delete') Object.assign(row, { content: '', deleted_at: event['ts'] });
      else if (row['deleted_at'] === null) row['content'] = body.content;
    }
    if (target && event['kind'] === 'reaction') {
      const own = { user: event['actor'], reaction: body.reaction };
      target.reacted = target.reacted.filter((one) => one.user !== own.user || one.reaction !== own.reaction);
      if (body.op === 'add') target.reacted.push(own);
      target.row['reactions_seq'] = event['seq'];
      (target.row['by'] ??= new Set()).add(event['actor']);
    }
    if (event['kind'] === 'system' && body.code === 'account_deleted') {
      for (const one of written.values()) {
        if (!one.row['by']?.has(event['actor'])) continue;
        one.reacted = one.reacted.filter(({ user }) => user !== event['actor']);
        one.row['reactions_seq'] = event['seq'];
      }
    }
  }
  return [...written.values()].map(({ row: { by: _, ...row }, reacted }) => {
    if (row['deleted_at'] !== null) return { ...row, reactions: '[]', reactions_seq: 0 };
    const kinds = [...new Set(reacted.map(({ reaction }) => reaction))];
    const counted = kinds.map((reaction) => {
      const users = reacted.filter((one) => one.reaction === reaction).map(({ user }) => user);
      return { count: users.length, reaction, users };
    });
    return { ...row, reactions: JSON.stringify(counted) };
  });
}

const plain = (rows: Row[]): Row[] => rows.map((row) => ({ ...row }));
const inOrder = (rows: Row[]): string[] => rows.map((row) => JSON.stringify(row)).sort();

/** Returns the rooms whose group is deleted; D1 has no rows of theirs. */
const erased = (state: string): Set<string> =>
  new Set(objectsWith(state, 'SELECT room.id FROM room, group_record WHERE is_deleted = 1').flatMap(({ rows }) => rows.map((row) => row['id'])));

/** Returns the rows that the tables must hold; `keys` has the form of CONTENT_KEYS, for servers that seal texts. */
export function wanted(state: string, gone: string[] = [], keys = ''): Record<string, any> {
  const rooms = objectsWith(state, EVENTS);
  const logs = rooms.map(({ rows }) => rows);
  const away = erased(state);
  const messages = rooms.filter(({ rows: [event] }) => !away.has(event!['room'])).flatMap((room) => fold(room, keys));
  const by = (one: Row, other: Row) => (one['room_id'] < other['room_id'] ? -1 : one['room_id'] > other['room_id'] ? 1 : one['seq'] - other['seq']);
  const people = new Map<string, Row>();
  const logged = logs.flat().filter(({ kind, name }) => ['chat', 'edit', 'delete', 'reaction'].includes(kind) && name !== '');
  for (const { actor, name, ts } of logged) {
    const known = people.get(actor);
    if (!known || ts < known['created_at']) people.set(actor, { id: actor, email: `${actor}@invalid`, name, avatar_url: null, created_at: ts });
  }
  for (const account of objectsWith(state, 'SELECT user AS id, email, name, image AS avatar_url, created_at FROM accounts').flatMap(({ rows }) => rows)) people.set(account['id'], { ...account });
  for (const user of gone) people.delete(user);
  return {
    messages: messages.sort(by),
    users: inOrder([...people.values()]),
    acts: inOrder(objectsWith(state, ACTS).flatMap(({ id, rows }) => rows.map((row) => ({ object: id, ...row })))),
    hub: inOrder(objectsWith(state, 'SELECT room.id AS log, seq, messages.id, messages.ts FROM room, messages').flatMap(({ rows }) => rows.map((row) => ({ ...row, log: `hub:${row['log']}` })))),
  };
}

/** Returns the rows that the tables hold. */
export function held(state: string, keys = ''): Record<string, any> {
  const open = ({ content, ...row }: Row): Row => {
    const place = { log: `rm:${row['room_id']}`, table: 'd1.messages', column: 'content', row: row['content_seq'] };
    return { ...row, content: opened(content, place, keys) };
  };
  const inColumns = ({ id, room_id, user_id, content, ...row }: Row): Row => ({ id, room_id, user_id, content, ...row });
  return {
    messages: plain(rowsOf(state, MESSAGES)).map(open).map(inColumns),
    users: inOrder(plain(rowsOf(state, 'SELECT id, email, name, avatar_url, created_at FROM users'))),
    acts: inOrder(plain(rowsOf(state, 'SELECT object, place, ts, actor, action, target, address, request, result FROM CFM_audit'))),
    hub: inOrder(plain(rowsOf(state, 'SELECT log, seq, id, ts FROM hub_audit'))),
  };
}
