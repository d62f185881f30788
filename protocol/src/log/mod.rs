//! The log: an ordered, durable list of events (`core.md` 1–3).
//!
//! [`Log::append`] is the append algorithm of `core.md` 1.4 from step 3 on; who may write, and whether the form is right, was
//! settled by the caller in the same synchronous step. [`Log::page`] is replay (`core.md` 2.2). Knows nothing of sockets.

mod append;
mod digest;
mod page;
mod retention;
mod store;
#[cfg(test)]
mod store_tests;

pub use append::{Appended, Log};
pub use digest::{content_digest, says_the_same};
pub use page::{Cursor, Page, Range};
pub use retention::Retention;
pub use store::{LogMeta, LogStore, MemoryStore, RetentionStore, StoredId};
