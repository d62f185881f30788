// Wipes what an earlier person left: this page is seen by nobody who is signed in or remembered. Messages that can be read again from the server
// go. Words that were not sent stay for their writer, unless the session was ended elsewhere: then everything goes.
(async ({ ended }) => {
  const own = `cfm-${JSON.parse(localStorage["cfm-boot"] ?? null)?.user?.id}`;
  delete localStorage["cfm-boot"];
  for (const { name } of ((await indexedDB.databases?.()) ?? [{ name: own }]).filter(({ name }) => name.startsWith("cfm-"))) {
    if (ended !== undefined && name === own) indexedDB.deleteDatabase(name);
    const asked = indexedDB.open(name);
    // There is none: none is made.
    asked.onupgradeneeded = () => asked.transaction.abort();
    asked.onsuccess = () => (asked.result.transaction("pages", "readwrite").objectStore("pages").clear(), asked.result.close());
  }
})(document.currentScript.dataset).catch(() => {});
