// Simulated browser for the operator's page /admin, with forms and cookies as in a browser without scripts.

import assert from 'node:assert/strict';
import type { Api } from './api.ts';
import { send, type Reply } from './http.ts';

const HTML = { accept: 'text/html' };
const FORM = 'application/x-www-form-urlencoded';

export class AdminBrowser {
  readonly base: string;
  cookie = '';
  /** Address from which the requests seem to come. When it is unset, the machine's own address counts. */
  private readonly from: string | undefined;

  constructor(base: string, from?: string) {
    this.base = base;
    this.from = from;
  }

  /** Returns a browser that has signed in with the operator's token. */
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

  /** Posts a form as the page itself would. `headers` replace single headers. */
  post(fields: Record<string, string>, headers: Record<string, string> = {}): Promise<Reply> {
    const all = { ...HTML, origin: this.base, 'content-type': FORM, ...this.own(), ...headers };
    return send(this.base, 'POST', '/admin', { headers: all, body: new URLSearchParams(fields).toString() });
  }

  /** Returns the CSRF token of the page's forms. */
  async csrf(): Promise<string> {
    return /name="csrf" value="([0-9a-f]{64})"/.exec((await this.get()).text)![1]!;
  }

  /** Presses a button of the page: posts these fields with the token of its forms. */
  async submit(fields: Record<string, string>): Promise<Reply> {
    return this.post({ ...fields, csrf: await this.csrf() });
  }

  turn(flag: string, to: boolean): Promise<Reply> {
    return this.submit({ do: 'turn', flag, to: String(to) });
  }

  private own(): Record<string, string> {
    return { ...(this.cookie && { cookie: this.cookie }), ...(this.from && { 'cf-connecting-ip': this.from }) };
  }
}

/** Returns rows of the audit log about an act and a person or a target: 200 at most, oldest first. `admin` sends the service token. */
export const auditRows = async (admin: Api, what: string, who: string): Promise<any[]> =>
  (await admin.ok('GET', `/api/admin/audit?what=${what}&limit=200&who=${encodeURIComponent(who)}`)).items;

/** Changes switches of the deployment. `admin` sends the service token. */
export async function setFlags(admin: Api, change: Record<string, boolean | null>): Promise<void> {
  const answer = await admin.put('/api/admin/flags', change);
  assert.equal(answer.status, 200, answer.reply.text);
}

/** Triggers a cron of the deployment as the platform would, and waits until it has run. */
export async function ring(base: string, cron = '*/5 * * * *'): Promise<void> {
  const reply = await send(base, 'GET', `/cdn-cgi/local/scheduled?cron=${encodeURIComponent(cron)}`, { timeoutMs: 60_000 });
  assert.equal(reply.status, 200, reply.text);
}
