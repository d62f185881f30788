// Everything that a key does is also on the page: the search box shows its key, and a button opens the sheet of keys. The sheet names the
// keys as the person's keyboard does, and Enter as the person has set it.

import { violations } from '../harness/clean.ts';
import { marker } from '../harness/ids.ts';
import { expect, test, type Person } from '../harness/people.ts';
import { openSettings, showSection } from '../harness/settings_dialog.ts';

const box = (who: Person) => who.page.getByRole('searchbox', { name: 'Search people and messages' });
const dialog = (who: Person, name: string) => who.page.getByRole('dialog', { name });
const row = (who: Person, sheet: string, what: string | RegExp) => dialog(who, sheet).getByRole('listitem').filter({ hasText: what });

test('the search and the sheet of keys are on the page, in the words of the keyboard @night', async ({ company }) => {
  const mia = await company.come();
  await mia.signInAs('Mia');
  await mia.page.getByRole('search').getByText('Ctrl K').click();
  await expect(box(mia)).toBeFocused();
  await box(mia).fill('General');
  await box(mia).press('Enter');
  await expect(mia.log('General')).toBeVisible();

  await mia.button('List options').click();
  await dialog(mia, 'List options').getByRole('button', { name: 'Shortcuts' }).click();
  await expect(dialog(mia, 'List options')).toBeHidden();
  await expect(row(mia, 'Shortcuts', 'Send')).toHaveText(/Send\s*Enter$/);
  await expect(row(mia, 'Shortcuts', 'New line')).toHaveText(/Shift\+Enter$/);
  await mia.page.keyboard.press('Escape');
  await expect(mia.button('List options'), 'the focus is where it came from').toBeFocused();

  await openSettings(mia.page, 'Messages');
  await dialog(mia, 'Settings').getByRole('switch', { name: 'Send with Ctrl+Enter (Enter adds a line)' }).click();
  await showSection(mia.page, 'Shortcuts');
  await dialog(mia, 'Settings').getByRole('button', { name: 'Shortcuts' }).click();
  await expect(row(mia, 'Shortcuts', 'Send')).toHaveText(/Ctrl\+Enter$/);
  await expect(row(mia, 'Shortcuts', 'New line')).toHaveText(/New line\s*Enter$/);
  await mia.page.keyboard.press('Escape');
  // Enter and Ctrl+Enter work as the sheet says.
  const [first, second] = [marker(), marker()];
  await mia.composer().fill(first);
  await mia.composer().press('Enter');
  await mia.page.keyboard.type(second);
  await expect(mia.composer()).toHaveValue(`${first}\n${second}`);
  await mia.composer().press('Control+Enter');
  await expect(mia.row('General', second)).toContainText(first);

  await openSettings(mia.page, 'Appearance');
  await dialog(mia, 'Settings').getByRole('combobox', { name: 'Language' }).selectOption('de');
  await showSection(mia.page, 'Tastenkürzel');
  await dialog(mia, 'Einstellungen').getByRole('button', { name: 'Tastenkürzel' }).click();
  await expect(row(mia, 'Tastenkürzel', 'Senden')).toHaveText(/Strg\+Eingabe$/);
  await expect(row(mia, 'Tastenkürzel', 'Anstupsen')).toHaveText(/Alt\+Umschalt\+N$/);
  await mia.page.keyboard.press('Escape');
  await expect(mia.page.getByRole('search')).toContainText('Strg K');
});

test('keys alone can be switched off: who speaks to the device starts nothing by it @night', async ({ company }) => {
  const mia = await company.come();
  await mia.signInAs('Mia');
  await mia.showOffline();
  const [nora, zuri] = [mia.contact('Nora').first(), mia.contact('Zuri').first()];
  const sheet = dialog(mia, 'Shortcuts');
  await expect(mia.page.getByRole('search')).toContainText('Ctrl K');
  await nora.focus();
  await mia.page.keyboard.press('z');
  await expect(zuri).toBeFocused();
  await mia.page.keyboard.press('?');
  await expect(sheet).toBeVisible();
  await expect(row(mia, 'Shortcuts', /Shortcuts\s*\?$/)).toHaveCount(1);
  await mia.page.keyboard.press('Escape');

  await openSettings(mia.page, 'Shortcuts');
  await dialog(mia, 'Settings').getByRole('switch', { name: 'Single-key shortcuts' }).click();
  await dialog(mia, 'Settings').getByRole('button', { name: 'Done' }).click();
  await mia.page.reload();
  await mia.isHome();
  await expect(mia.page.getByRole('search')).toContainText('Ctrl K');
  await nora.focus();
  await mia.page.keyboard.press('z');
  await mia.page.keyboard.press('?');
  await expect(nora).toBeFocused();
  // All other keys still work.
  await mia.page.keyboard.press('ArrowDown');
  await expect(nora).not.toBeFocused();
  await mia.page.keyboard.press('Control+k');
  await expect(box(mia)).toBeFocused();
  await expect(sheet).toHaveCount(0);
  await mia.page.keyboard.press('Escape');
  await mia.button('List options').click();
  await dialog(mia, 'List options').getByRole('button', { name: 'Shortcuts' }).click();
  await expect(row(mia, 'Shortcuts', 'Send')).toHaveCount(1);
  await expect(row(mia, 'Shortcuts', /\?$/)).toHaveCount(0);
});

