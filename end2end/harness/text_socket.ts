// WebSocket client without a protocol: keeps every text frame in order, waits for a frame, and reports the close. The client serves the
// doors whose frames differ from those of the messenger.

import WebSocket from 'ws';
import type { Reply } from './http.ts';
import { drop, keep } from './left_open.ts';
import { upgraded } from './upgrade.ts';
import { PATIENCE_MS, until } from './wait.ts';

export interface TextSocketOptions {
  headers?: Record<string, string>;
  protocols?: string[];
}


/** Error of an upgrade that the server refused with an HTTP answer. */
export class UpgradeRefusal extends Error {
  readonly reply: Reply;
  constructor(reply: Reply) {
    super(`upgrade refused: ${reply.status} ${reply.text.slice(0, 200)}`);
    this.reply = reply;
  }
}

export class TextSocket {
  /** Text frames in order. A binary frame is kept as undefined. */
  readonly texts: (string | undefined)[] = [];
  closed: { code: number; reason: string } | undefined;
  protected readonly ws: WebSocket;
  private taken = 0;

  constructor(ws: WebSocket) {
    this.ws = ws;
    keep(this);
    ws.on('message', (data, isBinary) => this.texts.push(isBinary ? undefined : data.toString()));
    ws.on('error', () => undefined);
    ws.on('close', (code, reason) => {
      drop(this);
      this.closed = { code, reason: reason.toString() };
    });
    ws.resume();
  }

  static async open(base: string, path: string, options: TextSocketOptions = {}): Promise<TextSocket> {
    return new TextSocket(await opened(base, path, options));
  }

  get protocol(): string {
    return this.ws.protocol;
  }

  /** Stops reading from the TCP connection, as a stuck reader does. */
  pause(): void {
    this.ws.pause();
  }

  resume(): void {
    this.ws.resume();
  }

  text(text: string): void {
    this.ws.send(text);
  }

  json(value: unknown): void {
    this.ws.send(JSON.stringify(value));
  }

  binary(bytes: Buffer): void {
    this.ws.send(bytes);
  }

  /** Returns the next text frame that was not taken yet. */
  async next(timeoutMs = PATIENCE_MS): Promise<string> {
    const text = await until('a frame', () => this.take(), timeoutMs, 2);
    return text.text;
  }

  async nextJson(timeoutMs = PATIENCE_MS): Promise<any> {
    return JSON.parse(await this.next(timeoutMs));
  }

  private take(): { text: string } | undefined {
    if (this.taken >= this.texts.length) {
      if (this.closed) throw new Error(`closed ${this.closed.code} "${this.closed.reason}"`);
      return undefined;
    }
    return { text: this.texts[this.taken++]! };
  }

  /** Returns all frames that were received and not taken. */
  rest(): (string | undefined)[] {
    return this.texts.slice(this.taken);
  }

  /** Waits for the end of the socket and returns its close code. */
  end(timeoutMs = PATIENCE_MS): Promise<{ code: number; reason: string }> {
    return until('the socket closes', () => this.closed, timeoutMs, 2);
  }

  /** Closes the socket with a close frame and returns the close code that the server answers. */
  close(code = 1000, reason = ''): Promise<{ code: number; reason: string }> {
    this.ws.close(code, reason);
    return this.end();
  }

  terminate(): void {
    this.ws.terminate();
  }

  isOpen(): boolean {
    return this.ws.readyState === WebSocket.OPEN;
  }
}

/** Opens a socket and pauses it. */
export async function opened(base: string, path: string, options: TextSocketOptions = {}): Promise<WebSocket> {
  const address = `${base.replace(/^http/, 'ws')}${path}`;
  const settings = { perMessageDeflate: false, closeTimeout: 10_000, maxPayload: 256 * 1024 * 1024, headers: options.headers ?? {} };
  const ws = new WebSocket(address, options.protocols ?? [], settings);
  // The socket is paused until its user listens, because the first frame may arrive together with the upgrade.
  await upgraded(ws, path, () => ws.pause(), (reply) => new UpgradeRefusal(reply));
  return ws;
}

/** Opens a path that must be refused before the upgrade, and returns the HTTP answer. */
export async function replyOfRefusal(base: string, path: string, options: TextSocketOptions = {}): Promise<Reply> {
  try {
    (await opened(base, path, options)).terminate();
  } catch (failure) {
    if (failure instanceof UpgradeRefusal) return failure.reply;
    throw failure;
  }
  throw new Error(`${path} was opened; it had to be refused`);
}
