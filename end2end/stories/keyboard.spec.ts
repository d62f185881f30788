// Stories 16 and 23: the Enter of an input method does not send, and everything works without a mouse.

import type { CDPSession, Locator } from '@playwright/test';
import { marker } from '../harness/ids.ts';
import { expect, test, type Person } from '../harness/people.ts';

test('the Enter that ends an input method’s word does not send it', async ({ company }) => {
  const kenji = await company.come();
  await kenji.signInAs('Kenji');
  await kenji.open('General');
  await kenji.composer().focus();
  const keys = await kenji.context.newCDPSession(kenji.page);
  await keys.send('Input.imeSetComposition', { text: 'こんにちは', selectionStart: 5, selectionEnd: 5 });
  // During composition browsers report the key as 229 with isComposing.
  await keys.send('Input.dispatchKeyEvent', { type: 'rawKeyDown', key: 'Process', code: 'Enter', windowsVirtualKeyCode: 229 });
  await keys.send('Input.dispatchKeyEvent', { type: 'keyUp', key: 'Enter', code: 'Enter', windowsVirtualKeyCode: 13 });
  await keys.send('Input.insertText', { text: 'こんにちは' });
  await expect(kenji.composer()).toHaveValue('こんにちは');
  await kenji.page.evaluate(() => {
    const composing = { key: 'Enter', code: 'Enter', isComposing: true, bubbles: true, cancelable: true };
    document.activeElement!.dispatchEvent(new KeyboardEvent('keydown', composing));
  });
  await expect(kenji.composer()).toHaveValue('こんにちは');
  await expect(kenji.row('General', 'こんにちは')).toHaveCount(0);
  await kenji.composer().press('Enter');
  await expect(kenji.row('General', 'こんにちは')).toHaveCount(1);
});

test('sign in, set a status, find a person, talk, nudge, wink, sign out: by keyboard alone', async ({ company }) => {
  const [mia, friend] = [await company.come(), await company.come()];
  await friend.signInAs('Aylin');
  const { page } = mia;
  const press = (key: string) => page.keyboard.press(key);

  await page.goto(`${mia.base}/sign-in`);
  await reach(mia, /^Mia\b/, ['radio', 'button']);
  await press('Space');
  await reach(mia, /^Join$/, ['button']);
  await press('Enter');
  await mia.isHome();

  await reach(mia, /^My status/, ['button']);
  await press('Enter');
  await expect(page.getByRole('menuitemradio', { name: 'Away', exact: true })).toBeVisible();
  await walkTo(mia, /^Away$/);
  await press('Enter');
  await expect(mia.myStatus()).toHaveAccessibleName(/Away/);
  await expect(friend.contact('Mia').first()).toHaveAccessibleName(/^Mia, Away/);

  await reach(mia, /^Aylin,/, ['button', 'treeitem']);
  await press('Enter');
  await expect(mia.log('Aylin')).toBeVisible();
  await reach(mia, /^Message$/, ['textbox']);
  await page.keyboard.type('no mouse here');
  await press('Enter');
  await friend.open('Mia');
  await expect(friend.row('Mia', 'no mouse here')).toHaveCount(1);

  await reach(mia, /^Nudge$/, ['button']);
  await press('Enter');
  await expect(friend.row('Mia', 'Mia nudged you.')).toHaveCount(1);

  await reach(mia, /^Winks$/, ['button']);
  await press('Enter');
  const picker = page.getByRole('menu', { name: 'Winks' }).or(page.getByRole('dialog', { name: 'Winks' }));
  await expect(picker).toBeVisible();
  await press('Escape');
  await expect(picker).toBeHidden();
  expect(await focused(mia), 'Escape gives the focus back').toMatch(/^button Winks$/);
  await press('Enter');
  await expect(picker).toBeVisible();
  await expect(picker.getByRole('menuitem').first()).toBeFocused();
  await press('Enter');
  await expect(friend.row('Mia', /Mia sent you “.+”\./)).toHaveCount(1);

  await reach(mia, /^Settings$/, ['button']);
  await press('Enter');
  const dialog = page.getByRole('dialog', { name: 'Settings' });
  await expect(dialog).toBeVisible();
  for (let n = 0; n < 25; n += 1) {
    await press('Tab');
    // Between the last and the first control the focus may be in the browser itself, but never in the page behind.
    const stays = (element: Element) => element.contains(document.activeElement) || document.activeElement === document.body;
    expect(await dialog.evaluate(stays), 'the focus stays in the dialog').toBe(true);
  }
  await press('Escape');
  await expect(dialog).toBeHidden();
  expect(await focused(mia)).toMatch(/^button Settings$/);

  if (!(await mia.button('Sign out').isVisible())) {
    await reach(mia, /^My status/, ['button']);
    await press('Enter');
    await expect(mia.button('Sign out')).toBeVisible();
  }
  await reach(mia, /^Sign out$/, ['button']);
  await press('Enter');
  await expect(mia.signInButton()).toBeVisible();
});

