// Stories of people in real Chromium (ux.md 2.5). Each worker starts a server of its own; no retries: a story that
// sometimes fails has found something.

import { defineConfig } from '@playwright/test';

const SIGHTS = /\/(accessibility|accounts|gallery)\.spec\.ts$/;

export default defineConfig({
  testDir: './stories',
  outputDir: './test-results',
  // Records of what is told to assistive technology (trees.spec.ts).
  snapshotPathTemplate: '{testDir}/trees/{arg}{ext}',
  workers: 1,
  // Two at a time, in the test command. What is looked at pose by pose, and what mostly waits for the end of a session, are spread
  // one by one (`test:sights`); stories of people who talk file by file, each worker with a server of its own.
  projects: [
    { name: 'sights', testMatch: SIGHTS, fullyParallel: true },
    { name: 'stories', testIgnore: SIGHTS },
  ],
  retries: 0,
  timeout: 60_000,
  // A record is the whole tree: what nobody wrote down is a difference, too.
  expect: { timeout: 10_000, toMatchAriaSnapshot: { children: 'deep-equal' } },
  reporter: 'list',
  use: {
    browserName: 'chromium',
    locale: 'en-GB',
    viewport: { width: 1280, height: 800 },
    // A third of the processors' time: whoever follows a failure asks for it, with `--trace retain-on-failure`.
    trace: 'off',
    screenshot: 'only-on-failure',
    launchOptions: {
      executablePath: process.env['CFM_CHROMIUM'] ?? '/usr/bin/chromium',
      args: ['--no-sandbox', '--disable-gpu', '--disable-quic'],
    },
  },
});
