// Sockets and streams that a test file has open. An open one keeps a server, and the process of the file, from ending.

interface Open {
  terminate(): void;
  /** Fails if this socket has seen a breach of the rules. */
  clean?(): void;
}

const open = new Set<Open>();

export const keep = (one: Open): unknown => open.add(one);

/** Forgets what has ended. A socket with a breach is not forgotten, because it is asked when the file ends. */
export const drop = (one: Open): unknown => open.delete(one);

/** Cuts everything that is open, and returns it. */
export function cutAll(): Open[] {
  const left = [...open];
  open.clear();
  for (const one of left) one.terminate();
  return left;
}
