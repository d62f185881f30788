// core.md 8: every row of the route table, in order, with its owner. If several rows match a path, the first one wins.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bearer, freshUser } from '../harness/hopeflow.ts';
import { send, upgradeHeaders, type Reply } from '../harness/http.ts';
import { hubRoom } from '../harness/hub.ts';
import { freshRoom } from '../harness/ids.ts';
import { address, freshStore } from '../harness/livestore.ts';
import { guest } from '../harness/session.ts';
import { onSharedServer } from '../harness/suite.ts';

const base = await onSharedServer();
const one = await guest(base);
const session = { authorization: `Bearer ${one.token}`, origin: base };
const HTML = { accept: 'text/html,*/*;q=0.8' };
const JSON_TYPE = { 'content-type': 'application/json' };
const up = (protocols?: string, headers: Record<string, string> = {}) => ({ ...upgradeHeaders(protocols), ...headers });

type Headers = Record<string, string>;
/** Row, method, path, headers, status, and a check that only the answer of this owner passes. */
type Row = [row: string, method: string, path: string, headers: Headers, status: number, is: (reply: Reply) => boolean, body?: string];

const header = (reply: Reply, name: string): string => String(reply.headers[name] ?? '');
const isText = (text: string) => (reply: Reply) => reply.text === text;
const speaks = (protocol: string) => (reply: Reply) => header(reply, 'sec-websocket-protocol') === protocol;
const isEnvelope = (reply: Reply) => ['success', 'meta'].every((name) => name in JSON.parse(reply.text));
const hasCode = (code: string) => (reply: Reply) => JSON.parse(reply.text).code === code && !('success' in JSON.parse(reply.text));
const isPage = (reply: Reply) => /^text\/html/.test(header(reply, 'content-type')) && header(reply, 'content-security-policy') !== '';
const isPlain404 = (reply: Reply) => reply.text === '{"error":"Not Found"}';
const room = freshRoom();
const hub = hubRoom();
const store = address(freshStore());

