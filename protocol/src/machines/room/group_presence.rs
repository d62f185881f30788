//! Presence in a private group, as its log shows it: `joined` with the first socket, `left` some seconds after the last (`messenger.md` 5.4
//! *joined/left*). Never for each device, and not for a person who appears offline.
//!
//! All members of a group read one log. A person who has blocked a member is offline for that member (`messenger.md` 4), and so is a person
//! who hides their presence from them (`settings.md` 1). A person who is invisible to one member has therefore left in the log, for all
//! members: an event for some members alone would leave a gap for others.
//!
//! A row records that a person was shown, so that a room which stopped reports the departure when it wakes.

use super::group::{Group, Member};
use super::group_change::Actor;
use super::state::Room;
use super::step::Step;
use super::store::RoomStore;
use crate::words::event::Millis;
use crate::words::limits::GROUP_ABSENCE_MS;
use crate::words::refusal::{Denied, Fault};

impl Room {
    /// Handles a change of a person's sockets or status: reports that they came, or begins to wait for their return.
    pub(super) fn update_presence(&mut self, step: &mut Step<'_, impl RoomStore>, user: &str) -> Result<(), Denied> {
        let Some(member) = self.private_member(user).cloned() else {
            return Ok(());
        };
        let Some(name) = self.visible_name(user) else {
            self.begin_absence(user, step.now);
            return Ok(());
        };
        self.absent.remove(user);
        if member.is_shown {
            return Ok(());
        }
        let by = Actor { user: member.user.clone(), name: name.clone() };
        self.put_member(step.store, Member { is_shown: true, name, ..member })?;
        self.note(step, &by, "joined", &[])
    }

    /// Notes the begin of an absence of a person whom others see as present.
    pub(super) fn begin_absence(&mut self, user: &str, now: Millis) {
        if self.private_member(user).is_some_and(|member| member.is_shown) {
            self.absent.entry(user.to_owned()).or_insert(now);
        }
    }

    /// Reports the people who did not return in time.
    pub(super) fn report_absences(&mut self, step: &mut Step<'_, impl RoomStore>) -> Result<(), Fault> {
        let is_due = |since: &Millis| since + GROUP_ABSENCE_MS <= step.now;
        let due: Vec<String> =
            self.absent.iter().filter(|(_, since)| is_due(since)).map(|(user, _)| user.clone()).collect();
        for user in due {
            self.report_left(step, &user)?;
        }
        Ok(())
    }

    fn report_left(&mut self, step: &mut Step<'_, impl RoomStore>, user: &str) -> Result<(), Fault> {
        self.absent.remove(user);
        let Some(member) = self.private_member(user).filter(|member| member.is_shown).cloned() else {
            return Ok(());
        };
        let by = Actor { user: member.user.clone(), name: member.name.clone() };
        self.put_member(step.store, Member { is_shown: false, ..member })?;
        broken_only(self.note(step, &by, "left", &[]))
    }

    /// Reports people who are invisible to `user`, who is about to join the group, as left. They were offline for `user` all the time, and a
    /// later `left` would contradict that.
    pub(super) fn make_way_for(&mut self, step: &mut Step<'_, impl RoomStore>, user: &str) -> Result<(), Fault> {
        self.unknown_to(user).iter().try_for_each(|other| self.report_left(step, other))
    }

    /// Shows people again who were hidden because of `user`, who has left the group.
    pub(super) fn restore_presence(&mut self, step: &mut Step<'_, impl RoomStore>, user: &str) -> Result<(), Fault> {
        self.unknown_to(user).iter().try_for_each(|other| broken_only(self.update_presence(step, other)))
    }

    /// Returns the people who are invisible to `user`.
    fn unknown_to(&self, user: &str) -> Vec<String> {
        self.people.keys().filter(|other| !self.knows_of(user, other)).cloned().collect()
    }

    /// Notes people as absent whom the log shows as present, but who are not visible here: the room stopped or slept in between.
    pub(super) fn find_absent(&mut self, now: Millis) {
        let shown = self.group.iter().filter(|group| !group.is_public()).flat_map(Group::people);
        let missing = shown.filter(|member| member.is_shown && self.visible_name(member.user.as_str()).is_none());
        for user in missing.map(|member| member.user.to_string()).collect::<Vec<_>>() {
            self.absent.entry(user).or_insert(now);
        }
    }

    /// Returns the time at which the next absence is reported.
    pub(super) fn absence_at(&self) -> Option<Millis> {
        self.absent.values().min().map(|since| since + GROUP_ABSENCE_MS)
    }

    /// Returns `true` if the log shows anybody as present, as they may have to be reported as left.
    pub(super) fn shows_anybody(&self) -> bool {
        self.group.iter().filter(|group| !group.is_public()).flat_map(Group::people).any(|member| member.is_shown)
    }

    /// Returns the name of a person who is here and visible to the whole group.
    fn visible_name(&self, user: &str) -> Option<String> {
        let own = self.conns.values().filter(|live| live.state.principal.user.as_str() == user && !live.is_expelled);
        let seen = own.filter(|live| live.state.card.is_seen()).map(|live| live.state.card.name.clone());
        let all_know = || self.group.iter().flat_map(Group::people).all(|one| self.knows_of(one.user.as_str(), user));
        seen.max().filter(|_| all_know())
    }

    fn private_member(&self, user: &str) -> Option<&Member> {
        self.group.as_ref().filter(|group| !group.is_public()).and_then(|group| group.member(user))
    }
}

/// Drops a refusal of a note that the room itself writes, and passes on a fault.
pub(super) fn broken_only<T>(done: Result<T, Denied>) -> Result<(), Fault> {
    match done {
        Ok(_) | Err(Denied::Refused(_)) => Ok(()),
        Err(Denied::Broken(fault)) => Err(fault),
    }
}
