// The examples in docs/guides/hopeflow.md and livestore.md work as described.

import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { Page } from '../harness/page.ts';
import { PATIENCE_MS, until } from '../harness/wait.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const read = (name: string): string => readFileSync(join(ROOT, name), 'utf8');

test('the pages have somebody install the versions that the tests speak with', () => {
  const packages = ['end2end', 'end2end/clients/livestore-0.4'].flatMap((folder) => Object.entries(JSON.parse(read(`${folder}/package.json`)).dependencies));
  const tested = new Set(packages.map(([name, version]) => `${name}@${version}`));
  const named = readdirSync(join(ROOT, 'docs/guides')).flatMap((name) => [...read(`docs/guides/${name}`).matchAll(/npm install ((?:\S+@[\d.]+\d ?)+)/g)]);
  const versions = named.flatMap(([, words]) => words!.trim().split(' '));
  assert.ok(versions.length >= 5, JSON.stringify(versions));
  for (const version of versions) assert.ok(tested.has(version), version);
});

test('docs/guides/hopeflow.md @night', async () => {
  const page = await Page.open('hopeflow');
  const device = page.start('exec node device.mjs "$(node token.mjs user_123)"');
  await until('the device listens', () => device.printed.includes('listening'), PATIENCE_MS, 10);
  assert.equal(await page.prints(page.block('sh publish')), page.block('json publish').trim());
  const stored = JSON.parse(await page.prints(page.block('sh durable')));
  assert.deepEqual([stored.clientCount, stored.seq], [0, 1]);
  assert.equal(await page.prints(page.block('sh durable')), JSON.stringify(stored), 'the same key, the same answer');
  assert.equal(await page.prints('node later.mjs "$(node token.mjs user_456)"'), '1 for later');
});

test('docs/guides/livestore.md @night', async () => {
  const page = await Page.open('livestore');
  assert.equal(await page.prints('node todos.mjs laptop Milk'), 'Milk');
  assert.equal(await page.prints('node todos.mjs phone Bread'), 'Milk, Bread');
  assert.equal(await page.prints('node log.mjs shopping'), '1 v1.TodoCreated Milk\n2 v1.TodoCreated Bread');
  assert.equal(await page.prints('node reset.mjs shopping wrong'), 'WSMessage.Error');
  assert.equal(await page.prints('node reset.mjs shopping example-admin-secret'), 'WSMessage.AdminResetRoomRes');
  assert.equal(await page.prints('node log.mjs shopping'), '');
});
