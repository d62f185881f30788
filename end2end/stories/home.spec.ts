// The surroundings of the contact list (ux.md 1.2, 1.3, 2.2): a contact's card by mouse, keys and finger, and the panel of events.

import type { Locator, Page, Request } from '@playwright/test';
import { violations } from '../harness/clean.ts';
import { atRest, expect, holdBack, isComplete, lineOpens, soundsOpen, soundsStarted, test, type Person } from '../harness/people.ts';
import { strip } from '../harness/message_actions.ts';
import { openSettings } from '../harness/settings_dialog.ts';
import { dayOf, moment } from '../harness/wait.ts';

const card = (person: Person, name: string) => person.page.getByRole('dialog', { name: `Card of ${name}` });
const menu = (person: Person, name: string) => person.page.getByRole('menu', { name: `Options for ${name}` });
const isLive = (person: Person) => isComplete(person.page);
const isAxeClean = async (person: Person) => {
  expect(await violations(person.page)).toEqual([]);
};

/** Simulates a finger on the screen: it stays down until it is lifted. */
async function finger(person: Person) {
  const session = await person.context.newCDPSession(person.page);
  const send = (type: string, points: { x: number; y: number }[]) =>
    session.send('Input.dispatchTouchEvent', { type: type as 'touchStart', touchPoints: points });
  return {
    down: (x: number, y: number) => send('touchStart', [{ x, y }]),
    move: (x: number, y: number) => send('touchMove', [{ x, y }]),
    up: () => send('touchEnd', []),
  };
}

async function middle(person: Person, name: string): Promise<{ x: number; y: number }> {
  const box = await person.contact(name).first().boundingBox();
  if (!box) throw new Error(`${name} is not in the list`);
  return { x: box.x + box.width / 2, y: box.y + box.height / 2 };
}

test('the mouse that rests on somebody gets their card, reaches it, and Escape takes it away @night', async ({ company }) => {
  const [mia, jonas] = [await company.come(), await company.come()];
  await jonas.signInAs('Jonas');
  await jonas.setStatus('Busy');
  await mia.signInAs('Mia');
  await isLive(mia);
  await expect(mia.contact('Jonas').first()).toHaveAccessibleName(/^Jonas, Busy/);

  await mia.contact('Jonas').first().hover();
  await expect(card(mia, 'Jonas')).toBeVisible();
  await expect(card(mia, 'Jonas')).toContainText('Busy');
  await isAxeClean(mia);

  // The card stays while the pointer is on it, and its changes are stored.
  await card(mia, 'Jonas').getByRole('button', { name: 'Favourite' }).click();
  await expect(card(mia, 'Jonas').getByRole('button', { name: 'Favourite' })).toHaveAttribute('aria-pressed', 'true');
  await expect(mia.contacts().getByRole('treeitem', { name: 'Favourites (1/1)' })).toBeVisible();
  await mia.page.keyboard.press('Escape');
  await expect(card(mia, 'Jonas')).toHaveCount(0);

  // Further actions are in the menu of the person.
  await mia.contact('Jonas').first().hover();
  await card(mia, 'Jonas').getByRole('button', { name: 'More…' }).click();
  await expect(card(mia, 'Jonas')).toHaveCount(0);
  await expect(menu(mia, 'Jonas').getByRole('menuitem', { name: 'Block' })).toBeVisible();
  await expect(menu(mia, 'Jonas').getByRole('menuitem').first()).toBeFocused();
  await mia.page.keyboard.press('Escape');
  await expect(menu(mia, 'Jonas')).toHaveCount(0);
  await expect(mia.contact('Jonas').first()).toBeFocused();

  // A press on the row opens the conversation and closes the card.
  await mia.contact('Jonas').first().hover();
  await card(mia, 'Jonas').getByRole('button', { name: 'Message' }).click();
  await expect(mia.log('Jonas')).toBeVisible();
  await expect(card(mia, 'Jonas')).toHaveCount(0);
  await expect(mia.composer()).toBeFocused();
});

