//! The one record: an event of a log (`core.md` 1.2).
//!
//! Holds no rule; how events come to be is in `log`, what people see of them in `doors`.

use serde::{Deserialize, Serialize};

use crate::codec::json::Value;

/// Milliseconds since 1970.
pub type Millis = u64;

crate::words! {
    /// Kind of an event. The text form is the wire's `type` and the stored `kind`. What follows from a kind is in `content::kinds`.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
    #[serde(rename_all = "lowercase")]
    pub enum Kind {
        /// A text message.
        Chat = "chat",
        /// A shake of the window.
        Nudge = "nudge",
        /// An animated greeting.
        Wink = "wink",
        /// An earlier message says something else now.
        Edit = "edit",
        /// An earlier message is gone for everybody.
        Delete = "delete",
        /// Somebody reacts to an earlier message, or no longer.
        Reaction = "reaction",
        /// Somebody joined or left a group.
        System = "system",
    }
}

/// One committed entry of a log. Immutable: later edits are new events.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Place in the log: 1, 2, 3 … without gap.
    pub seq: u64,
    /// The writer's id, unique in the log.
    pub id: String,
    /// Server time of the commit; never smaller than that of `seq - 1`.
    pub ts: Millis,
    /// User id of the writer; `None` for the system.
    pub actor: Option<String>,
    /// Session that wrote it: tells two players of one persona apart (`sign-in.md` 1).
    pub session: Option<String>,
    /// The actor's display name when it was written.
    pub name: String,
    pub kind: Kind,
    /// JSON *object* text with the members that the writer gave and readers get unchanged.
    pub body: String,
}

impl Event {
    /// Id of the message that a change points at.
    pub fn target(&self) -> Option<String> {
        let body: serde_json::Value = serde_json::from_str(&self.body).ok()?;
        body["messageId"].as_str().map(str::to_owned)
    }

    /// Text that a message says, or to which an edit changes it.
    pub fn content(&self) -> Option<String> {
        Value::parse(&self.body)?.get("content")?.as_str().map(str::to_owned)
    }
}

/// The body of a message that is gone for everybody (`messenger.md` 3.2).
pub const TOMBSTONE: &str = "{\"deleted\":true}";

/// An event before its place in the log is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    pub id: String,
    pub actor: Option<String>,
    pub session: Option<String>,
    pub name: String,
    pub kind: Kind,
    pub body: String,
}

impl Draft {
    /// The event this draft becomes at `seq` and `ts`.
    pub fn at(self, seq: u64, ts: Millis) -> Event {
        let Self { id, actor, session, name, kind, body } = self;
        Event { seq, id, ts, actor, session, name, kind, body }
    }
}
