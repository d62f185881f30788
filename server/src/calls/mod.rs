//! Calls between the Worker and the objects: one type per call, used by both sides.
//!
//! Objects cannot be reached from outside; what arrives here was authenticated by the Worker.

pub mod account;
pub mod auth;
pub mod backfill;
pub mod channel;
pub mod contacts;
pub mod demo;
pub mod directory;
pub mod files;
pub mod flags;
pub mod gate;
pub mod group;
pub mod hub;
pub mod leaving;
pub mod passkey;
pub mod person;
pub mod push;
pub mod quota;
pub mod search;
pub mod store;

use protocol::machines::presence::Card;
use protocol::machines::room::{Change, Wire};
use protocol::people::contacts::Privacy;
use protocol::wire::wasmchannel::HistoryCursor;
use protocol::words::event::Millis;
use protocol::words::ids::UserId;
use protocol::words::principal::Principal;
use serde::{Deserialize, Serialize};

use crate::calls::group::GroupSummary;
use crate::kit::trace::Trace;

/// To a room, in the header [`JOIN_HEADER`] of an upgrade: let this person in.
#[derive(Debug, Serialize, Deserialize)]
pub struct JoinCall {
    /// Canonical room id.
    pub room: String,
    /// Principal of the person who joins.
    pub principal: Principal,
    /// Card of the person, as far as their session's shard knows it.
    pub card: Card,
    /// Wire format that was agreed on.
    pub wire: Wire,
    /// Subprotocol to confirm; `None` when none was offered.
    pub subprotocol: Option<String>,
    /// Id of the machine, if the client names it.
    pub device: Option<String>,
    /// Last `seq` the client has.
    pub since: Option<u64>,
    /// Epoch the client had it from.
    pub epoch: Option<String>,
    /// The client is a browser, which cannot read HTTP refusals of sockets: accept, then close (`messenger.md` 5.1).
    pub browser: bool,
}

/// Header that carries a [`JoinCall`]: an upgrade has no body.
pub const JOIN_HEADER: &str = "x-cfm-join";

/// To a room: read a page.
#[derive(Debug, Serialize, Deserialize)]
pub struct PageCall {
    /// Canonical room id.
    pub room: String,
    /// Person who asks.
    pub principal: Principal,
    /// Exclusive lower bound.
    pub since: Option<u64>,
    /// Exclusive upper bound.
    pub before: Option<u64>,
    /// Events at most.
    pub limit: u32,
}

/// To a room: a page of the packet door's history. Answer: the page as JSON text.
#[derive(Debug, Serialize, Deserialize)]
pub struct HistoryCall {
    /// Canonical room id.
    pub room: String,
    /// Person who asks.
    pub principal: Principal,
    /// Where the page ends.
    pub cursor: HistoryCursor,
    /// Messages at most.
    pub limit: u32,
}

/// To a room: write without a socket.
#[derive(Debug, Serialize, Deserialize)]
pub struct PostCall {
    /// Canonical room id.
    pub room: String,
    /// Person who writes.
    pub principal: Principal,
    /// The writer's id for it.
    pub id: String,
    /// Body as JSON object text, as `wire::messenger::read_write` made it.
    pub body: String,
}

/// Answer to [`PostCall`].
#[derive(Debug, Serialize, Deserialize)]
pub struct PostAnswer {
    /// The event as JSON text.
    pub event: String,
    /// It was there before.
    pub duplicate: bool,
}

/// To a room: change an earlier message without a socket.
#[derive(Debug, Serialize, Deserialize)]
pub struct ChangeCall {
    /// Canonical room id.
    pub room: String,
    /// Person who makes the change.
    pub principal: Principal,
    /// The change.
    pub change: Change,
    /// Where the request came from.
    #[serde(default)]
    pub trace: Trace,
}

/// Answer to [`ChangeCall`].
#[derive(Debug, Serialize, Deserialize)]
pub struct ChangeAnswer {
    /// The message as it reads now, as JSON text.
    pub message: String,
    /// Its reactions, as JSON text.
    pub reactions: String,
    /// The change was made before.
    pub duplicate: bool,
}

