//! Limits of the way from a room's log to the tables that only report (`wasmchannel.md` 6) and to the index of the search.

/// Shortest time for which a room gathers events before it reports them to the database …
pub const PROJECTION_GATHER_MS_MIN: u64 = 2_000;
/// … and the longest. With the 5 s for which the queue gathers, the database has an event within 10 s.
pub const PROJECTION_GATHER_MS_MAX: u64 = 4_000;
/// Rows that one message of the queue `wasmchannel` reports …
pub const QUEUE_PACK_ROWS_MAX: u32 = 20;
/// … and bytes that it has: the platform charges for every 64 KB of a message, and takes 128 KB at most.
pub const QUEUE_PACK_BYTES_MAX: usize = 60_000;
/// Events that wait for the index of the search while people write. A search adds them itself.
pub const INDEX_GATHER_EVENTS: u32 = 40;
/// Bytes of the rows that one statement of the database writes; a longer row has a statement of its own. D1 takes 2 MB in one text.
pub const PROJECTION_ROWS_BYTES_MAX: usize = 500_000;
