//! Participants of a room: a full list for people who join, deltas for the others (`messenger.md` 5.4 *public rooms*).
//!
//! Two people with the same name are distinguished by the end of their ids (`sign-in.md` 1.7), for viewers who know of both of them;
//! `visibility` decides that.

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::{Bound, Range};
use std::rc::Rc;

use super::notification::{Participant, ParticipantRow};
use crate::content::look_alikes::skeleton;
use crate::people::names::{is_reserved_for, with_end_of_id};
use crate::words::event::Millis;
use crate::words::limits::PARTICIPANTS_COALESCE_MS;

/// The participant list of a room, and its changes since the last delta.
#[derive(Clone, Debug, Default)]
pub struct Roster {
    shown: BTreeMap<String, RosterEntry>,
    /// The same people by their last activity, which has a growing number.
    by_activity: BTreeMap<u64, String>,
    last_activity: u64,
    /// User ids of the people with each name, by its comparable form.
    bearers: BTreeMap<String, BTreeSet<String>>,
    /// Names with several bearers: in most rooms there are none, and no name has to be compared.
    shared_names: usize,
    changed: BTreeSet<String>,
    /// Names that people took or dropped since the last delta, and whether they had them before.
    renamed: BTreeMap<String, BTreeMap<String, bool>>,
    /// Among these names, those that several people had at any time since then.
    shared: BTreeSet<String>,
    /// Lists that were sent since the last delta: the next delta contains the differences.
    given: Vec<ListSnapshot>,
    /// People who were in the last delta or before, for everybody who may know of them.
    announced: BTreeSet<String>,
    /// The other people in the room, with the number of lists that had been sent when they came.
    fresh: BTreeMap<String, usize>,
    /// People who came and left since the last delta, and the lists that contained them.
    glimpsed: Vec<(String, Range<usize>)>,
    /// People who came since the last delta, and whose rows changed after a list may have contained them.
    changed_in_lists: BTreeSet<String>,
    flush_at: Option<Millis>,
}

/// A person's present entry, with the comparable form of their name.
#[derive(Clone, Debug)]
struct RosterEntry {
    participant: Participant,
    comparable: String,
    /// Number of the last activity.
    active_at: u64,
    /// Row for viewers who know of everybody here, once it was needed. Removed when the name becomes ambiguous, or unique again. All other
    /// changes of a row come with a new value of this type.
    row: OnceCell<Rc<ParticipantRow>>,
}

/// Snapshot of the list as it was sent to a person who joined.
#[derive(Clone, Debug)]
pub struct ListSnapshot {
    viewer: String,
    /// People with each shared name whom the viewer knows of, two of them at most: more make no difference.
    names: Vec<(String, Rc<BTreeSet<String>>)>,
}

/// Changes for the others.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RosterDelta {
    /// People who came, or whose appearance changed.
    pub joined: Vec<ParticipantChange>,
    /// User ids of people who left.
    pub left: Vec<String>,
    /// Changes only for people whose list was sent since the last delta.
    pub since_given: Vec<SnapshotDelta>,
}

/// Differences from a list that was sent between two deltas, without those that the delta sends to everybody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SnapshotDelta {
    /// User id of the person who received the list.
    pub viewer: String,
    /// People whose names are ambiguous now, or unique again.
    pub renamed: Vec<ParticipantChange>,
    /// User ids of people who left before the others were notified that they had come.
    pub left: Vec<String>,
}

/// Person who came, or whose appearance changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParticipantChange {
    /// Appearance under the name that they gave themselves.
    pub participant: Participant,
    /// Nobody was notified of this person before.
    pub has_come: bool,
    /// People with the same name at the last notification, if nothing else about this person has changed; else `None`.
    pub bore_their_name: Option<Rc<BTreeSet<String>>>,
}

