// The look and the sounds of a conversation: the writer's font, emoticons and their codes, hues and backdrops, nudges, and mute for one
// conversation. Also the safety line and the marks of an own message.

import type { Locator } from '@playwright/test';
import { marker } from '../harness/ids.ts';
import { action } from '../harness/message_actions.ts';
import { clipboardText, expect, soundsOpen, soundsStarted, test, type Person } from '../harness/people.ts';
import { THEMES } from '../harness/themes.ts';

async function opened(who: Person, button: string): Promise<Locator> {
  await who.button(button).click();
  const dialog = who.page.getByRole('dialog', { name: button });
  await expect(dialog).toBeVisible();
  return dialog;
}

/** Returns the style of the innermost element that contains these words. */
const drawn = (who: Person, partner: string, words: string) =>
  who.log(partner).getByText(words).last().evaluate((element) => {
    const { color, fontWeight, fontFamily, textDecorationLine } = getComputedStyle(element);
    return { color, fontWeight, fontFamily, textDecorationLine };
  });

/** Returns the WCAG contrast of two CSS colours. */
const contrast = (page: Person['page'], ink: string, ground: string) =>
  page.evaluate(
    ([ink, ground]) => {
      const light = (colour: string) => {
        const canvas = new OffscreenCanvas(1, 1).getContext('2d')!;
        canvas.fillStyle = colour;
        canvas.fillRect(0, 0, 1, 1);
        const [r, g, b] = [...canvas.getImageData(0, 0, 1, 1).data].map((part) => (part / 255 <= 0.04045 ? part / 255 / 12.92 : ((part / 255 + 0.055) / 1.055) ** 2.4));
        return 0.2126 * r! + 0.7152 * g! + 0.0722 * b!;
      };
      const [a, b] = [light(ink!), light(ground!)];
      return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    },
    [ink, ground],
  );

test('a font is chosen, sent, seen, remembered, and the receiver may have their own @night', async ({ company }) => {
  const [zuri, nico] = [await company.come(), await company.come()];
  await zuri.signInAs('Zuri');
  await nico.signInAs('Nico');
  await zuri.open('Nico');
  await nico.open('Zuri');
  const menu = await opened(zuri, 'Font');
  await expect(menu.getByRole('radio')).toHaveCount(16 + 6);
  await menu.getByRole('radio', { name: 'Red', exact: true }).click();
  await menu.getByRole('radio', { name: 'Typewriter' }).click();
  await menu.getByRole('button', { name: 'Bold' }).click();
  await menu.getByRole('button', { name: 'Underline' }).click();
  await expect(menu.getByRole('radio', { name: 'Red', exact: true })).toHaveAttribute('aria-checked', 'true');
  await expect(menu.getByRole('button', { name: 'Bold' })).toHaveAttribute('aria-pressed', 'true');
  await zuri.page.keyboard.press('Escape');
  await expect(menu).toBeHidden();
  await expect(zuri.button('Font')).toBeFocused();

  const words = `in red ${marker()}`;
  await zuri.say(words);
  const wanted = { color: 'rgb(179, 38, 30)', fontWeight: '700', textDecorationLine: 'underline' };
  for (const [who, partner] of [[zuri, 'Nico'], [nico, 'Zuri']] as const) {
    await expect(who.row(partner, words)).toHaveCount(1);
    expect(await drawn(who, partner, words)).toMatchObject(wanted);
    expect((await drawn(who, partner, words)).fontFamily).toMatch(/Mono/);
  }

  // A dark theme shows the colour in a lighter shade, so that it stays legible.
  await nico.page.evaluate(() => (document.documentElement.dataset['theme'] = 'modern-dark'));
  expect((await drawn(nico, 'Zuri', words)).color).toBe('rgb(255, 154, 143)');
  await nico.page.evaluate(() => (document.documentElement.dataset['theme'] = 'azure'));

  // The receiver's font replaces the fonts of other people's messages only.
  const own = await opened(nico, 'Font');
  await own.getByRole('switch', { name: 'Show all messages in my font' }).click();
  await expect.poll(() => drawn(nico, 'Zuri', words)).toMatchObject({ fontWeight: '400', textDecorationLine: 'none' });
  await own.getByRole('radio', { name: 'Forest' }).click();
  await expect.poll(async () => (await drawn(nico, 'Zuri', words)).color).toBe('rgb(34, 112, 43)');

  // After a reload both settings are still in force.
  await zuri.page.reload();
  await zuri.isHome();
  await zuri.open('Nico');
  const again = `still red ${marker()}`;
  await zuri.say(again);
  await expect(zuri.row('Nico', again)).toHaveCount(1);
  expect(await drawn(zuri, 'Nico', again)).toMatchObject(wanted);
  await expect(nico.row('Zuri', again)).toHaveCount(1);
  expect((await drawn(nico, 'Zuri', again)).color).toBe('rgb(34, 112, 43)');
});

