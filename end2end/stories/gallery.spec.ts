// The gallery: every pose opens by its address alone, in every theme without a serious finding of axe, in both languages.

import AxeBuilder from '@axe-core/playwright';
import { expect, test } from '../harness/people.ts';
import { Server } from '../harness/server.ts';

const THEMES = ['azure', 'glass', 'modern', 'modern-dark', 'contrast'];

/** What a pose must show, in English. */
const POSES: Record<string, RegExp> = {
  list: /Nobody picked yet|Jonas/,
  conversation: /Bring the cake/,
  room: /General/,
  group: /of 100/,
  typing: /Jonas is typing…/,
  loading: /Jonas/,
  empty: /No messages yet/,
  closed: /Jonas/,
  lost: /Connection lost/,
  back: /Back online\./,
  ending: /Your session ends/,
  update: /There is a new version/,
  toasts: /Shall I bring the cake\?/,
  'add-contact': /Add a contact/,
  'new-group': /New group/,
  'find-rooms': /Find rooms/,
  'session-ends': /Sign in again/,
  'session-ended': /Sign in again/,
};

for (const theme of THEMES) {
  test(`every pose in ${theme}: there, and clean`, async ({ company }) => {
    test.setTimeout(300_000);
    // A dialog that asks the server hears that nobody is signed in, and the browser prints that.
    const { page, base } = await company.come({ outage: true, reducedMotion: 'reduce' });
    for (const [pose, shown] of Object.entries(POSES)) {
      await page.goto(`${base}/gallery/${pose}?theme=${theme}&motion=none`);
      await expect(page.locator('html')).toHaveAttribute('data-theme', theme);
      await expect(page.locator('body'), pose).toContainText(shown);
      if (/add|new|find|session/.test(pose)) await expect(page.getByRole('dialog')).toBeVisible();
      const { violations } = await new AxeBuilder({ page }).analyze();
      const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
      expect.soft(serious.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html.slice(0, 160)).join('\n  ')}`), `${pose} in ${theme}`).toEqual([]);
    }
  });
}

test('all knobs are in the address, and the index leads to every pose', async ({ company }) => {
  const { page, base } = await company.come();
  await page.goto(`${base}/gallery`);
  for (const pose of Object.keys(POSES)) await expect(page.getByRole('link', { name: `${pose}, glass`, exact: true })).toHaveCount(1);
  await page.getByRole('link', { name: 'conversation, glass', exact: true }).click();
  await expect(page.locator('html')).toHaveAttribute('data-theme', 'glass');
  await page.goto(`${base}/gallery/conversation?theme=modern-dark&lang=de&text=150&motion=none`);
  await expect(page.getByRole('log', { name: 'Gespräch mit Jonas' })).toContainText('Nicht gesendet');
  await expect(page.locator('html')).toHaveAttribute('data-motion', 'none');
  await expect(page.locator('html')).toHaveAttribute('lang', 'de');
  expect(await page.evaluate(() => getComputedStyle(document.documentElement).fontSize)).toBe('24px');
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
