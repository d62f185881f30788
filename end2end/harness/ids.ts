// Ids and names that are unique per test, because tests share servers and run side by side.

import { randomBytes, randomUUID } from 'node:crypto';

export const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
export const TOKEN = /^[A-Za-z0-9_-]{43}$/;

/** Returns a UUIDv7: 48 bits of milliseconds, then random bits (RFC 9562). */
export function uuidv7(nowMs = Date.now()): string {
  const bytes = randomBytes(16);
  bytes.writeUIntBE(nowMs, 0, 6);
  bytes[6] = (bytes[6]! & 0x0f) | 0x70;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  const hex = bytes.toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

export const uuid = (): string => randomUUID();

/** Returns a room id that a server with `OPEN_ROOMS=1` creates on the first join (messenger.md 4). */
export const freshRoom = (): string => `t-${randomBytes(8).toString('hex')}`;

export const freshName = (): string => `Guest ${randomBytes(5).toString('hex')}`;

/** Returns a text that a test can find among the messages of other tests. It has no two letters that the search compares as one (`ae`). */
export const marker = (): string => `m${randomBytes(6).readUIntBE(0, 6)}`;
