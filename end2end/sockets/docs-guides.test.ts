// docs/guides: every example of these pages works as described.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runExamples } from '../harness/docs.ts';
import { onOwnServer } from '../harness/suite.ts';

/** Runs a page on a server of its own, because several sign in as the same persona. */
async function run(name: string): Promise<number> {
  const { base } = await onOwnServer({ RATE_LOGIN: '0', RATE_REGISTER: '0', WEBHOOK_ALLOW_PRIVATE: '1' });
  return runExamples(`docs/guides/${name}.md`, base);
}

test('the examples of docs/guides/bots.md @night', async () => assert.equal(await run('bots'), 7));
test('the examples of docs/guides/embed.md @night', async () => assert.equal(await run('embed'), 3));
test('the examples of docs/guides/integrations.md @night', async () => assert.equal(await run('integrations'), 5));
test('the examples of docs/guides/wasmchannel.md @night', async () => assert.ok((await run('wasmchannel')) >= 8));
