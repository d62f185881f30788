//! Requests about reports: to a person's object, by which they report somebody (`people.md` 6); to the operator's object, which has the
//! queue (`moderation.md` 7); and to rooms, for the reported message.

use protocol::machines::room::ReportedMessage;
use protocol::people::report;
use protocol::words::event::Millis;
use protocol::words::ids::UserId;
use serde::{Deserialize, Serialize};

use super::moderation::ShownAct;
use super::operator::OwnerAct;
use crate::kit::body::{Empty, Record};
use crate::kit::request::requests;
use crate::kit::trace::Trace;

requests! { Person:
    ReportPerson "report": ReportCall => bool;
}

requests! { Operator:
    /// Puts reports into the queue, each once. Answers `true`.
    AddReports "report-add": Vec<QueuedReport> => bool;
    /// Lists open reports after a place, in the order in which they arrived.
    ListReports "reports": u64 => ReportPage;
    /// Opens a report for an operator, with a row of the audit log where the message is of a private conversation. Answers an empty list where
    /// no such report is open.
    OpenReport "report-open": OwnerAct => Vec<OpenedReport>;
    /// Finds an open report by its id, without a row of the audit log; at most one.
    FindReport "report-find": String => Vec<QueuedReport>;
    /// Answers a report without an act. Answers `true`.
    DismissReport "report-dismiss": OwnerAct => bool;
    CountReports "report-counts": Empty => ReportCounts;
}

requests! { Room:
    /// Reads a reported message between its neighbours.
    ReadReported "reported": ReportedCall => Record<Vec<ReportedMessage>>;
}

/// Report of a person about somebody.
#[derive(Debug, Serialize, Deserialize)]
pub struct ReportCall {
    /// Reported person, and the place where it was: the target of the row.
    pub target: String,
    /// Why: the result of the row.
    pub reason: String,
    pub trace: Trace,
}

/// Report in the queue. A room or a message that it does not name is an empty text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct QueuedReport {
    pub id: String,
    pub at: Millis,
    pub reporter: String,
    pub reason: String,
    /// User id of the reported person.
    pub user: String,
    pub room: String,
    pub message: String,
}

impl QueuedReport {
    /// Returns the target of the audit rows about this report.
    pub fn target(&self) -> String {
        report::target(&self.user, &self.room, &self.message)
    }
}

#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReportPage {
    pub reports: Vec<QueuedReport>,
    /// Place after which the next page begins; `None` for the last page.
    pub next: Option<u64>,
}

/// Opened report, with facts about the reported person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenedReport {
    pub report: QueuedReport,
    /// Number of other reports on the person in the queue, answered or not.
    pub others: u64,
    /// Last acts on the person, the newest first.
    pub acts: Vec<ShownAct>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ReportCounts {
    pub open: u64,
    /// Number of those that have waited for a day.
    pub old: u64,
    /// Time of the oldest; `None` if none is open.
    pub oldest_at: Option<Millis>,
}

/// Reported message that is wanted from a room.
#[derive(Debug, Serialize, Deserialize)]
pub struct ReportedCall {
    pub reporter: UserId,
    pub message: String,
}
