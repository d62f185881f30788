// The gallery: every pose opens by its address, in every theme without a finding of axe, and in both languages. All knobs are in the
// address. The theme lab changes tokens of the framed page and reports the contrast.

import type { Page } from '@playwright/test';
import { violations } from '../harness/clean.ts';
import { LANGUAGES } from '../harness/languages.ts';
import { clipboardText, expect, test } from '../harness/people.ts';
import { CORE, DESK_ONLY, openStory, STORY_SIGNS } from '../harness/gallery.ts';
import { Server } from '../harness/server.ts';
import { THEMES } from '../harness/themes.ts';

test.describe.configure({ mode: 'parallel' });

/** Poses with a toast or menu that covers part of a target and leaves less than 24 px of it. */
const COVERED = ['status-menu', 'toasts'];

/** Returns the findings of axe, whatever their severity. */
const findings = (page: Page, pose = ''): Promise<string[]> =>
  // The rule `target-size` is off by default in axe: a pointer target has 24 × 24 px, or as much space around it (WCAG 2.5.8).
  violations(page, { rules: { 'target-size': { enabled: !COVERED.includes(pose) } } });

const names = Object.keys(STORY_SIGNS);
/** Poses of the gate in one theme, and all poses in all themes for the nightly run. */
const PARTS = [{ poses: CORE, themes: ['azure'], tag: '' }, { poses: names, themes: THEMES, tag: ' @night' }];
/** Number of poses in one test. */
const PORTION = 20;
for (const { poses: part, themes, tag } of PARTS) {
  for (let first = 0; first < part.length; first += PORTION) {
    const poses = part.slice(first, first + PORTION);
    test(`poses from ${poses[0]} to ${poses.at(-1)}: there, and clean in ${themes.join(', ')}${tag}`, async ({ company }) => {
      test.setTimeout(900_000);
      // A dialog that calls the server is refused without a session, and the browser logs that.
      const { page, base } = await company.come({ outage: true, reducedMotion: 'reduce' });
      for (const pose of poses) {
        await openStory(page, base, pose, 'theme=azure&motion=none');
        for (const theme of themes) {
          await page.evaluate((name) => document.documentElement.setAttribute('data-theme', name), theme);
          expect.soft(await findings(page, pose), `${pose} in ${theme}`).toEqual([]);
        }
      }
    });
  }
}

/** Returns the touch targets that are smaller than 44 px (`ux.md` 2.2), including the space around them that takes presses. */
const smallTargets = (): string[] => {
  const [least, slack] = [44, 1];
  const roles = ['button', 'menuitem', 'menuitemradio', 'menuitemcheckbox', 'option', 'tab', 'switch', 'treeitem', 'radio', 'slider'];
  const pressed = ['a[href]', 'button', 'input:not([type=hidden])', 'select', 'textarea', 'summary', ...roles.map((role) => `[role=${role}]`)];
  return [...document.querySelectorAll<HTMLElement>(pressed.join(','))].flatMap((element) => {
    const label = (element as HTMLInputElement).labels?.[0];
    const boxes = [element, ...(label ? [label] : [])].map((one) => one.getBoundingClientRect());
    const box = boxes.toSorted((a, b) => b.width * b.height - a.width * a.height)[0]!;
    const [x, y, reach] = [box.x + box.width / 2, box.y + box.height / 2, least / 2 - slack];
    const takes = (left: number, top: number): boolean => {
      const at = document.elementFromPoint(left, top);
      return at !== null && (element.contains(at) || label?.contains(at) === true);
    };
    // An element that is covered, out of view, or a link within a sentence is no target of its own.
    const isTarget = element.checkVisibility({ opacityProperty: true, visibilityProperty: true }) && takes(x, y);
    if (!isTarget || (element.tagName === 'A' && getComputedStyle(element).display === 'inline')) return [];
    const isLarge = boxes.some(({ width, height }) => Math.min(width, height) >= least - slack) || [[-reach, 0], [reach, 0], [0, -reach], [0, reach]].every(([across, down]) => takes(x + across!, y + down!));
    const name = element.getAttribute('aria-label') ?? element.textContent;
    return isLarge ? [] : [`${Math.round(box.width)} × ${Math.round(box.height)} ${name.trim().slice(0, 40)}`];
  });
};

