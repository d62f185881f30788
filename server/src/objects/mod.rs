//! The Durable Objects, and what they share.
//!
//! | File | Part |
//! |---|---|
//! | `namespace` | which object owns what, and how it is named |
//! | `calls`, `call` | what the Worker and the objects say to each other, and how |
//! | `runtime` | time, timers, transactions, many sockets: what the runtime offers |
//! | `hearing`, `told` | what sockets bring, as plain calls; what a call that waits is told |
//! | `carried` | what sockets carry through the sleep of their object |
//! | `numbers` | what an object counts, and how that reaches `dir` and the data points |
//! | `stuck` | what `dir` is told of an outbox that waits |
//! | `sql` | values, rows and migration steps of an object's database |
//! | `room`, `room_*` | a conversation: the shell around `protocol::room` |
//! | `hub`, `hub_*` | a room of MessageHub: the shell around `protocol::hub` |
//! | `quota` | the ledger of calls of a model |
//! | `refusals` | what limits refused in objects that have no log |
//! | `flags`, `flags_watch` | switches for the whole deployment, who turned them, alarms and readings for its owner |
//! | `channel`, `channel_*` | a person's devices on HopeFlow: the shell around `protocol::channel` |
//! | `store`, `store_*` | a LiveStore store: the shell around `protocol::chain` |
//! | `person`, `auth`, `gate`, `dir` | people, sessions and accounts, limits per address, names of logs |

pub mod acts;
mod auth;
mod auth_accounts;
mod auth_accounts_sql;
mod auth_news;
mod auth_passkeys;
mod auth_refresh;
mod auth_sql;
mod auth_use;
pub mod call;
pub mod calls;
pub mod calls_account;
pub mod calls_auth;
pub mod calls_channel;
pub mod calls_contacts;
pub mod calls_demo;
pub mod calls_files;
pub mod calls_group;
pub mod calls_hub;
pub mod calls_leaving;
pub mod calls_passkey;
pub mod calls_person;
pub mod calls_push;
pub mod calls_retelling;
pub mod calls_search;
pub mod calls_store;
mod carried;
mod channel;
mod channel_sql;
pub mod dir;
mod dir_handles;
mod dir_invites;
pub mod flags;
pub mod flags_watch;
pub mod gate;
mod hearing;
mod hub;
mod hub_calls;
mod hub_duties;
mod hub_numbers;
mod hub_readers;
mod hub_sql;
pub mod namespace;
mod numbers;
mod person;
mod person_calls;
mod person_charges;
mod person_contacts;
mod person_contacts_sql;
mod person_devices;
mod person_drafts;
mod person_emoticons;
mod person_export;
mod person_export_files;
mod person_files;
mod person_groups;
mod person_handles;
mod person_invites;
mod person_leaving;
mod person_listing;
mod person_news;
mod person_privacy;
mod person_push;
mod person_push_sql;
mod person_reports;
mod person_rooms;
mod person_sessions;
mod person_sql;
mod person_strangers;
mod person_unread;
pub mod quota;
mod refusals;
mod room;
mod room_bots;
mod room_calls;
mod room_changes;
mod room_changes_sql;
mod room_demo;
mod room_export;
mod room_files;
mod room_forgetting;
mod room_group_sql;
mod room_groups;
mod room_history;
mod room_news;
mod room_numbers;
mod room_outbox;
mod room_people;
mod room_pins;
mod room_privacy;
mod room_projection;
mod room_retelling;
mod room_search;
mod room_search_sql;
mod room_sql;
pub mod runtime;
mod sealed;
pub mod sql;
mod steps;
mod store;
mod store_sql;
mod stuck;
mod told;
mod turns;

pub use dir_invites::InviteKeptCall;
pub use person_drafts::DraftCall;
pub use person_emoticons::EmoticonCall;
pub use person_handles::{HandleCall, HandleShownCall};
pub use person_invites::{InviteCall, InviteUseCall, InviteUsed};
pub use person_leaving::account_of as find_account;
pub use person_reports::ReportCall;
