// The gallery: every pose opens by its address alone, in every theme without a serious finding of axe, in both languages; all knobs
// are in the address; the theme lab changes tokens of the framed page and says what is legible.

import AxeBuilder from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import { expect, test } from '../harness/people.ts';
import { Server } from '../harness/server.ts';

const THEMES = ['azure', 'glass', 'modern', 'modern-dark', 'contrast'];

/** What a pose must show, in English. */
const POSES: Record<string, RegExp> = {
  list: /Nobody picked yet/,
  arranged: /Choir/,
  requests: /We met at the fair/,
  found: /The shoe is optional/,
  'not-found': /No message says that/,
  'status-menu': /Back soon/,
  card: /Jonas/,
  events: /Events/,
  conversation: /Bring the cake/,
  online: /Bring the cake/,
  offline: /will get this next time/,
  blocked: /You have blocked Jonas/,
  room: /General/,
  group: /of 100/,
  typing: /Jonas is typing…/,
  loading: /Getting your messages/,
  empty: /No messages yet/,
  closed: /Jonas/,
  gone: /Cake crew/,
  unread: /4 new/,
  bubbles: /Bring the cake/,
  hue: /Aylin/,
  actions: /Delete for me/,
  tabs: /General/,
  writing: /Aylin/,
  'over-limit': /\/ 2,048/,
  reply: /Replying to Jonas/,
  edit: /Editing your message/,
  cooling: /Nudge 6 s/,
  emoticons: /Faces/,
  winks: /Crane Flock/,
  font: /Aylin/,
  options: /Bubbles/i,
  nudge: /Jonas nudged you/,
  wink: /Jonas sent you/,
  lost: /Connection lost/,
  back: /Back online\./,
  ending: /Your session ends/,
  update: /There is a new version/,
  'sound-waits': /Sound is waiting/,
  toasts: /Shall I bring the cake\?/,
  settings: /Theme/,
  profile: /Mia/,
  'list-options': /Cosy|Height|Order/i,
  person: /Jonas/,
  until: /until/i,
  jump: /Jump/i,
  keys: /Keys|Shortcuts/i,
  reactions: /\+|Common|Faces/,
  earlier: /Earlier texts/,
  forward: /Forward to/,
  kept: /Only this device knows what you keep/,
  'add-contact': /Add a contact/,
  'new-group': /New group/,
  'find-rooms': /Sunday hikers/,
  members: /Lea/,
  invite: /Cake crew/,
  'leave-group': /Leave/,
  'session-ends': /Sign in again/,
  'session-ended': /Sign in again/,
};
/** Poses of an open dialog. */
const DIALOGS = Object.keys(POSES).slice(Object.keys(POSES).indexOf('settings'));

async function open(page: Page, base: string, pose: string, knobs: string): Promise<void> {
  await page.goto(`${base}/gallery/${pose}?${knobs}`);
  await expect(page.locator('body'), pose).toContainText(POSES[pose]!);
  if (DIALOGS.includes(pose)) await expect(page.getByRole('dialog'), pose).toBeVisible();
}

