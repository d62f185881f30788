// Bot, integration and invite of a person in a group, which work without a session of theirs (account.md 4).

import { Api } from './api.ts';
import type { Session } from './session.ts';

/** Statuses with which bot, integration and invite answer while they work, and after their end. */
export const WORK = [200, 200, 200];
export const ENDED = [401, 404, 404];

/** Makes a bot, an integration and an invite in a group. Returns the function that uses them, and returns their statuses. */
export async function programs(who: Pick<Session, 'api'>, room: string): Promise<() => Promise<number[]>> {
  const { token } = await who.api.ok('POST', `/api/rooms/${room}/bots`, { name: 'Builds' });
  const { url } = await who.api.ok('POST', `/api/rooms/${room}/hooks`, { name: 'Builds' });
  const { code } = await who.api.ok('POST', '/api/me/invites', { roomId: room });
  const nobody = new Api(who.api.base);
  const json = { headers: { 'content-type': 'application/json' }, body: JSON.stringify({ text: 'hi' }) };
  return async () => {
    const bot = await nobody.raw('GET', `/api/messages?roomId=${room}`, { headers: { authorization: `Bearer ${token}` } });
    const hook = await nobody.raw('POST', new URL(url).pathname, json);
    const invite = await nobody.raw('GET', `/api/invites/${code}`);
    return [bot.status, hook.status, invite.status];
  };
}
