//! A person's own channel: who of their devices listens for what, who has answered, what waits for devices that are away
//! (`hopeflow.md`; log `user:<id>` of `core.md` 1.1).
//!
//! `filter` says what a socket wants, `waits` collects answers, `rates` counts, `machine` puts both together with the sockets, `durable` keeps
//! what must not be lost, `store` is what it needs of a database. `members` looks into payloads, which are JSON
//! whatever the door. Nothing here knows HTTP, a frame or a token.

mod durable;
mod filter;
mod machine;
mod members;
mod rates;
mod store;
#[cfg(test)]
mod tests;
mod waits;

pub use filter::{Added, Filter, Filters};
pub use machine::{CallKey, Channel, Effect, Frame, Listener, Notice, Publish, Replay, Resume};
pub use members::Members;
pub use rates::ChannelRules;
pub use store::{ChannelMeta, ChannelStore, Envelope, KeyRow, MemoryChannelStore, StoredEnvelope};
pub use waits::Answer;
