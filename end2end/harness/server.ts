// Starts, kills and restarts the built Worker. Each server has its own port and its own state folder, and it is started by the command that
// people use. With CFM_BUILT=1 that command skips the build. Most tests share one server: `shared()` returns the one of the test runner, or
// starts one for a file that runs alone.

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
/**
 * Tests stand in for the edge: they set the address of a request themselves, on every server. The sign-in page is that of `cargo xtask serve`.
 * Passwords are hashed by the platform, because Argon2id takes several times as long and nearly every test signs up first. Tests share few
 * personas, and bring them into more groups in a minute than people do in a day.
 */
const OF_TESTS = { ENV: 'dev', SIGN_IN: 'demo', TRUST_CF_HEADERS: '1', KDF: 'pbkdf2', RATE_ASK: '0' };
/** Limit of the output that is kept of a server. */
const LOG_CHARS_MAX = 200_000;

/** Variables of the shared server: rooms open by name, sign-ins have no limit, and passwords are hashed by the default method. */
export const SHARED_VARS = { KDF: '', OPEN_ROOMS: '1', RATE_LOGIN: '0', RATE_REGISTER: '0', RATE_REGISTER_TRY: '0', RATE_MAIL: '0', RATE_ACCOUNT: '0', JWT_SECRET };

/** Variables of a server without rate limits, for files that send much and test no limit. */
export const FREE_VARS = {
  JWT_SECRET,
  ...Object.fromEntries(
    ['LOGIN', 'LOGIN_FAIL', 'REGISTER', 'REGISTER_TRY', 'MAIL', 'ACCOUNT', 'REST', 'CHAT', 'FRAME', 'HISTORY', 'PRESENCE', 'MUTATE', 'NUDGE', 'WINK', 'FILE', 'GUEST_FILE', 'INVITE', 'ASK'].map((rule) => [`RATE_${rule}`, '0']),
  ),
};

/** The same, with rooms that open to anybody who names them. */
export const FREE_OPEN_VARS = { ...FREE_VARS, OPEN_ROOMS: '1' };

export interface ServerOptions {
  vars?: Record<string, string>;
  /** Expected status of `/api/health` once the server runs. Another status is expected where the variables are unusable. */
  health?: number;
  /** Host and port that receive every fetch of the Worker (`outside.ts`); unset, the Worker uses the network. */
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
    this.vars = { ...options.vars };
  }

  static async start(options: ServerOptions = {}): Promise<Server> {
    const state = await mkdtemp(join(tmpdir(), 'cfm-state-'));
    const server = new Server(await lease(), state, options);
    await server.launch();
    return server;
  }

  /** Ends the server by SIGTERM and removes its state. */
  async stop(): Promise<void> {
    await this.end('SIGTERM');
    await this.lease.giveBack();
    await rm(this.state, { recursive: true, force: true });
  }

  /** Sends SIGKILL to the runtime and then to everything around it, as a power cut would. */
  async kill9(): Promise<void> {
    for (const pid of this.runtimePids()) kill(pid, 'SIGKILL');
    await this.end('SIGKILL');
  }

  /** Sends SIGKILL to the runtime alone; its host restarts it on the same port and state. */
  async killRuntime(): Promise<void> {
    const old = this.runtimePids();
    if (old.length === 0) throw new Error('no runtime to kill');
    for (const pid of old) kill(pid, 'SIGKILL');
    const alone = () => this.runtimePids().every((pid) => !old.includes(pid)) && this.isHealthy();
    await until('the runtime is up again', alone, BUILT_START_MS, 50);
  }

  /** Starts the server again on the same port and state folder. */
  async restart(): Promise<void> {
    if (this.child) throw new Error('restart of a server that still runs');
    await this.launch();
  }

  /** Returns the workerd processes of this server. */
  runtimePids(): number[] {
    const group = this.child?.pid;
    if (group === undefined) return [];
    return processesOfGroup(group).filter((pid) => commandOf(pid) === 'workerd');
  }

  private async launch(): Promise<void> {
    const built = process.env['CFM_BUILT'] === '1';
    // A process group of its own: a kill of the group frees the port. The server ends with its standard input, so it never outlives this
    // process.
    const child = built ? this.spawnBuilt() : this.spawnXtask();
    this.child = child;
    this.log = '';
    running.add(this);
    let ended: string | undefined;
    // Only whole lines are stored, so that a reader never sees half of one.
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

  /** Starts the command that people use, which builds first if necessary. */
  private spawnXtask(): ChildProcess {
    const vars = Object.entries({ ...OF_TESTS, ...this.vars }).flatMap(([name, value]) => ['--var', `${name}=${value}`]);
    const flags = ['--port', String(this.port), '--state', this.state, ...vars];
    return spawn('cargo', ['xtask', 'serve', ...flags], { cwd: ROOT, detached: true, stdio: ['pipe', 'pipe', 'pipe'], env: this.environment() });
  }

  /** Starts the host of `cargo xtask serve` directly, on the existing build. */
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

  /** Returns the latest output of the server, for the message of a failing test. */
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

/** Returns the server of the whole run, or starts one for this file. `stop` ends only a server that was started here. */
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
    // The process has already ended, as intended.
  }
}

/** Returns the living members of a process group. Zombies that wait for their parent do not count. */
export function processesOfGroup(group: number): number[] {
  const pids: number[] = [];
  for (const name of readdirSync('/proc')) {
    if (!/^[0-9]+$/.test(name)) continue;
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
      // The name of the command may contain blanks and brackets. The fields after the last bracket have fixed places.
      const [state, , pgrp] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      if (Number(pgrp) === group && state !== 'Z') pids.push(Number(name));
    } catch {
      // The process ended during the search.
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
