// The toolbar under the tabs and the list of people beside the log (ux.md 1.3, 4.4, 4.6), at a desk and on a phone. Also, toasts and
// popovers hide nothing important.

import type { Locator } from '@playwright/test';
import { openStory } from '../harness/gallery.ts';
import { limits } from '../harness/limits.ts';
import { expect, holdBack, test, type Person } from '../harness/people.ts';
import { stillClock, stop } from '../harness/still_clock.ts';
import { TOAST_S } from '../harness/toasts.ts';

const PHONE = { width: 390, height: 844 };
const TABLET = { width: 1024, height: 640 };

/** Smallest window of a phone in use. */
const NARROW = { width: 360, height: 740 };

const dialog = (who: Person, name: string) => who.page.getByRole('dialog', { name });

/** Asserts that a card covers none of these parts of the page that are visible. A card takes its place one frame after it appears. */
async function isApart(card: Locator, parts: Locator[]): Promise<void> {
  await expect(async () => {
    const over = (await card.boundingBox())!;
    for (const part of parts) {
      const box = (await part.isVisible()) ? await part.boundingBox() : null;
      if (!box) continue;
      const { x, y, width, height } = box;
      const apart = over.x >= x + width || over.x + over.width <= x || over.y >= y + height || over.y + over.height <= y;
      expect(apart, `${JSON.stringify(over)} over ${JSON.stringify(box)}`).toBe(true);
    }
  }).toPass();
}

/** Asserts that a card covers no message and nothing one writes with. */
const coversNothing = (who: Person, log: string, card: Locator): Promise<void> =>
  isApart(card, [who.log(log), who.composer(), who.button('Send')]);

/** Asserts that a card leaves the way back, the buttons and the name of the conversation, and the own identity free. */
async function leavesHeader(who: Person, name: string, card: Locator): Promise<void> {
  const main = who.page.getByRole('main');
  const buttons = await main.locator('header').getByRole('button').all();
  const options = main.getByRole('button', { name: 'Conversation options' });
  await isApart(card, [main.getByRole('heading', { name }), options, who.page.getByRole('banner'), ...buttons]);
}

test('in a conversation of two the toolbar invites the other into a new group, mutes, and has the options @night', async ({ company }) => {
  const mia = await company.come({ viewport: TABLET });
  await mia.signInAs('Mia');
  await mia.open('Jonas');
  await mia.button('Invite').click();
  await expect(dialog(mia, 'New group').getByRole('checkbox', { name: 'Jonas' })).toBeChecked();
  await expect(dialog(mia, 'New group').getByRole('checkbox', { checked: true })).toHaveCount(1);
  await mia.page.keyboard.press('Escape');
  await mia.button('Mute').click();
  await expect(mia.button('Unmute')).toBeFocused();
  await mia.button('Conversation options').click();
  const options = dialog(mia, 'Conversation options');
  await expect(options).toBeInViewport({ ratio: 1 });
  await expect(options.getByRole('combobox', { name: 'Mute' })).toHaveValue('ever');
  await expect(options.getByRole('combobox', { name: 'Mute' })).toBeFocused();
  await mia.page.keyboard.press('Escape');
  await mia.button('Unmute').click();
  await expect(mia.button('Mute')).toBeVisible();
  await expect(mia.button('Unmute')).toHaveCount(0);
});

test('who is in a room is beside its log, and on a phone in a sheet @night', async ({ company }) => {
  const [mia, jonas] = [await company.come({ viewport: TABLET }), await company.come({ viewport: PHONE })];
  await mia.signInAs('Mia');
  await jonas.signInAs('Jonas');
  await mia.open('General');
  await jonas.open('General');
  const aside = mia.page.getByRole('complementary', { name: 'Details' });
  await expect(aside.getByRole('listitem').filter({ hasText: 'Jonas' })).toBeVisible();
  await expect(aside.getByRole('listitem').filter({ hasText: 'Mia (you)' })).toBeVisible();
  await aside.getByRole('button', { name: 'Options for Jonas' }).click();
  await expect(aside.getByRole('menuitem', { name: 'Block' })).toBeVisible();

  await jonas.button('People here').click();
  const sheet = dialog(jonas, 'People here');
  await sheet.getByRole('button', { name: 'Options for Mia' }).click();
  await expect(sheet.getByRole('menuitem', { name: 'Block' })).toBeInViewport({ ratio: 1 });
});

