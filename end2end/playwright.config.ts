// Stories of people in real Chromium (ux.md 2.5). Each worker starts its own server. There are no retries, because a story that fails at
// times has found a fault. A story whose title ends with `@night` runs in `cargo xtask nightly`, every other one in `cargo xtask test`.

import { defineConfig } from '@playwright/test';

export default defineConfig({
  testDir: './stories',
  outputDir: './test-results',
  // Accessibility trees of trees.spec.ts.
  snapshotPathTemplate: '{testDir}/trees/{arg}{ext}',
  // A worker takes one file at a time. Files with long, independent stories declare that their stories may run in parallel.
  workers: 2,
  retries: 0,
  // Deadlines only catch what never happens; a busy machine must not fail a story.
  timeout: 180_000,
  // A recorded tree is complete, so any additional element is a difference.
  expect: { timeout: 20_000, toMatchAriaSnapshot: { children: 'deep-equal' } },
  reporter: 'list',
  use: {
    browserName: 'chromium',
    locale: 'en-GB',
    viewport: { width: 1280, height: 800 },
    // With a service worker each new browser would load the whole page once more. Stories about the worker allow it.
    serviceWorkers: 'block',
    // Traces cost a third of the processor time. `CFM_TRACE=1` turns them on for the search of a fault.
    trace: process.env['CFM_TRACE'] ? 'retain-on-failure' : 'off',
    screenshot: 'only-on-failure',
    launchOptions: {
      executablePath: process.env['CFM_CHROMIUM'] ?? '/usr/bin/chromium',
      args: ['--no-sandbox', '--disable-gpu', '--disable-quic'],
    },
  },
});
