//! Calls from the Worker and people's objects to a person's object (`core.md` 1.5). Calls from rooms are in `calls`.

use protocol::machines::presence::{Card, Looks};
use protocol::words::event::Millis;
use protocol::words::ids::UserId;
use protocol::words::principal::{Principal, UserKind};
use protocol::words::status::{Status, Visible};
use serde::{Deserialize, Serialize};

use super::PresenceWire;

/// To a person: somebody signs in as them. Answer: [`Claimed`], or `PERSONA_TAKEN`.
#[derive(Debug, Serialize, Deserialize)]
pub struct ClaimCall {
    /// The person.
    pub user: UserId,
    /// Kind of the user.
    pub kind: UserKind,
    /// Profile to begin with.
    pub name: String,
    /// Profile to begin with.
    pub avatar: String,
    /// Profile to begin with.
    pub message: String,
    /// Status to begin with; without one an account keeps its last, and everybody else is online.
    pub status: Option<Status>,
    /// Public id of the session that is about to begin.
    pub session: String,
    /// End an idle session of the persona (`sign-in.md` 1).
    pub takeover: bool,
    /// Public id of the browser that is remembered with the session.
    pub family: Option<String>,
}

/// Answer to [`ClaimCall`] and [`RenewCall`].
#[derive(Debug, Serialize, Deserialize)]
pub struct Claimed {
    /// Events up to here are closed to the session.
    pub visible_from: Millis,
    /// Card of the person from now on.
    pub card: Card,
}

/// To a person (`/renew`): a remembered browser of theirs goes on in a new session. Answer: [`Claimed`].
#[derive(Debug, Serialize, Deserialize)]
pub struct RenewCall {
    /// Principal of the last session.
    pub principal: Principal,
    /// Public id of the session that is about to begin.
    pub session: String,
}

/// To a person: about themselves or about how they look (`/profile`, `/eyes`, `/sessions`, `/inbox-list`, `/directs`).
#[derive(Debug, Serialize, Deserialize)]
pub struct UserCall {
    /// The person.
    pub user: UserId,
}

/// Profile of a person, as their own devices know it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Profile {
    /// The status they chose, which others may not know.
    pub choice: Status,
    /// Display name.
    pub name: String,
    /// Picture.
    pub avatar: String,
    /// Personal message.
    pub message: String,
    /// Kind of the user.
    pub kind: UserKind,
    /// Looks of the person to others.
    pub looks: Looks,
    /// Quiet hours and previews as they chose them (`push.md`), as JSON; empty where they chose nothing.
    #[serde(default)]
    pub told: String,
    /// They were signed in at least once.
    pub exists: bool,
}

/// To a person: their presence without a socket (`POST /api/presence`).
#[derive(Debug, Serialize, Deserialize)]
pub struct RestPresenceCall {
    /// The person.
    pub user: UserId,
    /// Change of the presence.
    pub change: PresenceWire,
}

/// To the watched: tell `watcher` of changes from now on (`/watch`), or how the watched looks to them now (`/look`). Answer: [`Seen`], or
/// nothing when they may not see each other; or [`Look`].
#[derive(Debug, Serialize, Deserialize)]
pub struct WatchCall {
    /// Person who is watched.
    pub watched: UserId,
    /// Person who watches.
    pub watcher: UserId,
    /// Rooms in which the watcher has live sockets: sharing one is a reason to see each other.
    pub rooms: Vec<String>,
    /// Private groups that the watcher is in: whoever is in one of them may be seen.
    #[serde(default)]
    pub groups: Vec<String>,
    /// Such a group itself says that both are in it.
    #[serde(default)]
    pub is_companion: bool,
}

/// Answer to `/eyes`: where somebody is who asks how others are.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Eyes {
    /// See [`WatchCall::rooms`].
    pub rooms: Vec<String>,
    /// See [`WatchCall::groups`].
    pub groups: Vec<String>,
}

/// Look of a person to the asker.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Look {
    /// Name and picture; the presence only where it is told.
    pub visible: Visible,
    /// `true` where the presence is told.
    pub is_seen: bool,
    /// Kind of the user.
    pub kind: UserKind,
    /// They were signed in at least once.
    pub exists: bool,
}

/// Look of a person, with its version.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Seen {
    /// Look of the person.
    pub visible: Visible,
    /// Grows with every change.
    pub version: u64,
}

/// To a watcher (`/seen`): somebody they watch has changed. Answer: whether they still watch.
#[derive(Debug, Serialize, Deserialize)]
pub struct SeenCall {
    /// Person who watches.
    pub watcher: UserId,
    /// Look of the watched person.
    pub seen: Seen,
}

/// To a person (`/direct`): a direct conversation of theirs was opened.
#[derive(Debug, Serialize, Deserialize)]
pub struct DirectCall {
    /// The person.
    pub user: UserId,
    /// Canonical room id.
    pub room: String,
    /// The other person, where the person is to be told by `room_added`.
    pub opened_by: Option<UserId>,
    /// The room as JSON text, for `room_added`.
    pub room_json: String,
}

/// One direct conversation of a person.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct DirectRow {
    /// Canonical room id.
    pub room: String,
}

/// To a person: these rooms have been read up to these places, as the rooms say (`/inbox-ack`) or the person (`/inbox-seen`).
#[derive(Debug, Serialize, Deserialize)]
pub struct AckCall {
    /// The person.
    pub user: UserId,
    /// Canonical room id and `seq`.
    pub items: Vec<(String, u64)>,
}

/// One room of the inbox.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct InboxRow {
    /// Canonical room id.
    pub room: String,
    /// First entry.
    pub from_seq: u64,
    /// Last entry.
    pub to_seq: u64,
    /// Entries.
    pub count: u64,
    /// The last entry's event as JSON text.
    pub last: String,
}

/// To a person, in the header [`DEVICE_HEADER`] of an upgrade: a device's presence socket.
#[derive(Debug, Serialize, Deserialize)]
pub struct DeviceCall {
    /// Principal of the device's session.
    pub principal: Principal,
    /// `cfm.v1.batch` was agreed on.
    pub batch: bool,
    /// Subprotocol to confirm; `None` when none was offered.
    pub subprotocol: Option<String>,
    /// Id of the machine, if the device names it.
    pub device: Option<String>,
    /// The client is a browser (`messenger.md` 5.1).
    pub browser: bool,
}

/// Header that carries a [`DeviceCall`] as JSON, ASCII only.
pub const DEVICE_HEADER: &str = "x-cfm-device";
