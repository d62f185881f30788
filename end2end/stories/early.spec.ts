// A conversation that is pressed before the page lives.

import { marker } from '../harness/ids.ts';
import { expect, holdBack, test } from '../harness/people.ts';

test('a conversation pressed before the page lives is written in at once; what was sent there arrives once, the rest stays', async ({ company }) => {
  // A service worker would answer instead of the route of the story.
  const [writer, reader] = [await company.come({ serviceWorkers: 'block' }), await company.come()];
  await writer.signInAs('Rosa');
  await reader.signInAs('Emil');
  await reader.open('General');
  const program = await holdBack(writer.page, /\/pkg\/[^/]*\.wasm$/);
  await writer.page.goto(`${writer.base}/app`, { waitUntil: 'commit' });
  await program.asked;
  const [early, field] = [writer.page.locator('.early'), writer.composer()];
  const press = (name: string) => writer.page.getByRole('treeitem', { name: new RegExp(`^${name}`) }).click();
  const [first, second, third] = [marker(), marker(), marker()];

  await press('General');
  await expect(early.getByText('General')).toBeVisible();
  await expect(field).toBeFocused();
  await writer.say(first);
  await expect(early.getByRole('log')).toHaveText(`${first} Queued`);
  await expect(field).toHaveValue('');
  await writer.page.keyboard.type(`${second}\nunfinished`);
  // Another conversation keeps its own text.
  await press('Music');
  await expect(field).toHaveValue('');
  await writer.say(third);
  await press('General');
  await expect(field).toHaveValue('unfinished');

  program.release();
  await expect(early).toHaveCount(0);
  for (const words of [first, second]) await expect(reader.row('General', words)).toHaveCount(1);
  await expect(writer.page.getByRole('main').getByRole('heading', { name: 'General' })).toBeVisible();
  await expect(field).toHaveValue('unfinished');
  await expect(field).toBeFocused();
  await reader.open('Music');
  await expect(reader.row('Music', third)).toHaveCount(1);
});

test('on a phone the conversation of the address is there before the list is read, and its back button leads to the list for good', async ({ company }) => {
  const reader = await company.come({ viewport: { width: 390, height: 844 }, serviceWorkers: 'block' });
  await reader.signInAs('Nora');
  const program = await holdBack(reader.page, /\/pkg\/[^/]*\.wasm$/);
  await reader.page.goto(`${reader.base}/app?room=general`, { waitUntil: 'commit' });
  await program.asked;
  const early = reader.page.locator('.early');
  await expect(early.getByText('General')).toBeVisible();
  await reader.button('Back to contacts').click();
  await expect(early).toHaveCount(0);
  program.release();
  await reader.isHome();
  await expect(reader.log('General')).toHaveCount(0);
  await expect(reader.page).toHaveURL(`${reader.base}/app`);
});
