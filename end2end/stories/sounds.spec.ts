// Story 14: several tabs of one person receive the same message, and one of them makes the sound. Also the conditions under which sounds
// play.

import type { Page } from '@playwright/test';
import { expect, isComplete, soundsOpen, soundsStarted, test } from '../harness/people.ts';
import { openSettings } from '../harness/settings_dialog.ts';

/** Replaces each sound of the page by a tone with its own pitch, so that the pitch tells which sound was played. */
async function toned(page: Page): Promise<() => Promise<string[]>> {
  const NAMES = ['sign-in', 'contact-online', 'message-in', 'message-sent', 'nudge', 'wink-cranes', 'error'];
  const PITCH = 3_000;
  const tone = (f: number) => ({ ms: 20, gain: 0.1, voices: [{ at: 0, ms: 20, type: 'sine', f, gain: 1, env: [[0, 0], [5, 1], [20, 0]] }] });
  const sounds = Object.fromEntries(NAMES.map((name, at) => [name, tone(PITCH + at)]));
  await page.route('**/assets/sounds.json', async (route) => {
    // The greeting arrives with this file and is dropped while sound is locked. The press that led here unlocks it.
    await page.waitForFunction(() => (window as unknown as { sound?: BaseAudioContext }).sound?.state === 'running');
    await route.fulfill({ json: { sounds } });
  });
  await page.addInitScript((pitch) => {
    const pitches = ((window as unknown as { pitches: number[] }).pitches = [] as number[]);
    const { setValueAtTime } = AudioParam.prototype;
    AudioParam.prototype.setValueAtTime = function (this: AudioParam, value, when) {
      if (value >= pitch) pitches.push(value);
      return setValueAtTime.call(this, value, when);
    };
  }, PITCH);
  return async () => (await page.evaluate(() => (window as unknown as { pitches: number[] }).pitches)).map((f) => NAMES[f - PITCH]!);
}

test('two tabs, one sound', async ({ company }) => {
  const [reader, writer] = [await company.come(), await company.come()];
  await reader.signInAs('Zuri');
  // The writer arrives before the count of sounds: the arrival has a sound of its own, and another tab may make it.
  await writer.signInAs('Runa');
  await writer.open('Zuri');
  const second = await reader.context.newPage();
  await second.goto(`${reader.base}/app`);
  await isComplete(second);
  // Browsers unlock sound by a gesture in each tab.
  for (const page of [reader.page, second]) {
    await page.getByRole('search').click();
    await soundsOpen(page);
  }
  const before = [await soundsStarted(reader.page), await soundsStarted(second)];
  await writer.say('heard once');
  for (const page of [reader.page, second]) {
    await expect(page.getByRole('navigation', { name: 'Contacts' }).getByRole('treeitem', { name: /^Runa,.* 1 unread/ })).toBeVisible();
  }
  const played = async () => {
    const now = [await soundsStarted(reader.page), await soundsStarted(second)];
    return now.filter((count, tab) => count > before[tab]!).length;
  };
  await expect.poll(played).toBe(1);
});

test('where the browser holds sounds back the page says so, and what came meanwhile is not made up for @night', async ({ company }) => {
  const [reader, writer] = [await company.come({ serviceWorkers: 'block' }), await company.come()];
  await reader.signInAs('Zuri');
  await writer.signInAs('Runa');
  await writer.open('Zuri');
  // No gesture has happened on the next page yet.
  const played = await toned(reader.page);
  await reader.page.reload();
  await isComplete(reader.page);
  const chip = reader.page.getByText('Click anywhere to turn on sound');
  await expect(chip).toHaveCount(0);
  await writer.say('not heard');
  await expect(reader.contact('Runa').first()).toHaveAccessibleName(/1 unread/);
  await expect(chip).toBeVisible();
  await reader.page.getByRole('search').click();
  await soundsOpen(reader.page);
  await expect(chip).toHaveCount(0);
  await writer.button('Nudge').click();
  await expect.poll(played, 'and nothing before it').toEqual(['nudge']);
});

test('what comes in the conversation in view is heard where that is wanted @night', async ({ company }) => {
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
  const wanted = (await openSettings(mia.page, 'Sounds')).getByRole('switch', { name: 'Sound for messages in the open conversation' });
  await expect(wanted).not.toBeChecked();
  await wanted.click();
  await mia.page.keyboard.press('Escape');
  await mia.page.reload();
  await mia.isHome();
  await expect(mia.log('Jonas')).toContainText('quiet');
  // After a reload a page needs a new gesture before it can play sounds.
  await mia.composer().click();
  await soundsOpen(mia.page);
  // What comes before the connection is open again is missed, and makes no sound.
  await mia.say('back');
  await expect(jonas.row('Mia', 'back')).toHaveCount(1);
  const then = await soundsStarted(mia.page);
  await jonas.say('heard');
  await expect(mia.row('Jonas', 'heard')).toHaveCount(1);
  await expect.poll(() => soundsStarted(mia.page)).toBeGreaterThan(then);
});

test('that something went wrong is heard, unless that is switched off @night', async ({ company }) => {
  const mia = await company.come({ outage: true, serviceWorkers: 'block' });
  await mia.signInAs('Mia');
  await mia.page.route('**/sf/save_profile', (route) => route.abort());
  const turn = async (isOn: boolean) => {
    const settings = await openSettings(mia.page, 'Sounds');
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
    // The page does not show a value that it could not save.
    await expect(message).toHaveValue(before);
  };
  await turn(false);
  await soundsOpen(mia.page);
  const before = await soundsStarted(mia.page);
  await fail('not heard');
  await expect(mia.status('We can’t reach the server right now.').first()).toBeVisible();
  expect(await soundsStarted(mia.page)).toBe(before);
  await turn(true);
  await fail('heard');
  await expect.poll(() => soundsStarted(mia.page)).toBeGreaterThan(before);
});

test('each event has its own sound @night', async ({ company }) => {
  const [mia, jonas, theo] = [await company.come({ outage: true, serviceWorkers: 'block' }), await company.come(), await company.come()];
  const { page } = mia;
  const played = await toned(page);
  const expected: string[] = [];
  const expectSound = async (name: string) => {
    expected.push(name);
    await expect.poll(played).toEqual(expected);
  };
  await jonas.signInAs('Jonas');
  await mia.signInOnPage('Mia');
  await expectSound('sign-in');

  await theo.signInAs('Theo');
  await expectSound('contact-online');
  await mia.open('General');
  await jonas.open('Mia');
  await jonas.say('over there');
  await expectSound('message-in');
  await jonas.button('Nudge').click();
  await expectSound('nudge');

  const settings = await openSettings(page, 'Sounds');
  await settings.getByRole('switch', { name: 'Sound for messages you send' }).click();
  await page.keyboard.press('Escape');
  await mia.open('Jonas');
  await mia.say('and here');
  await expectSound('message-sent');
  await jonas.button('Winks').click();
  await jonas.page.getByRole('menuitem', { name: 'Crane Flock' }).click();
  await expectSound('wink-cranes');

  await page.route('**/sf/save_profile', (route) => route.abort());
  const message = page.getByRole('textbox', { name: 'Personal message' });
  await message.fill('not kept');
  await message.press('Enter');
  await expectSound('error');
});
