// Clients of the MessageHub door (messagehub.md): requests, raw and enveloped sockets, event streams, tokens.

import { randomBytes } from 'node:crypto';
import { request as httpRequest, type ClientRequest, type IncomingMessage } from 'node:http';
import WebSocket from 'ws';
import { send, type Reply } from './http.ts';
import { drop, keep } from './left_open.ts';
import { PATIENCE_MS, until, within } from './wait.ts';

/** Returns the id of a hub room that no other test uses. */
export const hubRoom = (): string => `h-${randomBytes(8).toString('hex')}`;

export const bearer = (token: string): Record<string, string> => ({ authorization: `Bearer ${token}` });

export const path = (room: string, rest = 'messages'): string => `/rooms/${encodeURIComponent(room)}/${rest}`;

export function post(base: string, room: string, body: string | Buffer, headers: Record<string, string> = {}): Promise<Reply> {
  return send(base, 'POST', path(room), { body, headers });
}

export interface Item {
  seq: number;
  id: string;
  ts: number;
  sender: string | null;
  contentType: string;
  body?: string;
  b64?: string;
}

export interface HubPage {
  messages: Item[];
  next: number;
  head: number;
  more: boolean;
  epoch: string;
  reset?: boolean;
  truncated?: boolean;
  oldest?: number;
}

export async function page(base: string, room: string, query = '', headers: Record<string, string> = {}): Promise<HubPage> {
  const reply = await send(base, 'GET', path(room) + query, { headers, timeoutMs: 40_000 });
  if (reply.status !== 200) throw new Error(`page of ${room}: ${reply.status} ${reply.text}`);
  return JSON.parse(reply.text);
}

/** Returns the whole log of a room. */
export async function all(base: string, room: string, headers: Record<string, string> = {}): Promise<Item[]> {
  const items: Item[] = [];
  for (let after = 0; ; ) {
    const part = await page(base, room, `?after=${after}&limit=200`, headers);
    items.push(...part.messages);
    if (!part.more) return items;
    after = part.next;
  }
}

export interface HubEnd {
  code: number;
  reason: string;
}

export interface HubOptions {
  protocols?: string[];
  query?: string;
  headers?: Record<string, string>;
  /** Longest wait for the answer to our close frame, before the socket is cut (1006). */
  closeTimeoutMs?: number;
}

/** Socket of a hub room that keeps every frame as received: a string, or bytes. */
export class HubSocket {
  readonly frames: (string | Buffer)[] = [];
  readonly closed: Promise<HubEnd>;
  ended: HubEnd | undefined;
  readonly ws: WebSocket;
  private read = 0;

  private constructor(ws: WebSocket) {
    this.ws = ws;
    ws.on('message', (data, isBinary) => this.frames.push(isBinary ? (data as Buffer) : data.toString()));
    ws.on('error', () => undefined);
    this.closed = new Promise((resolve) => {
      ws.on('close', (code, reason) => {
        drop(this);
        this.ended = { code, reason: reason.toString() };
        resolve(this.ended);
      });
    });
  }

  static open(base: string, room: string, options: HubOptions = {}): Promise<HubSocket> {
    const url = `${base.replace(/^http/, 'ws')}/ws/${encodeURIComponent(room)}${options.query ?? ''}`;
    const settings = { headers: options.headers ?? {}, perMessageDeflate: false, closeTimeout: options.closeTimeoutMs ?? 200 };
    const ws = new WebSocket(url, options.protocols ?? [], settings);
    const socket = new HubSocket(ws);
    const opened = new Promise<HubSocket>((resolve, reject) => {
      ws.on('open', () => {
        keep(socket);
        resolve(socket);
      });
      ws.on('error', reject);
      ws.on('unexpected-response', (_request, answer) => {
        answer.resume();
        reject(new HubRefused(answer.statusCode ?? 0));
      });
    });
    return within(`upgrade of ${url}`, opened, PATIENCE_MS);
  }

  /** Opens an enveloped socket and waits for its `hello`. */
  static async enveloped(base: string, room: string, options: HubOptions = {}): Promise<HubSocket> {
    const socket = await HubSocket.open(base, room, { protocols: ['messagehub.v1'], ...options });
    await socket.op('hello');
    return socket;
  }

  send(frame: string | Buffer): void {
    this.ws.send(frame);
  }

  say(op: Record<string, unknown>): void {
    this.ws.send(JSON.stringify(op));
  }

