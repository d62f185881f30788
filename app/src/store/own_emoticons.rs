//! The person's own emoticons (`files.md` 4). `session` writes them.

use leptos::prelude::{RwSignal, StoredValue, With};
use protocol::content::own_emoticons::{EmbeddedEmoticon, EmoticonEntry};

/// The person's own emoticons, as far as they are loaded.
#[derive(Clone, Copy, Debug, Default)]
pub struct OwnEmoticons {
    /// All emoticons, in order of creation.
    pub items: RwSignal<Vec<EmoticonEntry>>,
    /// The list was requested.
    pub are_asked: StoredValue<bool>,
    /// Function that writes the emoticons of a message into its frame, as JSON text. It is loaded with the list, not with the page.
    pub member: StoredValue<Option<EmoticonsMember>>,
}

/// Function that writes a message's member, for the emoticons in its text.
pub type EmoticonsMember = fn(OwnEmoticons, &str) -> String;

impl OwnEmoticons {
    /// Returns the emoticons in the form of messages.
    pub fn shown(self) -> Vec<EmbeddedEmoticon> {
        self.items.with(|items| items.iter().map(EmoticonEntry::shown).collect())
    }
}
