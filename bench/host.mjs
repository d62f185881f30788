// Hosts one baseline in one Miniflare, like xtask/serve.mjs the product: the same runtime, no proxies, state on disk. The bench starts it
// with CFM_BASELINE = {name, port, state, vars}. It lives as long as its standard input is open. Miniflare itself starts a dead workerd
// again, on the same port and state. This host must not do it as well: the second start would end the one that already answers.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Log, LogLevel, Miniflare, convertV4MiniflareOptions } from 'miniflare';

const { name, port, state, vars } = JSON.parse(process.env.CFM_BASELINE);
const folder = join(import.meta.dirname, 'baselines');
const built = join(import.meta.dirname, '..', 'target', 'bench', 'packets');

/** Published servers of LiveStore: the folder with their packages, which are those of the tests' clients, and their bindings. */
const ORIGINALS = {
  'livestore-original': {
    packages: 'end2end',
    bound: {
      durableObjects: { WEBSOCKET_SERVER: { className: 'WebSocketServer', useSQLite: true } },
      d1Databases: { DB: 'livestore' },
      bindings: { ADMIN_SECRET: vars.JWT_SECRET },
    },
  },
  'livestore-0.4-original': {
    packages: 'end2end/clients/livestore-0.4',
    bound: { durableObjects: { SYNC_BACKEND_DO: { className: 'SyncBackendDO', useSQLite: true } } },
  },
};

/** Bundles a published server into one file. */
async function original({ packages, bound }) {
  const { build } = await import('esbuild');
  const outfile = join(state, 'original.js');
  const nodePaths = [join(import.meta.dirname, '..', packages, 'node_modules')];
  const external = ['cloudflare:*', 'node:*'];
  await build({ entryPoints: [join(folder, `${name}.js`)], outfile, nodePaths, external, bundle: true, format: 'esm', conditions: ['workerd', 'worker', 'browser'], logLevel: 'warning' });
  return {
    modulesRoot: state,
    modules: [{ type: 'ESModule', path: outfile }],
    compatibilityFlags: ['nodejs_compat'],
    ...bound,
  };
}

const module = (file, type = 'ESModule', from = folder) => ({ type, path: join(folder, file), contents: readFileSync(join(from, file)) });

/** Returns the options of a Worker that is not just one room class behind `door.js`. */
async function worker() {
  const own = module(`${name}.js`);
  const rooms = { durableObjects: { ROOM: { className: 'Room', useSQLite: true } } };
  const glue = () => [module('packets_glue.js', 'ESModule', built), module('packets_glue_bg.wasm', 'CompiledWasm', built)];
  switch (name) {
    case 'livestore-original':
    case 'livestore-0.4-original': return original(ORIGINALS[name]);
    case 'packets-rust': return { modules: [own, module('packets.js'), ...glue()] };
    case 'packets-js': return { modules: [own, module('packets.js')] };
    default: return { modules: [own, module('door.js')], ...rooms };
  }
}

async function options() {
  return {
    host: '127.0.0.1',
    port,
    log: new Log(LogLevel.WARN),
    cf: false,
    resourcePersistencePath: state,
    workers: [
      {
        // The name of a Worker has no dots.
        name: name.replaceAll('.', '-'),
        compatibilityDate: '2026-04-07',
        modulesRoot: folder,
        bindings: vars,
        ...(await worker()),
      },
    ],
  };
}

let miniflare;
let stopping = false;

async function start() {
  miniflare = new Miniflare(convertV4MiniflareOptions(await options()));
  await miniflare.ready;
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
