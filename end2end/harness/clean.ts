// Checks for accessible pages: no finding of axe, and no sideways scrolling.

import { createRequire } from 'node:module';
import type { Page } from '@playwright/test';
import type { RunOptions } from 'axe-core';
import { expect, type Person } from './people.ts';

/** Text of the axe script that @axe-core/playwright depends on. */
const { source } = createRequire(import.meta.resolve('@axe-core/playwright'))('axe-core') as { source: string };

/** Selectors of the only parts to check, or of the parts to skip. */
type Parts = { include: string[] } | { exclude: string[] };

/** Waits for finite animations, because a colour in the middle of a transition would distort the contrast check. */
const atRest = (page: Page): Promise<unknown> =>
  page.evaluate(() => Promise.allSettled(document.getAnimations().filter((one) => one.effect?.getTiming().iterations !== Infinity).map((one) => one.finished)));

/**
 * Returns every finding of axe, whatever its severity, with its rule and elements. The script is loaded once per document, so that one page
 * can be checked quickly in several themes.
 */
export async function violations(page: Page, options: RunOptions = {}, parts?: Parts): Promise<string[]> {
  await atRest(page);
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

/** Records a soft failure for every finding of axe, for targets smaller than WCAG 2.5.8 asks, and for sideways scrolling. */
export async function judge({ page }: Person, where: string): Promise<void> {
  // The rule `target-size` is off by default in axe: a pointer target has 24 × 24 px, or as much space around it.
  expect.soft(await violations(page, { rules: { 'target-size': { enabled: true } } }), where).toEqual([]);
  expect.soft(await overflow(page), `${where} scrolls sideways`).toBeLessThanOrEqual(0);
}

export async function isClean({ page }: Person): Promise<void> {
  expect(await violations(page)).toEqual([]);
  expect(await overflow(page)).toBeLessThanOrEqual(0);
}

/** Returns the number of pixels by which a page is wider than its window. */
const overflow = (page: Page): Promise<number> => page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
