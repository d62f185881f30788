// ux.md 2.5 (20): actions on messages reach both pages: reply, react, edit, delete, receipts.

import { marker } from '../harness/ids.ts';
import { action as actionOf } from '../harness/message_actions.ts';
import { expect, test, type Person } from '../harness/people.ts';

/** Chooses an action of a row. */
async function act(who: Person, partner: string, text: string, action: string): Promise<void> {
  await (await actionOf(who.row(partner, text).first(), action)).click();
}

test('reply, react, edit, delete: both pages show the same, and receipts say how far it came', async ({ company }) => {
  const [farah, kofi] = [await company.come(), await company.come()];
  await farah.signInAs('Farah');
  await kofi.signInAs('Kofi');
  const [first, second, third] = [marker(), marker(), marker()];
  await farah.open('Kofi');
  await farah.say(`lunch at ${first}? :)`);
  await expect(farah.row('Kofi', first)).toContainText('Sent');

  // A message is read once the other person has looked at it.
  await kofi.open('Farah');
  await expect(kofi.row('Farah', first)).toHaveCount(1);
  await kofi.page.bringToFront();
  await kofi.composer().focus();
  await expect(farah.row('Kofi', first)).toContainText('Read');

  // A reaction counts on both pages, and the same press removes it.
  await act(kofi, 'Farah', first, 'React: Heart');
  for (const [who, partner] of [[farah, 'Kofi'], [kofi, 'Farah']] as const) {
    const name = `${who === kofi ? 'You' : 'Kofi'} reacted with Heart`;
    await expect(who.row(partner, first).getByRole('button', { name })).toHaveAttribute('data-count', '1');
  }
  const own = kofi.row('Farah', first).getByRole('button', { name: 'You reacted with Heart' });
  await expect(own).toHaveAttribute('aria-pressed', 'true');
  await own.click();
  await expect(farah.row('Kofi', first).getByRole('button', { name: 'reacted with Heart' })).toHaveCount(0);

  // A reply shows its quote, and the quote leads to the message.
  await act(kofi, 'Farah', first, 'Reply');
  await expect(kofi.status('Replying to Farah')).toBeVisible();
  await kofi.say(`yes ${second}`);
  const quote = farah.row('Kofi', second).getByRole('button', { name: `Farah: lunch at ${first}?` });
  await expect(quote).toBeVisible();
  await expect(quote.getByRole('img', { name: 'smile :)' })).toBeVisible();
  await quote.click();
  await expect(farah.row('Kofi', `lunch at ${first}?`).first()).toBeFocused();

  // An edit changes the text on both pages and marks it.
  await act(farah, 'Kofi', `lunch at ${first}?`, 'Edit');
  await expect(farah.composer()).toHaveValue(`lunch at ${first}? :)`);
  await farah.say(`dinner ${third}`);
  for (const [who, partner] of [[farah, 'Kofi'], [kofi, 'Farah']] as const) {
    await expect(who.row(partner, `dinner ${third}`).first()).toContainText(/edited \d\d:\d\d/);
    await expect(who.log(partner).getByText(`lunch at ${first}?`, { exact: true })).toHaveCount(0);
  }

  // A message that was deleted for oneself stays for the other person. One that was deleted for all is gone for both.
  await act(kofi, 'Farah', `yes ${second}`, 'Delete for me');
  await expect(kofi.row('Farah', `yes ${second}`)).toHaveCount(0);
  await expect(farah.row('Kofi', `yes ${second}`)).toHaveCount(1);
  await act(farah, 'Kofi', `dinner ${third}`, 'Delete for everyone');
  for (const [who, partner] of [[farah, 'Kofi'], [kofi, 'Farah']] as const) {
    await expect(who.row(partner, `dinner ${third}`)).toHaveCount(0);
    await expect(who.log(partner).getByText(`dinner ${third}`, { exact: true })).toHaveCount(0);
  }

  // Everything is the same after a reload.
  await farah.page.reload();
  await farah.isHome();
  await farah.open('Kofi');
  await expect(farah.row('Kofi', `yes ${second}`)).toHaveCount(1);
  await expect(farah.row('Kofi', `dinner ${third}`)).toHaveCount(0);
});
