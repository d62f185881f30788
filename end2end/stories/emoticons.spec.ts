// The emoticon picker as a set of tabs: arrow keys move between the tabs and within the cells, and one tab holds the latest choices.

import { expect, test, type Person } from '../harness/people.ts';

const picker = (who: Person) => who.page.getByRole('dialog', { name: 'Emoticons' });
const tab = (who: Person, name: string) => picker(who).getByRole('tab', { name });

test('arrows lead from tab to tab, each shows its own, and what was picked last is there the next time @night', async ({ company }) => {
  const theo = await company.come();
  await theo.signInAs('Theo');
  await theo.open('General');
  const open = async () => {
    await theo.button('Emoticons').click();
    await expect(picker(theo).getByRole('button', { name: /^smile / })).toBeFocused();
  };
  await open();
  await expect(tab(theo, 'Faces')).toHaveAttribute('aria-selected', 'true');
  // One tab is a stop of the Tab key; the arrow keys reach the others.
  await expect(picker(theo).locator('[role="tab"][tabindex="0"]')).toHaveCount(1);
  await theo.page.keyboard.press('Shift+Tab');
  await expect(tab(theo, 'Faces')).toBeFocused();
  for (const name of ['Hands', 'Things', 'World', 'Recent']) {
    await theo.page.keyboard.press('ArrowRight');
    await expect(tab(theo, name)).toBeFocused();
    await expect(tab(theo, name)).toHaveAttribute('aria-selected', 'true');
    await expect(picker(theo).getByRole('tabpanel', { name })).toBeVisible();
  }
  await expect(picker(theo)).toContainText('Emoticons you use will appear here.');
  await theo.page.keyboard.press('Home');
  await expect(tab(theo, 'Faces')).toBeFocused();
  await picker(theo).getByRole('button', { name: /^cool / }).click();
  await expect(theo.composer()).toBeFocused();

  await theo.page.reload();
  await open();
  await tab(theo, 'Recent').click();
  await expect(picker(theo).getByRole('tabpanel').getByRole('button')).toHaveCount(1);
  await picker(theo).getByRole('button', { name: /^cool / }).click();

  // The search stays while the focus moves past the tabs to the result.
  await open();
  const box = picker(theo).getByRole('searchbox', { name: 'Find an emoticon' });
  await box.fill('umbr');
  const found = picker(theo).getByRole('tabpanel').getByRole('button');
  await expect(found).toHaveCount(1);
  await box.press('Tab');
  await theo.page.keyboard.press('Tab');
  await expect(found).toBeFocused();
});

test('arrow keys go up and down the columns of the picker as they stand, at a desk and on a phone @night', async ({ company }) => {
  const person = await company.come();
  await person.signInAsGuest('Picker');
  await person.open('General');
  const place = () => person.page.evaluate(() => (({ x, y }) => ({ x: Math.round(x), y: Math.round(y) }))(document.activeElement!.getBoundingClientRect()));
  for (const width of [1280, 390]) {
    await test.step(`${width} px`, async () => {
      await person.page.setViewportSize({ width, height: 800 });
      await person.button('Emoticons').click();
      await tab(person, 'Faces').click();
      await picker(person).getByRole('button', { name: /^grin/ }).focus();
      const first = await place();
      await person.page.keyboard.press('ArrowDown');
      const below = await place();
      expect(below.x).toBe(first.x);
      expect(below.y).toBeGreaterThan(first.y);
      await person.page.keyboard.press('ArrowUp');
      expect(await place()).toEqual(first);
      await person.page.keyboard.press('Escape');
      await expect(picker(person)).toBeHidden();
    });
  }
});

test('a name may have emoticons: they are drawn where the eyes meet it, and what it names says the keys @night', async ({ company }) => {
  const [rosa, dario] = [await company.come(), await company.come()];
  await rosa.signInAs('Rosa');
  await dario.signInAs('Dario');
  await rosa.myStatus().click();
  await rosa.page.getByRole('menuitem', { name: 'My profile' }).click();
  const profile = rosa.page.getByRole('dialog', { name: 'My profile' });
  await profile.getByRole('textbox', { name: 'Display name' }).fill('Rosa :)');
  await profile.getByRole('button', { name: 'Done' }).click();
  await expect(dario.contact('Rosa :)').first()).toHaveAccessibleName(/^Rosa :\), Online/);
  const smile = 'img[alt=":)"]';
  await expect(dario.contacts().locator('li').filter({ hasText: 'Rosa' }).locator(smile).first()).toBeVisible();
  await dario.open('Rosa :)');
  await expect(dario.page.getByRole('main').getByRole('heading', { name: 'Rosa :)', exact: true }).locator(smile)).toBeVisible();
});

test('some emoticons move once when they come, and again under the pointer; nothing moves where that is not wanted @night', async ({ company }) => {
  const [mia, jonas] = [await company.come(), await company.come({ reducedMotion: 'reduce' })];
  await mia.page.addInitScript(() => {
    const scope = window as unknown as { moves: string[] };
    scope.moves = [];
    document.addEventListener('animationstart', (event) => {
      if (event.animationName.startsWith('em-')) scope.moves.push(event.animationName);
    });
  });
  const moves = () => mia.page.evaluate(() => (window as unknown as { moves: string[] }).moves);
  await mia.signInAs('Mia');
  await jonas.signInAs('Jonas');
  for (const [who, whom] of [[mia, 'Jonas'], [jonas, 'Mia']] as const) await who.open(whom);
  await jonas.say('with (L) and :|');
  const heart = mia.row('Jonas', 'with').locator('img[alt="(L)"]').last();
  await expect(heart).toBeVisible();
  await expect.poll(moves).toEqual(['em-beat']);
  await heart.evaluate((img) => Promise.all(img.getAnimations().map((one) => one.finished)));
  await heart.hover();
  await expect.poll(moves).toEqual(['em-beat', 'em-beat']);
  // Emoticons in old messages do not move on their own. For people who want less motion, none move at all.
  await mia.page.mouse.move(1, 1);
  await mia.page.reload();
  await expect(heart).toBeVisible();
  await expect(mia.page.locator('link[href*="home.css"]').first()).toBeAttached();
  expect(await moves()).toEqual([]);
  const own = jonas.row('Mia', 'with').locator('img[alt="(L)"]').last();
  await own.hover();
  expect(await own.evaluate((img) => getComputedStyle(img).animationName)).toBe('none');
});

test('where a button that is pressed takes no focus, as in Safari, a picker stays until something is picked, and its button closes it @night', async ({ company }) => {
  const person = await company.come();
  await person.page.addInitScript(() => {
    // The listener on the window runs last, as the browser's own behaviour does.
    window.addEventListener('mousedown', (event) => {
      if (!(event.target as Element).closest('button')) return;
      event.preventDefault();
      document.querySelector<HTMLElement>('main')?.focus();
    });
  });
  await person.signInAsGuest('No Focus');
  await person.open('General');
  const opener = person.button('Emoticons');
  await opener.click();
  await tab(person, 'Hands').click();
  const cell = picker(person).getByRole('button').last();
  await cell.click();
  await expect(person.composer()).not.toHaveValue('');
  await expect(picker(person)).toBeHidden();
  await opener.click();
  await expect(picker(person)).toBeVisible();
  await opener.click();
  await expect(picker(person)).toBeHidden();
  // A press outside still closes the picker, wherever the focus is.
  await opener.click();
  await tab(person, 'Hands').click();
  await person.composer().click();
  await expect(picker(person)).toBeHidden();
});
