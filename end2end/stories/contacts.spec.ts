// Story 10 with the steps before it: a contact request with a note is accepted. The contact is blocked without noticing it, and later
// unblocked.

import { account, PASSWORD } from '../harness/accounts.ts';
import { violations } from '../harness/clean.ts';
import { befriend } from '../harness/pairs.ts';
import { clipboardText, expect, test } from '../harness/people.ts';
import { Proxy } from '../harness/proxy.ts';
import { openSettings } from '../harness/settings_dialog.ts';

test('request with a note, accept, block, unblock', async ({ company, server }) => {
  const proxy = await Proxy.start(server.port);
  const mia = await company.come({ base: proxy.base, outage: true });
  const ben = await company.come({ permissions: ['clipboard-read', 'clipboard-write'] });
  await mia.signInAs('Mia');
  await ben.signInAsGuest('Benedikt');
  for (const person of [mia, ben]) await person.open('General');

  // Mia finds Benedikt in the room and sends a request.
  await mia.button('Options for Benedikt').click();
  await mia.page.getByRole('menuitem', { name: 'Add to contacts' }).click();
  const dialog = mia.page.getByRole('dialog', { name: 'Add a contact' });
  const note = dialog.getByRole('textbox', { name: 'Add a message (optional)' });
  await note.fill('From the party');
  expect(await violations(mia.page)).toEqual([]);
  await note.press('Enter');
  await expect(dialog).toBeHidden();
  await expect(mia.status('Request sent').first()).toBeVisible();
  const sent = mia.contacts().getByRole('listitem').filter({ hasText: 'Request sent' });
  await expect(sent.getByRole('button', { name: 'Withdraw request to Benedikt' })).toBeVisible();

  const request = ben.contacts().getByRole('listitem').filter({ hasText: 'Mia would like to add you.' });
  await expect(request).toContainText('From the party');
  const requests = ben.contacts().getByRole('button', { name: 'Requests (1)' });
  await requests.click();
  await expect(request, 'folded away').toBeHidden();
  await requests.click();
  // A filter concerns messages, so the requests make room as well.
  const box = ben.page.getByRole('searchbox', { name: 'Search people and messages' });
  await box.fill('from:mia');
  await expect(request, 'above a search with a filter').toBeHidden();
  await box.fill('');
  await expect(request).toBeVisible();
  // The request is one row with the note below. Further actions are in its menu.
  expect((await request.boundingBox())!.height).toBeLessThan(90);
  await request.getByRole('button', { name: 'Options for Mia' }).click();
  await expect(ben.page.getByRole('menuitem', { name: 'Block' })).toBeVisible();
  await expect(request.getByRole('menuitem').first()).toBeFocused();
  await ben.page.keyboard.press('ArrowDown');
  await expect(request.getByRole('menuitem').nth(1), 'the list leaves the keys to the menu').toBeFocused();
  await ben.page.keyboard.press('Escape');
  await request.getByRole('button', { name: 'Accept Mia' }).click();
  await expect(request).toBeHidden();
  await expect(ben.contacts().locator(':focus'), 'the focus stays near the answered question').toHaveCount(1);
  await expect(sent).toHaveCount(0);
  await expect(mia.status('Benedikt accepted your request.').first()).toBeVisible();
  await expect(mia.contact('Benedikt')).toHaveAccessibleName(/^Benedikt, Online/);

  // Both talk. Then Mia blocks Benedikt, and Benedikt sees Mia as offline.
  await mia.open('Benedikt');
  await mia.say('hello you');
  await ben.open('Mia');
  await expect(ben.row('Mia', 'hello you')).toBeVisible();
  await ben.say('hello back');
  await expect(mia.row('Benedikt', 'hello back')).toBeVisible();
  // Two messages wait for a connection, and then nothing is left to write with.
  proxy.set('sockets-cut');
  await expect(mia.status('Connection lost – trying again. Keep writing, nothing gets lost.')).toBeVisible();
  const [again, given] = ['talking to the wall', 'and to the ceiling'].map((words) => mia.row('Benedikt', words));
  await mia.say('talking to the wall');
  await expect(again!).toContainText('Queued');
  await mia.say('and to the ceiling');
  await expect(given!).toContainText('Queued');
  await mia.button('Options for Benedikt').first().click();
  await mia.page.getByRole('menuitem', { name: 'Block' }).click();
  await expect(mia.page.getByRole('main')).toContainText('You’ve blocked Benedikt. Unblock them to send a message.');
  await expect(mia.button('Unblock')).toBeVisible();
  await expect(mia.composer()).toHaveCount(0);
  await expect(mia.page.getByRole('main').locator('header')).toContainText('Blocked');
  // The list shows the block, visibly and in the description of the row.
  const blocked = mia.contact('Benedikt').first();
  await expect(blocked).toHaveAccessibleDescription('Blocked');
  const row = mia.contacts().locator('li').filter({ hasText: 'Benedikt' }).first();
  await expect(row).toContainText('(Blocked)');
  await expect(row.locator('use[href="#st-blocked"]')).toHaveCount(1);
  await ben.showOffline();
  await expect(ben.contact('Mia')).toHaveAccessibleName(/^Mia, Offline/);
  await ben.say('are you there?');
  await expect(ben.row('Mia', 'are you there?')).toContainText('Sent');
  proxy.set('fine');
  await expect(again!).toContainText('Not sent', { timeout: 40_000 });
  await expect(given!).toContainText('Not sent');
  await expect(mia.button('Undo'), 'nothing went').toHaveCount(0);
  await expect(mia.row('Benedikt', 'are you there?')).toHaveCount(0);

  // The settings list the blocked people.
  const settings = await openSettings(mia.page, 'Privacy');
  await settings.getByRole('button', { name: 'Unblock Benedikt' }).click();
  await expect(settings.getByRole('button', { name: 'Unblock Benedikt' })).toBeHidden();
  await settings.getByRole('button', { name: 'Done' }).click();
  await expect(mia.status('You’ve unblocked Benedikt.').first()).toBeVisible();
  await expect(mia.contact('Benedikt').first()).not.toHaveAccessibleDescription('Blocked');
  await expect(mia.composer()).toBeVisible();
  await expect(ben.contact('Mia')).toHaveAccessibleName(/^Mia, Online/);
  // The writer can send a failed message again or discard it.
  await again!.getByRole('button', { name: 'Try again' }).click();
  await expect(ben.row('Mia', 'talking to the wall')).toBeVisible();
  await expect(again!).not.toContainText('Not sent');
  await given!.getByRole('button', { name: 'Copy', exact: true }).click();
  await expect.poll(() => clipboardText(ben.page)).toBe('and to the ceiling');
  await given!.getByRole('button', { name: 'Delete' }).click();
  await expect(given!).toHaveCount(0);
  await ben.say('there you are');
  await expect(mia.row('Benedikt', 'there you are')).toBeVisible();
  await expect(mia.row('Benedikt', 'are you there?'), 'what was written meanwhile stays hidden').toHaveCount(0);
  await proxy.stop();
});

