// Start and end of every test file: the server that it uses, and the clean-up after its last test.

import { after } from 'node:test';
import { cutAll } from './left_open.ts';
import type { Pooled } from './pool.ts';
import { Server, shared, type ServerOptions } from './server.ts';
import { send } from './http.ts';
import { signOutPersonas } from './session.ts';

/**
 * Cuts what this file left open and lets go of its server. The file fails if a socket has seen a breach of the rules of which no test knew.
 * Nothing is thrown, because Node stops at the first hook that fails.
 */
async function end(letGo: () => Promise<unknown>): Promise<void> {
  const left = cutAll();
  await letGo();
  for (const socket of left) {
    try {
      socket.clean?.();
    } catch (breach) {
      console.error(breach);
      process.exitCode = 1;
    }
  }
}

/** Returns the address of the server that the run shares (open rooms, no login limit). */
export async function onSharedServer(): Promise<string> {
  const server = await shared();
  after(() => end(() => server.stop()));
  return server.base;
}

/**
 * Returns a server with these variables. Other files of the run use it afterwards, or at the same time if `isShared`. A file that kills or
 * restarts a server or needs an empty state takes one of its own instead. Personas are signed out when the file ends.
 */
export async function onPooledServer(vars: Record<string, string>, isShared = false): Promise<Omit<Pooled, 'id'>> {
  const pool = process.env['CFM_POOL_URL'];
  if (!pool) return onOwnServer(vars);
  const body = JSON.stringify({ vars, isShared });
  const answer = await send(pool, 'POST', '/servers', { body, timeoutMs: 120_000 });
  if (answer.status !== 200) throw new Error(answer.text);
  const { id, base, state } = JSON.parse(answer.text) as Pooled;
  const giveBack = async () => {
    await signOutPersonas(base);
    await send(pool, 'DELETE', `/servers/${id}`);
  };
  after(() => end(giveBack));
  return { base, state };
}

/** Servers of this file alone, listed from the start of their process on. */
const own: Promise<Server>[] = [];

// This hook belongs to the file and not to a suite: the runner calls no hook of a suite whose tests all belong to the other tier. The
// server would then keep the file from ending.
after(async () => {
  if (own.length > 0) await end(() => Promise.all(own.map(async (server) => (await server).stop())));
});

/** Starts a server for this file alone, with other variables or for a kill. The server runs until the file ends. */
export function onOwnServer(vars: Record<string, string> = {}, more: Omit<ServerOptions, 'vars'> = {}): Promise<Server> {
  const server = Server.start({ ...more, vars });
  own.push(server);
  return server;
}
