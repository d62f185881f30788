// Calls of the REST API, typed by the server's own description (docs/spec/messenger.md 1 and 3).

import type { Operations } from './api.ts';

type Operation = keyof Operations;
type Input<K extends Operation> = Operations[K]['input'];
type Arguments<K extends Operation> = {} extends Input<K> ? [input?: Input<K>] : [input: Input<K>];

/** Refusal of the server, with its code for programs. */
export class Refused extends Error {
  readonly code: string;
  readonly retryAfterMs: number | undefined;

  constructor({ code, message, retryAfterMs }: { code: string; message: string; retryAfterMs?: number }) {
    super(`${code}: ${message}`);
    this.code = code;
    this.retryAfterMs = retryAfterMs;
  }
}

export class Api {
  readonly #base: string;
  readonly #headers: Record<string, string>;

  /** Calls `base` with the token of a bot, or the session of a person. */
  constructor(base: string, token?: string) {
    this.#base = base;
    this.#headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
  }

  /** Calls `api.call('GET /api/messages', { query: { roomId } })` and returns the data of the answer, or throws `Refused`. */
  async call<K extends Operation>(operation: K, ...[input]: Arguments<K>): Promise<Operations[K]['data']> {
    const [method = '', pattern = ''] = operation.split(' ');
    const { path = {}, query = {}, body } = (input ?? {}) as { path?: Record<string, string>; query?: Record<string, unknown>; body?: unknown };
    const url = new URL(pattern.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(path[name] ?? '')), this.#base);
    for (const [name, value] of Object.entries(query)) if (value !== undefined) url.searchParams.set(name, String(value));
    const init = body === undefined ? { headers: this.#headers } : { headers: { ...this.#headers, 'content-type': 'application/json' }, body: JSON.stringify(body) };
    const envelope = (await (await fetch(url, { method, ...init })).json()) as any;
    if (!envelope.success) throw new Refused(envelope.error);
    return envelope.data;
  }
}
