//! Who is here, told in full to those who come and in deltas to those who are there (`messenger.md` 5.4 *public rooms*).

use std::collections::{BTreeMap, BTreeSet};

use super::notice::Participant;
use crate::event::Millis;
use crate::limits::PARTICIPANTS_COALESCE_MS;

/// The participant list of a room, and what has changed since others were told.
#[derive(Clone, Debug, Default)]
pub struct Roster {
    shown: BTreeMap<String, Participant>,
    changed: BTreeSet<String>,
    /// People whom others know of, as of the last delta.
    told: BTreeSet<String>,
    flush_at: Option<Millis>,
}

impl Roster {
    /// `user` looks like this now; `None` when there is nothing to see of them.
    pub fn set(&mut self, user: &str, participant: Option<Participant>, now: Millis) {
        if self.shown.get(user) == participant.as_ref() {
            return;
        }
        match participant {
            Some(participant) => self.shown.insert(user.to_owned(), participant),
            None => self.shown.remove(user),
        };
        self.changed.insert(user.to_owned());
        self.flush_at.get_or_insert(now + PARTICIPANTS_COALESCE_MS);
    }

    /// Takes over somebody whom others knew before the room slept.
    pub fn restore(&mut self, participant: Participant) {
        self.told.insert(participant.user.clone());
        self.shown.insert(participant.user.clone(), participant);
    }

    /// Everybody, for somebody who comes.
    pub fn all(&self) -> Vec<Participant> {
        self.shown.values().cloned().collect()
    }

    /// How `user` is shown, if they are.
    pub fn shown(&self, user: &str) -> Option<&Participant> {
        self.shown.get(user)
    }

    /// When the next delta is due.
    pub fn due_at(&self) -> Option<Millis> {
        self.flush_at
    }

    /// Who came (or looks different) and who left, if it is due and anything is left of it.
    pub fn take_due(&mut self, now: Millis) -> Option<(Vec<Participant>, Vec<String>)> {
        if self.flush_at.is_none_or(|at| at > now) {
            return None;
        }
        self.flush_at = None;
        let (mut joined, mut left) = (Vec::new(), Vec::new());
        for user in std::mem::take(&mut self.changed) {
            match self.shown.get(&user) {
                Some(participant) => {
                    joined.push(participant.clone());
                    self.told.insert(user);
                }
                None if self.told.remove(&user) => left.push(user),
                None => {}
            }
        }
        let has_news = !joined.is_empty() || !left.is_empty();
        has_news.then_some((joined, left))
    }
}
