// Checks at a desk and on a phone: axe finds nothing, whatever its severity, and nothing scrolls sideways. The checks cover sign-in,
// privacy, an invite, the list, a conversation and an open dialog.

import { account } from '../harness/accounts.ts';
import { judge } from '../harness/clean.ts';
import { LANGUAGES } from '../harness/languages.ts';
import { expect, STORY_VARS, test, type Person } from '../harness/people.ts';
import { ROUND, TITLES } from '../harness/themes.ts';

test.describe.configure({ mode: 'parallel' });

const DESK = { width: 1280, height: 800 };
const PHONE = { width: 390, height: 844 };

/** Checks the page at the width of a desk and of a phone, and restores its width. */
async function judgeAtBoth(person: Person, where: string): Promise<void> {
  const before = person.page.viewportSize()!;
  for (const viewport of [DESK, PHONE]) {
    await person.page.setViewportSize(viewport);
    await judge(person, `${where} at ${viewport.width} px`);
  }
  await person.page.setViewportSize(before);
}

test('axe at a desk and on a phone: sign-in, privacy, an invite, list, dialog and conversation', async ({ company }) => {
  const person = await company.come({ viewport: DESK });
  await person.page.goto(`${person.base}/sign-in`);
  await expect(person.signInButton()).toBeVisible();
  await judgeAtBoth(person, 'sign-in');
  for (const language of LANGUAGES) {
    await person.page.goto(`${person.base}/privacy?lang=${language}`);
    await judgeAtBoth(person, `privacy in ${language}`);
  }
  const { code } = await (await account(person.base)).api.ok('POST', '/api/me/invites');
  // The last one is kept: what follows is in English.
  for (const language of [...LANGUAGES].reverse()) {
    await person.page.goto(`${person.base}/i/${code}?lang=${language}`);
    await judgeAtBoth(person, `invite in ${language}`);
  }
  // Without this cookie the sign-in does not lead back to the invite.
  await person.context.clearCookies({ name: 'cfm-invite' });
  await person.signInAs('Farah');
  await judgeAtBoth(person, 'list');
  await person.button('Settings').click();
  await expect(person.page.getByRole('dialog', { name: 'Settings' })).toBeVisible();
  await judgeAtBoth(person, 'dialog');
  await person.page.keyboard.press('Escape');
  await person.open('General');
  await person.say('a line to judge');
  await expect(person.row('General', 'a line to judge')).toContainText('Sent');
  await judgeAtBoth(person, 'conversation');
});

test('axe on the menus of the composer, at a desk and on a phone @night', async ({ company }) => {
  const person = await company.come({ viewport: DESK });
  await person.signInAs('Farah');
  await person.open('General');
  for (const viewport of [DESK, PHONE]) {
    await person.page.setViewportSize(viewport);
    for (const name of ['Font', 'Emoticons', 'Conversation options']) {
      await person.button(name).click();
      const menu = person.page.getByRole('dialog', { name });
      await expect(menu).toBeVisible();
      await expect(menu).toBeInViewport({ ratio: 1 });
      await judge(person, `${name} at ${viewport.width} px`);
      await person.page.keyboard.press('Escape');
      await expect(menu).toBeHidden();
    }
  }
});

for (const [width, height] of [[1280, 800], [390, 844]] as const) {
  test(`axe on the dialogs of groups at ${width} px @night`, async ({ company }) => {
    const person = await company.come({ viewport: { width, height } });
    await person.signInAs('Farah');
    const dialog = (name: string) => person.page.getByRole('dialog', { name });
    // On a phone the menu of the bar holds the buttons that otherwise stand under the list.
    const press = async (name: string) => {
      if (width < 600) await person.button('Menu').click();
      await person.button(name).click();
    };
    await press('New group');
    await expect(dialog('New group').getByRole('checkbox').first()).toBeVisible();
    await judge(person, 'new group');
    const name = `Judges at ${width}`;
    await dialog('New group').getByRole('textbox', { name: 'Group name' }).fill(name);
    await dialog('New group').getByRole('button', { name: 'Create group' }).click();
    await expect(dialog('New group')).toBeHidden();
    await person.say('a line to judge');
    await expect(person.row(name, 'a line to judge')).toContainText(/Sent|Delivered|Read/);
    await person.button('Members').click();
    await expect(dialog('Members').getByText('Farah').first()).toBeVisible();
    await judge(person, 'members');
    await person.page.keyboard.press('Escape');
    if (width < 600) await person.button('Back to contacts').click();
    await person.button('List options').click();
    await dialog('List options').getByRole('button', { name: 'Find rooms' }).click();
    await expect(dialog('Find rooms').getByRole('list', { name: 'Rooms found' }).getByRole('button').first()).toBeVisible();
    await judge(person, 'find rooms');
    await person.page.keyboard.press('Escape');
    const box = person.page.getByRole('searchbox', { name: 'Search people and messages' });
    await box.fill('judge');
    // Enter would open the group, whose name has the word as well.
    await person.contacts().getByRole('button', { name: 'Search messages for “judge”' }).click();
    await expect(person.contacts().getByRole('status').filter({ hasText: /^\d+ results?\b/ })).toBeVisible();
    await expect(person.contacts().getByRole('list', { name: 'Messages' }).getByRole('button').first()).toBeVisible();
    await judge(person, 'messages that were found');
  });
}

