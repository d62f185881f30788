// Socket client for `cfm.v1`, `cfm.v1.batch` and `cfm.v1.columns`. The client keeps every frame and waits for the frame that a test wants.
// Every client also checks the rules for every viewer (messenger.md 5.4): `seq` of the events rises by exactly 1 from the join on, and acks
// arrive in the order of `seq`. The first breach is kept and fails the next step of the test.

import assert from 'node:assert/strict';
import WebSocket from 'ws';
import { envelope, type Answer } from './api.ts';
import { framesOf } from './columns.ts';
import { drop, keep } from './left_open.ts';
import type { Session } from './session.ts';
import { uuidv7 } from './ids.ts';
import type { Reply } from './http.ts';
import { upgraded } from './upgrade.ts';
import { PATIENCE_MS, within } from './wait.ts';

export type Frame = Record<string, any> & { type: string };
export interface Closed {
  code: number;
  reason: string;
  atMs: number;
}

export interface SocketOptions {
  session?: Pick<Session, 'token'>;
  /** Offered subprotocols; `[]` offers none. */
  protocols?: string[];
  headers?: Record<string, string>;
  query?: Record<string, string | number>;
  /** Sends the text `ping` at the interval that the welcome asks for. */
  heartbeat?: boolean;
  /** Longest wait for the answer to our close frame and for the end of the connection, before the socket is cut (1006). */
  closeTimeoutMs?: number;
}

/** Returns true for columns, and for a page with columns, alone or among others. */
const hasColumns = (message: unknown): boolean => {
  const frames = (Array.isArray(message) ? message : [message]) as Frame[];
  return frames.some((frame) => frame?.type === 'columns' || (frame?.type === 'history' && 'columns' in frame));
};

const EVENTS = new Set(['chat', 'nudge', 'wink', 'reaction', 'edit', 'delete', 'system', 'hidden']);

/** Error of an upgrade that the server refused with an HTTP answer. */
export class UpgradeRefused extends Error {
  readonly answer: Answer;
  constructor(answer: Answer) {
    super(`upgrade refused: ${answer.status} ${answer.error?.code}`);
    this.answer = answer;
  }
}

export class FrameSocket {
  readonly frames: Frame[] = [];
  readonly pongs: string[] = [];
  /** Number of frames in each text message, in order. */
  readonly messageSizes: number[] = [];
  /** Text messages with columns (messenger.md 5.6). */
  readonly columnTexts: string[] = [];
  readonly closed: Promise<Closed>;
  /** `seq` of the last event, live or replayed on join. */
  lastSeq: number | undefined;
  epoch = '';

  private readonly ws: WebSocket;
  private readonly taken = new Set<Frame>();
  private readonly waiters = new Set<() => void>();
  private closedNow: Closed | undefined;
  private breach: Error | undefined;
  private lastAckSeq = 0;
  private pingCount = 0;
  private heartbeatTimer: NodeJS.Timeout | undefined;

  private constructor(ws: WebSocket, heartbeat: boolean) {
    this.ws = ws;
    ws.on('message', (data, isBinary) => this.receive(isBinary ? undefined : data.toString(), heartbeat));
    ws.on('error', () => undefined);
    this.closed = new Promise((resolve) => {
      ws.on('close', (code, reason) => {
        clearInterval(this.heartbeatTimer);
        if (!this.breach) drop(this);
        this.closedNow = { code, reason: reason.toString(), atMs: Date.now() };
        resolve(this.closedNow);
        this.wake();
      });
    });
  }

  /** Opens a socket of any path. Rejects with `UpgradeRefused` when the server answers over HTTP instead. */
  static open(base: string, path: string, options: SocketOptions = {}): Promise<FrameSocket> {
    const url = new URL(path, base.replace(/^http/, 'ws'));
    for (const [name, value] of Object.entries(options.query ?? {})) url.searchParams.set(name, String(value));
    const headers = { ...(options.session ? { authorization: `Bearer ${options.session.token}` } : {}), ...options.headers };
    // After its close frame the local runtime keeps the TCP connection of a socket that never sent anything for 10 s. Only the frame
    // matters, so the client does not wait for the connection unless a test asks for the close code.
    const settings = { headers, perMessageDeflate: false, closeTimeout: options.closeTimeoutMs ?? 200 };
    const ws = new WebSocket(url, options.protocols ?? ['cfm.v1'], settings);
    const socket = new FrameSocket(ws, options.heartbeat ?? false);
    // With `since`, the first event must be the next one after it.
    if (options.query?.['since'] !== undefined) socket.lastSeq = Number(options.query['since']);
    const refused = (reply: Reply) => new UpgradeRefused(envelope(reply));
    return upgraded(ws, path, () => keep(socket), refused).then(() => socket);
  }

  static room(base: string, room: string, session: Pick<Session, 'token'>, options: SocketOptions = {}): Promise<FrameSocket> {
    return FrameSocket.open(base, `/api/ws/room/${encodeURIComponent(room)}`, { session, ...options });
  }

