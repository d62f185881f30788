// A small client for tests inside workerd: it calls the Worker directly and speaks `cfm.v1` over the socket it gets.

import { SELF } from 'cloudflare:test';
import { expect, vi } from 'vitest';

const BASE = 'http://127.0.0.1';

export interface Guest {
  id: string;
  token: string;
}

export async function call(method: string, path: string, who?: Guest, body?: unknown): Promise<any> {
  const answer = await SELF.fetch(`${BASE}${path}`, {
    method,
    headers: { ...(who ? { authorization: `Bearer ${who.token}` } : {}), 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const envelope = (await answer.json()) as any;
  return { status: answer.status, data: envelope.data, error: envelope.error };
}

export async function guest(): Promise<Guest> {
  const answer = await call('POST', '/api/auth/login', undefined, { displayName: `Guest ${crypto.randomUUID().slice(0, 8)}`, token: 'dev' });
  expect(answer.status).toBe(200);
  return { id: answer.data.user.id, token: answer.data.sessionId };
}

/** A UUIDv7 of now. */
export function uuidv7(): string {
  const time = Date.now().toString(16).padStart(12, '0');
  return `${time.slice(0, 8)}-${time.slice(8)}-7${crypto.randomUUID().slice(15)}`;
}

export const freshRoom = (): string => `w-${crypto.randomUUID()}`;

export class Line {
  readonly frames: any[] = [];
  closed: { code: number } | undefined;
  private readonly socket: WebSocket;
  private readonly taken = new Set<any>();

  private constructor(socket: WebSocket) {
    this.socket = socket;
    socket.addEventListener('message', ({ data }) => {
      if (data !== 'pong') this.frames.push(JSON.parse(data as string));
    });
    socket.addEventListener('close', ({ code }) => {
      this.closed = { code };
    });
    socket.accept();
  }

  static async open(path: string, who: Guest): Promise<Line> {
    const answer = await SELF.fetch(`${BASE}${path}`, {
      headers: { upgrade: 'websocket', 'sec-websocket-protocol': 'cfm.v1', authorization: `Bearer ${who.token}` },
    });
    expect(answer.status).toBe(101);
    return new Line(answer.webSocket!);
  }

  static async room(room: string, who: Guest): Promise<Line> {
    const line = await Line.open(`/api/ws/room/${room}`, who);
    await line.next((frame) => frame.type === 'history');
    return line;
  }

  send(frame: unknown): void {
    this.socket.send(JSON.stringify(frame));
  }

  async next(fits: (frame: any) => boolean): Promise<any> {
    const frame = await vi.waitUntil(() => this.frames.find((one) => !this.taken.has(one) && fits(one)), { timeout: 8_000, interval: 5 });
    this.taken.add(frame);
    return frame;
  }

  /** Sends a frame with a fresh id; gives its ack or error. */
  async ask(frame: Record<string, unknown>): Promise<any> {
    const id = uuidv7();
    this.send({ id, ...frame });
    return this.next((answer) => (answer.type === 'ack' || answer.type === 'error') && answer.id === (frame['id'] ?? id));
  }

  close(): void {
    this.socket.close(1000);
  }
}
