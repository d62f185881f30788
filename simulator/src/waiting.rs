//! Inbox entries in people's own objects, and those that they have marked as seen (`push.md` 1).

use std::collections::{BTreeMap, BTreeSet};

/// Texts of waiting messages, by person and position.
pub(super) type WaitingEntries = BTreeMap<String, BTreeMap<u64, String>>;

/// Seen positions.
#[derive(Debug, Default)]
pub(super) struct SeenPlaces {
    /// Positions that must not wait again, as people's objects store them.
    pub(super) stored: BTreeMap<String, BTreeSet<u64>>,
    /// Positions that waited when the person marked them, which the person meant.
    pub(super) meant: BTreeMap<String, BTreeSet<u64>>,
}

impl SeenPlaces {
    /// Forgets all people who are not in `people`: they have left the room.
    pub fn retain(&mut self, people: &BTreeSet<String>) {
        self.stored.retain(|user, _| people.contains(user));
        self.meant.retain(|user, _| people.contains(user));
    }
}