const rows: Row[] = [
  ['1', 'OPTIONS', '/', {}, 204, (reply) => header(reply, 'access-control-allow-origin') === '*'],
  ['1', 'OPTIONS', `/rooms/${hub}/messages`, {}, 204, (reply) => /idempotency-key, last-event-id/.test(header(reply, 'access-control-allow-headers'))],
  ['1', 'OPTIONS', '/publish', {}, 204, (reply) => header(reply, 'access-control-max-age') === '86400'],
  ['1', 'OPTIONS', '/websocket', {}, 204, (reply) => header(reply, 'access-control-allow-origin') === ''],
  ['1', 'OPTIONS', '/api/messages', { origin: base }, 204, (reply) => header(reply, 'access-control-allow-credentials') === 'true' && /^content-type, authorization, idempotency-key, .*x-csrf-token/.test(header(reply, 'access-control-allow-headers'))],
  ['1', 'OPTIONS', '/rpc/messages/get', { origin: base }, 204, (reply) => header(reply, 'access-control-allow-origin') === base],
  ['2', 'GET', '/', up('wasmchannel.v1', session), 101, speaks('wasmchannel.v1')],
  ['2', 'GET', '/', up('wasmchannel.v1'), 401, isText('{"error":"Unauthorized"}')],
  ['2 before 3', 'GET', '/', up('hopeflow.v2, wasmchannel.v1', session), 101, speaks('wasmchannel.v1')],
  ['3', 'GET', '/', up(undefined, bearer({ userId: freshUser() })), 101, speaks('')],
  ['3', 'GET', '/', up('hopeflow.v2', bearer({ userId: freshUser() })), 101, speaks('hopeflow.v2')],
  ['3 before 4', 'GET', '/', up(undefined, HTML), 401, isText('Unauthorized')],
  ['4', 'GET', '/', HTML, 200, (reply) => isPage(reply) && /accept/i.test(header(reply, 'vary'))],
  ['5', 'GET', '/', { accept: '*/*' }, 200, (reply) => reply.text === '{"status":"ok","runtime":"cloudflare"}' && /accept/i.test(header(reply, 'vary'))],
  ['5', 'HEAD', '/', {}, 200, (reply) => header(reply, 'content-type') === 'application/json'],
  ['6', 'GET', '/health', HTML, 200, (reply) => reply.text === 'ok' && header(reply, 'content-type') === 'text/plain; charset=utf-8' && header(reply, 'access-control-allow-origin') === '*'],
  ['6', 'HEAD', '/health', {}, 200, isText('')],
  ['7', 'GET', store, up(), 101, speaks('')],
  ['7', 'GET', store, {}, 426, isText('Durable Object expected Upgrade: websocket')],
  ['7', 'GET', `/any/path${store}`, up(), 101, speaks('')],
  ['7 after 9', 'GET', '/ws/websocket', up(), 101, speaks('')],
  ['7 after 13', 'GET', '/api/me/websocket', up(), 404, isEnvelope],
  ['8', 'GET', `/ws/${room}`, up('wasmchannel.v1', session), 101, speaks('wasmchannel.v1')],
  ['8', 'GET', `/ws/${room}`, up('wasmchannel.v1'), 401, isText('{"error":"Unauthorized"}')],
  ['9', 'GET', `/ws/${hub}`, up(), 101, speaks('')],
  ['9', 'GET', `/ws/${hub}`, up('messagehub.v1'), 101, speaks('messagehub.v1')],
  ['9', 'GET', `/ws/${hub}`, {}, 426, hasCode('UPGRADE_REQUIRED')],
  ['10', 'POST', `/rooms/${hub}/messages`, {}, 202, (reply) => header(reply, 'x-message-seq') === '1', 'x'],
  ['10', 'GET', `/rooms/${hub}/messages`, HTML, 200, (reply) => JSON.parse(reply.text).head === 1],
  ['10', 'GET', `/rooms/${hub}/presence`, {}, 200, (reply) => JSON.parse(reply.text).room === hub],
  ['10', 'GET', `/rooms/${hub}/webhooks`, {}, 401, hasCode('UNAUTHENTICATED')],
  ['10', 'GET', `/rooms/${hub}/stats`, {}, 401, hasCode('UNAUTHENTICATED')],
  ['11', 'POST', '/publish', { ...JSON_TYPE, ...bearer({ userId: 'p' }) }, 200, isText('{"clientCount":0,"results":[]}'), `{"userId":"${freshUser()}"}`],
  ['11', 'GET', '/publish', HTML, 405, (reply) => header(reply, 'allow') === 'POST, OPTIONS' && reply.text === '{"error":"Method Not Allowed"}'],
  ['12', 'POST', '/api/auth/sign-up/email', JSON_TYPE, 400, hasCode('INVALID_EMAIL'), '{"name":"A","email":"x","password":"ten letters"}'],
  ['12', 'POST', '/api/auth/sign-in/email', JSON_TYPE, 401, hasCode('INVALID_EMAIL_OR_PASSWORD'), '{"email":"nobody@example.org","password":"ten letters"}'],
  ['12', 'GET', '/api/auth/get-session', {}, 200, isText('null')],
  ['12', 'POST', '/api/auth/sign-out', JSON_TYPE, 200, isText('{"success":true}'), '{}'],
  ...['change-password', 'update-user', 'change-email', 'delete-user', 'revoke-session', 'revoke-sessions', 'revoke-other-sessions'].map(
    (route): Row => ['12', 'POST', `/api/auth/${route}`, JSON_TYPE, 401, hasCode('UNAUTHORIZED'), '{}'],
  ),
  ['12', 'GET', '/api/auth/list-sessions', {}, 401, hasCode('UNAUTHORIZED')],
  ['12', 'GET', '/api/auth/list-sessions', session, 200, (reply) => Array.isArray(JSON.parse(reply.text))],
  ['12', 'POST', '/api/auth/request-password-reset', JSON_TYPE, 400, hasCode('INVALID_EMAIL'), '{"email":"x"}'],
  ['12', 'POST', '/api/auth/send-verification-email', JSON_TYPE, 400, hasCode('INVALID_EMAIL'), '{"email":"x"}'],
  ['12', 'POST', '/api/auth/reset-password', JSON_TYPE, 400, hasCode('INVALID_TOKEN'), '{"newPassword":"ten letters"}'],
  ['12', 'GET', '/api/auth/verify-email', {}, 401, hasCode('INVALID_TOKEN')],
  ...['/api/auth/me', '/api/me', '/api/rooms', '/api/messages?roomId=general', '/api/inbox', '/api/config', '/api/users', '/api/data/winks', '/api/me/contacts', '/api/bots'].map(
    (path): Row => ['13', 'GET', path, session, 200, isEnvelope],
  ),
  ...['/api/auth/nothing', '/api/admin/flags', '/api/admin/stats', '/api/admin/audit', '/api/admin/dead-letters', '/api/admin/dead-letters/hub:x', '/api/export/x', '/api/files/x'].map((path): Row => ['13', 'GET', path, session, 404, isEnvelope]),
  ['13', 'GET', '/api/me/account', session, 403, isEnvelope],
  ['13', 'POST', '/api/admin/projection', { ...JSON_TYPE, ...session }, 404, isEnvelope, '{}'],
  ['14', 'GET', `/api/ws/room/${room}`, up('cfm.v1', session), 101, speaks('cfm.v1')],
  ['14', 'GET', `/api/ws/room/${room}`, session, 426, isEnvelope],
  ['14', 'GET', '/api/ws/presence', up('cfm.v1', session), 101, speaks('cfm.v1')],
  ['15', 'GET', '/api/health', {}, 200, (reply) => JSON.parse(reply.text).checks.do === 'ok'],
  ['16', 'POST', '/rpc/messages/get', { ...JSON_TYPE, ...session }, 200, (reply) => JSON.parse(reply.text).source === 'database', '{}'],
  ['16', 'POST', '/rpc/messages/get', JSON_TYPE, 401, (reply) => JSON.parse(reply.text).defined === true, '{}'],
  ['17', 'GET', '/openapi.json', HTML, 200, (reply) => JSON.parse(reply.text).openapi.startsWith('3.')],
  ['18', 'GET', '/metrics', {}, 404, isPlain404],
  ['19', 'GET', '/admin', {}, 404, isPlain404],
  ...['/sign-in', '/forgot', '/reset', '/recover', '/verify', '/undo', '/privacy', '/developers', '/gallery'].map((path): Row => ['19', 'GET', path, HTML, 200, isPage]),
  ['19', 'GET', '/i/0000000000000000', HTML, 404, isPage],
  ['19', 'GET', '/embed/no-such-room', HTML, 404, isPage],
  ['19', 'GET', '/embed/no-such-room/events', {}, 404, isEnvelope],
  ['19', 'POST', '/embed/no-such-room/enter', JSON_TYPE, 404, isEnvelope, '{}'],
  ['19', 'POST', '/embed/no-such-room/say', JSON_TYPE, 404, isEnvelope, '{}'],
  ['19', 'GET', '/moderation', HTML, 200, isPage],
  ['19', 'GET', '/i/0000000000000000/qr.svg', {}, 200, (reply) => header(reply, 'content-type') === 'image/svg+xml'],
  ['19', 'GET', '/i/no-code/qr.svg', {}, 404, isPlain404],
  ['19', 'GET', '/manifest.webmanifest', {}, 200, (reply) => 'icons' in JSON.parse(reply.text)],
  ['19', 'GET', '/robots.txt', {}, 200, (reply) => /User-agent/i.test(reply.text)],
  ['19', 'GET', '/sw.js', {}, 200, (reply) => /javascript/.test(header(reply, 'content-type'))],
  ['19', 'GET', '/__dev/mail', {}, 200, (reply) => Array.isArray(JSON.parse(reply.text))],
  ['19', 'GET', '/__dev/mail', HTML, 200, isPage],
  ['19a', 'POST', '/sf/nothing', JSON_TYPE, 404, (reply) => header(reply, 'cache-control') === 'no-store', '{}'],
  ['20', 'POST', '/deliver', bearer({ userId: 'u' }), 404, isPlain404],
  ['20', 'GET', '/connect', up(undefined, bearer({ userId: 'u' })), 404, isPlain404],
  ['21', 'PUT', '/health', {}, 405, (reply) => /GET/.test(header(reply, 'allow'))],
  ['21', 'DELETE', '/api/config', {}, 405, (reply) => isEnvelope(reply) && /GET/.test(header(reply, 'allow'))],
  ['21', 'POST', `/ws/${hub}`, {}, 405, (reply) => /GET/.test(header(reply, 'allow'))],
  ['22', 'GET', '/nothing', HTML, 404, (reply) => isPage(reply) && /accept/i.test(header(reply, 'vary'))],
  ['22', 'GET', '/nothing', { accept: 'application/json' }, 404, (reply) => isPlain404(reply) && /accept/i.test(header(reply, 'vary'))],
  ['22', 'POST', '/nothing', HTML, 404, isPlain404],
  ['22', 'GET', '/health/', {}, 404, isPlain404],
  ['22', 'GET', '/api/nothing', HTML, 404, isEnvelope],
];

for (const [row, method, path, headers, status, is, body] of rows) {
  test(`row ${row}: ${method} ${path.split('?')[0]}${headers['upgrade'] ? ` as ${headers['sec-websocket-protocol'] ?? 'a socket'}` : ''}`, async () => {
    const reply = await send(base, method, path, { headers, ...(body === undefined ? {} : { body }) });
    assert.equal(reply.status, status, reply.text.slice(0, 300));
    assert.ok(is(reply), `${JSON.stringify(reply.headers)}\n${reply.text.slice(0, 300)}`);
  });
}
