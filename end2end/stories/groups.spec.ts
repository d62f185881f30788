// Story of a group of three: created, joined by invitation, used and left; also the view of a removed member.

import { expect, holdBack, test } from '../harness/people.ts';

test('a group: made, invited, chatted in by three, one sent away, one leaves', async ({ company }) => {
  const [vera, otto, max] = [await company.come(), await company.come(), await company.come()];
  await vera.signInAs('Lea');
  await otto.signInAs('Walter');
  await max.signInAsGuest('Maximilian');

  await vera.button('New group').click();
  const dialog = vera.page.getByRole('dialog', { name: 'New group' });
  await dialog.getByRole('button', { name: 'Create group' }).click();
  await expect(dialog.getByRole('textbox', { name: 'Group name' }), 'a group needs a name').toHaveAccessibleDescription(/./);
  await dialog.getByRole('textbox', { name: 'Group name' }).fill('Boat crew');
  await dialog.getByRole('checkbox', { name: 'Walter' }).check();
  await dialog.getByRole('button', { name: 'Create group' }).click();
  await expect(dialog).toBeHidden();
  await expect(vera.page.getByRole('main').getByRole('heading', { name: 'Boat crew' })).toBeVisible();

  // A persona accepts at once, so the group is in the list.
  await expect(otto.status('Lea added you to “Boat crew”.').first()).toBeVisible();
  await otto.open('Boat crew');
  await vera.say('ahoy, Walter');
  await expect(otto.row('Boat crew', 'ahoy, Walter')).toHaveCount(1);

  // A guest must accept first, and the invitation arrives while the page is open.
  const me = await (await max.context.request.get(`${max.base}/api/auth/me`)).json();
  const own = await (await vera.context.request.get(`${vera.base}/api/auth/me`)).json();
  const rooms = await (await vera.context.request.get(`${vera.base}/api/rooms?scope=mine`)).json();
  const room = rooms.data.items.find((one: { name: string }) => one.name === 'Boat crew');
  const asked = await vera.context.request.post(`${vera.base}/api/rooms/${room.id}/members`, {
    headers: { origin: new URL(vera.base).origin, 'x-csrf-token': own.data.csrfToken },
    data: { userIds: [me.data.user.id] },
  });
  expect(asked.status()).toBe(200);
  const invitations = max.page.getByRole('region', { name: 'Invites' });
  await expect(invitations).toContainText('Lea invited you to “Boat crew”.');
  await invitations.getByRole('button', { name: 'Accept Boat crew' }).click();
  await expect(max.log('Boat crew')).toBeVisible();
  await expect(invitations).toBeHidden();

  // All three talk, and the newest member does not see earlier messages.
  await max.say('hello from the guest');
  await otto.say('welcome aboard');
  for (const who of [vera, otto, max]) {
    await expect(who.row('Boat crew', 'hello from the guest')).toHaveCount(1);
    await expect(who.row('Boat crew', 'welcome aboard')).toHaveCount(1);
  }
  await expect(max.row('Boat crew', 'ahoy, Walter')).toHaveCount(0);
  // The row of the group and the header above the log name its members.
  for (const name of ['Walter', 'Maximilian']) {
    await expect(vera.contact('Boat crew')).toHaveAccessibleDescription(new RegExp(name));
    await expect(vera.page.getByRole('main').locator('header')).toContainText(name);
  }

  // What a member says to one person alone opens from the list while the group is in view.
  await otto.open('Lea');
  await otto.say('just between us');
  await expect(vera.contact('Walter')).toHaveAccessibleName(/1 unread/);
  await vera.open('Walter');
  await expect(vera.row('Walter', 'just between us')).toHaveCount(1);
  for (const who of [vera, otto]) await who.open('Boat crew');

  // The owner removes the guest. The guest's page says so and has no text field any more.
  await vera.button('Members').click();
  const people = vera.page.getByRole('dialog', { name: 'Members' });
  await people.getByRole('button', { name: 'Remove Maximilian' }).click();
  const removal = vera.page.getByRole('dialog', { name: 'Remove member' });
  await expect(removal).toContainText('Maximilian will no longer see the group’s messages.');
  await removal.getByRole('button', { name: 'Remove Maximilian' }).click();
  await expect(people.getByRole('button', { name: 'Remove Maximilian' })).toHaveCount(0);
  await expect(max.page.getByText('You’re no longer in this group.')).toBeVisible();
  await expect(max.composer()).toHaveCount(0);
  await expect(max.contact('Boat crew')).toHaveCount(0);

  // A new name reaches every member.
  await people.getByRole('textbox', { name: 'Group name' }).fill('Ship crew');
  await people.getByRole('button', { name: 'Rename' }).click();
  await expect(otto.contact('Ship crew')).toBeVisible();
  await people.getByRole('button', { name: 'Close' }).click();

  await otto.button('Members').click();
  await otto.page.getByRole('dialog', { name: 'Members' }).getByRole('button', { name: 'Leave group' }).click();
  const leaving = otto.page.getByRole('dialog', { name: 'Leave group' });
  await expect(leaving).toContainText('you can only come back if someone invites you.');
  await expect(leaving).not.toContainText('owner');
  await leaving.getByRole('button', { name: 'Leave group' }).click();
  await expect(otto.contact('Ship crew')).toHaveCount(0);
  await expect(vera.row('Ship crew', 'Walter left the group.')).toHaveCount(1);
});

