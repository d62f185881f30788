// Accounts for tests: registration with an unused address, sign-in, and refresh tokens.

import assert from 'node:assert/strict';
import { Api, type Answer } from './api.ts';
import { freshName } from './ids.ts';
import type { Session } from './session.ts';

/** Valid password for all test accounts; it is on no list of common passwords. */
export const PASSWORD = 'tuesday-river-lamp';

export interface AccountForm {
  email?: string;
  password?: string;
  displayName?: string;
  token?: string;
  status?: string;
  remember?: boolean;
}

export interface Account extends Session {
  email: string;
  refreshToken: string | undefined;
}

export const freshEmail = (): string => `${freshName().toLowerCase().replace(/[^a-z0-9]/g, '')}@example.org`;

export function register(base: string, form: AccountForm = {}, headers: Record<string, string> = {}): Promise<Answer> {
  const whole = { token: 'dev', email: freshEmail(), password: PASSWORD, displayName: freshName(), ...form };
  return new Api(base).post('/api/auth/register', whole, headers);
}

export function passwordLogin(base: string, email: string, form: AccountForm = {}, headers: Record<string, string> = {}): Promise<Answer> {
  return new Api(base).post('/api/auth/login', { token: 'dev', email, password: PASSWORD, ...form }, headers);
}

export function sessionOf(base: string, answer: Answer): Session & { refreshToken: string | undefined } {
  assert.ok(answer.status < 300, answer.reply.text);
  const { sessionId, csrfToken, expiresAt, user, refreshToken } = answer.data;
  const api = new Api(base, { authorization: `Bearer ${sessionId}` });
  return { token: sessionId, csrfToken, expiresAt, user, api, refreshToken };
}

/** Creates an account and returns its session as a tool receives it. */
export async function account(base: string, form: AccountForm = {}): Promise<Account> {
  const email = form.email ?? freshEmail();
  return { email, ...sessionOf(base, await register(base, { ...form, email })) };
}

/** Creates an account that accepts messages from everybody. */
export async function newcomer(base: string): Promise<Account> {
  const one = await account(base);
  await one.api.ok('PUT', '/api/me/settings', { whoCanWrite: 'everyone' });
  return one;
}

export const refresh = (base: string, refreshToken: string, headers: Record<string, string> = {}): Promise<Answer> =>
  new Api(base).post('/api/auth/refresh', { refreshToken }, headers);

/** Returns the cookies that an answer sets, by name. A removed cookie has the value ''. */
export function cookiesOf(answer: Answer): Map<string, { value: string; attributes: string[] }> {
  return new Map(
    answer.reply.cookies.map((line) => {
      const [pair, ...attributes] = line.split(';').map((part) => part.trim());
      const [name, value] = pair!.split('=');
      return [name!, { value: value!, attributes: attributes.map((attribute) => attribute.toLowerCase()) }];
    }),
  );
}

/** Simulated browser: stores the cookies of answers and sends them back, as our own page does. */
export class Browser {
  readonly base: string;
  readonly cookies = new Map<string, string>();
  csrfToken = '';

  constructor(base: string) {
    this.base = base;
  }

  get api(): Api {
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    return new Api(this.base, { cookie, origin: this.base, 'x-requested-with': 'cookie', 'x-csrf-token': this.csrfToken });
  }

  /** Stores the cookies and the CSRF token of an answer. */
  keep(answer: Answer): Answer {
    for (const [name, { value, attributes }] of cookiesOf(answer)) {
      if (value === '' || attributes.includes('max-age=0')) this.cookies.delete(name);
      else this.cookies.set(name, value);
    }
    if (answer.data?.csrfToken) this.csrfToken = answer.data.csrfToken;
    return answer;
  }

  post = async (path: string, body: unknown = {}): Promise<Answer> => this.keep(await this.api.post(path, body));

  /** Refreshes the session without a request body, as the page does when it extends a session. */
  async refresh(): Promise<Answer> {
    return this.keep(await this.api.call('POST', '/api/auth/refresh'));
  }
}

/** Creates an account and returns the simulated browser that is signed in with it. */
export async function browserWithAccount(base: string, form: AccountForm = {}): Promise<{ browser: Browser; email: string }> {
  const browser = new Browser(base);
  const email = freshEmail();
  const whole = { token: 'dev', email, password: PASSWORD, displayName: freshName(), ...form };
  const answer = await browser.post('/api/auth/register', whole);
  assert.equal(answer.status, 201, answer.reply.text);
  return { browser, email };
}
