// docs/decisions/0018-sealed-bodies.md: with CONTENT_KEYS no text and no file is stored in readable form, and every
// reader sees the same as before.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, test } from 'node:test';
import { account, type Account } from '../harness/accounts.ts';
import { Api, envelope, refused } from '../harness/api.ts';
import { ring } from '../harness/admin.ts';
import { archiveOf } from '../harness/archive.ts';
import { bytesOfBucket, filesOfBucket, placesOf } from '../harness/everywhere.ts';
import { download, gif, photo, upload } from '../harness/files.ts';
import { Device, freshUser, publish } from '../harness/hopeflow.ts';
import { send } from '../harness/http.ts';
import { all as hubLog, hubRoom, HubSocket, post as hubPost } from '../harness/hub.ts';
import { freshRoom, marker, uuidv7 } from '../harness/ids.ts';
import { JWT_SECRET } from '../harness/jwt.ts';
import { chain, freshStore, Wire } from '../harness/livestore.ts';
import { PacketSocket } from '../harness/packet_socket.ts';
import { held, wanted } from '../harness/projection.ts';
import { FILE_MARK, MARK, openedFile } from '../harness/sealed.ts';
import type { Server } from '../harness/server.ts';
import { befriend, direct, say } from '../harness/pairs.ts';
import { guest, type Session } from '../harness/session.ts';
import { FrameSocket } from '../harness/socket.ts';
import { onOwnServer } from '../harness/suite.ts';
import { countInObjects, inDatabase, rowsOf, seenInObjects } from '../harness/tables.ts';
import { PATIENCE_MS, until, within } from '../harness/wait.ts';

/** Returns a test key for a name. */
const key = (id: string): string => `${id}:${createHash('sha256').update(id).digest('base64url')}`;
const RULES = ['LOGIN', 'REGISTER', 'REST', 'CHAT', 'HISTORY', 'FRAME', 'DRAFT', 'HUB', 'PACKET', 'MUTATE'];
const vars = { OPEN_ROOMS: '1', JWT_SECRET, ADMIN_TOKEN: 'an admin token for tests', ...Object.fromEntries(RULES.map((rule) => [`RATE_${rule}`, '0'])) };

/** Stops the server and starts it again with other keys. */
async function restarted(server: Server, keys: string, stop: () => Promise<void> = () => server.kill9()): Promise<void> {
  await stop();
  server.vars['CONTENT_KEYS'] = keys;
  await server.restart();
}

const history = async (who: Session, room: string): Promise<string[]> =>
  (await who.api.ok('GET', `/api/messages?roomId=${room}&since=0&limit=200`)).messages.map((message: any) => message.content);

/** Texts that this test says through every door. */
interface Said {
  ann: Account;
  bo: Account;
  cy: Account;
  talk: string;
  crew: string;
  room: string;
  hub: string;
  store: string;
  user: string;
  file: string;
  words: Record<string, string>;
}

const NAMES = ['first', 'edited', 'before', 'waiting', 'open', 'packet', 'draft', 'title', 'note', 'file', 'alt', 'hub', 'bytes', 'args', 'payload', 'result', 'deleted', 'topic', 'emoticon', 'content'];

