// Two kinds of broken pages: one that another program changed before hydration, and one whose own program breaks. Neither may look alive
// while it is dead.

import type { Locator } from '@playwright/test';
import { marker } from '../harness/ids.ts';
import { expect, holdBack, Person, renewal, test } from '../harness/people.ts';

/** Wraps all texts that are not wrapped yet in new nodes, as translators do. */
function translate(change: (words: string) => string): void {
  const isLeftAlone = (text: Node) => text.parentElement?.closest('script, style, noscript, font, [translate=no]');
  const words = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT, (text) => (isLeftAlone(text) ? 2 : 1));
  const all: Text[] = [];
  while (words.nextNode()) all.push(words.currentNode as Text);
  for (const text of all) {
    const font = document.createElement('font');
    text.replaceWith(font);
    font.append(change(text.data));
  }
}

/** Translates the texts of a hydrated page, and again after every change. */
const keepTranslated = ({ page }: Person): Promise<void> =>
  page.evaluate(`{
    const again = () => (${String(translate)})((words) => words);
    again();
    new MutationObserver(again).observe(document.body, { childList: true, subtree: true, characterData: true });
  }`);

/** Changes by other programs before hydration, each as a script in the document. */
const MEDDLERS: Record<string, (() => void) | string> = {
  'an element comes first in the body': () => document.body.prepend(document.createElement('div')),
  'a password manager stands beside each field': () => {
    for (const field of document.querySelectorAll('input')) field.after(document.createElement('div'));
  },
  'all words are translated': `() => (${String(translate)})((words) => words.toUpperCase())`,
  'a part is taken away': () => document.querySelector('.desk')?.remove(),
};

/** Asserts that the page works: it can be pressed and written in, and others receive the message. */
async function lives(person: Person, room = 'General'): Promise<void> {
  await person.isHome();
  await person.open(room);
  const words = marker();
  await person.say(words);
  await expect(person.row(room, words)).toHaveCount(1);
  await expect(person.page.getByRole('alert').filter({ hasText: 'Something went wrong' })).toHaveCount(0);
}

/** Presses the button of the alert that reloads the page, and waits for the next document. */
async function reload(alert: Locator): Promise<void> {
  const next = alert.page().waitForEvent('domcontentloaded');
  await alert.getByRole('button', { name: 'Reload' }).click();
  await next;
}

test('whatever has changed the document before the page lives, the page works; where nothing has, it takes the document over', async ({ company }) => {
  const person = await company.come();
  await person.page.addInitScript(() => {
    document.addEventListener('DOMContentLoaded', () => Object.assign(window, { sent: document.querySelector('.app') }), { once: true });
  });
  await person.signInAsGuest('Tampered');
  await lives(person);
  expect(await person.page.evaluate(() => (window as unknown as { sent: Element }).sent.isConnected), 'it is the document that was sent').toBe(true);

  for (const [what, meddle] of Object.entries(MEDDLERS)) {
    await test.step(what, async () => {
      const page = await person.context.newPage();
      await page.addInitScript(`document.addEventListener('DOMContentLoaded', ${String(meddle)}, { once: true })`);
      const other = new Person(person.context, page, person.base, {});
      await page.goto(`${person.base}/app`);
      await lives(other);
      expect(other.complaints).toEqual([]);
      await page.close();
    });
  }
});

test('nothing breaks where a browser has less than another, or where a program tells of keys and pointers by events without their words @night', async ({ company }) => {
  const [sender, target] = [await company.come(), await company.come()];
  await target.page.addInitScript(() => {
    for (const name of ['vibrate', 'locks', 'setAppBadge', 'permissions', 'storage', 'wakeLock']) Reflect.deleteProperty(Navigator.prototype, name);
    Object.defineProperty(Navigator.prototype, 'clipboard', { get: () => undefined });
    for (const name of ['Notification', 'PushManager', 'PublicKeyCredential']) Reflect.deleteProperty(window, name);
    Reflect.deleteProperty(Intl, 'Segmenter');
  });
  await sender.signInAsGuest('Plain Sender');
  await target.signInAsGuest('Plain Browser');
  await lives(target);
  await sender.open('General');
  await sender.button('Nudge').click();
  await expect(target.row('General', /Plain Sender guest nudged everyone\./)).toHaveCount(1);

  const words = marker();
  await sender.say(words);
  await target.row('General', words).focus();
  await target.row('General', words).getByRole('group', { name: 'Message actions' }).getByRole('button', { name: 'Copy', exact: true }).click();
  await target.composer().evaluate((field) => {
    for (const name of ['keydown', 'keyup', 'pointerdown', 'pointermove', 'pointerover', 'pointerup', 'animationend']) {
      for (const place of [field, document.querySelector('[role=treeitem]')!]) place.dispatchEvent(new Event(name, { bubbles: true }));
    }
  });
  await lives(target);
});

