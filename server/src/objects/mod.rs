//! The Durable Objects. They know each other by `calls` alone, and share `kit`.
//!
//! | Module | Part |
//! |---|---|
//! | `room` | a conversation: the shell around `protocol::machines::room` |
//! | `person` | somebody: their devices, contacts, groups, settings, drafts, and the notifications of those who may see them |
//! | `auth` | sessions and accounts |
//! | `hub` | a room of MessageHub: the shell around `protocol::machines::hub` |
//! | `channel` | a person's devices on HopeFlow: the shell around `protocol::machines::channel` |
//! | `store` | a LiveStore store: the shell around `protocol::machines::chain` |
//! | `directory` | names of logs and of people |
//! | `operator` | switches for the whole deployment, who turned them, alarms and readings for its owner |
//! | `gate`, `quota` | limits per address; the ledger of calls of a model |

mod auth;
mod channel;
pub mod directory;
pub mod gate;
mod hub;
pub mod operator;
mod person;
pub mod quota;
mod room;
mod store;
