//! Audiences of what a person shows.

use serde::{Deserialize, Serialize};

use super::audience::Audience;

/// Audiences of a person's presence and picture, among those who may watch the person at all (`presence.md` 3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Audiences {
    /// Status, its time, and the personal message; the person is offline for everyone else.
    pub presence: Audience,
    /// The picture; everyone else sees the default one.
    pub picture: Audience,
}

impl Default for Audiences {
    fn default() -> Self {
        Self { presence: Audience::Everyone, picture: Audience::Everyone }
    }
}

impl Audiences {
    /// Returns `true` if the person looks different to different viewers.
    pub fn are_narrow(self) -> bool {
        self != Self::default()
    }

    /// Returns `true` if contacts see more than others.
    pub fn prefer_contacts(self) -> bool {
        [self.presence, self.picture].contains(&Audience::Contacts)
    }
}