test('what changes the document of a page that lives breaks nothing, and what is said stays true', async ({ company }) => {
  const [reader, friend] = [await company.come(), await company.come()];
  await reader.signInAsGuest('Translated');
  await friend.signInAsGuest('Speaker');
  await lives(reader);
  await keepTranslated(reader);
  await reader.page.evaluate(() => {
    document.body.prepend(document.createElement('div'));
    for (const field of document.querySelectorAll('input, textarea')) field.after(document.createElement('div'));
  });
  await lives(reader);
  await friend.open('General');
  const words = marker();
  await friend.say(words);
  await expect(reader.row('General', words)).toHaveCount(1);
  await reader.setStatus('Busy');
  await reader.open('Music');
  await friend.say(`${words} again`);
  const badge = reader.contacts().locator('.row').filter({ has: reader.page.getByRole('treeitem', { name: /^General(,|$)/ }) }).locator('.badge');
  await expect(badge).toHaveText('1');
  await friend.say(`${words} and again`);
  await expect(badge).toHaveText('2');
  await reader.open('General');
  await expect(badge).toHaveCount(0);
  await expect(reader.row('General', `${words} and again`)).toHaveCount(1);
  await reader.button(/^Settings/).click();
  await expect(reader.page.getByRole('dialog')).toBeVisible();
  await reader.page.keyboard.press('Escape');
  await expect(reader.page.getByRole('dialog')).toHaveCount(0);
  await lives(reader, 'Music');
});

test('what a friend says of themselves stands in a translated page once, however often it changes', async ({ company }) => {
  const [reader, friend] = [await company.come(), await company.come()];
  await reader.signInAs('Rosa');
  await friend.signInAs('Kofi');
  await keepTranslated(reader);
  const row = reader.contacts().locator('.row').filter({ has: reader.page.getByRole('treeitem', { name: /^Kofi, Online/ }) });
  for (const words of [marker(), `:) ${marker()}`, marker()]) {
    await friend.page.getByRole('textbox', { name: 'Personal message' }).fill(words);
    await friend.page.keyboard.press('Enter');
    await expect(row.locator('.row-msg').first()).toHaveText(words.replace(':) ', ''));
  }
});

test('a proxy that drops comments, or blanks between tags, breaks nothing', async ({ company }) => {
  for (const [dropped, left] of [[/<!--.*?-->|<!>/gs, ''], [/>\s+</g, '><']] as const) {
    const person = await company.come();
    // Chromium treats an answer from the story as one of another network.
    await person.context.grantPermissions(['local-network-access']);
    await person.page.route('**/app', async (route) => {
      const answer = await route.fetch();
      await route.fulfill({ response: answer, body: (await answer.text()).replaceAll(dropped, left) });
    });
    await person.signInAsGuest('Proxied');
    await lives(person);
  }
});

/** Runs a WebAssembly program that only traps. */
const trap = (): void => {
  const bytes = Uint8Array.from([0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 3, 2, 1, 0, 7, 5, 1, 1, 98, 0, 0, 10, 5, 1, 3, 0, 0, 11]);
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes));
  setTimeout(exports['b'] as () => void);
};

test('a page that breaks while it begins comes once more by itself', async ({ company }) => {
  const person = await company.come({ outage: true });
  await person.page.addInitScript(`if (!sessionStorage.tried) { sessionStorage.tried = 1; document.addEventListener('DOMContentLoaded', ${String(trap)}); }`);
  const reported = person.page.waitForRequest((request) => request.url().endsWith('/api/telemetry'));
  await person.signInAsGuest('Trapped');
  expect((await reported).postDataJSON()).toEqual({ event: 'page_broken', phase: 'start' });
  await lives(person);
  expect(person.complaints.splice(0)).toEqual(['page error: unreachable']);
});

test('what was typed into a page that breaks while it begins is in the one that comes, field by field, and so is the focus', async ({ company }) => {
  const person = await company.come({ outage: true });
  await person.signInAsGuest('Typing Early');
  const program = await holdBack(person.page, /\/pkg\/[^/]*\.wasm$/);
  await person.page.goto(`${person.base}/app`, { waitUntil: 'commit' });
  await program.asked;
  const message = person.page.getByRole('textbox', { name: 'Personal message' });
  const search = person.page.getByRole('searchbox', { name: 'Search people and messages' });
  await search.fill('gener');
  await message.fill('half a line');
  const reported = person.page.waitForRequest((request) => request.url().endsWith('/api/telemetry'));
  await person.page.evaluate(trap);
  expect((await reported).postDataJSON()).toEqual({ event: 'page_broken', phase: 'start' });
  program.release();
  await person.isHome();
  await expect(message).toHaveValue('half a line');
  await expect(message).toBeFocused();
  await expect(search).toHaveValue('gener');
  expect(await person.page.evaluate(() => sessionStorage.getItem('cfm-typed')), 'it is used once').toBeNull();
  expect(person.complaints.splice(0)).toEqual(['page error: unreachable']);
});

