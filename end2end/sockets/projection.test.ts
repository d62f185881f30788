// wasmchannel.md 5 and 6, leaving.md 2, messagehub.md 8: D1 follows the logs and never the other way round. The content of D1 is the same
// after a kill in the middle of a batch, and after it was emptied, damaged and rebuilt.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { account, type Account } from '../harness/accounts.ts';
import { Api, refused } from '../harness/api.ts';
import { hubRoom, page, post } from '../harness/hub.ts';
import { freshRoom, marker, uuid, uuidv7 } from '../harness/ids.ts';
import { PacketSocket } from '../harness/packet_socket.ts';
import { held, wanted } from '../harness/projection.ts';
import { guest, persona, type Session } from '../harness/session.ts';
import { onOwnServer } from '../harness/suite.ts';
import { inDatabase, inObject, objectsWith, rowsOf } from '../harness/tables.ts';
import { PATIENCE_MS, until } from '../harness/wait.ts';

const ADMIN_TOKEN = 'an admin token for tests';
const open = Object.fromEntries(['LOGIN', 'REGISTER', 'REST', 'CHAT', 'MUTATE', 'FRAME', 'PACKET', 'HUB', 'GUESS'].map((rule) => [`RATE_${rule}`, '0']));
const server = await onOwnServer({ ADMIN_TOKEN, OPEN_ROOMS: '1', ...open });
const { base, state } = server;
const admin = new Api(base, { authorization: `Bearer ${ADMIN_TOKEN}` });
const gone: string[] = [];

const say = async (one: Session, room: string, content: string = marker(), id: string = uuidv7()): Promise<string> => {
  await one.api.ok('POST', '/api/messages', { roomId: room, id, content });
  return id;
};
const edit = (one: Session, room: string, id: string, content: string) => one.api.ok('PATCH', `/api/messages/${id}`, { roomId: room, content });
const remove = (one: Session, room: string, id: string) => one.api.ok('DELETE', `/api/messages/${id}?roomId=${room}`);
const react = (one: Session, room: string, id: string, reaction: string, op = 'add') => one.api.ok('PUT', `/api/messages/${id}/react`, { roomId: room, reaction, op });

/** Creates every kind of data that the tables hold, through the regular doors. */
async function fill(): Promise<{ room: string; owner: Account; player: Session; group: string }> {
  const [owner, one, other, player] = [await account(base), await guest(base), await guest(base), await persona(base, 'user_7')];
  const [room, hub] = [freshRoom(), hubRoom()];
  const { id: group } = await owner.api.ok('POST', '/api/rooms', { name: 'Kept', memberIds: [] });
  const { id: away } = await owner.api.ok('POST', '/api/rooms', { name: 'Gone', memberIds: [] });
  await say(owner, away);
  await owner.api.ok('DELETE', `/api/rooms/${away}`);
  const { id: dm } = await player.api.ok('POST', '/api/rooms/dm', { userId: 'user_8' });
  await say(player, dm);
  await edit(owner, group, await say(owner, group), 'as the owner says now');
  const socket = await PacketSocket.joined(base, room, one.token);
  const [packet, deleted] = [uuid(), uuid()];
  await socket.said('in a packet', packet);
  await socket.said('in another', deleted);
  socket.send({ kind: 'Reaction', id: packet, reaction: 'Star' });
  await socket.next('Reaction');
  await react(other, room, packet, 'star');
  await react(other, room, packet, 'like');
  await react(other, room, packet, 'like', 'remove');
  await edit(one, room, packet, 'first edit');
  await edit(one, room, packet, 'second edit');
  await react(other, room, deleted, 'heart');
  await edit(one, room, deleted, 'about to go');
  await remove(one, room, deleted);
  for (let n = 0; n < 30; n += 1) await say(other, room, `line ${n}`);
  for (let n = 0; n < 5; n += 1) assert.equal((await post(base, hub, `${n}`)).status, 202);
  await socket.close();
  return { room, owner, player, group };
}

