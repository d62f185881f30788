// A conversation of 2,000 messages (docs/decisions/0012-windowed-transcript.md): only few rows are in the document, and a reader cannot
// tell.

import type { Locator } from '@playwright/test';
import { fill } from '../harness/history.ts';
import { marker } from '../harness/ids.ts';
import { STORY_VARS, test as base, expect, type Person } from '../harness/people.ts';
import { Server } from '../harness/server.ts';
import { guest } from '../harness/session.ts';
import { FrameSocket } from '../harness/socket.ts';

const MESSAGES = 2_000;
/** Most rows and separators that may be in the document. */
const ROWS_MAX = 300;
const ROOM = 'Room';

const name = (n: number) => `row-${String(n).padStart(4, '0')}`;
/** Returns texts of different length and with different numbers of lines, so that neighbouring rows differ in height. */
const text = (n: number) => {
  const more = [' said', ` ${'and so on '.repeat(n % 29)}`, '\nsecond line\nthird line', ''][n % 4];
  return name(n) + more;
};

const test = base.extend<object, { server: Server }>({
  server: [
    async ({}, use) => {
      const server = await Server.start({ vars: { ...STORY_VARS, RATE_CHAT: '0', RATE_FRAME: '0', RATE_HISTORY: '0' } });
      await fill(server.base, ROOM.toLowerCase(), Array.from({ length: MESSAGES }, (_, n) => text(n)));
      await use(server);
      await server.stop();
    },
    { scope: 'worker', timeout: 120_000 },
  ],
});

interface Look {
  /** Tops of the visible rows by their names, measured from the top of the log. */
  tops: Record<string, number>;
  rows: number;
}

const measure = (log: Locator): Promise<Look> =>
  log.evaluate((log) => {
    const view = log.getBoundingClientRect();
    const tops: Record<string, number> = {};
    const rows = [...log.querySelectorAll('li')];
    for (const row of rows) {
      const { top, bottom } = row.getBoundingClientRect();
      const found = /row-\d{4}/.exec(row.textContent ?? '');
      if (found && bottom > view.top && top < view.bottom) tops[found[0]] = top - view.top;
    }
    return { tops, rows: rows.length };
  });

/** Scrolls by some pixels and waits for a few frames. */
const scrollBy = (log: Locator, px: number): Promise<void> =>
  log.evaluate(async (log, px) => {
    log.scrollTop += px;
    for (let n = 0; n < 3; n += 1) await new Promise((resolve) => requestAnimationFrame(resolve));
  }, px);

const gap = (log: Locator): Promise<number> => log.evaluate((log) => Math.round(log.scrollHeight - log.scrollTop - log.clientHeight));

/** Opens the conversation and waits until its log fills the view. */
async function opened(person: Person): Promise<Locator> {
  await person.open(ROOM);
  const log = person.log(ROOM);
  await expect(log.getByRole('listitem').last()).toBeInViewport();
  await expect.poll(async () => (await measure(log)).rows).toBeGreaterThan(40);
  return log;
}

/** Jumps to one of the first messages through the search, so that all later ones are loaded. */
async function searched(person: Person, n: number): Promise<Locator> {
  const box = person.page.getByRole('searchbox', { name: 'Search people and messages' });
  const result = person.contacts().getByRole('list', { name: 'Messages' }).getByRole('button', { name: name(n) });
  // The index is written after the messages, so the search is repeated.
  await expect(async () => {
    await box.fill(name(n));
    await box.press('Enter');
    await expect(result).toBeVisible({ timeout: 2_000 });
  }).toPass({ timeout: 60_000 });
  await result.click();
  const row = person.row(ROOM, name(n));
  await expect(row).toBeFocused({ timeout: 30_000 });
  await expect(row).toBeInViewport();
  return row;
}

