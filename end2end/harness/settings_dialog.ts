// The settings dialog (ux.md 2.6), opened at one of its sections. A narrow page has no tabs: there all sections are in view.

import { expect, type Locator, type Page } from '@playwright/test';

/** Opens the settings, at a section if one is named, and returns the dialog. */
export async function openSettings(page: Page, section?: string | RegExp): Promise<Locator> {
  await page.getByRole('button', { name: 'Settings', exact: true }).click();
  const dialog = page.getByRole('dialog', { name: 'Settings' });
  await expect(dialog).toBeVisible();
  if (section) await showSection(page, section);
  return dialog;
}

/** Shows a section of the open settings. The keyboard is used, because a toast may cover the tab. */
export async function showSection(page: Page, section: string | RegExp): Promise<void> {
  const dialog = page.getByRole('dialog');
  // The field is there as soon as the dialog has its content.
  await expect(dialog.getByRole('searchbox')).toBeVisible();
  if (!(await dialog.getByRole('tablist').isVisible())) return;
  const tab = dialog.getByRole('tab', { name: section, exact: typeof section === 'string' });
  await tab.press('Enter');
  await expect(tab).toHaveAttribute('aria-selected', 'true');
}
