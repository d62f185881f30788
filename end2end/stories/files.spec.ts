// files.md 1, ux.md 2.1: attachments are shown before they are sent. The recipients see, open or download them.

import { mkdirSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Locator } from '@playwright/test';
import { isClean } from '../harness/clean.ts';
import { HTML, movingGif, movingPng, photo, upload } from '../harness/files.ts';
import { marker, uuidv7 } from '../harness/ids.ts';
import { expect, isLoaded, test, type Person } from '../harness/people.ts';
import { Server } from '../harness/server.ts';
import { guest, persona } from '../harness/session.ts';
import { openSettings } from '../harness/settings_dialog.ts';

const PHONE = { viewport: { width: 390, height: 800 } };

interface Brought {
  name: string;
  mimeType: string;
  buffer: Buffer;
}

const picture = (name = 'cat.png', width = 400, height = 300): Brought => ({ name, mimeType: 'image/png', buffer: photo(width, height, 120) });
const tray = (who: Person): Locator => who.page.getByRole('group', { name: 'Attachments' });
const inTray = (who: Person): Locator => tray(who).getByRole('listitem');

async function attach(who: Person, files: Brought[] | string, name = 'Attach files'): Promise<void> {
  const chooser = who.page.waitForEvent('filechooser');
  await who.button(name).click();
  await (await chooser).setFiles(files);
}

/** Brings a file by paste or drop. */
const bring = (who: Person, kind: 'paste' | 'drop', { name, mimeType, buffer }: Brought): Promise<void> =>
  who.page.evaluate(
    ([kind, name, type, bytes]) => {
      const data = new DataTransfer();
      data.items.add(new File([Uint8Array.from(bytes)], name, { type }));
      const how = { bubbles: true, cancelable: true };
      const event = kind === 'paste' ? new ClipboardEvent(kind, { ...how, clipboardData: data }) : new DragEvent(kind, { ...how, dataTransfer: data });
      document.querySelector('textarea')!.dispatchEvent(event);
    },
    [kind, name, mimeType, [...buffer]] as const,
  );

/** Shows the covered picture of a person who is no contact. */
const uncover = (place: Locator, name: string): Promise<void> => place.getByRole('button', { name: `Show picture: ${name}` }).click();

test('a picture that moves does so once, and again when it is looked at; where not everything is to move it stands still @night', async ({ company }) => {
  const [runa, zuri] = [await company.come(), await company.come({ reducedMotion: 'reduce' })];
  await runa.signInAs('Runa');
  await zuri.signInAs('Zuri');
  await runa.open('Zuri');
  await zuri.open('Runa');
  await attach(runa, [
    { name: 'blink.gif', mimeType: 'image/gif', buffer: movingGif() },
    { name: 'spark.png', mimeType: 'image/png', buffer: movingPng() },
  ]);
  await expect(inTray(runa)).toHaveCount(2);
  const words = marker();
  await runa.say(words);
  const [own, theirs] = [runa.row('Zuri', words), zuri.row('Runa', words)];
  for (const name of ['blink.gif', 'spark.png']) {
    await uncover(theirs, name);
    const image = (row: Locator) => row.getByRole('img', { name });
    const source = (row: Locator) => image(row).evaluate((element) => (element as HTMLImageElement).src);
    for (const row of [own, theirs]) {
      await expect.poll(() => source(row)).toMatch(/^blob:/);
      await expect.poll(() => isLoaded(image(row))).toBe(true);
    }
    // Each repetition uses a new address, because the bytes themselves say that the picture plays once (`protocol::content::files`).
    const [first, still] = [await source(own), await source(theirs)];
    const over = (row: Locator) => row.getByRole('button', { name: `Open picture: ${name}` });
    await over(own).hover();
    await expect.poll(() => source(own)).not.toBe(first);
    await over(theirs).hover();
    await over(theirs).focus();
    expect(await source(theirs)).toBe(still);
  }
});