  /** Opens a room and waits for the whole join: welcome, participants (not in DMs), history. */
  static async joined(base: string, room: string, session: Pick<Session, 'token'>, options: SocketOptions = {}): Promise<FrameSocket> {
    const socket = await FrameSocket.room(base, room, session, options);
    const welcome = await socket.next('welcome');
    await socket.next((frame) => frame.type === 'history' && !frame['rid'] && (frame['more'] !== true || lastOf(frame) >= welcome['head']));
    return socket;
  }

  static presence(base: string, session: Pick<Session, 'token'>, options: SocketOptions = {}): Promise<FrameSocket> {
    return FrameSocket.open(base, '/api/ws/presence', { session, ...options });
  }

  /** Opens the presence socket of a device and waits for its welcome. */
  static async device(base: string, session: Pick<Session, 'token'>, options: SocketOptions = {}): Promise<FrameSocket> {
    const socket = await FrameSocket.presence(base, session, options);
    await socket.next('welcome');
    return socket;
  }

  get protocol(): string {
    return this.ws.protocol;
  }

  send(frame: Record<string, unknown> | Record<string, unknown>[]): void {
    this.sendText(JSON.stringify(frame));
  }

  sendText(text: string): void {
    this.ws.send(text);
  }

  /** Sends bytes as a text frame; they need not be valid UTF-8. */
  sendTextBytes(bytes: Buffer): void {
    this.ws.send(bytes, { binary: false });
  }

  sendBinary(bytes: Buffer): void {
    this.ws.send(bytes);
  }

  /** Sends a chat and returns its id. */
  chat(content: string, more: Record<string, unknown> = {}): string {
    const id = (more['id'] as string | undefined) ?? uuidv7();
    this.send({ type: 'chat', id, content, ...more });
    return id;
  }

  /** Sends a chat and waits until it is stored. */
  async say(content: string, more: Record<string, unknown> = {}): Promise<Frame> {
    const id = this.chat(content, more);
    return this.answerTo(id);
  }

  /** Sends all chats at once and waits until all are stored. */
  async sayAll(contents: string[]): Promise<void> {
    const ids = contents.map((content) => this.chat(content));
    for (const id of ids) await this.answerTo(id);
  }

  /** Waits for the ack of `id`; an error frame fails the test. */
  async answerTo(id: string, timeoutMs = PATIENCE_MS): Promise<Frame> {
    const answer = await this.next((frame) => (frame.type === 'ack' || frame.type === 'error') && frame['id'] === id, timeoutMs);
    assert.equal(answer.type, 'ack', JSON.stringify(answer));
    return answer;
  }

  /** Waits for the error frame of `id`; an ack fails the test. */
  async refusalOf(id: string, code: string): Promise<Frame> {
    const answer = await this.next((frame) => (frame.type === 'ack' || frame.type === 'error') && frame['id'] === id);
    assert.equal(`${answer.type} ${answer['code']}`, `error ${code}`, JSON.stringify(answer));
    return answer;
  }

  /** Takes the next frame that fits and was not taken yet. */
  async next(want: string | ((frame: Frame) => boolean), timeoutMs = PATIENCE_MS): Promise<Frame> {
    const fits = typeof want === 'string' ? (frame: Frame) => frame.type === want : want;
    const deadline = Date.now() + timeoutMs;
    for (;;) {
      if (this.breach) throw this.breach;
      const found = this.frames.find((frame) => !this.taken.has(frame) && fits(frame));
      if (found) {
        this.taken.add(found);
        return found;
      }
      const leftMs = deadline - Date.now();
      if (this.closedNow || leftMs <= 0) throw new Error(this.missing(want, timeoutMs));
      await this.change(leftMs);
    }
  }

  /** Waits until everything sent before took effect and everything due before has arrived. */
  async barrier(): Promise<void> {
    const t = ++this.pingCount;
    this.send({ type: 'ping', t });
    await this.next((frame) => frame.type === 'pong' && frame['t'] === t);
  }

  /** Returns all frames of a kind so far. */
  all(type: string): Frame[] {
    return this.frames.filter((frame) => frame.type === type);
  }

  /** Asserts after a barrier that no frame fits, taken or not. */
  async never(fits: (frame: Frame) => boolean, why: string): Promise<void> {
    await this.barrier();
    const found = this.frames.find(fits);
    assert.equal(found, undefined, `${why}: ${JSON.stringify(found)}`);
  }

  async close(code = 1000): Promise<Closed> {
    this.ws.close(code);
    const closed = await within('the answer to our close frame', this.closed, PATIENCE_MS);
    this.clean();
    return closed;
  }

  /** Breaks the connection without a close frame, as a lost network does. */
  terminate(): void {
    this.ws.terminate();
  }

  /** Stops reading, as a stuck reader does. */
  pause(): void {
    this.ws.pause();
  }

  resume(): void {
    this.ws.resume();
  }