test('who presses before the rest of the page is there, and lets the mouse rest, gets no card because the list moves @night', async ({ company }) => {
  const [mia, jonas] = [await company.come({ serviceWorkers: 'block', restHeld: true }), await company.come()];
  const rest = await holdBack(mia.page, /\/pkg\/[^/]*home[^/]*\.wasm$/);
  await mia.signInAs('Mia');
  await rest.asked;
  await mia.showOffline();
  const rows = mia.contacts().locator('.row[data-user]');
  const pressed = await rows.nth(4).getAttribute('data-user');
  await rows.nth(4).click();
  rest.release();
  await isLive(mia);
  // A contact who comes online moves to the top, so another row is now under the resting mouse.
  await jonas.signInAs('Jonas');
  const below = () => mia.page.evaluate(() => document.querySelector('.row[data-user]:hover')?.getAttribute('data-user') ?? undefined);
  await expect.poll(async () => ![undefined, pressed].includes(await below())).toBe(true);
  // This wait is longer than the delay of a card.
  await moment(Date.now() + 1_000);
  await expect(mia.page.locator('.contact-card')).toHaveCount(0);
  await mia.contact('Jonas').first().hover({ position: { x: 40, y: 8 } });
  await expect(card(mia, 'Jonas')).toBeVisible();
});

test('the card comes by keys, takes the focus only when it was asked for, and gives it back @night', async ({ company }) => {
  const mia = await company.come();
  await mia.signInAs('Mia');
  await isLive(mia);
  await mia.showOffline();
  const row = mia.contact('Aylin').first();
  await mia.page.getByRole('searchbox').focus();
  await mia.page.keyboard.press('ArrowDown');
  await expect(mia.contacts().locator(':focus')).toBeVisible();
  await mia.page.keyboard.press('a');
  await expect(row).toBeFocused();

  // When the focus rests on a row, the card only shows; the list keeps the focus and its keys.
  await expect(card(mia, 'Aylin')).toBeVisible();
  await expect(row).toBeFocused();
  await mia.page.keyboard.press('Escape');
  await expect(card(mia, 'Aylin')).toHaveCount(0);
  await expect(row).toBeFocused();
  // A focus that the page gives back is no wish for the card, although it has a ring.
  await row.blur();
  await row.focus();
  await moment(Date.now() + 1_200);
  await expect(card(mia, 'Aylin')).toHaveCount(0);

  await mia.page.keyboard.press('Alt+Enter');
  await expect(card(mia, 'Aylin').getByRole('button', { name: 'Close' })).toBeFocused();
  await isAxeClean(mia);
  await mia.page.keyboard.press('Escape');
  await expect(row).toBeFocused();

  // The menu of the row has all actions, and gives the focus back.
  await mia.page.keyboard.press('Shift+F10');
  await expect(menu(mia, 'Aylin').getByRole('menuitem').first()).toBeFocused();
  await isAxeClean(mia);
  await mia.page.keyboard.press('Escape');
  await expect(menu(mia, 'Aylin')).toHaveCount(0);
  await expect(row).toBeFocused();

  // A menu opens the card as well.
  await mia.open('Aylin');
  await mia.button('Options for Aylin').click();
  await mia.page.getByRole('menuitem', { name: 'Contact card' }).click();
  await expect(card(mia, 'Aylin').getByRole('button', { name: 'Close' })).toBeFocused();
  await mia.page.keyboard.press('Escape');
  await expect(mia.button('Options for Aylin')).toBeFocused();
});

