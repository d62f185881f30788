// Story 29: the demo without network. After one visit it opens without server and network, and nothing leaves the page.

import { expect, test, type Person } from '../harness/people.ts';
import { Server } from '../harness/server.ts';

const GROUP = 'Demo crew';
const KEPT = 'Saved on this device: opens even offline.';

async function openOnce(person: Person): Promise<void> {
  await person.page.goto(`${person.base}/demo/offline`);
  await expect(person.status(KEPT)).toBeVisible({ timeout: 30_000 });
}

const bar = (person: Person, name = 'Offline demo') => person.page.getByRole('region', { name });

test('opened once, it opens without network and server: people write, a scene is played, and nothing leaves the page @night', async ({ company }) => {
  const own = await Server.start();
  const visitor = await company.come({ base: own.base, outage: true, serviceWorkers: 'allow' });
  await openOnce(visitor);
  await own.stop();
  await visitor.context.setOffline(true);

  const page = await visitor.context.newPage();
  const asked: string[] = [];
  const missed: string[] = [];
  page.on('request', (request) => asked.push(new URL(request.url()).pathname));
  page.on('websocket', (socket) => asked.push(socket.url()));
  page.on('response', (response) => {
    if (!response.fromServiceWorker() && !response.url().startsWith('data:')) missed.push(response.url());
  });
  page.on('requestfailed', (request) => missed.push(request.url()));
  page.on('pageerror', (failure) => missed.push(failure.message));
  await page.goto(`${own.base}/demo/offline`);
  await expect(page).toHaveTitle(/^(\(\d+\) )?Offline demo – CF Messenger$/);
  const region = page.getByRole('region', { name: 'Offline demo' });
  await expect.poll(async () => (await region.isVisible()) || missed.join(), 'the page lives, or what it misses').toBe(true);
  await expect(region).toBeVisible();
  await expect(region.getByText('Offline demo')).toBeVisible();
  await expect(region.getByText('scripted')).toBeVisible();
  // The mark is visible in every recording, and lets presses through to the page.
  const mark = page.locator('div').filter({ hasText: /^Offline demo$/ });
  await expect(mark).toBeInViewport();
  await expect(mark).toHaveCSS('pointer-events', 'none');

  // The server within the page stores the visitor's message.
  const log = page.getByRole('log', { name: `Conversation with ${GROUP}` });
  const composer = page.getByRole('textbox', { name: 'Message', exact: true });
  await composer.fill('Hello from a train');
  await composer.press('Enter');
  await expect(log.getByRole('listitem').filter({ hasText: 'Hello from a train' })).toContainText(/Sent|Delivered|Read/);

  // The scene speaks, nudges and winks on its own.
  await region.getByRole('combobox', { name: 'Speed' }).selectOption('400');
  await expect(log.getByRole('listitem').filter({ hasText: /harbour|Harbour/ }).first()).toBeVisible();
  await expect(log.getByRole('listitem').filter({ hasText: /nudge/i }).last()).toContainText('Theo', { timeout: 30_000 });
  await expect(log.getByRole('listitem').filter({ hasText: /Kofi.*Lighthouse/s }).first()).toBeVisible();
  await expect(log.getByRole('listitem').filter({ hasText: 'To the harbour!' })).toHaveCount(1, { timeout: 30_000 });
  await expect(region.getByRole('button', { name: 'Resume' })).toBeVisible();

  const ofServer = asked.filter((path) => /^\/(api|sf)\/|^wss?:/.test(path));
  expect(ofServer, 'calls and sockets').toEqual([]);
  // The service worker requests a newer document before it shows the stored one.
  const files = missed.filter((url) => !url.endsWith('/demo/offline'));
  expect(files, 'files that the service worker did not have').toEqual([]);
});

test('nothing of it is kept where the real messenger would read it @night', async ({ company }) => {
  const visitor = await company.come({ serviceWorkers: 'allow' });
  await openOnce(visitor);
  await visitor.composer().fill('only here');
  await visitor.composer().press('Enter');
  await expect(visitor.row(GROUP, 'only here')).toContainText(/Sent|Delivered|Read/);
  // This page of the same browser has the real browser functions.
  const other = await visitor.context.newPage();
  await other.goto(`${visitor.base}/privacy`);
  const stored = await other.evaluate(async () => ({
    local: Object.keys(localStorage),
    databases: (await indexedDB.databases()).map((database) => database.name),
  }));
  expect(stored).toEqual({ local: [], databases: [] });
});

test('pause, a step and a new beginning; in German as well @night', async ({ company }) => {
  const visitor = await company.come({ locale: 'de-DE', serviceWorkers: 'allow' });
  await visitor.page.goto(`${visitor.base}/demo/offline`);
  const region = bar(visitor, 'Offline-Demo');
  await expect(region.getByText('nach Drehbuch')).toBeVisible();
  await expect(visitor.page).toHaveTitle(/Offline-Demo – CF Messenger$/);
  // All people of the page are in the room, and nobody else can be invited.
  await expect(visitor.button('Mitglieder')).toBeVisible();
  await expect(visitor.button('Einladen')).toHaveCount(0);
  await region.getByRole('button', { name: 'Pause' }).click();
  const log = visitor.page.getByRole('log');
  const first = log.getByRole('listitem').filter({ hasText: /Dritter Stock/ });
  for (let steps = 0; steps < 6 && (await first.count()) === 0; steps += 1) {
    await region.getByRole('button', { name: 'Schritt' }).click();
  }
  await expect(first.first()).toBeVisible();
  const before = await first.count();
  await region.getByRole('button', { name: 'Von vorn' }).click();
  await expect.poll(() => first.count()).toBeGreaterThan(before);
});
