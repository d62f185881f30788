//! Notifications of a room to people, before any door has given them a form.

use std::cell::OnceCell;
use std::rc::Rc;

use super::group::Role;
use super::pin::PinnedMessage;
use crate::content::room_commands::RoomCommand;
use crate::log::Page;
use crate::words::event::{Event, Millis};
use crate::words::rate::Window;
use crate::words::refusal::Refusal;

/// Notification for sockets.
#[derive(Clone, Debug, PartialEq)]
pub enum Notification {
    /// First word on a socket.
    Welcome(Box<Welcome>),
    /// A page of the log.
    History {
        /// The log's epoch.
        epoch: String,
        /// The page.
        page: Page,
        /// The asker's own mark.
        rid: Option<String>,
    },
    /// An event, as it happens.
    Event {
        /// The event.
        event: Rc<Event>,
        /// A nudge that must not shake this person's window.
        quiet: bool,
    },
    /// An event that this person may not see keeps its place (`messenger.md` 5.4 *No silent gaps*).
    Hidden {
        /// Its place.
        seq: u64,
        /// Time of the message, if a person wrote it whom this person has blocked, and the frame says so.
        blocked_at: Option<Millis>,
    },
    /// The sender's event is stored.
    Ack {
        /// Its id.
        id: String,
        /// Its place.
        seq: u64,
        /// Its time.
        ts: Millis,
        /// It was stored before.
        duplicate: bool,
    },
    /// A receipt has advanced.
    Receipt {
        /// User id.
        user: String,
        /// Place up to which they have come.
        seq: u64,
        /// The message that is there, where the client named it.
        message: Option<String>,
        /// Read, or delivered only.
        is_read: bool,
        /// Server time.
        now: Millis,
    },
    /// A person began or stopped typing.
    Typing {
        /// User id.
        user: String,
        /// Their name.
        name: String,
        /// Began or stopped.
        is_typing: bool,
        /// Payload of the typist's own packet, for the packet door.
        payload: Option<Rc<[u8]>>,
    },
    /// Everybody who is in the room, or a part for a client that takes pages.
    Participants {
        /// The rows.
        rows: Vec<Rc<ParticipantRow>>,
        /// Number of people, for a client that takes pages.
        count: Option<usize>,
    },
    /// People who came or changed, and people who left, since the last list.
    ParticipantsChanged {
        /// People who came, or whose appearance changed; for a client that takes pages not all who came.
        joined: Vec<Participant>,
        /// User ids.
        left: Vec<String>,
        /// Number of people, for a client that takes pages.
        count: Option<usize>,
    },
    /// A page of the people who are in the room, by their ids.
    ParticipantsPage {
        /// The asker's own mark.
        rid: Option<String>,
        /// The rows.
        rows: Vec<Rc<ParticipantRow>>,
        /// User id after which the next page begins.
        next: String,
        /// There are people after this page.
        more: bool,
        /// Number of people in the room.
        count: usize,
    },
    /// Answer to a clock probe.
    Pong {
        /// JSON text of the client's `t`.
        t: Option<String>,
        /// The server's time.
        now: Millis,
    },
    /// The session's expiry moved.
    Session {
        /// New expiry.
        expires_at: Millis,
    },
    /// The session ends and cannot slide any more.
    SessionEnding {
        /// Time left.
        expires_in_ms: Millis,
    },
    /// Live delivery stopped: the client is too far behind.
    Lag {
        /// The log's head.
        head: u64,
    },
    /// The client's copy is of another log: load again.
    Reset {
        /// The log's epoch.
        epoch: String,
        /// The log's head.
        head: u64,
    },
    /// Pinned message as it is now.
    Pin {
        /// Id of the message; `None` where nothing is, or nothing that this person may see.
        message: Option<String>,
        /// User id of the person who pinned or unpinned it; empty if this person may not know them.
        by: String,
        /// Time of the change.
        at: Millis,
    },
    /// So many messages wait for review, for people with a role (`moderation.md` 8.2).
    Waiting {
        /// Number of held messages.
        count: usize,
    },
    /// Commands of the group's bots as they are now, for people (`integrations.md` 7.3).
    Commands {
        /// All of them.
        commands: Vec<RoomCommand>,
    },
    /// Name, topic, members or roles of a public group have changed, for its members: its log does not say so.
    GroupChanged,
    /// A frame was refused.
    Error {
        /// The frame's id.
        id: Option<String>,
        /// The `rid` of a request for history.
        rid: Option<String>,
        /// Reason.
        refusal: Refusal,
        /// The socket is closed next.
        fatal: bool,
    },
    /// Notification that only the packet door has.
    Packet(PacketNotification),
}

