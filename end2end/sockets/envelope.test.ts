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
  test('success carries data and meta', async () => {
    const answer = await api.get('/api/config');
    assert.equal(answer.status, 200);
    assert.equal(answer.data.protocol, 'cfm.v1');
  });

  test('unknown path below /api is 404 in the envelope', async () => {
    for (const path of ['/api', '/api/', '/api/nope', '/api/auth', '/api/auth/nope', '/api/config/']) {
      refused(await api.get(path), 404, 'NOT_FOUND');
    }
  });

  test('wrong method is 405 with Allow', async () => {
    const answer = await api.put('/api/config');
    refused(answer, 405, 'METHOD_NOT_ALLOWED');
    assert.match(String(answer.reply.headers['allow']), /\bGET\b/);
  });

  test('no session is 401', async () => {
    refused(await api.get('/api/auth/me'), 401, 'UNAUTHENTICATED');
    refused(await api.with({ authorization: `Bearer ${'A'.repeat(43)}` }).get('/api/auth/me'), 401, 'UNAUTHENTICATED');
    refused(await api.with({ authorization: 'Bearer x' }).get('/api/auth/me'), 401, 'UNAUTHENTICATED');
  });

  test('a body above 16 KiB is 413, one of exactly 16 KiB is read', async () => {
    const filled = (bytes: number) => {
      const frame = '{"displayName":"x","token":"bad","pad":""}';
      return frame.replace('"pad":""', `"pad":"${'p'.repeat(bytes - frame.length)}"`);
    };
    refused(await post(filled(16 * 1024 + 1)), 413, 'TOO_LARGE');
    refused(await post(filled(16 * 1024)), 403, 'TURNSTILE_FAILED');
  });

  test('another media type is 415', async () => {
    refused(await post('{}', { 'content-type': 'text/plain' }), 415, 'UNSUPPORTED_MEDIA_TYPE');
    refused(await post('{}', {}), 415, 'UNSUPPORTED_MEDIA_TYPE');
  });

  test('a parameter of the media type does not matter', async () => {
    refused(await post('{"displayName":"x"}', { 'content-type': 'application/json; charset=utf-8' }), 403, 'TURNSTILE_REQUIRED');
  });

  test('a body that is no JSON object is BAD_JSON', async () => {
    for (const body of ['', '{', '[]', '"x"', 'null', '7', '{"a":1}}', '\ufeff{}']) {
      refused(await post(body), 400, 'BAD_JSON');
    }
  });

  test('a known member twice is BAD_JSON, an unknown member is ignored', async () => {
    refused(await post('{"displayName":"x","displayName":"y","token":"dev"}'), 400, 'BAD_JSON');
    refused(await post('{"displayName":"x","future":{"deep":[1]}}'), 403, 'TURNSTILE_REQUIRED');
  });

  test('a member of the wrong form is VALIDATION and names the field', async () => {
    const error = refused(await post('{"displayName":7,"token":"dev"}'), 400, 'VALIDATION');
    assert.equal(error.field, 'displayName');
  });

  test('a valid UUID in X-Request-Id is taken over, anything else is replaced', async () => {
    const id = uuid();
    for (const sent of [id, id.toUpperCase()]) {
      assert.equal((await api.get('/api/config', { 'x-request-id': sent })).requestId, sent, 'as it was sent');
    }
    for (const bad of ['abc', `${id}0`, id.replaceAll('-', ''), '<script>']) {
      assert.notEqual((await api.get('/api/config', { 'x-request-id': bad })).requestId, bad);
    }
  });

  test('two answers have two request ids', async () => {
    const [one, two] = await Promise.all([api.get('/api/config'), api.get('/api/config')]);
    assert.notEqual(one.requestId, two.requestId);
  });
});
