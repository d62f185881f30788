// What every test file begins with: the server it runs on, and the cleaning up after its last test.

import { after } from 'node:test';
import { cutPackets } from './packet_socket.ts';
import type { Pooled } from './pool.ts';
import { Server, shared, type ServerOptions } from './server.ts';
import { send } from './http.ts';
import { signOutPersonas } from './session.ts';
import { cutLines } from './line.ts';
import { cutAll } from './socket.ts';

/** Cuts what the tests of this file left open: sockets of every kind, which would keep a server from ending. */
function cutEverything(): void {
  cutAll();
  cutLines();
  cutPackets();
}

/** The address of the server shared by the run (open rooms, no login limit). */
export async function onSharedServer(): Promise<string> {
  const server = await shared();
  after(async () => {
    cutEverything();
    await server.stop();
  });
  return server.base;
}

/**
 * A server with these variables that other files of the run use after this one, or beside it if `isShared`: a file that kills, restarts
 * or needs an empty state has one of its own instead. Personas are signed out when the file ends.
 */
export async function onPooledServer(vars: Record<string, string>, isShared = false): Promise<Omit<Pooled, 'id'>> {
  const pool = process.env['CFM_POOL_URL'];
  if (!pool) return onOwnServer(vars);
  const body = JSON.stringify({ vars, isShared });
  const answer = await send(pool, 'POST', '/servers', { body, timeoutMs: 120_000 });
  if (answer.status !== 200) throw new Error(answer.text);
  const { id, base, state } = JSON.parse(answer.text) as Pooled;
  after(async () => {
    cutEverything();
    await signOutPersonas(base);
    await send(pool, 'DELETE', `/servers/${id}`);
  });
  return { base, state };
}

/** Servers of this file's own, from the moment in which they are started. */
const own: Promise<Server>[] = [];

// Of the file, not of a suite: of a suite whose tests are all of the other tier the runner calls no hook, and its server would keep the
// file from ending.
after(async () => {
  if (own.length === 0) return;
  cutEverything();
  await Promise.all(own.map(async (server) => (await server).stop()));
});

/** A server of this file's own, for other variables or for killing it. It runs until the file ends. */
export function onOwnServer(vars: Record<string, string> = {}, more: Omit<ServerOptions, 'vars'> = {}): Promise<Server> {
  const server = Server.start({ ...more, vars });
  own.push(server);
  return server;
}
