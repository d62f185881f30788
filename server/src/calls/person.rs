//! Requests to a person's object about the person, their sessions, devices and conversations (`core.md` 1.5).

use std::collections::BTreeMap;

use protocol::machines::presence::{Card, PresenceViews};
use protocol::people::session::by_shard;
use protocol::words::event::Millis;
use protocol::words::ids::UserId;
use protocol::words::principal::{Principal, UserKind};
use protocol::words::status::{Status, Visible};
use serde::{Deserialize, Serialize};
use worker::Env;

use super::account::RegisterCall;
use super::room::TalkRow;
use super::{EnterAnswer, EnterCall, HiddenCall, InboxCall, InboxReader, PresenceWire};
use crate::kit::request::{Request, requests};
use crate::runtime::call_error::CallError;

requests! { Person:
    /// Signs somebody in as the person: `PERSONA_TAKEN` where that is not possible now.
    ClaimPerson "claim": ClaimCall => ClaimAnswer;
    /// Lets a remembered browser go on in a new session.
    RenewSession "renew": RenewCall => ClaimAnswer;
    /// Makes a guest or a persona an account (`account.md` 10).
    UpgradePerson "upgrade": UpgradeCall => ();
    /// Lets the person write in all sessions: the address of the account is proved (`account.md` 3).
    ConfirmAddress "address-proved": () => ();
    ListSessionIds "sessions": () => Vec<String>;
    ReadProfile "profile": () => Profile;
    /// Changes the presence by a frame of a socket, or by a form.
    ChangePresence "presence": PresenceWire => ();
    /// Changes the presence without a socket: it is valid for a while.
    PostPresence "rest-presence": PresenceWire => Profile;
    /// Reserves a place for one more socket in the room with this canonical id, or refuses it.
    ReservePlace "place": String => ();
    /// Reports all sessions with sockets in a room.
    ReportSockets "enter": EnterCall => EnterAnswer;
    /// Carries out what waits, as the alarm does.
    WakePerson "wake": () => ();
    /// Subscribes the watcher to changes; nothing where the two may not see each other.
    SubscribeWatcher "watch": WatchCall => Option<VersionedView>;
    /// Reads once how the watched person appears to the watcher.
    ReadPersonView "look": WatchCall => PersonView;
    /// Reads the rooms and private groups of a person who is about to ask for views of others.
    ReadViewerPlaces "eyes": () => ViewerPlaces;
    /// Notifies a watcher of a change of a person; the answer is `false` where they watch no more.
    NotifyWatcher "seen": VersionedView => bool;
    /// Adds a direct conversation to the list, and notifies the person's devices where somebody else opened it.
    AddDirect "direct": DirectCall => ();
    ListDirects "directs": () => Vec<DirectRow>;
    /// Lists all conversations, the most recently active first.
    ListConversations "talks": () => Vec<TalkRow>;
    /// Delivers events to the inbox; an [`InboxReader`] where they were counted for another one, and then nothing was taken.
    DeliverToInbox "inbox": InboxCall => Option<InboxReader>;
    /// Takes a message away that the person deleted for themselves.
    HideMessage "hidden": HiddenCall => ();
    ListInbox "inbox-list": () => Vec<InboxRow>;
    /// Stores how far the person has read, on whatever device.
    MarkRead "inbox-read": ReadCall => ();
}

/// Returns the public ids of the sessions and remembered browsers of a person, by their `auth` shards.
pub async fn sessions_by_shard(env: &Env, user: &UserId) -> Result<BTreeMap<String, Vec<String>>, CallError> {
    Ok(by_shard(ListSessionIds::ask(env, user.as_str(), &()).await?))
}

#[derive(Debug, Serialize, Deserialize)]
pub struct ClaimCall {
    pub kind: UserKind,
    /// Profile to begin with: this name, `avatar` and `message`.
    pub name: String,
    pub avatar: String,
    pub message: String,
    /// Status to begin with; without one an account keeps its last, and everybody else is online.
    pub status: Option<Status>,
    pub session: String,
    /// End an idle session of the persona (`sign-in.md` 1).
    pub takeover: bool,
    /// Public id of the browser that is remembered with the session.
    pub family: Option<String>,
    /// The address of the account has yet to be proved before the person may write (`account.md` 3).
    #[serde(default)]
    pub is_unproved: bool,
}

