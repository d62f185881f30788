// The messenger as an installed app: its requests to the Worker at the start, and the start without a network. Also the number on its icon,
// its shortcuts, and the offer of a new release without a reload.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Deployment } from '../harness/deployment.ts';
import { marker } from '../harness/ids.ts';
import { isStored } from '../harness/browser_database.ts';
import { LANGUAGES } from '../harness/languages.ts';
import { expect, test, type Person } from '../harness/people.ts';
import { Server } from '../harness/server.ts';
import { openSettings } from '../harness/settings_dialog.ts';

test.use({ serviceWorkers: 'allow' });

/** Waits until the service worker controls this page and has stored everything for a start without a network. */
async function isCached(person: Person): Promise<void> {
  await expect
    .poll(() => person.page.evaluate(async () => Boolean(navigator.serviceWorker.controller && (await caches.match('/app', { ignoreVary: true })))), 'the kept page')
    .toBe(true);
}

/** Waits until the style sheet of dialogs and toasts is loaded. */
const isDressed = (person: Person) =>
  expect.poll(() => person.page.evaluate(() => [...document.styleSheets].some(({ href, cssRules }) => href?.endsWith('/home.css') && cssRules.length > 0)), 'the sheet of dialogs').toBe(true);

test('the sheet of dialogs is asked for again when it could not be had @night', async ({ company }) => {
  const mia = await company.come({ outage: true, serviceWorkers: 'block' });
  let asked = 0;
  let isBroken = true;
  await mia.page.route('**/home.css', (route) => {
    asked += 1;
    return isBroken ? route.fulfill({ status: 503 }) : route.continue();
  });
  await mia.signInAs('Mia');
  await expect.poll(() => asked, 'requests for the sheet').toBeGreaterThan(3);
  isBroken = false;
  await isDressed(mia);
  await mia.button('Add a contact').click();
  const dialog = mia.page.getByRole('dialog', { name: 'Add a contact' });
  await expect(dialog).toBeVisible();
  expect(await dialog.evaluate((dialog) => getComputedStyle(dialog).display), 'laid out by the sheet').toBe('flex');
});

/** Limit of requests that `docs/deploy.md` states. */
const AT_MOST = Number(/at most (\d+) requests/.exec(readFileSync(join(import.meta.dirname, '../../docs/deploy.md'), 'utf8'))![1]);

test('an opening costs the Worker as many requests as the page about deploying says; no file reaches it', async ({ company }) => {
  const mia = await company.come();
  const asked: string[] = [];
  // Only answers of the Worker have this header. Answers that come through the service worker are skipped, because its own requests are
  // counted.
  mia.context.on('response', (answer) => {
    if (answer.headers()['x-request-id'] && !answer.fromServiceWorker()) asked.push(new URL(answer.url()).pathname);
  });
  mia.page.on('websocket', (socket) => asked.push(new URL(socket.url()).pathname));
  const kinds = ['/api/auth/refresh', '/api/bots', '/api/me/blocks', '/api/me/contacts', '/api/me/drafts', '/api/rooms', '/api/ws/presence', '/api/ws/room/general', '/app'];
  const isAsked = () => expect.poll(() => [...new Set(asked)].sort(), 'what an opening asks for').toEqual(kinds);

  await mia.signInAs('Mia');
  await mia.open('General');
  await isCached(mia);
  await isAsked();
  asked.length = 0;
  await mia.page.reload();
  await mia.isHome();
  await expect(mia.log('General')).toBeVisible();
  await isAsked();
  await mia.page.waitForLoadState('networkidle');
  expect(asked.sort(), 'each once').toEqual(kinds);
  expect(AT_MOST).toBe(kinds.length);
});