test('a finger that holds somebody gets their card, one that holds a room its menu, and opens nothing; one that holds a message gets its actions in a sheet below it', async ({ company }) => {
  const mia = await company.come({ viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true });
  await mia.signInAs('Mia');
  await isLive(mia);
  await mia.showOffline();
  const touch = await finger(mia);
  const { x, y } = await middle(mia, 'Aylin');
  await touch.down(x, y);
  await expect(card(mia, 'Aylin')).toBeVisible();
  await touch.up();
  await expect(card(mia, 'Aylin')).toBeVisible();
  await expect(mia.log('Aylin')).toHaveCount(0);
  await expect(menu(mia, 'Aylin'), 'that is for the mouse and the keys').toHaveCount(0);
  await isAxeClean(mia);
  await card(mia, 'Aylin').getByRole('button', { name: 'Close' }).tap();
  await expect(card(mia, 'Aylin')).toHaveCount(0);

  // A room has a menu instead of a card. Its entry about the mute says what it would do.
  for (const name of ['Mute', 'Unmute']) {
    const room = await middle(mia, 'General');
    await touch.down(room.x, room.y);
    await expect(menu(mia, 'General').getByRole('menuitem', { name, exact: true })).toBeVisible();
    await touch.up();
    await menu(mia, 'General').getByRole('menuitem', { name, exact: true }).tap();
    await expect(menu(mia, 'General')).toHaveCount(0);
  }
  await expect(mia.log('General')).toHaveCount(0);

  await mia.contact('Aylin').first().tap();
  await expect(mia.log('Aylin')).toBeVisible();
  await mia.composer().fill('hold me');
  await mia.button('Send').tap();
  const message = mia.row('Aylin', 'hold me');
  await expect(message).toContainText(/Sent|Delivered/);
  const box = (await message.boundingBox())!;
  await touch.down(box.x + box.width / 2, box.y + box.height / 2);
  const actions = mia.page.getByRole('dialog', { name: 'Message actions' });
  await expect(actions.getByRole('button', { name: 'Reply' })).toBeVisible();
  await touch.up();
  // A browser may move the focus to the action below the finger that lets go.
  await expect(actions.locator(':focus')).toHaveCount(1);
  await isAxeClean(mia);
  // The message is above the sheet. A press outside of the sheet closes it and does nothing else.
  await expect.poll(async () => {
    const [own, sheet] = [(await message.boundingBox())!, (await actions.boundingBox())!];
    return own.y + own.height <= sheet.y;
  }).toBe(true);
  const behind = await actions.evaluate((sheet) => getComputedStyle(sheet, '::backdrop').backgroundColor);
  expect(behind, 'the page behind the sheet is dimmed').not.toBe('rgba(0, 0, 0, 0)');
  await mia.page.touchscreen.tap(195, 8);
  await expect(actions).toHaveCount(0);
  await expect(message).toBeFocused();

  // A finger that moves holds nothing; one that draws the sheet down by its head closes it.
  const again = (await message.boundingBox())!;
  await touch.down(again.x + again.width / 2, again.y + again.height / 2);
  await touch.move(again.x + again.width / 2, again.y - 60);
  await touch.up();
  await expect(actions).toHaveCount(0);
  // A tap shows nothing over the message: all actions are in the sheet.
  await message.tap();
  await expect(strip(message)).toHaveCount(0);
  await touch.down(again.x + again.width / 2, again.y + again.height / 2);
  await expect(actions.getByRole('button', { name: 'Delete for me' })).toBeVisible();
  await touch.up();
  const top = (await actions.boundingBox())!;
  await touch.down(top.x + 40, top.y + 12);
  await touch.move(top.x + 40, top.y + 60);
  await touch.move(top.x + 40, top.y + 120);
  await touch.up();
  await expect(actions).toHaveCount(0);

  // One step back closes it as well, and the conversation stays.
  await touch.down(again.x + again.width / 2, again.y + again.height / 2);
  await expect(actions.getByRole('button', { name: 'Reply' })).toBeVisible();
  await touch.up();
  await mia.page.evaluate(() => history.back());
  await expect(actions).toHaveCount(0);
  await expect(mia.log('Aylin')).toBeVisible();
});

test('what happened can be read again: who came and went, what popped up, what nobody looked at; signing out forgets it', async ({ company }) => {
  const [mia, jonas] = [await company.come(), await company.come()];
  const events = mia.page.getByRole('dialog', { name: 'Events' });
  const happened = (words: string) => events.getByRole('listitem').filter({ hasText: words });
  await mia.signInAs('Mia');
  await isLive(mia);
  await mia.button('Events').click();
  await expect(events).toContainText('Nothing new in the last 24 hours.');
  await isAxeClean(mia);
  await events.getByRole('button', { name: 'Done' }).click();

  await jonas.signInAs('Jonas');
  await expect(mia.contact('Jonas').first()).toHaveAccessibleName(/^Jonas, Online/);
  // While Mia is busy nothing pops up, but the panel lists the events.
  await mia.setStatus('Busy');
  await jonas.open('Mia');
  await jonas.say('are you there?');
  await jonas.button('Nudge').click();
  await expect(mia.contact('Jonas').first()).toHaveAccessibleName(/2 unread/);
  await expect(mia.status(/Message from/)).toHaveCount(0);
  // The bell marks new events until the panel was opened.
  await expect(mia.button('Events')).toHaveAccessibleDescription('There’s something new.');
  await expect(mia.button('Events')).toHaveAttribute('data-count', '•');
  // The server may cache the status of the cast for some seconds. This request makes it read the present status before Jonas leaves, so
  // that the page sees the change.
  await jonas.myStatus().click();
  await expect(jonas.button('Sign out')).toBeVisible();
  await mia.page.request.get('/api/auth/accounts');
  await jonas.signOut();
  const left = new Date();
  await mia.showOffline();
  await expect(mia.contact('Jonas').first()).toHaveAccessibleName(/^Jonas, Offline/);

  await mia.page.reload();
  await mia.isHome();
  await isLive(mia);
  await expect(mia.button('Events')).toHaveAccessibleDescription('There’s something new.');
  await mia.button('Events').click();
  await expect(mia.page.getByRole('button', { name: 'Events', exact: true, includeHidden: true }).first()).toHaveAttribute('data-count', '');
  await expect(happened('Jonas just came online.')).toHaveCount(1);
  await expect(happened('Message from Jonas')).toHaveCount(1);
  await expect(happened('Jonas nudged you.')).toHaveCount(1);
  await expect(happened('Jonas went offline.')).toHaveCount(1);
  await expect(events, 'no words of messages').not.toContainText('are you there?');
  await expect(events.getByRole('listitem').first(), 'the latest first').toContainText('went offline');
  await isAxeClean(mia);
  await happened('Message from Jonas').getByRole('button').click();
  await expect(mia.log('Jonas')).toBeVisible();

  // The card shows when the contact was last seen.
  await mia.showOffline();
  await mia.contact('Jonas').first().focus();
  await mia.page.keyboard.press('Alt+Enter');
  await expect(async () => expect(await card(mia, 'Jonas').textContent()).toContain(`Offline, last seen ${dayOf(left)}`)).toPass();
  await mia.page.keyboard.press('Escape');

  await mia.signOut();
  await mia.signInAs('Mia');
  await isLive(mia);
  await mia.button('Events').click();
  await expect(events).toContainText('Nothing new in the last 24 hours.');
});

