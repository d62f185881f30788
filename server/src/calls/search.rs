//! Calls from the Worker when somebody searches their conversations (`messenger.md` 3).

use protocol::words::event::Millis;
use protocol::words::principal::Principal;
use serde::{Deserialize, Serialize};

/// Search in one room.
#[derive(Debug, Serialize, Deserialize)]
pub struct SearchCall {
    /// Person who asks.
    pub principal: Principal,
    /// Text that was typed; the Worker has parsed it before.
    pub text: String,
    /// Only what this person wrote.
    pub from: Option<String>,
    /// Only what is older.
    pub before: Option<Millis>,
    /// Messages, unless more share the last one's moment.
    pub limit: usize,
}

/// Answer to [`SearchCall`].
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct SearchAnswer {
    /// Time and message as JSON text, newest first.
    pub found: Vec<(Millis, String)>,
    /// See `protocol::content::search::RoomHits`.
    pub done_to: Option<Millis>,
}

/// One conversation of a person.
#[derive(Debug, Serialize, Deserialize)]
pub struct TalkRow {
    /// Canonical room id.
    pub room: String,
    /// The name of a group; empty for direct conversations.
    pub name: String,
}
