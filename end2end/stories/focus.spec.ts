// Whatever has the focus can be seen: nothing of the page lies over it, and no edge of what scrolls cuts it off (WCAG 2.4.11). By Tab
// through the whole page, by arrows through the list and the log, with a bar above everything as well.

import { photo, upload } from '../harness/files.ts';
import { marker, uuidv7 } from '../harness/ids.ts';
import { expect, test, type Person } from '../harness/people.ts';
import { persona, type Session } from '../harness/session.ts';

/** More stops than the page has. */
const STOPS_MAX = 200;

/** So much of what has the focus is to be seen: a button may be round. */
const SEEN_MIN = 10;
const FRAMES_MAX = 30;

/** What the focus is on, and how much of it can be seen: of 15 points those that nothing else covers. */
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
          // What scrolls shows only what is inside of it.
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

/** Presses a key until the focus has left the page, or so often; says which stops were hidden, wholly or by more than a third. */
async function hidden(person: Person, key: string, times = STOPS_MAX): Promise<{ stops: number; found: string[] }> {
  const found: string[] = [];
  let stops = 0;
  for (; stops < times; stops += 1) {
    await person.page.keyboard.press(key);
    // What scrolls has come to rest after a few frames.
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

/** A picture in the public room, which whoever is no contact of its sender uncovers first. */
async function shows(who: Session, words: string): Promise<void> {
  const { id } = await upload(who, photo(300, 200), 'garden.png');
  const file = { id, name: 'garden.png', alt: 'A garden' };
  await who.api.ok('POST', '/api/messages', { roomId: 'general', id: uuidv7(), content: words, files: [file] });
}

for (const [width, height] of [[1280, 800], [390, 844], [320, 640]] as const) {
  test(`the focus is never covered at ${width} px`, async ({ company, server }) => {
    test.setTimeout(120_000);
    const aylin = await persona(server.base, 'user_2');
    await shows(aylin, marker());
    await aylin.api.ok('POST', '/api/auth/logout');
    const emil = await company.come({ viewport: { width, height }, outage: true });
    await emil.signInAs('Emil');
    await expect(emil.button('Events').first()).toBeVisible();

    const list = await hidden(emil, 'Tab');
    expect.soft(list.found, 'Tab, in the list').toEqual([]);
    // The whole list is one of them.
    expect(list.stops).toBeGreaterThan(12);
    await emil.contact('General').first().focus();
    expect.soft((await hidden(emil, 'ArrowDown', 30)).found, 'down the list').toEqual([]);
    expect.soft((await hidden(emil, 'ArrowUp', 40)).found, 'up the list').toEqual([]);

    await emil.open('General');
    // What a pointer opens lies over what is beside it: the pointer goes out of the way.
    await emil.page.mouse.move(1, 1);
    for (let line = 0; line < 9; line += 1) await emil.say(`line ${line} at ${width} px`);
    await expect(emil.row('General', `line 8 at ${width} px`)).toContainText('Sent');
    await expect(emil.button('Nudge')).toBeEnabled();
    await emil.composer().focus();
    expect.soft((await hidden(emil, 'Shift+Tab')).found, 'back from the field').toEqual([]);
    expect.soft((await hidden(emil, 'Tab')).found, 'Tab, in the conversation').toEqual([]);
    await emil.log('General').focus();
    await emil.page.keyboard.press('End');
    expect.soft((await hidden(emil, 'ArrowUp', 12)).found, 'up the log').toEqual([]);
    expect.soft((await hidden(emil, 'ArrowDown', 8)).found, 'down the log').toEqual([]);

    // A bar above everything takes room, and covers nothing.
    await emil.context.setOffline(true);
    await expect(emil.status('Connection lost')).toBeVisible();
    await emil.composer().focus();
    expect.soft((await hidden(emil, 'Shift+Tab')).found, 'with a bar').toEqual([]);
    await emil.context.setOffline(false);
    await expect(emil.status('Back online.')).toBeVisible();

    await emil.page.goto(`${emil.base}/privacy`);
    expect.soft((await hidden(emil, 'Tab')).found, 'privacy').toEqual([]);
  });
}
