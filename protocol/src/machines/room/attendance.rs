//! Presence in a private group, as its log tells it: `joined` with the first socket, `left` some seconds after the
//! last (`messenger.md` 5.4 *joined/left*). Never per device, and not for somebody who appears offline.
//!
//! All members of a group read one log. A person who has blocked a member is offline for that member (`messenger.md` 4), and so is a person
//! who does not show that member their presence (`settings.md` 1). A person who is not here for one member has therefore left as far as
//! the log tells, for all members: what is not there for everybody leaves no gap for anybody.
//!
//! That somebody was shown is a row: a room that died tells of the leaving when it wakes.

use super::group::{Group, Member};
use super::group_change::Actor;
use super::state::Room;
use super::step::Step;
use super::store::RoomStore;
use crate::words::event::Millis;
use crate::words::limits::GROUP_ABSENCE_MS;
use crate::words::refusal::{Denied, Fault};

impl Room {
    /// Somebody's sockets or status changed: tells that they came, or begins to wait whether they come back.
    pub(super) fn attend(&mut self, step: &mut Step<'_, impl RoomStore>, user: &str) -> Result<(), Denied> {
        let Some(member) = self.attending_member(user).cloned() else {
            return Ok(());
        };
        let Some(name) = self.attending_name(user) else {
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

    /// Notes since when somebody whom others know of is not here.
    pub(super) fn begin_absence(&mut self, user: &str, now: Millis) {
        if self.attending_member(user).is_some_and(|member| member.is_shown) {
            self.absent.entry(user.to_owned()).or_insert(now);
        }
    }

    /// Tells of those who did not come back.
    pub(super) fn tell_absences(&mut self, step: &mut Step<'_, impl RoomStore>) -> Result<(), Fault> {
        let is_due = |since: &Millis| since + GROUP_ABSENCE_MS <= step.now;
        let due: Vec<String> =
            self.absent.iter().filter(|(_, since)| is_due(since)).map(|(user, _)| user.clone()).collect();
        for user in due {
            self.tell_left(step, &user)?;
        }
        Ok(())
    }

    fn tell_left(&mut self, step: &mut Step<'_, impl RoomStore>, user: &str) -> Result<(), Fault> {
        self.absent.remove(user);
        let Some(member) = self.attending_member(user).filter(|member| member.is_shown).cloned() else {
            return Ok(());
        };
        let by = Actor { user: member.user.clone(), name: member.name.clone() };
        self.put_member(step.store, Member { is_shown: false, ..member })?;
        broken_only(self.note(step, &by, "left", &[]))
    }

    /// `user` is about to come into the group. Whoever is not here for them goes first: they were offline for them all the time, and a
    /// `left` that comes later would tell otherwise.
    pub(super) fn make_way_for(&mut self, step: &mut Step<'_, impl RoomStore>, user: &str) -> Result<(), Fault> {
        self.unknown_to(user).iter().try_for_each(|other| self.tell_left(step, other))
    }

    /// `user` is not in the group any more: whoever was not shown because of them may be.
    pub(super) fn attend_without(&mut self, step: &mut Step<'_, impl RoomStore>, user: &str) -> Result<(), Fault> {
        self.unknown_to(user).iter().try_for_each(|other| broken_only(self.attend(step, other)))
    }

    /// The people who are not here for `user`.
    fn unknown_to(&self, user: &str) -> Vec<String> {
        self.people.keys().filter(|other| !self.knows_of(user, other)).cloned().collect()
    }

    /// Notes as absent the people whom the log still shows although they are not to be seen here: the room died or slept in between.
    pub(super) fn find_absent(&mut self, now: Millis) {
        let shown = self.group.iter().filter(|group| !group.is_public()).flat_map(Group::people);
        let missing = shown.filter(|member| member.is_shown && self.attending_name(member.user.as_str()).is_none());
        for user in missing.map(|member| member.user.to_string()).collect::<Vec<_>>() {
            self.absent.entry(user).or_insert(now);
        }
    }

    /// Returns when the next absence is to be told.
    pub(super) fn absence_at(&self) -> Option<Millis> {
        self.absent.values().min().map(|since| since + GROUP_ABSENCE_MS)
    }

    /// Returns `true` if the log shows anybody as here; that person may have to be shown as gone.
    pub(super) fn shows_anybody(&self) -> bool {
        self.group.iter().filter(|group| !group.is_public()).flat_map(Group::people).any(|member| member.is_shown)
    }

    /// The name of somebody who is here and whom all of the group may see.
    fn attending_name(&self, user: &str) -> Option<String> {
        let own = self.conns.values().filter(|live| live.state.principal.user.as_str() == user && !live.is_expelled);
        let seen = own.filter(|live| live.state.card.is_seen()).map(|live| live.state.card.name.clone());
        let all_know = || self.group.iter().flat_map(Group::people).all(|one| self.knows_of(one.user.as_str(), user));
        seen.max().filter(|_| all_know())
    }

    fn attending_member(&self, user: &str) -> Option<&Member> {
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
