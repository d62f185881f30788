// Story 14: several tabs of one person hear of the same message; one of them makes the sound.

import { expect, soundsOpen, soundsStarted, test } from '../harness/people.ts';

test('two tabs, one sound', async ({ company }) => {
  const [reader, writer] = [await company.come(), await company.come()];
  await reader.signInAs('Zuri');
  // Before the tabs are counted: somebody who comes is an event with a sound of its own, and another tab may make it.
  await writer.signInAs('Runa');
  await writer.open('Zuri');
  const second = await reader.context.newPage();
  await second.goto(`${reader.base}/app`);
  // Alive, and not only drawn.
  await expect(second.getByRole('button', { name: 'Events', exact: true })).toBeVisible();
  // Browsers open the sound in a gesture, in each tab for itself.
  for (const page of [reader.page, second]) {
    await page.getByRole('search').click();
    await soundsOpen(page);
  }
  const before = [await soundsStarted(reader.page), await soundsStarted(second)];
  await writer.say('heard once');
  for (const page of [reader.page, second]) {
    await expect(page.getByRole('navigation', { name: 'Contacts' }).getByRole('treeitem', { name: /^Runa,.* 1 unread/ })).toBeVisible();
  }
  const heard = async () => {
    const now = [await soundsStarted(reader.page), await soundsStarted(second)];
    return now.filter((count, tab) => count > before[tab]!).length;
  };
  await expect.poll(heard).toBe(1);
});

test('what comes in the conversation in view is heard where that is wanted', async ({ company }) => {
  const [mia, jonas] = [await company.come(), await company.come()];
  await mia.signInAs('Mia');
  await jonas.signInAs('Jonas');
  await mia.open('Jonas');
  await jonas.open('Mia');
  await soundsOpen(mia.page);
  const before = await soundsStarted(mia.page);
  await jonas.say('quiet');
  await expect(mia.row('Jonas', 'quiet')).toHaveCount(1);
  expect(await soundsStarted(mia.page)).toBe(before);
  await mia.button('Settings').click();
  const wanted = mia.page.getByRole('dialog', { name: 'Settings' }).getByRole('switch', { name: 'Sound for messages in view' });
  await expect(wanted).not.toBeChecked();
  await wanted.click();
  await mia.page.keyboard.press('Escape');
  await mia.page.reload();
  await mia.isHome();
  await expect(mia.log('Jonas')).toContainText('quiet');
  // A page that was loaded again may sound after a press.
  await mia.composer().click();
  await soundsOpen(mia.page);
  const then = await soundsStarted(mia.page);
  await jonas.say('heard');
  await expect(mia.row('Jonas', 'heard')).toHaveCount(1);
  await expect.poll(() => soundsStarted(mia.page)).toBeGreaterThan(then);
});

test('that something went wrong is heard, unless that is switched off', async ({ company }) => {
  const mia = await company.come({ outage: true, serviceWorkers: 'block' });
  await mia.signInAs('Mia');
  await mia.page.route('**/sf/save_profile', (route) => route.abort());
  const turn = async (isOn: boolean) => {
    await mia.button('Settings').click();
    const settings = mia.page.getByRole('dialog', { name: 'Settings' });
    const wanted = settings.getByRole('switch', { name: 'Something went wrong' });
    await expect(wanted).toBeChecked({ checked: !isOn });
    await wanted.click();
    await mia.page.keyboard.press('Escape');
    await expect(settings).toBeHidden();
  };
  const message = mia.page.getByRole('textbox', { name: 'Personal message' });
  const fail = async (words: string) => {
    const before = await message.inputValue();
    await message.fill(words);
    await message.press('Enter');
    // What could not be kept is not shown as if it were.
    await expect(message).toHaveValue(before);
  };
  await turn(false);
  await soundsOpen(mia.page);
  const before = await soundsStarted(mia.page);
  await fail('not heard');
  await expect(mia.status('The server cannot be reached right now.').first()).toBeVisible();
  expect(await soundsStarted(mia.page)).toBe(before);
  await turn(true);
  await fail('heard');
  await expect.poll(() => soundsStarted(mia.page)).toBeGreaterThan(before);
});
