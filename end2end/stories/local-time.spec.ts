// The local time of a contact who is away, shown in the bar about a late answer. Only people who share their time are shown with it
// (ux.md 1.3).

import type { Locator } from '@playwright/test';
import { expect, test, type Person } from '../harness/people.ts';
import { openSettings, showSection } from '../harness/settings_dialog.ts';

const ZONE = 'Asia/Kathmandu';

/** Waits until the line shows the present time there, which changes every minute. */
const showsTime = (line: Locator, said: (time: string) => string) =>
  expect(async () => {
    const time = new Date().toLocaleTimeString('en-GB', { timeZone: ZONE, hour: '2-digit', minute: '2-digit' });
    await expect(line).toHaveText(new RegExp(said(time)), { timeout: 1_000 });
  }).toPass();

async function turn(who: Person, isOn: boolean): Promise<void> {
  const dialog = await openSettings(who.page, 'Privacy');
  const timeSwitch = dialog.getByRole('switch', { name: 'Show my local time' });
  await expect(timeSwitch).toBeChecked({ checked: !isOn });
  await timeSwitch.click();
  await expect(timeSwitch).toBeChecked({ checked: isOn });
  await dialog.getByRole('button', { name: 'Done' }).click();
}

test('who tells of their local time is seen with it while they are away, in both languages, and nobody else @night', async ({ company }) => {
  const [far, near] = [await company.come({ timezoneId: ZONE }), await company.come({ timezoneId: 'Europe/Berlin' })];
  await far.signInAs('Kofi');
  await near.signInAs('Nora');
  await turn(far, true);
  await far.setStatus('Away');
  await expect(near.contact('Kofi').first()).toHaveAccessibleName(/^Kofi, Away/);
  await near.open('Kofi');
  const bar = near.page.getByText('Kofi is away and may take a while to reply.');
  await showsTime(bar, (time) => `reply\\. +It’s ${time} for Kofi\\.$`);
  // Nora is here and does not share her time, so the bar shows none.
  await near.setStatus('Busy');
  await far.open('Nora');
  await expect(far.page.getByText('Nora is busy and may take a while to reply.')).toHaveText(/reply\.\s*$/);

  const settings = await openSettings(near.page, 'Appearance');
  await settings.getByRole('combobox', { name: 'Language' }).selectOption('de');
  const german = near.page.getByRole('dialog', { name: 'Einstellungen' });
  await showSection(near.page, 'Privatsphäre');
  await expect(german.getByRole('switch', { name: 'Meine Ortszeit anzeigen' })).toBeVisible();
  await near.page.keyboard.press('Escape');
  await showsTime(near.page.getByText('Kofi ist gerade nicht da'), (time) => `Bei Kofi ist es ${time} Uhr\\.$`);

  // Kofi can stop sharing at any time.
  await turn(far, false);
  await near.page.reload();
  await expect(near.page.getByText('Kofi ist gerade nicht da')).toHaveText(/gleich\.\s*$/);
});