/// To a room (`/pin`): pin a message, or take down what is pinned. Answer: JSON text for the caller.
#[derive(Debug, Serialize, Deserialize)]
pub struct PinCall {
    /// Canonical room id.
    pub room: String,
    /// Person who pins, or takes the pin down.
    pub principal: Principal,
    /// Id of the message.
    pub message: Option<String>,
}

/// To a person (`/hidden`): they deleted a message for themselves; their devices take it away.
#[derive(Debug, Serialize, Deserialize)]
pub struct HiddenCall {
    /// The person.
    pub user: UserId,
    /// Canonical room id.
    pub room: String,
    /// Id of the message.
    pub message: String,
}

/// To a room: `/open` makes the log if it is missing, `/summary` only looks.
#[derive(Debug, Serialize, Deserialize)]
pub struct RoomCall {
    /// Canonical room id.
    pub room: String,
    /// Person who asks.
    pub principal: Principal,
    /// `true` where the read cursor, the unread messages and the pin are wanted, too.
    #[serde(default)]
    pub with_unread: bool,
}

/// Answer to [`RoomCall`].
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct RoomSummary {
    /// The room's log exists.
    pub exists: bool,
    /// Epoch of the log; empty when there is none.
    pub epoch: String,
    /// Newest `seq`.
    pub last_seq: u64,
    /// Oldest `seq` this person may see.
    pub oldest: u64,
    /// The person's read cursor.
    pub read_seq: u64,
    /// Messages of others after it.
    pub unread: u64,
    /// People with a socket here, as far as this person may know of them.
    pub here: usize,
    /// The group that the room is.
    pub group: Option<GroupSummary>,
    /// Pin of the room as JSON text, where [`RoomCall::with_unread`] asks for it.
    #[serde(default)]
    pub pin: Option<String>,
}

/// To a person, and from there to the rooms with sockets of the session: what became of it.
#[derive(Debug, Serialize, Deserialize)]
pub struct SessionCall {
    /// Canonical room id, or user id.
    pub owner: String,
    /// Public session id.
    pub session: String,
    /// News of the session.
    pub what: SessionNews,
}

/// See [`SessionCall`].
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum SessionNews {
    /// It is over: close its sockets.
    Ended {
        /// Close code.
        code: u16,
        /// ASCII reason.
        reason: String,
    },
    /// Its expiry moved.
    Slid {
        /// New expiry.
        expires_at: Millis,
    },
    /// It ends soon and cannot slide any more.
    Ending {
        /// Time left.
        expires_in_ms: Millis,
    },
}

/// To a room: how a person shows has changed. Answer: whether they are here; if not, the room need not be told again.
#[derive(Debug, Serialize, Deserialize)]
pub struct CardCall {
    /// Canonical room id.
    pub room: String,
    /// Person with a new card.
    pub user: UserId,
    /// Their card from now on.
    pub card: Card,
}

/// To a person: all sessions of theirs that have sockets in a room; none when there are none any more. Answer: [`Entered`].
#[derive(Debug, Serialize, Deserialize)]
pub struct EnterCall {
    /// The person.
    pub user: UserId,
    /// Canonical room id.
    pub room: String,
    /// Public session ids.
    pub sessions: Vec<String>,
    /// Sockets of all of them together.
    pub sockets: u32,
}

/// To a person with many sockets: may one more be let into a room? Answer: nothing, or the refusal.
#[derive(Debug, Serialize, Deserialize)]
pub struct PlaceCall {
    /// The person.
    pub user: UserId,
    /// Canonical room id.
    pub room: String,
}

/// Answer to [`EnterCall`].
#[derive(Debug, Serialize, Deserialize)]
pub struct Entered {
    /// Card of the person; `None` when nobody lives there.
    pub card: Option<Card>,
    /// Sessions whose sockets must go.
    pub ended: Vec<EndedSession>,
    /// Number of sockets above the limit; the newest of them must go.
    pub surplus: usize,
}

