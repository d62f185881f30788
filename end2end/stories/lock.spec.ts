// ux.md 2.12: the page is hidden at once behind a screen of the product, and says that it hides and does not encrypt.

import { freshEmail, PASSWORD, register } from '../harness/accounts.ts';
import { violations } from '../harness/clean.ts';
import { marker } from '../harness/ids.ts';
import { expect, test, type Person } from '../harness/people.ts';

const screen = (person: Person) => person.page.getByRole('dialog', { name: 'CF Messenger is locked' });

test('a locked page hides everything, also after a reload, and a press of a guest brings it back unread @night', async ({ company }) => {
  const [mia, kofi] = [await company.come(), await company.come()];
  await mia.signInAs('Mia');
  await kofi.signInAs('Kofi');
  await mia.open('Kofi');
  await kofi.open('Mia');
  await mia.button('Settings').click();
  await expect(mia.page.getByRole('dialog', { name: 'Settings' })).toBeVisible();
  await mia.page.keyboard.press('Control+Shift+KeyL');
  await expect(screen(mia)).toContainText('This isn’t encryption');
  await expect(mia.page.getByRole('dialog', { name: 'Settings' })).toHaveCount(0);
  await expect(mia.composer()).toBeHidden();
  await expect(mia.contacts()).toBeHidden();
  expect(await violations(mia.page)).toEqual([]);

  // What comes meanwhile is neither shown nor counted, and is no longer missing afterwards. Keys have no effect.
  const words = marker();
  await kofi.say(words);
  await expect(kofi.row('Mia', words)).toContainText(/Delivered|Sent/);
  await expect(mia.page).toHaveTitle(/^CF Messenger/);
  await expect(mia.page.getByText(words).first()).toBeHidden();
  await mia.page.keyboard.press('Escape');
  await mia.page.keyboard.press('Control+KeyK');
  await expect(screen(mia)).toBeVisible();
  await mia.page.reload();
  await expect(screen(mia)).toBeVisible();
  await expect(mia.contacts()).toBeHidden();

  await screen(mia).getByRole('button', { name: 'Unlock' }).click();
  await expect(screen(mia)).toHaveCount(0);
  await expect(mia.contacts()).toBeVisible();
  await mia.page.reload();
  await expect(mia.contacts()).toBeVisible();
});

test('an account comes back by its password, and not by another one @night', async ({ company }) => {
  const ann = await company.come();
  const email = freshEmail();
  expect((await register(ann.base, { email })).status).toBeLessThan(300);
  await ann.signInWith({ email, password: PASSWORD });
  await ann.button(/^My status/).click();
  await ann.page.getByRole('menuitem', { name: 'Lock the page' }).click();
  const password = screen(ann).getByLabel('Password', { exact: true });
  await expect(password).toBeFocused();
  await password.fill(`${PASSWORD} not`);
  await ann.mayBeRefused(async () => {
    await password.press('Enter');
    await expect(screen(ann).getByRole('alert')).toHaveText('Wrong password.');
  });
  await expect(password).toBeFocused();
  await expect(ann.contacts()).toBeHidden();
  expect(await violations(ann.page)).toEqual([]);

  const unlock = screen(ann).getByRole('button', { name: 'Unlock' });
  const limit = { success: false, error: { code: 'RATE_LIMITED', message: 'Too fast.', retryAfterMs: 53 * 60_000 } };
  await ann.page.route('**/api/me/unlock', (route) => route.fulfill({ status: 429, json: limit }));
  await ann.mayBeRefused(async () => {
    await unlock.click();
    await expect(screen(ann).getByRole('alert')).toHaveText('Too many attempts. Try again in 53 minutes.');
  });
  await ann.page.unroute('**/api/me/unlock');
  await password.fill(PASSWORD);
  await unlock.click();
  await expect(screen(ann)).toHaveCount(0);
  await expect(ann.contacts()).toBeVisible();
});
