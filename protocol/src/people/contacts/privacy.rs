//! A person's contacts, blocks and settings, as rooms need them to enforce them, and the record that a room keeps of a person.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::hiding::Hides;
use super::settings::Settings;
use crate::words::principal::UserKind;

/// A person's wishes, as their own object tells rooms.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Privacy {
    /// Grows with every change, so that a late telling cannot undo a newer one; 0 when nothing was ever changed.
    pub version: u64,
    /// Settings: what the person takes from others.
    pub settings: Settings,
    /// Contacts of the person; in a direct conversation at most the other one.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub contacts: BTreeSet<String>,
    /// People whom the person has blocked, and when; in a direct conversation at most the other one.
    #[serde(default, skip_serializing_if = "Hides::is_empty")]
    pub hides: Hides,
}

impl Privacy {
    /// The wishes of somebody who has changed nothing.
    pub fn of_kind(kind: UserKind) -> Self {
        let settings = Settings::of_kind(kind);
        Self { version: 0, settings, contacts: BTreeSet::new(), hides: Hides::default() }
    }

    /// Returns `true` if `user` is one of the person's contacts.
    pub fn has_contact(&self, user: &str) -> bool {
        self.contacts.contains(user)
    }

    /// Returns the part that a direct conversation with `user` has to know.
    pub fn about(&self, user: &str) -> Self {
        let contacts = self.contacts.get(user).cloned().into_iter().collect();
        Self { version: self.version, settings: self.settings, contacts, hides: self.hides.about(user) }
    }
}

/// Record that a room keeps of a person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PrivacyRecord {
    /// Wishes of the person.
    pub privacy: Privacy,
    /// `true` where the person's own object has said so, and will tell of changes; else these are only the defaults.
    #[serde(default)]
    pub is_told: bool,
    /// `true` where the person has opened this direct conversation or written in it: the other one may answer, contact or not.
    #[serde(default)]
    pub invites: bool,
    /// `true` where the person has done so at any time: the conversation has begun, whoever may write in it now.
    #[serde(default)]
    pub opened: bool,
    /// Receipts of the person, delivered and read, as each blocked person knew them at the moment of the block. Kept after it until the
    /// person is heard of again.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub frozen: BTreeMap<String, (u64, u64)>,
}

impl PrivacyRecord {
    /// The wishes that somebody of whom nothing was heard yet is taken to have.
    pub fn unasked(privacy: Privacy) -> Self {
        Self { privacy, is_told: false, invites: false, opened: false, frozen: BTreeMap::new() }
    }
}
