// The winks as the catalogue declares them. A story that counts them takes them from here.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const catalogue = readFileSync(join(import.meta.dirname, '../../protocol/src/words/winks.rs'), 'utf8');

/** Ids, in the order in which people see them. */
export const WINKS = [...catalogue.matchAll(/Wink \{ id: "(\w+)"/g)].map(([, id]) => id!);
assert.ok(WINKS.includes('postbox'), 'the catalogue was read');
