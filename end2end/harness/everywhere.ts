// Searches the state folder of a server under test for a text, in everything that is stored.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/** Longest time to wait for a database that the server has locked. */
const LOCKED_MS = 10_000;

/** The mailbox of development (`account.md` 1.3) stands for those of the receivers, from which no deployment takes a mail back. */
const RECEIVED = 'kept_mails';

/** Returns the tables (of objects and of D1) and the bucket files that contain `text`. */
export function placesOf(state: string, text: string): string[] {
  const files = readdirSync(state, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return files.flatMap((entry) => {
    const path = join(entry.parentPath, entry.name);
    if (/-(wal|shm)$/.test(path)) return [];
    if (path.endsWith('.sqlite')) return tablesWith(path, text);
    return contentOf(path).includes(text) ? [path] : [];
  });
}

/** Returns the keys of the objects in the bucket. The local bucket also keeps records of finished multipart uploads; those are left out. */
export function bucketOf(state: string): string[] {
  const files = readdirSync(state, { recursive: true, withFileTypes: true }).filter((entry) => entry.name.endsWith('.sqlite') && /\/r2\//.test(entry.parentPath));
  return files.flatMap((entry) => {
    const database = new DatabaseSync(join(entry.parentPath, entry.name), { readOnly: true, timeout: LOCKED_MS });
    try {
      const hasObjects = database.prepare("SELECT 1 FROM sqlite_master WHERE name = '_mf_objects'").get() !== undefined;
      return hasObjects ? database.prepare('SELECT key FROM _mf_objects').all().map((row) => String(row['key'])) : [];
    } finally {
      database.close();
    }
  });
}

/** Returns the bucket files below a folder, with their text. */
export const filesOfBucket = (state: string, folder: string): { key: string; text: string }[] =>
  bytesOfBucket(state, folder).map(({ key, bytes }) => ({ key, text: bytes.toString() }));

/** Returns the bucket files below a folder, with their bytes. */
export function bytesOfBucket(state: string, folder: string): { key: string; bytes: Buffer }[] {
  const files = readdirSync(state, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile() && /\/r2\//.test(entry.parentPath));
  return files.filter(({ name }) => name.endsWith('.sqlite')).flatMap((entry) => {
    const database = new DatabaseSync(join(entry.parentPath, entry.name), { readOnly: true, timeout: LOCKED_MS });
    try {
      if (!database.prepare("SELECT 1 FROM sqlite_master WHERE name = '_mf_objects'").get()) return [];
      return database.prepare('SELECT key, blob_id FROM _mf_objects').all().flatMap(({ key, blob_id }) => {
        const blob = files.find(({ name }) => name === blob_id);
        return blob && String(key).startsWith(folder) ? [{ key: String(key), bytes: contentOf(join(blob.parentPath, blob.name)) }] : [];
      });
    } finally {
      database.close();
    }
  });
}

/** Returns the content of a file; empty if the server removed the file after the folder was listed. */
function contentOf(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (fault) {
    if ((fault as NodeJS.ErrnoException).code === 'ENOENT') return Buffer.alloc(0);
    throw fault;
  }
}

function tablesWith(path: string, text: string): string[] {
  const database = new DatabaseSync(path, { readOnly: true, timeout: LOCKED_MS });
  try {
    const tables = database.prepare("SELECT name FROM sqlite_master WHERE type = 'table' AND name != ? AND sql NOT LIKE 'CREATE VIRTUAL%'").all(RECEIVED) as { name: string }[];
    return tables.flatMap(({ name }) => {
      const query = database.prepare(`SELECT * FROM "${name}"`);
      // The runtime stores times in nanoseconds, which exceed a JavaScript number.
      query.setReadBigInts(true);
      const rows = query.all() as Record<string, unknown>[];
      const holds = (value: unknown) =>
        (typeof value === 'string' && value.includes(text)) || (value instanceof Uint8Array && Buffer.from(value).includes(text));
      return rows.some((row) => Object.values(row).some(holds)) ? [`${path} ${name}`] : [];
    });
  } finally {
    database.close();
  }
}
