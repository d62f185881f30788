// Two people in a room of their own, what they say there, and the history of the room.

import { freshRoom, uuidv7 } from './ids.ts';
import { guest, type Session } from './session.ts';
import { FrameSocket } from './socket.ts';
import { until } from './wait.ts';

/** Returns two guests who have joined a fresh room. */
export async function pairIn(base: string) {
  const room = freshRoom();
  const [one, two] = [await guest(base), await guest(base)];
  const mine = await FrameSocket.joined(base, room, one);
  const theirs = await FrameSocket.joined(base, room, two);
  return { room, one, two, mine, theirs, end: () => Promise.all([mine.close(), theirs.close()]) };
}

/** Returns the messages of a room as this person reads them. */
export const page = async (who: Session, room: string): Promise<any[]> =>
  (await who.api.ok('GET', `/api/messages?roomId=${encodeURIComponent(room)}&limit=200`)).messages;

/** Writes a message by REST. */
export const say = (who: Session, roomId: string, content: string, more: Record<string, unknown> = {}): Promise<any> =>
  who.api.ok('POST', '/api/messages', { roomId, id: uuidv7(), content, ...more });

/** Opens the conversation of two people and returns its id. */
export const direct = async (one: Session, other: Session): Promise<string> => (await one.api.ok('POST', '/api/rooms/dm', { userId: other.user.id })).id;

/** Makes two people contacts: the first one asks, the other one accepts. */
export async function befriend(one: Session, other: Session): Promise<void> {
  await one.api.ok('POST', '/api/me/contacts', { userId: other.user.id });
  await until('contacts', async () => (await other.api.post(`/api/me/contacts/${one.user.id}/accept`)).status === 200);
}
