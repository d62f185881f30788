// Ports of servers under test. One that is killed comes back on its own port, which nobody may have taken meanwhile: neither another test, of
// which several run side by side, nor the system, which gives its ports to whoever asks for any.

import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:net';

/** Below what systems give out by themselves: Linux begins at 32,768, macOS at 49,152. */
const FIRST = 20_000;
const COUNT = 12_000;
const HOST = '127.0.0.1';

/** A port that is nobody else's until it is given back, or this process ends. */
export interface Lease {
  port: number;
  /** Once or more often. */
  giveBack(): Promise<void>;
}

/** Every test asks for its ports here. */
export async function lease(): Promise<Lease> {
  const start = Math.floor(Math.random() * COUNT);
  for (let tried = 0; tried < COUNT; tried += 1) {
    const found = await leaseOf(FIRST + ((start + tried) % COUNT));
    if (found) return found;
  }
  throw new Error(`no port is free from ${FIRST} on`);
}

/** This port, unless it is somebody's. What tells the others is a UDP socket of the same number. */
export async function leaseOf(port: number): Promise<Lease | undefined> {
  const mark = await marked(port);
  if (!mark) return undefined;
  let gone: Promise<void> | undefined;
  const giveBack = () => (gone ??= closed(mark));
  if (await isFree(port)) return { port, giveBack };
  await giveBack();
  return undefined;
}

/** Whether nobody listens there. */
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
