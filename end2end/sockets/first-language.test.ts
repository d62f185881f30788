// The first visit uses the browser's language (Accept-Language) until a person chooses one on the device.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { onSharedServer } from '../harness/suite.ts';

const base = await onSharedServer();

const languageOf = async (headers: Record<string, string>): Promise<string | undefined> => {
  const answer = await fetch(`${base}/sign-in`, { headers: { accept: 'text/html', ...headers } });
  assert.equal(answer.status, 200);
  const page = await answer.text();
  return /<html[^>]*\blang="([^"]+)"/.exec(page)?.[1];
};

describe('first language', { concurrency: true }, () => {
  test('is the heaviest that the browser names and that we have', async () => {
    assert.equal(await languageOf({ 'accept-language': 'tlh, de-CH;q=0.9, en;q=0.8' }), 'de');
    assert.equal(await languageOf({ 'accept-language': 'en-GB' }), 'en');
  });

  test('is English where the browser names none of ours', async () => {
    for (const header of ['tlh', '*', ';;;', 'x'.repeat(200)]) assert.equal(await languageOf({ 'accept-language': header }), 'en');
  });

  test('gives way to what was chosen', async () => {
    assert.equal(await languageOf({ 'accept-language': 'de', cookie: 'cfm-look=azure..en.' }), 'en');
    assert.equal(await languageOf({ 'accept-language': 'en', cookie: 'cfm-look=azure..de.' }), 'de');
  });
});
