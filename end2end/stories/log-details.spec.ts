// Details of the log (ux.md 2.1 to 2.4). The actions are where the pointer or the focus is, the focus is never lost, and the view stays at
// the end. Quotes load on their own, a jump ends, and read messages can be marked as unread.

import type { Locator } from '@playwright/test';
import { marker, uuidv7 } from '../harness/ids.ts';
import { action, strip as actions } from '../harness/message_actions.ts';
import { expect, test, type Person } from '../harness/people.ts';
import { guest } from '../harness/session.ts';
import { FrameSocket } from '../harness/socket.ts';
import { THEMES } from '../harness/themes.ts';

const gap = (log: Locator): Promise<number> => log.evaluate((log) => Math.round(log.scrollHeight - log.scrollTop - log.clientHeight));

/** Says something in a room and waits until it is stored. */
async function said(who: Person, room: string, words: string): Promise<Locator> {
  await who.say(words);
  const row = who.row(room, words);
  await expect(row).toContainText(/Sent|Delivered|Read/);
  return row;
}

test('the actions of a message are where the pointer or the focus is, and go with them @night', async ({ company }) => {
  const person = await company.come();
  await person.signInAsGuest('Visitor');
  await person.open('General');
  const { page } = person;
  const first = await said(person, 'General', marker());
  const second = await said(person, 'General', marker());

  await first.focus();
  await expect(actions(first)).toBeVisible();
  await page.keyboard.press('ArrowDown');
  await expect(second).toBeFocused();
  await expect(actions(second)).toBeVisible();
  await expect(actions(first)).toHaveCount(0);
  await person.composer().focus();
  await expect(actions(second)).toHaveCount(0);

  // A leaving pointer does not remove actions that have the focus.
  await first.hover();
  const [reply, more] = ['Reply', 'More actions'].map((name) => actions(first).getByRole('button', { name, exact: true })) as [Locator, Locator];
  await reply.focus();
  await person.composer().hover();
  await expect(reply).toBeFocused();
  // A dialog returns the focus to the button that opened it.
  await (await action(first, 'Forward')).click();
  await expect(page.getByRole('dialog', { name: 'Forward to' })).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(more).toBeFocused();
  await person.composer().hover();
  await person.composer().focus();
  await expect(actions(first)).toHaveCount(0);
});

test('the focus stays with the log when a message goes, for everyone or for oneself', async ({ company }) => {
  const person = await company.come();
  await person.signInAsGuest('Tidier');
  await person.open('General');
  const log = person.log('General');
  const first = await said(person, 'General', marker());
  const second = await said(person, 'General', marker());
  const third = await said(person, 'General', marker());
  // A deletion that is taken back deletes nothing.
  await third.focus();
  await (await action(third, 'Delete for everyone')).focus();
  await person.page.keyboard.press('Enter');
  await expect(third).toHaveCount(0);
  await person.button('Undo').click();
  await expect(third).toHaveCount(1);
  await expect(person.composer()).toBeFocused();

  await first.focus();
  await (await action(first, 'Delete for everyone')).focus();
  await person.page.keyboard.press('Enter');
  // A message that is deleted at once leaves nothing behind.
  await expect(first).toHaveCount(0);
  await expect(log).toBeFocused();

  await second.focus();
  await (await action(second, 'Delete for me')).focus();
  await person.page.keyboard.press('Enter');
  await expect(second).toHaveCount(0);
  await expect(person.button('Undo'), 'a deletion for oneself can be taken back as well').toBeVisible();
  await expect(log).toBeFocused();
  await person.page.keyboard.press('ArrowUp');
  await expect(third).toBeFocused();
});

