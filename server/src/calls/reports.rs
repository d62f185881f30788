//! The request to a person's object by which they report somebody (`people.md` 6).

use protocol::record;

use crate::kit::body::record_bodies;
use crate::kit::request::requests;

requests! { Person:
    /// Reports somebody.
    ReportPerson "report": ReportCall => bool;
}

record_bodies!(ReportCall);

/// A report of a person about somebody.
#[derive(Debug)]
pub struct ReportCall {
    /// The person.
    pub user: String,
    /// Reported person, and the place where it was: the target of the row.
    pub target: String,
    /// Why: the result of the row.
    pub reason: String,
    /// The caller's network.
    pub address: String,
    /// Id of the request.
    pub request: String,
}

record!(ReportCall { user = "user", target = "target", reason = "reason", address = "address", request = "request" });
