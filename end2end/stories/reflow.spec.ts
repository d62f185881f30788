// Nothing is cut off, no word is broken, and nothing scrolls sideways: at 320 px, at 200 % zoom, with text at 200 %, and with wider spacing
// of lines, words and letters (WCAG 1.4.4, 1.4.10, 1.4.12). The checks cover sign-in, the list, a conversation, an open dialog and the
// privacy page.

import { expect, test, type Person } from '../harness/people.ts';

/** Names, which are broken into lines and not cut. In the list that holds for large letters. */
const NAMES = '.persona-name, .identity-who, .to-name, .fact > *';

/** Returns everything that is wider than the page, overflows it or its part of it, or has text cut; and words that are broken. */
async function cutOff(person: Person): Promise<string[]> {
  return person.page.evaluate((names) => {
    const found: string[] = [];
    const root = document.documentElement;
    const range = document.createRange();
    if (root.scrollWidth > root.clientWidth) found.push(`the page is ${root.scrollWidth} px wide in ${root.clientWidth}`);
    const name = (element: Element) => `<${element.tagName.toLowerCase()} class="${element.getAttribute('class') ?? ''}">${(element.textContent ?? '').trim().slice(0, 30)}`;
    const PARTS = ['banner', 'navigation', 'main', 'complementary', 'dialog'].map((role) => `[role="${role}"]`).join() + ',header,nav,main,aside,dialog';
    const isHiddenOnPurpose = (element: Element) => element.closest('.visually-hidden, [data-grouped] > .msg-head, .skip-link, .sprite, [aria-hidden="true"], noscript, script') !== null;
    for (const element of document.body.querySelectorAll<HTMLElement>('*')) {
      if (!element.checkVisibility({ visibilityProperty: true }) || isHiddenOnPurpose(element)) continue;
      const style = getComputedStyle(element);
      // A name that ends in an ellipsis reaches as far as the element that cuts it.
      const box = (element.closest('.clip') ?? element).getBoundingClientRect();
      if (box.width < 2 || box.height < 2) continue;
      const ownText = [...element.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.textContent!.trim() !== '');
      const isControl = element.matches('button, a, input, select, textarea');
      if ((ownText || isControl) && (box.left < -1 || box.right > root.clientWidth + 1)) found.push(`out of the page: ${name(element)}`);
      const part = element.closest(PARTS)?.getBoundingClientRect();
      if (isControl && part && (box.left < part.left - 1 || box.right > part.right + 1)) found.push(`out of its part of the page: ${name(element)}`);
      const cuts = /hidden|clip/.test(style.overflowY);
      if (cuts && ownText && element.scrollHeight > element.clientHeight + 3) found.push(`cut below: ${name(element)}`);
      if (element instanceof HTMLButtonElement && element.textContent.trim() !== '' && style.overflowY !== 'auto') {
        // The space around a small button that takes presses (`::after`) is no text, so the text itself is measured there.
        const isWidened = getComputedStyle(element, '::after').position === 'absolute';
        range.selectNodeContents(element);
        const isBelow = isWidened ? range.getBoundingClientRect().bottom > box.bottom + 3 : element.scrollHeight > element.clientHeight + 3;
        if (isBelow) found.push(`text out of its button: ${name(element)}`);
      }
    }
    const isLarge = parseFloat(getComputedStyle(root).fontSize) >= 32;
    for (const element of document.body.querySelectorAll(isLarge ? `.row-name, ${names}` : names)) {
      let around: Element | null = element;
      while (around && !/hidden|clip/.test(getComputedStyle(around).overflowX)) around = around.parentElement;
      if (!around || !element.checkVisibility({ visibilityProperty: true }) || /\S{25,}/u.test(element.textContent ?? '')) continue;
      range.selectNodeContents(element);
      if (range.getBoundingClientRect().right > around.getBoundingClientRect().right + 1) found.push(`cut at its end: ${name(element)}`);
    }
    // Code, addresses and words of more than 24 letters may be broken anywhere. Toasts come and go.
    const SKIPPED = '.visually-hidden, [data-grouped] > .msg-head, .skip-link, .toasts, noscript, script, code, pre, a, textarea, select';
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let text = texts.nextNode(); text; text = texts.nextNode()) {
      const element = text.parentElement!;
      if (!element.checkVisibility({ visibilityProperty: true }) || element.closest(SKIPPED)) continue;
      for (const match of text.textContent!.matchAll(/(?<!\S)\p{P}*(\p{L}{1,24})\p{P}*(?!\S)/gu)) {
        const word = match[1]!;
        const from = match.index! + match[0]!.indexOf(word);
        range.setStart(text, from);
        range.setEnd(text, from + word.length);
        const lines = new Set([...range.getClientRects()].filter(({ width }) => width > 0).map(({ top }) => Math.round(top)));
        if (lines.size > 1) found.push(`broken: ${word} in ${name(element)}`);
      }
    }
    return found;
  }, NAMES);
}

async function isWhole(person: Person, where: string): Promise<void> {
  expect.soft(await cutOff(person), where).toEqual([]);
}

/** Applies the text spacing that readers may need. A script does it, because the policy of the page forbids style elements. */
function space(): void {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync('* { line-height: 1.5 !important; letter-spacing: .12em !important; word-spacing: .16em !important } p { margin-block-end: 2em !important }');
  document.adoptedStyleSheets = [sheet];
}

/** Time for which a person without sockets still counts as present (messenger.md 5.4). */
const PRESENCE_GRACE_MS = 10_000;

interface Sight {
  name: string;
  viewport: { width: number; height: number };
  percent?: string;
  isSpaced?: boolean;
}