test('without network and without server the app opens, shows the history and takes a message', async ({ company }) => {
  const own = await Server.start({ vars: { RATE_LOGIN: '0' } });
  let isStopped = false;
  try {
    const mia = await company.come({ base: own.base, outage: true });
    await mia.signInAs('Mia');
    await mia.open('Jonas');
    const lines = ['first of three', 'second of three', 'third of three'];
    for (const line of lines) {
      await mia.say(line);
      await expect(mia.row('Jonas', line)).toContainText('Sent');
    }
    await isCached(mia);
    // This load goes through the service worker, so the worker sees every file. A development build loads one file that no document names.
    await mia.page.reload();
    await mia.isHome();
    await expect(mia.row('Jonas', lines[2]!)).toHaveCount(1);
    await isStored(mia, lines[2]!);
    await mia.page.goto('about:blank');
    await mia.context.setOffline(true);
    await own.stop();
    isStopped = true;

    await mia.page.goto(`${own.base}/app`);
    await expect(mia.contacts()).toBeVisible();
    await mia.open('Jonas');
    for (const line of lines) await expect(mia.row('Jonas', line)).toHaveCount(1);
    await isDressed(mia);
    await expect(mia.status('You’re offline. Keep writing, nothing gets lost.')).toBeVisible();
    await mia.say('written without a network');
    await expect(mia.row('Jonas', 'written without a network')).toContainText('Queued');
  } finally {
    if (!isStopped) await own.stop();
  }
});

test('a disk on which nothing can be kept or found keeps no file from the page @night', async ({ company }) => {
  const mia = await company.come();
  await mia.signInAs('Mia');
  await isCached(mia);
  const worker = mia.context.serviceWorkers()[0]!;
  await worker.evaluate(() => {
    const scope = globalThis as any;
    scope.puts = 0;
    Cache.prototype.put = () => ((scope.puts += 1), Promise.reject(new DOMException('full', 'QuotaExceededError')));
    CacheStorage.prototype.match = () => Promise.reject(new DOMException('broken', 'UnknownError'));
  });
  const settingsOpen = async () => {
    await mia.button('Settings').click();
    await expect(mia.page.getByRole('dialog', { name: 'Settings' })).toBeVisible();
  };
  await settingsOpen();
  await mia.page.reload();
  await mia.isHome();
  await settingsOpen();
  expect(await worker.evaluate(() => (globalThis as any).puts), 'files that could not be kept').toBeGreaterThan(0);
});

