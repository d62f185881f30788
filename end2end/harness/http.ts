// Sends one HTTP request exactly as written: any method, any header, the path byte for byte. `fetch` would normalise paths and refuse
// headers that these tests need.

import assert from 'node:assert/strict';
import { Agent, request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { PATIENCE_MS } from './wait.ts';

export interface Reply {
  status: number;
  headers: IncomingHttpHeaders;
  cookies: string[];
  text: string;
}

export interface RequestOptions {
  headers?: Record<string, string>;
  body?: string | Buffer;
  /** Sends the body in chunks, so that the server does not know its length beforehand. */
  isChunked?: boolean;
  timeoutMs?: number;
  /** Encoding that turns the bytes of the answer into text. */
  encoding?: BufferEncoding;
}

const agent = new Agent({ keepAlive: true, maxSockets: 64, timeout: PATIENCE_MS });

export async function send(base: string, method: string, path: string, options: RequestOptions = {}): Promise<Reply> {
  try {
    return await sendOnce(base, method, path, options);
  } catch (failure) {
    // The server closed this idle connection meanwhile, for example in a restart. The request was never processed, so it can be sent again.
    if (failure instanceof StaleConnection) return sendOnce(base, method, path, options, false);
    throw failure;
  }
}

class StaleConnection extends Error {}

function sendOnce(base: string, method: string, path: string, options: RequestOptions, kept = true): Promise<Reply> {
  const { hostname, port } = new URL(base);
  const body = options.body === undefined ? undefined : Buffer.from(options.body);
  const headers: Record<string, string | number> = { ...options.headers };
  if (body && options.isChunked) headers['transfer-encoding'] = 'chunked';
  else if (body) headers['content-length'] = body.length;
  return new Promise((resolve, reject) => {
    const outgoing = httpRequest({ hostname, port, method, path, headers, agent: kept ? agent : false }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.on('error', reject);
      answer.on('end', () =>
        resolve({
          status: answer.statusCode ?? 0,
          headers: answer.headers,
          cookies: answer.headers['set-cookie'] ?? [],
          text: Buffer.concat(chunks).toString(options.encoding ?? 'utf8'),
        }),
      );
    });
    // A successful upgrade yields a raw socket without a body. These requests only test refusals.
    outgoing.on('upgrade', (answer, socket) => {
      socket.destroy();
      resolve({ status: answer.statusCode ?? 0, headers: answer.headers, cookies: [], text: '' });
    });
    outgoing.setTimeout(options.timeoutMs ?? PATIENCE_MS, () => outgoing.destroy(new Error(`${method} ${path}: no answer`)));
    outgoing.on('error', (failure: NodeJS.ErrnoException) => {
      const stale = outgoing.reusedSocket && (failure.code === 'ECONNRESET' || failure.code === 'EPIPE');
      reject(stale ? new StaleConnection(failure.message) : failure);
    });
    outgoing.end(body);
  });
}

/** Follows the redirect of a form as a browser does: with the cookies of the answer. */
export async function pageAfter(base: string, answer: Reply): Promise<Reply> {
  const cookie = answer.cookies.map((line) => line.split(';')[0]).join('; ');
  const page = await send(base, 'GET', String(answer.headers['location']), { headers: { accept: 'text/html', 'accept-language': 'en', cookie } });
  assert.deepEqual([answer.status, page.status, page.headers['cache-control']], [302, 200, 'no-store'], answer.text.slice(0, 300));
  return page;
}

/** Returns the headers of a WebSocket upgrade, for requests that expect a refusal over HTTP. */
export const upgradeHeaders = (protocols?: string): Record<string, string> => ({
  connection: 'Upgrade',
  upgrade: 'websocket',
  'sec-websocket-version': '13',
  'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
  ...(protocols ? { 'sec-websocket-protocol': protocols } : {}),
});
