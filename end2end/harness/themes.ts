// The themes as the table of the page declares them, with their English titles. A story that goes through all themes takes them from here.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const read = (path: string): string => readFileSync(join(import.meta.dirname, '../..', path), 'utf8');
const texts = (JSON.parse(read('app/locales/en.json')) as { settings: Record<string, string> }).settings;
const rows = [...read('app/src/appearance.rs').matchAll(/^ +\w+, "([\w-]+)", settings\.(\w+), Traits \{/gm)];

/** Titles by the words of `data-theme`, in the order in which people see them. The default comes first. */
export const TITLES: ReadonlyMap<string, string> = new Map(rows.map(([, word, text]) => [word!, texts[text!]!]));

/** Words of `data-theme`. */
export const THEMES = [...TITLES.keys()];
assert.ok(THEMES.includes('azure') && THEMES.includes('contrast'), 'the table of themes was read');

/** The same in the order of a person who starts from the default and comes back to it. */
export const ROUND = [...THEMES.slice(1), THEMES[0]!];