test('on a phone a bar leads to people, chats, events and the rest', async ({ company }) => {
  const mia = await company.come({ viewport: { width: 390, height: 844 } });
  await mia.signInAs('Mia');
  const bar = mia.page.getByRole('navigation', { name: 'Main navigation' });
  const dialog = (name: string) => mia.page.getByRole('dialog', { name });
  await expect(bar.getByRole('button')).toHaveText(['People', 'Chats', 'Events', 'Menu']);
  await expect(bar).toBeInViewport({ ratio: 1 });
  await isAxeClean(mia);
  await bar.getByRole('button', { name: 'Chats' }).click();
  await expect(dialog('Open conversations').getByText('You have no open chats.')).toBeVisible();
  await dialog('Open conversations').getByRole('button', { name: 'Go to the contact list' }).click();
  await expect(bar.getByRole('button', { name: 'People' })).toHaveAttribute('aria-current', 'page');
  await mia.open('General');
  await expect(bar).toBeHidden();
  await mia.button('Back to contacts').click();
  await bar.getByRole('button', { name: 'Chats' }).click();
  await atRest(dialog('Open conversations'));
  await isAxeClean(mia);
  await dialog('Open conversations').getByRole('button', { name: 'General' }).click();
  await expect(mia.log('General')).toBeVisible();
  await mia.button('Back to contacts').click();
  await bar.getByRole('button', { name: 'Events' }).click();
  await dialog('Events').getByRole('button', { name: 'Done' }).click();
  await expect(bar.getByRole('button', { name: 'People' })).toHaveAttribute('aria-current', 'page');
  await bar.getByRole('button', { name: 'Menu' }).click();
  await atRest(dialog('Menu'));
  await isAxeClean(mia);
  await dialog('Menu').getByRole('button', { name: 'Add a contact' }).click();
  await expect(dialog('Menu')).toBeHidden();
  await expect(dialog('Add a contact')).toBeVisible();
});

test('on a phone the bar says how much waits, and what stands under the list elsewhere is one row @night', async ({ company }) => {
  const [mia, jonas] = [await company.come({ viewport: { width: 390, height: 844 } }), await company.come()];
  await mia.signInAs('Mia');
  await jonas.signInAs('Jonas');
  const bar = mia.page.getByRole('navigation', { name: 'Main navigation' });
  await expect(bar.getByRole('button', { name: 'Chats', exact: true })).toBeVisible();
  await jonas.open('Mia');
  await jonas.say('one');
  await jonas.say('and two');
  await expect(bar.getByRole('button', { name: 'Chats, 2 unread' })).toHaveAttribute('data-count', '2');
  await isAxeClean(mia);
  await mia.page.bringToFront();
  await mia.open('Jonas');
  await mia.composer().focus();
  await expect(jonas.row('Mia', 'and two')).toContainText('Read');
  await mia.button('Back to contacts').click();
  await expect(bar.getByRole('button', { name: 'Chats', exact: true })).toBeVisible();

  // An open conversation has its last words and their time there.
  await bar.getByRole('button', { name: 'Chats' }).click();
  const chats = mia.page.getByRole('dialog', { name: 'Open conversations' });
  await expect(chats.getByRole('button', { name: 'Jonas' })).toContainText('and two');
  await expect(chats.locator('.row-time')).toHaveText(/^\d\d:\d\d$/);
  await mia.page.keyboard.press('Escape');
  await expect(chats).toBeHidden();

  // Rooms have a tile like people, and their rows have the same height.
  const row = async (name: string) => (await mia.contact(name).first().boundingBox())!.height;
  expect(await row('General')).toBe(await row('Jonas'));

  // Jonas uses a desktop window.
  await isLive(jonas);
  const feet = ['Add a contact', 'New group', 'Events'].map((name) => jonas.button(name));
  const middles = await Promise.all(feet.map(async (foot) => ((box) => box.y + box.height / 2)((await foot.boundingBox())!)));
  expect(new Set(middles).size, middles.join(' ')).toBe(1);
});

