// No finding of axe, however little it weighs, on sign-in, privacy, an invite, list, conversation and an open dialog, at a desk and on a phone; no sideways
// scrolling either.

import AxeBuilder from '@axe-core/playwright';
import { account } from '../harness/accounts.ts';
import { expect, test, type Person } from '../harness/people.ts';

async function isClean(person: Person, where: string): Promise<void> {
  // What is still fading in would be judged by the colours of a moment.
  await person.page.evaluate(() => Promise.allSettled(document.getAnimations().filter((one) => one.effect?.getTiming().iterations !== Infinity).map((one) => one.finished)));
  // Not among axe's own: what a pointer presses is at least 24 px wide and high, or has that much room (WCAG 2.5.8).
  const rules = { 'target-size': { enabled: true } };
  const { violations } = await new AxeBuilder({ page: person.page }).setLegacyMode().options({ rules }).analyze();
  const said = violations.map(({ id, help, nodes }) => `${id}: ${help}\n  ${nodes.map((node) => node.html.slice(0, 160)).join('\n  ')}`);
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
    for (const language of ['en', 'de']) {
      await person.page.goto(`${person.base}/privacy?lang=${language}`);
      await isClean(person, `privacy in ${language}`);
    }
    const { code } = await (await account(person.base)).api.ok('POST', '/api/me/invites');
    for (const language of ['de', 'en']) {
      await person.page.goto(`${person.base}/i/${code}?lang=${language}`);
      await isClean(person, `invite in ${language}`);
    }
    // Nobody is led back to it.
    await person.context.clearCookies({ name: 'cfm-invite' });
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

  test(`axe on the menus of the composer at ${width} px`, async ({ company }) => {
    const person = await company.come({ viewport: { width, height } });
    await person.signInAs('Farah');
    await person.open('General');
    for (const name of ['Font', 'Emoticons', 'Conversation options']) {
      await person.button(name).click();
      const menu = person.page.getByRole('dialog', { name });
      await expect(menu).toBeVisible();
      await expect(menu).toBeInViewport({ ratio: 1 });
      await isClean(person, name);
      await person.page.keyboard.press('Escape');
      await expect(menu).toBeHidden();
    }
  });

  test(`axe on the dialogs of groups at ${width} px`, async ({ company }) => {
    const person = await company.come({ viewport: { width, height } });
    await person.signInAs('Farah');
    const dialog = (name: string) => person.page.getByRole('dialog', { name });
    // On a phone what stands under the list is in the menu of the bar.
    const press = async (name: string) => {
      if (width < 600) await person.button('Menu').click();
      await person.button(name).click();
    };
    await press('New group');
    await expect(dialog('New group').getByRole('checkbox').first()).toBeVisible();
    await isClean(person, 'new group');
    const name = `Judges at ${width}`;
    await dialog('New group').getByRole('textbox', { name: 'Group name' }).fill(name);
    await dialog('New group').getByRole('button', { name: 'Create group' }).click();
    await expect(dialog('New group')).toBeHidden();
    await person.button('Members').click();
    await expect(dialog('Members').getByText('Farah').first()).toBeVisible();
    await isClean(person, 'members');
    await person.page.keyboard.press('Escape');
    if (width < 600) await person.button('Back to contacts').click();
    await person.button('List options').click();
    await dialog('List options').getByRole('button', { name: 'Find rooms' }).click();
    await expect(dialog('Find rooms').getByRole('list', { name: 'Rooms found' }).getByRole('button').first()).toBeVisible();
    await isClean(person, 'find rooms');
    await person.page.keyboard.press('Escape');
    const box = person.page.getByRole('searchbox', { name: 'Search people and messages' });
    await box.fill('judge');
    await box.press('Enter');
    await expect(person.contacts().getByRole('status').filter({ hasText: /found|No message/ })).toBeVisible();
    await isClean(person, 'messages that were found');
  });
}

test('axe in German, where other words need other room', async ({ company }) => {
  const person = await company.come({ viewport: { width: 1280, height: 800 } });
  const { page } = person;
  await person.signInAs('Farah');
  await person.open('General');
  await person.say('ein Satz zum Prüfen');
  await person.button('Settings').click();
  await page.getByRole('dialog', { name: 'Settings' }).getByRole('combobox', { name: 'Language' }).selectOption('de');
  await expect(page.getByRole('dialog', { name: 'Einstellungen' })).toBeVisible();
  await isClean(person, 'dialog');
  await page.keyboard.press('Escape');
  await expect(page.getByRole('textbox', { name: 'Nachricht', exact: true })).toBeVisible();
  await expect(page.locator('html')).toHaveAttribute('lang', 'de');
  await isClean(person, 'conversation');
  await page.setViewportSize({ width: 390, height: 844 });
  await isClean(person, 'conversation on a phone');
  await person.button('Zurück zu den Kontakten').click();
  await expect(page.getByRole('navigation', { name: 'Kontakte' })).toBeVisible();
  await isClean(person, 'list on a phone');
  await page.goto(`${person.base}/sign-in`);
  await expect(person.button('Anmelden')).toBeVisible();
  await isClean(person, 'sign-in');
});

for (const theme of ['Azure', 'Glass', 'Modern', 'Modern dark', 'Contrast']) {
  test(`axe in ${theme}`, async ({ company }) => {
    const person = await company.come();
    await person.signInAs('Farah');
    const settings = person.page.getByRole('dialog', { name: 'Settings' });
    await person.button('Settings').click();
    await settings.getByRole('radio', { name: theme, exact: true }).check();
    await isClean(person, 'dialog');
    await person.page.keyboard.press('Escape');
    await expect(settings).toBeHidden();
    await person.open('General');
    const line = `a line to judge in ${theme}`;
    await person.say(line);
    await expect(person.row('General', line)).toContainText('Sent');
    await isClean(person, 'conversation');
    for (const menu of ['Winks', 'Emoticons']) {
      await person.button(menu).click();
      await isClean(person, menu);
      await person.page.keyboard.press('Escape');
    }
    await person.page.goto(`${person.base}/privacy`);
    await isClean(person, 'privacy');
    await person.page.goto(`${person.base}/sign-in`);
    await isClean(person, 'sign-in');
  });
}
