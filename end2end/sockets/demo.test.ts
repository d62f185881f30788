// demo.md: rooms without an account. The tests cover entry, the rights of the presenter, scenes and resets, and that a demo room affects
// nothing else.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { account, freshEmail, PASSWORD } from '../harness/accounts.ts';
import { Api, refused } from '../harness/api.ts';
import { read } from '../harness/camera.ts';
import { DEMO_VARS, at, come, joined, makeRoom, messages, type Joined } from '../harness/demo_rooms.ts';
import { group } from '../harness/groups.ts';
import { freshName, marker, uuidv7 } from '../harness/ids.ts';
import { guest, persona } from '../harness/session.ts';
import { FrameSocket, UpgradeRefused, type Frame } from '../harness/socket.ts';
import { onOwnServer } from '../harness/suite.ts';
import { until } from '../harness/wait.ts';

const isReset = (frame: Frame): boolean => frame.type === 'history' && frame['messages'].some((one: any) => one.code === 'demo_reset');

describe('a demo room', async () => {
  const { base } = await onOwnServer(DEMO_VARS);

  test('begins with a month of talk in its language; whoever comes sees it, and they talk', async () => {
    for (const [language, name] of [['en', 'Presenter'], ['de', 'Moderation'], ['fr', 'Présentation']] as const) {
      const host = await makeRoom(base, language);
      assert.equal(host.user.displayName, name);
      const open = await new Api(base).ok('GET', at(host).toLowerCase());
      assert.deepEqual([open.code, open.language, open.isLocked, open.people], [host.code, language, false, 1]);
      assert.ok(open.free.length === 10 && open.free.every((one: any) => one.displayName && one.avatarId));
      const { id: personaId, displayName, avatarId, personalMessage } = open.free[0];
      const mia = await come(base, host.code, { personaId });
      // A visitor who takes a character is shown as that character in the language of the room.
      const { user } = await mia.api.ok('GET', '/api/auth/me');
      assert.deepEqual([user.displayName, user.avatarId, user.personalMessage], [displayName, avatarId, personalMessage]);
      const own = await FrameSocket.joined(base, mia.roomId, mia, { protocols: ['cfm.v1.batch', 'cfm.v1'] });
      const other = await FrameSocket.joined(base, host.roomId, host);
      const { id } = await own.say('hello from the hall');
      assert.equal((await other.next((frame) => frame['id'] === id))['displayName'], mia.user.displayName);
      const said = (await messages(mia)).filter((one) => one.client === 'script');
      assert.ok(said.length > 50 && said.every((one) => /^act_\d+$/.test(one.senderId)));
      const days = (Date.now() - said[0].timestamp) / 86_400_000;
      assert.ok(days > 1 && days < 32, `${days} days ago`);
      await own.close();
      await other.close();
    }
  });

  test('is found by its code in any form; other codes, and too many of them, are not', async () => {
    const host = await makeRoom(base);
    for (const typed of [host.code, host.code.replace('-', ''), host.code.toLowerCase(), encodeURIComponent(` ${host.code} `)]) {
      assert.equal((await new Api(base).ok('GET', `/demo/rooms/${typed}`)).code, host.code);
    }
    for (const wrong of ['AAA-22', 'OOO-222', 'ZZZ-999', '%00', 'grp_abc']) refused(await new Api(base).get(`/demo/rooms/${wrong}`), 404, 'NOT_FOUND');
    const drawing = await new Api(base).raw('GET', `/demo/join/${host.code}/qr.svg`);
    assert.deepEqual([drawing.headers['content-type'], read(drawing)], ['image/svg+xml', `${base}/demo/join/${host.code}`]);
    assert.equal((await new Api(base).raw('GET', '/demo/join/AAA-22/qr.svg')).status, 404);
  });

  test('who has a session of one room guesses the codes of others no more than anybody, and no guess closes their own room to them', async () => {
    const { base: strict } = await onOwnServer({ ...DEMO_VARS, RATE_DEMO_CODE: '5/600' });
    let addresses = 0;
    for (const guess of [
      (host: Joined, code: string) => host.api.get(`/demo/rooms/${code}`),
      (host: Joined, code: string) => host.api.get(`/demo/rooms/${code}/state`),
      (host: Joined, code: string) => host.api.post(`/demo/rooms/${code}/join`, { displayName: 'Wanda' }),
      (host: Joined, code: string) => host.api.call('PATCH', `/demo/rooms/${code}`, { cap: 5 }),
      (host: Joined, code: string) => host.api.post(`/demo/rooms/${code}/kick`, { userId: 'demo_aaaaaaaaaaaaa' }),
      (host: Joined, code: string) => host.api.get(`/demo/rooms/${code}/numbers`),
    ]) {
      const made = joined(strict, await new Api(strict).post('/demo/rooms', {}));
      const host = { ...made, api: made.api.with({ 'cf-connecting-ip': `203.0.113.${(addresses += 1)}` }) };
      // A 404 inside one's own room is not counted as a guess of a code.
      for (let n = 0; n < 6; n += 1) refused(await host.api.post(at(host, '/kick'), { userId: 'demo_aaaaaaaaaaaaa' }), 404, 'NOT_FOUND');
      for (let n = 2; n < 7; n += 1) refused(await guess(host, `ZZZ-99${n}`), 404, 'NOT_FOUND');
      refused(await guess(host, 'ZZZ-998'), 429, 'RATE_LIMITED');
      for (const own of ['', '/state']) assert.equal((await host.api.ok('GET', at(host, own))).code, host.code);
      joined(strict, await host.api.post(at(host, '/join'), { displayName: 'Xaver' }));
    }
  });

  test('a character is one person, a name is one person, and a room has so many places', async () => {
    const host = await makeRoom(base);
    const join = (wish: object) => new Api(base).post(at(host, '/join'), wish);
    await come(base, host.code, { personaId: 'user_20' });
    refused(await join({ personaId: 'user_20' }), 409, 'PERSONA_TAKEN');
    const mia = await come(base, host.code, { displayName: 'Mia B' });
    assert.equal(refused(await join({ displayName: 'mia b' }), 400, 'VALIDATION').field, 'displayName');
    assert.equal((await join({})).status, 400);
    await host.api.call('PATCH', at(host), { cap: 3 });
    refused(await join({ personaId: 'user_19' }), 409, 'ROOM_FULL');
    assert.equal((await host.api.call('PATCH', at(host), { cap: 60, isLocked: true })).data.isLocked, true);
    refused(await join({ personaId: 'user_19' }), 403, 'FORBIDDEN');
    // The presenter can seat a person in a locked room, for the stage; a visitor cannot.
    refused(await mia.api.post(at(host, '/join'), { personaId: 'user_19' }), 403, 'FORBIDDEN');
    joined(base, await host.api.post(at(host, '/join'), { personaId: 'user_19' }));
    refused(await host.api.call('PATCH', at(host), { cap: 61 }), 400, 'VALIDATION');
    const state = await host.api.ok('GET', at(host, '/state'));
    assert.deepEqual([state.cap, state.isLocked, state.slowMs, state.people], [60, true, 0, 4]);
  });

  test('twenty who want the same character at once: one is it', async () => {
    const host = await makeRoom(base);
    const answers = await Promise.all(Array.from({ length: 20 }, () => new Api(base).post(at(host, '/join'), { personaId: 'user_18' })));
    const statuses = answers.map((answer) => answer.status).sort();
    assert.deepEqual(statuses, [201, ...Array(19).fill(409)]);
    assert.equal((await host.api.ok('GET', at(host, '/state'))).people, 2);
  });

  test('only its presenter decides; to strangers there is no such room', async () => {
    const host = await makeRoom(base);
    const mia = await come(base, host.code, { displayName: 'Wanda' });
    const stranger = await makeRoom(base);
    const acts: [string, string, object?][] = [
      ['PATCH', '', { cap: 5 }],
      ['POST', '/kick', { userId: host.user.id }],
      ['POST', '/reset', {}],
      ['POST', '/scene', { action: 'play', id: 'en-five-voices' }],
      ['DELETE', '', undefined],
    ];
    const account = await guest(base);
    for (const [method, rest, body] of acts) {
      refused(await mia.api.call(method, at(host, rest), body), 403, 'FORBIDDEN');
      refused(await stranger.api.call(method, at(host, rest), body), 404, 'NOT_FOUND');
      refused(await account.api.call(method, at(host, rest), body), 404, 'NOT_FOUND');
      refused(await new Api(base).call(method, at(host, rest), body), 401, 'UNAUTHENTICATED');
    }
    refused(await host.api.post(at(host, '/kick'), { userId: host.user.id }), 404, 'NOT_FOUND');
  });

  test('whoever is removed is out at once, with their session, and their character is free', async () => {
    const host = await makeRoom(base);
    const mia = await come(base, host.code, { personaId: 'user_17' });
    const socket = await FrameSocket.joined(base, mia.roomId, mia);
    const device = await FrameSocket.presence(base, mia);
    const state = await host.api.ok('POST', at(host, '/kick'), { userId: mia.user.id });
    assert.equal(state.people, 1);
    assert.equal((await socket.closed).code, 4403);
    await device.closed;
    refused(await mia.api.get('/api/auth/me'), 401, 'UNAUTHENTICATED');
    await come(base, host.code, { personaId: 'user_17' });
  });

  test('a reset is there for everybody: another epoch, the seed, and a line that says so', async () => {
    const host = await makeRoom(base);
    const mia = await come(base, host.code, { displayName: 'Wanda' });
    const before = await FrameSocket.joined(base, mia.roomId, mia);
    await before.say('gone in a moment');
    const [epoch, seq] = [before.epoch, before.lastSeq!];
    const state = await host.api.ok('POST', at(host, '/reset'), {});
    assert.notEqual(state.epoch, epoch);
    assert.equal((await before.closed).code, 1001);
    const again = await FrameSocket.room(base, mia.roomId, mia, { query: { since: seq, epoch } });
    again.lastSeq = undefined;
    assert.equal((await again.next('reset'))['epoch'], state.epoch);
    const page = await again.next(isReset);
    assert.ok(!JSON.stringify(page).includes('gone in a moment'));
    const texts = (await messages(mia)).map((one) => one.content);
    assert.ok(texts.length > 50 && !texts.includes('gone in a moment'));
    assert.equal(state.members.filter((one: any) => !one.isScripted).length, 2, 'everybody stays');
    await again.say('after it');
    await again.close();
  });

  test('a scene is played: its characters come, write and speak, and it can be stopped and hastened', async () => {
    const host = await makeRoom(base);
    const scenes: any[] = await new Api(base).ok('GET', '/demo/scenes');
    assert.ok(['en', 'de', 'fr'].every((language) => scenes.some((scene) => scene.language === language)));
    const scene = scenes.find((one) => one.id === 'en-harbour-night');
    const socket = await FrameSocket.joined(base, host.roomId, host);
    const act = (body: object) => host.api.call('POST', at(host, '/scene'), body);
    refused(await act({ action: 'play', id: 'none' }), 404, 'NOT_FOUND');
    refused(await act({ action: 'dance' }), 400, 'VALIDATION');
    assert.equal((await act({ action: 'play', id: scene.id })).data.scene.id, scene.id);
    await act({ action: 'speed', percent: 400 });
    const writer = await socket.next((frame) => frame.type === 'typing' && frame['isTyping']);
    const first = await socket.next((frame) => frame.type === 'chat' && frame['client'] === 'script');
    for (const one of [writer, first]) assert.ok(scene.cast.includes(one['senderId'].replace('act_', 'user_')));
    const here = (await host.api.ok('GET', at(host, '/state'))).members.filter((one: any) => one.isScripted && one.isHere);
    assert.ok(here.some((one: any) => one.id === first['senderId']));
    await act({ action: 'stop' });
    assert.equal((await host.api.ok('GET', at(host, '/state'))).scene, null);
    await socket.close();
  });

  test('characters of a scene react, show another status and lose their network, as people do; step by step', async () => {
    const host = await makeRoom(base);
    const socket = await FrameSocket.joined(base, host.roomId, host);
    const act = async (body: object): Promise<any> => (await host.api.ok('POST', at(host, '/scene'), body)).scene;
    await act({ action: 'play', id: 'en-harbour-night' });
    let { atMs } = await act({ action: 'pause' });
    const stepTo = async (ms: number) => {
      while (atMs < ms) ({ atMs } = await act({ action: 'step' }));
    };
    await stepTo(15_000);
    const plan = await socket.next((frame) => frame.type === 'chat' && frame['senderId'] === 'act_3');
    const reaction = await socket.next((frame) => frame.type === 'reaction' && frame['senderId'] === 'act_5');
    assert.deepEqual([reaction['messageId'], reaction['reaction'], reaction['op']], [plan['id'], 'heart', 'add']);
    assert.deepEqual((await messages(host)).find((one) => one.id === plan['id']).reactions, [{ reaction: 'heart', count: 1, users: ['act_5'] }]);
    const isComing = (one: any) => one.id === 'act_7' && one.status === 'be_right_back';
    await socket.next((frame) => frame.type === 'participants' && (frame['joined'] ?? []).some(isComing));
    await stepTo(18_600);
    await socket.next((frame) => frame.type === 'participants' && (frame['left'] ?? []).includes('act_7'));
    const { members } = await host.api.ok('GET', at(host, '/state'));
    const mia = members.find((one: any) => one.id === 'act_7');
    assert.deepEqual([mia.isHere, mia.isScripted], [false, true], 'away, and of the room all the same');
    await socket.close();
  });

  test('its end is the end: sockets close, sessions are over, the code is nobody’s', async () => {
    const host = await makeRoom(base);
    const mia = await come(base, host.code, { displayName: 'Wanda' });
    const socket = await FrameSocket.joined(base, mia.roomId, mia);
    await host.api.ok('DELETE', at(host));
    assert.equal((await socket.closed).code, 4404);
    refused(await new Api(base).get(at(host)), 404, 'NOT_FOUND');
    refused(await mia.api.get('/api/auth/me'), 401, 'UNAUTHENTICATED');
    refused(await host.api.get(at(host, '/state')), 401, 'UNAUTHENTICATED');
  });

  test('whoever signs out is not in it any more', async () => {
    const host = await makeRoom(base);
    const mia = await come(base, host.code, { personaId: 'user_16' });
    const socket = await FrameSocket.joined(base, mia.roomId, mia);
    await mia.api.ok('POST', '/api/auth/logout');
    assert.equal((await socket.closed).code, 4401);
    await until('their place is free', async () => (await host.api.ok('GET', at(host, '/state'))).people === 1);
  });

  test('numbers are counted: sockets, steps, events, and how long whom', async () => {
    const host = await makeRoom(base);
    const socket = await FrameSocket.joined(base, host.roomId, host);
    const before = await host.api.ok('GET', at(host, '/numbers'));
    for (const word of ['one', 'two', 'three']) await socket.say(word);
    const after = await host.api.ok('GET', at(host, '/numbers'));
    assert.deepEqual([after.sockets, after.events - before.events, after.head - before.head], [1, 3, 3]);
    assert.ok(after.turns > before.turns && after.workerMs >= 0 && after.objectMs >= 0 && after.wasAsleep === false);
    assert.equal(after.colo, null, 'on one machine no edge is named');
    await socket.close();
  });
});

