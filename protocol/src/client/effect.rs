//! Inputs and effects of a room client: the whole interface between the machine and the page that runs it. The page carries out effects in
//! order.

use super::change::MessageChange;
use super::departed::Departure;
use super::link::ConnectionState;
use super::outbox::OutboxEntry;
use super::person::Person;
use super::pinned::PinnedRow;
use super::row::{Row, RowState};
use crate::content::room_commands::RoomCommand;
use crate::words::event::Millis;

/// State that an earlier client saved on this device.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Saved {
    /// Range of the saved rows; `None` if there are none, so that the newest page is loaded.
    pub cursor: Option<SavedCursor>,
    /// Unsent messages, in the order of writing.
    pub outbox: Vec<OutboxEntry>,
}

crate::record! {
    /// Saved copy of a log: rows `oldest ..= seq`, without gap.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct SavedCursor {
        /// Epoch of the log the rows are from (`core.md` 1.3).
        pub epoch: String = "epoch",
        /// Newest saved `seq`.
        pub seq: u64 = "seq",
        /// Oldest saved `seq`; one above `seq` if the log was empty.
        pub oldest: u64 = "oldest",
        /// Oldest `seq` that exists for this person, as far as known.
        pub first: u64 = "first" or 1,
    }
}

impl SavedCursor {
    /// Returns `true` if there are events before the saved rows.
    pub fn has_older(&self) -> bool {
        self.oldest > self.first
    }
}

#[derive(Clone, Debug, PartialEq)]
pub enum Input {
    /// Connect; also after [`Input::Close`] and after a new sign-in.
    Open,
    /// The socket of the last [`Effect::Connect`] is open.
    SocketOpened,
    Text(String),
    /// That socket has closed, or failed to open. There is no such input after [`Effect::Disconnect`].
    SocketClosed {
        /// Its close code; 1006 when there is none.
        code: u16,
        /// Its reason, which contains the wait for 4429.
        reason: String,
    },
    /// The time [`super::RoomClient::wake_at`] has come.
    Time,
    NetworkUp,
    NetworkDown,
    /// The server answered another request.
    Reached,
    /// The person pressed something, or returned to the page.
    Hurry,
    /// The page was hidden or the device slept, so the socket may be dead although it looks open, and is replaced.
    Woke,
    /// The person wrote something.
    Post(OutboxEntry),
    /// Unsent messages of an earlier client that were loaded late, in the order of writing. They are already saved.
    Earlier(Vec<OutboxEntry>),
    Retry {
        id: String,
    },
    /// The server refuses to make the room of a direct conversation.
    NotMade {
        code: String,
    },
    /// Forget an unsent message.
    Discard {
        id: String,
    },
    /// A moderator has dropped a held message (`moderation.md` 8.2).
    Dropped {
        id: String,
    },
    /// `true` for a key press, `false` when the field was left or emptied. The client limits the rate.
    Typing(bool),
    /// Load the page before the oldest row.
    LoadOlder,
    /// Load earlier pages up to this position.
    LoadTo(u64),
    /// Answer of the server about the pinned message, as JSON text. It has the message if the frame did not.
    Pinned(String),
    /// Load more of the people in the room, because their list is open.
    LoadPeople,
    /// `true` while the person sees the end of the conversation (visible, focused, scrolled to the end).
    Looking(bool),
    /// Leave; the outbox stays.
    Close,
}

/// Effect that the owner carries out.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// Open a socket that offers `cfm.v1.columns`, `cfm.v1.batch` and `cfm.v1`. Later events of an earlier socket are ignored.
    Connect {
        /// Query string without `?`: `participants=page`, and of a resume `since=…&epoch=…`. Other parameters may be added.
        url_query: String,
    },
    /// Send one text message on the open socket.
    Send(String),
    /// Close the socket, whose later events must not reach the client.
    Disconnect {
        /// 1000 or 4000–4999.
        code: u16,
    },
    /// Save this unsent message: insert it at the end, or replace the one with its id.
    Save(OutboxEntry),
    /// Remove the saved message.
    Forget {
        id: String,
    },
    /// Save that the visible rows are complete from `oldest` to `seq`, together with those rows: a cursor ahead of its rows would hide
    /// messages forever.
    SaveCursor(SavedCursor),
    Show(Box<Show>),
}

