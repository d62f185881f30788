// Fills a conversation with many messages quickly, over sockets that send arrays. The server needs RATE_CHAT=0 and RATE_FRAME=0.

import { uuidv7 } from './ids.ts';
import { guest } from './session.ts';
import { FrameSocket } from './socket.ts';

/** Most frames in one text message of `cfm.v1.batch` (core.md 5.1). */
const BATCH = 64;

/** Lets two guests say these texts in a room, a few lines each in turn. Returns when all are stored. */
export async function fill(base: string, room: string, texts: string[]): Promise<void> {
  const people = [await guest(base), await guest(base)];
  const sockets = await Promise.all(people.map((one) => FrameSocket.joined(base, room, one, { protocols: ['cfm.v1.batch'] })));
  for (let at = 0; at < texts.length; at += BATCH) {
    const frames = texts.slice(at, at + BATCH).map((content) => ({ type: 'chat', id: uuidv7(), content }));
    const speaker = sockets[(at / BATCH) % sockets.length]!;
    speaker.send(frames);
    await speaker.answerTo(frames.at(-1)!.id);
  }
  await Promise.all(sockets.map((socket) => socket.close()));
}
