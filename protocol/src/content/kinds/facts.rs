//! What there is to know of a kind of event, apart from its word ([`Kind::as_str`]).

use super::RowKind;
use crate::codec::json::Value;
use crate::words::event::Kind;
use crate::words::rate::LimitRule;

/// Facts of a kind.
#[derive(Debug)]
pub struct KindFacts {
    /// Part that its events have in a log.
    pub nature: Nature,
    /// Rule that limits the people who write it; `None` for what only the room writes.
    pub limit: Option<LimitRule>,
    /// Notification of it; `None` where nobody is told.
    pub notification: Option<NotificationKind>,
    /// Returns the text that readers of nothing but texts get for a body without words.
    pub line: fn(&str) -> Option<String>,
    /// Members of the frame of a client that are read.
    pub members: &'static [&'static str],
    /// Members that the event has beside those of every event, in the short form of `/openapi.json`.
    pub schema: &'static str,
    /// Parses the content of a row; `None` for an event that is not shown, or that lacks its subject.
    pub read: fn(&Value) -> Option<RowKind>,
    /// Returns the content of an event whose body cannot be read.
    pub empty: fn() -> RowKind,
}

/// Part that an event has in a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nature {
    /// A person said something. Its words are the member `content` of its body.
    Words,
    /// A person said something without words, which is played at that moment, and stays as a line.
    Effect(EffectKind),
    /// An earlier message changes (`core.md` 1.2).
    Change(ChangeEvent),
    /// The room notes what happened in it.
    Note,
}

/// Message that is played.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EffectKind {
    /// A shake of the window.
    Nudge,
    /// An animated greeting.
    Wink,
}

/// Event that points at an earlier message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChangeEvent {
    /// The message says something else now.
    Edit,
    /// The message is gone for everybody.
    Delete,
    /// Somebody reacts to the message, or no longer.
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
        /// A nudge.
        Nudge = "nudge",
        /// A contact request.
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
            read: |_| None,
            empty: || RowKind::System(Default::default()),
        }
    }
}

impl Kind {
    /// Returns the part that events of this kind have in a log.
    pub fn nature(self) -> Nature {
        self.facts().nature
    }

    /// Returns `true` for something that a person said, and that can be read, reacted to and taken back.
    pub fn is_message(self) -> bool {
        matches!(self.nature(), Nature::Words | Nature::Effect(_))
    }

    /// Returns `true` for a message whose words are the member `content` of its body: they are searched, and packets have them.
    pub fn has_words(self) -> bool {
        self.nature() == Nature::Words
    }

    /// Returns the effect of a message that is played.
    pub fn effect(self) -> Option<EffectKind> {
        if let Nature::Effect(effect) = self.nature() { Some(effect) } else { None }
    }

    /// Returns the change that a new event makes of an earlier message (`core.md` 1.2).
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
