// The outcome of every test, one JSON line each, for `cargo xtask test`: it prints the slowest, runs failed ones once more, alone, and starts the
// longest files first the next time.

import { appendFileSync, existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';

export interface Result {
  /** Path from the root of the repository. */
  file: string;
  /** Full title; empty where the file itself failed. */
  title: string;
  ms: number;
  passed: boolean;
}

/** A file of results; without a path nothing is written. */
export class Results {
  readonly path: string | undefined;

  constructor(path: string | undefined) {
    this.path = path;
    if (path) {
      mkdirSync(dirname(path), { recursive: true });
      rmSync(path, { force: true });
    }
  }

  add(result: Result): void {
    this.write(result);
  }

  /** The runner came to its end: whatever is not in the file was not meant to run. */
  end(): void {
    this.write({ end: true });
  }

  private write(line: object): void {
    if (this.path) appendFileSync(this.path, `${JSON.stringify(line)}\n`);
  }
}

/** Returns the milliseconds that each file took the last time. */
export function lastTimes(path: string | undefined): Map<string, number> {
  const times = new Map<string, number>();
  if (!path || !existsSync(path)) return times;
  for (const line of readFileSync(path, 'utf8').split('\n').filter(Boolean)) {
    const { file, ms } = JSON.parse(line) as Partial<Result>;
    if (file && ms) times.set(file, (times.get(file) ?? 0) + ms);
  }
  return times;
}
