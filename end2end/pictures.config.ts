// Pictures. `compared` holds poses of the gallery against the pictures in pictures/compared: a suite of `cargo xtask test`. `docs` takes
// those of docs/screenshots and compares nothing. `cargo xtask pictures` renews both (README.md).

import { defineConfig } from '@playwright/test';
import stories from './playwright.config.ts';

export default defineConfig({
  ...stories,
  testDir: './pictures',
  timeout: 180_000,
  snapshotPathTemplate: '{testDir}/compared/{arg}{ext}',
  expect: {
    timeout: 20_000,
    // Nothing moves, and no more than two pixels of a thousand differ. The usual threshold would let one pale colour pass for another.
    toHaveScreenshot: { animations: 'disabled', caret: 'hide', scale: 'css', maxDiffPixelRatio: 0.002, threshold: 0.05 },
  },
  use: {
    ...stories.use,
    launchOptions: {
      ...stories.use?.launchOptions,
      // Letters are drawn alike whatever the machine's own screen is.
      args: [...(stories.use?.launchOptions?.args ?? []), '--font-render-hinting=none', '--disable-lcd-text', '--force-color-profile=srgb'],
    },
  },
  projects: [
    { name: 'compared', testMatch: 'compared.spec.ts', fullyParallel: true },
    { name: 'docs', testMatch: 'docs.spec.ts' },
  ],
});
