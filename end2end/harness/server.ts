// Starts, kills and restarts the built Worker. Each server has its own port and its own state folder and is
// started through the same command that people use; with CFM_BUILT=1 the build step in front of it is skipped.
// Most tests share one server: `shared()` takes the one of the runner, or starts one for a file run alone.

import { spawn, type ChildProcess } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { send } from './http.ts';
import { JWT_SECRET } from './jwt.ts';
import { lease, type Lease } from './ports.ts';
import { until } from './wait.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const BUILT_START_MS = 60_000;
const BUILDING_START_MS = 30 * 60_000;
/** Tests say where a request comes from, also to a server that is no person's machine: they stand in for the edge. */
const OF_TESTS = { ENV: 'dev', TRUST_CF_HEADERS: '1' };
/** What is kept of what a server printed. */
const LOG_CHARS_MAX = 200_000;

/** Variables of the shared server: tests make their own rooms and sign in as often as they like. */
export const SHARED_VARS = { OPEN_ROOMS: '1', RATE_LOGIN: '0', RATE_REGISTER: '0', JWT_SECRET };

/** Variables of a server that limits nobody: for files of the pool that have much to do and test no limit. */
export const FREE_VARS = {
  JWT_SECRET,
  ...Object.fromEntries(
    ['LOGIN', 'LOGIN_FAIL', 'REGISTER', 'REST', 'CHAT', 'FRAME', 'HISTORY', 'PRESENCE', 'MUTATE', 'NUDGE', 'WINK', 'FILE', 'GUEST_FILE', 'INVITE'].map((rule) => [`RATE_${rule}`, '0']),
  ),
};

/** The same, where whoever names a room is in it. */
export const FREE_OPEN_VARS = { ...FREE_VARS, OPEN_ROOMS: '1' };

export interface ServerOptions {
  vars?: Record<string, string>;
  /** What `/api/health` answers once it runs: something else where the variables cannot be used. */
  health?: number;
  /** Host and port of what stands in for everything that the Worker fetches (`outside.ts`); unset, it is the network. */
  outside?: string;
}

export class Server {
  readonly port: number;
  readonly base: string;
  readonly state: string;
  readonly vars: Record<string, string>;
  private readonly lease: Lease;
  private readonly options: ServerOptions;
  private child: ChildProcess | undefined;
  private log = '';

  private constructor(lease: Lease, state: string, options: ServerOptions) {
    this.options = options;
    this.lease = lease;
    this.port = lease.port;
    this.base = `http://127.0.0.1:${this.port}`;
    this.state = state;
    this.vars = options.vars ?? {};
  }

  static async start(options: ServerOptions = {}): Promise<Server> {
    const state = await mkdtemp(join(tmpdir(), 'cfm-state-'));
    const server = new Server(await lease(), state, options);
    await server.launch();
    return server;
  }

  /** Ends the server politely and removes its state. */
  async stop(): Promise<void> {
    await this.end('SIGTERM');
    await this.lease.giveBack();
    await rm(this.state, { recursive: true, force: true });
  }

  /** SIGKILL to the runtime and then to everything around it, as a power cut would. */
  async kill9(): Promise<void> {
    for (const pid of this.runtimePids()) kill(pid, 'SIGKILL');
    await this.end('SIGKILL');
  }

  /** SIGKILL to the runtime alone; what hosts it starts it again on the same port and state. */
  async killRuntime(): Promise<void> {
    const old = this.runtimePids();
    if (old.length === 0) throw new Error('no runtime to kill');
    for (const pid of old) kill(pid, 'SIGKILL');
    const alone = () => this.runtimePids().every((pid) => !old.includes(pid)) && this.isHealthy();
    await until('the runtime is up again', alone, BUILT_START_MS, 50);
  }

  /** The same port and the same state folder again. */
  async restart(): Promise<void> {
    if (this.child) throw new Error('restart of a server that still runs');
    await this.launch();
  }

  /** The workerd processes of this server. */
  runtimePids(): number[] {
    const group = this.child?.pid;
    if (group === undefined) return [];
    return processesOfGroup(group).filter((pid) => commandOf(pid) === 'workerd');
  }