test('a picture is described, sent, seen and opened; a file is written down', async ({ company }) => {
  const [runa, zuri] = [await company.come(PHONE), await company.come()];
  await runa.signInAs('Runa');
  await zuri.signInAs('Zuri');
  await runa.open('Zuri');
  await zuri.open('Runa');

  await attach(runa, [picture(), { name: 'notes.txt', mimeType: 'text/plain', buffer: Buffer.from('milk') }]);
  await expect(inTray(runa)).toHaveCount(2);
  await expect(runa.status('2 files attached.')).toHaveCount(1);
  await isClean(runa);
  await runa.page.getByRole('textbox', { name: 'Description of cat.png' }).fill('A cat asleep');
  const words = marker();
  await runa.composer().fill(words);
  // Nothing has been sent yet.
  await expect(zuri.row('Runa', words)).toHaveCount(0);
  await runa.button('Send').click();

  await expect(tray(runa)).toHaveCount(0);
  await expect(runa.composer()).toHaveValue('');
  const row = zuri.row('Runa', words);
  const cat = row.getByRole('img', { name: 'A cat asleep' });
  await uncover(row, 'A cat asleep');
  await expect(cat).toBeVisible();
  await expect.poll(() => isLoaded(cat), 'the picture').toBe(true);
  // The picture had its size before it was loaded.
  await expect(cat).toHaveAttribute('width', '320');
  await expect(cat).toHaveAttribute('height', '240');
  await expect(row.getByRole('list', { name: 'Files' }).getByRole('link')).toHaveText(['notes.txt (1 KB)']);
  const written = zuri.page.waitForEvent('download');
  await row.getByRole('link', { name: 'notes.txt (1 KB)' }).click();
  expect((await written).suggestedFilename()).toBe('notes.txt');

  await row.getByRole('button', { name: 'Open picture: A cat asleep' }).press('Enter');
  const large = zuri.page.getByRole('dialog', { name: 'A cat asleep' });
  await expect(large.getByRole('img', { name: 'A cat asleep' })).toBeVisible();
  await isClean(zuri);
  await zuri.page.keyboard.press('Escape');
  await expect(large).toHaveCount(0);
  await expect(row.getByRole('button', { name: 'Open picture: A cat asleep' })).toBeFocused();
  await row.getByRole('button', { name: 'Open picture: A cat asleep' }).press('Enter');
  await expect(large).toBeVisible();
  await zuri.page.evaluate(() => history.back());
  await expect(large, 'one step back closes it as well').toHaveCount(0);
  await expect(zuri.log('Runa')).toBeVisible();

  await runa.page.reload();
  await expect(runa.row('Zuri', words).getByRole('img', { name: 'A cat asleep' })).toBeVisible();
  await isClean(runa);
});

test('a picture of somebody who is no contact is asked for when it is wanted, until the two know each other', async ({ company, server }) => {
  const rosa = await company.come({ serviceWorkers: 'block' });
  const asked: string[] = [];
  await rosa.page.route('**/api/files/**', (route) => {
    asked.push(route.request().url());
    return route.continue();
  });
  await rosa.signInAs('Rosa');
  const aylin = await persona(server.base, 'user_2');
  const { displayName: name } = aylin.user;
  const said = async (roomId: string, alt: string, words: string) => {
    const { id } = await upload(aylin, photo(300, 200), 'garden.png');
    await aylin.api.ok('POST', '/api/messages', { roomId, id: uuidv7(), content: words, files: [{ id, name: 'garden.png', alt }] });
  };
  const show = (place: Locator) => place.getByRole('button', { name: 'Show picture: A garden' });

  // The first case is a public room.
  await rosa.open('General');
  const first = marker();
  await said('general', 'A garden', first);
  const row = rosa.row('General', first);
  await expect(row).toContainText(`A picture from ${name}, who isn’t one of your contacts.`);
  await expect(show(row)).toHaveText('Show picture');
  await expect(row.getByRole('img')).toHaveCount(0);
  await rosa.page.setViewportSize({ width: 320, height: 700 });
  await isClean(rosa);
  await rosa.page.setViewportSize({ width: 1_280, height: 800 });
  expect(asked, 'nothing was loaded').toEqual([]);
  const before = (await row.locator('.picture-covered').boundingBox())!;
  await show(row).press('Enter');
  const image = row.getByRole('img', { name: 'A garden' });
  await expect.poll(() => isLoaded(image), 'the picture').toBe(true);
  await expect(row.getByRole('button', { name: 'Open picture: A garden' })).toBeFocused();
  const after = (await row.locator('.picture').boundingBox())!;
  expect(Math.abs(after.height - before.height), 'nothing moves').toBeLessThan(4);

  // In a direct conversation one's own pictures show at once, and those of the partner after the first reply.
  const { id: me } = (await (await rosa.context.request.get(`${server.base}/api/auth/me`)).json()).data.user;
  const { id: direct } = await aylin.api.ok('POST', '/api/rooms/dm', { userId: me });
  const [second, third, fourth] = [marker(), marker(), marker()];
  await said(direct, 'A garden', second);
  await rosa.open(name);
  await expect(show(rosa.row(name, second))).toBeVisible();
  await rosa.say('who is that?');
  await expect.poll(() => isLoaded(rosa.row(name, second).getByRole('img', { name: 'A garden' })), 'the picture').toBe(true);

  // A contact's pictures show everywhere.
  await said('general', 'A garden', third);
  await rosa.open('General');
  await expect(show(rosa.row('General', third))).toBeVisible();
  // A persona accepts a request at once.
  await aylin.api.ok('POST', '/api/me/contacts', { userId: me });
  await expect.poll(() => isLoaded(rosa.row('General', third).getByRole('img', { name: 'A garden' })), 'of a contact').toBe(true);
  await said('general', 'A garden', fourth);
  await expect(rosa.row('General', fourth).getByRole('img', { name: 'A garden' })).toBeVisible();
  await expect(show(rosa.log('General'))).toHaveCount(0);
  await aylin.api.ok('POST', '/api/auth/logout');
});

