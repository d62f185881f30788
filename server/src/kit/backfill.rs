//! Request for the stored rows of an object, and its answer: a page of a backfill of the projection.

use protocol::words::event::Millis;
use serde::{Deserialize, Serialize};

/// Request for the next rows of an object.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct BackfillCall {
    /// `true` for the rows of its audit log, `false` for its other rows.
    #[serde(rename = "acts")]
    pub is_audit_log: bool,
    pub after: u64,
}

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct BackfillPage {
    /// `true` if the object does not exist.
    pub is_nobody: bool,
    /// Rows as JSON texts, in the form in which the projection receives them outside a backfill.
    pub rows: Vec<String>,
    /// Position after which the next page begins.
    pub next: u64,
    pub is_done: bool,
    /// Name of the object in audit rows.
    pub object: String,
    /// Position of the oldest stored row, if rows have positions.
    pub oldest: u64,
    /// Time at which the page was read. Later rows reach the projection outside the backfill.
    pub at: Millis,
}
