// core.md 5: a log has at most 1,024 sockets.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { refused } from '../harness/api.ts';
import { freshRoom } from '../harness/ids.ts';
import { fixed, limits } from '../harness/limits.ts';
import { TextSocket } from '../harness/text_socket.ts';
import { FREE_OPEN_VARS } from '../harness/server.ts';
import { guest, type Session } from '../harness/session.ts';
import { FrameSocket, upgradeRefused } from '../harness/socket.ts';
import { onPooledServer } from '../harness/suite.ts';
import { until } from '../harness/wait.ts';

const LOG_SOCKETS_MAX = fixed.socketsPerLog;
const OWN_SOCKETS_MAX = limits.socketsPerRoom;

const { base } = await onPooledServer(FREE_OPEN_VARS, true);

test('the 1,025th socket of a room is refused by its handshake, and a place that is left is free again @night', async () => {
  const path = `/api/ws/room/${freshRoom()}`;
  const open = ({ token }: Session) => TextSocket.open(base, path, { headers: { authorization: `Bearer ${token}` }, protocols: ['cfm.v1'] });
  const lines: TextSocket[] = [];
  const beat = setInterval(() => lines.forEach((line) => line.isOpen() && line.text('ping')), 20_000);
  after(() => clearInterval(beat));
  while (lines.length < LOG_SOCKETS_MAX) {
    const people = await Promise.all(Array.from({ length: 8 }, () => guest(base)));
    lines.push(...(await Promise.all(people.flatMap((one) => Array.from({ length: OWN_SOCKETS_MAX }, () => open(one))))));
  }
  assert.equal(lines.length, LOG_SOCKETS_MAX);
  const late = await guest(base);
  refused(await upgradeRefused(base, path, { session: late, protocols: [] }), 429, 'RATE_LIMITED');
  const headers = { origin: base, authorization: `Bearer ${late.token}` };
  const browser = await FrameSocket.open(base, path, { headers });
  await browser.closedWith(4429);
  assert.deepEqual(browser.frames, []);
  assert.ok(lines.every((line) => line.isOpen()), 'nobody had to go for it');
  await lines[0]!.close();
  const again = await until('a place is free', () => open(late).catch(() => undefined));
  assert.equal((await again.nextJson()).type, 'welcome');
});
