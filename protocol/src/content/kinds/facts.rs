//! Facts of a kind of event, apart from its word ([`Kind::as_str`]).

use crate::words::event::{Event, Kind, TOMBSTONE};
use crate::words::rate::LimitRule;

#[derive(Debug)]
pub struct KindFacts {
    /// Part that its events have in a log.
    pub nature: Nature,
    /// Rule that limits the people who write it; `None` for events that only the room writes.
    pub limit: Option<LimitRule>,
    /// Notification of it; `None` if there is none.
    pub notification: Option<NotificationKind>,
    /// Returns the text for clients that receive only texts, from a body without words.
    pub line: fn(&str) -> Option<String>,
    /// Members that are read from a client's frame.
    pub members: &'static [&'static str],
    /// Members of the event beside those of every event, in the short form of `/openapi.json`.
    pub schema: &'static str,
}

/// Part that an event has in a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nature {
    /// A message of a person, with its text in the member `content` of the body.
    Words,
    /// A message of a person without a text, which is played when it arrives, and stays as a row.
    Effect(EffectKind),
    /// A change of an earlier message (`core.md` 1.2).
    Change(ChangeEvent),
    /// A note of the room about an occurrence in it.
    Note,
}

/// Message that is played.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EffectKind {
    Nudge,
    Wink,
}

/// Event that points at an earlier message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChangeEvent {
    Edit,
    /// The message is deleted for everyone.
    Delete,
    Reaction,
}

crate::words! {
    /// Kind of an occurrence of which a person may be notified.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub enum NotificationKind {
        /// A message, with words or files.
        Message = "message",
        /// A wink, which has no text.
        Wink = "wink",
        Nudge = "nudge",
        Request = "request",
    }
}

impl KindFacts {
    /// Facts that all changes share: they have no row, and one limit.
    pub(super) const fn of_change(change: ChangeEvent, members: &'static [&'static str], schema: &'static str) -> Self {
        Self {
            nature: Nature::Change(change),
            limit: Some(LimitRule::Mutate),
            notification: None,
            line: |_| None,
            members,
            schema,
        }
    }
}

impl Kind {
    /// Returns the part that events of this kind have in a log.
    pub fn nature(self) -> Nature {
        self.facts().nature
    }

    /// Returns `true` for a message of a person, which can be read, reacted to and taken back.
    pub fn is_message(self) -> bool {
        matches!(self.nature(), Nature::Words | Nature::Effect(_))
    }

    /// Returns `true` for a message with its text in the member `content` of its body. Search and packets use the text.
    pub fn has_words(self) -> bool {
        self.nature() == Nature::Words
    }

    /// Returns the effect of a message that is played.
    pub fn effect(self) -> Option<EffectKind> {
        if let Nature::Effect(effect) = self.nature() { Some(effect) } else { None }
    }

    /// Returns the change of an earlier message that the event makes (`core.md` 1.2).
    pub fn change(self) -> Option<ChangeEvent> {
        if let Nature::Change(change) = self.nature() { Some(change) } else { None }
    }

    /// Returns `true` for a new event that points at an earlier message (`core.md` 1.2).
    pub fn is_change(self) -> bool {
        self.change().is_some()
    }

    /// Returns `true` for an event that an entry of an inbox holds or follows (`push.md` 1.1).
    pub fn reaches_inbox(self) -> bool {
        self.is_message() || matches!(self.change(), Some(ChangeEvent::Edit | ChangeEvent::Delete))
    }
}

impl Event {
    /// Returns `true` for a message whose text can be read: it has one, and was not deleted for everyone.
    pub fn has_words(&self) -> bool {
        self.kind.has_words() && self.body != TOMBSTONE
    }
}
