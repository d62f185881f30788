// Pictures of a story: numbered screenshots in the test's own output folder, attached to its report. They test nothing.

import type { Page, TestInfo } from '@playwright/test';
import type { Person } from './people.ts';

/** Screenshots of one test, in the order in which they were taken. */
export class Album {
  private readonly info: TestInfo;
  private count = 0;

  constructor(info: TestInfo) {
    this.info = info;
  }

  /** Takes a picture of a person's page. */
  take = ({ page }: Person, subject: string): Promise<void> => this.takePage(page, subject);

  /** Takes a picture of a page. Its name has the number, the subject, the width and the theme. */
  async takePage(page: Page, subject: string): Promise<void> {
    this.count += 1;
    const theme = await page.evaluate(() => document.documentElement.dataset['theme'] ?? 'none');
    const name = `${String(this.count).padStart(2, '0')}-${subject}-${page.viewportSize()!.width}-${theme}.png`;
    const path = this.info.outputPath(name);
    await page.screenshot({ path, caret: 'hide' });
    await this.info.attach(name, { path, contentType: 'image/png' });
  }
}
