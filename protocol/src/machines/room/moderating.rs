//! Moderation of a public room (`moderation.md` 2): mutes, slow mode, closed rooms, and messages that a moderator removes. Who may moderate
//! is decided before.

use std::rc::Rc;

use super::outbound::Outbound;
use super::state::Room;
use super::step::Step;
use super::store::RoomStore;
use crate::people::moderation::Standing;
use crate::words::event::{Event, Kind, Millis, TOMBSTONE};
use crate::words::ids::RoomForm;
use crate::words::principal::Principal;
use crate::words::refusal::{Denied, Fault, Refusal};

impl Room {
    /// Sets the copy of what stands in the deployment. The owner of the room sets it before each step.
    pub fn set_moderation(&mut self, standing: Rc<Standing>) {
        // A room that has just woken does not know yet who of those here has a role.
        if !Rc::ptr_eq(&self.moderation, &standing) && self.moderation.roles != standing.roles {
            self.waiting_shown = None;
        }
        self.moderation = standing;
    }

    /// Checks that neither a mute nor the state of the room keeps `user` from writing. Private conversations have no moderators.
    pub(super) fn check_moderation(&self, user: &str, now: Millis) -> Result<(), Refusal> {
        if self.is_moderated() { self.moderation.check_write(self.id.as_str(), user, now) } else { Ok(()) }
    }

    /// Returns the interval of slow mode that moderators have set; 0 for none.
    pub(super) fn moderated_slow_ms(&self) -> Millis {
        if self.is_moderated() { self.moderation.slow_ms(self.id.as_str()) } else { 0 }
    }

    /// Removes a message for everybody. Returns the user id of its writer. A message that the same moderator has removed has
    /// the same answer again, so that a next try after a failure in between finds the first one.
    /// Errors: `NOT_FOUND` where there is no such message, `CONFLICT` where somebody else has deleted it already.
    pub fn remove_for_moderator(
        &mut self,
        store: &mut impl RoomStore,
        now: Millis,
        principal: &Principal,
        (id, message): (&str, &str),
        out: &mut Outbound,
    ) -> Result<String, Denied> {
        let stored = store.find(message)?.ok_or(Refusal::NotFound)?;
        let is_there = self.is_moderated() && stored.seq >= self.log.oldest() && stored.kind.is_message();
        let author = stored.actor.clone().filter(|_| is_there).ok_or(Refusal::NotFound)?;
        let event = store.read(stored.seq, stored.seq, 1)?.pop();
        let target = event.ok_or_else(|| Fault(format!("event {} is known by its id alone", stored.seq)))?;
        if target.body == TOMBSTONE {
            let removed =
                |event: &Event| event.kind == Kind::Delete && event.actor.as_deref() == Some(principal.user.as_str());
            let is_done = author != principal.user.as_str() && store.changes_of(stored.seq)?.iter().any(removed);
            return if is_done { Ok(author) } else { Err(Refusal::Conflict.into()) };
        }
        self.delete_for_moderator(&mut Step { store, now, out }, principal, id.to_owned(), &target)?;
        Ok(author)
    }

    /// Returns `true` for a public room: private conversations have no moderators.
    pub fn is_moderated(&self) -> bool {
        matches!(self.id.form(), RoomForm::Public)
    }
}
