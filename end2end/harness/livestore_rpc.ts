// Client that speaks the protocol of LiveStore 0.4 by hand (livestore-0.4.md): requests with numbered frames over a socket, and the same
// requests over HTTP. Every pull checks that its events come in order, once and without a gap.

import assert from 'node:assert/strict';
import { send, type Reply } from './http.ts';
import type { WireEvent } from './livestore.ts';
import { TextSocket, opened, type TextSocketOptions } from './text_socket.ts';
import { PATIENCE_MS, until } from './wait.ts';

export type Transport = 'ws' | 'http';

export interface Cursor {
  backendId: string;
  eventSequenceNumber: number;
}

export interface PullOptions {
  cursor?: Cursor;
  live?: boolean;
}

/** Item of a pull: one page of the log. */
export interface Page {
  batch: { eventEncoded: WireEvent; metadata: unknown }[];
  pageInfo: { _tag: string; remaining?: number };
  backendId: string;
}

/** Bound of every frame of the server (livestore-0.4.md 10). */
const FRAME_BYTES_MAX = 1_000_000;

const NONE = { _tag: 'None' } as const;
const option = (value: unknown) => (value === undefined ? NONE : { _tag: 'Some', value });

export const rpcAddress = (storeId: string, transport: Transport = 'ws', payload?: unknown): string => {
  const query = new URLSearchParams({ storeId });
  if (payload !== undefined) query.set('payload', encodeURIComponent(JSON.stringify(payload)));
  query.set('transport', transport);
  return `/?${query}`;
};

export const pullPayload = (storeId: string, options: PullOptions = {}) => ({ storeId, live: options.live ?? false, cursor: option(options.cursor) });
export const pushPayload = (storeId: string, batch: unknown[], backendId?: string) => ({ storeId, batch, backendId: option(backendId) });

/** Exit of a push that was stored. */
export const STORED = { _tag: 'Success', value: {} };
/** Returns the exit of a request that failed with this error. */
export const failed = (error: unknown) => ({ _tag: 'Failure', cause: { _tag: 'Fail', error } });

/** Asserts that a request failed with `UnknownError` and that its text shows nothing of the inside; returns the text. */
export function unknownError(exit: any): string {
  const { message, ...rest } = exit.cause.error.cause;
  assert.deepEqual(exit, failed({ _tag: 'UnknownError', cause: { name: 'Error', message } }));
  assert.deepEqual(rest, { name: 'Error' });
  return hidesTheInside(message);
}

/** Asserts that a text for people names no table, statement or line of code; returns it. */
export function hidesTheInside(text: unknown): string {
  assert.equal(typeof text, 'string', JSON.stringify(text));
  assert.doesNotMatch(text as string, /eventlog|sqlite|\bsql\b|select |insert into|\.rs\b|\bat \S+:\d+/i);
  return text as string;
}

/** Socket that asks with hand-written frames. Answers to different requests are taken apart, whatever their order. */
export class RpcWire extends TextSocket {
  readonly storeId: string;
  private number = 0;
  private readonly frames: any[] = [];
  /** Index of the first frame that was not looked at yet, for each request. */
  private readonly positions = new Map<string, number>();

  private constructor(ws: ConstructorParameters<typeof TextSocket>[0], storeId: string) {
    super(ws);
    this.storeId = storeId;
  }

  static async to(base: string, storeId: string, options: TextSocketOptions & { payload?: unknown; prefix?: string } = {}): Promise<RpcWire> {
    const query = rpcAddress(storeId, 'ws', options.payload).slice(1);
    return new RpcWire(await opened(base, `${options.prefix ?? '/'}${query}`, options), storeId);
  }

  /** Sends a request and returns its id. */
  ask(tag: string, payload: unknown): string {
    const id = String(this.number++);
    this.json({ _tag: 'Request', id, tag: `SyncWsRpc.${tag}`, payload, headers: [], traceId: 'f'.repeat(32), spanId: 'f'.repeat(16), sampled: true });
    return id;
  }

  ack(requestId: string): void {
    this.json({ _tag: 'Ack', requestId });
  }

