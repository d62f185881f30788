// Small clients for tests inside workerd. The clients call the Worker directly and speak `cfm.v1` or the protocols of other doors over the
// socket they get. Also two helpers that only this suite can have: access to an object, and a movable clock.

import { env, runInDurableObject, SELF } from 'cloudflare:test';
import { expect, vi } from 'vitest';
import hubAudit from '../../server/migrations/0001_hub_audit.sql?raw';
import acts from '../../server/migrations/0002_audit.sql?raw';

const BASE = 'http://127.0.0.1';

/** Deadline of every wait. The deadline ends a test that would hang and says nothing about the speed of the product. */
export const PATIENCE_MS = 60_000;

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

/** Signs in as a persona. */
export async function persona(userId: string): Promise<Guest> {
  const { data } = await call('POST', '/api/auth/login', undefined, { userId, token: 'dev' });
  return { id: userId, token: data.sessionId };
}

/** Returns a new UUIDv7. */
export function uuidv7(): string {
  const time = Date.now().toString(16).padStart(12, '0');
  return `${time.slice(0, 8)}-${time.slice(8)}-7${crypto.randomUUID().slice(15)}`;
}

export const freshRoom = (): string => `w-${crypto.randomUUID()}`;

/** Returns the object with this name. */
export function stubOf(binding: string, name: string): DurableObjectStub {
  const namespace = (env as any)[binding] as DurableObjectNamespace;
  return namespace.get(namespace.idFromName(name));
}

/** Runs a statement in an object's own database and returns the rows. */
export const rows = (stub: DurableObjectStub, query: string, ...values: (number | string)[]): Promise<any[]> =>
  runInDurableObject(stub, (_, state) => [...state.storage.sql.exec(query, ...values)]);

/** Returns the names of the tables of an object. */
export const tables = async (stub: DurableObjectStub): Promise<string[]> =>
  (await rows(stub, "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT GLOB '_cf_*'")).map(({ name }) => name);

export const alarmOf = (stub: DurableObjectStub): Promise<number | null> => runInDurableObject(stub, (_, state) => state.storage.getAlarm());

/** Sets the clock until `vi.useRealTimers`; timers keep their real pace. */
export const at = (ms: number) => vi.useFakeTimers({ now: ms, toFake: ['Date'] });

/** Creates the audit tables, because the database of these tests begins empty. */
export async function migrated(): Promise<void> {
  const { DB } = env as unknown as { DB: D1Database };
  for (const migration of [hubAudit, acts]) {
    const statements = migration.replace(/^--.*$/gm, '').split(';').map((text: string) => text.trim()).filter(Boolean);
    await DB.batch(statements.map((text: string) => DB.prepare(text)));
  }
}

export class WorkerSocket {
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

  static async open(path: string, who: Guest): Promise<WorkerSocket> {
    const answer = await SELF.fetch(`${BASE}${path}`, {
      headers: { upgrade: 'websocket', 'sec-websocket-protocol': 'cfm.v1', authorization: `Bearer ${who.token}` },
    });
    expect(answer.status).toBe(101);
    return new WorkerSocket(answer.webSocket!);
  }

  static async room(room: string, who: Guest): Promise<WorkerSocket> {
    const line = await WorkerSocket.open(`/api/ws/room/${room}`, who);
    await line.next((frame) => frame.type === 'history');
    return line;
  }

  send(frame: unknown): void {
    this.socket.send(JSON.stringify(frame));
  }

  async next(fits: (frame: any) => boolean): Promise<any> {
    const frame = await vi.waitUntil(() => this.frames.find((one) => !this.taken.has(one) && fits(one)), { timeout: PATIENCE_MS, interval: 5 });
    this.taken.add(frame);
    return frame;
  }

  /** Sends a frame with a fresh id; returns its ack or error. */
  async ask(frame: Record<string, unknown>): Promise<any> {
    const id = uuidv7();
    this.send({ id, ...frame });
    return this.next((answer) => (answer.type === 'ack' || answer.type === 'error') && answer.id === (frame['id'] ?? id));
  }

  close(): void {
    this.socket.close(1000);
  }
}

/** Returns a signed token for the doors that take tokens. */
export async function token(claims: unknown): Promise<string> {
  const base64url = (bytes: Uint8Array) => btoa(String.fromCharCode(...bytes)).replace(/\+/g, '-').replace(/\//g, '_').replace(/=/g, '');
  const encoder = new TextEncoder();
  const signed = [{ alg: 'HS256', typ: 'JWT' }, claims].map((part) => base64url(encoder.encode(JSON.stringify(part)))).join('.');
  const key = await crypto.subtle.importKey('raw', encoder.encode((env as any).JWT_SECRET), { name: 'HMAC', hash: 'SHA-256' }, false, ['sign']);
  return `${signed}.${base64url(new Uint8Array(await crypto.subtle.sign('HMAC', key, encoder.encode(signed))))}`;
}

/** Text socket of any door; it keeps every text that it receives. */
export class Socket {
  readonly texts: string[] = [];
  closed: { code: number; reason: string; at: number } | undefined;
  private taken = 0;
  private readonly socket: WebSocket;

  private constructor(socket: WebSocket) {
    this.socket = socket;
    socket.addEventListener('message', ({ data }) => {
      this.texts.push(data as string);
    });
    socket.addEventListener('close', ({ code, reason }) => {
      this.closed = { code, reason, at: Date.now() };
    });
    socket.accept();
  }

  static async open(path: string, headers: Record<string, string> = {}): Promise<Socket> {
    const answer = await SELF.fetch(`${BASE}${path}`, { headers: { upgrade: 'websocket', ...headers } });
    expect(answer.status).toBe(101);
    return new Socket(answer.webSocket!);
  }

  text(text: string): void {
    this.socket.send(text);
  }

  json(value: unknown): void {
    this.text(JSON.stringify(value));
  }

  async next(): Promise<string> {
    await vi.waitUntil(() => this.texts.length > this.taken, { timeout: PATIENCE_MS, interval: 2 });
    return this.texts[this.taken++]!;
  }

  async nextJson(): Promise<any> {
    return JSON.parse(await this.next());
  }

  /** Waits for the end of the socket and returns its close code. */
  async end(): Promise<{ code: number; reason: string; at: number }> {
    return vi.waitUntil(() => this.closed, { timeout: PATIENCE_MS, interval: 2 });
  }

  rest(): string[] {
    return this.texts.slice(this.taken);
  }

  close(): void {
    this.socket.close(1000);
  }
}
