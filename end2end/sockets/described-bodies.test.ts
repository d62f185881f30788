// core.md 8 row 17, messenger.md 1: every route with a body in /openapi.json, asked as its description says, and otherwise. Each body is sent
// in a valid form, then with one part that the description refuses or with an odd one, and as what is no body. The answer is what is
// described, or the typed error of the door, and never a 500. Unknown members are ignored.

import assert from 'node:assert/strict';
import { createECDH } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, describe, test } from 'node:test';
import { changeAddress, newToken, NEXT_PASSWORD, recoveryCodes, resetToken, verify } from '../harness/account_life.ts';
import { account, type Account, freshEmail, PASSWORD, passwordLogin, sessionOf } from '../harness/accounts.ts';
import { AdminBrowser } from '../harness/admin.ts';
import { Api, envelope } from '../harness/api.ts';
import { description, mismatch, type Operation, type Schema } from '../harness/description.ts';
import { gif, png, upload } from '../harness/files.ts';
import { send, type Reply } from '../harness/http.ts';
import { freshName, uuidv7 } from '../harness/ids.ts';
import { JWT_SECRET, token } from '../harness/jwt.ts';
import { BROKEN, CODES, deep, deepList, NO_OBJECTS, spoiledBodies } from '../harness/odd.ts';
import { addPasskey, beginLogin, beginMaking, Passkey } from '../harness/passkeys.ts';
import { Receiver } from '../harness/receiver.ts';
import { addFactor, Authenticator, beginFactor } from '../harness/second_factor.ts';
import { guest, persona, type Session } from '../harness/session.ts';
import { GUEST_SETTINGS } from '../harness/settings.ts';
import { sideBySide } from '../harness/side_by_side.ts';
import { onOwnServer } from '../harness/suite.ts';
import { until } from '../harness/wait.ts';

const RULES = ['LOGIN', 'LOGIN_FAIL', 'REGISTER', 'REGISTER_TRY', 'REST', 'CHAT', 'MUTATE', 'PRESENCE', 'LINK', 'FIND', 'DRAFT', 'DEMO_ROOM', 'DEMO_JOIN', 'DEMO_CODE', 'INVITE', 'GUESS', 'HISTORY', 'MAIL', 'ACCOUNT'];
const ADMIN_TOKEN = 'an admin token for tests';
const push = { VAPID_PRIVATE_KEY: Buffer.alloc(32, 7).toString('base64url'), VAPID_SUBJECT: 'mailto:owner@example.org', PUSH_SERVICES: '93.184.216.34' };
// The routes that ask for a recent sign-in are called until the end of the file.
const EMBED = JSON.stringify([{ room: 'general', origins: ['https://blog.example'], mode: 'guest' }]);
const open = { EMBED, ADMIN_TOKEN, JWT_SECRET, REAUTH_S: '86400', WEBHOOK_ALLOW_PRIVATE: '1', ...push, ...Object.fromEntries(RULES.map((rule) => [`RATE_${rule}`, '0'])) };
const { base } = await onOwnServer(open);
const { operations, schemas } = await description(base);
const named = ({ method, path }: Operation) => `${method} ${path}`;
const bearer = (text: string) => ({ authorization: `Bearer ${text}` });

/** Valid call with a body. */
interface Call {
  path?: string;
  body: Record<string, any>;
  headers?: Record<string, string>;
  /** Members that the description calls optional but that this body needs. */
  needed?: string[];
  /** Runs after the call succeeded. */
  taken?: (data: any) => unknown;
}
/** Makes a call; it runs before each attempt, because some values can be used only once. */
type Maker = () => Call | Promise<Call>;

const site = createServer((_, answer) => void answer.writeHead(200, { 'content-type': 'text/html' }).end('<title>x</title>'));
await new Promise<void>((resolve) => site.listen(0, '127.0.0.1', resolve));
after(() => void (site.closeAllConnections(), site.close()));

