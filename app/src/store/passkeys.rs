//! Passkeys of the account, for the settings (`sign-in.md` 7).

use leptos::prelude::{GetUntracked, RwSignal, Set, Update, With, WithUntracked, untrack};
use protocol::words::event::Millis;

use super::account::KnownAccount;
use super::arrangement::toggle;
use crate::browser::CallError;

protocol::record! {
    #[derive(Clone, Debug, PartialEq, Eq, Hash)]
    pub struct Passkey {
        pub id: String = "id",
        pub name: String = "name",
        pub created_at: Millis = "createdAt",
        pub last_used_at: Option<Millis> = "lastUsedAt",
        /// A copy of the passkey may exist: it is disabled until it is renamed.
        pub is_stopped: bool = "stopped" or false,
    }
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum PasskeyAction {
    #[default]
    Nothing,
    Renaming(String),
    /// The person is asked to confirm the removal.
    Removing(String),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Problem {
    /// The limit of passkeys is reached.
    Full,
    /// The browser made none: the person declined, or this device already has one.
    NotMade,
}

/// State of the list while it is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Passkeys {
    pub items: RwSignal<Vec<Passkey>>,
    pub doing: RwSignal<PasskeyAction>,
    /// Id of the passkey to which the focus returns.
    pub back: RwSignal<String>,
    pub problem: RwSignal<Option<Problem>>,
    /// Refusal of a new name.
    pub refused: RwSignal<Option<CallError>>,
}

impl Passkeys {
    pub fn begin(self, doing: PasskeyAction, id: &str) {
        self.back.set(id.to_owned());
        self.refused.set(None);
        self.doing.set(doing);
    }

    /// Ends an answered action, unless another one was started since.
    pub fn end(self, answered: &PasskeyAction) {
        if self.doing.try_with_untracked(|doing| doing == answered) == Some(true) {
            self.doing.set(PasskeyAction::Nothing);
        }
    }
}

/// Choice which passkeys stay with a new password: at first all but those that were made since the last proof of the address.
#[derive(Clone, Copy, Debug)]
pub struct KeptPasskeys {
    pub passkeys: Passkeys,
    account: KnownAccount,
    toggled: RwSignal<Vec<String>>,
}

impl KeptPasskeys {
    pub fn new(account: KnownAccount) -> Self {
        Self { passkeys: Passkeys::default(), account, toggled: RwSignal::default() }
    }

    /// Returns `true` if the passkey stays. Reactive.
    pub fn keeps(self, passkey: &Passkey) -> bool {
        let proved_at = self.account.own.with(|own| own.as_ref().and_then(|own| own.verified_at));
        let is_kept = proved_at.is_none_or(|proved_at| passkey.created_at < proved_at);
        is_kept != self.toggled.with(|toggled| toggled.contains(&passkey.id))
    }

    pub fn toggle(self, id: &str) {
        self.toggled.update(|all| toggle(all, id.to_owned()));
    }

    /// Returns the ids of the passkeys that stay; `None` where there are none to choose from.
    pub fn chosen(self) -> Option<Vec<String>> {
        let items = self.passkeys.items.get_untracked();
        let kept = || untrack(|| items.iter().filter(|one| self.keeps(one)).map(|one| one.id.clone()).collect());
        (!items.is_empty()).then(kept)
    }
}

#[cfg(test)]
mod tests {
    use leptos::prelude::{GetUntracked, Owner};

    use super::*;
    use crate::store::account::OwnAccount;

    #[test]
    fn all_passkeys_are_kept_at_first_but_those_since_the_last_proof() {
        let passkey = |id: &str, created_at| Passkey {
            id: id.to_owned(),
            name: id.to_owned(),
            created_at,
            last_used_at: None,
            is_stopped: false,
        };
        Owner::new().with(|| {
            let account = KnownAccount::default();
            let keeping = KeptPasskeys::new(account);
            assert_eq!(keeping.chosen(), None, "there is nothing to choose from");
            keeping.passkeys.items.set(vec![passkey("old", 4), passkey("same", 5), passkey("young", 6)]);
            let chosen = || keeping.chosen().unwrap().join(" ");
            assert_eq!(chosen(), "old same young", "the address was never proved");
            account.own.set(Some(OwnAccount { verified_at: Some(5), ..OwnAccount::default() }));
            assert_eq!(chosen(), "old");
            for id in ["old", "young"] {
                keeping.toggle(id);
            }
            assert_eq!(chosen(), "young");
            keeping.toggle("young");
            assert_eq!(chosen(), "");
        });
    }

    #[test]
    fn an_answer_ends_what_it_is_about_and_nothing_that_was_begun_since() {
        Owner::new().with(|| {
            let place = Passkeys::default();
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