test('the row of a request that is withdrawn or declined keeps its place for a moment @night', async ({ company }) => {
  const [mia, ben] = [await company.come(), await company.come()];
  await mia.signInAs('Mia');
  await ben.signInAsGuest('Bertram');
  for (const person of [mia, ben]) await person.open('General');
  const ask = async () => {
    await mia.button('Options for Bertram').first().click();
    await mia.page.getByRole('menuitem', { name: 'Add to contacts' }).click();
    await mia.page.getByRole('dialog', { name: 'Add a contact' }).getByRole('button', { name: 'Send request' }).click();
  };
  await ask();
  await mia.button('Withdraw request to Bertram').click();
  const withdrawn = mia.contacts().getByRole('listitem').filter({ hasText: 'Request withdrawn.' });
  await expect(withdrawn).toBeVisible();
  await mia.page.mouse.move(0, 0);
  await expect(withdrawn).toHaveCount(0, { timeout: 10_000 });
  await ask();
  await ben.button('Not now: Mia').click();
  await expect(ben.contacts().getByRole('listitem').filter({ hasText: 'Request removed.' })).toBeVisible();
  await expect(ben.status('You can still send a request yourself.').first()).toBeVisible();
});

test('privacy in the settings is kept by the server @night', async ({ company }) => {
  const person = await company.come();
  await person.signInAs('Tess');
  let settings = await openSettings(person.page, 'Privacy');
  await settings.getByRole('combobox', { name: 'Who can write to me' }).selectOption('Contacts');
  await settings.getByRole('combobox', { name: 'Who can nudge me' }).selectOption('No one');
  await settings.getByRole('combobox', { name: 'Who can add me to groups' }).selectOption('Contacts');
  await settings.getByRole('combobox', { name: 'Who can see my status' }).selectOption('Contacts');
  await settings.getByRole('combobox', { name: 'Who can see my picture' }).selectOption('No one');
  await settings.getByRole('switch', { name: 'Show when I was last online' }).click();
  await expect(settings.getByRole('switch', { name: 'Show when I was last online' })).not.toBeChecked();
  await settings.getByRole('switch', { name: 'Read receipts' }).click();
  await expect(settings.getByRole('switch', { name: 'Read receipts' })).not.toBeChecked();
  expect(await violations(person.page)).toEqual([]);
  await person.page.reload();
  await person.isHome();
  settings = await openSettings(person.page, 'Privacy');
  await expect(settings.getByRole('combobox', { name: 'Who can write to me' })).toHaveValue('contacts');
  await expect(settings.getByRole('combobox', { name: 'Who can nudge me' })).toHaveValue('nobody');
  await expect(settings.getByRole('combobox', { name: 'Who can add me to groups' })).toHaveValue('contacts');
  await expect(settings.getByRole('combobox', { name: 'Who can see my status' })).toHaveValue('contacts');
  await expect(settings.getByRole('combobox', { name: 'Who can see my picture' })).toHaveValue('nobody');
  await expect(settings.getByRole('switch', { name: 'Show when I was last online' })).not.toBeChecked();
  await expect(settings.getByRole('switch', { name: 'Read receipts' })).not.toBeChecked();
  await expect(settings.getByRole('switch', { name: 'Show when I’m typing' })).toBeChecked();
});

