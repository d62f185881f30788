//! State of one socket of a room: enough to go on after the room slept (`core.md` 5).

use serde::{Deserialize, Serialize};

use crate::machines::presence::Card;
use crate::words::event::Millis;
use crate::words::principal::Principal;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Wire {
    /// One JSON object per frame (`cfm.v1`).
    #[default]
    Single,
    /// All frames of a turn for the socket, joined into JSON arrays (`cfm.v1.batch`, `core.md` 5.1).
    Batch,
    /// The same, with messages in columns (`cfm.v1.columns`, `messenger.md` 5.6).
    Columns,
    /// One binary packet per frame (`wasmchannel.v1`).
    Packets,
}

impl Wire {
    pub fn is_batched(self) -> bool {
        matches!(self, Self::Batch | Self::Columns)
    }
}

/// The state of one socket, small enough for its attachment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Connection {
    /// Random id, sent in `welcome`.
    pub id: String,
    pub principal: Principal,
    pub card: Card,
    /// Subprotocol.
    pub wire: Wire,
    /// The machine of the person that opened it, as it calls itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device: Option<String>,
    /// The client takes the participants in pages (`messenger.md` 5.7).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_paged: bool,
    /// Events up to this `seq` do not exist for this person (`sign-in.md` 1).
    pub floor: u64,
    /// Newest `seq` the client reported to have; `None` for clients that never report.
    pub cursor: Option<u64>,
    /// Live delivery is off until the client has replayed.
    pub lagging: bool,
    pub joined_at: Millis,
    /// Time of the last frame, give or take a heartbeat; heartbeats themselves are counted by the runtime.
    #[serde(default)]
    pub heard_at: Millis,
    /// The client sends no heartbeat, so its silence says nothing (`wasmchannel.md` 3.1).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub has_no_heartbeat: bool,
    /// Typing was last shown to others until this time; 0 when it is not shown.
    pub typing_until: Millis,
    /// The person's own object knows that the session has sockets here (`reports`).
    #[serde(default)]
    pub is_reported: bool,
    #[serde(default)]
    pub head_at_join: u64,
    /// Times when the person's windows were shaken last: how many shakes are enough is counted through a sleep (`core.md` 11).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub shaken: Vec<Millis>,
    /// Unusable frames of the last minute, as their counter writes itself down: a sleep forgives none of them.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub bad_frames: String,
}
