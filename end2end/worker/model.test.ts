// messenger.md 7: the answers of a bot where the platform has models. The binding is defined by the test. `sockets/bots.test.ts` covers the
// stand-in at `AI_URL`.

import { env, runInDurableObject } from 'cloudflare:test';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { PATIENCE_MS, call, guest, WorkerSocket } from './door.ts';

const bindings = env as unknown as { QUOTA: DurableObjectNamespace; AI?: object };
const { QUOTA } = bindings;
const DAY_MS = 86_400_000;
const DEADLINE_MS = 10_000;

/** Returns the numbers of the ledger: calls that were made, and calls whose outcome is known. */
const ledger = () => runInDurableObject(QUOTA.get(QUOTA.idFromName('quota:ai')), (_, state) => {
  const [row] = [...state.storage.sql.exec('SELECT count(*) AS made, coalesce(sum(is_settled), 0) AS settled FROM calls')];
  return row as unknown as { made: number; settled: number };
});

const neurons = () => runInDurableObject(QUOTA.get(QUOTA.idFromName('quota:ai')), (_, state) => {
  const [row] = [...state.storage.sql.exec('SELECT sum(neurons_milli) AS neurons FROM calls')];
  return row!['neurons'];
});

async function withBot() {
  const one = await guest();
  const { data } = await call('POST', '/api/rooms/dm', one, { userId: 'bot_nova' });
  const line = await WorkerSocket.room(data.id, one);
  const isAvailable = async () => (await call('GET', '/api/bots', one)).data[0].available;
  return { line, isAvailable };
}

interface Request {
  messages: { role: string; content: string }[];
  max_tokens: number;
}

/** Binding of a model: like the platform's, an object in the Worker's isolate with the method `run`. The last message decides what it does. */
class Model {
  readonly asked: [string, Request][] = [];

  async run(model: string, request: Request): Promise<unknown> {
    this.asked.push([model, request]);
    const { text } = JSON.parse(request.messages.at(-1)!.content);
    switch (text) {
      case 'fail': throw new Error(text);
      case 'hang': return new Promise(() => {});
      case 'say nothing': return undefined;
      case 'say a number': return { response: 7 };
      case 'say a text': return text;
      default: return { response: 'The moon.', usage: { prompt_tokens: 7, completion_tokens: 3, neurons: 4.5 } };
    }
  }
}

let model: Model;

beforeEach(() => {
  model = new Model();
  bindings.AI = model;
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
  delete bindings.AI;
});

test('the model of the deployment is asked, and its words are the answer', async () => {
  const { line } = await withBot();
  const { id } = await line.ask({ type: 'chat', content: 'what is above us?' });
  const answer = await line.next((frame) => frame.type === 'chat' && frame.replyTo === id);
  expect([answer.senderId, answer.content, answer.client, answer.bot]).toEqual(['bot_nova', 'The moon.', 'ai', true]);
  expect(model.asked.map(([name, { messages, max_tokens }]) => [name, messages.map(({ role }) => role), max_tokens]))
    .toEqual([['@cf/meta/llama-3.2-1b-instruct', ['system', 'user'], 256]]);
  expect(await ledger()).toEqual({ made: 1, settled: 1 });
  expect(await neurons()).toBe(4_500);
  line.close();
});

test('a model that fails, hangs or says what is no answer is not available: five times, and it is left alone', async () => {
  // The middle of a day, so that no midnight falls into the test.
  const noon = Date.now() - (Date.now() % DAY_MS) + DAY_MS * 1.5;
  vi.useFakeTimers({ now: noon, toFake: ['Date'], shouldAdvanceTime: true });
  const { line, isAvailable } = await withBot();
  // This request makes the ledger forget the day before.
  await isAvailable();
  const { made } = await ledger();
  const settled = async (calls: number) => vi.waitUntil(async () => (await ledger()).settled === made + calls, { timeout: PATIENCE_MS, interval: 20 });
  for (const [calls, words] of ['fail', 'say nothing', 'say a number', 'say a text'].entries()) {
    await line.ask({ type: 'chat', content: words });
    await settled(calls + 1);
  }
  const said = await line.next((frame) => frame.type === 'system' && frame.code === 'bot_unavailable');
  expect([said.senderId, said.content]).toEqual(['bot_nova', 'Bot is not available']);
  expect(await isAvailable(), 'after four').toBe(true);

  // The deadline of ten seconds is shortened.
  const { setTimeout } = globalThis;
  const deadline = vi.fn();
  vi.spyOn(globalThis, 'setTimeout').mockImplementation(((act: () => void, ms?: number) => {
    if (ms === DEADLINE_MS) deadline();
    return setTimeout(act, ms === DEADLINE_MS ? 50 : ms);
  }) as typeof setTimeout);
  await line.ask({ type: 'chat', content: 'hang' });
  await settled(5);
  expect(deadline).toHaveBeenCalled();
  expect(await isAvailable(), 'after five').toBe(false);
  // The bot announces the end of its typing after each question. Only this frame shows that it has handled a question.
  const rests = (from = 0) => line.frames.slice(from).filter((frame) => frame.type === 'typing' && !frame.isTyping).length;
  await vi.waitUntil(() => rests() === 5, { timeout: PATIENCE_MS, interval: 20 });
  const from = line.frames.length;
  const { id } = await line.ask({ type: 'chat', content: 'are you there?' });
  await vi.waitUntil(() => rests(from) === 1, { timeout: PATIENCE_MS, interval: 20 });
  expect([model.asked.length, await ledger()], 'nobody is asked').toEqual([5, { made: made + 5, settled: made + 5 }]);
  expect(line.frames.filter((frame) => frame.replyTo === id || frame.type === 'system')).toEqual([said]);
  line.close();
});
