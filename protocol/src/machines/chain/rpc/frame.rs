//! Requests of clients of version 0.4, and what they are answered (`livestore-0.4.md` 2, 3, 4, 6).

use std::rc::Rc;

use super::page::RpcPage;
use crate::machines::chain::push::PushRefusal;
use crate::machines::chain::store::ChainEvent;

/// Place from which a client wants events.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RpcCursor {
    /// Id of the log that the client knows.
    pub backend_id: String,
    /// Events above it are wanted.
    pub after: u64,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RpcPush {
    pub request_id: String,
    pub batch: Vec<ChainEvent>,
    /// Id of the log that the client knows.
    pub backend_id: Option<String>,
}

/// Frame that a socket sends, or the body of a request by HTTP.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RpcFrame {
    Pull {
        request_id: String,
        /// `None` asks from the beginning.
        cursor: Option<RpcCursor>,
        /// Later events are wanted, too.
        is_live: bool,
    },
    Push(RpcPush),
    /// Request whose answer says that the store is there; by HTTP alone.
    Probe {
        request_id: String,
    },
    /// Are you there?
    Ping,
    /// The page of this request arrived.
    Ack {
        request_id: String,
    },
    /// The client gave up this request.
    Interrupt {
        request_id: String,
    },
    /// No more requests will come.
    Eof,
    /// The owner of the store refuses this request.
    Refused {
        request_id: String,
        /// It is a push; else it is a pull.
        is_push: bool,
        reason: &'static str,
    },
    /// Invalid; ends the request that it names.
    Undecodable {
        /// The request, if the frame names one.
        request_id: Option<String>,
        reason: &'static str,
    },
    /// Larger than a message may be, without the id of a request.
    TooLarge,
}

impl RpcFrame {
    /// Returns the id of the request that the frame begins.
    pub fn begins(&self) -> Option<&str> {
        match self {
            Self::Pull { request_id, .. } | Self::Probe { request_id } | Self::Refused { request_id, .. } => {
                Some(request_id)
            }
            Self::Push(push) => Some(&push.request_id),
            Self::Undecodable { request_id, .. } => request_id.as_deref(),
            Self::Ping | Self::Ack { .. } | Self::Interrupt { .. } | Self::Eof | Self::TooLarge => None,
        }
    }

    /// Returns the id of the push that the frame is.
    pub fn pushes(&self) -> Option<&str> {
        match self {
            Self::Push(push) => Some(&push.request_id),
            Self::Refused { request_id, is_push: true, .. } => Some(request_id),
            _ => None,
        }
    }
}

/// Error that a client of version 0.4 knows by its name (`livestore-0.4.md` 6).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RpcFailure {
    /// The push builds on another event than the newest.
    ServerAhead {
        /// The head.
        expected: u64,
        /// Number that the first event builds on.
        provided: i64,
    },
    /// The client knows another life of this log.
    BackendId { expected: String, received: String },
    /// Any other error of a push.
    Unknown { message: String },
}

impl RpcFailure {
    pub fn unknown(message: impl Into<String>) -> Self {
        Self::Unknown { message: message.into() }
    }
}

impl From<PushRefusal> for RpcFailure {
    fn from(refusal: PushRefusal) -> Self {
        match refusal {
            PushRefusal::Parent { received, expected } => Self::ServerAhead { expected, provided: received },
            other => Self::unknown(other.to_string()),
        }
    }
}

/// Message to a socket of version 0.4, or a part of the answer to a request by HTTP.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RpcNotification {
    Pong,
    /// Answer to [`RpcFrame::Probe`].
    Present {
        request_id: String,
    },
    Page {
        request_id: String,
        /// Its events; pulls at the same place share them.
        page: Rc<RpcPage>,
    },
    /// A pull that was not live is over.
    Pulled {
        request_id: String,
    },
    Pushed {
        request_id: String,
    },
    /// The request failed and changed nothing.
    Failed {
        request_id: String,
        failure: RpcFailure,
    },
    /// The request could not be decoded.
    Died {
        request_id: String,
        reason: &'static str,
    },
    /// A frame that names no request could not be decoded. The client ends all its requests.
    Defect {
        reason: &'static str,
    },
}
