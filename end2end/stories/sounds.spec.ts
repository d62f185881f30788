// Story 14: several tabs of one person hear of the same message; one of them makes the sound.

import { expect, test } from '../harness/people.ts';

/** Counts the voices that a page starts. */
function listen(): void {
  const start = AudioContext.prototype.createOscillator;
  Object.assign(globalThis, { voices: 0 });
  AudioContext.prototype.createOscillator = function createOscillator() {
    (globalThis as unknown as { voices: number }).voices += 1;
    return start.call(this);
  };
}

const voices = () => (globalThis as unknown as { voices: number }).voices;

test('two tabs, one sound', async ({ company }) => {
  const [reader, writer] = [await company.come(), await company.come()];
  await reader.context.addInitScript(listen);
  await reader.signInAs('Zuri');
  // Before the tabs listen: somebody who comes is an event with a sound of its own, and another tab may make it.
  await writer.signInAs('Runa');
  await writer.open('Zuri');
  const second = await reader.context.newPage();
  await second.goto(`${reader.base}/app`);
  // Alive, and not only drawn.
  await expect(second.getByRole('button', { name: 'Events', exact: true })).toBeVisible();
  // Browsers open the sound in a gesture, in each tab for itself; the sounds are fetched then.
  for (const page of [reader.page, second]) {
    const sounds = page.waitForResponse(/sounds\.json/).catch(() => undefined);
    await page.getByRole('search').click();
    await Promise.race([sounds, page.waitForTimeout(2_000)]);
  }
  const before = [await reader.page.evaluate(voices), await second.evaluate(voices)];
  await writer.say('heard once');
  for (const page of [reader.page, second]) {
    await expect(page.getByRole('navigation', { name: 'Contacts' }).getByRole('treeitem', { name: /^Runa,.* 1 unread/ })).toBeVisible();
  }
  const heard = async () => {
    const now = [await reader.page.evaluate(voices), await second.evaluate(voices)];
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
  const sounds = () => mia.page.evaluate(() => (window as unknown as { soundsStarted: number }).soundsStarted);
  const before = await sounds();
  await jonas.say('quiet');
  await expect(mia.row('Jonas', 'quiet')).toHaveCount(1);
  expect(await sounds()).toBe(before);
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
  const then = await sounds();
  await jonas.say('heard');
  await expect(mia.row('Jonas', 'heard')).toHaveCount(1);
  await expect.poll(sounds).toBeGreaterThan(then);
});

test('that something went wrong is heard, unless that is switched off', async ({ company }) => {
  const mia = await company.come({ outage: true });
  await mia.signInAs('Mia');
  await mia.page.route('**/sf/save_profile', (route) => route.abort());
  const sounds = () => mia.page.evaluate(() => (window as unknown as { soundsStarted: number }).soundsStarted);
  const turn = async (isOn: boolean) => {
    await mia.button('Settings').click();
    const wanted = mia.page.getByRole('dialog', { name: 'Settings' }).getByRole('switch', { name: 'Something went wrong' });
    await expect(wanted).toBeChecked({ checked: !isOn });
    await wanted.click();
    await mia.page.keyboard.press('Escape');
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
  const before = await sounds();
  await fail('not heard');
  await expect(mia.status('The server cannot be reached right now.').first()).toBeVisible();
  expect(await sounds()).toBe(before);
  await turn(true);
  await fail('heard');
  await expect.poll(sounds).toBeGreaterThan(before);
});
