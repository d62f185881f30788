// Hosts the built Worker in one Miniflare, on the bindings of wrangler.toml, without the proxies of `wrangler dev`.
// Started by `cargo xtask serve` with CFM_SERVE = {port, state, vars, site, worker}. Lives as long as its standard
// input is open. A workerd that dies is started again on the same port and state: a page reconnects, nothing
// acknowledged is lost.
//
// Of the demo's plug (docs/spec/demo.md) this is the end in the wall: a port of its own on the loopback address, whose path is a secret
// that only the Worker is told, as PLUG_URL. POST there is SIGKILL to workerd; GET says how often, and how long it was gone the last time.
//
// The bindings are never used from here (miniflare's `getD1Database` and the like): such a call stops this process until
// the runtime answers, and a runtime whose output nobody reads meanwhile stops as well. The Worker makes its own tables.

import { execFileSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire, enableCompileCache } from 'node:module';
import { join, resolve } from 'node:path';

// Miniflare is one large file. As a module it would be read three times before it runs; as what it is, with its code compiled by an
// earlier start, loading it takes a third of that.
enableCompileCache('target/compile-cache');
const { Log, LogLevel, Miniflare, convertV4MiniflareOptions } = createRequire(import.meta.url)('miniflare');

const { port, state, vars, site, worker } = JSON.parse(process.env.CFM_SERVE);
const WATCH_INTERVAL_MS = 10;
// Between two looks whether a Worker that was killed answers again.
const ANSWER_INTERVAL_MS = 10;
// The bench asks for no file, and its baselines have none: what stands in here for the part of the edge that answers files are
// three more Workers on the way of every request.
const hasFiles = process.env.CFM_WITHOUT_FILES !== '1';
// Tests let a server of theirs stand in for all that the Worker fetches: host and port.
const outside = process.env.CFM_OUTSIDE;
const OUTSIDE = 'outside';
// And they let queues gather for this many seconds: nothing hangs on the size of a batch, and every test of a table waits for one.
const queueWaitS = process.env.CFM_QUEUE_WAIT_S;

// What wrangler makes of these, kept from one start to the next: to load wrangler takes longer than all the rest of a start.
const MADE_OF = ['wrangler.toml', 'node_modules/wrangler/package.json', join(site, '_headers'), join(site, '_redirects')];
const KEPT = 'target/worker-options.json';

/** The bindings of wrangler.toml, as miniflare takes them. */
async function workerOptions() {
  const directory = resolve(site);
  const hash = createHash('sha256').update(directory);
  for (const path of MADE_OF) hash.update(`\0${existsSync(path) ? readFileSync(path) : ''}`);
  const key = hash.digest('hex');
  const kept = existsSync(KEPT) ? JSON.parse(readFileSync(KEPT, 'utf8')) : {};
  if (kept.key === key) return kept.options;
  const { unstable_getMiniflareWorkerOptions } = await import('wrangler');
  const made = unstable_getMiniflareWorkerOptions('wrangler.toml', undefined, { overrides: { assets: { directory } } });
  const text = JSON.stringify({ key, options: made.workerOptions });
  // Whole or not at all: several start side by side.
  mkdirSync('target', { recursive: true });
  writeFileSync(`${KEPT}.${process.pid}`, text);
  renameSync(`${KEPT}.${process.pid}`, KEPT);
  return JSON.parse(text).options;
}

async function options() {
  const fromWrangler = await workerOptions();
  const modulesRoot = resolve(worker);
  return {
    host: '127.0.0.1',
    port,
    log: new Log(LogLevel.WARN),
    // This is not the edge, and does not pretend to be: what it says of a request's origin counts where the variables say so.
    cf: {},
    // Tests ring the crons: `/cdn-cgi/local/scheduled?cron=…` belongs to this host, a deployment has no such path.
    unsafeTriggerHandlers: true,
    // The bench asks there how much memory the Worker has.
    ...(process.env.CFM_INSPECTOR_PORT ? { inspectorPort: Number(process.env.CFM_INSPECTOR_PORT) } : {}),
    // The folder that `wrangler dev --persist-to` makes below the same state.
    resourcePersistencePath: join(resolve(state), 'v3'),
    workers: [
      {
        ...fromWrangler,
        ...(hasFiles ? {} : { assets: undefined }),
        ...(queueWaitS ? { queueConsumers: withWait(fromWrangler.queueConsumers, Number(queueWaitS)) } : {}),
        ...(outside ? { outboundService: OUTSIDE } : {}),
        name: 'cf-messenger',
        bindings: { ...fromWrangler.bindings, PLUG_URL: plug.url, ...vars },
        modulesRoot,
        modules: [
          { type: 'ESModule', path: join(modulesRoot, 'index.js') },
          { type: 'CompiledWasm', path: join(modulesRoot, 'index_bg.wasm') },
        ],
      },
      ...(outside ? [standIn(outside)] : []),
    ],
  };
}

