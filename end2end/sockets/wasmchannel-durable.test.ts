// wasmchannel.md 5, 6 and 9: an echoed packet survives every kill, and the tables follow. `cargo xtask bench` measures the delay.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { freshRoom, uuid } from '../harness/ids.ts';
import { PacketSocket } from '../harness/packet_socket.ts';
import { guest } from '../harness/session.ts';
import { onOwnServer } from '../harness/suite.ts';
import { rowsOf } from '../harness/tables.ts';
import { PATIENCE_MS, until } from '../harness/wait.ts';

const server = await onOwnServer({ OPEN_ROOMS: '1', RATE_LOGIN: '0', RATE_REGISTER: '0', RATE_PACKET: '0', RATE_CHAT: '0', RATE_FRAME: '0' });
const { base } = server;

const messagesOf = (room: string) => rowsOf(server.state, 'SELECT * FROM messages WHERE room_id = ? ORDER BY seq', room);

test('kill -9 after the echo: REST has it at once, D1 has it once', async () => {
  const [one, room] = [await guest(base), freshRoom()];
  const socket = await PacketSocket.joined(base, room, one.token);
  // The local queue loses its content in a kill, unlike the real one. These packets come so quickly that the room still holds them at the
  // kill.
  const id = uuid();
  for (let n = 0; n < 3; n += 1) socket.say(`before ${n}`, `b-${n}`);
  await socket.said('kept', id);
  await server.kill9();
  await socket.closed;
  await server.restart();
  const { messages } = await one.api.ok('GET', `/api/messages?roomId=${room}&cursor=`);
  assert.deepEqual([messages[0].id, messages[0].message, messages.length], [id, 'kept', 4]);
  const rows = await until('the tables have all of it', () => messagesOf(room).length === 4 && messagesOf(room), PATIENCE_MS, 200);
  const row = rows.at(-1)!;
  assert.deepEqual(
    [row['id'], row['user_id'], row['content'], row['seq'], row['client_id'], row['deleted_at']],
    [`${room}:4`, one.user.id, 'kept', 4, id, null],
  );
  assert.deepEqual(rows.map((row) => row['seq']), [1, 2, 3, 4]);
  const [person] = await until('the person too', () => {
    const found = rowsOf(server.state, 'SELECT * FROM users WHERE id = ?', one.user.id);
    return found.length > 0 && found;
  });
  assert.deepEqual([person!['email'], person!['name']], [`${one.user.id}@invalid`, one.user.displayName]);
});