test('without words a picture says what it shows: in the log, in an answer, in what pops up @night', async ({ company }) => {
  const [runa, zuri] = [await company.come(), await company.come()];
  await runa.signInAs('Runa');
  await zuri.signInAs('Zuri');
  await zuri.open('General');
  await runa.open('Zuri');
  const words = marker();
  await bring(runa, 'paste', picture());
  await runa.page.getByRole('textbox', { name: 'Description of cat.png' }).fill(words);
  // Enter in the description moves to the message, and Enter there sends it.
  await runa.page.keyboard.press('Enter');
  await expect(runa.composer()).toBeFocused();
  await runa.page.keyboard.press('Enter');
  await expect(zuri.status(words)).toBeVisible();
  await zuri.open('Runa');
  await uncover(zuri.log('Runa'), words);
  const row = zuri.log('Runa').getByRole('listitem').filter({ has: zuri.page.getByRole('img', { name: words }) });
  await row.hover();
  await row.getByRole('button', { name: 'Reply' }).click();
  await zuri.say('lovely');
  await expect(zuri.row('Runa', 'lovely').getByRole('button', { name: new RegExp(`Runa: ${words}`) })).toBeVisible();
});

test('pasted and dropped files wait in the tray; to remove them costs no word', async ({ company }) => {
  const runa = await company.come();
  await runa.signInAs('Runa');
  await runa.open('General');
  // The handler of pasted files arrives with this button, after the page itself.
  await expect(runa.button('Attach files')).toBeVisible();
  await runa.composer().fill('half a thought');
  await bring(runa, 'paste', picture('pasted.png'));
  await bring(runa, 'drop', picture('dropped.png'));
  await expect(inTray(runa)).toHaveCount(2);
  await runa.button('Remove pasted.png').click();
  await expect(inTray(runa)).toHaveCount(1);
  await expect(runa.composer()).toHaveValue('half a thought');
  // The tray belongs to its conversation and returns with it.
  await runa.open('Zuri');
  await expect(tray(runa)).toHaveCount(0);
  await runa.open('General');
  await expect(inTray(runa)).toHaveCount(1);
  await expect(runa.composer()).toHaveValue('half a thought');
  await runa.button('Remove all').click();
  await expect(tray(runa)).toHaveCount(0);
  await expect(runa.composer()).toHaveValue('half a thought');
  await expect(runa.composer()).toBeFocused();
});