test('who shows their status and picture to nobody is offline for others and heard as ever, and comes back @night', async ({ company }) => {
  const [mia, jonas] = [await company.come(), await company.come()];
  await mia.signInAs('Mia');
  await jonas.signInAs('Jonas');
  await mia.open('Jonas');
  await jonas.open('Mia');
  await expect(jonas.contact('Mia')).toHaveAccessibleName(/^Mia, Online/);
  const choose = async (name: string, audience: string) => {
    const settings = await openSettings(mia.page, 'Privacy');
    await settings.getByRole('combobox', { name }).selectOption(audience);
    await settings.getByRole('button', { name: 'Done' }).click();
  };
  await choose('Who can see my picture', 'No one');
  const picture = jonas.page.locator('img[src$="#av_guest"]:visible');
  await expect(picture).not.toHaveCount(0);
  await choose('Who can see my status', 'No one');
  await jonas.showOffline();
  await expect(jonas.contact('Mia')).toHaveAccessibleName(/^Mia, Offline/);
  // Mia appears as an unused persona, with the picture of the cast.
  await expect(picture).toHaveCount(0);
  await mia.say('you do not see me');
  await expect(jonas.row('Mia', 'you do not see me')).toBeVisible();
  await jonas.say('but I hear you');
  await expect(mia.row('Jonas', 'but I hear you')).toBeVisible();
  await expect(jonas.contact('Mia')).toHaveAccessibleName(/^Mia, Offline/);
  await choose('Who can see my status', 'Everyone');
  await expect(jonas.contact('Mia')).toHaveAccessibleName(/^Mia, Online/);
  await expect(picture).not.toHaveCount(0);
  await choose('Who can see my picture', 'Everyone');
  await expect(picture).toHaveCount(0);
});

test('somebody is found by name and added @night', async ({ company }) => {
  const person = await company.come();
  await person.signInAs('Nora');
  await person.button('Add a contact').click();
  const dialog = person.page.getByRole('dialog', { name: 'Add a contact' });
  await dialog.getByRole('searchbox', { name: 'Name' }).fill('ken');
  await dialog.getByRole('button', { name: 'Add Kenji' }).click();
  await dialog.getByRole('button', { name: 'Send request' }).click();
  await expect(dialog).toBeHidden();
  await person.open('Kenji');
  await person.button('Options for Kenji').click();
  await expect(person.page.getByRole('menuitem', { name: 'Remove from contacts' })).toBeVisible();
  await expect(person.page.getByRole('complementary', { name: 'Details' })).toContainText(/Contact since\s*\d+ \w+/);
});

