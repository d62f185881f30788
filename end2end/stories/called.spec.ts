// Mentions in a group: the message marks them, and the toast names the group.

import { expect, test } from '../harness/people.ts';

test('who is called by name in a message is marked, and what pops up from a group says its name @night', async ({ company }) => {
  const [tess, kofi] = [await company.come(), await company.come()];
  await tess.signInAs('Tess');
  await kofi.signInAs('Kofi');
  await tess.button('New group').click();
  const dialog = tess.page.getByRole('dialog', { name: 'New group' });
  await dialog.getByRole('textbox', { name: 'Group name' }).fill('Rehearsal');
  await dialog.getByRole('checkbox', { name: 'Kofi' }).check();
  await dialog.getByRole('button', { name: 'Create group' }).click();
  await expect(dialog).toBeHidden();
  await kofi.open('Rehearsal');
  // A person is not listed as a contact of their own.
  await expect(tess.page.getByRole('complementary')).toContainText('Tess (you)');
  await expect(tess.contact('Tess')).toHaveCount(0);

  await kofi.say('@tess and @Kofi, not tess@Kofi nor `@Tess`: ready?');
  const row = tess.row('Rehearsal', 'ready?');
  await expect(row.locator('.mention')).toHaveText(['@tess', '@Kofi']);
  // The text stays as it was typed.
  await expect(row).toContainText('@tess and @Kofi, not tess@Kofi nor @Tess: ready?');
  const differs = await row.locator('.mention').first().evaluate((mention) => {
    const [own, around] = [getComputedStyle(mention), getComputedStyle(mention.parentElement!)];
    return own.color !== around.color && own.backgroundColor !== around.backgroundColor;
  });
  expect(differs).toBe(true);

  // The toast in another conversation names the group, so everybody knows that it was meant for all.
  await tess.open('Kofi');
  await kofi.say('and the lights');
  const toast = tess.page.getByRole('status').filter({ hasText: 'and the lights' });
  await expect(toast).toContainText('Rehearsal');
  await kofi.button('Nudge').click();
  await expect(tess.page.getByRole('status').filter({ hasText: 'Kofi nudged everyone.' })).toContainText('Rehearsal');
});
