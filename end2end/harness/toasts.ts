// Times of toasts as the page declares them. A story that waits for a toast takes them from here.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const code = readFileSync(join(import.meta.dirname, '../../app/src/store/toasts.rs'), 'utf8');
const choices = /TOAST_CHOICES: .* = \[(.*)\];/.exec(code)?.[1] ?? '';

/** Seconds for which a toast stays without a choice. */
export const TOAST_S = Number(/TOAST_S: u8 = (\d+);/.exec(code)?.[1]);

/** Longest time in seconds that a person can choose, beside "until it is closed". */
export const LONGEST_S = Math.max(...[...choices.matchAll(/Some\((\d+)\)/g)].map(([, seconds]) => Number(seconds)));
assert.ok(TOAST_S > 0 && LONGEST_S > TOAST_S, 'the times of toasts were read');
