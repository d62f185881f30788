//! Inputs and effects of a room client: the whole surface between the machine and the page that runs it.
//!
//! Carrying effects out is the owner's business, in the order they come. Nothing here decides anything.

use super::change::MessageChange;
use super::departed::Departure;
use super::link::ConnectionState;
use super::outbox::OutboxEntry;
use super::person::Person;
use super::pinned::PinnedRow;
use super::row::{Row, RowState};
use crate::words::event::Millis;

/// State that an earlier life of the client left behind on this device.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Saved {
    /// Where the kept rows end. `None` when no rows are kept: then the newest page is loaded.
    pub cursor: Option<SavedCursor>,
    /// Unsent messages, in the order they were written.
    pub outbox: Vec<OutboxEntry>,
}

/// The kept copy of a log: rows `oldest ..= seq`, without gap.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SavedCursor {
    /// Epoch of the log the rows are from (`core.md` 1.3).
    pub epoch: String,
    /// Newest kept `seq`.
    pub seq: u64,
    /// Oldest kept `seq`; one above `seq` when the log was empty.
    pub oldest: u64,
}

crate::record!(SavedCursor { epoch = "epoch", seq = "seq", oldest = "oldest" });

/// Input of [`super::RoomClient::handle`]: something that happened.
#[derive(Clone, Debug, PartialEq)]
pub enum Input {
    /// Connect; also after [`Input::Close`] and after a new sign-in.
    Open,
    /// The socket asked for by the last [`Effect::Connect`] is open.
    SocketOpened,
    /// A text message of that socket.
    Text(String),
    /// That socket is gone, or never opened. Not told after [`Effect::Disconnect`].
    SocketClosed {
        /// Its close code; 1006 when there is none.
        code: u16,
        /// Its reason: 4429 carries the time to wait there.
        reason: String,
    },
    /// It is [`super::RoomClient::wake_at`] or later.
    Time,
    /// The device says it has a network again.
    NetworkUp,
    /// The device says it has no network.
    NetworkDown,
    /// The server answered something else.
    Reached,
    /// The person pressed something, or looks at the page again.
    Hurry,
    /// The page was hidden or the device slept: the socket may be dead although it looks open, and is replaced.
    Woke,
    /// The person wrote something.
    Post(OutboxEntry),
    /// Messages that an earlier life left unsent and that are known only now, in the order they were written. They are kept already.
    Earlier(Vec<OutboxEntry>),
    /// Send a failed message again.
    Retry {
        /// Its id.
        id: String,
    },
    /// Forget an unsent message.
    Discard {
        /// Its id.
        id: String,
    },
    /// A key was pressed (true) or the field was left or emptied (false). Any rate: the client throttles.
    Typing(bool),
    /// Show what was before the oldest row.
    LoadOlder,
    /// Show what was before, until the row at this place is there.
    LoadTo(u64),
    /// Answer of the server about the pinned message, as JSON text: it has the words, where they were not told.
    Pinned(String),
    /// The conversation is looked at (visible, focused, its end in view), or not any more.
    Looking(bool),
    /// Leave; the outbox stays.
    Close,
}

/// Effect that the owner carries out.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// Open a socket, offering `cfm.v1.batch` and `cfm.v1`. An earlier socket is forgotten, whatever it still says.
    Connect {
        /// Query string without `?`: `since=…&epoch=…`, or empty. Other parameters may be added.
        url_query: String,
    },
    /// Send one text message on the open socket.
    Send(String),
    /// Close the socket and forget it: nothing it says any more may be told to the client.
    Disconnect {
        /// 1000 or 4000–4999.
        code: u16,
    },
    /// Keep this unsent message (insert or replace by id; new ones go to the end).
    Save(OutboxEntry),
    /// The message need not be kept any more.
    Forget {
        /// Its id.
        id: String,
    },
    /// Rows shown so far reach from `oldest` to `seq` without gap. Keep it together with those rows or not at all:
    /// a cursor ahead of its rows would hide messages for ever.
    SaveCursor(SavedCursor),
    /// Show something.
    Show(Box<Show>),
}

/// Change of what the page shows.
#[derive(Clone, Debug, PartialEq)]
pub enum Show {
    /// Insert a row, or replace the one with this id.
    Row(Row),
    /// A row's state changed.
    State {
        /// Its id.
        id: String,
        /// Its new state.
        state: RowState,
    },
    /// A row is gone: discarded, refused for now (nudge, wink), deleted for oneself, or stored where no rows are loaded.
    Gone {
        /// Its id.
        id: String,
    },
    /// A row that may be there was changed ([`Row::apply`]).
    Changed(MessageChange),
    /// Somebody is gone for good. Every row that is shown, and every row that is kept, loses what there is of them
    /// ([`Row::part_with`]).
    Departed(Departure),
    /// Own messages up to these places were delivered to, and read by, all others.
    Reach {
        /// Delivered.
        delivered: u64,
        /// Read.
        read: u64,
    },
    /// This person has read up to here, on whichever device: the one read cursor, as the server keeps it (`messenger.md` 8).
    OwnRead {
        /// Place.
        seq: u64,
    },
    /// Rows before all others, ascending (insert or replace by id). Also comes with no rows, to say whether there are more.
    Older {
        /// The rows.
        rows: Vec<Row>,
        /// There is more before them.
        more: bool,
    },
    /// Drop every row that has a `seq`: the log began anew. Unsent rows stay.
    Reset,
    /// Somebody else began or stopped typing.
    Typing {
        /// User id.
        user: String,
        /// Display name.
        name: String,
        /// Began or stopped.
        is_typing: bool,
    },
    /// The pinned message; `None` when nothing is pinned.
    Pinned(Option<Box<PinnedRow>>),
    /// Everybody who is here.
    Participants(Vec<Person>),
    /// People who came (or changed) and people who left.
    ParticipantsDelta {
        /// Came, or look different now.
        joined: Vec<Person>,
        /// User ids.
        left: Vec<String>,
    },
    /// Somebody else's nudge came just now; its row was shown before.
    Nudge {
        /// Id of its row.
        id: String,
        /// User id of the sender.
        user: String,
        /// Display name.
        name: String,
        /// `true` where the window shakes; `false` means the line is all (`messenger.md` 5.4).
        shakes: bool,
    },
    /// A wink is to be played, everywhere at the same moment; its row was shown before.
    Wink {
        /// The row.
        row: Row,
        /// When, in this device's clock; may be up to two seconds ago.
        start_at_local_ms: Millis,
        /// Duration.
        duration_ms: Millis,
    },
    /// The connection changed.
    Connection(ConnectionState),
    /// The session that answers is another person's; the connection is closed, and what is unsent stays (`sign-in.md` 8).
    SomebodyElse,
    /// The server said no. What became of the message was shown separately; `RATE_LIMITED` chats are sent again by themselves.
    Refused {
        /// Code of `messenger.md` 1.1.
        code: String,
        /// When it is worth another try.
        retry_after_ms: Option<Millis>,
        /// Kind of the refused message or change (`chat`, `nudge`, `wink`, `edit` …); `None` when it was none of the outbox.
        what: Option<crate::words::event::Kind>,
        /// Id of the message refused.
        id: Option<String>,
        /// English prose.
        message: String,
    },
    /// The session now ends then, unless it slides.
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
