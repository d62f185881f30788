// Software authenticator: makes passkeys and signs with them in the form that a browser passes on. A test can make it lie.

import assert from 'node:assert/strict';
import { createHash, generateKeyPairSync, randomBytes, sign, type KeyObject } from 'node:crypto';
import { Api, type Answer } from './api.ts';
import type { Session } from './session.ts';

const b64 = (bytes: Buffer): string => bytes.toString('base64url');
const sha256 = (bytes: Buffer | string): Buffer => createHash('sha256').update(bytes).digest();
const number = (value: number, bytes: 2 | 4): Buffer => {
  const out = Buffer.alloc(bytes);
  out.writeUIntBE(value, 0, bytes);
  return out;
};

/** Values that a test wants to be wrong. */
export interface Lies {
  challenge?: string;
  origin?: string;
  party?: string;
  flags?: number;
  /** COSE algorithm of a new key. */
  algorithm?: number;
  /** Key that signs instead of the passkey's own. */
  key?: KeyObject;
  counter?: number;
  handle?: string;
  id?: string;
}

/** Returns a key on P-256 as COSE in CBOR. */
function cose(key: KeyObject, algorithm: number): Buffer {
  const { x, y } = key.export({ format: 'jwk' });
  const [a, b] = [Buffer.from(x!, 'base64url'), Buffer.from(y!, 'base64url')];
  return Buffer.concat([Buffer.from([0xa5, 1, 2, 3, 0x20 | (-1 - algorithm), 0x20, 1, 0x21, 0x58, 32]), a, Buffer.from([0x22, 0x58, 32]), b]);
}

export class Passkey {
  readonly id = b64(randomBytes(32));
  readonly keys = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  readonly origin: string;
  handle = '';
  counter = 0;

  constructor(origin: string) {
    this.origin = origin;
  }

  private client(type: string, challenge: string, lies: Lies): Buffer {
    const { origin = this.origin } = lies;
    return Buffer.from(JSON.stringify({ type, challenge: lies.challenge ?? challenge, origin, crossOrigin: false }));
  }

  private head(flags: number, lies: Lies): Buffer {
    const party = lies.party ?? new URL(this.origin).hostname;
    return Buffer.concat([sha256(party), Buffer.from([lies.flags ?? flags]), number(lies.counter ?? this.counter, 4)]);
  }

  /** Returns the browser's answer to `register/begin`. */
  made(options: any, lies: Lies = {}): Record<string, string> {
    this.handle = options.user.id;
    const id = Buffer.from(this.id, 'base64url');
    const data = Buffer.concat([this.head(0x45, lies), Buffer.alloc(16), number(id.length, 2), id, cose(lies.key ?? this.keys.publicKey, lies.algorithm ?? -7)]);
    const text = (word: string) => Buffer.concat([Buffer.from([0x60 | word.length]), Buffer.from(word)]);
    const attestation = Buffer.concat([Buffer.from([0xa3]), text('fmt'), text('none'), text('attStmt'), Buffer.from([0xa0]), text('authData'), Buffer.from([0x58, data.length]), data]);
    const client = this.client('webauthn.create', options.challenge, lies);
    return { id: lies.id ?? this.id, clientDataJSON: b64(client), attestationObject: b64(attestation) };
  }

  /** Returns the browser's answer to `login/begin`. */
  signed(options: any, lies: Lies = {}): Record<string, string> {
    const client = this.client('webauthn.get', options.challenge, lies);
    const authenticator = this.head(0x05, lies);
    const signature = sign('sha256', Buffer.concat([authenticator, sha256(client)]), lies.key ?? this.keys.privateKey);
    return { id: lies.id ?? this.id, clientDataJSON: b64(client), authenticatorData: b64(authenticator), signature: b64(signature), userHandle: lies.handle ?? this.handle };
  }
}

export const beginMaking = (who: { api: Api }): Promise<Answer> => who.api.post('/api/auth/passkey/register/begin');
export const beginLogin = (base: string): Promise<any> => new Api(base).ok('POST', '/api/auth/passkey/login/begin', {});
export const finishLogin = (base: string, form: Record<string, unknown>): Promise<Answer> => new Api(base).post('/api/auth/passkey/login/finish', form);

/** Adds a passkey to the account of a signed-in person. */
export async function addPasskey(base: string, who: Session, name?: string): Promise<Passkey> {
  const begun = await beginMaking(who);
  assert.equal(begun.status, 200, begun.reply.text);
  const passkey = new Passkey(base);
  const stored = await who.api.post('/api/auth/passkey/register/finish', { ...passkey.made(begun.data), ...(name ? { name } : {}) });
  assert.equal(stored.status, 201, stored.reply.text);
  assert.equal(stored.data.id, passkey.id);
  return passkey;
}

/** Signs in with a passkey, with lies where a test wants them. */
export async function passkeyLogin(base: string, passkey: Passkey, lies: Lies = {}, more: Record<string, unknown> = {}): Promise<Answer> {
  return finishLogin(base, { ...passkey.signed(await beginLogin(base), lies), ...more });
}