describe('a demo session', async () => {
  const { base } = await onOwnServer({ ...DEMO_VARS, OPEN_ROOMS: '1', RATE_REGISTER: '0' });

  test('opens its room and nothing else', async () => {
    const host = await makeRoom(base);
    const mia = await come(base, host.code, { personaId: 'user_20' });
    assert.equal((await mia.api.ok('GET', '/api/auth/me')).user.kind, 'guest');
    const rooms = (await mia.api.ok('GET', '/api/rooms?scope=mine')).items;
    assert.deepEqual(rooms.map((room: any) => room.id), [mia.roomId]);
    assert.deepEqual((await mia.api.ok('GET', '/api/users')).items, []);
    const closed: [string, string, object?][] = [
      ['POST', '/api/rooms', { name: 'x', memberIds: [] }],
      ['POST', '/api/rooms/dm', { userId: 'user_1' }],
      ['POST', `/api/rooms/${mia.roomId}/members`, { userIds: ['user_1'] }],
      ['POST', '/api/me/contacts', { userId: 'user_1' }],
      ['POST', '/api/me/reports', { userId: 'user_1', reason: 'spam' }],
      ['PUT', '/api/me/settings', { typing: false }],
      ['PUT', '/api/me', { displayName: 'Nova' }],
      ['POST', '/api/presence', { status: 'online', displayName: 'Moderation' }],
      ['POST', '/api/me/invites', {}],
      ['POST', '/api/export', {}],
      ['PUT', '/api/me/avatar', {}],
      ['GET', '/api/me/sessions'],
      ['POST', '/rpc/messages/get', {}],
    ];
    for (const [method, path, body] of closed) refused403(await mia.api.raw(method, path, json(body)), `${method} ${path}`);
    for (const room of ['general', 'somewhere', 'dm_demo_x____user_1']) {
      await assert.rejects(FrameSocket.room(base, room, mia), (error) => error instanceof UpgradeRefused && [403, 404].includes(error.answer.status));
      assert.ok([403, 404].includes((await mia.api.get(`/api/messages?roomId=${room}`)).status), room);
    }
    const other = await makeRoom(base);
    await assert.rejects(FrameSocket.room(base, other.roomId, mia), (error) => error instanceof UpgradeRefused && error.answer.status === 404);
  });

  test('and one of the session routes are ended by the sign-out of their own door alone', async () => {
    const mia = await come(base, (await makeRoom(base)).code, { displayName: 'Wanda' });
    const form = { name: freshName(), email: freshEmail(), password: PASSWORD };
    const { token, user } = JSON.parse((await new Api(base).raw('POST', '/api/auth/sign-up/email', json(form))).text);
    const library = new Api(base, { authorization: `Bearer ${token}` });
    const ofLibrary = async () => JSON.parse((await library.raw('GET', '/api/auth/get-session')).text)?.user.id;
    assert.equal((await mia.api.raw('POST', '/api/auth/sign-out', json({}))).status, 200);
    await library.ok('POST', '/api/auth/logout');
    assert.deepEqual([(await mia.api.ok('GET', '/api/auth/me')).user.id, await ofLibrary()], [mia.user.id, user.id]);
    await mia.api.ok('POST', '/api/auth/logout');
    assert.equal((await library.raw('POST', '/api/auth/sign-out', json({}))).status, 200);
    refused(await mia.api.get('/api/auth/me'), 401, 'UNAUTHENTICATED');
    assert.equal(await ofLibrary(), undefined);
  });

  test('sees no public group of accounts, nor its people', async () => {
    const [host, ann] = [await makeRoom(base), await account(base)];
    const mia = await come(base, host.code, { displayName: 'Wanda' });
    const word = marker();
    const open = await group(ann, [], 'public', word);
    for (const room of [open, 'general']) await ann.api.ok('POST', '/api/messages', { roomId: room, id: uuidv7(), content: word });
    await until('everybody finds the group', async () => (await ann.api.ok('GET', `/api/rooms?scope=public&q=${word}`)).items.length === 1);
    assert.deepEqual((await mia.api.ok('GET', '/api/rooms?scope=public')).items, []);
    assert.deepEqual((await mia.api.ok('GET', '/api/rooms')).items.map(({ id }: any) => id), [mia.roomId]);
    assert.deepEqual((await mia.api.ok('GET', `/api/messages/search?q=${word}`)).items, []);
    await assert.rejects(FrameSocket.room(base, open, mia), (error) => error instanceof UpgradeRefused && error.answer.status === 404);
    const eyes = await FrameSocket.presence(base, mia);
    eyes.send({ type: 'watch', userIds: [ann.user.id, 'user_1', host.user.id] });
    await eyes.next((frame) => frame.type === 'presence_update' && frame['userId'] === host.user.id);
    await eyes.barrier();
    assert.deepEqual(eyes.all('presence_update').map((frame) => frame['userId']).filter((id) => ![host.user.id, mia.user.id].includes(id)), []);
    await eyes.close();
  });

  test('nobody else reaches the room or its people', async () => {
    const host = await makeRoom(base);
    const mia = await come(base, host.code, { displayName: 'Wanda' });
    const others = [await guest(base), await persona(base, 'user_11')];
    for (const one of others) {
      await assert.rejects(FrameSocket.room(base, host.roomId, one), (error) => error instanceof UpgradeRefused && error.answer.status === 404);
      refused(await one.api.get(`/api/messages?roomId=${host.roomId}`), 404, 'NOT_FOUND');
      refused(await one.api.get(`/api/rooms/${host.roomId}`), 404, 'NOT_FOUND');
      for (const id of [mia.user.id, 'act_1']) {
        assert.ok([403, 404].includes((await one.api.post('/api/rooms/dm', { userId: id })).status), id);
        assert.ok([403, 404].includes((await one.api.post('/api/me/contacts', { userId: id })).status), id);
      }
    }
    refused(await others[1]!.api.post('/api/rooms', { name: 'x', memberIds: [mia.user.id] }), 404, 'NOT_FOUND');
    refused(await others[0]!.api.get(at(host, '/state')), 404, 'NOT_FOUND');
    assert.ok(!JSON.stringify(await others[0]!.api.ok('GET', '/api/users')).includes('demo_'));
  });

  test('a cookie of somebody’s account counts for nothing', async () => {
    const host = await makeRoom(base);
    const one = await guest(base);
    const withCookie = new Api(base, { cookie: `cfm=${one.token}`, origin: base });
    refused(await withCookie.get(at(host, '/state')), 401, 'UNAUTHENTICATED');
    refused(await withCookie.with({ origin: 'https://elsewhere.example' }).post('/demo/rooms', {}), 403, 'ORIGIN_FORBIDDEN');
  });
});

