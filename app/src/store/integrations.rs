//! Integrations of a group while its dialog shows them (`integrations.md` 6). `session` writes them, except the typed name.

use leptos::prelude::{RwSignal, Set};
use protocol::words::event::Millis;

use crate::browser::CallError;

protocol::record! {
    /// Address by which a program outside writes in a group, without its secret.
    #[derive(Clone, Debug, PartialEq, Eq, Hash)]
    pub struct Integration {
        pub id: String = "id",
        /// Name of the writer of its messages.
        pub name: String = "name",
        pub created_at: Millis = "createdAt",
        /// Time of its last message.
        pub last_used_at: Option<Millis> = "lastUsedAt",
    }
}

protocol::record! {
    /// New integration with its whole address, which the server returns only once.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct NewIntegration {
        pub id: String = "id",
        pub name: String = "name",
        pub url: String = "url",
    }
}

#[derive(Clone, Copy, Debug, Default)]
pub struct Integrations {
    pub items: RwSignal<Vec<Integration>>,
    /// Typed name of the next one.
    pub wish: RwSignal<String>,
    pub is_making: RwSignal<bool>,
    /// Integration that was made since the dialog opened.
    pub made: RwSignal<Option<NewIntegration>>,
    pub is_copied: RwSignal<bool>,
    /// The limit of integrations is reached.
    pub is_full: RwSignal<bool>,
    /// Refusal of the typed name.
    pub refused: RwSignal<Option<CallError>>,
    /// Id of the integration whose end the person is asked to confirm.
    pub asked: RwSignal<Option<String>>,
}

impl Integrations {
    /// Empties the state for another dialog, which never shows the address of an earlier one.
    pub fn clear(self) {
        self.items.set(Vec::new());
        self.wish.set(String::new());
        self.made.set(None);
        self.refused.set(None);
        self.asked.set(None);
        for mark in [self.is_making, self.is_copied, self.is_full] {
            mark.set(false);
        }
    }
}

#[cfg(test)]
mod tests {
    use leptos::prelude::{GetUntracked, Owner};
    use protocol::codec::json;

    use super::*;

    #[test]
    fn another_dialog_does_not_show_the_address() {
        Owner::new().with(|| {
            let place = Integrations::default();
            let made = r#"{"id":"hook_a","name":"Builds","createdAt":7,"lastUsedAt":null,"url":"https://a.example/x"}"#;
            place.items.set(json::read::<Integration>(made).into_iter().collect());
            place.made.set(json::read(made));
            assert_eq!(place.made.get_untracked().map(|made| made.url).as_deref(), Some("https://a.example/x"));
            assert_eq!(place.items.get_untracked()[0].last_used_at, None);
            place.clear();
            assert!(place.made.get_untracked().is_none() && place.items.get_untracked().is_empty());
        });
    }
}