  /** Waits for the server's close and asserts its code. */
  async closedWith(code: number, timeoutMs = PATIENCE_MS): Promise<Closed> {
    const closed = await within(`close ${code}`, this.closed, timeoutMs);
    assert.equal(closed.code, code, `reason "${closed.reason}"; last frames ${JSON.stringify(this.frames.slice(-3))}`);
    assert.ok(Buffer.byteLength(closed.reason) <= 123 && /^[\x20-\x7e]*$/.test(closed.reason), `reason "${closed.reason}"`);
    this.clean();
    return closed;
  }

  /** Fails if this socket has seen a breach of the rules. */
  clean(): void {
    if (this.breach) throw this.breach;
  }

  private receive(text: string | undefined, heartbeat: boolean): void {
    if (text === undefined) return this.broke('a binary frame on a JSON socket');
    if (text === 'pong') {
      this.pongs.push(text);
      return this.wake();
    }
    let message: unknown;
    try {
      message = JSON.parse(text);
    } catch {
      return this.broke(`not JSON: ${text.slice(0, 200)}`);
    }
    if (Array.isArray(message)) {
      if (!['cfm.v1.batch', 'cfm.v1.columns'].includes(this.protocol)) return this.broke('an array without cfm.v1.batch');
      if (Buffer.byteLength(text) > 256 * 1024) return this.broke('an array above 256 KiB');
      if (message.length === 0) return this.broke('an empty array');
    }
    let frames: Frame[];
    try {
      frames = framesOf(message);
    } catch (fault) {
      return this.broke(`${String(fault)}: ${text.slice(0, 200)}`);
    }
    if (hasColumns(message)) {
      if (this.protocol !== 'cfm.v1.columns') return this.broke('columns without cfm.v1.columns');
      this.columnTexts.push(text);
    }
    this.messageSizes.push(frames.length);
    for (const frame of frames) {
      if (typeof frame?.type !== 'string') return this.broke(`a frame without type: ${text.slice(0, 200)}`);
      this.frames.push(frame);
      this.check(frame);
      if (heartbeat && frame.type === 'welcome') this.beat(frame['heartbeatMs']);
    }
    this.wake();
  }

  private check(frame: Frame): void {
    if (frame.type === 'welcome') this.epoch = frame['epoch'] ?? '';
    if (frame.type === 'reset') this.lastSeq = undefined;
    if (frame.type === 'history' && !frame['rid']) {
      // A join page without `since`, or a truncated one, may start anywhere. From there on `seq` has no gap.
      if (frame['truncated'] === true) this.lastSeq = undefined;
      for (const event of frame['messages']) this.advance(event);
      if (frame['messages'].length === 0 && this.lastSeq === undefined) this.lastSeq = frame['head'];
    }
    if (EVENTS.has(frame.type) && Number.isInteger(frame['seq'])) this.advance(frame);
    if (frame.type === 'ack' && frame['duplicate'] !== true) {
      if (frame['seq'] <= this.lastAckSeq) this.broke(`ack of ${frame['seq']} after ${this.lastAckSeq}`);
      this.lastAckSeq = frame['seq'];
    }
  }

  private advance(event: Frame): void {
    if (this.lastSeq !== undefined && event['seq'] !== this.lastSeq + 1) {
      this.broke(`seq ${event['seq']} after ${this.lastSeq}: ${JSON.stringify(event).slice(0, 300)}`);
    }
    this.lastSeq = event['seq'];
  }

  private beat(everyMs: number): void {
    clearInterval(this.heartbeatTimer);
    this.heartbeatTimer = setInterval(() => this.ws.readyState === WebSocket.OPEN && this.ws.send('ping'), everyMs);
  }

  private broke(what: string): void {
    this.breach ??= new Error(`broken promise on the socket: ${what}`);
    this.wake();
  }

  private wake(): void {
    for (const waiter of this.waiters) waiter();
    this.waiters.clear();
  }

  private change(timeoutMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, timeoutMs);
      this.waiters.add(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }

  private missing(want: string | ((frame: Frame) => boolean), timeoutMs: number): string {
    const name = typeof want === 'string' ? `"${want}"` : want.toString();
    const end = this.closedNow ? `closed ${this.closedNow.code} "${this.closedNow.reason}"` : `not within ${timeoutMs} ms`;
    return `no frame ${name}: ${end}; last frames ${JSON.stringify(this.frames.slice(-5)).slice(0, 1500)}`;
  }
}

/** Opens a path that must be refused before the upgrade, and returns the HTTP answer. */
export async function upgradeRefused(base: string, path: string, options: SocketOptions = {}): Promise<Answer> {
  try {
    const socket = await FrameSocket.open(base, path, options);
    socket.terminate();
  } catch (failure) {
    if (failure instanceof UpgradeRefused) return failure.answer;
    throw failure;
  }
  throw new Error(`${path} was opened; it had to be refused`);
}

const lastOf = (history: Frame): number => history['messages'].at(-1)?.seq ?? 0;
