// Calls of account.md for tests: links and notices in mails, lost passwords, changed addresses and recovery codes.

import assert from 'node:assert/strict';
import { account, PASSWORD, passwordLogin, refresh, sessionOf } from './accounts.ts';
import { Api, refused, type Answer } from './api.ts';
import { freshRoom } from './ids.ts';
import { type Mail, mailsTo } from './mail.ts';
import { FrameSocket } from './socket.ts';
import { until } from './wait.ts';

/** Second valid password; it is on no list of common passwords. */
export const NEXT_PASSWORD = 'friday-bridge-candle';

/** Path of a link in a mail (account.md 2). */
export type LinkKind = 'verify' | 'reset' | 'undo';

type Headers = Record<string, string>;

const tokenIn = (mail: Mail, kind: LinkKind): string | undefined => new RegExp(`/${kind}\\?token=([\\w-]+)`).exec(mail.text)?.[1];

/** Returns the tokens of all links of a kind that an address has got, newest first. */
export async function tokensTo(base: string, to: string, kind: LinkKind): Promise<string[]> {
  return (await mailsTo(base, to)).flatMap((mail) => tokenIn(mail, kind) ?? []);
}

/** Waits for a link of a kind that is none of the known ones, and returns its token. */
export const newToken = (base: string, to: string, kind: LinkKind, known: string[] = []): Promise<string> =>
  until(`a link /${kind} to ${to}`, async () => (await tokensTo(base, to, kind)).find((token) => !known.includes(token)));

/** Waits for a mail that only tells of something: it fits the words and has no link that changes anything. */
export const notice = (base: string, to: string, words: RegExp): Promise<Mail> =>
  until(`a mail to ${to} with ${words}`, async () =>
    (await mailsTo(base, to)).find((mail) => !mail.text.includes('?token=') && words.test(`${mail.subject}\n${mail.text}`)));

export const forgot = (base: string, email: string, headers: Headers = {}): Promise<Answer> =>
  new Api(base).post('/api/auth/password/forgot', { email }, headers);

export const reset = (base: string, token: string, form: object = {}, headers: Headers = {}): Promise<Answer> =>
  new Api(base).post('/api/auth/password/reset', { token, password: NEXT_PASSWORD, ...form }, headers);

/** Presses the link that proves an address: in a browser with a session of the account, or elsewhere. */
export const verify = (base: string, token: string, who: { api: Api } = { api: new Api(base) }): Promise<Answer> =>
  who.api.post('/api/auth/email/verify', { token });

export const undo = (base: string, token: string): Promise<Answer> => new Api(base).post('/api/auth/email/undo', { token });

export const recover = (base: string, email: string, code: string, form: object = {}, headers: Headers = {}): Promise<Answer> =>
  new Api(base).post('/api/auth/recover', { email, code, password: NEXT_PASSWORD, ...form }, headers);

/** Asks for a link to a new password and returns its token. */
export async function resetToken(base: string, email: string): Promise<string> {
  const known = await tokensTo(base, email, 'reset');
  assert.equal((await forgot(base, email)).status, 202);
  return newToken(base, email, 'reset', known);
}

export const changePassword = (who: { api: Api }, form: object = {}): Promise<Answer> =>
  who.api.post('/api/me/password', { current: PASSWORD, next: NEXT_PASSWORD, ...form });

export const requestChange = (who: { api: Api }, email: string, form: object = {}): Promise<Answer> =>
  who.api.post('/api/me/email', { email, password: PASSWORD, ...form });

/** Proves the address of an account, moves the account to an address that has got no mail yet, and returns the token that takes the change back. */
export async function changeAddress(base: string, who: { api: Api }, from: string, to: string): Promise<string> {
  if (!(await ownAccount(who)).verified) await verify(base, await newToken(base, from, 'verify'), who);
  const known = await tokensTo(base, from, 'undo');
  assert.equal((await requestChange(who, to)).status, 202);
  const answer = await verify(base, await newToken(base, to, 'verify'), who);
  assert.equal(answer.status, 200, answer.reply.text);
  return newToken(base, from, 'undo', known);
}

/** Makes recovery codes for a person who has just signed in. */
export async function recoveryCodes(who: { api: Api }): Promise<string[]> {
  const answer = await who.api.post('/api/me/recovery-codes');
  assert.equal(answer.status, 201, answer.reply.text);
  return answer.data.codes;
}

/** Returns what the owner of an account sees of it. */
export const ownAccount = (who: { api: Api }): Promise<any> => who.api.ok('GET', '/api/me/account');

/** Asserts that a member of the body is refused, and returns its name. */
export const refusedField = (answer: Answer): string | undefined => refused(answer, 400, 'VALIDATION').field;

/** Asserts that a link is used, unknown or expired. */
export const isDead = (answer: Answer): void => assert.equal(refusedField(answer), 'token');

/** Asserts that a session has ended. */
export async function isOut(who: { api: Api }): Promise<void> {
  refused(await who.api.get('/api/auth/me'), 401, 'UNAUTHENTICATED');
}

/**
 * Signs an account in three times, lets the first session do what ends the others, and asserts that it ended those with this reason, with their
 * sockets and browsers, while the first one went on. Returns the account of the first session, and the sockets of that session.
 */
export async function endsOthers(base: string, reason: string, act: (who: { api: Api }) => Promise<unknown>) {
  const one = await account(base, { remember: true });
  const two = sessionOf(base, await passwordLogin(base, one.email, { remember: true }));
  const three = sessionOf(base, await passwordLogin(base, one.email));
  const room = freshRoom();
  const [mine, own] = [await FrameSocket.joined(base, room, one), await FrameSocket.device(base, one)];
  const devices = [await FrameSocket.device(base, two), await FrameSocket.device(base, three)];
  const theirs = await FrameSocket.joined(base, room, two);
  await act(one);
  for (const socket of [theirs, ...devices]) await socket.closedWith(4401);
  for (const device of devices) assert.equal(device.all('signed_out')[0]?.['reason'], reason);
  for (const other of [two, three]) await isOut(other);
  refused(await refresh(base, two.refreshToken!), 401, 'UNAUTHENTICATED');
  await mine.say('I am still here');
  await own.never((frame) => frame.type === 'signed_out', 'the own session ended');
  assert.deepEqual((await one.api.ok('GET', '/api/me/sessions')).items.map((item: any) => item.current), [true]);
  return { one, mine, own };
}
