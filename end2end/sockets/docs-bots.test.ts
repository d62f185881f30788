// docs/guides/bots.md: every example works as described.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runExamples } from '../harness/docs.ts';
import { onOwnServer } from '../harness/suite.ts';

const server = await onOwnServer({ RATE_LOGIN: '0', WEBHOOK_ALLOW_PRIVATE: '1' });

test('the examples of docs/guides/bots.md @night', async () => {
  assert.equal(await runExamples('docs/guides/bots.md', server.base), 7);
});
