//! Events that concern drafts. The page has them from its beginning; the code that handles them (`drafts`) comes later.

use protocol::client::DraftFrame;
use protocol::words::event::Millis;

/// Event that concerns drafts.
pub(super) enum DraftEvent {
    /// The server may know more than what was kept here, or less.
    Load,
    /// Drafts of an earlier page are known only now: those of these rooms, in which nothing was written since.
    Restored(Vec<String>),
    /// Something is written here at a time, or nothing any more. It is in the room, or kept.
    Written { room: String, is_empty: bool, now: Millis },
    /// Another device says what is being written there.
    Received(DraftFrame),
    /// The server is told what is due.
    Due(Millis),
    /// The server is told of a room now.
    Send(String),
    /// The server is told of all rooms: nobody is here any more, as far as it is known.
    Leave,
}
