//! A person's contacts, blocks and settings, which rooms enforce, and the record that a room keeps of a person.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::hiding::Hides;
use super::settings::Settings;
use crate::words::principal::UserKind;

/// Privacy of a person, as their own object sends it to rooms.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Privacy {
    /// Grows with every change, so that a late notification cannot undo a newer one; 0 if nothing was ever changed.
    pub version: u64,
    pub settings: Settings,
    /// Contacts of the person; in a direct conversation at most the other person.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub contacts: BTreeSet<String>,
    /// People whom the person has blocked, with the times; in a direct conversation at most the other person.
    #[serde(default, skip_serializing_if = "Hides::is_empty")]
    pub hides: Hides,
    /// People to whom the person appears offline (`presence.md` 2.7); in a direct conversation at most the other person.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub hidden_from: BTreeSet<String>,
}

impl Privacy {
    /// Returns the privacy of a person who has changed nothing.
    pub fn of_kind(kind: UserKind) -> Self {
        let settings = Settings::of_kind(kind);
        Self { version: 0, settings, contacts: BTreeSet::new(), hides: Hides::default(), hidden_from: BTreeSet::new() }
    }

    pub fn has_contact(&self, user: &str) -> bool {
        self.contacts.contains(user)
    }

    /// Returns `true` if the person's receipts do not grow for `user`: a new one would reveal that the person is there.
    pub fn withholds_receipts(&self, user: &str) -> bool {
        self.hides.blocks(user) || self.hidden_from.contains(user)
    }

    /// Returns the people for whom the receipts of the person do not grow.
    pub fn without_receipts(&self) -> BTreeSet<String> {
        self.hides.blocked().chain(self.hidden_from.iter().map(String::as_str)).map(str::to_owned).collect()
    }

    /// Returns the part that a direct conversation with `user` needs.
    pub fn about(&self, user: &str) -> Self {
        let only = |people: &BTreeSet<String>| people.get(user).cloned().into_iter().collect();
        let (contacts, hidden_from) = (only(&self.contacts), only(&self.hidden_from));
        Self { version: self.version, settings: self.settings, contacts, hides: self.hides.about(user), hidden_from }
    }
}

/// Record that a room keeps of a person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PrivacyRecord {
    pub privacy: Privacy,
    /// `true` if the person's own object has sent the privacy, and will send changes; otherwise it is only the default.
    #[serde(default)]
    pub is_told: bool,
    /// `true` if the person has opened this direct conversation or written in it: the other person may answer, contact or not.
    #[serde(default)]
    pub invites: bool,
    /// `true` if the person has ever done so: the conversation has begun, regardless of who may write in it now.
    #[serde(default)]
    pub opened: bool,
    /// Receipts of the person, delivered and read, frozen for each person for whom they do not grow. They stay after its end until the
    /// person is active again.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub frozen: BTreeMap<String, (u64, u64)>,
}

impl PrivacyRecord {
    /// Returns the record of a person whose privacy is still unknown.
    pub fn unasked(privacy: Privacy) -> Self {
        Self { privacy, is_told: false, invites: false, opened: false, frozen: BTreeMap::new() }
    }
}
