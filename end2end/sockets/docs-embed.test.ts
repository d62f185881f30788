// docs/guides/embed.md: every example works as described.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runExamples } from '../harness/docs.ts';
import { onOwnServer } from '../harness/suite.ts';

const server = await onOwnServer({ RATE_LOGIN: '0' });

test('the examples of docs/guides/embed.md @night', async () => {
  assert.equal(await runExamples('docs/guides/embed.md', server.base), 3);
});
