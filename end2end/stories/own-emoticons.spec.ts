// files.md 4: a person adds a small picture with a code of their own; others see it and keep it.

import type { Locator } from '@playwright/test';
import { account } from '../harness/accounts.ts';
import { violations } from '../harness/clean.ts';
import { movingGif, photo, upload } from '../harness/files.ts';
import { marker, uuidv7 } from '../harness/ids.ts';
import { action } from '../harness/message_actions.ts';
import { expect, holdBack, isLoaded, test, type Person } from '../harness/people.ts';
import { signUp } from '../harness/sign_up.ts';

const picker = (who: Person): Locator => who.page.getByRole('dialog', { name: 'Emoticons', exact: true });
const list = (who: Person): Locator => who.page.getByRole('dialog', { name: 'Your emoticons' });

async function openYours(who: Person): Promise<void> {
  await who.button('Emoticons').click();
  await picker(who).getByRole('tab', { name: 'Yours' }).click();
  await expect(picker(who).getByRole('tabpanel', { name: 'Yours' })).toBeVisible();
}

async function openList(who: Person): Promise<void> {
  await openYours(who);
  await picker(who).getByRole('button', { name: 'Add or edit…' }).click();
  await expect(list(who)).toBeVisible();
}

async function choose(who: Person, name: string, mimeType: string, buffer: Buffer): Promise<void> {
  const chooser = who.page.waitForEvent('filechooser');
  await list(who).getByRole('button', { name: 'Choose a picture…' }).click();
  await (await chooser).setFiles([{ name, mimeType, buffer }]);
  await expect(list(who).getByRole('textbox', { name: 'Code' })).toBeFocused();
}

test('a picture gets a code, is sent by it, seen by the other, and kept @night', async ({ company }) => {
  // The browser logs refused requests.
  const [mia, bo] = [await company.come({ outage: true }), await company.come({ outage: true })];
  const names = [(await signUp(mia)).name, (await signUp(bo)).name];
  for (const who of [mia, bo]) await who.open('General');

  await openList(mia);
  await choose(mia, 'dot.gif', 'image/gif', movingGif());
  await mia.page.keyboard.type('mia');
  await list(mia).getByRole('textbox', { name: 'Description' }).fill('A dot');
  await list(mia).getByRole('button', { name: 'Add', exact: true }).click();
  await expect(list(mia).getByRole('alert')).toContainText('You can’t use this code');
  await expect(list(mia).getByRole('textbox', { name: 'Code' })).toHaveAccessibleDescription(/^You can’t use this code/);
  await list(mia).getByRole('textbox', { name: 'Code' }).fill('(mia)');
  await list(mia).getByRole('checkbox', { name: 'Others can save it' }).check();
  await list(mia).getByRole('textbox', { name: 'Code' }).press('Enter');
  const row = list(mia).getByRole('listitem');
  await expect(row).toHaveCount(1);
  await expect(row.getByRole('checkbox')).toBeChecked();
  expect(await violations(mia.page)).toEqual([]);

  // A large picture is scaled down, and a code in use must be changed.
  await choose(mia, 'big.png', 'image/png', photo(900, 700, 90));
  await mia.page.keyboard.type('(mia)');
  await list(mia).getByRole('textbox', { name: 'Description' }).fill('A wall');
  await list(mia).getByRole('button', { name: 'Add', exact: true }).click();
  await expect(list(mia).getByRole('alert')).toContainText('This code is already used');
  await list(mia).getByRole('textbox', { name: 'Code' }).fill('(wall)');
  await list(mia).getByRole('button', { name: 'Add', exact: true }).click();
  await expect(row).toHaveCount(2);
  await list(mia).getByRole('button', { name: 'Done' }).click();

  const words = marker();
  await mia.say(`${words} (mia) (wall) :)`);
  for (const [who, from] of [[mia, names[0]!], [bo, names[0]!]] as const) {
    const line = who.log('General').getByRole('listitem').filter({ hasText: words });
    for (const name of ['A dot (mia)', 'A wall (wall)']) {
      const image = line.getByRole('img', { name });
      await expect(image, from).toBeVisible();
      await expect.poll(() => isLoaded(image)).toBe(true);
      const box = (await image.boundingBox())!;
      expect(Math.max(box.width, box.height)).toBeLessThanOrEqual(48);
    }
  }

  const line = bo.log('General').getByRole('listitem').filter({ hasText: words });
  await (await action(line, 'Save these emoticons')).press('Enter');
  const keeping = bo.page.getByRole('dialog', { name: 'Save these emoticons' });
  await keeping.getByRole('button', { name: 'Save this emoticon: A wall (wall)' }).click();
  await expect(keeping.getByRole('status')).toContainText('doesn’t let others save this emoticon');
  await keeping.getByRole('button', { name: 'Save this emoticon: A dot (mia)' }).click();
  await expect(keeping.getByRole('status')).toContainText('has been added to your emoticons');
  await keeping.getByRole('button', { name: 'Done' }).click();
  await openYours(bo);
  await picker(bo).getByRole('button', { name: 'A dot (mia)' }).click();
  await expect(bo.composer()).toHaveValue('(mia) ');
  const again = marker();
  await bo.composer().pressSequentially(again);
  await bo.composer().press('Enter');
  await expect(mia.log('General').getByRole('listitem').filter({ hasText: again }).getByRole('img', { name: 'A dot (mia)' })).toBeVisible();

  // After the emoticon was changed and removed, the message still shows the original.
  await openList(mia);
  await row.filter({ hasText: '(mia)' }).getByRole('button', { name: 'Edit' }).click();
  await list(mia).getByRole('textbox', { name: 'Code' }).fill('(dot)');
  await list(mia).getByRole('button', { name: 'Save' }).click();
  await expect(row.filter({ hasText: '(dot)' })).toHaveCount(1);
  await list(mia).getByRole('button', { name: 'Remove “A dot (dot)”' }).click();
  await expect(row).toHaveCount(1);
  await list(mia).getByRole('button', { name: 'Done' }).click();
  await mia.page.reload();
  await expect(mia.log('General').getByRole('listitem').filter({ hasText: words }).getByRole('img', { name: 'A dot (mia)' })).toBeVisible();
});

