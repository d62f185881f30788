// Two clients of LiveStore (livestore.md): one that speaks the wire protocol of 0.3.1 by hand, and the published clients of all versions in
// processes of their own. `livestore_rpc.ts` speaks the protocol of 0.4 by hand.

import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { promisify } from 'node:util';
import { Proxy } from './proxy.ts';
import { TextSocket, opened, type TextSocketOptions } from './text_socket.ts';
import { PATIENCE_MS, until } from './wait.ts';

export const freshStore = (): string => `s-${randomUUID()}`;

export interface WireEvent {
  name: string;
  args?: unknown;
  seqNum: number;
  parentSeqNum: number;
  clientId: string;
  sessionId: string;
}

/** Returns a chain of `count` events on top of `parent`. */
export function chain(parent: number, count: number, client = 'c', args: (n: number) => unknown = (n) => ({ n })): WireEvent[] {
  return Array.from({ length: count }, (_, at) => {
    const seqNum = parent + at + 1;
    return { name: 'v1.Happened', args: args(seqNum), seqNum, parentSeqNum: seqNum - 1, clientId: client, sessionId: 's' };
  });
}

export const address = (storeId: string, payload?: unknown): string => {
  const query = new URLSearchParams({ storeId });
  if (payload !== undefined) query.set('payload', encodeURIComponent(JSON.stringify(payload)));
  return `/websocket?${query}`;
};

/** Socket that pushes and pulls with hand-written messages. */
export class Wire extends TextSocket {
  private number = 0;

  static async to(base: string, storeId: string, options: TextSocketOptions & { payload?: unknown; prefix?: string } = {}): Promise<Wire> {
    return new Wire(await opened(base, `${options.prefix ?? ''}${address(storeId, options.payload)}`, options));
  }

  freshId(): string {
    this.number += 1;
    return `r${this.number}-${randomUUID().slice(0, 8)}`;
  }

  /** Sends a request and returns its id. */
  ask(tag: string, members: Record<string, unknown> = {}): string {
    const requestId = this.freshId();
    this.json({ _tag: `WSMessage.${tag}`, requestId, ...members });
    return requestId;
  }

  /** Returns the next message that `fits`; drops the messages before it. */
  async nextThat(fits: (message: any) => boolean, timeoutMs = PATIENCE_MS): Promise<any> {
    for (;;) {
      const message = await this.nextJson(timeoutMs);
      if (fits(message)) return message;
    }
  }

  /** Pushes a batch and returns the answer: `PushAck` or `Error`. */
  async push(batch: WireEvent[]): Promise<any> {
    const id = this.ask('PushReq', { batch });
    return this.nextThat((message) => message.requestId === id);
  }

  /** Pulls until nothing remains and returns the messages of the answer. */
  async pull(cursor?: number): Promise<any[]> {
    const id = this.ask('PullReq', cursor === undefined ? {} : { cursor });
    const messages: any[] = [];
    do messages.push(await this.nextThat((message) => message.requestId?.requestId === id || message.requestId === id));
    while (messages.at(-1).remaining > 0);
    return messages;
  }

  /** Waits until everything that was sent before is answered. */
  async barrier(): Promise<void> {
    const id = this.ask('Ping');
    await this.nextThat((message) => message._tag === 'WSMessage.Pong' && message.requestId === id);
  }
}

export const eventsOf = (messages: any[]): WireEvent[] => messages.flatMap((message) => message.batch.map((item: any) => item.eventEncoded));

export interface ClientOptions {
  url: string;
  storeId: string;
  clientId: string;
  directory?: string;
  payload?: unknown;
  version?: keyof typeof PROGRAMS;
  /** Transport of 0.4. */
  transport?: 'ws' | 'http';
  /** Interval in which 0.4 asks for new events over HTTP. */
  pollMs?: number;
  /** Interval in which 0.4 sends a `Ping`, and its wait for the answer. */
  pingMs?: number;
}

const ROOT = join(import.meta.dirname, '..');
const PROGRAMS = { '0.3.1': 'livestore.ts', '0.4': 'livestore-0.4/store.ts' };
const START_MS = 60_000;

/** Real client: a store of the published packages. */
export class RealStore {
  private readonly child: ChildProcess;
  private readonly answers: any[] = [];
  private log = '';
  private ended: string | undefined;

