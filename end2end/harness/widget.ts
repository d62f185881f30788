// Stand-in for the script of Turnstile's widget, as far as our pages use it. The widget appears where the document has a place for it, and
// when a page calls it. `Siteverify` accepts its answer.

import type { Page } from '@playwright/test';
import { Siteverify } from './siteverify.ts';

export async function withWidget(page: Page): Promise<void> {
  await page.route('https://challenges.cloudflare.com/**', (route) => {
    const answer = JSON.stringify(Siteverify.token('success'));
    const body = `
      const put = (place) => {
        const field = Object.assign(document.createElement('input'), { type: 'hidden', name: 'cf-turnstile-response', value: ${answer} });
        place.append(field);
        window[place.dataset.callback]?.(field.value);
      };
      window.turnstile = { render: (place, options) => { if (options.sitekey === 'site' && options.action === 'login') put(place); }, reset: () => {} };
      document.querySelectorAll('.cf-turnstile').forEach(put);`;
    return route.fulfill({ contentType: 'text/javascript', body });
  });
}
