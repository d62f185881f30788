// The focused element is always visible: nothing on the page covers it, and no edge of a scrolling part cuts it off (WCAG 2.4.11). The
// stories use Tab through the whole page, and the arrow keys in the list and the log, also with a bar at the top.

import { photo, upload } from '../harness/files.ts';
import { marker, uuidv7 } from '../harness/ids.ts';
import { expect, STORY_VARS, test, type Person } from '../harness/people.ts';
import { Server } from '../harness/server.ts';
import { persona, type Session } from '../harness/session.ts';

/** Exceeds the number of stops on the page. */
const STOPS_MAX = 200;

/** Visible points of a focused element that are enough; a round button never shows all 15. */
const SEEN_MIN = 10;
const FRAMES_MAX = 30;

/** Focused element, and how many of 15 points on it nothing else covers. */
interface Stop {
  name: string;
  seen: number;
}

const stop = (person: Person): Promise<Stop | undefined> =>
  person.page.evaluate(() => {
    const focused = document.activeElement;
    if (!focused || focused === document.body) return undefined;
    const box = focused.getBoundingClientRect();
    let seen = 0;
    for (const across of [0.1, 0.3, 0.5, 0.7, 0.9]) {
      for (const down of [0.2, 0.5, 0.8]) {
        const top = document.elementFromPoint(box.left + box.width * across, box.top + box.height * down);
        if (top && (focused.contains(top) || top.contains(focused))) {
          // A scrolling ancestor also cuts off what lies outside of it.
          const inside = [...ancestors(focused)].every((around) => {
            const clip = around.getBoundingClientRect();
            const y = box.top + box.height * down;
            return !/auto|scroll|hidden|clip/.test(getComputedStyle(around).overflowY) || (y >= clip.top && y <= clip.bottom);
          });
          if (inside) seen += 1;
        }
      }
    }
    const name = focused.getAttribute('aria-label') ?? (focused.textContent ?? '').trim().slice(0, 40);
    return { name: `${focused.tagName.toLowerCase()}.${focused.className} “${name}”`, seen };

    function* ancestors(element: Element): Generator<Element> {
      for (let at = element.parentElement; at && at !== document.body; at = at.parentElement) yield at;
    }
  });

/**
 * Presses a key until the focus has left the page, at most `times` times. Returns the stops that were hidden, completely or by more than a
 * third.
 */
async function hidden(person: Person, key: string, times = STOPS_MAX): Promise<{ stops: number; found: string[] }> {
  const found: string[] = [];
  let stops = 0;
  for (; stops < times; stops += 1) {
    await person.page.keyboard.press(key);
    // A scrolling part comes to rest after a few frames.
    let at = await stop(person);
    for (let frame = 0; at && at.seen < SEEN_MIN && frame < FRAMES_MAX; frame += 1) {
      await person.page.evaluate(() => new Promise((resolve) => requestAnimationFrame(resolve)));
      at = await stop(person);
    }
    if (!at) break;
    if (at.seen < SEEN_MIN) found.push(`${at.seen} of 15 points of ${at.name}`);
  }
  return { stops, found };
}

/** Sends a picture to the public room; people who are no contacts of the sender must uncover it first. */
async function shows(who: Session, words: string): Promise<void> {
  const { id } = await upload(who, photo(300, 200), 'garden.png');
  const file = { id, name: 'garden.png', alt: 'A garden' };
  await who.api.ok('POST', '/api/messages', { roomId: 'general', id: uuidv7(), content: words, files: [file] });
}

// These tests use their own server, because rooms with messages of other stories have too many stops.
let server: Server | undefined;
test.beforeAll(async () => {
  server = await Server.start({ vars: STORY_VARS });
});
test.afterAll(() => server?.stop());

for (const [width, height, name] of [[1280, 800, 'Emil'], [390, 844, 'Theo'], [320, 640, 'Rosa']] as const) {
  test(`the focus is never covered at ${width} px @night`, async ({ company }) => {
    const aylin = await persona(server!.base, 'user_2');
    await shows(aylin, marker());
    await aylin.api.ok('POST', '/api/auth/logout');
    const person = await company.come({ base: server!.base, viewport: { width, height }, outage: true });
    await person.signInAs(name);

    const list = await hidden(person, 'Tab');
    expect.soft(list.found, 'Tab, in the list').toEqual([]);
    // The whole list is a single stop.
    expect(list.stops).toBeGreaterThan(12);
    await person.contact('General').first().focus();
    expect.soft((await hidden(person, 'ArrowDown', 30)).found, 'down the list').toEqual([]);
    expect.soft((await hidden(person, 'ArrowUp', 40)).found, 'up the list').toEqual([]);

    await person.open('General');
    // The actions under a pointer cover their neighbours, so the pointer moves away.
    await person.page.mouse.move(1, 1);
    for (let line = 0; line < 9; line += 1) await person.say(`line ${line} at ${width} px`);
    await expect(person.row('General', `line 8 at ${width} px`)).toContainText('Sent');
    await expect(person.button('Nudge')).toBeEnabled();
    await person.composer().focus();
    expect.soft((await hidden(person, 'Shift+Tab')).found, 'back from the field').toEqual([]);
    expect.soft((await hidden(person, 'Tab')).found, 'Tab, in the conversation').toEqual([]);
    await person.log('General').focus();
    await person.page.keyboard.press('End');
    expect.soft((await hidden(person, 'ArrowUp', 12)).found, 'up the log').toEqual([]);
    expect.soft((await hidden(person, 'ArrowDown', 8)).found, 'down the log').toEqual([]);

    // A bar at the top takes its own space and covers nothing.
    await person.context.setOffline(true);
    await expect(person.status('Connection lost')).toBeVisible();
    await person.composer().focus();
    expect.soft((await hidden(person, 'Shift+Tab')).found, 'with a bar').toEqual([]);
    await person.context.setOffline(false);
    await expect(person.status('Back online.')).toBeVisible();

    await person.page.goto(`${person.base}/privacy`);
    expect.soft((await hidden(person, 'Tab')).found, 'privacy').toEqual([]);
  });
}
