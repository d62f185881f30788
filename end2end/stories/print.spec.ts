// A printed conversation has all lines, dark on white in every theme, and no controls.

import { marker } from '../harness/ids.ts';
import { expect, test } from '../harness/people.ts';

const MESSAGES = 6;
const LINES = 12;

test('a conversation prints from its first line to its last, dark on white, without controls @night', async ({ company }) => {
  const writer = await company.come();
  const { page } = writer;
  await writer.signInAsGuest('Paper');
  await page.emulateMedia({ colorScheme: 'dark' });
  await writer.open('General');
  const mark = marker();
  const lines = Array.from({ length: LINES }, (_, n) => `line ${n}`).join('\n');
  for (let n = 1; n <= MESSAGES; n += 1) await writer.say(`${mark} page ${n}.\n${lines}`);
  const rows = writer.row('General', mark);
  await expect(rows).toHaveCount(MESSAGES);
  await expect(rows.last()).toContainText('Sent');
  const log = writer.log('General');
  // The log must exceed the screen, otherwise the test would prove nothing.
  expect(await log.evaluate((element) => element.scrollHeight > element.clientHeight)).toBe(true);

  await page.emulateMedia({ media: 'print', colorScheme: 'dark' });
  expect(await log.evaluate((element) => element.scrollHeight - element.clientHeight)).toBe(0);
  const cut = await log.evaluate((element) => {
    const below = element.getBoundingClientRect().bottom;
    const around: string[] = [];
    for (let box = element.parentElement; box !== null; box = box.parentElement) {
      const clips = getComputedStyle(box).overflowY !== 'visible' && box !== document.documentElement;
      if (clips && box.getBoundingClientRect().bottom < below - 1) around.push(box.className);
    }
    return around;
  });
  expect(cut).toEqual([]);
  await expect(page.getByRole('heading', { name: 'General' }).first()).toBeVisible();
  for (const control of [writer.composer(), writer.contacts(), writer.myStatus(), writer.button('Send'), writer.button('Nudge')]) {
    await expect(control).toBeHidden();
  }
  // Other people write in this room too, and their rows may show reactions or edits as buttons. So only our own rows are checked.
  const pressed = { visible: true };
  await expect(rows.getByRole('button').filter(pressed)).toHaveCount(0);
  await expect(page.getByRole('main').locator('button:not([role="log"] *)').filter(pressed)).toHaveCount(0);

  const text = rows.last().getByText(`${mark} page ${MESSAGES}.`);
  const [ink, grounds] = await text.evaluate((element) => {
    const found: string[] = [];
    for (let box: Element | null = element; box !== null; box = box.parentElement) found.push(getComputedStyle(box).backgroundColor);
    return [getComputedStyle(element).color, found] as const;
  });
  const channels = (color: string) => [...color.matchAll(/[\d.]+/g)].map(Number);
  expect(Math.max(...channels(ink).slice(0, 3)), `ink ${ink}`).toBeLessThan(100);
  const painted = grounds.map(channels).find(([, , , alpha = 1]) => alpha > 0) ?? [255, 255, 255];
  expect(Math.min(...painted.slice(0, 3)), grounds.join(' ')).toBeGreaterThan(240);
});
