//! Request for the stored rows of an object, and its answer: a page of a backfill of the projection.

use protocol::record;
use protocol::words::event::Millis;

use super::body::record_bodies;

/// Request for the next rows of an object.
#[derive(Debug, Default)]
pub struct BackfillCall {
    /// `true` for the rows of its audit log, `false` for its other rows.
    pub is_audit_log: bool,
    /// Position after which rows are wanted.
    pub after: u64,
}

record!(BackfillCall { is_audit_log = "acts", after = "after" });

/// One page of the rows of an object.
#[derive(Debug, Default)]
pub struct BackfillPage {
    /// `true` if the object does not exist.
    pub is_nobody: bool,
    /// Rows as JSON texts, in the form in which the projection receives them outside a backfill.
    pub rows: Vec<String>,
    /// Position at which the next page begins.
    pub next: u64,
    /// `true` on the last page.
    pub is_done: bool,
    /// Name of the object in audit rows.
    pub object: String,
    /// Position of the oldest stored row, if rows have positions.
    pub oldest: u64,
    /// Time at which the page was read. Later rows reach the projection outside the backfill.
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
