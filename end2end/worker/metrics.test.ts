// Metrics that depend on time and sleep (messagehub.md 9): the outcome of deliveries, and wakes of objects whose sockets survived a sleep.
// An object reports to `dir` when its alarm runs, every few minutes.

import { evictDurableObject, runDurableObjectAlarm, runInDurableObject, SELF } from 'cloudflare:test';
import { afterEach, expect, test, vi } from 'vitest';
import { PATIENCE_MS, freshRoom, guest, Socket, stubOf, token, WorkerSocket } from './door.ts';

const BASE = 'http://127.0.0.1';
const OWNER = { authorization: 'Bearer a token for operators' };
/** Longer than the interval between two reports. */
const REPORT_MS = 10 * 60_000;

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

/** Returns the value of a metric with its labels from `/metrics`; 0 if it is missing. */
async function number(metric: string): Promise<number> {
  const text = await (await SELF.fetch(`${BASE}/metrics`, { headers: OWNER })).text();
  const row = text.split('\n').find((line) => line.startsWith(`${metric} `));
  return Number(row?.slice(metric.length + 1) ?? 0);
}

/** Moves the clock so that the object reports its counters. */
async function reportMetrics(stub: DurableObjectStub): Promise<void> {
  vi.useFakeTimers({ now: Date.now() + REPORT_MS, toFake: ['Date'] });
  await rung(stub);
}

/** Runs the object's alarm at once. */
async function rung(stub: DurableObjectStub): Promise<void> {
  await vi.waitUntil(() => runDurableObjectAlarm(stub), { timeout: PATIENCE_MS, interval: 10 });
}

test('attempts are counted by what followed: done, tried again, given up', async () => {
  const room = freshRoom();
  const url = 'https://93.184.216.34/hook';
  const [statuses, asked, really] = [[500, 200, 410], [] as string[], globalThis.fetch];
  vi.stubGlobal('fetch', (to: RequestInfo, init?: RequestInit) => {
    if (String(to) !== url) return really(to, init);
    asked.push(JSON.parse(String(init?.body)).message.body);
    return Promise.resolve(new Response(null, { status: statuses.shift()! }));
  });
  const outcomes = () => Promise.all(['done', 'retry', 'dead'].map((outcome) => number(`cfm_webhook_total{outcome="${outcome}"}`)));
  const before = await outcomes();
  const body = JSON.stringify({ url, secret: `whsec_${btoa('x'.repeat(24))}` });
  expect((await SELF.fetch(`${BASE}/rooms/${room}/webhooks/h`, { method: 'PUT', headers: OWNER, body })).status).toBe(201);
  const post = (text: string) => SELF.fetch(`${BASE}/rooms/${room}/messages`, { method: 'POST', body: text });
  const stats = async () => (await SELF.fetch(`${BASE}/rooms/${room}/stats`, { headers: OWNER })).json() as Promise<any>;
  for (const text of ['one', 'two']) expect((await post(text)).status).toBe(202);
  // The second message waits for the first, which is retried after a second.
  await vi.waitUntil(async () => (await stats()).dead === 1, { timeout: PATIENCE_MS, interval: 20 });
  expect(asked).toEqual(['one', 'one', 'two']);
  await reportMetrics(stubOf('HUB_ROOM', `hub:${room}`));
  expect((await outcomes()).map((count, at) => count - before[at]!)).toEqual([1, 1, 1]);
});

