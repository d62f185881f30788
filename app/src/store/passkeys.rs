//! Passkeys of the account, as the settings show them (`sign-in.md` 7).

use leptos::prelude::{RwSignal, Set};
use protocol::event::Millis;

/// One of them.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Passkey {
    /// The credential's id.
    pub id: String,
    /// What its owner calls it.
    pub name: String,
    /// When it was made.
    pub created_at: Millis,
    /// When it let somebody in last.
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

/// What is being done with one of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Doing {
    /// Nothing.
    #[default]
    Nothing,
    /// It gets another name.
    Renaming(String),
    /// Whether it shall go is asked.
    Removing(String),
}

/// What did not work.
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
    /// What is being done.
    pub doing: RwSignal<Doing>,
    /// Which of them the focus comes back to.
    pub back: RwSignal<String>,
    /// What did not work.
    pub problem: RwSignal<Option<Problem>>,
}

impl Passkeys {
    /// Nothing is known yet.
    pub fn new() -> Self {
        let (items, doing, back, problem) = Default::default();
        Self { items, doing, back, problem }
    }

    /// Something is about to be done with one of them.
    pub fn begin(self, doing: Doing, id: &str) {
        self.back.set(id.to_owned());
        self.doing.set(doing);
    }
}

impl Default for Passkeys {
    fn default() -> Self {
        Self::new()
    }
}
