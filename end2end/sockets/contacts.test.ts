// people.md 1: contact requests are made and accepted; a refusal is silent. Both sides agree, also after a kill.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { browserWithAccount } from '../harness/accounts.ts';
import { refused } from '../harness/api.ts';
import { send } from '../harness/http.ts';
import { guest, persona, type Session } from '../harness/session.ts';
import { FrameSocket, type Frame } from '../harness/socket.ts';
import { onOwnServer } from '../harness/suite.ts';
import { until, within } from '../harness/wait.ts';

const server = await onOwnServer({ OPEN_ROOMS: '1', RATE_LOGIN: '0', RATE_REST: '0', RATE_REGISTER: '0' });
const { base } = server;

async function device(session: Session): Promise<FrameSocket> {
  const socket = await FrameSocket.device(base, session, { heartbeat: true });
  await socket.next('presence_full_sync');
  return socket;
}

const contact = (event: string, userId: string) => (frame: Frame) =>
  frame.type === 'contact' && frame['event'] === event && frame['user'].id === userId;

const relations = async (session: Session): Promise<Record<string, string>> =>
  Object.fromEntries((await session.api.ok('GET', '/api/me/contacts')).items.map((item: any) => [item.id, item.relation]));

const ask = (from: Session, to: Session, note?: string) => from.api.post('/api/me/contacts', { userId: to.user.id, note });

test('a request with a note is asked once, accepted, and taken back on both sides', async () => {
  const [mia, ben] = [await persona(base, 'user_1'), await guest(base)];
  const [hers, his] = [await device(mia), await device(ben)];
  const first = await ask(mia, ben, 'From the\u202e party');
  assert.equal(first.status, 201);
  assert.deepEqual([first.data.relation, first.data.note], ['requested', 'From the party']);
  const asked = await his.next(contact('request', 'user_1'));
  assert.equal(asked['note'], 'From the party');
  assert.equal(asked['user'].displayName, mia.user.displayName);
  const again = await ask(mia, ben, 'another note');
  assert.deepEqual([again.status, again.data.note], [200, 'From the party'], 'a second request is the same one');
  const [request] = (await ben.api.ok('GET', '/api/me/contacts')).items;
  assert.deepEqual([request.id, request.relation, request.note, request.status], ['user_1', 'request', 'From the party', undefined]);

  const accepted = await ben.api.ok('POST', '/api/me/contacts/user_1/accept');
  assert.equal(accepted.relation, 'contact');
  await hers.next(contact('accepted', ben.user.id));
  await his.next(contact('accepted', 'user_1'));
  assert.deepEqual([await relations(mia), await relations(ben)], [{ [ben.user.id]: 'contact' }, { user_1: 'contact' }]);
  // From now on each contact receives the other's status without a request.
  await hers.next((frame) => frame.type === 'presence_update' && frame['userId'] === ben.user.id && frame['status'] === 'online');
  his.send({ type: 'presence', status: 'busy' });
  await hers.next((frame) => frame.type === 'presence_update' && frame['userId'] === ben.user.id && frame['status'] === 'busy');
  const second = await FrameSocket.presence(base, mia);
  const sync = await second.next('presence_full_sync');
  assert.ok(sync['participants'].some((one: any) => one.id === ben.user.id && one.status === 'busy'), JSON.stringify(sync));
  assert.ok((await mia.api.ok('GET', '/api/users')).items.some((one: any) => one.id === ben.user.id));
  // The first device of a person who was away also learns every status at once.
  for (const each of [hers, second]) await each.close();
  const fresh = await FrameSocket.presence(base, mia);
  const [one] = (await fresh.next('presence_full_sync'))['participants'].filter((someone: any) => someone.id === ben.user.id);
  assert.equal(one.status, 'busy');
  await fresh.close();
  const later = await device(mia);

  await ben.api.ok('DELETE', '/api/me/contacts/user_1');
  await later.next(contact('removed', ben.user.id));
  assert.deepEqual([await relations(mia), await relations(ben)], [{}, {}]);
  assert.equal((await ben.api.delete('/api/me/contacts/user_1')).status, 200, 'what is gone is gone');
  assert.equal(his.all('contact').length, 3, 'each change was told once');
  for (const each of [later, his]) await each.close();
});

