// Runs the examples of a document in one folder and in order: its `sh` and `js` blocks, or those alone that are marked with `run` where some
// are. Where a `text` block follows, the output of the example must equal it. `…` in such a block matches anything.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const ROOT = join(import.meta.dirname, '..', '..');
const run = promisify(execFile);

interface Example {
  language: string;
  code: string;
  answer: string | undefined;
}

export async function examplesOf(path: string): Promise<Example[]> {
  const text = await readFile(join(ROOT, path), 'utf8');
  const blocks = [...text.matchAll(/^```(\w+)( run)?\n([\s\S]*?)^```$/gm)].map((found) => ({ language: found[1]!, isMarked: found[2] !== undefined, code: found[3]! }));
  const areMarked = blocks.some(({ isMarked }) => isMarked);
  return blocks.flatMap((block, at) => {
    if (!['sh', 'js'].includes(block.language) || block.isMarked !== areMarked) return [];
    const next = blocks[at + 1];
    return [{ ...block, answer: next?.language === 'text' ? next.code : undefined }];
  });
}

/** Runs every example against the server at `base` and returns their number. */
export async function runExamples(path: string, base: string, more: Record<string, string> = {}): Promise<number> {
  const outer = await mkdtemp(join(tmpdir(), 'cfm-docs-'));
  const folder = join(outer, 'examples');
  try {
    // The examples find the client packages of the doors first, and then the tools of the repository.
    await mkdir(folder);
    await symlink(join(ROOT, 'node_modules'), join(outer, 'node_modules'));
    await symlink(join(ROOT, 'end2end', 'node_modules'), join(folder, 'node_modules'));
    await symlink(join(ROOT, 'examples'), join(folder, 'examples'));
    const examples = await examplesOf(path);
    for (const [at, { language, code, answer }] of examples.entries()) {
      const file = join(folder, `${at}.${language === 'js' ? 'mjs' : 'sh'}`);
      await writeFile(file, language === 'sh' ? `set -euo pipefail\n${code.replaceAll('cargo run', `cargo run --manifest-path ${join(ROOT, 'Cargo.toml')}`)}` : code);
      const program = language === 'js' ? process.execPath : 'bash';
      const { stdout } = await run(program, [file], { cwd: folder, env: { ...process.env, BASE: base, ...more }, timeout: 300_000 });
      if (answer !== undefined) assert.match(stdout.trim(), patternOf(answer.trim()), `${path}, example ${at + 1}:\n${code}\n${stdout}`);
    }
    return examples.length;
  } finally {
    await rm(outer, { recursive: true, force: true });
  }
}

const patternOf = (answer: string): RegExp => new RegExp(`^${answer.split('…').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('[\\s\\S]*?')}$`);
