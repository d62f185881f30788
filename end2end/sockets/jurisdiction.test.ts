// leaving.md 5: `JURISDICTION` applies to every access to an object, and `LOCATION_HINT` to its creation. The test runtime supports
// neither. So the function behind all accesses is called with fake namespaces.

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fetchObject, postObject } from '../../server/src/runtime/runtime.js';

const SOURCES = join(import.meta.dirname, '..', '..', 'server', 'src');

/** Recorded call of a namespace: jurisdiction, name, options, address and method. */
type Asked = [jurisdiction: string | undefined, name: string, options: unknown, url: string, method: string | undefined];

function environment(vars: Record<string, string>): { env: Record<string, unknown>; asked: Asked[] } {
  const asked: Asked[] = [];
  const space = (jurisdiction?: string) => ({
    jurisdiction: (word: string) => space(word),
    getByName: (name: string, options: unknown) => ({
      fetch: (url: string, init?: RequestInit) => {
        asked.push([jurisdiction, name, options, url, init?.method]);
        return Promise.resolve(new Response(''));
      },
    }),
  });
  return { env: { CHAT_ROOM: space(), ...vars }, asked };
}

test('an object is asked for with its jurisdiction and its hint', async () => {
  for (const [vars, jurisdiction, options] of [
    [{}, undefined, undefined],
    [{ JURISDICTION: 'eu' }, 'eu', undefined],
    [{ JURISDICTION: 'fedramp' }, 'fedramp', undefined],
    [{ LOCATION_HINT: 'weur' }, undefined, { locationHint: 'weur' }],
    [{ JURISDICTION: 'eu', LOCATION_HINT: 'weur' }, 'eu', { locationHint: 'weur' }],
    [{ JURISDICTION: '', LOCATION_HINT: '' }, undefined, undefined],
  ] as const) {
    const { env, asked } = environment(vars);
    await fetchObject(env, 'CHAT_ROOM', 'rm:general', 'https://object/x', { method: 'GET' });
    await postObject(env, 'CHAT_ROOM', 'me:user_1', 'verb', '', '', undefined);
    const called = (name: string, url: string, method: string) => [jurisdiction, name, options, url, method];
    assert.deepEqual(asked, [called('rm:general', 'https://object/x', 'GET'), called('me:user_1', 'https://object/verb', 'POST')], JSON.stringify(vars));
  }
});

test('no other code asks for an object', () => {
  const files = readdirSync(SOURCES, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const asking = files.flatMap((entry) => {
    const path = join(entry.parentPath, entry.name);
    const count = readFileSync(path, 'utf8').match(/getByName|idFromName|id_from_name|get_by_name|newUniqueId|unique_id\(|durable_object\("/g)?.length ?? 0;
    return count > 0 ? [`${entry.name} ${count}`] : [];
  });
  assert.deepEqual(asking, ['runtime.js 1']);
});
