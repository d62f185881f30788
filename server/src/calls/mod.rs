//! Calls between the Worker and the objects: the types of their questions and answers, used by both sides.
//!
//! Objects cannot be reached from outside; what arrives here was authenticated by the Worker. A question to a person or a room does not say
//! whose object is asked: the object has that from its name (`kit::namespace`).
//!
//! Members have the same meaning everywhere: `user` is a user id, `room` a canonical room id, `message` the id of a message, `session` the public
//! id of a session, `email` the address of an account as its shard keeps it, a `hash` the SHA-256 of a secret in hex, `password` a stored hash,
//! `principal` or `by` the person who asks, `card` how a person shows, `mail` the mail that tells the owner of an act (`None` where no mail is
//! sent), and `trace` the origin of the request, for the audit log.

pub mod account;
pub mod address;
pub mod auth;
pub mod backfill;
pub mod belongings;
pub mod channel;
pub mod contacts;
pub mod demo;
pub mod directory;
pub mod files;
pub mod flags;
pub mod gate;
pub mod group;
pub mod handles;
pub mod hub;
pub mod integrations;
pub mod invites;
pub mod leaving;
pub mod mail;
pub mod moderation;
pub mod operator;
pub mod own_bots;
pub mod passkey;
pub mod person;
pub mod push;
pub mod quota;
pub mod recovery;
pub mod reports;
pub mod room;
pub mod store;
pub mod watch;
pub mod writing_rules;

use protocol::machines::presence::Card;
use protocol::people::contacts::Privacy;
use protocol::words::event::Millis;
use serde::{Deserialize, Serialize};

/// A message that a person deleted for themselves.
#[derive(Debug, Serialize, Deserialize)]
pub struct HiddenCall {
    pub room: String,
    pub message: String,
}

/// News of a session, for its person, and from there for the rooms with sockets of it.
#[derive(Debug, Serialize, Deserialize)]
pub struct SessionCall {
    pub session: String,
    pub what: SessionChange,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum SessionChange {
    /// It is over: close its sockets.
    Ended {
        code: u16,
        /// ASCII reason.
        reason: String,
    },
    /// Its expiry moved.
    Slid { expires_at: Millis },
    /// It ends soon and cannot slide any more.
    Ending { expires_in_ms: Millis },
}

/// All sessions of a person that have sockets in a room; none when there are none any more.
#[derive(Debug, Serialize, Deserialize)]
pub struct EnterCall {
    pub room: String,
    pub sessions: Vec<String>,
    /// Sockets of all of them together.
    pub sockets: u32,
}

#[derive(Debug, Serialize, Deserialize)]
pub struct EnterAnswer {
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
    pub session: String,
    pub code: u16,
    /// ASCII text.
    pub reason: String,
}

/// `PresenceChange` of a person as it travels between objects. Its texts were checked.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct PresenceWire {
    /// In wire form.
    pub status: Option<String>,
    pub display_name: Option<String>,
    pub personal_message: Option<String>,
    pub avatar_id: Option<String>,
    /// When the status goes back to online.
    pub until: Option<Millis>,
}

/// Events that were written in a room while not every device of a person had a socket there. Safe to repeat: (room, seq) names an
/// event.
#[derive(Debug, Serialize, Deserialize)]
pub struct InboxCall {
    pub room: String,
    pub epoch: String,
    pub events: Vec<InboxEvent>,
    /// For whom what is unread was counted, if the room knows.
    pub counted_for: Option<ReaderKey>,
}

/// Facts that decide which messages a person may read, beside their place in the room. Of a person who is not in the room, only
/// their own object knows these facts.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct InboxReader {
    /// Their wishes, those they blocked among them.
    pub privacy: Privacy,
    /// Time up to which events belong to an earlier player.
    pub visible_from: Millis,
    /// Session of the player; empty where none is needed.
    pub session: String,
}

/// An [`InboxReader`] at one moment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReaderKey {
    /// Version of the wishes.
    pub privacy: u64,
    pub visible_from: Millis,
    pub session: String,
}

impl InboxReader {
    pub fn key(&self) -> ReaderKey {
        ReaderKey { privacy: self.privacy.version, visible_from: self.visible_from, session: self.session.clone() }
    }

    /// Returns `true` if the reader may read as much as a person of whom nothing is known.
    pub fn is_anybody(&self) -> bool {
        self.visible_from == 0 && self.privacy.hides.is_empty()
    }
}

#[derive(Debug, Serialize, Deserialize)]
pub struct InboxEvent {
    /// Place in the room's log.
    pub seq: u64,
    pub ts: Millis,
    /// User id of the writer; empty for the system.
    #[serde(default)]
    pub sender: String,
    /// The event as JSON text; of a change the message as it reads now, empty when it is gone.
    pub json: String,
    /// The message that this changes.
    pub target: Option<u64>,
    /// Messages up to here that the person has not read.
    #[serde(default)]
    pub unread: u64,
    /// They had a socket there, on another device: nothing is kept, the others are told.
    #[serde(default)]
    pub was_here: bool,
}

/// Sessions that did something durable.
#[derive(Debug, Serialize, Deserialize)]
pub struct SlideCall {
    /// Public session ids, all of this shard.
    pub sessions: Vec<String>,
    pub used_at: Millis,
}

/// Session that is alive, and its end from now on.
#[derive(Debug, Serialize, Deserialize)]
pub struct SessionExpiry {
    pub session: String,
    pub expires_at: Millis,
    /// Set when it cannot slide any more and ends within a minute.
    pub ending_in_ms: Option<Millis>,
}
