// ux.md 1 and 2.5 (21): messages are found by their words, also with umlauts, and the result leads to their place. Within a conversation
// they are found by a bar (ux.md 2.1).

import { violations } from '../harness/clean.ts';
import { freshName, marker } from '../harness/ids.ts';
import { expect, STORY_VARS, test, type Person } from '../harness/people.ts';
import { Server } from '../harness/server.ts';

/** Bar that searches within the conversation. */
const barOf = (person: Person) => person.page.getByRole('search', { name: 'Search this conversation' });

test('searching finds a message by the other spelling of its umlauts and leads to it', async ({ company }) => {
  const name = freshName();
  const mia = await company.come();
  await mia.signInAsGuest(name);
  await mia.open('General');
  const word = marker();
  await mia.say(`Schöne Grüße ${word}`);
  await expect(mia.row('General', word)).toContainText(/Sent|Delivered|Read/);
  // The wanted message is far above the end.
  for (let n = 0; n < 8; n += 1) await mia.say(`later ${n}`);
  await expect(mia.row('General', 'later 7').last()).toContainText(/Sent|Delivered|Read/);

  const box = mia.page.getByRole('searchbox', { name: 'Search people and messages' });
  await box.fill('in:general');
  await expect(mia.status('Press Enter to search messages.')).toBeVisible();
  await box.fill(`gruesse ${word} from:"${name}"`);
  const chip = mia.page.getByRole('search').getByRole('button', { name: `Remove filter: from ${name}` });
  await expect(chip).toBeVisible();
  await expect(box).toHaveValue(`gruesse ${word} `);
  // A filter concerns messages, so the list makes room for them.
  await expect(mia.contact('General')).toHaveCount(0);
  await expect(mia.contacts().getByText('No people or conversations found.')).toHaveCount(0);
  await box.press('Enter');
  const found = mia.contacts().getByRole('list', { name: 'Messages' });
  await expect(mia.contacts().getByRole('status').filter({ hasText: /^1 result/ })).toBeVisible();
  const result = found.getByRole('button', { name: `${name} in General: Schöne Grüße ${word}` });
  await expect(result).toBeVisible();
  await expect(result.locator('mark')).toHaveText(['Grüße', word]);

  // The keyboard leads to the result, and from there to the message.
  await box.press('ArrowDown');
  await expect(result).toBeFocused();
  await mia.page.keyboard.press('Enter');
  const row = mia.log('General').getByRole('listitem').filter({ hasText: `Schöne Grüße ${word}` });
  await expect(row).toBeFocused();

  // Without the filter, the same messages are searched again.
  await chip.click();
  await expect(chip).toHaveCount(0);
  await expect(box).toBeFocused();
  await expect(result).toBeVisible();
  await box.fill(`nothing${word}`);
  await expect(found).toBeHidden();
  await box.press('Enter');
  await expect(mia.status('No messages found.')).toBeVisible();

  // Within the conversation, the result is shown in its place while the focus stays in the bar.
  await mia.button('Search this conversation').click();
  const field = barOf(mia).getByRole('searchbox');
  await expect(field).toBeFocused();
  await field.fill(word);
  await expect(barOf(mia).getByRole('status')).toHaveText('1 of 1');
  await expect(row).toHaveAttribute('data-found', 'here');
  await expect(row).toBeInViewport();
  await expect(field).toBeFocused();
  await field.fill(`nothing${word}`);
  await expect(barOf(mia).getByRole('status')).toHaveText('No messages found.');
  await field.press('Escape');
  await expect(barOf(mia)).toHaveCount(0);
  await expect(mia.composer()).toBeFocused();
});

