//! Rows and folded sections of the contact list (`ux.md` 1.2), and what its search finds first.

use leptos::prelude::*;

use super::engine::State;
use super::{Me, Session};
use crate::browser::letters::lower;
use crate::store::arrangement::SectionKind;
use crate::store::characters::set_apart;
use crate::store::conversation::Conversation;
use crate::store::roster::{Addressee, ListMember, PersonHandle, RosterRoom, VisibleRows};

impl Session {
    /// Returns the row of a conversation in the list. A page that restores its tabs learns of its people and groups only later.
    pub fn member_of(self, conversation: Conversation) -> Memo<Option<ListMember>> {
        Memo::new(move |_| self.roster.member(&conversation.room_id(), conversation.partner().as_deref()))
    }

    /// Returns the rows of the list that the search box finds, those of an account with its characters apart; none for a search with a
    /// filter, which concerns messages. Reactive.
    pub fn listed(self) -> VisibleRows {
        if self.search.has_filter() {
            return VisibleRows::default();
        }
        let search = self.search.text.get();
        let rows = self.roster.shown(&search);
        if !self.me.with(Me::is_account) {
            return rows;
        }
        let is_search = !search.is_empty();
        self.relations
            .contacts
            .with(|contacts| self.arrangement.with(|arrangement| set_apart(rows, contacts, arrangement, is_search)))
    }

    /// Returns the number of people among these whom the person has blocked. Reactive.
    pub fn blocked_among(self, people: &[PersonHandle]) -> usize {
        let is_blocked = |handle: &&PersonHandle| handle.person.with(|person| self.relations.is_blocked(&person.id));
        people.iter().filter(is_blocked).count()
    }

    /// Returns the people, rooms and bots of these rows. Those whose names begin with the text come first; without a text, the favourites
    /// do. Reactive.
    pub fn best_first(self, rows: VisibleRows, text: &str) -> Vec<Addressee> {
        let start = lower(text.trim());
        let favourites = self.arrangement.with(|arrangement| arrangement.favourites.clone());
        let person = |handle: PersonHandle| {
            handle.person.with(|one| Addressee { is_person: true, id: one.id.clone(), name: one.display_name.clone() })
        };
        let room = |room: &RosterRoom| Addressee { is_person: false, id: room.id.clone(), name: room.name.clone() };
        let mut all: Vec<Addressee> = rows.online.into_iter().map(person).collect();
        all.extend(rows.rooms.into_iter().map(|handle| handle.room.with(room)));
        for people in [rows.offline, rows.characters, rows.bots] {
            all.extend(people.into_iter().map(person));
        }
        let is_better = |one: &Addressee| match start.as_str() {
            "" => favourites.contains(&one.id),
            start => lower(&one.name).starts_with(start),
        };
        let (mut best, others): (Vec<_>, Vec<_>) = all.into_iter().partition(is_better);
        best.extend(others);
        best
    }

    /// Returns the person or room that Enter in the search box opens. Reactive.
    pub fn first_found(self) -> Option<Addressee> {
        let text = self.search.text.get();
        if text.trim().is_empty() { None } else { self.best_first(self.listed(), &text).into_iter().next() }
    }

    /// Opens the conversation with a person, a bot or a room.
    pub fn open_addressee(self, addressee: &Addressee) {
        if addressee.is_person {
            self.run_for(&addressee.id, State::open_person);
        } else {
            self.run_for(&addressee.id, State::open_conversation);
        }
    }

    /// Returns `true` if a section of the list is folded; no section is during a search. Reactive.
    pub fn folds(self, section: &SectionKind) -> bool {
        !self.search.is_on() && self.arrangement.with(|arrangement| arrangement.folds(section))
    }

    /// Folds or unfolds a section of the list. A search stays.
    pub fn fold(self, section: &SectionKind) {
        if untrack(|| !self.search.is_on()) {
            let is_folded = untrack(|| self.folds(section));
            self.arrangement.update(|arrangement| arrangement.fold(section, !is_folded));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::engine::on_page;

    #[test]
    fn a_filter_hides_all_rows_and_another_text_with_a_colon_is_a_part_of_a_name() {
        on_page(|state| {
            let session = state.session;
            for (id, name) in [("general", "General"), ("grp_1", "Lunch 12:30")] {
                session.roster.put_room(RosterRoom::new(id.to_owned(), name.to_owned()));
            }
            for (text, count) in
                [("", 2), ("gen", 1), ("12:30", 1), ("x:", 0), ("in:general", 0), ("cake in:general", 0)]
            {
                session.search.type_text(text, false);
                assert_eq!(untrack(|| session.listed()).rooms.len(), count, "{text}");
            }
            session.search.type_text("in:general ", false);
            assert_eq!((untrack(|| session.listed()).rooms.len(), session.search.text.get_untracked().len()), (0, 0));
        });
    }

    #[test]
    fn a_name_that_begins_with_the_text_comes_before_other_finds_and_favourites_come_first_without_one() {
        on_page(|state| {
            let session = state.session;
            for (id, name) in [("grp_1", "Slow salsa"), ("grp_2", "Salsa"), ("grp_3", "Lunch")] {
                session.roster.put_room(RosterRoom::new(id.to_owned(), name.to_owned()));
            }
            let first = |text: &str| {
                session.search.type_text(text, false);
                untrack(|| session.first_found()).map(|one| one.name)
            };
            let found = ["SAL", "salsa", "slow", "lun", "none", " ", "in:lunch", "lunch has:link"].map(first);
            let names = [Some("Salsa"), Some("Salsa"), Some("Slow salsa"), Some("Lunch"), None, None, None, None];
            assert_eq!(found, names.map(|name| name.map(str::to_owned)));
            session.arrangement.update(|arrangement| arrangement.favourites = vec!["grp_3".to_owned()]);
            let all = untrack(|| session.best_first(session.roster.shown(""), ""));
            assert_eq!(all.first().map(|one| one.id.as_str()), Some("grp_3"));
        });
    }
}
