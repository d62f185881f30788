// presence.md 2, files.md 3: own avatars. A picture is stored small and without metadata, and others see it once it is chosen.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { envelope, refused } from '../harness/api.ts';
import { gif, moving, photo, SECRET } from '../harness/files.ts';
import { send } from '../harness/http.ts';
import { cookieSession, guest, persona, type Session } from '../harness/session.ts';
import { FrameSocket } from '../harness/socket.ts';
import { onOwnServer } from '../harness/suite.ts';
import { until } from '../harness/wait.ts';

const { base } = await onOwnServer({ RATE_LOGIN: '0', RATE_REST: '0', RATE_FILE: '0', FILE_UNLINKED_S: '3' });

const put = async (who: Session, body: Buffer) => envelope<{ avatarId: string }>(await who.api.raw('PUT', '/api/me/avatar', { body }));
const get = (who: Session, id: string) => send(base, 'GET', `/api/avatars/${encodeURIComponent(id)}`, { headers: who.api.headers, encoding: 'latin1' });
const choose = (who: Session, avatarId: string) => who.api.put('/api/me', { avatarId });
/** Makes a persona present. An absent persona is shown with the avatar of the cast. */
const appear = (who: Session) => who.api.ok('POST', '/api/presence', { status: 'online' });
/** Waits until the list of people shows this avatar, because the cast learns of it a moment later. */
const shows = (to: Session, user: string, avatarId: string) =>
  until(`${user} looks like ${avatarId}`, async () => {
    const cast: any[] = (await to.api.ok('GET', '/api/users?limit=200')).items;
    return cast.find((row) => row.id === user).avatarId === avatarId;
  });
/** Returns a different picture for each number. */
const own = (n: number): Buffer => photo(192, 192, n);

describe('pictures of oneself', () => {
  test('one that was brought is chosen, shown to others, and nothing but the picture', async () => {
    const [ann, bea] = [await persona(base, 'user_1'), await persona(base, 'user_2')];
    const answer = await put(ann, Buffer.concat([own(1), SECRET]));
    assert.equal(answer.status, 201);
    const { avatarId } = answer.data;
    assert.match(avatarId, /^up_[0-9a-f]{32}$/);
    assert.equal((await put(ann, own(1))).data.avatarId, avatarId, 'the same picture is the same');
    assert.equal((await choose(ann, avatarId)).status, 200);
    assert.equal((await ann.api.ok('GET', '/api/me')).avatarId, avatarId);
    await appear(ann);
    await shows(bea, 'user_1', avatarId);
    const reply = await get(bea, avatarId);
    assert.deepEqual([reply.status, reply.headers['content-type']], [200, 'image/png']);
    assert.equal(reply.headers['content-security-policy'], "sandbox; default-src 'none'");
    assert.equal(reply.headers['x-content-type-options'], 'nosniff');
    assert.match(String(reply.headers['cache-control']), /\bprivate\b/);
    assert.ok(Buffer.from(reply.text, 'latin1').equals(own(1)), 'what stood behind it is gone');
  });

  test('what is no such picture is refused, and so is somebody else’s', async () => {
    const [cem, dan] = [await guest(base), await guest(base)];
    for (const body of [photo(96, 96), photo(192, 191), photo(193, 193), moving(192, 192), gif(), Buffer.from('<svg/>'), Buffer.alloc(0), own(2).subarray(0, 40)]) {
      refused(await put(cem, body), 400, 'VALIDATION');
    }
    refused(await put(cem, Buffer.alloc(1_048_577)), 413, 'TOO_LARGE');
    const { avatarId } = (await put(cem, own(2))).data;
    refused(await choose(dan, avatarId), 400, 'VALIDATION');
    refused(await choose(dan, `up_${'0'.repeat(32)}`), 400, 'VALIDATION');
    assert.notEqual((await put(dan, own(2))).data.avatarId, avatarId);
    for (const odd of ['up_', 'av_01', `up_${'0'.repeat(32)}`, '../files/x', avatarId.toUpperCase()]) assert.equal((await get(dan, odd)).status, 404, odd);
    assert.equal((await send(base, 'GET', `/api/avatars/${avatarId}`)).status, 401);
    const page = await cookieSession(base);
    const reply = await send(base, 'PUT', '/api/me/avatar', { headers: { cookie: page.cookie, origin: base }, body: own(2) });
    refused(envelope(reply), 403, 'CSRF');
  });

  test('the next player of a persona begins without those of the one before', async () => {
    const before = await persona(base, 'user_3');
    const { avatarId } = (await put(before, own(5))).data;
    await choose(before, avatarId);
    await appear(before);
    const fay = await guest(base);
    await shows(fay, 'user_3', avatarId);
    await before.api.ok('POST', '/api/auth/logout');
    const after = await persona(base, 'user_3');
    assert.equal((await after.api.ok('GET', '/api/me')).avatarId, 'av_03');
    await appear(after);
    await shows(fay, 'user_3', 'av_03');
    refused(await choose(after, avatarId), 400, 'VALIDATION');
    await until('what was brought before is gone', async () => (await get(fay, avatarId)).status === 404);
    assert.equal((await put(after, own(5))).data.avatarId, avatarId, 'who brings the same picture has it');
    assert.equal((await choose(after, avatarId)).status, 200);
    assert.equal((await get(fay, avatarId)).status, 200);
  });

  test('one that others still see stays, though another was chosen unseen: its end would tell that somebody is there @night', async () => {
    const [hidden, eva] = [await guest(base), await guest(base)];
    const device = await FrameSocket.device(base, hidden, { heartbeat: true });
    const [before, now] = [(await put(hidden, own(6))).data.avatarId, (await put(hidden, own(7))).data.avatarId];
    await choose(hidden, before);
    device.send({ type: 'presence', status: 'appear_offline' });
    await device.barrier();
    await choose(hidden, now);
    const other = (await put(eva, own(6))).data.avatarId;
    await choose(eva, other);
    await choose(eva, 'av_01');
    await until('what nobody sees is gone', async () => (await get(eva, other)).status === 404);
    assert.equal((await get(eva, before)).status, 200);
    device.send({ type: 'presence', status: 'online' });
    await device.barrier();
    await until('nobody sees it any more', async () => (await get(eva, before)).status === 404);
    assert.equal((await get(eva, now)).status, 200);
    await device.close();
  });
});
