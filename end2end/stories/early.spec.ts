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

test('at a desk a conversation that opens with the page has its place before, and takes that of no button', async ({ company }) => {
  const reader = await company.come({ serviceWorkers: 'block' });
  await reader.signInAs('Rosa');
  const [main, root] = [reader.page.getByRole('main'), reader.page.locator('html')];
  await expect(main.getByRole('button', { name: 'Say hi in General' })).toBeVisible();
  await reader.open('General');
  await reader.page.addInitScript(() => {
    const look = (): void => {
      const isSeen = (button: Element): boolean => button.textContent!.includes('Say hi in General') && button.checkVisibility();
      if ([...document.querySelectorAll('main button')].some(isSeen)) document.documentElement.dataset.seen = 'a button';
      requestAnimationFrame(look);
    };
    look();
  });
  const top = async (): Promise<number> => (await main.boundingBox())!.y;
  for (const address of ['/app', '/app?room=general']) {
    const program = await holdBack(reader.page, /\/pkg\/[^/]*\.wasm$/);
    await reader.page.goto(`${reader.base}${address}`, { waitUntil: 'commit' });
    await program.asked;
    await expect(main).toHaveText('Loading messages…', { useInnerText: true });
    const before = await top();
    program.release();
    await expect(main.getByRole('heading', { name: 'General' })).toBeVisible();
    expect(await top()).toBeCloseTo(before, 0);
    await expect(root).not.toHaveAttribute('data-opens');
    await expect(root).not.toHaveAttribute('data-seen');
  }
  // Nothing opens with the page of a person who has closed everything, so the buttons are there at once.
  await reader.button('Close General').click();
  const program = await holdBack(reader.page, /\/pkg\/[^/]*\.wasm$/);
  await reader.page.goto(`${reader.base}/app`, { waitUntil: 'commit' });
  await program.asked;
  await expect(main.getByRole('button', { name: 'Say hi in General' })).toBeVisible();
  program.release();
});
