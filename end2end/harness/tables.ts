// Looks into the D1 database of a server under test, in its state folder: what a report would read there.

import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/** The rows of a query; none while the database is not there yet. */
export function rowsOf(state: string, query: string, ...values: (string | number)[]): Record<string, any>[] {
  for (const path of filesBelow(state).filter((path) => path.includes('d1') && path.endsWith('.sqlite'))) {
    const database = new DatabaseSync(path, { readOnly: true });
    try {
      return database.prepare(query).all(...values) as Record<string, any>[];
    } catch (failure) {
      // Another database of the runtime, or one whose tables are still to come.
      if (!/no such table|unable to open|locked/.test((failure as Error).message)) throw failure;
    } finally {
      database.close();
    }
  }
  return [];
}

const filesBelow = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
