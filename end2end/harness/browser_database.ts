// Data that a page keeps in its browser, as a story finds it there.

import { expect, type Person } from './people.ts';

/** Waits until the browser's database has this text. The page stores history a moment after it shows it. */
export async function isStored(person: Person, text: string): Promise<void> {
  const has = async (text: string): Promise<boolean> => {
    const done = <T>(request: IDBRequest<T>) =>
      new Promise<T>((resolve, reject) => {
        request.onsuccess = () => resolve(request.result);
        request.onerror = () => reject(request.error);
      });
    for (const { name } of await indexedDB.databases()) {
      const database = await done(indexedDB.open(name!));
      try {
        for (const store of database.objectStoreNames) {
          const rows = await done(database.transaction(store).objectStore(store).getAll());
          if (JSON.stringify(rows).includes(text)) return true;
        }
      } finally {
        database.close();
      }
    }
    return false;
  };
  await expect.poll(() => person.page.evaluate(has, text), `${text} in the browser's store`).toBe(true);
}
