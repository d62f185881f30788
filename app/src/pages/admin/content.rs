//! Content of `/admin`, which the server passes to the page.

use protocol::codec::json::Value;
use protocol::words::event::Millis;

/// Active alarm.
#[derive(Debug)]
pub struct RaisedAlarm {
    /// Name of the alarm and of its runbook.
    pub name: &'static str,
    /// Time at which it was raised.
    pub since: Millis,
    /// Last measured value.
    pub value: u64,
}

/// Readings of one moment: open sockets, and totals of messages and refusals.
#[derive(Clone, Copy, Debug)]
pub struct Point {
    /// Time of the reading.
    pub at: Millis,
    /// Open sockets.
    pub sockets: u64,
    /// Total of messages.
    pub messages: u64,
    /// Total of refusals by limits.
    pub refused: u64,
}

/// Search of the audit log, as typed.
#[derive(Debug, Default)]
pub struct AuditQuery {
    /// Actor or target.
    pub who: String,
    /// Act.
    pub what: String,
    /// First day.
    pub from: String,
    /// Day after the last one.
    pub until: String,
    /// Only rows before this one; `None` for the first page.
    pub before: Option<u64>,
}

/// Result of the form that makes a link to a new password.
#[derive(Debug)]
pub enum RecoveryLink {
    /// The link was made. It is shown once.
    Made {
        /// Address of the account.
        email: String,
        /// The link.
        url: String,
    },
    /// There is no account with this address.
    Unknown {
        /// The address as typed.
        email: String,
    },
}

/// Objection that nobody has answered (`moderation.md` 4).
#[derive(Debug)]
pub struct OpenObjection {
    /// Time of the objection.
    pub at: Millis,
    /// Id of the act.
    pub act: String,
    /// User id of the person concerned.
    pub user: String,
    /// Kind of the act.
    pub kind: String,
    /// Reason of the act.
    pub reason: String,
    /// Text of the objection.
    pub text: String,
}

/// People who keep order, and objections to their acts.
#[derive(Debug, Default)]
pub struct Staff {
    /// Accounts with their roles: `owner` or `moderator`.
    pub roles: Vec<(String, &'static str)>,
    /// Open objections, the oldest first.
    pub objections: Vec<OpenObjection>,
}

/// Content of the page.
#[derive(Debug)]
pub struct AdminPage {
    /// Time at which the content was made.
    pub now: Millis,
    /// Name of the operator.
    pub owner: String,
    /// CSRF token of the forms.
    pub csrf: String,
    /// The operator has a cookie, which a sign-out removes.
    pub can_leave: bool,
    /// Active alarms.
    pub alarms: Vec<RaisedAlarm>,
    /// Alarm messages that the receiver has not accepted; `None` without a receiver.
    pub unsent: Option<u64>,
    /// Number of logs with open sockets.
    pub live: u64,
    /// Logs with the most sockets.
    pub busiest: Vec<(String, u64)>,
    /// Sockets by door.
    pub sockets: Vec<(String, u64)>,
    /// Numbers of accounts, guests and logs.
    pub known: [u64; 3],
    /// Number of rows that wait in outboxes.
    pub outbox: u64,
    /// Number of rows that were given up.
    pub dead_letters: u64,
    /// Number of rows that no key opens.
    pub unreadable: u64,
    /// Calls of the model today and their daily quota; `None` if the ledger does not answer.
    pub quota: Option<(u64, u64)>,
    /// Readings of the last day.
    pub points: Vec<Point>,
    /// Numbers of writes by duration, one for each bucket.
    pub commits: Vec<u64>,
    /// Switches with their states.
    pub flags: Vec<(&'static str, bool)>,
    /// Result of the form that makes a link to a new password, if it was sent.
    pub recovery: Option<RecoveryLink>,
    /// People who keep order, and objections to their acts.
    pub staff: Staff,
    /// The form of the roles named no account.
    pub is_unknown_account: bool,
    /// Search of the audit log.
    pub sought: AuditQuery,
    /// Found rows, and the row before which older ones follow.
    pub found: Result<(Vec<Value>, Option<u64>), NoRows>,
}

/// Reason why the audit log is empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoRows {
    /// The search cannot be parsed.
    BadSearch,
    /// The database does not answer.
    Away,
}
