//! Limits of bodies of requests, whoever sends them.

/// Bytes of a body that are read and dropped where nobody wanted it …
pub const LEFT_BODY_BYTES_MAX: usize = 64 * 1024;
/// … and how long they may take.
pub const LEFT_BODY_MS_MAX: u64 = 1_000;
