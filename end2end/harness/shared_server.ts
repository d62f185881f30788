// Global setup of the socket suite (`node --test --test-global-setup=…`): one server for all files without special variables, and the pool
// for those that share other variables. A missing build is made here, once.

import { Pool } from './pool.ts';
import { Server, SHARED_VARS } from './server.ts';

let server: Server | undefined;
let pool: Pool | undefined;

export async function globalSetup(): Promise<void> {
  server = await Server.start({ vars: SHARED_VARS });
  pool = await Pool.open();
  process.env['CFM_SHARED_URL'] = server.base;
  process.env['CFM_POOL_URL'] = pool.url;
  process.env['CFM_BUILT'] = '1';
}

export async function globalTeardown(): Promise<void> {
  await Promise.all([server?.stop(), pool?.close()]);
}
