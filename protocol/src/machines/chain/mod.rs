//! A log whose writers propose the numbers: an event is accepted on top of the head only, and whoever was faster wins
//! (`livestore.md`; log `ls:<storeId>` of `core.md` 1.1).
//!
//! `hooks` asks the owner, `push` holds the rules of writing, `machine` the sockets: who is told what, in which order, in pieces of which size.
//! `store` is what it needs of a database. What an event says is nobody's business here; its `args` are text that comes back
//! as it came.

mod admin;
mod hooks;
mod machine;
mod push;
mod rates;
mod store;
#[cfg(test)]
mod tests;

pub use admin::is_secret;
pub use hooks::{HookResult, admitted};
pub use machine::{Chain, ChainNotice, Effect, Frame, Link, Settings, WRONG_SECRET};
pub use push::{PushOutcome, PushRefusal};
pub use rates::ChainRules;
pub use store::{ChainEvent, ChainStore, MemoryChainStore, StoredEvent};
