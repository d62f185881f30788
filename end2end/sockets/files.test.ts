// files.md 1: uploads, and their visibility to exactly the people who can see the message.

import assert from 'node:assert/strict';
import { request } from 'node:http';
import { describe, test } from 'node:test';
import { refused } from '../harness/api.ts';
import { placesOf } from '../harness/everywhere.ts';
import { download, HTML, jpeg, png, SECRET, tryUpload, upload } from '../harness/files.ts';
import { freshRoom, marker, uuidv7 } from '../harness/ids.ts';
import { direct } from '../harness/pairs.ts';
import { cookieSession, guest, persona, type Session } from '../harness/session.ts';
import { FrameSocket } from '../harness/socket.ts';
import { onOwnServer } from '../harness/suite.ts';
import { until, within } from '../harness/wait.ts';

const vars = { OPEN_ROOMS: '1', RATE_LOGIN: '0', RATE_REST: '0', RATE_CHAT: '0', RATE_HISTORY: '0', RATE_MUTATE: '0', RATE_FILE: '0', RATE_GUEST_FILE: '0' };
const server = await onOwnServer(vars);
const { base } = server;
const [ann, bea, cem] = [await persona(base, 'user_1'), await persona(base, 'user_2'), await persona(base, 'user_3')];

const post = (who: Session, roomId: string, files: unknown, more: Record<string, unknown> = {}) =>
  who.api.post('/api/messages', { roomId, id: uuidv7(), files, ...more });
const status = async (who: Session, id: string) => (await download(who, id)).status;

/** Asserts the headers that every answer with a file must have. */
function guarded(headers: Record<string, unknown>): void {
  assert.equal(headers['content-security-policy'], "sandbox; default-src 'none'");
  assert.equal(headers['x-content-type-options'], 'nosniff');
  assert.match(String(headers['cache-control']), /\bprivate\b/);
}

