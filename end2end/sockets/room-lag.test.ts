// core.md 5, messenger.md 5.4: slow readers. A reader that reports its position and falls more than 1,000 events behind is told so. The
// reader then gets no events until it has asked for the rest. A reader that never reports always gets every event.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { freshRoom, uuidv7 } from '../harness/ids.ts';
import { FREE_OPEN_VARS } from '../harness/server.ts';
import { guest } from '../harness/session.ts';
import { FrameSocket, type Frame } from '../harness/socket.ts';
import { onPooledServer } from '../harness/suite.ts';

const LAG_EVENTS_MAX = 1_000;
const PORTION = 60;

const { base } = await onPooledServer(FREE_OPEN_VARS, true);

test('lag, silence, and after a replay everything once and live again', async () => {
  const room = freshRoom();
  const writer = await FrameSocket.joined(base, room, await guest(base), { protocols: ['cfm.v1.batch', 'cfm.v1'] });
  const reader = await FrameSocket.joined(base, room, await guest(base));
  const silent = await FrameSocket.joined(base, room, await guest(base));
  reader.send({ type: 'cursor', seq: 0 });
  await reader.barrier();
  let head = 0;
  while (head <= LAG_EVENTS_MAX) {
    const frames = Array.from({ length: PORTION }, (_, n) => ({ type: 'chat', id: uuidv7(), content: `${head + n + 1}` }));
    writer.send(frames);
    head = (await writer.answerTo(frames.at(-1)!.id))['seq'];
  }

  const lag = await reader.next('lag');
  assert.ok(lag['head'] > LAG_EVENTS_MAX && lag['head'] <= head, `${lag['head']} of ${head}`);
  const received = reader.lastSeq!;
  assert.ok(received <= LAG_EVENTS_MAX && received > LAG_EVENTS_MAX - 2 * PORTION, `${received}`);
  head = (await writer.say('while it is behind'))['seq'];
  await reader.never((frame) => frame['content'] === 'while it is behind', 'told to a reader that is behind');
  assert.equal(reader.lastSeq, received);
  assert.equal(reader.all('lag').length, 1, 'it is told once');
  await silent.next((frame) => frame['seq'] === head);

  // The test client itself checks for gaps, in the pages and between them and the live events.
  for (;;) {
    reader.send({ type: 'history', since: reader.lastSeq, limit: 200 });
    const page: Frame = await reader.next('history');
    if (page['more'] !== true) break;
  }
  assert.equal(reader.lastSeq, head);
  const { seq } = await writer.say('live again');
  await reader.next((frame) => frame.type === 'chat' && frame['content'] === 'live again' && frame['seq'] === seq);
  assert.equal(reader.all('lag').length, 1);
  await silent.next((frame) => frame['seq'] === seq);
  assert.equal(silent.all('lag').length, 0);
});
