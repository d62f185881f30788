// Personas of the product, and their assignment to test files on the shared server. A persona has one live session and test files run side
// by side. So every persona belongs to exactly one file, and within a file to one test unless that test signs out.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Ids of the personas by name, read from `protocol`. */
export const PERSONAS: Record<string, string> = Object.fromEntries(
  [...readFileSync(join(import.meta.dirname, '../../protocol/src/words/personas.rs'), 'utf8').matchAll(/row\("(user_\d+)", "([^"]+)"/g)].map(([, id, name]) => [name!, id!]),
);

/** Personas of each test file. */
export const CAST = {
  login: ['user_1', 'user_2', 'user_11'],
  takeover: ['user_3'],
  personaPrivacy: ['user_4', 'user_5'],
  dmGuard: ['user_6', 'user_7', 'user_8'],
  rooms: ['user_9', 'user_10'],
  users: ['user_20'],
  inbox: ['user_12', 'user_13'],
  presence: ['user_14', 'user_15', 'user_16', 'user_17', 'user_18', 'user_19'],
} as const;
