// People who look as if they had talked for a while, photographed for docs/screenshots.

import { join } from 'node:path';
import { expect, test, type Person } from '../harness/people.ts';

const FOLDER = join(import.meta.dirname, '..', '..', 'docs', 'screenshots');
const DESK = { width: 1024, height: 640 };
const PHONE = { width: 390, height: 760 };
const THEMES = ['Azure', 'Glass', 'Modern', 'Modern dark', 'Contrast'];

async function take(person: Person, name: string): Promise<void> {
  await person.page.evaluate(() => Promise.allSettled(document.getAnimations().map((one) => one.finished)));
  // Toasts and the caret are gone by now, or they are part of the picture.
  await person.page.screenshot({ path: join(FOLDER, `${name}.png`), caret: 'hide' });
}

async function talk(one: Person, name: string, other: Person, otherName: string): Promise<void> {
  await one.open(otherName);
  await other.open(name);
  const lines: [Person, string, string][] = [
    [one, otherName, 'Are you coming tonight? :)'],
    [other, name, 'Yes! I only have to find my other shoe :P'],
    [other, name, 'Shall I bring the cake?'],
    [one, otherName, 'Bring the cake. (y) The shoe is optional.'],
  ];
  for (const [person, room, line] of lines) {
    await person.say(line);
    const last = line.replace(/ ?(:\)|:P|\(y\)).*/, '');
    await expect(person.row(room, last)).toContainText(/Sent|Delivered|Read/);
  }
}

test('pictures', async ({ company }) => {
  const quiet = { viewport: DESK, reducedMotion: 'reduce' as const };
  const [mia, jonas, lea] = [await company.come(quiet), await company.come(quiet), await company.come({ ...quiet, viewport: PHONE })];
  await mia.page.goto(`${mia.base}/sign-in`);
  await expect(mia.button('Sign in')).toBeVisible();
  await take(mia, 'sign-in');
  await mia.signInAs('Mia');
  await jonas.signInAs('Jonas');
  await lea.signInAs('Lea');
  await jonas.setStatus('Busy');
  await take(mia, 'list');
  await talk(mia, 'Mia', jonas, 'Jonas');
  await take(mia, 'conversation');

  for (const theme of THEMES) {
    await mia.button('Settings').click();
    await mia.page.getByRole('radio', { name: theme, exact: true }).check();
    await mia.page.keyboard.press('Escape');
    await expect(mia.page.getByRole('dialog', { name: 'Settings' })).toBeHidden();
    await take(mia, `theme-${theme.toLowerCase().replace(' ', '-')}`);
  }
  await mia.button('Settings').click();
  await mia.page.getByRole('radio', { name: 'Azure', exact: true }).check();
  await mia.page.keyboard.press('Escape');

  await mia.open('General');
  await jonas.open('General');
  for (const [person, line] of [[mia, 'Who has seen the projector?'], [jonas, 'It is under the cake.'], [mia, 'Of course it is.']] as const) {
    await person.say(line);
    await expect(person.row('General', line)).toContainText(/Sent|Delivered|Read/);
  }
  await take(mia, 'group');
  await take(lea, 'mobile-list');
  await lea.open('General');
  await expect(lea.row('General', 'Of course it is.')).toHaveCount(1);
  await take(lea, 'mobile-conversation');
});
