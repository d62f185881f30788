// Recorded accessibility trees of the main journeys: roles, names and states of sign-in, list, conversation, group and settings. List and
// conversation are recorded on a phone as well. The records are in trees/; after an intended change `cargo xtask pictures` renews them. All
// but sign-in are poses of the gallery, which show the page with fixed people and messages.

import { expect, test } from '../harness/people.ts';
import { openStory } from '../harness/gallery.ts';

/** Moment of every record, in the minutes after the last message of the gallery. */
const NOW = new Date('2026-11-20T14:07:00Z');
const DESK = { width: 1280, height: 800 };
const PHONE = { width: 390, height: 844 };

// Other stories may be a persona at this moment, which is said beside the name: the record takes both.
test('sign-in, as it is told', async ({ company }) => {
  const { page, base } = await company.come({ viewport: DESK });
  await page.goto(`${base}/sign-in`);
  await expect(page.getByRole('button', { name: 'Sign in', exact: true })).toBeVisible();
  await expect(page.getByRole('main')).toMatchAriaSnapshot({ name: 'sign-in.aria.yml' });
});

const RECORDS = [
  { name: 'list', pose: 'list', size: DESK, part: 'nav[aria-label=Contacts]' },
  { name: 'conversation', pose: 'typing', size: DESK, part: 'main' },
  { name: 'group', pose: 'group', size: DESK, part: 'main' },
  { name: 'settings', pose: 'settings', size: DESK, part: 'dialog' },
  { name: 'phone-list', pose: 'list', size: PHONE, part: 'body' },
  { name: 'phone-conversation', pose: 'conversation', size: PHONE, part: 'body' },
];
test('list, conversation, group and settings, at a desk and on a phone, as they are told', async ({ company }) => {
  // A dialog that calls the server is refused without a session, and the browser logs that.
  const { page, base } = await company.come({ timezoneId: 'UTC', reducedMotion: 'reduce', outage: true });
  await page.clock.setFixedTime(NOW);
  for (const { name, pose, size, part } of RECORDS) {
    await page.setViewportSize(size);
    await openStory(page, base, pose, 'theme=azure&motion=none');
    await expect.soft(page.locator(part).first()).toMatchAriaSnapshot({ name: `${name}.aria.yml` });
  }
});
