// Tokens as other systems would sign them. HS256 is written by hand here, so that tests can also make wrong tokens.

import { createHmac } from 'node:crypto';

/** Secret of the servers that tests start. */
export const JWT_SECRET = 'a secret of the tests, 32 bytes or more';

const base64url = (text: string | Buffer) => Buffer.from(text).toString('base64url');

export interface TokenOptions {
  secret?: string;
  header?: Record<string, unknown>;
}

export function token(claims: unknown, options: TokenOptions = {}): string {
  const header = options.header ?? { alg: 'HS256', typ: 'JWT' };
  const signed = `${base64url(JSON.stringify(header))}.${base64url(typeof claims === 'string' ? claims : JSON.stringify(claims))}`;
  const digest = String(header['alg']).endsWith('512') ? 'sha512' : String(header['alg']).endsWith('384') ? 'sha384' : 'sha256';
  return `${signed}.${base64url(createHmac(digest, options.secret ?? JWT_SECRET).update(signed).digest())}`;
}

/** Returns tokens that the server must refuse, all in the same way (core.md 4.1). */
export function badTokens(claims: Record<string, unknown>, secret = JWT_SECRET): string[] {
  const good = token(claims, { secret });
  const [header, payload, signature] = good.split('.') as [string, string, string];
  const nowS = Date.now() / 1000;
  const signed = (claims: unknown) => token(claims, { secret });
  const withHeader = (header: Record<string, unknown>) => token(claims, { header, secret });
  return [
    'x',
    '..',
    `${header}.${payload}`,
    `${header}.${payload}.`,
    `${header}.${payload}.${signature}=`,
    `${good}.x`,
    `${header}.${payload}.${base64url('another signature')}`,
    token(claims, { secret: 'another secret of the tests, 32 bytes' }),
    withHeader({ alg: 'none', typ: 'JWT' }),
    `${base64url('{"alg":"none","typ":"JWT"}')}.${payload}.`,
    withHeader({ alg: 'hs256', typ: 'JWT' }),
    withHeader({ alg: 'HS384', typ: 'JWT' }),
    withHeader({ alg: 'HS512', typ: 'JWT' }),
    withHeader({ alg: 'RS256', typ: 'JWT' }),
    withHeader({ alg: 'HS256' }),
    withHeader({ alg: 'HS256', typ: 'JWS' }),
    withHeader({ alg: 'HS256', typ: 'JWT', crit: ['exp'] }),
    signed({ ...claims, exp: nowS - 1 }),
    signed({ ...claims, exp: String(nowS + 60) }),
    signed({ ...claims, exp: null }),
    signed({ ...claims, nbf: nowS + 60 }),
    signed([claims]),
    signed('not json'),
    signed({ ...claims, filler: 'x'.repeat(8_192) }),
  ];
}
