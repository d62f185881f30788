// settings.md 1, messenger.md 5.4: the server enforces the privacy settings of a person.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { refused } from '../harness/api.ts';
import { uuidv7 } from '../harness/ids.ts';
import { guest, persona } from '../harness/session.ts';
import { GUEST_SETTINGS } from '../harness/settings.ts';
import { FrameSocket } from '../harness/socket.ts';
import { onOwnServer } from '../harness/suite.ts';

const { base } = await onOwnServer({ OPEN_ROOMS: '1', RATE_LOGIN: '0', RATE_REST: '0', RATE_NUDGE: '0' });

test('defaults, changes of single members, and what is refused', async () => {
  const one = await guest(base);
  assert.deepEqual(await one.api.ok('GET', '/api/me/settings'), GUEST_SETTINGS);
  assert.deepEqual(await one.api.ok('PUT', '/api/me/settings', { nudges: 'contacts', typing: false, later: 1 }), { ...GUEST_SETTINGS, nudges: 'contacts', typing: false });
  for (const bad of [{ whoCanWrite: 'nobody' }, { nudges: 'friends' }, { receipts: 'yes' }, { winks: 4 }, { whoCanAdd: 'friends' }, { whoCanAdd: true }, { lastSeen: 'nobody' }, { whoSeesPresence: 'friends' }, { whoSeesPicture: false }]) {
    refused(await one.api.put('/api/me/settings', bad), 400, 'VALIDATION');
  }
  assert.deepEqual(await one.api.ok('GET', '/api/me/settings'), { ...GUEST_SETTINGS, nudges: 'contacts', typing: false }, 'refused changes leave nothing');
});

test('a nudge is felt where its conversation is not open, by whoever takes it', async () => {
  const [actor, taker] = [await persona(base, 'user_4'), await guest(base)];
  const { id: room } = await actor.api.ok('POST', '/api/rooms/dm', { userId: taker.user.id });
  const [from, list] = [await FrameSocket.joined(base, room, actor), await FrameSocket.device(base, taker)];
  const received = async () => {
    const id = uuidv7();
    from.send({ type: 'nudge', id });
    await from.answerTo(id);
    const { message } = await list.next((frame) => frame.type === 'message_notification' && frame['message'].id === id);
    return [message.effect, message.replay];
  };
  assert.deepEqual(await received(), ['shake', undefined]);
  await taker.api.ok('PUT', '/api/me/settings', { nudges: 'contacts' });
  assert.deepEqual(await received(), ['line', true]);
});

test('PUT /api/me changes the profile without making anybody visible', async () => {
  const one = await guest(base);
  const changed = await one.api.ok('PUT', '/api/me', { personalMessage: 'exam week', displayName: 'Em\u202erik' });
  assert.deepEqual([changed.displayName, changed.personalMessage], ['Emrik', 'exam week']);
  assert.deepEqual(await one.api.ok('GET', '/api/me'), changed);
  refused(await one.api.put('/api/me', { displayName: '' }), 400, 'VALIDATION');
});