/// Change of what the page shows.
#[derive(Clone, Debug, PartialEq)]
pub enum Show {
    /// Inserts a row, or replaces the one with this id.
    Row(Row),
    /// Number of messages in the room that wait for review, for a person with a role.
    Waiting(u32),
    Commands(Vec<RoomCommand>),
    /// Name, topic, members or roles of the public group have changed, and no row says so.
    GroupChanged,
    State {
        id: String,
        state: RowState,
    },
    /// A row was removed: discarded, refused for now (nudge, wink), deleted for this person, taken back by its writer, or stored while no
    /// rows are loaded.
    Gone {
        id: String,
    },
    /// Changes a row ([`Row::apply`]), or removes it because its writer took it back ([`Row::is_taken_back_by`]).
    Changed(MessageChange),
    /// A person was deleted. All visible and saved rows lose the person's data ([`Row::part_with`]).
    Departed(Departure),
    /// Positions up to which own messages were delivered to all others, and read by all others.
    Reach {
        delivered: u64,
        read: u64,
    },
    /// Position up to which this person has read: here, or on any device as the server stores it (`messenger.md` 8).
    OwnRead {
        seq: u64,
    },
    /// Rows before all others, ascending (insert or replace by id). Without rows it only reports `more`.
    Older {
        rows: Vec<Row>,
        /// There is more before them.
        more: bool,
    },
    /// Remove all rows with a `seq`, because the log began anew. Unsent rows stay.
    Reset,
    Typing {
        user: String,
        name: String,
        is_typing: bool,
    },
    Pinned(Option<Box<PinnedRow>>),
    /// People in the room: all, or the first of them. [`Show::Here`] follows.
    Participants(Vec<Person>),
    /// Number of people in the room, which may be larger than that of the shown ones. [`Input::LoadPeople`] loads more of them.
    Here(u32),
    /// People who came, changed or were loaded, and people who left. A changed person need not have been shown before.
    ParticipantsDelta {
        /// People who came, were loaded, or whose appearance changed.
        joined: Vec<Person>,
        /// User ids.
        left: Vec<String>,
    },
    /// Another person sent a nudge; its row was shown before.
    Nudge {
        /// Id of its row.
        id: String,
        user: String,
        name: String,
        /// `true` if the window shakes; `false` if only the line is shown (`messenger.md` 5.4).
        shakes: bool,
    },
    /// A wink has to be played, at the same moment on all devices; its row was shown before.
    Wink {
        row: Row,
        /// Start by this device's clock; may be up to two seconds ago.
        start_at_local_ms: Millis,
        duration_ms: Millis,
    },
    Connection(ConnectionState),
    /// The server's session belongs to another person. The connection is closed, and unsent messages stay (`sign-in.md` 8).
    SomebodyElse,
    /// The server refused a message, whose state was shown separately. Chats with `RATE_LIMITED` are sent again automatically.
    Refused {
        /// Code of `messenger.md` 1.1.
        code: String,
        retry_after_ms: Option<Millis>,
        /// Kind of the refused message or change (`chat`, `nudge`, `wink`, `edit` …); `None` for a frame outside of the outbox.
        what: Option<crate::words::event::Kind>,
        /// Id of the refused message.
        id: Option<String>,
        message: String,
    },
    /// An edit was refused for good. [`Show::Refused`] follows if the server has said so.
    EditRefused {
        /// Id of the message.
        message: String,
        content: String,
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
    /// Server clock minus this device's clock.
    ClockOffset(i64),
}