const [ann, owner] = [await persona(base, 'user_1'), await account(base)];
const own = ann.api.headers;
const { id: dm } = await ann.api.ok('POST', '/api/rooms/dm', { userId: 'user_2' });
const { id: group } = await ann.api.ok('POST', '/api/rooms', { name: 'Crew', memberIds: ['user_3'] });
const { id: blog } = await ann.api.ok('POST', '/api/rooms', { name: 'Blog', memberIds: [], visibility: 'public' });
const { id: crew } = await owner.api.ok('POST', '/api/rooms', { name: 'Link crew', memberIds: [] });
// An address of a bot is taken once it has answered.
const answering = await Receiver.start();
after(() => answering.close());
const ownBot = { scopes: ['read'], commands: [{ name: 'deploy', description: 'Deploys main' }], webhook: { url: answering.url } };
const { bot: crewBot } = await owner.api.ok('POST', `/api/rooms/${crew}/bots`, { name: 'Ops' });
const { id: message } = await ann.api.ok('POST', '/api/messages', { roomId: dm, content: 'hi', id: uuidv7() });
const { id: picture } = await upload(ann, png(), 'a.png', 'image/png');
const { id: square } = await upload(owner, gif(), 'a.gif', 'image/gif');
const { id: emoticon } = await owner.api.ok('POST', '/api/me/emoticons', { code: '(own.)', fileId: square, alt: 'A square', mayKeep: true });
const withEmoticon = { content: 'so (own.)', emoticons: [{ code: '(own.)', fileId: square, alt: 'A square' }] };
const keeper = await account(base);
/** Public room in which a moderator acts, and nobody else writes. */
const MODERATED = 'music';
const [judge, loud, quiet] = [await account(base), await account(base), await account(base)];
const operator = await AdminBrowser.entered(base, ADMIN_TOKEN);
assert.equal((await operator.submit({ do: 'role', user: judge.user.id, role: 'moderator' })).status, 303);
/** Word that a rule holds, a person who says it, and the id of a message that is held. */
const HELD_WORD = 'describedheld';
const talker = await account(base);
let waiting: string | undefined;
assert.equal((await operator.submit({ do: 'rule', kind: 'word', pattern: HELD_WORD, effect: 'hold' })).status, 303);
const { data: host } = await new Api(base).post('/demo/rooms', {});
const hall = `/demo/rooms/${host.code}`;
const presenter = bearer(host.sessionId);
const inHall = async (body: object) => (await new Api(base).post(`${hall}/join`, body)).data.user.id as string;
const { data: doorkeeper } = await new Api(base).post('/demo/rooms', {});
/** Removes everybody but the presenter from a second demo room, and returns the path to join it. */
const emptied = async (): Promise<string> => {
  const [door, keeper] = [`/demo/rooms/${doorkeeper.code}`, new Api(base, bearer(doorkeeper.sessionId))];
  const { members } = await keeper.ok('GET', `${door}/state`);
  for (const one of members.filter((one: any) => !one.isScripted && !one.isPresenter)) await keeper.ok('POST', `${door}/kick`, { userId: one.id });
  return `${door}/join`;
};
let codes = 0;
const browser = createECDH('prime256v1');
const pushKeys = { p256dh: browser.generateKeys('base64url'), auth: Buffer.alloc(16, 7).toString('base64url') };
const library = { email: freshEmail(), password: PASSWORD };
await account(base, library);
const presence = () => ({ body: { status: 'busy', displayName: 'Ann', personalMessage: 'x', avatarId: 'av_01', until: Date.now() + 3_600_000 }, headers: own });
const said = (more: Record<string, unknown>, needed: string[]) => () => ({ body: { roomId: dm, id: uuidv7(), ...more }, headers: own, needed });
let passkey: Passkey | undefined;
let { refreshToken } = await account(base, { remember: true });
let [player, leaving, upgrading, gone]: (Session | undefined)[] = [];
const changer = await account(base);
let [current, next] = [PASSWORD, NEXT_PASSWORD];
/** Tokens of links and a code that no call has used yet. */
let [proof, password, way, code]: (string | undefined)[] = [];
let forgetful = owner;
const [librarian, mover] = [await account(base), await account(base)];
let [libraryCurrent, libraryNext] = [PASSWORD, NEXT_PASSWORD];
let mailed: string | undefined;
let deleted: Session | undefined;
/** Creates an account whose owner has proved the address. */
const provedAccount = async (): Promise<Account> => {
  const who = await account(base);
  await verify(base, await newToken(base, who.email, 'verify'), who);
  return who;
};
const beginning = async () => {
  const who = await provedAccount();
  const { secret, pending } = (await beginFactor(who)).data;
  return { who, secret: secret as string, pending: pending as string };
};
const withFactor = async () => {
  const who = await account(base);
  return { who, ...(await addFactor(base, who)) };
};
let proved: Account | undefined;
let begun: Awaited<ReturnType<typeof beginning>> | undefined;
let ending: Awaited<ReturnType<typeof withFactor>> | undefined;
/** Returns the token that takes the address of a new account back. */
const undoToken = async (): Promise<string> => {
  const one = await account(base);
  return changeAddress(base, one, one.email, freshEmail());
};

