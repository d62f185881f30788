//! A person's own channel: filters of their devices, answers, and envelopes for absent devices (`hopeflow.md`; log `user:<id>` of
//! `core.md` 1.1).
//!
//! `filter` decides about matches, `waits` collects answers, `rates` counts, `durable` has stored envelopes, and `store` is the interface to
//! a database. `state` combines them with the sockets, and `machine` has the operations. `listener`, `waits` and `effect` have the
//! inputs and outputs. `members` parses payloads, which are JSON at every door. Nothing here knows HTTP, the wire or a token.

mod durable;
mod effect;
mod filter;
mod listener;
mod machine;
mod members;
mod rates;
mod state;
mod store;
#[cfg(test)]
mod tests;
mod waits;

pub use effect::{ChannelNotification, Effect};
pub use filter::{Added, Filter, Filters};
pub use listener::{Frame, Listener, Replay, Resume};
pub use members::Members;
pub use rates::ChannelRules;
pub use state::Channel;
pub use store::{ChannelMeta, ChannelStore, Envelope, KeyRow, MemoryChannelStore, StoredEnvelope};
pub use waits::{Answer, CallKey, Publish};
