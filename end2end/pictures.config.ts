// Suites of pictures. `compared` checks poses of the gallery against pictures/compared and is a suite of `cargo xtask test`. `docs` takes
// the pictures in docs/screenshots and compares nothing. `cargo xtask pictures` renews both (README.md).

import { defineConfig } from '@playwright/test';
import stories from './playwright.config.ts';

export default defineConfig({
  ...stories,
  testDir: './pictures',
  timeout: 180_000,
  snapshotPathTemplate: '{testDir}/compared/{arg}{ext}',
  expect: {
    timeout: 20_000,
    // Nothing moves, and at most two pixels of a thousand may differ. The default threshold would let one pale colour pass for another.
    toHaveScreenshot: { animations: 'disabled', caret: 'hide', scale: 'css', maxDiffPixelRatio: 0.002, threshold: 0.05 },
  },
  use: {
    ...stories.use,
    launchOptions: {
      ...stories.use?.launchOptions,
      // These flags make text rendering independent of the machine's own screen.
      args: [...(stories.use?.launchOptions?.args ?? []), '--font-render-hinting=none', '--disable-lcd-text', '--force-color-profile=srgb'],
    },
  },
  projects: [
    { name: 'compared', testMatch: 'compared.spec.ts', fullyParallel: true },
    { name: 'docs', testMatch: 'docs.spec.ts' },
  ],
});
