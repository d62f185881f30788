//! The room client: one open conversation on one device (`messenger.md` 5).
//!
//! Keeps a gap-free copy of the end of the log (the rows `oldest ..= seq`, which the page holds) and unsent messages.
//!
//! | File | Part |
//! |---|---|
//! | `state` | state of the client, and its output to its owner |
//! | `machine` | inputs, time |
//! | `connection` | requests of the connection, and state that ends with a socket |
//! | `replay`, `copy` | following the log, and the copy of it |
//! | `sending` | own messages |
//! | `people` | people who are here |
//! | `seeing`, `receipts` | receipts of everybody |
//! | `around`, `typists`, `report` | parts without a place in the log |

mod around;
mod connection;
mod copy;
mod machine;
mod people;
#[cfg(test)]
mod people_tests;
mod receipts;
mod replay;
mod report;
mod seeing;
#[cfg(test)]
mod seeing_tests;
mod sending;
mod state;
#[cfg(test)]
mod taken_back_tests;
#[cfg(test)]
mod tests;
mod typists;

pub use state::RoomClient;
