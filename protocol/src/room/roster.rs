//! Who is here, told in full to those who come and in deltas to those who are there (`messenger.md` 5.4 *public
//! rooms*).
//!
//! Two people of one name are told apart by the end of their ids (`messenger.md` 2.1 *Names*).

use std::cell::OnceCell;
use std::rc::Rc;

use crate::sorted::{SortedMap, SortedSet};

use super::notice::{Listed, Participant};
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
    /// People whom others know of, as of the last delta, or by the list with which they came.
    told: SortedSet<String>,
    /// People who are here and of whom nobody else knows yet.
    fresh: SortedSet<String>,
    flush_at: Option<Millis>,
}

/// Somebody as they are, with the comparable form of their name.
#[derive(Clone, Debug)]
struct Shown {
    participant: Participant,
    comparable: String,
    /// As others see them, once somebody had to be told. Forgotten when their name begins or ceases to be told apart: all else
    /// that a row shows comes with a new value of this.
    row: OnceCell<Rc<Listed>>,
}

impl Roster {
    /// `user` looks like this now; `None` when there is nothing to see of them.
    pub fn set(&mut self, user: &str, participant: Option<Participant>, now: Millis) {
        if self.shown.get(user).map(|shown| &shown.participant) == participant.as_ref() {
            return;
        }
        match participant {
            Some(_) if !self.told.contains(user) => _ = self.fresh.insert(user.to_owned()),
            _ => _ = self.fresh.remove(user),
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
                forget_rows(&mut self.shown, bearers);
            }
            self.shown.insert(user.to_owned(), Shown { participant, comparable, row: OnceCell::new() });
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
                forget_rows(&mut self.shown, bearers);
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
    pub fn all(&self) -> Vec<Rc<Listed>> {
        let row = |shown: &Shown| Rc::clone(shown.row.get_or_init(|| Rc::new(Listed::new(self.seen(shown)))));
        self.shown.values().map(row).collect()
    }

    /// `user` was told of everybody: whoever goes before the next delta has been seen.
    pub fn listed_for(&mut self, user: &str) {
        let is_fresh = self.fresh.remove(user);
        for other in std::mem::take(&mut self.fresh) {
            self.told.insert(other);
        }
        if is_fresh {
            self.fresh.insert(user.to_owned());
        }
    }

    /// How `user` is shown, if they are.
    pub fn shown(&self, user: &str) -> Option<Participant> {
        self.shown.get(user).map(|shown| self.seen(shown))
    }

    /// Whether somebody was told that `user` is here.
    pub fn has_told(&self, user: &str) -> bool {
        self.told.contains(user)
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
        self.fresh = SortedSet::default();
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

fn forget_rows(shown: &mut SortedMap<String, Shown>, users: &SortedSet<String>) {
    for user in users.iter() {
        if let Some(shown) = shown.get_mut(user) {
            shown.row.take();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    fn somebody(user: &str, name: &str) -> Participant {
        let (name, avatar) = (name.to_owned(), "av_01".to_owned());
        Participant { user: user.to_owned(), name, avatar, status: "online", is_guest: user.starts_with("g_") }
    }

    fn all(roster: &Roster) -> Vec<Participant> {
        roster.all().iter().map(|row| row.participant().clone()).collect()
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
        assert_eq!(names(&all(&roster)), ["Max (aaaa)", "m a x (bbbb)"]);
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
        assert_eq!(names(&all(&roster)), ["MIA (bbbb)", "Mia"]);
    }

    #[test]
    fn a_row_is_written_once_until_it_shows_something_else() {
        let mut roster = Roster::default();
        let written = Cell::new(0);
        let write_all = |roster: &Roster| {
            for row in roster.all() {
                row.form(|one| {
                    written.set(written.get() + 1);
                    one.name.clone()
                });
            }
            written.replace(0)
        };
        roster.set("g_aaaa", Some(somebody("g_aaaa", "Max")), 0);
        roster.set("g_bbbb", Some(somebody("g_bbbb", "Ada")), 0);
        assert_eq!((write_all(&roster), write_all(&roster)), (2, 0));
        roster.set("g_cccc", Some(somebody("g_cccc", "Bo")), 0);
        assert_eq!(write_all(&roster), 1, "of the others' rows nothing changed");
        roster.set("g_dddd", Some(somebody("g_dddd", "MAX")), 0);
        assert_eq!(write_all(&roster), 2, "the first one is told apart from now on");
        roster.set("g_dddd", None, 0);
        assert_eq!(write_all(&roster), 1, "and now no more");
        roster.set("g_bbbb", Some(Participant { status: "away", ..somebody("g_bbbb", "Ada") }), 0);
        assert_eq!((write_all(&roster), write_all(&roster)), (1, 0));
    }
}
