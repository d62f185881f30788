// Takes the pictures of docs/screenshots: `npm run pictures` (README.md). No test: nothing is compared.

import { defineConfig } from '@playwright/test';
import stories from './playwright.config.ts';

export default defineConfig({ ...stories, testDir: './pictures', timeout: 120_000 });
