//! Errors of calls to objects.

use protocol::trust::sealing::is_about_keys;
use protocol::words::refusal::{Denied, Fault, Refusal};

#[derive(Debug)]
pub enum CallError {
    Refused(Refusal),
    /// The object is overloaded or being moved: the same call may succeed in a moment.
    Busy(Fault),
    /// The object, or the way to it, is broken.
    Broken(Fault),
}

impl CallError {
    /// Returns the refusal of a body that ended before its end: nobody else can break the connection of a request while it is read.
    pub fn broken_off() -> Self {
        Self::Refused(Refusal::validation("body", "The body ended too early."))
    }

    /// Returns the fault, unless an object refused.
    pub fn fault(&self) -> Option<&Fault> {
        match self {
            Self::Refused(_) => None,
            Self::Busy(fault) | Self::Broken(fault) => Some(fault),
        }
    }
}

/// Time after which a caller may ask a busy object again.
const BUSY_MS: u64 = 1_000;

impl From<Refusal> for CallError {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<worker::Error> for CallError {
    fn from(error: worker::Error) -> Self {
        Self::Broken(Fault(error.to_string()))
    }
}

impl From<serde_json::Error> for CallError {
    fn from(error: serde_json::Error) -> Self {
        Self::Broken(error.into())
    }
}

impl From<CallError> for Refusal {
    /// Returns the refusal for the client. A fault was logged where it occurred.
    fn from(error: CallError) -> Self {
        match error {
            CallError::Refused(refusal) => refusal,
            CallError::Busy(_) => Self::Overloaded { retry_after_ms: BUSY_MS },
            // The operator has to restore a content key.
            CallError::Broken(fault) if is_about_keys(&fault) => Self::Misconfigured,
            CallError::Broken(_) => Self::Internal,
        }
    }
}

impl From<Denied> for CallError {
    fn from(denied: Denied) -> Self {
        match denied {
            Denied::Refused(refusal) => Self::Refused(refusal),
            Denied::Broken(fault) => Self::Broken(fault),
        }
    }
}

impl From<Fault> for CallError {
    fn from(fault: Fault) -> Self {
        Self::Broken(fault)
    }
}
