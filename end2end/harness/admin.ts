// The page of whoever runs a deployment, as a browser without script would use it: forms and cookies.

import assert from 'node:assert/strict';
import { send, type Reply } from './http.ts';

const HTML = { accept: 'text/html' };
const FORM = 'application/x-www-form-urlencoded';

export class AdminBrowser {
  readonly base: string;
  cookie = '';
  /** The address that it comes from; unset, it is the machine's own. */
  private readonly from: string | undefined;

  constructor(base: string, from?: string) {
    this.base = base;
    this.from = from;
  }

  /** Somebody who typed the token. */
  static async entered(base: string, token: string, from?: string): Promise<AdminBrowser> {
    const browser = new AdminBrowser(base, from);
    const reply = await browser.post({ do: 'enter', token });
    assert.deepEqual([reply.status, reply.headers['location']], [303, '/admin'], reply.text);
    browser.cookie = reply.cookies[0]!.split(';')[0]!;
    return browser;
  }

  get(query = '', headers: Record<string, string> = {}): Promise<Reply> {
    return send(this.base, 'GET', `/admin${query}`, { headers: { ...HTML, ...this.own(), ...headers } });
  }

  /** Posts a form as the page itself would, but for what `headers` say. */
  post(fields: Record<string, string>, headers: Record<string, string> = {}): Promise<Reply> {
    const all = { ...HTML, origin: this.base, 'content-type': FORM, ...this.own(), ...headers };
    return send(this.base, 'POST', '/admin', { headers: all, body: new URLSearchParams(fields).toString() });
  }

  /** What the forms of the page prove with that they come from it. */
  async csrf(): Promise<string> {
    return /name="csrf" value="([0-9a-f]{64})"/.exec((await this.get()).text)![1]!;
  }

  async turn(flag: string, to: boolean): Promise<Reply> {
    return this.post({ do: 'turn', flag, to: String(to), csrf: await this.csrf() });
  }

  private own(): Record<string, string> {
    return { ...(this.cookie && { cookie: this.cookie }), ...(this.from && { 'cf-connecting-ip': this.from }) };
  }
}

/** Rings a cron of the deployment, as the platform would, and waits for its end. */
export async function ring(base: string, cron = '*/5 * * * *'): Promise<void> {
  const reply = await send(base, 'GET', `/cdn-cgi/local/scheduled?cron=${encodeURIComponent(cron)}`, { timeoutMs: 60_000 });
  assert.equal(reply.status, 200, reply.text);
}