test('the list is as wide as one wants it, by keys and by pointer, also after a reload @night', async ({ company }) => {
  const mia = await company.come({ viewport: { width: 1280, height: 800 } });
  await mia.signInAs('Mia');
  const edge = mia.page.getByRole('separator', { name: 'Width of the contact list' });
  const width = () => mia.contacts().evaluate((list) => Math.round(list.parentElement!.getBoundingClientRect().width));
  await expect(edge).toHaveAttribute('aria-valuenow', '296');
  const usual = await width();
  await edge.focus();
  await mia.page.keyboard.press('ArrowRight');
  await expect(edge).toHaveAttribute('aria-valuenow', '308');
  await expect.poll(width).toBe(usual + 12);
  await mia.page.keyboard.press('End');
  await expect.poll(width).toBe(usual + 124);
  await isAxeClean(mia);
  await mia.page.reload();
  await mia.isHome();
  await expect(edge).toHaveAttribute('aria-valuenow', '420');
  await expect.poll(width).toBe(usual + 124);

  // The handle gets its width when its style sheet is loaded.
  await expect.poll(async () => (await edge.boundingBox())?.width).toBe(8);
  const box = (await edge.boundingBox())!;
  await mia.page.mouse.move(box.x + box.width / 2, box.y + 300);
  await mia.page.mouse.down();
  await mia.page.mouse.move(box.x - 60, box.y + 300, { steps: 4 });
  await mia.page.mouse.move(20, box.y + 300, { steps: 4 });
  await mia.page.mouse.up();
  await expect(edge, 'no narrower than that').toHaveAttribute('aria-valuenow', '240');
  await mia.page.mouse.move(600, box.y + 300);
  await expect(edge, 'it was let go').toHaveAttribute('aria-valuenow', '240');
});

test('who is busy is left in peace, but for favourites where that is wanted @night', async ({ company }) => {
  const [mia, jonas, theo] = [await company.come(), await company.come(), await company.come()];
  await mia.signInAs('Mia');
  await jonas.signInAs('Jonas');
  await theo.signInAs('Theo');
  await isLive(mia);
  const arrange = await mia.arrange('Jonas');
  await arrange.getByRole('checkbox', { name: 'Favourite' }).check();
  await arrange.getByRole('button', { name: 'Done' }).click();
  await mia.setStatus('Busy');
  await jonas.open('Mia');
  await jonas.say('one');
  await expect(mia.contact('Jonas').first()).toHaveAccessibleName(/1 unread/);
  await expect(mia.status('one')).toHaveCount(0);

  const settings = await openSettings(mia.page, 'Sounds');
  const lets = settings.getByRole('switch', { name: 'Let favourites through while I’m Busy' });
  await expect(lets).not.toBeChecked();
  // The switch concerns toasts, so it works without sounds as well.
  await settings.getByRole('switch', { name: 'Sounds', exact: true }).click();
  await lets.click();
  await expect(lets).toBeChecked();
  await settings.getByRole('switch', { name: 'Sounds', exact: true }).click();
  await settings.getByRole('button', { name: 'Done' }).click();
  await soundsOpen(mia.page);
  const before = await soundsStarted(mia.page);
  await theo.open('Mia');
  await theo.say('not from a favourite');
  await expect(mia.contact('Theo').first()).toHaveAccessibleName(/1 unread/);
  await expect(mia.status('not from a favourite')).toHaveCount(0);
  expect(await soundsStarted(mia.page)).toBe(before);
  await jonas.say('two');
  await expect(mia.status('two')).toBeVisible();
  await expect.poll(() => soundsStarted(mia.page)).toBeGreaterThan(before);

  const line = lineOpens(mia.page);
  await mia.page.reload();
  await mia.isHome();
  await isLive(mia);
  await line;
  await jonas.say('three');
  await expect(mia.status('three')).toBeVisible();
});

