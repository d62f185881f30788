//! Handles and invites, as dialogs show them while they are open (`people.md` 5). Written by `session` alone, but for what is typed.

use leptos::prelude::{GetUntracked, RwSignal, Set};
use protocol::words::event::Millis;

use super::relations::PersonRef;

/// Outcome of a search for somebody, or of a wish for a handle.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LookupOutcome {
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

/// People who were found, while somebody looks for people.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PeopleSearch {
    /// The people.
    pub found: RwSignal<Vec<PersonRef>>,
    /// Outcome that is said instead of them.
    pub answer: RwSignal<LookupOutcome>,
    /// Number of the last question: what comes of an earlier one is not shown.
    pub turn: RwSignal<u32>,
}

impl PeopleSearch {
    /// Creates the state before anything was asked.
    pub fn new() -> Self {
        let (found, answer) = (RwSignal::new(Vec::new()), RwSignal::new(LookupOutcome::Nothing));
        Self { found, answer, turn: RwSignal::new(0) }
    }

    /// Begins another question and returns its number.
    pub fn begin(self) -> u32 {
        let turn = self.turn.get_untracked() + 1;
        self.turn.set(turn);
        self.answer.set(LookupOutcome::Nothing);
        turn
    }
}

impl Default for PeopleSearch {
    fn default() -> Self {
        Self::new()
    }
}

/// One's own handle while it is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Handle {
    /// The handle, empty for none; `None` until it is known.
    pub own: RwSignal<Option<String>>,
    /// Handle that is typed instead of it.
    pub wish: RwSignal<Option<String>>,
    /// Outcome of the last wish.
    pub answer: RwSignal<LookupOutcome>,
}

impl Handle {
    /// Creates the state before anything is known.
    pub fn new() -> Self {
        Self { own: RwSignal::new(None), wish: RwSignal::new(None), answer: RwSignal::new(LookupOutcome::Nothing) }
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
    /// Id by which the list names it.
    pub id: String,
    /// Number of people who may still come.
    pub uses_left: u64,
    /// Time at which it ends.
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
    /// Time at which it ends: the invite of the list that ends then is this one.
    pub expires_at: Millis,
}

protocol::record!(Link { url = "url", expires_at = "expiresAt" });

/// One's own invites while a dialog shows them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Invites {
    /// Invites of this place.
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
    /// Creates the state before anything is known.
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