test('all sixteen colours can be read in every theme @night', async ({ company }) => {
  const person = await company.come();
  await person.signInAs('Sol');
  await person.open('General');
  const menu = await opened(person, 'Font');
  const swatches = menu.getByRole('radiogroup', { name: 'Colour' }).getByRole('radio');
  await expect(swatches).toHaveCount(16);
  for (const theme of THEMES) {
    await person.page.evaluate((theme) => (document.documentElement.dataset['theme'] = theme), theme);
    const pairs = await swatches.evaluateAll((all) => all.map((one) => [getComputedStyle(one).color, getComputedStyle(one).backgroundColor] as const));
    expect(new Set(pairs.map(([ink]) => ink)).size, `${theme} has sixteen inks`).toBe(16);
    for (const [ink, ground] of pairs) expect(await contrast(person.page, ink, ground), `${ink} on ${ground} in ${theme}`).toBeGreaterThan(4.5);
  }
});

test('emoticons are found by name in the picker, and stay keys for who wants keys', async ({ company }) => {
  const person = await company.come();
  await person.signInAs('Runa');
  await person.open('General');
  await person.composer().fill('a cup of');
  const picker = await opened(person, 'Emoticons');
  const box = picker.getByRole('searchbox', { name: 'Find an emoticon' });
  await box.fill('no such thing');
  await expect(picker.getByText('No emoticons found.')).toBeVisible();
  await box.press('Enter');
  await box.fill('KAFFEE');
  await expect(picker.getByRole('button')).toHaveCount(1);
  // Enter inserts the result and does not send the message.
  await box.press('Enter');
  await expect(person.composer()).toHaveValue('a cup of (C) ');
  await expect(picker).toBeHidden();
  const mark = marker();
  await person.composer().fill(`${mark} (C) at http://example.org/(Y) 401(k)`);
  await person.composer().press('Enter');
  const row = person.row('General', mark);
  await expect(row.getByRole('img', { name: 'coffee (C)' })).toBeVisible();
  await expect(row.getByRole('img')).toHaveCount(1);
  await expect(row.getByRole('link')).toHaveAttribute('href', 'http://example.org/(Y)');

  const ways = await opened(person, 'Conversation options');
  await ways.getByRole('switch', { name: 'Show emoticons as pictures' }).click();
  await expect(row.getByRole('img')).toHaveCount(0);
  await expect(row).toContainText(`${mark} (C) at`);
  await ways.getByRole('switch', { name: 'Show emoticons as pictures' }).click();
  await expect(row.getByRole('img', { name: 'coffee (C)' })).toBeVisible();
});