/** Calls of every route with a described body, in each form that the route accepts. */
const CALLS: Record<string, Maker[]> = {
  'POST /publish': [() => ({ body: { userId: 'u', type: 'x', payload: {}, durable: true, ttlSeconds: 60 }, headers: bearer(token({ userId: 'u' })) })],
  'PUT /rooms/{room}/webhooks/{hook}': [() => ({
    path: '/rooms/described/webhooks/h1',
    body: { url: 'https://93.184.216.34/x', secret: `whsec_${Buffer.alloc(32, 7).toString('base64')}`, types: ['message'], active: false, ordered: true },
    headers: bearer(ADMIN_TOKEN),
  })],
  'POST /api/auth/sign-up/email': [() => ({ body: { name: freshName(), email: freshEmail(), password: PASSWORD, image: 'https://a.example/b.png', rememberMe: true } })],
  'POST /api/auth/sign-in/email': [() => ({ body: { ...library, code: '', rememberMe: false } })],
  'POST /api/auth/change-password': [() => ({
    body: { currentPassword: libraryCurrent, newPassword: libraryNext, passkeys: [], revokeOtherSessions: true },
    headers: librarian.api.headers,
    taken: () => void ([libraryCurrent, libraryNext] = [libraryNext, libraryCurrent]),
  })],
  'POST /api/auth/request-password-reset': [() => ({ body: { email: freshEmail(), redirectTo: '/reset' } })],
  'POST /api/auth/reset-password': [async () => {
    mailed ??= await resetToken(base, (await account(base)).email);
    return { body: { newPassword: NEXT_PASSWORD, code: '', passkeys: [], token: mailed }, needed: ['token'], taken: () => void (mailed = undefined) };
  }],
  'POST /api/auth/send-verification-email': [() => ({ body: { email: freshEmail(), callbackURL: '/x' } })],
  'POST /api/auth/revoke-session': [() => ({ body: { token: 'x' }, headers: librarian.api.headers })],
  'POST /api/auth/update-user': [() => ({ body: { name: freshName(), image: 'https://a.example/b.png' }, headers: librarian.api.headers })],
  'POST /api/auth/change-email': [() => ({ body: { newEmail: freshEmail(), password: PASSWORD, callbackURL: '/x' }, headers: mover.api.headers })],
  'POST /api/auth/delete-user': [async () => {
    deleted ??= await account(base);
    return { body: { password: PASSWORD, callbackURL: '/x' }, headers: deleted.api.headers, taken: () => void (deleted = undefined) };
  }],
  'POST /api/auth/login': [
    () => ({ body: { displayName: freshName(), token: 'dev', status: 'away', takeover: false, remember: false }, needed: ['displayName', 'token'] }),
    () => ({ body: { email: library.email, password: PASSWORD, code: '', token: 'dev', remember: true }, needed: ['email', 'password', 'token'] }),
    async () => {
      await player?.api.post('/api/auth/logout');
      const taken = (data: any) => void (player = { ...data, token: data.sessionId, api: new Api(base, bearer(data.sessionId)) });
      return { body: { userId: 'user_4', token: 'dev', status: 'busy', takeover: true }, needed: ['userId', 'token'], taken };
    },
  ],
  'POST /api/auth/register': [() => ({ body: { email: freshEmail(), password: PASSWORD, displayName: freshName(), token: 'dev', status: 'away', remember: true }, needed: ['token'] })],
  'POST /api/auth/refresh': [() => ({ body: { refreshToken }, needed: ['refreshToken'], taken: (data) => void (refreshToken = data.refreshToken) })],
  'POST /api/auth/passkey/register/finish': [async () => ({ body: { ...new Passkey(base).made((await beginMaking(owner)).data), name: 'desk' }, headers: owner.api.headers })],
  'POST /api/auth/passkey/login/finish': [async () => {
    passkey ??= await addPasskey(base, owner);
    return { body: { ...passkey.signed(await beginLogin(base)), remember: false, status: 'away' } };
  }],
  'PATCH /api/auth/passkey/{id}': [async () => {
    passkey ??= await addPasskey(base, owner);
    return { path: `/api/auth/passkey/${passkey.id}`, body: { name: 'desk' }, headers: owner.api.headers };
  }],
  'POST /api/auth/password/forgot': [() => ({ body: { email: freshEmail(), token: 'dev' } })],
  'POST /api/auth/password/reset': [async () => {
    password ??= await resetToken(base, (await account(base)).email);
    return { body: { token: password, password: NEXT_PASSWORD, secondFactor: '', passkeys: [], remember: true, status: 'away' }, taken: () => void (password = undefined) };
  }],
  'POST /api/auth/email/verify': [async () => {
    proof ??= await newToken(base, (await account(base)).email, 'verify');
    return { body: { token: proof }, taken: () => void (proof = undefined) };
  }],
  'POST /api/auth/email/undo': [async () => {
    way ??= await undoToken();
    return { body: { token: way }, taken: () => void (way = undefined) };
  }],
  'POST /api/auth/recover': [async () => {
    if (code === undefined) {
      forgetful = await account(base);
      [code] = await recoveryCodes(forgetful);
    }
    return { body: { email: forgetful.email, code, password: NEXT_PASSWORD, secondFactor: '', passkeys: [], remember: true, status: 'away' }, taken: () => void (code = undefined) };
  }],
  'POST /api/me/password': [() => ({ body: { current, next, passkeys: [] }, headers: changer.api.headers, taken: () => void ([current, next] = [next, current]) })],
  'POST /api/me/second-factor': [async () => {
    proved ??= await provedAccount();
    return { body: { password: PASSWORD }, headers: proved.api.headers };
  }],
  'PUT /api/me/second-factor': [async () => {
    begun ??= await beginning();
    const { who, secret, pending } = begun;
    return { body: { pending, code: new Authenticator(secret).code(), passkeys: [] }, headers: who.api.headers, taken: () => void (begun = undefined) };
  }],
  'DELETE /api/me/second-factor': [async () => {
    ending ??= await withFactor();
    return { body: { password: PASSWORD, code: ending.app.code(1) }, headers: ending.who.api.headers, taken: () => void (ending = undefined) };
  }],
  'POST /api/me/unlock': [() => ({ body: { password: PASSWORD }, headers: owner.api.headers })],
  'POST /api/me/email': [() => ({ body: { email: freshEmail(), password: PASSWORD }, headers: owner.api.headers })],
  'POST /api/me/upgrade': [async () => {
    upgrading ??= await guest(base);
    return { body: { email: freshEmail(), password: PASSWORD }, headers: upgrading.api.headers, taken: () => void (upgrading = undefined) };
  }],
  'PUT /api/me': [presence],
  'POST /api/presence': [presence],
  'DELETE /api/me': [
    async () => {
      leaving ??= await guest(base);
      return { body: { token: 'dev', messages: 'remove' }, headers: leaving.api.headers, needed: ['token'], taken: () => void (leaving = undefined) };
    },
    async () => {
      gone ??= sessionOf(base, await passwordLogin(base, library.email));
      return { body: { password: PASSWORD, messages: 'anonymise' }, headers: gone.api.headers, needed: ['password'], taken: () => void (gone = undefined) };
    },
  ],
  'POST /api/me/contacts': [() => ({ body: { userId: 'user_5', note: 'hello' }, headers: own })],
  'POST /api/me/reports': [() => ({ body: { userId: 'user_2', reason: 'abuse', roomId: dm, messageId: message }, headers: own, needed: ['roomId'] })],
  'POST /api/moderation/acts': [async () => {
    // While the room is closed nobody writes there, and no act but the removal needs a message.
    const said = await owner.api.post('/api/messages', { roomId: MODERATED, id: uuidv7(), content: 'hi' });
    const body = { kind: 'mute', room: MODERATED, message: said.data?.id ?? uuidv7(), user: loud.user.id, minutes: 10, seconds: 0, reason: 'Spam.' };
    return { body, headers: judge.api.headers, needed: ['user', 'minutes'] };
  }],
  'POST /api/moderation/held': [async () => {
    waiting ??= await until('the room obeys the rule', async () => {
      const id = uuidv7();
      return (await talker.api.post('/api/messages', { roomId: 'general', id, content: HELD_WORD })).status === 403 && id;
    });
    return { body: { room: 'general', id: waiting, verdict: 'drop' }, headers: judge.api.headers, taken: () => void (waiting = undefined) };
  }],
  'POST /api/moderation/objections': [async () => {
    const { id } = await judge.api.ok('POST', '/api/moderation/acts', { kind: 'mute', user: quiet.user.id, minutes: 10, reason: 'Spam.' });
    return { body: { act: id, text: 'It was not me.' } };
  }],
  'PUT /api/me/handle': [() => ({ body: { handle: 'described' }, headers: owner.api.headers })],
  'POST /api/me/invites': [
    () => ({ body: { uses: 2, hours: 1, roomId: crew }, headers: owner.api.headers }),
    () => ({ body: { guests: true }, headers: owner.api.headers }),
  ],
  'POST /api/me/emoticons': [() => ({ body: { code: `(${(codes += 1)}.)`, fileId: square, alt: 'A square', mayKeep: true }, headers: owner.api.headers })],
  'POST /api/me/emoticons/keep': [async () => {
    const code = `(${(codes += 1)}.)`;
    await owner.api.ok('POST', '/api/me/emoticons', { code, fileId: square, alt: 'A square', mayKeep: true });
    const { id } = await owner.api.ok('POST', '/api/messages', { roomId: 'general', id: uuidv7(), content: code, emoticons: [{ code, fileId: square, alt: 'A square' }] });
    return { body: { roomId: 'general', messageId: id, code, as: `(${codes}.k)` }, headers: keeper.api.headers };
  }],
  'PATCH /api/me/emoticons/{id}': [() => ({ path: `/api/me/emoticons/${emoticon}`, body: { code: '(own.)', alt: 'A square', mayKeep: true }, headers: owner.api.headers })],
  'PUT /api/me/settings': [() => ({ body: { ...GUEST_SETTINGS, nudges: 'contacts', whoCanAdd: 'contacts', lastSeen: false, whoSeesPresence: 'nobody', whoSeesPicture: 'contacts' }, headers: own })],
  'PUT /api/me/clock': [() => ({ body: { timeZone: 'Europe/Berlin' }, headers: owner.api.headers })],
  'PUT /api/me/drafts/{id}': [() => ({ path: `/api/me/drafts/${dm}`, body: { content: 'half a', replyTo: message, at: Date.now() }, headers: own })],
  'PUT /api/me/home': [() => ({ body: { fields: { 'look/theme': { value: 'dusk', at: Date.now(), by: 'a'.repeat(16) } } }, headers: owner.api.headers })],
  'POST /api/me/push': [() => ({ body: { endpoint: 'https://93.184.216.34/x', keys: pushKeys, language: 'de' }, headers: owner.api.headers })],
  'PUT /api/me/push': [() => ({ body: { quiet: { from: '22:00', to: '07:00', timeZone: 'Europe/Berlin' }, preview: false }, headers: owner.api.headers })],
  'PUT /api/me/push/rooms/{id}': [() => ({ path: `/api/me/push/rooms/${dm}`, body: { level: 'mentions', until: Date.now() + 3_600_000 }, headers: own })],
  'POST /api/rooms': [() => ({ body: { name: 'Boat', memberIds: ['user_3'], visibility: 'private' }, headers: own })],
  'POST /api/rooms/dm': [() => ({ body: { userId: 'user_2' }, headers: own })],
  'PATCH /api/rooms/{id}': [() => ({ path: `/api/rooms/${group}`, body: { name: 'Crew', topic: 'x' }, headers: own })],
  'POST /api/rooms/{id}/members': [() => ({ path: `/api/rooms/${group}/members`, body: { userIds: ['user_6'] }, headers: own })],
  'PUT /api/rooms/{id}/pin': [() => ({ path: `/api/rooms/${dm}/pin`, body: { messageId: message }, headers: own })],
  'POST /api/rooms/{id}/hooks': [async () => {
    const path = `/api/rooms/${group}/hooks`;
    // A group has few of them, and every attempt makes one.
    for (const { id } of (await ann.api.ok('GET', path)).items) await ann.api.ok('DELETE', `${path}/${id}`);
    return { path, body: { name: 'Builds' }, headers: own };
  }],
  'PUT /api/rooms/{id}/embed': [() => ({ path: `/api/rooms/${blog}/embed`, body: { origins: ['https://blog.example'], mode: 'read' }, headers: own })],
  'POST /api/rooms/{id}/bots': [async () => {
    const path = `/api/rooms/${group}/bots`;
    for (const { id } of (await ann.api.ok('GET', path)).items) await ann.api.ok('DELETE', `${path}/${id}`);
    return { path, body: { name: 'Ops', ...ownBot }, headers: own };
  }],
  'PATCH /api/rooms/{id}/bots/{bot}': [() => ({ path: `/api/rooms/${crew}/bots/${crewBot.id}`, body: { name: 'Builds', ...ownBot }, headers: owner.api.headers })],
  'PATCH /api/rooms/{id}/members/{user}': [() => ({ path: `/api/rooms/${group}/members/user_3`, body: { role: 'member' }, headers: own })],
  'POST /api/messages': [
    said({ content: 'https://a.example/', replyTo: message, font: { color: 1, face: 1, style: 1 }, link: { url: 'https://a.example/', title: 'T', description: 'D', imageFileId: picture } }, ['content']),
    said({ files: [{ id: picture, name: 'a.png', alt: 'three by two' }] }, ['files']),
    said({ message: 'x' }, ['message']),
    () => ({ body: { roomId: 'general', id: uuidv7(), ...withEmoticon }, headers: owner.api.headers, needed: ['content'] }),
  ],
  'PATCH /api/messages/{id}': [() => ({ path: `/api/messages/${message}`, body: { roomId: dm, id: uuidv7(), content: 'y' }, headers: own })],
  'PUT /api/messages/{id}/react': [{ reaction: 'like' }, { kind: 1 }].map((which) => () => (
    { path: `/api/messages/${message}/react`, body: { roomId: dm, id: uuidv7(), op: 'add', ...which }, headers: own, needed: Object.keys(which) }
  )),
  'POST /api/inbox/ack': [() => ({ body: { items: [{ roomId: dm, seq: 1 }] }, headers: own })],
  'POST /api/admin/projection': [async () => {
    const { data } = await new Api(base, bearer(ADMIN_TOKEN)).post('/api/admin/projection', {});
    return { body: { after: data.after }, headers: bearer(ADMIN_TOKEN) };
  }],
  'POST /api/links': [() => ({ body: { url: `http://127.0.0.1:${(site.address() as AddressInfo).port}/` }, headers: own })],
  'POST /api/telemetry': [() => ({ body: { event: 'page_broken', phase: 'alive' } })],
  'POST /embed/{room}/enter': [() => ({ path: '/embed/general/enter', body: { name: freshName(), turnstile: 'dev' }, needed: ['turnstile'] })],
  'POST /embed/{room}/say': [async () => ({ path: '/embed/general/say', body: { content: 'hi', id: uuidv7() }, headers: (await guest(base)).api.headers })],
  'POST /demo/rooms': [() => ({ body: { language: 'de', token: 'dev' } })],
  'PATCH /demo/rooms/{code}': [() => ({ path: hall, body: { cap: 60, isLocked: false, slowMs: 0 }, headers: presenter })],
  'POST /demo/rooms/{code}/join': [
    async () => ({ path: await emptied(), body: { displayName: freshName() }, needed: ['displayName'] }),
    async () => ({ path: await emptied(), body: { personaId: 'user_20' }, needed: ['personaId'] }),
  ],
  'POST /demo/rooms/{code}/kick': [async () => ({ path: `${hall}/kick`, body: { userId: await inHall({ displayName: freshName() }) }, headers: presenter })],
  'POST /demo/rooms/{code}/scene': [async () => {
    await new Api(base, presenter).ok('POST', `${hall}/scene`, { action: 'play', id: 'en-five-voices' });
    return { path: `${hall}/scene`, body: { action: 'play', id: 'en-five-voices', percent: 100 }, headers: presenter, needed: ['id'] };
  }],
  'POST /rpc/messages/get': [{ roomId: dm, cursor: '', limit: 5 }, { json: { roomId: dm, cursor: '', limit: 5 } }].map((body) => () => ({ body, headers: own })),
};

