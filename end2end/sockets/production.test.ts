// messagehub.md 5, wasmchannel.md 4.1, livestore.md 14: a plain deployment with only its secrets set. Doors that are open on a developer's
// machine are closed there. A deployment called `staging` is production, too (messenger.md 12.1).

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { freshEmail, PASSWORD } from '../harness/accounts.ts';
import { send } from '../harness/http.ts';
import { bearer, hubRoom, path, post, refusedUpgrade } from '../harness/hub.ts';
import { freshName } from '../harness/ids.ts';
import { JWT_SECRET, token } from '../harness/jwt.ts';
import { replyOfRefusal } from '../harness/text_socket.ts';
import { address, freshStore } from '../harness/livestore.ts';
import { onOwnServer } from '../harness/suite.ts';

const SECRET = 'a secret of production, 32 bytes or more';
const VARS = {
  ...{ JWT_SECRET, TURNSTILE_SECRET_KEY: '1x0000000000000000000000000000000AA', BETTER_AUTH_SECRET: SECRET, PASSWORD_PEPPER: SECRET },
  // Variables for load and tests, which production ignores.
  ...{ RATE_HUB: '0', RATE_LOGIN: '0', RATE_REGISTER: '0', OPEN_ROOMS: '1', WEBHOOK_ALLOW_PRIVATE: '1' },
};
/** Returns a time a minute from now, because production accepts no token without an expiry. */
const soon = () => Math.floor(Date.now() / 1_000) + 60;
const said = (reply: { status: number; text: string }) => [reply.status, JSON.parse(reply.text).code];

// All servers start before the first test. The runner cleans up once all known tests are over, and a later start would find the stand-ins
// closed.
const deployed = await Promise.all(['production', 'staging'].map(async (ENV) => ({ ENV, base: (await onOwnServer({ ...VARS, ENV })).base })));

for (const { ENV, base } of deployed) {
  describe(`a plain deploy, ENV=${ENV}`, { concurrency: true }, () => {
    test('MessageHub asks for a token, and one made for every door must name rooms and say what may be done', async () => {
      const room = hubRoom();
      assert.deepEqual(said(await post(base, room, 'x')), [401, 'UNAUTHENTICATED']);
      assert.deepEqual(said(await send(base, 'GET', path(room))), [401, 'UNAUTHENTICATED']);
      assert.equal(await refusedUpgrade(base, room), 401);
      for (const claims of [{}, { rooms: [room] }, { scope: 'hub:read hub:write' }, { rooms: [hubRoom()], scope: 'hub:write' }, { rooms: [room], scope: 'hub:read' }]) {
        const headers = bearer(token({ userId: 'u1', exp: soon(), ...claims }));
        assert.deepEqual(said(await post(base, room, 'x', headers)), [403, 'FORBIDDEN'], JSON.stringify(claims));
      }
      const good = bearer(token({ userId: 'u1', exp: soon(), rooms: [room], scope: 'hub:read hub:write' }));
      const posted = await post(base, room, 'x', good);
      assert.deepEqual([posted.status, posted.headers['x-message-seq'], posted.headers['ratelimit-limit']], [202, '1', '600']);
      const { messages } = JSON.parse((await send(base, 'GET', path(room), { headers: good })).text);
      assert.deepEqual(messages.map((item: any) => [item.body, item.sender]), [['x', 'u1']]);
    });

    test('MessageHub takes no token without an end; HopeFlow does', async () => {
      const room = hubRoom();
      for (const claims of [{ rooms: ['*'], scope: 'hub:read hub:write' }, { rooms: ['*'], scope: 'hub:read hub:write hub:admin', exp: null }]) {
        const headers = bearer(token({ userId: 'u1', ...claims }));
        assert.deepEqual(said(await post(base, room, 'x', headers)), [401, 'UNAUTHENTICATED']);
        assert.deepEqual(said(await send(base, 'GET', path(room), { headers })), [401, 'UNAUTHENTICATED']);
        assert.deepEqual(said(await send(base, 'GET', path(room, 'webhooks'), { headers })), [401, 'UNAUTHENTICATED']);
        assert.equal(await refusedUpgrade(base, room, { headers }), 401);
      }
      const headers = { ...bearer(token({ userId: 'u1' })), 'content-type': 'application/json' };
      assert.equal((await send(base, 'POST', '/publish', { headers, body: '{"userId":"u1"}' })).status, 200);
    });

    test('a webhook may not lead to this machine, whatever the variable for tests says', async () => {
      const room = hubRoom();
      const headers = bearer(token({ userId: 'u1', exp: soon(), rooms: [room], scope: 'hub:admin' }));
      for (const url of ['http://127.0.0.1:9/x', 'https://127.0.0.1/x', 'https://localhost/x']) {
        const body = JSON.stringify({ url, secret: `whsec_${Buffer.alloc(24).toString('base64')}` });
        assert.equal((await send(base, 'PUT', path(room, 'webhooks/h'), { headers, body })).status, 400, url);
      }
    });

    test('the session routes ask for proof of being a person', async () => {
      const up = (headers: Record<string, string>) => {
        const body = JSON.stringify({ name: freshName(), email: freshEmail(), password: PASSWORD });
        return send(base, 'POST', '/api/auth/sign-up/email', { headers: { 'content-type': 'application/json', ...headers }, body });
      };
      const refused = await up({});
      assert.deepEqual(said(refused), [403, 'TURNSTILE_REQUIRED']);
      assert.deepEqual(refused.cookies, []);
      const body = JSON.stringify({ email: freshEmail(), password: PASSWORD });
      const signIn = await send(base, 'POST', '/api/auth/sign-in/email', { headers: { 'content-type': 'application/json' }, body });
      assert.deepEqual(said(signIn), [403, 'TURNSTILE_REQUIRED']);
    });

    test('LiveStore asks for a token that names the store', async () => {
      for (const payload of [undefined, {}, { authToken: token({ userId: 'u1' }) }, { authToken: token({ stores: [freshStore()] }) }]) {
        assert.equal((await replyOfRefusal(base, address(freshStore(), payload))).status, 400, JSON.stringify(payload));
      }
    });
  });
}
