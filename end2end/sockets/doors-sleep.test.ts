// core.md 5, 6: what was used of a limit is still used when the object has slept. The runtime puts one to sleep after ten seconds in
// which nothing happens; what a room still has to write is done before.

import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { cutHubSockets, hubRoom, HubSocket, post } from '../harness/hub.ts';
import { freshRoom } from '../harness/ids.ts';
import { PacketSocket } from '../harness/packet_socket.ts';
import { guest } from '../harness/session.ts';
import { onOwnServer } from '../harness/suite.ts';
import { moment } from '../harness/wait.ts';

after(cutHubSockets);
const server = await onOwnServer({ OPEN_ROOMS: '1', RATE_HUB: '20/60', RATE_PACKET: '5/60' });
const { base } = server;
const SLEEP_MS = 20_000;

describe('limits over a sleep', { concurrency: true }, () => {
  test('messages of a hub room, by socket and by POST', async () => {
    const room = hubRoom();
    const socket = await HubSocket.enveloped(base, room);
    for (let n = 1; n <= 19; n += 1) socket.say({ op: 'send', body: `${n}` });
    await socket.op((op) => op.op === 'ack' && op.seq === 19);
    await moment(Date.now() + SLEEP_MS);
    const last = await post(base, room, 'the last');
    assert.deepEqual([last.status, last.headers['x-message-seq'], last.headers['ratelimit-remaining']], [202, '20', '0']);
    const refused = await post(base, room, 'one too many');
    assert.deepEqual([refused.status, JSON.parse(refused.text).code], [429, 'RATE_LIMITED']);
    assert.ok(Number(refused.headers['retry-after']) >= 1);
    socket.say({ op: 'send', id: 'x', body: 'nor so' });
    assert.equal((await socket.op('error')).code, 'RATE_LIMITED');
    await socket.close();
  });

  test('packets of a room', async () => {
    const room = freshRoom();
    const one = await guest(base);
    const socket = await PacketSocket.joined(base, room, one.token);
    for (let n = 1; n <= 5; n += 1) {
      socket.say(`${n}`);
      await socket.next('Message');
    }
    await moment(Date.now() + SLEEP_MS);
    socket.say('one too many');
    assert.match(await socket.notice(), /^Rate limit exceeded: 5 messages/);
    await socket.close();
  });
});