test('what opens at the composer is one stop of the Tab key; arrows lead through it @night', async ({ company }) => {
  const person = await company.come();
  await person.signInAsGuest('Tabber');
  await person.open('General');
  const { page } = person;
  for (const [name, first, second, next] of [
    ['Font', 'Ink', 'Navy', 'Emoticons'],
    ['Emoticons', 'smile :)', 'grin :D', 'Winks'],
  ] as const) {
    await person.button(name).press('Enter');
    const menu = page.getByRole('dialog', { name });
    const item = (label: string) => menu.getByRole('radio', { name: label }).or(menu.getByRole('button', { name: label, exact: true })).first();
    await expect(item(first)).toBeFocused();
    await page.keyboard.press('ArrowRight');
    await expect(item(second)).toBeFocused();
    await page.keyboard.press('Tab');
    await expect(person.button(next)).toBeFocused();
    await expect(menu).toBeHidden();
  }
});

test('the contact list is a tree: Tab comes to one row of it, arrows lead through all of it', async ({ company }) => {
  const [person, aylin, lea] = [await company.come(), await company.come(), await company.come()];
  await aylin.signInAs('Aylin');
  await lea.signInAs('Lea');
  await person.signInAs('Nico');
  for (const name of ['Aylin', 'Lea']) await expect(person.contact(name).first()).toHaveAccessibleName(new RegExp(`^${name}, Online`));
  const { page } = person;
  const press = (key: string) => page.keyboard.press(key);
  const head = (name: RegExp) => person.contacts().getByRole('treeitem', { name });
  await expect(head(/^People \(\d+\/\d+\)$/)).toBeVisible();
  await page.getByRole('searchbox', { name: 'Search people and messages' }).focus();
  const stops = async () => {
    const found: string[] = [];
    for (let n = 0; n < 80; n += 1) {
      await press('Tab');
      const here = await focused(person);
      if (here.startsWith('treeitem')) found.push(here);
      else if (found.length > 0) break;
    }
    return found;
  };
  // The headings of groups are stops as well.
  const all = await stops();
  expect(all.some((stop) => /^treeitem People /.test(stop)), all.join(' | ')).toBe(true);
  expect(all.filter((stop) => !/\(\d+(\/\d+)?\)$/.test(stop)), all.join(' | ')).toHaveLength(1);

  await head(/^People/).focus();
  await press('ArrowRight');
  const first = await focused(person);
  expect(first).toMatch(/^treeitem .+, /);
  await press('ArrowDown');
  const second = await focused(person);
  expect(second).not.toBe(first);
  // Tab leaves the row, and Shift+Tab returns to it.
  await press('Tab');
  expect(await focused(person)).toMatch(/^treeitem Rooms /);
  await press('Shift+Tab');
  expect(await focused(person)).toBe(second);
  // The left arrow moves to the heading of the group and folds it.
  await press('ArrowLeft');
  await expect(head(/^People/)).toBeFocused();
  await press('ArrowLeft');
  await expect(head(/^People/)).toHaveAttribute('aria-expanded', 'false');
  await press('ArrowRight');
  await expect(head(/^People/)).toHaveAttribute('aria-expanded', 'true');
});