test('a conversation has its own hue, backdrop and bubbles, which outlive a reload @night', async ({ company }) => {
  const person = await company.come();
  await person.signInAs('Walter');
  await person.open('General');
  await person.say(`look at this ${marker()}`);
  const ground = () => person.page.getByRole('main').evaluate((main) => getComputedStyle(main).backgroundImage);
  const log = () => person.page.getByRole('log').evaluate((log) => getComputedStyle(log).backgroundImage);
  expect([await ground(), await log()]).toEqual(['none', 'none']);
  const menu = await opened(person, 'Conversation options');
  await menu.getByRole('tab', { name: 'Appearance' }).click();
  await menu.getByRole('radio', { name: 'Lagoon' }).click();
  await menu.getByRole('radio', { name: 'Dots' }).click();
  await expect.poll(ground).toContain('gradient');
  await expect.poll(log).toContain('radial-gradient');
  const bubbles = menu.getByRole('switch', { name: 'Show messages in bubbles' });
  await expect(bubbles).not.toBeChecked();
  await bubbles.click();
  const text = person.log('General').getByText('look at this').last();
  await expect.poll(() => text.evaluate((element) => getComputedStyle(element.parentElement!).borderTopLeftRadius)).toBe('12px');
  await person.page.keyboard.press('Escape');

  // Every hue keeps the contrast of the text on it.
  for (const theme of THEMES) {
    await person.page.evaluate((theme) => (document.documentElement.dataset['theme'] = theme), theme);
    const inks = await person.page.getByRole('main').evaluate((main) => {
      const style = getComputedStyle(main);
      return [style.getPropertyValue('--ink-blue'), style.getPropertyValue('--hue-band').trim()];
    });
    if (theme === 'contrast') expect(inks[1], 'Contrast has no hues').toBe('');
    else
      for (const hue of Array.from({ length: 12 }, (_, n) => n * 30)) {
        const band = inks[1]!.replace(/[\d.]+\)$/, `${hue})`);
        expect(await contrast(person.page, inks[0]!, band), `${theme} ${band}`).toBeGreaterThan(4.5);
      }
  }

  await person.page.reload();
  await person.isHome();
  await person.open('General');
  await expect.poll(ground).toContain('gradient');
  await expect.poll(log).toContain('radial-gradient');
  await person.open('Music');
  expect([await ground(), await log()], 'another conversation has its own').toEqual(['none', 'none']);
});

test('in one conversation nudges are lines, and a muted one is only counted @night', async ({ company }) => {
  const [jas, emil] = [await company.come(), await company.come()];
  await jas.signInAs('Jas');
  await emil.signInAs('Emil');
  await jas.open('Emil');
  await emil.open('Jas');
  const menu = await opened(emil, 'Conversation options');
  await menu.getByRole('switch', { name: 'Shake on nudges' }).click();
  await expect(menu.getByRole('switch', { name: 'Shake on nudges' })).not.toBeChecked();
  await jas.button('Nudge').click();
  await expect(emil.row('Jas', 'Jas nudged you.')).toHaveCount(1);
  await expect(emil.page.getByRole('main')).not.toHaveAttribute('data-nudge', 'on');

  await menu.getByRole('combobox', { name: 'Mute' }).selectOption({ label: 'Until I unmute it' });
  await emil.page.keyboard.press('Escape');
  await emil.open('Music');
  await soundsOpen(emil.page);
  const before = await soundsStarted(emil.page);
  await jas.say(`quietly ${marker()}`);
  await expect(emil.contact('Jas')).toHaveAccessibleName(/, 1 unread$/);
  await expect(emil.status('quietly')).toHaveCount(0);
  expect(await soundsStarted(emil.page)).toBe(before);

  // The arrival of a muted contact makes no sound and no toast, but shows in the list and among the events.
  await jas.signOut();
  await emil.showOffline();
  await expect(emil.contact('Jas')).toHaveAccessibleName(/^Jas, Offline/);
  await jas.signInAs('Jas');
  await expect(emil.contact('Jas')).toHaveAccessibleName(/^Jas, Online/);
  await expect(emil.status('Jas')).toHaveCount(0);
  expect(await soundsStarted(emil.page)).toBe(before);

  // If only the sounds are off, toasts still appear.
  await emil.open('Jas');
  const ways = await opened(emil, 'Conversation options');
  await ways.getByRole('combobox', { name: 'Mute' }).selectOption({ index: 0 });
  await ways.getByRole('switch', { name: 'Play sounds' }).click();
  await expect(ways.getByRole('switch', { name: 'Play sounds' })).not.toBeChecked();
  await emil.page.keyboard.press('Escape');
  await emil.open('Music');
  const silent = await soundsStarted(emil.page);
  await jas.signOut();
  await expect(emil.contact('Jas')).toHaveAccessibleName(/^Jas, Offline/);
  await jas.signInAs('Jas');
  await expect(emil.status('Jas')).toBeVisible();
  expect(await soundsStarted(emil.page)).toBe(silent);
});

