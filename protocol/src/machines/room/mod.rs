//! A room: people on a log (`messenger.md` 5).
//!
//! [`Room`] is a machine. Its owner feeds it joins, frames, leaves and the time, and carries out what it says: the
//! [`Outbound`] of a turn. It holds connections, typing, participants and counters in memory; all of them can be built again
//! from the log and from what connections carry ([`Connection`]), because the owner may sleep or die at any time.
//!
//! | File | Part |
//! |---|---|
//! | `machine` | the machine: what it holds, who is connected, time |
//! | `joining`, `frames`, `writing`, `mutating`, `reading`, `typing` | what it does, by subject |
//! | `packets` | what packets of the other door do here, and what only that door is told |
//! | `connection` | what one socket carries |
//! | `notice` | what a room tells people |
//! | `privacy` | who hears of whom: blocks, settings |
//! | `veil` | what of the log one person sees |
//! | `outbound` | one turn's notices, put together per socket |
//! | `roster` | who is here, told in deltas |
//! | `reports` | who is here under which sessions, told to people's own objects |
//! | `allowance` | rate limits, counted from the log |
//! | `group`, `members`, `group_rows`, `attendance` | groups: rules, changes, who is said to be here |
//! | `store`, `change_store` | what a room needs beside its log |
//! | `searching` | finding messages, and the index for it |
//! | `inbox` | what somebody who was not here is told |
//! | `receipts` | how far everybody has come |
//! | `views` | how a message reads after it was changed |
//! | `pin` | the pinned message |
//! | `bots` | which messages call bots, and what those say |
//! | `demo` | what only demo rooms do: seed, reset, characters of a scene |

mod allowance;
mod attendance;
#[cfg(test)]
mod attendance_tests;
mod bots;
#[cfg(test)]
mod bots_tests;
mod change_store;
mod client_frame;
mod connection;
mod demo;
#[cfg(test)]
mod frame_errors_tests;
mod frames;
mod group;
mod group_rows;
mod inbox;
mod joining;
mod leaving;
#[cfg(test)]
mod leaving_tests;
mod machine;
mod members;
mod mutating;
#[cfg(test)]
mod mutating_tests;
mod notice;
mod outbound;
mod packets;
#[cfg(test)]
mod packets_tests;
mod pin;
#[cfg(test)]
mod pin_tests;
mod privacy;
#[cfg(test)]
mod privacy_tests;
mod reading;
mod receipts;
#[cfg(test)]
mod receipts_tests;
mod reports;
mod roster;
mod searching;
#[cfg(test)]
mod searching_tests;
mod sight;
#[cfg(test)]
mod sight_tests;
mod store;
mod tally;
#[cfg(test)]
mod tests;
mod typing;
mod veil;
#[cfg(test)]
mod veil_tests;
mod views;
mod writing;

pub use change_store::{ChangeStore, Changes, Reacted};
pub use client_frame::{BadFrame, ClientFrame, HistoryAsk};
pub use connection::{Connection, Wire};
pub use demo::Slow;
pub use frames::{frame_id, frame_rid};
pub use group::{DIRECTORY, Group, GroupRecord, GroupStore, Member, MemoryGroup, News, Role, Standing, Visibility};
pub use inbox::Told;
pub use leaving::{Forgetting, GONE_CODE, GONE_NAME, LeavingStore, gone_in};
pub use machine::{Join, Posted, Room, RoomSettings, Write, next_sweep};
pub use members::{Actor, GroupChange, NewGroup, Newcomer};
pub use mutating::{Change, Changed, Op, What};
pub use notice::{Aside, Listed, Notice, Participant, Welcome};
pub use outbound::{Act, Called, Delivery, Outbound, PacketDelivery, Target};
pub use packets::PacketAct;
pub use pin::{Pin, PinStore, Pinned};
pub use privacy::{Receipts, is_hidden_by};
pub use receipts::{Receipt, Seen, SeenTo};
pub use reports::Report;
pub use searching::{Found, SearchStore};
pub use store::{MemoryRoomStore, OutboxEntry, PeopleStore, RoomStore, Unread};
pub use tally::Tally;
pub use veil::ChangeOf;
pub use views::{ReactionCount, counted, edited, reactions_json, reactions_of, read_back, with_reactions};
