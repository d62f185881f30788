// messenger.md 3: search in one's own conversations. Words, phrases, filters and the index have their laws in `protocol/src/content/search` and
// `protocol/src/machines/room/searching_tests.rs`.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { refused } from '../harness/api.ts';
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

  test('only what is for one\'s own eyes: other people\'s conversations and blocked authors are not found', async () => {
    const word = marker();
    const [a, b, c] = [await persona(base, 'user_1'), await persona(base, 'user_2'), await persona(base, 'user_3')];
    const { id: roomId } = await a.api.ok('POST', '/api/rooms/dm', { userId: 'user_2' });
    await a.api.ok('POST', '/api/messages', { roomId, content: `hello ${word}` });
    assert.deepEqual(await contents(b, { q: word }), [`hello ${word}`]);
    assert.deepEqual(await contents(c, { q: word }), []);
    refused(await c.api.call('GET', `/api/messages/search?roomId=${roomId}&q=${word}`), 403, 'FORBIDDEN');
    await b.api.ok('PUT', '/api/me/blocks/user_1');
    await a.api.ok('POST', '/api/messages', { roomId, content: `again ${word}` });
    assert.deepEqual(await contents(b, { q: word }), [`hello ${word}`]);
    assert.deepEqual(await contents(a, { q: word }), [`again ${word}`, `hello ${word}`]);
    await b.api.ok('DELETE', '/api/me/blocks/user_1');
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

  test('pages hold everything once, over several rooms', async () => {
    const word = marker();
    const me = await guest(base);
    const sockets = await Promise.all([freshRoom(), freshRoom()].map((each) => FrameSocket.joined(base, each, me)));
    const wanted: string[] = [];
    for (let n = 0; n < 25; n += 1) {
      const content = `${word} ${n}`;
      const { timestamp } = await sockets[n % 2]!.say(content);
      wanted.unshift(content);
      // The clocks of two rooms give no order within one millisecond.
      await until('the next millisecond', async () => Date.now() > timestamp, PATIENCE_MS, 1);
    }
    const seen: string[] = [];
    for (let after: string | undefined = undefined, more = true; more; ) {
      const page: any = await search(me, { q: word, limit: '4', ...(after ? { after } : {}) });
      seen.push(...page.items.map((message: any) => message.content));
      [after, more] = [page.next, page.more];
      assert.ok(seen.length <= wanted.length);
    }
    assert.deepEqual(seen, wanted, 'newest first, whichever room it is in');
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
    const sockets = await Promise.all([freshRoom(), freshRoom()].map((each) => FrameSocket.joined(base, each, me)));
    const broken = freshRoom();
    const third = await FrameSocket.joined(base, broken, me);
    const wanted: string[] = [];
    for (let n = 0; n < 12; n += 1) {
      const content = `${word} ${n}`;
      await [...sockets, third][n % 3]!.say(content);
      wanted.unshift(content);
    }
    // The sockets stay open until the server ends. The object of a person drops the rooms of a closed socket two seconds later.
    const of = (room: number) => wanted.filter((_, at) => (11 - at) % 3 === room);
    const page = (after: string | undefined) => me.api.get(`/api/messages/search?${new URLSearchParams({ q: word, limit: '3', ...(after ? { after } : {}) })}`);
    const change = async (statement: string) => {
      await server.kill9();
      inObject(server.state, ['SELECT 1 FROM room WHERE id = ?', broken], statement);
      await server.restart();
    };

    await change('ALTER TABLE events RENAME TO elsewhere');
    const seen: string[] = [];
    let after: string | undefined;
    for (;;) {
      const answer = await page(after);
      // Only the unreadable room is left.
      if (answer.status === 500) break;
      assert.equal(answer.status, 200, answer.reply.text);
      seen.push(...answer.data.items.map((message: any) => message.content));
      assert.deepEqual([answer.data.more, typeof answer.data.next], [true, 'string'], 'what was not read is not over');
      after = answer.data.next;
      assert.ok(seen.length <= wanted.length);
    }
    assert.deepEqual([...seen].sort(), wanted.filter((content) => !of(2).includes(content)).sort());
    refused(await page(after), 500, 'INTERNAL');
    refused(await me.api.get(`/api/messages/search?roomId=${broken}&q=${word}`), 500, 'INTERNAL');
    await until('the line', () => server.output().includes('"place":"search"'), PATIENCE_MS, 20);

    await change('ALTER TABLE elsewhere RENAME TO events');
    for (let more = true; more; ) {
      const next = await search(me, { q: word, limit: '3', after: after! });
      seen.push(...next.items.map((message: any) => message.content));
      [after, more] = [next.next, next.more];
      assert.ok(seen.length <= wanted.length);
    }
    assert.deepEqual(seen.slice(8).sort(), of(2).sort());
    assert.deepEqual((await contents(me, { q: word })).sort(), [...wanted].sort());
  });
});
