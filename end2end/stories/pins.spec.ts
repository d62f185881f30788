// messenger.md 3.4, ux.md 2.1: the pinned message under the header of its conversation.

import { violations } from '../harness/clean.ts';
import { marker } from '../harness/ids.ts';
import { action, allActions } from '../harness/message_actions.ts';
import { expect, test, type Person } from '../harness/people.ts';

const bar = (who: Person) => who.page.getByRole('main').getByRole('button', { name: /^Pinned:/ });

/** Chooses an action of a message by keyboard. */
async function press(who: Person, partner: string, text: string, name: string): Promise<void> {
  await (await action(who.row(partner, text).first(), name)).focus();
  await who.page.keyboard.press('Enter');
}

test('what one of two pins is over both logs, leads to its message, and goes with it @night', async ({ company }) => {
  const [farah, kofi] = [await company.come(), await company.come({ viewport: { width: 360, height: 700 } })];
  await farah.signInAs('Farah');
  await kofi.signInAs('Kofi');
  await farah.open('Kofi');
  await kofi.open('Farah');
  const [first, second] = [`Lock ${marker()} :)`, marker()];
  await farah.say(first);
  await expect(kofi.row('Farah', first.slice(0, 8))).toHaveCount(1);
  await press(farah, 'Kofi', first.slice(0, 8), 'Pin');
  for (const one of [farah, kofi]) await expect(bar(one)).toContainText(/^Pinned – Farah: Lock/);
  expect(await violations(kofi.page)).toEqual([]);
  const overflow = await kofi.page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  expect(overflow, 'scrolls sideways').toBeLessThanOrEqual(0);

  // The pinned message is now far above. A press on the bar leads there, after a reload as well.
  for (let n = 0; n < 8; n++) await farah.say(`${n} of eight${'\nand more'.repeat(8)}`);
  await expect(kofi.row('Farah', '7 of eight')).toHaveCount(1);
  await kofi.page.reload();
  await expect(bar(kofi)).toContainText('Lock');
  await expect(kofi.row('Farah', '7 of eight')).toBeVisible();
  await bar(kofi).focus();
  await kofi.page.keyboard.press('Enter');
  await expect(kofi.row('Farah', first.slice(0, 8))).toBeInViewport();

  // The other person pins a second message and unpins it. Later the message is pinned again and deleted.
  await kofi.say(second);
  await expect(farah.row('Kofi', second)).toHaveCount(1);
  await press(kofi, 'Farah', second, 'Pin');
  await expect(bar(farah)).toHaveText(`Pinned – Kofi: ${second}`);
  await press(farah, 'Kofi', second, 'Unpin');
  for (const one of [farah, kofi]) await expect(bar(one)).toHaveCount(0);
  await press(kofi, 'Farah', second, 'Pin');
  await expect(bar(farah)).toHaveText(`Pinned – Kofi: ${second}`);
  await press(kofi, 'Farah', second, 'Delete for everyone');
  for (const one of [farah, kofi]) await expect(bar(one)).toHaveCount(0);
});

test('in a group its owner pins, members see it @night', async ({ company }) => {
  const [theo, mia] = [await company.come(), await company.come()];
  await theo.signInAs('Theo');
  await mia.signInAs('Mia');
  const { data: me } = await (await mia.context.request.get(`${mia.base}/api/auth/me`)).json();
  const { data: own } = await (await theo.context.request.get(`${theo.base}/api/auth/me`)).json();
  const headers = { origin: theo.base, 'x-csrf-token': own.csrfToken };
  const name = `Crew ${marker()}`;
  await theo.context.request.post(`${theo.base}/api/rooms`, { data: { name, memberIds: [me.user.id] }, headers });
  await theo.open(name);
  await mia.open(name);
  const words = marker();
  await theo.say(words);
  await expect(mia.row(name, words)).toHaveCount(1);
  const row = mia.row(name, words).first();
  await expect((await allActions(row)).getByRole('button', { name: 'Pin' })).toHaveCount(0);
  await press(theo, name, words, 'Pin');
  for (const one of [theo, mia]) await expect(bar(one)).toHaveText(`Pinned – Theo: ${words}`);
});
