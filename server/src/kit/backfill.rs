//! Question for what an object keeps, and its answer: the backfill of a database that is written again.

use protocol::record;
use protocol::words::event::Millis;

use super::body::record_bodies;

/// Question for the next rows of an object.
#[derive(Debug, Default)]
pub struct BackfillCall {
    /// The rows of its audit log; else what it keeps beside them.
    pub is_audit_log: bool,
    /// Place up to which the rows are known already.
    pub after: u64,
}

record!(BackfillCall { is_audit_log = "acts", after = "after" });

/// One page of the rows of an object.
#[derive(Debug, Default)]
pub struct BackfillPage {
    /// Nothing was ever here.
    pub is_nobody: bool,
    /// Each as JSON text, in the form in which the projection gets it at other times.
    pub rows: Vec<String>,
    /// From where to go on.
    pub next: u64,
    /// There is no more.
    pub is_done: bool,
    /// The object's own name in the rows of the audit log.
    pub object: String,
    /// Place of the oldest that is kept, of what has places.
    pub oldest: u64,
    /// When the page was read: younger rows reach the projection by other ways.
    pub at: Millis,
}

record!(BackfillPage {
    is_nobody = "isNobody",
    rows = "rows",
    next = "next",
    is_done = "isDone",
    object = "object",
    oldest = "oldest",
    at = "at",
});

record_bodies!(BackfillCall, BackfillPage);
