// Reads the D1 database of a server under test from its state folder. Also reads and changes the databases of its objects while the server
// is stopped.

import { readdirSync, readFileSync } from 'node:fs';
import { basename, join, sep } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { send } from './http.ts';

/** Returns the rows of a query; none while the database does not exist yet. */
export function rowsOf(state: string, query: string, ...values: (string | number)[]): Record<string, any>[] {
  for (const path of filesBelow(state).filter((path) => isD1(path) && path.endsWith('.sqlite'))) {
    const database = new DatabaseSync(path, { readOnly: true });
    try {
      return database.prepare(query).all(...values) as Record<string, any>[];
    } catch (failure) {
      // This is another database of the runtime, or its tables do not exist yet.
      if (!/no such table|unable to open|locked/.test((failure as Error).message)) throw failure;
    } finally {
      database.close();
    }
  }
  return [];
}

/**
 * Changes a row in the only object that has it, while the server is stopped. The object then looks as if it had died between two of its
 * steps.
 */
export function changeObject(state: string, query: string, ...values: (string | number)[]): void {
  const changed = inObjects(state, (database) => Number(database.prepare(query).run(...values).changes));
  if (changed !== 1) throw new Error(`${changed} rows instead of one: ${query}`);
}

/**
 * Runs a statement in the only object in which `mark` finds a row, while the server is stopped, to simulate damage to the file by a disk or
 * by a stranger.
 */
export function inObject(state: string, [mark, ...values]: [string, ...(string | number)[]], statement: string): void {
  const found = inObjects(state, (database) => {
    if (!database.prepare(mark).get(...values)) return 0;
    database.exec(statement);
    return 1;
  });
  if (found !== 1) throw new Error(`${found} objects instead of one: ${mark} ${values}`);
}

/** Returns a trigger that makes a write last longer than any wait, so that a kill falls into it. `FAST_WRITES` takes it away. */
export const slowWrites = (act: 'INSERT' | 'DELETE', table: string, when = 'true'): string =>
  `CREATE TABLE many AS WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000) SELECT i FROM n;
  CREATE TRIGGER slow BEFORE ${act} ON ${table} WHEN ${when} BEGIN SELECT count(*) FROM many a, many b, many c, many d WHERE a.i + b.i + c.i = d.i; END`;
export const FAST_WRITES = 'DROP TRIGGER slow; DROP TABLE many';

/** Returns `true` while a slow write holds the only thread of the runtime. */
export const isBusy = (base: string): Promise<boolean> => send(base, 'GET', '/health', { timeoutMs: 3_000 }).then(() => false, () => true);

/** Runs a statement in the database of a stopped server. */
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

/** Returns the rows of a query from each object that has such a table, with the object's id. The server may run. */
export function objectsWith(state: string, query: string, ...values: (string | number)[]): { id: string; rows: Record<string, any>[] }[] {
  const found: { id: string; rows: Record<string, any>[] }[] = [];
  const countIn = (database: DatabaseSync, path: string): number => {
    const rows = database.prepare(query).all(...values) as Record<string, any>[];
    if (rows.length > 0) found.push({ id: basename(path, '.sqlite'), rows });
    return rows.length;
  };
  inObjects(state, countIn, true);
  return found;
}

/** Counts the rows of a query over all objects of a stopped server. */
export const countInObjects = (state: string, query: string, ...values: (string | number)[]): number =>
  inObjects(state, (database) => database.prepare(query).all(...values).length);

/** Counts the rows of a query over all objects at this moment, while the server runs. */
export const seenInObjects = (state: string, query: string, ...values: (string | number)[]): number =>
  inObjects(state, (database) => database.prepare(query).all(...values).length, true);

/**
 * Makes every insert into this table fail in all objects if `when` holds, while the server is stopped, to simulate a disk that fails in one
 * place.
 */
export function spoilObjects(state: string, table: string, when: string): void {
  const query = `CREATE TRIGGER spoilt BEFORE INSERT ON ${table} WHEN ${when} BEGIN SELECT RAISE(ABORT, 'secret words'); END`;
  const spoilt = inObjects(state, (database) => {
    database.exec(query);
    return 1;
  });
  if (spoilt === 0) throw new Error(`no object has a table ${table}`);
}

/** Returns `true` if a text stands in any file of a stopped server. */
export const isStored = (state: string, text: string): boolean => filesBelow(state).some((path) => readFileSync(path).includes(text));

/** Runs `act` in each object that has the tables for it, and returns the sum of the results. */
function inObjects(state: string, act: (database: DatabaseSync, path: string) => number, readOnly = false): number {
  let sum = 0;
  for (const path of filesBelow(state).filter((path) => !isD1(path) && path.endsWith('.sqlite'))) {
    const database = new DatabaseSync(path, { readOnly });
    try {
      // A killed runtime may hold its locks a moment longer than its first thread lives.
      database.exec('PRAGMA busy_timeout = 10000');
      sum += act(database, path);
    } catch (failure) {
      // This object belongs to another class.
      if (!/no such (table|column)/.test((failure as Error).message)) throw failure;
    } finally {
      database.close();
    }
  }
  return sum;
}

/** Recognises D1 by its folder, because the hexadecimal names of objects often contain `d1` as well. */
const isD1 = (path: string): boolean => path.includes(`${sep}d1${sep}`);

const filesBelow = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
