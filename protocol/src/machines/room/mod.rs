//! A room: people on a log (`messenger.md` 5).
//!
//! [`Room`] is a machine. Its owner feeds it joins, frames, leaves and the time, and carries out what it says: the
//! [`Outbound`] of a turn. It holds connections, typing, participants and counters in memory; all of them can be built again
//! from the log and from what connections carry ([`Connection`]), because the owner may sleep or die at any time.
//!
//! | File | Part |
//! |---|---|
//! | `state` | data and connections |
//! | `machine` | opening and time |
//! | `step` | values that the parts pass to each other |
//! | `joining`, `frames`, `writing`, `mutating`, `reading`, `typing` | operations, by subject |
//! | `client_frame`, `write`, `change`, `group_change` | inputs |
//! | `packets` | packets of the other door; `headcount` has the notifications for that door alone, `occupancy` its memory |
//! | `connection` | attachment of one socket |
//! | `notification` | notifications for people |
//! | `privacy` | blocks and settings between people; `privacy_changes` handles their changes |
//! | `redaction` | the log as one person sees it; `reported` is a reported message as an operator sees it |
//! | `outbound` | notifications of one turn, assembled for each socket; `counters` has its counts for the metrics |
//! | `roster` | participants, sent in deltas; `visibility` has their visibility to each other, `participants` lists and pages |
//! | `reports` | reports to people's own objects about their sessions here; `reporting` sends them |
//! | `rate_allowance` | rate limits, counted from the log |
//! | `group`, `members`, `group_rows`, `group_presence` | groups: rules, changes, presence in the log |
//! | `leaving` | removal of a deleted person |
//! | `store`, `change_store`, `search_store`, `leaving_store` | storage beside the log |
//! | `searching` | search and its index |
//! | `inbox` | events for absent people |
//! | `receipts` | receipts of everybody; `receipt` is that of one person, `receipt_schedule` has the times of sending |
//! | `typists` | people who are shown as typing, for `typing` |
//! | `views` | content of a changed message; `reaction` is a row of it |
//! | `pinning` | the pinned message, which is a `pin` |
//! | `bots` | events for bots, and their messages |
//! | `integrating` | programs outside that write in a group; `integration` is such a program |
//! | `programs` | makers of bots and integrations, and the end of what a person made |
//! | `embedding` | a public group in pages of other sites, and the messages that they show |
//! | `own_bots` | bots of a group, their tokens and commands; `own_bot` is such a bot, `bot_webhooks` sends it messages |
//! | `moderating` | mutes, slow mode and closed rooms, and messages that a moderator removes |
//! | `holding` | rules for what people write, and messages that wait for a moderator; `held` is such a message |
//! | `demo` | functions of demo rooms: seed, reset, characters of a scene; `slow` is their slow mode |

mod bot_webhooks;
mod bots;
#[cfg(test)]
mod bots_tests;
mod change;
mod change_store;
mod client_frame;
mod connection;
mod counters;
mod demo;
mod embedding;
#[cfg(test)]
mod embedding_tests;
#[cfg(test)]
mod frame_errors_tests;
mod frames;
mod group;
mod group_change;
mod group_presence;
#[cfg(test)]
mod group_presence_tests;
mod group_rows;
mod headcount;
mod held;
mod holding;
#[cfg(test)]
mod holding_tests;
mod inbox;
mod integrating;
#[cfg(test)]
mod integrating_tests;
mod integration;
mod joining;
mod leaving;
mod leaving_store;
#[cfg(test)]
mod leaving_tests;
mod machine;
mod members;
mod memory_changes;
mod moderating;
#[cfg(test)]
mod moderating_tests;
mod mutating;
#[cfg(test)]
mod mutating_tests;
mod notification;
mod occupancy;
mod outbound;
mod own_bot;
mod own_bots;
#[cfg(test)]
mod own_bots_tests;
mod packets;
#[cfg(test)]
mod packets_tests;
mod participants;
#[cfg(test)]
mod participants_tests;
mod pin;
#[cfg(test)]
mod pin_tests;
mod pinning;
mod privacy;
mod privacy_changes;
#[cfg(test)]
mod privacy_tests;
mod programs;
#[cfg(test)]
mod programs_tests;
mod rate_allowance;
mod reaction;
mod reading;
mod receipt;
mod receipt_schedule;
mod receipts;
#[cfg(test)]
mod receipts_tests;
mod redaction;
#[cfg(test)]
mod redaction_tests;
mod reported;
#[cfg(test)]
mod reported_tests;
mod reporting;
mod reports;
mod roster;
mod search_store;
mod searching;
#[cfg(test)]
mod searching_tests;
mod slow;
mod state;
mod step;
mod store;
#[cfg(test)]
mod store_tests;
#[cfg(test)]
mod tests;
mod typing;
mod typists;
mod views;
mod visibility;
#[cfg(test)]
mod visibility_tests;
mod write;
mod writing;

pub use crate::words::rate::LimitRule;
pub use bot_webhooks::BotAttempt;
pub use change::{Change, ChangeKind, ChangeResult, ReactionOp};
pub use change_store::{ChangeOf, ChangeStore, Changes};
pub use client_frame::{BadFrame, ClientFrame, HistoryAsk, ParticipantsAsk};
pub use connection::{Connection, Wire};
pub use counters::RoomCounters;
pub use embedding::{EmbedMode, Embedding, EmbeddingStore};
pub use frames::{frame_id, frame_rid};
pub use group::{
    DIRECTORY, Group, GroupNotification, GroupRecord, GroupStore, Member, Membership, MemoryGroup, Role, Visibility,
};
pub use group_change::{Actor, GroupChange, NewGroup, Newcomer};
pub use held::{HeldKey, HeldMessage, HeldStore};
pub use inbox::InboxUpdate;
pub use integrating::IntegrationMessage;
pub use integration::{Integration, IntegrationStore};
pub use joining::Join;
pub use leaving::{Erasure, ErasureProgress, GONE_CODE, GONE_NAME, GoneNote, gone_in};
pub use leaving_store::LeavingStore;
pub use notification::{Notification, PacketNotification, Participant, ParticipantRow, Welcome};
pub use outbound::{BotCall, Delivery, Outbound, PacketDelivery, RoomAuditEntry, Target};
pub use own_bot::{BotCommand, BotDelivery, BotScope, BotWebhook, OwnBot, OwnBotStore};
pub use own_bots::{OwnBotChange, WebhookChange};
pub use packets::PacketAct;
pub use pin::{Pin, PinStore, PinnedMessage};
pub use privacy::{Receipts, is_hidden_by};
pub use programs::{Maker, ProgramsEnd};
pub use reaction::StoredReaction;
pub use receipt::{Receipt, ReceiptReport, ReceiptTarget};
pub use reported::ReportedMessage;
pub use reports::Report;
pub use search_store::SearchStore;
pub use searching::MessageHit;
pub use slow::SlowMode;
pub use state::{Room, RoomSettings, next_sweep};
pub use store::{MemoryRoomStore, OutboxEntry, PeopleStore, RoomStore, Unread};
pub use views::{ReactionCount, counted, edited, reactions_json, reactions_of, read_back, with_reactions};
pub use write::{Write, WriteOutcome};
