//! A log whose writers propose the numbers: an event is accepted on top of the head only, so the first writer wins (`livestore.md`; log
//! `ls:<storeId>` of `core.md` 1.1).
//!
//! `hooks` calls the owner's hooks, `push` has the rules of writing, `machine` the sockets of version 0.3.1 (recipients, order, and size of
//! pieces), and `rpc` those of version 0.4; `links` keeps sockets of both over a sleep. `store` is the interface to a database. The content
//! of an event does not matter here; its `args` are text that is returned unchanged.

mod admin;
mod hooks;
mod links;
mod machine;
mod push;
mod rates;
mod rpc;
mod store;
#[cfg(test)]
mod tests;

pub use admin::is_secret;
pub use hooks::{HookResult, admitted, admitted_rpc};
pub use links::StoredLink;
pub use machine::{Chain, ChainNotification, Effect, Frame, Link, Settings, WRONG_SECRET};
pub use push::PushRefusal;
pub use rates::ChainRules;
pub use rpc::{
    RpcCursor, RpcFailure, RpcFrame, RpcLink, RpcNotification, RpcPage, RpcPull, RpcPush, RpcReading, check_backend,
};
pub use store::{ChainEvent, ChainStore, MemoryChainStore, StoredEvent, backend_id_of};
