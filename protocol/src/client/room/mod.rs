//! The room client: one open conversation on one device (`messenger.md` 5).
//!
//! Keeps a gap-free copy of the end of the log (the rows `oldest ..= seq`, which the page holds) and the messages on their way
//! into it.
//!
//! | File | Part |
//! |---|---|
//! | `state` | what the client holds, and what it tells its owner |
//! | `machine` | inputs, time |
//! | `connection` | what the connection asks for, and what is gone with a socket |
//! | `replay`, `copy` | following the log, and the copy of it |
//! | `sending` | the own messages |
//! | `seeing`, `receipts` | how far everybody has come |
//! | `around`, `typists`, `report` | what has no place in the log |

mod around;
mod connection;
mod copy;
mod machine;
mod receipts;
mod replay;
mod report;
mod seeing;
#[cfg(test)]
mod seeing_tests;
mod sending;
mod state;
#[cfg(test)]
mod tests;
mod typists;

pub use state::RoomClient;
