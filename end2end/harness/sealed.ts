// Opens texts that are sealed at rest (docs/decisions/0018-sealed-bodies.md), with cryptography that is not ours.

import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';

/** Prefix of every sealed text. */
export const MARK = '\u0001cfm:';

/** Place of a stored text. A sealed text opens at its own place only. */
export interface Place {
  log: string;
  table: string;
  column: string;
  row: string | number;
}

/** Returns the plain text of a stored text; `keys` has the form of CONTENT_KEYS. An unsealed text is returned as it is. */
export function opened(text: string, place: Place, keys: string): string {
  if (!text.startsWith(MARK)) return text;
  const [id, sealed] = text.slice(MARK.length).split(':') as [string, string];
  const key = keys.split(',').find((one) => one.startsWith(`${id}:`))!.slice(id.length + 1);
  const bytes = Buffer.from(sealed, 'base64url');
  const cipher = createDecipheriv('aes-256-gcm', Buffer.from(key, 'base64url'), bytes.subarray(0, 12));
  cipher.setAAD(bound(['cfm.sealed.2', place.log, place.table, place.column, String(place.row)]));
  cipher.setAuthTag(bytes.subarray(-16));
  return cipher.update(bytes.subarray(12, -16), undefined, 'utf8') + cipher.final('utf8');
}

/** Seals a text as an older version did, without the column. */
export function sealedWithoutColumn(text: string, { log, table, row }: Omit<Place, 'column'>, key: string): string {
  const [id, secret] = key.split(':') as [string, string];
  const nonce = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', Buffer.from(secret, 'base64url'), nonce);
  cipher.setAAD(bound(['cfm.sealed.1', log, table, String(row)]));
  const sealed = Buffer.concat([nonce, cipher.update(text), cipher.final(), cipher.getAuthTag()]);
  return `${MARK}${id}:${sealed.toString('base64url')}`;
}

const bound = (parts: string[]): Buffer =>
  Buffer.concat(
    parts.flatMap((part) => {
      const length = Buffer.alloc(4);
      length.writeUInt32BE(Buffer.byteLength(part));
      return [length, Buffer.from(part)];
    }),
  );
