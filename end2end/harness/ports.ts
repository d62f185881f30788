// Ports of servers under test. A killed server comes back on the same port, so no other process may take the port in between. Parallel
// tests and the system must not hand it out.

import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:net';

/** Below the ports that systems assign themselves: Linux begins at 32,768, macOS at 49,152. */
const FIRST = 20_000;
const COUNT = 12_000;
const HOST = '127.0.0.1';

/** Port that is reserved until it is given back or this process ends. */
export interface Lease {
  port: number;
  /** May be called more than once. */
  giveBack(): Promise<void>;
}

/** Reserves a free port. Every test gets its ports from here. */
export async function lease(): Promise<Lease> {
  const start = Math.floor(Math.random() * COUNT);
  for (let tried = 0; tried < COUNT; tried += 1) {
    const found = await leaseOf(FIRST + ((start + tried) % COUNT));
    if (found) return found;
  }
  throw new Error(`no port is free from ${FIRST} on`);
}

/** Reserves this port unless another process has it. A UDP socket on the same number marks it as taken for other tests. */
async function leaseOf(port: number): Promise<Lease | undefined> {
  const mark = await marked(port);
  if (!mark) return undefined;
  let gone: Promise<void> | undefined;
  const giveBack = () => (gone ??= closed(mark));
  if (await isFree(port)) return { port, giveBack };
  await giveBack();
  return undefined;
}

/** Returns `true` if nothing listens on this port. */
export function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.on('error', () => resolve(false));
    probe.listen(port, HOST, () => probe.close(() => resolve(true)));
  });
}

async function marked(port: number): Promise<Socket | undefined> {
  const socket = createSocket('udp4');
  try {
    socket.bind({ port, address: HOST, exclusive: true });
    await once(socket, 'listening');
    return socket.unref();
  } catch {
    socket.close();
    return undefined;
  }
}

async function closed(socket: Socket): Promise<void> {
  const done = once(socket, 'close');
  socket.close();
  await done;
}
