//! Subject and outcome of the dialog that reports a person (`people.md` 6).

use super::relations::PersonRef;
use crate::browser::CallError;

/// A shorter limit is not that of reports, but the limit of requests.
const LATER_MS_MIN: u64 = 60_000;

/// Subject of a report: a person, and optionally a message as evidence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReportSubject {
    pub person: PersonRef,
    /// Ids of the room and the message of the evidence.
    pub message: Option<(String, String)>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Outcome {
    /// There is no report yet.
    #[default]
    Nothing,
    /// The request is pending.
    Sent,
    /// The operators have received the report.
    Done,
    /// The daily limit of reports is reached.
    Later,
    Unreachable,
    /// The report was refused for another reason.
    Refused,
}

impl Outcome {
    pub fn of(error: &CallError) -> Self {
        match error.code.as_str() {
            "NETWORK" => Self::Unreachable,
            "RATE_LIMITED" if error.retry_after_ms.is_some_and(|wait| wait > LATER_MS_MIN) => Self::Later,
            _ => Self::Refused,
        }
    }

    /// Returns `true` if an error is to be shown.
    pub fn is_failure(self) -> bool {
        matches!(self, Self::Later | Self::Unreachable | Self::Refused)
    }
}