test('a conversation is muted for an hour, somebody has a sound of their own, and both are kept @night', async ({ company }) => {
  const mia = await company.come();
  await mia.signInAs('Mia');
  await isLive(mia);
  const options = mia.page.getByRole('dialog', { name: 'Conversation options' });
  const [mute, sound] = ['Mute', 'Message sound'].map((name) => options.getByRole('combobox', { name })) as [Locator, Locator];
  const winks = options.getByRole('switch', { name: 'Play winks' });
  await mia.open('Aylin');
  await mia.button('Conversation options').click();
  await expect(mute).toHaveValue('never');
  await mute.selectOption({ label: 'For 1 hour' });
  await expect(mute.locator('option:checked')).toHaveText(/^Until \d\d:\d\d$/);
  await sound.selectOption({ label: 'Nudge' });
  await winks.click();
  await isAxeClean(mia);

  // The arrow keys lead from tab to tab, and each tab shows its own part.
  await options.getByRole('tab', { name: 'Conversation' }).press('ArrowRight');
  await expect(options.getByRole('tab', { name: 'Appearance' })).toBeFocused();
  await expect(options.getByRole('radio', { name: 'Lagoon' })).toBeVisible();
  await expect(mute).toHaveCount(0);
  await mia.page.keyboard.press('Escape');
  await expect(mia.button('Conversation options')).toBeFocused();
  await mia.page.reload();
  await mia.isHome();
  await isLive(mia);
  await mia.open('Aylin');
  await mia.button('Conversation options').click();
  await expect(mute.locator('option:checked')).toHaveText(/^Until \d\d:\d\d$/);
  await expect(sound.locator('option:checked')).toHaveText('Nudge');
  await expect(winks).not.toBeChecked();
  await mute.selectOption({ label: 'Off' });
  await expect(mute).toHaveValue('never');
});

test('what is muted until one is back is heard again then; of a room that is muted one may hear what calls one by name @night', async ({ company }) => {
  const [mia, jonas] = [await company.come(), await company.come()];
  await mia.signInAs('Mia');
  await jonas.signInAs('Jonas');
  await isLive(mia);
  const mute = mia.page.getByRole('combobox', { name: 'Mute' });
  await mia.open('General');
  await mia.button('Conversation options').click();
  await mute.selectOption({ label: 'Everything except mentions' });
  await mia.page.keyboard.press('Escape');
  await mia.open('Jonas');
  await mia.button('Conversation options').click();
  await expect(mute.locator('option[value=never]')).toHaveCount(1);
  await expect(mute.locator('option', { hasText: 'Everything except mentions' }), 'between two it is all or nothing').toHaveCount(0);
  await mute.selectOption({ label: 'Until I’m back' });
  await mia.page.keyboard.press('Escape');
  await mia.open('Aylin');

  await jonas.open('General');
  await jonas.say('everybody, look');
  await expect(mia.contact('General').first()).toHaveAccessibleName(/1 unread/);
  await jonas.say('and @Mia, you too');
  await expect(mia.status('and @Mia, you too')).toBeVisible();
  await expect(mia.status('everybody, look')).toHaveCount(0);

  await jonas.open('Mia');
  await jonas.say('while you are out');
  await expect(mia.contact('Jonas').first()).toHaveAccessibleName(/1 unread/);
  await expect(mia.status('while you are out')).toHaveCount(0);
  await mia.setStatus('Back soon');
  await mia.setStatus('Online');
  await jonas.say('there you are');
  await expect(mia.status('there you are')).toBeVisible();
  await mia.open('Jonas');
  await mia.button('Conversation options').click();
  await expect(mute).toHaveValue('never');
});

/** Replaces the system's notifications. Records their text, and offers to press one. */
async function systemNotifications(page: Page) {
  await page.addInitScript(() => {
    const shown: RecordedNotification[] = [];
    class RecordedNotification extends EventTarget {
      static permission = 'granted';
      static requestPermission = () => Promise.resolve('granted');
      onclick: (() => void) | null = null;
      readonly title: string;
      readonly body: string;
      readonly tag: string;
      readonly data: unknown;
      isOpen = true;
      constructor(title: string, { body = '', tag = '', data }: { body?: string; tag?: string; data?: unknown } = {}) {
        super();
        [this.title, this.body, this.tag, this.data] = [title, body, tag, data];
        shown.filter((one) => one.tag === tag).forEach((one) => one.close());
        shown.push(this);
      }
      press(): void {
        this.onclick?.();
      }
      close(): void {
        this.isOpen = false;
      }
    }
    Object.assign(window, { Notification: RecordedNotification, shown });
  });
  return () => page.evaluate(() => (window as unknown as { shown: { title: string; body: string }[] }).shown.map(({ title, body }) => `${title}: ${body}`));
}