test('public groups are found by their names and entered @night', async ({ company }) => {
  const [nora, max] = [await company.come(), await company.come()];
  await nora.signInAs('Nora');
  await max.signInAsGuest('Maximiliane');
  await nora.button('New group').click();
  const dialog = nora.page.getByRole('dialog', { name: 'New group' });
  await dialog.getByRole('textbox', { name: 'Group name' }).fill('Harbour talk');
  await dialog.getByRole('radio', { name: 'Anyone' }).check();
  await dialog.getByRole('button', { name: 'Create group' }).click();
  await expect(nora.log('Harbour talk')).toBeVisible();
  await nora.say('anybody here?');

  await expect(max.button('New group')).toHaveCount(0);
  await max.button('Find rooms').click();
  const find = max.page.getByRole('dialog', { name: 'Find rooms' });
  const found = find.getByRole('button', { name: /^Harbour talk,/ });
  // The directory learns of the group in the background, so the search is repeated.
  await expect(async () => {
    await find.getByRole('searchbox', { name: 'Search rooms' }).fill('harb');
    await expect(found).toBeVisible({ timeout: 1_000 });
    await find.getByRole('searchbox', { name: 'Search rooms' }).fill('harbo');
  }).toPass();
  await found.click();
  await expect(max.row('Harbour talk', 'anybody here?')).toHaveCount(1);
  // The panel of members follows, although the log of a public group does not say who came.
  const aside = nora.page.getByRole('complementary', { name: 'Details' });
  await expect(aside.getByRole('listitem').filter({ hasText: 'Maximiliane' })).toBeVisible();
  await max.say('me');
  await expect(nora.row('Harbour talk', 'me')).toHaveCount(1);
});

test('who is only a member of the same group stands in it with their status, and among the contacts once they are one @night', async ({ company }) => {
  const [nora, max] = [await company.come(), await company.come()];
  await nora.signInAs('Nora');
  await max.signInAsGuest('Maxine');
  await nora.button('New group').click();
  const dialog = nora.page.getByRole('dialog', { name: 'New group' });
  await dialog.getByRole('textbox', { name: 'Group name' }).fill('Night shift');
  await dialog.getByRole('button', { name: 'Create group' }).click();
  await expect(nora.log('Night shift')).toBeVisible();
  const me = await (await max.context.request.get(`${max.base}/api/auth/me`)).json();
  const own = await (await nora.context.request.get(`${nora.base}/api/auth/me`)).json();
  const rooms = await (await nora.context.request.get(`${nora.base}/api/rooms?scope=mine`)).json();
  const room = rooms.data.items.find((one: { name: string }) => one.name === 'Night shift');
  const asked = await nora.context.request.post(`${nora.base}/api/rooms/${room.id}/members`, {
    headers: { origin: new URL(nora.base).origin, 'x-csrf-token': own.data.csrfToken },
    data: { userIds: [me.data.user.id] },
  });
  expect(asked.status()).toBe(200);
  await max.button('Accept Night shift').click();
  await expect(max.log('Night shift')).toBeVisible();
  const rail = nora.page.getByRole('complementary').getByRole('listitem').filter({ hasText: 'Maxine' });
  await expect(rail).toBeVisible();
  // The page requests the member's status and receives updates.
  await expect(rail.locator('use').first()).toHaveAttribute('href', '#st-online');
  await expect(nora.contact('Maxine')).toHaveCount(0);
  await max.setStatus('Busy');
  await expect(rail.locator('use').first()).toHaveAttribute('href', '#st-busy');
  await expect(nora.contact('Maxine')).toHaveCount(0);
  // There is no toast about this member either.
  await expect(nora.status('Maxine')).toHaveCount(0);

  // A new contact appears in the list.
  await nora.button('Options for Maxine').click();
  await nora.page.getByRole('menuitem', { name: 'Add to contacts' }).click();
  await nora.page.getByRole('dialog', { name: 'Add a contact' }).getByRole('button', { name: 'Send request' }).click();
  await max.button('Accept Nora').click();
  await expect(nora.contact('Maxine')).toHaveAccessibleName('Maxine, Busy');
});