/** Members that a door ignores when they have another type (hopeflow.md 4). */
const TAKEN_FOR_NOTHING: Record<string, string[]> = { 'POST /publish': ['type', 'durable'] };

/** Values of every type; each description refuses some of them. */
const OTHERS = [7, -1, 1.5, true, 'none of them', [], ['none of them', 7], {}, [{}]];

const plain = (schema: Schema): Schema => (schema['$ref'] ? plain(schemas[schema['$ref'].split('/').at(-1)]!) : schema);

/** Yields variants of a value that the description refuses, at the top and in every nested place. */
function* refusals(value: any, form: Schema): Generator<any> {
  const schema = plain(form);
  yield* OTHERS.filter((other) => mismatch(other, schema, schemas) !== undefined);
  if (Array.isArray(value)) {
    for (const [at, item] of value.entries()) for (const other of refusals(item, schema['items'])) yield value.with(at, other);
  } else if (typeof value === 'object') {
    for (const [name, member] of Object.entries(value)) {
      if (!schema['properties']?.[name]) continue;
      for (const other of refusals(member, schema['properties'][name])) yield { ...value, [name]: other };
      if (schema['required']?.includes(name)) yield { ...value, [name]: undefined };
    }
  }
}

/** Asserts what is described of a success, or else the typed error of the door: in the envelope a code that belongs to the status. */
function isDescribed({ data }: Operation, reply: Reply, what: string): void {
  assert.ok(reply.status < 500, what);
  if (data) {
    const answer = envelope(reply);
    if (answer.error) assert.ok(CODES[reply.status]?.includes(answer.error.code), what);
    else assert.equal(mismatch(answer.data, data.get(reply.status) ?? [...data.values()][0]!, schemas), undefined, what);
  } else if (reply.status >= 400) {
    const answer = JSON.parse(reply.text);
    // A refusal of `/rpc` to oRPC is in its wrapper.
    const { code, error } = answer.json ?? answer;
    assert.equal(typeof (code ?? error), 'string', what);
  }
}

