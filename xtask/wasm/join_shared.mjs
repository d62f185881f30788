// Joins the code that several parts of the page share into one file: `node xtask/wasm/join_shared.mjs FOLDER`. The split writes about a
// hundred small files, one for each set of parts that share something. A signed-in page would request most of them one by one. Joined they
// take one request and half the bytes. The folder then has `shared.wasm` instead of `chunk_*.wasm`, with a matching loader.

import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import binaryen from 'binaryen';
import { ENABLED } from './wasm_features.mjs';

const folder = process.argv[2];
const LOADER = join(folder, '__wasm_split.js');
const SHARED = 'shared.wasm';
/** Name of the import that provides the page's memory, table and stack pointer. */
const PAGE = '__wasm_split';

const chunks = readdirSync(folder).filter((name) => /^chunk_\d+\.wasm$/.test(name));
if (chunks.length > 1) {
  merge();
  rewriteLoader();
  for (const chunk of chunks) rmSync(join(folder, chunk));
}

/**
 * Merges the files with binaryen. Each file imports the page's memory, so a plain merge would have a hundred memories. Therefore a module
 * with the page's name comes first, which imports everything once and exports it to the others.
 */
function merge() {
  const first = binaryen.readBinary(readFileSync(join(folder, chunks[0])));
  const { initial: pages } = first.getMemoryInfo();
  const { initial: entries } = binaryen.getTableInfo(first.getTableByIndex(0));
  first.dispose();
  const page = join(folder, 'page.wat');
  writeFileSync(page, `(module
    (import "page" "memory" (memory ${pages}))
    (import "page" "__indirect_function_table" (table ${entries} funcref))
    (import "page" "__wasm_split_shared0" (global (mut i32)))
    (export "memory" (memory 0))
    (export "__indirect_function_table" (table 0))
    (export "__wasm_split_shared0" (global 0)))`);
  const tool = join(dirname(createRequire(import.meta.url).resolve('binaryen/package.json')), 'bin/wasm-merge');
  const named = chunks.flatMap((chunk) => [join(folder, chunk), chunk.replace('.wasm', '')]);
  const words = [tool, page, PAGE, ...named, ...ENABLED, '--enable-multimemory', '-g', '-o', join(folder, SHARED)];
  // The tool warns about every name section that the split has written, so its error output is not shown.
  execFileSync(process.execPath, words, { stdio: ['ignore', 'ignore', 'pipe'] });
  rmSync(page);
}

/** Replaces the loaders of all files by one, and refers to it in every part. */
function rewriteLoader() {
  const loader = readFileSync(LOADER, 'utf8');
  const each = /\/\* [^*]* \*\/\nconst __chunk_\d+ = makeLoad\([^]*?\n, \[\]\);\n/g;
  const found = loader.match(each) ?? [];
  if (found.length !== chunks.length) throw new Error(`the loader has ${found.length} of ${chunks.length} files that are shared`);
  const shared = found[0]
    .replace(/^.*\n/, '')
    .replace(/__chunk_\d+/, '__shared')
    .replace(/chunk_\d+\.wasm/, SHARED)
    .replace('instantiateStreaming(src, imports)', `instantiateStreaming(src, { page: imports.${PAGE} })`);
  const parts = loader.replace(each, '').replace(/\[__chunk_\d+(, __chunk_\d+)*\]/g, '[__shared]');
  const place = parts.indexOf('export const');
  const joined = parts.slice(0, place) + shared + parts.slice(place);
  if (/chunk_\d/.test(joined) || !joined.includes('{ page: ')) throw new Error('the loader has another shape than this program knows');
  writeFileSync(LOADER, joined);
}
