// Wipes the stored data of an earlier person: no session and no remembered browser shows this page. Messages that the server
// has, and the names of groups, are deleted. Unsent texts stay for their writer, unless the session was ended elsewhere: then all data is
// deleted.
(async ({ ended }) => {
  const id = JSON.parse(localStorage["cfm-boot"] ?? null)?.user?.id, own = `cfm-${id}`;
  delete localStorage["cfm-boot"];
  if (ended !== undefined) for (const key of [`cfm-list-${id}`, `cfm-answered-${id}`, `cfm-opens-${id}`]) delete localStorage[key];
  for (const { name } of ((await indexedDB.databases?.()) ?? [{ name: own }]).filter(({ name }) => name.startsWith("cfm-"))) {
    if (ended !== undefined && name === own) indexedDB.deleteDatabase(name);
    const asked = indexedDB.open(name);
    // There is no such database, and none is made.
    asked.onupgradeneeded = () => asked.transaction.abort();
    asked.onsuccess = () => {
      const stores = asked.result.transaction(["pages", "marks"], "readwrite");
      stores.objectStore("pages").clear();
      stores.objectStore("marks").delete(IDBKeyRange.bound("name/", "name0", false, true));
      asked.result.close();
    };
  }
})(document.currentScript.dataset).catch(() => {});
