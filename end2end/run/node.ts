// Runs the test files of a folder with Node's own runner:
// `node end2end/run/node.ts sockets|dev [--tier gate|night|all] [--results FILE] [--last FILE] [--title REGEX] [filter …]`.
// A filter is a part of a file's name. The files that took longest in the last run start first.

import { join, relative } from 'node:path';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';
import { parseArgs } from 'node:util';
import { Results, lastTimes } from './results.ts';
import { NIGHT, filesOf, type Tier } from './tier.ts';

const ROOT = join(import.meta.dirname, '..', '..');
/** Most files wait for servers, so four of them keep two processors busy. */
const FILES_AT_ONCE = { sockets: 4, dev: 1 };
const FILE_MS_MAX = 900_000;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { tier: { type: 'string', default: 'all' }, results: { type: 'string' }, last: { type: 'string' }, title: { type: 'string' } },
});
const tier = values.tier as Tier;
const results = new Results(values.results);
const times = lastTimes(values.last);
const timeOf = (file: string) => times.get(relative(ROOT, file)) ?? Infinity;
const [folder, ...filters] = positionals;
if (folder !== 'sockets' && folder !== 'dev') throw new Error('the first word is a folder: sockets or dev');
const files = filesOf(join(ROOT, 'end2end', folder), tier, filters).sort((a, b) => timeOf(b) - timeOf(a));
if (files.length === 0) throw new Error('no test file has this name');

const patterns = [values.title, tier === 'night' ? NIGHT : undefined].filter((pattern) => pattern !== undefined);
const stream = run({
  files,
  concurrency: FILES_AT_ONCE[folder],
  timeout: FILE_MS_MAX,
  ...(folder === 'sockets' ? { globalSetupPath: join(ROOT, 'end2end', 'harness', 'shared_server.ts') } : {}),
  ...(patterns.length > 0 ? { testNamePatterns: patterns.map((pattern) => new RegExp(pattern)) } : {}),
  ...(tier === 'gate' ? { testSkipPatterns: new RegExp(NIGHT) } : {}),
});
interface Ended {
  name: string;
  file?: string;
  skip?: string | boolean;
  details: { duration_ms: number; type?: string };
}
const note = (passed: boolean) => (ended: Ended) => {
  if (ended.details.type === 'suite' || ended.skip || !ended.file) return;
  const file = relative(ROOT, ended.file);
  results.add({ file, title: ended.name.endsWith('.test.ts') ? '' : ended.name, ms: ended.details.duration_ms, passed });
};
stream.on('test:pass', note(true));
stream.on('test:fail', (ended: Ended) => {
  process.exitCode = 1;
  note(false)(ended);
});
stream.on('end', () => results.end());
stream.compose(new spec()).pipe(process.stdout);
