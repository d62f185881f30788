// messenger.md 3.2a: files of a message are shown with what they are called and how large they are, and can be had.

import AxeBuilder from '@axe-core/playwright';
import { HTML, png, upload } from '../harness/files.ts';
import { marker, uuidv7 } from '../harness/ids.ts';
import { expect, test } from '../harness/people.ts';
import { persona } from '../harness/session.ts';

test('files of a message are links, also after a reload and without words', async ({ company, server }) => {
  const kofi = await company.come({ viewport: { width: 320, height: 700 } });
  await kofi.signInAs('Kofi');
  const aylin = await persona(server.base, 'user_2');
  const { id: me } = (await (await kofi.context.request.get(`${server.base}/api/auth/me`)).json()).data.user;
  const room = (await aylin.api.ok('POST', '/api/rooms/dm', { userId: me })).id;
  const partner = aylin.user.displayName;
  await kofi.open(partner);

  const [picture, page, alone] = [await upload(aylin, png(), 'cat.png'), await upload(aylin, Buffer.concat([HTML, Buffer.alloc(2_000)]), 'page.html'), await upload(aylin, Buffer.alloc(2_040), 'x')];
  const words = marker();
  const post = (content: string, files: unknown) => aylin.api.ok('POST', '/api/messages', { roomId: room, id: uuidv7(), content, files });
  await post(words, [{ id: picture.id, name: 'cat.png', alt: 'A cat' }, { id: page.id, name: 'page.html' }]);
  const row = kofi.row(partner, words);
  const links = row.getByRole('list', { name: 'Files' }).getByRole('link');
  await expect(links).toHaveText(['cat.png (1 KB)', 'page.html (3 KB)']);
  await expect(links.first()).toHaveAttribute('title', 'A cat');
  await post('', [{ id: alone.id, name: 'alone.html' }]);
  await expect(kofi.log(partner).getByRole('link', { name: 'alone.html (3 KB)' })).toBeVisible();

  // What is no picture is never shown: whoever follows the link gets something to be written down.
  const answer = await kofi.context.request.get(`${server.base}${await links.nth(1).getAttribute('href')}`);
  expect([answer.status(), answer.headers()['content-disposition']]).toEqual([200, "attachment; filename*=UTF-8''page.html"]);

  await kofi.page.reload();
  await expect(links).toHaveText(['cat.png (1 KB)', 'page.html (3 KB)']);
  const { violations } = await new AxeBuilder({ page: kofi.page }).analyze();
  expect(violations.filter(({ impact }) => impact === 'serious' || impact === 'critical').map(({ id }) => id)).toEqual([]);
  expect(await kofi.page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)).toBeLessThanOrEqual(0);
  await aylin.api.ok('POST', '/api/auth/logout');
});
