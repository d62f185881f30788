// Reader of `cfm.v1.columns` (messenger.md 5.6), written from the specification: columns become the frames of `cfm.v1` again. Columns that
// are not as specified throw.

import assert from 'node:assert/strict';
import type { Frame } from './socket.ts';

interface Columns {
  roomId: string;
  seq: number;
  timestamp: number;
  people: [string, string][];
  ids: string[];
  by?: number[];
  texts: string[];
  seqs?: number[];
  times?: number[];
  more?: [number, Record<string, unknown>][];
  others?: [number, Frame][];
}

/** Returns the frames of one message: an array, an object, or columns; the messages of a page are written out too. */
export function framesOf(message: unknown): Frame[] {
  if (Array.isArray(message)) return message.map(withMessages);
  const frame = message as Frame;
  return frame?.type === 'columns' ? writtenOut(frame as unknown as Columns).map(withMessages) : [withMessages(frame)];
}

function withMessages(frame: Frame): Frame {
  if (frame?.type !== 'history' || frame['columns'] === undefined) return frame;
  const { columns, ...rest } = frame;
  return { ...rest, messages: writtenOut(columns as Columns) } as unknown as Frame;
}

function writtenOut(columns: Columns): Frame[] {
  const { ids, texts, people, others = [] } = columns;
  assert.ok(ids.length > 0 && texts.length === ids.length, 'as many texts as ids, and at least one');
  const seqs = running(columns.seq, columns.seqs, ids.length, 1);
  const times = running(columns.timestamp, columns.times, ids.length, 0);
  const messages = ids.map((id, n): Frame => {
    const person = people[columns.by?.[n] ?? 0];
    assert.ok(person, `no person for message ${n}`);
    const [senderId, displayName] = person;
    const more = columns.more?.find(([index]) => index === n)?.[1] ?? {};
    return { type: 'chat', roomId: columns.roomId, seq: seqs[n], id: longId(id), senderId, displayName, timestamp: times[n], content: texts[n], ...more };
  });
  const frames: Frame[] = [];
  for (const [place, frame] of others) {
    frames.push(...messages.splice(0, place - frames.length), frame);
    assert.equal(frames.length, place + 1, 'places ascend, and messages fill what they leave free');
  }
  return [...frames, ...messages];
}

/** Adds differences to a base; without a column every difference is the usual one. */
function running(base: number, differences: number[] | undefined, count: number, usual: number): number[] {
  const column = differences ?? Array<number>(count - 1).fill(usual);
  assert.equal(column.length, count - 1, 'one difference for each message after the first');
  const sums = [base];
  for (const difference of column) sums.push(sums.at(-1)! + difference);
  return sums;
}

function longId(short: string): string {
  if (short.startsWith('=')) return short.slice(1);
  const hex = Buffer.from(short, 'base64url').toString('hex');
  assert.equal(hex.length, 32, `no UUID: ${short}`);
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}
