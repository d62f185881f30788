//! Emoticons of the person's own (`files.md` 4). Written by `session` alone.

use leptos::prelude::{RwSignal, StoredValue, With};
use protocol::own_emoticons::{Listed, OwnEmoticon};

/// Those there are.
#[derive(Clone, Copy, Debug)]
pub struct OwnEmoticons {
    /// All of them, in order of their coming.
    pub items: RwSignal<Vec<Listed>>,
    /// They were asked for.
    pub are_asked: StoredValue<bool>,
    /// What a message carries of them: a member of its frame, as JSON text. It comes with the list, not with the page.
    pub member: StoredValue<Option<Member>>,
}

/// What writes a message's member of what stands in its text.
pub type Member = fn(OwnEmoticons, &str) -> String;

impl OwnEmoticons {
    /// Nothing is known yet.
    pub fn new() -> Self {
        Self { items: RwSignal::new(Vec::new()), are_asked: StoredValue::new(false), member: StoredValue::new(None) }
    }

    /// As messages carry them.
    pub fn shown(self) -> Vec<OwnEmoticon> {
        self.items.with(|items| items.iter().map(Listed::shown).collect())
    }
}

impl Default for OwnEmoticons {
    fn default() -> Self {
        Self::new()
    }
}
