// Hosts one baseline in one Miniflare, the way xtask/serve.mjs hosts the product: same runtime, no proxies, state on
// disk. Started by the bench with CFM_BASELINE = {name, port, state}. Lives as long as its standard input is open.
// A workerd that dies is started again on the same port and state, as the product's host does.

import { readFileSync, readdirSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { Log, LogLevel, Miniflare } from 'miniflare';

const { name, port, state } = JSON.parse(process.env.CFM_BASELINE);
const folder = join(import.meta.dirname, 'baselines');
const WATCH_INTERVAL_MS = 100;

function options() {
  return {
    host: '127.0.0.1',
    port,
    log: new Log(LogLevel.WARN),
    cf: false,
    defaultPersistRoot: state,
    workers: [
      {
        name,
        compatibilityDate: '2026-04-07',
        modulesRoot: folder,
        modules: [`${name}.js`, 'door.js'].map((file) => ({ type: 'ESModule', path: join(folder, file) })),
        durableObjects: { ROOM: { className: 'Room', useSQLite: true } },
      },
    ],
  };
}

/** Process id of our workerd: miniflare does not tell it, the process table does. */
function workerdPid() {
  for (const entry of readdirSync('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    try {
      const parent = /^\d+ \(.*\) \S (\d+)/.exec(readFileSync(`/proc/${entry}/stat`, 'utf8'))?.[1];
      if (Number(parent) === process.pid && readlinkSync(`/proc/${entry}/exe`).endsWith('/workerd')) return Number(entry);
    } catch {
      // The process ended while we looked.
    }
  }
  return undefined;
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

async function start() {
  miniflare = new Miniflare(options());
  await miniflare.ready;
  const pid = workerdPid();
  const watch = setInterval(() => {
    if (stopping || isAlive(pid)) return;
    clearInterval(watch);
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
  console.error(error);
  process.exit(1);
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, stop);
process.stdin.on('end', stop).on('error', stop).resume();
start().catch(fail);
