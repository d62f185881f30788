// sign-in.md 1: the server verifies the Turnstile token at the siteverify service and refuses in every case of doubt. The tests run as
// production: a stand-in answers at the real address of the service.

import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { Api, refused } from '../harness/api.ts';
import { send } from '../harness/http.ts';
import { freshName } from '../harness/ids.ts';
import { Outside } from '../harness/outside.ts';
import { login } from '../harness/session.ts';
import { Siteverify, type Behaviour } from '../harness/siteverify.ts';
import { onOwnServer } from '../harness/suite.ts';

const SECRET = '1x0000000000000000000000000000000AA';
const service = await Siteverify.start();
const outside = await Outside.start({ 'challenges.cloudflare.com': service.url });
after(() => {
  outside.close();
  return service.stop();
});
const vars = { ENV: 'production', TURNSTILE_SECRET_KEY: SECRET, TURNSTILE_SITE_KEY: '1x00000000000000000000AA', RATE_LOGIN: '1000/1' };
const { base } = await onOwnServer(vars, { outside: outside.address });

const tryWith = (token: string) => login(base, { displayName: freshName(), token });
const tryAs = (behaviour: Behaviour) => tryWith(Siteverify.token(behaviour));

describe('turnstile', { concurrency: true }, () => {
  test('success signs in; the service was asked with secret, token and address', async () => {
    const token = Siteverify.token('success');
    const answer = await tryWith(token);
    assert.equal(answer.status, 200, answer.reply.text);
    const asked = service.asked.find((form) => form['response'] === token);
    assert.ok(asked);
    assert.equal(asked['secret'], SECRET);
    assert.ok(asked['remoteip'], 'remoteip is sent');
    assert.deepEqual([...new Set(outside.called)], ['challenges.cloudflare.com/turnstile/v0/siteverify'], 'nobody else is');
  });

  test('a token works once', async () => {
    const token = Siteverify.token('success');
    assert.equal((await tryWith(token)).status, 200);
    refused(await tryWith(token), 403, 'TURNSTILE_FAILED');
  });

  const says: [Behaviour, number, string][] = [
    ['failure', 403, 'TURNSTILE_FAILED'],
    ['wrong-hostname', 403, 'TURNSTILE_FAILED'],
    ['wrong-action', 403, 'TURNSTILE_FAILED'],
    ['duplicate', 403, 'TURNSTILE_FAILED'],
    ['stale', 403, 'TURNSTILE_FAILED'],
    ['error-500', 502, 'UPSTREAM'],
    ['garbage', 502, 'UPSTREAM'],
    ['reset', 502, 'UPSTREAM'],
  ];
  for (const [behaviour, status, code] of says) {
    test(`${behaviour} is ${status} ${code}, without a session`, async () => {
      const answer = await tryAs(behaviour);
      refused(answer, status, code);
      assert.deepEqual(answer.reply.cookies, []);
    });
  }

  test('a token that nobody could judge is not used up', async () => {
    const token = Siteverify.token('recovers');
    refused(await tryWith(token), 502, 'UPSTREAM');
    assert.equal((await tryWith(token)).status, 200);
    refused(await tryWith(token), 403, 'TURNSTILE_FAILED');
  });

  test('a service that never answers is 502', async () => {
    refused(await tryAs('silence'), 502, 'UPSTREAM');
  });

  test('the token dev is nothing outside of ENV=dev', async () => {
    refused(await tryWith('dev'), 403, 'TURNSTILE_FAILED');
    refused(await new Api(base).post('/api/auth/login', { displayName: freshName() }), 403, 'TURNSTILE_REQUIRED');
  });

  test('a demo room is started by people alone, as often as a token is good', async () => {
    const start = (token?: string) => new Api(base).post('/demo/rooms', { language: 'en', ...(token && { token }) });
    refused(await start(), 403, 'TURNSTILE_REQUIRED');
    for (const token of ['dev', Siteverify.token('failure'), Siteverify.token('wrong-action')]) refused(await start(token), 403, 'TURNSTILE_FAILED');
    const token = Siteverify.token('success');
    const made = await start(token);
    assert.equal(made.status, 201, made.reply.text);
    refused(await start(token), 403, 'TURNSTILE_FAILED');
    // A visitor needs only the code of the room.
    assert.equal((await new Api(base).post(`/demo/rooms/${made.data.code}/join`, { displayName: freshName() })).status, 201);
    const page = await send(base, 'GET', '/demo', { headers: { accept: 'text/html' } });
    assert.match(page.text, /data-sitekey="1x00000000000000000000AA" data-action="login"/);
    assert.match(page.text, /<script src="https:\/\/challenges\.cloudflare\.com\/turnstile\/v0\/api\.js"/);
  });

  test('the page learns the site key', async () => {
    assert.equal((await new Api(base).get('/api/config')).data.turnstileSiteKey, '1x00000000000000000000AA');
  });
});

test('production without the secret fails closed', async () => {
  const { base: production } = await onOwnServer({ ENV: 'production' });
  for (const token of ['dev', Siteverify.token('success')]) {
    const answer = await login(production, { displayName: freshName(), token });
    refused(answer, 500, 'MISCONFIGURED');
    assert.deepEqual(answer.reply.cookies, []);
  }
});

test('where there is no secret a demo room needs no proof', async () => {
  const { base: production } = await onOwnServer({ ENV: 'production' });
  assert.equal((await new Api(production).post('/demo/rooms', {})).status, 201);
  const page = await send(production, 'GET', '/demo', { headers: { accept: 'text/html' } });
  assert.doesNotMatch(page.text, /class="cf-turnstile"|challenges\.cloudflare\.com/);
});

test('ENV=dev with a service and a secret verifies for real', async () => {
  const { base: dev } = await onOwnServer({ TURNSTILE_SECRET_KEY: SECRET, SITEVERIFY_URL: service.url });
  refused(await login(dev, { displayName: freshName(), token: 'dev' }), 403, 'TURNSTILE_FAILED');
  // In dev, hostname and action are not checked; everything else is.
  assert.equal((await login(dev, { displayName: freshName(), token: Siteverify.token('wrong-hostname') })).status, 200);
});
