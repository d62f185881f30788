// Story of one's own data: an archive from the settings, and the deletion of the account, with and without a change of mind.

import { PASSWORD } from '../harness/accounts.ts';
import { expect, test, type Person } from '../harness/people.ts';
import { openSettings } from '../harness/settings_dialog.ts';
import { signInByPassword, signUp } from '../harness/sign_up.ts';

const settings = (person: Person) => person.page.getByRole('dialog', { name: 'Settings' });

test('an archive is asked for, made, and downloaded @night', async ({ company }) => {
  const person = await company.come();
  await signUp(person);
  await openSettings(person.page, 'My data');
  await settings(person).getByRole('button', { name: 'Export my data' }).click();
  const link = settings(person).getByRole('link', { name: 'Download archive' });
  await expect(link).toBeVisible();
  const download = person.page.waitForEvent('download');
  await link.click();
  expect((await download).suggestedFilename()).toMatch(/^cf-messenger-u_[a-z2-7]{13}\.zip$/);
  await person.page.reload();
  await person.isHome();
  await openSettings(person.page, 'My data');
  await expect(settings(person).getByText('Your archive is ready')).toBeVisible();
});

test('going says what happens, asks who it is, and a sign-in takes it back', async ({ company }) => {
  const person = await company.come();
  const { email } = await signUp(person);
  await openSettings(person.page, 'My data');
  const dialog = settings(person);
  await dialog.getByRole('button', { name: 'Delete my account' }).click();
  await expect(dialog.getByText('you can sign in to get everything back')).toBeVisible();
  await dialog.getByRole('button', { name: 'Cancel' }).click();
  await dialog.getByRole('button', { name: 'Delete my account' }).click();
  await dialog.getByRole('radio', { name: 'Keep my messages without my name' }).check();
  await person.mayBeRefused(async () => {
    await dialog.getByLabel('Password', { exact: true }).fill('another-river-lamp');
    await dialog.getByRole('button', { name: 'Delete my account' }).click();
    await expect(dialog.getByRole('group', { name: 'My data' }).getByRole('alert')).toHaveText('Wrong password.');
    await expect(dialog.getByLabel('Password', { exact: true })).toHaveAccessibleDescription('Wrong password.');
    await dialog.getByLabel('Password', { exact: true }).fill(PASSWORD);
    await dialog.getByRole('button', { name: 'Delete my account' }).click();
    await expect(dialog).toHaveCount(0);
    await expect.poll(async () => (await person.context.request.get(`${person.base}/api/auth/me`)).status()).toBe(401);
  });
  await expect(person.page.getByText(/^Your account will be deleted on \d\d\/\d\d\/\d{4} at \d\d:\d\d UTC\./)).toBeVisible();
  await signInByPassword(person, email);
  await person.isHome();
  await expect(person.page.locator('.toasts')).toContainText('Your account won’t be deleted.');
});

test('a guest is gone at once; who plays a persona is not asked @night', async ({ company }) => {
  const [guest, player] = [await company.come(), await company.come()];
  await guest.signInAsGuest('Short Visitor');
  await openSettings(guest.page, 'My data');
  await settings(guest).getByRole('button', { name: 'Delete my account' }).click();
  await expect(settings(guest).getByText('are deleted right away')).toBeVisible();
  await guest.mayBeRefused(async () => {
    await settings(guest).getByRole('button', { name: 'Delete my account' }).click();
    await expect(guest.signInButton()).toBeVisible();
  });
  await player.signInAs('Jonas');
  await openSettings(player.page, 'My data');
  await expect(settings(player).getByRole('button', { name: 'Export my data' })).toBeVisible();
  await expect(settings(player).getByRole('button', { name: 'Delete my account' })).toHaveCount(0);
});
