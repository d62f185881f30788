// The settings dialog (ux.md 2.6): its sections, the search in them, and the single page of a phone. Also, names are never cut (4.4).

import { judge } from '../harness/clean.ts';
import { expect, test, type Person } from '../harness/people.ts';
import { openSettings, showSection } from '../harness/settings_dialog.ts';

const DESK = { width: 1280, height: 800 };
const PHONE = { width: 390, height: 844 };
const SECTIONS = ['Account', 'Appearance', 'Sounds', 'Notifications', 'Messages', 'Privacy', 'Devices', 'Shortcuts', 'My data'];
const LONG = 'Maximiliane Theodora Hohenberg';

const search = (who: Person) => who.page.getByRole('searchbox', { name: 'Search settings' });

test('the sections are tabs that arrows walk through, and the page remembers the last one', async ({ company }) => {
  const mia = await company.come({ viewport: DESK });
  await mia.signInAsGuest('Walker');
  const settings = await openSettings(mia.page);
  await expect(settings.getByRole('tab')).toHaveText(SECTIONS);
  const tab = (name: string) => settings.getByRole('tab', { name, exact: true });
  await expect(tab('Appearance')).toHaveAttribute('aria-selected', 'true');
  await tab('Appearance').focus();
  await mia.page.keyboard.press('ArrowDown');
  await expect(tab('Sounds')).toBeFocused();
  await expect(settings.getByRole('tabpanel')).toHaveAccessibleName('Sounds');
  await expect(settings.getByRole('slider', { name: 'Volume' })).toBeVisible();
  await expect(settings.getByRole('radiogroup', { name: 'Theme' })).toBeHidden();
  await mia.page.keyboard.press('End');
  await expect(tab('My data')).toBeFocused();
  await mia.page.keyboard.press('ArrowDown');
  await expect(tab('Account')).toBeFocused();
  await mia.page.keyboard.press('ArrowUp');
  // The Tab key leaves the tabs for the section.
  await mia.page.keyboard.press('Tab');
  await expect(settings.getByRole('button', { name: 'Export my data' })).toBeFocused();
  await mia.page.keyboard.press('Escape');
  await expect(settings).toBeHidden();
  await mia.button('Settings').click();
  await expect(tab('My data')).toHaveAttribute('aria-selected', 'true');
});

test('a search lists settings by their labels and headings, and Escape ends it', async ({ company }) => {
  const mia = await company.come({ viewport: DESK });
  await mia.signInAsGuest('Seeker');
  const settings = await openSettings(mia.page);
  await search(mia).fill('READ RECEIPTS');
  await expect(settings.getByRole('status').filter({ hasText: 'found' })).toHaveText('1 setting found.');
  await expect(settings.getByRole('switch')).toHaveCount(1);
  await expect(settings.getByRole('heading', { level: 3 })).toHaveText(['Privacy']);
  await settings.getByRole('switch', { name: 'Read receipts' }).click();
  await expect(settings.getByRole('switch', { name: 'Read receipts' })).not.toBeChecked();
  // The heading of a section finds all of it.
  await search(mia).fill('sounds');
  await expect(settings.getByRole('slider', { name: 'Volume' })).toBeVisible();
  // So does another name of a setting.
  await search(mia).fill('dark mode');
  await expect(settings.getByRole('radiogroup', { name: 'Theme' })).toBeVisible();
  await search(mia).fill('log out');
  await expect(settings.getByRole('button', { name: 'Sign out', exact: true })).toBeVisible();
  // The profile has no section, but a row that leads to it.
  await search(mia).fill('avatar');
  await expect(settings.getByRole('button', { name: 'My profile' })).toBeVisible();
  await search(mia).fill('no such thing');
  await expect(settings.getByRole('status').filter({ hasText: 'No setting' })).toHaveText('No settings found.');
  await expect(settings.getByRole('heading', { level: 3 })).toHaveCount(0);
  await search(mia).press('Escape');
  await expect(search(mia)).toHaveValue('');
  await expect(settings.getByRole('tabpanel')).toHaveAccessibleName('Appearance');
  await search(mia).fill('volume');
  await settings.getByRole('tab', { name: 'Devices' }).click();
  await expect(search(mia)).toHaveValue('');
  await expect(settings.getByRole('tabpanel')).toHaveAccessibleName('Devices');
  await search(mia).press('Escape');
  await expect(settings).toBeHidden();
});

test('accents and case do not count in the search @night', async ({ company }) => {
  const mia = await company.come({ viewport: DESK });
  await mia.signInAsGuest('Suchende');
  const settings = await openSettings(mia.page, 'Appearance');
  await settings.getByRole('combobox', { name: 'Language' }).selectOption('de');
  await mia.page.getByRole('searchbox', { name: 'Einstellungen durchsuchen' }).fill('TONE');
  const german = mia.page.getByRole('dialog', { name: 'Einstellungen' });
  await expect(german.getByRole('heading', { name: 'Töne' })).toBeVisible();
});

test('every section is clean, and a phone has all of them on one page @night', async ({ company }) => {
  const desk = await company.come({ viewport: DESK });
  await desk.signInAsGuest('Inspector');
  await openSettings(desk.page);
  for (const section of SECTIONS) {
    await showSection(desk.page, section);
    await judge(desk, section);
  }
  await search(desk).fill('s');
  await judge(desk, 'search');

  const phone = await company.come({ viewport: PHONE });
  await phone.signInAsGuest('Pocket');
  const settings = await openSettings(phone.page);
  await expect(settings.getByRole('tablist')).toBeHidden();
  await expect(settings.getByRole('heading', { level: 3 })).toHaveText(SECTIONS);
  await search(phone).fill('volume');
  await expect(settings.getByRole('slider')).toHaveCount(1);
  await judge(phone, 'search on a phone');
});

test('a long name is whole, and the status stands below it @night', async ({ company }) => {
  for (const viewport of [DESK, { width: 700, height: 800 }, PHONE]) {
    const mia = await company.come({ viewport });
    const called = LONG;
    await mia.signInAsGuest(called);
    await test.step(`${viewport.width} px`, async () => {
      const own = mia.myStatus();
      const [name, status] = [own.getByText(called), own.getByText('(Online)')];
      const isWhole = (element: HTMLElement | SVGElement) => element.scrollWidth <= element.clientWidth + 1 || getComputedStyle(element).display === 'inline';
      expect(await name.evaluate(isWhole)).toBe(true);
      const [above, below, around] = [(await name.boundingBox())!, (await status.boundingBox())!, (await own.boundingBox())!];
      expect(below.y).toBeGreaterThanOrEqual(above.y + above.height - 1);
      expect(above.x + above.width).toBeLessThanOrEqual(around.x + around.width);
      expect(below.y + below.height).toBeLessThanOrEqual(around.y + around.height + 1);
    });
    await mia.context.close();
  }
});
