//! Effects of a step of the channel: frames, answers to publishers, and changes of sockets and envelopes.

use std::rc::Rc;

use super::publish::{Answer, CallKey};
use super::store::Envelope;
use crate::words::refusal::Refusal;
use crate::words::socket::ConnKey;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ChannelNotification {
    Pong,
    /// First frame for a client of `hopeflow.v2`.
    Welcome {
        epoch: u32,
        head: u64,
        connection: String,
    },
    Subscribed {
        count: usize,
    },
    /// An envelope. Only `hopeflow.v2` shows its place.
    Envelope {
        envelope: Rc<Envelope>,
        /// Its place, if it is durable.
        seq: Option<u64>,
        /// The envelope was stored for this socket.
        is_replay: bool,
    },
    /// Some filters had no room.
    FilterLimit,
}

/// Effect of a step. Effects are carried out in this order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Sends to sockets. One to which the send fails is closed with 1011 and reported as closed.
    Send { conns: Vec<ConnKey>, notification: ChannelNotification },
    /// The socket's own state changed: store it before its next frame is judged.
    Save(ConnKey),
    Answer {
        call: CallKey,
        answer: Answer,
        /// It was given before.
        is_replay: bool,
    },
    /// Closes a socket that was refused; it is removed already.
    Close {
        conn: ConnKey,
        /// Why; its code is that of `core.md` 7.
        refusal: Refusal,
    },
    /// An envelope had to go before its time.
    Dropped { seq: u64, envelope_id: String },
}
