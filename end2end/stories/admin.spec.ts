// The operator's page (core.md 8 row 19, docs/runbooks): in both languages, by its forms alone, with and without a script.

import { AccessTeam } from '../harness/access_team.ts';
import { ring } from '../harness/admin.ts';
import { judge } from '../harness/clean.ts';
import { send } from '../harness/http.ts';
import { bearer, hubRoom, HubSocket, path, post } from '../harness/hub.ts';
import { expect, STORY_VARS, test } from '../harness/people.ts';
import { Receiver } from '../harness/receiver.ts';
import { Server } from '../harness/server.ts';
import { inObject } from '../harness/tables.ts';

const ADMIN_TOKEN = 'a token for the story of the owner';

let server: Server;
let team: AccessTeam;
test.beforeAll(async () => {
  team = await AccessTeam.start();
  const hub = { WEBHOOK_ALLOW_PRIVATE: '1', HUB_DELIVERS_ITSELF: '1', RATE_HUB: '0' };
  server = await Server.start({ vars: { ...STORY_VARS, ...team.vars, ...hub, ADMIN_TOKEN } });
});
test.afterAll(async () => {
  team.close();
  await server.stop();
});

const WORDS = {
  en: { token: 'Service token', enter: 'Open', title: 'Operations', quiet: 'No active alarms.', maintenance: 'Maintenance: no one can write', on: 'Turn on', off: 'Turn off', is: ['off', 'on'], act: 'Action', search: 'Search', nothing: 'No entries found.', leave: 'Sign out', chart: 'Open sockets, every 5 minutes' },
  de: { token: 'Service-Token', enter: 'Öffnen', title: 'Betrieb', quiet: 'Keine aktiven Alarme.', maintenance: 'Wartung: Niemand kann schreiben', on: 'Einschalten', off: 'Ausschalten', is: ['aus', 'an'], act: 'Aktion', search: 'Suchen', nothing: 'Keine Einträge gefunden.', leave: 'Abmelden', chart: 'Offene Sockets, alle 5 Minuten' },
} as const;

