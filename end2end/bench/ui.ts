// Benchmark `cargo xtask bench ui`: measures the delays of the page that a person notices, in Chromium. The baseline is a minimal page of a
// few lines. Every round measures both, one after the other, and a ratio compares the two results of one round (docs/performance.md). The
// benchmark tests nothing.

import type { Browser, Page } from '@playwright/test';
import { loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { fill } from '../harness/history.ts';
import { Server } from '../harness/server.ts';
import { save, launch, percentile } from './figures.ts';

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '3' }, quick: { type: 'boolean', default: false } } });
const ROUNDS = values.quick ? 1 : Number(values.rounds);
const MESSAGES = values.quick ? 600 : 5_000;
const CONTACTS = 1_000;
const KEYS = values.quick ? 30 : 120;
const SENDS = values.quick ? 5 : 40;
const OPENINGS = values.quick ? 3 : 15;
const FRAMES = values.quick ? 60 : 240;
/** A frame that came later than this missed a display refresh. */
const LATE_MS = 17.5;

const VARS = { RATE_CHAT: '0', RATE_FRAME: '0', RATE_HISTORY: '0', RATE_LOGIN: '0', RATE_REST: '0', RATE_TYPING: '0', OPEN_ROOMS: '1' };
const line = (n: number) => `line-${String(n).padStart(4, '0')} ${'and so on '.repeat(n % 7)}`;

interface Goal {
  title: string;
  unit: string;
  must?: number;
}

const GOALS: Record<string, Goal> = {
  key_p75: { title: 'keystroke to paint, p75', unit: 'ms', must: 16 },
  key_p95: { title: 'keystroke to paint, p95', unit: 'ms' },
  key_alone_p75: { title: 'the same without a conversation of 5,000, p75', unit: 'ms' },
  send_p50: { title: 'Enter to own message painted, p50', unit: 'ms' },
  send_p95: { title: 'Enter to own message painted, p95', unit: 'ms', must: 50 },
  open_first: { title: 'first conversation opened, with the part of the page and the history that it brings', unit: 'ms' },
  open_p50: { title: 'conversation opened again, p50', unit: 'ms', must: 100 },
  open_p95: { title: 'conversation opened again, p95', unit: 'ms' },
  list_late: { title: `contact list of ${CONTACTS}, scrolled: late frames`, unit: '%' },
  log_late: { title: 'the log, scrolled: late frames', unit: '%' },
};

type Figures = Record<string, number>;

/** Minimal page with only the measured parts: a text field, a list that grows and two lists that scroll. */
const BARE = `<!doctype html><meta charset="utf-8"><title>bare</title><style>
  ul{height:500px;overflow:auto;margin:0}li{height:24px}</style>
  <textarea aria-label="Message"></textarea><button>Open</button><ol role="log"></ol>
  <ul id="list">${Array.from({ length: CONTACTS }, (_, n) => `<li>Contact ${n}</li>`).join('')}</ul>
  <ul id="log">${Array.from({ length: MESSAGES }, (_, n) => `<li>${line(n)}</li>`).join('')}</ul>
  <script>
    const field = document.querySelector('textarea'), log = document.querySelector('ol');
    const say = (text) => log.append(Object.assign(document.createElement('li'), { textContent: text }));
    field.onkeydown = (event) => { if (event.key === 'Enter') { event.preventDefault(); say(field.value); field.value = ''; } };
    document.querySelector('button').onclick = () => { log.replaceChildren(); for (let n = 0; n < 100; n += 1) say('line ' + n); };
  </script>`;

/** Runs in the page. Measures the time from an event to the paint in which its effect is visible. */
function meter(): void {
  const waits: number[] = [];
  const afterPaint = (then: () => void) =>
    requestAnimationFrame(() => {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = then;
      port2.postMessage(0);
    });
  let isArmed = false;
  let since = 0;
  let text: string | undefined;
  const sample = () => {
    const log = document.querySelector('[role=log]');
    if (since === 0 || (text !== undefined && !log?.textContent?.includes(text))) return;
    const from = since;
    since = 0;
    afterPaint(() => waits.push(performance.now() - from));
  };
  const begin = (event: Event) => {
    if (!isArmed) return;
    isArmed = false;
    since = event.timeStamp;
    if (text === undefined) sample();
  };
  for (const name of ['keydown', 'click']) addEventListener(name, begin, { capture: true });
  // The script runs before the document exists, so the observer starts later.
  addEventListener('DOMContentLoaded', () => new MutationObserver(sample).observe(document.body, { childList: true, subtree: true, characterData: true }));
  Object.assign(globalThis, {
    waits,
    /**
     * Arms the meter for the next key or press. The measurement ends at the paint after this text stands in the log; without a text it ends
     * at the next paint.
     */
    arm(wanted?: string) {
      [isArmed, since, text] = [true, 0, wanted];
    },
  });
}

type Meter = { waits: number[]; arm(text?: string): void };

