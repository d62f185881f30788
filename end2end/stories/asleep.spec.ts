// Story 28 (demo.md), where nobody stirs: the room falls asleep under the eyes of the stage and of the presenter's panel, and
// the stage says how many sockets it held meanwhile, and what waking costs. The runtime puts an object to sleep after ten seconds in which nothing happens.

import { marker } from '../harness/ids.ts';
import { expect, test } from '../harness/people.ts';
import { begin, panel, ROOM } from '../harness/presenter.ts';
import { log, row, say, value } from '../harness/stage.ts';

/** The presenter's page, two devices, and for each device a reader of the stage. */
const SOCKETS = 5;

test('a room in which nobody stirs sleeps while the stage and the panel look at it; its sockets are held, and go on @night', async ({ company }) => {
  test.setTimeout(440_000);
  const presenter = await begin(company);
  const opened = presenter.context.waitForEvent('page');
  await panel(presenter).getByRole('link', { name: 'Open the stage' }).click();
  const stage = await opened;
  const talk = async () => {
    const line = marker();
    await say(stage, 1, line);
    await expect(row(stage, 2, line)).toBeVisible();
    await expect(presenter.row(ROOM, line)).toBeVisible();
  };
  for (const number of [1, 2] as const) await expect(log(stage, number)).toBeVisible({ timeout: 30_000 });
  // What is said is news to the stage: it looks at the numbers again while they are those of a room that is awake.
  await talk();
  const sockets = value(stage, 'sockets, held asleep');
  await expect(sockets).toHaveText(`${SOCKETS}, 0 held`, { timeout: 30_000 });

  const anew: string[] = [];
  for (const page of [presenter.page, stage]) page.on('websocket', (socket) => anew.push(new URL(socket.url()).pathname));
  await expect(sockets).toHaveText(`${SOCKETS}, ${SOCKETS} held`, { timeout: 150_000 });
  // Sooner or later it is the stage's own look that has to wake it: then it is told what that costs.
  await expect(value(stage, 'woken / awake call')).toHaveText(/^\d+ \/ \d+ ms$/, { timeout: 200_000 });
  // Whoever was in the room is in it on the sockets of before.
  await talk();
  expect(anew, 'sockets that were opened again').toEqual([]);
  await stage.close();
});