impl Roster {
    /// Sets the appearance of `user`; `None` if they are invisible.
    pub fn set(&mut self, user: &str, participant: Option<Participant>, now: Millis) {
        if self.shown.get(user).map(|shown| &shown.participant) == participant.as_ref() {
            return;
        }
        match participant {
            Some(_) if self.announced.contains(user) => {}
            Some(_) => {
                if self.was_listed(user) {
                    self.changed_in_lists.insert(user.to_owned());
                }
                self.fresh.entry(user.to_owned()).or_insert_with(|| self.given.len());
            }
            None => {
                let lists = self.fresh.remove(user).map(|came| came..self.given.len());
                self.glimpsed.extend(lists.filter(|lists| !lists.is_empty()).map(|lists| (user.to_owned(), lists)));
            }
        }
        let (was, is) = self.put(user, participant);
        if was != is {
            for (name, bore_it) in [(was, true), (is, false)] {
                let Some(name) = name else { continue };
                self.renamed.entry(name).or_default().entry(user.to_owned()).or_insert(bore_it);
            }
        }
        self.changed.insert(user.to_owned());
        self.flush_at.get_or_insert(now + PARTICIPANTS_COALESCE_MS);
    }

    /// Returns `true` if a list that was sent since the last delta may contain the newcomer `user`.
    fn was_listed(&self, user: &str) -> bool {
        let is_in_list = self.fresh.get(user).is_some_and(|came| *came < self.given.len());
        is_in_list || self.glimpsed.iter().any(|(other, _)| other == user)
    }

    /// Notes that `user` was active. A person who is not shown has no activity.
    pub fn touch(&mut self, user: &str) {
        let Some(shown) = self.shown.get_mut(user).filter(|shown| shown.active_at != self.last_activity) else {
            return;
        };
        self.last_activity += 1;
        if let Some(user) = self.by_activity.remove(&std::mem::replace(&mut shown.active_at, self.last_activity)) {
            self.by_activity.insert(self.last_activity, user);
        }
    }

    /// Restores a person whom others knew before the room slept.
    pub fn restore(&mut self, participant: Participant) {
        let user = participant.user.clone();
        self.announced.insert(user.clone());
        self.put(&user, Some(participant));
    }

    /// The names, in their comparable form, that they bore and bear.
    fn put(&mut self, user: &str, participant: Option<Participant>) -> (Option<String>, Option<String>) {
        let before = self.shown.remove(user);
        let active_at = before.as_ref().map(|before| before.active_at);
        let was = before.map(|before| before.comparable);
        if let Some(comparable) = &was {
            self.lose_bearer(comparable, user);
        }
        let Some(participant) = participant else {
            active_at.map(|at| self.by_activity.remove(&at));
            return (was, None);
        };
        let active_at = active_at.unwrap_or_else(|| self.note_arrival(user));
        let comparable = skeleton(&participant.name);
        let bearers = self.bearers.entry(comparable.clone()).or_default();
        bearers.insert(user.to_owned());
        if bearers.len() >= 2 {
            self.shared.insert(comparable.clone());
        }
        if bearers.len() == 2 {
            self.shared_names += 1;
            // Until now the name was unique.
            forget_rows(&mut self.shown, bearers);
        }
        self.note_namesakes(&comparable, user);
        let is = Some(comparable.clone());
        self.shown.insert(user.to_owned(), RosterEntry { participant, comparable, active_at, row: OnceCell::new() });
        (was, is)
    }

    fn note_arrival(&mut self, user: &str) -> u64 {
        self.last_activity += 1;
        self.by_activity.insert(self.last_activity, user.to_owned());
        self.last_activity
    }

    fn lose_bearer(&mut self, comparable: &str, user: &str) {
        let Some(bearers) = self.bearers.get_mut(comparable) else {
            return;
        };
        if bearers.len() >= 2 {
            self.shared.insert(comparable.to_owned());
        }
        bearers.remove(user);
        match bearers.len() {
            0 => drop(self.bearers.remove(comparable)),
            1 => {
                self.shared_names -= 1;
                forget_rows(&mut self.shown, bearers);
            }
            _ => {}
        }
        self.note_namesakes(comparable, user);
    }

