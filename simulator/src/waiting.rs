//! Entries that wait for people in their own objects, and those that they said that they have seen (`push.md` 1).

use std::collections::{BTreeMap, BTreeSet};

/// Of each person, by place: what the message says.
pub(super) type WaitingEntries = BTreeMap<String, BTreeMap<u64, String>>;

/// Places that people said that they have seen.
#[derive(Debug, Default)]
pub(super) struct SeenPlaces {
    /// Places that do not wait again, as people's objects keep them.
    pub(super) stored: BTreeMap<String, BTreeSet<u64>>,
    /// Places that waited when people said so: people mean these.
    pub(super) meant: BTreeMap<String, BTreeSet<u64>>,
}

impl SeenPlaces {
    /// Forgets everybody who is none of `people`: they have nothing more to do with the room.
    pub fn retain(&mut self, people: &BTreeSet<String>) {
        self.stored.retain(|user, _| people.contains(user));
        self.meant.retain(|user, _| people.contains(user));
    }
}
