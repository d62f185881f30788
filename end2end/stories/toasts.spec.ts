// How long what pops up stays is for the person to say (ux.md 2.2, WCAG 2.2.1).

import { expect, lineOpens, test, type Person } from '../harness/people.ts';
import { moment } from '../harness/wait.ts';

const settings = (who: Person) => who.page.getByRole('dialog', { name: 'Settings' });

test('a toast stays for seven seconds, for fifteen, or until it is closed, which outlives a reload', async ({ company }) => {
  const [mia, jonas] = [await company.come(), await company.come()];
  await mia.signInAs('Mia');
  await jonas.signInAs('Jonas');
  await mia.open('General');
  await jonas.open('Mia');
  test.setTimeout(90_000);
  const toast = (words: string) => mia.status(words);
  // The pointer would hold it.
  await mia.page.mouse.move(0, 0);
  await jonas.say('a short one');
  await expect(toast('a short one')).toBeVisible();
  await expect(toast('a short one')).toHaveCount(0);

  await mia.button('Settings').click();
  const stay = settings(mia).getByRole('radiogroup', { name: 'Pop-ups stay' });
  await expect(stay.getByRole('radio')).toHaveCount(3);
  await expect(stay.getByRole('radio', { name: '7 seconds' })).toBeChecked();
  await stay.getByRole('radio', { name: '15 seconds' }).check();
  await mia.page.keyboard.press('Escape');
  await mia.page.mouse.move(0, 0);
  const since = Date.now();
  await jonas.say('a longer one');
  await expect(toast('a longer one')).toBeVisible();
  await expect(toast('a longer one')).toHaveCount(0, { timeout: 18_000 });
  expect(Date.now() - since).toBeGreaterThan(14_000);

  await mia.button('Settings').click();
  await stay.getByRole('radio', { name: 'Until I close them' }).check();
  await mia.page.keyboard.press('Escape');
  const line = lineOpens(mia.page);
  await mia.page.reload();
  await mia.isHome();
  await mia.page.mouse.move(0, 0);
  await expect(mia.log('General')).toBeVisible();
  await line;
  await jonas.say('a long one');
  await expect(toast('a long one')).toBeVisible();
  await moment(Date.now() + 9_000);
  await expect(toast('a long one')).toBeVisible();
  await mia.button('Dismiss').click();
  await expect(toast('a long one')).toHaveCount(0);
});

test('what pops up stays for whoever has the focus in it, also when the pointer passes over it', async ({ company }) => {
  const [mia, jonas] = [await company.come(), await company.come()];
  await mia.signInAs('Mia');
  await jonas.signInAs('Jonas');
  await mia.open('General');
  await jonas.open('Mia');
  await jonas.say('read me');
  const toast = mia.page.locator('.toast').filter({ hasText: 'read me' });
  await toast.getByRole('button', { name: 'Dismiss' }).focus();
  await toast.hover();
  await mia.page.mouse.move(0, 0);
  // Longer than it stays for anybody else.
  const since = Date.now();
  await moment(since + 9_000);
  await expect(toast.getByRole('button', { name: 'Dismiss' })).toBeFocused();
  // And for whoever points at it when the focus goes.
  await toast.hover();
  await mia.composer().focus();
  await moment(since + 18_000);
  await expect(toast).toBeVisible();
  await mia.page.mouse.move(0, 0);
  await expect(toast).toHaveCount(0);
});
