//! A person's own channel: who of their devices listens for what, who has answered, what waits for devices that are away
//! (`hopeflow.md`; log `user:<id>` of `core.md` 1.1).
//!
//! `filter` says what a socket wants, `waits` collects answers, `rates` counts, `durable` keeps what must not be lost, `store` is what it
//! needs of a database. `state` holds all of it with the sockets, and `machine` puts it together. `listener`, `client_frame`, `publish` and
//! `effect` are what goes in and out. `members` looks into payloads, which are JSON whatever the door. Nothing here knows HTTP, the wire or a
//! token.

mod client_frame;
mod durable;
mod effect;
mod filter;
mod listener;
mod machine;
mod members;
mod publish;
mod rates;
mod state;
mod store;
#[cfg(test)]
mod tests;
mod waits;

pub use client_frame::Frame;
pub use effect::{ChannelNotice, Effect};
pub use filter::{Added, Filter, Filters};
pub use listener::{Listener, Replay, Resume};
pub use members::Members;
pub use publish::{Answer, CallKey, Publish};
pub use rates::ChannelRules;
pub use state::Channel;
pub use store::{ChannelMeta, ChannelStore, Envelope, KeyRow, MemoryChannelStore, StoredEnvelope};