test('a group shows its members with their roles, and is left only after a question @night', async ({ company }) => {
  const [vera, otto] = [await company.come({ viewport: TABLET }), await company.come()];
  await vera.signInAs('Aylin');
  await otto.signInAs('Theo');
  await vera.button('New group').click();
  await dialog(vera, 'New group').getByRole('textbox', { name: 'Group name' }).fill('Lamp crew');
  await dialog(vera, 'New group').getByRole('checkbox', { name: 'Theo' }).check();
  await dialog(vera, 'New group').getByRole('button', { name: 'Create group' }).click();
  const aside = vera.page.getByRole('complementary', { name: 'Details' });
  await expect(aside.getByRole('heading')).toHaveText(new RegExp(`Members\\s*2 of ${limits.groupMembers}`));
  await expect(aside.getByRole('listitem').filter({ hasText: 'Aylin (you)' })).toContainText('Owner');
  const leave = async () => {
    await otto.contact('Lamp crew').click({ button: 'right' });
    await otto.page.getByRole('menuitem', { name: 'Leave group' }).click();
  };
  await leave();
  await dialog(otto, 'Leave group').getByRole('button', { name: 'Stay' }).click();
  await expect(otto.contact('Lamp crew')).toBeVisible();
  await otto.open('Lamp crew');
  await leave();
  await dialog(otto, 'Leave group').getByRole('button', { name: 'Leave group' }).click();
  await expect(otto.contact('Lamp crew')).toHaveCount(0);
  await expect(aside.getByRole('heading')).toHaveText(new RegExp(`Members\\s*1 of ${limits.groupMembers}`));
  await vera.button('Invite').click();
  await expect(dialog(vera, 'Invite people').getByRole('checkbox', { name: 'Theo' })).toBeVisible();
  await expect(dialog(vera, 'Invite people').getByRole('button', { name: 'Create an invite link' })).toBeVisible();
});

test('on the narrowest phone a toast is whole, and covers neither messages nor the header nor anything one writes with', async ({ company }) => {
  const mia = await company.come({ viewport: NARROW, outage: true, reducedMotion: 'reduce' });
  await openStory(mia.page, mia.base, 'toasts', 'theme=azure&motion=none');
  const toasts = mia.page.locator('.toast').filter({ visible: true });
  await expect(toasts).not.toHaveCount(0);
  for (const toast of await toasts.all()) {
    await expect(toast).toBeInViewport({ ratio: 1 });
    await coversNothing(mia, 'Jonas', toast);
    await leavesHeader(mia, 'Jonas', toast);
  }
});

test('a toast covers no message and nothing one writes with, whatever the width @night', async ({ company }) => {
  const [mia, jonas] = [await company.come(), await company.come()];
  await mia.signInAs('Mia');
  await jonas.signInAs('Jonas');
  await jonas.open('Mia');
  for (const viewport of [{ width: 1280, height: 800 }, TABLET, { width: 700, height: 800 }, PHONE]) {
    await test.step(`${viewport.width} px`, async () => {
      await mia.open('General');
      await mia.page.setViewportSize(viewport);
      const words = `are you there at ${viewport.width}?`;
      await jonas.say(words);
      const toast = mia.status(words);
      await expect(toast).toBeVisible();
      await mia.page.evaluate(() => Promise.allSettled(document.getAnimations().filter((one) => one.effect?.getComputedTiming().iterations === 1 && Number(one.effect.getComputedTiming().duration) < 1_000).map((one) => one.finished)));
      await coversNothing(mia, 'General', toast.getByRole('button', { name: words }));
      await leavesHeader(mia, 'General', toast.getByRole('button', { name: words }));
      // A press on the toast opens its conversation and closes the toast.
      await toast.getByRole('button', { name: words }).click();
      await expect(mia.row('Jonas', words)).toBeVisible();
      await expect(toast).toBeHidden();
    });
  }
});

