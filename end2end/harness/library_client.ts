// Better-Auth's own client, unmodified, in a simulated browser: cookies of answers are kept and sent back (wasmchannel.md 4.1).

import assert from 'node:assert/strict';
import { createAuthClient } from 'better-auth/client';
import { freshEmail, PASSWORD } from './accounts.ts';
import { send, type Reply } from './http.ts';
import { freshName } from './ids.ts';

/** Returns a client with a browser of its own. */
export function libraryClient(base: string) {
  const jar = new Map<string, string>();
  const cookie = () => [...jar].map(([name, value]) => `${name}=${value}`).join('; ');
  const keep = (line: string): void => {
    const [pair = '', ...attributes] = line.split(';');
    const [name, value] = [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)];
    if (attributes.some((part) => part.trim().toLowerCase() === 'max-age=0')) jar.delete(name);
    else jar.set(name, value);
  };
  const client = createAuthClient({
    baseURL: base,
    fetchOptions: {
      customFetchImpl: async (input, init) => {
        const headers = new Headers(init?.headers);
        headers.set('origin', base);
        // The server may close an idle connection just as it is used again, so each request has its own.
        headers.set('connection', 'close');
        if (jar.size > 0) headers.set('cookie', cookie());
        const answer = await fetch(input, { ...init, headers });
        answer.headers.getSetCookie().forEach(keep);
        return answer;
      },
    },
  });
  return { client, cookie, hasCookie: () => jar.size > 0 };
}

/** Signs a new account up by the client. */
export async function librarySignUp(base: string) {
  const [browser, email, name] = [libraryClient(base), freshEmail(), freshName()];
  const { data, error } = await browser.client.signUp.email({ name, email, password: PASSWORD });
  assert.equal(error, null);
  assert.ok(data?.token);
  return { ...browser, email, name, id: data.user.id, token: data.token };
}

/** Signs an account in by another client. */
export async function librarySignIn(base: string, email: string, password = PASSWORD) {
  const browser = libraryClient(base);
  const { data, error } = await browser.client.signIn.email({ email, password });
  assert.equal(error, null);
  assert.ok(data?.token);
  return { ...browser, token: data.token };
}

/** Posts JSON to a session route by hand. */
export const postJson = (base: string, path: string, body: unknown, headers: Record<string, string> = {}): Promise<Reply> =>
  send(base, 'POST', path, { headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(body) });

/** Signs a new account up by hand. Returns what the answer says, its cookie as a browser sends it, and the address. */
export async function signUpByHand(base: string, more: Record<string, unknown> = {}): Promise<{ token: string; user: any; cookie: string; email: string }> {
  const email = freshEmail();
  const reply = await postJson(base, '/api/auth/sign-up/email', { name: freshName(), email, password: PASSWORD, ...more }, { origin: base });
  assert.equal(reply.status, 200, reply.text);
  return { ...JSON.parse(reply.text), cookie: reply.cookies.map((line) => line.split(';')[0]).join('; '), email };
}
