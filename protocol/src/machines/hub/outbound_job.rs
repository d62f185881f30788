//! Messages of the queue `cfm-outbound` (`core.md` 1.6): what a hub room or a store hands on to be done outside of it. They may be read by a
//! later version than wrote them.

use crate::{record, words};

record! {
    /// Job of the queue `cfm-outbound`.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct OutboundJob {
        pub v: u8 = "v",
        /// `hub:<room>` or `ls:<store>`.
        pub log: String = "log",
        pub what: OutboundJobKind = "what",
        /// The receiver, or nothing.
        pub hook: Option<String> = "hookId",
        /// The message; for audit rows the last one.
        pub seq: u64 = "seq",
        pub attempt: u32 = "attempt",
        /// Audit rows, as `audit` writes them.
        pub rows: Option<String> = "rows",
    }
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
