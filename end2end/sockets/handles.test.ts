// people.md 4: a handle belongs to one account and is found by its exact letters. No kill may lose or double it.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { account, PASSWORD, passwordLogin, type Account } from '../harness/accounts.ts';
import { Api, refused } from '../harness/api.ts';
import { freshName } from '../harness/ids.ts';
import { guest, persona, type Session } from '../harness/session.ts';
import { FrameSocket } from '../harness/socket.ts';
import { onOwnServer } from '../harness/suite.ts';
import { FAST_WRITES, inObject, isBusy, slowWrites } from '../harness/tables.ts';
import { until } from '../harness/wait.ts';

const vars = { RATE_LOGIN: '0', RATE_REGISTER: '0', RATE_REST: '0' };
const [plain, quick] = await Promise.all([
  onOwnServer(vars),
  onOwnServer({ ...vars, RATE_FIND: '0', HANDLE_CHANGE_S: '1' }),
]);

const fresh = (): string => `h_${freshName().toLowerCase().replace(/[^a-z0-9]/g, '')}`.slice(0, 20);
const choose = (who: Session, handle: unknown) => who.api.put('/api/me/handle', { handle });
const own = async (who: Session): Promise<string | null> => (await who.api.ok('GET', '/api/me/handle')).handle;
const search = async (by: Session, handle: string): Promise<any[]> => (await by.api.ok('GET', `/api/users?handle=${encodeURIComponent(handle)}`)).items;
const finds = async (by: Session, handle: string): Promise<string | undefined> => (await search(by, handle))[0]?.id;
const accounts = (base: string, count: number): Promise<Account[]> => Promise.all(Array.from({ length: count }, () => account(base)));

/** Chooses a handle, and retries until that is allowed. */
const chooseInTime = (who: Session, handle: string): Promise<true> =>
  until(`${handle} is chosen`, async () => {
    const answer = await choose(who, handle);
    if (answer.status !== 200) assert.ok([409, 429].includes(answer.status), answer.reply.text);
    return answer.status === 200;
  }, 90_000, 100);

