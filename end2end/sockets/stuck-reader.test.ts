// core.md 5: a reader that takes nothing from its socket delays nobody else, however much is waiting for it.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { freshRoom } from '../harness/ids.ts';
import { FREE_OPEN_VARS } from '../harness/server.ts';
import { guest } from '../harness/session.ts';
import { FrameSocket } from '../harness/socket.ts';
import { onPooledServer } from '../harness/suite.ts';

const { base } = await onPooledServer(FREE_OPEN_VARS, true);

/** 6 KiB per message. All messages together exceed the buffers of a connection, which hold about ten MiB. */
const TEXT = '語'.repeat(2048);
const MESSAGES = 5_000;
const AT_ONCE = 100;

test('a stuck reader changes nothing for the others, and gets everything when it reads on @night', async () => {
  const room = freshRoom();
  const joined = async () => FrameSocket.joined(base, room, await guest(base), { heartbeat: true });
  const [stuck, writer, other] = [await joined(), await joined(), await joined()];
  stuck.pause();
  const before = stuck.frames.length;
  for (let seq = AT_ONCE; seq <= MESSAGES; seq += AT_ONCE) {
    await Promise.all(Array.from({ length: AT_ONCE }, () => writer.say(TEXT)));
    await other.next((frame) => frame.type === 'chat' && frame['seq'] === seq);
  }
  assert.ok(stuck.frames.length - before < MESSAGES / 10, 'it reads all the same');
  stuck.resume();
  await stuck.next((frame) => frame.type === 'chat' && frame['seq'] === MESSAGES);
  assert.equal(stuck.lastSeq, MESSAGES);
});