test('axe in German, where other words need other room @night', async ({ company }) => {
  const person = await company.come({ viewport: { width: 1280, height: 800 } });
  const { page } = person;
  await person.signInAs('Farah');
  await person.open('General');
  await person.say('ein Satz zum Prüfen');
  await person.button('Settings').click();
  await page.getByRole('dialog', { name: 'Settings' }).getByRole('combobox', { name: 'Language' }).selectOption('de');
  await expect(page.getByRole('dialog', { name: 'Einstellungen' })).toBeVisible();
  await judge(person, 'dialog');
  await page.keyboard.press('Escape');
  await expect(page.getByRole('textbox', { name: 'Nachricht', exact: true })).toBeVisible();
  await expect(page.locator('html')).toHaveAttribute('lang', 'de');
  await judge(person, 'conversation');
  await page.setViewportSize({ width: 390, height: 844 });
  await judge(person, 'conversation on a phone');
  await person.button('Zurück zu den Kontakten').click();
  await expect(page.getByRole('navigation', { name: 'Kontakte' })).toBeVisible();
  await judge(person, 'list on a phone');
  await page.goto(`${person.base}/sign-in`);
  await expect(person.button('Anmelden')).toBeVisible();
  await judge(person, 'sign-in');
});

test('axe in every theme @night', async ({ company }) => {
  const person = await company.come();
  await person.signInAs('Farah');
  await person.open('General');
  await person.say('a line in every theme');
  await expect(person.row('General', 'a line in every theme')).toContainText('Sent');
  const settings = person.page.getByRole('dialog', { name: 'Settings' });
  // The default theme comes last, because choosing the present theme changes and stores nothing.
  for (const theme of ROUND) {
    await test.step(theme, async () => {
      await person.page.goto(`${person.base}/app`);
      await person.isHome();
      await person.button('Settings').click();
      await settings.getByRole('radio', { name: TITLES.get(theme)!, exact: true }).check();
      await judge(person, `dialog in ${theme}`);
      await person.page.keyboard.press('Escape');
      await expect(settings).toBeHidden();
      await expect(person.row('General', 'a line in every theme')).toBeVisible();
      await judge(person, `conversation in ${theme}`);
      for (const menu of ['Winks', 'Emoticons']) {
        await person.button(menu).click();
        await judge(person, `${menu} in ${theme}`);
        await person.page.keyboard.press('Escape');
      }
      await expect.poll(async () => (await person.context.cookies()).find(({ name }) => name === 'cfm-look')?.value).toContain(theme);
      await person.page.goto(`${person.base}/privacy`);
      await judge(person, `privacy in ${theme}`);
      await person.page.goto(`${person.base}/sign-in`);
      await judge(person, `sign-in in ${theme}`);
    });
  }
});

/** Pages outside of the messenger. The room of the code does not exist, which the page says. */
const OUTSIDE = ['/developers', '/demo', '/demo/join/ABC-234', '/nope'];

test('axe at a desk and on a phone: the pages outside of the messenger', async ({ company }) => {
  // A missing page and a missing room are lines in the log of the browser.
  const person = await company.come({ viewport: DESK, outage: true });
  for (const path of OUTSIDE) {
    await person.page.goto(`${person.base}${path}`);
    await expect(person.page.getByRole('main')).toBeVisible();
    await judgeAtBoth(person, path);
  }
});

test('axe on the pages outside of the messenger in every theme, the mailbox among them @night', async ({ company }) => {
  // The mailbox of a server of its own is empty. A mail in its frame runs no script, that of axe included.
  const server = await company.serve(STORY_VARS);
  const person = await company.come({ base: server.base, viewport: DESK, outage: true });
  for (const path of [...OUTSIDE, '/__dev/mail']) {
    await person.page.goto(`${server.base}${path}`);
    for (const theme of ROUND) {
      await person.page.evaluate((name) => document.documentElement.setAttribute('data-theme', name), theme);
      await judgeAtBoth(person, `${path} in ${theme}`);
    }
  }
});