test('scrolling up to the first message and down again: nothing jumps, and the document stays small @night', async ({ company }) => {
  test.setTimeout(240_000);
  const reader = await company.come();
  await reader.signInAsGuest('Reader');
  const log = await opened(reader);
  const first = reader.row(ROOM, name(0));
  let rows = 0;
  // Pages are loaded above while rows leave the document below.
  for (let n = 0; n < 60; n += 1) {
    const before = await measure(log);
    await scrollBy(log, -350);
    const after = await measure(log);
    rows = Math.max(rows, after.rows);
    const common = Object.keys(before.tops).filter((name) => name in after.tops);
    expect(common.length, `something stays in view at ${n}`).toBeGreaterThan(0);
    // A scroll may be cut short where the next page is not loaded yet.
    const moves = common.map((name) => after.tops[name]! - before.tops[name]!);
    for (const moved of moves) {
      expect(moved, `${common} at ${n}`).toBeGreaterThanOrEqual(-2);
      expect(moved, `${common} at ${n}`).toBeLessThanOrEqual(352);
      expect(Math.abs(moved - moves[0]!), 'all rows move alike').toBeLessThanOrEqual(1);
    }
  }
  // Long strides lead to the very first message.
  for (let n = 0; (await first.count()) === 0; n += 1) {
    expect(n, 'the first message is reached').toBeLessThan(400);
    await scrollBy(log, -100_000);
    rows = Math.max(rows, (await measure(log)).rows);
  }
  expect(rows).toBeLessThan(ROWS_MAX);

  // On the way down, rows move by exactly the scrolled distance.
  for (let n = 0; n < 40; n += 1) {
    const before = await measure(log);
    await scrollBy(log, 400);
    const after = await measure(log);
    const common = Object.keys(before.tops).filter((name) => name in after.tops);
    expect(common.length, `something stays in view at ${n}`).toBeGreaterThan(0);
    for (const name of common) expect(Math.abs(before.tops[name]! - after.tops[name]! - 400), `${name} at ${n}`).toBeLessThanOrEqual(2);
    expect(after.rows).toBeLessThan(ROWS_MAX);
  }

  // A new message arrives while the reader is far up. The visible place stays, and the pill reports the message and leads down.
  const late = await FrameSocket.joined(company.server.base, ROOM.toLowerCase(), await guest(company.server.base));
  const before = await measure(log);
  const words = `down there ${marker()}`;
  await late.say(words);
  await late.close();
  const pill = reader.button(/^1 new/);
  await expect(pill).toBeVisible();
  await expect(reader.row(ROOM, words)).toHaveCount(0);
  expect((await measure(log)).tops).toEqual(before.tops);
  await expect(log).toHaveAttribute('aria-live', 'off');
  await pill.click();
  await expect(reader.row(ROOM, words)).toBeInViewport();
  await expect(pill).toBeHidden();
  await expect(log).toHaveAttribute('aria-live', 'polite');
  expect((await measure(log)).rows).toBeLessThan(ROWS_MAX);
});

test('who says something far up in the log sees it; the keys of the log lead to its ends @night', async ({ company }) => {
  const person = await company.come();
  await person.signInAsGuest('Far Up');
  const log = await opened(person);
  await searched(person, 40);
  const mark = marker();
  await person.say(mark);
  await expect(person.row(ROOM, mark)).toBeInViewport();
  await expect.poll(() => gap(log)).toBeLessThanOrEqual(24);
  await expect(person.composer()).toBeFocused();
  // The key Home leads to the first loaded message, and earlier ones are loaded above it.
  await expect(async () => {
    await log.focus();
    await person.page.keyboard.press('Home');
    await expect(person.row(ROOM, name(0))).toBeFocused({ timeout: 1_000 });
  }).toPass({ timeout: 30_000 });
  await log.focus();
  await person.page.keyboard.press('End');
  await expect(person.row(ROOM, mark)).toBeInViewport();
  expect((await measure(log)).rows).toBeLessThan(ROWS_MAX);
});

