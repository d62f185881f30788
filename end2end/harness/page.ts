// Examples of a guide whose parts run side by side: named fenced blocks become files that tests run. (`docs.ts` runs guides that go from
// top to bottom.) The address in the guide is replaced by that of a test server. The server gets the variables of the command in the guide.

import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after } from 'node:test';
import { onOwnServer } from './suite.ts';
import { until } from './wait.ts';

const ROOT = join(import.meta.dirname, '..', '..');
/** Folder with the packages of the clients. */
const PACKAGES = join(ROOT, 'end2end', 'node_modules');
const ADDRESS = '127.0.0.1:8787';

export class Page {
  private readonly folder: string;
  private readonly blocks: Map<string, string>;

  private constructor(folder: string, blocks: Map<string, string>) {
    this.folder = folder;
    this.blocks = blocks;
  }

  /** Reads `docs/guides/<name>.md` and starts a server of its own for it. */
  static async open(name: string): Promise<Page> {
    const text = readFileSync(join(ROOT, 'docs', 'guides', `${name}.md`), 'utf8');
    const blocks = new Map([...text.matchAll(/^```(\w+) (\S+)\n(.*?)^```$/gms)].map(([, kind, title, body]) => [`${kind} ${title}`, body!]));
    const vars = Object.fromEntries([...blocks.get('sh serve')!.matchAll(/--var (\w+)=(\S+)/g)].map(([, variable, value]) => [variable, value!]));
    const server = await onOwnServer(vars);
    const folder = mkdtempSync(join(PACKAGES, '.page-'));
    after(() => rmSync(folder, { recursive: true, force: true }));
    for (const [title, body] of blocks) blocks.set(title, body.replaceAll(ADDRESS, `127.0.0.1:${server.port}`));
    for (const [title, body] of blocks) if (title.startsWith('js ')) writeFileSync(join(folder, title.slice(3)), body);
    return new Page(folder, blocks);
  }

  /** Returns the block with this kind and title. */
  block(title: string): string {
    return this.blocks.get(title) ?? fail(`the page has no block ${title}`);
  }

  /** Runs a command line in the folder of the examples and returns its output. */
  async prints(command: string): Promise<string> {
    const run = this.start(command);
    await until(`the end of ${command}`, () => run.ended !== undefined, 60_000, 10);
    if (run.ended !== 0) throw new Error(`${command} ended with ${run.ended}: ${run.printed}`);
    return run.printed.trim();
  }

  /** Starts a command line in the folder of the examples. */
  start(command: string): Run {
    const path = `${join(ROOT, 'node_modules', '.bin')}:${process.env['PATH']}`;
    const child = spawn('bash', ['-c', command], { cwd: this.folder, env: { ...process.env, PATH: path, NODE_OPTIONS: '' }, detached: true });
    return new Run(child);
  }
}

export class Run {
  printed = '';
  ended: number | undefined;

  constructor(child: ChildProcess) {
    for (const stream of [child.stdout!, child.stderr!]) stream.on('data', (chunk: Buffer) => (this.printed += chunk.toString('utf8')));
    child.on('exit', (code) => (this.ended = code ?? -1));
    after(() => {
      try {
        process.kill(-child.pid!, 'SIGKILL');
      } catch {
        // The process has already ended.
      }
    });
  }
}

function fail(reason: string): never {
  throw new Error(reason);
}