test('the log is one stop of the Tab key, whatever was answered, linked or attached in it; a message lets go of the focus at either end', async ({ company }) => {
  const person = await company.come();
  await person.signInAs('Kofi');
  const { page } = person;
  const press = (key: string) => page.keyboard.press(key);
  const name = await aloneIn(person, `Stops ${marker()}`);
  // Every message contains a link or a quote, which could be a stop of its own.
  const words = [marker(), marker(), marker()];
  await person.say(`see https://example.com/${words[0]}`);
  await expect(person.row(name, words[0]!)).toHaveCount(1);
  for (const [at, word] of words.slice(1).entries()) {
    const answered = person.row(name, words[at]!).last();
    await answered.hover();
    await answered.getByRole('button', { name: 'Reply', exact: true }).click();
    await person.say(word);
    await expect(person.row(name, word)).toHaveCount(1);
  }
  const last = person.row(name, words[2]!).last();
  await expect(last.getByRole('button', { name: words[1]! })).toBeVisible();
  // The actions of a message also appear under the pointer, so the pointer moves away.
  await page.mouse.move(0, 0);

  const isInLog = () => person.log(name).evaluate((log) => log.contains(document.activeElement));
  /** Returns the stops of Tab or Shift+Tab until the focus is in the wanted place. */
  const stops = async (key: string, isThere: () => Promise<boolean>) => {
    const found: string[] = [];
    for (let n = 0; n < 40; n += 1) {
      await press(key);
      if (await isThere()) return found;
      found.push(await focused(person));
    }
    throw new Error(`went through ${found.join(' | ')}`);
  };

  // On a busy page keys arrive before delayed tasks; longer timers imitate that.
  await page.evaluate(() => {
    const { setTimeout } = window;
    const late = (action: TimerHandler, ms = 0) => setTimeout(action, Math.max(ms, 1_000));
    Object.assign(window, { setTimeout: late, inTime: () => Object.assign(window, { setTimeout }) });
  });
  await person.log(name).focus();
  await press('Tab');
  await press('Shift+Tab');
  await expect(person.log(name)).toBeFocused();
  await press('ArrowUp');
  await expect(last).toBeFocused();
  await page.evaluate(() => (window as unknown as { inTime: () => void }).inTime());

  // Tab passes over the log, and Shift+Tab returns to it.
  await person.log(name).focus();
  expect(await stops('Tab', async () => !(await isInLog()))).toEqual([]);
  await person.composer().focus();
  const back = await stops('Shift+Tab', () => person.log(name).evaluate((log) => log === document.activeElement));
  expect(back.filter((stop) => words.some((word) => stop.includes(word))), back.join(' | ')).toEqual([]);

  // Tab visits everything in one message once, and then leaves the log.
  await press('ArrowUp');
  await expect(last).toBeFocused();
  const held = await stops('Tab', async () => !(await isInLog()));
  expect(held[0]).toContain(words[1]!);
  expect(held).toContain('button Reply');
  expect(held.at(-1)).toBe('button More actions');
  expect(new Set(held).size, held.join(' | ')).toBe(held.length);

  // Shift+Tab leaves the message at its beginning.
  await person.log(name).focus();
  await press('ArrowUp');
  await expect(last).toBeFocused();
  await press('Shift+Tab');
  await expect(person.log(name)).toBeFocused();
});

test('by keys alone one skips to a part of the page, and goes round its parts in both directions @night', async ({ company }) => {
  const person = await company.come();
  await person.signInAs('Kofi');
  const { page } = person;
  const press = (key: string) => page.keyboard.press(key);
  const isIn = (part: Locator) => expect.poll(() => part.evaluate((element) => element.contains(document.activeElement))).toBe(true);
  const room = await aloneIn(person, `Skippers ${marker()}`);
  // The links are visible only while they have the focus.
  for (const [name, part] of [['Skip to conversation', page.getByRole('main')], ['Skip to contacts', person.contacts()]] as const) {
    const link = page.getByRole('link', { name });
    await expect(link).not.toBeInViewport();
    await reach(person, new RegExp(`^${name}$`), ['link']);
    await expect(link).toBeInViewport();
    await press('Enter');
    await press('Tab');
    await isIn(part);
  }

  const tab = page.getByRole('navigation', { name: 'Open conversations' }).getByRole('button', { name: room, exact: true });
  const parts = [person.myStatus(), person.contact(room).first(), tab, person.log(room), person.composer()];
  await person.composer().focus();
  for (const part of parts) {
    await press('F6');
    await expect(part).toBeFocused();
  }
  for (const part of [...parts].reverse().slice(1)) {
    await press('Shift+F6');
    await expect(part).toBeFocused();
  }
});

test('keys open the emoticons, nudge and lead to the next conversation; up leads into the log where there is nothing to edit, Escape ends a reply @night', async ({ company }) => {
  const [person, other] = [await company.come(), await company.come()];
  await person.signInAs('Runa');
  await other.signInAs('Emil');
  const { page } = person;
  const press = (key: string) => page.keyboard.press(key);
  await person.open('Music');
  await person.open('Emil');
  await other.open('Runa');
  const words = marker();
  await other.say(words);
  await expect(person.row('Emil', words)).toHaveCount(1);
  await person.composer().focus();
  await press('ArrowUp');
  await expect(person.row('Emil', words)).toBeFocused();

  // A reply can also begin by keyboard: the menu key, and then the arrows to the action.
  await press('Shift+F10');
  const reply = person.row('Emil', words).getByRole('button', { name: 'Reply', exact: true });
  for (let steps = 0; steps < 12 && !(await reply.evaluate((button) => button === document.activeElement)); steps += 1) await press('ArrowRight');
  await press('Enter');
  await expect(person.status('Replying to Emil')).toBeVisible();
  await expect(person.composer()).toBeFocused();
  await page.keyboard.type('no answer');
  await press('Escape');
  await expect(person.status('Replying to Emil')).toHaveCount(0);
  await expect(person.composer(), 'what was written stays').toHaveValue('no answer');
  await expect(person.composer()).toBeFocused();
  await press('Enter');
  await expect(other.row('Runa', 'no answer')).toHaveCount(1);
  await expect(other.row('Runa', 'no answer').getByRole('button', { name: words })).toHaveCount(0);

  const emoticons = page.getByRole('dialog', { name: 'Emoticons' });
  await press('Alt+Shift+E');
  await expect(emoticons.getByRole('button', { name: 'smile :)' })).toBeFocused();
  await press('Escape');
  await expect(emoticons).toBeHidden();
  await press('Alt+Shift+N');
  await expect(other.row('Runa', 'Runa nudged you.')).toHaveCount(1);
  await expect(person.composer()).toHaveValue('');

  // After the last open conversation the first one follows. The button that has the focus disappears with its conversation.
  await expect(person.button('Emoticons')).toBeFocused();
  for (const name of ['Music', 'Emil']) {
    await press('Alt+ArrowDown');
    await expect(person.log(name)).toBeVisible();
  }
});

