// Benchmark `cargo xtask bench cold`: measures the time from the start of a process to its first answer. The baseline is an empty Worker of
// the same SDK, in the same host with the same bindings. Every round measures both, and a ratio compares the two results of one round
// (docs/performance.md). The benchmark tests nothing.

import { spawn } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { lease } from '../harness/ports.ts';
import { save, median, ROOT } from './figures.ts';

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '15' } } });
const ROUNDS = Number(values.rounds);
const SITE = join(ROOT, 'target/site');

/** Two durations in milliseconds: `ready` until the process reports that it runs, `first` from then until its first answer. */
interface Figures {
  ready: number;
  first: number;
}

/** Builds the empty Worker. The script exports an empty class for each class name in wrangler.toml, because the host binds them. */
function emptyWorker(): string {
  const folder = join(ROOT, 'target/bench/empty-bound');
  mkdirSync(folder, { recursive: true });
  const built = process.env['CFM_EMPTY']!;
  copyFileSync(join(built, 'index_bg.wasm'), join(folder, 'index_bg.wasm'));
  const classes = new Set([...readFileSync(join(ROOT, 'wrangler.toml'), 'utf8').matchAll(/class_name = "(\w+)"/g)].map(([, name]) => name));
  const bound = [...classes].map((name) => `export class ${name} extends Bound {}`).join('\n');
  const script = `import { DurableObject as Bound } from 'cloudflare:workers';\n${readFileSync(join(built, 'index.js'), 'utf8')}\n${bound}\n`;
  writeFileSync(join(folder, 'index.js'), script);
  return folder;
}

async function started(worker: string, path: string): Promise<Figures> {
  const [{ port, giveBack }, state] = [await lease(), mkdtempSync(join(tmpdir(), 'cfm-cold-'))];
  const serve = { port, state, vars: { ENV: 'dev' }, site: SITE, worker };
  const began = performance.now();
  const child = spawn(process.execPath, ['xtask/serve.mjs'], {
    cwd: ROOT,
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, CFM_SERVE: JSON.stringify(serve), CFM_WITHOUT_FILES: '1' },
  });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  try {
    await new Promise<void>((ready, failed) => {
      child.once('exit', () => failed(new Error('the server ended')));
      createInterface({ input: child.stdout }).on('line', (line) => line.startsWith('workerd pid') && ready());
    });
    const ready = performance.now();
    const answer = await fetch(`http://127.0.0.1:${port}${path}`);
    await answer.arrayBuffer();
    if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
    return { ready: ready - began, first: performance.now() - ready };
  } finally {
    child.kill('SIGTERM');
    await ended;
    await giveBack();
    rmSync(state, { recursive: true, force: true });
  }
}

const empty = emptyWorker();
const product = join(ROOT, 'server/build');
const rounds: Record<'empty' | 'product' | 'page', Figures>[] = [];
// The first start of a host fills caches for the later ones, so it is not measured.
await started(empty, '/');
for (let round = 0; round < ROUNDS; round += 1) {
  const measured = { empty: await started(empty, '/'), product: await started(product, '/health'), page: await started(product, '/sign-in') };
  console.log(round + 1, JSON.stringify(measured));
  rounds.push(measured);
}
console.log(`\n${ROUNDS} rounds, load ${loadavg()[0]!.toFixed(1)}\n\n| | empty Worker | product, /health | ratio | product, the sign-in page | ratio |\n|---|---|---|---|---|---|`);
const rows: [string, (figures: Figures) => number][] = [
  ['process started until it listens, with the host (ms)', ({ ready }) => ready],
  ['first request (ms)', ({ first }) => first],
  ['both (ms)', ({ ready, first }) => ready + first],
];
for (const [title, of] of rows) {
  const all = (which: 'empty' | 'product' | 'page') => median(rounds.map((round) => of(round[which]))).toFixed(0);
  const ratio = (which: 'product' | 'page') => median(rounds.map((round) => of(round[which]) / of(round.empty))).toFixed(2);
  console.log(`| ${title} | ${all('empty')} | ${all('product')} | ${ratio('product')} | ${all('page')} | ${ratio('page')} |`);
}
save('cold', { rounds });