test('on a phone the search in a conversation stays in it: results are marked and stepped through, and Back closes the bar', async ({ company }) => {
  const mia = await company.come({ viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true, outage: true });
  await mia.signInAsGuest(freshName());
  await mia.open('General');
  const word = marker();
  // Between the results is more than the page shows.
  const tall = 'and so on\n'.repeat(40).trim();
  for (const text of [`first ${word}`, tall, `second ${word}`, tall, `third ${word}`]) {
    await mia.composer().fill(text);
    await mia.button('Send').tap();
  }
  await expect(mia.row('General', `third ${word}`)).toContainText(/Sent|Delivered|Read/);
  // The end of the log stays in view when the phone is turned, or its keyboard takes half of the page.
  for (const [width, height] of [[844, 390], [390, 844], [390, 450], [390, 844]] as const) {
    await mia.page.setViewportSize({ width, height });
    await expect(mia.row('General', `third ${word}`)).toBeInViewport();
  }

  await mia.button('Search this conversation').tap();
  const field = barOf(mia).getByRole('searchbox');
  await expect(field).toBeFocused();
  await field.fill(word);
  const isHere = async (text: string, state: string) => {
    const row = mia.row('General', `${text} ${word}`);
    await expect(barOf(mia).getByRole('status')).toHaveText(state);
    await expect(row).toHaveAttribute('data-found', 'here');
    await expect(row).toBeInViewport();
  };
  await isHere('third', '3 of 3');
  await barOf(mia).getByRole('button', { name: 'Previous result' }).tap();
  await isHere('second', '2 of 3');
  await field.press('Enter');
  await isHere('first', '1 of 3');
  await expect(field).toBeFocused();
  await field.press('Shift+Enter');
  await isHere('second', '2 of 3');
  expect(await violations(mia.page)).toEqual([]);

  await mia.page.evaluate(() => history.back());
  await expect(barOf(mia)).toHaveCount(0);
  await expect(mia.log('General')).toBeVisible();
  await expect(mia.row('General', `second ${word}`)).not.toHaveAttribute('data-found');

  // In the list, one step back ends the search, and so does its button.
  await mia.page.evaluate(() => history.back());
  const box = mia.page.getByRole('searchbox', { name: 'Search people and messages' });
  await expect(box).toBeVisible();
  await box.fill('cake');
  await expect(mia.button('Clear search')).toBeVisible();
  await mia.page.evaluate(() => history.back());
  await expect(box).toHaveValue('');
  await box.fill('has:picture');
  await box.press('Enter');
  await expect(mia.status('“has:” finds link, reply, reaction or edit.')).toBeVisible();
  await mia.button('Clear search').tap();
  await expect(box).toHaveValue('');
  await expect(mia.contact('General').first()).toBeVisible();
});

test('whoever looks in a conversation finds what is in it alone, whatever they call its other one @night', async ({ company }) => {
  const [theo, sol] = [await company.come(), await company.come()];
  await theo.signInAs('Theo');
  await sol.signInAs('Sol');
  await sol.open('Theo');
  const word = marker();
  await sol.say(`between us ${word}`);
  await theo.open('General');
  await theo.say(`for all ${word}`);
  const names = await theo.arrange('Sol');
  await names.getByRole('textbox', { name: 'Nickname' }).fill('General "S"');
  await names.getByRole('button', { name: 'Done' }).click();
  await theo.contact('General "S"').first().click();
  await expect(theo.log('General "S"').getByText(`between us ${word}`)).toBeVisible();

  await theo.button('Search this conversation').click();
  await barOf(theo).getByRole('searchbox').fill(word);
  await expect(barOf(theo).getByRole('status')).toHaveText('1 of 1');
  await expect(theo.row('General "S"', `between us ${word}`)).toHaveAttribute('data-found', 'here');
  // A search in all conversations finds both messages.
  const box = theo.page.getByRole('searchbox', { name: 'Search people and messages' });
  const found = theo.contacts().getByRole('list', { name: 'Messages' }).getByRole('button');
  const everywhere = async () => {
    // Escape ends the search before, with its filters.
    await box.press('Escape');
    await box.fill(word);
    await theo.contacts().getByRole('button', { name: `Search messages for “${word}”` }).click();
    await expect(found).toHaveCount(2);
  };
  await everywhere();

  // The server does not know the nicknames that a person has given.
  await box.fill('');
  const again = await theo.arrange('General "S"');
  await again.getByRole('textbox', { name: 'Nickname' }).fill('Sunny Day');
  await again.getByRole('button', { name: 'Done' }).click();
  for (const filter of ['from:"sunny day" ', 'in:„sunny day“ ', 'von:"Sunny Day" "between us ']) {
    await everywhere();
    await box.fill(`${filter}${word}`);
    await box.press('Enter');
    await expect(found, filter).toHaveCount(1);
    await expect(found).toHaveAccessibleName(new RegExp(`^Sunny Day between us ${word} \\d`));
  }
});