for (const [language, words] of Object.entries(WORDS)) {
  for (const [width, javaScriptEnabled] of [[1280, true], [390, true], [1280, false]] as const) {
    const tag = language === 'en' && width === 1280 && javaScriptEnabled ? '' : ' @night';
    test(`the owner looks, turns a switch and finds it in the audit log, in ${language} at ${width} px${javaScriptEnabled ? '' : ' without a script'}${tag}`, async ({ company }) => {
      const owner = await company.come({ base: server.base, viewport: { width, height: 800 }, locale: language, javaScriptEnabled });
      const { page } = owner;
      const check = async (where: string) => (javaScriptEnabled ? judge(owner, where) : undefined);
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
      await expect(page.getByRole('img', { name: words.chart, exact: true })).toBeVisible();
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
        await expect(acts.first()).toContainText(/(Operator|Betreiber|Administrateur) → maintenance/, { timeout: 1_000 });
      }).toPass();
      // The rows of the audit log scroll in their own box.
      if (javaScriptEnabled) expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
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

test('the language can be changed and is kept @night', async ({ company }) => {
  const { page } = await company.come({ base: server.base, locale: 'en' });
  await page.goto(`${server.base}/admin`);
  await page.getByRole('link', { name: 'Deutsch' }).click();
  await expect(page.getByRole('heading', { name: 'Betrieb' })).toBeVisible();
  await page.goto(`${server.base}/admin`);
  await expect(page.getByRole('heading', { name: 'Betrieb' })).toBeVisible();
});

test('a member of the team comes in by the door of Access alone, and turns a switch; whoever forged an assertion is asked for the token @night', async ({ company }) => {
  const through = (assertion: string) => company.come({ base: server.base, extraHTTPHeaders: { 'cf-access-jwt-assertion': assertion } });
  const { page } = await through(team.assertion());
  await page.goto(`${server.base}/admin`);
  await expect(page.getByText('a@b.example')).toBeVisible();
  await expect(page.getByLabel('Service token')).toHaveCount(0);
  await expect(page.getByRole('button', { name: 'Sign out' })).toHaveCount(0);
  const streams = page.getByRole('row').filter({ has: page.getByRole('rowheader', { name: 'MessageHub event streams' }) });
  for (const [button, state] of [['Turn off', 'off'], ['Turn on', 'on']] as const) {
    await streams.getByRole('button', { name: button }).click();
    await expect(streams.getByRole('cell').first()).toHaveText(state);
  }

  const { page: other } = await through(team.forged());
  await other.goto(`${server.base}/admin`);
  await expect(other.getByLabel('Service token')).toBeVisible();
  await expect(other.getByRole('heading', { name: 'Switches' })).toHaveCount(0);
});

// This test comes last, because its alarms stay raised.
test('alarms stand above all else, each with the page that says what to do; below them is what happened lately @night', async ({ company }) => {
  const [room, slow] = [hubRoom(), await Receiver.start()];
  slow.isSilent = true;
  const headers = { ...bearer(ADMIN_TOKEN), 'content-type': 'application/json' };
  const hook = JSON.stringify({ url: slow.url, secret: `whsec_${Buffer.alloc(24, 7).toString('base64')}` });
  expect((await send(server.base, 'PUT', path(room, 'webhooks/h1'), { headers, body: hook })).status).toBe(201);
  // These calls were never made. The calls and the waiting messages are dated tomorrow, so that no midnight removes the calls and no
  // message is delivered. The room has forgotten its last report and reports again when it wakes.
  await ring(server.base);
  await server.kill9();
  const tomorrow = Date.now() + 86_400_000;
  const many = (count: number) => `WITH RECURSIVE n (k) AS (SELECT 1 UNION ALL SELECT k + 1 FROM n WHERE k < ${count})`;
  const calls = `${many(8_000)} INSERT INTO calls (user, at, is_settled) SELECT 'u_' || k, ${tomorrow}, 1 FROM n`;
  inObject(server.state, ["SELECT 1 FROM sqlite_master WHERE name = 'calls_by_user'"], calls);
  const waiting = `${many(1_000)} INSERT INTO outbox SELECT 'h1', 1000000 + k, ${tomorrow}, 8, 0 FROM n; UPDATE numbers SET reported_at = 0, reported_sockets = NULL`;
  inObject(server.state, ["SELECT 1 FROM hooks WHERE id = 'h1'"], waiting);
  await server.restart();
  await ring(server.base);
  const reader = await HubSocket.open(server.base, room);
  await post(server.base, room, 'one more');
  const depth = async () => /^cfm_outbox_depth (\d+)$/m.exec((await send(server.base, 'GET', '/metrics', { headers })).text)?.[1];
  await expect.poll(depth, { message: 'the room has told', timeout: 30_000 }).toBe('1001');
  await ring(server.base);

  const owner = await company.come({ base: server.base, viewport: { width: 390, height: 800 }, extraHTTPHeaders: { 'cf-access-jwt-assertion': team.assertion() } });
  const { page } = owner;
  await page.goto(`${server.base}/admin`);
  const alarms = page.getByRole('status');
  await expect(alarms).toHaveText([/^Model calls today: 8000, since .* What to do$/, /^Outbox rows: 1001, since .* What to do$/]);
  await expect(page.getByText('No active alarms.')).toHaveCount(0);
  const fact = (name: string) => page.getByRole('term').filter({ hasText: name }).locator('xpath=following-sibling::dd');
  await expect(fact('Messages in the last 5 minutes')).toHaveText(/^[1-9]\d*$/);
  await expect(fact('Model calls today')).toHaveText('8000 / 10000');
  await expect(fact('Dead letters')).toHaveText('0');
  const most = page.getByRole('table').filter({ has: page.getByRole('columnheader', { name: 'Conversation' }) });
  await expect(most.getByRole('row', { name: `hub:${room} 1`, exact: true })).toBeVisible();
  await judge(owner, 'alarms');
  await alarms.nth(1).getByRole('link', { name: 'What to do' }).click();
  await expect(page.getByText('# Alarm: outbox')).toBeVisible();
  reader.terminate();
  slow.close();
});