/// A session that may have no sockets (any more).
#[derive(Debug, Serialize, Deserialize)]
pub struct EndedSession {
    /// Public session id.
    pub session: String,
    /// Close code.
    pub code: u16,
    /// ASCII reason.
    pub reason: String,
}

/// To a person: a presence frame that came in on a room's socket.
#[derive(Debug, Serialize, Deserialize)]
pub struct PresenceCall {
    /// The person.
    pub user: UserId,
    /// Change of the presence.
    pub change: PresenceWire,
}

/// `PresenceChange` of a person as it travels between objects.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct PresenceWire {
    /// New status, in wire form.
    pub status: Option<String>,
    /// New display name, checked.
    pub display_name: Option<String>,
    /// New personal message, checked.
    pub personal_message: Option<String>,
    /// New picture.
    pub avatar_id: Option<String>,
    /// When the status goes back to online.
    pub until: Option<Millis>,
}

/// To a person: what was written in a room while not every device of theirs had a socket there. Safe to repeat: (room, seq)
/// names an event. Answer: `null`, or a [`Reader`] when the numbers were counted for another one; then nothing was taken.
#[derive(Debug, Serialize, Deserialize)]
pub struct InboxCall {
    /// The person.
    pub user: UserId,
    /// Canonical room id.
    pub room: String,
    /// Epoch of the room's log.
    pub epoch: String,
    /// The events in order.
    pub events: Vec<InboxEvent>,
    /// For whom what is unread was counted, if the room knows.
    #[serde(default)]
    pub counted_for: Option<ReaderKey>,
}

/// Facts that decide which messages a person may read, beside their place in the room. Of a person who is not in the room, only
/// their own object knows these facts.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Reader {
    /// Their wishes, those they blocked among them.
    pub privacy: Privacy,
    /// Time up to which events belong to an earlier player.
    pub visible_from: Millis,
    /// Session of the player; empty where none is needed.
    pub session: String,
}

/// A [`Reader`] at one moment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReaderKey {
    /// Version of the wishes.
    pub privacy: u64,
    /// See [`Reader::visible_from`].
    pub visible_from: Millis,
    /// See [`Reader::session`].
    pub session: String,
}

impl Reader {
    /// This reader at this moment.
    pub fn key(&self) -> ReaderKey {
        ReaderKey { privacy: self.privacy.version, visible_from: self.visible_from, session: self.session.clone() }
    }

    /// Returns `true` if the reader may read as much as a person of whom nothing is known.
    pub fn is_anybody(&self) -> bool {
        self.visible_from == 0 && self.privacy.hides.is_empty()
    }
}

/// One event of an [`InboxCall`].
#[derive(Debug, Serialize, Deserialize)]
pub struct InboxEvent {
    /// Place in the room's log.
    pub seq: u64,
    /// Time.
    pub ts: Millis,
    /// User id of the writer; empty for the system.
    #[serde(default)]
    pub sender: String,
    /// The event as JSON text; of a change the message as it reads now, empty when it is gone.
    pub json: String,
    /// The message that this changes.
    #[serde(default)]
    pub target: Option<u64>,
    /// Messages up to here that the person has not read.
    #[serde(default)]
    pub unread: u64,
    /// They had a socket there, on another device: nothing is kept, the others are told.
    #[serde(default)]
    pub was_here: bool,
}

/// To an `auth` shard: these sessions did something durable. Answer: [`Slid`] for each that is alive.
#[derive(Debug, Serialize, Deserialize)]
pub struct SlideCall {
    /// Public session ids, all of this shard.
    pub sessions: Vec<String>,
    /// Time of the use.
    pub used_at: Millis,
}

/// One answer to a [`SlideCall`].
#[derive(Debug, Serialize, Deserialize)]
pub struct Slid {
    /// Public session id.
    pub session: String,
    /// When it ends now.
    pub expires_at: Millis,
    /// Set when it cannot slide any more and ends within a minute.
    pub ending_in_ms: Option<Millis>,
}
