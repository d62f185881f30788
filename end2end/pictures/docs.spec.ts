// Takes the pictures of the running product for docs/screenshots and the README. The pictures show people who have talked for a while.

import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { action } from '../harness/message_actions.ts';
import { expect, test, type Person } from '../harness/people.ts';
import { row, say } from '../harness/stage.ts';
import { TITLES } from '../harness/themes.ts';

const DOCS = join(import.meta.dirname, '..', '..', 'docs');
const DESK = { width: 1280, height: 800 };
const PHONE = { width: 390, height: 844 };

/**
 * Waits until nothing moves and nothing lies over the page for a while: the copy of a closed dialog has faded, toasts and "Undo" are gone, and
 * every animation that ends has ended. Focus and pointer come from the test, so the picture must not show them.
 */
async function still(page: Page): Promise<void> {
  await expect(page.locator('dialog')).toHaveCount(0);
  await page.mouse.move(0, 0);
  const settle = () => Promise.allSettled(document.getAnimations().filter((one) => one.effect?.getComputedTiming().endTime !== Infinity).map((one) => one.finished));
  for (const frame of page.frames()) {
    await expect(frame.locator('.sent-chip, .toast')).toHaveCount(0, { timeout: 20_000 });
    await frame.evaluate(() => (document.activeElement as HTMLElement | null)?.blur());
    await frame.evaluate(settle);
  }
}

async function take({ page }: Person, name: string): Promise<void> {
  await still(page);
  await page.screenshot({ path: join(DOCS, `${name}.png`), caret: 'hide' });
}

/** Says something and waits until it is stored, so that the lines keep the order of the script. */
async function says(person: Person, room: string, line: string): Promise<void> {
  await person.say(line);
  const words = line.split(/ ?(?::\)|:P|:D|\((?:\w+|\^)\)|<:o\)|8-\))/)[0]!;
  await expect(person.row(room, words).last()).toContainText(/Sent|Delivered|Read/);
}

async function react(person: Person, room: string, line: string, reaction: string): Promise<void> {
  await (await action(person.row(room, line).last(), `React: ${reaction}`)).click();
  await person.composer().focus();
}

async function reply(person: Person, room: string, to: string, line: string): Promise<void> {
  await (await action(person.row(room, to).last(), 'Reply')).click();
  await says(person, room, line);
}

async function chat(mia: Person, jonas: Person): Promise<void> {
  await mia.open('Jonas');
  await jonas.open('Mia');
  await says(jonas, 'Mia', 'Are you coming tonight? :)');
  await says(mia, 'Jonas', 'Yes! I only have to find my other shoe :P');
  await says(mia, 'Jonas', 'and nobody panics <:o)');
  await react(jonas, 'Mia', 'my other shoe', 'Thumbs up');
  await react(jonas, 'Mia', 'my other shoe', 'Heart');
  await jonas.button('Nudge').click();
  await expect(mia.log('Jonas')).toContainText('Jonas nudged you.');
  await jonas.button('Winks').click();
  await jonas.page.getByRole('menuitem', { name: 'Crane Flock' }).click();
  await expect(mia.log('Jonas')).toContainText('Crane Flock');
  await mia.button('Skip').click({ timeout: 5_000 }).catch(() => undefined);
  await reply(jonas, 'Mia', 'nobody panics', 'Too late, the cake (^) is panicking already');
  await says(mia, 'Jonas', 'Bring the cake. (y) The shoe is optional.');
}

async function theme(person: Person, name: string): Promise<void> {
  await person.button('Settings').click();
  await person.page.getByRole('radio', { name, exact: true }).check();
  await person.page.keyboard.press('Escape');
  await expect(person.page.getByRole('dialog', { name: 'Settings' })).toBeHidden();
}

