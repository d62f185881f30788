// The look of the page before and after a choice: no flash of another theme, and text sizes up to 200 %. Also the change of language
// without a reload (story 22), and the system's own colours.

import type { Locator } from '@playwright/test';
import { violations } from '../harness/clean.ts';
import { marker, uuidv7 } from '../harness/ids.ts';
import { expect, holdBack, test, type Person } from '../harness/people.ts';
import { persona } from '../harness/session.ts';
import { openSettings } from '../harness/settings_dialog.ts';
import { dayOf } from '../harness/wait.ts';

/** Records every theme that was in force in a frame of this page. */
async function watchThemes(person: Person): Promise<() => Promise<string[]>> {
  await person.context.addInitScript(() => {
    const seen = ((window as unknown as { themes: string[] }).themes = [] as string[]);
    const sample = () => {
      const theme = document.body && (document.documentElement.dataset['theme'] ?? 'none');
      if (theme && seen.at(-1) !== theme) seen.push(theme);
      requestAnimationFrame(sample);
    };
    requestAnimationFrame(sample);
  });
  return () => person.page.evaluate(() => (window as unknown as { themes: string[] }).themes);
}

const SYSTEMS = [
  { options: { colorScheme: 'light' }, theme: 'azure', tag: ' @night' },
  { options: { colorScheme: 'dark' }, theme: 'modern-dark', tag: '' },
  { options: { colorScheme: 'light', contrast: 'more' }, theme: 'contrast', tag: ' @night' },
] as const;

for (const { options, theme, tag } of SYSTEMS) {
  test(`a system that prefers ${JSON.stringify(options)} begins with ${theme}, from the first frame on${tag}`, async ({ company }) => {
    const mia = await company.come(options);
    const themes = await watchThemes(mia);
    await mia.page.goto(`${mia.base}/sign-in`);
    await expect(mia.signInButton()).toBeVisible();
    await expect.poll(themes).toEqual([theme]);
    await mia.signInAs('Mia');
    await expect.poll(themes).toEqual([theme]);
    // The chosen theme wins from the first frame on.
    await mia.button('Settings').click();
    await mia.page.getByRole('radio', { name: 'Glass', exact: true }).check();
    await mia.page.reload();
    await mia.isHome();
    expect(await themes()).toEqual(['glass']);
  });
}

test('a system that changes its mind is followed while the page is open, but for what was chosen @night', async ({ company }) => {
  const mia = await company.come({ colorScheme: 'light', reducedMotion: 'no-preference' });
  await mia.signInAs('Mia');
  await mia.page.waitForLoadState('networkidle');
  const root = mia.page.locator('html');
  await mia.page.emulateMedia({ colorScheme: 'dark', reducedMotion: 'reduce' });
  await expect(root).toHaveAttribute('data-theme', 'modern-dark');
  await expect(root).toHaveAttribute('data-motion', 'calm');
  await mia.page.emulateMedia({ colorScheme: 'dark', reducedMotion: 'reduce', contrast: 'more' });
  await expect(root).toHaveAttribute('data-theme', 'contrast');
  await mia.button('Settings').click();
  await expect(mia.page.getByRole('radio', { name: 'Contrast', exact: true })).toBeChecked();
  await mia.page.getByRole('radio', { name: 'Glass', exact: true }).check();
  await mia.page.emulateMedia({ colorScheme: 'light', reducedMotion: 'no-preference', contrast: 'no-preference' });
  await expect(root).toHaveAttribute('data-motion', 'full');
  await expect(root).toHaveAttribute('data-theme', 'glass');
});

