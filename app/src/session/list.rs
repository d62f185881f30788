//! Rows and folded sections of the contact list (`ux.md` 1.2).

use leptos::prelude::*;

use super::{Me, Session};
use crate::store::arrangement::SectionKind;
use crate::store::characters::set_apart;
use crate::store::conversation::Conversation;
use crate::store::roster::{RosterPerson, RosterRoom, VisibleRows};

/// Row of the person at the other end of a conversation, and row of its room.
pub type RowsOf = (Memo<Option<RwSignal<RosterPerson>>>, Memo<Option<RwSignal<RosterRoom>>>);

impl Session {
    /// Returns the rows of a conversation in the list. A page that restores its tabs learns of its people and groups only later.
    pub fn rows_of(self, conversation: Conversation) -> RowsOf {
        let person = Memo::new(move |_| conversation.partner().and_then(|partner| self.roster.person(&partner)));
        let room = Memo::new(move |_| self.roster.room(&conversation.room_id()));
        (person, room)
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

    /// Returns `true` if a section of the list is folded; no section is during a search. Reactive.
    pub fn folds(self, section: &SectionKind) -> bool {
        self.search.text.with(String::is_empty) && self.arrangement.with(|arrangement| arrangement.folds(section))
    }

    /// Folds or unfolds a section of the list. A search stays.
    pub fn fold(self, section: &SectionKind) {
        if self.search.text.with_untracked(String::is_empty) {
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
                session.search.type_text(text.to_owned());
                assert_eq!(untrack(|| session.listed()).rooms.len(), count, "{text}");
            }
        });
    }
}