    /// Notes that the others with a name may look different in lists that contained them.
    fn note_namesakes(&mut self, comparable: &str, user: &str) {
        let others = self.bearers.get(comparable).into_iter().flatten().filter(|other| *other != user);
        let listed: Vec<String> = others.filter(|other| self.was_listed(other)).cloned().collect();
        self.changed_in_lists.extend(listed);
    }

    /// Returns the people here from whom `user` with the name `name` has to be distinguished. A persona's name stays as it is.
    pub fn namesakes(&self, user: &str, name: &str) -> impl Iterator<Item = &str> {
        let shown = self.shown.get(user).filter(|shown| shown.participant.name == name);
        let bearers = match shown {
            Some(_) if self.shared_names == 0 => None,
            Some(shown) => self.bearers.get(&shown.comparable),
            None if self.bearers.is_empty() => None,
            None => self.bearers.get(&skeleton(name)),
        };
        let others = bearers.filter(|all| all.iter().any(|other| other != user) && !is_reserved_for(user, name));
        others.into_iter().flat_map(|all| all.iter().map(String::as_str)).filter(move |other| *other != user)
    }

    /// Returns everybody, for a person from whom nobody hides.
    pub fn all(&self) -> Vec<Rc<ParticipantRow>> {
        self.shown.values().map(|shown| self.row_of(shown)).collect()
    }

    /// Returns the row of `user`, for a person from whom nobody hides.
    pub fn row(&self, user: &str) -> Option<Rc<ParticipantRow>> {
        self.shown.get(user).map(|shown| self.row_of(shown))
    }

    fn row_of(&self, shown: &RosterEntry) -> Rc<ParticipantRow> {
        let seen = || {
            let Participant { user, name, .. } = &shown.participant;
            let is_ambiguous = self.namesakes(user, name).next().is_some();
            if is_ambiguous { disambiguated(&shown.participant) } else { shown.participant.clone() }
        };
        Rc::clone(shown.row.get_or_init(|| Rc::new(ParticipantRow::new(seen()))))
    }

    /// Returns the ids of everybody who is shown.
    pub fn users(&self) -> impl ExactSizeIterator<Item = &str> {
        self.shown.keys().map(String::as_str)
    }

    /// Returns the ids after `user`, ascending.
    pub fn users_after(&self, user: &str) -> impl Iterator<Item = &str> {
        self.shown.range::<str, _>((Bound::Excluded(user), Bound::Unbounded)).map(|(user, _)| user.as_str())
    }

    /// Returns everybody, the person who was active last first.
    pub fn by_activity(&self) -> impl Iterator<Item = &str> {
        self.by_activity.values().rev().map(String::as_str)
    }

    /// Returns a snapshot of the list that `viewer` receives, limited to the people they may know of.
    pub fn list_given(&self, viewer: &str, knows_of: impl Fn(&str) -> bool) -> ListSnapshot {
        let borne = |name: &String| {
            let known = self.bearers.get(name).into_iter().flat_map(|bearers| bearers.iter());
            Rc::new(known.filter(|user| knows_of(user)).take(2).cloned().collect())
        };
        let names = self.shared.iter().map(|name| (name.clone(), borne(name))).collect();
        ListSnapshot { viewer: viewer.to_owned(), names }
    }

    /// Notes a list that was sent. The next delta contains the differences; without a pending delta the list is what everybody knows.
    pub fn note_given(&mut self, list: ListSnapshot) {
        if self.flush_at.is_some() {
            self.given.push(list);
        }
    }

    /// Returns the visible entry of `user`, under their own name.
    pub fn shown(&self, user: &str) -> Option<&Participant> {
        self.shown.get(user).map(|shown| &shown.participant)
    }