test('what cannot be taken is said, file by file @night', async ({ company }) => {
  const runa = await company.come();
  await runa.signInAs('Runa');
  await runa.open('General');
  await attach(runa, [
    { name: 'film.bin', mimeType: '', buffer: Buffer.alloc(25_000_001) },
    { name: 'page.png', mimeType: 'image/png', buffer: HTML },
    { name: 'nothing.txt', mimeType: 'text/plain', buffer: Buffer.alloc(0) },
    ...['a.png', 'b.png', 'c.png', 'd.png', 'e.png'].map((name) => picture(name, 4, 3)),
  ]);
  const faults = tray(runa).getByRole('alert');
  for (const words of [
    'film.bin is larger than 25 MB and wasn’t added.',
    'page.png isn’t a valid image and wasn’t added.',
    'nothing.txt is empty and wasn’t added.',
    'e.png wasn’t added: a message can have up to 4 files.',
  ]) {
    await expect(faults).toContainText(words);
  }
  await expect(inTray(runa)).toHaveCount(4);
  await isClean(runa);
});

test('a long name in Han is cut; a folder is named, and is not in the tray', async ({ company }, info) => {
  const runa = await company.come();
  await runa.signInAs('Runa');
  await runa.open('General');
  const folder = info.outputPath('Album');
  mkdirSync(folder);
  await expect(runa.button('Attach files')).toBeVisible();
  const drag = await runa.context.newCDPSession(runa.page);
  const { x, y } = (await runa.composer().boundingBox())!;
  for (const type of ['dragEnter', 'dragOver', 'drop'] as const) {
    const data = { items: [], files: [folder], dragOperationsMask: 1 };
    await drag.send('Input.dispatchDragEvent', { type, x: x + 5, y: y + 5, data });
  }
  const faults = tray(runa).getByRole('alert');
  await expect(faults).toContainText('Album can’t be read and wasn’t added.');
  await expect(inTray(runa)).toHaveCount(0);

  const words = marker();
  await runa.composer().fill(words);
  await attach(runa, [{ name: `${'长'.repeat(100)}.txt`, mimeType: 'text/plain', buffer: Buffer.from('one') }]);
  await runa.button('Send').click();
  await expect(runa.row('General', words).getByRole('link', { name: `${'长'.repeat(38)}.txt` })).toBeVisible();
});

test('a picture of too many pixels is made smaller @night', async ({ company }) => {
  const runa = await company.come();
  await runa.signInAs('Runa');
  await runa.open('General');
  await attach(runa, [picture('wide.png', 10_100, 5_000)]);
  await expect(inTray(runa)).toContainText('wide.jpg', { timeout: 30_000 });
});

test('without a connection files and words stay; a sending that is stopped gives the words back @night', async ({ company }) => {
  const runa = await company.come({ outage: true, serviceWorkers: 'block' });
  await runa.signInAs('Runa');
  await runa.open('General');
  const words = marker();
  await attach(runa, [picture()]);
  await expect(inTray(runa)).toHaveCount(1);
  await runa.composer().fill(words);
  await runa.context.setOffline(true);
  await runa.button('Send').click();
  await expect(tray(runa).getByRole('alert')).toContainText('cat.png wasn’t sent: you’re offline.');
  await expect(runa.composer()).toHaveValue(words);
  await runa.context.setOffline(false);

  // The upload can start now, but it hangs.
  let go: () => void = () => undefined;
  const held = new Promise<void>((resolve) => (go = resolve));
  await runa.page.route('**/api/files', async (route) => {
    await held;
    await route.continue().catch(() => undefined);
  });
  await runa.button('Send').click();
  await expect(runa.page.getByRole('progressbar', { name: 'Uploading cat.png' })).toBeVisible();
  await expect(runa.button('Send')).toBeDisabled();
  await runa.button('Cancel').click();
  await expect(runa.page.getByRole('progressbar')).toHaveCount(0);
  await expect(runa.composer()).toHaveValue(words);
  await expect(inTray(runa)).toHaveCount(1);

  go();
  await runa.page.unroute('**/api/files');
  await runa.button('Send').click();
  await expect(runa.row('General', words).getByRole('img', { name: 'cat.png' })).toBeVisible({ timeout: 40_000 });
  await expect(runa.row('General', words)).toContainText(/Sent|Delivered|Read/, { timeout: 40_000 });
  await expect(runa.row('General', words)).toHaveCount(1);
  await expect(runa.composer()).toHaveValue('');
});

