//! Stores the person's arrangement of the list on this device (`home` brings it to other devices), and updates it by activity: recent conversations, earlier personal messages.

use leptos::prelude::*;
use protocol::codec::json;

use super::Session;
use super::deferred_tasks::HomeEvent;
use crate::browser::{device, storage};
use crate::store::arrangement::Arrangement;

/// Returns the key in localStorage: every person of a browser has their own.
pub fn key_of(user: &str) -> String {
    format!("cfm-list-{user}")
}

impl Session {
    /// Loads the stored arrangement, and stores every change from now on. Call it once.
    pub fn persist_arrangement(self) {
        let key = key_of(&self.me.with_untracked(|me| me.id.clone()));
        if let Some(stored) = storage::get(&key).and_then(|text| json::read::<Arrangement>(&text)) {
            self.arrangement.set(stored);
        }
        // From now on the arrangement says whether the first steps are closed (`scripts::BOOTSTRAP`).
        device::remove_root_attribute("data-steps");
        let found = self.arrangement.get_untracked();
        self.run(move |state| state.home.found = found);
        Effect::new(move |is_stored: Option<()>| {
            let text = self.arrangement.with(|arrangement| json::write(arrangement));
            if is_stored.is_some() {
                storage::put(&key, &text);
                self.run(|state| state.dispatch_home_event(HomeEvent::Changed));
            }
        });
        let nicknames = Memo::new(move |_| self.arrangement.with(|arrangement| arrangement.nicknames.clone()));
        Effect::new(move |_| self.roster.call(nicknames.get()));
        Effect::new(move |_| {
            let Some(current) = self.current.get() else { return };
            // Messages of both sides count.
            current.said.track();
            current.last_message_at.track();
            if let Some(partner) = current.partner() {
                self.talked_to(&partner);
            }
        });
        Effect::new(move |before: Option<Vec<(String, u32)>>| {
            let waiting = self.people_waiting();
            for (user, unread) in before.iter().flat_map(|_| waiting.iter()) {
                let had = before.iter().flatten().find(|(other, _)| other == user).map_or(0, |(_, unread)| *unread);
                if had < *unread {
                    self.talked_to(user);
                }
            }
            waiting
        });
        Effect::new(move |_| {
            let message = self.me.with(|me| me.personal_message.clone());
            if self.arrangement.with_untracked(|arrangement| arrangement.messages.first() != Some(&message)) {
                self.arrangement.update(|arrangement| arrangement.said(&message));
            }
        });
    }

    fn talked_to(self, user: &str) {
        let is_first = self
            .arrangement
            .with_untracked(|arrangement| arrangement.recent.first().is_some_and(|first| first == user));
        if !is_first {
            self.arrangement.update(|arrangement| arrangement.talked_to(user));
        }
    }

    /// Returns the user ids of people with unread messages, and the counts.
    fn people_waiting(self) -> Vec<(String, u32)> {
        let people = self.roster.people.get().into_iter();
        let waiting = people.map(|handle| (handle.person, handle.activity.with(|activity| activity.unread)));
        waiting
            .filter(|(_, unread)| *unread > 0)
            .map(|(person, unread)| (person.with(|person| person.id.clone()), unread))
            .collect()
    }
}
