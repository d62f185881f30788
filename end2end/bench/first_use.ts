// Second part of the benchmark `cargo xtask bench ui`: a signed-in person opens the page, on a slow phone and a slow connection with an
// empty cache or with what the service worker keeps, and on a machine that nothing slows down. The benchmark measures the time until the
// list answers a press, the time until a message can be written, and the bytes that were loaded. A second visit presses with the mouse: it
// measures the answer to the press, and what moves before a conversation can be written in. A minimal page is measured in the same round,
// and a ratio compares the two results of one round (docs/performance.md). The benchmark tests nothing.

import type { Browser, BrowserContext, Page } from '@playwright/test';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { Server } from '../harness/server.ts';
import { save, launch, median } from './figures.ts';
import { Edge } from './edge.ts';

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '3' }, quick: { type: 'boolean', default: false } } });
const ROUNDS = values.quick ? 1 : Number(values.rounds);

const CPU_SLOWER = 4;

const PHONE = { width: 390, height: 844 };
const DESK = { width: 1280, height: 800 };

/** A way of using the page. */
interface Use {
  title: string;
  /** Processor and line are slow. */
  isSlow: boolean;
  /** The person was here before, so that the service worker has the files of the page. */
  returns: boolean;
  viewport: typeof PHONE;
}

const SLOW = `1.6 Mbit/s, 150 ms, processor ${CPU_SLOWER} times slower`;
const USES: Use[] = [
  { title: `${SLOW}, nothing kept`, isSlow: true, returns: false, viewport: PHONE },
  { title: `${SLOW}, with the service worker`, isSlow: true, returns: true, viewport: PHONE },
  { title: 'nothing slowed down, nothing kept', isSlow: false, returns: false, viewport: PHONE },
  { title: 'nothing slowed down, 1280 px, nothing kept', isSlow: false, returns: false, viewport: DESK },
  { title: 'nothing slowed down, 1280 px, with the service worker', isSlow: false, returns: true, viewport: DESK },
];

type Which = 'product' | 'bare';

interface Round {
  use: string;
  product: Figures;
  bare: Figures;
  load: number;
}

/** Milliseconds since the navigation began, and bytes of answers until a conversation could be written in. */
interface Visit {
  writable: number;
  alive: number;
  written: number;
  bytes: number;
}

/** Milliseconds from a press with the mouse, and the layout shift (a score without a unit). */
interface Press {
  pressed: number;
  answered: number;
  shift: number;
}

type Figures = Visit & Press;

/** Times and layout shifts of a page: times since its navigation began, 0 for what has not happened, and each layout shift with its time. */
interface Times {
  writable: number;
  alive: number;
  written: number;
  down: number;
  pressed: number;
  up: number;
  shifts: [at: number, score: number][];
}

const TITLES: Record<keyof Figures, string> = {
  writable: 'until a pressed conversation has a text field (s)',
  alive: "until the program's own text field is there (s)",
  written: 'until what is written stands in the log (s)',
  bytes: "loaded until the program's own text field (KB)",
  pressed: 'from a press on a row until its pressed state is painted (s)',
  answered: 'from the release of the press until a text field (s)',
  shift: "layout shift from the first paint until the program's own text field",
};

/** Minimal page: a list, and a conversation that opens on a press. */
const BARE = `<!doctype html><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>bare</title>
  <nav><button>General</button></nav><main></main>
  <script type="module">
    document.querySelector('button').onclick = () => {
      document.querySelector('main').innerHTML = '<ol role="log"></ol><textarea aria-label="Message"></textarea>';
      document.querySelector('textarea').onkeydown = (event) => {
        if (event.key !== 'Enter') return;
        event.preventDefault();
        document.querySelector('ol').append(Object.assign(document.createElement('li'), { textContent: event.target.value }));
      };
    };
  </script>`;

/**
 * Notes when things happen. Unless the mouse will press, the page presses a row itself, in the first frame after the one that shows it: a
 * press of Playwright comes after several answers of a page that is busy. The time of a press of the mouse is the one at which the browser
 * got it, however busy the page is.
 */
