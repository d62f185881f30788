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

#[derive(Clone, Debug, PartialEq)]
pub enum Notification {
    /// First word on a socket.
    Welcome(Box<Welcome>),
    History {
        epoch: String,
        page: Page,
        /// The asker's own mark.
        rid: Option<String>,
    },
    Event {
        event: Rc<Event>,
        /// A nudge that must not shake this person's window.
        quiet: bool,
    },
    /// An event that this person may not see keeps its place (`messenger.md` 5.4 *No silent gaps*).
    Hidden {
        seq: u64,
        /// Time of the message, if a person wrote it whom this person has blocked, and the frame says so.
        blocked_at: Option<Millis>,
    },
    /// The sender's event is stored.
    Ack {
        id: String,
        seq: u64,
        ts: Millis,
        /// It was stored before.
        duplicate: bool,
    },
    Receipt {
        user: String,
        /// Place up to which they have come.
        seq: u64,
        /// The message that is there, where the client named it.
        message: Option<String>,
        /// Read, or delivered only.
        is_read: bool,
        now: Millis,
    },
    Typing {
        user: String,
        name: String,
        is_typing: bool,
        /// Payload of the typist's own packet, for the packet door.
        payload: Option<Rc<[u8]>>,
    },
    /// Everybody who is in the room, or a part for a client that takes pages.
    Participants {
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
        rows: Vec<Rc<ParticipantRow>>,
        /// User id after which the next page begins.
        next: String,
        /// There are people after this page.
        more: bool,
        count: usize,
    },
    Pong {
        /// JSON text of the client's `t`.
        t: Option<String>,
        now: Millis,
    },
    Session {
        expires_at: Millis,
    },
    /// The session ends and cannot slide any more.
    SessionEnding {
        expires_in_ms: Millis,
    },
    /// Live delivery stopped: the client is too far behind.
    Lag {
        head: u64,
    },
    /// The client's copy is of another log: load again.
    Reset {
        epoch: String,
        head: u64,
    },
    Pin {
        /// Id of the message; `None` where nothing is, or nothing that this person may see.
        message: Option<String>,
        /// User id of the person who pinned or unpinned it; empty if this person may not know them.
        by: String,
        at: Millis,
    },
    /// So many messages wait for review, for people with a role (`moderation.md` 8.2).
    Waiting {
        count: usize,
    },
    /// Commands of the group's bots as they are now, for people (`integrations.md` 7.3).
    Commands {
        commands: Vec<RoomCommand>,
    },
    /// Name, topic, members or roles of a public group have changed, for its members: its log does not say so.
    GroupChanged,
    Error {
        id: Option<String>,
        /// The `rid` of a request for history.
        rid: Option<String>,
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
    OnlineUsers {
        /// Number of people whom the viewer may know of.
        count: usize,
    },
    Joined {
        user: String,
        name: String,
    },
    /// A reaction that was there already; for its sender.
    Reacted {
        /// Id of the message.
        id: String,
        user: String,
        /// Its name.
        reaction: String,
    },
    TakenBack {
        /// Id of the message.
        id: String,
        user: String,
        /// Its name; `None` for all reactions that the door knows.
        reaction: Option<String>,
        /// Names of their reactions that are left on it.
        left: Vec<String>,
    },
    Unreadable {
        reason: String,
    },
    Refused(Refusal),
    Limited {
        /// The rule that packets have.
        window: Option<Window>,
    },
}

/// The members of `welcome` (`messenger.md` 5.4).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Welcome {
    pub epoch: String,
    pub head: u64,
    /// Oldest event that exists for this person.
    pub oldest: u64,
    pub connection: String,
    pub now: Millis,
    /// Time when the session ends unless it slides.
    pub expires_at: Millis,
    pub user: String,
    pub role: Role,
    pub nudge_limit: String,
    /// The client's cursor was good.
    pub resumed: bool,
    /// Receipts of people: user, delivered, read.
    pub receipts: Vec<(String, u64, u64)>,
    /// Ids of messages that this person deleted for themselves.
    pub hidden: Vec<String>,
    pub pin: Option<PinnedMessage>,
    /// Ends of held messages of this person: ids, and `true` for published ones.
    pub reviewed: Vec<(String, bool)>,
    pub commands: Vec<RoomCommand>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Participant {
    pub user: String,
    pub name: String,
    pub avatar: String,
    /// Status as others see it.
    pub status: &'static str,
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
    pub fn new(participant: Participant) -> Self {
        Self { participant, form: OnceCell::new() }
    }

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