test('a toast goes when its conversation is opened another way @night', async ({ company }) => {
  const [mia, jonas] = [await company.come({ viewport: PHONE }), await company.come()];
  await mia.page.addInitScript(stillClock);
  await mia.signInAs('Mia');
  await jonas.signInAs('Jonas');
  await jonas.open('Mia');
  // The toast cannot expire, because the clock stands still.
  await stop(mia);
  await jonas.say('are you there?');
  const toast = mia.page.getByRole('button', { name: /are you there/ });
  await expect(toast).toBeVisible();
  // A pointer over the toast would hold it, so the keyboard is used.
  await mia.contact('Jonas').first().press('Enter');
  await expect(mia.log('Jonas')).toContainText('are you there?');
  await expect(toast).toHaveCount(0);
});

test('where the keyboard lies over the page the composer stays above it', async ({ company }) => {
  const mia = await company.come({ viewport: PHONE });
  await mia.signInAs('Mia');
  await mia.open('General');
  await mia.page.evaluate(() => {
    const view = window.visualViewport!;
    Object.defineProperty(view, 'height', { get: () => 420 });
    view.dispatchEvent(new Event('resize'));
  });
  const bottom = async () => {
    const { y, height } = (await mia.button('Send').boundingBox())!;
    return y + height;
  };
  await expect.poll(bottom).toBeLessThanOrEqual(420);
});

test('the bar of a toast shows the time that is left, also where nothing moves @night', async ({ company }) => {
  const [mia, jonas] = [await company.come(), await company.come()];
  await mia.signInAs('Mia');
  await jonas.signInAs('Jonas');
  await mia.open('General');
  await jonas.open('Mia');
  for (const motion of ['Full', 'Calm', 'None']) {
    await test.step(motion, async () => {
      await mia.button('Settings').click();
      await dialog(mia, 'Settings').getByRole('radiogroup', { name: 'Motion' }).getByRole('radio', { name: motion }).check({ force: true });
      await mia.page.keyboard.press('Escape');
      await mia.page.mouse.move(0, 0);
      const words = `look at the clock: ${motion}`;
      await jonas.say(words);
      const toast = mia.page.locator('.toast').filter({ hasText: words });
      await expect(toast).toBeVisible();
      const bar = await toast.evaluate((toast, wholeMs) => {
        const bars = toast.getAnimations({ subtree: true }).map((one) => one.effect as KeyframeEffect).filter((effect) => effect.pseudoElement === '::after' && effect.getComputedTiming().duration === wholeMs);
        return [...new Set(bars.map((effect) => effect.getKeyframes()[0]!.easing))];
      }, TOAST_S * 1_000);
      expect(bar).toEqual([motion === 'Full' ? 'linear' : `steps(${TOAST_S})`]);
      await toast.getByRole('button', { name: 'Dismiss' }).click();
    });
  }
});

test('what a finger presses is large enough, edges as well @night', async ({ company }) => {
  const [mia, jonas] = [await company.come({ viewport: TABLET, hasTouch: true, isMobile: true }), await company.come()];
  await mia.signInAs('Mia');
  await jonas.signInAs('Jonas');
  await mia.open('Jonas');
  await jonas.open('Mia');
  await mia.say('quote me');
  const row = jonas.row('Mia', 'quote me').last();
  await row.focus();
  await row.getByRole('button', { name: 'Reply', exact: true }).click();
  await jonas.say('an answer');
  const quote = mia.row('Jonas', 'an answer').getByRole('button', { name: 'Mia: quote me' });
  for (const target of [quote, mia.button('Close Jonas')]) {
    const { width, height } = (await target.boundingBox())!;
    expect(Math.min(width, height), await target.evaluate((target) => target.className)).toBeGreaterThanOrEqual(44);
  }
  for (const edge of [mia.page.getByRole('separator', { name: 'Width of the contact list' }), mia.page.getByRole('separator', { name: 'Height of the message field' })]) {
    await expect(edge).toBeVisible();
    const reach = await edge.evaluate((edge) => {
      const { x, y, width, height } = edge.getBoundingClientRect();
      const around = [[-20, 0], [20, 0], [0, -20], [0, 20]] as const;
      return around.filter(([right, down]) => document.elementFromPoint(x + width / 2 + right, y + height / 2 + down) === edge).length;
    });
    expect(reach).toBe(4);
  }
});

