// Frames of a room's socket, as the client tells and takes them (docs/spec/messenger.md 5.3 and 5.4).

import type { Message } from './api.ts';

/** Event of the log. A message that calls a command of the bot has the member `command`. */
export type LogEvent<K extends Message['type'] = Message['type']> = Message & { type: K };

export interface Participant {
  id: string;
  displayName: string;
  status: string;
  avatarId: string;
  kind?: 'guest';
}

/** Events of the log by their kind, each once and in order, and the frames and changes of the connection beside it. */
export type RoomEvents = { [K in Message['type']]: LogEvent<K> } & {
  /** The newest page: events from before this client joined. */
  history: { messages: LogEvent[]; head: number; epoch: string };
  /** Everything up to here was told: the outbox is sent. */
  live: { seq: number; epoch: string };
  /** The log began anew, and another newest page follows. */
  reset: { epoch: string; head: number };
  participants: { participants?: Participant[]; joined?: Participant[]; left?: string[] };
  typing: { senderId: string; displayName: string; isTyping: boolean };
  delivery_status: { senderId: string; upToSeq: number; status: 'delivered' | 'read' };
  /** Refusal of a frame that is not in the outbox. */
  error: { code: string; message: string };
  /** The connection broke and is opened again later. */
  waiting: { code: number; waitMs: number };
  /** The connection ended for good. */
  ended: { code: number; reason: string };
};

/** Write of the outbox. Without an `id` it gets one; a write with the id of another write is stored once. */
export type Write = { id?: string } & (
  | { type: 'chat'; content: string; replyTo?: string }
  | { type: 'edit'; messageId: string; content: string }
  | { type: 'delete'; messageId: string; for: 'all' | 'me' }
  | { type: 'reaction'; messageId: string; reaction: string; op: 'add' | 'remove' }
  | { type: 'nudge' }
);

export interface Ack {
  id: string;
  seq: number;
  timestamp: number;
  duplicate: boolean;
}

/** Returns the id of a write, a UUIDv7: its first digits are the time. */
export function freshId(): string {
  const time = Date.now().toString(16).padStart(12, '0');
  return `${time.slice(0, 8)}-${time.slice(8)}-7${crypto.randomUUID().slice(15)}`;
}
