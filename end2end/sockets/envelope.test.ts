// messenger.md 1: every JSON answer under /api has the envelope and a UUID request id, whatever the outcome. `envelope()` of the harness
// checks the form of each answer. This file covers every way to get one.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Api, envelope, refused } from '../harness/api.ts';
import { uuid } from '../harness/ids.ts';
import { onSharedServer } from '../harness/suite.ts';

const base = await onSharedServer();
const api = new Api(base);
const JSON_TYPE = { 'content-type': 'application/json' };
const LOGIN = '/api/auth/login';

const post = async (body: string, headers: Record<string, string> = JSON_TYPE) =>
  envelope(await api.raw('POST', LOGIN, { headers, body }));

describe('envelope', { concurrency: true }, () => {
  test('unknown path below /api is 404 in the envelope', async () => {
    for (const path of ['/api', '/api/', '/api/nope', '/api/auth', '/api/auth/nope', '/api/config/']) {
      refused(await api.get(path), 404, 'NOT_FOUND');
    }
  });

  test('a body above 16 KiB is 413, one of exactly 16 KiB is read', async () => {
    const filled = (bytes: number) => {
      const frame = '{"displayName":"x","token":"bad","pad":""}';
      return frame.replace('"pad":""', `"pad":"${'p'.repeat(bytes - frame.length)}"`);
    };
    refused(await post(filled(16 * 1024 + 1)), 413, 'TOO_LARGE');
    refused(await post(filled(16 * 1024)), 403, 'TURNSTILE_FAILED');
  });

  test('a parameter of the media type does not matter', async () => {
    refused(await post('{"displayName":"x"}', { 'content-type': 'application/json; charset=utf-8' }), 403, 'TURNSTILE_REQUIRED');
  });

  test('a valid UUID in X-Request-Id is taken over, anything else is replaced', async () => {
    const id = uuid();
    for (const sent of [id, id.toUpperCase()]) {
      assert.equal((await api.get('/api/config', { 'x-request-id': sent })).requestId, sent, 'as it was sent');
    }
    for (const bad of ['abc', `${id}0`, id.replaceAll('-', ''), '<script>', 'x"},{"event":"forged']) {
      assert.notEqual((await api.get('/api/config', { 'x-request-id': bad })).requestId, bad);
    }
  });

  test('two answers have two request ids', async () => {
    const [one, two] = await Promise.all([api.get('/api/config'), api.get('/api/config')]);
    assert.notEqual(one.requestId, two.requestId);
  });
});