const SIGHTS: Sight[] = [
  { name: '320 px', viewport: { width: 320, height: 640 } },
  { name: '200 % zoom of 1280 px', viewport: { width: 640, height: 400 } },
  { name: 'text at 200 %', viewport: { width: 1280, height: 800 }, percent: '200' },
  { name: 'text at 200 % on a phone', viewport: { width: 390, height: 844 }, percent: '200' },
  { name: 'more room in texts', viewport: { width: 1280, height: 800 }, isSpaced: true },
  { name: 'more room in texts on a phone', viewport: { width: 390, height: 844 }, isSpaced: true },
];

/** Opens a page under these conditions. */
async function see({ page, context, base }: Person, path: string, { viewport, percent = '', isSpaced = false }: Sight): Promise<void> {
  await page.setViewportSize(viewport);
  await context.addCookies([{ name: 'cfm-look', value: `...${percent}`, url: base }]);
  await page.goto(`${base}${path}`);
  if (isSpaced) await page.evaluate(space);
}

test('whole at 320 px, at 200 % zoom, with text at 200 % and with more room in texts, at a desk and on a phone @night', async ({ company }) => {
  const [farah, guest] = [await company.come(), await company.come()];
  for (const view of SIGHTS) {
    await see(farah, '/privacy', view);
    await expect(farah.page.getByRole('heading', { name: 'Privacy', level: 1 })).toBeVisible();
    await isWhole(farah, `privacy, ${view.name}`);
    await see(farah, '/sign-in', view);
    await expect(farah.signInButton()).toBeVisible();
    await isWhole(farah, `sign-in, ${view.name}`);
  }
  await guest.signInAsGuest('W'.repeat(30));
  await guest.open('General');
  for (const line of ['of somebody with a wide name', 'and the second of a group']) await guest.say(line);
  await isWhole(guest, 'somebody with a wide name');
  await farah.signInAs('Farah');
  for (const view of SIGHTS) {
    await test.step(view.name, async () => {
      await see(farah, '/app', view);
      await farah.isAlive();
      // The last open conversation opens again, and covers the list on a narrow page.
      const back = farah.button('Back to contacts');
      await expect(farah.contacts().or(back).first()).toBeVisible();
      if (await back.isVisible()) await back.click();
      await expect(farah.contacts()).toBeVisible();
      if (view.percent) expect(await farah.page.evaluate(() => getComputedStyle(document.documentElement).fontSize)).toBe('32px');
      await isWhole(farah, `list, ${view.name}`);
      await farah.button('Settings').click();
      await expect(farah.page.getByRole('dialog', { name: 'Settings' })).toBeVisible();
      await isWhole(farah, `dialog, ${view.name}`);
      await farah.page.keyboard.press('Escape');
      if (view.viewport.width >= 1280) {
        // A wide page has the facts about a person beside the log.
        await farah.open('Aylin');
        await expect(farah.page.locator('.fact').filter({ visible: true }).first()).toBeVisible();
        await isWhole(farah, `person, ${view.name}`);
      }
      await farah.open('General');
      const line = `a line that is long enough to be broken wherever the page is narrow, at ${view.name}`;
      await farah.say(line);
      // People who left a moment ago still count, so the check waits until the server drops them.
      await expect(farah.row('General', line).last()).toContainText(/Delivered|Read/, { timeout: PRESENCE_GRACE_MS + 10_000 });
      await isWhole(farah, `conversation, ${view.name}`);
    });
  }
});

test('the size of text is a setting: at once, and on the next page before its first frame', async ({ company }) => {
  const farah = await company.come();
  await farah.signInAs('Farah');
  const size = () => farah.page.evaluate(() => parseFloat(getComputedStyle(document.documentElement).fontSize));
  await farah.button('Settings').click();
  const slider = farah.page.getByRole('slider', { name: 'Text size' });
  await expect(slider).toHaveValue('100');
  await slider.focus();
  await farah.page.keyboard.press('End');
  await expect(slider).toHaveAttribute('aria-valuetext', '200%');
  expect(await size()).toBe(32);
  await farah.page.keyboard.press('Home');
  await expect(slider).toHaveAttribute('aria-valuetext', '90%');
  expect(await size()).toBeCloseTo(14.4);
  await expect.poll(async () => (await farah.context.cookies()).find(({ name }) => name === 'cfm-look')?.value).toMatch(/\.90(\.|$)/);
  await farah.page.goto(`${farah.base}/privacy`);
  expect(await size()).toBeCloseTo(14.4);
});

test('a low page gives at least 40 % of its height to the log, at every width', async ({ company }) => {
  const farah = await company.come({ viewport: { width: 740, height: 360 } });
  await farah.signInAs('Farah');
  await expect(farah.contacts()).toBeVisible();
  await farah.open('General');
  await expect(farah.composer()).toBeVisible();
  const logHeight = async () => (await farah.page.getByRole('log').boundingBox())!.height;
  const before = await logHeight();
  await farah.say('low, and still to be read');
  await expect(farah.button('Undo')).toBeVisible();
  expect(await logHeight(), 'taking back moves nothing in the log').toBe(before);
  for (const [width, height] of [[640, 320], [740, 360], [844, 390], [640, 360], [683, 384]] as const) {
    await farah.page.setViewportSize({ width, height });
    const log = await farah.page.getByRole('log').boundingBox();
    expect.soft(log!.height / height, `${width} × ${height}`).toBeGreaterThanOrEqual(0.4);
    await expect(farah.composer()).toBeInViewport({ ratio: 1 });
    await isWhole(farah, `conversation, ${width} × ${height}`);
    await farah.button('Back to contacts').click();
    await isWhole(farah, `list, ${width} × ${height}`);
    await farah.open('General');
  }
});
