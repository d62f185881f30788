//! Calls to objects when the database is written again from what they keep (`docs/runbooks/projection.md`).

use protocol::record;
use protocol::words::event::Millis;

/// To an object (`/retell`): the next of what it has to tell. Answer: [`Retold`].
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

/// To a room (`/tell`): what the database is to know of the events at these places, as they read now. Answer: messages of the queue
/// for each of them, none for what is gone.
#[derive(Debug, Default)]
pub struct TellCall {
    /// The places.
    pub seqs: Vec<u64>,
}

record!(TellCall { seqs = "seqs" });

/// An account, as the database is told of it.
#[derive(Clone, Debug)]
pub struct AccountTold {
    /// User id of the owner.
    pub user: String,
    /// Its address.
    pub email: String,
    /// Name at sign-up.
    pub name: String,
    /// Address of a picture, where one was given.
    pub image: Option<String>,
    /// When it was made.
    pub created_at: Millis,
}

record!(AccountTold { user = "user", email = "email", name = "name", image = "image", created_at = "createdAt" });

/// To a shard of `dir` (`/logs`): names of the logs that it knows, after this one. Answer: at most
/// [`protocol::words::limits::REBUILD_LOGS_PAGE`] of them.
pub type LogsCall = String;