test('what somebody says whom one has blocked is one line in a group, and for the blocker alone @night', async ({ company }) => {
  const [lea, walter, rosa] = [await company.come(), await company.come(), await company.come()];
  await lea.signInAs('Lea');
  await walter.signInAs('Walter');
  await rosa.signInAs('Rosa');
  await lea.open('Walter');
  await lea.button('Options for Walter').click();
  await lea.page.getByRole('menuitem', { name: 'Block' }).click();
  await expect(lea.page.getByRole('main')).toContainText('You’ve blocked Walter. Unblock them to send a message.');
  // A third person invites both, because a person cannot invite somebody they have blocked.
  await rosa.button('New group').click();
  const dialog = rosa.page.getByRole('dialog', { name: 'New group' });
  await dialog.getByRole('textbox', { name: 'Group name' }).fill('Boat house');
  for (const name of ['Lea', 'Walter']) await dialog.getByRole('checkbox', { name }).check();
  await dialog.getByRole('button', { name: 'Create group' }).click();
  for (const person of [lea, walter]) await person.open('Boat house');

  await walter.say('first of two');
  await expect(rosa.row('Boat house', 'first of two')).toHaveCount(1);
  const line = (words: string) => lea.row('Boat house', words);
  await expect(line('1 message from someone you blocked')).toBeVisible();
  await walter.say('second of two');
  await expect(line('2 messages from people you blocked')).toBeVisible();
  await expect(line('1 message from someone you blocked')).toHaveCount(0);
  await rosa.say('and now something else');
  await expect(line('and now something else')).toBeVisible();
  await walter.say('third');
  await expect(line('1 message from someone you blocked')).toBeVisible();

  // The text stays hidden, other members see no such line, and a reload changes nothing.
  await lea.page.reload();
  await lea.open('Boat house');
  for (const words of ['2 messages from people you blocked', '1 message from someone you blocked']) await expect(line(words)).toBeVisible();
  for (const words of ['first of two', 'second of two', 'third']) await expect(line(words)).toHaveCount(0);
  for (const person of [walter, rosa]) await expect(person.log('Boat house')).not.toContainText('blocked');

  // A blocked message does not count as unread while the conversation is closed.
  await lea.open('Rosa');
  await walter.say('fourth');
  await expect(rosa.row('Boat house', 'fourth')).toHaveCount(1);
  await rosa.say('the news');
  await expect(lea.contact('Boat house').first()).toHaveAccessibleName('Boat house, 1 unread');
});

test('what happened in a group and why something was refused are said however late the rest of the page comes, in both languages @night', async ({ company }) => {
  const [lea, walter] = [await company.come(), await company.come({ serviceWorkers: 'block', outage: true, restHeld: true })];
  const rest = await holdBack(walter.page, /\/pkg\/[^/]*home[^/]*\.wasm$/);
  await lea.signInAs('Lea');
  await walter.signInAs('Walter');
  await rest.asked;
  await lea.button('New group').click();
  const dialog = lea.page.getByRole('dialog', { name: 'New group' });
  await dialog.getByRole('textbox', { name: 'Group name' }).fill('Early birds');
  await dialog.getByRole('checkbox', { name: 'Walter' }).check();
  await dialog.getByRole('button', { name: 'Create group' }).click();
  await expect(dialog).toBeHidden();
  await walter.open('Early birds');
  await lea.button('Members').click();
  const people = lea.page.getByRole('dialog', { name: 'Members' });
  await people.getByRole('textbox', { name: 'Group name' }).fill('Late birds');
  await people.getByRole('button', { name: 'Rename' }).click();
  await expect(walter.row('Late birds', 'Lea renamed the group to “Late birds”.')).toHaveCount(1);
  const texts = await walter.log('Late birds').getByRole('listitem').allInnerTexts();
  for (const text of texts) expect(text.replace(/[\d:\s]/g, ''), texts.join(' | ')).not.toBe('');

  await walter.page.route('**/sf/save_profile', (route) => route.fulfill({ status: 429, json: { code: 'RATE_LIMITED', message: 'Too fast.', retryAfterMs: 4_000 } }));
  const refuse = async () => {
    const message = walter.page.getByRole('textbox', { name: /^(Personal message|Persönliche Nachricht)$/ });
    await message.fill('too soon');
    await message.press('Enter');
  };
  await refuse();
  await expect(walter.status('That was too fast. Try again in 4 seconds.').first()).toBeVisible();

  // The same in German, whose texts are in a separate file that is loaded before the page is shown.
  await walter.context.addCookies([{ name: 'cfm-look', value: '..de..', url: walter.base }]);
  await walter.page.reload();
  await expect(walter.page.getByRole('log', { name: /Late birds/ })).toContainText('Lea hat die Gruppe in „Late birds“ umbenannt.');
  await refuse();
  await expect(walter.status(/in 4 Sekunden/).first()).toContainText('zu schnell');
  await expect(walter.button('Ereignisse')).toHaveCount(0);
  rest.release();
  await expect(walter.button('Ereignisse')).toBeVisible();
});