describe('files', () => {
  test('a file comes back byte for byte, to be written down and never to be shown', async () => {
    const bytes = Buffer.from(Array.from({ length: 3_000 }, (_, at) => (at * 7) & 255));
    const name = 'Grüße "2".txt';
    const file = await upload(ann, bytes, name, 'text/html');
    assert.match(file.id, /^user_1\.[0-9a-f-]{36}\.bin-3000$/);
    assert.deepEqual(file, { id: file.id, name: 'Grüße 2.txt', type: 'application/octet-stream', size: 3_000 });
    const reply = await download(ann, file.id);
    assert.equal(reply.status, 200);
    guarded(reply.headers);
    assert.equal(reply.headers['content-type'], 'application/octet-stream');
    assert.equal(reply.headers['content-disposition'], "attachment; filename*=UTF-8''Gr%C3%BC%C3%9Fe%202.txt");
    assert.ok(Buffer.from(reply.text, 'latin1').equals(bytes));
  });

  test('pictures are shown, with their size and without what nobody needs to see them', async () => {
    assert.ok(jpeg().includes(SECRET));
    // This picture has a rotation mark, so its displayed sides are swapped.
    const file = await upload(ann, jpeg(), 'a.jpeg', 'text/html');
    assert.deepEqual([file.type, file.width, file.height], ['image/jpeg', 2, 3]);
    const reply = await download(ann, file.id);
    guarded(reply.headers);
    assert.deepEqual([reply.headers['content-type'], reply.headers['content-disposition']], ['image/jpeg', "inline; filename*=UTF-8''a.jpeg"]);
    const sent = Buffer.from(reply.text, 'latin1');
    assert.equal(sent.length, file.size);
    assert.ok(!sent.includes(SECRET) && !sent.includes('<script'));
  });

  test('nothing, too much, and strangers', async () => {
    refused(await tryUpload(ann, Buffer.alloc(0)), 400, 'VALIDATION');
    const largest = await upload(ann, Buffer.alloc(25_000_000, 'x'));
    assert.equal(largest.size, 25_000_000);
    refused(await tryUpload(ann, Buffer.alloc(25_000_001)), 413, 'TOO_LARGE');
    refused(await tryUpload(ann, png(10_000, 5_001)), 400, 'VALIDATION');
    assert.equal((await upload(ann, png(10_000, 5_000))).width, 10_000);
    for (const name of ['%ff', 'Grüße.txt']) assert.equal(refused(await tryUpload(ann, HTML, { 'x-file-name': name }), 400, 'VALIDATION').field, 'X-File-Name');
    const nobody = { ...ann, api: ann.api.with({ authorization: 'Bearer x' }) };
    refused(await tryUpload(nobody, HTML), 401, 'UNAUTHENTICATED');
    const { api } = await cookieSession(base);
    const withCookie = { ...ann, api: api.with({ 'x-csrf-token': 'no' }) };
    refused(await tryUpload(withCookie, HTML), 403, 'CSRF');
  });

  test('parts of a file', async () => {
    const { id } = await upload(ann, Buffer.from('0123456789'));
    const part = async (range: string, headers: Record<string, string> = {}) => {
      const reply = await download(ann, id, { range, ...headers });
      return [reply.status, reply.text, reply.headers['content-range']];
    };
    assert.deepEqual(await part('bytes=2-4'), [206, '234', 'bytes 2-4/10']);
    assert.deepEqual(await part('bytes=10-'), [416, '', 'bytes */10']);
    const head = await download(ann, id, {}, 'HEAD');
    assert.deepEqual([head.status, head.text, head.headers['content-length']], [200, '', '10']);
    guarded(head.headers);
    const etag = String(head.headers['etag']);
    assert.equal((await download(ann, id, { 'if-none-match': etag })).status, 304);
    assert.deepEqual(await part('bytes=2-4', { 'if-range': etag }), [206, '234', 'bytes 2-4/10']);
    assert.deepEqual(await part('bytes=2-4', { 'if-range': '"other"' }), [200, '0123456789', undefined]);
  });

  test('who sees the message sees its files; for everybody else they do not exist', async () => {
    const room = await direct(ann, bea);
    const [file, other] = [await upload(ann, png(), 'cat.png'), await upload(ann, HTML)];
    assert.deepEqual([await status(ann, file.id), await status(bea, file.id), await status(cem, file.id)], [200, 404, 404]);
    const theirs = await FrameSocket.joined(base, room, bea);
    const answer = await post(ann, room, [{ id: file.id, name: 'c/at.png', alt: 'A cat' }, { id: other.id }]);
    assert.equal(answer.status, 201, answer.reply.text);
    const shown = [
      { id: file.id, name: 'cat.png', type: 'image/png', size: file.size, width: 3, height: 2, alt: 'A cat' },
      { id: other.id, name: 'file', type: 'application/octet-stream', size: HTML.length },
    ];
    assert.deepEqual([answer.data.content, answer.data.files], ['', shown]);
    assert.deepEqual((await theirs.next('chat'))['files'], shown);
    const [last] = (await bea.api.ok('GET', `/api/messages?roomId=${room}&limit=1`)).messages;
    assert.deepEqual(last.files, shown);
    assert.deepEqual([await status(bea, file.id), await status(bea, other.id), await status(cem, file.id)], [200, 200, 404]);
    const words = await Promise.all([file.id, `user_1.${uuidv7()}.bin-9`, 'x', 'user_1.a.b', `${file.id}0`].map(async (id) => {
      const reply = await download(cem, id);
      const body = JSON.parse(reply.text);
      return JSON.stringify([reply.status, body.error]);
    }));
    assert.equal(new Set(words).size, 1, words.join('\n'));
    // Any other spelling of an id is another file, also for the owner.
    for (const id of [file.id.replace('3x2', '2x3'), file.id.replace(`-${file.size}-`, `-${file.size + 1}-`), file.id.replace('.png-', '.gif-')]) {
      assert.equal(await status(ann, id), 404, id);
    }
    await theirs.close();
  });

  test('files of others, and too many, are refused, and nothing is said', async () => {
    const room = freshRoom();
    const mine = await FrameSocket.joined(base, room, bea);
    const [own, foreign] = [await upload(bea, HTML), await upload(ann, HTML)];
    for (const files of [[{ id: foreign.id }], [{ id: own.id, alt: 'x'.repeat(301) }]]) {
      const id = mine.chat('look', { files });
      assert.equal((await mine.refusalOf(id, 'VALIDATION'))['field'], 'files', JSON.stringify(files));
      assert.equal(refused(await post(bea, room, files, { content: 'look' }), 400, 'VALIDATION').field, 'files');
    }
    assert.equal((await bea.api.ok('GET', `/api/messages?roomId=${room}`)).messages.length, 0);
    assert.equal(await status(bea, foreign.id), 404);
    assert.equal((await mine.say('one', { files: [{ id: own.id }] })).type, 'ack');
    assert.equal(await status(cem, own.id), 200, 'everybody reads an open room, and so its files');
    await mine.close();
  });

  test('a message that is gone shows nothing any more; what else shows the file still does', async () => {
    const [here, there] = [await direct(ann, bea), await direct(ann, cem)];
    const { id } = await upload(ann, png());
    const first = (await post(ann, here, [{ id }])).data;
    const second = (await post(ann, here, [{ id }], { content: 'again' })).data;
    await post(ann, there, [{ id }]);
    assert.deepEqual([await status(bea, id), await status(cem, id)], [200, 200]);
    const remove = (message: any, whom: string) => ann.api.delete(`/api/messages/${message.id}?roomId=${here}&for=${whom}`);
    assert.equal((await remove(first, 'all')).status, 200);
    assert.equal(await status(bea, id), 200, 'the other message shows it');
    assert.equal((await bea.api.delete(`/api/messages/${second.id}?roomId=${here}&for=me`)).status, 200);
    assert.equal(await status(bea, id), 404, 'not what one deleted for oneself');
    assert.equal((await remove(second, 'all')).status, 200);
    assert.deepEqual([await status(bea, id), await status(cem, id), await status(ann, id)], [404, 200, 200]);
    const edited = (await post(ann, here, [{ id }], { content: 'wrods' })).data;
    assert.equal((await ann.api.call('PATCH', `/api/messages/${edited.id}`, { roomId: here, content: 'words' })).data.files[0].id, id);
    assert.equal(await status(bea, id), 200, 'an edit leaves the files');
  });

  test('who leaves a group, or comes later, or is blocked from it, does not see what is not theirs', async () => {
    const group = await ann.api.ok('POST', '/api/rooms', { name: `Crew ${marker()}`, memberIds: [bea.user.id], visibility: 'private' });
    const { id } = await upload(ann, png());
    await post(ann, group.id, [{ id }]);
    assert.deepEqual([await status(bea, id), await status(cem, id)], [200, 404]);
    await ann.api.ok('POST', `/api/rooms/${group.id}/members`, { userIds: [cem.user.id] });
    assert.equal(await status(cem, id), 404, 'it was said before they came');
    await ann.api.ok('DELETE', `/api/rooms/${group.id}/members/${bea.user.id}`);
    await until('the file is gone for who was sent away', async () => (await status(bea, id)) === 404);

    const room = await direct(cem, bea);
    const hidden = await upload(cem, png());
    await bea.api.ok('PUT', `/api/me/blocks/${cem.user.id}`);
    await until('the block has come', async () => {
      await post(cem, room, [{ id: hidden.id }]);
      return (await bea.api.ok('GET', `/api/messages?roomId=${room}&limit=1`)).messages[0]?.type === 'hidden';
    });
    const unseen = await upload(cem, png());
    await post(cem, room, [{ id: unseen.id }]);
    assert.deepEqual([await status(cem, unseen.id), await status(bea, unseen.id)], [200, 404]);
    await bea.api.ok('DELETE', `/api/me/blocks/${cem.user.id}`);
  });
});

