// The rules of the documents for bodies and queries of the doors, written a second time in JavaScript. Tests of bad input then expect an
// exact status and text, and not just "some refusal".

import assert from 'node:assert/strict';
import { isUtf8 } from 'node:buffer';
import type { Reply } from './http.ts';

/** Status, and the `error` or `code` of a refusal. */
export type Verdict = [number, string?];

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);
const SEQ_MAX = 2n ** 53n - 1n;
/** Checks a cursor or limit in a query: digits and nothing else. */
export const isPlace = (text: string, max = SEQ_MAX): boolean => /^[0-9]+$/.test(text) && BigInt(text) <= max;

/** Verdict on `POST /publish` (hopeflow.md 4) for a body of allowed size with a valid token. */
export function publishVerdict(body: string | Buffer, contentType: string): Verdict {
  if (!contentType.toLowerCase().includes('application/json')) return [415, 'Unsupported Media Type'];
  const bytes = Buffer.from(body);
  let value: unknown;
  try {
    if (!isUtf8(bytes)) throw new Error('no UTF-8');
    value = JSON.parse(bytes.toString('utf8'));
  } catch {
    return [400, 'Invalid JSON body'];
  }
  const { userId, durable } = isObject(value) ? value : {};
  const user = typeof userId === 'string' && userId.isWellFormed() ? userId.trim() : '';
  if (user === '' || user.includes('\0')) return [400, 'userId is required'];
  if (Buffer.byteLength(user) > 256) return [400, 'userId is too long'];
  // The written form counts: `1e3` is a JSON number but no valid number of seconds.
  const seconds = /"ttlSeconds":([^,}]+)/.exec(bytes.toString('utf8'))?.[1];
  const isLife = seconds === undefined || (/^[1-9][0-9]{0,6}$/.test(seconds) && Number(seconds) <= 2_592_000);
  return durable === true && !isLife ? [400, 'ttlSeconds is invalid'] : [200];
}

/** Checks an answer of `/publish` against its verdict, word by word. */
export function checkPublish(reply: Reply, body: string | Buffer, contentType: string, what: string): void {
  const [status, error] = publishVerdict(body, contentType);
  assert.equal(reply.status, status, `${what}: ${reply.text.slice(0, 200)}`);
  assert.equal(reply.headers['content-type'], 'application/json; charset=utf-8', what);
  assert.equal(reply.headers['access-control-allow-origin'], '*', what);
  const parsed = JSON.parse(reply.text);
  if (error) return assert.deepEqual(parsed, { error }, what);
  const { envelopeId, seq, ...rest } = parsed;
  assert.deepEqual(rest, { clientCount: 0, results: [] }, what);
  const isDurable = (JSON.parse(body.toString()) as Record<string, unknown>)['durable'] === true;
  assert.deepEqual([typeof envelopeId, typeof seq], isDurable ? ['string', 'number'] : ['undefined', 'undefined'], what);
}

/** Checks a refusal of MessageHub: status, code, and a text for people (messagehub.md 1). */
export function checkHub(reply: Reply, [status, code]: Verdict, what: string): void {
  assert.equal(reply.status, status, `${what}: ${reply.text.slice(0, 200)}`);
  if (!code) return;
  const { error, ...rest } = JSON.parse(reply.text);
  assert.deepEqual(rest, { code }, what);
  assert.ok(typeof error === 'string' && error !== '', what);
}

/** Verdict on `PUT …/webhooks/:hook` (messagehub.md 7.1) for an existing hook; `text` is `good`, with or without one fault. */
export function hookVerdict(text: string, good: Record<string, unknown>): Verdict {
  const isTwice = (name: string) => text.split(`"${name}":`).length > 2;
  const parsed = JSON.parse(text) as Record<string, unknown>;
  const isFlag = (value: unknown) => value === undefined || typeof value === 'boolean';
  const isSame = (value: unknown, other: unknown) => JSON.stringify(value) === JSON.stringify(other);
  const isHook =
    !Object.keys(good).some(isTwice) && parsed['url'] === good['url'] && parsed['secret'] === good['secret'] &&
    (parsed['types'] === undefined || isSame(parsed['types'], ['message'])) && isFlag(parsed['active']) && isFlag(parsed['ordered']);
  return isHook ? [200] : [400, 'BAD_FRAME'];
}