test('a list that comes when the picker is already open leaves it open, and the focus where it is @night', async ({ company }) => {
  const mia = await company.come({ serviceWorkers: 'block' });
  const list = await holdBack(mia.page, /\/api\/me\/emoticons$/);
  await signUp(mia);
  await mia.open('General');
  await list.asked;
  await mia.button('Emoticons').click();
  const first = picker(mia).getByRole('tabpanel').getByRole('button').first();
  await expect(first).toBeFocused();
  const come = mia.page.waitForResponse(/\/api\/me\/emoticons$/);
  list.release();
  await (await come).finished();
  await mia.page.evaluate(() => new Promise((shown) => requestAnimationFrame(() => requestAnimationFrame(shown))));
  await expect(first).toBeFocused();
  await picker(mia).getByRole('tab', { name: 'Yours' }).click();
  await expect(picker(mia).getByRole('tabpanel', { name: 'Yours' })).toBeVisible();
});

test('one that moves does so once, and again under the pointer; where nothing is to move it stands @night', async ({ company }) => {
  const [mia, calm] = [await company.come(), await company.come({ reducedMotion: 'reduce' })];
  await signUp(mia);
  await signUp(calm);
  for (const who of [mia, calm]) await who.open('General');
  await openList(mia);
  await choose(mia, 'dot.gif', 'image/gif', movingGif());
  await mia.page.keyboard.type('(mia)');
  await list(mia).getByRole('textbox', { name: 'Description' }).fill('A dot');
  await list(mia).getByRole('button', { name: 'Add', exact: true }).click();
  await expect(list(mia).getByRole('listitem')).toHaveCount(1);
  await list(mia).getByRole('button', { name: 'Done' }).click();
  const words = marker();
  await mia.say(`${words} (mia)`);
  const image = (who: Person) => who.log('General').getByRole('listitem').filter({ hasText: words }).getByRole('img', { name: 'A dot (mia)' });
  const source = (who: Person) => image(who).evaluate((element) => (element as HTMLImageElement).src);
  await expect(image(mia)).toBeVisible();
  await expect.poll(() => source(mia)).toMatch(/^blob:/);
  const first = await source(mia);
  await image(mia).hover();
  await expect.poll(() => source(mia)).not.toBe(first);
  await expect(image(calm)).toBeVisible();
  await expect.poll(() => source(calm)).toMatch(/^blob:/);
  const still = await source(calm);
  await image(calm).hover();
  await calm.page.mouse.move(1, 1);
  expect(await source(calm)).toBe(still);
});

test('guests see them and have none of their own @night', async ({ company }) => {
  const guest = await company.come();
  await guest.signInAsGuest('Visitor');
  await guest.open('General');
  const writer = await account(company.server.base);
  const { id: fileId } = await upload(writer, movingGif(), 'dot.gif');
  const { code, alt } = await writer.api.ok('POST', '/api/me/emoticons', { code: '(dot)', fileId, alt: 'A dot' });
  const words = marker();
  await writer.api.ok('POST', '/api/messages', { roomId: 'general', id: uuidv7(), content: `${words} ${code}`, emoticons: [{ code, fileId, alt }] });
  const image = guest.row('General', words).getByRole('img', { name: 'A dot (dot)' });
  await expect(image).toBeVisible();
  await expect.poll(() => isLoaded(image)).toBe(true);
  await guest.button('Emoticons').click();
  await expect(picker(guest).getByRole('tab', { name: 'Recent' })).toBeVisible();
  await expect(picker(guest).getByRole('tab', { name: 'Yours' })).toHaveCount(0);
});