test('a file that nothing shows goes after its time; one that is shown stays, and goes after its message @night', async () => {
  const brief = await onOwnServer({ RATE_LOGIN: '0', RATE_REST: '0', RATE_FILE: '0', FILE_UNLINKED_S: '6' });
  const [one, two] = [await persona(brief.base, 'user_1'), await persona(brief.base, 'user_2')];
  const room = await direct(one, two);
  const shown = await upload(one, png());
  const message = (await post(one, room, [{ id: shown.id }])).data;
  const loose = await upload(one, png());
  assert.equal(await status(one, loose.id), 200);
  await until('the loose file is gone', async () => (await status(one, loose.id)) === 404);
  assert.deepEqual([await status(one, shown.id), await status(two, shown.id)], [200, 200]);
  assert.equal((await one.api.delete(`/api/messages/${message.id}?roomId=${room}&for=all`)).status, 200);
  assert.equal(await status(two, shown.id), 404);
  await until('the file is gone for its owner, too', async () => (await status(one, shown.id)) === 404);
  // A removed file cannot be attached again.
  await post(one, room, [{ id: shown.id }]);
  assert.equal(await status(two, shown.id), 404);
});

test('a person brings so many files, and guests of one network no more than it may, however many they are; others bring their own', async () => {
  const strict = await onOwnServer({ RATE_LOGIN: '0', RATE_FILE: '2/60', RATE_GUEST_FILE: '3/60' });
  const from = (address: string) => ({ 'cf-connecting-ip': address });
  const [home, same, other] = ['2001:db8:1:2::5', '2001:db8:1:2:ffff::9', '2001:db8:1:3::5'];
  for (let n = 0; n < 3; n += 1) assert.equal((await tryUpload(await guest(strict.base), HTML, { ...from(home), 'x-file-name': 'a' })).status, 201);
  const refusal = refused(await tryUpload(await guest(strict.base), HTML, { ...from(same), 'x-file-name': 'a' }), 429, 'RATE_LIMITED');
  assert.ok(refusal.retryAfterMs! > 0 && refusal.retryAfterMs! <= 60_000);
  assert.equal((await tryUpload(await guest(strict.base), HTML, { ...from(other), 'x-file-name': 'a' })).status, 201);
  const one = await persona(strict.base, 'user_1');
  for (const status of [201, 201, 429]) assert.equal((await tryUpload(one, HTML, { ...from(home), 'x-file-name': 'a' })).status, status, 'who has a name of their own is counted alone');
});

