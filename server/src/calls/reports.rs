//! Requests about reports: to a person's object, by which they report somebody (`people.md` 6); to the operator's object, which has the
//! queue (`moderation.md` 7); and to rooms, for the reported message.

use protocol::machines::room::ReportedMessage;
use protocol::people::report;
use protocol::record;
use protocol::words::event::Millis;
use protocol::words::ids::UserId;
use serde::{Deserialize, Serialize};

use super::flags::OwnerAct;
use super::moderation::ShownAct;
use crate::kit::body::{Empty, Record, record_bodies};
use crate::kit::request::requests;
use crate::kit::trace::Trace;

requests! { Person:
    /// Reports somebody.
    ReportPerson "report": ReportCall => bool;
}

requests! { Flags:
    /// Puts reports into the queue, each once. Answers `true`.
    AddReports "report-add": Record<Vec<QueuedReport>> => bool;
    /// Lists open reports after a place, in the order in which they arrived.
    ListReports "reports": u64 => ReportPage;
    /// Opens a report for an operator, with a row of the audit log where the message is of a private conversation. Answers an empty list where
    /// no such report is open.
    OpenReport "report-open": OwnerAct => Record<Vec<OpenedReport>>;
    /// Finds an open report by its id, without a row of the audit log; at most one.
    FindReport "report-find": String => Record<Vec<QueuedReport>>;
    /// Answers a report without an act. Answers `true`.
    DismissReport "report-dismiss": OwnerAct => bool;
    /// Counts the open reports.
    CountReports "report-counts": Empty => ReportCounts;
}

requests! { Room:
    /// Reads a reported message between its neighbours.
    ReadReported "reported": ReportedCall => Record<Vec<ReportedMessage>>;
}

record_bodies!(ReportCall, ReportPage, ReportCounts);

/// Report of a person about somebody.
#[derive(Debug)]
pub struct ReportCall {
    /// Reported person, and the place where it was: the target of the row.
    pub target: String,
    /// Why: the result of the row.
    pub reason: String,
    /// Where the request came from.
    pub trace: Trace,
}

record!(ReportCall { target = "target", reason = "reason", trace = "trace" });

/// Report in the queue. A room or a message that it does not name is an empty text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueuedReport {
    /// Id of the report.
    pub id: String,
    /// Time of the report.
    pub at: Millis,
    /// User id of the person who reports.
    pub reporter: String,
    /// Reason of the report.
    pub reason: String,
    /// User id of the reported person.
    pub user: String,
    /// Canonical room id.
    pub room: String,
    /// Id of the message.
    pub message: String,
}

record!(QueuedReport {
    id = "id",
    at = "at",
    reporter = "reporter",
    reason = "reason",
    user = "user",
    room = "room",
    message = "message",
});

impl QueuedReport {
    /// Returns the target of the audit rows about this report.
    pub fn target(&self) -> String {
        report::target(&self.user, &self.room, &self.message)
    }
}

/// Page of the queue.
#[derive(Debug, PartialEq, Eq)]
pub struct ReportPage {
    /// Open reports.
    pub reports: Vec<QueuedReport>,
    /// Place after which the next page begins; `None` for the last page.
    pub next: Option<u64>,
}

record!(ReportPage { reports = "reports", next = "next" });

/// Opened report, with facts about the reported person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenedReport {
    /// The report.
    pub report: QueuedReport,
    /// Number of other reports on the person in the queue, answered or not.
    pub others: u64,
    /// Last acts on the person, the newest first.
    pub acts: Vec<ShownAct>,
}

record!(OpenedReport { report = "report", others = "others", acts = "acts" });

/// Numbers of open reports.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ReportCounts {
    /// Number of open reports.
    pub open: u64,
    /// Number of those that have waited for a day.
    pub old: u64,
    /// Time of the oldest; `None` if none is open.
    pub oldest_at: Option<Millis>,
}

record!(ReportCounts { open = "open", old = "old", oldest_at = "oldestAt" });

/// Reported message that is wanted from a room.
#[derive(Debug, Serialize, Deserialize)]
pub struct ReportedCall {
    /// Person who has reported it.
    pub reporter: UserId,
    /// Id of the message.
    pub message: String,
}