/** Poses with smaller targets: sixteen inks in two rows, 41 px wide. */
const NARROWER = ['font'];

test('every pose is there on a phone, too, and a finger meets what it presses @night', async ({ company }) => {
  test.setTimeout(600_000);
  const phone = { viewport: { width: 390, height: 700 }, hasTouch: true, isMobile: true };
  const { page, base } = await company.come({ outage: true, reducedMotion: 'reduce', ...phone });
  for (const pose of names.filter((name) => !DESK_ONLY.includes(name))) {
    await openStory(page, base, pose, 'theme=azure&motion=none');
    if (!NARROWER.includes(pose)) await expect.poll(() => page.evaluate(smallTargets), pose).toEqual([]);
  }
});

test('whatever the width, three toasts are whole, each with the time that it has left @night', async ({ company }) => {
  const { page, base } = await company.come({ outage: true, reducedMotion: 'reduce' });
  for (const width of [600, 700, 800, 1000, 1280]) {
    await page.setViewportSize({ width, height: 640 });
    await openStory(page, base, 'toasts', 'theme=azure&motion=none');
    const toasts = page.locator('.toast');
    await expect(toasts).toHaveCount(3);
    for (const toast of await toasts.all()) {
      // The style sheet arrives with the rest of the page.
      await expect.poll(async () => (await toast.boundingBox())!.width, `at ${width} px`).toBe(204);
      await expect(toast, `at ${width} px`).toBeInViewport({ ratio: 1 });
      await expect(toast.locator('.toast-left'), `at ${width} px`).toBeVisible();
    }
  }
});

test('a conversation says since when somebody is a contact, as each language writes it @night', async ({ company }) => {
  const { page, base } = await company.come({ outage: true, reducedMotion: 'reduce', timezoneId: 'UTC' });
  for (const [lang, date] of [['en', '6 May 2024'], ['de', '6. Mai 2024']]) {
    await page.goto(`${base}/gallery/online?theme=azure&motion=none&lang=${lang}`);
    await expect(page.getByRole('complementary').getByRole('definition').filter({ hasText: date! })).toBeVisible();
  }
});

test('that a program rests, and until when, is said in each language @night', async ({ company }) => {
  const { page, base } = await company.come({ outage: true, reducedMotion: 'reduce', timezoneId: 'Europe/Berlin' });
  const words = {
    en: ['Nova has reached today’s limit and will be back at 01:00.', 'Nova has reached today’s limit.', 'Nova, Bot, limit reached', 'Bot, scripted'],
    de: ['Nova hat das Tageslimit erreicht und ist ab 01:00 Uhr wieder da.', 'Nova hat das Tageslimit erreicht.', 'Nova, Bot, Tageslimit erreicht', 'Bot, nach Drehbuch'],
  };
  for (const [lang, [bar, line, row, mark]] of Object.entries(words)) {
    await page.goto(`${base}/gallery/bot-asleep?theme=azure&motion=none&lang=${lang}`);
    await expect(page.getByText(bar!, { exact: true })).toBeVisible();
    await expect(page.getByRole('log').getByText(line!, { exact: true })).toBeVisible();
    await expect(page.getByRole('treeitem', { name: new RegExp(`^${row}, `) })).toBeVisible();
    await expect(page.getByRole('log').getByText(mark!, { exact: true })).toBeVisible();
  }
});