test('whoever is at the end stays there when height and place of the log change in one frame @night', async ({ company }) => {
  const [reader, writer] = [await company.come({ viewport: { width: 1_000, height: 600 } }), await company.come()];
  await reader.signInAs('Tess');
  await writer.signInAs('Kofi');
  await reader.open('Kofi');
  await writer.open('Tess');
  for (let n = 0; n < 12; n += 1) await said(writer, 'Tess', `line ${n} to scroll`);
  const log = reader.log('Kofi');
  await expect.poll(() => gap(log)).toBeLessThanOrEqual(1);
  // The log becomes lower while it is scrolling, as with a second line in the text field.
  await log.evaluate(async (log) => {
    const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
    await frame();
    log.scrollTop -= 2;
    log.style.maxBlockSize = `${log.clientHeight - 120}px`;
    for (let n = 0; n < 3; n += 1) await frame();
  });
  await expect.poll(() => gap(log)).toBeLessThanOrEqual(1);
  // The log becomes higher and gets a new row. The browser's own scrolling must not count as scrolling by the reader.
  await log.evaluate((log) => {
    log.style.maxBlockSize = '';
    log.querySelector('ol')!.append(Object.assign(document.createElement('li'), { textContent: 'more', style: 'display:block;height:90px' }));
  });
  await expect.poll(() => gap(log)).toBeLessThanOrEqual(1);
  const words = marker();
  await said(writer, 'Tess', words);
  await expect(reader.row('Kofi', words)).toBeInViewport();
  // A reader who scrolls up stays there.
  await log.hover();
  await reader.page.mouse.wheel(0, -150);
  await expect.poll(() => gap(log)).toBeGreaterThan(100);
  await said(writer, 'Tess', marker());
  await expect(reader.button(/^1 new/)).toBeVisible();
  expect(await gap(log)).toBeGreaterThan(100);
});

test('a quote fills itself when what it quotes comes; a way that leads nowhere says so and waits for nothing @night', async ({ company }) => {
  const person = await company.come();
  await person.signInAsGuest('Quoted');
  await person.open('Music');
  const { server } = company;
  const speaker = await FrameSocket.joined(server.base, 'music', await guest(server.base));
  const [id, answer, question] = [uuidv7(), marker(), marker()];
  await speaker.say(`${answer} yes`, { replyTo: id });
  const quote = person.row('Music', answer).getByRole('button', { name: /An earlier message|:/ }).first();
  await expect(quote).toHaveAccessibleName('An earlier message');
  await quote.click();
  await expect(person.status('That message no longer exists.')).toBeVisible();
  await person.composer().focus();

  await speaker.say(`${question} did it? :)`, { id });
  await expect(quote).toContainText(`: ${question} did it?`);
  await expect(person.composer(), 'nobody waits for it any more').toBeFocused();
  await quote.click();
  await expect(person.row('Music', question).last()).toBeFocused();
  await speaker.close();
});

