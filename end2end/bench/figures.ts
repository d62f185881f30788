// Shared parts of the page benchmarks: the start of Chromium, percentiles, and the folder of the results.

import { chromium, type Browser } from '@playwright/test';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export const ROOT = join(import.meta.dirname, '..', '..');

/** Returns the percentile `share` (0 to 1) of figures that are sorted already. */
export const percentile = (sorted: number[], share: number): number => sorted[Math.round((sorted.length - 1) * share)] ?? NaN;

export const median = (numbers: number[]): number => percentile(numbers.toSorted((a, b) => a - b), 0.5);

/** Starts a new browser process. */
export const launch = (): Promise<Browser> =>
  chromium.launch({ executablePath: process.env['CFM_CHROMIUM'] ?? '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu', '--disable-quic'] });

/** Writes all measurements to `target/bench/NAME.json`. */
export function save(name: string, measured: object): void {
  const folder = join(ROOT, 'target', 'bench');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, `${name}.json`), JSON.stringify(measured, undefined, 1));
}
