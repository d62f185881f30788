// What every test file begins with: the server it runs on, and the cleaning up after its last test.

import { after } from 'node:test';
import { cutPackets } from './packet_socket.ts';
import { Server, shared, type ServerOptions } from './server.ts';
import { cutLines } from './line.ts';
import { cutAll } from './socket.ts';

/** The address of the server shared by the run (open rooms, no login limit). */
export async function onSharedServer(): Promise<string> {
  const server = await shared();
  after(async () => {
    cutAll();
    cutLines();
    cutPackets();
    await server.stop();
  });
  return server.base;
}

/** A server of this file's own, for other variables or for killing it. */
export async function onOwnServer(vars: Record<string, string> = {}, more: Omit<ServerOptions, 'vars'> = {}): Promise<Server> {
  const server = await Server.start({ ...more, vars });
  after(async () => {
    cutAll();
    cutLines();
    cutPackets();
    await server.stop();
  });
  return server;
}
