// docs/guides/wasmchannel.md: every example works as described.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runExamples } from '../harness/docs.ts';
import { onOwnServer } from '../harness/suite.ts';

const server = await onOwnServer({ RATE_LOGIN: '0', RATE_REGISTER: '0' });

test('the examples of docs/guides/wasmchannel.md @night', async () => {
  assert.ok((await runExamples('docs/guides/wasmchannel.md', server.base)) >= 8);
});
