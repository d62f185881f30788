// Of the harness itself: the port of a server under test stays its own while the server is down.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { isFree, lease } from '../harness/ports.ts';

const PORTS = join(import.meta.dirname, '..', 'harness', 'ports.ts');

/** Which of these another process is given. */
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

test('the system gives nobody a port that is kept for a server', async () => {
  const servers = Array.from({ length: 200 }, () => createServer().listen(0, '127.0.0.1'));
  await Promise.all(servers.map((server) => once(server, 'listening')));
  const given = servers.map((server) => (server.address() as AddressInfo).port);
  const { port, giveBack } = await lease();
  assert.ok(Math.min(...given) > port, `${Math.min(...given)} is not beyond ${port}`);
  const [taken] = servers;
  assert.equal(await isFree((taken!.address() as AddressInfo).port), false);
  for (const server of servers) server.close();
  await giveBack();
});