test('an account appears offline to one person, who sees nothing else of it, and shows the status again', async ({ company }) => {
  const [mia, ben] = [await company.come(), await company.come()];
  const [one, other] = [await account(mia.base), await account(ben.base)];
  await befriend(one, other);
  const [own, their] = [one.user.displayName, other.user.displayName];
  await mia.signInWith({ email: one.email, password: PASSWORD });
  await ben.signInWith({ email: other.email, password: PASSWORD });
  await expect(ben.contact(own).first()).toHaveAccessibleName(/, Online/);

  await mia.open(their);
  await mia.button(`Options for ${their}`).first().click();
  await mia.page.getByRole('menuitem', { name: `Appear offline to ${their}` }).click();
  await expect(mia.status(`You appear offline to ${their}.`).first()).toBeVisible();
  await expect(mia.page.getByRole('complementary', { name: 'Details' })).toContainText(/My status\s*Offline/);
  await ben.showOffline();
  await expect(ben.contact(own).first()).toHaveAccessibleName(/, Offline/);
  await mia.button(`Options for ${their}`).first().click();
  await expect(mia.page.getByRole('menuitem', { name: `Show my status to ${their}` })).toBeVisible();
  await mia.page.keyboard.press('Escape');

  const settings = await openSettings(mia.page, 'Privacy');
  const hidden = settings.getByRole('list', { name: 'People you appear offline to' });
  await expect(hidden.getByRole('listitem')).toContainText(their);
  expect(await violations(mia.page)).toEqual([]);
  await hidden.getByRole('button', { name: `Show my status to ${their}` }).press('Enter');
  await expect(hidden).toHaveCount(0);
  await expect(settings.locator('#settings-privacy select').first(), 'the focus of the removed row').toBeFocused();
  await expect(ben.contact(own).first()).toHaveAccessibleName(/, Online/);
});

test('a request and an invitation that come last in long lists are seen @night', async ({ company }) => {
  const person = await company.come({ serviceWorkers: 'block' });
  /** Answers of the server with so many rows, because creating them for real would take too long. */
  const answer = async (path: RegExp, rows: { id: string }[]) =>
    person.page.route(path, (route) => {
      const query = new URL(route.request().url()).searchParams;
      const limit = Math.min(Number(query.get('limit') ?? 100), 200);
      const from = query.has('after') ? rows.findIndex((row) => row.id === query.get('after')) + 1 : 0;
      const items = rows.slice(from, from + limit);
      const more = from + limit < rows.length;
      const data = { items, next: more ? items.at(-1)!.id : null, more };
      return route.fulfill({ json: { success: true, data, meta: { timestamp: Date.now(), requestId: crypto.randomUUID() } } });
    });
  const id = (n: number) => `u_${String(n).padStart(13, '0')}`;
  const some = <T extends { id: string }>(count: number, row: (n: number) => T): T[] => Array.from({ length: count }, (_, n) => row(n));
  const requested = (n: number) => ({ id: id(n), displayName: `Asked ${n}`, avatarId: '', kind: 'user', relation: 'requested', addedAt: n });
  await answer(/\/api\/me\/contacts\?/, [...some(405, requested), { ...requested(405), displayName: 'Lastly', relation: 'request' }]);
  const room = { topic: '', visibility: 'private', memberCount: 2, lastSeq: 0, lastReadSeq: 0, unread: 0 };
  const dm = (n: number) => ({ ...room, id: `dm_${id(n)}____user_15`, type: 'dm', name: `Asked ${n}`, role: 'member' });
  const invitation = { ...room, id: 'grp_0000000000000', type: 'group', name: 'Late crew', pending: true, invitedBy: { id: id(1), displayName: 'Asked 1' } };
  await answer(/\/api\/rooms\?scope=mine/, [...some(205, dm), invitation]);
  await answer(/\/api\/me\/blocks\?/, []);
  await person.signInAs('Nora');
  await expect(person.contacts().getByText('Lastly would like to add you.')).toBeVisible();
  await expect(person.page.getByText('Asked 1 invited you to “Late crew”.')).toBeVisible();
});
