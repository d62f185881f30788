// Privacy settings with which people begin, as settings.md 1 shows them. Native tests compare the specification with the rows of the settings.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const specification = readFileSync(join(import.meta.dirname, '../../docs/spec/settings.md'), 'utf8');

/** Settings of a new account. */
const ACCOUNT_SETTINGS: Record<string, string | boolean> = JSON.parse(/^```json\n(.*)\n```$/m.exec(specification)![1]!);

/** Settings of a guest, and of a persona that somebody begins to play. */
export const GUEST_SETTINGS = { ...ACCOUNT_SETTINGS, nudges: 'everyone', winks: 'everyone', whoCanWrite: 'everyone' };
