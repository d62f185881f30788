//! Inputs and effects of a room client: the whole interface between the machine and the page that runs it.
//!
//! The owner carries out effects in their order. This file decides nothing.

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
    /// Range of the saved rows. `None` if there are none: then the newest page is loaded.
    pub cursor: Option<SavedCursor>,
    /// Unsent messages, in the order of writing.
    pub outbox: Vec<OutboxEntry>,
}

/// Saved copy of a log: rows `oldest ..= seq`, without gap.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SavedCursor {
    /// Epoch of the log the rows are from (`core.md` 1.3).
    pub epoch: String,
    /// Newest saved `seq`.
    pub seq: u64,
    /// Oldest saved `seq`; one above `seq` if the log was empty.
    pub oldest: u64,
    /// Oldest `seq` that exists for this person, as far as known: there is nothing to load before it.
    pub first: u64,
}

crate::record!(SavedCursor { epoch = "epoch", seq = "seq", oldest = "oldest", first = "first" or 1 });

impl SavedCursor {
    /// Returns `true` if there are events before the saved rows.
    pub fn has_older(&self) -> bool {
        self.oldest > self.first
    }
}

/// Input of [`super::RoomClient::handle`]: an event.
#[derive(Clone, Debug, PartialEq)]
pub enum Input {
    /// Connect; also after [`Input::Close`] and after a new sign-in.
    Open,
    /// The socket asked for by the last [`Effect::Connect`] is open.
    SocketOpened,
    /// A text message of that socket.
    Text(String),
    /// That socket has closed, or never opened. No input after [`Effect::Disconnect`].
    SocketClosed {
        /// Its close code; 1006 when there is none.
        code: u16,
        /// Its reason: for 4429 it contains the time to wait.
        reason: String,
    },
    /// It is [`super::RoomClient::wake_at`] or later.
    Time,
    /// The device reports a network again.
    NetworkUp,
    /// The device reports that there is no network.
    NetworkDown,
    /// The server answered another request.
    Reached,
    /// The person pressed something, or returned to the page.
    Hurry,
    /// The page was hidden or the device slept: the socket may be dead although it looks open, and is replaced.
    Woke,
    /// The person wrote something.
    Post(OutboxEntry),
    /// Unsent messages of an earlier client that were loaded late, in the order of writing. They are saved already.
    Earlier(Vec<OutboxEntry>),
    /// Send a failed message again.
    Retry {
        /// Its id.
        id: String,
    },
    /// The room of a direct conversation cannot be made, by this refusal.
    NotMade {
        /// Its code.
        code: String,
    },
    /// Forget an unsent message.
    Discard {
        /// Its id.
        id: String,
    },
    /// A moderator has dropped a held message (`moderation.md` 8.2).
    Dropped {
        /// Its id.
        id: String,
    },
    /// A key was pressed (true), or the field was left or emptied (false). At any rate: the client throttles.
    Typing(bool),
    /// Load the page before the oldest row.
    LoadOlder,
    /// Load earlier pages until the row at this position is there.
    LoadTo(u64),
    /// Answer of the server about the pinned message, as JSON text: it contains the text if the frame did not.
    Pinned(String),
    /// Load more of the people who are here: somebody looks at their list.
    LoadPeople,
    /// `true` while the person sees the end of the conversation (visible, focused, scrolled to the end).
    Looking(bool),
    /// Leave; the outbox stays.
    Close,
}

/// Effect that the owner carries out.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// Open a socket, offering `cfm.v1.columns`, `cfm.v1.batch` and `cfm.v1`. Later events of an earlier socket are ignored.
    Connect {
        /// Query string without `?`: `participants=page`, and of a resume `since=…&epoch=…`. Other parameters may be added.
        url_query: String,
    },
    /// Send one text message on the open socket.
    Send(String),
    /// Close the socket: later events of it must not reach the client.
    Disconnect {
        /// 1000 or 4000–4999.
        code: u16,
    },
    /// Save this unsent message (insert or replace by id; new ones go to the end).
    Save(OutboxEntry),
    /// Remove the saved message.
    Forget {
        /// Its id.
        id: String,
    },
    /// The visible rows are complete from `oldest` to `seq`. Save it together with those rows or not at all: a cursor ahead of its rows
    /// would hide messages for ever.
    SaveCursor(SavedCursor),
    /// Show something.
    Show(Box<Show>),
}