  private constructor(child: ChildProcess) {
    this.child = child;
    living.add(this);
    createInterface({ input: child.stdout! }).on('line', (line) => {
      if (line.startsWith('#')) this.answers.push(JSON.parse(line.slice(1)));
      else this.log = (this.log + line + '\n').slice(-20_000);
    });
    child.stderr!.on('data', (chunk: Buffer) => (this.log = (this.log + chunk.toString('utf8')).slice(-20_000)));
    child.on('exit', (code, signal) => {
      living.delete(this);
      this.ended = `ended with ${code ?? signal}`;
    });
  }

  static async start(options: ClientOptions, startMs = START_MS): Promise<RealStore> {
    const env = { ...process.env, CFM_CLIENT: JSON.stringify({ ...options, startMs }), NODE_OPTIONS: '' };
    const program = join(ROOT, 'clients', PROGRAMS[options.version ?? '0.3.1']);
    const child = spawn(process.execPath, [program], { env, stdio: ['pipe', 'pipe', 'pipe'] });
    const store = new RealStore(child);
    await store.answer('the store is ready', startMs);
    return store;
  }

  private async answer(what: string, timeoutMs = PATIENCE_MS): Promise<any> {
    return until(what, () => {
      if (this.answers.length === 0 && this.ended) throw new Error(`the client ${this.ended}: ${this.log}`);
      return this.answers.shift();
    }, timeoutMs, 5);
  }

  async ask(command: Record<string, unknown>): Promise<any> {
    // Escapes everything that is not ASCII, because line readers treat some Unicode characters as line ends.
    const ascii = (text: string) => text.replace(/[\u0080-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
    this.child.stdin!.write(`${ascii(JSON.stringify(command))}\n`);
    return this.answer(`the client answers ${command['do']}`);
  }

  async create(...todos: { id: string; text: string; data?: unknown }[]): Promise<void> {
    await this.ask({ do: 'create', todos });
  }

  async rows(): Promise<{ id: string; text: string; data: string | null }[]> {
    return (await this.ask({ do: 'list' })).rows;
  }

  /** Waits until the rows of the store satisfy `fits`. */
  async has(what: string, fits: (rows: { id: string; text: string; data: string | null }[]) => boolean, timeoutMs = PATIENCE_MS): Promise<void> {
    try {
      await until(what, async () => fits(await this.rows()), timeoutMs, 50);
    } catch (failure) {
      throw new Error(`${(failure as Error).message}; it has ${JSON.stringify(await this.rows()).slice(0, 1_000)}; it said ${this.log.slice(-3_000)}`);
    }
  }

  count(): Promise<number> {
    return this.ask({ do: 'count' }).then((answer) => answer.count);
  }

  /** Ends the client without a signal, by the end of its input. */
  async stop(): Promise<void> {
    this.child.stdin!.end();
    await this.end();
  }

  kill9(): void {
    this.child.kill('SIGKILL');
  }

  /** Waits for the end of the client and returns its exit code or signal. */
  end(): Promise<string> {
    return until('the client ends', () => this.ended, PATIENCE_MS, 10);
  }

  /** Returns the latest output of the client. */
  output(): string {
    return this.log;
  }
}

const living = new Set<RealStore>();

/** Ends every client that a file left running, so that the test process can end. */
function killStores(): void {
  for (const store of living) store.kill9();
}
process.on('exit', killStores);

/** Makes a folder for stores on disk. It goes, and all stores end, with the file of tests. */
export async function storesFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'cfm-livestore-'));
  after(async () => {
    killStores();
    await rm(folder, { recursive: true, force: true });
  });
  return folder;
}

/** Starts a proxy in front of a server for one test. Returns it with its address for stores. */
export async function proxied(port: number): Promise<{ proxy: Proxy; url: string }> {
  const proxy = await Proxy.start(port);
  after(() => proxy.stop());
  return { proxy, url: proxy.base.replace('http', 'ws') };
}

/** Returns the ids of the rows of a store. */
export const ids = (rows: { id: string }[]): string => rows.map((row) => row.id).join();

/** Pulls a whole log with the published sync client and returns its report (`clients/livestore_sync.ts`). */
export async function pulledBySyncClient(options: Pick<ClientOptions, 'url' | 'storeId' | 'payload'>): Promise<unknown> {
  const env = { ...process.env, CFM_CLIENT: JSON.stringify(options), NODE_OPTIONS: '' };
  const { stdout } = await promisify(execFile)(process.execPath, [join(ROOT, 'clients', 'livestore_sync.ts')], { env });
  return JSON.parse(stdout.trim().split('\n').at(-1)!);
}