type Body = Record<string, any>;

/** Sends a call with a change to its body, or with a text in its place. */
async function sent(operation: Operation, make: Maker, change: (body: Body) => Body | string = (body) => body): Promise<[Reply, string]> {
  const { path = operation.path, body, headers, taken } = await make();
  const changed = change(body);
  const text = typeof changed === 'string' ? changed : JSON.stringify(changed);
  const reply = await send(base, operation.method, path, { headers: { 'content-type': 'application/json', ...headers }, body: text });
  const what = `${named(operation)} ${text.slice(0, 300)}: ${reply.status} ${reply.text.slice(0, 300)}`;
  if (reply.status < 300) taken?.(JSON.parse(reply.text).data);
  isDescribed(operation, reply, what);
  return [reply, what];
}

/** Returns a body in which this member stands once more. */
const twice = (body: Body, name: string): string => `${JSON.stringify(body).slice(0, -1)},"${name}":${JSON.stringify(body[name])}}`;

const isTaken = ([reply, what]: [Reply, string]) => assert.ok(reply.status >= 200 && reply.status < 300, what);
const isRefused = ([reply, what]: [Reply, string]) => assert.ok(reply.status >= 400 && reply.status < 500 && reply.status !== 429, what);
const isUnreadable = ([reply, what]: [Reply, string]) => assert.ok([400, 422].includes(reply.status), what);

