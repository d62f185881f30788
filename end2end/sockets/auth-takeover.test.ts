// sign-in.md 1: a persona that was idle for 120 s can be taken over; the old session and its sockets end. The test waits for the real
// 120 s, while the other files run.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { refused } from '../harness/api.ts';
import { CAST } from '../harness/cast.ts';
import { freshRoom } from '../harness/ids.ts';
import { login, persona } from '../harness/session.ts';
import { FrameSocket } from '../harness/socket.ts';
import { onSharedServer } from '../harness/suite.ts';
import { PATIENCE_MS, moment, until } from '../harness/wait.ts';

const base = await onSharedServer();
const IDLE_MS = 120_000;

test('takeover works when the old session was idle for 120 s, not before @night', async () => {
  const [userId] = CAST.takeover;
  const old = await persona(base, userId);
  // An open room socket with its heartbeat is no activity, because the person may have left the desk.
  const socket = await FrameSocket.joined(base, freshRoom(), old, { heartbeat: true });
  // The second of two uses within a minute must count, too.
  await socket.say('here');
  await moment(Date.now() + 3_000);
  await socket.say('and gone');
  const idleSinceMs = Date.now();
  refused(await login(base, { userId, takeover: true }), 409, 'PERSONA_TAKEN');

  const taken = await until(
    'the takeover',
    async () => {
      const answer = await login(base, { userId, takeover: true });
      if (answer.status === 200) return answer;
      refused(answer, 409, 'PERSONA_TAKEN');
      return undefined;
    },
    IDLE_MS + PATIENCE_MS,
    1_000,
  );
  const afterMs = Date.now() - idleSinceMs;
  assert.ok(afterMs >= IDLE_MS - 1_000, `taken after ${afterMs} ms`);
  assert.equal(taken.data.user.id, userId);
  await socket.closedWith(4409);
  refused(await old.api.get('/api/auth/me'), 401, 'UNAUTHENTICATED');
});