test('a body that takes too long is refused, and nobody knows of it @night', async () => {
  const brief = await onOwnServer({ RATE_LOGIN: '0', FILE_MS_MAX: '1000', FILE_UNLINKED_S: '12' });
  const [one, words] = [await guest(brief.base), marker()];
  const bytes = Buffer.from(words.repeat(200));
  const { hostname, port } = new URL(brief.base);
  const headers = { authorization: `Bearer ${one.token}`, 'content-length': bytes.length, 'x-file-name': 'slow.bin' };
  const sending = request({ hostname, port, method: 'PUT', path: '/api/files', headers });
  const answered = new Promise<{ status: number; text: string }>((resolve, reject) => {
    sending.on('error', reject);
    sending.on('response', (answer) => {
      let text = '';
      answer.setEncoding('utf8').on('data', (part) => (text += part)).on('end', () => resolve({ status: answer.statusCode!, text }));
    });
  });
  // All but the last byte is sent; then the upload stalls.
  const beganMs = Date.now();
  sending.write(bytes.subarray(0, -1));
  const { status, text } = await within('an answer', answered);
  const tookMs = Date.now() - beganMs;
  assert.ok(tookMs >= 1_000, `cut after ${tookMs} ms of FILE_MS_MAX=1000`);
  assert.deepEqual([status, JSON.parse(text).error.code, JSON.parse(text).error.field], [400, 'VALIDATION', 'body']);
  sending.end(bytes.subarray(-1));
  // The local bucket may keep its own records of the abandoned upload. Our own data has none.
  await until('nobody knows of it', () => placesOf(brief.state, 'slow.bin').length === 0);
  const whole = await upload(one, bytes);
  assert.equal((await download(one, whole.id)).status, 200);
});
