// messenger.md 5.3 and 12: the windows in which messages can be changed. Also the notice to one's own devices of a message that was deleted
// for oneself. The windows are short here, so that no test waits for a quarter of an hour.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { refused } from '../harness/api.ts';
import { group } from '../harness/groups.ts';
import { freshRoom, uuidv7 } from '../harness/ids.ts';
import { guest, persona } from '../harness/session.ts';
import { FrameSocket } from '../harness/socket.ts';
import { onOwnServer } from '../harness/suite.ts';
import { moment } from '../harness/wait.ts';

const EDIT_WINDOW_S = 3;
const DELETE_WINDOW_S = 6;
const { base } = await onOwnServer({
  OPEN_ROOMS: '1',
  EDIT_WINDOW_S: `${EDIT_WINDOW_S}`,
  DELETE_WINDOW_S: `${DELETE_WINDOW_S}`,
  ...Object.fromEntries(['LOGIN', 'REST', 'CHAT', 'MUTATE'].map((rule) => [`RATE_${rule}`, '0'])),
});

/** Sends a change over the socket and returns the code of its refusal, or `ack`. */
async function change(socket: FrameSocket, frame: Record<string, unknown>): Promise<string> {
  const id = uuidv7();
  socket.send({ id, ...frame });
  const answer = await socket.next((one) => (one.type === 'ack' || one.type === 'error') && one['id'] === id);
  return answer.type === 'ack' ? 'ack' : answer['code'];
}

describe('changes of messages have limits', { concurrency: true }, () => {
  test('deleted for oneself: each own device hears of it, nobody else does, and it takes no place', async () => {
    const [ann, bea] = [await persona(base, 'user_6'), await persona(base, 'user_7')];
    const room = await group(ann, [bea]);
    const devices = [await FrameSocket.presence(base, ann), await FrameSocket.presence(base, ann)];
    const other = await FrameSocket.presence(base, bea);
    for (const device of [...devices, other]) await device.next('welcome');
    const [mine, theirs] = [await FrameSocket.joined(base, room, ann), await FrameSocket.joined(base, room, bea)];
    const messages = [await theirs.say('over the socket'), await theirs.say('over REST')];
    const [first, second] = messages.map((ack) => ack['id'] as string);
    assert.equal(await change(mine, { type: 'delete', messageId: first, for: 'me' }), 'ack');
    await ann.api.ok('DELETE', `/api/messages/${second}?roomId=${room}&for=me`);
    for (const device of devices) {
      for (const messageId of [first, second]) {
        const received = await device.next((frame) => frame.type === 'hidden_for_me' && frame['messageId'] === messageId);
        assert.deepEqual(received, { type: 'hidden_for_me', roomId: room, messageId });
      }
    }
    await other.never((frame) => frame.type === 'hidden_for_me', 'somebody else hears of it');
    const next = await mine.say('after it');
    assert.equal(next['seq'], messages[1]!['seq'] + 1);
    await theirs.next((frame) => frame['seq'] === next['seq']);
    assert.equal(theirs.all('delete').length, 0);
    for (const socket of [...devices, other, mine, theirs]) await socket.close();
  });

  test('edited within one window, deleted for all within another; later nothing is changed', async () => {
    const [one, room] = [await guest(base), freshRoom()];
    const socket = await FrameSocket.joined(base, room, one);
    const [first, second] = [await socket.say('first'), await socket.say('second')];
    const edit = { type: 'edit', messageId: first['id'], content: 'changed' };
    assert.equal(await change(socket, edit), 'ack');
    await moment(second['timestamp'] + EDIT_WINDOW_S * 1_000 + 50);
    assert.equal(await change(socket, edit), 'EDIT_WINDOW');
    refused(await one.api.call('PATCH', `/api/messages/${first['id']}`, { roomId: room, content: 'too late' }), 422, 'EDIT_WINDOW');
    assert.equal(await change(socket, { type: 'delete', messageId: first['id'], for: 'all' }), 'ack');
    await moment(second['timestamp'] + DELETE_WINDOW_S * 1_000 + 50);
    assert.equal(await change(socket, { type: 'delete', messageId: second['id'], for: 'all' }), 'EDIT_WINDOW');
    await socket.close();
  });
});
