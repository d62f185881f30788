// The owner's page (core.md 8 row 19, docs/runbooks): in both languages, by its forms alone, also without a script.

import AxeBuilder from '@axe-core/playwright';
import { ring } from '../harness/admin.ts';
import { hubRoom, HubSocket, post } from '../harness/hub.ts';
import { expect, STORY_VARS, test, type Person } from '../harness/people.ts';
import { Server } from '../harness/server.ts';

const ADMIN_TOKEN = 'a token for the story of the owner';

async function isClean({ page }: Person, where: string): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).options({ rules: { 'target-size': { enabled: true } } }).analyze();
  const said = violations.map(({ id, help, nodes }) => `${id}: ${help}\n  ${nodes.map((node) => node.html.slice(0, 160)).join('\n  ')}`);
  expect.soft(said, where).toEqual([]);
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  expect.soft(overflow, `${where} scrolls sideways`).toBeLessThanOrEqual(0);
}

let server: Server;
test.beforeAll(async () => {
  server = await Server.start({ vars: { ...STORY_VARS, ADMIN_TOKEN } });
});
test.afterAll(() => server.stop());

const WORDS = {
  en: { token: 'Service token', enter: 'Open', title: 'Operation', quiet: 'No alarm is up.', maintenance: 'Maintenance: nobody writes', on: 'Turn on', off: 'Turn off', is: ['off', 'on'], act: 'Act', search: 'Search', nothing: 'Nothing was found.', leave: 'Close this page', chart: 'Open sockets, each five minutes' },
  de: { token: 'Diensttoken', enter: 'Öffnen', title: 'Betrieb', quiet: 'Es steht kein Alarm an.', maintenance: 'Wartung: Niemand schreibt', on: 'Einschalten', off: 'Ausschalten', is: ['aus', 'an'], act: 'Handlung', search: 'Suchen', nothing: 'Nichts gefunden.', leave: 'Seite schließen', chart: 'Offene Sockets, je fünf Minuten' },
} as const;

for (const [language, words] of Object.entries(WORDS)) {
  for (const [width, javaScriptEnabled] of [[1280, true], [390, true], [1280, false]] as const) {
    test(`the owner looks, turns a switch and finds it in the audit log, in ${language} at ${width} px${javaScriptEnabled ? '' : ' without a script'}`, async ({ company }) => {
      const owner = await company.come({ base: server.base, viewport: { width, height: 800 }, locale: language, javaScriptEnabled });
      const { page } = owner;
      const check = async (where: string) => (javaScriptEnabled ? isClean(owner, where) : undefined);
      const room = hubRoom();
      const reader = await HubSocket.open(server.base, room);
      await post(server.base, room, 'one');
      await reader.take(1);
      await ring(server.base);

      await page.goto(`${server.base}/admin`);
      await expect(page.getByRole('heading', { level: 1, name: words.title })).toBeVisible();
      await check('the question for the token');
      await page.getByLabel(words.token).fill(ADMIN_TOKEN);
      await page.getByRole('button', { name: words.enter }).click();
      await expect(page.getByRole('status').filter({ hasText: words.quiet })).toBeVisible();
      await expect(page.getByRole('img', { name: words.chart })).toBeVisible();
      await check('the page');

      const row = page.getByRole('row').filter({ has: page.getByRole('rowheader', { name: words.maintenance }) });
      await expect(row.getByRole('cell').first()).toHaveText(words.is[0]);
      await row.getByRole('button', { name: words.on }).click();
      await expect(row.getByRole('cell').first()).toHaveText(words.is[1]);
      await row.getByRole('button', { name: words.off }).click();
      await expect(row.getByRole('cell').first()).toHaveText(words.is[0]);

      const acts = page.getByRole('row').filter({ hasText: 'flag_off' });
      await expect(async () => {
        await page.getByLabel(words.act, { exact: true }).fill('flag_off');
        await page.getByRole('button', { name: words.search }).click();
        await expect(acts.first()).toContainText('owner → maintenance', { timeout: 1_000 });
      }).toPass({ timeout: 20_000 });
      await expect(page.getByLabel(words.act, { exact: true })).toHaveValue('flag_off');
      await page.getByLabel(words.act, { exact: true }).fill('nothing of this name');
      await page.getByRole('button', { name: words.search }).click();
      await expect(page.getByText(words.nothing)).toBeVisible();

      await page.getByRole('button', { name: words.leave }).click();
      await expect(page.getByLabel(words.token)).toBeVisible();
      reader.terminate();
    });
  }
}

test('the language can be changed and is kept', async ({ company }) => {
  const { page } = await company.come({ base: server.base, locale: 'en' });
  await page.goto(`${server.base}/admin`);
  await page.getByRole('link', { name: 'Deutsch' }).click();
  await expect(page.getByRole('heading', { name: 'Betrieb' })).toBeVisible();
  await page.goto(`${server.base}/admin`);
  await expect(page.getByRole('heading', { name: 'Betrieb' })).toBeVisible();
});
