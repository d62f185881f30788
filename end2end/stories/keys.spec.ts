// What a key does is also on the page: the jump is a button in the search box, and the sheet of keys can be opened without one. It
// calls the keys as the person's keyboard does, and Enter as the person has it.

import { expect, test, type Person } from '../harness/people.ts';

const dialog = (who: Person, name: string) => who.page.getByRole('dialog', { name });
const row = (who: Person, sheet: string, what: string) => dialog(who, sheet).getByRole('listitem').filter({ hasText: what });

test('the jump and the sheet of keys have buttons, in the words of the keyboard', async ({ company }) => {
  const mia = await company.come();
  await mia.signInAs('Mia');
  const hint = mia.page.getByRole('search').getByRole('button', { name: 'Jump to' });
  await expect(mia.page.getByRole('search')).toContainText('Ctrl K');
  await hint.click();
  await dialog(mia, 'Jump to').getByRole('searchbox').fill('General');
  await dialog(mia, 'Jump to').getByRole('button', { name: 'General' }).click();
  await expect(mia.log('General')).toBeVisible();

  await mia.button('List options').click();
  await dialog(mia, 'List options').getByRole('button', { name: 'Keys' }).click();
  await expect(dialog(mia, 'List options')).toBeHidden();
  await expect(row(mia, 'Keys', 'Send')).toHaveText(/Send\s*Enter$/);
  await expect(row(mia, 'Keys', 'New line')).toHaveText(/Shift\+Enter$/);
  await mia.page.keyboard.press('Escape');
  await expect(mia.button('List options'), 'the focus is where it came from').toBeFocused();

  await mia.button('Settings').click();
  await dialog(mia, 'Settings').getByRole('switch', { name: 'Ctrl+Enter sends, Enter is a new line' }).click();
  await dialog(mia, 'Settings').getByRole('button', { name: 'Keys' }).click();
  await expect(row(mia, 'Keys', 'Send')).toHaveText(/Ctrl\+Enter$/);
  await expect(row(mia, 'Keys', 'New line')).toHaveText(/New line\s*Enter$/);
  await mia.page.keyboard.press('Escape');

  await mia.button('Settings').click();
  await dialog(mia, 'Settings').getByRole('combobox', { name: 'Language' }).selectOption('de');
  await dialog(mia, 'Einstellungen').getByRole('button', { name: 'Tasten' }).click();
  await expect(row(mia, 'Tasten', 'Senden')).toHaveText(/Strg\+Eingabe$/);
  await expect(row(mia, 'Tasten', 'Nudge').or(row(mia, 'Tasten', 'Stups'))).toHaveText(/Alt\+Umschalt\+N$/);
  await mia.page.keyboard.press('Escape');
  await expect(mia.page.getByRole('search').getByRole('button', { name: 'Springen zu' })).toBeVisible();
  await expect(mia.page.getByRole('search')).toContainText('Strg K');
});

test('keys alone can be switched off: who speaks to the device starts nothing by it', async ({ company }) => {
  const mia = await company.come();
  await mia.signInAs('Mia');
  const [nora, zuri] = [mia.contact('Nora').first(), mia.contact('Zuri').first()];
  const sheet = dialog(mia, 'Keys');
  await expect(mia.page.getByRole('search')).toContainText('Ctrl K');
  await nora.focus();
  await mia.page.keyboard.press('z');
  await expect(zuri).toBeFocused();
  await mia.page.keyboard.press('?');
  await expect(sheet).toBeVisible();
  await expect(row(mia, 'Keys', /Keys\s*\?$/)).toHaveCount(1);
  await mia.page.keyboard.press('Escape');

  await mia.button('Settings').click();
  await dialog(mia, 'Settings').getByRole('switch', { name: /^Single keys/ }).click();
  await dialog(mia, 'Settings').getByRole('button', { name: 'Done' }).click();
  await mia.page.reload();
  await mia.isHome();
  await expect(mia.page.getByRole('search')).toContainText('Ctrl K');
  await nora.focus();
  await mia.page.keyboard.press('z');
  await mia.page.keyboard.press('?');
  await expect(nora).toBeFocused();
  // The others do what they did.
  await mia.page.keyboard.press('ArrowDown');
  await expect(nora).not.toBeFocused();
  await mia.page.keyboard.press('Control+k');
  await expect(dialog(mia, 'Jump to')).toBeVisible();
  await expect(sheet).toHaveCount(0);
  await mia.page.keyboard.press('Escape');
  await mia.button('List options').click();
  await dialog(mia, 'List options').getByRole('button', { name: 'Keys' }).click();
  await expect(row(mia, 'Keys', 'Send')).toHaveCount(1);
  await expect(row(mia, 'Keys', /\?$/)).toHaveCount(0);
});