test('a file that arrives after somebody else has signed in says nothing: its words stay written @night', async ({ company, server }) => {
  const one = await company.come({ outage: true });
  await one.signInAsGuest('Slow Line');
  await one.open('General');
  let go: () => void = () => undefined;
  const held = new Promise<void>((resolve) => (go = resolve));
  await one.page.route('**/api/files', async (route) => {
    const answer = await route.fetch();
    await held;
    await route.fulfill({ response: answer });
  });
  const words = marker();
  await attach(one, [picture()]);
  await expect(inTray(one)).toHaveCount(1);
  await one.composer().fill(words);
  await one.button('Send').click();
  await expect(one.page.getByRole('progressbar', { name: 'Uploading cat.png' })).toBeVisible();

  await one.beginSession({ displayName: 'Night Owl', status: 'online' });
  const tab = await one.context.newPage();
  await tab.goto(`${server.base}/app`);
  await expect(one.status('You’re now signed in as Night Owl in this browser.')).toBeVisible();
  const came = one.page.waitForResponse('**/api/files');
  go();
  await came;
  await expect(one.page.getByRole('progressbar', { includeHidden: true })).toHaveCount(0);
  await expect(one.page.locator('.editor')).toHaveValue(words);
  await expect(one.page.locator('.log')).not.toContainText(words);
});

test('a picture that is gone says so, and can be asked for again @night', async ({ company, server }) => {
  const kofi = await company.come({ viewport: { width: 320, height: 700 }, outage: true, serviceWorkers: 'block' });
  await kofi.signInAs('Kofi');
  const aylin = await persona(server.base, 'user_2');
  const { id: me } = (await (await kofi.context.request.get(`${server.base}/api/auth/me`)).json()).data.user;
  const room = (await aylin.api.ok('POST', '/api/rooms/dm', { userId: me })).id;
  const partner = aylin.user.displayName;
  await kofi.page.route('**/api/files/**', (route) => route.abort());
  await kofi.open(partner);
  const [cat, page] = [await upload(aylin, photo(40, 30), 'cat.png'), await upload(aylin, Buffer.concat([HTML, Buffer.alloc(2_000)]), 'page.html')];
  const words = marker();
  const files = [{ id: cat.id, name: 'cat.png', alt: 'A cat' }, { id: page.id, name: 'page.html' }];
  await aylin.api.ok('POST', '/api/messages', { roomId: room, id: uuidv7(), content: words, files });
  const row = kofi.row(partner, words);
  await uncover(row, 'A cat');
  await expect(row).toContainText('Couldn’t load this picture: A cat');
  await isClean(kofi);
  await kofi.page.unroute('**/api/files/**');
  await row.getByRole('button', { name: 'Try again' }).click();
  await expect.poll(() => isLoaded(row.getByRole('img', { name: 'A cat' })), 'the picture').toBe(true);

  // A file that is no picture is never displayed; its link leads to a download.
  const link = row.getByRole('list', { name: 'Files' }).getByRole('link');
  await expect(link).toHaveText(['page.html (3 KB)']);
  const answer = await kofi.context.request.get(`${server.base}${await link.getAttribute('href')}`);
  expect([answer.status(), answer.headers()['content-disposition']]).toEqual([200, "attachment; filename*=UTF-8''page.html"]);
  await aylin.api.ok('POST', '/api/auth/logout');
});