/** Creates a group without other members, so that the test knows all its messages. */
async function aloneIn(person: Person, room: string): Promise<string> {
  await person.button('New group').click();
  const dialog = person.page.getByRole('dialog', { name: 'New group' });
  await dialog.getByRole('textbox', { name: 'Group name' }).fill(room);
  await dialog.getByRole('button', { name: 'Create group' }).click();
  await expect(dialog).toBeHidden();
  await person.open(room);
  return room;
}

/** Returns role and accessible name of the focused element, as assistive technology gets them. */
async function focused(person: Person): Promise<string> {
  const cdp = await cdpOf(person);
  // Changes of an element reach the accessibility tree after the next frame.
  await person.page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))));
  const { result } = await cdp.send('Runtime.evaluate', { expression: 'document.activeElement' });
  if (!result.objectId) return '';
  const { nodes } = await cdp.send('Accessibility.getPartialAXTree', { objectId: result.objectId, fetchRelatives: false });
  const role = String(nodes[0]?.role?.value ?? '');
  return `${role === 'textField' ? 'textbox' : role.toLowerCase()} ${String(nodes[0]?.name?.value ?? '')}`.trim();
}

const sessions = new WeakMap<Person, Promise<CDPSession>>();

function cdpOf(person: Person): Promise<CDPSession> {
  const known = sessions.get(person) ?? person.context.newCDPSession(person.page);
  sessions.set(person, known);
  return known;
}

/** Presses Tab, and arrow keys within composite widgets, until a control with this name has the focus. */
async function reach(person: Person, name: RegExp, roles: string[]): Promise<void> {
  const fits = (stop: string) => {
    const [role, ...words] = stop.split(' ');
    return roles.includes(role ?? '') && name.test(words.join(' '));
  };
  const seen: string[] = [];
  for (let n = 0; n < 80; n += 1) {
    await person.page.keyboard.press('Tab');
    const here = await focused(person);
    if (fits(here)) return;
    seen.push(here);
    // Radios and tree items are a single Tab stop; the arrow keys move within them.
    if (/^(radio|treeitem)/.test(here)) {
      for (let step = 0; step < 40; step += 1) {
        await person.page.keyboard.press('ArrowDown');
        const inside = await focused(person);
        if (fits(inside)) return;
        if (inside === here) break;
      }
    }
  }
  throw new Error(`no ${roles.join('/')} ${name} by keyboard; went through ${seen.join(' | ')}`);
}

async function walkTo(person: Person, name: RegExp): Promise<void> {
  for (let n = 0; n < 12; n += 1) {
    const [, ...words] = (await focused(person)).split(' ');
    if (name.test(words.join(' '))) return;
    await person.page.keyboard.press('ArrowDown');
  }
  throw new Error(`arrow keys do not lead to ${name}`);
}

test('on a Mac the keys are those of a Mac @night', async ({ company }) => {
  const [person, other] = [await company.come(), await company.come()];
  const { page } = person;
  await page.addInitScript(() => Object.defineProperty(Navigator.prototype, 'platform', { get: () => 'MacIntel' }));
  await person.signInAs('Lea');
  await other.signInAs('Nico');
  await person.open('Nico');
  await other.open('Lea');
  await person.composer().focus();
  await page.keyboard.press('Alt+Shift+N');
  await page.keyboard.press('Control+Shift+N');
  await expect(other.row('Lea', 'Lea nudged you.')).toHaveCount(1);
  await page.keyboard.press('Meta+f');
  await expect(page.getByRole('searchbox', { name: 'Search this conversation' })).toBeFocused();
  await page.keyboard.press('Meta+k');
  await expect(page.getByRole('searchbox', { name: 'Search people and messages' })).toBeFocused();
  await page.keyboard.press('Control+Shift+T');
  await expect(page.locator('html')).toHaveAttribute('data-theme', 'glass');
});
