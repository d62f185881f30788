// messagehub.md 2 and 4: programs that people have anyway, unmodified. `curl` writes and reads, and `EventSource` listens.

import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { hubRoom, path, post } from '../harness/hub.ts';
import { onSharedServer } from '../harness/suite.ts';
import { until } from '../harness/wait.ts';

const base = await onSharedServer();

test('curl writes a message and reads it back', async () => {
  const url = base + path(hubRoom());
  const curl = async (...args: string[]) => (await promisify(execFile)('curl', ['-sS', ...args])).stdout;
  const answer = await curl('-i', '-d', 'soup is ready', url);
  assert.match(answer, /^HTTP\/1\.1 202 /);
  assert.match(answer, /^x-message-seq: 1\r$/im);
  const { messages } = JSON.parse(await curl(url));
  assert.deepEqual(messages.map(({ seq, body }: { seq: number; body: string }) => [seq, body]), [[1, 'soup is ready']]);
});

test('EventSource hears what is kept and what comes', async () => {
  const room = hubRoom();
  await post(base, room, 'kept');
  const code = `const events = new EventSource('${base}${path(room, 'events')}?after=0');
    events.onmessage = ({ data }) => console.log(JSON.parse(data).body);`;
  const flags = ['--experimental-eventsource', '--no-warnings', '--input-type=module'];
  const program = spawn(process.execPath, [...flags, '-e', code], { stdio: ['ignore', 'pipe', 'inherit'] });
  let heard = '';
  program.stdout.setEncoding('utf8').on('data', (text: string) => (heard += text));
  try {
    await until('what is kept', () => heard === 'kept\n');
    await post(base, room, 'new');
    await until('what comes', () => heard === 'kept\nnew\n');
  } finally {
    program.kill('SIGKILL');
  }
});
