// embed.md: a public group in a page of another site, in Chromium. Its owner switches it on and off in the dialog of the group. The page of
// an allowed origin frames it with the HTML of that dialog, another one cannot.

import { createServer, type Server as Site } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Page } from '@playwright/test';
import { account } from '../harness/accounts.ts';
import { group } from '../harness/groups.ts';
import { freshName, marker } from '../harness/ids.ts';
import { expect, test, type Person } from '../harness/people.ts';

const GROUP = 'Reading room';

/** HTML of the frame on the sites of this file. */
let tag = '';
/** Starts a site of its own whose only page frames a room. */
async function siteThatFrames(): Promise<Site> {
  const page = () => `<!DOCTYPE html><html lang="en"><title>Blog</title>${tag}`;
  const site = createServer((_, answer) => void answer.writeHead(200, { 'content-type': 'text/html' }).end(page()));
  await new Promise<void>((resolve) => site.listen(0, '127.0.0.1', resolve));
  return site;
}
const originOf = (site: Site): string => `http://localhost:${(site.address() as AddressInfo).port}`;

let friend: Site;
let stranger: Site;
test.beforeAll(async () => {
  [friend, stranger] = [await siteThatFrames(), await siteThatFrames()];
});
test.afterAll(() => {
  for (const site of [friend, stranger]) site.close();
});

const frame = (page: Page) => page.frameLocator('iframe');

/** Makes a public group and opens it. */
async function makeGroup(person: Person): Promise<void> {
  await person.button('New group').click();
  const dialog = person.page.getByRole('dialog', { name: 'New group' });
  await dialog.getByRole('textbox', { name: 'Group name' }).fill(GROUP);
  await dialog.getByRole('radio', { name: 'Anyone' }).check();
  await dialog.getByRole('button', { name: 'Create group' }).click();
  await expect(person.log(GROUP)).toBeVisible();
}

/** Opens the dialog of the open group and returns its section for other sites. */
async function openSites(person: Person) {
  await person.button('Members').click();
  const dialog = person.page.getByRole('dialog', { name: 'Members' });
  const sites = dialog.getByRole('group', { name: 'On other sites', exact: true });
  return {
    origins: sites.getByRole('textbox', { name: 'Site addresses' }),
    html: sites.getByRole('textbox', { name: 'HTML for the page' }),
    status: sites.getByRole('status'),
    alert: sites.getByRole('alert'),
    button: (name: string) => sites.getByRole('button', { name, exact: true }),
    mode: (name: string) => sites.getByRole('radio', { name, exact: true }),
    close: () => dialog.getByRole('button', { name: 'Close' }).click(),
  };
}

test('a page of an allowed origin frames the room and follows it, and another page cannot @night', async ({ browser, company }) => {
  const owner = await company.come();
  await owner.signInAs('Lea');
  await makeGroup(owner);
  const sites = await openSites(owner);
  await expect(sites.status).toHaveText('Off: no other site can show the group.');
  await expect(sites.html).toHaveCount(0);
  await sites.origins.fill(`\n${originOf(friend)}/post`);
  await sites.button('Turn on').press('Enter');
  await expect(sites.alert).toContainText('Line 2 isn’t a valid site address.');
  await expect(sites.origins).toBeFocused();
  await sites.origins.fill(`${originOf(friend)}/`);
  await expect(sites.alert).toHaveCount(0);
  await sites.button('Turn on').press('Enter');
  await expect(sites.status).toHaveText('On: these sites can show the group.');
  await expect(sites.origins).toHaveValue(originOf(friend));
  await expect(sites.mode('Read')).toBeChecked();
  tag = await sites.html.inputValue();
  await sites.close();

  const [first, second] = [marker(), marker()];
  await owner.say(first);
  const page = await browser.newPage();
  await page.goto(originOf(friend));
  const log = frame(page).getByRole('log', { name: GROUP });
  await expect(log.getByRole('listitem').filter({ hasText: first })).toContainText('Lea');
  await owner.say(second);
  await expect(log.getByRole('listitem').filter({ hasText: second })).toBeVisible();
  await expect(frame(page).getByLabel('Your name')).toHaveCount(0);
  expect(await page.context().cookies(owner.base)).toEqual([]);

  const other = await browser.newPage();
  const refused = other.waitForEvent('console', (line) => line.text().includes('frame-ancestors'));
  await other.goto(originOf(stranger));
  await refused;
  await expect(frame(other).getByRole('log')).toHaveCount(0);
  await other.close();

  const again = await openSites(owner);
  await expect(again.origins).toHaveValue(originOf(friend));
  await again.button('Turn off').press('Enter');
  await expect(again.status).toHaveText('Off: no other site can show the group.');
  await expect(again.origins).toBeFocused();
  await expect(again.html).toHaveCount(0);
  await expect(frame(page).getByRole('status')).toHaveText('This conversation is no longer shown here.');
  await page.close();
});

test('a guest writes in the frame by keyboard, and reads why a message is refused @night', async ({ browser, server }) => {
  const owner = await account(server.base);
  const room = await group(owner, [], 'public', GROUP);
  await owner.api.ok('PUT', `/api/rooms/${room}/embed`, { origins: [originOf(friend)], mode: 'guest' });
  tag = `<iframe title="Chat" src="${server.base}/embed/${room}?lang=en" width="420" height="560"></iframe>`;
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
  const row = inside.getByRole('listitem').filter({ hasText: words });
  await expect(row.getByRole('time')).toHaveText(/^\d{1,2} [A-Z][a-z]+ at \d\d:\d\d$/);
  await expect(line).toHaveValue('');
  await line.fill(' ');
  await page.keyboard.press('Enter');
  await expect(inside.getByRole('status')).toHaveText('This name or message can’t be used.');
  await expect(line).toBeFocused();
  await expect(line).toHaveAttribute('aria-invalid', 'true');
  await expect(line).toHaveAccessibleDescription('This name or message can’t be used.');
  await line.fill(words);
  await expect(line).not.toHaveAttribute('aria-invalid');
  expect(await page.context().cookies(server.base)).toEqual([]);
  await page.close();
});
