//! Marks of a message that a question can ask for, with their words: `has:link` (`ux.md` 1).

use super::fold::fold;

/// Something that a message can have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Has {
    /// A web address.
    Link,
    /// It answers another one.
    Reply,
    /// Somebody reacted to it.
    Reaction,
    /// It was edited.
    Edit,
}

impl Has {
    /// The word in a question.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Link => "link",
            Self::Reply => "reply",
            Self::Reaction => "reaction",
            Self::Edit => "edit",
        }
    }

    /// Also in German, as the box has it there.
    pub(super) fn parse(text: &str) -> Option<Self> {
        match fold(text).as_str() {
            "link" | "links" => Some(Self::Link),
            "reply" | "antwort" => Some(Self::Reply),
            "reaction" | "reaktion" => Some(Self::Reaction),
            "edit" | "edited" | "anderung" => Some(Self::Edit),
            _ => None,
        }
    }
}
