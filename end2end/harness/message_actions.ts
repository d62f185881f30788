// Actions on a message (ux.md 2.10): the strip over it, and the sheet with all of them in words.

import type { Locator } from '@playwright/test';

/** Accessible names that differ by language. */
const WORDS = {
  en: { actions: 'Message actions', more: 'More actions' },
  de: { actions: 'Aktionen zur Nachricht', more: 'Weitere Aktionen' },
} as const;
/** Actions with an icon in the strip whenever they are offered; those of the sheet are under "More actions". */
const IN_STRIP = ['React: Thumbs up', 'React: Heart', 'Add a reaction', 'Reply', 'Edit'];

/** Returns the strip over a message. */
export const strip = (row: Locator, language: keyof typeof WORDS = 'en'): Locator => row.getByRole('group', { name: WORDS[language].actions });

/** Returns the sheet; it belongs to the page, because it lies over everything. */
export const sheet = (row: Locator, language: keyof typeof WORDS = 'en'): Locator =>
  row.page().getByRole('dialog', { name: WORDS[language].actions });

/** Shows the strip over a message as a hand does: the pointer goes to the row, because the strip of a row under the pointer hides all others. */
async function pointAt(row: Locator): Promise<void> {
  await row.focus();
  await row.hover({ position: { x: 4, y: 4 } });
}

const isTouch = (row: Locator): Promise<boolean> => row.page().evaluate(() => matchMedia('(pointer: coarse)').matches);

/** Opens all actions of a message. A sheet that is still open is closed first. On touch there is no strip over the message. */
export async function allActions(row: Locator, language: keyof typeof WORDS = 'en'): Promise<Locator> {
  const all = sheet(row, language);
  if (await all.isVisible()) {
    await row.page().keyboard.press('Escape');
    await all.waitFor({ state: 'detached' });
  }
  if (await isTouch(row)) {
    await row.focus();
    await row.page().keyboard.press('Shift+F10');
  } else {
    await pointAt(row);
    await strip(row, language).getByRole('button', { name: WORDS[language].more }).click();
  }
  await all.getByRole('button', { name: /^(Reply|Antworten)$/ }).waitFor();
  return all;
}

/** Returns an action of a message, after the pointer shows the strip, or a press that shows all. */
export async function action(row: Locator, name: string): Promise<Locator> {
  if (IN_STRIP.includes(name) && !(await isTouch(row))) {
    await pointAt(row);
    return strip(row).getByRole('button', { name, exact: true });
  }
  return (await allActions(row)).getByRole('button', { name, exact: true });
}
