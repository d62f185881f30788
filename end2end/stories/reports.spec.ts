// A person is reported by their menu and by one of their messages, and the operator finds the reports (people.md 6, ux.md 2.1).

import type { Locator } from '@playwright/test';
import { isClean } from '../harness/clean.ts';
import { marker } from '../harness/ids.ts';
import { allActions } from '../harness/message_actions.ts';
import { enterAdmin, reportRows } from '../harness/operator.ts';
import { expect, STORY_VARS, test, type Person } from '../harness/people.ts';
import { Server } from '../harness/server.ts';

const ADMIN_TOKEN = 'a token for the story of reports';
let server: Server;
test.beforeAll(async () => {
  server = await Server.start({ vars: { ...STORY_VARS, ADMIN_TOKEN } });
});
test.afterAll(() => server.stop());

const dialog = ({ page }: Person, name: string): Locator => page.getByRole('dialog', { name, exact: true });

/** Opens a person's menu by keyboard and moves to its last entry. */
async function toReport(person: Person, name: string): Promise<void> {
  const { page } = person;
  await person.button(`Options for ${name}`).focus();
  await page.keyboard.press('Enter');
  await expect(page.getByRole('menuitem').first()).toBeFocused();
  await page.keyboard.press('End');
  await expect(page.getByRole('menuitem', { name: 'Report…' })).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(dialog(person, `Report ${name}`)).toBeVisible();
}

test('by their menu and by keyboard alone, blocked as well; the owner finds it @night', async ({ company }) => {
  const [mia, owner] = [await company.come({ base: server.base }), await company.come({ base: server.base, locale: 'en' })];
  await mia.signInAs('Mia');
  await mia.open('Jonas');
  const { keyboard } = mia.page;
  const report = dialog(mia, 'Report Jonas');
  const option = (name: string) => report.getByRole('radio', { name, exact: true });

  // Opening and closing the dialog does nothing.
  await toReport(mia, 'Jonas');
  await expect(option('Spam')).toBeFocused();
  await keyboard.press('Escape');
  await expect(report).toBeHidden();
  await expect(mia.button('Options for Jonas')).toBeFocused();

  await toReport(mia, 'Jonas');
  await expect(report.getByRole('radiogroup', { name: 'Reason' }).getByRole('radio')).toHaveCount(3);
  for (const name of ['Spam', 'Abuse or threats', 'Something else']) await expect(option(name)).not.toBeChecked();
  await isClean(mia);
  // Without a reason the dialog stays open.
  await keyboard.press('Enter');
  await expect(option('Spam')).toBeFocused();
  await keyboard.press('ArrowDown');
  await expect(option('Abuse or threats')).toBeChecked();
  await keyboard.press('Tab');
  const blocks = report.getByRole('checkbox', { name: 'Also block this person' });
  await expect(blocks).toBeFocused();
  await expect(blocks, 'nobody is blocked unasked').not.toBeChecked();
  await keyboard.press('Space');
  await expect(blocks).toBeChecked();
  await keyboard.press('Tab');
  await expect(report.getByRole('button', { name: 'Report', exact: true })).toBeFocused();
  await keyboard.press('Enter');
  await expect(report.getByRole('status')).toHaveText('Thanks. The moderators will see your report.');
  await expect(report.getByRole('radio')).toHaveCount(0);
  await expect(report.getByRole('button', { name: 'Done' })).toBeFocused();
  await keyboard.press('Enter');
  await expect(report).toBeHidden();
  await expect(mia.button('Options for Jonas')).toBeFocused();
  await expect(mia.page.getByRole('main')).toContainText('You’ve blocked Jonas. Unblock them to send a message.');

  // The choice to block is not offered for a blocked person.
  await toReport(mia, 'Jonas');
  await expect(option('Spam')).toBeVisible();
  await expect(blocks).toHaveCount(0);
  await report.getByRole('button', { name: 'Cancel' }).press('Enter');
  await expect(report).toBeHidden();

  await enterAdmin(owner, ADMIN_TOKEN);
  const rows = await reportRows(owner, 'user_1', 'user_7 → Jonas user_1');
  await expect(rows, 'one for what was sent, none for what was not').toHaveCount(1);
  await expect(rows.getByRole('cell', { name: 'Abuse or threats abuse', exact: true })).toBeVisible();
});