test('what was chosen of the look is taken back: it follows the system again, also after a reload @night', async ({ company }) => {
  const mia = await company.come({ colorScheme: 'light', reducedMotion: 'no-preference', serviceWorkers: 'block' });
  await mia.signInAs('Mia');
  const root = mia.page.locator('html');
  const cookie = async () => (await mia.context.cookies()).find(({ name }) => name === 'cfm-look')?.value;
  const settings = mia.page.getByRole('dialog', { name: 'Settings' });
  const theme = settings.getByRole('switch', { name: 'Match the system theme' });
  const motion = settings.getByRole('switch', { name: 'Match the system motion setting' });
  await mia.button('Settings').click();
  for (const followed of [theme, motion]) await expect(followed).toBeChecked();
  await settings.getByRole('radio', { name: 'Glass', exact: true }).check();
  await settings.getByRole('radio', { name: 'None', exact: true }).check();
  for (const followed of [theme, motion]) await expect(followed).not.toBeChecked();
  await expect.poll(cookie).toMatch(/^glass\.none\./);

  // The second change is made while the first is still under way, and both hold.
  let [sent, answers] = [0, 0];
  const first = await holdBack(mia.page, '**/sf/save_settings', undefined, () => (sent += 1) === 1);
  mia.page.on('response', (answer) => (answers += Number(answer.url().includes('/sf/save_settings'))));
  await theme.click();
  await expect(root).toHaveAttribute('data-theme', 'azure');
  await expect(settings.getByRole('radio', { name: 'Azure', exact: true })).toBeChecked();
  await expect(root).toHaveAttribute('data-motion', 'none');
  await motion.click();
  await expect(root).toHaveAttribute('data-motion', 'full');
  for (const followed of [theme, motion]) await expect(followed).toBeChecked();
  await mia.page.evaluate(async () => (await fetch('/api/config')).text());
  first.release();
  await expect.poll(() => answers).toBe(2);
  expect(await cookie()).toMatch(/^\.\./);
  await mia.page.unroute('**/sf/save_settings');
  await mia.page.emulateMedia({ colorScheme: 'dark', reducedMotion: 'reduce' });
  await expect(root).toHaveAttribute('data-theme', 'modern-dark');
  await mia.page.reload();
  await mia.isHome();
  await expect(root).toHaveAttribute('data-theme', 'modern-dark');
  await expect(root).toHaveAttribute('data-motion', 'calm');

  // Without the setting the page keeps its present look, whatever the system prefers later.
  await mia.button('Settings').click();
  await theme.click();
  await mia.page.emulateMedia({ colorScheme: 'light', reducedMotion: 'reduce' });
  await expect(root).toHaveAttribute('data-theme', 'modern-dark');
});

test('the settings are in parts with headings, and Done stays in view however they are scrolled @night', async ({ company }) => {
  for (const viewport of [{ width: 640, height: 640 }, { width: 390, height: 700 }]) {
    const mia = await company.come({ viewport });
    await mia.signInAsGuest(`Mia ${viewport.width}`);
    const settings = await openSettings(mia.page);
    const parts = ['Account', 'Appearance', 'Sounds', 'Notifications', 'Messages', 'Privacy', 'Devices', 'Shortcuts', 'My data'];
    await expect(settings.getByRole('heading', { level: 3 })).toHaveText(parts);
    const done = settings.getByRole('button', { name: 'Done' });
    await expect(done).toBeInViewport({ ratio: 1 });
    const last = settings.getByRole('heading', { name: 'My data' });
    await expect(last).not.toBeInViewport();
    await last.scrollIntoViewIfNeeded();
    await expect(last).toBeInViewport();
    await expect(done).toBeInViewport({ ratio: 1 });
    await expect(settings.getByRole('heading', { name: 'Settings' })).toBeInViewport({ ratio: 1 });
    await done.click();
    await expect(settings).toBeHidden();
  }
});

