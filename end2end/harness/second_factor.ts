// The authenticator app of an account, for tests (account.md 12; RFC 6238).

import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { newToken, ownAccount, verify } from './account_life.ts';
import { PASSWORD, type Account } from './accounts.ts';
import type { Answer } from './api.ts';

const PATH = '/api/me/second-factor';
const STEP_MS = 30_000;
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** App that has read the secret of an account. */
export class Authenticator {
  private readonly key: Buffer;

  constructor(secret: string) {
    const bits = [...secret].map((letter) => ALPHABET.indexOf(letter).toString(2).padStart(5, '0')).join('');
    this.key = Buffer.from(bits.match(/.{8}/g)!.map((byte) => Number.parseInt(byte, 2)));
  }

  /** Returns the code of now, or of so many steps later. A server takes that of the next step as well, and each once. */
  code(later = 0): string {
    const counter = Buffer.alloc(8);
    counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / STEP_MS) + later));
    const hash = createHmac('sha1', this.key).update(counter).digest();
    return String((hash.readUInt32BE(hash[19]! & 0xf) & 0x7fff_ffff) % 1_000_000).padStart(6, '0');
  }
}

/** Begins a second factor. Nothing changes by that. */
export const beginFactor = (who: Account, password = PASSWORD): Promise<Answer> => who.api.post(PATH, { password });

export const completeFactor = (who: Account, pending: string, code: string, form: object = {}): Promise<Answer> =>
  who.api.put(PATH, { pending, code, ...form });

export const endFactor = (who: Account, code: string, password = PASSWORD): Promise<Answer> => who.api.call('DELETE', PATH, { password, code });

/** Proves the address of an account and gives it a second factor, with a code that is used thereby. The code of the next step is unused. */
export async function addFactor(base: string, who: Account): Promise<{ app: Authenticator; used: string }> {
  if (!(await ownAccount(who)).verified) await verify(base, await newToken(base, who.email, 'verify'), who);
  const begun = await beginFactor(who);
  assert.equal(begun.status, 201, begun.reply.text);
  const app = new Authenticator(begun.data.secret);
  const used = app.code();
  const answer = await completeFactor(who, begun.data.pending, used);
  assert.equal(answer.status, 200, answer.reply.text);
  return { app, used };
}