const described = operations.filter((operation) => Object.keys(operation.body?.['properties'] ?? {}).length > 0);

test('each of them is sent by one of these tests, with every member, and answered as described', async () => {
  assert.deepEqual(described.map(named).sort(), Object.keys(CALLS).sort());
  for (const operation of described) {
    const names = new Set<string>();
    for (const make of CALLS[named(operation)]!) {
      isTaken(await sent(operation, make, (body) => (Object.keys(body).forEach((name) => names.add(name)), body)));
    }
    assert.deepEqual([...names].sort(), Object.keys(operation.body!['properties']).sort(), named(operation));
  }
});

describe('described bodies', { concurrency: 4 }, () => {
  test('a body that is no JSON object is BAD_JSON, one of another type 415, one that is too large 413', async () => {
    const one = await guest(base);
    // Invalid UTF-8, half a character, an overlong form, a surrogate, UTF-16 and zeros.
    const noText = ['7b2261223a22fffe227d', '7b2261223a22e282', '7b22c0af223a317d', '7b22eda080223a317d', 'fffe7b0022006100', '00'.repeat(1_000)];
    await sideBySide(described.filter(({ path, data }) => data && /^\/(api|demo)\//.test(path)), async (operation) => {
      // Calls of /api/auth carry no session, because they could end the session of the test.
      const isOfAuth = operation.path.startsWith('/api/auth/');
      const who: Record<string, string> = operation.path.startsWith('/api/admin/') ? bearer(ADMIN_TOKEN) : isOfAuth ? {} : one.api.headers;
      const refusal = async (body: string | Buffer, type = 'application/json', isChunked = false): Promise<unknown[]> => {
        const headers: Record<string, string> = { ...who, ...(type ? { 'content-type': type } : {}) };
        const reply = await send(base, operation.method, operation.path.replace(/\{\w+\}/g, 'general'), { headers, body, isChunked });
        const what = `${named(operation)} ${body.toString().slice(0, 100)} as ${type}: ${reply.status} ${reply.text.slice(0, 200)}`;
        isDescribed(operation, reply, what);
        assert.ok(reply.status >= 400, what);
        return [reply.status, envelope(reply).error!.code, named(operation)];
      };
      for (const bytes of noText) for (const isChunked of [false, true]) await refusal(Buffer.from(bytes, 'hex'), 'application/json', isChunked);
      for (const body of [...BROKEN, ...NO_OBJECTS, deepList(500)]) {
        const refused = await refusal(body);
        if (!isOfAuth) assert.deepEqual(refused, [400, 'BAD_JSON', named(operation)], body);
      }
      if (isOfAuth) return;
      for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', 'application/jsonx', '*/*', '']) {
        assert.deepEqual(await refusal('{"content":"x"}', type), [415, 'UNSUPPORTED_MEDIA_TYPE', named(operation)], type);
      }
      for (const large of [`{"content":"${'x'.repeat(17_000)}"}`, deep(5_000), deepList(200_000)]) {
        for (const isChunked of [false, true]) assert.deepEqual(await refusal(large, 'application/json', isChunked), [413, 'TOO_LARGE', named(operation)]);
      }
    });
  });

  for (const operation of described) {
    test(`${named(operation)} @night`, async () => {
      const { properties, required } = operation.body!;
      for (const make of CALLS[named(operation)] ?? []) {
        const { body, needed = [] } = await make();
        assert.equal(mismatch(body, operation.body!, schemas), undefined, named(operation));
        isTaken(await sent(operation, make));
        isTaken(await sent(operation, make, (body) => ({ ...body, notDescribed: { a: [1] } })));
        for (const [name, schema] of Object.entries<Schema>(properties)) {
          const isThere = name in body;
          const without = isThere && (await sent(operation, make, (body) => ({ ...body, [name]: undefined })));
          if (without && required.includes(name)) isUnreadable(without);
          else if (without && needed.includes(name)) isRefused(without);
          else if (without) isTaken(without);
          // Only HopeFlow takes the last of two, as the language of its clients does.
          if (isThere && operation.path !== '/publish') isUnreadable(await sent(operation, make, (body) => twice(body, name)));
          for (const word of isThere ? plain(schema)['enum'] ?? [] : []) isTaken(await sent(operation, make, (body) => ({ ...body, [name]: word })));
          if (TAKEN_FOR_NOTHING[named(operation)]?.includes(name)) continue;
          for (const other of refusals(body[name], schema)) isUnreadable(await sent(operation, make, (body) => ({ ...body, [name]: other })));
        }
      }
    });
  }
});

// These come last, because some of the values are stored.
test('one odd value in a body that is right otherwise, and a body that is deep @night', async () => {
  const calls: [Operation, Call][] = [];
  for (const operation of described) for (const make of CALLS[named(operation)]!) calls.push([operation, await make()]);
  await sideBySide(calls, async ([operation, { path = operation.path, body, headers }]) => {
    for (const text of [...spoiledBodies(body), deep(400)]) {
      const reply = await send(base, operation.method, path, { headers: { 'content-type': 'application/json', ...headers }, body: text });
      const what = `${named(operation)} ${text.slice(0, 300)}: ${reply.status} ${reply.text.slice(0, 300)}`;
      isDescribed(operation, reply, what);
    }
  });
  assert.equal((await send(base, 'GET', '/health')).text, 'ok');
});
