//! The one record: an event of a log (`core.md` 1.2).
//!
//! Holds no rule; how events come to be is in `log`, what people see of them in `doors`.

use serde::{Deserialize, Serialize};

/// Milliseconds since 1970.
pub type Millis = u64;

/// What happened. The text form is the wire's `type` and the stored `kind`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// A text message.
    Chat,
    /// A shake of the window.
    Nudge,
    /// An animated greeting.
    Wink,
    /// Somebody joined or left a group.
    System,
}

impl Kind {
    /// The stored and sent form.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Chat => "chat",
            Self::Nudge => "nudge",
            Self::Wink => "wink",
            Self::System => "system",
        }
    }

    /// Reverse of [`Kind::as_str`].
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Chat, Self::Nudge, Self::Wink, Self::System].into_iter().find(|kind| kind.as_str() == text)
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
    /// Who wrote it; `None` for the system.
    pub actor: Option<String>,
    /// Session that wrote it: tells two players of one persona apart (`messenger.md` 2.1).
    pub session: Option<String>,
    /// The actor's display name when it was written.
    pub name: String,
    /// What it is.
    pub kind: Kind,
    /// JSON *object* text with the members that the writer gave and readers get unchanged.
    pub body: String,
}

/// An event before its place in the log is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    /// See [`Event::id`].
    pub id: String,
    /// See [`Event::actor`].
    pub actor: Option<String>,
    /// See [`Event::session`].
    pub session: Option<String>,
    /// See [`Event::name`].
    pub name: String,
    /// See [`Event::kind`].
    pub kind: Kind,
    /// See [`Event::body`].
    pub body: String,
}

impl Draft {
    /// The event this draft becomes at `seq` and `ts`.
    pub fn at(self, seq: u64, ts: Millis) -> Event {
        let Self { id, actor, session, name, kind, body } = self;
        Event { seq, id, ts, actor, session, name, kind, body }
    }
}
