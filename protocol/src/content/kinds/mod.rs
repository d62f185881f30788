//! Kinds of events (`core.md` 1.2): a module for each, with its facts and the content of its rows. Rooms, doors and pages derive from them
//! how they treat an event, unless they have a rule of their own.
//!
//! | File | Part |
//! |---|---|
//! | `facts` | the facts of a kind |
//! | `content` | functions of every content of a row |
//! | `chat`, `nudge`, `wink` | messages of people |
//! | `edit`, `delete`, `reaction` | changes of messages |
//! | `system` | notes of the room |

mod chat;
mod content;
mod delete;
mod edit;
mod facts;
mod nudge;
mod reaction;
mod system;
mod wink;

pub use chat::{AttachedFile, ChatContent};
use content::Content;
pub use facts::{ChangeEvent, EffectKind, KindFacts, Nature, NotificationKind};
pub use system::SystemContent;
pub use wink::WinkContent;

use crate::codec::json::{Read, Value, Write, member, push_member};
use crate::words::event::Kind;

impl Kind {
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

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RowKind {
    Chat(ChatContent),
    Nudge,
    Wink(WinkContent),
    /// Event of a group: `joined`, `left`, `member_added` and so on.
    System(SystemContent),
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

    pub fn is_message(&self) -> bool {
        self.kind().is_message()
    }

    /// Returns the text of the message, or the descriptions or names of its files.
    pub fn words(&self) -> String {
        self.parts().1.words()
    }

    /// Parses a body of `kind`; an invalid body is empty.
    pub fn of_body(kind: Kind, body: &str) -> Self {
        Self::of_members(kind, &Value::parse(body).unwrap_or(Value::Null)).unwrap_or_else(|| Self::empty(kind))
    }

    /// Parses an event of `kind` from its members; `None` for a kind that is not shown, or if a member is missing.
    pub(crate) fn of_members(kind: Kind, members: &Value) -> Option<Self> {
        match kind {
            Kind::Chat => ChatContent::read(members).map(Self::Chat),
            Kind::Nudge => Some(Self::Nudge),
            Kind::Wink => WinkContent::read(members).map(Self::Wink),
            Kind::System => SystemContent::read(members).map(Self::System),
            Kind::Edit | Kind::Delete | Kind::Reaction => None,
        }
    }

    /// Returns the content of an event of `kind` with an invalid body.
    fn empty(kind: Kind) -> Self {
        match kind {
            Kind::Chat => Self::gone(),
            Kind::Nudge => Self::Nudge,
            Kind::Wink => Self::Wink(WinkContent::default()),
            Kind::System | Kind::Edit | Kind::Delete | Kind::Reaction => Self::System(SystemContent::default()),
        }
    }

    /// Returns the content of a message that was deleted for everyone.
    pub fn gone() -> Self {
        Self::Chat(ChatContent::default())
    }

    pub fn chat(&self) -> Option<&ChatContent> {
        if let Self::Chat(chat) = self { Some(chat) } else { None }
    }

    /// Replaces the text, and removes everything that was derived from it, as the server does. Returns the old text.
    pub(crate) fn reword(&mut self, text: &str) -> Option<String> {
        if let Self::Chat(chat) = self { Some(chat.reword(text)) } else { None }
    }

    fn note(&self) -> Option<&SystemContent> {
        if let Self::System(note) = self { Some(note) } else { None }
    }

    /// Returns the content of a blocked person's message, of which the server sends only position and time.
    pub fn blocked() -> Self {
        Self::System(SystemContent::blocked())
    }

    /// Returns `true` for the message of a blocked person.
    pub fn is_blocked(&self) -> bool {
        self.note().is_some_and(SystemContent::is_blocked)
    }

    /// Returns `true` for a person who opened or left the page of a private group. The log has such events, but the page does not show them.
    pub fn is_presence(&self) -> bool {
        self.note().is_some_and(SystemContent::is_presence)
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
