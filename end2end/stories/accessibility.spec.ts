// No serious finding of axe on sign-in, list, conversation and an open dialog, at a desk and on a phone; no sideways
// scrolling either.

import AxeBuilder from '@axe-core/playwright';
import { expect, test, type Person } from '../harness/people.ts';

async function isClean(person: Person, where: string): Promise<void> {
  // What is still fading in would be judged by the colours of a moment.
  await person.page.evaluate(() => Promise.allSettled(document.getAnimations().filter((one) => one.effect?.getTiming().iterations !== Infinity).map((one) => one.finished)));
  const { violations } = await new AxeBuilder({ page: person.page }).analyze();
  const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
  const said = serious.map(({ id, help, nodes }) => `${id}: ${help}\n  ${nodes.map((node) => node.html.slice(0, 160)).join('\n  ')}`);
  expect.soft(said, where).toEqual([]);
  const overflow = await person.page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  expect.soft(overflow, `${where} scrolls sideways`).toBeLessThanOrEqual(0);
}

for (const [width, height] of [[1280, 800], [390, 844]] as const) {
  test(`axe at ${width} px`, async ({ company }) => {
    const person = await company.come({ viewport: { width, height } });
    await person.page.goto(`${person.base}/sign-in`);
    await expect(person.button('Sign in')).toBeVisible();
    await isClean(person, 'sign-in');
    await person.signInAs('Farah');
    await isClean(person, 'list');
    await person.button('Settings').click();
    await expect(person.page.getByRole('dialog', { name: 'Settings' })).toBeVisible();
    await isClean(person, 'dialog');
    await person.page.keyboard.press('Escape');
    await person.open('General');
    const line = `a line to judge at ${width} px`;
    await person.say(line);
    await expect(person.row('General', line)).toContainText('Sent');
    await isClean(person, 'conversation');
  });
}
