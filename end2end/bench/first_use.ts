// Second part of the benchmark `cargo xtask bench ui`: a signed-in person with an empty cache opens the page on a slow phone and a slow
// connection. The benchmark measures the time until the list answers a press, the time until a message can be written, and the bytes that
// were loaded. A minimal page is measured in the same round, and a ratio compares the two results of one round (docs/performance.md). The
// benchmark tests nothing.

import type { Browser, CDPSession, Page } from '@playwright/test';
import { createServer, request, type Server as Http } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { brotliCompressSync, constants } from 'node:zlib';
import { Server } from '../harness/server.ts';
import { save, launch, median } from './figures.ts';

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '3' }, quick: { type: 'boolean', default: false } } });
const ROUNDS = values.quick ? 1 : Number(values.rounds);

/** 1.6 Mbit/s down, 0.75 Mbit/s up, 150 ms round trip. */
const LINE = { offline: false, latency: 150, downloadThroughput: 1_600_000 / 8, uploadThroughput: 750_000 / 8 };
const CPU_SLOWER = 4;

/** Milliseconds since the navigation began, and bytes that were transferred. */
interface Figures {
  pressed: number;
  writable: number;
  written: number;
  bytes: number;
}

const TITLES: Record<keyof Figures, string> = {
  pressed: 'until the list answers a press (s)',
  writable: 'until a conversation can be written in (s)',
  written: 'until what is written stands in it (s)',
  bytes: 'loaded until then (KB)',
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

/** Types of answers that the platform compresses, as far as the page loads them. */
const COMPRESSED = /^(text\/(html|css|javascript)|application\/(javascript|wasm|manifest\+json)|image\/svg\+xml)/;

/** Compresses an answer. A document is another one each time, so it may not take long. */
const pack = (path: string, body: Buffer): Buffer => brotliCompressSync(body, { params: { [constants.BROTLI_PARAM_QUALITY]: path.startsWith('/pkg/') ? 11 : 4 } });

/** Starts a proxy that compresses documents, files and drawings. The platform does that in front of a Worker; the local host does not. */
async function edge(port: number): Promise<Http> {
  const packed = new Map<string, Buffer>();
  const proxy = createServer((asked, answer) => {
    const path = asked.url!;
    const isFile = /^\/(pkg|assets)\//.test(path);
    const onward = request({ host: '127.0.0.1', port, path, method: asked.method, headers: { ...asked.headers, 'accept-encoding': 'identity' } }, (given) => {
      if (asked.method !== 'GET' || given.statusCode !== 200 || !COMPRESSED.test(given.headers['content-type'] ?? '')) {
        answer.writeHead(given.statusCode!, given.headers);
        return void given.pipe(answer);
      }
      const parts: Buffer[] = [];
      given.on('data', (part: Buffer) => parts.push(part));
      given.on('end', () => {
        const body = packed.get(path) ?? pack(path, Buffer.concat(parts));
        if (isFile) packed.set(path, body);
        const { 'content-length': _, 'transfer-encoding': __, ...headers } = given.headers;
        answer.writeHead(200, { ...headers, 'content-encoding': 'br' }).end(body);
      });
    });
    asked.pipe(onward);
  });
  proxy.on('upgrade', (asked, socket, head) => {
    const onward = connect(port, '127.0.0.1', () => {
      const headers = asked.rawHeaders.map((text: string, at: number) => (at % 2 === 0 ? `${text}: ` : `${text}\r\n`)).join('');
      onward.write(`GET ${asked.url} HTTP/1.1\r\n${headers}\r\n`);
      onward.write(head);
      socket.pipe(onward).pipe(socket);
    });
    for (const end of [socket, onward]) end.on('error', () => (socket.destroy(), onward.destroy()));
  });
  await new Promise<void>((ready) => proxy.listen(0, '127.0.0.1', ready));
  return proxy;
}

/** Slows down network and processor; counts the bytes that the page receives. */
async function slow(page: Page): Promise<{ bytes: () => number }> {
  const session: CDPSession = await page.context().newCDPSession(page);
  let bytes = 0;
  session.on('Network.loadingFinished', ({ encodedDataLength }) => void (bytes += encodedDataLength));
  await session.send('Network.enable');
  await session.send('Network.emulateNetworkConditions', LINE);
  await session.send('Emulation.setCPUThrottlingRate', { rate: CPU_SLOWER });
  return { bytes: () => bytes };
}

/**
 * Returns the page's own time at which an element with these words appears. The condition is a function, because the policy of our pages
 * forbids the evaluation of text.
 */
async function at(page: Page, selector: string, words = ''): Promise<number> {
  const isThere = ([selector, words]: [string, string]) => {
    const element = document.querySelector(selector);
    return element?.textContent?.includes(words) ? performance.now() : 0;
  };
  const handle = await page.waitForFunction(isThere, [selector, words] as [string, string], { polling: 'raf', timeout: 180_000 });
  return (await handle.jsonValue()) as number;
}

/** Opens a page, presses a conversation as soon as its row is visible, and writes as soon as there is a text field. */
async function used(page: Page, address: string, row: string): Promise<Figures> {
  const line = await slow(page);
  await page.goto(address, { waitUntil: 'commit' });
  await at(page, row);
  await page.locator(row).first().click();
  const pressed = await at(page, '[role=log]');
  const writable = await at(page, 'textarea:enabled');
  const text = `first ${Math.random().toString(36).slice(2, 8)}`;
  await page.locator('textarea').fill(text);
  await page.locator('textarea').press('Enter');
  const written = await at(page, '[role=log]', text);
  return { pressed, writable, written, bytes: line.bytes() };
}

async function product(browser: Browser, base: string): Promise<Figures> {
  const context = await browser.newContext({ baseURL: base, viewport: { width: 390, height: 844 }, hasTouch: true, serviceWorkers: 'block' });
  const headers = { origin: new URL(base).origin, 'x-requested-with': 'cookie' };
  const form = { displayName: `Bench ${Math.random().toString(36).slice(2, 6)}`, status: 'online', token: 'dev' };
  const answer = await context.request.post(`${base}/api/auth/login`, { data: form, headers });
  if (!answer.ok()) throw new Error(await answer.text());
  const figures = await used(await context.newPage(), `${base}/app`, 'nav [role=treeitem][aria-label^="General"]');
  await context.close();
  return figures;
}

async function bare(browser: Browser, address: string): Promise<Figures> {
  const context = await browser.newContext({ viewport: { width: 390, height: 844 }, hasTouch: true });
  const figures = await used(await context.newPage(), address, 'nav button');
  await context.close();
  return figures;
}

async function main(): Promise<void> {
  const server = await Server.start({ vars: { RATE_LOGIN: '0' } });
  const front = await edge(server.port);
  const plain = createServer((_, answer) => void answer.writeHead(200, { 'content-type': 'text/html' }).end(BARE));
  await new Promise<void>((ready) => plain.listen(0, '127.0.0.1', ready));
  const rounds: { product: Figures; bare: Figures; load: number }[] = [];
  const address = { product: `http://127.0.0.1:${(front.address() as AddressInfo).port}`, bare: `http://127.0.0.1:${(plain.address() as AddressInfo).port}/` };
  const measure = async (which: 'product' | 'bare'): Promise<Figures> => {
    const browser = await launch();
    const figures = await { product, bare }[which](browser, address[which]);
    await browser.close();
    return figures;
  };
  try {
    // The proxy compresses a file on its first request, so this run is not counted.
    await measure('product');
    for (let round = 0; round < ROUNDS; round += 1) {
      const measured: Partial<Record<'product' | 'bare', Figures>> = {};
      // The order alternates, so that neither page is always measured first.
      for (const which of round % 2 === 0 ? (['bare', 'product'] as const) : (['product', 'bare'] as const)) {
        measured[which] = await measure(which);
        console.log(round + 1, which, JSON.stringify(measured[which]));
      }
      rounds.push({ product: measured.product!, bare: measured.bare!, load: loadavg()[0]! });
    }
  } finally {
    plain.close();
    front.closeAllConnections();
    front.close();
    await server.stop();
  }
  console.log(`\nSlow: 1.6 Mbit/s, 150 ms, processor ${CPU_SLOWER} times slower, nothing kept; ${ROUNDS} rounds, load ${rounds.map(({ load }) => load.toFixed(1)).join(' ')}\n`);
  console.log('| | median | bare page, median | ratio, median |\n|---|---|---|---|');
  for (const name of Object.keys(TITLES) as (keyof Figures)[]) {
    const of = (which: 'product' | 'bare') => rounds.map((round) => round[which][name] / 1_000);
    const ratio = median(rounds.map(({ product, bare }) => product[name] / bare[name]));
    console.log(`| ${TITLES[name]} | ${median(of('product')).toFixed(2)} | ${median(of('bare')).toFixed(2)} | ${ratio.toFixed(1)} |`);
  }
  save('first-use', { rounds });
}

await main();
