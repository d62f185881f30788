//! Lists of the participants as a viewer receives them: everybody, or the first part and pages for a client that takes pages
//! (`messenger.md` 5.7).

use std::rc::Rc;

use super::client_frame::ParticipantsAsk;
use super::notification::{Notification, ParticipantRow};
use super::state::{Live, Room};
use super::step::Step;
use super::store::RoomStore;
use super::visibility::may_hide;
use crate::words::limits::PARTICIPANTS_TOLD_MAX;
use crate::words::refusal::{Denied, Refusal};
use crate::words::socket::ConnKey;

impl Room {
    /// Returns the list of everybody who is visible to `viewer`.
    pub(super) fn all_participants(&self, viewer: &str) -> Notification {
        Notification::Participants { rows: self.list_for(viewer), count: None }
    }

    /// Returns the first rows for `viewer`: the own one, contacts as far as the room knows them, and the people who were active last.
    pub(super) fn first_participants(&self, viewer: &str) -> Notification {
        let contacts = self.privacy_of(viewer).map(|privacy| &privacy.contacts);
        let own_contacts = contacts.into_iter().flatten().map(String::as_str).filter(|user| *user != viewer);
        let is_listed = |user: &str| user == viewer || contacts.is_some_and(|contacts| contacts.contains(user));
        let others = self.roster.by_activity().filter(|user| !is_listed(user));
        let ordered = std::iter::once(viewer).chain(own_contacts).chain(others);
        let rows = ordered.filter_map(|user| self.row_for(viewer, user)).take(PARTICIPANTS_TOLD_MAX).collect();
        Notification::Participants { rows, count: Some(self.count_for(viewer, &self.hiders())) }
    }

    /// Answers with a page. Its differences from what the others know are sent with the next delta, like those of a first list.
    pub(super) fn ask_participants(
        &mut self,
        step: &mut Step<'_, impl RoomStore>,
        conn: ConnKey,
        ask: ParticipantsAsk,
    ) -> Result<(), Denied> {
        if self.is_direct() {
            return Err(Refusal::NotSupported.into());
        }
        let (viewer, ParticipantsAsk { rid, after, limit }) = (self.user_of(conn), ask);
        self.pages_asked.charge(&self.settings.rules.history, &viewer, step.now)?;
        let limit = limit as usize;
        let following = self.roster.users_after(&after).filter_map(|user| self.row_for(&viewer, user));
        let mut rows: Vec<Rc<ParticipantRow>> = following.take(limit + 1).collect();
        let more = rows.len() > limit;
        rows.truncate(limit);
        let next = rows.last().map_or(after, |row| row.participant().user.clone());
        let count = self.count_for(&viewer, &self.hiders());
        step.out.one(conn, Notification::ParticipantsPage { rid, rows, next, more, count });
        self.note_list_given(&viewer);
        Ok(())
    }

    /// Notes that `viewer` has received a list or a page.
    pub(super) fn note_list_given(&mut self, viewer: &str) {
        let given = self.roster.list_given(viewer, |other| self.knows_of(viewer, other));
        self.roster.note_given(given);
    }

    /// Returns the people in the list who may be invisible to somebody.
    pub(super) fn hiders(&self) -> Vec<&str> {
        if self.people.is_empty() {
            return Vec::new();
        }
        self.roster.users().filter(|user| may_hide(&self.people, user)).collect()
    }

    /// Returns the number of people in the list who are visible to `viewer`.
    pub(super) fn count_for(&self, viewer: &str, hiders: &[&str]) -> usize {
        let hidden = hiders.iter().filter(|user| !self.knows_of(viewer, user)).count();
        self.roster.users().len() - hidden
    }

    /// Returns the number for a socket whose client takes pages; `None` for others.
    pub(super) fn count_on(&self, live: &Live, hiders: &[&str]) -> Option<usize> {
        live.state.is_paged.then(|| self.count_for(live.state.principal.user.as_str(), hiders))
    }
}
