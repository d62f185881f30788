// Languages of the product. Each has a file of texts, which the build compares with the list in protocol/src/words/language.rs.

import { readdirSync } from 'node:fs';
import { join } from 'node:path';

const files = readdirSync(join(import.meta.dirname, '../../app/locales'));
const tags = files.filter((name) => name.endsWith('.json')).map((name) => name.slice(0, -'.json'.length));

/** Tags of the languages, English first. */
export const LANGUAGES: string[] = ['en', ...tags.filter((tag) => tag !== 'en').sort()];
