// Hosts the built Worker in one Miniflare, on the bindings of wrangler.toml, without the proxies of `wrangler dev`. `cargo xtask serve`
// starts it with CFM_SERVE = {port, state, vars, site, worker}. The host lives as long as its standard input is open. A dead workerd is
// restarted on the same port and state; pages reconnect, and no acknowledged message is lost.
//
// This host also implements the demo's plug (docs/spec/demo.md): a port of its own on the loopback address. Its path is a secret that only
// the Worker knows, as PLUG_URL. POST sends SIGKILL to workerd. GET returns the number of kills and the length of the last outage.
//
// This process never uses the bindings (miniflare's `getD1Database` and the like). Such a call blocks it until the runtime answers, and a
// runtime whose output is not read meanwhile blocks as well. The Worker creates its own tables.

import { execFileSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire, enableCompileCache } from 'node:module';
import { join, resolve } from 'node:path';

// Miniflare is one large CommonJS file. As an ES module it would be read three times before it runs. As CommonJS with cached code it loads
// in a third of that time.
enableCompileCache('target/compile-cache');
const { Log, LogLevel, Miniflare, convertV4MiniflareOptions } = createRequire(import.meta.url)('miniflare');

const { port, state, vars, site, worker } = JSON.parse(process.env.CFM_SERVE);
const WATCH_INTERVAL_MS = 10;
// Interval between two checks if a killed Worker answers again.
const ANSWER_INTERVAL_MS = 10;
// The bench and its baselines need no static files. The local emulation of the edge's file server would add three Workers to the way of
// every request.
const hasFiles = process.env.CFM_WITHOUT_FILES !== '1';
// Host and port of a test's server that receives every fetch of the Worker.
const outside = process.env.CFM_OUTSIDE;
const OUTSIDE = 'outside';
// Seconds for which queues gather a batch in tests. The size of a batch does not matter, and every test of a table waits for one.
const queueWaitS = process.env.CFM_QUEUE_WAIT_S;

// Inputs of wrangler's options, which are cached across starts, because loading wrangler takes longer than the rest of a start.
const MADE_OF = ['wrangler.toml', 'node_modules/wrangler/package.json', join(site, '_headers'), join(site, '_redirects')];
const STORED = 'target/worker-options.json';

/** Returns the bindings of wrangler.toml in miniflare's form. */
async function workerOptions() {
  const directory = resolve(site);
  const hash = createHash('sha256').update(directory);
  for (const path of MADE_OF) hash.update(`\0${existsSync(path) ? readFileSync(path) : ''}`);
  const key = hash.digest('hex');
  const stored = existsSync(STORED) ? JSON.parse(readFileSync(STORED, 'utf8')) : {};
  if (stored.key === key) return stored.options;
  const { unstable_getMiniflareWorkerOptions } = await import('wrangler');
  const made = unstable_getMiniflareWorkerOptions('wrangler.toml', undefined, { overrides: { assets: { directory } } });
  const text = JSON.stringify({ key, options: made.workerOptions });
  // The rename makes the write atomic, because several servers may start at the same time.
  mkdirSync('target', { recursive: true });
  writeFileSync(`${STORED}.${process.pid}`, text);
  renameSync(`${STORED}.${process.pid}`, STORED);
  return JSON.parse(text).options;
}

async function options() {
  const fromWrangler = await workerOptions();
  const modulesRoot = resolve(worker);
  return {
    host: '127.0.0.1',
    port,
    log: new Log(LogLevel.WARN),
    // This host is not the edge: its headers about the origin of a request count only if the variables say so.
    cf: {},
    // Tests trigger the crons by `/cdn-cgi/local/scheduled?cron=…`. The path belongs to this host; a deployment has none.
    unsafeTriggerHandlers: true,
    // The bench reads the Worker's memory there.
    ...(process.env.CFM_INSPECTOR_PORT ? { inspectorPort: Number(process.env.CFM_INSPECTOR_PORT) } : {}),
    // The folder that `wrangler dev --persist-to` uses below the same state.
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

/** Worker that passes every request with its address to a server of the tests. */
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

/** Returns the process id of our workerd. Miniflare does not reveal it, so the process table is searched. */
function workerdPid() {
  const rows = existsSync('/proc/self/stat') ? readdirSync('/proc').map(statOf) : psRows();
  return rows.find((row) => row?.parent === process.pid && row.name === 'workerd')?.pid;
}

function statOf(entry) {
  try {
    const [, pid, name, parent] = /^(\d+) \((.*)\) \S (\d+)/.exec(readFileSync(`/proc/${entry}/stat`, 'utf8')) ?? [];
    return { pid: Number(pid), name, parent: Number(parent) };
  } catch {
    return undefined; // This is no process, or it has ended.
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
// State of the plug: its address, the number of kills, the length of the last outage, and the start of the present one.
const plug = { url: '', kills: 0, lastMs: null, pulledAt: undefined };
// Process id of the present workerd, which the plug kills.
let running;

async function start() {
  // wrangler returns the bindings in an older form of these options.
  miniflare = new Miniflare(convertV4MiniflareOptions(await options()));
  await miniflare.ready;
  running = workerdPid();
  if (running !== undefined) startAgainAfter(running);
  console.log(`workerd pid ${running}`);
  if (plug.pulledAt !== undefined) await measure();
}

/** Opens the port of the plug. Without a process id a POST kills nothing. */
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
  // The plug alone must not keep this process running.
  server.unref();
  return new Promise((ready, failed) => {
    server.once('error', failed);
    server.listen(0, '127.0.0.1', () => {
      plug.url = `http://127.0.0.1:${server.address().port}${path}`;
      ready();
    });
  });
}

/** Kills workerd with a signal that it cannot catch. During an outage there is nothing to kill. */
function pull() {
  if (running === undefined || plug.pulledAt !== undefined || !isAlive(running)) return;
  plug.kills += 1;
  plug.pulledAt = performance.now();
  process.kill(running, 'SIGKILL');
}

/** Waits until the Worker answers again, and notes the length of the outage. */
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
