// home.md: what an account arranges in one browser appears in its others, also what was arranged without a network.

import { freshEmail, PASSWORD, register } from '../harness/accounts.ts';
import { expect, test, type Person } from '../harness/people.ts';
import { openSettings } from '../harness/settings_dialog.ts';

const group = (person: Person, name: string | RegExp) => person.contacts().getByRole('treeitem', { name });

test('a favourite, a group and a nickname are on the other browser of an account, also those of a time offline', async ({ company }) => {
  const [one, other, friend] = [await company.come({ outage: true }), await company.come(), await company.come()];
  const email = freshEmail();
  expect((await register(one.base, { email })).status).toBeLessThan(300);
  await friend.signInAs('Theo');
  await one.signInWith({ email, password: PASSWORD });
  await other.signInWith({ email, password: PASSWORD });
  await expect(other.contact('Theo').first()).toBeVisible();

  const first = await one.arrange('Theo');
  await first.getByRole('checkbox', { name: 'Favourite' }).check();
  await first.getByRole('textbox', { name: 'New contact group' }).fill('Choir');
  await first.getByRole('button', { name: 'Add' }).click();
  await first.getByRole('button', { name: 'Done' }).click();
  await expect(group(other, /^Favourites \(/)).toBeVisible();
  await expect(group(other, /^Choir \(/)).toBeVisible();

  // Without a network the change stays here, and is sent when the connection is back.
  await one.context.setOffline(true);
  const second = await one.arrange('Theo');
  await second.getByRole('textbox', { name: 'Nickname' }).fill('Tenor');
  await second.getByRole('checkbox', { name: 'Favourite' }).uncheck();
  await second.getByRole('button', { name: 'Done' }).click();
  await expect(one.contact('Tenor').first()).toBeVisible();
  await expect(other.contact('Tenor')).toHaveCount(0);
  await one.context.setOffline(false);
  await expect(other.contact('Tenor').first()).toBeVisible();
  await expect(group(other, /^Favourites \(/)).toHaveCount(0);

  // A browser that never saw the account before has all of it.
  const third = await company.come();
  await third.signInWith({ email, password: PASSWORD });
  await expect(third.contact('Tenor').first()).toBeVisible();
  await expect(group(third, /^Choir \(/)).toBeVisible();
});

test('an account hides the characters in all of its browsers, and a search still finds them', async ({ company }) => {
  const [one, other, guest] = [await company.come(), await company.come(), await company.come()];
  const email = freshEmail();
  expect((await register(one.base, { email })).status).toBeLessThan(300);
  await one.signInWith({ email, password: PASSWORD });
  await other.signInWith({ email, password: PASSWORD });
  await expect(group(one, /^Characters \(/)).toBeVisible();
  await expect(group(other, /^Characters \(/)).toBeVisible();
  await expect(one.contact('Theo').first()).toBeVisible();

  const settings = await openSettings(one.page, 'Appearance');
  const shows = settings.getByRole('switch', { name: 'Show characters' });
  await expect(shows).toBeChecked();
  await shows.press('Enter');
  await expect(shows).not.toBeChecked();
  await one.page.keyboard.press('Escape');
  await expect(settings).toBeHidden();
  await expect(group(one, /^Characters \(/)).toHaveCount(0);
  await expect(group(other, /^Characters \(/)).toHaveCount(0);
  await expect(one.contact('Theo')).toHaveCount(0);

  await one.page.getByRole('searchbox', { name: 'Search people and messages' }).fill('Theo');
  await expect(one.contact('Theo').first()).toBeVisible();

  // Guests have the personas among the people.
  await guest.signInAsGuest('Looks At People');
  await guest.showOffline();
  await expect(guest.contact('Theo').first()).toBeVisible();
  await expect(group(guest, /^Characters \(/)).toHaveCount(0);
});