/** Serious findings. Themes only set values (`style/README.md`), so all but what is about colours is looked at in one of them. */
async function findings(page: Page, isOnlyLook: boolean): Promise<string[]> {
  const look = new AxeBuilder({ page });
  const { violations } = await (isOnlyLook ? look.withRules(['color-contrast']) : look).analyze();
  const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
  return serious.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html.slice(0, 160)).join('\n  ')}`);
}

const names = Object.keys(POSES);
/** So many poses in one test. */
const PORTION = 10;
for (let first = 0; first < names.length; first += PORTION) {
  const poses = names.slice(first, first + PORTION);
  test(`poses from ${poses[0]} to ${poses.at(-1)}: there, and clean in every theme`, async ({ company }) => {
    test.setTimeout(300_000);
    // A dialog that asks the server hears that nobody is signed in, and the browser prints that.
    const { page, base } = await company.come({ outage: true, reducedMotion: 'reduce' });
    for (const pose of poses) {
      await open(page, base, pose, 'theme=azure&motion=none');
      for (const theme of THEMES) {
        await page.evaluate((name) => document.documentElement.setAttribute('data-theme', name), theme);
        expect.soft(await findings(page, theme !== 'azure'), `${pose} in ${theme}`).toEqual([]);
      }
    }
  });
}

test('all knobs are in the address, and the tree leads to every pose', async ({ company }) => {
  const { page, base } = await company.come({ viewport: { width: 1700, height: 900 } });
  await page.goto(`${base}/gallery`);
  const tree = page.getByRole('navigation', { name: 'poses' });
  await expect(tree.getByRole('link')).toHaveText([...names, 'themes']);
  // Each choice keeps the others.
  await page.getByRole('link', { name: 'theme glass', exact: true }).click();
  await page.getByRole('link', { name: 'lang de', exact: true }).click();
  await page.getByRole('link', { name: 'density large', exact: true }).click();
  await page.getByRole('link', { name: 'motion none', exact: true }).click();
  await page.getByRole('link', { name: 'text 150', exact: true }).click();
  await page.getByRole('link', { name: 'width 1280', exact: true }).click();
  await tree.getByRole('link', { name: 'typing', exact: true }).click();
  expect(Object.fromEntries(new URL(page.url()).searchParams)).toEqual({
    pose: 'typing', theme: 'glass', lang: 'de', density: 'large', motion: 'none', text: '150', width: '1280',
  });
  await expect(tree.getByRole('link', { name: 'typing', exact: true })).toHaveAttribute('aria-current', 'true');
  const frame = page.frameLocator('iframe[title="typing"]');
  await expect(frame.getByText('Jonas tippt …')).toBeVisible();
  await expect(frame.locator('html')).toHaveAttribute('data-theme', 'glass');
  await expect(frame.locator('html')).toHaveAttribute('data-motion', 'none');
  expect(await frame.locator('html').evaluate((root) => [root.clientWidth, getComputedStyle(root).fontSize])).toEqual([1280, '24px']);
  await expect(frame.locator('[data-density]').first()).toHaveAttribute('data-density', 'large');
  expect(await findings(page, false)).toEqual([]);
});

test('a pose alone says everything in its address', async ({ company }) => {
  const { page, base } = await company.come();
  await page.goto(`${base}/gallery/conversation?theme=modern-dark&lang=de&text=150&motion=none`);
  await expect(page.getByRole('log', { name: 'Gespräch mit Jonas' })).toContainText('Nicht gesendet');
  await expect(page.locator('html')).toHaveAttribute('data-motion', 'none');
  await expect(page.locator('html')).toHaveAttribute('lang', 'de');
  expect(await page.evaluate(() => getComputedStyle(document.documentElement).fontSize)).toBe('24px');
});

for (const theme of THEMES) {
  test(`every pair of ink and ground is legible in ${theme}`, async ({ company }) => {
    const { page, base } = await company.come();
    await page.goto(`${base}/gallery?pose=themes&theme=${theme}&width=600`);
    const rows = page.getByRole('region', { name: 'contrast' }).getByRole('row');
    await expect(rows.nth(1)).toContainText('ink on pane');
    const all = (await rows.allInnerTexts()).slice(1).map((row) => row.split('\t'));
    expect(all.length).toBeGreaterThan(60);
    expect(all.filter(([, ratio, least, state]) => !(Number(ratio) >= Number(least)) || state !== 'passes')).toEqual([]);
    expect(new Set(all.map(([, , least]) => least))).toEqual(new Set(['4.5', '3']));
  });
}

test('the theme lab: another value is on the framed page and in the table at once, is copied, kept and sent', async ({ company }) => {
  const { page, base, context } = await company.come({ viewport: { width: 1500, height: 900 } });
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  const lab = `${base}/gallery?pose=themes&theme=azure&width=600`;
  await page.goto(lab);
  const pair = page.getByRole('row', { name: /^ink on pane / });
  // The numbers of the specification: 15.7 for ink on white.
  await expect(pair).toContainText('15.7');
  const frame = page.frameLocator('iframe');
  const ground = () => frame.getByRole('log').evaluate((log) => getComputedStyle(log.parentElement!).backgroundColor);
  await expect(frame.getByRole('log')).toBeVisible();
  const before = await ground();
  const pane = page.getByRole('textbox', { name: '--pane', exact: true });
  await pane.fill('#2b3a55');
  await pane.press('Enter');
  await expect(pair).toContainText('fails');
  await expect.poll(ground).toBe('rgb(43, 58, 85)');
  expect(before).not.toBe('rgb(43, 58, 85)');
  // As a theme's file would say it.
  await page.getByRole('button', { name: 'copy as CSS' }).click();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe('[data-theme="azure"] {\n  --pane: #2b3a55;\n}');
  // As an address, for somebody else.
  await page.getByRole('button', { name: 'share' }).click();
  const sent = page.url();
  expect(sent).toContain('#pane=%232b3a55');
  const other = await company.come();
  await other.page.goto(sent);
  await expect(other.page.getByRole('row', { name: /^ink on pane / })).toContainText('fails');
  // On this device, until it is forgotten.
  await page.getByRole('button', { name: 'keep' }).click();
  await page.goto('about:blank');
  await page.goto(lab);
  await expect(pair).toContainText('fails');
  await page.getByRole('button', { name: 'forget' }).click();
  await expect(pair).toContainText('15.7');
  await page.goto('about:blank');
  await page.goto(lab);
  await expect(pair).toContainText('passes');
  expect(await findings(page, false)).toEqual([]);
});

test('outside of a person’s machine there is no gallery', async ({ company }) => {
  const away = await Server.start({ vars: { ENV: 'staging', PASSWORD_PEPPER: 'a pepper for this test', JWT_SECRET: 'x'.repeat(40) } });
  try {
    const visitor = await company.come();
    for (const path of ['/gallery', '/gallery/list']) {
      expect((await visitor.context.request.get(`${away.base}${path}`, { headers: { accept: 'text/html' } })).status()).toBe(404);
    }
    expect((await visitor.context.request.get(`${visitor.base}/gallery`, { headers: { accept: 'text/html' } })).status()).toBe(200);
  } finally {
    await away.stop();
  }
});
