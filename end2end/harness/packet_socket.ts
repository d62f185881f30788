// Socket client for `wasmchannel.v1`: keeps every packet and waits for the packet that a test wants.

import WebSocket from 'ws';
import { pack, unpackPacket, type Kind, type Packet, type Parts } from './packet.ts';
import type { Reply } from './http.ts';
import { drop, keep } from './left_open.ts';
import type { Closed } from './socket.ts';
import { uuid } from './ids.ts';
import { upgraded } from './upgrade.ts';
import { PATIENCE_MS, within } from './wait.ts';


export interface PacketSocketOptions {
  token?: string;
  headers?: Record<string, string>;
  protocols?: string[];
  query?: Record<string, string | number>;
  path?: string;
}

export class PacketsRefused extends Error {
  readonly reply: Reply;
  constructor(reply: Reply) {
    super(`upgrade refused: ${reply.status} ${reply.text}`);
    this.reply = reply;
  }
}

export class PacketSocket {
  readonly packets: Packet[] = [];
  /** Original bytes of each packet. */
  private readonly wire = new Map<Packet, Buffer>();
  readonly closed: Promise<Closed>;
  pongs = 0;
  private readonly ws: WebSocket;
  private readonly waiters = new Set<() => void>();
  private at = 0;
  private ended: Closed | undefined;
  private breach: Error | undefined;

  private constructor(ws: WebSocket) {
    this.ws = ws;
    ws.on('message', (data, isBinary) => {
      try {
        if (isBinary) {
          const packet = unpackPacket(data as Buffer);
          this.packets.push(packet);
          this.wire.set(packet, data as Buffer);
        }
        else if (data.toString() === 'pong') this.pongs += 1;
        else throw new Error(`text on a packet socket: ${data.toString()}`);
      } catch (failure) {
        this.breach ??= failure as Error;
      }
      this.wake();
    });
    ws.on('error', () => undefined);
    this.closed = new Promise((resolve) =>
      ws.on('close', (code, reason) => {
        if (!this.breach) drop(this);
        this.ended = { code, reason: reason.toString(), atMs: Date.now() };
        resolve(this.ended);
        this.wake();
      }),
    );
  }

  static open(base: string, room: string, options: PacketSocketOptions = {}): Promise<PacketSocket> {
    const url = new URL(options.path ?? `/ws/${encodeURIComponent(room)}`, base.replace(/^http/, 'ws'));
    for (const [name, value] of Object.entries(options.query ?? {})) url.searchParams.set(name, String(value));
    const headers = { ...(options.token ? { authorization: `Bearer ${options.token}` } : {}), ...options.headers };
    const settings = { headers, perMessageDeflate: false, closeTimeout: 200 };
    const ws = new WebSocket(url, options.protocols ?? ['wasmchannel.v1'], settings);
    const socket = new PacketSocket(ws);
    const refused = (reply: Reply) => new PacketsRefused(reply);
    return upgraded(ws, url.pathname, () => keep(socket), refused).then(() => socket);
  }

  /** Opens a room and waits for its first count of people. */
  static async joined(base: string, room: string, token: string, options: PacketSocketOptions = {}): Promise<PacketSocket> {
    const socket = await PacketSocket.open(base, room, { token, ...options });
    await socket.next('OnlineUsers');
    return socket;
  }

  get protocol(): string {
    return this.ws.protocol;
  }

  sendBytes(bytes: Uint8Array): void {
    this.ws.send(bytes);
  }

  sendText(text: string): void {
    this.ws.send(text);
  }

  send(parts: Parts): void {
    this.sendBytes(pack(parts));
  }

  /** Sends a message and returns its id. */
  say(text: string, id: string = uuid()): string {
    this.send({ kind: 'Message', id, payload: text });
    return id;
  }

  /** Sends a message and waits for its echo, which is the ack. */
  async said(text: string, id: string = uuid()): Promise<Packet> {
    this.say(text, id);
    return this.next((packet) => packet.kind === 'Message' && packet.id === id);
  }

  /** Returns the next packet that fits, and skips the packets before it. */
  async next(want: Kind | ((packet: Packet) => boolean), timeoutMs = PATIENCE_MS): Promise<Packet> {
    const fits = typeof want === 'string' ? (packet: Packet) => packet.kind === want : want;
    const deadline = Date.now() + timeoutMs;
    for (;;) {
      if (this.breach) throw this.breach;
      const found = this.packets.findIndex((packet, at) => at >= this.at && fits(packet));
      if (found >= 0) {
        this.at = found + 1;
        return this.packets[found]!;
      }
      const left = deadline - Date.now();
      if (this.ended || left <= 0) throw new Error(`no packet ${want}: ${JSON.stringify(this.ended ?? 'in time')}; last ${JSON.stringify(this.packets.slice(-5))}`);
      await this.change(left);
    }
  }

  /** Returns the text of the next notice, which is a message without a sender. */
  async notice(): Promise<string> {
    return (await this.next((packet) => packet.kind === 'Message' && packet.id === null && packet.user === null)).text;
  }

  /** Returns the original bytes of a packet in hexadecimal digits. */
  hexOf(packet: Packet): string {
    return this.wire.get(packet)!.toString('hex');
  }

  /** Returns all packets of a kind so far. */
  all(kind: Kind): Packet[] {
    return this.packets.filter((packet) => packet.kind === kind);
  }

  /**
   * Waits until everything that was sent before has arrived. For that the client sends an invalid packet, which the server refuses to this
   * sender alone. Each barrier costs one of the ten invalid packets that are allowed in 60 s.
   */
  async barrier(): Promise<void> {
    this.send({ kind: 'Delete' });
    await this.next((packet) => packet.text === 'Invalid packet: kind not allowed');
  }

  async closedWith(code: number): Promise<Closed> {
    const closed = await within(`close ${code}`, this.closed, PATIENCE_MS);
    if (closed.code !== code) throw new Error(`closed ${closed.code} "${closed.reason}" instead of ${code}`);
    this.clean();
    return closed;
  }

  async close(): Promise<void> {
    this.clean();
    this.ws.close(1000);
    await within('the close is answered', this.closed, PATIENCE_MS);
  }

  /** Fails if this socket has got what is no packet. */
  clean(): void {
    if (this.breach) throw this.breach;
  }

  terminate(): void {
    this.ws.terminate();
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
}

/** Opens a path that must be refused before the upgrade, and returns the HTTP answer. */
export async function packetsRefused(base: string, room: string, options: PacketSocketOptions = {}): Promise<Reply> {
  try {
    const socket = await PacketSocket.open(base, room, options);
    socket.terminate();
  } catch (failure) {
    if (failure instanceof PacketsRefused) return failure.reply;
    throw failure;
  }
  throw new Error('it was opened; it had to be refused');
}
