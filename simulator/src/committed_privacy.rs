//! Privacy settings that the room has committed. What is sent, and when, is in `settings`.

use std::collections::{BTreeMap, BTreeSet};

use protocol::people::contacts::{Audience, Privacy, Settings};
use protocol::words::principal::UserKind;

/// Privacy settings that the room has committed.
#[derive(Debug, Default)]
pub(super) struct CommittedPrivacy {
    known: BTreeMap<String, Privacy>,
    /// Settings that the running step stores.
    pending: Option<(String, Privacy)>,
    /// People who have turned to the other one of a direct conversation since they were contacts last.
    pub(super) turned: BTreeSet<String>,
    /// Tellings under way, by their number: of whom, and what was said.
    pub(super) under_way: Vec<(usize, Privacy)>,
}

impl CommittedPrivacy {
    /// The step that tells it is about to begin.
    pub fn begin(&mut self, user: &str, privacy: &Privacy) {
        self.pending = Some((user.to_owned(), privacy.clone()));
    }

    /// The object died before the step was committed.
    pub fn roll_back(&mut self) {
        self.pending = None;
    }

    /// The step is committed. What is older than what is known changes nothing.
    pub fn commit(&mut self) {
        let Some((user, privacy)) = self.pending.take() else { return };
        let known = self.known.get(&user);
        if known.is_some_and(|known| known.version >= privacy.version) {
            return;
        }
        if known.is_some_and(|known| known.contacts.iter().any(|other| !privacy.has_contact(other))) {
            self.turned.remove(&user);
        }
        self.known.insert(user, privacy);
    }

    /// The log is lost, and all that the room knew.
    pub fn forget(&mut self) {
        self.known.clear();
        self.turned.clear();
    }

    /// Of these people the room knows nothing any more.
    pub fn forget_all_but(&mut self, is_here: impl Fn(&str) -> bool) {
        self.known.retain(|user, _| is_here(user));
    }

    /// Returns what the room knows of `user`.
    pub fn of(&self, user: &str) -> Option<&Privacy> {
        self.known.get(user)
    }

    pub fn settings_of(&self, user: &str) -> Settings {
        self.of(user).map_or_else(|| Settings::of_kind(UserKind::of_id(user)), |privacy| privacy.settings)
    }

    pub fn takes(&self, audience: impl Fn(&Settings) -> Audience, viewer: &str, from: &str) -> bool {
        audience(&self.settings_of(viewer)).holds(self.of(viewer).is_some_and(|privacy| privacy.has_contact(from)))
    }

    /// Returns `true` when `user` may write to `partner`.
    pub fn may_write(&self, user: &str, partner: &str) -> bool {
        let is_welcome =
            self.takes(|settings| settings.who_can_write.into(), partner, user) || self.turned.contains(partner);
        is_welcome && !self.of(user).is_some_and(|privacy| privacy.hides.blocks(partner))
    }
}
