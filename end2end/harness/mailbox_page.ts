// The development mailbox as people use it in a browser (account.md 1.3): its page in a tab of its own, and the links in its mails.

import type { Page } from '@playwright/test';
import type { LinkKind } from './account_life.ts';
import { expect, type Person } from './people.ts';

/**
 * Opens the mailbox in another tab of a person's browser, waits for the newest link of a kind in a mail to an address, and returns the
 * address of that link. `seen` runs while the mail is in view.
 *
 * `Person` does not watch the console of this tab: the frame of a mail runs no script, and Chromium may report that of the harness there.
 */
export async function mailedLink({ context, base }: Person, to: string, kind: LinkKind, seen: (mailbox: Page) => Promise<void> = async () => undefined) {
  const tab = await context.newPage();
  const mail = tab.locator('section:has(> iframe)').filter({ hasText: to });
  const link = mail.getByRole('link', { name: `/${kind}?token=` }).first();
  // The mail is sent after the answer, so the page is loaded until it has the mail.
  await expect(async () => {
    await tab.goto(`${base}/__dev/mail`);
    await expect(link).toBeVisible({ timeout: 1_000 });
  }).toPass();
  const address = await link.getAttribute('href');
  await seen(tab);
  await tab.close();
  expect(address, `a link /${kind} to ${to}`).not.toBeNull();
  return address!;
}
