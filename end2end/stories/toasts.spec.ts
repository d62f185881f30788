// The person chooses how long toasts stay (ux.md 2.2, WCAG 2.2.1). The story moves the clock of the page.

import { expect, lineOpens, test, type Person } from '../harness/people.ts';
import { openSettings } from '../harness/settings_dialog.ts';
import { go, pass, stillClock, stop } from '../harness/still_clock.ts';
import { LONGEST_S, TOAST_S } from '../harness/toasts.ts';

const settings = (who: Person) => who.page.getByRole('dialog', { name: 'Settings' });
const toast = (who: Person, words: string) => who.page.locator('.toast').filter({ hasText: words });

/** Longest fading of a toast, in seconds. */
const FADING_S = 1;

test('a toast stays for as long as somebody chose, or until it is closed, which outlives a reload @night', async ({ company }) => {
  const [mia, jonas] = [await company.come(), await company.come()];
  await mia.page.addInitScript(stillClock);
  await mia.signInAs('Mia');
  await jonas.signInAs('Jonas');
  await mia.open('General');
  await jonas.open('Mia');
  /** Asserts that a toast of a message from Jonas stays for so many seconds and no longer. */
  const stays = async (words: string, seconds: number) => {
    // A toast under the pointer would stay.
    await mia.page.mouse.move(0, 0);
    await stop(mia);
    await jonas.say(words);
    await expect(toast(mia, words)).toBeVisible();
    await pass(mia, seconds - 1);
    await expect(toast(mia, words)).toBeVisible();
    await pass(mia, 1 + FADING_S);
    await expect(toast(mia, words)).toHaveCount(0);
    await go(mia);
  };
  await stays('a short one', TOAST_S);

  await openSettings(mia.page, 'Notifications');
  const stay = settings(mia).getByRole('radiogroup', { name: 'Keep pop-ups for' });
  await expect(stay.getByRole('radio')).toHaveCount(3);
  await expect(stay.getByRole('radio', { name: `${TOAST_S} seconds` })).toBeChecked();
  await stay.getByRole('radio', { name: `${LONGEST_S} seconds` }).check();
  await mia.page.keyboard.press('Escape');
  await stays('a longer one', LONGEST_S);

  await openSettings(mia.page, 'Notifications');
  await stay.getByRole('radio', { name: 'Until I close them' }).check();
  await mia.page.keyboard.press('Escape');
  const line = lineOpens(mia.page);
  await mia.page.reload();
  await mia.isHome();
  await mia.page.mouse.move(0, 0);
  await expect(mia.log('General')).toBeVisible();
  await line;
  await stop(mia);
  await jonas.say('a long one');
  await expect(toast(mia, 'a long one')).toBeVisible();
  await pass(mia, LONGEST_S + 5);
  await expect(toast(mia, 'a long one')).toBeVisible();
  await mia.button('Dismiss').click();
  await expect(toast(mia, 'a long one')).toHaveCount(0);
});

test('what pops up stays for whoever has the focus in it, also when the pointer passes over it', async ({ company }) => {
  const [mia, jonas] = [await company.come(), await company.come()];
  await mia.page.addInitScript(stillClock);
  await mia.signInAs('Mia');
  await jonas.signInAs('Jonas');
  await mia.open('General');
  await jonas.open('Mia');
  await stop(mia);
  await jonas.say('read me');
  const card = toast(mia, 'read me');
  await card.getByRole('button', { name: 'Dismiss' }).focus();
  await card.hover();
  await mia.page.mouse.move(0, 0);
  // This exceeds the usual time of a toast.
  await pass(mia, TOAST_S + 2);
  await expect(card.getByRole('button', { name: 'Dismiss' })).toBeFocused();
  // The toast also stays under the pointer after the focus has left.
  await card.hover();
  await mia.composer().focus();
  await pass(mia, TOAST_S + 2);
  await expect(card).toBeVisible();
  await mia.page.mouse.move(0, 0);
  await pass(mia, TOAST_S + FADING_S);
  await expect(card).toHaveCount(0);
});