/** A Worker that hands on everything to a server of the tests, addresses and all. */
function standIn(address) {
  return {
    name: OUTSIDE,
    modules: true,
    compatibilityDate: '2026-04-07',
    script: 'export default { fetch: (request, env) => env.SERVER.fetch(request) }',
    serviceBindings: { SERVER: { external: { address, http: {} } } },
  };
}

function withWait(consumers, maxBatchTimeout) {
  return Object.fromEntries(Object.entries(consumers).map(([queue, consumer]) => [queue, { ...consumer, maxBatchTimeout }]));
}

/** Process id of our workerd: miniflare does not tell it, the process table does. */
function workerdPid() {
  const rows = existsSync('/proc/self/stat') ? readdirSync('/proc').map(statOf) : psRows();
  return rows.find((row) => row?.parent === process.pid && row.name === 'workerd')?.pid;
}

function statOf(entry) {
  try {
    const [, pid, name, parent] = /^(\d+) \((.*)\) \S (\d+)/.exec(readFileSync(`/proc/${entry}/stat`, 'utf8')) ?? [];
    return { pid: Number(pid), name, parent: Number(parent) };
  } catch {
    return undefined; // No process, or one that ended while we looked.
  }
}

function psRows() {
  const lines = execFileSync('ps', ['-axo', 'pid=,ppid=,comm='], { encoding: 'utf8' }).split('\n');
  return lines.map((line) => {
    const [pid, parent, ...name] = line.trim().split(/\s+/);
    return { pid: Number(pid), parent: Number(parent), name: name.join(' ').split('/').pop() };
  });
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

let miniflare;
let stopping = false;
// What is known of the plug: where it is, how often it was pulled, how long the Worker was gone the last time, and since when it is.
const plug = { url: '', kills: 0, lastMs: null, pulledAt: undefined };
// The workerd that runs now, which is the one that a plug is pulled of.
let running;

async function start() {
  // wrangler gives the bindings in the older form of these options.
  miniflare = new Miniflare(convertV4MiniflareOptions(await options()));
  await miniflare.ready;
  running = workerdPid();
  if (running !== undefined) startAgainAfter(running);
  console.log(`workerd pid ${running}`);
  if (plug.pulledAt !== undefined) await measure();
}

/** Opens the port of the plug. Without a pid there is nothing to pull, and nothing to wait for. */
function openPlug() {
  const path = `/${randomBytes(24).toString('base64url')}`;
  const server = createServer((request, response) => {
    const { kills, lastMs } = plug;
    if (request.url !== path) return response.writeHead(404).end();
    if (request.method === 'POST') pull();
    else if (request.method !== 'GET') return response.writeHead(405).end();
    response.writeHead(request.method === 'POST' ? 202 : 200, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ kills, lastMs }));
  });
  // The plug alone keeps nothing running.
  server.unref();
  return new Promise((ready, failed) => {
    server.once('error', failed);
    server.listen(0, '127.0.0.1', () => {
      plug.url = `http://127.0.0.1:${server.address().port}${path}`;
      ready();
    });
  });
}

/** The real thing: no signal that could be caught, no word to anybody. While it is out there is nothing to pull. */
function pull() {
  if (running === undefined || plug.pulledAt !== undefined || !isAlive(running)) return;
  plug.kills += 1;
  plug.pulledAt = performance.now();
  process.kill(running, 'SIGKILL');
}

/** Waits until the Worker answers again, and notes how long that took. */
async function measure() {
  while (!stopping && !(await answers())) await new Promise((next) => setTimeout(next, ANSWER_INTERVAL_MS));
  plug.lastMs = Math.round(performance.now() - plug.pulledAt);
  plug.pulledAt = undefined;
  console.log(`the plug was out for ${plug.lastMs} ms`);
}

async function answers() {
  try {
    return (await fetch(`http://127.0.0.1:${port}/health`)).ok;
  } catch {
    return false;
  }
}

function startAgainAfter(pid) {
  const watch = setInterval(() => {
    if (stopping || isAlive(pid)) return;
    clearInterval(watch);
    running = undefined;
    console.log('workerd ended; starting it again');
    miniflare.dispose().catch(() => {}).then(start).catch(fail);
  }, WATCH_INTERVAL_MS);
}

async function stop() {
  if (stopping) return;
  stopping = true;
  await miniflare?.dispose().catch(() => {});
  process.exit(0);
}

function fail(error) {
  if (stopping) return;
  console.error(error);
  process.exit(1);
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, stop);
process.stdin.on('end', stop).on('error', stop).resume();
openPlug().then(start).catch(fail);