test('what closes fades, is nothing to press or to read meanwhile, and is cut where nothing shall move @night', async ({ company }) => {
  for (const [motion, pictures] of [['Full', 1], ['Calm', 1], ['None', 0]] as const) {
    const mia = await company.come({ reducedMotion: 'no-preference' });
    await mia.signInAsGuest(`Mia ${motion}`);
    await mia.button('Settings').click();
    const settings = mia.page.getByRole('dialog', { name: 'Settings' });
    await settings.getByRole('radio', { name: motion, exact: true }).check();
    await settings.getByRole('combobox', { name: 'Language' }).selectOption('en');
    await mia.page.evaluate(() => {
      const seen: unknown[] = ((window as unknown as { seen: unknown[] }).seen = []);
      new MutationObserver((changes) => {
        for (const picture of changes.flatMap(({ addedNodes }) => [...addedNodes]).filter((node) => node instanceof HTMLDialogElement)) {
          const fades = picture.getAnimations().map((one) => (one as CSSAnimation).animationName);
          const { inert, ariaHidden } = picture;
          seen.push({ inert, ariaHidden, fades, language: picture.querySelector<HTMLSelectElement>('#language')?.value });
        }
      }).observe(document.body, { childList: true });
    });
    await mia.page.keyboard.press('Escape');
    // The focus returns at once, before the fading ends.
    await expect(mia.button('Settings')).toBeFocused();
    await expect(settings).toBeHidden();
    await expect(mia.page.locator('dialog')).toHaveCount(0);
    const picture = { inert: true, ariaHidden: 'true', fades: ['fade-out'], language: 'en' };
    expect(await mia.page.evaluate(() => (window as unknown as { seen: unknown[] }).seen), motion).toEqual(Array(pictures).fill(picture));
  }
});

test('forced colours: the page is in the colours of the system and axe finds nothing', async ({ company, server }) => {
  // These elements are marked only by their background: a mention, an own reaction, and the open conversation.
  const aylin = await persona(server.base, 'user_2');
  const called = marker();
  await aylin.api.ok('POST', '/api/messages', { roomId: 'general', id: uuidv7(), content: `@Mia ${called}` });
  await aylin.api.ok('POST', '/api/auth/logout');
  const mia = await company.come({ forcedColors: 'active' });
  await mia.signInAs('Mia');
  await mia.open('General');
  // A new message may move the row away from the pointer, and its actions with it.
  await expect(async () => {
    await mia.row('General', called).hover();
    await mia.row('General', called).getByRole('button', { name: 'React: Heart' }).click({ timeout: 2_000 });
  }).toPass();
  await expect(mia.row('General', called).locator('[aria-pressed="true"]')).toHaveCount(1);
  const [ink, pane] = await mia.page.evaluate(() => {
    const probe = document.createElement('p');
    document.body.append(probe);
    const of = (value: string) => {
      probe.style.color = value;
      return getComputedStyle(probe).color;
    };
    return [[of('var(--ink)'), of('CanvasText')], [of('var(--pane)'), of('Canvas')]];
  });
  expect(ink![0]).toBe(ink![1]);
  expect(pane![0]).toBe(pane![1]);
  // The colours of a fade are not final, so the check waits.
  await mia.page.evaluate(() => Promise.allSettled(document.getAnimations().filter((one) => one.effect?.getTiming().iterations !== Infinity).map((one) => one.finished)));
  expect(await violations(mia.page)).toEqual([]);
});