/** Verdict on one odd parameter in the query of a page of a hub room (messagehub.md 4.2). */
export function pageVerdict(name: string, value: string): Verdict {
  const isUsable = {
    after: isPlace(value),
    limit: isPlace(value) && BigInt(value) > 0n,
    epoch: /^[0-9a-fA-F]{8}$/.test(value),
  }[name];
  // Unknown parameters are ignored.
  return isUsable ?? true ? [200] : [400, 'BAD_CURSOR'];
}

/**
 * Verdict on `POST /rpc/messages/get` (wasmchannel.md 4) with one fault in `{roomId, cursor, limit}` or in oRPC's wrapper around it, on a
 * server with open rooms.
 */
export function rpcVerdict(text: string): Verdict {
  const NAMES = ['roomId', 'cursor', 'limit', 'json'];
  const outside = text.replace('[{"roomId":1}]', '[]');
  if (/\\ud[89a-f]/.test(text)) return [400, 'INVALID_TEXT'];
  // A number beyond the range of a double is invalid, and so is a member that occurs twice.
  if (text.includes('1e400') || NAMES.some((name) => outside.split(`"${name}":`).length > 2)) return [400, 'BAD_JSON'];
  const parsed = JSON.parse(text) as Record<string, unknown>;
  const json = parsed['json'] ?? undefined;
  if (json !== undefined && !isObject(json)) return [400, 'VALIDATION'];
  const { roomId, cursor, limit } = json ?? parsed;
  const isText = (value: unknown) => value === undefined || value === null || typeof value === 'string';
  const number = /"limit":([^,}]+)/.exec(text)?.[1] ?? 'null';
  const isWhole = /^-?[0-9]+$/.test(number) && number !== '-0' && BigInt.asIntN(64, BigInt(number)) === BigInt(number);
  if (!(limit === undefined || limit === null || isWhole)) return [400, 'VALIDATION'];
  if (!isText(roomId) || !isText(cursor)) return [400, 'VALIDATION'];
  if (typeof roomId === 'string' && !/^([a-z0-9-]{1,64}|dm_user_\d+____user_\d+)$/.test(roomId)) return [404, 'NOT_FOUND'];
  // No odd value is the id of a message, and digits are a position.
  if (typeof cursor === 'string' && cursor !== '' && !isPlace(cursor)) return [400, 'BAD_CURSOR'];
  return number !== 'null' && BigInt(number) <= 0n ? [400, 'BAD_CURSOR'] : [200];
}

/**
 * Checks an answer of `/rpc` against its verdict. A refusal has the form that the library of old clients expects, in the library's wrapper
 * if the request used it.
 */
export function checkRpc(reply: Reply, text: string): void {
  const what = `/rpc ${text.slice(0, 200)}: ${reply.status} ${reply.text.slice(0, 200)}`;
  const [status, code] = rpcVerdict(text);
  assert.equal(reply.status, status, what);
  const answer = JSON.parse(reply.text);
  const isWrapped = text.includes('"json":');
  if (isWrapped) assert.deepEqual(Object.keys(answer).filter((name) => code || name !== 'meta'), ['json'], what);
  const parsed = isWrapped ? answer.json : answer;
  if (!code) return assert.deepEqual([Array.isArray(parsed.messages), parsed.source], [true, 'database'], what);
  const { message, ...rest } = parsed;
  assert.deepEqual(rest, { defined: true, code, status }, what);
  assert.ok(typeof message === 'string' && message !== '', what);
}
