// messenger.md 5.6: with `cfm.v1.columns` a socket gets the same frames in the same order as with the other forms, in fewer bytes.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { freshRoom, marker, uuidv7 } from '../harness/ids.ts';
import { guest } from '../harness/session.ts';
import { FrameSocket, type SocketOptions } from '../harness/socket.ts';
import { onSharedServer } from '../harness/suite.ts';

const base = await onSharedServer();
const COLUMNS: SocketOptions = { protocols: ['cfm.v1.columns', 'cfm.v1.batch', 'cfm.v1'] };
const SINGLE: SocketOptions = { protocols: ['cfm.v1'] };

describe('columns', { concurrency: true }, () => {
  test('a turn comes in columns, with acks and other frames in their places', async () => {
    const room = freshRoom();
    const mine = await FrameSocket.joined(base, room, await guest(base), COLUMNS);
    const theirs = await FrameSocket.joined(base, room, await guest(base), COLUMNS);
    const plain = await FrameSocket.joined(base, room, await guest(base));
    const first = uuidv7();
    const frames = [
      { type: 'chat', id: first, content: `"one" ${marker()}` },
      { type: 'nudge', id: uuidv7() },
      { type: 'chat', id: uuidv7(), content: marker(), replyTo: first, font: { color: 3, face: 0, style: 0 } },
      { type: 'chat', id: uuidv7(), content: '\u{1f44b} {"content":"x"}' },
    ];
    mine.send(frames);
    for (const { id } of frames) await mine.answerTo(id);
    for (const socket of [mine, theirs, plain]) await socket.next((frame) => frame['seq'] === frames.length && frame.type === 'chat');
    const events = (socket: FrameSocket) => socket.frames.filter((frame) => Number.isInteger(frame['seq']) && frame.type !== 'ack');
    assert.deepEqual(events(theirs), events(plain));
    // A nudge is a line for its sender.
    const chats = (socket: FrameSocket) => events(socket).filter((frame) => frame.type === 'chat');
    assert.deepEqual(chats(mine), chats(plain));
    assert.ok(theirs.columnTexts.length > 0 && mine.columnTexts.length > 0, 'messages are in columns');
    assert.equal(plain.columnTexts.length, 0);
    for (const socket of [mine, theirs, plain]) await socket.close();
  });

  test('a page of history comes in columns, at the join and when it is asked for', async () => {
    const room = freshRoom();
    const writer = await FrameSocket.joined(base, room, await guest(base));
    const said = [marker(), marker(), marker()];
    for (const content of said) await writer.say(content);
    const one = await guest(base);
    const pages = [];
    for (const options of [COLUMNS, SINGLE]) {
      const reader = await FrameSocket.joined(base, room, one, options);
      reader.send({ type: 'history', rid: 'a', before: 3, limit: 2 });
      await reader.next((frame) => frame.type === 'history' && frame['rid'] === 'a');
      assert.equal(reader.columnTexts.length, options === COLUMNS ? 2 : 0);
      pages.push(reader.all('history'));
      await reader.close();
    }
    assert.deepEqual(pages[0], pages[1]);
    assert.deepEqual(pages[0]!.map((page) => page['messages'].map((message: { content: string }) => message.content)), [said, said.slice(0, 2)]);
    await writer.close();
  });

  test('the server takes columns where they are offered, and devices have none', async () => {
    const one = await guest(base);
    const room = await FrameSocket.room(base, freshRoom(), one, { protocols: ['cfm.v1', 'cfm.v1.batch', 'cfm.v1.columns'] });
    assert.equal(room.protocol, 'cfm.v1.columns');
    assert.equal((await room.next('welcome'))['protocol'], 'cfm.v1');
    const device = await FrameSocket.presence(base, one, COLUMNS);
    assert.equal(device.protocol, 'cfm.v1.batch');
    await device.next('welcome');
    const unknown = await FrameSocket.presence(base, one, { protocols: ['cfm.v1.columns'] });
    await unknown.closedWith(4426);
    for (const socket of [room, device]) await socket.close();
  });
});