/// Change of what the page shows.
#[derive(Clone, Debug, PartialEq)]
pub enum Show {
    /// Insert a row, or replace the one with this id.
    Row(Row),
    /// So many messages of the room wait for review, for a person with a role.
    Waiting(u32),
    /// The bots of the room have these commands.
    Commands(Vec<RoomCommand>),
    /// A row's state changed.
    State {
        /// Its id.
        id: String,
        /// Its new state.
        state: RowState,
    },
    /// A row was removed: discarded, refused for now (nudge, wink), deleted for this person, taken back by its writer, or stored while no rows
    /// are loaded.
    Gone {
        /// Its id.
        id: String,
    },
    /// A row, if it is there, was changed ([`Row::apply`]), or goes because its writer took it back ([`Row::is_taken_back_by`]).
    Changed(MessageChange),
    /// A person was deleted. Every visible and every saved row loses their data ([`Row::part_with`]).
    Departed(Departure),
    /// Positions up to which own messages were delivered to all others, and read by all others.
    Reach {
        /// Delivered.
        delivered: u64,
        /// Read.
        read: u64,
    },
    /// Position up to which this person has read, on any device: the one read cursor, as the server stores it (`messenger.md` 8).
    OwnRead {
        /// The position.
        seq: u64,
    },
    /// Rows before all others, ascending (insert or replace by id). May be empty, to report if there are more.
    Older {
        /// The rows.
        rows: Vec<Row>,
        /// There is more before them.
        more: bool,
    },
    /// Remove every row that has a `seq`: the log began anew. Unsent rows stay.
    Reset,
    /// Another person began or stopped typing.
    Typing {
        /// User id.
        user: String,
        /// Display name.
        name: String,
        /// Began or stopped.
        is_typing: bool,
    },
    /// The pinned message; `None` if there is none.
    Pinned(Option<Box<PinnedRow>>),
    /// People who are here: everybody, or the first of them. [`Show::Here`] follows.
    Participants(Vec<Person>),
    /// Number of people who are here. It may be larger than the number of shown people: [`Input::LoadPeople`] loads more of them.
    Here(u32),
    /// People who came, changed or were loaded, and people who left. A change may be of a person who was not shown yet.
    ParticipantsDelta {
        /// People who came, were loaded, or whose appearance changed.
        joined: Vec<Person>,
        /// User ids.
        left: Vec<String>,
    },
    /// Another person has just sent a nudge; its row was shown before.
    Nudge {
        /// Id of its row.
        id: String,
        /// User id of the sender.
        user: String,
        /// Display name.
        name: String,
        /// `true` if the window shakes; `false` if the line is all (`messenger.md` 5.4).
        shakes: bool,
    },
    /// A wink has to be played, everywhere at the same moment; its row was shown before.
    Wink {
        /// The row.
        row: Row,
        /// Start by this device's clock; may be up to two seconds ago.
        start_at_local_ms: Millis,
        /// Duration.
        duration_ms: Millis,
    },
    /// The connection changed.
    Connection(ConnectionState),
    /// The server's session belongs to another person. The connection is closed, and unsent messages stay (`sign-in.md` 8).
    SomebodyElse,
    /// The server refused a message. The fate of the message was shown separately; `RATE_LIMITED` chats are sent again automatically.
    Refused {
        /// Code of `messenger.md` 1.1.
        code: String,
        /// Time after which a retry may succeed.
        retry_after_ms: Option<Millis>,
        /// Kind of the refused message or change (`chat`, `nudge`, `wink`, `edit` …); `None` for a frame outside of the outbox.
        what: Option<crate::words::event::Kind>,
        /// Id of the message refused.
        id: Option<String>,
        /// English prose.
        message: String,
    },
    /// An edit was refused for good. [`Show::Refused`] follows if the server has said so.
    EditRefused {
        /// Id of the message.
        message: String,
        /// The text that it should have got.
        content: String,
    },
    /// New expiry of the session, unless it is extended.
    Session {
        /// Server time.
        expires_at: Millis,
    },
    /// The session ends soon and cannot slide any more.
    SessionEnding {
        /// Time left.
        expires_in_ms: Millis,
    },
    /// Server clock minus this device's clock.
    ClockOffset(i64),
}