test('where two people begin stands the safety line, and an own message carries its mark @night', async ({ company }) => {
  const [lea, theo] = [await company.come(), await company.come()];
  await lea.signInAs('Lea');
  await theo.signInAs('Theo');
  await lea.open('Theo');
  await expect(lea.log('Theo').getByText('Never share passwords or card numbers in a chat.')).toBeVisible();
  await lea.open('General');
  await expect(lea.page.getByText('Never share passwords')).toHaveCount(0);
  await lea.open('Theo');
  const words = `seen? ${marker()}`;
  await lea.say(words);
  const mark = lea.row('Theo', words).locator('use').last();
  await expect(mark).toHaveAttribute('href', /#ic-checks?/);
  await theo.open('Lea');
  await theo.composer().focus();
  await expect(lea.row('Theo', words)).toContainText('Read');
  await expect(mark).toHaveAttribute('href', '#ic-read');
});

test('a guest who may not begin a conversation stays in the one before, with the focus in the list', async ({ company }) => {
  const guest = await company.come({ outage: true });
  await guest.signInAsGuest('Wendel');
  await guest.open('Music');
  await guest.page.getByRole('searchbox').first().fill('Theo');
  await guest.page.keyboard.press('Enter');
  await expect(guest.page.locator('.toasts')).toContainText('You can’t write to Theo.');
  await expect(guest.log('Music')).toBeVisible();
  await expect(guest.page.locator('.list :focus')).toHaveCount(1);
});

test('the address of the page opens conversations of one\'s own, and leads into no other; a link to a message is copied and leads to it', async ({ company }) => {
  const [owner, led] = [await company.come(), await company.come({ permissions: ['clipboard-read', 'clipboard-write'] })];
  await owner.signInAs('Emil');
  await led.signInAs('Theo');
  const publicGroup = await madeBy(owner, 'public');
  const own = await madeBy(led, 'private');
  let lists = 0;
  led.page.on('requestfinished', (request) => (lists += Number(request.url().includes('/api/rooms?scope=mine'))));
  const strangers = `dm_${[await idOf(owner), await idOf(led)].toSorted().join('____')}`;
  for (const room of ['general?ticket=x', '../me/drafts', 'dm_user_1____user_2', strangers, publicGroup]) {
    lists = 0;
    await led.page.goto(`${led.base}/app?room=${encodeURIComponent(room)}`);
    await led.isHome();
    await expect.poll(() => lists).toBeGreaterThan(0);
    await expect(led.page).toHaveURL(`${led.base}/app`);
    // The words are the same whether or not there is such a conversation. A text that names no conversation is dropped.
    await expect(led.status('You don’t have access to this conversation.')).toHaveCount(/[?/]/.test(room) ? 0 : 1);
    // A conversation that is opened by a press has no other tab beside it.
    await led.open('Music');
    await expect(led.page.getByRole('navigation', { name: 'Open conversations' }).getByRole('listitem')).toHaveCount(1);
    await led.page.getByRole('button', { name: 'Close Music' }).click();
  }
  for (const [room, name] of [[own, 'Linked crew'], ['general', 'General']] as const) {
    await led.page.goto(`${led.base}/app?room=${room}`);
    await expect(led.log(name)).toBeVisible();
    await expect(led.page).toHaveURL(`${led.base}/app?room=${room}`);
  }

  const words = marker();
  await led.say(words);
  await expect(led.row('General', words)).toContainText(/Sent|Delivered|Read/);
  const copied = () => clipboardText(led.page);
  await (await action(led.row('General', words), 'Copy link')).click();
  await expect(led.status('Link copied.')).toBeVisible();
  const link = await copied();
  expect(link).toMatch(/\/app\?room=general&m=\d+$/);
  await (await opened(led, 'Conversation options')).getByRole('button', { name: 'Copy link' }).click();
  await expect.poll(copied).toBe(link.replace(/&m=.*/, ''));
  // A link in a message leads there in the same page.
  await led.say(link);
  await led.row('General', link).getByRole('link').click();
  await expect(led.row('General', words)).toBeFocused();
  await owner.page.goto(link);
  await expect(owner.row('General', words)).toBeFocused();
  await expect(owner.page).toHaveURL(/\?room=general$/);
});

const me = async (person: Person): Promise<{ csrfToken: string; user: { id: string } }> => (await (await person.context.request.get(`${person.base}/api/auth/me`)).json()).data;
const idOf = async (person: Person): Promise<string> => (await me(person)).user.id;

/** Creates a group with the session of this person; returns its id. */
async function madeBy(person: Person, visibility: string): Promise<string> {
  const headers = { origin: new URL(person.base).origin, 'x-csrf-token': (await me(person)).csrfToken };
  const made = await person.context.request.post(`${person.base}/api/rooms`, { data: { name: 'Linked crew', visibility, memberIds: [] }, headers });
  return (await made.json()).data.id;
}
