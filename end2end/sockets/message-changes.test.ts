// messenger.md 3, 5.3, 5.4 and 8: changes of existing messages: edit, delete, react, and mark as read.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { refused } from '../harness/api.ts';
import { download, png, upload } from '../harness/files.ts';
import { uuidv7 } from '../harness/ids.ts';
import { page, pairIn } from '../harness/pairs.ts';
import { FREE_OPEN_VARS } from '../harness/server.ts';
import { persona, type Session } from '../harness/session.ts';
import { FrameSocket } from '../harness/socket.ts';
import { onPooledServer } from '../harness/suite.ts';
import { until } from '../harness/wait.ts';

const { base } = await onPooledServer(FREE_OPEN_VARS);

const pair = () => pairIn(base);
const row = async (who: Session, room: string, id: string) => (await page(who, room)).find((one) => one.id === id);

describe('changes of messages', () => {
  test('an edit is an event of its own; the message shows the new text and when', async () => {
    const { room, one, two, mine, theirs, end } = await pair();
    const { id, seq } = await mine.say('helo');
    const edit = { type: 'edit', id: uuidv7(), messageId: id, content: 'hello' };
    mine.send(edit);
    const ack = await mine.next((frame) => frame.type === 'ack' && frame['id'] === edit.id);
    assert.equal(ack['seq'], seq + 1);
    const frame = await theirs.next('edit');
    assert.deepEqual([frame['seq'], frame['id'], frame['messageId'], frame['senderId'], frame['content']], [seq + 1, edit.id, id, one.user.id, 'hello']);
    const shown = await row(two, room, id);
    assert.deepEqual([shown.seq, shown.content, shown.editedAt], [seq, 'hello', frame['editedAt']]);
    // The same request is the same edit; another text under the same id is refused.
    mine.send(edit);
    assert.equal((await mine.next((again) => again.type === 'ack' && again['duplicate'] === true))['seq'], seq + 1);
    mine.send({ ...edit, content: 'other' });
    await mine.refusalOf(edit.id, 'ID_REUSED');
    await end();
  });

  test('what was made of words goes with them: card, its picture, own emoticons', async () => {
    const { room, one, two, mine, theirs, end } = await pair();
    const [card, cat, dog] = [await upload(one, png(), 'a.png', 'image/png'), await upload(one, png(4, 4), 'c.png', 'image/png'), await upload(one, png(5, 5), 'd.png', 'image/png')];
    const url = 'https://a.example/secret';
    const link = { url, title: 'Secret', imageFileId: card.id };
    const emoticons = [{ code: ':cat:', fileId: cat.id, alt: 'cat' }, { code: ':dog:', fileId: dog.id, alt: 'dog' }];
    const { id } = await mine.say(`see ${url} :cat: :dog:`, { link, emoticons });
    const files = () => Promise.all([card, cat, dog].map(async (file) => (await download(two, file.id)).status));
    assert.deepEqual(await files(), [200, 200, 200]);
    const edit = async (content: string) => {
      mine.send({ type: 'edit', id: uuidv7(), messageId: id, content });
      await theirs.next((frame) => frame.type === 'edit' && frame['content'] === content);
      return row(two, room, id);
    };
    const stored = await edit(`look: ${url} :cat: :dog:`);
    assert.deepEqual([stored.link, stored.emoticons], [link, emoticons], 'what still stands there stays');
    const shown = await edit('see it :dog:');
    assert.deepEqual([shown.content, shown.link, shown.emoticons], ['see it :dog:', undefined, [emoticons[1]]]);
    await until('what is shown no more is nobody\'s', async () => JSON.stringify(await files()) === JSON.stringify([404, 404, 200]));
    const again = await FrameSocket.room(base, room, two);
    const history = await again.next('history');
    const { messages } = await two.api.ok('GET', `/api/messages?roomId=${room}&cursor=`);
    for (const answer of [history['messages'].find((event: any) => event.id === id), messages[0]]) {
      assert.deepEqual([answer.content, 'link' in answer, answer.emoticons], ['see it :dog:', false, [emoticons[1]]]);
    }
    const last = await edit('nothing');
    assert.ok(!('link' in last) && !('emoticons' in last));
    await until('nothing is shown', async () => (await files()).every((status) => status === 404));
    await again.close();
    await end();
  });

  test('only the author edits; blanks, unknown messages and nudges are refused', async () => {
    const { mine, theirs, end } = await pair();
    const { id } = await mine.say('mine');
    const attempt = async (by: FrameSocket, messageId: string, content: unknown, code: string) => {
      const frame = { type: 'edit', id: uuidv7(), messageId, content };
      by.send(frame);
      await by.refusalOf(frame.id, code);
    };
    await attempt(theirs, id, 'yours', 'FORBIDDEN');
    await attempt(mine, id, '  ', 'INVALID_TEXT');
    await attempt(mine, id, 'x'.repeat(2049), 'VALIDATION');
    await attempt(mine, uuidv7(), 'x', 'NOT_FOUND');
    await end();
  });

  test('a deleted message keeps its place and loses its text, in its edits too', async () => {
    const { room, one, two, mine, theirs, end } = await pair();
    const { id, seq } = await mine.say('a secret');
    const edited = await one.api.call('PATCH', `/api/messages/${id}`, { roomId: room, content: 'a better secret' });
    assert.equal(edited.status, 200, edited.reply.text);
    refused(await two.api.delete(`/api/messages/${id}?roomId=${encodeURIComponent(room)}&for=all`), 403, 'FORBIDDEN');
    const gone = await one.api.delete(`/api/messages/${id}?roomId=${encodeURIComponent(room)}&for=all`);
    assert.equal(gone.status, 200, gone.reply.text);
    assert.equal((await theirs.next('delete'))['messageId'], id);
    const all = await page(two, room);
    assert.ok(!JSON.stringify(all).includes('secret'), JSON.stringify(all));
    const tombstone = all.find((message) => message.id === id);
    assert.deepEqual([tombstone.seq, tombstone.deleted, 'content' in tombstone], [seq, true, false]);
    refused(await one.api.call('PATCH', `/api/messages/${id}`, { roomId: room, content: 'again' }), 409, 'CONFLICT');
    await end();
  });

  test('deleted for me: my pages have a hidden place, everybody else keeps the message', async () => {
    const { room, one, two, mine, theirs, end } = await pair();
    const { id, seq } = await mine.say('stays for others');
    const answer = await two.api.delete(`/api/messages/${id}?roomId=${encodeURIComponent(room)}&for=me`);
    assert.equal(answer.status, 200, answer.reply.text);
    assert.deepEqual((await page(two, room)).find((message) => message.seq === seq), { type: 'hidden', seq });
    assert.equal((await row(one, room, id)).content, 'stays for others');
    assert.equal(theirs.all('delete').length, 0);
    const again = await two.api.delete(`/api/messages/${id}?roomId=${encodeURIComponent(room)}&for=me`);
    assert.equal(again.status, 200, 'the answer was lost, the call is made once more');
    mine.send({ type: 'edit', id: uuidv7(), messageId: id, content: 'back again' });
    await theirs.next((frame) => frame.type === 'hidden');
    const joined = await FrameSocket.room(base, room, two);
    assert.deepEqual((await joined.next('welcome'))['hidden'], [id]);
    await joined.next('history');
    assert.ok(![...theirs.frames, ...joined.frames].some((frame) => JSON.stringify(frame).includes('back again')));
    await joined.close();
    await end();
  });

  test('reactions are counted per person and kind, and taken back', async () => {
    const { room, one, two, mine, theirs, end } = await pair();
    const { id } = await mine.say('react to this');
    const react = (by: FrameSocket, reaction: string, op: string) => {
      const frame = { type: 'reaction', id: uuidv7(), messageId: id, reaction, op };
      by.send(frame);
      return frame.id;
    };
    react(mine, 'heart', 'add');
    react(theirs, 'heart', 'add');
    await mine.next((frame) => frame.type === 'reaction' && frame['count'] === 2);
    const shown = await row(one, room, id);
    assert.deepEqual(shown.reactions.map((each: any) => [each.reaction, each.count, [...each.users].sort()]), [['heart', 2, [one.user.id, two.user.id].sort()]]);
    react(theirs, 'heart', 'remove');
    await mine.next((frame) => frame.type === 'reaction' && frame['op'] === 'remove' && frame['count'] === 1);
    await mine.refusalOf(react(mine, 'x'.repeat(33), 'add'), 'VALIDATION');
    const answer = await two.api.call('PUT', `/api/messages/${id}/react`, { roomId: room, reaction: '🎉' });
    assert.equal(answer.status, 200, answer.reply.text);
    assert.deepEqual(answer.data.reactions.map((each: any) => each.reaction).sort(), ['heart', '🎉'].sort());
    await end();
  });

  test('an emoji is one reaction however it is written, on sockets and over REST', async () => {
    const { room, one, two, mine, theirs, end } = await pair();
    const { id } = await mine.say('react to this');
    const react = (by: FrameSocket, reaction: string, op: string) => by.send({ type: 'reaction', id: uuidv7(), messageId: id, reaction, op });
    react(mine, '👍', 'add');
    react(theirs, '👍\u{fe0f}', 'add');
    const frame = await mine.next((frame) => frame.type === 'reaction' && frame['count'] === 2);
    assert.equal(frame['reaction'], '👍');
    const put = async (who: Session, reaction: string, op: string) =>
      (await who.api.ok('PUT', `/api/messages/${id}/react`, { roomId: room, reaction, op })).reactions.map((each: any) => [each.reaction, each.count]);
    assert.deepEqual(await put(two, '❤', 'add'), [['👍', 2], ['❤\u{fe0f}', 1]]);
    assert.deepEqual(await put(one, '❤\u{fe0f}', 'toggle'), [['👍', 2], ['❤\u{fe0f}', 2]]);
    assert.deepEqual(await put(one, '👍\u{fe0e}', 'remove'), [['👍', 1], ['❤\u{fe0f}', 2]]);
    assert.deepEqual((await row(two, room, id)).reactions.map((each: any) => each.reaction), ['👍', '❤\u{fe0f}']);
    await end();
  });

  test('receipts in a direct conversation: delivered, then read, and never less', async () => {
    const [ann, bea] = [await persona(base, 'user_1'), await persona(base, 'user_2')];
    const { id: room } = await ann.api.ok('POST', '/api/rooms/dm', { userId: bea.user.id });
    const mine = await FrameSocket.joined(base, room, ann);
    const theirs = await FrameSocket.joined(base, room, bea);
    const first = await mine.say('one');
    const second = await mine.say('two');
    theirs.send({ type: 'ack', upToSeq: second.seq, status: 'delivered' });
    const delivered = await mine.next('delivery_status');
    assert.deepEqual([delivered['status'], delivered['upToSeq'], delivered['senderId']], ['delivered', second.seq, bea.user.id]);
    theirs.send({ type: 'ack', ackId: first.id, status: 'read' });
    const read = await mine.next((frame) => frame.type === 'delivery_status' && frame['status'] === 'read');
    assert.equal(read['upToSeq'], first.seq);
    // A lower position changes nothing, so the next receipt is that of the higher one.
    theirs.send({ type: 'ack', upToSeq: first.seq - 1, status: 'read' });
    theirs.send({ type: 'ack', upToSeq: second.seq, status: 'read' });
    const last = await mine.next((frame) => frame.type === 'delivery_status' && frame['upToSeq'] === second.seq && frame['status'] === 'read');
    assert.equal(last['senderId'], bea.user.id);
    const again = await FrameSocket.room(base, room, ann);
    const welcome = await again.next('welcome');
    assert.deepEqual(welcome['receipts'][bea.user.id], { deliveredSeq: second.seq, readSeq: second.seq });
    for (const each of [mine, theirs, again]) await each.close();
  });
});
