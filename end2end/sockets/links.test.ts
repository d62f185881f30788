// files.md 2, messagehub.md 7.4: previews of pages, and addresses that the server must not request.

import assert from 'node:assert/strict';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { networkInterfaces } from 'node:os';
import { after, describe, test } from 'node:test';
import { refused } from '../harness/api.ts';
import { download, png, SECRET } from '../harness/files.ts';
import { startResolver } from '../harness/receiver.ts';
import { guest } from '../harness/session.ts';
import { onOwnServer } from '../harness/suite.ts';

const resolver = await startResolver({ 'inner.example': ['93.184.215.14', '10.0.0.1'], 'mapped.example': ['::ffff:10.0.0.1'], 'meta.example': ['169.254.169.254'] });
after(() => resolver.close());

/** Starts a foreign web site with these pages by path. */
async function site(pages: Record<string, (request: IncomingMessage, answer: ServerResponse) => void>, host = '127.0.0.1') {
  const asked: IncomingMessage[] = [];
  const server = createServer((request, answer) => {
    asked.push(request);
    const page = pages[request.url ?? ''];
    if (page) page(request, answer);
    else answer.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  after(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
}

const html = (text: string) => (_: IncomingMessage, answer: ServerResponse) =>
  void answer.writeHead(200, { 'content-type': 'text/html; charset=utf-8', 'set-cookie': 'a=b' }).end(text);
const to = (location: string) => (_: IncomingMessage, answer: ServerResponse) => void answer.writeHead(302, { location }).end();

describe('previews', () => {
  test('title, description and picture, asked for once an hour and without cookies @night', async () => {
    const { base } = await onOwnServer({ RATE_LOGIN: '0', RATE_LINK: '0', RATE_REST: '0', WEBHOOK_ALLOW_PRIVATE: '1', DOH_URL: resolver.url });
    const [one, two] = [await guest(base), await guest(base)];
    const elsewhere = await site({ '/': html('<title>Elsewhere</title>') });
    const pages = await site({
      '/page': html('<title>no</title><meta property="og:title" content="Tom &amp; Jerry"><meta name=description content="Two"><meta property=og:image content=/p.png>'),
      '/p.png': (_, answer) => void answer.writeHead(200, { 'content-type': 'text/plain' }).end(Buffer.concat([png(), SECRET])),
      '/plain': (_, answer) => void answer.writeHead(200, { 'content-type': 'text/plain' }).end('<title>no</title>'),
      '/untitled': html('<meta name=description content="x">'),
      '/privet': (_, answer) => void answer.writeHead(200, { 'content-type': 'Text/HTML; Charset=windows-1251' }).end(Buffer.from('<title>\xcf\xf0\xe8\xe2\xe5\xf2 &mdash; &#150;</title>', 'latin1')),
      '/moved': to('/page2'),
      '/page2': html('<title>moved</title><meta property=og:image content=/nothing.png>'),
      '/round': to('/round'),
      '/away': to(elsewhere.url),
      '/large': html(`<title>begins</title>${'x'.repeat(3_000_000)}`),
      '/late': html(`${' '.repeat(600_000)}<title>late</title>`),
      '/silent': () => undefined,
    });
    const ask = async (path: string, who = one) => who.api.ok('POST', '/api/links', { url: `${pages.url}${path}` });
    const first = await ask('/page');
    assert.deepEqual([first.title, first.description], ['Tom & Jerry', 'Two']);
    const picture = await download(one, first.imageFileId);
    assert.equal(picture.headers['content-type'], 'image/png');
    assert.ok(!picture.text.includes(SECRET.toString('latin1')));
    const second = await ask('/page', two);
    assert.equal(second.title, first.title);
    assert.notEqual(second.imageFileId, first.imageFileId, 'everybody has their own');
    assert.equal((await download(two, first.imageFileId)).status, 404);
    assert.equal(pages.asked.filter(({ url }) => url === '/page').length, 1, 'remembered');
    assert.ok(pages.asked.every(({ headers }) => headers.cookie === undefined && headers.authorization === undefined));

    assert.deepEqual(await ask('/privet'), { title: 'Привет — –' });
    assert.deepEqual(await ask('/moved'), { title: 'moved' });
    assert.deepEqual(await ask('/large'), { title: 'begins' });
    for (const path of ['/plain', '/untitled', '/round', '/away', '/late', '/nothing', '/silent']) assert.deepEqual(await ask(path), {}, path);
    assert.equal(elsewhere.asked.length, 0);
  });

  test('addresses that are not public are not asked for, in whatever spelling', async () => {
    const { base } = await onOwnServer({ RATE_LOGIN: '0', RATE_LINK: '0', RATE_REST: '0', DOH_URL: resolver.url });
    const { api } = await guest(base);
    const inner = await site({ '/': html('<title>inner</title>') });
    const { port } = new URL(inner.url);
    // Each notation is a row of `guard.rs`; names are looked up here alone.
    const hosts = ['127.0.0.1', '0x7f000001', '[::ffff:7f00:1]', '１２７.0.0.1', 'printer.local', 'inner.example', 'mapped.example', 'meta.example'];
    for (const url of hosts.flatMap((host) => [`http://${host}:${port}/`, `https://${host}:${port}/`])) {
      assert.equal(refused(await api.post('/api/links', { url }), 400, 'VALIDATION').field, 'url', url);
    }
    // An unknown host is no error; there is just no preview.
    assert.deepEqual(await api.ok('POST', '/api/links', { url: 'https://unknown.example/' }), {});
    assert.equal(inner.asked.length, 0);
  });

  test('the picture that a page names is guarded like the page: inner addresses and other places are never asked', async () => {
    const { base } = await onOwnServer({ RATE_LOGIN: '0', RATE_LINK: '0', RATE_REST: '0', WEBHOOK_ALLOW_PRIVATE: '1', DOH_URL: resolver.url });
    const { api } = await guest(base);
    // Among private addresses, this configuration permits only loopback. The site listens on every address of the machine, so any forbidden
    // request would arrive.
    const inner = await site({ '/p.png': (_, answer) => void answer.writeHead(200, { 'content-type': 'image/png' }).end(png()) }, '0.0.0.0');
    const { port } = new URL(inner.url);
    const own = Object.values(networkInterfaces()).flat().filter((one) => one!.family === 'IPv4' && !one!.internal).map((one) => one!.address);
    const hosts = ['0.0.0.0', '10.0.0.1', '169.254.169.254', '192.168.1.1', 'inner.example', 'meta.example', 'metadata.google.internal', 'printer.local'];
    const isPrivate = (address: string) => /^(10\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.|100\.(6[4-9]|[7-9]\d|1[01]\d|12[0-7])\.|169\.254\.)/.test(address);
    hosts.push(...own.filter(isPrivate));
    const images = [
      ...hosts.flatMap((host) => [`http://${host}:${port}/p.png`, `https://${host}:${port}/p.png`]),
      ...[`http://u:p@127.0.0.1:${port}/p.png`, `ftp://127.0.0.1:${port}/p.png`, 'file:///etc/passwd', 'data:image/png;base64,iVBORw0KGgo=', `//0.0.0.0:${port}/p.png`],
    ];
    const named = Object.fromEntries(images.map((image, at) => [`/${at}`, html(`<title>${at}</title><meta property=og:image content="${image}">`)]));
    const elsewhere = await site({ '/p.png': (_, answer) => void answer.writeHead(200, { 'content-type': 'image/png' }).end(png()) });
    const pages = await site({
      ...named,
      '/leads': html('<title>leads</title><meta property=og:image content=/away.png>'),
      '/away.png': to(`${elsewhere.url}/p.png`),
      '/neighbour': html(`<title>neighbour</title><meta property=og:image content="${elsewhere.url}/p.png">`),
    });
    const ask = (path: string) => api.ok('POST', '/api/links', { url: `${pages.url}${path}` });
    for (const at of images.keys()) assert.deepEqual(await ask(`/${at}`), { title: String(at) }, images[at]!);
    assert.deepEqual(await ask('/leads'), { title: 'leads' });
    assert.deepEqual([inner.asked.length, elsewhere.asked.length], [0, 0], 'nobody was asked, nor where a picture leads to');
    // A picture on another public host is allowed, because many pages keep theirs elsewhere.
    assert.match((await ask('/neighbour')).imageFileId, /\.png-/);
    assert.equal(elsewhere.asked.length, 1);
    assert.ok(elsewhere.asked.every(({ headers }) => headers.cookie === undefined && headers.authorization === undefined));
  });

  test('so many a minute', async () => {
    const { base } = await onOwnServer({ RATE_LOGIN: '0', RATE_LINK: '2/60', DOH_URL: resolver.url });
    const { api } = await guest(base);
    for (let at = 0; at < 2; at += 1) await api.ok('POST', '/api/links', { url: 'https://unknown.example/' });
    refused(await api.post('/api/links', { url: 'https://unknown.example/' }), 429, 'RATE_LIMITED');
  });

  test('a host is asked so often in a minute, whoever wants the previews', async () => {
    const { base } = await onOwnServer({ RATE_LOGIN: '0', RATE_LINK_HOST: '2/60', WEBHOOK_ALLOW_PRIVATE: '1', DOH_URL: resolver.url });
    const pages = await site(Object.fromEntries(['/a', '/b', '/c'].map((path) => [path, html(`<title>${path}</title>`)])));
    const preview = async (path: string) => (await guest(base)).api.ok('POST', '/api/links', { url: `${pages.url}${path}` });
    assert.deepEqual([await preview('/a'), await preview('/b'), await preview('/c')], [{ title: '/a' }, { title: '/b' }, {}]);
    assert.deepEqual(await preview('/a'), { title: '/a' }, 'what is remembered needs no request');
    assert.deepEqual(pages.asked.map(({ url }) => url), ['/a', '/b']);
  });
});