    /// Returns `true` if others were notified that `user` is here.
    pub fn was_announced(&self, user: &str) -> bool {
        let is_in = |lists: &[ListSnapshot]| lists.iter().any(|list| list.viewer != user);
        let fresh = self.fresh.get(user).map(|came| *came..self.given.len());
        let was = self.glimpsed.iter().filter(|(other, _)| other == user).map(|(_, lists)| lists.clone());
        self.announced.contains(user) || fresh.into_iter().chain(was).any(|lists| is_in(&self.given[lists]))
    }

    /// Returns when the next delta is due.
    pub fn due_at(&self) -> Option<Millis> {
        self.flush_at
    }

    /// Returns people who came or changed, and people who left, if the delta is due and not empty. `hides` says that not everybody may know
    /// of a person; because of them, names of others may look different to some viewers.
    pub fn take_due(&mut self, now: Millis, hides: impl Fn(&str) -> bool) -> Option<RosterDelta> {
        if self.flush_at.is_none_or(|at| at > now) {
            return None;
        }
        self.flush_at = None;
        self.fresh = BTreeMap::new();
        let changed_in_lists = std::mem::take(&mut self.changed_in_lists);
        let since_given = self.take_given();
        let mut delta = RosterDelta { joined: self.take_renamed(hides), left: Vec::new(), since_given };
        for user in std::mem::take(&mut self.changed) {
            match self.shown.get(&user) {
                Some(shown) => {
                    let participant = shown.participant.clone();
                    let has_come = !changed_in_lists.contains(&user) && !self.announced.contains(&user);
                    self.announced.insert(user);
                    delta.joined.push(ParticipantChange { participant, has_come, bore_their_name: None });
                }
                None if self.announced.remove(&user) => delta.left.push(user),
                None => {}
            }
        }
        delta.joined.sort_by(|one, other| one.participant.user.cmp(&other.participant.user));
        (delta != RosterDelta::default()).then_some(delta)
    }

    /// Returns the differences from lists that were sent since the last delta, and that are not in the delta.
    fn take_given(&mut self) -> Vec<SnapshotDelta> {
        self.shared.clear();
        let (given, glimpsed) = (std::mem::take(&mut self.given), std::mem::take(&mut self.glimpsed));
        let gone: Vec<_> = glimpsed.into_iter().filter(|(user, _)| self.shown(user).is_none()).collect();
        let since = given.into_iter().enumerate().map(|(at, ListSnapshot { viewer, names })| {
            let renamed = names.iter().filter(|(name, _)| self.renamed.contains_key(name));
            let left = gone.iter().filter(|(user, lists)| *user != viewer && lists.contains(&at));
            SnapshotDelta {
                renamed: renamed.flat_map(|(name, before)| self.borne_since(name, before)).collect(),
                left: left.map(|(user, _)| user.clone()).collect(),
                viewer,
            }
        });
        since.filter(|since| !since.renamed.is_empty() || !since.left.is_empty()).collect()
    }

    /// Returns people whose name is ambiguous now or unique again, and who have no other change.
    fn take_renamed(&mut self, hides: impl Fn(&str) -> bool) -> Vec<ParticipantChange> {
        let mut renamed = Vec::new();
        for (name, borne) in std::mem::take(&mut self.renamed).iter() {
            let Some(bearers) = self.bearers.get(name) else { continue };
            let mut before: BTreeSet<String> =
                bearers.iter().filter(|user| !borne.contains_key(*user)).cloned().collect();
            before.extend(borne.iter().filter(|(_, bore_it)| **bore_it).map(|(user, _)| user.clone()));
            let is_same = (bearers.len() > 1) == (before.len() > 1);
            if is_same && !bearers.iter().chain(before.iter()).any(|user| hides(user)) {
                continue;
            }
            // If several people with this name hide from nobody, everybody knew them before, and knows them now.
            if [bearers, &before].iter().all(|all| all.iter().filter(|user| !hides(user)).nth(1).is_some()) {
                continue;
            }
            renamed.extend(self.borne_since(name, &Rc::new(before)));
        }
        renamed
    }