/** Records for every press of F or K if a handler has claimed it. */
function watchFind(): void {
  const taken: boolean[] = [];
  Object.assign(globalThis, { taken });
  const note = (event: KeyboardEvent) => {
    if (/^Key[FK]$/.test(event.code)) setTimeout(() => taken.push(event.defaultPrevented));
  };
  addEventListener('keydown', note, true);
}

const findKeys = () => (globalThis as unknown as { taken: boolean[] }).taken;

test('the keys of search: here, the browser’s own, and everywhere @night', async ({ company }) => {
  const mia = await company.come();
  await mia.signInAsGuest(freshName());
  const { page } = mia;
  const box = page.getByRole('searchbox', { name: 'Search people and messages' });
  const field = barOf(mia).getByRole('searchbox');
  await page.evaluate(watchFind);
  // Presses the keys and reports if the page claimed them, after all handlers have run.
  const press = async (keys: string): Promise<boolean | undefined> => {
    const before = (await page.evaluate(findKeys)).length;
    await page.keyboard.press(keys);
    await expect.poll(async () => (await page.evaluate(findKeys)).length).toBe(before + 1);
    return (await page.evaluate(findKeys)).at(-1);
  };

  expect(await press('Control+f'), 'without a conversation the browser finds').toBe(false);
  await expect(field).toHaveCount(0);
  await mia.open('General');
  await mia.composer().focus();
  expect(await press('Control+f')).toBe(true);
  await expect(field).toBeFocused();
  await page.keyboard.type('something');
  expect(await press('Control+f'), 'again: the browser’s own').toBe(false);
  await expect(field).toHaveValue('something');
  await mia.composer().focus();
  expect(await press('Control+f'), 'from elsewhere: back to the bar').toBe(true);
  await expect(field).toBeFocused();

  await mia.composer().focus();
  expect(await press('Control+k')).toBe(true);
  await expect(box).toBeFocused();
  await page.keyboard.type('Mia');
  await expect(mia.contact('Mia').first()).toBeVisible();
  await expect(mia.contact('General')).toHaveCount(0);
  await page.keyboard.press('Escape');
  await expect(mia.composer(), 'the focus is where it was').toBeFocused();
  await expect(mia.contact('General')).toHaveCount(1);
  // Where the conversation covers the list, the key leads to the list.
  await page.setViewportSize({ width: 390, height: 844 });
  await expect(box).toBeHidden();
  expect(await press('Control+k')).toBe(true);
  await expect(box).toBeFocused();
  await expect(box).toHaveValue('');
});

test('where messages are stored sealed, the page says that searching them is off @night', async ({ company }) => {
  const sealed = await Server.start({ vars: { ...STORY_VARS, CONTENT_KEYS: `k1:${Buffer.alloc(32, 7).toString('base64url')}` } });
  try {
    const mia = await company.come({ base: sealed.base, outage: true });
    await mia.signInAsGuest(freshName());
    await mia.open('General');
    const word = marker();
    await mia.say(`sealed ${word}`);
    await expect(mia.row('General', word)).toContainText(/Sent|Delivered|Read/);
    const box = mia.page.getByRole('searchbox', { name: 'Search people and messages' });
    await box.fill(word);
    await box.press('Enter');
    await expect(mia.status('Message search isn’t available here: messages are stored encrypted.')).toBeVisible();
    await expect(mia.row('General', word)).toBeVisible();
    await mia.page.close();
  } finally {
    await sealed.stop();
  }
});
