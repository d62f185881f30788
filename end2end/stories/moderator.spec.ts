// A moderator removes messages, mutes, bans, and slows and closes a room from the page; the person concerned sees and reads why
// (moderation.md 2.3, ux.md 2.14).

import type { Locator } from '@playwright/test';
import { account, PASSWORD } from '../harness/accounts.ts';
import { AdminBrowser } from '../harness/admin.ts';
import { isClean } from '../harness/clean.ts';
import { freshName, marker } from '../harness/ids.ts';
import { action, allActions } from '../harness/message_actions.ts';
import { apply, moderatePerson } from '../harness/moderate.ts';
import { expect, STORY_VARS, test, type Company, type Person } from '../harness/people.ts';
import { Server } from '../harness/server.ts';

const ADMIN_TOKEN = 'a token for the story of moderators';
let server: Server;
let operator: AdminBrowser;
test.beforeAll(async () => {
  server = await Server.start({ vars: { ...STORY_VARS, ADMIN_TOKEN } });
  operator = await AdminBrowser.entered(server.base, ADMIN_TOKEN);
});
test.afterAll(() => server.stop());

const dialog = ({ page }: Person, name: string): Locator => page.getByRole('dialog', { name, exact: true });

/** Opens a browser for an account with a role. */
async function moderator(company: Company, role = 'moderator', displayName = freshName()): Promise<Person> {
  const { email, user } = await account(server.base, { displayName });
  const given = await operator.submit({ do: 'role', user: user.id, role });
  expect(given.status).toBe(303);
  const person = await company.come({ base: server.base });
  await person.signInWith({ email, password: PASSWORD, status: 'online' });
  await person.open('General');
  return person;
}

/** Opens a browser for a guest. The server refuses a banned one, and the browser logs that. */
async function guestIn(company: Company, name: string): Promise<Person> {
  const person = await company.come({ base: server.base, outage: true });
  await person.signInAsGuest(name);
  await person.open('General');
  return person;
}

/** Opens the dialog about the open room by its toolbar. */
async function toRoom(person: Person): Promise<Locator> {
  await person.button('Moderate').click();
  return dialog(person, 'Moderate General');
}

test('a moderator removes a message and mutes its writer by keyboard; the guest reads why @night', async ({ company }) => {
  const name = freshName();
  const [mod, guest] = [await moderator(company), await guestIn(company, name)];
  const words = marker();
  await guest.say(words);
  await mod.say('a line of the moderator');
  const row = mod.row('General', words);
  await expect(row).toBeVisible();

  // Nobody without a role is offered it.
  const others = guest.row('General', 'a line of the moderator').last();
  await expect(others).toBeVisible();
  await expect((await allActions(others)).getByRole('button', { name: 'Remove for everyone…' })).toHaveCount(0);
  await guest.page.keyboard.press('Escape');

  await (await action(row, 'Remove for everyone…')).press('Enter');
  const box = dialog(mod, `Moderate ${name}`);
  await expect(box.getByRole('radio', { name: 'Remove the message' })).toBeFocused();
  await expect(box.getByText('Everyone in the room can see who removed the message.')).toBeVisible();
  await isClean(mod);
  // Without a reason the dialog stays open.
  await mod.page.keyboard.press('Enter');
  const reason = box.getByRole('textbox', { name: 'Reason' });
  await expect(reason).toBeFocused();
  await box.getByRole('button', { name: 'Spam or advertising' }).press('Enter');
  await expect(reason).toHaveValue('Spam or advertising');
  await box.getByRole('button', { name: 'Apply' }).press('Enter');
  await expect(box).toBeHidden();
  await expect(mod.status(/You removed a message from .+\. They can read your reason\./).first()).toBeVisible();
  await expect(guest.row('General', words)).toHaveCount(0);

  await apply(await moderatePerson(mod, name), { act: 'Mute in public rooms', reason: 'Too loud.' });
  await expect(mod.button(`Options for ${name}`)).toBeFocused();
  const bar = guest.status(/You can’t write in public rooms until/);
  await expect(bar).toBeVisible();
  await expect(guest.composer(), 'the notice has its place').toHaveCount(0);
  await expect(mod.page.getByText(/^muted until /)).toBeVisible();
  await isClean(guest);
  await bar.getByRole('link', { name: 'Why?' }).click();
  const { page } = guest;
  await expect(page.getByRole('heading', { name: 'You were muted in public rooms' })).toBeVisible();
  await expect(page.getByText('Too loud.')).toBeVisible();
  await expect(page.getByRole('heading', { name: 'One of your messages was removed' })).toBeVisible();
  await expect(page.getByText('Spam or advertising')).toBeVisible();

  await page.goto(`${server.base}/app`);
  await guest.isHome();
  await guest.open('General');
  // The end of a mute is offered because one stands.
  const again = await moderatePerson(mod, name);
  await expect(again.getByText(/Muted until/)).toBeVisible();
  await apply(again, { act: 'Unmute', reason: 'Enough.' });
  // Each room learns it within 5 s.
  await expect(async () => {
    const said = marker();
    await guest.say(said);
    await expect(guest.row('General', said)).toHaveAttribute('data-state', 'sent', { timeout: 2_000 });
  }).toPass();
  await expect(bar).toHaveCount(0);
});

