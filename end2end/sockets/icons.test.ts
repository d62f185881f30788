// The icons of the installed app (ux.md 2.1): the manifest and the pages name pictures that the build has drawn.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { send } from '../harness/http.ts';
import { onSharedServer } from '../harness/suite.ts';

const base = await onSharedServer();

/** Returns width and height of a PNG. */
async function sizeOf(path: string): Promise<[number, number]> {
  const answer = await fetch(`${base}${path}`);
  assert.equal(answer.status, 200, path);
  assert.equal(answer.headers.get('content-type'), 'image/png', path);
  const bytes = Buffer.from(await answer.arrayBuffer());
  assert.equal(bytes.subarray(0, 8).toString('latin1'), '\x89PNG\r\n\x1a\n', path);
  return [bytes.readUInt32BE(16), bytes.readUInt32BE(20)];
}

test('each PNG of the manifest has the size that stands there', async () => {
  const { icons } = JSON.parse((await send(base, 'GET', '/manifest.webmanifest')).text);
  for (const { src, sizes, type } of icons) if (type === 'image/png') assert.deepEqual(await sizeOf(src), sizes.split('x').map(Number), src);
});

test('pages name an icon for iOS, which takes no SVG', async () => {
  for (const path of ['/sign-in', '/privacy']) {
    const { text } = await send(base, 'GET', path, { headers: { accept: 'text/html' } });
    const address = /<link rel="apple-touch-icon" href="([^"]+)"/.exec(text)?.[1];
    assert.ok(address, path);
    assert.deepEqual(await sizeOf(address), [180, 180]);
  }
});
