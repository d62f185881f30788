// Reports on the operators' page (moderation.md 7): one is opened and answered by keyboard, on a wide page and on a phone.

import { judge } from '../harness/clean.ts';
import { marker, uuidv7 } from '../harness/ids.ts';
import { enterAdmin } from '../harness/operator.ts';
import { expect, STORY_VARS, test } from '../harness/people.ts';
import { Server } from '../harness/server.ts';
import { guest } from '../harness/session.ts';

const ADMIN_TOKEN = 'a token for the story of the queue';
let server: Server;
test.beforeAll(async () => {
  server = await Server.start({ vars: { ...STORY_VARS, ADMIN_TOKEN } });
});
test.afterAll(() => server.stop());

for (const width of [1280, 390]) {
  test(`an operator opens a report, reads what was said, and removes it by keyboard, at ${width} px @night`, async ({ company }) => {
    const [mia, bad] = [await guest(server.base), await guest(server.base)];
    const words = marker();
    const { id } = await bad.api.ok('POST', '/api/messages', { roomId: 'general', id: uuidv7(), content: words });
    await mia.api.ok('POST', '/api/me/reports', { userId: bad.user.id, reason: 'abuse', roomId: 'general', messageId: id });

    const owner = await company.come({ base: server.base, viewport: { width, height: 800 }, locale: 'en' });
    const { page } = owner;
    await enterAdmin(owner, ADMIN_TOKEN);
    const show = page.getByRole('link', { name: `Show – ${bad.user.displayName} ${bad.user.id}` });
    await expect(async () => {
      await page.goto(`${server.base}/admin`);
      await expect(show).toBeVisible({ timeout: 1_000 });
    }).toPass();
    await judge(owner, 'the queue');

    await show.focus();
    await page.keyboard.press('Enter');
    await expect(page.getByRole('heading', { level: 3, name: `${bad.user.displayName} ${bad.user.id}` })).toBeVisible();
    await expect(page.getByRole('listitem').filter({ hasText: words })).toContainText('Reported:');
    await expect(page.getByRole('textbox', { name: 'Reason (the person will see it)' })).toHaveValue('Abuse or threats.');
    await judge(owner, 'an opened report');
    await page.getByRole('button', { name: `Remove the message – ${bad.user.displayName} ${bad.user.id}` }).focus();
    await page.keyboard.press('Enter');
    await expect(page.getByText('No open reports.')).toBeVisible();
    await expect(page.getByRole('status').filter({ hasText: `You removed the message from ${bad.user.displayName}.` })).toBeVisible();
    await expect(page.getByRole('heading', { level: 3, name: bad.user.id })).toHaveCount(0);
    const read = await mia.api.raw('GET', '/api/messages?roomId=general');
    expect(read.text).not.toContain(words);
  });
}
