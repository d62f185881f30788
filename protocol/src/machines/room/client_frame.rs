//! Frames of clients, as the machine understands them.

use super::change::Change;
use super::receipt::ReceiptReport;
use super::write::Write;
use crate::log::Range;
use crate::machines::presence::PresenceChange;
use crate::words::refusal::Refusal;

/// A frame that can be used.
#[derive(Clone, Debug, PartialEq)]
pub enum ClientFrame {
    /// Chat, nudge or wink: becomes an event.
    Write(Write),
    Typing {
        is_typing: bool,
    },
    History(HistoryAsk),
    Participants(ParticipantsAsk),
    /// Clock probe; the answer contains `t` unchanged.
    Ping {
        /// JSON text of the client's `t`, at most 64 bytes.
        t: Option<String>,
    },
    /// Flow control: the client has everything up to `seq`.
    Cursor {
        seq: u64,
    },
    /// The sender's presence changes; belongs to the person's own object.
    Presence(PresenceChange),
    /// People beyond the contacts whom this socket wants to watch (presence socket only).
    Watch {
        /// User ids, as sent.
        user_ids: Vec<String>,
    },
    /// Edit, deletion or reaction: changes an earlier message.
    Change(Change),
    Seen(ReceiptReport),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HistoryAsk {
    pub rid: Option<String>,
    pub range: Range,
    /// Events at most.
    pub limit: u32,
}

/// A request for a page of the people who are here (`messenger.md` 5.7).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParticipantsAsk {
    pub rid: Option<String>,
    /// User id after which the page begins; empty for the first page.
    pub after: String,
    pub limit: u32,
}

/// Invalid frame, with its `id`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadFrame {
    /// `None` if it could not be read.
    pub id: Option<String>,
    /// The `rid` of a request for a page, if it could be read.
    pub rid: Option<String>,
    pub refusal: Refusal,
}

impl BadFrame {
    /// A frame of which not even the `id` could be read.
    pub fn nameless(refusal: Refusal) -> Self {
        Self { id: None, rid: None, refusal }
    }
}
