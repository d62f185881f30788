// Waiting for conditions with a deadline. No test sleeps: it waits for something that it can name,
// and fails with that name when the deadline passes.

/**
 * Deadline of a wait that names none. It ends a test that would hang and says nothing of the product: figures are measured by
 * `cargo xtask bench`.
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

/** Gives up on `promise` after `timeoutMs`, naming what was expected. */
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

/** A moment on the wall clock that the specification itself names (a window, an idle time). */
export function moment(atMs: number): Promise<void> {
  return pause(Math.max(0, atMs - Date.now()));
}

/** The scenario, and once more from its beginning if it failed while the day (UTC, as the product counts it) ended. */
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

/** How somebody here says now on which day a moment was: asked again after midnight, it is the other word. */
export function dayOf(at: Date, [today, yesterday]: [string, string] = ['today', 'yesterday']): string {
  return at.toDateString() === new Date().toDateString() ? today : yesterday;
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
