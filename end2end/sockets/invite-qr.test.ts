// people.md 5: `/i/<code>/qr.svg` is a QR code with the address of an invite, and a camera can read it.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { account } from '../harness/accounts.ts';
import { read } from '../harness/camera.ts';
import { send, type Reply } from '../harness/http.ts';
import { FREE_VARS } from '../harness/server.ts';
import { onPooledServer } from '../harness/suite.ts';

const { base } = await onPooledServer(FREE_VARS, true);

const drawing = (code: string, headers: Record<string, string> = {}): Promise<Reply> => send(base, 'GET', `/i/${code}/qr.svg`, { headers });

describe('the QR code of an invite', () => {
  test('is the address of its page, for whoever asks', async () => {
    const ada = await account(base);
    const { code, url } = await ada.api.ok('POST', '/api/me/invites');
    const reply = await drawing(code);
    assert.equal(read(reply), url);
    assert.equal((await send(base, 'GET', new URL(url).pathname, { headers: { accept: 'text/html' } })).status, 200);
    assert.equal(reply.headers['content-type'], 'image/svg+xml');
    assert.equal(reply.headers['content-security-policy'], "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'");
    assert.equal(reply.headers['cache-control'], 'no-store');
    assert.equal(reply.headers['x-content-type-options'], 'nosniff');
    assert.deepEqual(reply.cookies, []);
    assert.doesNotMatch(reply.text, /style|script|href/);
  });

  test('is drawn of every code as it is made, whether it opens anything or not', async () => {
    assert.equal(read(await drawing('abcd-efgh-jkmn-0oil')), `${base}/i/ABCDEFGHJKMN0011`);
    const all = [...'0123456789ABCDEFGHJKMNPQRSTVWXYZ'].map((letter) => letter.repeat(16));
    for (const code of all) assert.equal(read(await drawing(code)), `${base}/i/${code}`);
  });

  test('there is none of what is no code', async () => {
    for (const wrong of ['no-code', '0000000000000000U', 'UUUUUUUUUUUUUUUU', '%3Cscript%3E']) {
      const reply = await drawing(wrong, { accept: 'text/html' });
      assert.equal(reply.status, 404, wrong);
      assert.doesNotMatch(reply.text, /script|svg/);
    }
  });
});
