// A page that assistive technology can read and that needs no scrolling to the side.

import AxeBuilder from '@axe-core/playwright';
import { expect, type Person } from './people.ts';

export async function isClean({ page }: Person): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations.map(({ id, nodes }) => [id, nodes[0]?.html])).toEqual([]);
  expect(await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)).toBeLessThanOrEqual(0);
}