/** Lets a guest write, edit and react, and then delete the account. */
async function leave(room: string, owner: Account): Promise<void> {
  const one = await guest(base);
  const socket = await PacketSocket.joined(base, room, one.token);
  const theirs = await say(one, room, 'soon gone');
  await edit(one, room, theirs, 'gone as well');
  await react(owner, room, theirs, 'like');
  const others = await say(owner, room, 'stays');
  await react(one, room, others, 'heart');
  await react(owner, room, others, 'heart');
  assert.equal((await one.api.call('DELETE', '/api/me', { token: 'dev', messages: 'remove' })).status, 202);
  await socket.closed;
  await until('they are gone', () => objectsWith(state, "SELECT seq FROM events WHERE actor = ? AND kind = 'system'", one.user.id).length > 0);
  gone.push(one.user.id);
}

async function agrees(what: string): Promise<void> {
  const same = () => JSON.stringify(held(state)) === JSON.stringify(wanted(state, gone));
  await until(what, same, PATIENCE_MS, 1_000).catch(() => undefined);
  assert.deepEqual(held(state), wanted(state, gone), what);
}

/** Runs the script behind `cargo xtask rebuild-projection`. */
async function rebuild(): Promise<string> {
  const script = join(import.meta.dirname, '../../xtask/rebuild_projection.mjs');
  const { stdout } = await promisify(execFile)(process.execPath, [script], { env: { ...process.env, CFM_URL: base, ADMIN_TOKEN } });
  return stdout;
}

const { room, owner, player, group } = await fill();

test('killed in the middle of a batch, and everything delivered again: D1 is what the logs say @night', async () => {
  await leave(room, owner);
  const written = objectsWith(state, "SELECT seq FROM events WHERE kind = 'chat'").reduce((sum, { rows }) => sum + rows.length, 0);
  const known = () => rowsOf(state, 'SELECT id FROM messages').length;
  await until('the consumer is at work', () => known() > 0, PATIENCE_MS, 5);
  // More than one batch of the queue, of which each message has up to 20 rows.
  const late = 240;
  for (let n = 0; n < late; n += 1) await say(owner, room, `late ${n}`);
  const before = known();
  await until('it goes on', () => known() > before, PATIENCE_MS, 2);
  await server.kill9();
  assert.ok(known() < written + late, 'it died before it was done');
  // The local queue loses its content in a kill. The real queue delivers it again, also what was handled already; these resets imitate
  // that.
  const rooms = objectsWith(state, 'SELECT id FROM room WHERE told_seq > 0').flatMap(({ rows }) => rows.map((row) => row['id']));
  for (const id of rooms) inObject(state, ['SELECT 1 FROM room WHERE id = ? AND told_seq >= 0', id], 'UPDATE room SET told_seq = 0, told_bound = 1');
  assert.ok(rooms.includes(room));
  const hubs = objectsWith(state, 'SELECT id FROM room WHERE audited >= 0').flatMap(({ rows }) => rows.map((row) => row['id']));
  for (const id of hubs) inObject(state, ['SELECT 1 FROM room WHERE id = ? AND audited >= 0', id], 'UPDATE room SET audited = 0');
  await server.restart();
  // A request makes an object check its pending work.
  for (const id of rooms) for (const one of [owner, player]) await one.api.get(`/api/messages?roomId=${id}`);
  for (const id of hubs) await page(base, id);
  await say(owner, room, 'after all that');
  await agrees('after a kill');
});

