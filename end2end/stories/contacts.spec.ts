// Story 10 and the way to it: somebody is asked with a note, says yes, is blocked without noticing, and heard again.

import AxeBuilder from '@axe-core/playwright';
import { expect, test } from '../harness/people.ts';

test('request with a note, accept, block, unblock', async ({ company }) => {
  test.setTimeout(150_000);
  const [mia, ben] = [await company.come(), await company.come()];
  await mia.signInAs('Mia');
  await ben.signInAsGuest('Benedikt');
  for (const person of [mia, ben]) await person.open('General');

  // Mia finds Benedikt in the room and asks.
  await mia.button('Options for Benedikt').click();
  await mia.page.getByRole('menuitem', { name: 'Add to contacts' }).click();
  const dialog = mia.page.getByRole('dialog', { name: 'Add a contact' });
  await dialog.getByRole('textbox', { name: 'Say something with it' }).fill('From the party');
  const { violations } = await new AxeBuilder({ page: mia.page }).analyze();
  expect(violations.map((violation) => violation.id)).toEqual([]);
  await dialog.getByRole('button', { name: 'Send request' }).click();
  await expect(dialog).toBeHidden();

  const request = ben.contacts().getByRole('listitem').filter({ hasText: 'Mia would like to add you.' });
  await expect(request).toContainText('From the party');
  await request.getByRole('button', { name: 'Accept Mia' }).click();
  await expect(request).toBeHidden();
  await expect(mia.contact('Benedikt')).toHaveAccessibleName(/^Benedikt, Online/);

  // They talk; then Mia blocks, and for Benedikt she is just offline.
  await mia.open('Benedikt');
  await mia.say('hello you');
  await ben.open('Mia');
  await expect(ben.row('Mia', 'hello you')).toBeVisible();
  await ben.say('hello back');
  await expect(mia.row('Benedikt', 'hello back')).toBeVisible();
  await mia.button('Options for Benedikt').first().click();
  await mia.page.getByRole('menuitem', { name: 'Block' }).click();
  await expect(mia.page.getByRole('main')).toContainText('You have blocked Benedikt. Unblock to write.');
  await expect(ben.contact('Mia')).toHaveAccessibleName(/^Mia, Offline/);
  await ben.say('are you there?');
  await expect(ben.row('Mia', 'are you there?')).toContainText('Sent');
  await mia.say('talking to the wall');
  await expect(mia.row('Benedikt', 'talking to the wall')).toContainText('Not sent');
  await expect(mia.row('Benedikt', 'are you there?')).toHaveCount(0);

  // The list in the settings knows who is blocked.
  await mia.button('Settings').click();
  const settings = mia.page.getByRole('dialog', { name: 'Settings' });
  await settings.getByRole('button', { name: 'Unblock Benedikt' }).click();
  await expect(settings.getByRole('button', { name: 'Unblock Benedikt' })).toBeHidden();
  await settings.getByRole('button', { name: 'Done' }).click();
  await expect(ben.contact('Mia')).toHaveAccessibleName(/^Mia, Online/);
  await ben.say('there you are');
  await expect(mia.row('Benedikt', 'there you are')).toBeVisible();
  await expect(mia.row('Benedikt', 'are you there?'), 'what was written meanwhile stays hidden').toHaveCount(0);
});

test('privacy in the settings is kept by the server', async ({ company }) => {
  const person = await company.come();
  await person.signInAs('Tess');
  const open = async () => {
    await person.button('Settings').click();
    return person.page.getByRole('dialog', { name: 'Settings' });
  };
  let settings = await open();
  await settings.getByRole('combobox', { name: 'Who can write to me' }).selectOption('Contacts');
  await settings.getByRole('combobox', { name: 'Nudges from' }).selectOption('Nobody');
  await settings.getByRole('switch', { name: 'Read receipts' }).click();
  await expect(settings.getByRole('switch', { name: 'Read receipts' })).not.toBeChecked();
  const { violations } = await new AxeBuilder({ page: person.page }).analyze();
  expect(violations.map((violation) => violation.id)).toEqual([]);
  await person.page.reload();
  await person.isHome();
  settings = await open();
  await expect(settings.getByRole('combobox', { name: 'Who can write to me' })).toHaveValue('contacts');
  await expect(settings.getByRole('combobox', { name: 'Nudges from' })).toHaveValue('nobody');
  await expect(settings.getByRole('switch', { name: 'Read receipts' })).not.toBeChecked();
  await expect(settings.getByRole('switch', { name: 'Show when I type' })).toBeChecked();
});

test('somebody is found by name and added', async ({ company }) => {
  const person = await company.come();
  await person.signInAs('Nora');
  await person.button('Add a contact').click();
  const dialog = person.page.getByRole('dialog', { name: 'Add a contact' });
  await dialog.getByRole('searchbox', { name: 'Name' }).fill('ken');
  await dialog.getByRole('button', { name: 'Add Kenji' }).click();
  await dialog.getByRole('button', { name: 'Send request' }).click();
  await expect(dialog).toBeHidden();
  await person.open('Kenji');
  await person.button('Options for Kenji').click();
  await expect(person.page.getByRole('menuitem', { name: 'Remove from contacts' })).toBeVisible();
});
