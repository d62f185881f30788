//! Requests to rooms.

use protocol::machines::presence::Card;
use protocol::machines::room::{Change, Wire};
use protocol::wire::wasmchannel::HistoryCursor;
use protocol::words::ids::UserId;
use protocol::words::principal::Principal;
use serde::{Deserialize, Serialize};

use super::group::GroupSummary;
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
