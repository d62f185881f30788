//! Privacy settings that the room knows, as committed. `settings` decides what is sent, and when.

use std::collections::{BTreeMap, BTreeSet};

use protocol::people::contacts::{Audience, Privacy, Settings};
use protocol::words::principal::UserKind;

/// Privacy settings that the room knows, as committed.
#[derive(Debug, Default)]
pub(super) struct CommittedPrivacy {
    known: BTreeMap<String, Privacy>,
    /// Settings of the running step.
    pending: Option<(String, Privacy)>,
    /// People who have written to the other one of a direct conversation since they were last contacts.
    pub(super) turned: BTreeSet<String>,
    /// The same before the events of the last step.
    turned_before: BTreeSet<String>,
    /// Pending updates by number: the person, and the settings.
    pub(super) under_way: Vec<(usize, Privacy)>,
}

impl CommittedPrivacy {
    pub fn begin(&mut self, user: &str, privacy: &Privacy) {
        self.pending = Some((user.to_owned(), privacy.clone()));
    }

    /// Drops the update, because the object died before the commit.
    pub fn roll_back(&mut self) {
        self.pending = None;
    }

    /// Commits the step, and its update if it has one. Settings that are older than the known ones change nothing.
    pub fn commit(&mut self) {
        self.commit_update();
        self.turned_before = self.turned.clone();
    }

    fn commit_update(&mut self) {
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

    /// Forgets everything, because the log is lost.
    pub fn forget(&mut self) {
        self.known.clear();
        self.turned.clear();
        self.turned_before.clear();
    }

    /// Forgets the settings of all people except the kept ones.
    pub fn forget_all_but(&mut self, is_here: impl Fn(&str) -> bool) {
        self.known.retain(|user, _| is_here(user));
    }

    /// Returns the settings of `user` that the room knows.
    pub fn of(&self, user: &str) -> Option<&Privacy> {
        self.known.get(user)
    }

    pub fn settings_of(&self, user: &str) -> Settings {
        self.of(user).map_or_else(|| Settings::of_kind(UserKind::of_id(user)), |privacy| privacy.settings)
    }

    pub fn takes(&self, audience: impl Fn(&Settings) -> Audience, viewer: &str, from: &str) -> bool {
        audience(&self.settings_of(viewer)).holds(self.of(viewer).is_some_and(|privacy| privacy.has_contact(from)))
    }

    /// Returns `true` if `user` may write to `partner`.
    pub fn may_write(&self, user: &str, partner: &str) -> bool {
        self.may_write_where(&self.turned, user, partner)
    }

    /// Returns `true` if `user` could write to `partner` before the events of the last step. A step may refuse a message and then store the
    /// one by which the partner opens the conversation.
    pub fn could_write(&self, user: &str, partner: &str) -> bool {
        self.may_write_where(&self.turned_before, user, partner)
    }

    fn may_write_where(&self, turned: &BTreeSet<String>, user: &str, partner: &str) -> bool {
        let is_welcome =
            self.takes(|settings| settings.who_can_write.into(), partner, user) || turned.contains(partner);
        is_welcome && !self.of(user).is_some_and(|privacy| privacy.hides.blocks(partner))
    }
}
