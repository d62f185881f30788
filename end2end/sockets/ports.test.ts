// Test of the harness: the port of a server under test stays reserved while the server is down.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { lease, leaseOf } from '../harness/ports.ts';

const PORTS = join(import.meta.dirname, '..', 'harness', 'ports.ts');

/** Returns those of these ports that another process can reserve. */
function givenElsewhere(ports: number[]): number[] {
  const script = `const { leaseOf } = await import(${JSON.stringify(PORTS)});
    const leases = await Promise.all(${JSON.stringify(ports)}.map(leaseOf));
    process.stdout.write(JSON.stringify(leases.flatMap((lease) => lease?.port ?? [])));`;
  return JSON.parse(execFileSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' }));
}

test('a port that was given to one is given to nobody else, in no process, until it is given back', async () => {
  const own = await Promise.all(Array.from({ length: 20 }, lease));
  const ports = own.map(({ port }) => port);
  assert.equal(new Set(ports).size, 20);
  assert.deepEqual(givenElsewhere(ports), []);
  await own[0]!.giveBack();
  await own[0]!.giveBack();
  assert.deepEqual(givenElsewhere(ports), [ports[0]]);
  for (const { giveBack } of own) await giveBack();
});

test('a port on which somebody listens is not given', async () => {
  const { port, giveBack } = await lease();
  await giveBack();
  const server = createServer().listen(port, '127.0.0.1');
  await once(server, 'listening');
  assert.equal(await leaseOf(port), undefined);
  server.close();
  await once(server, 'close');
  await (await leaseOf(port))!.giveBack();
});
