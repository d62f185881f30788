// messenger.md 3, 5.3 and 5.4: changes of existing messages on both wires: edit and delete. Their rules, and those of reactions, are in
// `room/mutating_tests.rs`.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { refused } from '../harness/api.ts';
import { download, png, upload } from '../harness/files.ts';
import { uuidv7 } from '../harness/ids.ts';
import { page, pairIn } from '../harness/pairs.ts';
import { FREE_OPEN_VARS } from '../harness/server.ts';
import type { Session } from '../harness/session.ts';
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
});
