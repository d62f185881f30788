// messenger.md 5.3, 5.4 and 12: limits on changes of messages: how long, by whom, and how many reactions. Also the notice to one's own
// devices of a message that was deleted for oneself. The windows are short here, so that no test waits for a quarter of an hour.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { refused } from '../harness/api.ts';
import { freshRoom, marker, uuidv7 } from '../harness/ids.ts';
import { guest, persona, type Session } from '../harness/session.ts';
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

async function group(owner: Session, ...memberIds: string[]): Promise<string> {
  return (await owner.api.ok('POST', '/api/rooms', { name: `Crew ${marker()}`, memberIds })).id;
}

describe('changes of messages have limits', { concurrency: true }, () => {
  test('edited within one window, deleted for all within another, for oneself always; later nothing is changed @night', async () => {
    const [ann, bea] = [await persona(base, 'user_1'), await persona(base, 'user_2')];
    const room = await group(ann, 'user_2');
    const [mine, theirs] = [await FrameSocket.joined(base, room, ann), await FrameSocket.joined(base, room, bea)];
    const said = [await theirs.say('first'), await theirs.say('second'), await theirs.say('third')];
    const [first, second, third] = said.map((ack) => ack['id'] as string);
    const sentMs: number = said.at(-1)!['timestamp'];
    const edit = (messageId: string) => ({ type: 'edit', messageId, content: 'changed' });
    const remove = (messageId: string, whom: string) => ({ type: 'delete', messageId, for: whom });
    assert.equal(await change(theirs, edit(first!)), 'ack');

    await moment(sentMs + EDIT_WINDOW_S * 1_000 + 50);
    assert.equal(await change(theirs, edit(second!)), 'EDIT_WINDOW');
    refused(await bea.api.call('PATCH', `/api/messages/${second}`, { roomId: room, content: 'changed' }), 422, 'EDIT_WINDOW');
    assert.equal(await change(mine, edit(second!)), 'FORBIDDEN', 'nobody edits what others wrote, not even the owner of the group');
    assert.equal(await change(mine, remove(second!, 'all')), 'ack', 'the owner of the group may delete it');

    await moment(sentMs + DELETE_WINDOW_S * 1_000 + 50);
    for (const by of [mine, theirs]) assert.equal(await change(by, remove(first!, 'all')), 'EDIT_WINDOW');
    for (const by of [ann, bea]) refused(await by.api.delete(`/api/messages/${third}?roomId=${room}&for=all`), 422, 'EDIT_WINDOW');
    await ann.api.ok('DELETE', `/api/messages/${third}?roomId=${room}&for=me`);
    const shown = async (who: Session) => {
      const { messages } = await who.api.ok('GET', `/api/messages?roomId=${room}&limit=200`);
      return said.map((ack) => messages.find((one: any) => one.seq === ack['seq'])).map((one) => one.content ?? (one.deleted ? 'deleted' : one.type));
    };
    assert.deepEqual(await shown(bea), ['changed', 'deleted', 'third']);
    assert.deepEqual(await shown(ann), ['changed', 'deleted', 'hidden']);
    for (const socket of [mine, theirs]) await socket.close();
  });

  test('a message bears five reactions of one person and twelve kinds of all', async () => {
    const owner = await persona(base, 'user_3');
    const people = [owner, await persona(base, 'user_4'), await persona(base, 'user_5')];
    const room = await group(owner, 'user_4', 'user_5');
    const sockets: FrameSocket[] = [];
    for (const one of people) sockets.push(await FrameSocket.joined(base, room, one));
    const { id: messageId } = await sockets[0]!.say('react to this');
    const kinds = ['like', 'heart', 'star', 'dislike', ...'🎉🎂🌍🐟🚀☕🎵🏡🌻🦊'.match(/\p{Extended_Pictographic}/gu)!];
    const react = (who: number, kind: number, op = 'add') => change(sockets[who]!, { type: 'reaction', messageId, reaction: kinds[kind], op });
    for (let kind = 0; kind < 5; kind += 1) assert.equal(await react(0, kind), 'ack');
    assert.equal(await react(0, 5), 'VALIDATION', 'a sixth of one person');
    for (let kind = 5; kind < 10; kind += 1) assert.equal(await react(1, kind), 'ack');
    for (let kind = 10; kind < 12; kind += 1) assert.equal(await react(2, kind), 'ack');
    assert.equal(await react(2, 12), 'VALIDATION', 'a thirteenth kind');
    refused(await people[2]!.api.put(`/api/messages/${messageId}/react`, { roomId: room, reaction: kinds[12], op: 'add' }), 400, 'VALIDATION');
    assert.equal(await react(2, 0), 'ack', 'a kind that is there');
    assert.equal(await react(0, 4, 'remove'), 'ack');
    assert.equal(await react(2, 12), 'ack', 'a place that is free again');
    for (const socket of sockets) await socket.close();
  });

  test('deleted for oneself: each own device hears of it, nobody else does, and it takes no place', async () => {
    const [ann, bea] = [await persona(base, 'user_6'), await persona(base, 'user_7')];
    const room = await group(ann, 'user_7');
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

  test('a guest in a public room has the same windows', async () => {
    const socket = await FrameSocket.joined(base, freshRoom(), await guest(base));
    const { id: messageId, timestamp } = await socket.say('mine');
    assert.equal(await change(socket, { type: 'edit', messageId, content: 'in time' }), 'ack');
    await moment(timestamp + EDIT_WINDOW_S * 1_000 + 50);
    assert.equal(await change(socket, { type: 'edit', messageId, content: 'too late' }), 'EDIT_WINDOW');
    assert.equal(await change(socket, { type: 'delete', messageId, for: 'all' }), 'ack');
    await socket.close();
  });
});
