//! Emoticons of the person's own (`files.md` 4). Written by `session` alone.

use leptos::prelude::{RwSignal, StoredValue, With};
use protocol::content::own_emoticons::{EmbeddedEmoticon, EmoticonEntry};

/// Emoticons of the person's own, as far as they are known.
#[derive(Clone, Copy, Debug)]
pub struct OwnEmoticons {
    /// All of them, in order of their coming.
    pub items: RwSignal<Vec<EmoticonEntry>>,
    /// `true` once they were asked for.
    pub are_asked: StoredValue<bool>,
    /// Writer of the member of a message's frame that carries them, as JSON text. It comes with the list, not with the page.
    pub member: StoredValue<Option<EmoticonsMember>>,
}

/// Function that writes a message's member, for the emoticons in its text.
pub type EmoticonsMember = fn(OwnEmoticons, &str) -> String;

impl OwnEmoticons {
    /// Nothing is known yet.
    pub fn new() -> Self {
        Self { items: RwSignal::new(Vec::new()), are_asked: StoredValue::new(false), member: StoredValue::new(None) }
    }

    /// Returns them as messages carry them.
    pub fn shown(self) -> Vec<EmbeddedEmoticon> {
        self.items.with(|items| items.iter().map(EmoticonEntry::shown).collect())
    }
}

impl Default for OwnEmoticons {
    fn default() -> Self {
        Self::new()
    }
}