/** Repeats an action on the page and returns the sorted durations. */
async function timed(page: Page, times: number, deed: (n: number) => Promise<string | undefined>, act: (n: number) => Promise<void>): Promise<number[]> {
  await page.evaluate(() => (globalThis as unknown as Meter).waits.splice(0));
  for (let n = 0; n < times; n += 1) {
    const text = await deed(n);
    await page.evaluate((text) => (globalThis as unknown as Meter).arm(text ?? undefined), text ?? null);
    await act(n);
    await page.waitForFunction((n) => (globalThis as unknown as Meter).waits.length > n, n, { polling: 20 });
    // The pauses differ, so that the keys do not always fall at the same moment of a frame.
    await page.waitForTimeout(40 + ((n * 37) % 61));
  }
  return (await page.evaluate(() => (globalThis as unknown as Meter).waits)).sort((a, b) => a - b);
}

/** Scrolls an element by a fixed distance in every frame. Returns the percentage of frames that came late. */
const scrolled = (page: Page, selector: string, byPx: number): Promise<number> =>
  page.evaluate(
    async ([selector, byPx, frames, lateMs]) => {
      const frame = () => new Promise<number>((resolve) => requestAnimationFrame(resolve));
      let element = document.querySelector(selector)!;
      while (element.scrollHeight <= element.clientHeight) element = element.parentElement!;
      let late = 0;
      let at = await frame();
      let step = byPx;
      for (let n = 0; n < frames; n += 1) {
        const before = element.scrollTop;
        element.scrollTop += step;
        if (element.scrollTop === before) step = -step;
        const now = await frame();
        if (now - at > lateMs) late += 1;
        at = now;
      }
      return (late / frames) * 100;
    },
    [selector, byPx, FRAMES, LATE_MS] as const,
  );

async function keys(page: Page, name: string): Promise<Figures> {
  await page.getByRole('textbox', { name: 'Message', exact: true }).fill('');
  await page.getByRole('textbox', { name: 'Message', exact: true }).focus();
  const waits = await timed(page, KEYS, async () => undefined, (n) => page.keyboard.press('abcdefghij klmnop'[n % 17] === ' ' ? 'Space' : 'abcdefghij klmnop'[n % 17]!));
  return { [`${name}_p75`]: percentile(waits, 0.75), [`${name}_p95`]: percentile(waits, 0.95) };
}

async function sends(page: Page): Promise<Figures> {
  const field = page.getByRole('textbox', { name: 'Message', exact: true });
  const mark = Math.random().toString(36).slice(2, 8);
  const waits = await timed(
    page,
    SENDS,
    async (n) => {
      await field.fill(`${mark} said ${n}.`);
      return `${mark} said ${n}.`;
    },
    () => field.press('Enter'),
  );
  return { send_p50: percentile(waits, 0.5), send_p95: percentile(waits, 0.95) };
}

async function openings(page: Page, last: string, open: () => Promise<void>, leave: () => Promise<void>): Promise<Figures> {
  const waits = await timed(
    page,
    OPENINGS,
    async () => {
      await leave();
      return last;
    },
    open,
  );
  return { open_p50: percentile(waits, 0.5), open_p95: percentile(waits, 0.95) };
}

async function product(browser: Browser, base: string): Promise<Figures> {
  const context = await browser.newContext({ baseURL: base, viewport: { width: 1280, height: 800 }, serviceWorkers: 'block', reducedMotion: 'reduce' });
  await context.addInitScript(meter);
  const page = await context.newPage();
  // A slow page must be measured and must not end in a timeout.
  page.setDefaultTimeout(180_000);
  const items = Array.from({ length: CONTACTS }, (_, n) => ({
    id: `C${n}`, displayName: `Contact ${n}`, avatarId: 'av_01', kind: 'user', relation: 'contact', status: 'online', personalMessage: `number ${n}`, since: 1,
  }));
  await page.route(/\/api\/me\/contacts\b/, (route) => route.fulfill({ json: { success: true, data: { items, next: null, more: false }, error: null, requestId: '0' } }));
  await page.goto(`${base}/sign-in`);
  await page.getByRole('textbox', { name: 'Your name' }).fill(`Bench ${Math.random().toString(36).slice(2, 6)}`);
  await page.getByRole('button', { name: 'Join', exact: true }).click();
  const contacts = page.getByRole('navigation', { name: 'Contacts' });
  const box = page.getByRole('searchbox', { name: 'Search people and messages' });
  /** The row of a room. It is searched for: of a list of 1,000 contacts, only rows near the view are in the document. */
  const room = async (name: string) => {
    await box.fill(name);
    const row = { name: new RegExp(`^${name}(,|$)`) };
    return contacts.getByRole('button', row).or(contacts.getByRole('treeitem', row)).first();
  };
  const log = page.getByRole('log');
  // The meter of the sign-in page goes away with it. The part that brings this sheet is the last of the page's start.
  await page.waitForURL('**/app');
  await page.locator('link[rel=stylesheet][href="/pkg/home.css"]').first().waitFor({ state: 'attached' });
  // The first opening can be measured once per page load. The label ` says` appears in the log as soon as a message has its author.
  const first = await room('Room');
  await first.waitFor();
  const [open_first] = await timed(page, 1, async () => ' says', () => first.click());
  await (await room('Music')).click();
  const alone = await keys(page, 'key_alone');

  // The search for one of the first messages makes the page load all messages.
  const found = contacts.getByRole('list', { name: 'Messages' }).getByRole('button', { name: 'line-0001' });
  while (!(await found.isVisible())) {
    await box.fill('line-0001');
    await box.press('Enter');
    await found.waitFor({ timeout: 5_000 }).catch(() => undefined);
  }
  await found.click();
  await log.getByRole('listitem').filter({ hasText: 'line-0001' }).waitFor({ timeout: 120_000 });
  await box.fill('');
  await page.waitForTimeout(1_500);
  const log_late = await scrolled(page, '[role=log]', 60);
  // The last rows are not in the document at this point, so the key End scrolls there.
  await log.getByRole('listitem').last().press('End');
  await page.waitForTimeout(500);
  const typed = await keys(page, 'key');
  await page.getByRole('textbox', { name: 'Message', exact: true }).fill('');
  const sent = await sends(page);
  const last = (await log.getByRole('listitem').last().textContent())!.match(/\w+ said \d+\./)![0];
  const tab = (name: string) => page.getByRole('navigation', { name: 'Open conversations' }).getByRole('button', { name, exact: true });
  const opened = await openings(page, last, () => tab('Room').click(), () => tab('Music').click());
  await contacts.getByText('Contact 1', { exact: true }).waitFor();
  const list_late = await scrolled(page, 'nav [aria-posinset="2"]', 40);
  await context.close();
  const { key_alone_p75 } = alone as { key_alone_p75: number };
  return { ...typed, key_alone_p75, ...sent, open_first: open_first!, ...opened, list_late, log_late };
}

