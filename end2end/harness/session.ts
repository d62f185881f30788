// Sign-in as a persona or a guest, with the session of a tool (Bearer) or of a browser (cookie and CSRF token).

import assert from 'node:assert/strict';
import { Api, type Answer } from './api.ts';
import { freshName } from './ids.ts';

export interface Session {
  token: string;
  csrfToken: string;
  expiresAt: number;
  user: { id: string; displayName: string; status: string; kind: string; avatarId: string; personalMessage: string };
  /** Client that sends `Authorization: Bearer` of this session. */
  api: Api;
}

export interface LoginForm {
  userId?: string;
  displayName?: string;
  token?: string;
  status?: string;
  takeover?: boolean;
}

export function login(base: string, form: LoginForm, headers: Record<string, string> = {}): Promise<Answer> {
  return new Api(base).post('/api/auth/login', { token: 'dev', ...form }, headers);
}

/** Sessions of personas. A persona has one live session, so the next file on the same server must not find it. */
const played: { base: string; api: Api }[] = [];

/** Ends the remaining sessions of personas on this server. */
export async function signOutPersonas(base: string): Promise<void> {
  await Promise.all(played.filter((one) => one.base === base).map(({ api }) => api.post('/api/auth/logout')));
}

/** Signs in, or fails the test with the answer of the server. */
export async function signIn(base: string, form: LoginForm): Promise<Session> {
  const answer = await login(base, form);
  assert.equal(answer.status, 200, answer.reply.text);
  const { sessionId, csrfToken, expiresAt, user } = answer.data;
  const api = new Api(base, { authorization: `Bearer ${sessionId}` });
  if (form.userId !== undefined) played.push({ base, api });
  return { token: sessionId, csrfToken, expiresAt, user, api };
}

export const guest = (base: string, form: LoginForm = {}): Promise<Session> =>
  signIn(base, { displayName: freshName(), ...form });

export const persona = (base: string, userId: string, form: LoginForm = {}): Promise<Session> =>
  signIn(base, { userId, ...form });

export interface CookieSession {
  cookie: string;
  csrfToken: string;
  user: Session['user'];
  /** Client that calls as a page of ours does: cookie, own Origin and CSRF header. */
  api: Api;
}

/** Signs in the way our own page does, so that no script ever holds the credential (sign-in.md 1). */
export async function cookieSession(base: string, form: LoginForm = {}): Promise<CookieSession> {
  const answer = await login(base, { displayName: form.userId ? undefined : freshName(), ...form }, {
    'x-requested-with': 'cookie',
    origin: base,
  });
  assert.equal(answer.status, 200, answer.reply.text);
  assert.ok(!('sessionId' in answer.data), 'the page must not see the token');
  const cookie = answer.reply.cookies.map((line) => line.split(';')[0]!).find((pair) => pair.startsWith('cfm='));
  assert.ok(cookie, `cookies: ${answer.reply.cookies}`);
  const csrfToken: string = answer.data.csrfToken;
  const api = new Api(base, { cookie, origin: base, 'x-csrf-token': csrfToken });
  if (form.userId !== undefined) played.push({ base, api });
  return { cookie, csrfToken, user: answer.data.user, api };
}
