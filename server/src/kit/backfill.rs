//! Question for what an object keeps, and its answer: the database is written again from it.

use protocol::record;
use protocol::words::event::Millis;

use super::body::record_bodies;

/// Question for the next rows of an object.
#[derive(Debug, Default)]
pub struct RetellCall {
    /// Its rows of operation; else what it keeps beside them.
    pub acts: bool,
    /// Place up to which the rows are known already.
    pub after: u64,
}

record!(RetellCall { acts = "acts", after = "after" });

/// The next rows of an object.
#[derive(Debug, Default)]
pub struct Retold {
    /// Nothing was ever here.
    pub is_nobody: bool,
    /// Each as JSON text, in the form in which the database is told of it at other times.
    pub rows: Vec<String>,
    /// From where to go on.
    pub next: u64,
    /// There is no more.
    pub is_done: bool,
    /// The object's own name in rows of operation.
    pub object: String,
    /// Place of the oldest that is kept, of what has places.
    pub oldest: u64,
    /// When it was asked: what is younger is told by other ways.
    pub at: Millis,
}

record!(Retold {
    is_nobody = "isNobody",
    rows = "rows",
    next = "next",
    is_done = "isDone",
    object = "object",
    oldest = "oldest",
    at = "at",
});

record_bodies!(RetellCall, Retold);
