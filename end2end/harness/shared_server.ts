// Global setup of the socket suite (`node --test --test-global-setup=…`): one server for all files that
// need no special variables. Building, if needed, happens here, once.

import { Server, SHARED_VARS } from './server.ts';

let server: Server | undefined;

export async function globalSetup(): Promise<void> {
  server = await Server.start({ vars: SHARED_VARS });
  process.env['CFM_SHARED_URL'] = server.base;
  process.env['CFM_BUILT'] = '1';
}

export async function globalTeardown(): Promise<void> {
  await server?.stop();
}
