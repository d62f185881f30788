//! Card of a person: their appearance in rooms.

use serde::{Deserialize, Serialize};

use crate::words::event::Millis;
use crate::words::status::{OFFLINE, Status};

/// Card of a person: their appearance in the room, as their own object sent it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Card {
    /// Status that the person chose; never shown when it is Appear Offline.
    pub status: Status,
    pub name: String,
    pub avatar: String,
    /// Grows with every change, so that a late push cannot undo a newer one.
    pub version: u64,
    /// Version of the person's [`crate::people::contacts::Privacy`]; 0 when they never changed anything.
    #[serde(default)]
    pub privacy: u64,
    /// The person has devices of more than one session, or a browser with web push: events are sent to their object even while they are in
    /// the room.
    #[serde(default)]
    pub elsewhere: bool,
    /// Time since which that holds, by the clock of their own object, because rooms learn of it later. 0 if it does not hold.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub elsewhere_since: Millis,
    /// They have so many sockets that their own object is asked before one more is let in (`core.md` 5).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub crowded: bool,
    /// The person has an account, although the id is that of a guest or a persona (`account.md` 10).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_account: bool,
    /// The address of the account is not proved, and the deployment requires that for writing (`account.md` 3).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_unproved: bool,
}

impl Card {
    /// Returns `true` if the person is visible to others. A person who appears offline is here, but invisible.
    pub fn is_seen(&self) -> bool {
        self.status.seen() != OFFLINE
    }
}

fn is_zero(at: &Millis) -> bool {
    *at == 0
}