test('whoever is at the end stays there; another width or size of letters leaves the place @night', async ({ company }) => {
  const reader = await company.come();
  await reader.signInAsGuest('Stayer');
  const { page } = reader;
  const log = await opened(reader);
  // Messages arrive one by one, and then more at once than the document holds around the view.
  const mark = marker();
  const speaker = await FrameSocket.joined(company.server.base, ROOM.toLowerCase(), await guest(company.server.base));
  for (let n = 0; n < 5; n += 1) {
    await speaker.say(`${mark} one ${n}`);
    await expect(reader.row(ROOM, `${mark} one ${n}`)).toBeInViewport();
    expect(await gap(log)).toBeLessThanOrEqual(1);
  }
  await speaker.close();
  await fill(company.server.base, ROOM.toLowerCase(), Array.from({ length: 130 }, (_, n) => `${mark} many ${n}.`));
  await expect(reader.row(ROOM, `${mark} many 129.`)).toBeInViewport();
  expect(await gap(log)).toBeLessThanOrEqual(1);
  expect((await measure(log)).rows).toBeLessThan(ROWS_MAX);
  await page.setViewportSize({ width: 1_000, height: 600 });
  await expect.poll(() => gap(log)).toBeLessThanOrEqual(1);
  await log.evaluate((log) => (log.style.fontSize = '22px'));
  await expect.poll(() => gap(log)).toBeLessThanOrEqual(1);
  await expect(reader.row(ROOM, `${mark} many 129.`)).toBeInViewport();

  // The first visible row keeps its place.
  for (let n = 0; n < 30; n += 1) await scrollBy(log, -300);
  const place = (row: string) =>
    log.evaluate((log, row) => {
      const found = [...log.querySelectorAll('li')].find((item) => item.textContent?.includes(row));
      return found ? found.getBoundingClientRect().top - log.getBoundingClientRect().top : Number.NaN;
    }, row);
  const changes: (() => Promise<unknown>)[] = [
    () => page.setViewportSize({ width: 1_280, height: 720 }),
    () => log.evaluate((log) => (log.style.fontSize = '13px')),
    () => page.setViewportSize({ width: 700, height: 720 }),
    () => log.evaluate((log) => (log.style.lineHeight = '2.5')),
  ];
  for (const [n, change] of changes.entries()) {
    const [[row, top]] = Object.entries((await measure(log)).tops) as [[string, number]];
    await change();
    // Browsers round positions to whole pixels.
    await expect.poll(async () => Math.abs((await place(row)) - top), `change ${n}`).toBeLessThanOrEqual(1);
  }
});

test('an old message is found, and the keys walk through all of them @night', async ({ company }) => {
  const reader = await company.come();
  await reader.signInAsGuest('Walker');
  const log = await opened(reader);
  const { page } = reader;
  await searched(reader, 12);
  expect((await measure(log)).rows).toBeLessThan(ROWS_MAX);
  const isAt = async (n: number) => {
    await expect(reader.row(ROOM, name(n))).toBeFocused();
    await expect(reader.row(ROOM, name(n))).toBeInViewport();
  };
  for (const n of [13, 14]) {
    await page.keyboard.press('ArrowDown');
    await isAt(n);
  }

  const last = log.getByRole('listitem').last();
  await page.keyboard.press('End');
  await expect(last).toBeFocused();
  await expect(last).toBeInViewport();
  await expect.poll(() => gap(log)).toBeLessThanOrEqual(24);
  await page.keyboard.press('ArrowDown');
  await expect(last).toBeFocused();
  await page.keyboard.press('Home');
  await isAt(0);
  await page.keyboard.press('ArrowUp');
  await isAt(0);
  // The keys walk beyond the rows that were in the document.
  for (let n = 1; n < 100; n += 1) {
    await page.keyboard.press('ArrowDown');
    await isAt(n);
  }
  for (let n = 98; n >= 30; n -= 1) {
    await page.keyboard.press('ArrowUp');
    await isAt(n);
  }

  // The focused row leaves the document, and the keys still belong to the log. From there, as from the text field, they lead to the newest
  // message.
  for (let n = 0; (await reader.row(ROOM, name(30)).count()) > 0; n += 1) {
    expect(n, 'it leaves').toBeLessThan(40);
    await scrollBy(log, 1_000);
  }
  await expect(log).toBeFocused();
  await page.keyboard.press('ArrowUp');
  await expect(last).toBeFocused();
  await expect(last).toBeInViewport();
  await page.keyboard.press('Home');
  await isAt(0);
  await page.keyboard.press('Escape');
  await expect(reader.composer()).toBeFocused();
  await page.keyboard.press('ArrowUp');
  await expect(last).toBeFocused();
  await expect(last).toBeInViewport();

  // A button does the same for the pointer.
  const way = reader.button('Jump to latest messages');
  await expect(way).toBeHidden();
  await page.keyboard.press('Home');
  await isAt(0);
  await way.click();
  await expect(last).toBeInViewport();
  await expect.poll(() => gap(log)).toBeLessThanOrEqual(1);
  await expect(way).toBeHidden();
  await expect(reader.composer()).toBeFocused();
});

