//! A person's own channel: filters of their devices, answers, and envelopes for absent devices (`hopeflow.md`; log `user:<id>` of
//! `core.md` 1.1).
//!
//! `filter` decides about matches, `waits` collects answers, `rates` counts, `durable` has stored envelopes, and `store` is the interface to
//! a database. `state` combines them with the sockets, and `machine` has the operations. `listener`, `client_frame`, `publish` and `effect`
//! are inputs and outputs. `members` parses payloads, which are JSON at every door. Nothing here knows HTTP, the wire or a token.

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
pub use effect::{ChannelNotification, Effect};
pub use filter::{Added, Filter, Filters};
pub use listener::{Listener, Replay, Resume};
pub use members::Members;
pub use publish::{Answer, CallKey, Publish};
pub use rates::ChannelRules;
pub use state::Channel;
pub use store::{ChannelMeta, ChannelStore, Envelope, KeyRow, MemoryChannelStore, StoredEnvelope};
