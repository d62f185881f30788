// Archives of what is kept of a person (leaving.md 1), for tests.

import type { Session } from './session.ts';
import { until } from './wait.ts';
import { unzip } from './zip.ts';

type Owner = Pick<Session, 'api'>;

/** Waits until an archive can be fetched, and returns its job. */
export const ready = (who: Owner, id: string): Promise<any> =>
  until('the archive', async () => {
    const job = await who.api.ok('GET', `/api/export/${id}`);
    return job.state === 'ready' && job;
  });

/** Asks for an archive, waits for it, and returns its files by their paths. */
export async function archiveOf(who: Owner): Promise<Map<string, Buffer>> {
  const { jobId } = await who.api.ok('POST', '/api/export');
  const { url } = await ready(who, jobId);
  const reply = await who.api.raw('GET', url, { encoding: 'latin1', timeoutMs: 60_000 });
  return unzip(Buffer.from(reply.text, 'latin1'));
}

/** Returns one file of an archive, which is JSON. */
export const archived = async (who: Owner, file: string): Promise<any> => JSON.parse((await archiveOf(who)).get(file)!.toString());
