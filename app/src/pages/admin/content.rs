//! Content of `/admin`, which the server passes to the page. It names people by their ids; [`People`] has their names.

use std::collections::BTreeMap;
use std::sync::Arc;

use protocol::codec::json::Value;
use protocol::machines::room::ReportedMessage;
use protocol::operation::alarms::Alarm;
use protocol::words::event::Millis;

use crate::i18n::isolated;

/// Person as the page shows them (`moderation.md` 7.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedPerson {
    pub id: String,
    /// Present name; `None` if the person is not known, or does not answer.
    pub name: Option<String>,
    pub handle: Option<String>,
}

impl NamedPerson {
    /// Returns the person in one line of text, for accessible names.
    pub fn words(&self) -> String {
        let Self { id, name, handle } = self;
        match (name, handle) {
            (Some(name), Some(handle)) => format!("{} (@{handle}) {id}", isolated(name)),
            (Some(name), None) => format!("{} {id}", isolated(name)),
            (None, _) => id.clone(),
        }
    }
}

/// People whom the page names, by their ids.
#[derive(Clone, Debug, Default)]
pub struct People(Arc<BTreeMap<String, NamedPerson>>);

impl People {
    /// Makes the list.
    pub fn new(people: impl IntoIterator<Item = NamedPerson>) -> Self {
        Self(Arc::new(people.into_iter().map(|person| (person.id.clone(), person)).collect()))
    }

    /// Returns a person who is known.
    pub fn known(&self, id: &str) -> Option<NamedPerson> {
        self.0.get(id).cloned()
    }

    /// Returns the person of an id. One who is not known has the id alone.
    pub fn of(&self, id: &str) -> NamedPerson {
        self.known(id).unwrap_or_else(|| NamedPerson { id: id.to_owned(), name: None, handle: None })
    }
}

/// Active alarm.
#[derive(Debug)]
pub struct RaisedAlarm {
    pub alarm: Alarm,
    pub since: Millis,
    pub value: u64,
}

/// Readings of one moment: open sockets, and totals of messages, of refusals and of series.
#[derive(Clone, Debug)]
pub struct Point {
    pub at: Millis,
    pub sockets: u64,
    pub messages: u64,
    pub refused: u64,
    /// Totals of all series (`protocol::operation::series`), in their order; empty in readings of earlier versions.
    pub series: Vec<u64>,
}

/// Search of the audit log, as typed.
#[derive(Debug, Default)]
pub struct AuditQuery {
    /// Actor or target.
    pub who: String,
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
    Made { email: String, url: String },
    /// There is no account with this address.
    Unknown { email: String },
}

/// Objection that nobody has answered (`moderation.md` 4).
#[derive(Debug)]
pub struct OpenObjection {
    pub at: Millis,
    pub act: String,
    /// User id of the person concerned.
    pub user: String,
    pub kind: String,
    /// Reason of the act.
    pub reason: String,
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

/// Form of the roles (`moderation.md` 1).
#[derive(Debug, Default)]
pub struct RoleForm {
    /// Name, handle, address or user id, as typed.
    pub typed: String,
    /// Role that was chosen: `owner`, or `moderator`, or empty for none.
    pub role: String,
    /// User ids of the people from whom the operator chooses.
    pub choices: Vec<String>,
    /// The typed text names no account.
    pub is_unknown: bool,
}

/// Rule for what people write (`moderation.md` 8).
#[derive(Debug, Default)]
pub struct WritingRow {
    /// Kind of the rule: `word` or `link`.
    pub kind: String,
    pub pattern: String,
    /// Effect of the rule: `allow`, `hold` or `refuse`.
    pub effect: String,
}

/// Rules for what people write.
#[derive(Debug, Default)]
pub struct WritingSection {
    pub rules: Vec<WritingRow>,
    /// First messages of guests are held.
    pub holds_first: bool,
    /// Rule of the form, if its pattern cannot be used.
    pub unusable: Option<WritingRow>,
}

/// Value of an exception of a room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExceptionValue {
    /// A switch is on or off.
    Switch(bool),
    /// A limit has this number.
    Number(u32),
}

