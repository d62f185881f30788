//! Passkeys of the account, as the settings show them (`sign-in.md` 7).

use leptos::prelude::{RwSignal, Set, WithUntracked};
use protocol::words::event::Millis;

/// One of them.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Passkey {
    /// The credential's id.
    pub id: String,
    /// Name that its owner gave it.
    pub name: String,
    /// Time at which it was made.
    pub created_at: Millis,
    /// Time at which it let somebody in last.
    pub last_used_at: Option<Millis>,
    /// There may be a copy of it: it lets nobody in until it is renamed.
    pub is_stopped: bool,
}

protocol::record!(Passkey {
    id = "id",
    name = "name",
    created_at = "createdAt",
    last_used_at = "lastUsedAt",
    is_stopped = "stopped" or false,
});

/// Action that is going on with one of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum PasskeyAction {
    /// Nothing.
    #[default]
    Nothing,
    /// It gets another name.
    Renaming(String),
    /// The person is asked if it shall go.
    Removing(String),
}

/// Problem that is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Problem {
    /// There are as many as there can be.
    Full,
    /// The browser made none: it was not wanted, or it was there already.
    NotMade,
}

/// The list while it is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Passkeys {
    /// All of them.
    pub items: RwSignal<Vec<Passkey>>,
    /// Action that is going on.
    pub doing: RwSignal<PasskeyAction>,
    /// Id of the passkey to which the focus comes back.
    pub back: RwSignal<String>,
    /// Problem that is shown.
    pub problem: RwSignal<Option<Problem>>,
}

impl Passkeys {
    /// Nothing is known yet.
    pub fn new() -> Self {
        let (items, doing, back, problem) = Default::default();
        Self { items, doing, back, problem }
    }

    /// Begins an action with one of them.
    pub fn begin(self, doing: PasskeyAction, id: &str) {
        self.back.set(id.to_owned());
        self.doing.set(doing);
    }

    /// Ends an action that was answered, unless another one was begun since.
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
