// Front of a local server for the benchmarks of the page. It compresses what the platform compresses in front of a Worker, and delivers it
// over a line that can be slow. Chromium's own emulation would slow down a page, but not its service worker.

import { createServer, request, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { brotliCompressSync, constants } from 'node:zlib';

/**
 * 1.6 Mbit/s down, 150 ms from a request to the first byte of its answer. All answers share the line. What is sent up, what goes through an
 * open socket, and the beginning of a connection cost nothing.
 */
const BYTES_PER_MS = 200;
const LATENCY_MS = 150;
/** Bytes for which an answer has the line. */
const CHUNK = 4_096;

/** Types of answers that the platform compresses, as far as the page loads them. */
const COMPRESSED = /^(text\/(html|css|javascript)|application\/(javascript|wasm|manifest\+json)|image\/svg\+xml)/;

/** Compresses an answer. A document is another one each time, so it may not take long. */
const pack = (path: string, body: Buffer): Buffer => brotliCompressSync(body, { params: { [constants.BROTLI_PARAM_QUALITY]: path.startsWith('/pkg/') ? 11 : 4 } });

export class Edge {
  /** `true` while the line is slow. */
  isSlow = false;
  /** Bytes of all answers. */
  bytes = 0;
  #freeAt = 0;
  readonly #packed = new Map<string, Buffer>();
  readonly #front: Server;

  private constructor(port: number) {
    this.#front = createServer((asked, answer) => this.#pass(port, asked, answer));
    this.#front.on('upgrade', async (asked, socket, head) => {
      if (this.isSlow) await sleep(LATENCY_MS);
      const onward = connect(port, '127.0.0.1', () => {
        const headers = asked.rawHeaders.map((text: string, at: number) => (at % 2 === 0 ? `${text}: ` : `${text}\r\n`)).join('');
        onward.write(`GET ${asked.url} HTTP/1.1\r\n${headers}\r\n`);
        onward.write(head);
        socket.pipe(onward).pipe(socket);
      });
      for (const end of [socket, onward]) end.on('error', () => (socket.destroy(), onward.destroy()));
    });
  }

  /** Opens a line to a port of this machine. */
  static async to(port: number): Promise<Edge> {
    const edge = new Edge(port);
    await new Promise<void>((ready) => edge.#front.listen(0, '127.0.0.1', ready));
    return edge;
  }

  get address(): string {
    return `http://127.0.0.1:${(this.#front.address() as AddressInfo).port}`;
  }

  close(): void {
    this.#front.closeAllConnections();
    this.#front.close();
  }

  #pass(port: number, asked: IncomingMessage, answer: ServerResponse): void {
    const path = asked.url!;
    const onward = request({ host: '127.0.0.1', port, path, method: asked.method, headers: { ...asked.headers, 'accept-encoding': 'identity' } }, (given) => {
      const parts: Buffer[] = [];
      given.on('data', (part: Buffer) => parts.push(part));
      given.on('end', () => void this.#deliver(asked, given, Buffer.concat(parts), answer));
    });
    asked.pipe(onward);
  }

  async #deliver(asked: IncomingMessage, given: IncomingMessage, plain: Buffer, answer: ServerResponse): Promise<void> {
    const path = asked.url!;
    const { 'content-length': _, 'transfer-encoding': __, ...headers } = given.headers;
    const isPacked = asked.method === 'GET' && given.statusCode === 200 && COMPRESSED.test(headers['content-type'] ?? '');
    const body = isPacked ? (this.#packed.get(path) ?? pack(path, plain)) : plain;
    if (isPacked && /^\/(pkg|assets)\//.test(path)) this.#packed.set(path, body);
    if (this.isSlow) await sleep(LATENCY_MS);
    answer.writeHead(given.statusCode!, isPacked ? { ...headers, 'content-encoding': 'br' } : headers);
    for (let at = 0; at < body.length; at += CHUNK) {
      const chunk = body.subarray(at, at + CHUNK);
      this.bytes += chunk.length;
      if (!this.isSlow) continue;
      this.#freeAt = Math.max(performance.now(), this.#freeAt) + chunk.length / BYTES_PER_MS;
      await sleep(this.#freeAt - performance.now());
      answer.write(chunk);
    }
    answer.end(this.isSlow ? undefined : body);
  }
}