test('pictures', async ({ company }) => {
  test.setTimeout(300_000);
  const quiet = { viewport: DESK, reducedMotion: 'reduce' as const };
  const mia = await company.come(quiet);
  await mia.page.goto(`${mia.base}/sign-in`);
  await expect(mia.signInButton()).toBeVisible();
  await take(mia, 'screenshots/sign-in');
  const [jonas, aylin, theo] = [await company.come(quiet), await company.come(quiet), await company.come({ ...quiet, viewport: PHONE })];
  await jonas.signInAs('Jonas');
  await aylin.signInAs('Aylin');
  await theo.signInAs('Theo');
  await mia.signInAs('Mia');
  await jonas.setStatus('Away');
  await aylin.setStatus('At lunch');
  await aylin.open('Mia');
  await says(aylin, 'Mia', 'soup was great, joining now (pi)');
  await take(mia, 'screenshots/list');
  await chat(mia, jonas);
  // The picture shows a text that Mia has not sent yet.
  await mia.composer().fill('ok, counting: three … two');
  await take(mia, 'screenshots/conversation');
  for (const [name, title] of TITLES) {
    await theme(mia, title);
    await take(mia, `screenshots/theme-${name}`);
  }
  await theme(mia, 'Azure');
  await still(mia.page);
  await jonas.page.getByRole('textbox', { name: 'Message', exact: true }).pressSequentially('well');
  await expect(mia.page.getByRole('main')).toContainText('Jonas is typing…');
  await take(mia, 'screenshot');

  await mia.composer().fill('');
  await mia.button('New group').click();
  const dialog = mia.page.getByRole('dialog', { name: 'New group' });
  await dialog.getByRole('textbox', { name: 'Group name' }).fill('Demo crew');
  for (const name of ['Jonas', 'Aylin', 'Theo']) await dialog.getByRole('checkbox', { name }).check();
  await dialog.getByRole('button', { name: 'Create group' }).click();
  await expect(mia.log('Demo crew')).toBeVisible();
  for (const person of [jonas, aylin]) await person.open('Demo crew');
  for (const [person, line] of [[mia, 'Who has seen the projector? (I)'], [jonas, 'It is under the cake. (^)'], [aylin, 'It was under the cake :P'], [mia, 'Of course it was.']] as const) {
    await says(person, 'Demo crew', line);
  }
  await react(aylin, 'Demo crew', 'It was under', 'Heart');
  await take(mia, 'screenshots/group');

  await aylin.open('Theo');
  await says(aylin, 'Theo', 'did the room survive? :)');
  await take(theo, 'screenshots/mobile-list');
  await theo.open('Aylin');
  await says(theo, 'Aylin', 'woke up in 41 ms 8-)');
  await says(theo, 'Aylin', 'and nobody lost a line <:o)');
  await react(aylin, 'Theo', 'nobody lost a line', 'Heart');
  await aylin.button('Nudge').click();
  await expect(theo.log('Aylin')).toContainText('Aylin nudged you.');
  await reply(aylin, 'Theo', 'woke up', '41?! my kettle takes longer (C)');
  await take(theo, 'screenshots/mobile-conversation');
});

test('pictures of the demo', async ({ company }) => {
  test.setTimeout(300_000);
  const presenter = await company.come({ viewport: DESK, reducedMotion: 'reduce' });
  await presenter.page.goto(`${presenter.base}/demo`);
  await presenter.button('Start a room').click();
  const side = presenter.page.getByRole('complementary', { name: 'Presenter' });
  const code = await side.getByText(/^[A-Z]{3}-\d{3}$/).textContent();
  const guest = await company.come({ viewport: PHONE });
  await guest.page.goto(`${presenter.base}/demo/join/${code}`);
  await guest.button('Join the room').click();
  await expect(guest.log('Demo crew')).toBeVisible();
  await side.getByRole('button', { name: 'Play A night at the harbour' }).click();
  await expect(presenter.row('Demo crew', /harbour/i).last()).toBeVisible({ timeout: 20_000 });
  await says(guest, 'Demo crew', 'I am in, with my phone :)');
  await take(presenter, 'screenshots/demo');

  const stage = await company.come({ viewport: { width: 1920, height: 1080 }, outage: true });
  await stage.page.goto(`${stage.base}/demo/stage`);
  for (const [number, line] of [[1, 'Can you see me over there? :)'], [2, 'Loud and clear (y)']] as const) {
    await say(stage.page, number, line);
    for (const other of [1, 2] as const) await expect(row(stage.page, other, line.slice(0, 12))).toBeVisible();
  }
  await expect(stage.page.locator('.fig').filter({ hasText: 'round trip' })).toContainText(/\d ms/);
  await take(stage, 'screenshots/stage');
});
