// Opens what is sealed at rest (docs/decisions/0018-sealed-bodies.md), with cryptography that is not ours.

import { createDecipheriv } from 'node:crypto';

/** How every sealed text begins. */
export const MARK = '\u0001cfm:';

/** Where a text stands: it opens there and nowhere else. */
export interface Place {
  log: string;
  table: string;
  row: string | number;
}

/** What a stored text says; `keys` as in CONTENT_KEYS. What is not sealed is what it is. */
export function opened(text: string, place: Place, keys: string): string {
  if (!text.startsWith(MARK)) return text;
  const [id, sealed] = text.slice(MARK.length).split(':') as [string, string];
  const key = keys.split(',').find((one) => one.startsWith(`${id}:`))!.slice(id.length + 1);
  const bytes = Buffer.from(sealed, 'base64url');
  const cipher = createDecipheriv('aes-256-gcm', Buffer.from(key, 'base64url'), bytes.subarray(0, 12));
  const bound = ['cfm.sealed.1', place.log, place.table, String(place.row)].flatMap((part) => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(Buffer.byteLength(part));
    return [length, Buffer.from(part)];
  });
  cipher.setAAD(Buffer.concat(bound));
  cipher.setAuthTag(bytes.subarray(-16));
  return cipher.update(bytes.subarray(12, -16), undefined, 'utf8') + cipher.final('utf8');
}