    /// Returns the people with `name` whose appearance has no other change, with those who had the name `before`: only the suffix of their
    /// names may be different.
    fn borne_since(&self, name: &str, before: &Rc<BTreeSet<String>>) -> Vec<ParticipantChange> {
        let now = self.bearers.get(name).into_iter().flat_map(|bearers| bearers.iter());
        let same = now.filter(|user| !self.changed.contains(*user));
        let shown = same.filter_map(|user| self.shown.get(user)).map(|shown| &shown.participant);
        let disambiguated = shown.filter(|one| !is_reserved_for(&one.user, &one.name));
        disambiguated
            .map(|one| ParticipantChange {
                participant: one.clone(),
                has_come: false,
                bore_their_name: Some(Rc::clone(before)),
            })
            .collect()
    }
}

/// Returns a person as seen by viewers who know of another one with the same name.
pub fn disambiguated(participant: &Participant) -> Participant {
    Participant { name: with_end_of_id(&participant.user, &participant.name), ..participant.clone() }
}

fn forget_rows(shown: &mut BTreeMap<String, RosterEntry>, users: &BTreeSet<String>) {
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
        let due = |roster: &mut Roster, now| -> Vec<(String, bool)> {
            let delta = roster.take_due(now, |_| false).unwrap();
            let joined = delta.joined.into_iter();
            joined.map(|one| (one.participant.user, one.bore_their_name.is_some())).collect()
        };
        let both = |roster: &Roster| {
            let others = |user| roster.namesakes(user, "Max").map(str::to_owned).collect::<Vec<_>>();
            (others("g_aaaa"), others("g_cccc"))
        };
        roster.set("g_aaaa", Some(somebody("g_aaaa", "Max")), 0);
        assert_eq!(due(&mut roster, 1_000), [("g_aaaa".to_owned(), false)]);
        assert_eq!(both(&roster), (vec![], vec!["g_aaaa".to_owned()]), "who is in no list is told apart as well");
        roster.set("g_bbbb", Some(somebody("g_bbbb", "m a x")), 1_000);
        assert_eq!(names(&all(&roster)), ["Max (aaaa)", "m a x (bbbb)"]);
        assert_eq!(due(&mut roster, 2_000), [("g_aaaa".to_owned(), true), ("g_bbbb".to_owned(), false)]);
        assert_eq!(both(&roster).0, ["g_bbbb"]);
        roster.set("g_bbbb", None, 2_000);
        assert_eq!(due(&mut roster, 3_000), [("g_aaaa".to_owned(), true)]);
        assert_eq!(names(&all(&roster)), ["Max"]);
        roster.set("g_bbbb", Some(somebody("g_bbbb", "Max")), 4_000);
        roster.set("g_bbbb", None, 4_000);
        assert_eq!(roster.take_due(5_000, |_| false), None, "who came and went in between told nobody apart");
        // A list from after that contains the suffixes.
        roster.set("g_bbbb", Some(somebody("g_bbbb", "Max")), 6_000);
        roster.set("g_cccc", Some(somebody("g_cccc", "Ada")), 6_000);
        roster.note_given(roster.list_given("g_cccc", |_| true));
        roster.set("g_bbbb", None, 6_000);
        let [since] = &roster.take_due(7_000, |_| false).unwrap().since_given[..] else { panic!("one list") };
        let [one] = &since.renamed[..] else { panic!("one name") };
        assert_eq!((since.viewer.as_str(), one.participant.user.as_str()), ("g_cccc", "g_aaaa"));
        assert!(one.bore_their_name.as_ref().unwrap().contains("g_bbbb"));
        assert_eq!(since.left, ["g_bbbb"], "they saw them, and nobody else did");
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
