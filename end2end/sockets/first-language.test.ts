// The first visit uses the browser's language (Accept-Language) until a person chooses one on the device.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { onSharedServer } from '../harness/suite.ts';

const base = await onSharedServer();

const languageOf = async (headers: Record<string, string>): Promise<string | undefined> => {
  const answer = await fetch(`${base}/sign-in`, { headers: { accept: 'text/html', ...headers } });
  assert.equal(answer.status, 200);
  const page = await answer.text();
  return /<html[^>]*\blang="([^"]+)"/.exec(page)?.[1];
};

test('the first language is the heaviest that the browser names and that we have, else English, and gives way to what was chosen', async () => {
  assert.equal(await languageOf({ 'accept-language': 'tlh, de-CH;q=0.9, en;q=0.8' }), 'de');
  assert.equal(await languageOf({ 'accept-language': ';;;' }), 'en');
  assert.equal(await languageOf({ 'accept-language': 'en', cookie: 'cfm-look=azure..de.' }), 'de');
});
