// messenger.md 11: with a token of Web Analytics, page views are counted by a script that the policy admits. Without a token no page calls
// another host.

import { expect, STORY_VARS, test, type Company } from '../harness/people.ts';

/** Records all requests to other hosts and answers them in place of the counter. The fake script reports its token. */
async function elsewhere({ come }: Company, base: string) {
  const { page, context } = await come({ base });
  const asked: string[] = [];
  await context.route((url) => url.origin !== base, async (route) => {
    const request = route.request();
    asked.push(`${request.url()} ${request.postData() ?? ''}`.trim());
    const counts = "const { token } = JSON.parse(document.currentScript.dataset.cfBeacon); fetch('https://cloudflareinsights.com/cdn-cgi/rum', { method: 'POST', mode: 'no-cors', body: token })";
    await route.fulfill({ contentType: 'text/javascript', body: request.url().endsWith('.js') ? counts : '' });
  });
  await page.goto(`${base}/sign-in`);
  await expect(page.getByRole('button', { name: 'Sign in', exact: true })).toBeVisible();
  await page.waitForLoadState('load');
  return { page, asked };
}

test('with a token a page is counted: the policy lets the script of the counter run, and tell @night', async ({ company }) => {
  const server = await company.serve({ ...STORY_VARS, WEB_ANALYTICS_TOKEN: 'abc123' });
  const { page, asked } = await elsewhere(company, server.base);
  const counted = ['https://static.cloudflareinsights.com/beacon.min.js', 'https://cloudflareinsights.com/cdn-cgi/rum abc123'];
  // A breach of the policy would be an error in the console and fail the story.
  await expect.poll(() => asked).toEqual(counted);
  // The page closes before the server stops, so that no request is cut off.
  await page.close();
});

test('without a token no page asks anybody else for anything @night', async ({ company }) => {
  const { page, asked } = await elsewhere(company, company.server.base);
  await expect(page.locator('script[src*="insights"]')).toHaveCount(0);
  expect(asked).toEqual([]);
});
