// The operator in a browser: the page /admin with the service token (leaving.md 4, moderation.md 1 and 4). `admin.ts` does the same without
// a browser.

import type { Locator } from '@playwright/test';
import { expect, type Person } from './people.ts';

/** Opens /admin with the service token. */
export async function enterAdmin({ page, base }: Person, token: string): Promise<void> {
  await page.goto(`${base}/admin`);
  await page.getByLabel('Service token').fill(token);
  await page.getByRole('button', { name: 'Open', exact: true }).click();
  // The question for the token has the same heading, but not this button.
  await expect(page.getByRole('button', { name: 'Sign out' })).toBeVisible();
  await expect(page.getByRole('heading', { level: 1, name: 'Operations' })).toBeVisible();
}

/** Makes an account a moderator by the form of the page. */
export async function giveModerator({ page }: Person, user: string): Promise<void> {
  const field = page.getByLabel('Name, handle or e-mail address');
  const form = page.locator('form').filter({ has: field });
  await field.fill(user);
  await form.getByRole('combobox', { name: 'Role', exact: true }).selectOption('Moderator');
  await form.getByRole('button', { name: 'Save', exact: true }).click();
  const row = page.getByRole('row').filter({ has: page.getByRole('rowheader').filter({ hasText: user }) });
  await expect(row.getByRole('cell')).toHaveText('Moderator');
}

/** Searches the audit log for reports, and returns the rows with these words. A row arrives a moment after its report. */
export async function reportRows({ page }: Person, who: string, words: string): Promise<Locator> {
  // Rows of the queue have a link, those of the audit log have none.
  const rows = page.getByRole('row').filter({ hasText: words }).filter({ hasNot: page.getByRole('link') });
  await expect(async () => {
    await page.getByLabel('Account name, ID or target').fill(who);
    await page.getByLabel('Action', { exact: true }).fill('report');
    await page.getByRole('button', { name: 'Search' }).click();
    await expect(rows.first()).toBeVisible({ timeout: 1_000 });
  }).toPass();
  return rows;
}

/** Reads the only open objection, and closes it: the act stays. */
export async function keepAct({ page, base }: Person, text: string): Promise<void> {
  await page.goto(`${base}/admin`);
  await expect(page.getByText(text, { exact: true })).toBeVisible();
  await page.getByRole('button', { name: /^Uphold the decision/ }).click();
  await expect(page.getByText('No open appeals.')).toBeVisible();
}