const hide = (page: Page, isHidden: boolean) =>
  page.evaluate((hidden) => {
    Object.defineProperty(document, 'hidden', { configurable: true, get: () => hidden });
    document.dispatchEvent(new Event('visibilitychange'));
  }, isHidden);

async function switchNotificationsOn(person: Person) {
  const settings = await openSettings(person.page, 'Notifications');
  await settings.getByRole('switch', { name: 'Notifications while this page is in the background' }).click();
  await expect(settings.getByRole('switch', { name: 'Notifications while this page is in the background' })).toBeChecked();
  await settings.getByRole('button', { name: 'Done' }).click();
}

test('what comes while the page is hidden is told by the system, once that was switched on, and a press leads there', async ({ company }) => {
  const [mia, jonas] = [await company.come({ permissions: ['notifications'] }), await company.come()];
  const notified = await systemNotifications(mia.page);
  await mia.signInAs('Mia');
  await jonas.signInAs('Jonas');
  await isLive(mia);
  await jonas.open('Mia');
  await hide(mia.page, true);
  await jonas.say('not switched on');
  await expect(mia.contact('Jonas').first()).toHaveAccessibleName(/1 unread/);
  await hide(mia.page, false);
  await switchNotificationsOn(mia);
  await jonas.say('seen');
  await expect(mia.contact('Jonas').first()).toHaveAccessibleName(/2 unread/);
  await hide(mia.page, true);
  await jonas.say('over here');
  await expect.poll(notified).toEqual(['Jonas: over here']);
  await mia.page.evaluate(() => (window as unknown as { shown: { press: () => void }[] }).shown[0]!.press());
  await expect(mia.log('Jonas')).toBeVisible();

  // Two equal messages are two events, an edit changes the words, and reading closes what is left.
  const left = () => mia.page.evaluate(() => (window as unknown as { shown: { body: string; isOpen: boolean }[] }).shown.filter(({ isOpen }) => isOpen).map(({ body }) => body));
  await expect.poll(left).toEqual([]);
  for (const count of [2, 3]) {
    await jonas.say('ok');
    await expect.poll(notified).toHaveLength(count);
  }
  await expect(jonas.row('Mia', 'ok').last()).toContainText(/Sent|Delivered|Read/);
  await jonas.composer().press('ArrowUp');
  await jonas.page.keyboard.type(', really');
  await jonas.composer().press('Enter');
  await expect.poll(left).toEqual(['ok, really']);
  await hide(mia.page, false);
  await expect.poll(left).toEqual([]);
});

test('of several tabs one tells by the system, and none while one of them is seen @night', async ({ company }) => {
  const [mia, jonas] = [await company.come({ permissions: ['notifications'] }), await company.come()];
  const first = await systemNotifications(mia.page);
  await mia.signInAs('Mia');
  await jonas.signInAs('Jonas');
  await isLive(mia);
  await jonas.open('Mia');
  await switchNotificationsOn(mia);
  const other = await mia.context.newPage();
  const second = await systemNotifications(other);
  await other.goto(`${mia.base}/app`);
  await isComplete(other);
  const notified = async () => [...(await first()), ...(await second())].sort();
  const unread = (page: Page, count: number) => {
    const row = page.getByRole('navigation', { name: 'Contacts' }).getByRole('treeitem', { name: new RegExp(`^Jonas,.* ${count} unread`) });
    return expect(row.first()).toBeVisible();
  };
  await hide(mia.page, true);
  await jonas.say('seen in a tab');
  await expect(other.getByRole('status').filter({ hasText: 'seen in a tab' })).toBeVisible();
  for (const page of [mia.page, other]) await unread(page, 1);
  await hide(other, true);
  await jonas.say('seen nowhere');
  await expect.poll(notified).toEqual(['Jonas: seen nowhere']);
  for (const page of [mia.page, other]) await unread(page, 2);
  const lines = ['Jonas: seen nowhere'];
  for (const line of ['still not', 'to the end']) {
    await jonas.say(line);
    lines.push(`Jonas: ${line}`);
    await expect.poll(notified, 'each once').toEqual(lines);
  }
});