test('the own picture is cut in every theme and language, and each slider moves what is drawn @night', async ({ company }) => {
  const { page, base } = await company.come({ outage: true, reducedMotion: 'reduce' });
  const drawn = () => page.locator('canvas').evaluate((canvas: HTMLCanvasElement) => canvas.toDataURL());
  const blank = () => page.evaluate(() => Object.assign(document.createElement('canvas'), { width: 192, height: 192 }).toDataURL());
  for (const lang of [...LANGUAGES, 'xx']) {
    for (const theme of THEMES) {
      await page.goto(`${base}/gallery/own-picture?theme=${theme}&motion=none&lang=${lang}`);
      await expect(page.getByRole('slider'), `${theme} ${lang}`).toHaveCount(3);
      await expect.poll(drawn, `${theme} ${lang}`).not.toBe(await blank());
    }
  }
  for (const [at, key] of [[0, 'ArrowRight'], [1, 'Home'], [2, 'End']] as const) {
    const before = await drawn();
    await page.getByRole('slider').nth(at).press(key);
    await expect.poll(drawn).not.toBe(before);
  }
});

/** Poses in which something lies over the page. */
const OVER_THE_PAGE = ['winks', 'emoticons', 'font', 'options', 'person-menu', 'status-menu', 'card', 'forward', 'reactions', 'find-rooms', 'new-group', 'profile', 'handle', 'own-picture', 'person', 'own-emoticons', 'moderate', 'moderate-person', 'moderate-room', 'account'];
const OVER = 'dialog[open], [role="dialog"], [role="menu"], .picker, .winks, .options';

test('whatever the width, and on a low page, what opens over the page lies within it, and nothing in it is wider than it is @night', async ({ company }) => {
  const { page, base } = await company.come({ outage: true, reducedMotion: 'reduce' });
  for (const pose of OVER_THE_PAGE) {
    await page.setViewportSize({ width: 1024, height: 760 });
    // German has the longest words of our languages.
    await page.goto(`${base}/gallery/${pose}?theme=azure&motion=none&lang=de`, { waitUntil: 'networkidle' });
    for (const [width, height] of [[1024, 760], [768, 760], [600, 760], [390, 760], [640, 360]] as const) {
      await page.setViewportSize({ width, height });
      await expect(page.locator(OVER), `${pose} at ${width} × ${height} px`).not.toHaveCount(0);
      const out = await page.evaluate(async (over) => {
        await new Promise((painted) => requestAnimationFrame(() => requestAnimationFrame(painted)));
        return [...document.querySelectorAll<HTMLElement>(over)]
          .filter((part) => part.checkVisibility())
          .flatMap((part) => [part, ...part.querySelectorAll<HTMLElement>('button, input, img, select')].map((each) => ({ each, part })))
          .filter(({ each, part }) => {
            const { left, right, top, bottom, width } = each.getBoundingClientRect();
            const within = part.getBoundingClientRect();
            // What a dialog contains may be scrolled to.
            if (each.matches('dialog') && (top < -1 || bottom > innerHeight + 1)) return true;
            return width > 1 && (left < -1 || right > innerWidth + 1 || left < within.left - 1 || right > within.right + 1);
          })
          .map(({ each }) => `${each.tagName} ${each.className} ${each.getAttribute('aria-label') ?? each.textContent}`.slice(0, 80));
      }, OVER);
      expect.soft(out, `${pose} at ${width} × ${height} px`).toEqual([]);
    }
  }
});

