//! Limits of words at rest (`docs/decisions/0018-sealed-bodies.md`).

/// Bytes of a key of `CONTENT_KEYS`.
pub const CONTENT_KEY_BYTES: usize = 32;
/// Characters of the id of such a key.
pub const CONTENT_KEY_ID_CHARS_MAX: usize = 16;
/// Keys of one ring.
pub const CONTENT_KEYS_MAX: usize = 16;
/// Rows of an object that one step brings under the newest key: some milliseconds, in which nobody there is heard.
pub const SWEEP_ROWS: u64 = 200;
/// Steps of one alarm.
pub const SWEEP_STEPS: usize = 20;
/// Time between two steps, in which those who are there are heard.
pub const SWEEP_PAUSE_MS: u64 = 5;
/// Longest sleep of an object with sealed rows: so soon a newer key has reached all of them.
pub const SWEEP_LOOK_MS: u64 = 7 * 86_400_000;
/// Time after which the alarm comes again where there is more to bring under it.
pub const SWEEP_PACE_MS: u64 = 500;