/// Exception of a room of MessageHub from a switch or a limit (`messagehub.md` 8.2).
#[derive(Clone, Debug)]
pub struct RoomException {
    pub room: String,
    /// Name of the switch or the limit.
    pub name: &'static str,
    pub value: ExceptionValue,
}

/// Report in the queue (`moderation.md` 7). A room or a message that it does not name is an empty text.
#[derive(Clone, Debug)]
pub struct PageReport {
    pub id: String,
    pub at: Millis,
    /// User id of the person who reports.
    pub reporter: String,
    /// Reason of the report, as the wire names it.
    pub reason: String,
    /// User id of the reported person.
    pub user: String,
    pub room: String,
    pub message: String,
}

/// Part of a conversation that is shown with a report.
#[derive(Debug)]
pub enum ReportedPlace {
    /// The report names no message.
    NoMessage,
    /// Messages in the order of the conversation.
    Messages(Vec<ReportedMessage>),
    /// There is no such message, or the person who reported may not read it.
    Closed,
    /// The room does not answer.
    Away,
}

/// Earlier act on a reported person.
#[derive(Debug)]
pub struct EarlierAct {
    pub at: Millis,
    pub kind: String,
    /// End of a mute or ban.
    pub until: Option<Millis>,
    pub reason: String,
}

/// Report that is opened.
#[derive(Debug)]
pub struct OpenReport {
    pub report: PageReport,
    /// Number of other reports on the person.
    pub others: u64,
    /// Last acts on the person, the newest first.
    pub acts: Vec<EarlierAct>,
    pub place: ReportedPlace,
    /// The conversation is a group or between two people.
    pub is_private: bool,
}

/// Reason why an answer to a report was not possible.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReportRefusal {
    /// The message is deleted, or there is none.
    MessageGone,
    /// There is no such person any more.
    Gone,
    /// The reported person is an owner.
    IsOwner,
    /// The reason is empty or too long.
    NoReason,
    /// This act is not possible on this person or message.
    NotPossible,
}

/// Queue of reports.
#[derive(Debug, Default)]
pub struct ReportQueue {
    pub open: u64,
    /// Time of the oldest.
    pub oldest_at: Option<Millis>,
    /// Newer reports do not enter the queue.
    pub is_full: bool,
    /// Open reports of this page, in the order in which they arrived.
    pub rows: Vec<PageReport>,
    /// Place after which the next page begins.
    pub next: Option<u64>,
    pub opened: Option<OpenReport>,
    /// Reason why the last answer was not possible.
    pub refusal: Option<ReportRefusal>,
    /// Words for the person that this answer had.
    pub typed: String,
}

impl ReportQueue {
    /// Returns `true` if the opened report has a form with a reason that is refused.
    pub fn has_wrong_reason(&self) -> bool {
        self.opened.is_some() && self.refusal == Some(ReportRefusal::NoReason)
    }
}

/// Act that was just done, which the page says.
#[derive(Debug)]
pub struct DoneAct {
    /// Word of the act (`super::done`).
    pub act: String,
    /// User id of the person concerned.
    pub user: String,
}

/// Content of the page.
#[derive(Debug)]
pub struct AdminPage {
    /// Time at which the content was made.
    pub now: Millis,
    /// Name of the operator.
    pub owner: String,
    pub csrf: String,
    /// The operator has a cookie, which a sign-out removes.
    pub can_leave: bool,
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
    /// Logs with the most dead letters, and the number of each.
    pub dead_logs: Vec<(String, u64)>,
    /// Number of rows that no key opens.
    pub unreadable: u64,
    /// Calls of the model today and their daily quota; `None` if the ledger does not answer.
    pub quota: Option<(u64, u64)>,
    /// Readings of the last day.
    pub points: Vec<Point>,
    /// Numbers of writes by duration: those up to each bound in milliseconds, and those above all bounds.
    pub commits: Vec<(Option<Millis>, u64)>,
    pub flags: Vec<(&'static str, bool)>,
    pub exceptions: Vec<RoomException>,
    /// Result of the form that makes a link to a new password, if it was sent.
    pub recovery: Option<RecoveryLink>,
    pub staff: Staff,
    pub role_form: RoleForm,
    pub done: Option<DoneAct>,
    pub people: People,
    pub writing: WritingSection,
    pub reports: ReportQueue,
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
