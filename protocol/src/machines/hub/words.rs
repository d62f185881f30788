//! Frames of a hub room in both directions, as the machine uses them.

use super::item::Item;
use super::log::{HubPosted, HubWrite};
use super::refusal::HubRefusal;
use crate::words::event::Millis;

#[derive(Clone, Debug, PartialEq)]
pub enum ClientOp {
    Send(HubWrite),
    /// The client has received everything up to here.
    Cursor {
        seq: u64,
    },
    Status {
        status: &'static str,
    },
    Ping {
        /// JSON text that the answer repeats.
        t: Option<String>,
    },
}

/// Refused frame, with its id for the answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadOp {
    pub id: Option<String>,
    pub refusal: HubRefusal,
}

/// Action that a frame calls for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RawFrame {
    Empty,
    /// Answer `pong`; nobody else is notified.
    Ping,
    /// Close with 1009; nobody else is notified.
    TooLarge,
    /// A message. With an id: the same id and the same bytes again are dropped, other bytes are a message of their own.
    Message {
        id: Option<String>,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Movement {
    Join,
    Leave,
}

#[derive(Clone, Debug, PartialEq)]
pub enum HubNotification {
    Hello {
        room: String,
        epoch: u32,
        head: u64,
        oldest: u64,
        connection: String,
    },
    /// A message of another writer.
    Message(Item),
    Ack(HubPosted),
    Moved {
        movement: Movement,
        connection: String,
        principal: Option<String>,
        /// Open sockets now.
        count: usize,
    },
    Status {
        principal: Option<String>,
        status: &'static str,
    },
    /// Live delivery stopped: the reader is too far behind.
    Lag {
        head: u64,
    },
    /// The log is another one.
    Reset {
        epoch: u32,
    },
    Pong {
        t: Option<String>,
        ts: Millis,
    },
    Error {
        id: Option<String>,
        refusal: HubRefusal,
    },
}

/// Reason of the close that follows a frame that is too large (1009).
pub const TOO_LARGE_REASON: &str = "message exceeds 65536 bytes";
