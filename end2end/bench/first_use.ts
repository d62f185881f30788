// Second part of the benchmark `cargo xtask bench ui`: a signed-in person opens the page, on a slow phone and a slow connection with an
// empty cache or with what the service worker keeps, and on a machine that nothing slows down. The benchmark measures the time until the
// list answers a press, the time until a message can be written, and the bytes that were loaded. A minimal page is measured in the same
// round, and a ratio compares the two results of one round (docs/performance.md). The benchmark tests nothing.

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

/** A way of using the page. */
interface Use {
  title: string;
  /** Processor and line are slow. */
  isSlow: boolean;
  /** The person was here before, so that the service worker has the files of the page. */
  returns: boolean;
}

const SLOW = `1.6 Mbit/s, 150 ms, processor ${CPU_SLOWER} times slower`;
const USES: Use[] = [
  { title: `${SLOW}, nothing kept`, isSlow: true, returns: false },
  { title: `${SLOW}, with the service worker`, isSlow: true, returns: true },
  { title: 'nothing slowed down, nothing kept', isSlow: false, returns: false },
];

type Which = 'product' | 'bare';

interface Round {
  use: string;
  product: Figures;
  bare: Figures;
  load: number;
}

/** Milliseconds since the navigation began, and bytes of answers until a conversation could be written in. */
interface Figures extends Times {
  bytes: number;
}

/** Times of a page since its navigation began, 0 for what has not happened. */
interface Times {
  writable: number;
  alive: number;
  written: number;
}

const TITLES: Record<keyof Figures, string> = {
  writable: 'until a pressed conversation has a text field (s)',
  alive: "until the program's own text field is there (s)",
  written: 'until what is written stands in the log (s)',
  bytes: "loaded until the program's own text field (KB)",
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
 * Presses a row in the first frame after the one that shows it, and notes when the rest has happened. The page does this itself: a press of
 * Playwright comes after several answers of a page that is busy.
 */
function press([row, text]: [string, string]): void {
  const times: Times = { writable: 0, alive: 0, written: 0 };
  Object.assign(window, { times });
  let frames = 0;
  const look = (): void => {
    const target = document.querySelector<HTMLElement>(row);
    if (target?.offsetParent) frames += 1;
    const isField = document.querySelector('textarea:enabled');
    // A bare page hears nothing before its script has run.
    if (frames > 1 && !isField) target?.click();
    if (isField) times.writable ||= performance.now();
    // What the document shows of a pressed conversation before the program is there lies outside of its body.
    if (document.querySelector('body textarea:enabled')) times.alive ||= performance.now();
    if (document.querySelector('body [role=log]')?.textContent?.includes(text)) times.written ||= performance.now();
    if (!times.written) requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
}

/** Opens a page, presses a conversation as soon as its row is visible, and writes as soon as there is a text field. */
async function used(page: Page, edge: Edge, path: string, row: string): Promise<Figures> {
  const session = await page.context().newCDPSession(page);
  if (edge.isSlow) await session.send('Emulation.setCPUThrottlingRate', { rate: CPU_SLOWER });
  const text = `first ${Math.random().toString(36).slice(2, 8)}`;
  await page.addInitScript(press, [row, text] as [string, string]);
  edge.bytes = 0;
  await page.goto(path, { waitUntil: 'commit' });
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
  return { ...((await handle.jsonValue()) as Times), bytes };
}

const ROW = 'nav [role=treeitem][aria-label^="General"]';

async function product(browser: Browser, edge: Edge, use: Use): Promise<Figures> {
  const context = await browser.newContext({ baseURL: edge.address, viewport: PHONE, hasTouch: true, serviceWorkers: use.returns ? 'allow' : 'block' });
  const headers = { origin: edge.address, 'x-requested-with': 'cookie' };
  const form = { displayName: `Bench ${Math.random().toString(36).slice(2, 6)}`, status: 'online', token: 'dev' };
  const answer = await context.request.post('/api/auth/login', { data: form, headers });
  if (!answer.ok()) throw new Error(await answer.text());
  if (use.returns) await visit(context);
  edge.isSlow = use.isSlow;
  const figures = await used(await context.newPage(), edge, '/app', ROW);
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

async function bare(browser: Browser, edge: Edge, use: Use): Promise<Figures> {
  const context = await browser.newContext({ baseURL: edge.address, viewport: PHONE, hasTouch: true });
  edge.isSlow = use.isSlow;
  const figures = await used(await context.newPage(), edge, '/', 'nav button');
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
  const measure = async (which: Which, use: Use): Promise<Figures> => {
    const browser = await launch();
    const figures = await { product, bare }[which](browser, edges[which], use);
    await browser.close();
    return figures;
  };
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
    const of = (which: Which) => rounds.map((round) => round[which][name] / 1_000);
    const ratio = median(rounds.map(({ product, bare }) => product[name] / bare[name]));
    console.log(`| ${TITLES[name]} | ${median(of('product')).toFixed(2)} | ${median(of('bare')).toFixed(2)} | ${ratio.toFixed(1)} |`);
  }
}

await main();
