// Participants of demo rooms (demo.md): presenters who open a room, and visitors who join by its code.

import assert from 'node:assert/strict';
import { Api, type Answer } from './api.ts';
import type { Session } from './session.ts';

/** Variables of a server without rate limits on demo rooms. */
export const DEMO_VARS = { RATE_LOGIN: '0', RATE_REST: '0', RATE_DEMO_ROOM: '0', RATE_DEMO_JOIN: '0', RATE_DEMO_CODE: '0' };

export interface Joined extends Session {
  code: string;
  roomId: string;
}

export function joined(base: string, answer: Answer): Joined {
  assert.equal(answer.status, 201, answer.reply.text);
  assert.equal(answer.reply.headers['set-cookie'], undefined, 'no cookie');
  const { sessionId, expiresAt, user, code, roomId } = answer.data;
  assert.match(sessionId, /^[\w-]{43}$/);
  assert.match(code, /^[A-Z]{3}-[2-9]{3}$/);
  return { token: sessionId, csrfToken: '', expiresAt, user, code, roomId, api: new Api(base, { authorization: `Bearer ${sessionId}` }) };
}

export const makeRoom = async (base: string, language = 'en'): Promise<Joined> => joined(base, await new Api(base).post('/demo/rooms', { language }));
export const come = async (base: string, code: string, wish: object): Promise<Joined> =>
  joined(base, await new Api(base).post(`/demo/rooms/${code}/join`, wish));
export const at = (room: Joined, rest = ''): string => `/demo/rooms/${room.code}${rest}`;
export const messages = async (who: Joined): Promise<any[]> => (await who.api.ok('GET', `/api/messages?roomId=${who.roomId}&limit=200`)).messages;
