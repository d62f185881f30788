// messagehub.md 1, 1.1, 1.2: the documented routes byte for byte, room ids, and the limit of a body.

import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { describe, test } from 'node:test';
import { send } from '../harness/http.ts';
import { all, hubRoom, page, path, post } from '../harness/hub.ts';
import { fixed } from '../harness/limits.ts';
import { onSharedServer } from '../harness/suite.ts';
import { within } from '../harness/wait.ts';

const base = await onSharedServer();
const LIMIT = fixed.hubBodyBytes;
const errorOf = (text: string) => JSON.parse(text).code;

/** Sends a request as bytes. Returns all received text until the server ends the connection or `enough` matches. */
function raw(head: string, body: Buffer[], enough: RegExp): Promise<string> {
  const { hostname, port } = new URL(base);
  return within(
    'an answer',
    new Promise((resolve, reject) => {
      const line = connect(Number(port), hostname, () => {
        line.write(head);
        for (const chunk of body) line.write(chunk);
      });
      let text = '';
      line.on('data', (chunk) => {
        text += chunk.toString('latin1');
        if (enough.test(text)) line.destroy();
      });
      line.on('close', () => resolve(text));
      line.on('error', reject);
    }),
    10_000,
  );
}

describe('documented routes', { concurrency: true }, () => {
  test('POST is 202 with nothing in it, and headers say what became of it', async () => {
    const room = hubRoom();
    const reply = await post(base, room, 'hi');
    assert.deepEqual([reply.status, reply.text, reply.headers['content-length']], [202, '', '0']);
    assert.equal(reply.headers['x-message-seq'], '1');
    assert.match(String(reply.headers['x-message-id']), /^[0-9a-f-]{36}$/);
    assert.equal(reply.headers['idempotent-replay'], undefined);
    assert.equal(reply.headers['access-control-allow-origin'], '*');
    assert.match(String(reply.headers['access-control-expose-headers']), /X-Message-Id/);
    const [item] = (await page(base, room)).messages;
    assert.deepEqual([item!.id, item!.body, item!.sender, item!.contentType], [reply.headers['x-message-id'], 'hi', null, 'text/plain']);
  });

  test('other methods, other paths', async () => {
    const refused = await send(base, 'DELETE', path('x'));
    assert.deepEqual([refused.status, errorOf(refused.text)], [405, 'METHOD_NOT_ALLOWED']);
    for (const at of ['/rooms', '/rooms/', '/rooms/x', '/rooms/x/', '/rooms/x/messages/', '/rooms/x/other', '/ws', '/ws/a/b']) {
      const reply = await send(base, 'GET', at);
      assert.deepEqual([reply.status, JSON.parse(reply.text)], [404, { error: 'Not Found' }], at);
      assert.equal(reply.headers['access-control-allow-origin'], '*', at);
    }
    for (const at of ['/rooms//messages', '/ws/']) {
      const reply = await send(base, 'GET', at);
      assert.deepEqual([reply.status, errorOf(reply.text)], [400, 'BAD_ROOM'], at);
    }
  });

  test('seven look-alike room ids are seven rooms; what is no room is none', async () => {
    const end = hubRoom();
    const segments = ['a', 'A', 'a.', 'a%20b', 'a%2541', 'a:b', 'a%2Fb'].map((segment) => segment + end);
    for (const [at, segment] of segments.entries()) {
      const reply = await send(base, 'POST', `/rooms/${segment}/messages`, { body: `${at}` });
      assert.deepEqual([reply.status, reply.headers['x-message-seq']], [202, '1'], segment);
    }
    for (const [at, segment] of segments.entries()) {
      const reply = await send(base, 'GET', `/rooms/${segment}/messages`);
      assert.deepEqual(JSON.parse(reply.text).messages.map((item: any) => item.body), [`${at}`], segment);
    }
    const bad = await send(base, 'POST', '/rooms/%zz/messages', { body: 'x' });
    assert.deepEqual([bad.status, errorOf(bad.text)], [400, 'BAD_ROOM']);
    for (const dots of ['.', '..', '%2e', '%2E%2e']) {
      assert.equal((await send(base, 'POST', `/rooms/${dots}/messages`, { body: 'x' })).status, 404, dots);
    }
  });

  test('65,536 bytes pass and 65,537 do not: whole, chunked, in characters of several bytes', async () => {
    const room = hubRoom();
    assert.equal((await post(base, room, 'é'.repeat(LIMIT / 2))).status, 202);
    const large = await post(base, room, `${'é'.repeat(LIMIT / 2)}x`);
    assert.deepEqual([large.status, errorOf(large.text)], [413, 'TOO_LARGE']);
    const empty = await post(base, room, '');
    assert.deepEqual([empty.status, errorOf(empty.text)], [400, 'BODY_REQUIRED']);
    const chunked = (bytes: number, more = '') => {
      const head = `POST ${path(room)} HTTP/1.1\r\nHost: localhost\r\n${more}Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n`;
      const half = Buffer.alloc(Math.floor(bytes / 2), 'y');
      const rest = Buffer.alloc(bytes - half.length, 'y');
      const chunk = (data: Buffer) => Buffer.concat([Buffer.from(`${data.length.toString(16)}\r\n`), data, Buffer.from('\r\n')]);
      return raw(head, [chunk(half), chunk(rest), Buffer.from('0\r\n\r\n')], /\r\n\r\n/);
    };
    assert.match(await chunked(LIMIT), /^HTTP\/1.1 202/);
    assert.match(await chunked(LIMIT + 1), /^HTTP\/1.1 413/);
    // A length beside chunks contradicts the body or makes the request invalid.
    assert.match(await chunked(LIMIT + 1, 'Content-Length: 5\r\n'), /^HTTP\/1.1 4(13|00)/);
    assert.deepEqual((await all(base, room)).map((item) => item.body!.length), [LIMIT / 2, LIMIT]);
  });

  test('a declared length of 10 MB is answered 413 before the body arrives', async () => {
    const head = `POST ${path(hubRoom())} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10485760\r\n\r\n`;
    assert.match(await raw(head, [], /\r\n\r\n/), /^HTTP\/1.1 413/);
  });
});

test('HEAD says what GET would, without its body; what stays open has none', async () => {
  const room = hubRoom();
  await post(base, room, 'hello');
  for (const at of [path(room), path(room, 'presence')]) {
    const [got, head] = [await send(base, 'GET', at), await send(base, 'HEAD', at)];
    assert.deepEqual([head.status, head.text], [200, ''], at);
    for (const name of ['content-type', 'cache-control', 'access-control-allow-origin']) assert.equal(head.headers[name], got.headers[name], name);
  }
  assert.equal((await send(base, 'HEAD', `${path(room)}?after=x`)).status, 400);
  const stream = await send(base, 'HEAD', path(room, 'events'));
  assert.deepEqual([stream.status, stream.headers['allow']], [405, 'GET, OPTIONS']);
  assert.match(String((await send(base, 'OPTIONS', path(room))).headers['allow']), /\bHEAD\b/);
});
