// Archives of what is kept of a person (leaving.md 1), for tests.

import type { Session } from './session.ts';
import { until } from './wait.ts';
import { unzip } from './zip.ts';

/** Asks for an archive, waits for it, and returns one of its files, which is JSON. */
export async function archived(who: Pick<Session, 'api'>, file: string): Promise<any> {
  const { jobId } = await who.api.ok('POST', '/api/export');
  const { url } = await until('the archive', async () => {
    const job = await who.api.ok('GET', `/api/export/${jobId}`);
    return job.state === 'ready' && job;
  });
  const reply = await who.api.raw('GET', url, { encoding: 'latin1' });
  return JSON.parse(unzip(Buffer.from(reply.text, 'latin1')).get(file)!.toString());
}
