//! Content of `/admin`, as the server gives it to the page.

use protocol::codec::json::Value;
use protocol::words::event::Millis;

/// An alarm that is up.
#[derive(Debug)]
pub struct RaisedAlarm {
    /// Its name, which is that of its page.
    pub name: &'static str,
    /// Since when.
    pub since: Millis,
    /// The number when it was looked at last.
    pub value: u64,
}

/// Readings of one moment: sockets; and messages and refusals since there is the deployment.
#[derive(Clone, Copy, Debug)]
pub struct Point {
    /// When.
    pub at: Millis,
    /// Open sockets.
    pub sockets: u64,
    /// Messages.
    pub messages: u64,
    /// Refusals by a limit.
    pub refused: u64,
}

/// Search of the audit log, as it was typed.
#[derive(Debug, Default)]
pub struct AuditQuery {
    /// Actor or target.
    pub who: String,
    /// Act.
    pub what: String,
    /// From this day on.
    pub from: String,
    /// Until before this day.
    pub until: String,
    /// Only rows before this one: not the first page.
    pub before: Option<u64>,
}

/// Content of the page.
#[derive(Debug)]
pub struct AdminPage {
    /// When it was made.
    pub now: Millis,
    /// Name of the owner who looks.
    pub owner: String,
    /// CSRF token of the forms: the proof that they come from this page.
    pub csrf: String,
    /// They are here by a cookie, which can be taken away.
    pub can_leave: bool,
    /// Alarms that are up.
    pub alarms: Vec<RaisedAlarm>,
    /// News of alarms that the receiver has not taken; `None` without a receiver.
    pub unsent: Option<u64>,
    /// Logs with open sockets.
    pub live: u64,
    /// Some of them, with most sockets.
    pub busiest: Vec<(String, u64)>,
    /// Sockets by door.
    pub sockets: Vec<(String, u64)>,
    /// Accounts, guests, logs.
    pub known: [u64; 3],
    /// Rows that wait in outboxes, and below it rows that were given up.
    pub outbox: u64,
    /// See above.
    pub dead_letters: u64,
    /// Rows that no key opens.
    pub unreadable: u64,
    /// Calls of the model: made, and as many as a day has; `None` when their ledger does not answer.
    pub quota: Option<(u64, u64)>,
    /// The last day.
    pub points: Vec<Point>,
    /// Writes by how long they took, each bucket by itself.
    pub commits: Vec<u64>,
    /// Switches and whether they are on.
    pub flags: Vec<(&'static str, bool)>,
    /// The search.
    pub sought: AuditQuery,
    /// Its rows and the row before which older ones are.
    pub found: Result<(Vec<Value>, Option<u64>), NoRows>,
}

/// Why the audit log shows nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoRows {
    /// The search cannot be read.
    BadSearch,
    /// The database does not answer.
    Away,
}
