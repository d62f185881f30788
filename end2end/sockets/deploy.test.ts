// docs/deploy.md: commands, configuration, tables and build output as the page describes them. docs/checklist.md names the tests of its
// other lines. Statements that need a Cloudflare account are not tested.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { unstable_readConfig as readConfig } from 'wrangler';

const ROOT = join(import.meta.dirname, '..', '..');
const read = (name: string): string => readFileSync(join(ROOT, name), 'utf8');
const page = read('docs/deploy.md');
const folder = mkdtempSync(join(tmpdir(), 'cfm-deploy-'));
after(() => rmSync(folder, { recursive: true, force: true }));

/** Copy of the configuration that uses the existing build and has no build step. */
const config = join(folder, 'wrangler.toml');
const built = (variable: string, usual: string): string => join(ROOT, process.env[variable] ?? usual);
writeFileSync(
  config,
  read('wrangler.toml')
    .replace(/^\[build\]\n(?:\w+ = .*\n)+/m, '')
    .replace('server/build/index.js', join(built('CFM_WORKER', 'server/build'), 'index.js'))
    .replace('"target/site"', JSON.stringify(built('CFM_SITE', 'target/site')))
    .replaceAll('server/migrations', join(ROOT, 'server/migrations')),
);

async function wrangler(...words: string[]): Promise<{ code: number; text: string }> {
  const program = join(ROOT, 'node_modules', 'wrangler', 'bin', 'wrangler.js');
  const env = { ...process.env, WRANGLER_SEND_METRICS: 'false', CI: '1', NO_COLOR: '1', XDG_CONFIG_HOME: folder, WRANGLER_LOG_PATH: folder };
  const run = promisify(execFile)(process.execPath, [program, ...words], { env, cwd: folder, timeout: 120_000 });
  const { code, stdout, stderr } = await run.then((done) => ({ code: 0, ...done }), (failed) => failed);
  return { code, text: `${stdout}${stderr}` };
}

/** Asserts that wrangler has this command. */
async function isOfWrangler(command: string[]): Promise<void> {
  const { code, text } = await wrangler(...command, '--help');
  assert.equal(code, 0, text);
  assert.ok(text.includes(`wrangler ${command.join(' ')}`), `${command.join(' ')}: ${text.slice(0, 200)}`);
}

/** Asserts that the help lists every command of ours in a text. */
function areOfXtask(text: string): void {
  const help = read('xtask/src/main.rs');
  for (const [, command] of text.matchAll(/cargo xtask ([\w-]+)/g)) assert.match(help, new RegExp(`^  ${command} `, 'm'), command!);
}

