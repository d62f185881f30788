//! What dialogs show of handles and invites while they are open (`people.md` 5). Written by `session` alone, but for what is
//! typed.

use leptos::prelude::{GetUntracked, RwSignal, Set};
use protocol::event::Millis;

use super::relations::Named;

/// What came of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Answer {
    /// Nothing is to be said.
    #[default]
    Nothing,
    /// Somebody was found: they stand in the list.
    Found,
    /// Nobody has this handle.
    Nobody,
    /// It is the person's own.
    Oneself,
    /// They are contacts already.
    Known,
    /// The person has asked them already.
    Asked,
    /// The server could not be asked.
    Unreachable,
    /// It is theirs now.
    Done,
    /// They have none any more.
    GivenUp,
    /// It is somebody else's, or nobody's.
    Taken,
    /// It is none.
    Form,
    /// It was changed a few days ago.
    Later,
}

/// Who was found, while somebody looks for people.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The people.
    pub found: RwSignal<Vec<Named>>,
    /// What is said instead of them.
    pub answer: RwSignal<Answer>,
    /// Number of the last question: what comes of an earlier one is not shown.
    pub turn: RwSignal<u32>,
}

impl Finding {
    /// Before anything was asked.
    pub fn new() -> Self {
        let (found, answer) = (RwSignal::new(Vec::new()), RwSignal::new(Answer::Nothing));
        Self { found, answer, turn: RwSignal::new(0) }
    }

    /// Another question is asked; gives its number.
    pub fn begin(self) -> u32 {
        let turn = self.turn.get_untracked() + 1;
        self.turn.set(turn);
        self.answer.set(Answer::Nothing);
        turn
    }
}

impl Default for Finding {
    fn default() -> Self {
        Self::new()
    }
}

/// One's own handle while it is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Handle {
    /// The handle, empty for none; `None` until it is known.
    pub own: RwSignal<Option<String>>,
    /// What is typed instead of it.
    pub wish: RwSignal<Option<String>>,
    /// What came of the last wish.
    pub answer: RwSignal<Answer>,
}

impl Handle {
    /// Before anything is known.
    pub fn new() -> Self {
        Self { own: RwSignal::new(None), wish: RwSignal::new(None), answer: RwSignal::new(Answer::Nothing) }
    }
}

impl Default for Handle {
    fn default() -> Self {
        Self::new()
    }
}

/// An invite of one's own. Its code was told once.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Invite {
    /// What the list names it by.
    pub id: String,
    /// How many more people may come.
    pub uses_left: u64,
    /// When it ends.
    pub expires_at: Millis,
    /// Group that it leads into.
    pub room: Option<String>,
}

protocol::record!(Invite { id = "id", uses_left = "usesLeft", expires_at = "expiresAt", room = "roomId" });

/// A link as it is made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// Its address.
    pub url: String,
    /// When it ends: by that the list has it.
    pub expires_at: Millis,
}

protocol::record!(Link { url = "url", expires_at = "expiresAt" });

/// One's own invites while a dialog shows them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Invites {
    /// Those of this place.
    pub items: RwSignal<Vec<Invite>>,
    /// The link that was made in this dialog: it makes one.
    pub link: RwSignal<Option<Link>>,
    /// The link lies in the clipboard.
    pub is_copied: RwSignal<bool>,
    /// One is being made.
    pub is_making: RwSignal<bool>,
    /// There are as many as there can be.
    pub is_full: RwSignal<bool>,
}

impl Invites {
    /// Before anything is known.
    pub fn new() -> Self {
        let [is_copied, is_making, is_full] = [false; 3].map(RwSignal::new);
        Self { items: RwSignal::new(Vec::new()), link: RwSignal::new(None), is_copied, is_making, is_full }
    }
}

impl Default for Invites {
    fn default() -> Self {
        Self::new()
    }
}
