//! Privacy settings that people's own objects know: blocks, permits, contacts, and Appear Offline.

use std::collections::{BTreeMap, BTreeSet};

use protocol::machines::presence::Card;
use protocol::people::contacts::Privacy;
use protocol::words::event::{Event, Kind, Millis};
use protocol::words::status::Status;

/// Privacy settings that people's own objects know.
#[derive(Debug, Default)]
pub(super) struct KnownPrivacy {
    /// The run contains blocks.
    pub is_on: bool,
    /// The run contains changes of permits.
    pub has_settings: bool,
    pub(super) privacy: BTreeMap<String, Privacy>,
    pub(super) card_versions: BTreeMap<String, u64>,
    pub(super) offline_since: BTreeMap<String, Millis>,
    /// Texts that must never reach a person.
    pub(super) forbidden: BTreeMap<String, BTreeSet<String>>,
}

impl KnownPrivacy {
    pub fn new(is_on: bool) -> Self {
        Self { is_on, ..Self::default() }
    }

    /// Returns `true` if the person ever blocked anybody.
    pub fn has_blocked(&self, user: &str) -> bool {
        self.privacy.get(user).is_some_and(|privacy| !privacy.hides.is_empty())
    }

    /// Returns `true` if the person must not see the event.
    pub fn covers(&self, user: &str, event: &Event) -> bool {
        let author = event.actor.as_deref().filter(|_| event.kind != Kind::System);
        author
            .is_some_and(|author| self.privacy.get(user).is_some_and(|privacy| privacy.hides.covers(author, event.ts)))
    }

    /// Returns the card with the person's visible presence.
    pub fn card_of(&self, user: &str, elsewhere: bool) -> Card {
        let status = if self.offline_since.contains_key(user) { Status::AppearOffline } else { Status::Online };
        let version = 1 + self.card_versions.get(user).copied().unwrap_or(0);
        Card { status, name: user.to_owned(), avatar: "av_01".to_owned(), version, elsewhere, ..Card::default() }
    }

    /// Forgets the forbidden texts, because the log is lost and the same texts may be written again.
    pub fn forget_texts(&mut self) {
        self.forbidden.clear();
    }
}