test('declining is silent', async () => {
  const [leo, zoe] = [await persona(base, 'user_2'), await guest(base)];
  const [his, hers] = [await device(leo), await device(zoe)];
  await ask(leo, zoe, 'Hello?');
  await hers.next(contact('request', 'user_2'));
  await zoe.api.ok('POST', '/api/me/contacts/user_2/decline');
  await hers.next(contact('removed', 'user_2'));
  assert.deepEqual([await relations(leo), await relations(zoe)], [{ [zoe.user.id]: 'requested' }, {}]);
  await his.never((frame) => frame.type === 'contact', 'the decline was told');
  for (const each of [his, hers]) await each.close();
});

test('personas accept at once; guests ask nobody else', async () => {
  const [one, other] = [await guest(base), await guest(base)];
  const done = await one.api.post('/api/me/contacts', { userId: 'user_5' });
  assert.deepEqual([done.status, done.data.relation], [201, 'contact']);
  refused(await ask(one, other), 403, 'FORBIDDEN');
});

test('the first page has the bar and the bell of the list, and the first steps of an account while it has no contact', async () => {
  const { browser } = await browserWithAccount(base);
  const cookie = [...browser.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
  const has = async () => {
    const { status, text } = await send(base, 'GET', '/app', { headers: { cookie, accept: 'text/html' } });
    assert.equal(status, 200);
    return ['Main navigation', 'Events', 'Close first steps'].map((name) => text.includes(`aria-label="${name}"`));
  };
  assert.deepEqual(await has(), [true, true, true]);
  await browser.api.ok('POST', '/api/me/contacts', { userId: 'user_5' });
  assert.deepEqual(await has(), [true, true, false]);
});

test('what cannot be asked', async () => {
  const ann = await persona(base, 'user_3');
  for (const [body, code, status] of [
    [{ userId: 'user_3' }, 'VALIDATION', 400], [{ userId: 'user_999' }, 'NOT_FOUND', 404], [{ userId: 'user_4', note: '👩‍🚀'.repeat(141) }, 'VALIDATION', 400],
  ] as const) {
    refused(await ann.api.post('/api/me/contacts', body), status, code);
  }
  assert.equal((await ann.api.post('/api/me/contacts', { userId: 'user_4', note: '👩‍🚀'.repeat(140) })).status, 201);
  refused(await ann.api.post('/api/me/contacts/user_9/accept'), 404, 'NOT_FOUND');
  refused(await ann.api.post('/api/me/contacts/user_9/decline'), 404, 'NOT_FOUND');
  refused(await ann.api.with({ authorization: '' }).get('/api/me/contacts'), 401, 'UNAUTHENTICATED');
});

test('kill -9 right after the answers: both sides agree once everything is up again @night', async () => {
  const sam = await persona(base, 'user_7');
  const others = await Promise.all(Array.from({ length: 6 }, () => guest(base)));
  await Promise.all(others.slice(0, 3).map((other) => ask(sam, other, 'one')));
  // The test does not wait for the calls, so some are stored on one side only when the process dies.
  const calls = [
    ...others.slice(0, 3).map((other) => other.api.post('/api/me/contacts/user_7/accept')),
    ...others.slice(3).map((other) => ask(sam, other, 'two')),
  ];
  const done = calls.map((call) => call.then((answer) => answer.status < 400, () => false));
  await Promise.race(calls);
  await server.kill9();
  const answered = await within('every call ended', Promise.all(done));
  await server.restart();
  const mirror: Record<string, string> = { contact: 'contact', request: 'requested', requested: 'request' };
  await until('both sides agree', async () => {
    const own = await relations(sam);
    for (const [n, other] of others.entries()) {
      const theirs = (await relations(other))['user_7'];
      if ((own[other.user.id] && mirror[own[other.user.id]!]) !== theirs) return false;
      const expected = n < 3 ? 'contact' : 'request';
      if (answered[n] && theirs !== expected) return false;
    }
    return true;
  });
});