describe('handles', () => {
  test('whoever knows every letter finds one account, and nobody else finds anything', async () => {
    const [ada, ben] = await accounts(quick.base, 2);
    const handle = fresh();
    assert.deepEqual(await ada!.api.ok('GET', '/api/me/handle'), { handle: null, changeableAt: 0 });
    assert.deepEqual(await search(ben!, handle), []);
    const chosen = await choose(ada!, handle);
    assert.deepEqual([chosen.status, chosen.data.handle], [200, handle]);
    assert.deepEqual(await ada!.api.ok('GET', '/api/me/handle'), chosen.data);
    const { id, displayName, avatarId } = ada!.user;
    assert.deepEqual(await search(ben!, handle), [{ id, displayName, avatarId, kind: 'user' }]);
    assert.equal(await finds(await persona(quick.base, 'user_1'), handle), id);
    assert.equal(await finds(ben!, `@${handle.toUpperCase()}`), id, 'as people type it');
    for (const near of [handle.slice(0, -1), '', '%']) assert.deepEqual(await search(ben!, near), [], near);
    assert.deepEqual(await search(await guest(quick.base), handle), [], 'guests meet nobody this way');
    refused(await new Api(quick.base).get(`/api/users?handle=${handle}`), 401, 'UNAUTHENTICATED');
    assert.deepEqual((await ada!.api.delete('/api/me/handle')).data, { handle: null, changeableAt: chosen.data.changeableAt });
    assert.deepEqual(await search(ben!, handle), []);
  });

  test('who is blocked by somebody finds them as they were then', async () => {
    const [ada, ben, cleo] = await accounts(quick.base, 3);
    const handle = fresh();
    await choose(ada!, handle);
    // The person is away, so the block changes nothing that others see.
    const device = await FrameSocket.device(quick.base, ada!);
    const before = await search(ben!, handle);
    assert.equal(before[0].id, ada!.user.id);
    await ada!.api.ok('PUT', `/api/me/blocks/${ben!.user.id}`);
    assert.deepEqual(await search(ben!, handle), before, 'to find nobody would tell of the block');
    const name = `Ada ${fresh()}`;
    await ada!.api.ok('PUT', '/api/me', { displayName: name });
    assert.deepEqual((await search(cleo!, handle)).map((one: any) => [one.id, one.displayName]), [[ada!.user.id, name]]);
    assert.deepEqual(await search(ben!, handle), before, 'and nothing of what has changed since');
    await ada!.api.ok('DELETE', `/api/me/blocks/${ben!.user.id}`);
    assert.deepEqual((await search(ben!, handle)).map((one: any) => one.displayName), [name]);
    await device.close();
  });

  test('what is no handle or not free is refused, and so is whoever has no account', async () => {
    const ada = await account(quick.base);
    assert.equal(refused(await choose(ada, 'mia-k'), 400, 'VALIDATION').field, 'handle');
    const taken = fresh();
    await choose(await account(quick.base), taken);
    const conflicts = [await choose(ada, taken), await choose(ada, 'jonas')].map((answer) => refused(answer, 409, 'CONFLICT'));
    assert.deepEqual(conflicts[0], conflicts[1], 'one that is taken and one that is kept back look the same');
    for (const stranger of [await guest(quick.base), await persona(quick.base, 'user_2')]) {
      refused(await choose(stranger, fresh()), 403, 'FORBIDDEN');
      refused(await stranger.api.get('/api/me/handle'), 403, 'FORBIDDEN');
      refused(await stranger.api.delete('/api/me/handle'), 403, 'FORBIDDEN');
    }
  });

  test('so many looks a minute, wishes among them', async () => {
    const [ada, ben] = await accounts(plain.base, 2);
    for (let look = 0; look < 19; look += 1) await search(ben!, fresh());
    refused(await choose(ben!, 'admin'), 409, 'CONFLICT');
    const error = refused(await ben!.api.get('/api/users?handle=anybody'), 429, 'RATE_LIMITED');
    assert.ok(error.retryAfterMs! > 0 && error.retryAfterMs! <= 60_000);
    refused(await choose(ben!, fresh()), 429, 'RATE_LIMITED');
    assert.deepEqual(await search(ada!, 'anybody'), [], 'everybody has twenty of their own');
  });

  test('whoever is about to go is found by nobody, and whoever stays after all is', async () => {
    const [ada, ben] = await accounts(plain.base, 2);
    const handle = fresh();
    await choose(ada!, handle);
    assert.equal((await ada!.api.call('DELETE', '/api/me', { messages: 'remove', password: PASSWORD })).status, 202);
    assert.deepEqual(await search(ben!, handle), []);
    refused(await choose(ben!, handle), 409, 'CONFLICT');
    assert.equal((await passwordLogin(plain.base, ada!.email)).status, 200);
    assert.equal(await finds(ben!, handle), ada!.user.id);
  });
});

test('kill -9 between the shard and its person: it is given back @night', async () => {
  const [ada, ben] = await accounts(quick.base, 2);
  const [before, handle] = [fresh(), fresh()];
  await choose(ada!, before);
  await until('it can be changed', async () => (await ada!.api.ok('GET', '/api/me/handle')).changeableAt < Date.now());
  const person: [string, string] = ["SELECT 1 FROM person WHERE record ->> '$.user' = ?", ada!.user.id];
  await quick.kill9();
  // The object of the person is killed while it writes down what the shard has given.
  inObject(quick.state, person, slowWrites('INSERT', 'kept', `NEW.name = 'handle' AND NEW.value ->> '$.handle' = '${handle}'`));
  await quick.restart();
  const answered = () => choose(ada!, handle).then((answer) => answer.status, () => 'nothing');
  const wish = until('an end', async () => {
    const status = await answered();
    return status !== 409 && status !== 429 && status;
  });
  await until('it is being written', () => isBusy(quick.base));
  await quick.kill9();
  assert.equal(await wish, 'nothing');
  // The handle is noted as pending and not as owned, so the kill came in between.
  inObject(quick.state, ["SELECT 1 FROM kept WHERE name = 'handle' AND value ->> '$.loose[0].handle' = ?", handle], 'SELECT 1');
  inObject(quick.state, ['SELECT 1 FROM handles WHERE handle = ? AND free_at IS NULL', handle], 'SELECT 1');
  inObject(quick.state, person, FAST_WRITES);
  await quick.restart();
  assert.deepEqual([await own(ada!), await search(ben!, handle)], [before, []], 'what was not written down is not so');
  await chooseInTime(ben!, handle);
  assert.deepEqual([await finds(ada!, handle), await finds(ben!, before)], [ben!.user.id, ada!.user.id]);
});
