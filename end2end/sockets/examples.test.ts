// examples, docs/guides/bots.md: the two bots and the typed client, run as people run them. Each answers, misses nothing behind a network that
// was cut, and says nothing twice; the bots end with their token. The types of the REST API are those of the server.

import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { typesOf } from '../../examples/typescript-client/generate.ts';
import { Api, Refused } from '../../examples/typescript-client/rest.ts';
import { Room } from '../../examples/typescript-client/socket.ts';
import { account } from '../harness/accounts.ts';
import { send } from '../harness/http.ts';
import { Proxy } from '../harness/proxy.ts';
import { FREE_VARS } from '../harness/server.ts';
import type { Session } from '../harness/session.ts';
import { FrameSocket } from '../harness/socket.ts';
import { onPooledServer } from '../harness/suite.ts';
import { until, within } from '../harness/wait.ts';

const { base } = await onPooledServer(FREE_VARS, true);

const ROOT = join(import.meta.dirname, '..', '..');
const EXAMPLES = join(ROOT, 'examples');

interface Trial {
  owner: Session;
  person: FrameSocket;
  room: string;
  bot: string;
  token: string;
  /** Network between the bot and the server. */
  network: Proxy;
}

/** Makes a group with a bot, and takes everything away after the trial. */
async function inGroup(trial: (group: Trial) => Promise<void>): Promise<void> {
  const owner = await account(base);
  const { id: room } = await owner.api.ok('POST', '/api/rooms', { name: 'Workshop', memberIds: [] });
  const commands = [{ name: 'echo', description: 'Says the words again' }];
  const made = await owner.api.ok('POST', `/api/rooms/${room}/bots`, { name: 'Echo', scopes: ['read', 'write'], commands });
  const network = await Proxy.start(Number(new URL(base).port));
  const person = await FrameSocket.joined(base, room, owner);
  try {
    await trial({ owner, person, room, bot: made.bot.id, token: made.token, network });
    await person.close();
  } finally {
    await network.stop();
  }
}

/** Waits for a message of the bot with this text. */
const answer = ({ person, bot }: Trial, content: string) =>
  person.next((frame) => frame.type === 'chat' && frame['senderId'] === bot && frame['content'] === content);

const answers = ({ person, bot }: Trial): string[] => person.all('chat').filter((frame) => frame['senderId'] === bot).map((frame) => frame['content']);

/** Runs a bot in a group: it answers, is cut off while somebody speaks, answers that as well, and ends when its token is revoked. */
const runsAsBot = (command: string, args: string[]): Promise<void> =>
  inGroup(async (group) => {
    const { owner, person, room, bot, token, network } = group;
    // A message from before the bot ran is none of its business.
    await person.say('/echo zero');
    const program = spawn(command, args, { cwd: ROOT, env: { ...process.env, BASE: network.base, TOKEN: token }, stdio: ['ignore', 'pipe', 'pipe'] });
    let said = '';
    for (const stream of [program.stdout, program.stderr]) stream.setEncoding('utf8').on('data', (text: string) => (said += text));
    const ended = new Promise<number | null>((resolve, reject) => program.on('error', reject).on('close', resolve));
    ended.catch(() => undefined);
    const isLive = (times: number) => until(`live ${times}: ${said}`, () => said.split('live').length > times);
    try {
      await Promise.race([isLive(1), ended.then((code) => Promise.reject(new Error(`the bot ended with ${code}: ${said}`)))]);
      await person.say('/echo one');
      const first = await answer(group, 'one');
      assert.deepEqual([first['bot'], typeof first['replyTo']], [true, 'string']);
      network.set('cut');
      await person.say('/echo two');
      await person.say('nothing for a bot');
      network.set('fine');
      await answer(group, 'two');
      await isLive(2);
      await person.barrier();
      assert.deepEqual(answers(group), ['one', 'two'], said);
      await owner.api.ok('DELETE', `/api/rooms/${room}/bots/${bot}`);
      assert.equal(await within('the bot to end', ended), 1, said);
    } finally {
      program.kill('SIGKILL');
    }
  });

/** Returns the path of the bot in Rust. The commands of `cargo xtask` have built it before the tests; a test that is run alone builds it. */
async function rustBot(): Promise<string> {
  if (process.env['CFM_BUILT'] !== '1') await promisify(execFile)('cargo', ['build', '-q', '--locked', '-p', 'bench', '-p', 'rust-bot'], { cwd: ROOT });
  return join(process.env['CARGO_TARGET_DIR'] ?? join(ROOT, 'target'), 'debug', 'rust-bot');
}

test('the bot for Node answers, misses nothing behind a cut, and ends with its token', () => runsAsBot(process.execPath, [join(EXAMPLES, 'node-bot', 'bot.mjs')]));

test('the bot in Rust answers, misses nothing behind a cut, and ends with its token', async () => runsAsBot(await rustBot(), []));

test('the typed client is acknowledged, goes on behind a cut, and hears a command', () =>
  inGroup(async (group) => {
    const { owner, person, room, bot, token, network } = group;
    const client = new Room({ base: network.base, room, token });
    const texts: string[] = [];
    client.on('chat', ({ senderId, content = '' }) => senderId === bot || texts.push(content));
    client.on('chat', ({ id, command }) => {
      if (command?.name === 'echo') void client.send({ type: 'chat', content: command.args, ...(id !== undefined && { replyTo: id }) });
    });
    const ended = new Promise<number>((resolve) => client.on('ended', ({ code }) => resolve(code)));
    const live = () => within('live', new Promise((resolve) => client.on('live', resolve)));
    const joined = live();
    client.open();
    await joined;
    await person.say('/echo one');
    await answer(group, 'one');

    const before = await client.send({ type: 'chat', content: 'before' });
    assert.equal(before.duplicate, false);
    const broken = within('the cut', new Promise((resolve) => client.on('waiting', resolve)));
    network.set('cut');
    await broken;
    await person.say('behind its back');
    const after = client.send({ type: 'chat', content: 'after' });
    const again = live();
    network.set('fine');
    await again;
    assert.deepEqual(texts, ['/echo one', 'behind its back']);
    assert.ok((await after).seq > before.seq);
    await client.send({ type: 'edit', messageId: before.id, content: 'before the cut' });
    await person.next((frame) => frame.type === 'edit' && frame['messageId'] === before.id);
    await assert.rejects(client.send({ type: 'chat', content: '' }), Refused);
    assert.deepEqual(answers(group), ['one', 'before', 'after']);

    await owner.api.ok('DELETE', `/api/rooms/${room}/bots/${bot}`);
    assert.equal(await within('the end', ended), 4401);
  }));

test('the typed calls read the log, and a refusal has its code', () =>
  inGroup(async ({ person, room, token }) => {
    const { seq } = await person.say('for the record');
    const page = await new Api(base, token).call('GET /api/messages', { query: { roomId: room, limit: 1 } });
    assert.ok('head' in page);
    assert.deepEqual(page.messages.map(({ seq, content }) => [seq, content]), [[seq, 'for the record']]);
    const stranger = new Api(base, `${token}x`).call('GET /api/messages', { query: { roomId: room } });
    await assert.rejects(stranger, (failure) => failure instanceof Refused && failure.code === 'UNAUTHENTICATED');
  }));

test('the types of the client are those of the description', async () => {
  const described = typesOf(JSON.parse((await send(base, 'GET', '/openapi.json')).text));
  const kept = await readFile(join(EXAMPLES, 'typescript-client', 'api.ts'), 'utf8');
  assert.equal(kept, described, 'run node examples/typescript-client/generate.ts');
});
