//! Card of a person, by which rooms know how they show.

use serde::{Deserialize, Serialize};

use crate::words::event::Millis;
use crate::words::status::{OFFLINE, Status};

/// Card of a person: how they show to the room, as their own object told it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Card {
    /// Status that the person chose; never shown when it is Appear Offline.
    pub status: Status,
    /// Display name.
    pub name: String,
    /// Picture.
    pub avatar: String,
    /// Grows with every change, so that a late push cannot undo a newer one.
    pub version: u64,
    /// Version of the person's [`crate::people::contacts::Privacy`]; 0 when they never changed anything.
    #[serde(default)]
    pub privacy: u64,
    /// Devices of more than one session are connected, or some browser is told by web push: what is written while the person is here is
    /// told their object all the same.
    #[serde(default)]
    pub elsewhere: bool,
    /// Time since when that is so, by the clock of their own object: rooms hear of it later. 0 when it is not so.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub elsewhere_since: Millis,
    /// They have so many sockets that their own object is asked before one more is let in (`core.md` 5).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub crowded: bool,
}

impl Card {
    /// Returns `true` if others may see the person. A person who appears offline is here, and nobody knows.
    pub fn is_seen(&self) -> bool {
        self.status.seen() != OFFLINE
    }
}

fn is_zero(at: &Millis) -> bool {
    *at == 0
}