  /** Returns the next frame of a request. The empty id stands for the frames that name none. */
  nextOf(id: string): Promise<any> {
    return until(`a frame of request ${id}`, () => this.takeOf(id), PATIENCE_MS, 2);
  }

  private takeOf(id: string): any {
    const frame = this.find(id);
    if (frame === undefined && this.closed) throw new Error(`closed ${this.closed.code} "${this.closed.reason}"`);
    return frame;
  }

  private find(id: string): any {
    while (this.frames.length < this.texts.length) {
      const text = this.texts[this.frames.length] ?? 'null';
      assert.ok(Buffer.byteLength(text) < FRAME_BYTES_MAX, `a frame of ${Buffer.byteLength(text)} bytes`);
      this.frames.push(JSON.parse(text));
    }
    for (let at = this.positions.get(id) ?? 0; at < this.frames.length; at += 1) {
      if ((this.frames[at].requestId ?? '') !== id) continue;
      this.positions.set(id, at + 1);
      return this.frames[at];
    }
    this.positions.set(id, this.frames.length);
    return undefined;
  }

  /** Waits for the end of a request without items and returns its exit. */
  async exitOf(id: string): Promise<any> {
    const frame = await this.nextOf(id);
    assert.deepEqual(Object.keys(frame).sort(), ['_tag', 'exit', 'requestId'], JSON.stringify(frame));
    assert.equal(frame._tag, 'Exit');
    return frame.exit;
  }

  /** Pushes a batch and returns the exit. */
  push(batch: unknown[], backendId?: string): Promise<any> {
    return this.exitOf(this.ask('Push', pushPayload(this.storeId, batch, backendId)));
  }

  /** Starts a pull. */
  pull(options: PullOptions = {}): Pull {
    return new Pull(this, this.ask('Pull', pullPayload(this.storeId, options)), options.cursor?.eventSequenceNumber ?? 0);
  }

  /** Starts a live pull and waits for everything that is stored. */
  async live(cursor?: Cursor): Promise<Pull> {
    const pull = this.pull({ live: true, ...(cursor && { cursor }) });
    await pull.stored();
    return pull;
  }

  /** Pulls everything that is stored, up to the end of the request. */
  async all(cursor?: Cursor): Promise<WireEvent[]> {
    const pull = this.pull({ ...(cursor && { cursor }) });
    const pages = await pull.stored();
    assert.deepEqual(await this.exitOf(pull.id), { _tag: 'Success' }, 'the end of a pull has no value');
    return pages.flatMap(eventsOfPage);
  }

  /** Waits until everything that was sent before is answered. */
  async barrier(): Promise<void> {
    this.json({ _tag: 'Ping' });
    for (;;) if ((await this.nextOf(''))._tag === 'Pong') return;
  }
}

export const eventsOfPage = (page: Page): WireEvent[] => page.batch.map((item) => item.eventEncoded);

/** Pull of a socket: takes its pages, acknowledges each, and checks their order. */
class Pull {
  readonly id: string;
  /** Number of the last event that came. */
  last: number;
  backendId = '';
  private readonly wire: RpcWire;

  constructor(wire: RpcWire, id: string, cursor: number) {
    this.wire = wire;
    this.id = id;
    this.last = cursor;
  }

  /** Returns the next page without acknowledging it. */
  async page(): Promise<Page> {
    const frame = await this.wire.nextOf(this.id);
    assert.equal(frame._tag, 'Chunk', JSON.stringify(frame).slice(0, 500));
    assert.equal(frame.values.length, 1, 'one item for each chunk');
    const page: Page = frame.values[0];
    checkPage(page, this.last);
    this.last = page.batch.at(-1)?.eventEncoded.seqNum ?? this.last;
    this.backendId = page.backendId;
    return page;
  }

  /** Returns the next page and acknowledges it. */
  async next(): Promise<Page> {
    const page = await this.page();
    this.wire.ack(this.id);
    return page;
  }

  /** Returns the pages up to the one after which nothing remains. */
  async stored(): Promise<Page[]> {
    const pages = [await this.next()];
    while (pages.at(-1)!.pageInfo._tag !== 'NoMore') pages.push(await this.next());
    return pages;
  }

