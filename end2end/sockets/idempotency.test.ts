// core.md 3: a repeated id returns the first answer and never creates a second event.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { freshRoom, marker, uuidv7 } from '../harness/ids.ts';
import { guest } from '../harness/session.ts';
import { FrameSocket } from '../harness/socket.ts';
import { onSharedServer } from '../harness/suite.ts';

const base = await onSharedServer();

describe('idempotency', { concurrency: true }, () => {
  test('the same id 20 times in parallel: one event, 20 equal answers', async () => {
    const room = freshRoom();
    const one = await guest(base);
    const watcher = await FrameSocket.joined(base, room, await guest(base));
    const sockets = await Promise.all(Array.from({ length: 4 }, () => FrameSocket.joined(base, room, one)));
    const id = uuidv7();
    const content = marker();
    for (let n = 0; n < 16; n += 1) sockets[n % 4]!.chat(content, { id });
    const rest = await Promise.all(Array.from({ length: 4 }, () => one.api.post('/api/messages', { roomId: room, id, content })));
    const acks = [];
    for (let n = 0; n < 16; n += 1) acks.push(await sockets[n % 4]!.answerTo(id));
    for (const ack of acks) assert.deepEqual([ack['seq'], ack['timestamp']], [1, acks[0]!['timestamp']]);
    for (const answer of rest) assert.deepEqual([answer.data.seq, answer.data.timestamp], [1, acks[0]!['timestamp']]);
    const firsts = acks.filter((ack) => !ack['duplicate']).length + rest.filter((answer) => answer.status === 201).length;
    assert.equal(firsts, 1, 'exactly one of them was the first');
    await watcher.next('chat');
    await watcher.barrier();
    assert.equal(watcher.all('chat').length, 1);
    assert.equal(watcher.lastSeq, 1);
    await Promise.all([...sockets, watcher].map((socket) => socket.close()));
  });
});