  private async launch(): Promise<void> {
    const built = process.env['CFM_BUILT'] === '1';
    // Its own process group, so that killing the group leaves nothing on the port. The open standard input
    // is our life line: when this process dies, however it dies, the server ends.
    const child = built ? this.spawnBuilt() : this.spawnXtask();
    this.child = child;
    this.log = '';
    running.add(this);
    let ended: string | undefined;
    // Whole lines only: a reader must not find half of one.
    const listen = (line: string) => {
      const log = `${this.log}${line}\n`;
      this.log = log.length > LOG_CHARS_MAX ? log.slice(log.indexOf('\n', log.length - LOG_CHARS_MAX) + 1) : log;
    };
    for (const stream of [child.stdout!, child.stderr!]) createInterface({ input: stream }).on('line', listen);
    child.on('error', (failure) => (ended ??= failure.message));
    child.on('exit', (code, signal) => (ended ??= `ended with ${code ?? signal}`));
    try {
      await until(
        'the server answers /api/health',
        async () => {
          if (ended) throw new Error(`the server ${ended} before it was ready`);
          return (built || this.log.includes(`Ready on ${this.base}`)) && (await this.isHealthy());
        },
        built ? BUILT_START_MS : BUILDING_START_MS,
      );
    } catch (failure) {
      await this.end('SIGKILL');
      throw new Error(`${(failure as Error).message}\n${this.log}`);
    }
  }

  /** Through the command that people use; builds first if need be. */
  private spawnXtask(): ChildProcess {
    const vars = Object.entries({ ...OF_TESTS, ...this.vars }).flatMap(([name, value]) => ['--var', `${name}=${value}`]);
    const flags = ['--port', String(this.port), '--state', this.state, ...vars];
    return spawn('cargo', ['xtask', 'serve', ...flags], { cwd: ROOT, detached: true, stdio: ['pipe', 'pipe', 'pipe'], env: this.environment() });
  }

  /** What `cargo xtask serve` starts at its end, on the build that is there. */
  private spawnBuilt(): ChildProcess {
    const { CFM_SITE: site = 'target/site', CFM_WORKER: worker = 'server/build' } = process.env;
    const serve = { port: this.port, state: this.state, vars: { ...OF_TESTS, ...this.vars }, site, worker };
    return spawn(process.execPath, ['xtask/serve.mjs'], {
      cwd: ROOT,
      detached: true,
      stdio: ['pipe', 'pipe', 'pipe'],
      env: { ...this.environment(), CFM_SERVE: JSON.stringify(serve) },
    });
  }

  private environment(): NodeJS.ProcessEnv {
    const { outside } = this.options;
    return { CFM_QUEUE_WAIT_S: '1', ...process.env, ...(outside && { CFM_OUTSIDE: outside }) };
  }

  private async isHealthy(): Promise<boolean> {
    try {
      return (await send(this.base, 'GET', '/api/health', { timeoutMs: 5_000 })).status === (this.options.health ?? 200);
    } catch {
      return false;
    }
  }

  /** What the server printed lately; for the message of a failing test. */
  output(): string {
    return this.log;
  }

  private async end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    const child = this.child;
    this.child = undefined;
    running.delete(this);
    if (!child?.pid) return;
    const group = child.pid;
    kill(-group, signal);
    try {
      await until('the server and its children ended', () => processesOfGroup(group).length === 0, 10_000, 25);
    } catch (failure) {
      kill(-group, 'SIGKILL');
      if (signal === 'SIGTERM') throw failure;
    }
  }
}

const running = new Set<Server>();
process.on('exit', () => {
  for (const server of running) {
    const pid = (server as unknown as { child?: ChildProcess }).child?.pid;
    if (pid) kill(-pid, 'SIGKILL');
  }
});

/** The server of the whole run, or one started for this file. `stop` ends only what was started here. */
export async function shared(): Promise<{ base: string; stop(): Promise<void> }> {
  const base = process.env['CFM_SHARED_URL'];
  if (base) return { base, stop: async () => undefined };
  const server = await Server.start({ vars: SHARED_VARS });
  return { base: server.base, stop: () => server.stop() };
}

function kill(pid: number, signal: 'SIGTERM' | 'SIGKILL'): void {
  try {
    process.kill(pid, signal);
  } catch {
    // Already gone, which is what was wanted.
  }
}

/** Living members of a process group; zombies waiting for their parent do not count. */
export function processesOfGroup(group: number): number[] {
  const pids: number[] = [];
  for (const name of readdirSync('/proc')) {
    if (!/^[0-9]+$/.test(name)) continue;
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
      // The command may contain blanks and brackets: the fields after the last bracket are fixed.
      const [state, , pgrp] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      if (Number(pgrp) === group && state !== 'Z') pids.push(Number(name));
    } catch {
      // It ended while we were looking.
    }
  }
  return pids;
}

function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/comm`, 'utf8').trim();
  } catch {
    return '';
  }
}
