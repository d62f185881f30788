// core.md 8, README.md: a body that the server does not read must not break the next request on the connection, unless the answer announces
// the end of the connection.

import assert from 'node:assert/strict';
import { Agent, request } from 'node:http';
import { connect } from 'node:net';
import { after, test } from 'node:test';
import { send } from '../harness/http.ts';
import { hubRoom } from '../harness/hub.ts';
import { guest } from '../harness/session.ts';
import { onOwnServer, onSharedServer } from '../harness/suite.ts';
import { until, within } from '../harness/wait.ts';

const base = await onSharedServer();
const KIB = 1_024;
const LATER = '0198a4c0-0000-7000-8000-000000000001';

/** One kept connection with one request after the other. */
class RawConnection {
  private readonly agent = new Agent({ keepAlive: true, maxSockets: 1 });
  /** True if the last answer announced the end of the connection. */
  isClosing = false;

  ask(method: string, path: string, body = Buffer.alloc(0), isChunked = false): Promise<{ status: number; isAgain: boolean }> {
    const { hostname, port } = new URL(base);
    const headers = { 'content-type': 'application/json', accept: 'application/json', ...(isChunked ? { 'transfer-encoding': 'chunked' } : { 'content-length': body.length }) };
    return within(`${method} ${path}`, new Promise((resolve, reject) => {
      const outgoing = request({ hostname, port, method, path, headers, agent: this.agent }, (answer) => {
        this.isClosing = answer.headers.connection === 'close';
        answer.resume().on('end', () => resolve({ status: answer.statusCode!, isAgain: outgoing.reusedSocket }));
      });
      outgoing.on('error', reject);
      outgoing.end(body);
    }));
  }

  close = (): void => this.agent.destroy();
}

const lines: RawConnection[] = [];
after(() => lines.forEach((line) => line.close()));
const freshConnection = (): RawConnection => lines[lines.push(new RawConnection()) - 1]!;

/** Requests that are refused before anybody reads the body: no session, unknown path, or wrong method. */
const REFUSED: [string, string, number][] = [
  ['POST', '/api/messages', 401], ['PUT', '/api/files', 401], ['PATCH', '/api/me', 405], ['POST', '/nope', 404], ['POST', '/api/nope', 404],
  ['PUT', '/health', 405], ['POST', '/publish', 401], ['PUT', `/rooms/${hubRoom()}/webhooks/h1`, 401], ['POST', '/rpc/messages/get', 401], ['POST', '/sf/nothing', 404],
];

test('a small body is read, whatever is answered: the next request goes on the same connection', async () => {
  for (const isChunked of [false, true]) {
    for (const bytes of [2, 64 * KIB - 1]) {
      const line = freshConnection();
      await line.ask('GET', '/health');
      for (const [method, path, status] of REFUSED) {
        const answer = await line.ask(method, path, Buffer.alloc(bytes, ' '), isChunked);
        const where = `${method} ${path} with ${bytes} bytes, ${isChunked ? 'in chunks' : 'of that length'}`;
        if (answer.status !== 405) assert.equal(answer.status, status, where);
        assert.deepEqual({ isAgain: answer.isAgain, isClosing: line.isClosing }, { isAgain: true, isClosing: false }, where);
        const next = await line.ask('GET', '/health');
        assert.deepEqual(next, { status: 200, isAgain: true }, `after ${where}`);
      }
    }
  }
});

test('with a larger one the answer says that the connection ends', async () => {
  for (const [method, path, status] of [['POST', '/api/messages', 401], ['POST', '/nope', 404]] as const) {
    const line = freshConnection();
    const answer = await line.ask(method, path, Buffer.alloc(65 * KIB, ' '));
    assert.equal(answer.status, status);
    assert.ok(line.isClosing, path);
    assert.equal((await line.ask('GET', '/health')).status, 200);
  }
});

test('a client that breaks off what it sends is no fault of the server, in the log or in the answer', async () => {
  const own = await onOwnServer({});
  const one = await guest(own.base);
  const { hostname, port } = new URL(own.base);
  const uploads: [string, string, Record<string, string>][] = [
    ['PUT', '/api/files', { ...one.api.headers, 'x-file-name': 'a.bin' }],
    ['PUT', '/api/me/avatar', { ...one.api.headers, 'content-type': 'image/png' }],
    ['POST', '/api/messages', { ...one.api.headers, 'content-type': 'application/json' }],
    ['POST', `/rooms/${hubRoom()}/messages`, {}],
  ];
  for (const [method, path, headers] of uploads) {
    for (const isHalfClosed of [true, false]) {
      const heads = Object.entries({ host: `${hostname}:${port}`, 'content-length': '40000', ...headers }).map(([name, value]) => `${name}: ${value}\r\n`);
      const socket = connect(Number(port), hostname);
      let answer = '';
      socket.on('data', (piece) => (answer += String(piece))).on('error', () => {});
      socket.write(`${method} ${path} HTTP/1.1\r\n${heads.join('')}\r\n${'x'.repeat(1_000)}`);
      await until('the request is there', async () => (await send(own.base, 'GET', '/health')).status === 200);
      if (isHalfClosed) socket.end();
      else socket.destroy();
      await within(`${method} ${path} ends`, new Promise((resolve) => socket.on('close', resolve)));
      assert.doesNotMatch(answer, /^HTTP\/1\.1 5/, `${path}: ${answer}`);
    }
  }
  // A request after them has its line, so theirs are there too.
  await until('the line of a later request', async () => {
    await send(own.base, 'GET', '/health', { headers: { 'x-request-id': LATER } });
    return own.output().includes(LATER);
  });
  const faults = own.output().split('\n').filter((line) => line.includes('"event":"fault"') || /"status":5\d\d/.test(line));
  assert.deepEqual(faults, []);
});
