// Whoever sees this page is nobody here: not signed in, and not remembered. What was said to who was, and can be read again, does not lie about
// until then. What they wrote and had not sent stays for them, unless their session was ended elsewhere: then nothing of it does.
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