  /** Waits until this event came and returns the events until then. */
  async upTo(seqNum: number): Promise<WireEvent[]> {
    const events: WireEvent[] = [];
    while (this.last < seqNum) events.push(...eventsOfPage(await this.next()));
    return events;
  }
}

/** Checks the form of a page, its bounds, and that it goes on after the event `last`. */
export function checkPage(page: Page, last: number): void {
  assert.deepEqual(Object.keys(page).sort(), ['backendId', 'batch', 'pageInfo']);
  assert.ok(page.backendId.length > 0);
  assert.ok(page.batch.length <= 100, `${page.batch.length} events`);
  page.batch.forEach(({ eventEncoded, metadata }, at) => {
    assert.deepEqual([eventEncoded.seqNum, eventEncoded.parentSeqNum], [last + at + 1, last + at]);
    assert.match(JSON.stringify(metadata), /^\{"_tag":"Some","value":\{"_tag":"SyncMessage.SyncMetadata","createdAt":"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"\}\}$/);
  });
  if (page.pageInfo._tag === 'NoMore') return assert.deepEqual(page.pageInfo, { _tag: 'NoMore' });
  assert.deepEqual(Object.keys(page.pageInfo).sort(), ['_tag', 'remaining']);
  assert.equal(page.pageInfo._tag, 'MoreKnown');
  assert.ok(page.pageInfo.remaining! > 0 && page.batch.length > 0, JSON.stringify(page.pageInfo));
}

/** Sends a body to a store over HTTP. */
export function post(base: string, storeId: string, body: string, more: { payload?: unknown; headers?: Record<string, string> } = {}): Promise<Reply> {
  const headers = { 'content-type': 'application/json', 'x-livestore-store-id': encodeURIComponent(storeId), ...more.headers };
  return send(base, 'POST', rpcAddress(storeId, 'http', more.payload), { headers, body });
}

/** Client that asks over HTTP: every request is a POST, its answer an array of frames. */
export class RpcHttp {
  private readonly base: string;
  private readonly storeId: string;
  private readonly payload: unknown;
  private number = 40;

  constructor(base: string, storeId: string, payload?: unknown) {
    this.base = base;
    this.storeId = storeId;
    this.payload = payload;
  }

  /** Sends a request and returns its frames without the id, which is checked. */
  async ask(tag: string, payload: unknown): Promise<any[]> {
    const id = String(this.number++);
    const body = JSON.stringify({ _tag: 'Request', id, tag: `SyncHttpRpc.${tag}`, payload, headers: [] });
    const reply = await post(this.base, this.storeId, body, { payload: this.payload });
    assert.equal(reply.status, 200, reply.text.slice(0, 500));
    return JSON.parse(reply.text).map(({ requestId, ...frame }: any) => {
      assert.equal(requestId, id);
      return frame;
    });
  }

  /** Pushes a batch and returns the exit. */
  async push(batch: unknown[], backendId?: string): Promise<any> {
    const frames = await this.ask('Push', pushPayload(this.storeId, batch, backendId));
    assert.deepEqual(frames.map(({ _tag }) => _tag), ['Exit']);
    return frames[0].exit;
  }

  /** Pulls everything that is stored and returns its pages. */
  async pages(cursor?: Cursor): Promise<Page[]> {
    const { live: _, ...payload } = pullPayload(this.storeId, cursor ? { cursor } : {});
    const frames = await this.ask('Pull', payload);
    assert.deepEqual(frames.pop(), { _tag: 'Exit', exit: { _tag: 'Success' } });
    let last = cursor?.eventSequenceNumber ?? 0;
    return frames.map(({ _tag, values }, at) => {
      assert.deepEqual([_tag, values.length], ['Chunk', 1]);
      checkPage(values[0], last);
      assert.equal(values[0].pageInfo._tag === 'NoMore', at === frames.length - 1, 'NoMore on the last page and only there');
      last = values[0].batch.at(-1)?.eventEncoded.seqNum ?? last;
      return values[0];
    });
  }

  async all(cursor?: Cursor): Promise<WireEvent[]> {
    return (await this.pages(cursor)).flatMap(eventsOfPage);
  }
}
