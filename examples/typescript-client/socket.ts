// One room of the messenger over its socket (docs/spec/messenger.md 5): the join, going on after a break, an outbox with ids, typed events.
// The client stores nothing: an outbox that has to survive a restart is the caller's.

import { freshId, type Ack, type LogEvent, type RoomEvents, type Write } from './frames.ts';
import { Refused } from './rest.ts';

export interface RoomOptions {
  base: string;
  room: string;
  /** Token of a bot, or session of a person. A page leaves it out: its browser sends the cookie. */
  token?: string;
}

interface Unsent {
  id: string;
  text: string;
  stored: (ack: Ack) => void;
  failed: (refusal: Refused) => void;
}

/** Close codes after which another try is useless (docs/spec/core.md 7). */
const FINAL = [1000, 1003, 1007, 1008, 4400, 4401, 4403, 4404, 4409, 4426];
const HEARTBEAT_MS = 30_000;
const BACKOFF_MS = 500;
const BACKOFF_MS_MAX = 30_000;

export class Room {
  readonly #options: RoomOptions;
  readonly #listeners = new Map<string, ((event: any) => void)[]>();
  readonly #unsent: Unsent[] = [];
  #socket: WebSocket | undefined;
  /** Last event that was told. The next socket goes on after it. */
  #place: { epoch: string; seq: number } | undefined;
  #isLive = false;
  /** The first write of the outbox was sent or must wait. Others could overtake it, so there is one at a time. */
  #isBusy = false;
  #hasHeard = true;
  #tries = 0;
  #beat: ReturnType<typeof setInterval> | undefined;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #pause: ReturnType<typeof setTimeout> | undefined;

  constructor(options: RoomOptions) {
    this.#options = options;
  }

  on<K extends keyof RoomEvents>(kind: K, listener: (event: RoomEvents[K]) => void): this {
    this.#listeners.set(kind, [...(this.#listeners.get(kind) ?? []), listener]);
    return this;
  }

  open(): this {
    if (this.#socket) return this;
    const { base, room, token } = this.#options;
    const query = this.#place ? `?since=${this.#place.seq}&epoch=${this.#place.epoch}` : '';
    const socket = socketOf(`${base.replace('http', 'ws')}/api/ws/room/${encodeURIComponent(room)}${query}`, base, token);
    this.#socket = socket;
    // Events of an earlier socket mean nothing.
    const isOurs = () => this.#socket === socket;
    socket.onmessage = ({ data }) => isOurs() && this.#receive(String(data));
    socket.onerror = () => isOurs() && this.#lost(1006, '');
    socket.onclose = ({ code, reason }) => isOurs() && this.#lost(code, reason);
    this.#hasHeard = true;
    this.#beat = setInterval(() => {
      // A socket can look open and be dead.
      if (!this.#hasHeard) return this.#drop();
      this.#hasHeard = false;
      if (socket.readyState === WebSocket.OPEN) socket.send('ping');
    }, HEARTBEAT_MS);
    return this;
  }

  /** Writes once: resolves when the write is stored, also after breaks of the connection, and rejects with the server's refusal. */
  send(write: Write): Promise<Ack> {
    return new Promise((stored, failed) => {
      const id = write.id ?? freshId();
      this.#unsent.push({ id, text: JSON.stringify({ ...write, id }), stored, failed });
      this.#flush();
    });
  }

  typing(isTyping: boolean): void {
    if (this.#isLive) this.#socket?.send(JSON.stringify({ type: 'typing', isTyping }));
  }

  /** Ends the connection; what is unsent fails. */
  close(): void {
    const socket = this.#socket;
    this.#lost(1000, '');
    socket?.close(1000);
  }

  #tell(kind: string, event: unknown): void {
    for (const listener of this.#listeners.get(kind) ?? []) listener(event);
  }

  #receive(text: string): void {
    this.#hasHeard = true;
    if (text === 'pong') return;
    const socket = this.#socket;
    const frames = [JSON.parse(text)].flat();
    for (const frame of frames) if (this.#socket === socket) this.#take(frame);
  }

  #take(frame: any): void {
    if (frame.type === 'history') return this.#page(frame);
    if (frame.type === 'lag') return this.#drop();
    if (frame.type === 'ack') return this.#settle(frame.id, (write) => write.stored(frame));
    if (frame.type === 'error') return this.#refused(frame);
    if (frame.type === 'reset') this.#place = undefined;
    if (Number.isSafeInteger(frame.seq)) return this.#event(frame);
    this.#tell(frame.type, frame);
  }

