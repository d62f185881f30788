// What the benches of pages share: Chromium as they start it, the middle of figures, and the place where these are kept.

import { chromium, type Browser } from '@playwright/test';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export const ROOT = join(import.meta.dirname, '..', '..');

/** Returns the figure below which a share of them lies; they are sorted. */
export const percentile = (sorted: number[], share: number): number => sorted[Math.round((sorted.length - 1) * share)] ?? NaN;

/** Returns the middle figure. */
export const median = (numbers: number[]): number => percentile(numbers.toSorted((a, b) => a - b), 0.5);

/** Starts a browser of its own. */
export const launch = (): Promise<Browser> =>
  chromium.launch({ executablePath: process.env['CFM_CHROMIUM'] ?? '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu', '--disable-quic'] });

/** Keeps everything that was measured in `target/bench/NAME.json`. */
export function keep(name: string, measured: object): void {
  const folder = join(ROOT, 'target', 'bench');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, `${name}.json`), JSON.stringify(measured, undefined, 1));
}
