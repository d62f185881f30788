// account.md 10 on the page: who came as a guest stays as an account, and finds everything where it was.

import { freshEmail, PASSWORD, passwordLogin } from '../harness/accounts.ts';
import { freshName, marker } from '../harness/ids.ts';
import { expect, test } from '../harness/people.ts';
import { openSettings } from '../harness/settings_dialog.ts';

test('a guest becomes an account in the settings, with the same name and conversations', async ({ company }) => {
  const mia = await company.come();
  const [called, email, said] = [freshName(), freshEmail(), marker()];
  await mia.signInAsGuest(called);
  await mia.open('General');
  await mia.say(said);
  await expect(mia.row('General', said)).toContainText(/Sent|Delivered|Read/);

  const settings = await openSettings(mia.page, 'Account');
  await settings.getByRole('textbox', { name: 'E-mail address' }).fill(email);
  await settings.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await expect(settings.getByText('Looks strong.')).toBeVisible();
  await settings.getByRole('checkbox', { name: 'Show password' }).check();
  await expect(settings.getByLabel('Password', { exact: true })).toHaveAttribute('type', 'text');
  await settings.getByRole('button', { name: 'Create my account' }).click();
  await expect(mia.status(`Please confirm ${email}`)).toBeVisible();
  await expect(mia.myStatus()).toContainText(called);
  await mia.open('General');
  await expect(mia.row('General', said)).toBeVisible();
  await expect((await openSettings(mia.page, 'Account')).getByRole('group', { name: 'Account' })).toContainText(email);
  expect((await passwordLogin(company.server.base, email)).status).toBe(200);
});