describe('environments', () => {
  const bindings = async (...words: string[]): Promise<string[]> => {
    const { code, text } = await wrangler('deploy', '--dry-run', '--config', config, '--outdir', join(folder, words.at(-1) ?? 'top'), ...words);
    assert.equal(code, 0, text);
    return [...text.matchAll(/^env\.(\w+) /gm)].map(([, name]) => name!).sort();
  };

  test('each is deployed in a dry run with the same bindings; Workers AI is there when it is deployed @night', async () => {
    const top = await bindings();
    for (const name of ['CHAT_ROOM', 'ROOM', 'PRESENCE_ROOM', 'SESSION_KV', 'DB', 'FILES', 'ANALYTICS', 'WASMCHANNEL_QUEUE', 'OUTBOUND_QUEUE', 'DEAD_QUEUE', 'FLAGS', 'QUOTA']) {
      assert.ok(top.includes(name), `${name} of ${top.join()}`);
    }
    for (const name of ['staging', 'production']) assert.deepEqual(await bindings('--env', name), [...top, 'AI'].sort(), name);
  });

  test('each is reached under its own domain and never past its zone; the top level can be tried on workers.dev', () => {
    const said = (env?: string) => readConfig({ config, ...(env && { env }) });
    assert.deepEqual([said().workers_dev, said().routes], [true, undefined]);
    const hosts = ['staging', 'production'].map((name) => {
      const [route, ...more] = said(name).routes as { pattern: string; custom_domain: boolean }[];
      assert.deepEqual([route!.custom_domain, more], [true, []]);
      assert.ok(page.includes(`\`${route!.pattern}\``), `the page names ${route!.pattern}`);
      return route!.pattern;
    });
    assert.equal(new Set(hosts).size, 2);
  });

  test('none says what it is, so each is production; what somebody set in the dashboard stays when it is deployed', () => {
    for (const name of [undefined, 'staging', 'production']) {
      const said = readConfig({ config, ...(name && { env: name }) });
      assert.deepEqual([said.vars['ENV'], said.keep_vars, said.observability?.enabled], [undefined, true, true], name ?? 'top');
      // The platform's line of each call has the whole address, which may hold the secret of an integration.
      assert.equal(said.observability?.logs?.invocation_logs, false, name ?? 'top');
    }
  });

  test('what the page has somebody create is what the environment names', () => {
    const production = read('wrangler.toml').split('# ---- production')[1]!;
    const created = [...page.matchAll(/^npx wrangler (?:d1|r2 bucket|queues) create (\S+)$/gm)].map(([, name]) => name!);
    assert.ok(created.length >= 5);
    for (const name of created) assert.ok(production.includes(`"${name}"`), name);
    const queues = new Set([...production.matchAll(/queue = "([^"]+)"/g)].map(([, name]) => name!));
    for (const name of queues) assert.ok(created.includes(name), `${name} is created`);
  });

  test('migrations are applied, and a second time there is nothing to do @night', async () => {
    const apply = () => wrangler('d1', 'migrations', 'apply', 'DB', '--env', 'production', '--local', '--persist-to', join(folder, 'state'), '--config', config);
    const first = await apply();
    assert.equal(first.code, 0, first.text);
    for (const name of readdirSync(join(ROOT, 'server/migrations'))) assert.ok(first.text.includes(name), name);
    assert.match((await apply()).text, /No migrations to apply/);
  });

  test('tables of the database have the names that the documents publish, or the prefix of the messenger', () => {
    const migrations = readdirSync(join(ROOT, 'server/migrations')).map((name) => read(`server/migrations/${name}`)).join('\n');
    const tables = [...migrations.matchAll(/CREATE TABLE IF NOT EXISTS (\w+)/g)].map(([, name]) => name!);
    const published = [...read('docs/spec/wasmchannel.md').matchAll(/^CREATE TABLE (\w+)/gm)].map(([, name]) => name!);
    assert.deepEqual(published, ['messages', 'users', 'room_bounds', 'gone_users']);
    // One table of MessageHub's document, and the list of a rebuild, which is empty at other times.
    const others = tables.filter((name) => !published.includes(name) && !name.startsWith('CFM_'));
    assert.deepEqual(others.sort(), ['hub_audit', 'rebuilds']);
  });

  test('migrations only add', () => {
    const adds = /^(CREATE (TABLE|(UNIQUE )?INDEX) IF NOT EXISTS|ALTER TABLE \w+ ADD COLUMN) /;
    for (const name of readdirSync(join(ROOT, 'server/migrations'))) {
      const statements = read(`server/migrations/${name}`).replace(/--.*$/gm, '').split(';').map((text) => text.trim()).filter(Boolean);
      assert.ok(statements.length > 0, name);
      for (const statement of statements) assert.match(statement, adds, name);
    }
  });
});

test('what browsers load names no folder of the machine that built it', () => {
  const site = built('CFM_SITE', 'target/site');
  const files = readdirSync(site, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  assert.ok(files.some(({ name }) => /^app\..*wasm$/.test(name)));
  // A single folder name proves nothing (`/app` is also a page), so whole paths are searched.
  const sources = ['app/', 'frontend/', 'protocol/', 'target/', 'node_modules/'].map((name) => join(ROOT, name));
  const named = [...sources, join(process.env['CARGO_HOME'] ?? join(homedir(), '.cargo'), 'registry/')];
  const naming = files.map((file) => join(file.parentPath, file.name)).filter((file) => {
    const bytes = readFileSync(file);
    return named.some((folder) => bytes.includes(folder));
  });
  assert.deepEqual(naming, []);
});

test('the Worker names no folder of this machine', () => {
  const bytes = readFileSync(join(built('CFM_WORKER', 'server/build'), 'index_bg.wasm'));
  const registry = join(process.env['CARGO_HOME'] ?? join(homedir(), '.cargo'), 'registry/src');
  const own = ['app/', 'frontend/', 'protocol/', 'server/', 'target/', 'node_modules/'].map((name) => join(ROOT, name));
  assert.deepEqual([registry, ...own].filter((folder) => bytes.includes(folder)), []);
});

test('every section of the page has its tests in the checklist', () => {
  const rows = read('docs/checklist.md').split('## `deploy.md`\n')[1]!.split('\n## ')[0]!.split('\n');
  const sections = [...page.matchAll(/^## (.+)$/gm)].map(([, name]) => name!);
  assert.ok(sections.length >= 9);
  for (const name of sections) assert.ok(rows.some((row) => row.startsWith(`| ${name}: `)), name);
});

test('every command that the page names exists @night', async () => {
  const named = [...page.matchAll(/npx wrangler\s([a-z0-9]+(?: [a-z0-9]+)*)/g)].map(([, words]) => words!.split(' '));
  // The commands without their arguments, which are names of ours or words of the page.
  const known = [['login'], ['kv', 'namespace', 'create'], ['d1', 'create'], ['d1', 'migrations', 'apply'], ['r2', 'bucket', 'create'], ['queues', 'create'], ['deploy'], ['delete'], ['secret', 'put'], ['rollback'], ['deployments', 'list'], ['tail']];
  for (const words of named) assert.ok(known.some((command) => command.every((word, at) => words[at] === word)), words.join(' '));
  for (const command of known) {
    assert.ok(named.some((words) => command.every((word, at) => words[at] === word)), `the page names ${command.join(' ')}`);
    await isOfWrangler(command);
  }
  areOfXtask(page);
});

test('what runbooks have somebody run is there @night', async () => {
  const pages = readdirSync(join(ROOT, 'docs/runbooks')).map((name) => read(`docs/runbooks/${name}`)).join('\n');
  areOfXtask(pages);
  const examples = [...pages.matchAll(/--example (\w+)/g)].map(([, name]) => name!);
  assert.ok(examples.length > 0);
  for (const name of examples) assert.ok(existsSync(join(ROOT, 'protocol/examples', `${name}.rs`)), name);
  const words = [...pages.matchAll(/npx wrangler ([a-z0-9]+(?: (?:[a-z]+))*)/g)].map(([, said]) => said!);
  assert.ok(words.length >= 2, words.join());
  for (const said of new Set(words)) await isOfWrangler(said.split(' '));
});

test('the size of the Worker is the one that the check holds it to', () => {
  const cap = Number(/^\[worker-bytes\]\ncap = (\d+)/m.exec(read('xtask/budgets.toml'))![1]);
  assert.ok(page.includes(`${cap.toLocaleString('en')} bytes at most`), `${cap}`);
});

test('settings for a jurisdiction exist where the page has them @night', async () => {
  const named = [...page.matchAll(/npx wrangler ([a-z0-9]+(?: [a-z]+)*) \S+ --jurisdiction/g)].map(([, words]) => words!.split(' '));
  assert.deepEqual(named, [['r2', 'bucket', 'create'], ['d1', 'create'], ['kv', 'namespace', 'create'], ['queues', 'create']]);
  for (const words of named) assert.match((await wrangler(...words, '--help')).text, /--jurisdiction/, words.join(' '));
});

test('every class of objects is named where the page says what a jurisdiction binds', () => {
  const row = page.split('\n').find((line) => line.startsWith('| Conversations, people'))!;
  const bindings: { name: string; class_name: string }[] = readConfig({ config }).durable_objects.bindings;
  const named = new Set(bindings.filter(({ name }) => row.includes(`\`${name}\``)).map(({ class_name }) => class_name));
  assert.deepEqual([...named].sort(), [...new Set(bindings.map(({ class_name }) => class_name))].sort());
});

test('the table of secrets has what the example of variables has', () => {
  const rows = page.split('## Secrets')[1]!.split('## ')[0]!.split('\n').filter((line) => line.startsWith('| `'));
  const named = rows.map((row) => /^\| `(\w+)`/.exec(row)![1]!);
  assert.deepEqual(named, ['TURNSTILE_SECRET_KEY', 'VAPID_PRIVATE_KEY', 'MAIL_API_KEY', 'PASSWORD_PEPPER', 'JWT_SECRET', 'BETTER_AUTH_SECRET', 'ADMIN_TOKEN', 'CONTENT_KEYS', 'LIVESTORE_AUTH_SECRET', 'ADMIN_SECRET']);
  const example = read('.dev.vars.example');
  for (const name of named) assert.match(example, new RegExp(`^# ${name}=`, 'm'), name);
});

test('the line that makes a key of push makes one, also of a key that begins with zeros', async () => {
  const line = /`(node -e "[^`]+")`/.exec(page)![1]!;
  const make = async (env: Record<string, string> = {}) => (await promisify(execFile)('bash', ['-c', line], { env: { ...process.env, ...env } })).stdout.trim();
  const made = await make();
  assert.match(made, /^[\w-]{43}$/);
  assert.notEqual(await make(), made);
  // One key in 256 begins with a zero byte. This script makes every key the number 1.
  const first = join(folder, 'one.cjs');
  writeFileSync(first, "require('crypto').ECDH.prototype.generateKeys = function () { this.setPrivateKey('01', 'hex'); };");
  assert.equal(await make({ NODE_OPTIONS: `--require ${first}` }), `${'A'.repeat(42)}E`);
});

test('the example of variables has every variable that the Worker reads, but for those of tests alone', () => {
  const parts = readdirSync(join(ROOT, 'server/src/config')).map((name) => `server/src/config/${name}`);
  const sources = [...parts, 'protocol/src/words/limits/operator.rs'].map(read).join('\n');
  const readers = /(?:(?:variable|text|flag|number|word|list|pepper|secret)\(\s*|(?:Seconds|Days|Count) )"([A-Z][A-Z0-9_]+)"/g;
  const named = new Set([...sources.matchAll(readers)].map(([, name]) => name!));
  assert.ok(named.size > 60, `${named.size}`);
  const ofTests = ['ACCESS_CERTS_URL', 'ANALYTICS_LOG', 'DEV_STYLE_ORIGIN', 'HUB_DELIVERS_ITSELF', 'NUMBERS_REPORT_S', 'QUEUE_RETRY_S', 'REQUEST_LOG'];
  const example = read('.dev.vars.example');
  const missing = [...named].filter((name) => !ofTests.includes(name) && !new RegExp(`^(# )?${name}\\b`, 'm').test(example));
  assert.deepEqual(missing, []);
});

test('the rule of the zone leaves every route of programs alone, and none of the pages', () => {
  const rule = /```text\nnot \(\n([\s\S]*?)\n\)\n```/.exec(page)![1]!;
  const exact = [.../path in \{([^}]*)\}/.exec(rule)![1]!.matchAll(/"([^"]+)"/g)].map(([, path]) => path!);
  const begins = [...rule.matchAll(/starts_with\(http\.request\.uri\.path, "([^"]+)"\)/g)].map(([, path]) => path!);
  const ends = [...rule.matchAll(/ends_with\(http\.request\.uri\.path, "([^"]+)"\)/g)].map(([, path]) => path!);
  const isLeft = (path: string) => exact.includes(path) || begins.some((begin) => path.startsWith(begin)) || ends.some((end) => path.endsWith(end));
  const described = [...read('protocol/src/wire/openapi/operations.rs').matchAll(/\bop\("[A-Z]+", "([^"]+)"/g)].map(([, path]) => path!);
  assert.ok(described.length > 60);
  const paths = new Set(described.map((path) => path.replaceAll(/\{\w+\}/g, 'x')));
  const pages = ['/', '/app', '/app/x', '/sign-in', '/forgot', '/reset', '/recover', '/verify', '/undo', '/privacy', '/developers', '/i/x', '/i/x/qr.svg', '/moderation', '/admin', '/sf/x',
    '/demo', '/demo/end', '/demo/join', '/demo/join/x', '/demo/join/x/qr.svg', '/demo/device', '/demo/stage', '/demo/offline', '/__dev/mail'];
  for (const path of paths) assert.equal(isLeft(path), !pages.includes(path), path);
  assert.match(rule, /headers\["upgrade"\]\[\*\]\)\[\*\] == "websocket"/, 'sockets of / are left alone by their header');
});

test('the rules of the zone for sign-ins name calls that exist, and count above the limits of the Worker', () => {
  const part = page.split('### Sign-ins')[1]!.split('\n## ')[0]!;
  const expressions = new Map([...part.matchAll(/^`([\w-]+)`:[^`]*(?:`[^`]*`[^`]*)*?```text\n(.*)\n```/gm)].map(([, rule, expression]) => [rule!, expression!]));
  const rows = [...part.matchAll(/^\| `([\w-]+)` \| (?:rate limiting|custom) \| .*$/gm)];
  assert.deepEqual([...expressions.keys()], rows.map(([, rule]) => rule));
  const described = new Set([...read('protocol/src/wire/openapi/operations.rs').matchAll(/\bop\("([A-Z]+)", "([^"]+)"/g)].map(([, method, path]) => `${method} ${path}`));
  const paths = (rule: string) => [.../path in \{([^}]*)\}/.exec(expressions.get(rule)!)![1]!.matchAll(/"([^"]+)"/g)].map(([, path]) => path!);
  for (const rule of ['sign-in', 'mails', 'methods']) {
    assert.ok(paths(rule).length > 3, rule);
    for (const path of paths(rule)) assert.ok(path === '/admin' || described.has(`POST ${path}`), `${rule}: ${path}`);
  }
  for (const path of paths('methods')) assert.ok(!['GET', 'PUT', 'PATCH', 'DELETE'].some((method) => described.has(`${method} ${path}`)), path);
  // The limit that a person meets first is ours.
  const ours = (rule: string) => Math.max(...[...new RegExp(`^# RATE_${rule}=(\\S+)$`, 'm').exec(read('.dev.vars.example'))![1]!.matchAll(/(\d+)\//g)].map(([, count]) => Number(count)));
  const above = [...part.matchAll(/(\d+) requests in \d+ s/g)].map(([, count]) => Number(count));
  assert.equal(above.length, 3);
  for (const count of above) assert.ok(count > Math.max(ours('LOGIN'), ours('MAIL')), `${count}`);
  // A class makes its accounts within a minute, by one address.
  for (const path of ['/api/auth/register', '/api/auth/sign-up/email']) assert.ok(!['sign-in', 'mails'].some((rule) => paths(rule).includes(path)), path);
});