test('the preview of a link comes from the server, and only for who wants it @night', async ({ company }) => {
  const asked: (string | undefined)[] = [];
  const site = createServer((request, answer) => {
    asked.push(request.headers['user-agent']);
    answer.writeHead(200, { 'content-type': 'text/html' }).end('<title>Cake for all</title><meta name="description" content="How to bake it">');
  });
  await new Promise<void>((resolve) => site.listen(0, '127.0.0.1', resolve));
  const own = await Server.start({ vars: { RATE_LOGIN: '0', RATE_REST: '0', WEBHOOK_ALLOW_PRIVATE: '1' } });
  const [runa, zuri] = [await company.come({ base: own.base, outage: true }), await company.come({ base: own.base, outage: true })];
  await runa.signInAs('Runa');
  await zuri.signInAs('Zuri');
  await runa.open('Zuri');
  await zuri.open('Runa');
  const url = `http://127.0.0.1:${(site.address() as AddressInfo).port}/cake`;
  const preview = (place: Locator) => place.getByRole('group', { name: 'Preview of the link' });

  await runa.composer().fill(`look ${url}`);
  await expect(preview(tray(runa))).toContainText('How to bake it');
  await runa.button('Send').click();
  const row = zuri.row('Runa', `look ${url}`);
  await expect(preview(row).getByRole('link', { name: 'Cake for all' })).toHaveAttribute('href', url);
  await isClean(zuri);

  // A preview that was left out does not return for the same text.
  await runa.composer().fill(`again ${url}`);
  await tray(runa).getByRole('button', { name: 'Remove preview' }).click();
  await expect(tray(runa)).toHaveCount(0);
  await runa.button('Send').click();
  await expect(zuri.row('Runa', `again ${url}`)).toBeVisible();
  await expect(preview(zuri.row('Runa', `again ${url}`))).toHaveCount(0);

  await openSettings(zuri.page, 'Messages');
  await zuri.page.getByRole('switch', { name: 'Show link previews' }).click();
  await zuri.page.getByRole('dialog', { name: 'Settings' }).getByRole('button', { name: 'Done' }).click();
  await expect(preview(row)).toHaveCount(0);
  expect(new Set(asked)).toEqual(new Set(['cf-messenger-preview/1']));
  site.close();
  await own.stop();
});

test('a link says where it leads, whatever it looks like; who wrote it is marked as a guest', async ({ company, server }) => {
  const walter = await company.come();
  await walter.signInAs('Walter');
  await walter.open('General');
  const stranger = await guest(server.base);
  const said = async (words: string, url?: string): Promise<Locator> => {
    const link = url === undefined ? {} : { link: { url, title: 'Your bank' } };
    await stranger.api.ok('POST', '/api/messages', { roomId: 'general', id: uuidv7(), content: url === undefined ? words : `${words} ${url}`, ...link });
    return walter.row('General', words);
  };

  const row = await said(`${marker()} “https://пример.рф/”`);
  const link = row.getByRole('link', { name: 'https://пример.рф/', exact: true });
  await expect(link).toHaveAttribute('title', 'https://xn--e1afmkfd.xn--p1ai/');
  await expect(row.locator('.msg-head .chip')).toHaveText('guest');
  await expect(row.locator('.msg-head')).toHaveText(/guest\s+says/);
  const plain = await said(`${marker()} https://example.org/a。谢谢`);
  await expect(plain.getByRole('link')).toHaveText('https://example.org/a');
  expect(await plain.getByRole('link').getAttribute('title')).toBeNull();

  for (const [url, host] of [
    ['https://bаnk.example/', 'xn--bnk-6cd.example'],
    ['https://evil.example/\u{202e}gpj.exe', 'evil.example'],
  ] as const) {
    const card = (await said(marker(), url)).getByRole('group', { name: `Preview of the link to ${host}` });
    await expect(card.locator('.link-host')).toHaveText(host);
    const leads = card.getByRole('link', { name: 'Your bank' });
    expect(await leads.getAttribute('title')).toBe(await leads.evaluate((link) => (link as HTMLAnchorElement).href));
  }
  await walter.say(marker());
  await expect(walter.page.locator('.msg[data-from="own"] .msg-head .chip')).toHaveCount(0);
});