// German is a third longer than English, and other languages are longer still.
const LONG = [['German', 'de', 1], ['words that are 40 % longer', 'en', 1.4], ['texts that are 40 % longer', 'xx', 1]] as const;
for (const [name, lang, longer] of LONG) {
  test(`no word runs out of its button: ${name} @night`, async ({ company }) => {
    const { page, base } = await company.come({ outage: true, reducedMotion: 'reduce' });
    for (const width of [390, 620, 1280]) {
      await page.setViewportSize({ width, height: 800 });
      for (const pose of ['list', 'arranged', 'requests', 'conversation', 'cooling', 'tabs', 'status-menu', 'settings']) {
        await page.goto(`${base}/gallery/${pose}?theme=azure&motion=none&lang=${lang}`, { waitUntil: 'networkidle' });
        const out = await page.evaluate((longer) => {
          const found: string[] = [];
          for (const button of document.querySelectorAll<HTMLElement>('button')) {
            if (!button.checkVisibility() || button.closest('[aria-hidden="true"]')) continue;
            const texts = document.createTreeWalker(button, NodeFilter.SHOW_TEXT);
            for (let text = texts.nextNode(); text; text = texts.nextNode()) {
              const words = text.textContent ?? '';
              if (longer > 1) text.textContent = words + 'n'.repeat(Math.ceil(words.trim().length * (longer - 1)));
            }
            const box = button.getBoundingClientRect();
            const isClipped = (node: Node): boolean => {
              for (let at = node.parentElement; at && at !== button.parentElement; at = at.parentElement) {
                if (getComputedStyle(at).overflowX !== 'visible') return true;
              }
              return false;
            };
            texts.currentNode = button;
            for (let text = texts.nextNode(); text; text = texts.nextNode()) {
              const range = document.createRange();
              range.selectNodeContents(text);
              const { left, right, width } = range.getBoundingClientRect();
              if (width > 1 && !isClipped(text) && (left < box.left - 1 || right > box.right + 1)) found.push(`${text.textContent} in ${button.className}`);
            }
          }
          if (document.documentElement.scrollWidth > document.documentElement.clientWidth) found.push('the page scrolls sideways');
          return found;
        }, longer);
        expect.soft(out, `${pose} at ${width} px`).toEqual([]);
      }
    }
  });
}

test('all knobs are in the address, and the tree leads to every pose @night', async ({ company }) => {
  const { page, base } = await company.come({ viewport: { width: 1700, height: 900 } });
  await page.goto(`${base}/gallery`);
  const tree = page.getByRole('navigation', { name: 'poses' });
  await expect(tree.getByRole('link')).toHaveText([...names, 'themes', 'overview']);
  // Each choice keeps the earlier ones.
  await page.getByRole('link', { name: 'theme glass', exact: true }).click();
  await page.getByRole('link', { name: 'lang de', exact: true }).click();
  await page.getByRole('link', { name: 'density large', exact: true }).click();
  await page.getByRole('link', { name: 'motion none', exact: true }).click();
  await page.getByRole('link', { name: 'text 150', exact: true }).click();
  await page.getByRole('link', { name: 'width 1280', exact: true }).click();
  await tree.getByRole('link', { name: 'typing', exact: true }).click();
  expect(Object.fromEntries(new URL(page.url()).searchParams)).toEqual({
    pose: 'typing', theme: 'glass', lang: 'de', density: 'large', motion: 'none', text: '150', width: '1280',
  });
  await expect(tree.getByRole('link', { name: 'typing', exact: true })).toHaveAttribute('aria-current', 'true');
  const frame = page.frameLocator('iframe[title="typing"]');
  await expect(frame.getByText('Jonas tippt …')).toBeVisible();
  await expect(frame.locator('html')).toHaveAttribute('data-theme', 'glass');
  await expect(frame.locator('html')).toHaveAttribute('data-motion', 'none');
  expect(await frame.locator('html').evaluate((root) => [root.clientWidth, getComputedStyle(root).fontSize])).toEqual([1280, '24px']);
  await expect(frame.locator('[data-density]').first()).toHaveAttribute('data-density', 'large');
  expect(await findings(page)).toEqual([]);
  // The filter leaves some poses in the tree, and of the thumbnails those alone.
  await tree.getByRole('link', { name: 'overview', exact: true }).click();
  await tree.getByRole('searchbox', { name: 'filter poses' }).fill('toas');
  const left = names.filter((name) => name.includes('toas'));
  await expect(tree.getByRole('link')).toHaveText(left);
  await expect(page.locator('.gallery-overview iframe:visible')).toHaveCount(left.length);
  await expect(page.frameLocator(`iframe[title="${left[0]}"]`).locator('html')).toHaveAttribute('data-theme', 'glass');
});

