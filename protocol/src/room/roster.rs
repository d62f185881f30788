//! Who is here, told in full to those who come and in deltas to those who are there (`messenger.md` 5.4 *public
//! rooms*).
//!
//! Two people of one name are told apart by the end of their ids (`messenger.md` 2.1 *Names*).

use crate::sorted::{SortedMap, SortedSet};

use super::notice::Participant;
use crate::event::Millis;
use crate::limits::PARTICIPANTS_COALESCE_MS;
use crate::names::{is_reserved_for, with_end_of_id};
use crate::text::comparable_name;

/// The participant list of a room, and what has changed since others were told.
#[derive(Clone, Debug, Default)]
pub struct Roster {
    shown: SortedMap<String, Shown>,
    /// Who bears each name, in its comparable form.
    bearers: SortedMap<String, SortedSet<String>>,
    /// Names with several bearers: in most rooms there are none, and no name has to be compared.
    shared_names: usize,
    changed: SortedSet<String>,
    /// People whom others know of, as of the last delta.
    told: SortedSet<String>,
    flush_at: Option<Millis>,
}

/// Somebody as they are, with the comparable form of their name.
#[derive(Clone, Debug)]
struct Shown {
    participant: Participant,
    comparable: String,
}

impl Roster {
    /// `user` looks like this now; `None` when there is nothing to see of them.
    pub fn set(&mut self, user: &str, participant: Option<Participant>, now: Millis) {
        if self.shown.get(user).map(|shown| &shown.participant) == participant.as_ref() {
            return;
        }
        self.put(user, participant);
        self.changed.insert(user.to_owned());
        self.flush_at.get_or_insert(now + PARTICIPANTS_COALESCE_MS);
    }

    /// Takes over somebody whom others knew before the room slept.
    pub fn restore(&mut self, participant: Participant) {
        let user = participant.user.clone();
        self.told.insert(user.clone());
        self.put(&user, Some(participant));
    }

    fn put(&mut self, user: &str, participant: Option<Participant>) {
        if let Some(before) = self.shown.remove(user) {
            self.lose_bearer(&before.comparable, user);
        }
        if let Some(participant) = participant {
            let comparable = comparable_name(&participant.name);
            let bearers = self.bearers.get_or_default(comparable.clone());
            bearers.insert(user.to_owned());
            if bearers.len() == 2 {
                self.shared_names += 1;
                // So far nobody had to be told apart from anybody.
                self.changed.extend(bearers.iter().cloned());
            }
            self.shown.insert(user.to_owned(), Shown { participant, comparable });
        }
    }

    fn lose_bearer(&mut self, comparable: &str, user: &str) {
        let Some(bearers) = self.bearers.get_mut(comparable) else {
            return;
        };
        bearers.remove(user);
        match bearers.len() {
            0 => drop(self.bearers.remove(comparable)),
            1 => {
                self.shared_names -= 1;
                self.changed.extend(bearers.iter().cloned());
            }
            _ => {}
        }
    }

    /// The name under which somebody who is here shows, who calls themselves `name`.
    pub fn name_of(&self, user: &str, name: &str) -> String {
        if self.shared_names == 0 {
            return name.to_owned();
        }
        let others = self.bearers.get(&comparable_name(name)).is_some_and(|all| all.iter().any(|other| other != user));
        if others && !is_reserved_for(user, name) { with_end_of_id(user, name) } else { name.to_owned() }
    }

    fn seen(&self, shown: &Shown) -> Participant {
        let Participant { user, name, .. } = &shown.participant;
        let is_alone = self.bearers.get(&shown.comparable).is_none_or(|all| all.len() < 2);
        let name = if is_alone { name.clone() } else { self.name_of(user, name) };
        Participant { name, ..shown.participant.clone() }
    }

    /// Everybody, for somebody who comes.
    pub fn all(&self) -> Vec<Participant> {
        self.shown.values().map(|shown| self.seen(shown)).collect()
    }

    /// How `user` is shown, if they are.
    pub fn shown(&self, user: &str) -> Option<Participant> {
        self.shown.get(user).map(|shown| self.seen(shown))
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
                Some(shown) => {
                    joined.push(self.seen(shown));
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

#[cfg(test)]
mod tests {
    use super::*;

    fn somebody(user: &str, name: &str) -> Participant {
        let (name, avatar) = (name.to_owned(), "av_01".to_owned());
        Participant { user: user.to_owned(), name, avatar, status: "online", is_guest: user.starts_with("g_") }
    }

    fn names(people: &[Participant]) -> Vec<String> {
        people.iter().map(|one| one.name.clone()).collect()
    }

    #[test]
    fn two_of_one_name_are_told_apart_while_both_are_here() {
        let mut roster = Roster::default();
        roster.set("g_aaaa", Some(somebody("g_aaaa", "Max")), 0);
        assert_eq!(names(&roster.take_due(1_000).unwrap().0), ["Max"]);
        roster.set("g_bbbb", Some(somebody("g_bbbb", "m a x")), 1_000);
        assert_eq!(names(&roster.all()), ["Max (aaaa)", "m a x (bbbb)"]);
        assert_eq!(names(&roster.take_due(2_000).unwrap().0), ["Max (aaaa)", "m a x (bbbb)"], "the first one too");
        assert_eq!(roster.name_of("g_aaaa", "Max"), "Max (aaaa)");
        roster.set("g_bbbb", None, 2_000);
        assert_eq!(names(&roster.take_due(3_000).unwrap().0), ["Max"]);
        assert_eq!(roster.name_of("g_aaaa", "Max"), "Max");
    }

    #[test]
    fn a_persona_keeps_its_name() {
        let mut roster = Roster::default();
        roster.set("user_7", Some(somebody("user_7", "Mia")), 0);
        roster.set("g_bbbb", Some(somebody("g_bbbb", "MIA")), 0);
        assert_eq!(names(&roster.all()), ["MIA (bbbb)", "Mia"]);
    }
}