function watch([row, text, isByMouse]: [string, string, boolean]): void {
  const times: Times = { writable: 0, alive: 0, written: 0, down: 0, pressed: 0, up: 0, shifts: [] };
  Object.assign(window, { times });
  addEventListener('pointerdown', ({ timeStamp }) => (times.down ||= timeStamp), true);
  addEventListener('pointerup', ({ timeStamp }) => (times.up ||= timeStamp), true);
  const shifted = (list: PerformanceObserverEntryList): void => {
    for (const { startTime, value, hadRecentInput } of list.getEntries() as (PerformanceEntry & { value: number; hadRecentInput: boolean })[]) {
      if (!hadRecentInput) times.shifts.push([startTime, value]);
    }
  };
  new PerformanceObserver(shifted).observe({ type: 'layout-shift', buffered: true });
  const afterPaint = (then: () => void): void => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = then;
    port2.postMessage(0);
  };
  let frames = 0;
  const look = (): void => {
    const target = document.querySelector<HTMLElement>(row);
    if (target?.offsetParent) frames += 1;
    const isField = document.querySelector('textarea:enabled');
    // A bare page hears nothing before its script has run.
    if (frames > 1 && !isField && !isByMouse) target?.click();
    if (times.down && target?.matches(':active')) afterPaint(() => (times.pressed ||= performance.now()));
    if (isField) times.writable ||= performance.now();
    // What the document shows of a pressed conversation before the program is there lies outside of its body.
    if (document.querySelector('body textarea:enabled')) times.alive ||= performance.now();
    if (document.querySelector('body [role=log]')?.textContent?.includes(text)) times.written ||= performance.now();
    if (!times.written) requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
}

/** Measures a visit to a page whose list has a row of a conversation. */
type Act<Part> = (page: Page, edge: Edge, path: string, row: string) => Promise<Part>;

/** Opens a page that notes its times. Returns the text that it waits for. */
async function opened(page: Page, edge: Edge, path: string, row: string, isByMouse: boolean): Promise<string> {
  const session = await page.context().newCDPSession(page);
  if (edge.isSlow) await session.send('Emulation.setCPUThrottlingRate', { rate: CPU_SLOWER });
  const text = `first ${Math.random().toString(36).slice(2, 8)}`;
  await page.addInitScript(watch, [row, text, isByMouse] as [string, string, boolean]);
  edge.bytes = 0;
  await page.goto(path, { waitUntil: 'commit' });
  return text;
}

/** Opens a page, presses a conversation as soon as its row is visible, and writes as soon as there is a text field. */
const used: Act<Visit> = async (page, edge, path, row) => {
  const text = await opened(page, edge, path, row, false);
  const field = page.locator('textarea:enabled');
  await field.first().waitFor();
  await field.fill(text);
  await field.press('Enter');
  await page.locator('body textarea:enabled').waitFor();
  const { bytes } = edge;
  const handle = await page.waitForFunction(() => {
    const { times } = window as unknown as { times: Times };
    return times.written ? times : undefined;
  });
  const { writable, alive, written } = (await handle.jsonValue()) as Times;
  return { writable, alive, written, bytes };
};

/** Opens a page and presses a conversation with the mouse, which is held until the pressed state is painted. Nothing is written. */
const pressed: Act<Press> = async (page, edge, path, row) => {
  await opened(page, edge, path, row, true);
  const target = page.locator(row).first();
  await target.waitFor();
  const { x, y, width, height } = (await target.boundingBox())!;
  await page.mouse.move(x + width / 2, y + height / 2);
  await page.mouse.down();
  await page.waitForFunction(() => (window as unknown as { times: Times }).times.pressed);
  await page.mouse.up();
  const handle = await page.waitForFunction(() => {
    const { times } = window as unknown as { times: Times };
    return times.alive ? times : undefined;
  });
  const times = (await handle.jsonValue()) as Times;
  const before = times.shifts.filter(([at]) => at <= times.alive);
  const shift = before.reduce((sum, [, score]) => sum + score, 0);
  return { pressed: times.pressed - times.down, answered: times.writable - times.up, shift };
};

const ROW = 'nav [role=treeitem][aria-label^="General"]';

async function product<Part>(browser: Browser, edge: Edge, use: Use, act: Act<Part>): Promise<Part> {
  // The visit before this one is that of a phone, whose list has a way back from a conversation.
  const context = await browser.newContext({ baseURL: edge.address, viewport: PHONE, hasTouch: use.viewport === PHONE, serviceWorkers: use.returns ? 'allow' : 'block' });
  const headers = { origin: edge.address, 'x-requested-with': 'cookie' };
  const form = { displayName: `Bench ${Math.random().toString(36).slice(2, 6)}`, status: 'online', token: 'dev' };
  const answer = await context.request.post('/api/auth/login', { data: form, headers });
  if (!answer.ok()) throw new Error(await answer.text());
  if (use.returns) await visit(context);
  edge.isSlow = use.isSlow;
  const page = await context.newPage();
  await page.setViewportSize(use.viewport);
  const figures = await act(page, edge, '/app', ROW);
  edge.isSlow = false;
  await context.close();
  return figures;
}