test('a page that breaks says so at once, and what was being written is there after a reload', async ({ company }) => {
  const person = await company.come({ outage: true });
  await person.signInAsGuest('Breaking');
  await lives(person);
  await person.composer().fill('half a thought');
  const reported = person.page.waitForResponse((answer) => answer.url().endsWith('/api/telemetry'));
  await person.page.evaluate(trap);
  const alert = person.page.getByRole('alert').filter({ hasText: 'Something went wrong. Nothing you sent has been lost.' });
  await expect(alert).toBeVisible();
  expect((await reported).status()).toBe(200);
  await reload(alert);
  await person.isHome();
  await expect(person.composer()).toHaveValue('half a thought');
  await expect(alert).toHaveCount(0);
  expect(person.complaints.splice(0)).toEqual(['page error: unreachable']);
});

const ALERT = 'Something went wrong. Nothing you sent has been lost.';

test('a page whose program cannot be loaded says so, also where a tab can keep nothing', async ({ company }) => {
  for (const keepsNothing of [false, true]) {
    const person = await company.come({ outage: true });
    if (keepsNothing) {
      await person.page.addInitScript(() => Object.defineProperty(window, 'sessionStorage', { get: () => { throw new DOMException('no', 'SecurityError'); } }));
    }
    await person.page.route('**/*.wasm', (route) => route.abort());
    await person.beginSession({ displayName: 'Waiting' });
    await person.page.goto(`${person.base}/app`);
    await expect(person.page.getByRole('alert').filter({ hasText: ALERT })).toBeVisible();
    await person.page.unroute('**/*.wasm');
    await person.button('Reload').click();
    if (!keepsNothing) await lives(person);
    expect(person.complaints.splice(0).filter((line) => !/Failed to fetch|WebAssembly|aborted/.test(line))).toEqual([]);
  }
});

test('a page that breaks behind a dialog says so in front of it; what is written then is kept, for whoever wrote it', async ({ company }) => {
  const person = await company.come({ outage: true });
  await person.signInAsGuest('Breaking Too');
  await lives(person);
  await person.composer().fill('half a');
  await person.button(/^Settings/).click();
  await expect(person.page.getByRole('dialog')).toBeVisible();
  await person.page.evaluate(trap);
  const alert = person.page.getByRole('alert').filter({ hasText: ALERT });
  await expect(alert).toBeVisible();
  await person.composer().fill('half a thought');
  const renewed = renewal(person.page);
  await reload(alert);
  await person.isHome();
  await expect(person.composer()).toHaveValue('half a thought');
  await renewed;

  await person.page.evaluate(trap);
  await expect(alert).toBeVisible();
  await person.beginSession({ displayName: 'Somebody New' });
  await reload(alert);
  await person.isHome();
  await expect(person.page.getByRole('banner')).toContainText('Somebody New');
  await person.open('General');
  await expect(person.composer()).toHaveValue('');
  expect(person.complaints.splice(0)).toEqual(['page error: unreachable', 'page error: unreachable']);
});

test('what others throw while the page moves the focus is no break of it', async ({ company }) => {
  const person = await company.come();
  await person.signInAsGuest('Listened To');
  await lives(person);
  await person.page.evaluate(() => {
    const ours = ({ target }: Event): boolean => (target as Element).matches('.cover');
    document.addEventListener('focusin', (event) => { if (ours(event)) throw new Error('of somebody else'); });
  });
  await person.page.getByRole('searchbox', { name: 'Search people and messages' }).press('ArrowDown');
  await expect(person.contacts().locator('.cover:focus')).toHaveCount(1);
  const thrown = 'page error: of somebody else';
  await expect.poll(() => person.complaints).toContain(thrown);
  await lives(person, 'Music');
  expect(person.complaints.splice(0).filter((line) => line !== thrown)).toEqual([]);
});

test('a page whose program panics says so, whoever caught what it threw', async ({ company }) => {
  const person = await company.come();
  await person.signInAsGuest('Panicking');
  await lives(person);
  await person.page.evaluate(async () => {
    // The page starts its program again on a foreign document that carries the marks of its own.
    document.body.replaceChildren(document.getElementById('boot')!);
    document.body.dataset['nodes'] = '1,0,1';
    const program = (await import(document.querySelector<HTMLLinkElement>('link[rel=modulepreload]')!.href)) as { hydrate: () => void };
    try {
      program.hydrate();
    } catch {
      // Only the alert reports the fault.
    }
  });
  await expect(person.page.getByRole('alert').filter({ hasText: ALERT })).toBeVisible();
  await person.page.close();
  expect(person.complaints.splice(0).join('\n')).toContain('panicked');
});
