//! The room client: one open conversation on one device (`messenger.md` 5).
//!
//! It keeps unsent messages, and a copy of the end of the log without gaps: the rows `oldest ..= seq` in the page.
//!
//! | File | Part |
//! |---|---|
//! | `state` | state of the client, and its output |
//! | `machine` | inputs, time |
//! | `connection` | effects of the connection, and state that ends with a socket |
//! | `replay`, `copy` | following the log, and the copy of it |
//! | `sending` | own messages |
//! | `people` | people in the room |
//! | `seeing`, `receipts` | receipts |
//! | `around`, `typists`, `report` | parts outside of the log |

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
