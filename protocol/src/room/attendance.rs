//! Who is here in a private group, as its log tells it: `joined` with the first socket, `left` some seconds after the
//! last (`messenger.md` 5.4 *joined/left*). Never per device, and not for somebody who appears offline.
//!
//! That somebody was shown is a row: a room that died tells of the leaving when it wakes.

use super::group::{Group, Member};
use super::machine::Room;
use super::members::Actor;
use super::outbound::Outbound;
use super::store::RoomStore;
use crate::event::Millis;
use crate::limits::GROUP_ABSENCE_MS;
use crate::presence::OFFLINE;
use crate::refusal::{Denied, Fault};

impl Room {
    /// Somebody's sockets or status changed: tells that they came, or begins to wait whether they come back.
    pub(super) fn attend(
        &mut self,
        store: &mut impl RoomStore,
        now: Millis,
        user: &str,
        out: &mut Outbound,
    ) -> Result<(), Denied> {
        let Some(member) = self.attending_member(user).cloned() else {
            return Ok(());
        };
        let own = self.conns.values().filter(|live| live.state.principal.user.as_str() == user && !live.is_expelled);
        let seen = own.filter(|live| live.state.card.status.seen() != OFFLINE).map(|live| live.state.card.name.clone());
        let Some(name) = seen.max() else {
            self.begin_absence(user, now);
            return Ok(());
        };
        self.absent.remove(user);
        if member.is_shown {
            return Ok(());
        }
        let by = Actor { user: member.user.clone(), name: name.clone() };
        self.put_member(store, Member { is_shown: true, name, ..member })?;
        self.note(store, now, &by, "joined", &[], out)
    }

    /// Notes since when somebody whom others know of is not here.
    pub(super) fn begin_absence(&mut self, user: &str, now: Millis) {
        if self.attending_member(user).is_some_and(|member| member.is_shown) {
            self.absent.get_or_insert_with(user.to_owned(), || now);
        }
    }

    /// Tells of those who did not come back.
    pub(super) fn tell_absences(
        &mut self,
        store: &mut impl RoomStore,
        now: Millis,
        out: &mut Outbound,
    ) -> Result<(), Fault> {
        let is_due = |since: &Millis| since + GROUP_ABSENCE_MS <= now;
        let due: Vec<String> =
            self.absent.iter().filter(|(_, since)| is_due(since)).map(|(user, _)| user.clone()).collect();
        for user in due {
            self.absent.remove(&user);
            let Some(member) = self.attending_member(&user).filter(|member| member.is_shown).cloned() else {
                continue;
            };
            let by = Actor { user: member.user.clone(), name: member.name.clone() };
            self.put_member(store, Member { is_shown: false, ..member })?;
            match self.note(store, now, &by, "left", &[], out) {
                Ok(()) | Err(Denied::Refused(_)) => {}
                Err(Denied::Broken(fault)) => return Err(fault),
            }
        }
        Ok(())
    }

    /// Whom the log still shows although no socket of theirs is here: the room died or slept in between.
    pub(super) fn find_absent(&mut self, now: Millis) {
        let shown = self.group.iter().filter(|group| !group.is_public()).flat_map(Group::people);
        let missing = shown.filter(|member| member.is_shown && !self.is_here(member.user.as_str()));
        for user in missing.map(|member| member.user.to_string()).collect::<Vec<_>>() {
            self.absent.get_or_insert_with(user, || now);
        }
    }

    /// When the next absence is to be told.
    pub(super) fn absence_at(&self) -> Option<Millis> {
        self.absent.values().min().map(|since| since + GROUP_ABSENCE_MS)
    }

    /// Whether the log shows anybody as here, who may have to be shown as gone.
    pub(super) fn shows_anybody(&self) -> bool {
        self.group.iter().filter(|group| !group.is_public()).flat_map(Group::people).any(|member| member.is_shown)
    }

    fn attending_member(&self, user: &str) -> Option<&Member> {
        self.group.as_ref().filter(|group| !group.is_public()).and_then(|group| group.member(user))
    }
}
