// The copy of what stands that a public room obeys (moderation.md 2.1). The rule of the room is written behind the back of the room, as if an act
// had been done where another isolate runs; the clock decides when the copy is too old.

import { runInDurableObject } from 'cloudflare:test';
import { afterEach, expect, test, vi } from 'vitest';
import { at, freshRoom, guest, rows, stubOf, WorkerSocket } from './door.ts';

/** Age from which on a copy is asked for before a frame is answered (`MODERATION_COPY_MS`). */
const COPY_MS = 5_000;
const flags = () => stubOf('FLAGS', 'flags:global');

afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

const close = (room: string) => rows(flags(), 'INSERT INTO room_rules VALUES (?, 0, 1)', room);
const open = (room: string) => rows(flags(), 'DELETE FROM room_rules WHERE room = ?', room);

/** Time of the last wait. */
let clock = 0;

/** Makes every copy too old. The clock goes on from test to test, because the copy of the isolate outlives a test. */
function wait(): void {
  clock = Math.max(clock, Date.now()) + COPY_MS;
  at(clock);
}

/** Says something; returns the type of the answer, or the code of the refusal. */
async function say(line: WorkerSocket): Promise<string> {
  const { type, code } = await line.ask({ type: 'chat', content: 'hello' });
  return code ?? type;
}

/** Opens a room whose copy was made at the present time, where the clock stands still. */
async function entered(): Promise<[string, WorkerSocket]> {
  const [room, one] = [freshRoom(), await guest()];
  const line = await WorkerSocket.room(room, one);
  wait();
  expect(await say(line)).toBe('ack');
  return [room, line];
}

test('a room obeys a copy that is not too old, and then what stands', async () => {
  const [room, line] = await entered();
  await close(room);
  expect(await say(line), 'the copy is young').toBe('ack');
  wait();
  expect(await say(line)).toBe('ROOM_CLOSED');
  await open(room);
  expect(await say(line), 'this copy is young, too').toBe('ROOM_CLOSED');
  wait();
  expect(await say(line)).toBe('ack');
  line.close();
});

test('while nobody says what stands the last copy counts, however old it is', async () => {
  const [room, line] = await entered();
  await close(room);
  wait();
  expect(await say(line)).toBe('ROOM_CLOSED');
  await open(room);
  let asked = 0;
  await runInDurableObject(flags(), (instance: DurableObject) => {
    vi.spyOn(instance, 'fetch').mockImplementation(async (request: Request) => {
      if (new URL(request.url).pathname === '/moderation') asked += 1;
      return new Response('away', { status: 500 });
    });
  });
  for (let n = 0; n < 3; n += 1) {
    wait();
    expect(await say(line), `question ${n}`).toBe('ROOM_CLOSED');
  }
  expect(asked).toBeGreaterThanOrEqual(3);
  vi.restoreAllMocks();
  wait();
  expect(await say(line)).toBe('ack');
  line.close();
});