test('English and German: switched without a reload, kept, and dates in words', async ({ company }) => {
  const mia = await company.come();
  await mia.signInAs('Mia');
  await mia.open('Jonas');
  await mia.say('before the switch');
  await expect(mia.row('Jonas', 'before the switch')).toContainText('Sent');
  await mia.composer().fill('half a thought');
  await mia.page.evaluate(() => void ((window as unknown as { isSamePage: boolean }).isSamePage = true));
  const at = new Date((await mia.row('Jonas', 'before the switch').getByRole('time').getAttribute('datetime'))!);
  const showsDay = (log: Locator, language: string, words: [string, string]) =>
    expect(async () => {
      const date = new Intl.DateTimeFormat(language, { day: 'numeric', month: 'long' }).format(at);
      expect(await log.textContent()).toContain(`${dayOf(at, words)}, ${date}`);
    }).toPass();
  await showsDay(mia.log('Jonas'), 'en-GB', ['Today', 'Yesterday']);

  await mia.button('Settings').click();
  await mia.page.getByRole('combobox', { name: 'Language' }).selectOption({ label: 'Deutsch' });
  await expect(mia.page.getByRole('dialog', { name: 'Einstellungen' })).toBeVisible();
  await expect(mia.page.locator('html')).toHaveAttribute('lang', 'de');
  await mia.button('Fertig').click();
  const german = mia.page.getByRole('log', { name: 'Chat mit Jonas' });
  await showsDay(german, 'de', ['Heute', 'Gestern']);
  await expect(german.getByRole('listitem').filter({ hasText: 'before the switch' })).toContainText('Gesendet');
  const field = mia.page.getByRole('textbox', { name: 'Nachricht', exact: true });
  await expect(field).toHaveValue('half a thought');
  await expect(mia.button('Senden')).toBeVisible();
  await expect(mia.page.getByRole('navigation', { name: 'Kontakte' })).toBeVisible();
  expect(await mia.page.evaluate(() => (window as unknown as { isSamePage?: boolean }).isSamePage)).toBe(true);

  // The server knows the language as well, so the next page is German from its first byte.
  await expect.poll(async () => (await mia.context.cookies()).find(({ name }) => name === 'cfm-look')?.value).toMatch(/\.de\./);
  const html = await (await mia.context.request.get(`${mia.base}/app`, { headers: { accept: 'text/html' } })).text();
  expect(html).toMatch(/<html[^>]*lang="de"/);
  expect(html).toContain('Persönliche Nachricht');
  await mia.page.reload();
  await expect(field).toHaveValue('half a thought');
  await mia.button('Einstellungen').click();
  await mia.page.getByRole('combobox', { name: 'Sprache' }).selectOption({ label: 'English' });
  await expect(mia.page.getByRole('dialog', { name: 'Settings' })).toBeVisible();
});

test('privacy: from the settings and from the sign-in page, in both languages, without a script @night', async ({ company }) => {
  const reader = await company.come({ javaScriptEnabled: false });
  const { page } = reader;
  await page.goto(`${reader.base}/sign-in`);
  await page.getByRole('link', { name: 'Privacy notice' }).click();
  await expect(page.getByRole('heading', { name: 'Privacy', level: 1 })).toBeVisible();
  await page.getByRole('link', { name: 'Deutsch' }).click();
  await expect(page.getByRole('heading', { name: 'Datenschutz', level: 1 })).toBeVisible();

  const mia = await company.come();
  await mia.signInAs('Mia');
  await openSettings(mia.page, 'Privacy');
  const [opened] = await Promise.all([mia.context.waitForEvent('page'), mia.page.getByRole('link', { name: 'Privacy notice' }).click()]);
  await expect(opened.getByRole('heading', { name: 'Privacy', level: 1 })).toBeVisible();
  await opened.close();
});

test('a language that is chosen on the sign-in page goes with a guest into the messenger', async ({ company }) => {
  const guest = await company.come();
  await guest.signInAsGuest('Lina');
  await guest.button('Settings').click();
  await guest.page.getByRole('combobox', { name: 'Language' }).selectOption({ label: 'Deutsch' });
  await guest.button('Fertig').click();
  await guest.button('Abmelden').click();
  await guest.page.getByRole('dialog').getByRole('button', { name: 'Abmelden' }).click();
  await expect(guest.page).toHaveURL(/\/sign-in/);
  await guest.page.goto(`${guest.base}/sign-in?lang=fr`);
  const name = guest.page.locator('input[name="displayName"]');
  await name.fill('Line');
  await name.press('Enter');
  await expect(guest.page).toHaveURL(`${guest.base}/app`);
  await expect(guest.page.locator('html')).toHaveAttribute('lang', 'fr');
});
