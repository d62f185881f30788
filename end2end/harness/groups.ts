// Groups for tests, made by REST.

import type { Session } from './session.ts';

/** Makes a group to which the others are invited and come, and returns its id. */
export async function group(owner: Session, others: Session[] = [], visibility = 'private', name = 'Crew'): Promise<string> {
  const room = await owner.api.ok('POST', '/api/rooms', { name, memberIds: others.map((one) => one.user.id), visibility });
  for (const one of others) await one.api.call('POST', `/api/rooms/${room.id}/members/me`, {});
  return room.id;
}