test('the actions of a message open by the menu key and are walked with arrows', async ({ company }) => {
  const mia = await company.come();
  await mia.signInAs('Mia');
  await mia.open('General');
  await mia.say('act on me');
  await expect(mia.row('General', 'act on me').last()).toContainText('Sent');
  // In an empty field the arrow key would edit the message. The key for the next part of the page leads into the log.
  await mia.composer().press('Shift+F6');
  await expect(mia.log('General')).toBeFocused();
  await mia.page.keyboard.press('ArrowUp');
  await expect(mia.row('General', 'act on me').last()).toBeFocused();
  await mia.page.keyboard.press('Shift+F10');
  await expect(mia.button('React: Thumbs up')).toBeFocused();
  await mia.page.keyboard.press('ArrowRight');
  await expect(mia.button('React: Heart')).toBeFocused();
  await mia.page.keyboard.press('Escape');
  await expect(mia.row('General', 'act on me').last()).toBeFocused();
});

test('the menu key leads to the actions of a message however late their file comes, and not away from where one is by then @night', async ({ company }) => {
  const mia = await company.come({ serviceWorkers: 'block' });
  const file = await holdBack(mia.page, /\/pkg\/[^/]*talk[^/]*\.wasm$/);
  await mia.signInAs('Kenji');
  await mia.open('Music');
  await mia.say('acts late');
  const row = mia.row('Music', 'acts late').last();
  await expect(row).toContainText('Sent');
  await row.focus();
  await mia.page.keyboard.press('Shift+F10');
  await file.asked;
  await mia.composer().focus();
  await mia.say('another');
  const other = mia.row('Music', 'another').last();
  await expect(other).toContainText('Sent');
  await other.focus();
  await mia.page.keyboard.press('Shift+F10');
  const paints = (): Promise<void> => mia.page.evaluate(async () => {
    for (let count = 0; count < 10; count += 1) await new Promise((painted) => requestAnimationFrame(painted));
  });
  await paints();
  file.release();
  await expect(other.getByRole('button', { name: 'React: Thumbs up' })).toBeFocused();
  await mia.page.keyboard.press('Escape');
  await expect(other).toBeFocused();
  await row.focus();
  await expect(row.getByRole('button', { name: 'React: Thumbs up' })).toBeVisible();
  await paints();
  await expect(row).toBeFocused();
});

test('name and picture are chosen in the own profile @night', async ({ company }) => {
  const [mia, guest] = [await company.come(), await company.come()];
  await mia.signInAs('Mia');
  await guest.signInAsGuest('Gusti');
  await guest.myStatus().click();
  await guest.page.getByRole('menuitem', { name: 'My profile' }).click();
  await dialog(guest, 'My profile').getByRole('textbox', { name: 'Display name' }).fill('Gustl');
  await dialog(guest, 'My profile').getByRole('radio', { name: 'Fox' }).click();
  await dialog(guest, 'My profile').getByRole('button', { name: 'Done' }).click();
  await expect(guest.myStatus()).toHaveAccessibleName(/Gustl/);
  await mia.open('General');
  await guest.open('General');
  await expect(mia.page.getByRole('complementary').getByRole('listitem').filter({ hasText: 'Gustl' })).toBeVisible();
  const picture = guest.page.getByRole('banner').locator('img').first();
  await expect(picture).toHaveAttribute('src', /tiles\.svg#dt_fox/);
  // Name and picture are stored.
  await guest.page.reload();
  await guest.isHome();
  await expect(guest.myStatus()).toHaveAccessibleName(/Gustl/);
  await expect(picture).toHaveAttribute('src', /tiles\.svg#dt_fox/);
});

test('the sign-in page changes its language without a script, and the choice stays', async ({ company }) => {
  const mia = await company.come({ javaScriptEnabled: false });
  await mia.page.goto(`${mia.base}/sign-in`);
  await mia.page.getByRole('link', { name: 'Deutsch' }).click();
  await expect(mia.button('Anmelden')).toBeVisible();
  await mia.page.goto(`${mia.base}/sign-in`);
  await expect(mia.button('Anmelden')).toBeVisible();
});