describe('limits per address', async () => {
  const { base } = await onOwnServer({ RATE_LOGIN: '0', RATE_DEMO_ROOM: '2/60', RATE_DEMO_JOIN: '1/60', RATE_CODE: '2/60', RATE_DEMO_CODE: '3/60' });

  test('of rooms, of people who come, and of wrong codes', async () => {
    const host = await makeRoom(base);
    await makeRoom(base);
    refused(await new Api(base).post('/demo/rooms', {}), 429, 'RATE_LIMITED');
    // Two places are the room's own, the third is the address's.
    const ada = await come(base, host.code, { displayName: 'Ada' });
    for (const displayName of ['Bo', 'Cy']) await come(base, host.code, { displayName });
    // A visitor with a session of the room is counted like a stranger.
    for (const api of [new Api(base), ada.api]) refused(await api.post(at(host, '/join'), { displayName: 'Di' }), 429, 'RATE_LIMITED');
    // The seats of the presenter have a count of their own.
    for (const displayName of ['Di', 'Ed']) joined(base, await host.api.post(at(host, '/join'), { displayName }));
    refused(await host.api.post(at(host, '/join'), { displayName: 'Flo' }), 429, 'RATE_LIMITED');
    for (let wrong = 0; wrong < 3; wrong++) refused(await new Api(base).get('/demo/rooms/ZZZ-999'), 404, 'NOT_FOUND');
    refused(await new Api(base).get('/demo/rooms/ZZZ-999'), 429, 'RATE_LIMITED');
    refused(await new Api(base).get(at(host)), 429, 'RATE_LIMITED');
  });
});

const json = (body?: object) => (body ? { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) } : {});

function refused403(reply: { status: number; text: string }, where: string): void {
  assert.equal(reply.status, 403, `${where}: ${reply.text.slice(0, 200)}`);
}
