// Compares poses of the gallery with stored pictures: one picture per pose, at a fixed moment, in the font that all our machines have.
// After an intended change, `cargo xtask pictures` renews the pictures, and their diff becomes a part of the change.

import { expect, test } from '../harness/people.ts';
import { openStory } from '../harness/gallery.ts';
import { THEMES } from '../harness/themes.ts';

/** Moment of every picture, in the minutes after the last message of the gallery. */
const NOW = new Date('2026-11-20T14:07:00Z');
/** The only font of the pictures. This font fills every font token of the page, because the fonts of the systems differ. */
const FONT = '"DejaVu Sans"';
const FONT_TOKENS = ['--font-ui', '--font-chat', '--f1', '--f2', '--f3', '--f4', '--f5'];

const PHONE = { width: 390, height: 700 };
const SMALL = { width: 620, height: 540 };
/** Size of the window for a long dialog. */
const TALL = { width: 620, height: 860 };
const DESK = { width: 1120, height: 640 };

interface Picture {
  pose: string;
  size: { width: number; height: number };
  knobs?: string;
  theme?: string;
}

const GATE: Picture[] = [
  ...THEMES.map((theme) => ({ pose: 'conversation', size: SMALL, theme })),
  ...THEMES.map((theme) => ({ pose: 'list', size: PHONE, theme })),
  { pose: 'toasts', size: PHONE },
  { pose: 'tabs', size: DESK },
  { pose: 'group', size: DESK, theme: 'modern-dark' },
  { pose: 'arranged', size: PHONE, knobs: 'density=compact' },
  { pose: 'requests', size: PHONE, theme: 'modern-dark' },
  { pose: 'hue', size: SMALL },
  { pose: 'emoticons', size: SMALL },
  { pose: 'settings', size: PHONE, theme: 'modern-dark' },
];

/** Pictures of the nightly run. */
const NIGHT: Picture[] = [
  ...THEMES.slice(1).map((theme) => ({ pose: 'toasts', size: PHONE, theme })),
  { pose: 'toasts', size: SMALL, theme: 'modern-dark' },
  { pose: 'list', size: SMALL, knobs: 'lang=de' },
  { pose: 'room', size: SMALL },
  { pose: 'conversation', size: PHONE, knobs: 'lang=de' },
  { pose: 'conversation', size: PHONE, knobs: 'text=150', theme: 'modern' },
  { pose: 'arranged', size: PHONE, knobs: 'density=large', theme: 'glass' },
  { pose: 'requests', size: SMALL },
  { pose: 'requests', size: DESK },
  { pose: 'status-menu', size: SMALL, theme: 'contrast' },
  { pose: 'status-menu', size: SMALL, theme: 'modern-dark' },
  { pose: 'lost', size: SMALL },
  { pose: 'reply', size: SMALL, theme: 'modern' },
  { pose: 'cooling', size: SMALL },
  { pose: 'own-picture', size: TALL },
  { pose: 'own-picture', size: TALL, theme: 'modern-dark', knobs: 'lang=de' },
  { pose: 'settings', size: SMALL },
];

const nameOf = ({ pose, size, knobs, theme }: Picture): string =>
  [pose, theme ?? 'azure', ...(knobs?.split('&') ?? []), size.width].join('-').replace('=', '-');

for (const [picture, tag] of [...GATE.map((one) => [one, ''] as const), ...NIGHT.map((one) => [one, ' @night'] as const)]) {
  test(`${nameOf(picture)}${tag}`, async ({ company }) => {
    const { pose, size, knobs = 'lang=en', theme = 'azure' } = picture;
    const { page, base } = await company.come({ viewport: size, timezoneId: 'UTC', reducedMotion: 'reduce', outage: true });
    await page.clock.setFixedTime(NOW);
    await openStory(page, base, pose, `theme=${theme}&motion=none&${knobs}`);
    await page.evaluate(([font, tokens]) => tokens.forEach((token) => document.documentElement.style.setProperty(token, font)), [FONT, FONT_TOKENS] as const);
    // Without this font the pictures would be compared in a different one.
    const isThere = await page.evaluate((font) => {
      const letters = document.createElement('canvas').getContext('2d')!;
      const width = (family: string) => ((letters.font = `16px ${family}`), letters.measureText('millimetre').width);
      return width(`${font}, monospace`) !== width('monospace');
    }, FONT);
    expect(isThere, `${FONT} is installed`).toBe(true);
    await expect(page).toHaveScreenshot(`${nameOf(picture)}.png`);
  });
}
