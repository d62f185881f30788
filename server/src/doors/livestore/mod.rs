//! The LiveStore door (`livestore.md`, `livestore-0.4.md`): permission to open a store. Every refusal comes before the upgrade. After the 101
//! the object alone has the socket.
//!
//! | File | Subject |
//! |---|---|
//! | `access` | tokens of payloads, and refusals |
//! | `permission`, `verdicts` | the question to the owner's server; its verdicts that count again |
//! | `socket` | sockets of clients of version 0.3.1 |
//! | `rpc` | sockets and requests of clients of version 0.4 |

mod access;
mod permission;
mod rpc;
mod socket;
mod verdicts;

pub use rpc::{answer_request, open_rpc_socket};
pub use socket::open_socket;