test('at the narrowest docked width no word under the list and no tab of the emoticons gives way, in every language @night', async ({ company }) => {
  const { page, base } = await company.come({ viewport: { width: 600, height: 540 } });
  for (const lang of LANGUAGES) {
    await page.goto(`${base}/gallery/emoticons?theme=azure&motion=none&lang=${lang}`, { waitUntil: 'networkidle' });
    const words = page.locator('.list-foot .clip');
    await expect(words).toHaveCount(2);
    expect(await words.evaluateAll((all) => all.filter((one) => one.scrollWidth > one.clientWidth).map((one) => one.textContent)), lang).toEqual([]);
    const tops = await page.locator('.picker-tabs').getByRole('tab').evaluateAll((all) => all.map((one) => one.getBoundingClientRect().top));
    expect(tops).toHaveLength(5);
    expect(new Set(tops).size, lang).toBe(1);
  }
});

test('a language that is nobody’s shows which words are texts, and is said to be English @night', async ({ company }) => {
  const { page, base } = await company.come();
  await page.goto(`${base}/gallery/conversation?theme=azure&lang=xx`);
  await expect(page.getByRole('log', { name: /^Cónvérsátíón wíth Jonas lorem/ })).toContainText('Bring the cake');
  await expect(page.getByRole('button', { name: /^Sénd/ })).toBeVisible();
  await expect(page.locator('html')).toHaveAttribute('lang', 'en');
});

test('the pages of the server are posed without a script, as the knobs say @night', async ({ company }) => {
  const { page, base } = await company.come({ viewport: { width: 1700, height: 900 } });
  await page.goto(`${base}/gallery/new-account-refused?theme=glass&lang=de&motion=none&text=150`);
  await expect(page.getByRole('alert')).toContainText('Passwort');
  await expect(page.getByRole('button', { name: 'Konto erstellen' })).toBeVisible();
  await expect(page.locator('html')).toHaveAttribute('data-theme', 'glass');
  await expect(page.locator('html')).toHaveAttribute('data-motion', 'none');
  expect(await page.evaluate(() => getComputedStyle(document.documentElement).fontSize)).toBe('24px');
  await expect(page.locator('script[type=module]')).toHaveCount(0);
  // The same holds in the frame, whatever settings this device has stored.
  await page.evaluate(() => localStorage.setItem('cfm-settings', JSON.stringify({ theme: 'modern' })));
  await page.goto(`${base}/gallery?pose=sign-in-taken&theme=contrast`);
  const frame = page.frameLocator('iframe[title="sign-in-taken"]');
  await expect(frame.getByRole('radio', { name: /^Mia/ })).toBeChecked();
  await expect(frame.locator('html')).toHaveAttribute('data-theme', 'contrast');
  // A pose stores nothing, so the page itself is unchanged.
  await page.goto(`${base}/sign-in`);
  await expect(page.locator('html')).toHaveAttribute('lang', 'en');
});

test('a pose alone says everything in its address @night', async ({ company }) => {
  const { page, base } = await company.come();
  await page.goto(`${base}/gallery/conversation?theme=modern-dark&lang=de&text=150&motion=none`);
  await expect(page.getByRole('log', { name: 'Chat mit Jonas' })).toContainText('Nicht gesendet');
  await expect(page.locator('html')).toHaveAttribute('data-motion', 'none');
  await expect(page.locator('html')).toHaveAttribute('lang', 'de');
  expect(await page.evaluate(() => getComputedStyle(document.documentElement).fontSize)).toBe('24px');
});

