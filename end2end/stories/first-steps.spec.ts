// ux.md 1.1 and 1.2: the list of a new account says what to do, until there are contacts or the person closes it.

import { account, PASSWORD } from '../harness/accounts.ts';
import { befriend } from '../harness/pairs.ts';
import { expect, holdBack, test } from '../harness/people.ts';

test('a new account finds its first steps and the ways to people; what it closes stays closed', async ({ company }) => {
  const person = await company.come({ serviceWorkers: 'block' });
  const own = await account(person.base);
  await person.signInWith({ email: own.email, password: PASSWORD });
  const steps = person.contacts().getByRole('region', { name: 'First steps' });
  const nobody = person.contacts().getByRole('region', { name: 'No contacts yet' });
  await expect(steps.getByRole('listitem')).toHaveCount(3);
  await expect(steps.getByText('Done')).toHaveCount(0);

  const adding = person.page.getByRole('dialog', { name: 'Add a contact' });
  await nobody.getByRole('button', { name: 'Find by handle' }).click();
  await expect(adding.getByRole('searchbox', { name: 'Name or handle' })).toBeFocused();
  await person.page.keyboard.press('Escape');
  await expect(adding).toBeHidden();
  await nobody.getByRole('button', { name: 'Create an invite link' }).click();
  await expect(adding.getByRole('button', { name: 'Create an invite link' })).toBeFocused();
  await person.page.keyboard.press('Escape');
  await expect(adding).toBeHidden();
  await nobody.getByRole('button', { name: 'Browse public rooms' }).click();
  await expect(person.page.getByRole('dialog', { name: 'Find rooms' }).getByRole('searchbox')).toBeFocused();
  await person.page.keyboard.press('Escape');

  await steps.getByRole('button', { name: 'Say hello' }).click();
  await expect(person.page.getByRole('main').getByRole('heading', { name: 'General' })).toBeVisible();
  await person.say('hello from a new account');
  await expect(person.row('General', 'hello from a new account')).toContainText('Sent');
  await expect(steps.getByRole('listitem').filter({ hasText: 'Say hello' })).toContainText('Done');
  await person.page.reload();
  await person.isHome();
  await expect(steps.getByRole('listitem').filter({ hasText: 'Say hello' }), 'also after a reload').toContainText('Done');

  await steps.getByRole('button', { name: 'Close first steps' }).click();
  await expect(steps).toHaveCount(0);
  // The server does not know what is closed on this device: the document hides it until the page has removed it.
  const home = await holdBack(person.page, /\/pkg\/[^/]*home[^/]*\.wasm$/);
  await person.page.reload();
  await home.asked;
  await expect(steps).toHaveCount(0);
  home.release();
  await person.isHome();
  await expect(nobody).toBeVisible();
  await expect(steps).toHaveCount(0);

  const other = await account(person.base);
  await befriend(other, own);
  await person.showOffline();
  await expect(person.contact(other.user.displayName).first()).toBeVisible();
  await expect(nobody).toHaveCount(0);
});

test('a guest has no first steps', async ({ company }) => {
  const person = await company.come();
  await person.signInAsGuest('Passing Visitor');
  await person.open('General');
  await expect(person.contacts().getByRole('region', { name: 'First steps' })).toHaveCount(0);
});