test('what waits is one number: in the list, in the title, on the app @night', async ({ company }) => {
  const [mia, theo] = [await company.come(), await company.come()];
  await mia.context.addInitScript(() => {
    const scope = window as unknown as { appBadge: number | undefined };
    Object.defineProperty(navigator, 'setAppBadge', { value: async (count: number) => void (scope.appBadge = count) });
  });
  const appBadge = () => mia.page.evaluate(() => (window as unknown as { appBadge: number | undefined }).appBadge);
  await mia.signInAs('Mia');
  await theo.signInAs('Theo');
  await theo.open('Mia');
  for (const line of ['one', 'two']) await theo.say(line);
  await expect(mia.contact('Theo').first()).toHaveAccessibleName(/2 unread/);
  await expect(mia.page).toHaveTitle(/^\(2\) /);
  await expect.poll(appBadge).toBe(2);
  await mia.open('Theo');
  await expect(mia.contact('Theo').first()).not.toHaveAccessibleName(/unread/);
  await expect.poll(appBadge).toBe(0);
  await expect(mia.page).not.toHaveTitle(/^\(/);
});

test('the app’s shortcuts lead to people, a new contact and the status @night', async ({ company }) => {
  const mia = await company.come();
  await mia.signInAs('Mia');
  const manifest = (await (await mia.context.request.get(`${mia.base}/manifest.webmanifest`)).json()) as {
    display: string;
    icons: { src: string; type: string; purpose: string }[];
    shortcuts: { url: string }[];
  };
  expect([manifest.display, manifest.icons.map(({ purpose }) => purpose)]).toEqual(['standalone', ['any', 'maskable', 'any', 'any', 'maskable']]);
  for (const { src, type } of manifest.icons) {
    const icon = await mia.context.request.get(`${mia.base}${src}`);
    expect([icon.status(), icon.headers()['content-type']]).toEqual([200, type]);
  }
  const [find, add, status] = manifest.shortcuts.map(({ url }) => url);
  const start = async (url: string | undefined) => {
    await mia.page.goto('about:blank');
    await mia.page.goto(`${mia.base}${url}`);
  };
  const german = await company.come({ locale: 'de-DE' });
  await german.page.goto(`${mia.base}/sign-in`);
  const address = (await german.page.locator('link[rel=manifest]').getAttribute('href')) ?? '';
  const translated = (await (await mia.context.request.get(`${mia.base}${address}`)).json()) as { shortcuts: { name: string; url: string }[] };
  expect(translated.shortcuts.map(({ name }) => name)).toEqual(['Neuer Chat', 'Kontakt hinzufügen', 'Mein Status']);
  expect(translated.shortcuts.map(({ url }) => url)).toEqual([find, add, status]);
  await start(find);
  await expect(mia.page.getByRole('searchbox', { name: 'Search people and messages' })).toBeFocused();
  await start(add);
  await expect(mia.page.getByRole('dialog', { name: 'Add a contact' })).toBeVisible();
  await start(status);
  await expect(mia.page.getByRole('menuitemradio', { name: 'Away', exact: true })).toBeVisible();
  // An address can press only the shortcuts, and nothing else on the page.
  await start('/app#contacts');
  await mia.isHome();
});

test('one step back closes what lies over the page, and one step forward opens it again; the address says where one is', async ({ company }) => {
  const mia = await company.come({ viewport: { width: 390, height: 844 }, hasTouch: true });
  await mia.signInAs('Mia');
  await mia.open('General');
  // A link within the page adds no step.
  await mia.page.getByRole('link', { name: 'Skip to conversation' }).press('Enter');
  await expect(mia.page.getByRole('main')).toBeFocused();
  const go = (steps: number) => mia.page.evaluate((steps) => history.go(steps), steps);
  const state = () => mia.page.evaluate(() => history.state);
  const isAt = (address: string) => expect(mia.page).toHaveURL(`${mia.base}${address}`);
  const picker = mia.page.getByRole('dialog', { name: 'Emoticons', exact: true });
  await mia.button('Emoticons').click();
  await expect(picker).toBeVisible();
  await go(-1);
  await expect(picker).toHaveCount(0);
  await expect(mia.log('General')).toBeVisible();
  await isAt('/app?room=general');
  await go(-1);
  await expect(mia.log('General')).toHaveCount(0);
  await expect(mia.contacts()).toBeVisible();
  await isAt('/app');
  await go(1);
  await expect(mia.log('General')).toBeVisible();
  // After a reload the conversation is there again, and what lay over it needs no step any more.
  await mia.button('Emoticons').click();
  await expect(picker).toBeVisible();
  expect(await state()).toBe(2);
  await mia.page.reload();
  await expect(mia.log('General')).toBeVisible();
  await expect.poll(state).toBe(1);
  await go(-1);
  await expect(mia.contacts()).toBeVisible();
  await go(1);
  await expect(mia.log('General')).toBeVisible();
  await mia.button('Back to contacts').click();
  await expect(mia.contacts()).toBeVisible();

  const settings = await openSettings(mia.page, 'Appearance');
  await go(-1);
  await expect(settings).toHaveCount(0);
  await expect(mia.button('Settings')).toBeFocused();
  await go(1);
  await expect(settings).toBeVisible();
  await settings.getByRole('button', { name: 'Done' }).click();
  // Nothing is left to close, so a step back would leave the page.
  await expect.poll(state).toBe(0);

  // Beside the list one conversation follows the other.
  await mia.page.setViewportSize({ width: 1280, height: 800 });
  const isIn = async (name: string) => {
    await expect(mia.log(name)).toBeVisible();
    await isAt(`/app?room=${name.toLowerCase()}`);
  };
  await mia.open('General');
  await isIn('General');
  await mia.open('Music');
  await isIn('Music');
  await openSettings(mia.page, 'Appearance');
  await go(-1);
  await expect(settings).toHaveCount(0);
  await isIn('Music');
  await go(-1);
  await isIn('General');
  await go(1);
  await isIn('Music');
  await go(1);
  await expect(settings).toBeVisible();
  await settings.getByRole('button', { name: 'Done' }).click();
  await expect.poll(state).toBe(0);
  await mia.page.reload();
  await isIn('Music');
  await mia.isHome();
  await go(-1);
  await isIn('General');
});

test('what another app shares goes to whom one chooses @night', async ({ company }) => {
  const [mia, kofi] = [await company.come(), await company.come()];
  await mia.signInAs('Mia');
  await kofi.signInAs('Kofi');
  const words = `grüße & Küsse ${marker()}`;
  for (const file of LANGUAGES.map((tag) => (tag === 'en' ? 'manifest.webmanifest' : `manifest.${tag}.webmanifest`))) {
    const { share_target: target } = await (await mia.context.request.get(`${mia.base}/${file}`)).json();
    expect(target.method).toBe('GET');
    const query = new URLSearchParams({ [target.params.title]: 'A page', [target.params.text]: words, [target.params.url]: 'https://example.org/a?b=c' });
    await mia.page.goto(`${mia.base}${target.action}?${query}`);
    await expect(mia.page.getByRole('dialog', { name: 'Forward to' })).toBeVisible();
  }
  await mia.page.getByRole('dialog', { name: 'Forward to' }).getByRole('searchbox').fill('Kof');
  await mia.page.keyboard.press('ArrowDown');
  await mia.page.keyboard.press('Enter');
  // The shared text is offered once, and not again after a reload: the address is that of the conversation alone.
  await expect(mia.page.getByRole('dialog')).toHaveCount(0);
  await mia.page.reload();
  await mia.isHome();
  await expect(mia.page.getByRole('dialog')).toHaveCount(0);
  await expect(mia.log('Kofi')).toBeVisible();
  await expect.poll(() => mia.page.url().slice(mia.base.length)).toMatch(/^\/app\?room=dm_\w+$/);
  await kofi.open('Mia');
  await expect(kofi.row('Mia', words)).toContainText('A page');
  await expect(kofi.row('Mia', words).getByRole('link', { name: 'https://example.org/a?b=c' })).toBeVisible();
});

test('a new release is offered; nothing reloads while somebody writes', async ({ company, server }) => {
  const site = await Deployment.start(server.port);
  try {
    const mia = await company.come({ base: site.base, outage: true });
    await mia.signInAs('Mia');
    await mia.open('General');
    await isCached(mia);
    const offer = mia.status('A new version is available.');
    await mia.composer().fill('half a thought');
    await mia.page.evaluate(() => void ((window as unknown as { isSamePage: boolean }).isSamePage = true));
    const isSamePage = () => mia.page.evaluate(() => (window as unknown as { isSamePage?: boolean }).isSamePage === true);
    await expect(offer).toHaveCount(0);

    site.deploy('next');
    await expect(offer).toBeVisible({ timeout: 40_000 });
    await expect(mia.composer()).toHaveValue('half a thought');
    expect(await isSamePage()).toBe(true);
    // The style sheet of the new release is stored, although it has the same name as that of the earlier one.
    expect(await mia.page.evaluate(async () => Boolean(await caches.match('/pkg/home.css')))).toBe(true);

    await mia.button('Reload').click();
    await expect.poll(() => isSamePage().catch(() => true), 'another page').toBe(false);
    await mia.isHome();
    await expect(mia.composer()).toHaveValue('half a thought');
    await expect(offer).toHaveCount(0);
    expect(await mia.page.evaluate(() => document.head.innerHTML.includes('/pkg/next.'))).toBe(true);
  } finally {
    await site.stop();
  }
});