test('every pair of ink and ground is legible in every theme', async ({ company }) => {
  const { page, base } = await company.come();
  for (const theme of THEMES) {
    await test.step(theme, async () => {
      await page.goto(`${base}/gallery?pose=themes&theme=${theme}&width=600`);
      const rows = page.getByRole('region', { name: 'contrast' }).getByRole('row');
      await expect(rows.nth(1)).toContainText('ink on pane');
      const all = (await rows.allInnerTexts()).slice(1).map((row) => row.split('\t'));
      expect(all.length).toBeGreaterThan(60);
      expect(all.filter(([, ratio, least, state]) => !(Number(ratio) >= Number(least)) || state !== 'passes')).toEqual([]);
      expect(new Set(all.map(([, , least]) => least))).toEqual(new Set(['4.5', '3']));
    });
  }
});

test('the theme lab: another value is on the framed page and in the table at once, is copied, kept and sent @night', async ({ company }) => {
  const { page, base, context } = await company.come({ viewport: { width: 1500, height: 900 } });
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  // The lab also has an address of its own.
  await page.goto(`${base}/gallery/themes`);
  await expect(page.getByRole('heading', { name: 'themes' })).toBeVisible();
  await expect(page.frameLocator('iframe').getByRole('log')).toBeVisible();
  const lab = `${base}/gallery?pose=themes&theme=azure&width=600`;
  await page.goto(lab);
  const pair = page.getByRole('row', { name: /^ink on pane / });
  // The specification gives the contrast of ink on white as 15.7.
  await expect(pair).toContainText('15.7');
  const frame = page.frameLocator('iframe');
  const ground = () => frame.getByRole('log').evaluate((log) => getComputedStyle(log.parentElement!).backgroundColor);
  await expect(frame.getByRole('log')).toBeVisible();
  const before = await ground();
  const pane = page.getByRole('textbox', { name: '--pane', exact: true });
  await pane.fill('#2b3a55');
  await pane.press('Enter');
  await expect(pair).toContainText('fails');
  await expect.poll(ground).toBe('rgb(43, 58, 85)');
  expect(before).not.toBe('rgb(43, 58, 85)');
  // The copied text has the form of a theme's file.
  await page.getByRole('button', { name: 'copy as CSS' }).click();
  await expect.poll(() => clipboardText(page)).toBe('[data-theme="azure"] {\n  --pane: #2b3a55;\n}');
  // The shared address carries the change to another person.
  await page.getByRole('button', { name: 'share' }).click();
  await expect(page).toHaveURL(/#pane=%232b3a55/);
  const sent = page.url();
  const other = await company.come();
  await other.page.goto(sent);
  await expect(other.page.getByRole('row', { name: /^ink on pane / })).toContainText('fails');
  // This device keeps the change until it is forgotten.
  await page.getByRole('button', { name: 'keep' }).click();
  await page.goto('about:blank');
  await page.goto(lab);
  await expect(pair).toContainText('fails');
  await page.getByRole('button', { name: 'forget' }).click();
  await expect(pair).toContainText('15.7');
  await page.goto('about:blank');
  await page.goto(lab);
  await expect(pair).toContainText('passes');
  expect(await findings(page)).toEqual([]);
});

test('outside of a person’s machine there is no gallery @night', async ({ company }) => {
  const away = await Server.start({ vars: { ENV: 'production', PASSWORD_PEPPER: 'a pepper for this test, 32 bytes long', JWT_SECRET: 'x'.repeat(40) } });
  try {
    const visitor = await company.come();
    for (const path of ['/gallery', '/gallery/list']) {
      expect((await visitor.context.request.get(`${away.base}${path}`, { headers: { accept: 'text/html' } })).status()).toBe(404);
    }
    expect((await visitor.context.request.get(`${visitor.base}/gallery`, { headers: { accept: 'text/html' } })).status()).toBe(200);
  } finally {
    await away.stop();
  }
});
