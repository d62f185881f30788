// home.md: what an account arranges in one browser appears in its others, also what was arranged without a network.

import { freshEmail, PASSWORD, register } from '../harness/accounts.ts';
import { expect, test, type Person } from '../harness/people.ts';
import { openSettings } from '../harness/settings_dialog.ts';

const group = (person: Person, name: string | RegExp) => person.contacts().getByRole('treeitem', { name });

/** Opens the dialog of favourite, groups and nickname of a person of the list. */
async function arrange(person: Person, name: string) {
  await person.contact(name).first().click({ button: 'right' });
  const dialog = person.page.getByRole('dialog', { name });
  await expect(dialog).toBeVisible();
  return { dialog, done: () => dialog.getByRole('button', { name: 'Done' }).click() };
}

test('a favourite, a group and a nickname are on the other browser of an account, also those of a time offline', async ({ company }) => {
  const [one, other, friend] = [await company.come({ outage: true }), await company.come(), await company.come()];
  const email = freshEmail();
  expect((await register(one.base, { email })).status).toBeLessThan(300);
  await friend.signInAs('Theo');
  await one.signInWith({ email, password: PASSWORD });
  await other.signInWith({ email, password: PASSWORD });
  await expect(other.contact('Theo').first()).toBeVisible();

  const first = await arrange(one, 'Theo');
  await first.dialog.getByRole('checkbox', { name: 'Favourite' }).check();
  await first.dialog.getByRole('textbox', { name: 'New contact group' }).fill('Choir');
  await first.dialog.getByRole('button', { name: 'Add' }).click();
  await first.done();
  await expect(group(other, /^Favourites \(/)).toBeVisible();
  await expect(group(other, /^Choir \(/)).toBeVisible();

  // Without a network the change stays here, and is sent when the connection is back.
  await one.context.setOffline(true);
  const second = await arrange(one, 'Theo');
  await second.dialog.getByRole('textbox', { name: 'Nickname' }).fill('Tenor');
  await second.dialog.getByRole('checkbox', { name: 'Favourite' }).uncheck();
  await second.done();
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
  await expect(group(guest, /^People \(/)).toBeVisible();
  await expect(group(guest, /^Characters \(/)).toHaveCount(0);
});
