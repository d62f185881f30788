// Presenter of a demo room: begins it on `/demo` and uses the panel beside it (demo.md).

import type { Locator } from '@playwright/test';
import { expect, type Company, type Person, type PersonOptions } from './people.ts';

/** Name of every demo room. */
export const ROOM = 'Demo crew';

export const panel = (who: Person): Locator => who.page.getByRole('complementary', { name: 'Presenter' });
export const code = async (who: Person): Promise<string> => (await panel(who).getByText(/^[A-Z]{3}-\d{3}$/).textContent())!;

/** Begins a room on `/demo`, as a presenter does. */
export async function begin(company: Company, options: PersonOptions = {}): Promise<Person> {
  const presenter = await company.come({ viewport: { width: 1_280, height: 800 }, ...options });
  await presenter.page.goto(`${presenter.base}/demo`);
  await presenter.button('Start a room').click();
  await expect(panel(presenter)).toBeVisible();
  await expect(presenter.log(ROOM)).toBeVisible();
  return presenter;
}
