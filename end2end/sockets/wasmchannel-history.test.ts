// wasmchannel.md 4: the history over REST in the form of this door, reactions by number, and the calls of the original's clients.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createORPCClient, ORPCError } from '@orpc/client';
import { RPCLink } from '@orpc/client/fetch';
import { refused } from '../harness/api.ts';
import { freshRoom } from '../harness/ids.ts';
import { signUpByHand } from '../harness/library_client.ts';
import { PacketSocket } from '../harness/packet_socket.ts';
import { guest, type Session } from '../harness/session.ts';
import { onSharedServer } from '../harness/suite.ts';

const base = await onSharedServer();

async function filled(messages: number): Promise<{ one: Session; room: string; ids: string[] }> {
  const [one, room] = [await guest(base), freshRoom()];
  const ids: string[] = [];
  for (let n = 0; n < messages; n += 1) {
    const { id } = await one.api.ok('POST', '/api/messages', { roomId: room, id: `m-${String(n).padStart(4, '0')}`, content: `t${n}` });
    ids.push(id);
  }
  return { one, room, ids };
}

/** Returns a client of the library of the original's page, with the link that wraps its questions. The page's own link sends the plain form. */
function original(headers: Record<string, string>): any {
  const link = new RPCLink({ url: `${base}/rpc`, headers, fetch: (request, init) => fetch(request, { ...init, credentials: 'include' }) });
  return createORPCClient(link);
}
const originalOf = (session: Session): any => original({ authorization: `Bearer ${session.token}` });

