//! Frames of a hub room in both directions, as the machine uses them.

use super::item::{Body, Item};
use super::refusal::HubRefusal;
use crate::words::event::Millis;

/// Request of a client.
#[derive(Clone, Debug, PartialEq)]
pub enum ClientOp {
    /// A message.
    Send {
        /// The writer's id for it.
        id: Option<String>,
        /// Its type.
        content_type: String,
        /// Its body.
        body: Body,
    },
    /// The client has received everything up to here.
    Cursor {
        /// The place.
        seq: u64,
    },
    /// Status of the client in the room.
    Status {
        /// Status that others see.
        status: &'static str,
    },
    /// Probe of the connection.
    Ping {
        /// JSON text that the answer repeats.
        t: Option<String>,
    },
}

/// Refused frame, with its id for the answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadOp {
    /// The frame's `id`, if it has one.
    pub id: Option<String>,
    /// Reason.
    pub refusal: HubRefusal,
}

/// Action that a frame calls for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RawFrame {
    /// Nothing.
    Empty,
    /// Answer `pong`; nobody else is notified.
    Ping,
    /// Close with 1009; nobody else is notified.
    TooLarge,
    /// A message. With an id: the same id and the same bytes again are dropped, other bytes are a message of their own.
    Message {
        /// The frame's own id, if it has one.
        id: Option<String>,
    },
}

/// A person came or left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Movement {
    /// The person came.
    Join,
    /// Left.
    Leave,
}

/// Notification to a socket.
#[derive(Clone, Debug, PartialEq)]
pub enum HubNotification {
    /// First word.
    Hello {
        /// The room.
        room: String,
        /// Epoch of its log.
        epoch: u32,
        /// Newest place.
        head: u64,
        /// Oldest stored position.
        oldest: u64,
        /// Random id of the connection.
        connection: String,
    },
    /// A message of another writer.
    Message(Item),
    /// The sender's message is stored.
    Ack {
        /// Its id.
        id: String,
        /// Its place.
        seq: u64,
        /// Its time.
        ts: Millis,
        /// `true` where it was stored before.
        duplicate: bool,
    },
    /// A person came or left.
    Moved {
        /// Join or leave.
        movement: Movement,
        /// Id of the connection.
        connection: String,
        /// The principal, if it is known.
        principal: Option<String>,
        /// Open sockets now.
        count: usize,
    },
    /// The status of a person has changed.
    Status {
        /// The principal, if it is known.
        principal: Option<String>,
        /// New status.
        status: &'static str,
    },
    /// Live delivery stopped: the reader is too far behind.
    Lag {
        /// Newest place.
        head: u64,
    },
    /// The log is another one.
    Reset {
        /// Epoch of the new log.
        epoch: u32,
    },
    /// Answer to a probe.
    Pong {
        /// The client's.
        t: Option<String>,
        /// The server's time.
        ts: Millis,
    },
    /// A frame was refused.
    Error {
        /// The frame's id.
        id: Option<String>,
        /// Reason.
        refusal: HubRefusal,
    },
}

/// Reason of the close that follows a frame that is too large (1009).
pub const TOO_LARGE_REASON: &str = "message exceeds 65536 bytes";
