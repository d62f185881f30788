//! A room: people on a log (`messenger.md` 5).
//!
//! [`Room`] is a machine. Its owner feeds it joins, frames, leaves and the time, and carries out what it says: the
//! [`Outbound`] of a turn. It holds connections, typing, participants and counters in memory; all of them can be built again
//! from the log and from what connections carry ([`Connection`]), because the owner may sleep or die at any time.
//!
//! | File | Part |
//! |---|---|
//! | `machine` | the machine: what it holds, who is connected, time |
//! | `joining`, `frames`, `writing`, `reading`, `typing` | what it does, by subject |
//! | `connection` | what one socket carries |
//! | `notice` | what a room tells people |
//! | `privacy` | who hears of whom: blocks, settings |
//! | `outbound` | one turn's notices, put together per socket |
//! | `roster` | who is here, told in deltas |
//! | `allowance` | rate limits, counted from the log |
//! | `group`, `members`, `attendance` | groups: rules, changes, who is said to be here |
//! | `store` | what a room needs beside its log |

mod allowance;
mod attendance;
mod connection;
mod frames;
mod group;
mod joining;
mod machine;
mod members;
mod notice;
mod outbound;
mod privacy;
#[cfg(test)]
mod privacy_tests;
mod reading;
mod roster;
mod store;
#[cfg(test)]
mod tests;
mod typing;
mod writing;

pub use connection::{Card, ConnKey, Connection, Wire};
pub use group::{DIRECTORY, Group, GroupRecord, GroupStore, Member, MemoryGroup, News, Role, Standing, Visibility};
pub use machine::{Join, Posted, Room, RoomSettings, Write};
pub use members::{Actor, GroupChange, NewGroup, Newcomer};
pub use notice::{Notice, Participant, Welcome};
pub use outbound::{Close, Delivery, Outbound, Target};
pub use privacy::{Receipts, hide_by, is_hidden_by};
pub use store::{MemoryRoomStore, OutboxEntry, PeopleStore, RoomStore, retry_delay_ms};
