//! Messages of the queue `cfm-outbound` (`core.md` 1.6): what a hub room or a store hands on to be done outside of it. They may be read by a
//! later version than wrote them.

use crate::{record, words};

/// Job of the queue `cfm-outbound`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutboundJob {
    pub v: u8,
    /// `hub:<room>` or `ls:<store>`.
    pub log: String,
    pub what: OutboundJobKind,
    /// The receiver, or nothing.
    pub hook: Option<String>,
    /// The message; for audit rows the last one.
    pub seq: u64,
    pub attempt: u32,
    /// Audit rows, as `audit` writes them.
    pub rows: Option<String>,
}

words! {
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub enum OutboundJobKind {
        /// An attempt is to be made.
        Hook = "hook",
        /// Rows of the audit table are to be written.
        Audit = "audit",
    }
}

record!(OutboundJob { v = "v", log = "log", what = "what", hook = "hookId", seq = "seq", attempt = "attempt", rows = "rows" });
