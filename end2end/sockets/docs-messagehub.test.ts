// docs/guides/messagehub.md: every example of the page, run in order, prints the output on the page.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { onOwnServer } from '../harness/suite.ts';
import { within } from '../harness/wait.ts';

const ADMIN_TOKEN = 'an admin token for tests';
const server = await onOwnServer({ ADMIN_TOKEN });
const page = readFileSync(join(import.meta.dirname, '..', '..', 'docs', 'guides', 'messagehub.md'), 'utf8');
const examples = [...page.matchAll(/```(sh|js) run\n([\s\S]*?)```\n\n```text\n([\s\S]*?)```/g)];

/** Compares an output with the page, where `…` matches any text. */
function isLike(text: string, wanted: string): boolean {
  const parts = wanted.split('…').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join('.+?')}$`, 's').test(text);
}

function run(language: string, code: string): Promise<string> {
  const [command, args] =
    language === 'sh'
      ? ['bash', ['-c', code]]
      : [process.execPath, ['--experimental-websocket', '--experimental-eventsource', '--no-warnings', '--input-type=module', '-e', code]];
  const child = spawn(command as string, args as string[], { env: { ...process.env, HUB: server.base, ADMIN_TOKEN } });
  let text = '';
  child.stdout.on('data', (chunk) => (text += chunk));
  child.stderr.on('data', (chunk) => (text += chunk));
  return within('the example to end', new Promise((resolve) => child.on('close', () => resolve(text))));
}

test('the page has its examples @night', () => assert.ok(examples.length >= 9, `${examples.length}`));

for (const [at, [, language, code, wanted]] of examples.entries()) {
  test(`example ${at + 1}: ${code!.trim().split('\n')[0]} @night`, async () => {
    const text = await run(language!, code!);
    // A JSON page has no final line end, but a fenced block always has one.
    assert.ok(isLike(text.trimEnd(), wanted!.trimEnd()), `${text}\n— but the page says —\n${wanted}`);
  });
}
