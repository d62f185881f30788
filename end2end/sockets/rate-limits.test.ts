// messenger.md 12, core.md 6: rate limits over the wires, with an error that says how long to wait. The tests with long windows run in
// parallel. How each limit counts is proven in `laws/room.rs` and `room/tests.rs`.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Api, refused } from '../harness/api.ts';
import { freshName, freshRoom } from '../harness/ids.ts';
import { guest, login, type Session } from '../harness/session.ts';
import { FrameSocket } from '../harness/socket.ts';
import { onOwnServer, onSharedServer } from '../harness/suite.ts';

const base = await onSharedServer();

async function aRoom(): Promise<{ room: string; one: Session; socket: FrameSocket; watcher: FrameSocket }> {
  const room = freshRoom();
  const one = await guest(base);
  const socket = await FrameSocket.joined(base, room, one);
  const watcher = await FrameSocket.joined(base, room, await guest(base));
  return { room, one, socket, watcher };
}

describe('rate limits', { concurrency: true }, () => {
  test('chat: counted per person and room, whichever way they come', async () => {
    const { room, one, socket, watcher } = await aRoom();
    await socket.sayAll(['0', '1', '2', '3', '4', '5']);
    const posts = ['6', '7', '8', '9'].map((content) => one.api.post('/api/messages', { roomId: room, content }));
    for (const posted of await Promise.all(posts)) assert.equal(posted.status, 201);
    const error = await socket.refusalOf(socket.chat('too fast'), 'RATE_LIMITED');
    assert.ok(error['retryAfterMs'] > 0 && error['retryAfterMs'] <= 5_000, JSON.stringify(error));
    assert.equal(error['fatal'], false);
    const rest = refused(await one.api.post('/api/messages', { roomId: room, content: 'too fast' }), 429, 'RATE_LIMITED');
    assert.ok(rest.retryAfterMs! > 0 && rest.retryAfterMs! <= 5_000);
    // Another person in this room, and the same person in another room, are not affected.
    await watcher.say('me too');
    const elsewhere = await FrameSocket.joined(base, freshRoom(), one);
    await elsewhere.say('here');
    await watcher.never((frame) => frame['content'] === 'too fast', 'a refused chat was sent');
  });

  test('frames: above the limit errors, above three times that the socket closes 4429 with retry-after', async () => {
    const { socket, watcher } = await aRoom();
    for (let n = 1; n <= 100; n += 1) socket.send({ type: 'ping', t: n });
    await socket.next((frame) => frame.type === 'pong' && frame['t'] === 100);
    assert.equal(socket.all('error').length, 0);
    socket.send({ type: 'ping', t: 101 });
    const error = await socket.next('error');
    assert.equal(error['code'], 'RATE_LIMITED');
    assert.ok(error['retryAfterMs'] > 0);
    for (let n = 102; n <= 310; n += 1) socket.send({ type: 'ping', t: n });
    const closed = await socket.closedWith(4429);
    assert.match(closed.reason, /^retry-after=[1-9][0-9]*$/);
    await watcher.say('the others go on');
  });

  test('presence: changes are counted', async () => {
    const one = await guest(base);
    const socket = await FrameSocket.device(base, one);
    const statuses = ['busy', 'away', 'online', 'busy', 'away', 'online'];
    for (const status of statuses) socket.send({ type: 'presence', status });
    const error = await socket.next('error');
    assert.equal(error['code'], 'RATE_LIMITED');
    assert.ok(error['retryAfterMs'] > 0 && error['retryAfterMs'] <= 10_000);
    await socket.barrier();
    assert.equal(socket.all('error').length, 1);
  });

  test('REST: calls are counted per session', async () => {
    const [one, two] = [await guest(base), await guest(base)];
    // Every route counts, including the list of people that everybody may see.
    const answers = await Promise.all(Array.from({ length: 130 }, (_, n) => one.api.get(n % 2 ? '/api/auth/me' : '/api/users?limit=1')));
    assert.equal(answers.filter((answer) => answer.status === 200).length, 120);
    for (const answer of answers.filter((each) => each.status !== 200)) {
      const error = refused(answer, 429, 'RATE_LIMITED');
      assert.ok(error.retryAfterMs! > 0 && error.retryAfterMs! <= 60_000);
    }
    assert.equal((await two.api.get('/api/auth/me')).status, 200);
    // The page cannot be rendered either. Its error page says so and links to its own address.
    for (const path of ['/app', '/sign-in']) {
      const page = await one.api.raw('GET', path, { headers: { accept: 'text/html' } });
      assert.equal(page.status, 503, path);
      assert.match(page.text, /We can’t reach the server right now.*<a href=""[^>]*>Reload/s, path);
    }
  });
});

test('login: one too many from one address is blocked for a minute', async () => {
  const { base: strict } = await onOwnServer();
  const answers = [];
  for (let n = 0; n < 6; n += 1) answers.push(await login(strict, { displayName: freshName() }));
  assert.deepEqual(answers.slice(0, 5).map((answer) => answer.status), [200, 200, 200, 200, 200]);
  const error = refused(answers[5]!, 429, 'RATE_LIMITED');
  assert.ok(error.retryAfterMs! > 50_000 && error.retryAfterMs! <= 60_000, JSON.stringify(error));
  // The block concerns only sign-ins; existing sessions still work.
  const inside = new Api(strict, { authorization: `Bearer ${answers[0]!.data.sessionId}` });
  assert.equal((await inside.get('/api/auth/me')).status, 200);
});