test('who goes elsewhere while an old message is looked for is not led back to it @night', async ({ company }) => {
  const reader = await company.come();
  // Resolves when the old message has been loaded, wherever the reader is by then.
  const loaded = new Promise<void>((resolve) => {
    reader.page.on('websocket', (socket) =>
      socket.on('framereceived', ({ payload }) => {
        if (socket.url().includes('/room/room') && payload.includes(`"${name(40)} `)) resolve();
      }),
    );
  });
  await reader.signInAsGuest('Wanderer');
  await reader.open('Music');
  const log = await opened(reader);
  const tabs = reader.page.getByRole('navigation', { name: 'Open conversations' });
  const box = reader.page.getByRole('searchbox', { name: 'Search people and messages' });
  const result = reader.contacts().getByRole('list', { name: 'Messages' }).getByRole('button', { name: name(40) });
  await expect(async () => {
    await box.fill(name(40));
    await box.press('Enter');
    await expect(result).toBeVisible({ timeout: 2_000 });
  }).toPass({ timeout: 60_000 });
  // Both presses happen in one task: to the message, and away again.
  const elsewhere = await tabs.getByRole('button', { name: /^Music(,|$)/ }).elementHandle();
  await result.evaluate((result, elsewhere) => [result, elsewhere].forEach((one) => (one as HTMLElement).click()), elsewhere);
  await expect(reader.log('Music')).toBeVisible();
  await loaded;
  await tabs.getByRole('button', { name: new RegExp(`^${ROOM}(,|$)`) }).click();
  await expect(log.getByRole('listitem').last()).toBeInViewport();
  await expect.poll(() => gap(log)).toBeLessThanOrEqual(24);
  await expect(reader.row(ROOM, name(40))).toHaveCount(0);
  await expect(reader.composer()).toBeFocused();
});

test('writing does not touch the log, and what is selected stays', async ({ company }) => {
  const reader = await company.come();
  await reader.signInAsGuest('Writer');
  const log = await opened(reader);
  await searched(reader, 20);
  await log.evaluate((log) => {
    const touched: string[] = [];
    Object.assign(globalThis, { touched });
    const note = (changes: MutationRecord[]) => touched.push(...changes.map((change) => `${change.type} ${change.target.nodeName}`));
    new MutationObserver(note).observe(log, { attributes: true, characterData: true, childList: true, subtree: true });
  });
  await reader.composer().focus();
  // The actions of the last focused row disappear together with the focus.
  await expect.poll(() => log.evaluate(() => (globalThis as unknown as { touched: string[] }).touched.splice(0).length)).toBe(0);
  await reader.composer().pressSequentially('thirty words and none of them there');
  expect(await log.evaluate(() => (globalThis as unknown as { touched: string[] }).touched)).toEqual([]);

  // While the selection grows, rows from its start on stay in the document.
  const start = reader.row(ROOM, name(21));
  await start.evaluate((row) => getSelection()!.selectAllChildren(row));
  for (let n = 0; n < 20; n += 1) await scrollBy(log, 400);
  await expect(start).toHaveCount(1);
  await expect(start).not.toBeInViewport();
  await log.evaluate((log) => getSelection()!.extend([...log.querySelectorAll('li')].at(-1)!, 0));
  const copied = await log.evaluate(() => getSelection()!.toString());
  for (let n = 21; n < 100; n += 1) expect(copied).toContain(name(n));
  await log.evaluate(() => getSelection()!.removeAllRanges());
  await scrollBy(log, 400);
  await expect(start).toHaveCount(0);
  expect((await measure(log)).rows).toBeLessThan(ROWS_MAX);
});

test('on paper is everything that is loaded @night', async ({ company }) => {
  const reader = await company.come();
  await reader.signInAsGuest('Printer');
  const log = await opened(reader);
  const { page } = reader;
  const loaded = 600;
  await searched(reader, MESSAGES - loaded);
  const before = await measure(log);
  await page.evaluate(() => {
    addEventListener('beforeprint', () => {
      const rows = [...document.querySelectorAll('[role=log] li')].map((row) => /row-\d{4}/.exec(row.textContent ?? '')?.[0]);
      Object.assign(globalThis, { printed: rows.filter((row) => row !== undefined) });
    });
  });
  const paper = await page.pdf();
  const printed = await page.evaluate(() => (globalThis as unknown as { printed: string[] }).printed);
  const from = Number(printed[0]!.slice(4));
  expect(from).toBeLessThanOrEqual(MESSAGES - loaded);
  expect(printed).toEqual(Array.from({ length: MESSAGES - from }, (_, n) => name(from + n)));
  // A printed page has at most 70 lines.
  expect(paper.toString('latin1').match(/\/Type\s*\/Page\b/g)?.length ?? 0).toBeGreaterThan(loaded / 70);
  await expect.poll(async () => (await measure(log)).rows).toBeLessThan(ROWS_MAX);
  await expect.poll(async () => Object.keys((await measure(log)).tops)).toEqual(Object.keys(before.tops));
});
