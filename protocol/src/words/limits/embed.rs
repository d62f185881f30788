//! Limits of rooms in pages of other sites (`embed.md`).

use crate::words::event::Millis;

/// Origins whose pages may frame a room.
pub const EMBED_ORIGINS_MAX: usize = 20;
/// Bytes of such an origin.
pub const EMBED_ORIGIN_BYTES_MAX: usize = 255;
/// Longest part of a host between two dots.
pub const HOST_LABEL_BYTES_MAX: usize = 63;
/// Messages that a frame shows.
pub const EMBED_MESSAGES_MAX: usize = 50;
/// Newest events of a room among which they are found.
pub const EMBED_EVENTS_MAX: u64 = 1_000;
/// Time for which a Worker keeps what it read of a room.
pub const EMBED_COPY_MS: Millis = 2_000;
/// Rooms of which a Worker keeps that at once.
pub const EMBED_COPIES_MAX: usize = 32;
/// Time between two questions of a frame for new messages.
pub const EMBED_POLL_MS: Millis = 5_000;

const _: () = assert!(EMBED_COPY_MS < EMBED_POLL_MS);
