//! Limits of ids that somebody wants to watch, and of people from whom a status is hidden (`presence.md`).

use super::PRESENCE_WATCH_MAX;

/// Strangers of whom it is found out at a time if they are anybody.
pub const WATCH_ASKED_MAX: usize = 2 * PRESENCE_WATCH_MAX;
/// Time for which it is remembered that an id was nobody's …
pub const WATCH_MISS_MS: u64 = 60_000;
/// … and number of such ids.
pub const WATCH_MISSES_MAX: usize = 1_000;
/// People to whom one account appears offline (`presence.md` 2.7).
pub const HIDDEN_FROM_MAX: usize = 200;
