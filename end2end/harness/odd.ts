// Odd values, bodies and frames that contain one of them, and the refusal codes of such input, for tests of bad input.

import type { Chance } from './chance.ts';
import { uuidv7 } from './ids.ts';

/** Numbers at the limits of a double and of 64-bit integers with and without a sign. */
export const ODD_NUMBERS = ['-1', '1.5', '-0', '1e3', '1e308', '1e400', '9007199254740991', '9007199254740992', '9223372036854775807', '9223372036854775808',
  '18446744073709551615', '18446744073709551616', '-9007199254740993', '-9223372036854775809', '99999999999999999999'];
const ODD_VALUES = ['null', 'true', '0', ...ODD_NUMBERS, '""', '" "', '"x"', '"\\u0000"', '"\\ud800"', '"\\udc00\\ud800"',
  '[]', '[[]]', '{}', '{"a":1}', '["x"]', '[{"roomId":1}]', `"${'x'.repeat(5_000)}"`, '"../..\\u2028"', '"__proto__"'];
export const BROKEN = ['{', '}', '{"a"', '{"a":}', '{"a":1,}', "{'a':1}", '{"a":01}', '[1,2', 'nul', '\u0000', '{"a":1}{"b":2}', '{"a":1} x', '\ufeff{}', '"\\x"'];
export const NO_OBJECTS = ['null', '[]', '[{}]', '"x"', '1', 'true'];
export const deep = (depth: number): string => '{"a":'.repeat(depth) + '1' + '}'.repeat(depth);
export const deepList = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth);

/** Yields copies of a body: one value is replaced by an odd one, is missing, or stands there twice. */
export function* spoiledBodies(body: Record<string, unknown>): Generator<string> {
  const MARK = '@odd@';
  const text = (value: unknown) => JSON.stringify(value);
  const at = function* (value: unknown, rebuild: (part: unknown) => unknown): Generator<string> {
    for (const odd of ODD_VALUES) yield text(rebuild(MARK)).replace(`"${MARK}"`, () => odd);
    if (Array.isArray(value)) {
      yield text(rebuild([...value, ...value]));
      for (const [index, part] of value.entries()) yield* at(part, (odd) => rebuild(value.with(index, odd)));
    } else if (typeof value === 'object' && value !== null) {
      for (const [name, part] of Object.entries(value)) {
        yield* at(part, (odd) => rebuild({ ...value, [name]: odd }));
        yield text(rebuild({ ...value, [name]: undefined }));
      }
    }
  };
  for (const [name, value] of Object.entries(body)) {
    yield* at(value, (odd) => ({ ...body, [name]: odd }));
    yield text({ ...body, [name]: undefined });
    yield text(body).replace(/\}$/, `,"${name}":${text(value)}}`);
  }
}

/** Refusal codes of messenger.md 1.1 by status, as far as a caller can cause them. */
export const CODES: Record<number, string[]> = {
  400: ['BAD_JSON', 'VALIDATION', 'INVALID_TEXT', 'BAD_CURSOR'],
  401: ['UNAUTHENTICATED', 'BAD_CREDENTIALS', 'SECOND_FACTOR'],
  403: ['TURNSTILE_REQUIRED', 'TURNSTILE_FAILED', 'ORIGIN_FORBIDDEN', 'CSRF', 'REAUTH_REQUIRED', 'EMAIL_UNVERIFIED', 'FORBIDDEN', 'MUTED', 'ROOM_CLOSED', 'REFUSED_BY_RULE', 'HELD', 'BANNED', 'ROOM_RESERVED'],
  404: ['NOT_FOUND'],
  405: ['METHOD_NOT_ALLOWED'],
  409: ['PERSONA_TAKEN', 'EMAIL_TAKEN', 'ID_TAKEN', 'ROOM_FULL', 'CONFLICT', 'SEARCH_OFF', 'MAIL_OFF', 'SESSION_CHANGED'],
  413: ['TOO_LARGE'],
  415: ['UNSUPPORTED_MEDIA_TYPE'],
  422: ['ID_REUSED', 'EDIT_WINDOW'],
  426: ['UPGRADE_REQUIRED'],
  429: ['RATE_LIMITED', 'BOT_SLEEPING'],
};

/** Returns one valid frame of every kind that a client of `cfm.v1` sends. */
export const messengerFrames = (said = uuidv7()): Record<string, unknown>[] => [
  { type: 'chat', id: uuidv7(), content: 'hi', replyTo: uuidv7(), font: { color: 1, face: 1, style: 1 } },
  { type: 'chat', id: uuidv7(), content: 'hi', files: [{ id: 'user_1.0198f000-0000-7000-8000-000000000000.bin-1', alt: 'x' }] },
  { type: 'nudge', id: uuidv7() },
  { type: 'wink', id: uuidv7(), winkId: 'toast' },
  { type: 'typing', isTyping: false },
  // `before: 1` yields an empty page. The test client takes a page without `rid` for that of the join, which must not repeat an event.
  { type: 'history', rid: 'a', before: 1, limit: 5 },
  { type: 'participants', rid: 'a', after: 'user_1', limit: 5 },
  { type: 'cursor', seq: 1 },
  { type: 'presence', status: 'busy', displayName: 'Mia', personalMessage: 'x', avatarId: 'av_01', until: 1 },
  { type: 'watch', userIds: ['user_1'] },
  { type: 'reaction', id: uuidv7(), messageId: said, reaction: 'like', op: 'add' },
  { type: 'edit', id: uuidv7(), messageId: said, content: 'x' },
  { type: 'delete', id: uuidv7(), messageId: said, for: 'all' },
  { type: 'ack', ackId: said, status: 'read' },
  { type: 'ack', upToSeq: 1, status: 'read' },
];

export const FRAME_CODES = new Set([...Object.values(CODES).flat(), 'UNKNOWN_TYPE', 'NOT_SUPPORTED']);

/** Returns one of these frames with one fault in it. */
export function spoiledFrame(chance: Chance, frames: Record<string, unknown>[]): string {
  return chance.below(6) === 0 ? chance.one([...BROKEN, ...NO_OBJECTS, deepList(1_500), deep(600)]) : spoiledObject(chance, chance.one(frames));
}

/** Returns this object as text with one fault in it. The text stays valid JSON. */
function spoiledObject(chance: Chance, frame: Record<string, unknown>): string {
  const names = Object.keys(frame);
  const name = chance.one(names);
  const written = names.map((key) => `"${key}":${key === name ? chance.one(ODD_VALUES) : JSON.stringify(frame[key])}`);
  switch (chance.below(5)) {
    case 0:
      return `{${names.filter((key) => key !== name).map((key) => `"${key}":${JSON.stringify(frame[key])}`).join(',')}}`;
    case 1:
      return `{${[...written, `"${name}":${JSON.stringify(frame[name])}`].join(',')}}`;
    case 2:
      return `{${written.join(',')},"${chance.one(['__proto__', 'x', 'roomId'])}":${chance.one(ODD_VALUES)}}`;
    default:
      return `{${written.join(',')}}`;
  }
}