test('emptied and spoilt, it is written again while people write, and a kill in the middle costs a repetition @night', async () => {
  await agrees('before');
  await server.kill9();
  inDatabase(state, `
    DELETE FROM messages WHERE seq % 3 = 0;
    UPDATE messages SET content = 'spoilt', user_id = 'nobody', content_seq = 9007199254740991, deleted_at = 5 WHERE seq % 3 = 1;
    INSERT INTO messages (id, room_id, user_id, content, created_at, updated_at, seq, client_id) VALUES ('x:1', 'x', 'u_x', 'never said', 1, 1, 1, 'x');
    INSERT INTO messages (id, room_id, user_id, content, created_at, updated_at, seq, client_id) VALUES ('y', '${room}', 'u_x', 'never said', 1, 1, 9999, 'y');
    INSERT INTO room_bounds VALUES ('${room}', 30) ON CONFLICT DO UPDATE SET oldest = 30;
    DELETE FROM room_bounds WHERE room_id <> '${room}';
    DELETE FROM gone_users;
    UPDATE users SET name = 'spoilt', created_at = 7;
    INSERT INTO users VALUES ('u_x', 'x@example.org', 'Nobody', NULL, 5), ('u_y', 'u_y@invalid', 'Nobody', NULL, 5);
    DELETE FROM CFM_audit WHERE place % 2 = 0;
    UPDATE CFM_audit SET actor = 'spoilt';
    INSERT INTO CFM_audit (object, place, ts, actor, action, target, address, request, result) SELECT object, 777, 5, 'x', 'never', '', '', '', 'ok' FROM CFM_audit LIMIT 1;
    DELETE FROM hub_audit WHERE seq = 2;
    UPDATE hub_audit SET id = 'spoilt', ts = 1;
  `);
  await server.restart();
  const first = await admin.ok('POST', '/api/admin/projection', {});
  assert.deepEqual([first.done, typeof first.after], [false, 'string']);
  const second = await admin.ok('POST', '/api/admin/projection', { after: first.after });
  await server.kill9();
  await server.restart();
  for (let { after } = second, steps = 0; steps < 2; steps += 1) ({ after = '' } = await admin.ok('POST', '/api/admin/projection', { after }));
  const writers = (async () => {
    for (let n = 0; n < 20; n += 1) await edit(owner, n % 2 ? room : group, await say(owner, n % 2 ? room : group), `meanwhile ${n}`);
  })();
  const said = await rebuild();
  await writers;
  assert.match(said, /^step 1: \d+ rooms, \d+ rows; next after .+\n(step \d+: .+\n)+done: \d+ rooms, \d+ rows\n$/);
  await agrees('written again');
  const runs = rowsOf(state, 'SELECT DISTINCT run FROM rebuilds').map((row) => row['run']);
  assert.deepEqual(runs, [Number(first.after.split(' ')[0])], 'no list is left but that of the run that nobody ended');
  assert.deepEqual(rowsOf(state, 'SELECT id, keeps_words FROM gone_users').map((row) => row['id']), gone, 'who is gone stays gone');
  assert.ok(rowsOf(state, 'SELECT room_id FROM room_bounds').length > 0, 'and so does what a deleted group said');

  const before = held(state);
  await rebuild();
  await agrees('written once more');
  assert.deepEqual(held(state)['messages'], before['messages']);
  assert.ok((await admin.ok('GET', '/api/admin/audit?what=rebuild')).items.length >= 3, 'who had it written is written down');
  // A step that is repeated after the end changes nothing.
  await admin.ok('POST', '/api/admin/projection', { after: first.after });
  const users = held(state)['users'];
  assert.deepEqual(users, before['users']);
});

test('it is the owner who has it written, with places that a step has said', async () => {
  refused(await new Api(base, {}).post('/api/admin/projection', {}), 401, 'UNAUTHENTICATED');
  refused(await owner.api.post('/api/admin/projection', {}), 401, 'UNAUTHENTICATED');
  const foreign = new Api(base, { authorization: `Bearer ${ADMIN_TOKEN}`, origin: 'https://other.example' });
  refused(await foreign.post('/api/admin/projection', {}), 403, 'ORIGIN_FORBIDDEN');
  for (const after of ['1 after x ', 7]) refused(await admin.post('/api/admin/projection', { after }), 400, 'VALIDATION');
  assert.deepEqual(objectsWith(state, "SELECT actor FROM audit WHERE action = 'rebuild' AND actor <> 'owner'"), []);
});
