// Opens texts and files that are sealed at rest (docs/decisions/0018-sealed-bodies.md), with cryptography that is not ours.

import { createDecipheriv, createHmac } from 'node:crypto';

/** Prefix of every sealed text. */
export const MARK = '\u0001cfm:';

/** Place of a stored text. A sealed text opens at its own place only. */
interface Place {
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

/** Prefix of every sealed file (`files.md` 5). */
export const FILE_MARK = '\u0001cfm.file.1:';
const [HEADER_BYTES, SEGMENT_BYTES, SALT_BYTES, PREFIX_BYTES] = [64, 65_536, 16, 7];

/** Returns the plain bytes of a sealed file that is stored under `place`; `keys` has the form of CONTENT_KEYS. */
export function openedFile(stored: Buffer, place: string, keys: string): Buffer {
  const idEnd = stored.indexOf(':', FILE_MARK.length);
  const id = stored.subarray(FILE_MARK.length, idEnd).toString('latin1');
  const secret = keys.split(',').find((one) => one.startsWith(`${id}:`))!.slice(id.length + 1);
  const [salt, prefix] = [stored.subarray(idEnd + 1, idEnd + 1 + SALT_BYTES), stored.subarray(idEnd + 1 + SALT_BYTES).subarray(0, PREFIX_BYTES)];
  const fileKey = createHmac('sha256', Buffer.from(secret, 'base64url')).update('cfm.file.1').update(salt).digest();
  const segments = Array.from({ length: Math.ceil(stored.length / SEGMENT_BYTES) }, (_, at) => stored.subarray(at * SEGMENT_BYTES, (at + 1) * SEGMENT_BYTES));
  const chunks = segments.map((segment, at) => {
    const sealed = at === 0 ? segment.subarray(HEADER_BYTES) : segment;
    const counted = Buffer.alloc(5);
    counted.writeUInt32BE(at);
    counted.writeUInt8(at === segments.length - 1 ? 1 : 0, 4);
    const cipher = createDecipheriv('aes-256-gcm', fileKey, Buffer.concat([prefix, counted]));
    cipher.setAAD(bound(['cfm.file.1', place]));
    cipher.setAuthTag(sealed.subarray(-16));
    return Buffer.concat([cipher.update(sealed.subarray(0, -16)), cipher.final()]);
  });
  return Buffer.concat(chunks);
}

const bound = (parts: string[]): Buffer =>
  Buffer.concat(
    parts.flatMap((part) => {
      const length = Buffer.alloc(4);
      length.writeUInt32BE(Buffer.byteLength(part));
      return [length, Buffer.from(part)];
    }),
  );