for (const object of ['hub', 'room', 'channel', 'store'] as const) {
  test(`an object that wakes to its sockets is counted: ${object}`, async () => {
    const id = freshRoom();
    const user = await guest();
    const [binding, name, path, headers] = {
      hub: ['HUB_ROOM', `hub:${id}`, `/ws/${id}`, {}],
      room: ['CHAT_ROOM', `rm:${id}`, `/api/ws/room/${id}`, { authorization: `Bearer ${user.token}`, 'sec-websocket-protocol': 'cfm.v1' }],
      channel: ['HOPEFLOW_REALTIME', `user:${id}`, '/', { authorization: `Bearer ${await token({ userId: id })}` }],
      store: ['WEBSOCKET_SERVER', `ls:${id}`, `/websocket?storeId=${id}`, {}],
    }[object] as [string, string, string, Record<string, string>];
    const stub = stubOf(binding, name);
    const wakes = () => number(`cfm_hibernation_wakes_total{object="${object}"}`);
    const before = await wakes();
    const answer = await SELF.fetch(`${BASE}${path}`, { headers: { upgrade: 'websocket', ...headers } });
    expect(answer.status).toBe(101);
    const socket = answer.webSocket!;
    socket.accept();
    await evictDurableObject(stub);
    await rung(stub);
    await reportMetrics(stub);
    expect((await wakes()) - before).toBe(1);
    socket.close(1000);
  });
}

test('a wake to nobody is none', async () => {
  const room = freshRoom();
  const stub = stubOf('HUB_ROOM', `hub:${room}`);
  const counted = async () => [await number('cfm_hibernation_wakes_total{object="hub"}'), await number('cfm_messages_total{door="hub"}')];
  const [wakes, messages] = await counted();
  const post = () => SELF.fetch(`${BASE}/rooms/${room}/messages`, { method: 'POST', body: 'hello' });
  expect((await post()).status).toBe(202);
  await reportMetrics(stub);
  await evictDurableObject(stub);
  expect((await post()).status).toBe(202);
  await reportMetrics(stub);
  expect(await counted(), 'it woke and told').toEqual([wakes, messages! + 2]);
});

test('sockets that are closed, clients that come back and refusals are counted', async () => {
  const [room, hub, one] = [freshRoom(), freshRoom(), await guest()];
  const metrics = ['cfm_closed_total{reason="other"}', 'cfm_resumed_total{door="hub"}', 'cfm_resumed_total{door="messenger"}', 'cfm_refused_total{code="other"}'];
  const counted = () => Promise.all(metrics.map(number));
  const before = await counted();

  const line = await WorkerSocket.room(room, one);
  expect((await line.ask({ type: 'chat', content: 'hello' })).type).toBe('ack');
  expect((await line.ask({ type: 'chat', content: '' })).code).toBe('VALIDATION');
  const back = await WorkerSocket.open(`/api/ws/room/${room}?since=1`, one);
  expect((await back.next(({ type }) => type === 'welcome')).resumed).toBe(true);

  const socket = await Socket.open(`/ws/${hub}?after=0`);
  socket.text('x'.repeat(65_537));
  expect((await socket.end()).code).toBe(1009);

  for (const stub of [stubOf('CHAT_ROOM', `rm:${room}`), stubOf('HUB_ROOM', `hub:${hub}`)]) await reportMetrics(stub);
  expect((await counted()).map((count, at) => count - before[at]!)).toEqual([1, 1, 1, 1]);
  for (const open of [line, back]) open.close();
});

test('while the object that counts guesses is away nobody is told the numbers, also who has the token', async () => {
  const from = '198.51.100.77';
  const asked = () => SELF.fetch(`${BASE}/metrics`, { headers: { ...OWNER, 'cf-connecting-ip': from } });
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(from)));
  const gate = stubOf('GATE', `gate:${digest[0]!.toString(16).padStart(2, '0')}`);
  expect((await asked()).status).toBe(200);
  await runInDurableObject(gate, (instance: DurableObject) => {
    vi.spyOn(instance, 'fetch').mockImplementation(async () => new Response('something else'));
  });
  try {
    const away = await asked();
    expect(away.status).toBeGreaterThanOrEqual(500);
    expect(await away.text()).not.toContain('cfm_');
  } finally {
    vi.restoreAllMocks();
  }
  expect((await asked()).status).toBe(200);
});
