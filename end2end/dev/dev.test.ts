// Tests `cargo xtask dev` itself: the start up to `Ready on`, a style sheet that changes without a build, and an end that leaves no process
// behind. With CFM_BUILT=1 the command serves the existing build; everything else is as developers use it.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { appendFile, cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { Script } from 'node:vm';
import { send } from '../harness/http.ts';
import { isFree, lease } from '../harness/ports.ts';
import { processesOfGroup } from '../harness/server.ts';
import { until, within } from '../harness/wait.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const START_MS = process.env['CFM_BUILT'] === '1' ? 120_000 : 30 * 60_000;

/** Recognises workerd by the name of its program. */
const isRuntime = (pid: number) => readFileSync(`/proc/${pid}/comm`, 'utf8').trim() === 'workerd';

test('dev: ready, styles without a build, up again after a kill, nothing left behind', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'cfm-dev-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  // The test edits the style sheets, so it works on a copy.
  const style = join(folder, 'style');
  await cp(join(ROOT, 'style'), style, { recursive: true });
  const { port, giveBack } = await lease();
  t.after(giveBack);
  const base = `http://127.0.0.1:${port}`;
  const child = spawn('cargo', ['xtask', 'dev', '--port', String(port), '--state', join(folder, 'state')], {
    cwd: ROOT,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, CFM_STYLE: style },
  });
  const group = child.pid!;
  t.after(() => {
    for (const pid of processesOfGroup(group)) process.kill(pid, 'SIGKILL');
  });
  const gone = once(child, 'exit');
  let log = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (log += chunk.toString('utf8')));
  const logged = (what: string, timeoutMs: number) =>
    until(
      `it prints ${what}`,
      () => {
        if (child.exitCode !== null) throw new Error(`it ended with ${child.exitCode}`);
        return log.includes(what);
      },
      timeoutMs,
    ).catch((failure: Error) => Promise.reject(new Error(`${failure.message}\n${log}`)));

  await logged(`Ready on ${base}`, START_MS);
  assert.equal((await send(base, 'GET', '/api/health')).status, 200);

  const page = await send(base, 'GET', '/sign-in');
  assert.match(page.text, /<link[^>]*href="\/__dev\/sign-in\.css"/);
  const scripts = [...page.text.matchAll(/<script nonce="[^"]*"[^>]*>(.*?)<\/script>/gs)].map((found) => found[1]!);
  const own = scripts.find((script) => script.includes('/__dev/style-events'));
  assert.ok(own, 'the page listens for what is built');
  // The script must parse, because a page with a broken script gets no events.
  new Script(own);
  const sheet = async (name: string) => (await send(base, 'GET', `/__dev/${name}`)).text;
  const names = ['main.css', 'sign-in.css', 'files.css', 'home.css'];
  for (const name of names) assert.doesNotMatch(await sheet(name), /\.edited-/);
  const events = await fetch(`${base}/__dev/style-events`);
  const reported = (async () => {
    let text = '';
    const reader = events.body!.getReader();
    for (let read = await reader.read(); !read.done; read = await reader.read()) {
      // The event of a changed sheet has no name.
      if (/\n\ndata: /.test((text += Buffer.from(read.value).toString('utf8')))) return;
    }
  })();
  const before = log.length;
  for (const name of names) await appendFile(join(style, name), `\n.edited-${name.split('.')[0]} { order: 7; }\n`);
  for (const name of names) await until(`${name} is served as edited`, async () => (await sheet(name)).includes(`.edited-${name.split('.')[0]}`));
  await within('pages are told', reported);
  assert.doesNotMatch(log.slice(before), /Compiling|custom build|Bundling/, 'a sheet is no reason to build');

  // The proxy of wrangler dies with the runtime, and wrangler does not recover from that on its own.
  const killedAt = log.length;
  for (const pid of processesOfGroup(group).filter(isRuntime)) process.kill(pid, 'SIGKILL');
  await until('it is ready again', () => log.slice(killedAt).includes(`Ready on ${base}`), 120_000);
  assert.equal((await send(base, 'GET', '/api/health')).status, 200);

  child.kill('SIGTERM');
  await within('it ends', gone);
  assert.deepEqual(processesOfGroup(group), [], 'nobody is left');
  assert.ok(await isFree(port), 'the port is free');
});