/// Facts about the person of a session that is about to begin.
#[derive(Debug, Serialize, Deserialize)]
pub struct ClaimAnswer {
    /// Events up to here are closed to the session.
    pub visible_from: Millis,
    pub player_session: Option<String>,
    pub card: Card,
}

#[derive(Debug, Serialize, Deserialize)]
pub struct RenewCall {
    /// Principal of the last session.
    pub principal: Principal,
    pub session: String,
}

/// A guest or a persona who becomes an account.
#[derive(Debug, Serialize, Deserialize)]
pub struct UpgradeCall {
    pub session: String,
    /// The account, for the shard of its address; `None` where an earlier call has stored it.
    pub account: Option<RegisterCall>,
    /// When the address of an account that is stored already was proved; `None` where it was not.
    pub verified_at: Option<Millis>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Profile {
    /// The status they chose, which others may not know.
    pub choice: Status,
    pub name: String,
    pub avatar: String,
    pub message: String,
    pub kind: UserKind,
    /// Handle of the person, which operators see on `/admin`.
    pub handle: Option<String>,
    #[serde(rename = "looks")]
    pub views: PresenceViews,
    /// Quiet hours and previews as they chose them (`push.md`), as JSON; empty where they chose nothing.
    #[serde(rename = "told", default)]
    pub notification_choices: String,
    /// Time at which a sign-in took the deletion of the account back; 0 if none did.
    #[serde(rename = "restoredAt", default)]
    pub restored_at: Millis,
    /// They were signed in at least once.
    pub exists: bool,
}

/// Somebody who watches the person, or asks for them once.
#[derive(Debug, Serialize, Deserialize)]
pub struct WatchCall {
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

/// Rooms and groups of a person who asks for views of others.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct ViewerPlaces {
    pub rooms: Vec<String>,
    pub groups: Vec<String>,
}

/// View of a person, as the asker may have it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PersonView {
    /// Name and picture; the presence only where it is told.
    pub visible: Visible,
    #[serde(rename = "is_seen")]
    pub shows_presence: bool,
    pub kind: UserKind,
    /// They were signed in at least once.
    pub exists: bool,
}

/// View of a person, with its version.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct VersionedView {
    pub visible: Visible,
    /// Grows with every change.
    pub version: u64,
}

#[derive(Debug, Serialize, Deserialize)]
pub struct DirectCall {
    pub room: String,
    /// The other person, where the person is to be told by `room_added`.
    pub opened_by: Option<UserId>,
    /// The room as JSON text, for `room_added`.
    pub room_json: String,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct DirectRow {
    pub room: String,
    /// Time at which it began; 0 for one that is not in the list.
    #[serde(default)]
    pub at: Millis,
}

/// Positions up to which a person has read.
#[derive(Debug, Serialize, Deserialize)]
pub struct ReadCall {
    /// Position in each room, by its canonical id.
    pub places: Vec<(String, u64)>,
    /// The rooms have stored these positions as the person's receipts. Otherwise a client empties the inbox, and the rooms do not count as
    /// read (`push.md` 1.2).
    pub is_receipt: bool,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct InboxRow {
    pub room: String,
    pub from_seq: u64,
    pub to_seq: u64,
    pub count: u64,
    /// The last entry's event as JSON text.
    pub last: String,
    /// Time of the last entry.
    #[serde(default)]
    pub at: Millis,
}

/// A presence socket of a device, in the header [`DEVICE_HEADER`] of an upgrade to [`CONNECT_DEVICE`].
#[derive(Debug, Serialize, Deserialize)]
pub struct DeviceCall {
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

/// Verb of the upgrade by which a device connects.
pub const CONNECT_DEVICE: &str = "device";

/// Header that carries a [`DeviceCall`] as JSON, ASCII only.
pub const DEVICE_HEADER: &str = "x-cfm-device";
