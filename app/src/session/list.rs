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

    /// Returns the rows of the list that the search box finds, those of an account with its characters apart. Reactive.
    pub fn listed(self) -> VisibleRows {
        let search = self.search.people_text();
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
        self.search.people_text().is_empty() && self.arrangement.with(|arrangement| arrangement.folds(section))
    }

    /// Folds or unfolds a section of the list. A search stays.
    pub fn fold(self, section: &SectionKind) {
        if untrack(|| self.search.people_text().is_empty()) {
            let is_folded = untrack(|| self.folds(section));
            self.arrangement.update(|arrangement| arrangement.fold(section, !is_folded));
        }
    }
}
