// Waiting for conditions with a deadline. No test sleeps: it waits for a named condition, and fails with that name at the deadline.

/**
 * Default deadline of a wait. The deadline ends a test that would hang and says nothing about the speed of the product: `cargo xtask bench`
 * measures that.
 */
export const PATIENCE_MS = 60_000;

/** Resolves with the first value of `probe` that is not undefined or false; rejects after `timeoutMs`. */
export async function until<T>(
  what: string,
  probe: () => T | undefined | false | Promise<T | undefined | false>,
  timeoutMs = PATIENCE_MS,
  everyMs = 100,
): Promise<T> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const value = await probe();
    if (value !== undefined && value !== false) return value;
    if (Date.now() >= deadline) throw new Error(`not within ${timeoutMs} ms: ${what}`);
    await pause(Math.min(everyMs, Math.max(1, deadline - Date.now())));
  }
}

/** Gives up on `promise` after `timeoutMs`, with the name of the expected result. */
export async function within<T>(what: string, promise: Promise<T>, timeoutMs = PATIENCE_MS): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not within ${timeoutMs} ms: ${what}`)), timeoutMs);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Waits for a moment on the wall clock that the specification itself names (a window, an idle time). */
export function moment(atMs: number): Promise<void> {
  return pause(Math.max(0, atMs - Date.now()));
}

/** Runs the scenario, and once more from its beginning if it failed while the UTC day ended, because the product counts in UTC days. */
export async function withinOneDay<T>(scenario: () => Promise<T>): Promise<T> {
  const day = () => Math.floor(Date.now() / 86_400_000);
  const began = day();
  try {
    return await scenario();
  } catch (failure) {
    if (day() === began) throw failure;
    return scenario();
  }
}

/** Returns the word for the day of a moment, as of now. A call after midnight returns the other word. */
export function dayOf(at: Date, [today, yesterday]: [string, string] = ['today', 'yesterday']): string {
  return at.toDateString() === new Date().toDateString() ? today : yesterday;
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
