// Two tiers of tests. A test whose title ends in `@night` belongs to the nightly run, every other one to the gate. There is no second list.

import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

export type Tier = 'gate' | 'night' | 'all';

/** Tag at the end of a title. */
export const NIGHT = '@night';

/** Matches the beginning of a test at any level, up to the end of its title. Titles are literals. A loop may insert a part, but not the tag. */
const TITLE = /^ *(?:test|it)\(\s*(['"`])((?:\\.|(?!\1)[^\\])*)\1/gms;

/** Returns the titles of a source text that belong to a tier. */
export function titlesOf(source: string, tier: Tier): string[] {
  const titles = [...source.matchAll(TITLE)].map((match) => match[2]!);
  return titles.filter((title) => tier === 'all' || title.endsWith(NIGHT) === (tier === 'night'));
}

/** Returns the test files of a folder that have tests of a tier and whose name contains one of the filters. */
export function filesOf(folder: string, tier: Tier, filters: string[]): string[] {
  const names = readdirSync(folder).filter((name) => name.endsWith('.test.ts'));
  const isWanted = (name: string) => filters.length === 0 || filters.some((filter) => name.includes(filter));
  // A file without a literal title creates its tests in a loop and belongs to the gate.
  const hasTests = (name: string) => {
    const source = readFileSync(join(folder, name), 'utf8');
    return titlesOf(source, tier).length > 0 || (tier !== 'night' && titlesOf(source, 'all').length === 0);
  };
  return names.filter((name) => isWanted(name) && hasTests(name)).map((name) => join(folder, name));
}