test('by a message of theirs, in German; nobody is blocked by it, and the row says which message it was @night', async ({ company }) => {
  const [tess, witness, owner] = [await company.come({ base: server.base }), await company.come({ base: server.base }), await company.come({ base: server.base, locale: 'en' })];
  await tess.signInAs('Tess');
  await witness.signInAsGuest('Zeugin');
  for (const person of [tess, witness]) await person.open('General');
  const words = marker();
  await tess.say(words);
  await expect(witness.row('General', words)).toBeVisible();
  const { page } = witness;
  await witness.button('Settings').click();
  await dialog(witness, 'Settings').getByRole('combobox', { name: 'Language' }).selectOption('de');
  await expect(dialog(witness, 'Einstellungen')).toBeVisible();
  await page.keyboard.press('Escape');

  const row = page.getByRole('log').getByRole('listitem').filter({ hasText: words });
  await (await allActions(row, 'de')).getByRole('button', { name: 'Melden …', exact: true }).press('Enter');
  const report = dialog(witness, 'Tess melden');
  await expect(report.getByRole('radiogroup', { name: 'Grund' })).toBeVisible();
  await expect(report.getByRole('blockquote')).toHaveText(words);
  for (const name of ['Spam', 'Etwas anderes']) await expect(report.getByRole('radio', { name, exact: true })).toBeVisible();
  await expect(report.getByRole('checkbox', { name: 'Diese Person auch blockieren' })).not.toBeChecked();
  await report.getByRole('radio', { name: 'Beleidigung oder Drohung' }).press('Space');
  await report.getByRole('button', { name: 'Melden', exact: true }).press('Enter');
  await expect(report.getByRole('status')).toHaveText('Danke. Deine Meldung geht an die Moderation.');
  await expect(report.getByRole('button', { name: 'Fertig' })).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(report).toBeHidden();
  await expect(row).toBeFocused();

  const more = marker();
  await tess.say(more);
  await expect(page.getByRole('log').getByRole('listitem').filter({ hasText: more }), 'they are heard as ever').toBeVisible();
  // One's own messages cannot be reported.
  const own = tess.row('General', more);
  const actions = await allActions(own);
  await expect(actions.getByRole('button', { name: 'Delete for me' })).toBeVisible();
  await expect(actions.getByRole('button', { name: 'Report…' })).toHaveCount(0);

  const message = await row.getAttribute('data-id');
  await enterAdmin(owner, ADMIN_TOKEN);
  const rows = await reportRows(owner, 'user_14', `→ Tess user_14 general/${message}`);
  await expect(rows).toHaveCount(1);
  await expect(rows.getByRole('cell', { name: 'Abuse or threats abuse', exact: true })).toBeVisible();
});

test('what goes wrong is said in the dialog, which keeps what was chosen @night', async ({ company }) => {
  // A service worker would hide the request from the story.
  const kofi = await company.come({ base: server.base, outage: true, serviceWorkers: 'block' });
  await kofi.signInAs('Kofi');
  await kofi.open('Aylin');
  await toReport(kofi, 'Aylin');
  const report = dialog(kofi, 'Report Aylin');
  const send = report.getByRole('button', { name: 'Report', exact: true });
  await report.getByRole('radio', { name: 'Something else' }).check();
  const error = (retryAfterMs: number) => ({
    status: 429,
    json: { success: false, error: { code: 'RATE_LIMITED', message: 'Too many.', retryAfterMs }, meta: { timestamp: Date.now(), requestId: crypto.randomUUID() } },
  });
  const path = '**/api/me/reports';
  for (const [answer, words] of [
    [error(7_200_000), 'You’ve reached today’s limit. Try again tomorrow.'],
    [error(2_000), 'That didn’t work. Please try again.'],
    [undefined, 'We can’t reach the server right now.'],
  ] as const) {
    await kofi.page.route(path, (route) => (answer ? route.fulfill(answer) : route.abort()));
    await send.press('Enter');
    await expect(report.getByRole('alert')).toHaveText(words);
    await expect(report.getByRole('radio', { name: 'Something else' })).toBeChecked();
    await expect(send, 'the focus stays').toBeFocused();
    await kofi.page.unroute(path);
  }
  await send.press('Enter');
  await expect(report.getByRole('status')).toHaveText('Thanks. The moderators will see your report.');
  await expect(report.getByRole('alert')).toHaveCount(0);
});
