// ux.md 1 and 2.5 (21): messages are found by their words, with umlauts, and lead to their place in the conversation.

import { freshName, marker } from '../harness/ids.ts';
import { expect, test } from '../harness/people.ts';

test('searching finds a message by the other spelling of its umlauts and leads to it', async ({ company }) => {
  const name = freshName();
  const mia = await company.come();
  await mia.signInAsGuest(name);
  await mia.open('General');
  const word = marker();
  await mia.say(`Schöne Grüße ${word}`);
  await expect(mia.row('General', word)).toContainText(/Sent|Delivered|Read/);
  // What is looked for is far above the end.
  for (let n = 0; n < 8; n += 1) await mia.say(`later ${n}`);
  await expect(mia.row('General', 'later 7').last()).toContainText(/Sent|Delivered|Read/);

  const box = mia.page.getByRole('searchbox', { name: 'Search people and messages' });
  await box.fill(`gruesse ${word} from:"${name}"`);
  await box.press('Enter');
  const found = mia.contacts().getByRole('list', { name: 'Messages' });
  await expect(mia.contacts().getByRole('status').filter({ hasText: '1 found' })).toBeVisible();
  const result = found.getByRole('button', { name: `${name} in General: Schöne Grüße ${word}` });
  await expect(result).toBeVisible();
  await expect(result.locator('mark')).toHaveText(['Grüße', word]);

  // By keyboard to the result, and through it to the message.
  await box.press('ArrowDown');
  await expect(result).toBeFocused();
  await mia.page.keyboard.press('Enter');
  const row = mia.log('General').getByRole('listitem').filter({ hasText: `Schöne Grüße ${word}` });
  await expect(row).toBeFocused();

  await box.fill(`nothing${word}`);
  await expect(found).toBeHidden();
  await box.press('Enter');
  await expect(mia.status('No message says that.')).toBeVisible();

  await mia.button('Search this conversation').click();
  await expect(box).toBeFocused();
  await expect(box).toHaveValue('in:"General" ');
  await box.pressSequentially(`${word}`);
  await box.press('Enter');
  await expect(result).toBeVisible();
});