async function sayEverything(server: Server): Promise<Said> {
  const { base } = server;
  const words = Object.fromEntries(NAMES.map((name) => [name, marker()]));
  const [ann, bo, cy] = [await account(base), await account(base), await account(base)];
  await ann.api.ok('POST', '/api/me/contacts', { userId: cy.user.id, note: words['note'] });
  await befriend(ann, bo);
  const talk = await direct(ann, bo);
  await say(ann, talk, words['first']!);
  const changed = await say(ann, talk, words['before']!);
  await ann.api.ok('PATCH', `/api/messages/${changed.id}`, { roomId: talk, content: words['edited'] });
  const gone = await say(ann, talk, words['deleted']!);
  await ann.api.ok('DELETE', `/api/messages/${gone.id}?roomId=${talk}&for=all`);
  await say(ann, talk, words['waiting']!);
  await until('it waits for the other one', async () => (await bo.api.ok('GET', '/api/inbox')).items.some((item: any) => item.last.content === words['waiting']));
  await ann.api.ok('PUT', `/api/me/drafts/${talk}`, { content: words['draft'], at: Date.now() });
  await ann.api.ok('PUT', '/api/me', { personalMessage: words['title'] });
  const room = freshRoom();
  const open = await FrameSocket.joined(base, room, ann);
  await open.say(words['open']!);
  const packets = await PacketSocket.joined(base, room, bo.token);
  await packets.said(words['packet']!);
  const hub = hubRoom();
  assert.equal((await hubPost(base, hub, words['hub']!, { 'content-type': 'text/plain' })).status, 202);
  const raw = Buffer.concat([Buffer.from([0, 1, 255]), Buffer.from(words['bytes']!)]);
  assert.equal((await hubPost(base, hub, raw, { 'content-type': 'application/octet-stream' })).status, 202);
  const store = freshStore();
  const wire = await Wire.to(base, store);
  assert.equal((await wire.push(chain(0, 30, 'c', (n) => ({ n, text: words['args'] }))))._tag, 'WSMessage.PushAck');
  const user = freshUser();
  await publish(base, { userId: user, type: 'note', payload: { text: words['payload'] }, durable: true });
  const device = await Device.listening(base, user, { type: 'note' });
  const answered = device.answer({ text: words['result'] });
  const note = { userId: user, type: 'note', payload: { text: words['payload'] }, durable: true };
  const published = await publish(base, note, { 'idempotency-key': 'k' });
  assert.ok(published.status < 300 && published.reply.text.includes(words['result']!), published.reply.text);
  await answered;
  const file = await upload(ann, Buffer.from(`not a picture: ${words['content']}`), `${words['file']}.txt`);
  await say(ann, talk, 'look', { files: [{ id: file.id, alt: words['alt'] }] });
  const crew = (await ann.api.ok('POST', '/api/rooms', { name: 'Crew', memberIds: [bo.user.id], visibility: 'private' })).id;
  await ann.api.ok('PATCH', `/api/rooms/${crew}`, { topic: words['topic'] });
  const picture = await upload(ann, gif(), 'a.gif');
  await ann.api.ok('POST', '/api/me/emoticons', { code: '(cfm.x)', fileId: picture.id, alt: words['emoticon'] });
  await open.close();
  return { ann, bo, cy, talk, crew, room, hub, store, user, file: file.id, words };
}

/** Asserts that every text reads as it was said. */
async function readEverything({ base }: { base: string }, said: Said): Promise<void> {
  const { ann, bo, cy, talk, crew, room, hub, store, user, file, words } = said;
  const read = await history(bo, talk);
  for (const name of ['first', 'edited', 'waiting']) assert.ok(read.includes(words[name]!), name);
  assert.ok(!read.includes(words['before']!) && !read.includes(words['deleted']!), 'as it reads now');
  const socket = await FrameSocket.room(base, talk, bo, { query: { since: 0 } });
  await socket.next((frame) => frame.type === 'history' && frame['messages'].some((message: any) => message.content === words['waiting']));
  await socket.close();
  assert.deepEqual((await history(ann, room)).filter(Boolean), [words['open'], words['packet']]);
  assert.equal((await ann.api.ok('GET', '/api/me/drafts')).items[0].content, words['draft']);
  assert.equal((await ann.api.ok('GET', '/api/auth/me')).user.personalMessage, words['title']);
  assert.equal((await ann.api.ok('GET', `/api/rooms/${crew}`)).topic, words['topic']);
  assert.equal((await ann.api.ok('GET', '/api/me/emoticons')).items[0].alt, words['emoticon']);
  assert.equal((await cy.api.ok('GET', '/api/me/contacts')).items.find((row: any) => row.id === ann.user.id).note, words['note']);
  assert.ok((await download(bo, file)).text.includes(words['content']!));
  const items = await hubLog(base, hub);
  assert.equal(items[0]!.body, words['hub']);
  assert.ok(Buffer.from(items[1]!.b64!, 'base64').includes(words['bytes']!));
  const wire = await Wire.to(base, store);
  const pulled = JSON.stringify(await wire.pull());
  assert.equal(pulled.split(words['args']!).length - 1, 30);
  const { device, welcome } = await Device.v2(base, user);
  assert.ok(welcome);
  device.json({ type: 'subscribe', filters: [{ type: 'note' }], since: 0 });
  assert.equal((await device.nextJson()).type, 'subscribed');
  assert.equal((await device.nextJson()).payload.text, words['payload']);
  const again = await publish(base, { userId: user, type: 'note', payload: { text: words['payload'] }, durable: true }, { 'idempotency-key': 'k' });
  assert.ok(again.reply.text.includes(words['result']!), 'the first answer again');
}

