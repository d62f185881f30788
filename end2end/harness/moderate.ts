// The dialog in which a moderator acts (ux.md 2.14).

import type { Locator } from '@playwright/test';
import { expect, type Person } from './people.ts';

/** Opens the dialog by the menu of somebody in the room, by keyboard. */
export async function moderatePerson(person: Person, name: string): Promise<Locator> {
  await person.button(`Options for ${name}`).press('Enter');
  await person.page.getByRole('menuitem', { name: 'Moderate…' }).press('Enter');
  return person.page.getByRole('dialog', { name: `Moderate ${name}`, exact: true });
}

/** Chooses an act, its length and its reason, and applies it. The dialog closes when the server has stored the act. */
export async function apply(box: Locator, { act, length, reason }: { act: string; length?: string; reason: string }): Promise<void> {
  await box.getByRole('radio', { name: act, exact: true }).check();
  if (length) await box.getByRole('combobox').selectOption(length);
  await box.getByRole('textbox', { name: 'Reason' }).fill(reason);
  await box.getByRole('button', { name: 'Apply' }).press('Enter');
  await expect(box).toBeHidden();
}
