//! Sockets and requests of clients of version 0.4 (`livestore-0.4.md`): requests with ids, of which a pull may stay open.
//!
//! A live pull has one pointer, and at most one page of it is on its way: a push only wakes it. So events cannot overtake each other, none
//! comes twice, and memory is bounded by the number of open pulls. `frame` has the words, `page` reads a page, `sockets` has the pulls and
//! their turns, and `requests` carries frames out.

mod frame;
mod page;
mod requests;
mod sockets;
#[cfg(test)]
mod tests;

pub use frame::{RpcCursor, RpcFailure, RpcFrame, RpcNotification, RpcPush};
pub use page::{RpcPage, RpcReading, check_backend};
pub use sockets::{RpcLink, RpcPull};

pub(super) use sockets::RpcSockets;
