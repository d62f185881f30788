// Two people in a room of their own, and the history of the room.

import { freshRoom } from './ids.ts';
import { guest, type Session } from './session.ts';
import { FrameSocket } from './socket.ts';

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
