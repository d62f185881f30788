//! Kinds of events (`core.md` 1.2): a module for each, with its facts and the content of its rows. Rooms, doors and pages derive from them
//! how they treat an event, unless they have a rule of their own.
//!
//! | File | Part |
//! |---|---|
//! | `facts` | the facts of a kind |
//! | `chat`, `nudge`, `wink` | messages of people |
//! | `edit`, `delete`, `reaction` | changes of messages |
//! | `system` | notes of the room |

mod chat;
mod delete;
mod edit;
mod facts;
mod nudge;
mod reaction;
mod system;
mod wink;

pub use chat::{AttachedFile, ChatContent};
pub use facts::{ChangeEvent, EffectKind, KindFacts, Nature, NotificationKind};
pub use system::SystemContent;
pub use wink::WinkContent;

use crate::codec::json::{Read, Value, Write, member, push_member};
use crate::words::event::Kind;

impl Kind {
    /// Returns the facts of the kind.
    pub fn facts(self) -> &'static KindFacts {
        match self {
            Self::Chat => &chat::FACTS,
            Self::Nudge => &nudge::FACTS,
            Self::Wink => &wink::FACTS,
            Self::Edit => &edit::FACTS,
            Self::Delete => &delete::FACTS,
            Self::Reaction => &reaction::FACTS,
            Self::System => &system::FACTS,
        }
    }
}

/// Kind of a row, with its content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RowKind {
    /// A text message.
    Chat(ChatContent),
    /// Nudge, which may shake the window.
    Nudge,
    /// An animated greeting.
    Wink(WinkContent),
    /// Event of a group: `joined`, `left`, `member_added` and so on.
    System(SystemContent),
}

/// Content of a row in its wire form.
trait Content {
    /// Appends the members of the content to an object.
    fn push(&self, out: &mut String);

    /// Returns the text of the message; empty if it has none.
    fn words(&self) -> String {
        String::new()
    }
}

/// Content of a kind that needs none.
impl Content for () {
    fn push(&self, _: &mut String) {}
}

impl RowKind {
    fn parts(&self) -> (Kind, &dyn Content) {
        match self {
            Self::Chat(content) => (Kind::Chat, content),
            Self::Nudge => (Kind::Nudge, &()),
            Self::Wink(content) => (Kind::Wink, content),
            Self::System(content) => (Kind::System, content),
        }
    }

    /// Returns the kind of the event that the row shows.
    pub fn kind(&self) -> Kind {
        self.parts().0
    }

    /// Returns `true` for a message of a person.
    pub fn is_message(&self) -> bool {
        self.kind().is_message()
    }

    /// Returns the text of the message, or the descriptions or names of its files.
    pub fn words(&self) -> String {
        self.parts().1.words()
    }

    /// Parses a body of `kind`; an invalid body is empty.
    pub fn of_body(kind: Kind, body: &str) -> Self {
        Self::of_members(kind, &Value::parse(body).unwrap_or(Value::Null)).unwrap_or_else(kind.facts().empty)
    }

    /// Parses an event of `kind` from its members; `None` for a kind that is not shown, or if a member is missing.
    pub(crate) fn of_members(kind: Kind, members: &Value) -> Option<Self> {
        (kind.facts().read)(members)
    }
}

/// Reads the wire form: the type, and the members of that type beside it.
impl Read for RowKind {
    fn read(value: &Value) -> Option<Self> {
        Self::of_members(member(value, "type")?, value)
    }
}

impl Write for RowKind {
    fn write(&self, out: &mut String) {
        let (kind, content) = self.parts();
        out.push('{');
        push_member(out, "type", &kind);
        content.push(out);
        out.push('}');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shown_of_a_kind_is_of_that_kind_and_reads_back() {
        for kind in Kind::ALL {
            let row = RowKind::of_body(kind, "");
            assert_eq!(row.kind(), if kind.is_change() { Kind::System } else { kind });
            let text = crate::codec::json::write(&row);
            assert_eq!(crate::codec::json::read(&text), Some(row), "{text}");
        }
    }

    #[test]
    fn a_kind_that_a_person_is_told_of_is_a_message() {
        for kind in Kind::ALL {
            assert_eq!(kind.facts().notification.is_some(), kind.is_message(), "{kind:?}");
            assert_eq!((kind.facts().line)(r#"{"winkId":"toast"}"#).is_some(), kind.effect().is_some(), "{kind:?}");
        }
    }
}
