//! A room of MessageHub: opaque messages on a log, sent to sockets, pages, streams and other servers (`messagehub.md`).
//!
//! [`Hub`] is a machine like [`crate::machines::room::Room`]: one synchronous step at a time over a [`HubStore`], and its output must not
//! leave before the store has committed. Its log follows the rules of [`crate::log`] but stores bytes, and an id is unique for each writer
//! only (`core.md` 3).
//!
//! | File | Part |
//! |---|---|
//! | `log`, `store` | append, pages, trimming; the rows |
//! | `state` | data, connections, presence |
//! | `machine` | opening and time |
//! | `frames` | frames of sockets, and writes of requests |
//! | `archive` | messages that come from the archive |
//! | `joining` | joining with a cursor, and sockets that are behind |
//! | `own_limits` | limits of one room beside those of the deployment |
//! | `rate_allowance` | rate limits, counted from the log |
//! | `connection` | attachment of one socket |
//! | `outbound` | frames of one turn, assembled for each socket |
//! | `delivery` | receivers of the room (`machines::webhook` has their rules) |
//! | `outbound_job` | jobs that are handed on to a queue |

mod archive;
#[cfg(test)]
mod archive_tests;
mod connection;
mod delivery;
#[cfg(test)]
mod flow_tests;
mod frames;
mod item;
mod joining;
mod log;
mod machine;
mod outbound;
mod outbound_job;
mod own_limits;
mod page;
mod rate_allowance;
mod refusal;
mod state;
mod store;
#[cfg(test)]
mod tests;
mod words;

pub use connection::{HubConnection, HubWire};
pub use delivery::Hook;
pub use frames::{HubStep, Writer};
pub use item::{Body, Item, is_text_type};
pub use joining::{HubJoin, stream_ends_at};
pub use log::{HubLog, HubPosted, HubRetention, HubWrite};
pub use outbound::{HubCounters, HubDelivery, HubFrame, HubOut};
pub use outbound_job::{OutboundJob, OutboundJobKind};
pub use own_limits::HubLimits;
pub use page::{HubCursor, HubPage, PresenceEntry};
pub use rate_allowance::Hint;
pub use refusal::HubRefusal;
pub use state::{Hub, HubSettings};
pub use store::{HubMeta, HubStore, MemoryHubStore, NewMessage, QuotaCharge, StoredContent, StoredKey};
pub use words::{BadOp, ClientOp, HubNotification, Movement, RawFrame, TOO_LARGE_REASON};