test('a picture of one’s own is cut, shown to the others, and taken away again @night', async ({ company }) => {
  const [zuri, runa] = [await company.come(), await company.come(PHONE)];
  await zuri.signInAs('Zuri');
  await runa.signInAs('Runa');
  await zuri.open('Runa');
  const portrait = zuri.page.getByRole('complementary').locator('img[src*="/api/avatars/up_"]');
  await runa.myStatus().click();
  await runa.page.getByRole('menuitem', { name: 'My profile' }).click();
  const profile = runa.page.getByRole('dialog', { name: 'My profile' });
  await attach(runa, [{ name: 'me.png', mimeType: 'image/png', buffer: HTML }], 'Upload a picture…');
  await expect(profile.getByRole('alert')).toContainText('me.png isn’t a valid image');
  await attach(runa, [picture('me.png', 600, 400)], 'Upload a picture…');
  await expect(profile.getByRole('img', { name: 'Your picture as others will see it' })).toBeVisible();
  await profile.getByRole('slider', { name: 'Zoom' }).press('ArrowRight');
  await isClean(runa);
  await profile.getByRole('button', { name: 'Use this picture' }).click();
  // The upload is finished when there is nothing more to crop.
  await expect(profile.getByRole('button', { name: 'Use this picture' })).toHaveCount(0);
  await expect(profile.getByRole('radio', { name: 'My picture' })).toBeChecked();
  await profile.getByRole('button', { name: 'Done' }).click();
  await expect(portrait).toHaveAttribute('src', /\/api\/avatars\/up_[0-9a-f]{32}$/);
  await expect.poll(() => isLoaded(portrait), 'the portrait').toBe(true);

  await runa.myStatus().click();
  await runa.page.getByRole('menuitem', { name: 'My profile' }).click();
  await profile.getByRole('button', { name: 'Remove my picture' }).click();
  await profile.getByRole('button', { name: 'Done' }).click();
  await expect(portrait).toHaveCount(0);
});

test('of pictures of one’s own the one that was chosen last counts, whichever comes last @night', async ({ company }) => {
  const runa = await company.come();
  // Each upload waits until the test releases it.
  const doors: (() => void)[] = [];
  await runa.page.route('**/api/me/avatar', async (route) => {
    await new Promise<void>((resolve) => doors.push(resolve));
    await route.continue();
  });
  await runa.signInAs('Runa');
  await runa.myStatus().click();
  await runa.page.getByRole('menuitem', { name: 'My profile' }).click();
  const profile = runa.page.getByRole('dialog', { name: 'My profile' });
  const [use, cut] = [profile.getByRole('button', { name: 'Use this picture' }), profile.getByRole('img', { name: 'Your picture as others will see it' })];
  const [own, fox] = [profile.getByRole('radio', { name: 'My picture' }), profile.getByRole('radio', { name: 'Fox', exact: true })];
  const pick = async (name: string, grey: number): Promise<void> => {
    await attach(runa, [{ name, mimeType: 'image/png', buffer: photo(400, 300, grey) }], 'Upload a picture…');
    const middle = () => cut.evaluate((canvas) => (canvas as HTMLCanvasElement).getContext('2d')!.getImageData(96, 96, 1, 1).data[0]);
    await expect.poll(middle, `${name} is drawn`).toBe(grey);
    await expect(use).toBeEnabled();
  };
  const send = async (): Promise<void> => {
    const before = doors.length;
    await use.click();
    await expect.poll(() => doors.length).toBe(before + 1);
  };
  /** Releases an upload and waits until the page has handled its answer. */
  const letThrough = async (door: number): Promise<void> => {
    const answer = runa.page.waitForResponse('**/api/me/avatar');
    doors[door]!();
    await (await answer).finished();
    await runa.page.evaluate(async () => (await fetch('/api/config')).text());
  };

  // The person chooses a drawing while the upload is under way.
  await pick('a.png', 40);
  await send();
  await fox.click();
  await letThrough(0);
  await expect(use).toHaveCount(0);
  await expect(fox).toBeChecked();

  // Two uploads are under way, and the first one is answered last.
  await pick('b.png', 80);
  await send();
  await pick('c.png', 160);
  await send();
  await letThrough(2);
  await expect(use).toHaveCount(0);
  await expect(own).toBeChecked();
  const address = () => own.locator('img').getAttribute('src');
  const last = await address();
  await letThrough(1);
  expect(await address()).toBe(last);

  // An earlier upload is answered while the next picture is being cropped; the earlier choice still counts.
  await pick('d.png', 200);
  await send();
  await pick('e.png', 240);
  await letThrough(3);
  await expect(own).toBeChecked();
  await expect.poll(address).not.toBe(last);
  await expect(cut).toBeVisible();
  await expect(use).toBeEnabled();
});
