// Results of all tests for `cargo xtask test`, one JSON line per test. The command prints the slowest tests, runs each failed test once
// more on its own, and starts the longest files first the next time.

import { appendFileSync, existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';

export interface Result {
  /** Path from the root of the repository. */
  file: string;
  /** Full title; empty if the file itself failed. */
  title: string;
  ms: number;
  passed: boolean;
}

/** File of results. Without a path nothing is written. */
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

  /** Marks the regular end of the runner: a test without a line was then skipped on purpose. */
  end(): void {
    this.write({ end: true });
  }

  private write(line: object): void {
    if (this.path) appendFileSync(this.path, `${JSON.stringify(line)}\n`);
  }
}

/** Returns the milliseconds that each file took in the last run. */
export function lastTimes(path: string | undefined): Map<string, number> {
  const times = new Map<string, number>();
  if (!path || !existsSync(path)) return times;
  for (const line of readFileSync(path, 'utf8').split('\n').filter(Boolean)) {
    const { file, ms } = JSON.parse(line) as Partial<Result>;
    if (file && ms) times.set(file, (times.get(file) ?? 0) + ms);
  }
  return times;
}
