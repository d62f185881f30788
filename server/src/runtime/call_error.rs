//! Errors of calls to objects.

use protocol::trust::sealing::is_about_keys;
use protocol::words::refusal::{Denied, Fault, Refusal};

/// Why a call has no answer.
#[derive(Debug)]
pub enum CallError {
    /// The object said no.
    Refused(Refusal),
    /// The object has too much to do, or moves: the same question will be answered in a moment.
    Busy(Fault),
    /// The object, or the way to it, is broken.
    Broken(Fault),
}

impl CallError {
    /// Returns the fault, unless an object refused.
    pub fn fault(&self) -> Option<&Fault> {
        match self {
            Self::Refused(_) => None,
            Self::Busy(fault) | Self::Broken(fault) => Some(fault),
        }
    }
}

/// When whoever is told that an object is busy asks again.
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
    /// Returns the refusal that the caller outside is told; a fault was logged where it was born.
    fn from(error: CallError) -> Self {
        match error {
            CallError::Refused(refusal) => refusal,
            CallError::Busy(_) => Self::Overloaded { retry_after_ms: BUSY_MS },
            // Whoever runs the deployment has to give a key back.
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
