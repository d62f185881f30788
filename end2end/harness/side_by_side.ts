// Calls of a test that do not depend on each other.

/** Number of calls at the same time. It keeps the server busy, and files that run beside this one still get their answers. */
const AT_ONCE = 8;

/** Does the same for each item, for some items at a time. */
export async function sideBySide<T>(items: readonly T[], act: (item: T) => Promise<void>): Promise<void> {
  for (let at = 0; at < items.length; at += AT_ONCE) await Promise.all(items.slice(at, at + AT_ONCE).map(act));
}
