// Looks into the D1 database of a server under test, in its state folder: what a report would read there. And into its objects, when it
// does not run.

import { readdirSync, readFileSync } from 'node:fs';
import { basename, join, sep } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/** The rows of a query; none while the database is not there yet. */
export function rowsOf(state: string, query: string, ...values: (string | number)[]): Record<string, any>[] {
  for (const path of filesBelow(state).filter((path) => isD1(path) && path.endsWith('.sqlite'))) {
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
  const changed = inObjects(state, (database) => Number(database.prepare(query).run(...values).changes));
  if (changed !== 1) throw new Error(`${changed} rows instead of one: ${query}`);
}

/**
 * Does something to the one object in which `mark` finds a row, in a server that does not run: what a disk or a hand that is not ours
 * did to its file.
 */
export function inObject(state: string, [mark, ...values]: [string, ...(string | number)[]], statement: string): void {
  const found = inObjects(state, (database) => {
    if (!database.prepare(mark).get(...values)) return 0;
    database.exec(statement);
    return 1;
  });
  if (found !== 1) throw new Error(`${found} objects instead of one: ${mark} ${values}`);
}

/** Does something to the database of a server that does not run. */
export function inDatabase(state: string, statement: string): void {
  for (const path of filesBelow(state).filter((path) => isD1(path) && path.endsWith('.sqlite'))) {
    const database = new DatabaseSync(path);
    try {
      database.exec('PRAGMA busy_timeout = 10000');
      if (!database.prepare("SELECT 1 FROM sqlite_master WHERE name = 'CFM_audit'").get()) continue;
      return database.exec(statement);
    } finally {
      database.close();
    }
  }
  throw new Error('no database has our tables');
}

/** The rows of a query in each object that can answer it, by the object's id; also in a server that runs. */
export function objectsWith(state: string, query: string, ...values: (string | number)[]): { id: string; rows: Record<string, any>[] }[] {
  const found: { id: string; rows: Record<string, any>[] }[] = [];
  const look = (database: DatabaseSync, path: string): number => {
    const rows = database.prepare(query).all(...values) as Record<string, any>[];
    if (rows.length > 0) found.push({ id: basename(path, '.sqlite'), rows });
    return rows.length;
  };
  inObjects(state, look, true);
  return found;
}

/** How many rows all objects have together, in a server that does not run. */
export const countInObjects = (state: string, query: string, ...values: (string | number)[]): number =>
  inObjects(state, (database) => database.prepare(query).all(...values).length);

/** The same in a server that runs: what is there at this moment. */
export const seenInObjects = (state: string, query: string, ...values: (string | number)[]): number =>
  inObjects(state, (database) => database.prepare(query).all(...values).length, true);

/** Lets no object write rows of this table for which `when` holds, in a server that does not run: a disk that fails in one place. */
export function spoilObjects(state: string, table: string, when: string): void {
  const query = `CREATE TRIGGER spoilt BEFORE INSERT ON ${table} WHEN ${when} BEGIN SELECT RAISE(ABORT, 'secret words'); END`;
  const spoilt = inObjects(state, (database) => {
    database.exec(query);
    return 1;
  });
  if (spoilt === 0) throw new Error(`no object has a table ${table}`);
}

/** Whether a text stands in any file of a server that does not run. */
export const isKept = (state: string, text: string): boolean => filesBelow(state).some((path) => readFileSync(path).includes(text));

/** Does something in each object that can do it; the sum of what that gives. */
function inObjects(state: string, act: (database: DatabaseSync, path: string) => number, readOnly = false): number {
  let sum = 0;
  for (const path of filesBelow(state).filter((path) => !isD1(path) && path.endsWith('.sqlite'))) {
    const database = new DatabaseSync(path, { readOnly });
    try {
      // A runtime that was killed in the middle of its work may hold its locks for a moment longer than its first thread lives.
      database.exec('PRAGMA busy_timeout = 10000');
      sum += act(database, path);
    } catch (failure) {
      // An object of another class.
      if (!/no such (table|column)/.test((failure as Error).message)) throw failure;
    } finally {
      database.close();
    }
  }
  return sum;
}

/** Names of objects are hexadecimal: one of four has these two characters in it somewhere. */
const isD1 = (path: string): boolean => path.includes(`${sep}d1${sep}`);

const filesBelow = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
