// A page that assistive technology can read and that needs no scrolling to the side.

import { createRequire } from 'node:module';
import type { Page } from '@playwright/test';
import type { RunOptions } from 'axe-core';
import { expect, type Person } from './people.ts';

/** The axe that @axe-core/playwright brings, as the text of a script. */
const { source } = createRequire(import.meta.resolve('@axe-core/playwright'))('axe-core') as { source: string };

/** Selectors of what is looked at alone, or not at all. */
type Parts = { include: string[] } | { exclude: string[] };

/**
 * What axe finds, however little it weighs, each with the rule and its elements. The script comes into a document once, so that the same
 * page is looked at in several themes in little time.
 */
export async function violations(page: Page, options: RunOptions = {}, parts?: Parts): Promise<string[]> {
  for (const frame of page.frames()) {
    if (!(await frame.evaluate(() => 'axe' in window))) await frame.evaluate(source);
  }
  const found = await page.evaluate(
    async ([options, parts]) => {
      const { axe } = window as unknown as { axe: typeof import('axe-core') };
      const { violations } = await axe.run(parts ?? document, { ...options, resultTypes: ['violations'] });
      return violations.map(({ id, help, nodes }) => ({ id, help, html: nodes.map((node) => node.html.slice(0, 160)) }));
    },
    [options, parts] as const,
  );
  return found.map(({ id, help, html }) => `${id}: ${help}\n  ${html.join('\n  ')}`);
}

/** Waits for what still fades in, which would be judged by the colours of a moment. */
const atRest = (page: Page): Promise<unknown> =>
  page.evaluate(() => Promise.allSettled(document.getAnimations().filter((one) => one.effect?.getTiming().iterations !== Infinity).map((one) => one.finished)));

/** Fails, once the test is over, with all that axe finds here, targets smaller than WCAG 2.5.8 among it, and where the page scrolls sideways. */
export async function judge({ page }: Person, where: string): Promise<void> {
  await atRest(page);
  // Not among axe's own: what a pointer presses is at least 24 px wide and high, or has that much room.
  expect.soft(await violations(page, { rules: { 'target-size': { enabled: true } } }), where).toEqual([]);
  expect.soft(await overflow(page), `${where} scrolls sideways`).toBeLessThanOrEqual(0);
}

export async function isClean({ page }: Person): Promise<void> {
  expect(await violations(page)).toEqual([]);
  expect(await overflow(page)).toBeLessThanOrEqual(0);
}

/** How many pixels a page is wider than its window. */
const overflow = (page: Page): Promise<number> => page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