describe('history in the shape of this door', { concurrency: true }, () => {
  test('a cursor or the media type chooses it; the messenger keeps its own', async () => {
    const { one, room } = await filled(1);
    const ours = await one.api.ok('GET', `/api/messages?roomId=${room}`);
    assert.ok('head' in ours);
    const byCursor = await one.api.ok('GET', `/api/messages?roomId=${room}&cursor=`);
    assert.deepEqual(Object.keys(byCursor), ['messages', 'source', 'nextCursor', 'more']);
    const byType = await one.api.get(`/api/messages?roomId=${room}`, { accept: 'application/vnd.wasmchannel.v1+json' });
    assert.deepEqual(byType.data, byCursor);
    assert.deepEqual([byCursor.source, byCursor.nextCursor, byCursor.more], ['database', null, false]);
    const [message] = byCursor.messages;
    assert.deepEqual(
      [message.id, message.refrenceId, message.referenceId, message.message, message.kind, message.reactionKind, message.reactions, message.sentBy, message.deletedAt],
      ['m-0000', 'm-0000', 'm-0000', 't0', 0, null, [], one.user.id, null],
    );
    assert.deepEqual([message.roomId, message.senderId, message.content, message.createdAt], [room, one.user.id, 't0', new Date(message.timestamp).toISOString()]);
    assert.equal(message.updatedAt, message.createdAt);
  });

  test('reactions by number, with op, and other names as before', async () => {
    const { one, room, ids } = await filled(1);
    const socket = await PacketSocket.joined(base, room, one.token);
    const react = async (body: object): Promise<any> => (await one.api.ok('PUT', `/api/messages/${ids[0]}/react`, { roomId: room, ...body })).reactions;
    const like = { kind: 1, reaction: 'like', count: 1, users: [one.user.id] };
    assert.deepEqual(await react({ kind: 1 }), [like]);
    assert.equal((await socket.next('Reaction')).reaction, 'Like');
    assert.deepEqual(await react({ kind: 1, op: 'add' }), [like]);
    assert.deepEqual(await react({ reaction: '😀' }), [like, { reaction: '😀', count: 1, users: [one.user.id] }]);
    // This door's history leaves out reactions that packets cannot express.
    const { messages } = await one.api.ok('GET', `/api/messages?roomId=${room}&cursor=`);
    assert.deepEqual(messages[0].reactions, [like]);
    assert.deepEqual(await react({ reaction: 'like', op: 'remove' }), [{ reaction: '😀', count: 1, users: [one.user.id] }]);
    assert.equal((await socket.next((packet) => packet.reaction === 'None')).user, one.user.id);
    assert.equal(refused(await one.api.put(`/api/messages/${ids[0]}/react`, { roomId: room, kind: 9 }), 400, 'VALIDATION').field, 'kind');
  });

  test('POST takes any id, and `message` for `content`', async () => {
    const [one, room] = [await guest(base), freshRoom()];
    const body = { roomId: room, id: 'm-0003', message: 'hi' };
    const first = await one.api.post('/api/messages', body);
    assert.deepEqual([first.status, first.data.id, first.data.content], [201, 'm-0003', 'hi']);
    assert.equal((await one.api.post('/api/messages', body)).status, 200);
    refused(await one.api.post('/api/messages', { ...body, message: 'other' }), 422, 'ID_REUSED');
    const font = { color: 3, face: 1, style: 2 };
    const full = await one.api.post('/api/messages', { ...body, id: 'm-0004', content: null, replyTo: 'm-0003', font });
    assert.deepEqual([full.status, full.data.content, full.data.replyTo, full.data.font], [201, 'hi', 'm-0003', font]);
    for (const id of ['', 'a\nb', 'x'.repeat(129)]) {
      assert.equal(refused(await one.api.post('/api/messages', { ...body, id }), 400, 'VALIDATION').field, 'id');
    }
  });

  test('the client of the original, unmodified, pages back as its page does, and dates are dates', async () => {
    const { one, room, ids } = await filled(5);
    const client = originalOf(one);
    const [found, sizes]: [any[], number[]] = [[], []];
    // The page continues with its oldest id until it gets fewer messages than it asked for.
    for (let cursor: string | undefined, size = 2; size === 2; cursor = found.at(-1).refrenceId) {
      const answer = await client.messages.get({ roomId: room, cursor, limit: 2 });
      assert.equal(answer.source, 'database');
      found.push(...answer.messages);
      sizes.push((size = answer.messages.length));
    }
    assert.deepEqual([found.map((message) => message.id), sizes], [[...ids].reverse(), [2, 2, 1]]);
    for (const message of found) {
      assert.ok(message.createdAt instanceof Date && message.updatedAt instanceof Date, 'the page calls toLocaleTimeString');
      assert.deepEqual([message.createdAt.getTime(), message.deletedAt, message.sentBy], [message.timestamp, null, one.user.id]);
    }
    const times = await client.messages.get({ roomId: room, cursor: new Date(Date.now() + 60_000).toISOString() });
    assert.deepEqual([times.messages.length, times.more], [5, false]);
    assert.deepEqual((await client.messages.get({ roomId: room, cursor: ids[0] })).messages, []);
    await one.api.ok('DELETE', `/api/messages/${ids[4]}?roomId=${room}&for=all`);
    // The page reads no `deletedAt`, so this call leaves deleted messages out, and the page of messages is as full as before.
    const left = (await client.messages.get({ roomId: room, limit: 2 })).messages;
    assert.deepEqual(left.map((message: any) => message.id), [ids[3], ids[2]]);
    const [gone] = (await one.api.ok('GET', `/api/messages?roomId=${room}&cursor=&limit=1`)).messages;
    assert.deepEqual([gone.id, gone.message, typeof gone.deletedAt], [ids[4], '', 'string']);
    assert.deepEqual((await client.messages.get({ roomId: room, cursor: ids[4], limit: 1 })).messages[0].id, ids[3]);
    assert.equal((await client.messages.get({ limit: 1 })).source, 'database', 'of the common room');
  });

  test('it signs in with the cookie, and throws what it is refused with', async () => {
    const { cookie } = await signUpByHand(base);
    const signed = original({ cookie, origin: base });
    assert.ok(Array.isArray((await signed.messages.get({ cursor: undefined, limit: 20 })).messages));
    const thrown = (client: any, input: unknown, status: number, code: string) =>
      assert.rejects(client.messages.get(input), (error: any) => {
        assert.ok(error instanceof ORPCError, `${error}`);
        assert.deepEqual([error.status, error.code, error.defined], [status, code, true]);
        return error.message !== '';
      });
    await thrown(original({}), { cursor: undefined, limit: 20 }, 401, 'Unauthorized');
    await thrown(original({ cookie, origin: 'https://evil.example' }), { limit: 20 }, 403, 'ORIGIN_FORBIDDEN');
    await thrown(signed, { limit: '20' }, 400, 'VALIDATION');
    await thrown(signed, { roomId: 'no_such' }, 404, 'NOT_FOUND');
  });
});
