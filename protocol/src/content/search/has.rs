//! Properties of a message in a query, with their words: `has:link` (`ux.md` 1).

use super::fold::fold;

/// Property of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Has {
    /// A web address.
    Link,
    /// It replies to another one.
    Reply,
    /// It has a reaction.
    Reaction,
    /// It was edited.
    Edit,
}

impl Has {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Link, Self::Reply, Self::Reaction, Self::Edit];

    /// Returns the word in a query.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Link => "link",
            Self::Reply => "reply",
            Self::Reaction => "reaction",
            Self::Edit => "edit",
        }
    }

    /// Parses the English and the German word, which the search box accepts.
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