async function bare(browser: Browser): Promise<Figures> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  await context.addInitScript(meter);
  const page = await context.newPage();
  await page.route('http://bare.test/', (route) => route.fulfill({ contentType: 'text/html', body: BARE }));
  await page.goto('http://bare.test/');
  const alone = await keys(page, 'key_alone');
  const typed = await keys(page, 'key');
  await page.getByRole('textbox').fill('');
  const sent = await sends(page);
  const leave = () => page.evaluate(() => document.querySelector('ol')!.replaceChildren());
  const opened = await openings(page, 'line 99', () => page.getByRole('button').click(), leave);
  const list_late = await scrolled(page, '#list', 40);
  const log_late = await scrolled(page, '#log', 60);
  await context.close();
  // The minimal page has everything from the start, so there is no separate first opening.
  return { ...typed, key_alone_p75: alone['key_alone_p75']!, ...sent, open_first: NaN, ...opened, list_late, log_late };
}

const spread = (values: number[]): [number, number, number] => {
  const sorted = values.filter((value) => !Number.isNaN(value)).sort((a, b) => a - b);
  return [sorted[0] ?? NaN, percentile(sorted, 0.5), sorted.at(-1) ?? NaN];
};
const shown = (value: number): string => (Number.isFinite(value) ? value.toFixed(value < 10 ? 2 : 1) : '–');

async function main(): Promise<void> {
  const server = await Server.start({ vars: VARS });
  const rounds: { product: Figures; bare: Figures; load: number }[] = [];
  try {
    await fill(server.base, 'room', Array.from({ length: MESSAGES }, (_, n) => line(n)));
    for (let round = 0; round < ROUNDS; round += 1) {
      const measured: Partial<Record<'product' | 'bare', Figures>> = {};
      // The order alternates, so that neither page is always measured first.
      for (const which of round % 2 === 0 ? (['bare', 'product'] as const) : (['product', 'bare'] as const)) {
        const browser = await launch();
        measured[which] = await (which === 'bare' ? bare(browser) : product(browser, server.base));
        await browser.close();
        console.log(round + 1, which, Object.entries(measured[which]!).map(([name, value]) => `${name} ${shown(value)}`).join('  '));
      }
      rounds.push({ product: measured.product!, bare: measured.bare!, load: loadavg()[0]! });
    }
  } finally {
    await server.stop();
  }
  console.log(`\n${MESSAGES} messages, ${ROUNDS} rounds, load ${rounds.map(({ load }) => shown(load)).join(' ')}\n`);
  console.log('| | min | median | max | bare page, median | ratio, median | must |\n|---|---|---|---|---|---|---|');
  for (const [name, { title, unit, must }] of Object.entries(GOALS)) {
    const [min, median, max] = spread(rounds.map(({ product }) => product[name]!));
    const [, plain] = spread(rounds.map(({ bare }) => bare[name]!));
    const [, ratio] = spread(rounds.map(({ product, bare }) => product[name]! / bare[name]!));
    const mark = must === undefined ? '' : `≤ ${must} ${unit} ${median <= must ? 'pass' : '**falls short**'}`;
    console.log(`| ${title} (${unit}) | ${shown(min)} | ${shown(median)} | ${shown(max)} | ${shown(plain)} | ${shown(ratio)} | ${mark} |`);
  }
  save('ui', { messages: MESSAGES, rounds });
}

await main();
