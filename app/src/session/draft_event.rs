//! Events about drafts. The page has the type from its start; the code that handles them (`drafts`) is loaded later.

use protocol::people::draft::Draft;
use protocol::words::event::Millis;

/// Event about drafts.
pub(super) enum DraftEvent {
    /// Compares the drafts with the server's.
    Load,
    /// Drafts of an earlier page were loaded late: those of these rooms, in which nothing has been written since.
    Restored(Vec<String>),
    /// A draft was changed or emptied here at a time. Its text is in the room, or stored.
    Written { room: String, is_empty: bool, now: Millis },
    /// Another device reports its draft.
    Received(Draft),
    /// Sends all due drafts to the server.
    Due(Millis),
    /// Sends the draft of a room now.
    Send(String),
    /// Sends the drafts of all rooms, because the person may be leaving.
    Leave,
}