test('quiet hours and wordless notifications hold on the page as well, in a browser that cannot be told otherwise @night', async ({ company }) => {
  const [mia, jonas] = [await company.come({ permissions: ['notifications'] }), await company.come()];
  const notified = await systemNotifications(mia.page);
  await mia.signInAs('Zuri');
  await jonas.signInAs('Jonas');
  await isLive(mia);
  await jonas.open('Zuri');
  await mia.open('General');
  await switchNotificationsOn(mia);
  const settings = await openSettings(mia.page, 'Notifications');
  await settings.getByRole('switch', { name: 'Show names and message text' }).click();
  await expect(settings.getByRole('switch', { name: 'Show names and message text' })).not.toBeChecked();
  await settings.getByRole('button', { name: 'Done' }).click();
  await hide(mia.page, true);
  await jonas.say('nobody else reads this');
  await expect.poll(notified).toEqual(['CF Messenger: ']);
  await hide(mia.page, false);

  await openSettings(mia.page, 'Notifications');
  await settings.getByRole('switch', { name: 'Quiet hours' }).click();
  // The quiet hours cover ten hours before and after this moment. The start must not be 07:00, because the default hours end then.
  const now = Date.now();
  const clock = (minutes: number) => new Date(now + minutes * 60_000).toTimeString().slice(0, 5);
  const from = clock(-600) === '07:00' ? clock(-599) : clock(-600);
  // The second change is made while the first is still under way, and the second one holds.
  const isFirst = (request: Request) => request.method() === 'PUT' && request.postData()?.includes('"to":"07:00"') === true;
  const first = await holdBack(mia.page, '**/api/me/push', undefined, isFirst);
  await settings.getByLabel('From', { exact: true }).fill(from);
  await settings.getByLabel('To', { exact: true }).fill(clock(600));
  await settings.getByLabel('To', { exact: true }).blur();
  await mia.page.evaluate(() => new Promise(requestAnimationFrame));
  first.release();
  const stored = async () => (await (await mia.context.request.get(`${mia.base}/api/me/push`)).json()).data;
  await expect.poll(async () => (await stored()).quiet?.to).toBe(clock(600));
  await settings.getByRole('button', { name: 'Done' }).click();
  for (const reload of [false, true]) {
    if (reload) {
      await mia.page.reload();
      await mia.isHome();
      await isLive(mia);
    }
    const line = `late ${reload}`;
    const unread = Number(/(\d+) unread/.exec((await mia.contact('Jonas').first().getAttribute('aria-label')) ?? '')?.[1] ?? 0);
    await jonas.say(line);
    await expect(mia.contact('Jonas').first()).toHaveAccessibleName(new RegExp(`${unread + 1} unread`));
    await expect(mia.status(line)).toHaveCount(0);
  }
  await openSettings(mia.page, 'Notifications');
  await settings.getByRole('switch', { name: 'Quiet hours' }).click();
  await settings.getByRole('switch', { name: 'Show names and message text' }).click();
  await expect.poll(stored).toMatchObject({ quiet: null, preview: true });
  // The page requests the stored values after the last change, so it shows them.
  await expect(settings.getByRole('switch', { name: 'Show names and message text' })).toBeChecked();
  await settings.getByRole('button', { name: 'Done' }).click();
  await jonas.say('in the morning');
  await expect(mia.status('in the morning')).toBeVisible();
});

test('where the system takes notifications from a service worker alone, as on phones, it gets them so @night', async ({ company }) => {
  const [mia, jonas] = [await company.come({ permissions: ['notifications'], serviceWorkers: 'allow' }), await company.come()];
  await mia.page.addInitScript(() => {
    const { permission } = Notification;
    const Refused = function (): never {
      throw new TypeError('Illegal constructor. Use ServiceWorkerRegistration.showNotification() instead.');
    };
    Object.assign(window, { Notification: Object.assign(Refused, { permission, requestPermission: async () => permission }) });
    // A query for notifications while one is being shown may make the browser forget it. So the test waits until it is shown.
    const { showNotification } = ServiceWorkerRegistration.prototype;
    ServiceWorkerRegistration.prototype.showNotification = async function (...what) {
      await showNotification.apply(this, what);
      Object.assign(window, { isShown: true });
    };
  });
  await mia.signInAs('Mia');
  await jonas.signInAs('Jonas');
  await isLive(mia);
  await jonas.open('Mia');
  await switchNotificationsOn(mia);
  await hide(mia.page, true);
  await jonas.say('to the phone');
  await mia.page.waitForFunction(() => 'isShown' in window);
  const shown = () =>
    mia.page.evaluate(async () => {
      const all = await (await navigator.serviceWorker.ready).getNotifications();
      return all.map(({ title, body, data }) => ({ title, body, room: (data as { room: string }).room }));
    });
  await expect.poll(shown).toEqual([{ title: 'Jonas', body: 'to the phone', room: expect.stringMatching(/^dm_/) }]);
});