  /** Takes a page of the join: the newest one, or one of those with the events that were missed. */
  #page({ messages, head, next, more, epoch }: { messages: LogEvent[]; head: number; next: number; more: boolean; epoch: string }): void {
    const isNewest = this.#place === undefined;
    if (isNewest) {
      this.#place = { epoch, seq: messages.at(-1)?.seq ?? head };
      this.#tell('history', { messages, head, epoch });
    } else {
      for (const event of messages) this.#follow(event);
      this.#place = { epoch, seq: next };
      if (more) return;
    }
    this.#isLive = true;
    this.#tries = 0;
    this.#tell('live', this.#place);
    this.#flush();
  }

  #event(event: LogEvent): void {
    // Before the join is complete, its pages have the event as well.
    const expected = (this.#place?.seq ?? Infinity) + 1;
    if (event.seq === expected) this.#follow(event);
    else if (event.seq > expected && this.#isLive) this.#drop();
  }

  #follow(event: LogEvent): void {
    if (!this.#place || event.seq <= this.#place.seq) return;
    this.#place.seq = event.seq;
    this.#tell(event.type, event);
  }

  #flush(): void {
    const [write] = this.#unsent;
    if (!this.#isLive || this.#isBusy || !write) return;
    this.#isBusy = true;
    this.#socket?.send(write.text);
  }

  #refused(frame: { id?: string; code: string; message: string; retryAfterMs?: number }): void {
    if (frame.id === undefined || frame.id !== this.#unsent[0]?.id) return this.#tell('error', frame);
    if (!['RATE_LIMITED', 'OVERLOADED'].includes(frame.code)) return this.#settle(frame.id, (write) => write.failed(new Refused(frame)));
    this.#pause = setTimeout(() => {
      this.#isBusy = false;
      this.#flush();
    }, frame.retryAfterMs ?? BACKOFF_MS);
  }

  #settle(id: string, end: (write: Unsent) => void): void {
    const [write] = this.#unsent;
    if (write?.id !== id) return;
    this.#unsent.shift();
    this.#isBusy = false;
    end(write);
    this.#flush();
  }

  /** Replaces a socket that is dead or lacks events. */
  #drop(): void {
    const socket = this.#socket;
    this.#lost(1006, '');
    socket?.close();
  }

  #lost(code: number, reason: string): void {
    for (const timer of [this.#beat, this.#pause, this.#retry]) clearTimeout(timer);
    this.#socket = undefined;
    this.#isLive = false;
    this.#isBusy = false;
    if (FINAL.includes(code)) {
      for (const write of this.#unsent.splice(0)) write.failed(new Refused({ code: String(code), message: reason || 'the connection ended' }));
      return this.#tell('ended', { code, reason });
    }
    const seconds = /^retry-after=(\d+)$/.exec(reason)?.[1];
    const waitMs = seconds ? Number(seconds) * 1_000 : Math.random() * Math.min(BACKOFF_MS_MAX, BACKOFF_MS * 2 ** this.#tries);
    this.#tries += 1;
    this.#retry = setTimeout(() => this.open(), waitMs);
    this.#tell('waiting', { code, waitMs });
  }
}

function socketOf(url: string, base: string, token: string | undefined): WebSocket {
  const protocols = ['cfm.v1.batch', 'cfm.v1'];
  if (token === undefined) return new WebSocket(url, protocols);
  // Node's WebSocket takes headers, a browser's does not. With an Origin the server gives its reason for a refusal as a close code.
  const Socket = WebSocket as unknown as new (url: string, options: object) => WebSocket;
  return new Socket(url, { protocols, headers: { authorization: `Bearer ${token}`, origin: new URL(base).origin } });
}