/** Visits the messenger until its service worker has the files of the page. */
async function visit(context: BrowserContext): Promise<void> {
  const page = await context.newPage();
  await page.goto('/app');
  await page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
  // Only a page that the service worker controls asks it for files.
  await page.reload();
  await page.locator(ROW).first().click();
  await page.locator('textarea:enabled').waitFor();
  // Left open, the conversation would be there at once the next time, and nothing would be pressed.
  await page.getByRole('button', { name: 'Back to contacts' }).click();
  await page.locator(ROW).first().waitFor();
  await page.waitForFunction(async (files) => {
    const names = await caches.keys();
    const kept = (await Promise.all(names.map(async (name) => (await caches.open(name)).keys()))).flat();
    return files.every((file) => kept.some(({ url }) => url.includes(file)));
  }, ['/pkg/app.', '/pkg/shared.', '/pkg/split_home.', '/pkg/split_talk.']);
  await page.close();
}

async function bare<Part>(browser: Browser, edge: Edge, use: Use, act: Act<Part>): Promise<Part> {
  const context = await browser.newContext({ baseURL: edge.address, viewport: use.viewport, hasTouch: use.viewport === PHONE });
  edge.isSlow = use.isSlow;
  const figures = await act(await context.newPage(), edge, '/', 'nav button');
  edge.isSlow = false;
  await context.close();
  return figures;
}

async function main(): Promise<void> {
  const server = await Server.start({ vars: { RATE_LOGIN: '0' } });
  const plain = createServer((_, answer) => void answer.writeHead(200, { 'content-type': 'text/html' }).end(BARE));
  await new Promise<void>((ready) => plain.listen(0, '127.0.0.1', ready));
  const edges = { product: await Edge.to(server.port), bare: await Edge.to((plain.address() as AddressInfo).port) };
  const rounds: Round[] = [];
  const run = async <Part>(which: Which, use: Use, act: Act<Part>): Promise<Part> => {
    const browser = await launch();
    const figures = await (which === 'product' ? product : bare)(browser, edges[which], use, act);
    await browser.close();
    return figures;
  };
  const measure = async (which: Which, use: Use): Promise<Figures> => ({ ...(await run(which, use, used)), ...(await run(which, use, pressed)) });
  try {
    // The edge compresses a file when it is asked for the first time, so this run is not counted.
    await measure('product', USES[0]!);
    for (let round = 0; round < ROUNDS; round += 1) {
      for (const use of USES) {
        const measured: Partial<Record<Which, Figures>> = {};
        // The order alternates, so that neither page is always measured first.
        for (const which of round % 2 === 0 ? (['bare', 'product'] as const) : (['product', 'bare'] as const)) {
          measured[which] = await measure(which, use);
          console.log(round + 1, use.title, which, JSON.stringify(measured[which]));
        }
        rounds.push({ use: use.title, product: measured.product!, bare: measured.bare!, load: loadavg()[0]! });
      }
    }
  } finally {
    plain.close();
    edges.product.close();
    edges.bare.close();
    await server.stop();
  }
  USES.forEach(({ title }) => print(title, rounds.filter(({ use }) => use === title)));
  save('first-use', { rounds });
}

function print(title: string, rounds: Round[]): void {
  console.log(`\n${title}; ${ROUNDS} rounds, load ${rounds.map(({ load }) => load.toFixed(1)).join(' ')}\n`);
  console.log('| | median | bare page, median | ratio, median |\n|---|---|---|---|');
  for (const name of Object.keys(TITLES) as (keyof Figures)[]) {
    const of = (which: Which) => rounds.map((round) => round[which][name] / (name === 'shift' ? 1 : 1_000));
    const ratio = median(rounds.map(({ product, bare }) => product[name] / bare[name]));
    const digits = ['pressed', 'answered', 'shift'].includes(name) ? 3 : 2;
    // A bare page in which nothing moves has no ratio.
    const compared = Number.isFinite(ratio) ? ratio.toFixed(1) : '–';
    console.log(`| ${TITLES[name]} | ${median(of('product')).toFixed(digits)} | ${median(of('bare')).toFixed(digits)} | ${compared} |`);
  }
}

await main();
