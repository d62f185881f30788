// core.md 5: a log has at most 1,024 sockets. The next one is refused before the upgrade, and a place that was left is free again.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bearer, freshUser } from '../harness/hopeflow.ts';
import { send } from '../harness/http.ts';
import { hubRoom } from '../harness/hub.ts';
import { JWT_SECRET } from '../harness/jwt.ts';
import { fixed } from '../harness/limits.ts';
import { TextSocket, UpgradeRefusal, replyOfRefusal } from '../harness/text_socket.ts';
import { address, freshStore } from '../harness/livestore.ts';
import { onOwnServer } from '../harness/suite.ts';
import { until } from '../harness/wait.ts';

const LOG_SOCKETS_MAX = fixed.socketsPerLog;
// Without a rate limit for rooms, one address may open more sockets than a room has places.
const { base } = await onOwnServer({ JWT_SECRET, RATE_HUB: '0' });

const doors: [string, string, Record<string, string>, number][] = [
  ['livestore', address(freshStore()), {}, 503],
  ['hopeflow', '/', bearer({ userId: freshUser() }), 429],
  ['messagehub', `/ws/${hubRoom()}`, {}, 429],
];
for (const [door, path, headers, status] of doors) {
  test(`${door}: the 1,025th socket is refused @night`, async () => {
    const lines: TextSocket[] = [];
    while (lines.length < LOG_SOCKETS_MAX) {
      lines.push(...(await Promise.all(Array.from({ length: 64 }, () => TextSocket.open(base, path, { headers })))));
    }
    const refused = await replyOfRefusal(base, path, { headers });
    assert.equal(refused.status, status);
    if (status === 429) assert.ok(Number(refused.headers['retry-after']) >= 1);
    await lines[0]!.close();
    const again = await until('a place is free', () => TextSocket.open(base, path, { headers }).catch(() => undefined));
    for (const line of [again, ...lines]) line.terminate();
  });
}

test('one address opens 1,000 sockets and streams of MessageHub in 10 s @night', async () => {
  const { base } = await onOwnServer();
  const [lines, began]: [TextSocket[], number] = [[], Date.now()];
  let inWindow = 0;
  let refused: number | undefined;
  while (refused === undefined && lines.length < 2_000) {
    const some = Array.from({ length: 50 }, (_, n) => TextSocket.open(base, `/ws/crowd-${n % 4}`));
    for (const one of await Promise.allSettled(some)) {
      if (one.status === 'fulfilled') lines.push(one.value);
      else refused = (one.reason as UpgradeRefusal).reply.status;
    }
    if (Date.now() - began < 10_000) inWindow = lines.length;
  }
  assert.equal(refused, 429);
  // A slow machine may open more sockets after the first window. Within the window there are at most 1,000.
  assert.ok(lines.length >= 1_000 && inWindow <= 1_000, `${lines.length}, ${inWindow} of them in the first 10 s`);
  const stream = await send(base, 'GET', '/rooms/crowd-5/events');
  assert.deepEqual([stream.status, JSON.parse(stream.text).code], [429, 'RATE_LIMITED']);
  assert.ok(Number(stream.headers['retry-after']) >= 1);
  assert.equal((await send(base, 'GET', '/rooms/crowd-5/messages')).status, 200, 'a page is no connection');
  for (const line of lines) line.terminate();
});
