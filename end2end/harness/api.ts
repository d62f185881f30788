// REST client of the messenger door. The client checks every answer, good or bad, against the envelope of messenger.md 1. So each test that
// calls the server also tests the envelope.

import assert from 'node:assert/strict';
import { send, type Reply, type RequestOptions } from './http.ts';
import { UUID } from './ids.ts';

export interface Refusal {
  code: string;
  message: string;
  retryAfterMs?: number;
  field?: string;
  limit?: number;
  act?: string;
}

export interface Answer<T = any> {
  status: number;
  data: T;
  error: Refusal | undefined;
  requestId: string;
  reply: Reply;
}

/** Members that one route repeats outside its envelope (messagehub.md 9). */
const BESIDE: Record<string, string[]> = { '/api/health': ['bindings', 'checks', 'ok', 'packet', 'version'] };

/** Parses a reply as an envelope and checks all rules of the envelope. */
export function envelope<T = any>(reply: Reply, path = ''): Answer<T> {
  const where = `status ${reply.status}: ${reply.text.slice(0, 300)}`;
  assert.match(String(reply.headers['content-type']), /^application\/json\b/, where);
  assert.equal(reply.headers['x-content-type-options'], 'nosniff', where);
  assert.equal(reply.headers['cache-control'], 'no-store', where);
  const body = JSON.parse(reply.text);
  const good = reply.status < 400;
  assert.equal(body.success, good, where);
  assert.equal('data' in body, good, where);
  assert.equal('error' in body, !good, where);
  assert.deepEqual(Object.keys(body).sort(), [good ? 'data' : 'error', 'meta', 'success', ...(BESIDE[path] ?? [])].sort(), where);
  assert.ok(Number.isSafeInteger(body.meta.timestamp), where);
  assert.ok(Math.abs(body.meta.timestamp - Date.now()) < 60_000, where);
  assert.match(body.meta.requestId, UUID, where);
  assert.equal(reply.headers['x-request-id'], body.meta.requestId, where);
  if (!good) {
    assert.match(body.error.code, /^[A-Z][A-Z_]+$/, where);
    assert.ok(typeof body.error.message === 'string' && body.error.message.length > 0, where);
    if (reply.status === 405) assert.ok(reply.headers['allow'], where);
    if (reply.status === 429) assert.match(String(reply.headers['retry-after']), /^[1-9][0-9]*$/, where);
  }
  return { status: reply.status, data: body.data, error: body.error, requestId: body.meta.requestId, reply };
}

export class Api {
  readonly base: string;
  readonly headers: Record<string, string>;

  constructor(base: string, headers: Record<string, string> = {}) {
    this.base = base;
    this.headers = headers;
  }

  /** Returns the same client with added or replaced headers. */
  with(headers: Record<string, string>): Api {
    return new Api(this.base, { ...this.headers, ...headers });
  }

  raw(method: string, path: string, options: RequestOptions = {}): Promise<Reply> {
    return send(this.base, method, path, { ...options, headers: { ...this.headers, ...options.headers } });
  }

  async call<T = any>(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Answer<T>> {
    const json: RequestOptions =
      body === undefined ? { headers } : { headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(body) };
    return envelope<T>(await this.raw(method, path, json), method === 'GET' ? path : '');
  }

  get = <T = any>(path: string, headers?: Record<string, string>) => this.call<T>('GET', path, undefined, headers);
  post = <T = any>(path: string, body?: unknown, headers?: Record<string, string>) => this.call<T>('POST', path, body ?? {}, headers);
  put = <T = any>(path: string, body?: unknown, headers?: Record<string, string>) => this.call<T>('PUT', path, body ?? {}, headers);
  delete = <T = any>(path: string, headers?: Record<string, string>) => this.call<T>('DELETE', path, undefined, headers);

  /** Calls a route that must succeed and returns its data. */
  async ok<T = any>(method: string, path: string, body?: unknown): Promise<T> {
    const answer = await this.call<T>(method, path, body);
    assert.ok(answer.status < 400, `${method} ${path}: ${answer.status} ${JSON.stringify(answer.error)}`);
    return answer.data;
  }
}

/** Asserts a refusal by status and code, and returns the error object. */
export function refused(answer: Answer, status: number, code: string): Refusal {
  assert.equal(`${answer.status} ${answer.error?.code}`, `${status} ${code}`, answer.reply.text);
  return answer.error!;
}
