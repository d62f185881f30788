// A request whose body comes in two halves. In between the server has its head, and with it its session.

import assert from 'node:assert/strict';
import { request, type ClientRequest } from 'node:http';
import { Api } from './api.ts';
import { send, type Reply } from './http.ts';
import { within } from './wait.ts';

export interface HalfOptions {
  headers?: Record<string, string>;
  /** Sends the body in chunks, so that the server does not know its length beforehand. */
  isChunked?: boolean;
}

export class HalfSent {
  private readonly outgoing: ClientRequest;
  private readonly rest: Buffer;
  private readonly reply: Promise<Reply>;

  private constructor(outgoing: ClientRequest, rest: Buffer) {
    this.outgoing = outgoing;
    this.rest = rest;
    this.reply = new Promise((resolve, reject) => {
      outgoing.on('error', reject);
      outgoing.on('response', (answer) => {
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => chunks.push(chunk)).on('error', reject);
        answer.on('end', () => resolve({ status: answer.statusCode ?? 0, headers: answer.headers, cookies: answer.headers['set-cookie'] ?? [], text: Buffer.concat(chunks).toString() }));
      });
    });
    // A test that has failed before it sends the rest leaves the request to itself.
    this.reply.catch(() => undefined);
  }

  /** Sends the head and the first half of the body, in the name of `api`. A body that is no text is sent as JSON. */
  static async begin(api: Api, method: string, path: string, body: unknown, { headers, isChunked }: HalfOptions = {}): Promise<HalfSent> {
    const bytes = Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
    const length = isChunked ? { 'transfer-encoding': 'chunked' } : { 'content-length': bytes.length };
    const { hostname, port } = new URL(api.base);
    const all = { 'content-type': 'application/json', ...api.headers, ...length, ...headers };
    const outgoing = request({ hostname, port, method, path, headers: all, agent: false });
    const half = bytes.subarray(0, Math.floor(bytes.length / 2));
    const sent = new HalfSent(outgoing, bytes.subarray(half.length));
    outgoing.flushHeaders();
    if (half.length > 0) await new Promise<void>((resolve) => outgoing.write(half, () => resolve()));
    // Later requests of others are answered meanwhile.
    assert.equal((await send(api.base, 'GET', '/health')).status, 200);
    return sent;
  }

  /** Sends the rest, and returns the answer. */
  async finish(): Promise<Reply> {
    this.outgoing.end(this.rest);
    return within('the answer to a body in two halves', this.reply);
  }
}