test('keys can be changed and switched off, what is taken is refused, and all of them come back @night', async ({ company }) => {
  const mia = await company.come();
  await mia.signInAs('Mia');
  const { keyboard } = mia.page;
  const sheet = dialog(mia, 'Shortcuts');
  const winks = mia.page.getByRole('menu', { name: 'Winks' });
  const emoticons = mia.page.getByRole('dialog', { name: 'Emoticons' });
  const change = (what: string) => sheet.getByRole('button', { name: new RegExp(`^${what}: .+ Change$`) });
  const open = async () => {
    await mia.button('List options').click();
    await dialog(mia, 'List options').getByRole('button', { name: 'Shortcuts' }).click();
  };
  const close = () => sheet.getByRole('button', { name: 'Done' }).click();
  await open();

  // A key of another action, of the browser or of writing is refused. Escape keeps the old key and leaves the sheet open.
  await change('Winks').click();
  await expect(row(mia, 'Shortcuts', 'Winks')).toContainText('Press the new shortcut');
  await keyboard.press('Alt+Shift+E');
  await expect(sheet.getByRole('alert')).toHaveText('Alt+Shift+E is already used for: Emoticons.');
  await expect(change('Winks')).toHaveAccessibleDescription('Alt+Shift+E is already used for: Emoticons.');
  await keyboard.press('Control+c');
  await expect(sheet.getByRole('alert')).toHaveText('Ctrl+C is used by the browser or for typing. Choose another shortcut.');
  await keyboard.press('q');
  await expect(sheet.getByRole('alert')).toContainText('Q is used for typing.');
  await keyboard.press('Escape');
  await expect(sheet.getByRole('alert')).toHaveCount(0);
  await expect(row(mia, 'Shortcuts', 'Winks')).toHaveText(/Alt\+Shift\+W$/);

  // The new key works at once. The old key does nothing, and neither does the key that was switched off.
  await change('Winks').click();
  await keyboard.press('Alt+Shift+Q');
  await expect(row(mia, 'Shortcuts', 'Winks')).toHaveText(/Alt\+Shift\+Q$/);
  await change('Search people and messages').click();
  await keyboard.press('Control+j');
  await expect(row(mia, 'Shortcuts', 'Search people and messages')).toHaveText(/Ctrl\+J$/);
  await change('Shortcuts').click();
  await keyboard.press('F9');
  await sheet.getByRole('switch', { name: 'Emoticons' }).click();
  await expect(row(mia, 'Shortcuts', 'Emoticons')).toHaveText(/Off$/);
  expect(await violations(mia.page)).toEqual([]);
  await close();
  await expect(mia.page.getByRole('search')).toContainText('Ctrl J');

  // This device keeps the keys.
  await mia.page.reload();
  await mia.isHome();
  await expect(mia.page.getByRole('search')).toContainText('Ctrl J');
  await mia.open('General');
  await mia.composer().focus();
  await keyboard.press('Alt+Shift+W');
  await keyboard.press('Alt+Shift+E');
  await keyboard.press('Control+k');
  await keyboard.press('Alt+Shift+Q');
  await expect(winks).toBeVisible();
  await expect(emoticons).toHaveCount(0);
  await keyboard.press('Escape');
  await expect(winks).toBeHidden();
  await expect(box(mia)).not.toBeFocused();
  await keyboard.press('Control+j');
  await expect(box(mia)).toBeFocused();
  await keyboard.press('Escape');
  await mia.composer().fill('? is a sign like others');
  await expect(sheet).toHaveCount(0);
  await keyboard.press('F9');
  await expect(sheet).toBeVisible();

  // A freed key can be given to another action, and the key for editing can be changed.
  await change('Next theme').click();
  await keyboard.press('Alt+Shift+W');
  await expect(row(mia, 'Shortcuts', 'Next theme')).toHaveText(/Alt\+Shift\+W$/);
  await sheet.getByRole('switch', { name: 'Winks' }).click();
  await sheet.getByRole('switch', { name: 'Winks' }).click();
  await expect(sheet.getByRole('alert')).toHaveText('Alt+Shift+W is already used for: Next theme.');
  await change('Edit your last message \\(when the field is empty\\)').click();
  await keyboard.press('Alt+Shift+U');
  await close();
  await keyboard.press('Alt+Shift+W');
  await expect(mia.page.locator('html')).toHaveAttribute('data-theme', 'glass');
  await mia.say('one that will be edited');
  await expect(mia.row('General', 'one that will be edited')).toContainText('Sent');
  await keyboard.press('Alt+Shift+U');
  await expect(mia.composer()).toHaveValue('one that will be edited');
  await keyboard.press('Escape');
  await expect(mia.composer()).toHaveValue('');

  // The reset restores all keys, in German as well.
  await keyboard.press('F9');
  await sheet.getByRole('button', { name: 'Reset all shortcuts' }).click();
  await expect(row(mia, 'Shortcuts', 'Winks')).toHaveText(/Alt\+Shift\+W$/);
  await expect(sheet.getByRole('switch', { name: 'Emoticons' })).toBeChecked();
  await close();
  await expect(mia.page.getByRole('search')).toContainText('Ctrl K');
  await mia.composer().focus();
  await keyboard.press('Alt+Shift+W');
  await expect(winks).toBeVisible();
  await keyboard.press('Escape');
  await openSettings(mia.page, 'Appearance');
  await dialog(mia, 'Settings').getByRole('combobox', { name: 'Language' }).selectOption('de');
  await showSection(mia.page, 'Tastenkürzel');
  await dialog(mia, 'Einstellungen').getByRole('button', { name: 'Tastenkürzel' }).click();
  const german = dialog(mia, 'Tastenkürzel');
  await german.getByRole('button', { name: /^Winks: .+ Ändern$/ }).click();
  await keyboard.press('Alt+Shift+E');
  await expect(german.getByRole('alert')).toHaveText('Alt+Umschalt+E ist schon vergeben: Emoticons.');
  await expect(german.getByRole('button', { name: 'Alle Tastenkürzel zurücksetzen' })).toBeVisible();
});
