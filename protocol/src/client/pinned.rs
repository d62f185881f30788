//! The pinned message of a conversation, as its page shows it (`messenger.md` 3.4).

use super::change::MessageChange;
use super::frames::PinFrame;
use super::row::Row;
use crate::words::event::Millis;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PinnedRow {
    /// Id of the message.
    pub message: String,
    pub by: String,
    pub at: Millis,
    /// The message, if it was sent; it may also be among the rows of the page.
    pub row: Option<Row>,
}

impl PinnedRow {
    /// Converts the server's frame. The row of `before` stays if the frame has none.
    pub fn of(frame: PinFrame, before: Option<&Self>, own_user: &str, as_of: u64) -> Self {
        let PinFrame { message, by, at, event } = frame;
        let received = event.and_then(|event| event.row(own_user, as_of));
        let known = before.filter(|before| before.message == message).and_then(|before| before.row.clone());
        Self { message, by, at, row: received.or(known) }
    }

    /// Applies a change to the pinned message. Returns `false` if it concerns another message, or is known.
    pub fn apply(&mut self, changed: &MessageChange) -> bool {
        changed.message == self.message && self.row.as_mut().is_some_and(|row| row.apply(changed))
    }
}
