// docs/guides: every example of these pages works as described.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runExamples } from '../harness/docs.ts';
import { onOwnServer } from '../harness/suite.ts';

const ADMIN_TOKEN = 'an admin token for tests';
/** Lets the examples for browsers run in Node. */
const NODE_OPTIONS = '--experimental-websocket --experimental-eventsource --no-warnings';

/** Runs a page on a server of its own, because several sign in as the same persona. */
async function run(name: string): Promise<number> {
  const { base } = await onOwnServer({ RATE_LOGIN: '0', RATE_REGISTER: '0', WEBHOOK_ALLOW_PRIVATE: '1', ADMIN_TOKEN });
  return runExamples(`docs/guides/${name}.md`, base, name === 'messagehub' ? { HUB: base, ADMIN_TOKEN, NODE_OPTIONS } : {});
}

test('the examples of docs/guides/bots.md @night', async () => assert.equal(await run('bots'), 7));
test('the examples of docs/guides/embed.md @night', async () => assert.equal(await run('embed'), 3));
test('the examples of docs/guides/integrations.md @night', async () => assert.equal(await run('integrations'), 5));
test('the examples of docs/guides/messagehub.md @night', async () => assert.ok((await run('messagehub')) >= 9));
test('the examples of docs/guides/wasmchannel.md @night', async () => assert.ok((await run('wasmchannel')) >= 8));