test('an owner takes the role of a moderator in their menu, and gives it again @night', async ({ company }) => {
  const name = freshName();
  const owner = await moderator(company, 'owner');
  await moderator(company, 'moderator', name);
  for (const [act, next, said] of [['Remove as moderator', 'Make moderator', 'is no longer a moderator.'], ['Make moderator', 'Remove as moderator', 'is now a moderator.']] as const) {
    await owner.button(`Options for ${name}`).press('Enter');
    await owner.page.getByRole('menuitem', { name: act }).press('Enter');
    await expect(owner.status(`${name} ${said}`).first()).toBeVisible();
    await owner.button(`Options for ${name}`).press('Enter');
    await expect(owner.page.getByRole('menuitem', { name: next })).toBeVisible();
    await owner.page.keyboard.press('Escape');
  }
});

test('a moderator slows a room, closes and opens it, and bans a guest, who reads why @night', async ({ company }) => {
  const name = freshName();
  const [mod, guest] = [await moderator(company), await guestIn(company, name)];
  const first = await toRoom(mod);
  await expect(first.getByRole('combobox'), 'what is shown is what is sent').toHaveValue('10');
  await expect(first.getByText('No one in the room sees this reason.')).toBeVisible();
  await apply(first, { act: 'Slow mode', length: '60 seconds', reason: 'Calm down.' });
  await expect(mod.status('Done.').first()).toBeVisible();
  for (const words of [marker(), marker()]) await guest.say(words);
  await expect(guest.status(/your message will be sent in \d+ s/)).toBeVisible();
  const slow = await toRoom(mod);
  await expect(slow.getByText('Slow mode: one message every 60 seconds.')).toBeVisible();
  await apply(slow, { act: 'Slow mode', length: 'Off', reason: 'Calm again.' });

  await apply(await toRoom(mod), { act: 'Close the room', reason: 'A break.' });
  await mod.say(marker());
  await expect(mod.status(/A moderator has closed this room/).first()).toBeVisible();
  const closed = await toRoom(mod);
  await expect(closed.getByText('The room is closed.')).toBeVisible();
  await apply(closed, { act: 'Open the room', reason: 'The break is over.' });
  const open = marker();
  await mod.say(open);
  await expect(mod.row('General', open)).toHaveAttribute('data-state', 'sent');

  const box = await moderatePerson(mod, name);
  await box.getByRole('radio', { name: 'Ban', exact: true }).check();
  // The ban of a guest has an end.
  await expect(box.getByRole('combobox').getByRole('option')).toHaveText(['1 day', '7 days', '30 days']);
  await guest.mayBeRefused(async () => {
    await apply(box, { act: 'Ban', length: '7 days', reason: 'Threats.' });
    const { page } = guest;
    // The page leaves by itself, and would take an attempt that began before with it.
    await expect(page.getByRole('alert').filter({ hasText: 'A moderator has ended your session.' })).toBeVisible();
    await expect(async () => {
      await page.goto(`${server.base}/sign-in`);
      await page.getByRole('textbox', { name: 'Your name' }).fill(freshName());
      await page.getByRole('textbox', { name: 'Your name' }).press('Enter');
      await expect(page.getByRole('alert').filter({ hasText: 'A moderator has banned you.' })).toBeVisible({ timeout: 2_000 });
    }).toPass();
    await page.getByRole('alert').getByRole('link', { name: 'See why, or appeal' }).click();
    await expect(page.getByRole('heading', { name: 'You were banned' })).toBeVisible();
    await expect(page.getByText('Threats.')).toBeVisible();
  });
});
