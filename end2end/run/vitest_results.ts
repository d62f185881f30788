// Vitest reporter that writes results (`results.ts`) to the file in `CFM_RESULTS`.

import { relative, join } from 'node:path';
import type { Reporter, TestCase } from 'vitest/node';
import { Results } from './results.ts';

const ROOT = join(import.meta.dirname, '..', '..');

export default class implements Reporter {
  private readonly results = new Results(process.env['CFM_RESULTS']);

  onTestCaseResult(test: TestCase): void {
    const { state } = test.result();
    if (state === 'skipped') return;
    const ms = test.diagnostic()?.duration ?? 0;
    this.results.add({ file: relative(ROOT, test.module.moduleId), title: test.name, ms, passed: state === 'passed' });
  }

  onTestRunEnd(_modules: unknown, _errors: unknown, reason: string): void {
    if (reason !== 'interrupted') this.results.end();
  }
}
