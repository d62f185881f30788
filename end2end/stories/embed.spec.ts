// embed.md: a public room in a page of another site, in Chromium. The page of an allowed origin frames it, another one cannot.

import { createServer, type Server as Site } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Page } from '@playwright/test';
import { freshName, marker, uuidv7 } from '../harness/ids.ts';
import { expect, STORY_VARS, test } from '../harness/people.ts';
import { Server } from '../harness/server.ts';
import { guest } from '../harness/session.ts';

/** Starts a site of its own whose only page frames a room. */
async function siteThatFrames(address: () => string): Promise<Site> {
  const page = () => `<!DOCTYPE html><html lang="en"><title>Blog</title><iframe title="Chat" src="${address()}" width="420" height="560"></iframe>`;
  const site = createServer((_, answer) => void answer.writeHead(200, { 'content-type': 'text/html' }).end(page()));
  await new Promise<void>((resolve) => site.listen(0, '127.0.0.1', resolve));
  return site;
}
const originOf = (site: Site): string => `http://localhost:${(site.address() as AddressInfo).port}`;

let server: Server;
let friend: Site;
let stranger: Site;
const address = () => `${server.base}/embed/music?lang=en`;
test.beforeAll(async () => {
  [friend, stranger] = [await siteThatFrames(address), await siteThatFrames(address)];
  const EMBED = JSON.stringify([{ room: 'music', origins: [originOf(friend)], mode: 'guest' }]);
  server = await Server.start({ vars: { ...STORY_VARS, EMBED } });
});
test.afterAll(async () => {
  for (const site of [friend, stranger]) site.close();
  await server.stop();
});

const frame = (page: Page) => page.frameLocator('iframe[title=Chat]');

test('a page of an allowed origin frames the room and follows it, and another page cannot @night', async ({ browser }) => {
  const mia = await guest(server.base);
  const say = (content: string) => mia.api.ok('POST', '/api/messages', { roomId: 'music', id: uuidv7(), content });
  const [first, second] = [marker(), marker()];
  await say(first);
  const page = await browser.newPage();
  await page.goto(originOf(friend));
  const log = frame(page).getByRole('log', { name: 'Music' });
  await expect(log.getByRole('listitem').filter({ hasText: first })).toContainText(mia.user.displayName);
  await say(second);
  await expect(log.getByRole('listitem').filter({ hasText: second })).toBeVisible();
  expect(await page.context().cookies(server.base)).toEqual([]);

  const refused = page.waitForEvent('console', (line) => line.text().includes('frame-ancestors'));
  await page.goto(originOf(stranger));
  await refused;
  await expect(frame(page).getByRole('log')).toHaveCount(0);
  await page.close();
});

test('a guest writes in the frame by keyboard, and reads why a message is refused @night', async ({ browser }) => {
  const page = await browser.newPage();
  await page.goto(originOf(friend));
  const inside = frame(page);
  await inside.getByLabel('Your name').fill(freshName());
  await page.keyboard.press('Enter');
  const line = inside.getByLabel('Message');
  await expect(line).toBeFocused();
  const words = marker();
  await line.fill(words);
  await page.keyboard.press('Enter');
  await expect(inside.getByRole('listitem').filter({ hasText: words })).toBeVisible();
  await expect(line).toHaveValue('');
  await line.fill(' ');
  await page.keyboard.press('Enter');
  await expect(inside.getByRole('status')).toHaveText('This name or message cannot be used.');
  expect(await page.context().cookies(server.base)).toEqual([]);
  await page.close();
});
