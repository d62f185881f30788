// Stand-in for the Turnstile siteverify service. The token itself names the behaviour, so that one server under test can meet every
// behaviour. Like the real service it accepts a token once.

import { createServer, type IncomingMessage, type Server as HttpServer, type ServerResponse } from 'node:http';
import { randomBytes } from 'node:crypto';

export type Behaviour =
  | 'success' | 'failure' | 'wrong-hostname' | 'wrong-action' | 'duplicate' | 'stale'
  | 'error-500' | 'recovers' | 'garbage' | 'silence' | 'reset';

export class Siteverify {
  readonly url: string;
  /** Forms of all requests, in order. */
  readonly asked: Record<string, string>[] = [];
  private readonly http: HttpServer;
  private readonly used = new Set<string>();

  private constructor(http: HttpServer, port: number) {
    this.http = http;
    this.url = `http://127.0.0.1:${port}/siteverify`;
    http.on('request', (request, answer) => void this.answer(request, answer));
  }

  static start(): Promise<Siteverify> {
    const http = createServer();
    return new Promise((resolve, reject) => {
      http.on('error', reject);
      http.listen(0, '127.0.0.1', () => resolve(new Siteverify(http, (http.address() as { port: number }).port)));
    });
  }

  stop(): Promise<void> {
    this.http.closeAllConnections();
    return new Promise((resolve) => this.http.close(() => resolve()));
  }

  /** Returns a fresh token that makes the service behave like this. */
  static token(behaviour: Behaviour): string {
    return `${behaviour}.${randomBytes(12).toString('hex')}`;
  }

  private async answer(request: IncomingMessage, answer: ServerResponse): Promise<void> {
    const form = await readForm(request);
    this.asked.push(form);
    const token = form['response'] ?? '';
    const say = (body: unknown) => {
      answer.writeHead(200, { 'content-type': 'application/json' });
      answer.end(JSON.stringify(body));
    };
    const no = (code: string) => say({ success: false, 'error-codes': [code] });
    const yes = (over: Record<string, unknown> = {}) =>
      say({ success: true, challenge_ts: new Date().toISOString(), hostname: '127.0.0.1', action: 'login', 'error-codes': [], ...over });
    if (this.used.has(token)) return no('timeout-or-duplicate');
    if (token.startsWith('recovers.') && this.asked.filter((one) => one['response'] === token).length === 1) {
      answer.writeHead(500).end('boom');
      return;
    }
    this.used.add(token);
    switch (token.split('.')[0] as Behaviour) {
      case 'success': case 'recovers': return yes();
      case 'wrong-hostname': return yes({ hostname: 'evil.example' });
      case 'wrong-action': return yes({ action: 'comment' });
      case 'stale': return yes({ challenge_ts: new Date(Date.now() - 301_000).toISOString() });
      case 'duplicate': return no('timeout-or-duplicate');
      case 'error-500': answer.writeHead(500).end('boom'); return;
      case 'garbage': answer.writeHead(200, { 'content-type': 'application/json' }).end('{"success":tr'); return;
      case 'silence': return;
      case 'reset': request.socket.destroy(); return;
      default: return no('invalid-input-response');
    }
  }
}

async function readForm(request: IncomingMessage): Promise<Record<string, string>> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString('utf8');
  const type = String(request.headers['content-type']);
  if (type.startsWith('application/json')) return JSON.parse(text);
  return Object.fromEntries(new URLSearchParams(text));
}
