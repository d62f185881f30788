//! What dialogs show of handles while they are open (`docs/protocol/people.md`).

use leptos::prelude::RwSignal;

/// What came of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Answer {
    /// Nothing is to be said.
    #[default]
    Nothing,
    /// Nobody has this handle.
    Nobody,
    /// It is theirs now.
    Done,
    /// It is somebody else's, or nobody's.
    Taken,
    /// It is none.
    Form,
    /// It was changed a few days ago.
    Later,
}

/// One's own handle while it is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Handle {
    /// The handle; empty for none.
    pub own: RwSignal<String>,
    /// What came of a wish for another.
    pub answer: RwSignal<Answer>,
}

impl Handle {
    /// Before anything is known.
    pub fn new() -> Self {
        Self { own: RwSignal::new(String::new()), answer: RwSignal::new(Answer::Nothing) }
    }
}

impl Default for Handle {
    fn default() -> Self {
        Self::new()
    }
}
