// Server of another company: receives webhooks and answers as the test says. Also a check of signatures and a resolver of names.

import { createHmac } from 'node:crypto';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { PATIENCE_MS, until } from './wait.ts';

export interface Call {
  atMs: number;
  headers: IncomingHttpHeaders;
  body: any;
  text: string;
}

export class Receiver {
  readonly calls: Call[] = [];
  readonly url: string;
  /** Statuses of the next answers, one per call; afterwards 204. */
  statuses: number[] = [];
  /** Texts of the next answers, one per call; afterwards none. */
  texts: string[] = [];
  /** Headers of those answers. */
  headers: Record<string, string> = {};
  /** Makes the server accept calls and never answer. */
  isSilent = false;
  /** Number of challenges that came, which are no calls; each is echoed unless the receiver refuses. */
  challenges = 0;
  echoes = true;
  /** Work between a challenge and its echo. */
  beforeEcho?: () => Promise<unknown>;
  /** Number of calls that the caller ended before the answer. */
  givenUp = 0;
  /** Body of the answer: none, one that never ends, or one that breaks off. */
  body: 'none' | 'open' | 'broken' = 'none';
  private readonly server: Server;

  private constructor(server: Server) {
    this.server = server;
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`;
  }

  static start(): Promise<Receiver> {
    let receiver: Receiver;
    const server = createServer((request, answer) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const text = Buffer.concat(chunks).toString('utf8');
        answer.on('close', () => (receiver.givenUp += Number(!answer.writableEnded)));
        const body = JSON.parse(text);
        if (body.type === 'challenge') {
          receiver.challenges += 1;
          const echo = receiver.echoes ? JSON.stringify({ challenge: body.challenge }) : 'ok';
          return void Promise.resolve(receiver.beforeEcho?.()).then(() => answer.end(echo));
        }
        receiver.calls.push({ atMs: Date.now(), headers: request.headers, body, text });
        if (receiver.isSilent) return;
        answer.writeHead(receiver.statuses.shift() ?? (receiver.body === 'none' ? 204 : 200), receiver.headers);
        if (receiver.body === 'none') return void answer.end(receiver.texts.shift());
        answer.write('a beginning');
        if (receiver.body === 'broken') setTimeout(() => answer.destroy(), 50);
      });
    });
    return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve((receiver = new Receiver(server)))));
  }

  async take(count: number, timeoutMs = PATIENCE_MS): Promise<Call[]> {
    await until(`${count} calls, ${this.calls.length} came`, () => this.calls.length >= count, timeoutMs, 10);
    return this.calls;
  }

  close(): void {
    this.server.closeAllConnections();
    this.server.close();
  }
}

/** Returns the signature of a call with the secret `whsec_…` (messagehub.md 7.2). */
export function signature(call: Call, secret: string): string {
  const key = Buffer.from(secret.replace('whsec_', ''), 'base64');
  const signed = `${call.headers['webhook-id']}.${call.headers['webhook-timestamp']}.${call.text}`;
  return `v1,${createHmac('sha256', key).update(signed).digest('base64')}`;
}

/** Starts a stand-in for DNS over HTTPS with these names and addresses. `asked` lists the names of all queries. */
export function startResolver(names: Record<string, string[]>): Promise<{ url: string; asked: string[]; close(): void }> {
  const asked: string[] = [];
  const server = createServer((request, answer) => {
    const query = new URL(request.url!, 'http://x').searchParams;
    asked.push(query.get('name') ?? '');
    const wanted = query.get('type') === 'AAAA' ? 6 : 4;
    const rows = (names[query.get('name') ?? ''] ?? []).filter((address) => (address.includes(':') ? 6 : 4) === wanted);
    answer.writeHead(200, { 'content-type': 'application/dns-json' });
    answer.end(JSON.stringify({ Status: 0, Answer: rows.map((data) => ({ data })) }));
  });
  return new Promise((resolve) =>
    server.listen(0, '127.0.0.1', () =>
      resolve({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/dns-query`, asked, close: () => void server.close() }),
    ),
  );
}
