// account.md 3: with REQUIRE_VERIFIED=1 an account whose address is not proved may only read.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { newToken, verify } from '../harness/account_life.ts';
import { account, PASSWORD, passwordLogin, sessionOf } from '../harness/accounts.ts';
import { refused } from '../harness/api.ts';
import { freshRoom, marker, uuidv7 } from '../harness/ids.ts';
import { FREE_OPEN_VARS } from '../harness/server.ts';
import { guest, type Session } from '../harness/session.ts';
import { FrameSocket } from '../harness/socket.ts';
import { onOwnServer } from '../harness/suite.ts';
import { until } from '../harness/wait.ts';

const { base } = await onOwnServer({ ...FREE_OPEN_VARS, REQUIRE_VERIFIED: '1' });

const post = (who: Pick<Session, 'api'>, roomId: string) =>
  who.api.post('/api/messages', { roomId, content: marker(), id: uuidv7() });

/** Sends a message on a socket, and returns the type of the answer. */
async function saysOn(socket: FrameSocket, content = marker()): Promise<string> {
  const id = uuidv7();
  socket.send({ type: 'chat', id, content });
  const answer = await socket.next((frame) => (frame.type === 'ack' || frame.type === 'error') && frame['id'] === id);
  if (answer.type === 'error') assert.equal(answer['code'], 'EMAIL_UNVERIFIED');
  return answer.type;
}

test('who has not proved the address reads, and writes nowhere; the proof reaches open sockets and other sessions', async () => {
  const [one, room] = [await account(base), freshRoom()];
  const other = sessionOf(base, await passwordLogin(base, one.email));
  const reader = await FrameSocket.joined(base, room, one);
  const someone = await guest(base);
  const theirs = await FrameSocket.joined(base, room, someone);
  const word = marker();
  await theirs.say(word);
  assert.equal((await reader.next('chat'))['content'], word);
  const { messages } = await one.api.ok('GET', `/api/messages?roomId=${room}`);
  assert.deepEqual(messages.map(({ content }: any) => content), [word]);

  assert.equal(await saysOn(reader), 'error');
  for (const who of [one, other]) {
    refused(await post(who, room), 403, 'EMAIL_UNVERIFIED');
    refused(await who.api.post('/api/rooms', { name: 'Crew' }), 403, 'EMAIL_UNVERIFIED');
    refused(await who.api.put('/api/me', { displayName: 'Ann' }), 403, 'EMAIL_UNVERIFIED');
    // This route answers without the envelope.
    const renamed = await who.api.raw('POST', '/api/auth/update-user', { headers: { 'content-type': 'application/json' }, body: '{"name":"Ann"}' });
    assert.deepEqual([renamed.status, JSON.parse(renamed.text).code], [403, 'EMAIL_UNVERIFIED']);
  }
  assert.equal((await one.api.put('/api/me/settings', { nudges: 'nobody' })).status, 200);
  assert.equal((await one.api.post('/api/auth/ws-ticket')).status < 300, true);

  const used = await verify(base, await newToken(base, one.email, 'verify'), one);
  assert.equal(used.status, 200, used.reply.text);
  for (const who of [one, other]) assert.equal((await post(who, room)).status < 300, true);
  assert.equal((await one.api.post('/api/auth/email/send', {})).status, 202);
  await until('the open socket writes', async () => (await saysOn(reader)) === 'ack');
});

test('who leaves or signs out needs no proof', async () => {
  const one = await account(base);
  const left = await one.api.call('DELETE', '/api/me', { messages: 'remove', password: PASSWORD });
  assert.equal(left.status, 202, left.reply.text);
  assert.equal((await (await account(base)).api.post('/api/auth/logout')).status, 200);
});
