//! Subject and outcome of the dialog that reports somebody (`people.md` 6).

use super::relations::PersonRef;
use crate::browser::CallError;

/// A limit that ends sooner is not that of reports, but of how often somebody may ask.
const LATER_MS_MIN: u64 = 60_000;

/// Subject of a report: the person, and the message that shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReportSubject {
    /// Person who is reported.
    pub person: PersonRef,
    /// Ids of the room and of the message there that shows it.
    pub message: Option<(String, String)>,
}

/// Outcome of a report.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Outcome {
    /// Nothing yet.
    #[default]
    Nothing,
    /// It is on its way.
    Sent,
    /// The people who run the place can see it.
    Done,
    /// There were enough of them today.
    Later,
    /// The server could not be asked.
    Unreachable,
    /// Something else was wrong.
    Refused,
}

impl Outcome {
    /// Returns the outcome of a report that was not taken.
    pub fn of(error: &CallError) -> Self {
        match error.code.as_str() {
            "NETWORK" => Self::Unreachable,
            "RATE_LIMITED" if error.retry_after_ms.is_some_and(|wait| wait > LATER_MS_MIN) => Self::Later,
            _ => Self::Refused,
        }
    }

    /// Returns `true` if there is something to complain about.
    pub fn is_failure(self) -> bool {
        matches!(self, Self::Later | Self::Unreachable | Self::Refused)
    }
}