/** Asserts that no stored file of a stopped server contains one of the texts. */
function nowhere(state: string, said: Said, except: string[] = []): void {
  for (const [name, word] of Object.entries(said.words)) {
    if (except.includes(name)) continue;
    assert.deepEqual(placesOf(state, word), [], `${name} stands readable`);
    assert.deepEqual(placesOf(state, Buffer.from(word).toString('base64').replace(/=+$/, '').slice(1, -1)), [], `${name} stands in base64`);
  }
}

/** Counts the events that are sealed with this key. */
const underKey = (state: string, id: string): number =>
  countInObjects(state, `SELECT seq FROM events WHERE body LIKE '${MARK}${id}:%' OR view LIKE '${MARK}${id}:%'`);
/** Returns `true` if all rows of the room and the person are sealed with this key, and both have recorded that. */
const isAllUnder = (state: string, id: string): boolean =>
  seenInObjects(state, 'SELECT 1 FROM sealing, room WHERE key = ? AND part >= 3 AND unreadable = 0', id) >= 1 &&
  seenInObjects(state, `SELECT 1 FROM person WHERE record NOT LIKE '${MARK}${id}:%'`) === 0;

describe('words at rest', { concurrency: 2 }, () => {
  test('of what is said through every door nothing stands readable in anything that is stored', async () => {
    const server = await onOwnServer({ ...vars, CONTENT_KEYS: key('k1') });
    const said = await sayEverything(server);
    await readEverything(server, said);
    await until('the table has it', () => rowsOf(server.state, 'SELECT id FROM messages').length >= 4);
    assert.ok(rowsOf(server.state, 'SELECT content FROM messages').every((row) => row['content'] === '' || row['content'].startsWith(`${MARK}k1:`)));
    await until('the audit table has it', () => rowsOf(server.state, 'SELECT seq FROM hub_audit').length > 0);
    assert.ok(rowsOf(server.state, 'SELECT sha256 FROM hub_audit').every((row) => row['sha256'].startsWith(`${MARK}k1:`)), 'a digest can be guessed');
    await server.kill9();
    nowhere(server.state, said);
    assert.ok(underKey(server.state, 'k1') >= 6);
    await server.restart();
    await readEverything(server, said);

    const { ann, talk } = said;
    assert.equal((await new Api(server.base).ok('GET', '/api/config')).search, false);
    refused(await ann.api.get(`/api/messages/search?q=${said.words['first']}`), 409, 'SEARCH_OFF');
    // An id can be repeated only with the same text.
    const id = uuidv7();
    await ann.api.ok('POST', '/api/messages', { roomId: talk, id, content: 'once' });
    assert.equal((await ann.api.call('POST', '/api/messages', { roomId: talk, id, content: 'once' })).status, 200);
    refused(await ann.api.call('POST', '/api/messages', { roomId: talk, id, content: 'twice' }), 422, 'ID_REUSED');
  });

  test('files, pictures and archives are sealed in the bucket, and come back whole and in parts as they were sent', async () => {
    const keys = key('k1');
    const server = await onOwnServer({ ...vars, CONTENT_KEYS: keys });
    const { base, state } = server;
    const [mia, word] = [await account(base), marker()];
    const bytes = Buffer.alloc(200_000, `${word} `);
    const [file, small, shown] = [await upload(mia, bytes, 'large.bin'), await upload(mia, Buffer.from(word), 'small.txt'), await upload(mia, photo(40, 30), 'a.png')];
    assert.deepEqual([file.size, small.size, shown.type], [bytes.length, word.length, 'image/png']);
    const own = photo(192, 192, 7);
    const { avatarId } = (await envelope<{ avatarId: string }>(await mia.api.raw('PUT', '/api/me/avatar', { body: own }))).data;

    const whole = await download(mia, file.id);
    assert.deepEqual([whole.status, whole.headers['content-length']], [200, String(bytes.length)]);
    assert.ok(Buffer.from(whole.text, 'latin1').equals(bytes));
    // A part across chunks, and the last byte.
    for (const [from, to] of [[60_000, 140_000], [199_999, 199_999]] as const) {
      const part = await download(mia, file.id, { range: `bytes=${from}-${to}` });
      assert.deepEqual([part.status, part.headers['content-range']], [206, `bytes ${from}-${to}/${bytes.length}`]);
      assert.equal(part.text, bytes.subarray(from, to + 1).toString('latin1'), `${from} to ${to}`);
    }
    assert.equal((await download(mia, file.id, { range: 'bytes=200000-' })).status, 416);
    assert.equal((await download(mia, small.id)).text, word);
    assert.ok(Buffer.from((await download(mia, shown.id)).text, 'latin1').equals(photo(40, 30)));
    const seen = await send(base, 'GET', `/api/avatars/${avatarId}`, { headers: mia.api.headers, encoding: 'latin1' });
    assert.deepEqual([seen.headers['content-type'], Buffer.from(seen.text, 'latin1').equals(own)], ['image/png', true]);

    assert.ok((await archiveOf(mia)).get('files/2-small.txt')!.includes(word));

    await server.kill9();
    for (const text of [word, 'files/2-small.txt']) assert.deepEqual(placesOf(state, text), []);
    const stored = [...bytesOfBucket(state, 'files/'), ...bytesOfBucket(state, 'avatars/')];
    assert.equal(stored.length, 4);
    const opened = stored.map((one) => {
      assert.ok(one.bytes.toString('latin1').startsWith(`${FILE_MARK}k1:`), one.key);
      return openedFile(one.bytes, one.key, keys);
    });
    for (const sent of [bytes, Buffer.from(word), photo(40, 30), own]) assert.ok(opened.some((found) => found.equals(sent)));
  });

  test('queues know where something is and nothing of it; D1 is what the logs say, through an outage @night', async () => {
    const keys = key('k1');
    const server = await onOwnServer({ ...vars, CONTENT_KEYS: keys, QUEUE_RETRY_S: '0' });
    const { base, state } = server;
    const [one, other, leaver, room] = [await guest(base), await guest(base), await guest(base), freshRoom()];
    const agrees = async (what: string): Promise<void> => {
      const same = () => JSON.stringify(held(state, keys).messages) === JSON.stringify(wanted(state, [], keys).messages);
      await until(what, same, PATIENCE_MS, 500).catch(() => undefined);
      assert.deepEqual(held(state, keys).messages, wanted(state, [], keys).messages, what);
    };
    const { id } = await say(one, room, marker());
    await agrees('the table has it');

    // The database is unavailable for so long that the queue gives up.
    await server.kill9();
    inDatabase(state, 'ALTER TABLE messages RENAME TO messages_away; CREATE VIEW messages AS SELECT 1 AS away');
    await server.restart();
    const words = Array.from({ length: 20 }, () => marker());
    const said: string[] = [];
    for (const word of words) said.push((await say(other, room, word)).id);
    await one.api.ok('PATCH', `/api/messages/${id}`, { roomId: room, content: words[0] });
    await other.api.ok('DELETE', `/api/messages/${said[1]}?roomId=${room}&for=all`);
    await one.api.ok('PUT', `/api/messages/${said[2]}/react`, { roomId: room, reaction: 'like', op: 'add' });
    await leaver.api.ok('PUT', `/api/messages/${said[3]}/react`, { roomId: room, reaction: 'heart', op: 'add' });
    await say(leaver, room, words[4]!);
    // A letter is an entry, or an array of them.
    const dead = () => filesOfBucket(state, 'dead/').flatMap(({ text }) => JSON.parse(text) as { json: string }[]).flatMap(({ json }) => JSON.parse(json));
    const placesIn = (letters: any[]) => new Set(letters.filter(({ log }) => log === `rm:${room}`).map(({ seq }) => seq));
    await until('the queue gave all of it up', () => placesIn(dead()).size >= 25, 120_000, 500);
    for (const letter of dead()) assert.deepEqual(Object.keys(letter).sort(), ['log', 'seq', 'v'], JSON.stringify(letter));
    await ring(base);
    assert.ok(placesIn(dead()).size >= 25, 'it is still away: nothing is let go');

    // The database is back. Each dead letter then makes the consumer ask the room for its present state.
    await server.kill9();
    inDatabase(state, 'DROP VIEW messages; ALTER TABLE messages_away RENAME TO messages');
    await server.restart();
    await until('it was driven', async () => {
      await ring(base);
      return dead().length === 0;
    }, PATIENCE_MS, 500);
    await agrees('after an outage');
  });

  test('a store without keys is sealed behind its people\'s backs, and rotated through a kill -9 @night', async () => {
    const server = await onOwnServer(vars);
    const writer = await guest(server.base);
    const long = freshRoom();
    const socket = await FrameSocket.joined(server.base, long, writer, { protocols: ['cfm.v1.batch', 'cfm.v1'] });
    const lines = Array.from({ length: 1_500 }, (_, n) => `${n} ${marker()}`);
    await socket.sayAll(lines);
    await socket.close();
    const whole = async (): Promise<string[]> => {
      const texts: string[] = [];
      for (let since = 0; ; ) {
        const page = await writer.api.ok('GET', `/api/messages?roomId=${long}&since=${since}&limit=200`);
        texts.push(...page.messages.map((message: any) => message.content));
        if (!page.more) return texts;
        since = page.next;
      }
    };
    const found = async (): Promise<number> => (await writer.api.ok('GET', `/api/messages/search?q=${lines[7]!.split(' ')[1]}&roomId=${long}`)).items.length;
    await until('it is found', async () => (await found()) === 1);
    const file = await upload(writer, Buffer.from(lines[0]!));

    await restarted(server, key('k1'));
    assert.equal((await download(writer, file.id)).text, lines[0], 'a file from before the keys is read as it is');
    assert.deepEqual(await whole(), lines, 'what is not sealed yet reads as it did');
    await say(writer, long, 'after');
    await until('everything is sealed', () => seenInObjects(server.state, `SELECT seq FROM events WHERE body NOT LIKE '${MARK}k1:%'`) === 0);
    assert.deepEqual(await whole(), [...lines, 'after']);
    refused(await writer.api.get(`/api/messages/search?q=after&roomId=${long}`), 409, 'SEARCH_OFF');

    // A second key is added, and a kill falls into the change of keys.
    await restarted(server, `${key('k2')},${key('k1')}`);
    assert.equal((await whole()).length, lines.length + 1);
    await until('some are under the second key', () => seenInObjects(server.state, `SELECT seq FROM events WHERE body LIKE '${MARK}k2:%'`) > 0, PATIENCE_MS, 5);
    await server.kill9();
    const [old, fresh] = [underKey(server.state, 'k1'), underKey(server.state, 'k2')];
    assert.equal(old + fresh, lines.length + 1, 'each row is under one of them');
    await server.restart();
    assert.deepEqual(await whole(), [...lines, 'after']);
    await until('nothing is under the first key', () => seenInObjects(server.state, `SELECT seq FROM events WHERE body LIKE '${MARK}k1:%'`) === 0);
    await until('room and person have written that down', () => isAllUnder(server.state, 'k2'));
    await restarted(server, key('k2'));
    assert.deepEqual(await whole(), [...lines, 'after']);
  });

  test('a key that is not there, or no key at all, is said and loses nothing @night', async () => {
    const server = await onOwnServer({ ...vars, CONTENT_KEYS: key('k1') });
    const said = await sayEverything(server);
    const { bo, talk } = said;
    for (const keys of [key('k9'), '']) {
      await restarted(server, keys);
      const asked = await bo.api.get(`/api/messages?roomId=${talk}&since=0`);
      refused(asked, 500, 'MISCONFIGURED');
      refused(envelope(await download(said.ann, said.file)), 500, 'MISCONFIGURED');
      await until('the owner reads why', () => /CONTENT_KEYS/.test(server.output()));
      if (keys === '') {
        // Without keys a new text would be stored in readable form, so the server refuses it.
        const word = marker();
        assert.ok((await said.ann.api.call('POST', '/api/messages', { roomId: said.room, id: uuidv7(), content: word })).status >= 500);
        await server.kill9();
        assert.deepEqual(placesOf(server.state, word), []);
        await server.restart();
      }
    }
    await restarted(server, `${key('k9')},${key('k1')}`);
    await readEverything(server, said);
  });

  test('whoever needs a row that nobody can open is refused, in hub rooms and channels too, and everybody else stays @night', async () => {
    const server = await onOwnServer({ ...vars, CONTENT_KEYS: key('k1') });
    const [hub, user] = [hubRoom(), freshUser()];
    const once = { 'content-type': 'text/plain', 'idempotency-key': uuidv7() };
    assert.equal((await hubPost(server.base, hub, 'old', once)).status, 202);
    const note = (text: string) => ({ userId: user, type: 'note', payload: { text }, durable: true });
    assert.ok((await publish(server.base, note('old'), { 'idempotency-key': 'k' })).status < 300);
    await restarted(server, key('k9'));
    const { base } = server;

    const live = await HubSocket.enveloped(base, hub);
    const repeated = await hubPost(base, hub, 'old', once);
    assert.deepEqual([repeated.status, JSON.parse(repeated.text).code], [500, 'MISCONFIGURED']);
    const behind = await HubSocket.open(base, hub, { protocols: ['messagehub.v1'], query: '?after=0' });
    assert.equal((await within('it is sent away', behind.closed)).code, 1011);
    assert.equal((await hubPost(base, hub, 'new', { 'content-type': 'text/plain' })).status, 202);
    await live.op((op) => op.op === 'msg' && op.body === 'new');
    assert.equal(live.ended, undefined);

    const device = await Device.listening(base, user, { type: 'note' });
    const waits = publish(base, note('new'));
    const received = await device.nextJson();
    assert.equal(received.payload.text, 'new');
    const again = await publish(base, note('old'), { 'idempotency-key': 'k' });
    assert.deepEqual([again.status, again.body.error], [500, 'MISCONFIGURED']);
    const { device: late } = await Device.v2(base, user);
    late.json({ type: 'subscribe', filters: [{ type: 'note' }], since: 0 });
    await until('it is sent away', () => late.closed?.code === 1011);
    // A publisher who waits for an answer still gets it.
    device.json({ type: 'ack', envelopeId: received.envelopeId, result: 'heard' });
    assert.ok((await waits).reply.text.includes('heard'));
    assert.equal(device.closed, undefined);
    await until('the owner reads why', () => server.output().includes('sealed with the key k1'));
    for (const log of ['hub:%', 'user:%']) {
      const counted = "SELECT 1 FROM counts WHERE metric = 'cfm_sealed_unreadable' AND value > 0 AND name LIKE ?";
      await until(`${log} is counted`, () => seenInObjects(server.state, counted, log) > 0);
    }
  });

  test('keys that cannot be read stop everything, and nothing is written', async () => {
    const server = await onOwnServer(vars);
    await server.kill9();
    server.vars['CONTENT_KEYS'] = 'k1:half-a-key';
    const starting = assert.rejects(server.restart(), 'it is never healthy');
    const answer = await until('it answers', async () => {
      try {
        return await send(server.base, 'GET', '/api/health');
      } catch {
        return undefined;
      }
    });
    assert.equal(answer.status, 500);
    assert.equal(JSON.parse(answer.text).error.code, 'MISCONFIGURED');
    const word = marker();
    assert.equal((await hubPost(server.base, hubRoom(), word, { 'content-type': 'text/plain' })).status, 500);
    await until('the owner reads why', () => server.output().includes('keys in CONTENT_KEYS are 32 bytes'));
    assert.ok(!server.output().includes('half-a-key'), 'and nobody half a key');
    await server.kill9();
    await starting;
    assert.deepEqual(placesOf(server.state, word), []);
  });
});
