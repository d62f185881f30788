//! Changes that the presence client reports to its owner. Several are frames of the server as they came.

use super::link::ConnectionState;
use super::row::Row;
use crate::people::draft::Draft;
use crate::words::event::Millis;
use crate::words::status::{Status, Visible};

/// Change that the owner shows.
#[derive(Clone, Debug, PartialEq)]
pub enum PresenceShow {
    Connection(ConnectionState),
    /// The server's session belongs to another person; the connection is closed.
    SomebodyElse,
    /// Own status, as the server has stored it.
    OwnStatus(String),
    /// Everyone whom this person may see.
    Everybody(Vec<Visible>),
    Person(Visible),
    /// An event in a room that is not open here.
    Notification {
        room: String,
        /// `None` if there is nothing to show.
        row: Option<Box<Row>>,
        unread: u64,
        /// `true` if the event is a nudge that shakes the window.
        shakes: bool,
    },
    /// Lower number of unread events in a room, because messages were read on another device or removed.
    Unread {
        room: String,
        unread: u64,
    },
    /// This person joined a room; its JSON object (`messenger.md` 3.2).
    RoomAdded {
        /// JSON text.
        room: String,
        /// User id of the person who added them; may be empty.
        by: String,
    },
    /// This person deleted a message for themselves, on another device.
    Hidden {
        room: String,
        /// Id of the message.
        message: String,
    },
    /// Draft that is being written on another device.
    Draft(Draft),
    /// A device changed the home layout: the version of its fields (`home.md` 3).
    Home {
        version: u64,
    },
    /// The address of the account was verified, or is no longer (`account.md` 3).
    Address {
        is_verified: bool,
    },
    /// A moderator has dropped a held message of this person (`moderation.md` 8.2).
    Dropped {
        room: String,
        /// Id of the message.
        message: String,
    },
    /// A moderator has acted on this person (`moderation.md` 3).
    Moderation {
        kind: String,
        /// End of a mute.
        until: Option<Millis>,
    },
    RoomRemoved {
        room: String,
    },
    /// The relation to another person has changed (`people.md` 1).
    Contact {
        /// `request`, `accepted` or `removed`.
        event: String,
        user: String,
        name: String,
        /// `true` if the other person used an invite of this one.
        is_by_invite: bool,
    },
    /// Expiry of the session, unless it is extended.
    Session {
        /// Server time.
        expires_at: Millis,
    },
    /// The session ends soon and cannot be extended.
    SessionEnding {
        expires_in_ms: Millis,
    },
    /// The session has ended; the socket closes next.
    SignedOut {
        /// Reason as a code.
        reason: String,
    },
    /// The server refused a change of the own presence. A change with `RATE_LIMITED` is sent again automatically.
    Refused {
        /// Code of `messenger.md` 1.1.
        code: String,
        message: String,
        retry_after_ms: Option<Millis>,
        /// Own status that is shown if the chosen one is not sent again.
        own_status: Option<Status>,
    },
}
