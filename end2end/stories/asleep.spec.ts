// Story 28 (docs/protocol/demo.md), where nobody stirs: the room falls asleep under the eyes of the stage and of the presenter's panel, and
// the stage says how many sockets it held meanwhile, and what waking costs. The runtime puts an object to sleep after ten seconds in which nothing happens.

import { marker } from '../harness/ids.ts';
import { expect, test } from '../harness/people.ts';
import { begin, panel, ROOM } from '../harness/presenter.ts';

/** The presenter's page, two devices, and for each device a reader of the stage. */
const SOCKETS = 5;

test('a room in which nobody stirs sleeps while the stage and the panel look at it; its sockets are held, and go on', async ({ company }) => {
  test.setTimeout(440_000);
  const presenter = await begin(company);
  const opened = presenter.context.waitForEvent('page');
  await panel(presenter).getByRole('link', { name: 'Open the stage' }).click();
  const stage = await opened;
  const device = (number: 1 | 2) => stage.frameLocator(`iframe[title^="Device ${number}"]`);
  const row = (number: 1 | 2, line: string) => device(number).getByRole('log', { name: `Conversation with ${ROOM}` }).getByRole('listitem').filter({ hasText: line });
  const say = async (line: string) => {
    const composer = device(1).getByRole('textbox', { name: 'Message', exact: true });
    await composer.fill(line);
    await composer.press('Enter');
    await expect(row(2, line)).toBeVisible();
    await expect(presenter.row(ROOM, line)).toBeVisible();
  };
  for (const number of [1, 2] as const) await expect(device(number).getByRole('log', { name: `Conversation with ${ROOM}` })).toBeVisible({ timeout: 30_000 });
  // What is said is news to the stage: it looks at the numbers again while they are those of a room that is awake.
  await say(marker());
  const sockets = stage.locator('dl > div').filter({ has: stage.getByRole('term').getByText('sockets, held asleep', { exact: true }) });
  await expect(sockets.getByRole('definition')).toHaveText(`${SOCKETS}, 0 held`, { timeout: 30_000 });

  const anew: string[] = [];
  for (const page of [presenter.page, stage]) page.on('websocket', (socket) => anew.push(new URL(socket.url()).pathname));
  await expect(sockets.getByRole('definition')).toHaveText(`${SOCKETS}, ${SOCKETS} held`, { timeout: 150_000 });
  // Sooner or later it is the stage's own look that has to wake it: then it is told what that costs.
  const cost = stage.locator('dl > div').filter({ has: stage.getByRole('term').getByText('woken / awake call', { exact: true }) });
  await expect(cost.getByRole('definition')).toHaveText(/^\d+ \/ \d+ ms$/, { timeout: 200_000 });
  // Whoever was in the room is in it on the sockets of before.
  await say(marker());
  expect(anew, 'sockets that were opened again').toEqual([]);
  await stage.close();
});
