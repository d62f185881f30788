//! Passkeys of the account, for the settings (`sign-in.md` 7).

use leptos::prelude::{RwSignal, Set, WithUntracked};
use protocol::words::event::Millis;

/// Passkey.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Passkey {
    /// The credential's id.
    pub id: String,
    /// Name that its owner has chosen.
    pub name: String,
    /// Time of creation.
    pub created_at: Millis,
    /// Time of the last sign-in with it.
    pub last_used_at: Option<Millis>,
    /// A copy of the passkey may exist: it is disabled until it is renamed.
    pub is_stopped: bool,
}

protocol::record!(Passkey {
    id = "id",
    name = "name",
    created_at = "createdAt",
    last_used_at = "lastUsedAt",
    is_stopped = "stopped" or false,
});

/// Pending action on a passkey.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum PasskeyAction {
    /// Nothing.
    #[default]
    Nothing,
    /// It is being renamed.
    Renaming(String),
    /// The person is asked to confirm the removal.
    Removing(String),
}

/// Shown error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Problem {
    /// The limit of passkeys is reached.
    Full,
    /// The browser made none: the person declined, or this device already has one.
    NotMade,
}

/// State of the list while it is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Passkeys {
    /// All passkeys.
    pub items: RwSignal<Vec<Passkey>>,
    /// Pending action.
    pub doing: RwSignal<PasskeyAction>,
    /// Id of the passkey to which the focus returns.
    pub back: RwSignal<String>,
    /// Shown error.
    pub problem: RwSignal<Option<Problem>>,
}

impl Passkeys {
    /// Makes the empty state.
    pub fn new() -> Self {
        let (items, doing, back, problem) = Default::default();
        Self { items, doing, back, problem }
    }

    /// Starts an action on a passkey.
    pub fn begin(self, doing: PasskeyAction, id: &str) {
        self.back.set(id.to_owned());
        self.doing.set(doing);
    }

    /// Ends an answered action, unless another one was started since.
    pub fn end(self, answered: &PasskeyAction) {
        if self.doing.try_with_untracked(|doing| doing == answered) == Some(true) {
            self.doing.set(PasskeyAction::Nothing);
        }
    }
}

impl Default for Passkeys {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use leptos::prelude::{GetUntracked, Owner};

    use super::*;

    #[test]
    fn an_answer_ends_what_it_is_about_and_nothing_that_was_begun_since() {
        Owner::new().with(|| {
            let place = Passkeys::new();
            let (first, second) =
                (PasskeyAction::Renaming("first".to_owned()), PasskeyAction::Renaming("second".to_owned()));
            place.begin(first.clone(), "first");
            place.begin(second.clone(), "second");
            for answered in [&first, &PasskeyAction::Removing("second".to_owned()), &PasskeyAction::Nothing] {
                place.end(answered);
                assert_eq!(place.doing.get_untracked(), second);
            }
            place.end(&second);
            assert_eq!(place.doing.get_untracked(), PasskeyAction::Nothing);
        });
    }
}
