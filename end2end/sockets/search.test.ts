// messenger.md 3: search in one's own conversations. Words, phrases, filters and the index have their laws in `protocol/src/content/search` and
// `protocol/src/machines/room/searching_tests.rs`.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { refused, type Answer } from '../harness/api.ts';
import { freshRoom, marker } from '../harness/ids.ts';
import { guest, persona, type Session } from '../harness/session.ts';
import { FrameSocket } from '../harness/socket.ts';
import { onOwnServer } from '../harness/suite.ts';
import { inObject } from '../harness/tables.ts';
import { PATIENCE_MS, until } from '../harness/wait.ts';

const vars = { OPEN_ROOMS: '1', RATE_LOGIN: '0', RATE_REST: '0', RATE_CHAT: '0', RATE_MUTATE: '0', RATE_HISTORY: '0' };
const server = await onOwnServer(vars);
const { base } = server;

const search = (who: Session, asked: Record<string, string>): Promise<any> => who.api.ok('GET', `/api/messages/search?${new URLSearchParams(asked)}`);
const contents = async (who: Session, asked: Record<string, string>): Promise<string[]> =>
  (await search(who, asked)).items.map((message: any) => message.content);

async function room() {
  const roomId = freshRoom();
  const who = await guest(base);
  const socket = await FrameSocket.joined(base, roomId, who);
  return { roomId, who, socket };
}

describe('search', () => {
  test('finds words whatever their case, diacritics and German spelling, newest first, and says where they stand', async () => {
    const { roomId, who, socket } = await room();
    await socket.say('Schöne Grüße aus Köln');
    await socket.say('GRUESSE an die Straße!');
    await socket.say('nichts davon');
    assert.deepEqual(await contents(who, { roomId, q: 'GRUSSE' }), ['GRUESSE an die Straße!', 'Schöne Grüße aus Köln']);
    assert.deepEqual(await contents(who, { roomId, q: '"die strasse"' }), ['GRUESSE an die Straße!']);
    const [found] = (await search(who, { roomId, q: 'gruesse koln' })).items;
    assert.deepEqual(found.found.map(([from, to]: [number, number]) => found.content.slice(from, to)), ['Grüße', 'Köln']);
    assert.equal(found.roomId, roomId);
  });

  // In wasm the runtime knows the normal forms (docs/decisions/0014-normal-forms.md), natively a crate does.
  test('the middle of unbroken text, forms of either width and emoji are found', async () => {
    const { roomId, who, socket } = await room();
    const said = ['สวัสดีครับผม', '我今天去图书馆', 'ｶﾞﾗｽのコップ', 'gut 👍\u{fe0f}'];
    for (const text of said) await socket.say(text);
    for (const [q, at] of [['ครับ', 0], ['สวัสด', 0], ['图书馆', 1], ['ガラス', 2], ['ｺｯﾌﾟ', 2], ['👍', 3], ['ｇｕｔ 👍', 3]] as const) {
      assert.deepEqual(await contents(who, { roomId, q }), [said[at]], q);
    }
    for (const q of ['ดีสวัส', '馆图', '😀', '👍🏽']) assert.deepEqual(await contents(who, { roomId, q }), [], q);
  });

  test('only what is for one\'s own eyes: other people\'s conversations are not found', async () => {
    const word = marker();
    const [a, b, c] = [await persona(base, 'user_1'), await persona(base, 'user_2'), await persona(base, 'user_3')];
    const { id: roomId } = await a.api.ok('POST', '/api/rooms/dm', { userId: 'user_2' });
    await a.api.ok('POST', '/api/messages', { roomId, content: `hello ${word}` });
    assert.deepEqual(await contents(b, { q: word }), [`hello ${word}`]);
    assert.deepEqual(await contents(c, { q: word }), []);
    refused(await c.api.call('GET', `/api/messages/search?roomId=${roomId}&q=${word}`), 403, 'FORBIDDEN');
  });

  test('members of a group find what was written from their joining on', async () => {
    const word = marker();
    const [a, b] = [await persona(base, 'user_4'), await persona(base, 'user_5')];
    const { id: roomId } = await a.api.ok('POST', '/api/rooms', { name: 'Finders', memberIds: [] });
    await a.api.ok('POST', '/api/messages', { roomId, content: `early ${word}` });
    await a.api.ok('POST', `/api/rooms/${roomId}/members`, { userIds: ['user_5'] });
    await a.api.ok('POST', '/api/messages', { roomId, content: `late ${word}` });
    assert.deepEqual(await contents(b, { roomId, q: word }), [`late ${word}`]);
    assert.deepEqual(await contents(a, { q: `in:finders ${word}` }), [`late ${word}`, `early ${word}`]);
    await a.api.ok('DELETE', `/api/rooms/${roomId}`);
    assert.deepEqual(await contents(a, { q: word }), []);
  });

  test('what cannot be meant is refused in words', async () => {
    const who = await guest(base);
    const ask = (query: string) => who.api.call('GET', `/api/messages/search?${query}`);
    for (const query of ['', 'q=has:wings', 'before=soon&q=x']) refused(await ask(query), 400, 'VALIDATION');
    for (const query of ['q=x&limit=0', 'q=x&after=5', 'q=x&after=.grp_nowhere']) refused(await ask(query), 400, 'BAD_CURSOR');
    refused(await ask('q=x&roomId=grp_0000000000000'), 404, 'NOT_FOUND');
  });

  test('a room that cannot be read keeps nobody from what the others found, and nothing of it is lost', async () => {
    const word = marker();
    const me = await guest(base);
    const [one, other, broken] = [freshRoom(), freshRoom(), freshRoom()];
    // The sockets stay open until the server ends. The object of a person drops the rooms of a closed socket two seconds later.
    for (const [n, room] of [one, other, broken].entries()) await (await FrameSocket.joined(base, room, me)).say(`${word} ${n}`);
    const page = (after?: string) => me.api.get(`/api/messages/search?${new URLSearchParams({ q: word, ...(after ? { after } : {}) })}`);
    const said = (answer: Answer) => answer.data.items.map((message: any) => message.content).sort();
    const change = async (statement: string) => {
      await server.kill9();
      inObject(server.state, ['SELECT 1 FROM room WHERE id = ?', broken], statement);
      await server.restart();
    };

    await change('ALTER TABLE events RENAME TO elsewhere');
    const first = await page();
    assert.deepEqual([said(first), first.data.more], [[`${word} 0`, `${word} 1`], true], 'what was not read is not over');
    // Only the unreadable room is left.
    refused(await page(first.data.next), 500, 'INTERNAL');
    refused(await me.api.get(`/api/messages/search?roomId=${broken}&q=${word}`), 500, 'INTERNAL');
    await until('the line', () => server.output().includes('"place":"search"'), PATIENCE_MS, 20);

    await change('ALTER TABLE elsewhere RENAME TO events');
    const rest = await page(first.data.next);
    assert.deepEqual([said(rest), rest.data.more], [[`${word} 2`], false]);
    assert.deepEqual(said(await page()), [0, 1, 2].map((n) => `${word} ${n}`));
  });
});
