// Stories of people in real Chromium (ux.md 2.5). Each worker starts a server of its own; no retries: a story that
// sometimes fails has found something. A story whose title ends with `@night` runs in `cargo xtask nightly`, every other one in
// `cargo xtask test`.

import { defineConfig } from '@playwright/test';

export default defineConfig({
  testDir: './stories',
  outputDir: './test-results',
  // Records of what is told to assistive technology (trees.spec.ts).
  snapshotPathTemplate: '{testDir}/trees/{arg}{ext}',
  // File by file, each worker with a server of its own. Files whose stories take long and share nothing say that they run one by one.
  workers: 2,
  retries: 0,
  // Deadlines are for what never comes: a busy machine is no failure.
  timeout: 180_000,
  // A record is the whole tree: what nobody wrote down is a difference, too.
  expect: { timeout: 20_000, toMatchAriaSnapshot: { children: 'deep-equal' } },
  reporter: 'list',
  use: {
    browserName: 'chromium',
    locale: 'en-GB',
    viewport: { width: 1280, height: 800 },
    // Each new browser would load the whole page once more for it; stories that are about it allow it.
    serviceWorkers: 'block',
    // A third of the processors' time: whoever follows a failure asks for it, with `--trace retain-on-failure`.
    trace: 'off',
    screenshot: 'only-on-failure',
    launchOptions: {
      executablePath: process.env['CFM_CHROMIUM'] ?? '/usr/bin/chromium',
      args: ['--no-sandbox', '--disable-gpu', '--disable-quic'],
    },
  },
});