  /** Returns the next frames that were not taken yet. */
  async take(count: number, timeoutMs = PATIENCE_MS): Promise<(string | Buffer)[]> {
    await until(`${count} frames, ${this.frames.length - this.read} are there`, () => this.frames.length - this.read >= count, timeoutMs, 5);
    this.read += count;
    return this.frames.slice(this.read - count, this.read);
  }

  /** Returns all ops that were received so far. */
  ops(): any[] {
    return this.frames.filter((frame) => typeof frame === 'string' && frame !== 'pong').flatMap((frame) => JSON.parse(frame as string));
  }

  /** Waits for the first op with this name, or for the first one that satisfies `want`. */
  op(want: string | ((op: any) => boolean), timeoutMs = PATIENCE_MS): Promise<any> {
    const is = typeof want === 'string' ? (op: any) => op.op === want : want;
    return until(`an op ${want}`, () => this.ops().find(is), timeoutMs, 5);
  }

  /** Waits until everything that was sent before is answered. The room answers in order, and the room itself sends this pong. */
  async barrier(): Promise<void> {
    const t = randomBytes(6).toString('hex');
    this.say({ op: 'ping', t });
    await this.op((op) => op.op === 'pong' && op.t === t);
  }

  async close(code = 1000): Promise<HubEnd> {
    this.ws.close(code);
    return within('the socket to close', this.closed, PATIENCE_MS);
  }

  terminate(): void {
    this.ws.terminate();
  }
}

export class HubRefused extends Error {
  readonly status: number;
  constructor(status: number) {
    super(`upgrade refused: ${status}`);
    this.status = status;
  }
}

export async function refusedUpgrade(base: string, room: string, options: HubOptions = {}): Promise<number> {
  try {
    (await HubSocket.open(base, room, options)).terminate();
  } catch (failure) {
    if (failure instanceof HubRefused) return failure.status;
    throw failure;
  }
  throw new Error('the upgrade had to be refused');
}

export interface SseEvent {
  id: string;
  event: string;
  data: string;
}

/** Event stream, read as a browser reads it. */
export class HubStream {
  readonly events: SseEvent[] = [];
  readonly comments: string[] = [];
  text = '';
  /// Event id that a browser would send when it reconnects.
  lastId = '';
  isEnded = false;
  readonly answer: IncomingMessage;
  private readonly outgoing: ClientRequest;

  private constructor(outgoing: ClientRequest, answer: IncomingMessage) {
    keep(this);
    this.outgoing = outgoing;
    this.answer = answer;
    let rest = '';
    answer.setEncoding('utf8');
    answer.on('data', (chunk: string) => {
      this.text += chunk;
      rest += chunk;
      const blocks = rest.split('\n\n');
      rest = blocks.pop()!;
      for (const block of blocks) this.block(block);
    });
    answer.on('error', () => undefined);
    answer.on('close', () => {
      drop(this);
      this.isEnded = true;
    });
  }

  static open(base: string, room: string, query = '', headers: Record<string, string> = {}): Promise<HubStream> {
    const { hostname, port } = new URL(base);
    const opened = new Promise<HubStream>((resolve, reject) => {
      const outgoing = httpRequest({ hostname, port, path: path(room, 'events') + query, headers, agent: false }, (answer) => {
        if (answer.statusCode === 200) return resolve(new HubStream(outgoing, answer));
        answer.resume();
        reject(new HubRefused(answer.statusCode ?? 0));
      });
      outgoing.on('error', reject);
      outgoing.end();
    });
    return within('the stream to open', opened, PATIENCE_MS);
  }

  private block(block: string): void {
    const event: SseEvent = { id: '', event: 'message', data: '' };
    for (const line of block.split('\n')) {
      if (line.startsWith(':')) this.comments.push(line.slice(1).trim());
      else if (line.startsWith('id: ')) event.id = line.slice(4);
      else if (line.startsWith('event: ')) event.event = line.slice(7);
      else if (line.startsWith('data: ')) event.data += line.slice(6);
    }
    if (event.id) this.lastId = event.id;
    if (event.data) this.events.push(event);
  }

  async take(count: number): Promise<SseEvent[]> {
    await until(`${count} events, ${this.events.length} are there`, () => this.events.length >= count, PATIENCE_MS, 5);
    return this.events;
  }

  items(): Item[] {
    return this.events.filter((event) => event.event === 'message').map((event) => JSON.parse(event.data));
  }

  terminate(): void {
    this.outgoing.destroy();
  }
}
