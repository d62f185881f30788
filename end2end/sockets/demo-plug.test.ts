// demo.md: the presenter of a demo room pulls the plug of `cargo xtask serve`. The process of the Worker is really killed, comes back on
// its own on the same port and state, and every acknowledged message is there.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Api, refused } from '../harness/api.ts';
import { uuidv7 } from '../harness/ids.ts';
import { FrameSocket } from '../harness/socket.ts';
import type { Session } from '../harness/session.ts';
import { onOwnServer } from '../harness/suite.ts';
import { until, within } from '../harness/wait.ts';

const LIMITS = { RATE_CHAT: '0', RATE_FRAME: '0', RATE_REST: '0', RATE_DEMO_ROOM: '0', RATE_DEMO_JOIN: '0' };
const server = await onOwnServer(LIMITS);
const { base } = server;

interface Joined {
  code: string;
  roomId: string;
  sessionId: string;
  user: Session['user'];
}

/** Turns a participant of a demo room into a session of the harness. */
const asSession = (joined: Joined): Session =>
  ({ token: joined.sessionId, user: joined.user, api: new Api(base, { authorization: `Bearer ${joined.sessionId}` }) }) as Session;

test('pulled while somebody writes, it is in again by itself, and what was acknowledged is there once', async () => {
  assert.deepEqual((await new Api(base).get('/demo/plug')).data, { isThere: true });
  const room: Joined = (await new Api(base).post('/demo/rooms', {})).data;
  const guest: Joined = (await new Api(base).post(`/demo/rooms/${room.code}/join`, { displayName: 'Somebody' })).data;
  const [presenter, writer] = [asSession(room), asSession(guest)];
  const socket = await FrameSocket.joined(base, room.roomId, writer);
  const written = Array.from({ length: 60 }, (_, n) => ({ id: uuidv7(), content: `line ${n}` }));

  // Other people cannot pull the plug.
  refused(await writer.api.post(`/demo/rooms/${room.code}/plug`, {}), 403, 'FORBIDDEN');
  refused(await new Api(base).post(`/demo/rooms/${room.code}/plug`, {}), 401, 'UNAUTHENTICATED');
  const before = server.runtimePids();
  for (const { id, content } of written) socket.chat(content, { id });
  await socket.next((frame) => frame.type === 'ack' && frame['id'] === written[20]!.id);
  // There may be no answer, because the answering process is dead.
  await presenter.api.post(`/demo/rooms/${room.code}/plug`, {}).catch(() => undefined);
  await within('the socket notices', socket.closed);
  // No process listens until the Worker has restarted.
  const answers = async () => (await new Api(base).get('/demo/plug').catch(() => undefined))?.status === 200;
  await until('another process answers', async () => server.runtimePids().every((pid) => !before.includes(pid)) && (await answers()));

  const acked = socket.all('ack');
  const page = await writer.api.ok('GET', `/api/messages?roomId=${room.roomId}&limit=200`);
  const byId = new Map(page.messages.map((event: any) => [event.id, event.seq]));
  for (const ack of acked) assert.equal(byId.get(ack['id']), ack['seq'], 'acknowledged and kept');
  const back = await FrameSocket.room(base, room.roomId, writer, { query: { since: socket.lastSeq ?? 0, epoch: socket.epoch } });
  assert.equal((await back.next('welcome'))['resumed'], true);
  for (const { id, content } of written) assert.equal((await back.say(content, { id }))['duplicate'], byId.has(id));
  await back.close();
});

test('where ENV is not dev there is no plug, whatever the variable says @night', async () => {
  const production = await onOwnServer({ ...LIMITS, ENV: 'production' });
  assert.deepEqual((await new Api(production.base).get('/demo/plug')).data, { isThere: false });
  const room: Joined = (await new Api(production.base).post('/demo/rooms', {})).data;
  refused(await new Api(production.base, { authorization: `Bearer ${room.sessionId}` }).post(`/demo/rooms/${room.code}/plug`, {}), 404, 'NOT_FOUND');
});