/// Notifications of the packet door only (`wasmchannel.md` 3.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PacketNotification {
    /// Number of people in the room.
    OnlineUsers {
        /// Number of people whom the viewer may know of.
        count: usize,
    },
    /// A person came.
    Joined {
        /// User id.
        user: String,
        /// Their name.
        name: String,
    },
    /// A reaction that was there already; for its sender.
    Reacted {
        /// Id of the message.
        id: String,
        /// User id.
        user: String,
        /// Its name.
        reaction: String,
    },
    /// A person removed a reaction.
    TakenBack {
        /// Id of the message.
        id: String,
        /// User id.
        user: String,
        /// Its name; `None` for all reactions that the door knows.
        reaction: Option<String>,
        /// Names of their reactions that are left on it.
        left: Vec<String>,
    },
    /// A packet could not be read.
    Unreadable {
        /// Reason, in a few words.
        reason: String,
    },
    /// A packet was refused.
    Refused(Refusal),
    /// Too many packets.
    Limited {
        /// The rule that packets have.
        window: Option<Window>,
    },
}

/// The members of `welcome` (`messenger.md` 5.4).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Welcome {
    /// The log's epoch.
    pub epoch: String,
    /// The log's head.
    pub head: u64,
    /// Oldest event that exists for this person.
    pub oldest: u64,
    /// Connection id.
    pub connection: String,
    /// Server time.
    pub now: Millis,
    /// Time when the session ends unless it slides.
    pub expires_at: Millis,
    /// The person's own id.
    pub user: String,
    /// Role of the person.
    pub role: Role,
    /// The nudge limit as text.
    pub nudge_limit: String,
    /// The client's cursor was good.
    pub resumed: bool,
    /// Receipts of people: user, delivered, read.
    pub receipts: Vec<(String, u64, u64)>,
    /// Ids of messages that this person deleted for themselves.
    pub hidden: Vec<String>,
    /// Pinned message.
    pub pin: Option<PinnedMessage>,
    /// Ends of held messages of this person: ids, and `true` for published ones.
    pub reviewed: Vec<(String, bool)>,
    /// Commands of the group's bots.
    pub commands: Vec<RoomCommand>,
}

/// One person in the participant list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Participant {
    /// User id.
    pub user: String,
    /// Display name.
    pub name: String,
    /// Picture.
    pub avatar: String,
    /// Status as others see it.
    pub status: &'static str,
    /// Guests carry a mark.
    pub is_guest: bool,
}

/// Row of the participant list, with the form that the messenger's door gave it.
///
/// Every person who joins receives the list and is a new row in it. The other rows stay the same, so each is written once. A row never
/// changes: a person with a changed appearance gets a new row, without a form yet.
#[derive(Debug)]
pub struct ParticipantRow {
    participant: Participant,
    form: OnceCell<Box<str>>,
}

impl ParticipantRow {
    /// Returns a row without a written form.
    pub fn new(participant: Participant) -> Self {
        Self { participant, form: OnceCell::new() }
    }

    /// Returns the person that the row shows.
    pub fn participant(&self) -> &Participant {
        &self.participant
    }

    /// Returns the row's form, which `write` makes on the first use. There is one form, because only the messenger's door sends the list.
    pub fn form(&self, write: impl FnOnce(&Participant) -> String) -> &str {
        self.form.get_or_init(|| write(&self.participant).into_boxed_str())
    }
}

impl PartialEq for ParticipantRow {
    fn eq(&self, other: &Self) -> bool {
        self.participant == other.participant
    }
}
