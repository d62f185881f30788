// Playwright reporter that writes results (`results.ts`) to the file in `CFM_RESULTS`.

import { relative, join } from 'node:path';
import type { FullResult, Reporter, TestCase, TestResult } from '@playwright/test/reporter';
import { Results } from './results.ts';

const ROOT = join(import.meta.dirname, '..', '..');

export default class implements Reporter {
  private readonly results = new Results(process.env['CFM_RESULTS']);

  onTestEnd(test: TestCase, { duration, status }: TestResult): void {
    if (status === 'skipped') return;
    // The path of titles begins with the root, the project and the file.
    const title = test.titlePath().slice(3).join(' ');
    this.results.add({ file: relative(ROOT, test.location.file), title, ms: duration, passed: test.ok() });
  }

  onEnd({ status }: FullResult): void {
    if (status === 'passed' || status === 'failed') this.results.end();
  }
}
