//! Handles and invites, while dialogs show them (`people.md` 5). `session` writes them, except typed texts.

use leptos::prelude::{GetUntracked, RwSignal, Set};
use protocol::words::event::Millis;

use super::relations::PersonRef;
use crate::browser::CallError;

/// Result of a search for a person, or of a change of the handle.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LookupOutcome {
    #[default]
    Nothing,
    /// The person was found, and is in the list.
    Found,
    /// The handle does not exist.
    Nobody,
    /// Nobody who may be found has a name that begins so.
    NobodyNamed,
    /// The handle is the person's own.
    Oneself,
    /// The found person is already a contact.
    Known,
    /// The found person has a pending request.
    Asked,
    Unreachable,
    Done,
    /// The handle was released.
    GivenUp,
}

/// Found people, while a search is open.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PeopleSearch {
    pub found: RwSignal<Vec<PersonRef>>,
    /// Result that is shown instead of people.
    pub answer: RwSignal<LookupOutcome>,
    /// Number of the last search of names: answers to earlier requests are ignored.
    pub turn: RwSignal<u32>,
}

impl PeopleSearch {
    /// Starts another search of names and returns its number.
    pub fn begin(self) -> u32 {
        let turn = self.turn.get_untracked() + 1;
        self.turn.set(turn);
        turn
    }
}

/// Own handle while it is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Handle {
    /// Handle, empty for none; `None` until it is loaded.
    pub own: RwSignal<Option<String>>,
    /// Typed new handle.
    pub wish: RwSignal<Option<String>>,
    /// Result of the last change.
    pub answer: RwSignal<LookupOutcome>,
    /// Refusal of the typed handle.
    pub refused: RwSignal<Option<CallError>>,
}

impl Handle {
    /// Forgets the result of the last change, because another one is sent.
    pub fn begin(self) {
        self.answer.set(LookupOutcome::Nothing);
        self.refused.set(None);
    }
}

protocol::record! {
    /// Invite of the person, without its code, which is returned once.
    #[derive(Clone, Debug, PartialEq, Eq, Hash)]
    pub struct Invite {
        pub id: String = "id",
        pub uses_left: u64 = "usesLeft",
        pub expires_at: Millis = "expiresAt",
        /// Group that it is for.
        pub room: Option<String> = "roomId",
        /// Guests may use it, too.
        pub takes_guests: bool = "guests" or false,
    }
}

protocol::record! {
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct Link {
        pub url: String = "url",
        /// End of the link, which identifies its invite in the list.
        pub expires_at: Millis = "expiresAt",
    }
}

/// Own invites while a dialog shows them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Invites {
    pub items: RwSignal<Vec<Invite>>,
    /// Link that was made in this dialog, which makes at most one.
    pub link: RwSignal<Option<Link>>,
    pub is_copied: RwSignal<bool>,
    /// Guests may use the next link, too.
    pub takes_guests: RwSignal<bool>,
    pub is_making: RwSignal<bool>,
    /// The limit of invites is reached.
    pub is_full: RwSignal<bool>,
}
