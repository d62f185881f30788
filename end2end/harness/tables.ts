// Looks into the D1 database of a server under test, in its state folder: what a report would read there. And into its objects, when it
// does not run.

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

/**
 * Changes a row of the one object that has it, in a server that does not run: what an object remembers after it died between two
 * things that it does one after the other.
 */
export function changeObject(state: string, query: string, ...values: (string | number)[]): void {
  let changed = 0;
  for (const path of filesBelow(state).filter((path) => !path.includes('d1') && path.endsWith('.sqlite'))) {
    const database = new DatabaseSync(path);
    try {
      changed += Number(database.prepare(query).run(...values).changes);
    } catch (failure) {
      // An object of another class.
      if (!/no such (table|column)/.test((failure as Error).message)) throw failure;
    } finally {
      database.close();
    }
  }
  if (changed !== 1) throw new Error(`${changed} rows instead of one: ${query}`);
}

/**
 * Does something to the one object in which `mark` finds a row, in a server that does not run: what a disk or a hand that is not ours
 * did to its file.
 */
export function inObject(state: string, [mark, ...values]: [string, ...(string | number)[]], statement: string): void {
  let found = 0;
  for (const path of filesBelow(state).filter((path) => !path.includes('d1') && path.endsWith('.sqlite'))) {
    const database = new DatabaseSync(path);
    try {
      if (!database.prepare(mark).get(...values)) continue;
      found += 1;
      database.exec(statement);
    } catch (failure) {
      // An object of another class.
      if (!/no such (table|column)/.test((failure as Error).message)) throw failure;
    } finally {
      database.close();
    }
  }
  if (found !== 1) throw new Error(`${found} objects instead of one: ${mark} ${values}`);
}

const filesBelow = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
