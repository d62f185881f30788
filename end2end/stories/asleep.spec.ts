// The stage with an idle room (demo.md): the room falls asleep while the stage and the presenter's panel watch it. The stage shows how many
// sockets it kept while asleep, and the cost of waking it. The runtime puts an object to sleep after ten seconds without an event.

import { marker } from '../harness/ids.ts';
import { expect, test } from '../harness/people.ts';
import { begin, panel, ROOM } from '../harness/presenter.ts';
import { log, row, say, value } from '../harness/stage.ts';

/** The presenter's page, two devices, and one reader of the stage per device. */
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
  // New messages make the stage read the numbers again while the room is still awake.
  await talk();
  const sockets = value(stage, 'sockets, kept while asleep');
  await expect(sockets).toHaveText(`${SOCKETS}, 0 kept`, { timeout: 30_000 });

  const anew: string[] = [];
  for (const page of [presenter.page, stage]) page.on('websocket', (socket) => anew.push(new URL(socket.url()).pathname));
  await expect(sockets).toHaveText(`${SOCKETS}, ${SOCKETS} kept`, { timeout: 150_000 });
  // At some point the stage's own request has to wake the room, and it then shows the cost.
  await expect(value(stage, 'cold / warm call')).toHaveText(/^\d+ \/ \d+ ms$/, { timeout: 200_000 });
  // Everybody is still in the room on the same sockets.
  await talk();
  expect(anew, 'sockets that were opened again').toEqual([]);
  await stage.close();
});