test('what was read is unread again from a message on, also after a reload, until it is opened @night', async ({ company }) => {
  const [mia, jonas] = [await company.come(), await company.come()];
  await mia.signInAs('Mia');
  await jonas.signInAs('Jonas');
  await mia.open('Jonas');
  await jonas.open('Mia');
  const lines = [marker(), marker(), marker()];
  for (const line of lines) await said(jonas, 'Mia', line);
  await expect(mia.row('Jonas', lines[2]!)).toHaveCount(1);
  const row = mia.row('Jonas', lines[1]!);
  await (await action(row, 'Mark unread from here')).click();

  const listed = (words: RegExp) => mia.contacts().getByRole('treeitem', { name: words }).first();
  await expect(listed(/^Jonas, .*2 unread/)).toBeVisible();
  await expect(mia.page).toHaveTitle(/^\(2\)/);
  await expect(listed(/^Jonas, /)).toBeFocused();
  // Neither a new connection nor the server's number undoes the mark.
  await mia.page.reload();
  await mia.isHome();
  await expect(listed(/^Jonas, .*2 unread/)).toBeVisible();
  await said(jonas, 'Mia', marker());
  await expect(listed(/^Jonas, .*3 unread/)).toBeVisible();

  await mia.open('Jonas');
  await expect(mia.log('Jonas').getByText('3 new', { exact: true })).toBeVisible();
  await expect(listed(/^Jonas, (?!.*unread)/)).toBeVisible();
  await expect(mia.page).toHaveTitle(/^(?!\()/);
  await mia.page.reload();
  await mia.isHome();
  await expect(mia.log('Jonas')).toBeVisible();
  await expect(listed(/^Jonas, (?!.*unread)/)).toBeVisible();
});

test('Escape leads from the field to the list, to the conversation in view @night', async ({ company }) => {
  const person = await company.come();
  await person.signInAsGuest('Jumper');
  await person.open('General');
  await person.composer().press('Escape');
  await expect(person.contact('General').first()).toBeFocused();
});

test('a line of the log that has the focus shows it in every theme, whatever kind it is @night', async ({ company }) => {
  const [mia, jonas] = [await company.come(), await company.come()];
  await mia.signInAs('Mia');
  await jonas.signInAs('Jonas');
  await mia.open('Jonas');
  await jonas.open('Mia');
  await said(mia, 'Jonas', marker());
  await jonas.button('Nudge').click();
  const nudge = mia.row('Jonas', 'Jonas nudged you.').last();
  await expect(nudge).toBeVisible();
  await mia.composer().press('Shift+F6');
  await mia.page.keyboard.press('ArrowUp');
  await expect(nudge).toBeFocused();
  for (const key of ['', 'ArrowUp']) {
    if (key) await mia.page.keyboard.press(key);
    for (const theme of THEMES) {
      const ring = await mia.page.evaluate((theme) => {
        document.documentElement.dataset['theme'] = theme;
        const { outlineStyle, outlineWidth, outlineColor } = getComputedStyle(document.activeElement!);
        return { kind: document.activeElement!.tagName, is: outlineStyle === 'solid' && parseFloat(outlineWidth) >= 2, outlineColor };
      }, theme);
      expect(ring, `${theme} ${key}`).toMatchObject({ kind: 'LI', is: true });
      expect(ring.outlineColor, theme).not.toMatch(/^rgba.*, 0\)$/);
    }
  }
});

test('the actions of every message in view are whole, in one line or in two of a phone, and over none of its words, whatever the width @night', async ({ company }) => {
  const person = await company.come({ viewport: { width: 1280, height: 600 } });
  await person.signInAsGuest('Top');
  await person.open('Music');
  for (let n = 0; n < 9; n += 1) await said(person, 'Music', `${n} ${marker()} ${'and some more words '.repeat(n)}`);
  const log = person.log('Music');
  const rows = log.getByRole('listitem').filter({ has: person.page.getByText(/Sent|Delivered|Read/) });
  const box = async (of: Locator) => (await of.boundingBox())!;
  for (const viewport of [{ width: 1280, height: 600 }, { width: 620, height: 540 }, { width: 390, height: 700 }, { width: 320, height: 640 }]) {
    await test.step(`${viewport.width} px`, async () => {
      await person.page.setViewportSize(viewport);
      await log.hover();
      await person.page.mouse.wheel(0, -40);
      await expect.poll(() => gap(log)).toBeGreaterThan(0);
      const view = await box(log);
      for (const row of await rows.all()) {
        const { x, y, height } = await box(row);
        // The pointer goes to the end of the row, which it reaches without scrolling; the first visible row is cut at its beginning.
        const at = y + height - 3;
        if (at < view.y + 2 || y > view.y + view.height - 4) continue;
        // The actions of another row may cover this one, so the pointer leaves first.
        await person.composer().hover();
        await person.page.mouse.move(x + 4, Math.min(at, view.y + view.height - 3));
        const strip = actions(row);
        await expect(strip).toBeVisible();
        const place = async () => {
          const one = await box(strip);
          const isIn = one.y >= view.y - 1 && one.y + one.height <= view.y + view.height + 1 && one.x >= view.x && one.x + one.width <= view.x + view.width;
          const isBeside = one.y + one.height <= y + 2 || one.y >= y + height - 2;
          return { isIn, isBeside, isLow: one.height <= (viewport.width < 600 ? 96 : 30) };
        };
        await expect.poll(place).toEqual({ isIn: true, isBeside: true, isLow: true });
      }
    });
  }
});
